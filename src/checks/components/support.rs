//! How long others stand behind what ships.

use jiff::civil::Date;

use crate::facts::Facts;
use crate::facts::components::Component;
use crate::finding::Findings;
use crate::policy::{Profile, SupportLevel};
use crate::source::{Location, Placed};

use super::classes::is_tool;
use super::{NAMES, list, shipped};

pub(super) fn support_undecided(facts: &Facts, found: &mut Findings<'_>) {
    let policy = &facts.policy;
    let asked = policy.product.profiles.iter().find(|profile| profile.value == Profile::Fda);
    let supported: Vec<Supported<'_>> = all(facts);
    if asked.is_none() && supported.iter().all(|one| one.level.is_none() && !one.has_end()) {
        found.undecided();
        return;
    }
    // Half a decision is one that was forgotten, whoever asks for it.
    let no_level = |one: &Supported<'_>| one.level.is_none() && (asked.is_some() || one.has_end());
    let no_end = |one: &Supported<'_>| !one.has_end() && (asked.is_some() || one.level.is_some());
    let whole = facts.workspace.manifest.source.whole();
    let at = asked.map(|profile| &profile.at).or(policy.at.as_ref()).unwrap_or(&whole);
    tell(
        found,
        (at, "a level of support", "give each a `support`, or all of them one in [components]"),
        &supported.iter().filter(|one| no_level(one)).collect::<Vec<_>>(),
    );
    tell(
        found,
        (
            at,
            "an end of support or a plan",
            "give each an `end_of_support`, or a `support_plan` where nobody names a day",
        ),
        &supported.iter().filter(|one| no_end(one)).collect::<Vec<_>>(),
    );
}

/// Tells what lacks something: components together, each item at its own place.
fn tell(found: &mut Findings<'_>, (at, what, help): (&Location, &str, &str), open: &[&Supported<'_>]) {
    let components: Vec<&Component> = open.iter().filter_map(|one| one.component).collect();
    if !components.is_empty() {
        found.add(at, format!("{} without {what}", list(&components))).help(help).about("support");
    }
    for item in open.iter().filter(|one| one.component.is_none()) {
        found.add(item.at, format!("`{}` without {what}", item.name)).help(help).about(item.name);
    }
}

pub(super) fn support_ends_early(facts: &Facts, found: &mut Findings<'_>) {
    let product = facts.policy.product.support_end.as_ref();
    let supported = all(facts);
    let undecided = |one: &Supported<'_>| one.level.is_none() && one.end.is_none();
    if supported.iter().all(undecided) || (product.is_none() && supported.iter().any(|one| one.end.is_some()))
    {
        found.undecided();
    }
    // What is said of all components at once is told once.
    let mut told: Vec<(&Location, String, Vec<&str>)> = Vec::new();
    for one in &supported {
        let Some((at, what)) = one.ends_early(facts.as_of, product) else { continue };
        match told.iter_mut().find(|(place, known, _)| *place == at && *known == what) {
            Some((_, _, names)) => names.push(one.name),
            None => told.push((at, what, vec![one.name])),
        }
    }
    for (at, what, names) in told {
        let finding = found.add(at, format!("{}: {what}", some(&names)));
        for name in names {
            finding.about(name);
        }
    }
}

/// Something that ships, and what is on record about its support.
struct Supported<'a> {
    name: &'a str,
    /// Absent for an item that cargo does not know.
    component: Option<&'a Component>,
    at: &'a Location,
    level: Option<&'a Placed<SupportLevel>>,
    end: Option<&'a Placed<Date>>,
    plan: Option<&'a Placed<String>>,
}

fn all(facts: &Facts) -> Vec<Supported<'_>> {
    let policy = &facts.policy;
    let components = shipped(facts).map(|component| Supported {
        name: &component.name,
        component: Some(component),
        at: &component.at,
        level: policy.support_of(&component.name),
        end: policy.end_of_support_of(&component.name),
        plan: policy.support_plan_of(&component.name),
    });
    let items = policy.items.iter().filter(|item| !is_tool(item.kind.as_ref())).map(|item| Supported {
        name: &item.name.value,
        component: None,
        at: &item.name.at,
        level: item.record.support.as_ref(),
        end: item.record.end_of_support.as_ref(),
        plan: item.record.support_plan.as_ref(),
    });
    components.chain(items).collect()
}

impl<'a> Supported<'a> {
    fn has_end(&self) -> bool {
        self.end.is_some() || self.plan.is_some()
    }

    /// Where support ends too early, and how.
    fn ends_early(&self, today: Date, product: Option<&Placed<Date>>) -> Option<(&'a Location, String)> {
        if let Some(end) = self.end.filter(|end| end.value < today) {
            return Some((&end.at, format!("support ended on {}", end.value)));
        }
        if self.plan.is_some() {
            return None;
        }
        if let Some(level) = self.level.filter(|level| level.value != SupportLevel::ActivelyMaintained) {
            return Some((
                &level.at,
                format!("{}, and no `support_plan` says what is done", level.value.word()),
            ));
        }
        let (end, product) = (self.end?, product?);
        (end.value < product.value).then(|| {
            let message =
                format!("support ends on {}, before that of the product on {}", end.value, product.value);
            (&end.at, message)
        })
    }
}

/// The first of some names, each once.
fn some(names: &[&str]) -> String {
    let mut names: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    names.dedup();
    let more = names.len().saturating_sub(NAMES);
    names.truncate(NAMES);
    if more > 0 {
        names.push(format!("{more} more"));
    }
    names.join(", ")
}
