//! The floors of the building: every module uses only modules before it in the chain that the
//! documentation of `src/lib.rs` shows, foreign types stay on the floor of facts, and the house
//! rules that a machine can read are kept.
//!
//! Tokens are looked at, not syntax trees, so that a path in the arguments of a macro counts too.

#![expect(clippy::expect_used, reason = "a test ends where it can't go on")]

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use proc_macro2::{Delimiter, TokenStream, TokenTree};

/// Crates whose types stop inside `facts`, and the files beside it that may name them.
const FOREIGN: &[(&str, &[&str])] = &[
    ("syn", &[]),
    ("proc_macro2", &[]),
    ("cargo_metadata", &[]),
    ("cargo_lock", &[]),
    ("guppy", &[]),
    ("rustsec", &[]),
    ("cvss", &[]),
    ("saphyr_parser", &["document/yaml.rs"]),
    ("spdx", &[]),
    ("toml", &["document/mod.rs"]),
    ("hcl_edit", &["document/hcl.rs"]),
    // Drawings are read back, as a test.
    ("roxmltree", &["evidence/threats/tests.rs"]),
    ("jsonc_parser", &["document/json.rs"]),
    ("saphyr_parser", &["document/yaml.rs"]),
    ("toml_edit", &["document/edit.rs"]),
    // Runs the examples of pages, as a test.
    ("git2", &["checks/examples.rs"]),
];

/// Lines without tests above which a file has to say why it is not two.
const LONG: usize = 400;

/// Files above [`LONG`] lines, each with the reason.
const LONG_WITH_REASON: &[(&str, &str)] = &[
    (
        "checks/workspace/build_code.rs",
        "what build code does, and how each of its rules tells it, are one matter",
    ),
    ("evidence/sbom/spdx3.rs", "one format: its shapes and how they are filled are read side by side"),
    ("facts/components/mod.rs", "mostly shapes, which every other floor reads: one page shows them all"),
    ("facts/workspace/mod.rs", "mostly shapes, which every other floor reads: one page shows them all"),
    (
        "checks/code/flow.rs",
        "one question, asked in parts: what a value is made of, and what was compared before",
    ),
    (
        "checks/code/threads.rs",
        "one matter: what a type holds, what it promises, and what keeps threads apart",
    ),
    ("facts/threats/model.rs", "mostly shapes, which every other floor reads: one page shows them all"),
    ("evidence/threats/native.rs", "one format: a function for each of its tables"),
    ("cli/arguments.rs", "every command and every word of a check: one page shows what can be typed"),
    ("facts/code/names.rs", "one resolver: its questions lead to each other"),
    ("facts/code/syntax/visitor.rs", "one visitor: an arm for every kind of node"),
    ("facts/code/tree.rs", "the module tree: files, scopes and their conditions are found together"),
    ("facts/inventory/scan.rs", "one scanner: what a token means depends on those before it"),
    ("rule.rs", "what a page says and how it is read change together"),
];

struct File {
    /// Relative to `src`, with `/`.
    path: String,
    text: String,
    tokens: TokenStream,
}

impl File {
    /// True for a file that is compiled for tests only.
    fn of_tests(&self) -> bool {
        self.path == "checks/examples.rs" || self.path.ends_with("tests.rs") || self.path.contains("/tests/")
    }

    /// The text up to the first test module.
    fn product(&self) -> &str {
        self.text.split("#[cfg(test)]\nmod ").next().unwrap_or_default()
    }

    /// What it names outside of its tests.
    fn names(&self) -> Names {
        let mut names = Names::default();
        walk(self.tokens.clone(), &module(&self.path), &mut names);
        names
    }
}

fn files() -> Vec<File> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut paths = Vec::new();
    collect(&root, &mut paths);
    paths.sort();
    paths
        .iter()
        .map(|path| {
            let text = std::fs::read_to_string(path).expect("a source file");
            let tokens = text.parse().expect("Rust");
            let path = path.strip_prefix(&root).expect("below src").to_string_lossy().replace('\\', "/");
            File { path, text, tokens }
        })
        .collect()
}

fn collect(folder: &Path, into: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            collect(&path, into);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            into.push(path);
        }
    }
}

/// The modules in their order, as the documentation of the crate shows them.
fn chain(files: &[File]) -> Vec<String> {
    let lib = files.iter().find(|file| file.path == "lib.rs").expect("src/lib.rs");
    let line = lib.text.lines().find(|line| line.contains(" <- ")).expect("the chain");
    let names = line.trim_start_matches("//!").trim().trim_matches('`');
    names.split(" <- ").map(|name| name.trim_matches('`').to_owned()).collect()
}

/// The path of the module that a file holds, without `crate`.
fn module(path: &str) -> Vec<String> {
    let stem = path.strip_suffix(".rs").unwrap_or(path);
    let parts = stem.split('/').filter(|part| !matches!(*part, "mod" | "lib"));
    parts.map(str::to_owned).collect()
}

/// What a file names: modules of this crate's root, and crates.
#[derive(Default)]
struct Names {
    floors: BTreeSet<String>,
    crates: BTreeSet<String>,
    /// Ways out of a function that nobody planned: `.unwrap(..)`, `todo!`.
    escapes: BTreeSet<String>,
}

/// Walks tokens outside of `#[cfg(test)]` items.
fn walk(tokens: TokenStream, module: &[String], names: &mut Names) {
    let tokens: Vec<TokenTree> = tokens.into_iter().collect();
    let mut at = 0;
    while at < tokens.len() {
        if is_test_attribute(&tokens, at) {
            at = end_of_item(&tokens, at + 2);
            continue;
        }
        match &tokens[at] {
            TokenTree::Group(group) => {
                let mut path = module.to_vec();
                path.extend(inline_module(&tokens, at));
                // `super` in a macro is where the macro is called: never mind how far it climbs.
                if at >= 3 && is_ident(&tokens, at - 3, "macro_rules") {
                    path.extend(std::iter::repeat_n(String::new(), 9));
                }
                walk(group.stream(), &path, names);
            }
            TokenTree::Ident(ident) if !behind_colons(&tokens, at) => match ident.to_string().as_str() {
                "crate" => names.floors.extend(heads(&tokens, at + 1)),
                "super" => climb(&tokens, at, module, names),
                "unwrap" if at > 0 && is_punct(&tokens, at - 1, '.') => {
                    names.escapes.insert(".unwrap".to_owned());
                }
                name @ ("todo" | "unimplemented" | "dbg") if is_punct(&tokens, at + 1, '!') => {
                    names.escapes.insert(format!("{name}!"));
                }
                name if colons(&tokens, at + 1) || (at > 0 && is_ident(&tokens, at - 1, "use")) => {
                    names.crates.insert(name.to_owned());
                }
                _ => {}
            },
            _ => {}
        }
        at += 1;
    }
}

/// `super::super::name` from within a module: only what reaches the root names a floor.
fn climb(tokens: &[TokenTree], mut at: usize, module: &[String], names: &mut Names) {
    let mut depth = module.len();
    while is_ident(tokens, at, "super") {
        depth = depth.saturating_sub(1);
        if !colons(tokens, at + 1) {
            return;
        }
        at += 3;
    }
    if depth == 0 {
        names.floors.extend(heads(tokens, at - 2));
    }
}

/// The first names behind `::`, which may open a group.
fn heads(tokens: &[TokenTree], at: usize) -> Vec<String> {
    if !colons(tokens, at) {
        return Vec::new();
    }
    match tokens.get(at + 2) {
        Some(TokenTree::Ident(ident)) => vec![ident.to_string()],
        Some(TokenTree::Group(group)) => {
            let inner: Vec<TokenTree> = group.stream().into_iter().collect();
            let starts = |index: &usize| *index == 0 || is_punct(&inner, index - 1, ',');
            (0..inner.len())
                .filter(starts)
                .filter_map(|index| match &inner[index] {
                    TokenTree::Ident(ident) => Some(ident.to_string()),
                    _ => None,
                })
                .collect()
        }
        _ => Vec::new(),
    }
}

fn is_punct(tokens: &[TokenTree], at: usize, wanted: char) -> bool {
    matches!(tokens.get(at), Some(TokenTree::Punct(punct)) if punct.as_char() == wanted)
}

fn is_ident(tokens: &[TokenTree], at: usize, wanted: &str) -> bool {
    matches!(tokens.get(at), Some(TokenTree::Ident(ident)) if ident == wanted)
}

fn colons(tokens: &[TokenTree], at: usize) -> bool {
    is_punct(tokens, at, ':') && is_punct(tokens, at + 1, ':')
}

fn behind_colons(tokens: &[TokenTree], at: usize) -> bool {
    at >= 2 && colons(tokens, at - 2)
}

/// The name in `mod name { .. }`, seen from its braces.
fn inline_module(tokens: &[TokenTree], braces: usize) -> Option<String> {
    let before = braces.checked_sub(2)?;
    match &tokens[before + 1] {
        TokenTree::Ident(name) if is_ident(tokens, before, "mod") => Some(name.to_string()),
        _ => None,
    }
}

fn is_test_attribute(tokens: &[TokenTree], at: usize) -> bool {
    is_punct(tokens, at, '#')
        && matches!(tokens.get(at + 1), Some(TokenTree::Group(group))
            if group.delimiter() == Delimiter::Bracket
                && group.stream().to_string().split_whitespace().collect::<String>() == "cfg(test)")
}

fn end_of_item(tokens: &[TokenTree], from: usize) -> usize {
    let ends = |at: &usize| {
        is_punct(tokens, *at, ';')
            || matches!(&tokens[*at], TokenTree::Group(group) if group.delimiter() == Delimiter::Brace)
    };
    (from..tokens.len()).find(ends).map_or(tokens.len(), |at| at + 1)
}

#[test]
fn every_module_uses_only_modules_before_it() {
    let files = files();
    let chain = chain(&files);
    // Names of other floors that the crate root hands on.
    let roots: BTreeMap<&str, &str> =
        [("Error", "error"), ("Facts", "facts"), ("Report", "report"), ("Request", "request")].into();
    let rank = |name: &str| match name {
        // The pipeline itself stands on every floor but the gate and the command line.
        "inspect" => chain.iter().position(|floor| floor == "gate"),
        name => chain.iter().position(|floor| floor == roots.get(name).copied().unwrap_or(name)),
    };
    let mut faults = Vec::new();
    for file in files.iter().filter(|file| file.path != "lib.rs") {
        let module = module(&file.path);
        let own =
            rank(&module[0]).unwrap_or_else(|| panic!("`{}` is not in the chain of src/lib.rs", module[0]));
        for name in &file.names().floors {
            match rank(name) {
                Some(floor) if floor <= own => {}
                Some(_) => faults.push(format!("{}: uses `{name}`, a floor above it", file.path)),
                None => faults.push(format!("{}: `crate::{name}` is no floor", file.path)),
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn the_chain_names_every_module() {
    let files = files();
    let chain: BTreeSet<String> = chain(&files).into_iter().collect();
    let modules: BTreeSet<String> =
        files.iter().filter_map(|file| module(&file.path).into_iter().next()).collect();
    assert_eq!(chain, modules);
}

#[test]
fn foreign_types_stop_inside_facts() {
    let mut faults = Vec::new();
    for file in files().iter().filter(|file| !file.path.starts_with("facts/")) {
        let names = file.names();
        for (foreign, allowed) in FOREIGN {
            if names.crates.contains(*foreign) && !allowed.contains(&file.path.as_str()) {
                faults.push(format!("{}: names `{foreign}`", file.path));
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn exceptions_for_foreign_types_are_used() {
    let files = files();
    for (foreign, path) in FOREIGN.iter().flat_map(|(name, paths)| paths.iter().map(move |path| (name, path)))
    {
        let file = files.iter().find(|file| file.path == *path).expect("an excepted file");
        assert!(file.names().crates.contains(*foreign), "{path} no longer names `{foreign}`");
    }
}

#[test]
fn every_file_opens_with_a_map() {
    for file in files().iter().filter(|file| !file.of_tests()) {
        assert!(file.text.starts_with("//! "), "{} does not open with `//!`", file.path);
    }
}

#[test]
fn nothing_is_left_for_later_and_nothing_panics_on_the_way() {
    for file in files() {
        for word in ["TODO", "FIXME", "XXX", "HACK"] {
            let marked = file.text.split(|c: char| !c.is_alphanumeric()).any(|found| found == word);
            assert!(!marked, "{}: {word}", file.path);
        }
        let escapes = file.names().escapes;
        assert!(escapes.is_empty() || file.of_tests(), "{}: {escapes:?}", file.path);
    }
}

#[test]
fn long_files_have_a_reason() {
    let files = files();
    for file in files.iter().filter(|file| !file.of_tests()) {
        let lines = file.product().lines().count();
        match LONG_WITH_REASON.iter().find(|(path, _)| *path == file.path) {
            None => assert!(lines <= LONG, "{} has {lines} lines without tests: split it", file.path),
            Some((path, reason)) => {
                assert!(lines > LONG, "{path} is short now: take it off the list");
                assert!(!reason.is_empty(), "{path} is on the list without a reason");
            }
        }
    }
    for (path, _) in LONG_WITH_REASON {
        assert!(files.iter().any(|file| file.path == *path), "{path} is gone: take it off the list");
    }
}

#[test]
fn the_walk_sees_every_way_to_name_a_floor() {
    let text = r#"
        use crate::{alpha::A, beta, gamma::{B, C}};
        use super::super::delta::D;
        mod inner { use super::super::super::epsilon; use super::sibling; }
        fn f() { println!("{}", crate::zeta::Z); syn::parse(); a.toml::<x>(); other::git2::x(); }
        use rustsec;
        macro_rules! m { () => { super::super::super::eta::E } }
        fn g() { let s = ".unwrap()"; vec![x.unwrap()]; y.unwrap_or(todo!()); }
        #[cfg(test)]
        mod tests { use crate::hidden; use cargo_lock::Hidden; }
    "#;
    let mut names = Names::default();
    walk(text.parse().expect("tokens"), &["cli".to_owned(), "deep".to_owned()], &mut names);
    let floors: Vec<&str> = names.floors.iter().map(String::as_str).collect();
    assert_eq!(floors, ["alpha", "beta", "delta", "epsilon", "gamma", "zeta"]);
    assert_eq!(names.escapes.into_iter().collect::<Vec<_>>(), [".unwrap", "todo!"]);
    for (name, named) in [("syn", true), ("rustsec", true), ("git2", false), ("cargo_lock", false)] {
        assert_eq!(names.crates.contains(name), named, "{name}");
    }
}
