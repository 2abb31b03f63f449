//! Variables by which a pipeline changes what cargo does: in tables, in front of a command, for all that follows.

use crate::document::Value;
use crate::facts::workspace::flags::{self, Flag};
use crate::source::{Location, Placed};

use super::script::Command;

/// Variables, and keys of cargo's configuration, that name a program in the place of the compiler.
const COMPILERS: &[(&str, &str)] = &[
    ("RUSTC", "build.rustc"),
    ("RUSTC_WRAPPER", "build.rustc-wrapper"),
    ("RUSTC_WORKSPACE_WRAPPER", "build.rustc-workspace-wrapper"),
    ("CARGO_BUILD_RUSTC", ""),
    ("CARGO_BUILD_RUSTC_WRAPPER", ""),
    ("CARGO_BUILD_RUSTC_WORKSPACE_WRAPPER", ""),
];

/// What a pipeline tells cargo beside the configuration of the workspace.
#[derive(Debug, Default)]
pub struct Variables {
    /// What it sets `RUSTFLAGS` to, once for each time, where that is written out.
    pub flags: Vec<Placed<Vec<Flag>>>,
    /// What runs in the place of the compiler, where that is written out, behind the name by which it is set.
    pub compilers: Vec<Placed<(String, String)>>,
}

impl Variables {
    /// Adds what a table of variables sets.
    pub(super) fn table(&mut self, variables: Option<&Value>) {
        for entry in variables.map(Value::entries).into_iter().flatten() {
            let value = entry.value.get(&["value"]).unwrap_or(&entry.value);
            if let Some(value) = value.as_str() {
                self.set(&entry.key, value, &entry.key_at);
            }
        }
    }

    /// Adds what a command sets: for a program behind it, for those that follow, for the steps that follow, or for cargo.
    pub(super) fn command(&mut self, command: &Command) {
        let Some((program, given)) = command.program() else { return };
        let before = &command.words[..command.words.len() - given.len() - 1];
        let for_steps = command.words.iter().any(|word| word.contains("GITHUB_ENV"));
        let (before, given) = match program {
            "export" => (given, &[][..]),
            "echo" if for_steps => (given, &[][..]),
            _ => (before, given),
        };
        for (name, value) in before.iter().filter_map(|word| word.split_once('=')) {
            self.set(name, value, &command.at);
        }
        if let Some((name, value)) = program.strip_prefix("$env:").and_then(|set| set.split_once('=')) {
            self.set(name, value, &command.at);
        }
        if program != "cargo" {
            return;
        }
        let own = given.iter().take_while(|word| *word != "--");
        let next = own.clone().skip(1).map(Some).chain([None]);
        for (word, next) in own.zip(next) {
            let setting =
                word.strip_prefix("--config=").or(next.filter(|_| word == "--config").map(String::as_str));
            let Some((key, value)) = setting.and_then(|setting| setting.split_once('=')) else { continue };
            if let Some((name, _)) = COMPILERS.iter().find(|(_, known)| *known == key.trim()) {
                self.set(name, value.trim().trim_matches(['"', '\'']), &command.at);
            }
        }
    }

    fn set(&mut self, name: &str, value: &str, at: &Location) {
        // What is put together elsewhere is not known here.
        if value.contains('$') {
            return;
        }
        if name == "RUSTFLAGS" {
            self.flags.push(Placed { value: flags::of_text(value, at), at: at.clone() });
        }
        // An empty name switches a wrapper off.
        if COMPILERS.iter().any(|(known, _)| *known == name) && !value.trim().is_empty() {
            self.compilers.push(Placed { value: (name.to_owned(), value.trim().to_owned()), at: at.clone() });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::script::{Shell, read};
    use super::*;
    use crate::document::parse_yaml;
    use crate::source::Source;

    fn set_by(script: &str) -> (Vec<String>, Vec<String>) {
        let root = parse_yaml(&Source::new("t.yml", format!("run: |\n  {script}\n"))).expect("YAML");
        let mut found = Variables::default();
        let shell = if script.starts_with("$env") { Shell::Windows } else { Shell::Posix };
        for command in read(root.get(&["run"]).expect("a script"), shell) {
            found.command(&command);
        }
        let flags = found.flags.iter().flat_map(|set| &set.value).map(|flag| flag.text.clone()).collect();
        let compilers =
            found.compilers.into_iter().map(|set| format!("{} {}", set.value.0, set.value.1)).collect();
        (flags, compilers)
    }

    #[test]
    fn what_a_script_sets_is_found_where_a_shell_looks_for_it() {
        for (script, flags, compilers) in [
            ("RUSTFLAGS='-C a=b' cargo build", vec!["-Ca=b"], vec![]),
            ("env RUSTFLAGS=-Ca RUSTC_WRAPPER=sccache cargo b", vec!["-Ca"], vec!["RUSTC_WRAPPER sccache"]),
            ("export RUSTC=./rustc.sh RUSTFLAGS=\"-C a\"", vec!["-Ca"], vec!["RUSTC ./rustc.sh"]),
            ("echo \"RUSTFLAGS=-C a\" >> \"$GITHUB_ENV\"", vec!["-Ca"], vec![]),
            ("$env:RUSTFLAGS=\"-C a\"", vec!["-Ca"], vec![]),
            ("cargo --config build.rustc-wrapper='\"w\"' b", vec![], vec!["RUSTC_WRAPPER w"]),
            ("cargo b --config='build.rustc = \"r\"'", vec![], vec!["RUSTC r"]),
            ("RUSTFLAGS=\"$RUSTFLAGS -C a\" cargo b", vec![], vec![]),
            ("RUSTC_WRAPPER= cargo b", vec![], vec![]),
            ("RUSTFLAGS='-C a'", vec![], vec![]),
            ("echo RUSTFLAGS=-Ca", vec![], vec![]),
            ("cargo run -- --config build.rustc=x", vec![], vec![]),
            ("cargo b --config other.toml --config net.offline=true", vec![], vec![]),
        ] {
            let (found_flags, found_compilers) = set_by(script);
            assert_eq!(
                (found_flags, found_compilers),
                (
                    flags.iter().map(ToString::to_string).collect(),
                    compilers.iter().map(ToString::to_string).collect()
                ),
                "{script}"
            );
        }
    }
}
