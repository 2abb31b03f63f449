//! Criteria: which one holds wherever another one does.

use std::collections::{BTreeMap, BTreeSet};

/// The stronger of the two criteria that every store has.
pub(super) const SAFE_TO_DEPLOY: &str = "safe-to-deploy";
const SAFE_TO_RUN: &str = "safe-to-run";

/// The criteria of a store, each with all that it implies and itself.
#[derive(Debug)]
pub(super) struct Criteria {
    implied: BTreeMap<String, BTreeSet<String>>,
}

impl Criteria {
    /// The two built-in criteria and those of the store with what each implies directly. A circle, which
    /// `cargo vet` refuses, makes its members equal.
    pub(super) fn new(own: &BTreeMap<String, Vec<String>>) -> Self {
        let mut direct = own.clone();
        direct.entry(SAFE_TO_RUN.to_owned()).or_default();
        direct.entry(SAFE_TO_DEPLOY.to_owned()).or_default().push(SAFE_TO_RUN.to_owned());
        let close = |start: &String| {
            let mut closed = BTreeSet::new();
            let mut open = vec![start];
            while let Some(name) = open.pop() {
                if closed.insert(name.clone()) {
                    open.extend(
                        direct.get(name).into_iter().flatten().filter(|next| direct.contains_key(*next)),
                    );
                }
            }
            closed
        };
        Self { implied: direct.keys().map(|name| (name.clone(), close(name))).collect() }
    }

    /// True for a criterion that the store defines, or that every store has.
    pub(super) fn knows(&self, name: &str) -> bool {
        self.implied.contains_key(name)
    }

    /// All names.
    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.implied.keys().map(String::as_str)
    }

    /// The criteria that hold where these do. A name that the store does not know says nothing.
    pub(super) fn closed<'a>(&self, names: impl IntoIterator<Item = &'a str>) -> BTreeSet<String> {
        names.into_iter().filter_map(|name| self.implied.get(name)).flatten().cloned().collect()
    }

    /// Those that no other of them implies.
    pub(super) fn strongest(&self, met: &[&str]) -> Vec<String> {
        let implied_by = |stronger: &str, weaker: &str| {
            self.implied.get(stronger).is_some_and(|implied| implied.contains(weaker))
        };
        met.iter()
            .filter(|name| !met.iter().any(|other| implied_by(other, name) && !implied_by(name, other)))
            .map(|name| (*name).to_owned())
            .collect()
    }
}
