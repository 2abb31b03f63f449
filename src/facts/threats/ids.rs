//! The ids of a model: what each names, and short names in the place of those that a tool made.

use std::collections::{BTreeMap, BTreeSet};

use crate::source::Placed;

use super::references::Object;
use super::{Model, Reference};

impl Model {
    /// Every id with what it names.
    pub(super) fn ids(&self) -> impl Iterator<Item = (Object, &Placed<String>)> {
        fn all<'m>(
            object: Object,
            ids: impl Iterator<Item = &'m Placed<String>>,
        ) -> Vec<(Object, &'m Placed<String>)> {
            ids.map(|id| (object, id)).collect()
        }
        [
            all(Object::Neighbour, self.neighbours.iter().map(|neighbour| &neighbour.id)),
            all(Object::Role, self.roles.iter().map(|role| &role.id)),
            all(Object::Asset, self.assets.iter().map(|asset| &asset.id)),
            all(Object::Zone, self.zones.iter().map(|zone| &zone.id)),
            all(Object::Zone, self.boundaries.iter().map(|boundary| &boundary.id)),
            all(Object::Component, self.components.iter().map(|part| &part.id)),
            all(Object::Interface, self.interfaces.iter().map(|interface| &interface.id)),
            all(Object::Flow, self.flows.iter().map(|flow| &flow.id)),
            all(Object::Threat, self.threats.iter().map(|threat| &threat.id)),
            all(Object::Mitigation, self.mitigations.iter().map(|mitigation| &mitigation.id)),
            all(Object::Acceptance, self.acceptances.iter().map(|acceptance| &acceptance.id)),
        ]
        .into_iter()
        .flatten()
    }

    /// Gives ids the short names of an overlay. A name for what is not there is a reference that leads
    /// nowhere.
    pub(super) fn rename(&mut self, names: Vec<(Placed<String>, Placed<String>)>) {
        let known: BTreeSet<String> = self.ids().map(|(_, id)| id.value.clone()).collect();
        let (found, lost): (Vec<_>, Vec<_>) =
            names.into_iter().partition(|(_, id)| known.contains(&id.value));
        self.references.extend(lost.into_iter().map(|(name, id)| Reference {
            id,
            from: format!("names.{}", name.value),
            wanted: "object of the model",
            resolved: false,
            near: None,
        }));
        let short: BTreeMap<String, String> =
            found.into_iter().map(|(name, id)| (id.value, name.value)).collect();
        let rename = |id: &mut String| {
            if let Some(name) = short.get(id.as_str()) {
                name.clone_into(id);
            }
        };
        for id in self.placed_ids() {
            rename(&mut id.value);
        }
        let zones = self.components.iter_mut().map(|part| &mut part.zone);
        for zone in zones.chain(self.neighbours.iter_mut().map(|neighbour| &mut neighbour.zone)) {
            zone.iter_mut().for_each(rename);
        }
        for reference in &mut self.references {
            rename(&mut reference.id.value);
            if let Some((kind, id)) = reference.from.split_once('.') {
                let mut id = id.to_owned();
                rename(&mut id);
                reference.from = format!("{kind}.{id}");
            }
        }
        let called = std::mem::take(&mut self.names);
        self.names = called
            .into_iter()
            .map(|(mut id, name)| {
                rename(&mut id);
                (id, name)
            })
            .collect();
        self.mitigations.sort_by(|a, b| a.id.value.cmp(&b.id.value));
        self.acceptances.sort_by(|a, b| a.id.value.cmp(&b.id.value));
    }

    /// Every place where an id is written.
    fn placed_ids(&mut self) -> Vec<&mut Placed<String>> {
        let mut ids: Vec<&mut Placed<String>> = Vec::new();
        ids.extend(self.neighbours.iter_mut().map(|neighbour| &mut neighbour.id));
        ids.extend(self.roles.iter_mut().map(|role| &mut role.id));
        ids.extend(self.assets.iter_mut().map(|asset| &mut asset.id));
        for zone in &mut self.zones {
            ids.push(&mut zone.id);
            ids.extend(&mut zone.parent);
        }
        for boundary in &mut self.boundaries {
            ids.push(&mut boundary.id);
            ids.extend(&mut boundary.between);
        }
        for part in &mut self.components {
            ids.push(&mut part.id);
            ids.extend(&mut part.holds);
        }
        for flow in &mut self.flows {
            ids.push(&mut flow.id);
            ids.extend(flow.from.iter_mut().chain(&mut flow.to).chain(&mut flow.via).chain(&mut flow.data));
        }
        for threat in &mut self.threats {
            ids.push(&mut threat.id);
            ids.extend(threat.affects.iter_mut().chain(&mut threat.by).chain(&mut threat.accepted));
        }
        ids.extend(self.mitigations.iter_mut().map(|mitigation| &mut mitigation.id));
        for acceptance in &mut self.acceptances {
            ids.push(&mut acceptance.id);
            ids.extend(&mut acceptance.covers);
        }
        ids
    }
}
