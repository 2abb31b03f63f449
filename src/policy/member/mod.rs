//! What a member decides for itself: `[package.metadata.health-sec.policy]` in its manifest.
//!
//! A member may ask more of the components that it reaches than the workspace does, never less. The
//! keys are those of the policy, as far as more can be asked by them: in `components` the lists `deny`,
//! `licences` and `capabilities` and the limit `cooldown_days`; in `component.NAME` a `class`,
//! `capabilities` and `unsafe_limit`. What asks less than the workspace is kept as [`Loosened`] and
//! does not hold.

use std::collections::BTreeSet;

use semver::Version;

use crate::document::{Entry, Fields, Value};
use crate::error::Fault;
use crate::source::{Location, Placed};

use super::supply::{read_entries, read_list};
use super::{Class, ComponentEntry, ListEntry, Policy};

/// A list that may be absent, with its place.
type List = Option<Placed<Vec<Placed<String>>>>;

/// What a member asks of the components that it reaches.
#[derive(Debug, Clone)]
pub struct MemberPolicy {
    /// The member.
    pub member: String,
    deny: Vec<ListEntry>,
    licences: List,
    capabilities: List,
    cooldown_days: Option<Placed<u32>>,
    components: Vec<OneComponent>,
}

/// What it asks of one of them.
#[derive(Debug, Clone)]
struct OneComponent {
    name: Placed<String>,
    class: Option<Placed<Class>>,
    capabilities: List,
    unsafe_limit: Option<Placed<i64>>,
}

/// Something by which a member asks less than the workspace. It does not hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Loosened {
    /// Where the member says so.
    pub at: Location,
    /// The member.
    pub member: String,
    /// What it says, and what the workspace says, as one sentence.
    pub what: String,
    /// Where the workspace says otherwise.
    pub decided: Option<Location>,
}

impl MemberPolicy {
    /// Reads the table of a member.
    ///
    /// # Errors
    /// Every fault of the table.
    pub fn read(member: &str, table: &Value) -> Result<Self, Vec<Fault>> {
        let mut faults = Vec::new();
        let mut fields = Fields::new(table, "the policy of a member", &mut faults);
        let mut policy = Self {
            member: member.to_owned(),
            deny: Vec::new(),
            licences: None,
            capabilities: None,
            cooldown_days: None,
            components: Vec::new(),
        };
        if let Some(limits) = fields.value("components") {
            policy.read_limits(limits, fields.faults());
        }
        let entries = fields.entries("component");
        policy.components = entries.iter().map(|entry| read_one(entry, fields.faults())).collect();
        fields.finish();
        if faults.is_empty() { Ok(policy) } else { Err(faults) }
    }

    fn read_limits(&mut self, table: &Value, faults: &mut Vec<Fault>) {
        let mut fields = Fields::new(table, "`components` of a member", faults);
        let deny = fields.tables("deny");
        self.deny = read_entries(deny, "`deny` of a member", fields.faults());
        self.licences = read_list(&mut fields, "licences");
        self.capabilities = read_list(&mut fields, "capabilities");
        self.cooldown_days = fields.days("cooldown_days");
        fields.finish();
    }
}

fn read_one(entry: &Entry, faults: &mut Vec<Fault>) -> OneComponent {
    let mut fields = Fields::new(&entry.value, format!("`component.{}` of a member", entry.key), faults);
    let one = OneComponent {
        name: Placed { value: entry.key.clone(), at: entry.key_at.clone() },
        class: fields.word("class", Class::WORDS),
        capabilities: read_list(&mut fields, "capabilities"),
        unsafe_limit: fields.integer("unsafe_limit"),
    };
    fields.finish();
    one
}

/// A component that a member reaches.
#[derive(Debug, Clone, Copy)]
pub struct Reach<'a> {
    /// Its name.
    pub name: &'a str,
    /// Its version.
    pub version: &'a Version,
}

impl Policy {
    /// Lets what a member asks hold for the components that it reaches; what asks less is kept as loosened.
    pub fn tighten(&mut self, member: &MemberPolicy, reached: &[Reach<'_>]) {
        let names: BTreeSet<&str> = reached.iter().map(|component| component.name).collect();
        for entry in &member.deny {
            // Another member may reach another version, and nothing is said of that one.
            let denied = reached.iter().filter(|one| entry.denies(one.name, one.version));
            let exact = denied.map(|one| Placed {
                value: format!("{}@={}", one.name, one.version),
                at: entry.component.at.clone(),
            });
            self.supply.deny.extend(exact.map(|component| ListEntry { component, ..entry.clone() }));
        }
        self.tighten_licences(member, &names);
        self.tighten_cooldown(member, &names);
        if let Some(list) = &member.capabilities {
            self.tighten_capabilities(member, list, &names);
        }
        for one in member.components.iter().filter(|one| names.contains(one.name.value.as_str())) {
            self.tighten_one(member, one);
        }
    }

    fn tighten_licences(&mut self, member: &MemberPolicy, names: &BTreeSet<&str>) {
        let Some(list) = &member.licences else { return };
        let known = self.supply.licences.clone();
        let allowed = |word: &Placed<String>| {
            known.as_ref().is_none_or(|known| known.iter().any(|known| known.value == word.value))
        };
        let decided = known.as_ref().and_then(|known| known.first()).map(|first| first.at.clone());
        for word in list.value.iter().filter(|word| !allowed(word)) {
            let what = format!("allows the licence {}, which the workspace does not", word.value);
            self.loosened(member, &word.at, what, decided.clone());
        }
        let kept: Vec<_> = list.value.iter().filter(|word| allowed(word)).cloned().collect();
        for name in names {
            let entry = self.entry_of(name, &list.at);
            // Two members may reach one component: what both allow is allowed.
            let both = match &entry.licences {
                Some(before) => Placed { value: common(&before.value, &kept), at: list.at.clone() },
                None => Placed { value: kept.clone(), at: list.at.clone() },
            };
            entry.licences = Some(both);
        }
    }

    fn tighten_cooldown(&mut self, member: &MemberPolicy, names: &BTreeSet<&str>) {
        let Some(days) = &member.cooldown_days else { return };
        let known = self.supply.cooldown_days.clone();
        if let Some(known) = known.filter(|known| days.value < known.value) {
            let what = format!("waits for {} days, and the workspace for {}", days.value, known.value);
            return self.loosened(member, &days.at, what, Some(known.at));
        }
        for name in names {
            let entry = self.entry_of(name, &days.at);
            if entry.cooldown_days.as_ref().is_none_or(|before| before.value < days.value) {
                entry.cooldown_days = Some(days.clone());
            }
        }
    }

    fn tighten_capabilities(
        &mut self,
        member: &MemberPolicy,
        list: &Placed<Vec<Placed<String>>>,
        names: &BTreeSet<&str>,
    ) {
        let mut decided = None;
        let mut used: BTreeSet<String> = BTreeSet::new();
        for name in names {
            let own = self.component(name).and_then(|entry| entry.capabilities.as_ref());
            let budgets: Vec<_> = own.into_iter().chain(self.supply.capabilities.as_ref()).cloned().collect();
            let allowed = |word: &str| {
                budgets.is_empty()
                    || budgets.iter().flat_map(|list| &list.value).any(|known| known.value == word)
            };
            let words = list.value.iter().map(|word| &word.value);
            used.extend(words.filter(|word| allowed(word)).cloned());
            decided = decided.or(budgets.first().map(|list| list.at.clone()));
            let entry = self.entry_of(name, &list.at);
            let value = match &entry.at_most {
                Some(before) => common(&before.value, &list.value),
                None => list.value.clone(),
            };
            entry.at_most = Some(Placed { value, at: list.at.clone() });
        }
        // A word that the workspace allows to none of them asks for more than there is.
        let surplus = list.value.iter().filter(|word| !used.contains(&word.value) && !names.is_empty());
        for word in surplus {
            let what = format!("allows `{}`, which the workspace does not", word.value);
            self.loosened(member, &word.at, what, decided.clone());
        }
    }

    fn tighten_one(&mut self, member: &MemberPolicy, one: &OneComponent) {
        let name = one.name.value.as_str();
        if let Some(class) = &one.class {
            self.tighten_class(member, name, class);
        }
        if let Some(list) = &one.capabilities {
            self.tighten_capabilities(member, list, &BTreeSet::from([name]));
        }
        if let Some(limit) = &one.unsafe_limit {
            let known = self.component(name).and_then(|entry| entry.unsafe_limit.clone());
            match known.filter(|known| known.value < limit.value) {
                Some(known) => {
                    let what = format!(
                        "allows {} places with unsafe code in `{name}`, and the workspace {}",
                        limit.value, known.value
                    );
                    self.loosened(member, &limit.at, what, Some(known.at));
                }
                None => self.entry_of(name, &limit.at).unsafe_limit = Some(limit.clone()),
            }
        }
    }

    /// The more the manufacturer takes on, the stricter: maintained, supported, required.
    fn tighten_class(&mut self, member: &MemberPolicy, name: &str, class: &Placed<Class>) {
        let known = self.class_of(name).cloned();
        let stricter =
            known.as_ref().map_or(class.value == Class::Maintained, |known| class.value < known.value);
        if stricter {
            let record = &mut self.entry_of(name, &class.at).record;
            record.class = Some(class.clone());
            // The answers were those to another class.
            (record.updatable, record.watched, record.derived) = (None, None, None);
        } else if known.as_ref().is_none_or(|known| class.value > known.value) {
            let decided = match &known {
                Some(known) => format!("and the workspace as {}", known.value.word()),
                None => "which nobody has classed in the workspace".to_owned(),
            };
            let what = format!("classes `{name}` as {}, {decided}", class.value.word());
            self.loosened(member, &class.at, what, known.map(|known| known.at));
        }
    }

    fn loosened(&mut self, member: &MemberPolicy, at: &Location, what: String, decided: Option<Location>) {
        self.loosened.push(Loosened { at: at.clone(), member: member.member.clone(), what, decided });
    }

    /// The entry of a component; a new one where it has none.
    fn entry_of(&mut self, name: &str, at: &Location) -> &mut ComponentEntry {
        let known = self.components.iter().position(|entry| entry.name.value == name);
        let index = known.unwrap_or_else(|| {
            let name = Placed { value: name.to_owned(), at: at.clone() };
            self.components.push(ComponentEntry::new(name));
            self.components.len() - 1
        });
        &mut self.components[index]
    }
}

/// What stands in both lists, as the second one has it.
fn common(first: &[Placed<String>], second: &[Placed<String>]) -> Vec<Placed<String>> {
    second.iter().filter(|word| first.iter().any(|known| known.value == word.value)).cloned().collect()
}

#[cfg(test)]
mod tests;
