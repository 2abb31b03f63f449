//! `hook install`: the gate before each commit.
//!
//! A hook that is there stays as it is, unless the user says yes to one more line in it. Nothing is removed, and
//! nothing is written outside of the folder in which git looks for hooks.

use std::io::{self, BufRead as _, IsTerminal as _, Write};
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};

use crate::error::Error;
use crate::facts::git::{self, Hooks};

use super::init::say;

/// What a file of ours, and a line of ours in a file of others, is known by.
const MARK: &str = "cargo-health-sec health-sec check";

/// What is judged before a commit, and before a push.
const COMMIT: &str = "cargo-health-sec health-sec check --staged";
const PUSH: &str = "cargo-health-sec health-sec check";

/// The words of `hook`.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Let git ask the gate before each commit
    Install(Install),
}

#[derive(Debug, Args)]
struct Install {
    /// Judge the whole workspace before each push, instead of what is staged before each commit
    #[arg(long)]
    pre_push: bool,
    /// Add to a hook that is there, or to a folder that other repositories use, without asking
    #[arg(long)]
    yes: bool,
}

/// Installs; returns the exit code.
pub(super) fn run(arguments: &Arguments, out: &mut dyn Write) -> Result<u8, Error> {
    let What::Install(install) = &arguments.what;
    let (name, command) = if install.pre_push { ("pre-push", PUSH) } else { ("pre-commit", COMMIT) };
    let hooks = git::hooks(Path::new(".")).map_err(|why| Error::Usage {
        message: format!("there is no git repository to put a hook into: {why}"),
        help: "go into a repository".to_owned(),
    })?;
    let file = hooks.folder.join(name);
    let may = |question: &str| install.yes || asked(question);
    if hooks.shared
        && !may(&format!("{} is used by other repositories too. Put a hook there?", hooks.folder.display()))
    {
        return Err(refused(
            &file,
            "git's core.hooksPath names a folder outside of this repository",
            command,
        ));
    }
    match std::fs::read_to_string(&file) {
        Ok(text) if text.contains(MARK) => {
            say(out, &format!("{} asks the gate already\n", file.display()));
            return Ok(0);
        }
        Ok(text) => {
            let Some(added) = added(&text, command) else {
                return Err(refused(&file, "it is no shell script, so no line can be added to it", command));
            };
            if !may(&format!("{} is there already. Let it ask the gate first?", file.display())) {
                return Err(refused(&file, "there is a hook already, and it stays as it is", command));
            }
            put(&file, &added)?;
            say(out, &format!("added a line to {}\n", file.display()));
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            put(&file, &script(command))?;
            say(out, &format!("wrote {}\n", file.display()));
        }
        Err(_) => return Err(refused(&file, "there is a hook already that can't be read", command)),
    }
    warn_of_place(&hooks, out);
    Ok(0)
}

/// The hook as a file of its own.
fn script(command: &str) -> String {
    format!(
        "#!/bin/sh\n\
         # Written by `cargo health-sec hook install`; `git commit --no-verify` goes past it.\n\
         command -v cargo-health-sec >/dev/null 2>&1 || {{\n\
         \x20   echo 'cargo-health-sec is not installed: cargo install cargo-health-sec --locked' >&2\n\
         \x20   exit 1\n\
         }}\n\
         exec {command}\n"
    )
}

/// A hook of others with our line first: what comes last in it may never be reached. `None` where it is no script
/// that understands the line.
fn added(text: &str, command: &str) -> Option<String> {
    let (first, rest) = text.split_once('\n').unwrap_or((text, ""));
    let shell =
        first.strip_prefix("#!")?.split(['/', ' ']).any(|word| ["sh", "bash", "dash", "zsh"].contains(&word));
    shell.then(|| format!("{first}\n{command} || exit $?\n{rest}"))
}

fn asked(question: &str) -> bool {
    if !io::stdin().is_terminal() {
        return false;
    }
    let mut screen = io::stderr();
    if write!(screen, "{question} [y/N] ").and_then(|()| screen.flush()).is_err() {
        return false;
    }
    let mut answer = String::new();
    let read = io::stdin().lock().read_line(&mut answer);
    read.is_ok() && matches!(answer.trim(), "y" | "Y" | "yes")
}

fn refused(file: &Path, why: &str, command: &str) -> Error {
    Error::Usage {
        message: format!("{} was not written: {why}", file.display()),
        help: format!("put `{command} || exit $?` into your hook, or say --yes"),
    }
}

/// A hook that other tools manage may be written anew by them.
fn warn_of_place(hooks: &Hooks, out: &mut dyn Write) {
    if hooks.configured {
        say(out, "core.hooksPath names this folder: whoever manages it may write the hook anew\n");
    }
}

/// Writes beside and puts in place, as a program.
fn put(file: &Path, text: &str) -> Result<(), Error> {
    let written = || -> io::Result<()> {
        // A link leads to the file that somebody keeps elsewhere: that one gets the line.
        let file: PathBuf = file.canonicalize().unwrap_or_else(|_| file.to_owned());
        let folder = file.parent().unwrap_or(Path::new("."));
        std::fs::create_dir_all(folder)?;
        let mut beside = tempfile::Builder::new().prefix(".health-sec-").tempfile_in(folder)?;
        beside.write_all(text.as_bytes())?;
        make_program(beside.as_file())?;
        beside.persist(&file)?;
        Ok(())
    };
    written().map_err(|source| Error::File {
        action: "write",
        path: file.to_owned(),
        help: "make the folder writable; nothing was written".to_owned(),
        source,
    })
}

#[cfg(unix)]
fn make_program(file: &std::fs::File) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    file.set_permissions(std::fs::Permissions::from_mode(0o755))
}

#[cfg(not(unix))]
fn make_program(_: &std::fs::File) -> io::Result<()> {
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_added_first_and_only_to_a_script_of_the_shell() {
        let text = added("#!/usr/bin/env bash\nexec other\n", COMMIT).expect("a script");
        assert_eq!(text, format!("#!/usr/bin/env bash\n{COMMIT} || exit $?\nexec other\n"));
        assert_eq!(added("#!/usr/bin/env python3\nprint()\n", COMMIT), None);
        assert_eq!(added("\u{7f}ELF", COMMIT), None);
        assert!(script(COMMIT).contains(MARK) && text.contains(MARK));
    }
}
