//! What comes from outside and becomes a file name, a command, a query, a page.

use std::collections::HashMap;

use crate::facts::Facts;
use crate::facts::code::flows::known::{Called, arrivals};
use crate::facts::code::flows::{Flow, Nature};
use crate::facts::code::{Argument, Call, Callee, Value};
use crate::finding::{Finding, Findings};
use crate::source::Location;

use super::process::{Given, place};
use super::{called, shipped, ships, uses};

/// What archives bring in has a rule of its own.
const ARCHIVE: &str = "an entry of an archive";

/// Flows of what anybody can choose, in code that ships, with where it comes from in words.
fn far<'f>(facts: &'f Facts, to: &'static str) -> impl Iterator<Item = (&'f Flow, &'static str)> {
    facts.code.flows.iter().filter(move |flow| flow.to == to && ships(&flow.call.site)).filter_map(|flow| {
        match flow.content.nature {
            Nature::Far(kind) => Some((flow, kind)),
            _ => None,
        }
    })
}

/// Adds a finding at the argument, with the places where the content enters and where it arrives.
fn tell<'a>(flow: &Flow, message: String, found: &'a mut Findings<'_>) -> Option<&'a mut Finding> {
    let finding = found.add(&flow.argument()?.at, message).about(&flow.call.site.within);
    finding.with(&flow.content.at, "it comes in here");
    if let Some(beyond) = &flow.beyond {
        finding.with(beyond, "it arrives here");
    }
    Some(finding)
}

pub(super) fn path_from_input(facts: &Facts, found: &mut Findings<'_>) {
    for (flow, kind) in far(facts, "file").filter(|(_, kind)| *kind != ARCHIVE) {
        tell(flow, format!("{kind} chooses this file, and `..` leads out of the folder"), found);
    }
}

pub(super) fn archive_entry_unchecked(facts: &Facts, found: &mut Findings<'_>) {
    for (flow, _) in far(facts, "file").filter(|(_, kind)| *kind == ARCHIVE) {
        tell(flow, "an archive chooses this file, and `..` leads out of the folder".to_owned(), found);
    }
}

pub(super) fn command_from_input(facts: &Facts, found: &mut Findings<'_>) {
    for (flow, kind) in far(facts, "program") {
        tell(flow, format!("{kind} chooses which program runs"), found);
    }
    for (flow, kind) in far(facts, "command") {
        tell(flow, format!("{kind} becomes an argument of a program"), found);
    }
    for (flow, kind) in far(facts, "library") {
        tell(flow, format!("{kind} chooses which code is loaded"), found);
    }
}

pub(super) fn argument_read_as_option(facts: &Facts, found: &mut Findings<'_>) {
    let mut programs = Programs { given: Given::of(&facts.code.calls), known: HashMap::new() };
    for flow in facts.code.flows.iter().filter(|flow| flow.to == "command" && ships(&flow.call.site)) {
        let chosen = matches!(flow.content.nature, Nature::Given | Nature::Far(_));
        let Some(argument) = flow.argument().filter(|argument| chosen && may_be_option(argument)) else {
            continue;
        };
        let before = programs.before(&flow.call);
        let of_option = before.awaits || (flow.call.conditional && before.always_awaits);
        if !before.option || before.separated || of_option {
            continue;
        }
        found
            .add(&argument.at, "a value that starts with `-` would be read as an option")
            .about(&flow.call.site.within)
            .help("put `--` before it, where the program knows that, or refuse such values");
    }
}

/// True for an argument without a fixed beginning, that is not meant to hold options by its name.
fn may_be_option(argument: &Argument) -> bool {
    const MEANT: &[&str] = &["args", "arguments", "extra", "options", "opts", "flags", "params"];
    let name = argument.name.as_deref().unwrap_or_default();
    let prefixed =
        matches!(&argument.value, Value::Composed(parts) if matches!(parts.first(), Some(Some(_))));
    !prefixed && !name.split('_').any(|word| MEANT.contains(&word))
}

/// What programs are given, argument by argument.
struct Programs<'c> {
    given: Given<'c>,
    /// For each start of a program, the places of its arguments with what was given up to there.
    known: HashMap<(&'c str, usize), Vec<(usize, Before)>>,
}

/// What a program was given before an argument.
#[derive(Debug, Clone, Copy, Default)]
#[expect(clippy::struct_excessive_bools, reason = "independent facts, each with its name")]
struct Before {
    /// An option.
    option: bool,
    /// `--`
    separated: bool,
    /// Last, an option whose value may follow: `-f`; `-p22` has its value with it.
    awaits: bool,
    /// The same, of what it is given on every way.
    always_awaits: bool,
}

impl<'c> Programs<'c> {
    fn before(&mut self, call: &'c Call) -> Before {
        let Some(start) = &call.start else { return Before::default() };
        let given = &self.given;
        let known = self.known.entry(place(start)).or_insert_with(|| {
            let mut calls: Vec<(usize, &Call)> =
                given.calls(start).iter().map(|call| (call.name_place().bytes().start, *call)).collect();
            calls.sort_by_key(|(at, _)| *at);
            let mut before = Before::default();
            let states = calls.into_iter().map(|(at, call)| {
                before.take(call);
                (at, before)
            });
            states.collect()
        });
        let at = call.name_place().bytes().start;
        let index = known.partition_point(|(place, _)| *place < at);
        index.checked_sub(1).map_or_else(Before::default, |index| known[index].1)
    }
}

impl Before {
    fn take(&mut self, call: &Call) {
        let begins = |value: &Value| match value {
            Value::Text(text) => text.starts_with('-'),
            Value::Composed(parts) => {
                parts.first().and_then(Option::as_deref).is_some_and(|text| text.starts_with('-'))
            }
            _ => false,
        };
        let awaits = |value: &Value| matches!(value, Value::Text(text) if text.starts_with('-') && !text.contains('='));
        for argument in &call.arguments {
            let values = match &argument.value {
                Value::Tuple(items) => items.as_slice(),
                value => std::slice::from_ref(value),
            };
            self.option |= values.iter().any(begins);
            self.separated |= values.iter().any(|value| matches!(value, Value::Text(text) if text == "--"));
            self.awaits = values.last().is_some_and(awaits);
            if !call.conditional {
                self.always_awaits = self.awaits;
            }
        }
    }
}

pub(super) fn sql_from_input(facts: &Facts, found: &mut Findings<'_>) {
    for (flow, kind) in far(facts, "sql") {
        tell(flow, format!("{kind} becomes part of the text of a query"), found);
    }
}

pub(super) fn sql_put_together(facts: &Facts, found: &mut Findings<'_>) {
    let mut tell = |call: &Call, at: &Location| {
        found
            .add(at, "the text of this query is put together from values")
            .about(&call.site.within)
            .help("bind the values as parameters");
    };
    for call in shipped(facts) {
        let quoted = call
            .arguments
            .iter()
            .find(|argument| Query::of(&argument.value).is_some_and(|query| query.holds_value));
        if let Some(argument) = quoted.filter(|_| reaches(facts, call, "sql")) {
            tell(call, &argument.at);
        }
    }
    // Pieces that come from the caller, behind the names of tables.
    for flow in
        facts.code.flows.iter().filter(|flow| flow.to == "sql" && flow.content.nature == Nature::Given)
    {
        let Some(argument) = flow.argument().filter(|_| ships(&flow.call.site)) else { continue };
        if Query::of(&argument.value).is_some_and(|query| query.holds_piece) {
            tell(&flow.call, &argument.at);
        }
    }
}

/// True where a call is a place of a kind.
fn reaches(facts: &Facts, call: &Call, to: &str) -> bool {
    let uses = |krate: &str| uses(facts, &call.site, krate);
    let known = match &call.callee {
        Callee::Method { name, receiver, .. } => {
            Called::Method(name, receiver.as_ref().and_then(|name| name.resolved.as_deref()))
        }
        _ => match called(call) {
            Some(path) => Called::Path(path),
            None => return false,
        },
    };
    arrivals(known, &uses).iter().any(|arrival| arrival.to == to)
}

/// The text of a query with something inside that is not known.
struct Query {
    /// Where a value stands: behind a comparison or between quotes.
    holds_value: bool,
    /// Anywhere but where the name of a table or column stands, which can't be bound.
    holds_piece: bool,
}

impl Query {
    fn of(value: &Value) -> Option<Self> {
        const VERBS: &[&str] =
            &["select ", "insert ", "update ", "delete ", "replace into", "with ", "call ", "exec "];
        const VALUES: &[&str] =
            &[" values", " values(", " values (", " having", " like", " limit", "=", "'", "<", ">"];
        const NAMES: &[&str] = &[
            "from", "into", "update", "join", "table", "select", "by", "distinct", "\"", "`", ".", ",", "[",
            "in (", "in(", "(", "set", "as", "index", "on",
        ];
        let Value::Composed(parts) = value else { return None };
        let mut query = Self { holds_value: false, holds_piece: false };
        let mut before = parts.first()?.as_deref()?.trim_start().to_ascii_lowercase();
        if !VERBS.iter().any(|verb| before.starts_with(verb)) {
            return None;
        }
        for part in &parts[1..] {
            if let Some(text) = part {
                before.push_str(&text.to_ascii_lowercase());
            } else {
                let before = before.trim_end();
                query.holds_value |= VALUES.iter().any(|clause| before.ends_with(clause));
                query.holds_piece |= !NAMES.iter().any(|clause| before.ends_with(clause));
            }
        }
        Some(query)
    }
}

pub(super) fn markup_from_input(facts: &Facts, found: &mut Findings<'_>) {
    for (flow, kind) in far(facts, "markup") {
        tell(flow, format!("{kind} becomes part of a page as it is"), found);
    }
}

pub(super) fn template_from_input(facts: &Facts, found: &mut Findings<'_>) {
    for (flow, kind) in far(facts, "template") {
        tell(flow, format!("{kind} becomes code that is run"), found);
    }
}

pub(super) fn address_from_input(facts: &Facts, found: &mut Findings<'_>) {
    for (flow, kind) in far(facts, "address") {
        if flow.argument().is_some_and(|argument| !has_fixed_host(&argument.value)) {
            tell(flow, format!("{kind} chooses which server is asked"), found);
        }
    }
}

/// True for an address that begins with a host and the end of it.
fn has_fixed_host(value: &Value) -> bool {
    let first = match value {
        Value::Text(_) => return true,
        Value::Composed(parts) => parts.first().and_then(Option::as_deref).unwrap_or_default(),
        _ => return false,
    };
    first.split_once("://").is_some_and(|(_, rest)| rest.find('/').is_some_and(|end| end > 0))
}

pub(super) fn redirect_from_input(facts: &Facts, found: &mut Findings<'_>) {
    for (flow, kind) in far(facts, "redirect") {
        if flow.argument().is_some_and(|argument| !stays_on_site(&argument.value)) {
            tell(flow, format!("{kind} chooses where the browser goes next"), found);
        }
    }
}

/// True for an address that begins with a host, or with a path on this one.
fn stays_on_site(value: &Value) -> bool {
    let first = match value {
        Value::Composed(parts) => parts.first().and_then(Option::as_deref).unwrap_or_default(),
        _ => return false,
    };
    has_fixed_host(value) || (first.len() > 1 && first.starts_with('/') && !first.starts_with("//"))
}

pub(super) fn pattern_from_input(facts: &Facts, found: &mut Findings<'_>) {
    for (flow, kind) in far(facts, "pattern") {
        tell(flow, format!("{kind} becomes a regular expression"), found);
    }
}

pub(super) fn directory_query_from_input(facts: &Facts, found: &mut Findings<'_>) {
    for (flow, kind) in far(facts, "directory query") {
        tell(flow, format!("{kind} becomes part of a query as it is"), found);
    }
}

pub(super) fn log_forged(facts: &Facts, found: &mut Findings<'_>) {
    for (flow, kind) in far(facts, "log") {
        tell(flow, format!("{kind} is written to a log as it is"), found);
    }
}

pub(super) fn program_from_environment(facts: &Facts, found: &mut Findings<'_>) {
    for flow in facts
        .code
        .flows
        .iter()
        .filter(|flow| ["program", "library"].contains(&flow.to) && ships(&flow.call.site))
    {
        if let Nature::Near(kind @ ("the environment" | "the command line")) = flow.content.nature {
            tell(flow, format!("{kind} chooses which code runs"), found);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn composed(parts: &[Option<&str>]) -> Value {
        Value::Composed(parts.iter().map(|part| part.map(str::to_owned)).collect())
    }

    #[test]
    fn values_in_queries_are_told_from_names() {
        let holds = |parts: &[Option<&str>]| {
            Query::of(&composed(parts)).map(|query| (query.holds_value, query.holds_piece))
        };
        assert_eq!(holds(&[Some("SELECT * FROM t WHERE id = "), None]), Some((true, true)));
        assert_eq!(holds(&[Some("select a from t where n = '"), None, Some("'")]), Some((true, true)));
        assert_eq!(holds(&[Some("SELECT a FROM t WHERE b = ? "), None]), Some((false, true)));
        assert_eq!(
            holds(&[Some("DELETE FROM "), None, Some(" WHERE a IN ("), None, Some(")")]),
            Some((false, false))
        );
        assert_eq!(holds(&[Some("SELECT * FROM "), None]), Some((false, false)));
        assert_eq!(holds(&[Some("selected "), None]), None);
    }

    #[test]
    fn a_fixed_host_is_told_from_a_chosen_one() {
        assert!(has_fixed_host(&composed(&[Some("https://lab.example.org/results/"), None])));
        assert!(!has_fixed_host(&composed(&[Some("https://"), None, Some("/x")])));
        assert!(!has_fixed_host(&composed(&[Some("https://lab"), None])));
        assert!(!has_fixed_host(&composed(&[None])));
        assert!(stays_on_site(&composed(&[Some("/patients/"), None])));
        assert!(
            !stays_on_site(&composed(&[Some("//"), None])) && !stays_on_site(&composed(&[Some("/"), None]))
        );
    }
}
