//! What a fresh threat model tells of routes and of what is written: comments, since the format has no place for them.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use crate::facts::Facts;
use crate::facts::code::Site;
use crate::facts::threats::routes::{self, Route, Written};
use crate::report::text::visible;

/// So many routes and files are told each; the rest is counted.
const MOST: usize = 400;

/// The routes and the files that the code names, with the places.
pub(super) fn text(facts: &Facts) -> String {
    let served = routes::served(&facts.workspace, &facts.code);
    let written = routes::written(&facts.code);
    [answers(&served), unread(facts), writes(&written)].concat()
}

fn answers(served: &[Route<'_>]) -> String {
    let mut text = String::new();
    if served.is_empty() {
        return text;
    }
    text += "\n# What the code answers over HTTP and gRPC, as far as it names it; `below` has other routes behind it.\n";
    let named = served.iter().filter(|route| route.path.is_some());
    for route in named.take(MOST) {
        let verbs = if route.verbs.is_empty() { String::new() } else { route.verbs.join(", ") + " " };
        let below = if route.below { "below " } else { "" };
        let path = route.path.as_deref().unwrap_or_default();
        let path = if path.is_empty() { "/" } else { path };
        let _ = writeln!(text, "#   {below}{verbs}{} {}", visible(path), place(route.function, route.site));
    }
    more(served.iter().filter(|route| route.path.is_some()).count(), "routes", &mut text);
    let unnamed = served.iter().filter(|route| route.path.is_none()).map(|route| route.site);
    text + &counted(unnamed, "whose path the code does not name")
}

fn unread(facts: &Facts) -> String {
    let names = routes::unread(&facts.workspace);
    if names.is_empty() {
        return String::new();
    }
    format!("\n# Look here yourself: no reader knows the routes of {}.\n", names.join(", "))
}

fn writes(written: &[Written<'_>]) -> String {
    let mut text = String::new();
    if written.is_empty() {
        return text;
    }
    text += "\n# Files and databases that the code writes.\n";
    let named: Vec<(&Written<'_>, &str)> =
        written.iter().filter_map(|one| Some((one, one.path.as_deref()?))).collect();
    for (one, path) in named.iter().take(MOST) {
        let _ = writeln!(text, "#   {} {} {}", one.what, visible(path), place(&one.site.within, one.site));
    }
    more(named.len(), "files", &mut text);
    let unnamed = written.iter().filter(|one| one.path.is_none()).map(|one| one.site);
    text + &counted(unnamed, "whose name the code does not show")
}

fn more(all: usize, what: &str, text: &mut String) {
    if let Some(left) = all.checked_sub(MOST).filter(|left| *left > 0) {
        let _ = writeln!(text, "#   {left} more {what}");
    }
}

/// How many places there are, by the functions they stand in.
fn counted<'a>(sites: impl Iterator<Item = &'a Site>, what: &str) -> String {
    let mut by_function: BTreeMap<&str, usize> = BTreeMap::new();
    for site in sites {
        *by_function.entry(site.within.as_str()).or_default() += 1;
    }
    let all: usize = by_function.values().sum();
    if all == 0 {
        return String::new();
    }
    let mut text = format!("#   {all} {what}, in:\n");
    for (function, count) in by_function.iter().take(MOST) {
        let times = if *count > 1 { format!(" ({count} times)") } else { String::new() };
        let _ = writeln!(text, "#     {}{times}", visible(function));
    }
    more(by_function.len(), "functions", &mut text);
    text
}

fn place(function: &str, site: &Site) -> String {
    format!("({}, {}:{})", visible(function), visible(site.at.path()), site.at.line())
}
