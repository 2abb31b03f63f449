//! The facts of a row as short texts: the same words in every table. What could not be told is
//! `unknown`; an empty text means that there is none, or that nothing was decided.

use std::collections::BTreeSet;

use crate::facts::components::{Origin, Ships};
use crate::facts::inventory::{Capability, UnsafeCounts};
use crate::facts::registry::Published;
use crate::facts::vetting::{How, Vetted};
use crate::facts::workspace::EdgeKind;
use crate::policy::Record;

use super::{Row, Touch};

/// The word for what could not be told.
pub(super) const UNKNOWN: &str = "unknown";

/// A column: its name and what stands in it.
pub(super) type Column = (&'static str, fn(&Row<'_>) -> String);

/// Every fact in a column of its own; the names are frozen.
pub(super) const COLUMNS: &[Column] = &[
    ("name", |row| row.component.name.clone()),
    ("version", |row| row.component.version.to_string()),
    ("ships", |row| ships(row.component.ships).to_owned()),
    ("why", |row| row.component.why.join(" > ")),
    ("edges", |row| row.or_unknown("edges", words(row.component.edges.iter().map(|kind| edge(*kind))))),
    ("features", |row| row.or_unknown("features", row.component.features.join(" "))),
    ("origin", |row| origin(&row.component.origin)),
    ("checksum", |row| row.component.checksum.clone().unwrap_or_default()),
    ("integrity", |row| row.integrity().word().to_owned()),
    ("commit", |row| row.commit().unwrap_or_default().to_owned()),
    ("class", |row| row.class.map(|class| class.value.word().to_owned()).unwrap_or_default()),
    ("class_decided_at", |row| row.class.map(|class| class.at.to_string()).unwrap_or_default()),
    ("reason", |row| row.on_record(|record| text(record.reason.as_ref().map(|text| &text.value)))),
    ("support", |row| {
        row.on_record(|record| {
            record.support.as_ref().map(|level| level.value.word().to_owned()).unwrap_or_default()
        })
    }),
    ("end_of_support", |row| {
        row.on_record(|record| text(record.end_of_support.as_ref().map(|date| date.value)))
    }),
    ("purpose", |row| row.on_record(|record| text(record.purpose.as_ref().map(|text| &text.value)))),
    ("requirement", |row| row.on_record(|record| text(record.requirement.as_ref().map(|text| &text.value)))),
    ("risk", |row| row.on_record(|record| text(record.risk.as_ref().map(|text| &text.value)))),
    ("reviewed_on", |row| row.on_record(|record| text(record.reviewed_on.as_ref().map(|date| date.value)))),
    ("reviewed_by", |row| row.on_record(|record| text(record.reviewed_by.as_ref().map(|text| &text.value)))),
    ("reviewed_version", |row| {
        row.on_record(|record| text(record.reviewed_version.as_ref().map(|text| &text.value)))
    }),
    ("supplier", |row| row.or_unknown("supplier", row.supplier().unwrap_or_default())),
    ("licence", |row| row.or_unknown("licence", row.licence().unwrap_or_default())),
    ("build_script", |row| yes_no(row.build_script())),
    ("proc_macro", |row| yes_no(row.proc_macro())),
    ("links", |row| row.or_unknown("links", row.links().unwrap_or_default().to_owned())),
    ("unsafe_at_least", |row| row.unsafe_places().map_or(UNKNOWN.to_owned(), |places| places.to_string())),
    ("unsafe_by_kind", |row| {
        row.seen.map_or(UNKNOWN.to_owned(), |seen| unsafe_kinds(&seen.library.unsafe_tokens))
    }),
    ("able_to_at_least", |row| row.capabilities().map_or(UNKNOWN.to_owned(), capabilities)),
    ("build_able_to_at_least", |row| match (row.build_capabilities(), row.build_script()) {
        (Some(able), _) => capabilities(able),
        (None, Some(false)) => String::new(),
        (None, _) => UNKNOWN.to_owned(),
    }),
    ("build_code", |row| match row.seen {
        Some(seen) => seen.build_code.clone().unwrap_or_default(),
        None => UNKNOWN.to_owned(),
    }),
    ("native_sources", |row| {
        row.seen.map_or(UNKNOWN.to_owned(), |seen| (seen.carried.native + seen.carried.assembler).to_string())
    }),
    ("prebuilt_files", |row| row.seen.map_or(UNKNOWN.to_owned(), |seen| seen.carried.prebuilt.to_string())),
    ("yanked", |row| match row.published {
        Some(Published { yanked, .. }) => yes_no(Some(*yanked)),
        None => row.or_unknown("yanked", String::new()),
    }),
    ("published_on", |row| {
        row.or_unknown("published_on", text(row.published.and_then(|published| published.on)))
    }),
    ("newest", |row| {
        let newest = row.published.and_then(|published| published.newest.as_ref());
        row.or_unknown("newest", text(newest.map(|(version, _)| version)))
    }),
    ("vetting", |row| row.vetted.map(vetting).unwrap_or_default()),
    ("advisories", |row| row.or_unknown("advisories", words(row.advisories.iter().map(advisory)))),
    ("fork_of", |row| {
        let fork = row.entry.and_then(|entry| entry.fork.as_ref());
        fork.map(|fork| fork.of.as_ref().map_or("yes", |of| of.value.as_str()).to_owned()).unwrap_or_default()
    }),
    ("could_not_tell", |row| words(row.could_not_tell.iter().copied())),
];

impl Row<'_> {
    fn or_unknown(&self, fact: &str, text: String) -> String {
        // Part of a fact may be known where not all of it is.
        if text.is_empty() && self.could_not_tell.contains(&fact) { UNKNOWN.to_owned() } else { text }
    }

    fn on_record(&self, cell: impl Fn(&Record) -> String) -> String {
        self.entry.map(|entry| cell(&entry.record)).unwrap_or_default()
    }

    /// The commit that it was packaged from, or that is locked.
    pub(super) fn commit(&self) -> Option<&str> {
        match &self.component.origin {
            Origin::Git { commit, .. } => commit.as_deref(),
            _ => self.verified.and_then(|verified| verified.commit.as_deref()),
        }
    }

    /// Who makes it: as the policy says, else as its manifest does.
    pub(super) fn supplier(&self) -> Option<String> {
        let record = self.entry.and_then(|entry| entry.record.supplier.as_ref());
        let authors = &self.component.declared.authors;
        record
            .map(|supplier| supplier.value.clone())
            .or_else(|| (!authors.is_empty()).then(|| authors.join(", ")))
    }

    /// The licence as declared.
    pub(super) fn licence(&self) -> Option<String> {
        let declared = &self.component.declared;
        let file = || declared.licence_file.as_ref().map(|file| format!("file {file}"));
        declared.licence.clone().or_else(file)
    }
}

fn text(value: Option<impl ToString>) -> String {
    value.map(|value| value.to_string()).unwrap_or_default()
}

/// Words behind each other.
pub(super) fn words(words: impl Iterator<Item = impl ToString>) -> String {
    words.map(|word| word.to_string()).collect::<Vec<_>>().join(", ")
}

fn yes_no(value: Option<bool>) -> String {
    value.map_or(UNKNOWN, |yes| if yes { "yes" } else { "no" }).to_owned()
}

/// The word for whether a component ships.
pub(in crate::evidence) fn ships(ships: Ships) -> &'static str {
    match ships {
        Ships::Product => "product",
        Ships::Unknown => UNKNOWN,
        Ships::Build => "build",
        Ships::Dev => "dev",
        Ships::Locked => "locked",
    }
}

/// The word for how a package uses another.
pub(super) fn edge(kind: EdgeKind) -> &'static str {
    match kind {
        EdgeKind::Normal => "normal",
        EdgeKind::Build => "build",
        EdgeKind::Dev => "dev",
    }
}

/// Where it comes from, in full.
pub(super) fn origin(origin: &Origin) -> String {
    match origin {
        Origin::CratesIo => "crates.io".to_owned(),
        Origin::Registry { url } => format!("registry {url}"),
        Origin::Git { url, .. } => format!("git {url}"),
        Origin::Path { folder } => format!("path {}", folder.as_deref().unwrap_or(UNKNOWN)),
    }
}

/// What something is able to do.
pub(in crate::evidence) fn capabilities(able: &BTreeSet<Capability>) -> String {
    words(able.iter().map(|one| one.word()))
}

fn unsafe_kinds(counts: &UnsafeCounts) -> String {
    let kinds = [
        ("blocks", counts.blocks),
        ("functions", counts.functions),
        ("impls", counts.impls),
        ("traits", counts.traits),
        ("extern blocks", counts.extern_blocks + counts.plain_extern_blocks),
        ("attributes", counts.attributes),
        ("other", counts.other),
    ];
    words(kinds.iter().filter(|(_, number)| *number > 0).map(|(kind, number)| format!("{number} {kind}")))
}

/// How it is vetted, in a word or two.
pub(super) fn vetting(vetted: &Vetted) -> String {
    match &vetted.how {
        How::Full => "full".to_owned(),
        How::Delta { chain } => format!("delta {}", chain.join(" -> ")),
        How::Publisher { until } => match until {
            Some(until) => format!("trusted publisher until {until}"),
            None => "trusted publisher".to_owned(),
        },
        How::Exempt { since, .. } => match since {
            Some(since) => format!("exempt since {since}"),
            None => "exempt".to_owned(),
        },
        How::Violation => "violation".to_owned(),
        How::Unvetted => "unvetted".to_owned(),
    }
}

/// An advisory and what has become of it.
pub(super) fn advisory(touch: &Touch<'_>) -> String {
    let status = touch.status().map(|status| format!(": {}", status.word())).unwrap_or_default();
    let until = touch.until().map(|until| format!(" until {until}")).unwrap_or_default();
    format!("{} {}{status}{until}", touch.hit.advisory.id, touch.standing.word())
}
