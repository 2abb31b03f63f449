//! Routes that are joined from filters, as `warp` has them: `warp::path("rate").and(warp::get())`, `warp::path!("rate" / u32)`.
//!
//! What stands within one call of `and` belongs to one route, unless an `or` lies between: behind it begins another. A filter
//! that another function hands out is a route of its own where it is made.

use std::cmp::Reverse;
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
    let around = around(&filters, &ands, &ors);
    let mut together: BTreeMap<(usize, usize), Vec<(&'a Call, Filter)>> = BTreeMap::new();
    for ((call, filter), around) in filters.into_iter().zip(around) {
        together.entry((around.start, around.end)).or_default().push((call, filter));
    }
    let mut parting: Vec<Range<usize>> = ors.iter().map(|or| bytes(or)).collect();
    parting.sort_by_key(|or| (or.start, or.end));
    let route = |((start, end), mut filters): ((usize, usize), Vec<(&'a Call, Filter)>)| {
        filters.sort_by_key(|(call, _)| (bytes(call).start, bytes(call).end));
        let within = &parting[parting.partition_point(|or| or.start < start)..];
        // Of those that begin where it does, the shortest comes first; all that begin later lie within or behind.
        let first = within.first().is_some_and(|or| or.end <= end);
        let later = &within[within.partition_point(|or| or.start == start)..];
        one(&filters, first || later.first().is_some_and(|or| or.end <= end))
    };
    together.into_iter().filter_map(route).collect()
}

/// For each filter the widest call of `and` around it without an `or` in between, else its own place. Calls lie within
/// each other or apart, so that one way through the file does.
fn around(filters: &[(&Call, Filter)], ands: &[&Call], ors: &[&Call]) -> Vec<Range<usize>> {
    enum Kind {
        Or,
        And,
        Filter(usize),
    }
    let own = filters.iter().enumerate().map(|(index, (call, _))| (bytes(call), Kind::Filter(index)));
    let ands = ands.iter().map(|and| (bytes(and), Kind::And));
    let mut calls: Vec<(Range<usize>, Kind)> =
        ors.iter().map(|or| (bytes(or), Kind::Or)).chain(ands).chain(own).collect();
    // Outer ones first; the sort is stable, so that of equal places an `and` comes behind an `or`.
    calls.sort_by_key(|(place, _)| (place.start, Reverse(place.end)));
    let mut found: Vec<Range<usize>> = filters.iter().map(|(call, _)| bytes(call)).collect();
    // What is open, each with the widest `and` since the last `or`.
    let mut open: Vec<(Range<usize>, Option<Range<usize>>)> = Vec::new();
    for (place, kind) in calls {
        while open.last().is_some_and(|(outer, _)| !holds(outer, &place)) {
            open.pop();
        }
        let widest = open.last().and_then(|(_, widest)| widest.clone());
        match kind {
            Kind::Or => open.push((place, None)),
            Kind::And => open.push((place.clone(), widest.or(Some(place)))),
            Kind::Filter(index) => found[index] = widest.unwrap_or(place),
        }
    }
    found
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
