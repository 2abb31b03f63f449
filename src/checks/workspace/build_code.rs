//! Checks on the workspace's own code that runs while the product is built: build scripts and
//! procedural macros.

use crate::checks::code::process::{Given, STARTS};
use crate::facts::Facts;
use crate::facts::code::{Argument, Call, Callee, Scope, Value};
use crate::facts::known::words::words;
use crate::facts::workspace::flags::linker_flags;
use crate::facts::workspace::{TargetKind, matches};
use crate::finding::Findings;
use crate::source::{Location, Placed};

use super::flags::weakens_linked;

/// Crates that speak to others over a network.
const NETWORK: &[&str] = &[
    "attohttpc",
    "awc",
    "curl",
    "hyper",
    "hyper_util",
    "isahc",
    "lettre",
    "minreq",
    "octocrab",
    "reqwest",
    "self_update",
    "ssh2",
    "suppaftp",
    "surf",
    "tokio_tungstenite",
    "tungstenite",
    "ureq",
];

/// Paths of the standard library, and of crates that do other things too.
const NETWORK_PATHS: &[&str] = &[
    "std::net::TcpStream::*",
    "std::net::TcpListener::*",
    "std::net::UdpSocket::*",
    "tokio::net::*",
    "async_std::net::*",
    "git2::Repository::clone*",
    "git2::build::RepoBuilder::*",
    "gix::prepare_clone*",
    "gix::clone::*",
];

/// Programs that fetch something, with the words that make them do so; none where they always do.
const FETCHERS: &[(&str, &[&str])] = &[
    ("aria2c", &[]),
    ("curl", &[]),
    ("wget", &[]),
    ("git", &["clone", "fetch", "pull", "submodule", "remote"]),
    ("cargo", &["install", "fetch", "add", "update"]),
    ("npm", &["install", "i", "ci", "exec"]),
    ("npx", &[]),
    ("yarn", &["install", "add", "dlx"]),
    ("pnpm", &["install", "i", "add", "dlx"]),
    ("bun", &["install", "add"]),
    ("pip", &["install", "download"]),
    ("pip3", &["install", "download"]),
    ("go", &["get", "install", "mod"]),
    ("docker", &["pull", "run", "build"]),
    ("brew", &["install"]),
    ("apt-get", &["install"]),
    ("vcpkg", &["install"]),
];

/// Programs that compile, or say how to.
const COMPILERS: &[&str] = &[
    "ar",
    "as",
    "bindgen",
    "c++",
    "capnp",
    "cargo",
    "cbindgen",
    "cc",
    "cl",
    "clang",
    "clang++",
    "cmake",
    "flatc",
    "g++",
    "gcc",
    "gmake",
    "ld",
    "lld",
    "llvm-config",
    "make",
    "meson",
    "ml64",
    "nasm",
    "ninja",
    "nmake",
    "objcopy",
    "pkg-config",
    "pkgconf",
    "protoc",
    "ranlib",
    "rc",
    "rustc",
    "rustfmt",
    "uname",
    "windres",
    "xcode-select",
    "xcrun",
    "yasm",
];

/// What `git` is asked to tell which state is built.
const TELLING: &[&str] = &[
    "--version",
    "branch",
    "config",
    "describe",
    "diff",
    "diff-index",
    "for-each-ref",
    "hash-object",
    "log",
    "ls-files",
    "name-rev",
    "rev-list",
    "rev-parse",
    "show",
    "show-ref",
    "status",
    "symbolic-ref",
    "tag",
];

/// Functions that write a file or folder, with the position of its path.
const WRITES: &[(&str, usize)] = &[
    ("std::fs::File::create", 0),
    ("std::fs::File::create_new", 0),
    ("std::fs::copy", 1),
    ("std::fs::create_dir", 0),
    ("std::fs::create_dir_all", 0),
    ("std::fs::hard_link", 1),
    ("std::fs::remove_dir", 0),
    ("std::fs::remove_dir_all", 0),
    ("std::fs::remove_file", 0),
    ("std::fs::rename", 1),
    ("std::fs::write", 0),
];

/// Code generators, and their methods that say where files go.
const GENERATORS: &[&str] = &[
    "bindgen",
    "capnpc",
    "cbindgen",
    "flatc_rust",
    "pb_rs",
    "prost_build",
    "protobuf_codegen",
    "tonic_build",
    "tonic_prost_build",
];
const GENERATE: &[&str] = &["out_dir", "write_to_file", "output_path"];

/// Flags for a C compiler that take a protection away.
const UNPROTECTED: &[&str] = &[
    "-fno-stack-protector",
    "-fno-pie",
    "-fno-PIE",
    "-fno-stack-clash-protection",
    "-fcf-protection=none",
    "-U_FORTIFY_SOURCE",
    "-D_FORTIFY_SOURCE=0",
    "/GS-",
    "-mno-branch-protection",
    "-mbranch-protection=none",
];

/// The calls in own code that runs while the product is built.
fn of_build(facts: &Facts) -> impl Iterator<Item = &Call> {
    facts.code.calls.iter().filter(|call| runs_in_build(facts, call))
}

fn runs_in_build(facts: &Facts, call: &Call) -> bool {
    let Some(unit) = facts.code.units.get(call.site.unit) else { return false };
    let member = facts.workspace.members.get(unit.member).filter(|member| member.chosen);
    let macros = member.is_some_and(|member| member.proc_macro) && unit.kind == TargetKind::Library;
    match call.site.scope {
        Scope::Build => member.is_some(),
        Scope::Product => macros,
        Scope::Test => false,
    }
}

/// The full path of what is called.
fn path(call: &Call) -> Option<&str> {
    match &call.callee {
        Callee::Path(name) | Callee::Macro(name) => name.resolved.as_deref(),
        Callee::Method { .. } => None,
    }
}

pub(super) fn build_code_downloads(facts: &Facts, found: &mut Findings<'_>) {
    let mut told: Option<(&str, &str)> = None;
    for call in of_build(facts) {
        let Some(path) = path(call) else { continue };
        let is_network = NETWORK.contains(&path.split("::").next().unwrap_or_default())
            || NETWORK_PATHS.iter().any(|pattern| matches(pattern, path));
        // One connection takes many calls: the first of each function speaks for all.
        let place = Some((call.site.at.path(), call.site.within.as_str()));
        if is_network && told != place {
            told = place;
            let message = format!("`{path}` uses the network while the product is built");
            found.add(&call.site.at, message).about(&call.site.within);
        }
    }
    for started in started(facts) {
        if let Some(words) = started.fetches() {
            let message = format!("`{words}` fetches something while the product is built");
            found.add(&started.call.site.at, message).about(&started.call.site.within);
        }
    }
}

pub(super) fn build_code_starts_program(facts: &Facts, found: &mut Findings<'_>) {
    for started in started(facts).filter(|started| started.fetches().is_none()) {
        let named = facts.policy.build.tools.iter().any(|tool| tool.value == started.program);
        let tells = started.name() == "git"
            && started
                .words
                .iter()
                .find(|word| !word.starts_with('-') || *word == "--version")
                .is_none_or(|word| TELLING.contains(&word.as_str()));
        if !(named || tells || COMPILERS.contains(&started.name())) {
            let message = format!("`{}` is started while the product is built", started.program);
            found
                .add(&started.call.site.at, message)
                .about(&started.program)
                .about(&started.call.site.within);
        }
    }
}

/// A program that build code starts.
struct Started<'a> {
    call: &'a Call,
    program: String,
    /// Its arguments, as far as they are known.
    words: Vec<String>,
}

/// The programs that are started, where their names are written out.
fn started(facts: &Facts) -> impl Iterator<Item = Started<'_>> {
    let given = Given::of(&facts.code.calls);
    of_build(facts).filter_map(move |call| {
        let path = path(call)?;
        if STARTS.contains(&path) {
            let Some(Value::Text(program)) = call.arguments.first().map(|argument| &argument.value) else {
                return None;
            };
            let words = given.to(call).into_iter().filter_map(|(value, _)| text(value));
            return Some(Started {
                call,
                program: program.clone(),
                words: words.map(str::to_owned).collect(),
            });
        }
        let line = match path {
            "xshell::cmd" => call.arguments.get(1)?,
            _ => return None,
        };
        let mut words = text(&line.value)?.split_whitespace().map(str::to_owned);
        Some(Started { call, program: words.next()?, words: words.collect() })
    })
}

fn text(value: &Value) -> Option<&str> {
    match value {
        Value::Text(text) => Some(text),
        _ => None,
    }
}

impl Started<'_> {
    /// The name of a program that is searched for, or that lies at an absolute place.
    fn name(&self) -> &str {
        let name = match self.program.strip_prefix('/') {
            Some(path) => path.rsplit('/').next().unwrap_or(path),
            None => &self.program,
        };
        name.strip_suffix(".exe").unwrap_or(name)
    }

    /// The words that make it fetch something.
    fn fetches(&self) -> Option<String> {
        let (_, verbs) = FETCHERS.iter().find(|(name, _)| *name == self.name())?;
        if verbs.is_empty() {
            return Some(self.name().to_owned());
        }
        let verb = self.words.iter().find(|word| !word.starts_with('-'))?;
        verbs.contains(&verb.as_str()).then(|| format!("{} {verb}", self.name()))
    }
}

pub(super) fn build_code_writes_elsewhere(facts: &Facts, found: &mut Findings<'_>) {
    for call in of_build(facts) {
        let target = match &call.callee {
            Callee::Path(name) => {
                let known = WRITES.iter().find(|(path, _)| name.is_any(&[path]));
                known.and_then(|(_, position)| call.arguments.get(*position))
            }
            Callee::Method { name, receiver, chain } => {
                let of_file =
                    receiver.as_ref().is_some_and(|name| name.is_any(&["std::fs::OpenOptions::new"]));
                let writes = chain
                    .iter()
                    .any(|step| ["write", "append", "create", "create_new"].contains(&step.as_str()));
                let generator = receiver.as_ref().and_then(|name| name.resolved.as_deref());
                let generates = generator
                    .is_some_and(|path| GENERATORS.contains(&path.split("::").next().unwrap_or_default()));
                let opens = of_file && writes && name == "open";
                (opens || (generates && GENERATE.contains(&name.as_str())))
                    .then(|| call.arguments.first())
                    .flatten()
            }
            Callee::Macro(_) => None,
        };
        if let Some((target, path)) = target.and_then(|target| Some((target, fixed_path(&target.value)?))) {
            let message =
                format!("`{path}` is written while the product is built, beside the folder meant for it");
            found.add(&target.at, message).about(&call.site.within);
        }
    }
}

/// A path that does not start from a variable of cargo.
fn fixed_path(value: &Value) -> Option<String> {
    match value {
        Value::Text(text) => Some(text.clone()),
        Value::Composed(parts) => {
            let first = parts.first()?.as_ref().filter(|first| !first.is_empty())?;
            let rest = parts[1..].iter().map(|part| part.as_deref().unwrap_or("…"));
            Some(std::iter::once(first.as_str()).chain(rest).collect())
        }
        _ => None,
    }
}

pub(super) fn secret_in_build_env(facts: &Facts, found: &mut Findings<'_>) {
    for (at, line) in instructions(facts) {
        let Some(name) = line.strip_prefix("rustc-env=").and_then(|rest| rest.split('=').next()) else {
            continue;
        };
        let name = name.trim();
        if words().secret.names(&name.to_ascii_lowercase()) {
            let message = format!("`{name}` becomes part of the program while it is built");
            found.add(&at, message).about(name);
        }
    }
}

pub(super) fn build_script_weakens_product(facts: &Facts, found: &mut Findings<'_>) {
    let mut for_linker: Vec<(String, Location)> = Vec::new();
    for (at, line) in instructions(facts) {
        let argument =
            line.strip_prefix("rustc-link-arg").or_else(|| line.strip_prefix("rustc-cdylib-link-arg"));
        // `-bins=`, `-bin=NAME=` and the like say for what; tests and benches are not the product.
        if let Some((of, word)) = argument.and_then(|rest| rest.split_once('='))
            && !["-tests", "-benches", "-examples"].contains(&of)
        {
            let word = if of == "-bin" { word.split_once('=').map_or(word, |(_, word)| word) } else { word };
            for_linker.push((word.to_owned(), at));
        } else if let Some(cfg) = line.strip_prefix("rustc-cfg=")
            && let Some(what) = super::features::misplaced(cfg.trim())
        {
            found.add(&at, format!("the build script sets `{cfg}`, which is for {what}")).about(cfg);
        }
    }
    let for_linker: Vec<(&str, Location)> =
        for_linker.iter().map(|(word, at)| (word.as_str(), at.clone())).collect();
    for flag in linker_flags(&for_linker) {
        if let Some(harm) = weakens_linked(&flag.value) {
            found.add(&flag.at, format!("`{}`: {harm}", flag.value)).about(flag.value);
        }
    }
    for (argument, flag) in of_build(facts).filter_map(for_c) {
        found.add(&argument.at, format!("`{flag}` compiles C code without a protection")).about(flag);
    }
}

/// A flag for the C compiler that takes a protection away.
fn for_c(call: &Call) -> Option<(&Argument, &str)> {
    let Callee::Method { name, receiver, .. } = &call.callee else { return None };
    let of_cc = receiver.as_ref()?.resolved.as_deref()?.starts_with("cc::Build");
    let argument = call.arguments.first().filter(|_| of_cc)?;
    let flag = text(&argument.value)?;
    let takes = matches!(name.as_str(), "flag" | "flag_if_supported") && UNPROTECTED.contains(&flag);
    let undefines = name == "define"
        && flag == "_FORTIFY_SOURCE"
        && matches!(call.arguments.get(1).map(|value| &value.value), Some(Value::Text(level)) if level == "0");
    (takes || undefines).then_some((argument, flag))
}

/// What build scripts print for cargo, without `cargo:` before it; what is put in is put in where it
/// is known.
fn instructions(facts: &Facts) -> impl Iterator<Item = (Location, String)> {
    of_build(facts).filter(|call| call.site.scope == Scope::Build).flat_map(|call| {
        let prints = matches!(path(call), Some("std::println" | "std::print" | "std::writeln"));
        let template = if prints { printed(&call.arguments) } else { None };
        let (at, text) = template.map_or((call.site.at.clone(), String::new()), |text| (text.at, text.value));
        let lines = text.lines().filter_map(|line| {
            let line = line.trim_start();
            line.strip_prefix("cargo::").or_else(|| line.strip_prefix("cargo:")).map(str::to_owned)
        });
        lines.map(|line| (at.clone(), line)).collect::<Vec<_>>()
    })
}

/// The text of a print macro, with the values that are known in the places of `{}`.
fn printed(arguments: &[Argument]) -> Option<Placed<String>> {
    let (at, template, rest) = arguments.iter().enumerate().find_map(|(index, argument)| {
        let template = text(&argument.value).filter(|text| text.trim_start().starts_with("cargo:"))?;
        Some((&argument.at, template, &arguments[index + 1..]))
    })?;
    let mut filled = String::new();
    let mut values = rest.iter();
    for (index, part) in template.split("{}").enumerate() {
        if index > 0 {
            filled += values.next().and_then(|value| text(&value.value)).unwrap_or("{}");
        }
        filled += part;
    }
    Some(Placed { value: filled, at: at.clone() })
}
