//! Who does the cryptographic work: a table of libraries that each bring all of it.

use std::sync::LazyLock;

use crate::document::{self, Value};
use crate::facts::Facts;
use crate::facts::components::{Component, Ships};
use crate::finding::Findings;
use crate::source::Source;

/// A family of components that does cryptographic work.
struct Provider {
    name: String,
    components: Vec<String>,
    /// True where it brings ciphers, key agreement and signatures at once, so that one is enough.
    whole: bool,
}

/// The embedded table.
static PROVIDERS: LazyLock<Vec<Provider>> = LazyLock::new(|| {
    let source = Source::new("rules/cryptography.toml", include_str!("../../../rules/cryptography.toml"));
    // A table that can't be read is empty, and a test says so.
    document::parse(&source).map(|table| read(&table)).unwrap_or_default()
});

fn read(table: &Value) -> Vec<Provider> {
    let providers = table.get(&["provider"]).map(Value::items).unwrap_or_default();
    providers
        .iter()
        .filter_map(|provider| {
            let components = provider.get(&["components"])?.items().iter().filter_map(Value::as_str);
            Some(Provider {
                name: provider.get(&["name"])?.as_str()?.to_owned(),
                components: components.map(str::to_owned).collect(),
                whole: provider.get(&["whole"])?.as_bool()?,
            })
        })
        .collect()
}

/// True for a component of the provider that the policy names, by the provider's name or one of its components.
pub(super) fn is_of(component: &Component, chosen: &str) -> bool {
    PROVIDERS.iter().any(|provider| provider.is(chosen) && provider.components.contains(&component.name))
        || component.name == chosen
}

impl Provider {
    fn is(&self, chosen: &str) -> bool {
        self.name.eq_ignore_ascii_case(chosen) || self.components.iter().any(|component| component == chosen)
    }

    /// The component that stands for it: of those that are linked, the one nearest to a member.
    fn linked<'a>(&self, facts: &'a Facts) -> Option<&'a Component> {
        let linked = facts.components.all.iter().filter(|component| component.ships >= Ships::Unknown);
        linked
            .filter(|component| self.components.contains(&component.name))
            .min_by_key(|component| (component.why.len(), &component.name, &component.version))
    }
}

pub(super) fn cryptography_duplicated(facts: &Facts, found: &mut Findings<'_>) {
    let linked: Vec<(&Provider, &Component)> =
        PROVIDERS.iter().filter_map(|provider| Some((provider, provider.linked(facts)?))).collect();
    if let Some(chosen) = &facts.policy.supply.cryptography {
        for (provider, component) in &linked {
            if chosen.iter().any(|chosen| provider.is(&chosen.value)) {
                continue;
            }
            let message = format!(
                "cryptographic work is done by {} ({}), which is not chosen for it",
                provider.name,
                way(component)
            );
            found.add(&component.at, message).about(component.id()).about(&provider.name);
        }
        return;
    }
    let whole: Vec<&(&Provider, &Component)> = linked.iter().filter(|(provider, _)| provider.whole).collect();
    let [(_, first), .., (_, _)] = whole.as_slice() else { return };
    let ways: Vec<String> =
        whole.iter().map(|(provider, component)| format!("{} ({})", provider.name, way(component))).collect();
    let finding =
        found.add(&first.at, format!("the product links {}, where one would do", ways.join(" and ")));
    finding.help(
        "switch the features so that one remains, or name those you chose in `cryptography` of [components]",
    );
    for (provider, component) in whole {
        finding.about(&provider.name).about(component.id());
        if component.at != first.at {
            finding.with(&component.at, format!("{} is locked here", provider.name));
        }
    }
}

/// How the product comes to a component.
fn way(component: &Component) -> String {
    let names: Vec<&str> = component.why.iter().map(|step| step.split(' ').next().unwrap_or(step)).collect();
    match names.as_slice() {
        [] => component.id(),
        [first, _, .., before, last] if names.len() > 5 => format!("{first} > ... > {before} > {last}"),
        names => names.join(" > "),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_whole_and_names_each_component_once() {
        let source = Source::new("rules/cryptography.toml", include_str!("../../../rules/cryptography.toml"));
        let table = document::parse(&source).expect("TOML");
        assert_eq!(table.get(&["provider"]).expect("providers").items().len(), PROVIDERS.len());
        let mut names: Vec<&String> = PROVIDERS.iter().flat_map(|provider| &provider.components).collect();
        let all = names.len();
        names.sort();
        names.dedup();
        assert_eq!(names.len(), all);
        assert!(PROVIDERS.len() > 5 && PROVIDERS.iter().all(|provider| !provider.components.is_empty()));
    }
}
