//! Downloads that are run as they come.

use std::collections::BTreeSet;

use crate::facts::Facts;
use crate::facts::pipeline::{Command, Then};
use crate::finding::Findings;

use super::{SHELLS, steps};

/// Interpreters that read a program where they are given nothing else.
const INTERPRETERS: &[&str] = &["python", "python3", "perl", "ruby", "node", "php"];

/// Programs that fetch a file.
const FETCHERS: &[&str] = &[
    "curl",
    "wget",
    "iwr",
    "irm",
    "Invoke-WebRequest",
    "Invoke-RestMethod",
    "aria2c",
    "fetch",
    "http",
    "https",
];

pub(super) fn download_run_by_shell(facts: &Facts, found: &mut Findings<'_>) {
    let mut told = BTreeSet::new();
    for (file, _, step) in steps(facts) {
        for (index, command) in step.commands.iter().enumerate() {
            let by = if is_fetch(command) { piped_into(&step.commands[index..]) } else { takes_in(command) };
            if let Some(by) = by.filter(|_| told.insert((&command.at, &command.words))) {
                let message =
                    format!("what is downloaded here is run by `{by}` at once, and nobody has looked at it");
                found.add(&command.at, message).about(file.at.path());
            }
        }
    }
}

/// True for a command that fetches from another machine.
fn is_fetch(command: &Command) -> bool {
    let here = ["file://", "localhost", "127.0.0.1"];
    command.program().is_some_and(|(program, arguments)| {
        FETCHERS.contains(&program)
            && !arguments.is_empty()
            && !arguments.iter().any(|word| here.iter().any(|here| word.contains(here)))
    })
}

/// The shell at the end of a row of commands that each read what the one before writes.
fn piped_into(commands: &[Command]) -> Option<&str> {
    let row = commands.iter().zip(&commands[1..]).take_while(|(command, _)| command.then == Then::Pipe);
    row.filter_map(|(_, next)| next.program())
        .find(|(program, arguments)| reads(program, arguments))
        .map(|(program, _)| program)
}

/// True for a shell that reads its commands from the command before: it is given none, and no file.
fn reads(program: &str, arguments: &[String]) -> bool {
    let given = |word: &&String| {
        !word.starts_with('-') && !matches!(word.as_str(), ">" | ">>" | "2" | ">&" | "1" | "2>")
    };
    let command =
        || arguments.iter().any(|word| matches!(word.as_str(), "-c" | "-Command" | "-e" | "-m" | "-File"));
    let listens = || arguments.iter().any(|word| matches!(word.as_str(), "-s" | "-" | "--stdin"));
    if SHELLS.contains(&program) {
        !command() && (listens() || arguments.iter().find(given).is_none())
    } else {
        INTERPRETERS.contains(&program) && arguments.iter().all(|word| word == "-")
    }
}

/// A shell that is given the text of a download: `eval "$(curl ..)"`, `bash <(curl ..)`, `iex (irm ..)`.
fn takes_in(command: &Command) -> Option<&str> {
    let (program, arguments) = command.program()?;
    let downloads = |word: &String| {
        let inside = word.trim_start_matches(['"', '(']);
        let inside = ["$(", "<(", "`"].iter().find_map(|open| inside.strip_prefix(open)).map(str::trim_start);
        let fetches =
            |text: &str| text.split_whitespace().next().is_some_and(|first| FETCHERS.contains(&first));
        inside.is_some_and(|inside| fetches(inside) && !inside.contains("file://") && !inside.contains(" | "))
    };
    let by_shell = matches!(program, "eval" | "source" | ".")
        || (SHELLS.contains(&program)
            && arguments.iter().all(|word| word.starts_with('-') || downloads(word)));
    let by_name = matches!(program, "iex" | "Invoke-Expression")
        && arguments.iter().any(|word| {
            let word = word.trim_start_matches('(');
            word.contains("DownloadString") || FETCHERS.contains(&word)
        });
    ((by_shell && arguments.iter().any(downloads)) || by_name).then_some(program)
}
