//! Compiler and linker flags of the cargo configuration.

use crate::document::Value;
use crate::facts::Facts;
use crate::facts::workspace::flags::Flag;
use crate::facts::workspace::{Workspace, matches};
use crate::finding::Findings;

/// Flags of the compiler that switch a protection off, and what is lost.
const COMPILER: &[(&str, &[&str], &str)] = &[
    ("-Coverflow-checks", OFF, "integer overflow passes"),
    ("-Cdebug-assertions", OFF, "assertions are skipped"),
    ("-Crelocation-model", &["static", "dynamic-no-pic"], "code lies at addresses that everybody knows"),
    ("-Crelro-level", &["off", "partial"], "tables of function addresses stay writable"),
    ("-Zrelro-level", &["off", "partial"], "tables of function addresses stay writable"),
];

const OFF: &[&str] = &["off", "no", "n", "false"];

/// What a linker reads, in lower case, and what is lost.
const LINKER: &[(&str, &str)] = &[
    ("-z norelro", "tables of function addresses stay writable"),
    ("-z lazy", "tables of function addresses stay writable"),
    ("-z execstack", "the stack can be executed"),
    ("-allow_stack_execute", "the stack can be executed"),
    ("-allow_heap_execute", "the heap can be executed"),
    ("-z notext", "code is writable while it is loaded"),
    ("--omagic", "code is writable"),
    ("-no-pie", "code lies at addresses that everybody knows"),
    ("--no-pie", "code lies at addresses that everybody knows"),
    ("-nopie", "code lies at addresses that everybody knows"),
    ("-no_pie", "code lies at addresses that everybody knows"),
    ("/dynamicbase:no", "code lies at addresses that everybody knows"),
    ("/highentropyva:no", "code lies at addresses that are easily guessed"),
    ("/nxcompat:no", "data can be executed"),
    ("/guard:no", "jumps to any address are let pass"),
    ("/safeseh:no", "forged exception handlers are let pass"),
    ("/cetcompat:no", "forged return addresses are let pass"),
];

/// Folders that everybody can write to.
const SHARED: &[&str] = &["/tmp", "/var/tmp", "/dev/shm"];

pub(super) fn hardening_off(facts: &Facts, found: &mut Findings<'_>) {
    let without_system = built_without_system(&facts.workspace);
    for flag in facts.workspace.flags() {
        let bare = flag.target.as_deref().map_or(without_system, is_without_system);
        if let Some(harm) = weakens(&flag).filter(|_| !bare) {
            found.add(&flag.at, format!("`{}`: {harm}", flag.text)).about(&flag.text);
        }
    }
}

/// What is lost by a flag.
fn weakens(flag: &Flag) -> Option<String> {
    if flag.linker {
        return weakens_linked(&flag.text);
    }
    let (name, value) = flag.text.split_once('=')?;
    let (.., harm) = COMPILER.iter().find(|(known, values, _)| *known == name && values.contains(&value))?;
    Some((*harm).to_owned())
}

/// What is lost by a flag for the linker.
pub(super) fn weakens_linked(flag: &str) -> Option<String> {
    let text = flag.to_ascii_lowercase();
    // Microsoft's linker takes a dash for a slash.
    let slashed = text.replacen('-', "/", 1);
    let known = LINKER.iter().find(|(known, _)| text == *known || slashed == *known);
    known.map(|(_, harm)| (*harm).to_owned()).or_else(|| loads_from_anywhere(flag))
}

/// `-rpath` with a folder that depends on where the program is started, or that everybody can write to.
fn loads_from_anywhere(text: &str) -> Option<String> {
    let path = text.strip_prefix("-rpath ")?;
    let open = |part: &str| {
        let known = part.starts_with(['/', '$', '@']);
        !known || SHARED.iter().any(|folder| part == *folder || part.starts_with(&format!("{folder}/")))
    };
    path.split(':')
        .any(open)
        .then(|| "libraries are loaded from a folder that others can write to".to_owned())
}

/// True for a target without an operating system: nothing there loads a program at random addresses.
fn is_without_system(target: &str) -> bool {
    target.contains("-none") || target.contains("-unknown-unknown") || target.contains("target_os = \"none\"")
}

/// True where every target of the configuration is one without an operating system.
fn built_without_system(workspace: &Workspace) -> bool {
    let configured =
        workspace.cargo_config.iter().find(|entry| entry.in_workspace && entry.key == "build.target");
    let Some(value) = configured.map(|entry| &entry.value) else { return false };
    let single = value.as_str().into_iter();
    let mut targets = single.chain(value.items().iter().filter_map(Value::as_str)).peekable();
    targets.peek().is_some() && targets.all(is_without_system)
}

pub(super) fn compiler_flag_not_allowed(facts: &Facts, found: &mut Findings<'_>) {
    let Some(allowed) = &facts.policy.build.flags else { return found.undecided() };
    // Levels of lints have rules of their own.
    for flag in facts.workspace.flags().iter().filter(|flag| !flag.is_lint()) {
        let written = flag.written();
        if !allowed.iter().any(|pattern| matches(&pattern.value, &written)) {
            found
                .add(&flag.at, format!("`{written}` is not among the flags that were decided on"))
                .about(&written)
                .help(format!("take it out, or add {written:?} to `flags` in [build] of the policy"));
        }
    }
}
