//! Which interface of the model claims a place in the code.

use std::collections::BTreeSet;

use super::claims::{full_path, meanings};
use crate::document::{array, key, quoted};
use crate::facts::Facts;
use crate::facts::code::Site;
use crate::facts::components::Ships;
use crate::facts::threats::openings::{self, Side, Way, side};
use crate::facts::threats::{Interface, Model};
use crate::finding::Finding;

/// The claims of all interfaces: paths of functions and modules.
pub(super) struct Claims<'a> {
    facts: &'a Facts,
    claims: Vec<(String, &'a Interface)>,
}

impl<'a> Claims<'a> {
    pub(super) fn new(facts: &'a Facts) -> Self {
        let interfaces = facts.threats.models.iter().flat_map(|model| &model.interfaces);
        let claims = interfaces.flat_map(|interface| {
            let paths = interface.code.iter().flat_map(|code| meanings(facts, &code.value));
            paths.map(move |(_, path)| (path, interface)).collect::<Vec<_>>()
        });
        Self { facts, claims: claims.collect() }
    }

    /// The interfaces that claim a place, each once.
    pub(super) fn at(&self, site: &Site) -> Vec<&'a Interface> {
        let Some(place) = full_path(self.facts, site.unit, &site.within) else { return Vec::new() };
        let mut found: Vec<&Interface> = Vec::new();
        for (claim, interface) in &self.claims {
            if covers(claim, &place) && !found.iter().any(|known| std::ptr::eq(*known, *interface)) {
                found.push(interface);
            }
        }
        found
    }

    /// The interfaces that claim what is opened and can be it. One that only goes out claims no way in, save that a
    /// client of a datagram protocol binds its socket too; one that lets others in claims no way out; and neither says
    /// that another program is started.
    pub(super) fn of(&self, way: &Way<'_>) -> Vec<&'a Interface> {
        let mut claims = self.at(&way.opened.call.site);
        claims.retain(|interface| {
            let said = interface.kind.as_ref().map_or("", |kind| kind.value.as_str());
            match way.side() {
                Side::In => side(said) != Side::Out || way.kind() == "udp-listen",
                Side::Child => said.is_empty() || !matches!(side(said), Side::In | Side::Out),
                Side::Out | Side::Here | Side::Debug => said.is_empty() || side(said) != Side::In,
            }
        });
        claims
    }
}

/// True when a claim covers a place: the same path, or one below it.
pub(super) fn covers(claim: &str, place: &str) -> bool {
    let claim = claim.strip_suffix("::*").unwrap_or(claim);
    // A claim of a whole package would claim every listener of the future as well.
    claim.contains("::")
        && place.strip_prefix(claim).is_some_and(|rest| rest.is_empty() || rest.starts_with("::"))
}

/// What the product opens: what is built and left at home opens nothing in the field.
pub(super) fn ways(facts: &Facts) -> Vec<Way<'_>> {
    let ships = |site: &Site| {
        let unit = facts.code.units.get(site.unit);
        let member = unit.and_then(|unit| facts.components.members.get(&unit.member));
        member.is_none_or(|ships| *ships >= Ships::Unknown)
    };
    let mut ways = openings::opened(&facts.code);
    ways.retain(|way| ships(&way.opened.call.site));
    ways
}

/// True where the models can be held against the code: all of them were read.
pub(super) fn comparable(facts: &Facts) -> bool {
    !facts.threats.models.is_empty() && facts.threats.broken.is_empty()
}

/// Says how to describe something that is opened, with the lines for it.
pub(super) fn describe(facts: &Facts, way: &Way<'_>, finding: &mut Finding) {
    let site = &way.opened.call.site;
    let model =
        facts.threats.models.iter().find(|model| model.has_own_ids()).or(facts.threats.models.first());
    let mut lines = vec![format!("[interface.{}]", key(&new_id(&facts.threats.models, &site.within)))];
    lines.extend(
        model.and_then(|model| part_of(facts, model, site)).map(|part| format!("on = {}", quoted(part))),
    );
    lines.push(format!("kind = \"{}\"", way.kind()));
    lines.extend(way.told());
    lines.push(format!("code = {}", array([&site.within])));
    // What is added to a drawing stands beside it.
    let beside = model.and_then(|model| model.interfaces.first()).map(|interface| interface.id.at.path());
    let file = beside.or(model.map(|model| model.at.path())).unwrap_or("the threat model");
    finding.help(format!("close it, or describe it, with its threats, in {file}")).paste(lines);
}

/// An id for what a function opens: its name, with the modules around it as far as others are called so already.
fn new_id(models: &[Model], function: &str) -> String {
    let taken: BTreeSet<&str> = models.iter().flat_map(Model::things).collect();
    let names: Vec<&str> = function.split("::").collect();
    let ids = (0..names.len()).rev().map(|from| names[from..].join("-"));
    let mut longer = ids.chain((2..).map(|number| format!("{}-{number}", names.join("-"))));
    longer.find(|id| !taken.contains(id.as_str())).unwrap_or_default()
}

/// The component of a model that the crate around a place belongs to.
fn part_of<'m>(facts: &Facts, model: &'m Model, site: &Site) -> Option<&'m str> {
    let member = facts.workspace.members.get(facts.code.units.get(site.unit)?.member)?;
    let named = |name: &str| name.replace('_', "-") == member.name.replace('_', "-");
    let mut parts = model.components.iter().filter(|part| part.crates.iter().any(|name| named(&name.value)));
    parts.next().map(|part| part.id.value.as_str())
}

#[cfg(test)]
mod tests {
    use super::{covers, new_id};
    use crate::facts::threats::read_text;

    #[test]
    fn a_new_interface_has_an_id_of_its_own() {
        let model = "format = \"health-sec/threats@1\"\n[model]\ntitle = \"pump\"\n[component.serve]\n[interface.net-serve]\n\
                     [zone.pump-net-serve]\n";
        let models = [read_text(model).expect("a model")];
        for (function, id) in [
            ("pump::net::listen", "listen"),
            ("pump::hl7::serve", "hl7-serve"),
            ("pump::net::serve", "pump-net-serve-2"),
        ] {
            assert_eq!(new_id(&models, function), id);
        }
    }

    #[test]
    fn a_claim_covers_what_is_below_it_and_no_whole_package() {
        assert!(covers("pump::listen::serve", "pump::listen::serve"));
        assert!(covers("pump::listen", "pump::listen::serve"));
        assert!(covers("pump::listen::*", "pump::listen::serve"));
        assert!(!covers("pump::listen", "pump::listener::serve"));
        assert!(!covers("pump::listen::serve", "pump::listen"));
        assert!(!covers("pump", "pump::listen::serve"));
        assert!(!covers("pump::*", "pump::listen::serve"));
    }
}
