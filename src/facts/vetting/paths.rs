//! The shortest way from something somebody vouches for to the version at hand.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use jiff::civil::Date;

use crate::source::Location;

use super::records::{Audit, Kind};
use super::store::Records;

/// A step: from nothing or from an earlier version to a version.
#[derive(Debug)]
pub(super) struct Edge<'a> {
    /// Where it starts; `None` where the version is vouched for as a whole.
    pub(super) from: Option<&'a str>,
    /// Where it ends.
    pub(super) to: &'a str,
    /// The criteria that it carries; `None` stands for all.
    criteria: Option<&'a BTreeSet<String>>,
    /// What it rests on.
    pub(super) vouches: Vouches,
    /// Who says so.
    pub(super) by: Vec<String>,
    /// Where it is written.
    pub(super) at: &'a Location,
}

/// What a step rests on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Vouches {
    /// Somebody has read it.
    Reader,
    /// Somebody trusts who has published it, until a day.
    Publisher { until: Option<Date> },
    /// Nobody: an exemption.
    Exemption { noted: bool },
}

/// All steps that the records of a component allow. What a violation contradicts is none.
pub(super) fn edges<'a>(records: &Records<'a>) -> Vec<Edge<'a>> {
    let mut edges = Vec::new();
    for audit in records.audits.iter().filter(|audit| !contradicted(audit, records)) {
        let (from, to) = match &audit.kind {
            Kind::Full(version) => (None, version),
            Kind::Delta(from, to) => (Some(from.as_str()), to),
            Kind::Violation(_) => continue,
        };
        let (criteria, by) = (Some(&audit.criteria), audit.by());
        edges.push(Edge { from, to, criteria, vouches: Vouches::Reader, by, at: &audit.at });
    }
    for published in records.published {
        for trust in records.trusts.iter().filter(|trust| trust.covers(published)) {
            edges.push(Edge {
                from: None,
                to: &published.version,
                criteria: Some(&trust.criteria),
                vouches: Vouches::Publisher { until: trust.end.yesterday().ok() },
                by: trust.by(published),
                at: &trust.at,
            });
        }
    }
    for unpublished in records.unpublished {
        edges.push(Edge {
            from: Some(&unpublished.audited_as),
            to: &unpublished.version,
            criteria: None,
            vouches: Vouches::Reader,
            by: Vec::new(),
            at: &unpublished.at,
        });
    }
    for exemption in records.exemptions {
        edges.push(Edge {
            from: None,
            to: &exemption.version,
            criteria: Some(&exemption.criteria),
            vouches: Vouches::Exemption { noted: exemption.noted },
            by: Vec::new(),
            at: &exemption.at,
        });
    }
    edges
}

/// True where a violation says the opposite of an audit about one of its versions.
fn contradicted(audit: &Audit, records: &Records<'_>) -> bool {
    let versions = match &audit.kind {
        Kind::Full(version) => [Some(version), None],
        Kind::Delta(from, to) => [Some(from), Some(to)],
        Kind::Violation(_) => return false,
    };
    let bare =
        |version: &String| version.split('@').next().and_then(|text| semver::Version::parse(text).ok());
    records.audits.iter().any(|other| {
        matches!(&other.kind, Kind::Violation(range)
            if versions.iter().flatten().filter_map(|version| bare(version)).any(|version| range.matches(&version)))
            && other.named.iter().any(|name| audit.criteria.contains(name))
    })
}

/// The shortest way to a version for a criterion, its first step first. Of equally short ways the one by
/// the earlier record is taken: readers before publishers before exemptions.
pub(super) fn search<'e, 'a>(
    edges: &'e [Edge<'a>],
    version: &str,
    criterion: &str,
    exemptions: bool,
) -> Option<Vec<&'e Edge<'a>>> {
    let usable = |edge: &&'e Edge<'a>| {
        (exemptions || !matches!(edge.vouches, Vouches::Exemption { .. }))
            && edge.criteria.is_none_or(|criteria| criteria.contains(criterion))
    };
    // Backwards, from the version to where somebody vouches for a whole.
    let mut next: BTreeMap<&str, &'e Edge<'a>> = BTreeMap::new();
    let mut seen = BTreeSet::from([version]);
    let mut open = VecDeque::from([version]);
    while let Some(here) = open.pop_front() {
        let steps = || edges.iter().filter(|edge| edge.to == here).filter(usable);
        if let Some(whole) = steps().find(|edge| edge.from.is_none()) {
            let mut path = vec![whole];
            let mut at = whole.to;
            while let Some(step) = next.get(at) {
                path.push(step);
                at = step.to;
            }
            return Some(path);
        }
        for step in steps() {
            let Some(from) = step.from else { continue };
            if seen.insert(from) {
                next.insert(from, step);
                open.push_back(from);
            }
        }
    }
    None
}
