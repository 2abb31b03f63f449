//! Reports for the tests of the writers: real facts of a small workspace, findings by hand.

use std::path::Path;

use crate::checks;
use crate::facts::code::{Scope, Site};
use crate::facts::{Facts, Gap, Kind};
use crate::finding::{Finding, Findings};
use crate::request::Request;
use crate::source::{Location, Source};

use super::Report;

/// The day on which everything takes place.
pub(super) const DAY: jiff::civil::Date = jiff::civil::date(2026, 11, 1);

/// A source that tries to write on the terminal, to end lines early and to hide what it says.
pub(super) const HOSTILE: &str = "\u{1b}[2J\u{1b}]0;owned\u{7}\r\u{202e}\u{9b}31m fn é漢() {}\n\tunsafe {}\n";

/// A path of the same kind.
pub(super) const HOSTILE_PATH: &str = "src/a\n\u{1b}[31m%20 #?é\u{202e}.rs";

/// A waiver that accepts the findings in one file.
pub(super) const POLICY: &str = "[[waiver]]\nrule = \"waiver_unused\"\nplace = \"accepted.rs\"\n\
    reason = \"a reason\"\nby = \"a.person\"\nuntil = 2027-01-31\n";

/// A workspace with one member in a folder.
pub(super) fn workspace(root: &Path, policy: Option<&str>) -> Facts {
    let put = |path: &str, text: &str| {
        let path = root.join(path);
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        std::fs::write(path, text).expect("a file");
    };
    put("Cargo.toml", "[package]\nname = \"pump\"\nversion = \"0.1.0\"\nedition = \"2024\"\n");
    put("src/lib.rs", "//! A pump.\n\npub fn run() {}\n");
    if let Some(policy) = policy {
        put("health-sec.toml", policy);
    }
    let mut facts = Facts::gather(&request(root)).expect("facts");
    facts.gaps.clear();
    facts
}

/// A request that starts no program.
pub(super) fn request(root: &Path) -> Request {
    Request { resolve: false, ..Request::new(root, DAY) }
}

/// A place in a file that is on no disk.
pub(super) fn place(path: &str, text: &str) -> Location {
    let source = Source::new(path, text);
    let end = text.trim_end().len();
    source.at(end.saturating_sub(9)..end)
}

/// Findings of a rule, one a place.
pub(super) fn findings(rule: &str, places: impl IntoIterator<Item = Location>) -> Vec<Finding> {
    let mut findings = Findings::new(checks::rule(rule).expect("a rule"), &[]);
    for (index, place) in places.into_iter().enumerate() {
        findings.add(&place, format!("fault {index} of this kind")).about(format!("subject@{index}"));
    }
    findings.into_sorted()
}

/// A report with a finding of each sort: plain, hostile, waived, related; a gap and a blind spot.
pub(super) fn report(root: &Path) -> Report {
    let mut facts = workspace(root, Some(POLICY));
    facts.gaps.push(
        Gap::new(Kind::Code, HOSTILE_PATH, "it is not UTF-8\u{1b}[0m", "cargo\u{7} fix")
            .at(place(HOSTILE_PATH, HOSTILE)),
    );
    facts.code.blind_spots.push(Site {
        at: place(HOSTILE_PATH, HOSTILE),
        unit: 0,
        within: HOSTILE.into(),
        scope: Scope::Product,
        cfg: [].into(),
        in_macro: false,
    });
    let mut found = findings("waiver_expired", [place("src/lib.rs", "//! A pump.\n\npub fn run() {}\n")]);
    let mut hostile =
        findings("waiver_unused", [place(HOSTILE_PATH, HOSTILE), place("accepted.rs", "fn a() {}\n")]);
    for finding in &mut hostile {
        finding.message = HOSTILE.to_owned();
        finding.help(HOSTILE).with(&place(HOSTILE_PATH, HOSTILE), HOSTILE).about(HOSTILE);
    }
    found.append(&mut hostile);
    Report::new(&request(root), facts, found)
}
