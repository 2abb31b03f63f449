//! Commands handed to a shell.

use std::collections::HashMap;

use crate::facts::Facts;
use crate::facts::code::{Call, Callee, Calls, Value};
use crate::finding::Findings;
use crate::source::Location;

use super::{called, ships};

/// Calls that name a program to start.
pub(in crate::checks) const STARTS: &[&str] = &[
    "std::process::Command::new",
    "tokio::process::Command::new",
    "async_std::process::Command::new",
    "async_process::Command::new",
    "smol::process::Command::new",
    "duct::cmd",
];

/// How a shell is told its command.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Dialect {
    /// `-c TEXT`; what follows is data.
    Posix,
    /// `/C TEXT...`: all that follows is the command.
    Cmd,
    /// `-Command TEXT...`: all that follows is the command.
    PowerShell,
}

pub(super) fn shell_with_composed_command(facts: &Facts, found: &mut Findings<'_>) {
    let given = Given::of(&facts.code.calls);
    for start in facts.code.calls.iter().filter(|call| ships(&call.site)) {
        let Some((name, shell)) = shell(start) else { continue };
        let arguments = given.to(start);
        let Some(flag) = arguments.iter().position(|(value, _)| is_flag(shell, value)) else { continue };
        let commands = arguments.iter().skip(flag + 1);
        let composed = match shell {
            Dialect::Posix => commands.take(1).find(|(value, _)| !is_fixed(value)),
            Dialect::Cmd | Dialect::PowerShell => commands.into_iter().find(|(value, _)| !is_fixed(value)),
        };
        if let Some((_, at)) = composed {
            found
                .add(at, format!("`{name}` runs a command that is put together at run time"))
                .about(&start.site.within)
                .with(&start.site.at, "the shell is started here");
        }
    }
}

/// The shell that a call starts.
fn shell(start: &Call) -> Option<(String, Dialect)> {
    let Some(Value::Text(program)) = start.arguments.first().map(|argument| &argument.value) else {
        return None;
    };
    if !called(start).is_some_and(|path| STARTS.contains(&path)) {
        return None;
    }
    let name = program.rsplit(['/', '\\']).next().unwrap_or(program).to_ascii_lowercase();
    let name = name.strip_suffix(".exe").unwrap_or(&name);
    let shell = match name {
        "sh" | "bash" | "dash" | "ash" | "zsh" | "ksh" | "mksh" | "fish" | "csh" | "tcsh" => Dialect::Posix,
        "cmd" => Dialect::Cmd,
        "powershell" | "pwsh" => Dialect::PowerShell,
        _ => return None,
    };
    Some((name.to_owned(), shell))
}

/// The calls that hand arguments to a program, by the place where its start is written: found in one pass, since a file
/// may hold a hundred thousand starts.
pub(in crate::checks) struct Given<'c>(HashMap<(&'c str, usize), Vec<&'c Call>>);

impl<'c> Given<'c> {
    pub(in crate::checks) fn of(calls: &'c Calls) -> Self {
        let mut given: HashMap<_, Vec<_>> = HashMap::new();
        for call in calls {
            if let (Callee::Method { name, .. }, Some(start)) = (&call.callee, &call.start)
                && ["arg", "args", "raw_arg"].contains(&name.as_str())
            {
                given.entry(place(start)).or_default().push(call);
            }
        }
        Self(given)
    }

    /// The calls that hand arguments to the program that is started at a place.
    pub(in crate::checks) fn calls(&self, start: &'c Location) -> &[&'c Call] {
        self.0.get(&place(start)).map_or(&[], Vec::as_slice)
    }

    /// Every argument that is known to be given to the program, in order.
    pub(in crate::checks) fn to(&self, start: &'c Call) -> Vec<(&'c Value, &'c Location)> {
        let later = self.calls(&start.site.at).iter();
        let later =
            later.filter(|call| call.site.at >= start.site.at && call.site.within == start.site.within);
        let mut all = Vec::new();
        for argument in start.arguments.iter().skip(1).chain(later.flat_map(|call| &call.arguments)) {
            add(&mut all, &argument.value, &argument.at);
        }
        all
    }
}

/// A start of a program as a key.
pub(super) fn place(at: &Location) -> (&str, usize) {
    (at.path(), at.bytes().start)
}

fn add<'c>(all: &mut Vec<(&'c Value, &'c Location)>, value: &'c Value, at: &'c Location) {
    match value {
        Value::Tuple(items) => all.extend(items.iter().map(|item| (item, at))),
        value => all.push((value, at)),
    }
}

/// True for the argument behind which the command stands.
fn is_flag(shell: Dialect, value: &Value) -> bool {
    let Value::Text(text) = value else { return false };
    let lower = text.to_ascii_lowercase();
    match shell {
        Dialect::Posix => text.strip_prefix('-').is_some_and(|letters| {
            letters.contains('c') && letters.bytes().all(|byte| byte.is_ascii_alphabetic())
        }),
        Dialect::Cmd => lower == "/c" || lower == "/k",
        Dialect::PowerShell => {
            lower.len() > 1 && ("-command".starts_with(&lower) || "-encodedcommand".starts_with(&lower))
        }
    }
}

/// True for a text that is the same in every run.
fn is_fixed(value: &Value) -> bool {
    match value {
        Value::Text(_) => true,
        Value::Composed(parts) => parts.iter().all(Option::is_some),
        // A constant whose value is not known is a constant all the same.
        Value::Path(name) => {
            name.resolved.as_deref().and_then(|path| path.rsplit("::").next()).is_some_and(|last| {
                last.chars()
                    .all(|letter| letter.is_ascii_uppercase() || letter.is_ascii_digit() || letter == '_')
            })
        }
        _ => false,
    }
}
