//! The register of deviations for people, by where they are stated.

use std::io;

use crate::report::text::{Detail, Ink, Style, visible, wrapped};

use super::{Deviation, Kind, Register};

const PARTS: [(Kind, &str); 5] = [
    (Kind::Attribute, "In attributes of the source"),
    (Kind::Level, "In lint tables and flags"),
    (Kind::Default, "Nobody has switched these lints on"),
    (Kind::Waiver, "In the ledger"),
    (Kind::Comment, "In comments beside the code"),
];

/// How many members are named.
const MEMBERS: usize = 3;

pub(super) fn write(register: &Register<'_>, style: Style, out: &mut dyn io::Write) -> io::Result<()> {
    let report = register.report;
    let title = format!("deviations of {} on {}", visible(report.subject()), report.facts.as_of);
    writeln!(out, "{}\n", style.paint(Ink::Strong, &title))?;
    writeln!(out, "{}", wrapped(&visible(&register.summary()), style.width, "", "  "))?;
    for (kind, title) in PARTS {
        let part: Vec<_> = register.deviations.iter().filter(|one| one.kind == kind).collect();
        if part.is_empty() {
            continue;
        }
        writeln!(out, "\n{}", style.paint(Ink::Strong, &format!("{title} ({})", part.len())))?;
        if kind == Kind::Default && style.detail < Detail::Verbose {
            writeln!(out, "{}", wrapped(&visible(&off(&part)), style.width, "  ", "  "))?;
            continue;
        }
        part.into_iter().try_for_each(|one| write_one(one, style, out))?;
    }
    Ok(())
}

/// Lints that nobody has switched on, those that would find something first; what would find nothing is counted.
fn off(part: &[&Deviation<'_>]) -> String {
    let finds = |one: &&&Deviation<'_>| one.places.as_ref().is_none_or(|places| !places.is_empty());
    let mut found: Vec<&Deviation<'_>> = part.iter().filter(finds).copied().collect();
    found.sort_by_key(|one| std::cmp::Reverse(one.places.as_ref().map(Vec::len)));
    let nothing = part.len() - found.len();
    let names = found.iter().map(|one| format!("{}{}", one.rule, silent(one)));
    let rest = (nothing > 0).then(|| format!("{nothing} that find nothing here"));
    names.chain(rest).collect::<Vec<_>>().join(", ")
}

/// How many places it keeps silent.
fn silent(one: &Deviation<'_>) -> String {
    match one.places.as_ref().map(Vec::len) {
        None => String::new(),
        Some(1) => " (1 place)".to_owned(),
        Some(many) => format!(" ({many} places)"),
    }
}

fn write_one(one: &Deviation<'_>, style: Style, out: &mut dyn io::Write) -> io::Result<()> {
    let place = one.at.map(|at| format!("{}:{}", at.path(), at.line())).unwrap_or_default();
    let place = style.paint(Ink::Name, &visible(&place));
    writeln!(out, "  {place}  {} {}{}", one.word, visible(one.rule), silent(one))?;
    let mut told = Vec::new();
    match one.reason {
        Some(reason) => told.push(reason.split_whitespace().collect::<Vec<_>>().join(" ")),
        None if one.is_unexplained() => told.push("no reason is given".to_owned()),
        None => {}
    }
    told.extend(one.by.map(|by| format!("by {by}")));
    told.extend(one.until.map(|until| format!("until {until}")));
    if one.kind == Kind::Level {
        let members = one.within.split(' ').count();
        let named = if members > MEMBERS { format!("{members} members") } else { one.within.clone() };
        told.push(format!("for {named}"));
    }
    if told.is_empty() {
        return Ok(());
    }
    let ink = if one.is_unexplained() { Ink::Warn } else { Ink::Faint };
    let lines = wrapped(&visible(&told.join("; ")), style.width, "      ", "      ");
    writeln!(out, "{}", style.paint(ink, &lines))
}
