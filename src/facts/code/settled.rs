//! Calls and fields that settle how safe something is, found by `rules/settings.toml`.

use super::{Call, Callee, FieldSet, Scope, Site, Value};
use crate::facts::known::patterns::{first, last};
use crate::facts::known::settings::{Setting, Wanted, settings_of};
use crate::source::Location;

use super::flows::is_setting;

/// A call or field with a value that a rule is about.
#[derive(Debug, Clone)]
pub struct Settled {
    /// What it settles.
    pub setting: &'static Setting,
    /// The call; `None` for a field.
    pub call: Option<Call>,
    /// The value, or the name where every value counts.
    pub at: Location,
    /// What encloses it.
    pub site: Site,
}

/// What the calls and fields of a file settle that is part of the product.
pub(super) fn settled(calls: &[Call], fields: &[FieldSet], uses: &dyn Fn(&str) -> bool) -> Vec<Settled> {
    let mut all = Vec::new();
    for call in calls.iter().filter(|call| call.site.scope == Scope::Product) {
        let named = match &call.callee {
            Callee::Path(name) => name.resolved.as_deref().map(last),
            Callee::Method { name, .. } => Some(name.as_str()),
            Callee::Macro(_) => None,
        };
        let known = named.filter(|name| is_setting(name)).map_or(&[][..], settings_of);
        all.extend(known.iter().filter_map(|known| by_call(known, call, uses)));
        for argument in &call.arguments {
            if let Value::Path(name) = &argument.value
                && let Some(path) = name.resolved.as_deref().filter(|path| is_setting(last(path)))
            {
                let known = settings_of(last(path))
                    .iter()
                    .filter(|known| matches!(known.wanted, Wanted::Any) && is_path(known, path));
                all.extend(known.map(|setting| found(setting, call, argument.at.clone())));
            }
        }
    }
    for field in fields.iter().filter(|field| field.site.scope == Scope::Product) {
        // `X::default()` makes an `X`.
        let of = field.of.as_ref().and_then(|of| of.resolved.as_deref());
        let maker = of.and_then(|of| of.rsplit_once("::")).map(|(maker, _)| maker);
        let fits = |known: &&&Setting| {
            known.fields.contains(&field.name)
                && of.into_iter().chain(maker).any(|of| known.of.iter().any(|pattern| pattern.is(of)))
                && known.wanted.fits(&field.value)
        };
        all.extend(settings_of(&field.name).iter().filter(fits).map(|setting| Settled {
            setting,
            call: None,
            at: field.site.at.clone(),
            site: field.site.clone(),
        }));
    }
    all
}

fn found(setting: &'static Setting, call: &Call, at: Location) -> Settled {
    Settled { setting, call: Some(call.clone()), at, site: call.site.clone() }
}

fn is_path(setting: &Setting, path: &str) -> bool {
    setting.paths.iter().any(|pattern| pattern.is(path))
}

fn by_call(setting: &'static Setting, call: &Call, uses: &dyn Fn(&str) -> bool) -> Option<Settled> {
    let is_called = match &call.callee {
        Callee::Path(name) => name.resolved.as_deref().is_some_and(|path| is_path(setting, path)),
        Callee::Method { name, receiver, .. } => {
            let from = receiver.as_ref().and_then(|name| name.resolved.as_deref());
            setting.methods.iter().any(|method| name == method) && is_of(from, &setting.crates, uses)
        }
        Callee::Macro(_) => false,
    };
    if !is_called {
        return None;
    }
    let argument = call.arguments.get(setting.position);
    match (&setting.wanted, argument) {
        (Wanted::Any, _) => Some(found(setting, call, call.name_place())),
        (Wanted::Discarded, _) => call.discarded.then(|| found(setting, call, call.name_place())),
        (wanted, Some(argument)) if wanted.fits(&argument.value) => {
            Some(found(setting, call, argument.at.clone()))
        }
        _ => None,
    }
}

/// True when a receiver comes from one of the crates or modules; where it is not known, when the package
/// uses one of them.
pub(super) fn is_of(from: Option<&str>, crates: &[String], uses: &dyn Fn(&str) -> bool) -> bool {
    // What is inside a container is not known by the container.
    let from = from.filter(|path| {
        !["std::vec", "std::option", "std::result", "std::collections"].iter().any(|of| is_below(path, of))
    });
    match from {
        _ if crates.is_empty() => true,
        Some(path) => crates.iter().any(|krate| is_below(path, krate)),
        None => crates.iter().any(|krate| first(krate) != "std" && uses(first(krate))),
    }
}

/// True for a path that is a crate, module or type, or lies below it.
pub(super) fn is_below(path: &str, above: &str) -> bool {
    path.strip_prefix(above).is_some_and(|rest| rest.is_empty() || rest.starts_with("::"))
}
