//! Downloads that are run as they come.

use std::collections::BTreeSet;

use crate::document::Value;
use crate::facts::Facts;
use crate::facts::Workspace;
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

/// Hosts on which everybody has a place of their own: there, it takes the path to tell whose.
const SHARED: &[&str] = &[
    "github.com",
    "raw.githubusercontent.com",
    "gitlab.com",
    "codeberg.org",
    "bitbucket.org",
    "docs.rs",
    "crates.io",
    "lib.rs",
];

pub(super) fn download_run_by_shell(facts: &Facts, found: &mut Findings<'_>) {
    let mut told = BTreeSet::new();
    let own = Own::of(&facts.workspace);
    for (file, _, step) in steps(facts) {
        for (index, command) in step.commands.iter().enumerate() {
            if own.offers(&command.words.join(" ")) {
                continue;
            }
            let by = if is_fetch(command) { piped_into(&step.commands[index..]) } else { takes_in(command) };
            if let Some(by) = by.filter(|_| told.insert((&command.at, &command.words))) {
                let message =
                    format!("what is downloaded here is run by `{by}` at once, and nobody has looked at it");
                found.add(&command.at, message).about(file.at.path());
            }
        }
    }
}

/// Where the product itself is offered, as its manifests say: a project that tries out its own installer as its users get
/// it runs nothing of others.
struct Own(BTreeSet<String>);

impl Own {
    fn of(workspace: &Workspace) -> Self {
        let manifests = workspace.members.iter().map(|member| &member.manifest).chain([&workspace.manifest]);
        let said = manifests.flat_map(|manifest| {
            ["homepage", "repository"].into_iter().flat_map(|key| {
                [manifest.value.get(&["package", key]), manifest.value.get(&["workspace", "package", key])]
            })
        });
        Self(said.flatten().filter_map(Value::as_str).filter_map(owned).collect())
    }

    /// True where a text holds addresses of the product's own and no others.
    fn offers(&self, text: &str) -> bool {
        let mut addresses = text.split("https://").skip(1);
        let count = text.matches("://").count();
        count > 0
            && count == addresses.clone().count()
            && addresses.all(|address| {
                let Some(address) = owned(address) else { return false };
                let domains = address.match_indices('.').map(|(dot, _)| &address[dot + 1..]);
                [address.as_str()].into_iter().chain(domains).any(|address| self.0.contains(address))
            })
    }
}

/// The part of an address that tells whose it is: the host, and on a shared one the two names behind it.
fn owned(address: &str) -> Option<String> {
    let address = address.strip_prefix("https://").unwrap_or(address);
    let end = address.find(|c: char| c.is_whitespace() || "\"')`|;?#".contains(c)).unwrap_or(address.len());
    let mut parts = address[..end].split('/');
    let host = parts.next()?.to_ascii_lowercase();
    let host = host.strip_prefix("www.").unwrap_or(&host);
    // No host has a longer name.
    if host.contains(['$', '@', ':', '{']) || !host.contains('.') || host.len() > 253 {
        return None;
    }
    if !SHARED.contains(&host) {
        return Some(host.to_owned());
    }
    let (owner, name) = (parts.next()?, parts.next().filter(|name| matches!(name.len(), 1..=253))?);
    let host = if host == "raw.githubusercontent.com" { "github.com" } else { host };
    Some(format!("{host}/{owner}/{}", name.trim_end_matches(".git")).to_ascii_lowercase())
}

/// True for a command that fetches from another machine.
fn is_fetch(command: &Command) -> bool {
    command.program().is_some_and(|(program, arguments)| {
        FETCHERS.contains(&program)
            && !arguments.is_empty()
            && !arguments.iter().any(|word| is_of_this_machine(word))
    })
}

fn is_of_this_machine(text: &str) -> bool {
    ["file://", "localhost", "127.0.0.1", "[::1]"].iter().any(|here| text.contains(here))
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
        inside.is_some_and(|inside| fetches(inside) && !is_of_this_machine(inside) && !inside.contains(" | "))
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
