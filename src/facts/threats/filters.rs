//! Routes that are joined from filters, as `warp` has them: `warp::path("rate").and(warp::get())`, `warp::path!("rate" / u32)`.
//!
//! What stands within one call of `and` belongs to one route, unless an `or` lies between: behind it begins another. A filter
//! that another function hands out is a route of its own where it is made.

use std::collections::BTreeMap;
use std::ops::Range;

use crate::facts::code::{Call, Callee, Site, Value};
use crate::facts::known::patterns::{Pattern, last};
use crate::facts::known::routes::routes;

use super::routes::Route;

/// A filter that says something of a route.
enum Filter {
    /// Parts of the path, each after a `/`; and whether more follow.
    Parts(String, bool),
    /// A part that the code does not name.
    Unnamed,
    /// The path ends here.
    End,
    /// The HTTP method.
    Verb(String),
}

/// The routes of the calls of one file.
pub(super) fn joined<'a>(calls: &[&'a Call]) -> Vec<Route<'a>> {
    let filters: Vec<(&Call, Filter)> =
        calls.iter().filter_map(|call| Some((*call, filter(call)?))).collect();
    if filters.is_empty() {
        return Vec::new();
    }
    let known = &routes().joined;
    let of = |names: &[String]| -> Vec<&Call> {
        let named = |call: &&&Call| matches!(&call.callee, Callee::Method { name, .. } if names.iter().any(|one| one == name.as_str()));
        calls.iter().filter(named).copied().collect()
    };
    let (ands, ors) = (of(&known.and), of(&known.or));
    let mut together: BTreeMap<(usize, usize), Vec<(&'a Call, Filter)>> = BTreeMap::new();
    for (call, filter) in filters {
        let own = bytes(call);
        let parted = |and: &Range<usize>| {
            ors.iter().map(|or| bytes(or)).any(|or| holds(and, &or) && or != *and && holds(&or, &own))
        };
        let around = ands.iter().map(|and| bytes(and)).filter(|and| holds(and, &own) && !parted(and));
        let around = around.max_by_key(Range::len).unwrap_or(own);
        together.entry((around.start, around.end)).or_default().push((call, filter));
    }
    let route = |((start, end), mut filters): ((usize, usize), Vec<(&'a Call, Filter)>)| {
        filters.sort_by_key(|(call, _)| (bytes(call).start, bytes(call).end));
        let parts = |ors: &Call| holds(&(start..end), &bytes(ors));
        one(&filters, ors.iter().any(|or| parts(or)))
    };
    together.into_iter().filter_map(route).collect()
}

fn bytes(call: &Call) -> Range<usize> {
    call.site.at.bytes()
}

fn holds(outer: &Range<usize>, inner: &Range<usize>) -> bool {
    outer.start <= inner.start && inner.end <= outer.end
}

/// The route that filters come to; `None` where they say nothing but an HTTP method.
fn one<'a>(filters: &[(&'a Call, Filter)], parted: bool) -> Option<Route<'a>> {
    let mut path = Some(String::new());
    let (mut verbs, mut below, mut says) = (Vec::new(), parted, None::<&'a Site>);
    for (call, filter) in filters {
        match filter {
            Filter::Verb(verb) => verbs.push(verb.clone()),
            Filter::Unnamed => path = None,
            Filter::Parts(parts, more) => {
                path = path.map(|path| path + parts);
                below |= more;
            }
            Filter::End => {}
        }
        if !matches!(filter, Filter::Verb(_)) {
            says.get_or_insert(&call.site);
        }
    }
    let site = says?;
    verbs.sort();
    verbs.dedup();
    Some(Route { verbs, path, below, function: site.within.as_str(), site })
}

fn filter(call: &Call) -> Option<Filter> {
    let known = &routes().joined;
    let is = |patterns: &[Pattern], path: &str| patterns.iter().any(|pattern| pattern.is(path));
    match &call.callee {
        Callee::Path(name) => {
            let path = name.resolved.as_deref()?;
            if is(&known.part, path) {
                return Some(match call.arguments.first().map(|argument| &argument.value) {
                    Some(Value::Text(text)) => Filter::Parts(format!("/{}", text.trim_matches('/')), false),
                    _ => Filter::Unnamed,
                });
            }
            if is(&known.verbs, path) {
                return Some(Filter::Verb(last(path).to_ascii_uppercase()));
            }
            match () {
                () if is(&known.hole, path) => Some(Filter::Parts("/{}".to_owned(), false)),
                () if is(&known.rest, path) => Some(Filter::Parts(String::new(), true)),
                () if is(&known.end, path) => Some(Filter::End),
                () => None,
            }
        }
        Callee::Macro(name) if is(&known.macros, name.resolved.as_deref()?) => {
            let (_, inside) = call.site.at.snippet().split_once('(')?;
            let (inside, _) = inside.rsplit_once(')')?;
            Some(parts(inside))
        }
        Callee::Macro(_) | Callee::Method { .. } => None,
    }
}

/// The parts of a `path!`: texts, types that stand for any text, and `..`.
fn parts(inside: &str) -> Filter {
    let (mut path, mut more) = (String::new(), false);
    for part in inside.split('/').map(str::trim).filter(|part| !part.is_empty()) {
        path += &match part {
            ".." => {
                more = true;
                continue;
            }
            text if text.starts_with('"') => ["/", text.trim_matches('"')].concat(),
            named => ["/{", named, "}"].concat(),
        };
    }
    Filter::Parts(path, more)
}
