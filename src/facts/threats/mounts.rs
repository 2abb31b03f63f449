//! Where routes are mounted: `.mount("/api", routes![rate])` puts a path before that of each function it lists.

use std::collections::BTreeMap;

use crate::facts::code::{Call, Callee, Code, Scope, Value};
use crate::facts::known::patterns::last;
use crate::facts::known::routes::routes;
use crate::facts::workspace::Workspace;

use super::routes::{Route, is_of, members_using, takes};

/// The paths below which functions are mounted.
pub(super) struct Mounts<'a>(BTreeMap<&'a str, Vec<&'a str>>);

impl<'a> Mounts<'a> {
    pub(super) fn of(workspace: &Workspace, code: &'a Code) -> Self {
        let known = &routes().mounted;
        let members = members_using(workspace, &known.crates);
        let product = |call: &&Call| call.site.scope == Scope::Product && is_of(code, call, &members);
        let mut bases: BTreeMap<&str, Vec<(&Call, &str)>> = BTreeMap::new();
        for call in code.calls.iter().filter(product) {
            let Callee::Method { name, .. } = &call.callee else { continue };
            let is = known.methods.iter().any(|method| method == name.as_str());
            if let (true, Some(Value::Text(base))) = (is, call.arguments.first().map(|first| &first.value)) {
                bases.entry(call.site.at.path()).or_default().push((call, base));
            }
        }
        let mut mounts: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for list in code.calls.iter().filter(product).filter(|call| lists(call)) {
            let near = bases.get(list.site.at.path()).map(Vec::as_slice).unwrap_or_default();
            let Some((_, base)) = near.iter().find(|(mount, _)| takes(mount, list)) else { continue };
            for argument in &list.arguments {
                if let Value::Path(name) = &argument.value
                    && let Some(function) = name.resolved.as_deref()
                {
                    mounts.entry(function).or_default().push(base);
                }
            }
        }
        Self(mounts)
    }

    /// A route as often as it is mounted, below each path; as it is where nobody says below which.
    pub(super) fn mounted<'r>(&self, route: Route<'r>) -> Vec<Route<'r>> {
        match (self.0.get(route.function), &route.path) {
            (Some(bases), Some(path)) => {
                bases.iter().map(|base| Route { path: Some(below(base, path)), ..route.clone() }).collect()
            }
            _ => vec![route],
        }
    }
}

/// True for a macro that lists functions.
fn lists(call: &Call) -> bool {
    let Callee::Macro(name) = &call.callee else { return false };
    let macros = &routes().mounted.macros;
    match name.resolved.as_deref() {
        Some(path) => macros.iter().any(|pattern| pattern.is(path)),
        // With `#[macro_use]` nothing says where a macro is from.
        None => last(&name.written) == "routes",
    }
}

/// A path below another.
fn below(base: &str, path: &str) -> String {
    let base = base.trim_end_matches('/');
    match path.strip_prefix('/') {
        Some(rest) if !base.is_empty() && (rest.is_empty() || rest.starts_with('?')) => {
            format!("{base}{rest}")
        }
        _ => format!("{base}{path}"),
    }
}
