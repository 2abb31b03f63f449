//! What is worth a remark about a component, and the register as a whole in a few words.

use crate::facts::Gap;
use crate::facts::components::{Origin, Ships};
use crate::facts::inventory::Capability;
use crate::facts::vetting::How;
use crate::policy::Item;
use crate::report::text::Ink;

use super::cells::{self, COLUMNS, UNKNOWN};
use super::{Integrity, Register, Row, Standing};

/// Something worth knowing about a component at first sight.
#[derive(Debug)]
pub(super) struct Remark {
    pub(super) ink: Option<Ink>,
    pub(super) text: String,
}

impl Row<'_> {
    /// What stands in one of the frozen columns.
    pub(super) fn cell(&self, column: &str) -> String {
        COLUMNS.iter().find(|(name, _)| *name == column).map(|(_, cell)| cell(self)).unwrap_or_default()
    }

    /// What it is able to do, and its build script.
    pub(super) fn abilities(&self) -> String {
        let Some(able) = self.capabilities() else { return UNKNOWN.to_owned() };
        let mut text = cells::capabilities(able);
        if let Some(build) = self.build_capabilities().filter(|able| !able.is_empty()) {
            let separator = if text.is_empty() { "" } else { "; " };
            text.extend([separator, "build: ", &cells::capabilities(build)]);
        }
        text
    }

    /// What is worth knowing at first sight, the worst first.
    pub(super) fn remarks(&self) -> Vec<Remark> {
        let mut remarks = Vec::new();
        let mut add = |ink: Option<Ink>, text: String| remarks.push(Remark { ink, text });
        for touch in &self.advisories {
            let ink = match touch.standing {
                Standing::Open => Some(Ink::Bad),
                Standing::Accepted | Standing::Noted => None,
            };
            add(ink, cells::advisory(touch));
        }
        if self.integrity() == Integrity::Changed {
            add(Some(Ink::Bad), "sources changed".to_owned());
        }
        if self.published.is_some_and(|published| published.yanked) {
            add(Some(Ink::Warn), "yanked".to_owned());
        }
        if let Some(number) = self.seen.map(|seen| seen.carried.prebuilt).filter(|number| *number > 0) {
            let files = if number == 1 { "file" } else { "files" };
            add(Some(Ink::Warn), format!("{number} prebuilt {files}"));
        }
        if let Some(fork) = self.entry.and_then(|entry| entry.fork.as_ref()) {
            let of = fork.of.as_ref().map(|of| format!(" of {}", of.value)).unwrap_or_default();
            add(None, format!("fork{of}"));
        }
        if let Some(vetted) = self.vetted {
            let ink = matches!(vetted.how, How::Violation).then_some(Ink::Bad);
            if !matches!(vetted.how, How::Full | How::Delta { .. }) {
                add(ink, cells::vetting(vetted));
            }
        }
        remarks
    }
}

impl Register<'_> {
    /// The register in a line or two: how many components, and what is worth knowing of them.
    pub(super) fn summary(&self) -> String {
        let facts = &self.report.facts;
        let rows = || self.rows.iter();
        let count = |wanted: &dyn Fn(&Row<'_>) -> bool| rows().filter(|row| wanted(row)).count();
        let number = match (self.rows.len(), self.all) {
            (some, all) if some < all => format!("{some} of {all} components"),
            (1, _) => "1 component".to_owned(),
            (all, _) => format!("{all} components"),
        };
        let shares = [
            (Ships::Product, "ship"),
            (Ships::Unknown, "may ship"),
            (Ships::Build, "run in the build"),
            (Ships::Dev, "for development"),
            (Ships::Locked, "not used"),
        ];
        let shares = parts(
            shares.iter().map(|(ships, word)| (count(&|row: &Row<'_>| row.component.ships == *ships), *word)),
        );
        let able = |capability: Capability| {
            count(&|row: &Row<'_>| row.capabilities().is_some_and(|able| able.contains(&capability)))
        };
        let seen = parts(
            [
                (
                    count(&|row: &Row<'_>| row.unsafe_places().is_some_and(|places| places > 0)),
                    "hold unsafe code",
                ),
                (able(Capability::Net), "open sockets"),
                (able(Capability::Process), "start programs"),
                (count(&|row: &Row<'_>| row.build_script() == Some(true)), "have a build script"),
            ]
            .into_iter(),
        );
        let told = parts(
            [
                (count(&|row: &Row<'_>| !row.advisories.is_empty()), "touched by advisories"),
                (count(&|row: &Row<'_>| row.published.is_some_and(|entry| entry.yanked)), "yanked"),
                (
                    count(&|row: &Row<'_>| row.integrity() == Integrity::Verified),
                    "verified against the lock file",
                ),
                (count(&|row: &Row<'_>| row.integrity() == Integrity::Changed), "not what was locked"),
                (
                    count(&|row: &Row<'_>| !matches!(row.component.origin, Origin::CratesIo)),
                    "not from crates.io",
                ),
                (count(&|row: &Row<'_>| row.class.is_none()), "without a class"),
            ]
            .into_iter(),
        );
        let targets = match facts.components.targets.as_slice() {
            _ if !facts.components.resolved => "; the graph is not resolved".to_owned(),
            [] => "; built for every platform".to_owned(),
            targets => format!("; built for {}", targets.join(", ")),
        };
        let mut text = if shares.is_empty() { number } else { format!("{number}: {shares}") };
        if !self.rows.is_empty() {
            text.push_str(&targets);
        }
        text.push('.');
        for (lead, part) in [("At least: ", seen), ("", told)] {
            if !part.is_empty() {
                text.extend([" ", lead, &part, "."]);
            }
        }
        if self.doubtful > 0 {
            let number = self.doubtful.to_string();
            text.extend([
                " ",
                &number,
                " more could belong here: what is asked for could not be told of them.",
            ]);
        }
        text
    }
}

/// The numbers that are not 0, with their words.
fn parts<'a>(parts: impl Iterator<Item = (usize, &'a str)>) -> String {
    cells::words(parts.filter(|(number, _)| *number > 0).map(|(number, word)| format!("{number} {word}")))
}

/// What a gap says, in a line.
pub(super) fn told_line(gap: &Gap) -> String {
    let remedy = if gap.remedy.is_empty() { String::new() } else { format!(" (mend by: {})", gap.remedy) };
    format!("{}: {}{remedy}", gap.what, gap.why)
}

/// What stands in one of the frozen columns for an item that cargo does not know.
pub(super) fn item_fact(item: &Item, column: &str) -> String {
    let record = &item.record;
    let text = |text: &Option<crate::source::Placed<String>>| {
        text.as_ref().map(|text| text.value.clone()).unwrap_or_default()
    };
    match column {
        "name" => item.name.value.clone(),
        "version" => text(&item.version),
        "why" => cells::words(item.reached_by.iter().map(|name| &name.value)),
        "class" => record.class.as_ref().map(|class| class.value.word().to_owned()).unwrap_or_default(),
        "class_decided_at" => record.class.as_ref().map(|class| class.at.to_string()).unwrap_or_default(),
        "reason" => text(&record.reason),
        "support" => record.support.as_ref().map(|level| level.value.word().to_owned()).unwrap_or_default(),
        "end_of_support" => {
            record.end_of_support.as_ref().map(|date| date.value.to_string()).unwrap_or_default()
        }
        "purpose" => text(&record.purpose),
        "requirement" => text(&record.requirement),
        "risk" => text(&record.risk),
        "reviewed_on" => record.reviewed_on.as_ref().map(|date| date.value.to_string()).unwrap_or_default(),
        "reviewed_by" => text(&record.reviewed_by),
        "reviewed_version" => text(&record.reviewed_version),
        "supplier" => text(&record.supplier),
        _ => String::new(),
    }
}
