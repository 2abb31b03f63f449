//! Scans of what cargo does not know for known vulnerabilities (5.7.3 c).

use jiff::civil::Date;

use crate::facts::Facts;
use crate::facts::documents::Scan;
use crate::finding::Findings;
use crate::policy::Item;

use super::classes::is_tool;
use super::suppliers::is_path;

/// Items that ship, or that the product stands on, each with its scan where that is a file that is understood.
fn items(facts: &Facts) -> impl Iterator<Item = (&Item, Option<&Result<Scan, String>>)> {
    let items = facts.policy.items.iter().enumerate();
    items
        .filter(|(_, item)| !is_tool(item.kind.as_ref()))
        .map(|(index, item)| (item, facts.documents.scans.get(&index)))
}

pub(super) fn item_unscanned(facts: &Facts, found: &mut Findings<'_>) {
    let limit = facts.policy.advisories.undetermined_after_days;
    for (item, scan) in items(facts) {
        let name = &item.name.value;
        let Some(written) = &item.scan else {
            let message = format!("no scan of `{name}` for known vulnerabilities is on record");
            found.add(&item.name.at, message).about(name);
            continue;
        };
        let unread = facts.gaps.iter().any(|gap| gap.at.as_ref() == Some(&written.at));
        let (by, on) = match scan {
            _ if unread => continue,
            Some(Err(why)) => {
                let message = format!("the scan `{}` of `{name}` can't be read: {why}", written.value);
                found.add(&written.at, message).about(name);
                continue;
            }
            Some(Ok(scan)) => {
                (scan.by.clone(), scan.on.or_else(|| item.scanned_on.as_ref().map(|on| on.value)))
            }
            None if is_path(&written.value) && !facts.documents.present.contains(&written.value) => {
                let message = format!("the scan `{}` of `{name}` is not there", written.value);
                found.add(&written.at, message).about(name);
                continue;
            }
            None => (None, item.scanned_on.as_ref().map(|on| on.value)),
        };
        let by = by.or_else(|| item.scanner.as_ref().map(|by| by.value.clone()));
        if let Some(fault) = fault(by.as_deref(), on, facts.as_of, limit) {
            found.add(&written.at, format!("the scan of `{name}` {fault}")).about(name);
        }
    }
}

/// What is wrong with a scan of this tool and day. It is as old as it may be where advisory data is.
fn fault(by: Option<&str>, on: Option<Date>, today: Date, limit: u32) -> Option<String> {
    let Some(on) = on else { return Some("does not say on which day it was made".to_owned()) };
    if by.is_none_or(|by| by.trim().is_empty()) {
        return Some("does not say by what it was made".to_owned());
    }
    let age = today.since(on).map_or(0, |span| i64::from(span.get_days()));
    if age < 0 {
        return Some(format!("is of {on}, a day to come"));
    }
    (age > i64::from(limit)).then(|| {
        format!("is of {on}, {age} days before {today}, and the policy trusts such data for {limit} days")
    })
}

pub(super) fn item_vulnerable(facts: &Facts, found: &mut Findings<'_>) {
    for (item, scan) in items(facts) {
        let Some(Ok(scan)) = scan else { continue };
        let name = &item.name.value;
        for hit in scan.hits.iter().filter(|hit| !hit.settled) {
            let within = match hit.within.as_slice() {
                [] => String::new(),
                [one] => format!(" in {one}"),
                [first, rest @ ..] => format!(" in {first} and {} more", rest.len()),
            };
            let severity = hit.severity.as_ref().map(|word| format!(", severity {word}")).unwrap_or_default();
            let message = format!("`{name}` is affected by {}{within}{severity}", hit.id);
            let finding = found.add(&scan.source.quoted(&hit.id), message);
            finding.about(&hit.id).about(format!("{} {name}", hit.id)).about(name);
        }
    }
}
