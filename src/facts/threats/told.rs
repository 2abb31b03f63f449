//! What a model says, object by object and without places, so that two states of it can be compared.
//!
//! Comments, order and layout say nothing, and reviews are about the rest: none of them is told.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use serde_json::Value;
use sha2::{Digest as _, Sha256};

use super::Model;
use crate::facts::prints::hex;
use crate::source::Placed;

/// The version of how a state is told: another one has other fingerprints.
const VERSION: &str = "hm1:";

/// What a model says, by object, such as `threat.T-01`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Told(BTreeMap<String, Value>);

impl Told {
    /// What a model says.
    #[must_use]
    pub fn of(model: &Model) -> Self {
        let mut told = Self::default();
        let head = (&model.title.value, model.owner.as_ref(), &model.head);
        told.put("model", head);
        told.put("context", &model.context);
        told.all("neighbour", &model.neighbours, |neighbour| &neighbour.id);
        told.all("role", &model.roles, |role| &role.id);
        told.all("asset", &model.assets, |asset| &asset.id);
        told.all("component", &model.components, |part| &part.id);
        told.all("interface", &model.interfaces, |interface| &interface.id);
        told.all("flow", &model.flows, |flow| &flow.id);
        told.all("threat", &model.threats, |threat| &threat.id);
        told.all("mitigation", &model.mitigations, |mitigation| &mitigation.id);
        told.all("acceptance", &model.acceptances, |acceptance| &acceptance.id);
        for zone in &model.zones {
            told.put(&format!("zone.{}", zone.id.value), (&zone.parent, &zone.trust));
        }
        for boundary in &model.boundaries {
            told.put(&format!("boundary.{}", boundary.id.value), &boundary.between);
        }
        told
    }

    fn all<T: Serialize>(&mut self, kind: &str, objects: &[T], id: impl Fn(&T) -> &Placed<String>) {
        for object in objects {
            self.put(&format!("{kind}.{}", id(object).value), object);
        }
    }

    fn put(&mut self, object: &str, says: impl Serialize) {
        self.0.insert(object.to_owned(), serde_json::to_value(says).unwrap_or_default());
    }

    /// A name for all of it: the same for the same, and for nothing else.
    #[must_use]
    pub fn fingerprint(&self) -> String {
        let told = serde_json::to_vec(&self.0).unwrap_or_default();
        format!("{VERSION}{}", &hex(&Sha256::digest(told))[..32])
    }

    /// The objects that one of two states has, or says otherwise than the other.
    #[must_use]
    pub fn differing<'t>(&'t self, other: &'t Self) -> Vec<&'t str> {
        let objects: BTreeSet<&str> = self.0.keys().chain(other.0.keys()).map(String::as_str).collect();
        objects.into_iter().filter(|object| self.0.get(*object) != other.0.get(*object)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::threats::read_text;

    const MODEL: &str = r#"format = "health-sec/threats@1"
[model]
title = "pump"
[component.api]
kind = "process"
[threat.T-01]
title = "forged orders"
affects = ["api"]
answer = "open"
"#;

    fn told(text: &str) -> Told {
        Told::of(&read_text(text).expect("a model"))
    }

    #[test]
    fn only_what_is_said_counts() {
        let told_first = told(MODEL);
        let moved = format!("# A pump.\n\n{MODEL}\n[review.R-1]\non = 2026-01-02\nby = [\"a\"]\n");
        assert_eq!(told_first.fingerprint(), told(&moved).fingerprint());
        for (from, to, object) in [
            ("\"open\"", "\"avoid\"\nreason = \"left out\"", "threat.T-01"),
            ("\"process\"", "\"store\"", "component.api"),
            ("\"pump\"", "\"pump 2\"", "model"),
            ("[model]", "[zone.ward]\n[model]", "zone.ward"),
            ("[model]", "[context]\nnetwork = \"a ward\"\n[model]", "context"),
        ] {
            let other = told(&MODEL.replace(from, to));
            assert_ne!(told_first.fingerprint(), other.fingerprint(), "{to}");
            assert_eq!(told_first.differing(&other), [object]);
        }
    }
}
