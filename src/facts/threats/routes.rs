//! Routes that the product answers over HTTP, and what it writes: for lists, no rule is made of it.

use std::collections::BTreeMap;

use crate::facts::code::{Argument, Call, Callee, Code, Item, ItemKind, Scope, Site, Value};
use crate::facts::known::patterns::last;
use crate::facts::known::routes::{Calls, routes};
use crate::facts::workspace::{Dependency, Workspace};

/// A route.
#[derive(Debug)]
pub struct Route<'a> {
    /// The HTTP methods, where they are named.
    pub verbs: Vec<String>,
    /// The path, if the code names it.
    pub path: Option<String>,
    /// True where other routes stand behind it.
    pub below: bool,
    /// The function that names it, or that answers.
    pub function: &'a str,
    /// Where it is named.
    pub site: &'a Site,
}

/// Something that the product writes.
#[derive(Debug)]
pub struct Written<'a> {
    /// `file` or `database`.
    pub what: &'static str,
    /// Which, if the code names it.
    pub path: Option<String>,
    /// Where.
    pub site: &'a Site,
}

/// The routes of product code, in the order of places.
#[must_use]
pub fn served<'a>(workspace: &Workspace, code: &'a Code) -> Vec<Route<'a>> {
    let product = || code.calls.iter().filter(|call| call.site.scope == Scope::Product);
    let mut verbs: BTreeMap<&str, Vec<&Call>> = BTreeMap::new();
    for call in product().filter(|call| routes().verbs.iter().any(|known| known.is(call))) {
        verbs.entry(call.site.at.path()).or_default().push(call);
    }
    let mut found: Vec<Route<'_>> = product()
        .filter_map(|call| Some((call, kind(call, &routes().routes)?)))
        .map(|(call, known)| {
            let near = verbs.get(call.site.at.path()).map(Vec::as_slice).unwrap_or_default();
            let path = call.arguments.get(known.path).and_then(|argument| text(&argument.value));
            // Behind a route that others follow are theirs.
            let verbs = if known.below { Vec::new() } else { verbs_of(call, near) };
            let function = call.site.within.as_str();
            Route { verbs, path, below: known.below, function, site: &call.site }
        })
        .collect();
    found.extend(code.items.iter().filter_map(|item| by_attribute(workspace, code, item)));
    found.sort_by(|one, other| one.site.at.cmp(&other.site.at));
    found
}

/// Servers that the workspace uses and of which no route is read.
#[must_use]
pub fn unread(workspace: &Workspace) -> Vec<&'static str> {
    let used = |name: &String| {
        let mut all = workspace.members.iter().flat_map(|member| &member.dependencies);
        all.any(|dependency| dependency.package == *name)
    };
    routes().unread.iter().filter(|name| used(name)).map(String::as_str).collect()
}

/// What product code writes, in the order of places.
#[must_use]
pub fn written(code: &Code) -> Vec<Written<'_>> {
    let product = code.calls.iter().filter(|call| call.site.scope == Scope::Product);
    product
        .filter_map(|call| {
            let known = kind(call, &routes().writes)?;
            let path = call.arguments.get(known.path).and_then(place);
            Some(Written { what: &known.what, path, site: &call.site })
        })
        .collect()
}

fn kind(call: &Call, known: &'static [Calls]) -> Option<&'static Calls> {
    known.iter().find(|known| known.is(call))
}

/// The HTTP methods that the arguments of a call name: `get(read).post(write)`.
fn verbs_of(call: &Call, near: &[&Call]) -> Vec<String> {
    let inside = |verb: &&&Call| {
        let at = verb.site.at.bytes();
        call.arguments.iter().any(|argument| {
            let around = argument.at.bytes();
            around.start <= at.start && at.end <= around.end
        })
    };
    let mut verbs: Vec<String> =
        near.iter().filter(inside).map(|verb| called(verb).to_ascii_uppercase()).collect();
    verbs.sort();
    verbs.dedup();
    verbs
}

/// The last name of what is called.
fn called(call: &Call) -> &str {
    match &call.callee {
        Callee::Path(name) | Callee::Macro(name) => last(name.resolved.as_deref().unwrap_or(&name.written)),
        Callee::Method { name, .. } => name,
    }
}

/// `#[get("/rate")]`, `#[route("/rate", method = "GET")]`.
fn by_attribute<'a>(workspace: &Workspace, code: &Code, item: &'a Item) -> Option<Route<'a>> {
    if item.kind != ItemKind::Function || item.site.scope != Scope::Product {
        return None;
    }
    let known = routes();
    let (verb, path) = item.attributes.iter().find_map(|attribute| {
        let (name, rest) = attribute.split_once('(')?;
        let verb = name.trim().rsplit("::").next()?.trim();
        let (path, _) = rest.trim_start().strip_prefix('"')?.split_once('"')?;
        let is_route = known.attributes.iter().any(|known| known == verb) && path.starts_with('/');
        is_route.then_some((verb, path))
    })?;
    let member = workspace.members.get(code.units.get(item.site.unit)?.member)?;
    let uses = |dependency: &Dependency| known.with_attributes.contains(&dependency.package);
    member.dependencies.iter().any(uses).then(|| Route {
        verbs: Some(verb.to_ascii_uppercase()).filter(|verb| verb != "ROUTE").into_iter().collect(),
        path: Some(path.to_owned()),
        below: false,
        function: &item.path,
        site: &item.site,
    })
}

/// The file or folder that an argument names.
fn place(argument: &Argument) -> Option<String> {
    let preset = || argument.preset.as_deref().and_then(text);
    text(&argument.value).or_else(preset)
}

/// A text, also within what makes a path of it: `Path::new("x")`.
fn text(value: &Value) -> Option<String> {
    match value {
        Value::Text(text) => Some(text.clone()),
        Value::Call(name, arguments)
            if ["new", "from"].contains(&last(&name.written)) && arguments.len() == 1 =>
        {
            arguments.first().and_then(text)
        }
        _ => None,
    }
}
