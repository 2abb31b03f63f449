//! Who has vetted components: the records that `cargo vet` keeps in `supply-chain/`.
//!
//! - `store`: the three files as `records` with places; keys nobody knows are none of our business
//! - `criteria`: which criterion holds wherever another one does
//! - `paths`: the shortest way from something somebody vouches for to the version at hand
//! - `age`: since when an exemption stands there, by git
//!
//! Imported records count as the lock file of the imports holds them: `cargo vet` has already put
//! their criteria in the words of this store there. Nothing is fetched.

mod age;
mod criteria;
mod paths;
mod records;
mod store;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;

use crate::policy::Policy;
use crate::source::{Location, Tree};

use super::Gap;
use super::components::{Component, Components, Origin};
use super::workspace::Workspace;

use criteria::{Criteria, SAFE_TO_DEPLOY};
use paths::{Edge, Vouches};
use records::Kind;
use store::{Records, Store};

/// Who has vetted components.
#[derive(Debug, Default)]
pub struct Vetting {
    /// The folder of the records, relative to the root, where there is one.
    pub store: Option<String>,
    /// The criterion that components were compared with.
    pub criterion: String,
    /// True when the records know that criterion.
    pub criterion_known: bool,
    /// By index into the components. Folders on disk are missing: `cargo vet` takes them for ours.
    pub of: BTreeMap<usize, Vetted>,
    /// Publishers that this store itself trusts, in the order of the file.
    pub trusts: Vec<Trust>,
}

/// How a component is vetted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Vetted {
    /// How.
    pub how: How,
    /// The criteria that are met, exemptions counted; of two where one implies the other, the stronger.
    pub criteria: Vec<String>,
    /// Who says so, and through which import.
    pub by: Vec<String>,
    /// Where it is written.
    pub at: Location,
}

/// How a component is vetted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum How {
    /// This version was read as a whole.
    Full,
    /// Another version was vetted, and the differences up to this one.
    Delta {
        /// The versions, the one that was vetted as a whole first.
        chain: Vec<String>,
    },
    /// Its publisher is trusted.
    Publisher {
        /// The last day of the trust.
        until: Option<Date>,
    },
    /// It is exempt, or an earlier version is and only the differences were vetted.
    Exempt {
        /// The version that is exempt, where it is another one.
        of: Option<String>,
        /// Since when, by git.
        since: Option<Date>,
        /// True when the exemption carries notes.
        noted: bool,
    },
    /// Somebody has recorded that it violates the criteria.
    Violation,
    /// Nobody has.
    Unvetted,
}

/// A publisher whose versions are taken without reading them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trust {
    /// The component.
    pub component: String,
    /// Who: a login, or the repository that publishes.
    pub publisher: String,
    /// The first day after the trust.
    pub end: Date,
    /// Where it is written.
    pub at: Location,
}

/// Reads the vetting records.
pub fn gather(
    tree: &Tree,
    workspace: &Workspace,
    components: &Components,
    policy: &Policy,
    gaps: &mut Vec<Gap>,
) -> Vetting {
    let demanded = policy.vetting.as_ref().and_then(|demand| demand.criteria.as_ref());
    let criterion = demanded.map_or(SAFE_TO_DEPLOY, |word| &word.value).to_owned();
    let Some(store) = Store::read(tree, workspace, gaps) else {
        return Vetting { criterion, ..Vetting::default() };
    };
    let mut of = BTreeMap::new();
    for (index, component) in components.all.iter().enumerate() {
        if let Some(version) = judged_version(component, &store) {
            of.insert(index, vetted(component, &version, &criterion, &store));
        }
    }
    age::date_exemptions(tree, &store.folder, components, &mut of, gaps);
    Vetting {
        criterion_known: store.criteria.knows(&criterion),
        trusts: store.trusts(),
        store: Some(store.folder),
        criterion,
        of,
    }
}

/// The version as the records name it; `None` for what the store takes for the manufacturer's own.
fn judged_version(component: &Component, store: &Store) -> Option<String> {
    let plain = component.version.to_string();
    if store.own.contains(&component.name) || store.own.contains(&format!("{}:{plain}", component.name)) {
        return None;
    }
    match &component.origin {
        Origin::Path { .. } => None,
        Origin::Git { commit: Some(commit), .. } => Some(format!("{plain}@git:{commit}")),
        _ => Some(plain),
    }
}

fn vetted(component: &Component, version: &str, criterion: &str, store: &Store) -> Vetted {
    let records = store.records(&component.name);
    if let Some(violation) = violation(component, criterion, &records, &store.criteria) {
        return violation;
    }
    let edges = paths::edges(&records);
    let met: Vec<&str> =
        store.criteria.names().filter(|name| paths::search(&edges, version, name, true).is_some()).collect();
    let criteria = store.criteria.strongest(&met);
    let found = paths::search(&edges, version, criterion, false)
        .or_else(|| paths::search(&edges, version, criterion, true));
    match found.as_deref().and_then(told) {
        Some((how, by, at)) => Vetted { how, criteria, by, at },
        None => Vetted { how: How::Unvetted, criteria, by: Vec::new(), at: component.at.clone() },
    }
}

/// A record that this very version violates the criterion, or one that the criterion implies.
fn violation(
    component: &Component,
    criterion: &str,
    records: &Records<'_>,
    criteria: &Criteria,
) -> Option<Vetted> {
    let asked = criteria.closed([criterion]);
    let hit = records.audits.iter().find(|audit| {
        matches!(&audit.kind, Kind::Violation(range) if range.matches(&component.version))
            && audit.named.iter().any(|name| asked.contains(name))
    })?;
    Some(Vetted { how: How::Violation, criteria: Vec::new(), by: hit.by(), at: hit.at.clone() })
}

/// What a way through the records says of the version at its end: how, by whom and where.
fn told(path: &[&Edge<'_>]) -> Option<(How, Vec<String>, Location)> {
    let (first, last) = (path.first()?, path.last()?);
    let by: BTreeSet<String> = path.iter().flat_map(|edge| edge.by.iter().cloned()).collect();
    let (how, at) = match (&first.vouches, path.len()) {
        (Vouches::Exemption { noted }, length) => {
            let of = (length > 1).then(|| first.to.to_owned());
            (How::Exempt { of, since: None, noted: *noted }, first.at)
        }
        (Vouches::Publisher { until }, 1) => (How::Publisher { until: *until }, last.at),
        (Vouches::Reader, 1) => (How::Full, last.at),
        _ => (How::Delta { chain: path.iter().map(|edge| edge.to.to_owned()).collect() }, last.at),
    };
    Some((how, by.into_iter().collect(), at.clone()))
}
