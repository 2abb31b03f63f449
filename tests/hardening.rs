//! Hostile and broken workspaces through the library's front door: nothing of them runs, nothing is
//! written into them, and what cannot be told is said.

#![expect(clippy::expect_used, reason = "a test ends where it can't go on")]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use cargo_health_sec::facts::{Gap, Kind};
use cargo_health_sec::{Facts, Request};

const PUMP: &[(&str, &str)] = &[
    ("Cargo.toml", "[workspace]\nmembers = [\"pump\", \"motor\"]\nresolver = \"2\"\n"),
    (
        "pump/Cargo.toml",
        "[package]\nname = \"pump\"\nversion = \"0.1.0\"\nedition = \"2024\"\n[dependencies]\nmotor = { path = \"../motor\" }\n",
    ),
    ("pump/src/main.rs", "fn main() { unsafe { core::hint::unreachable_unchecked() } }\n"),
    ("motor/Cargo.toml", "[package]\nname = \"motor\"\nversion = \"0.1.0\"\nedition = \"2024\"\n"),
    ("motor/src/lib.rs", "pub fn step() {}\n"),
    (
        "Cargo.lock",
        "version = 4\n\n[[package]]\nname = \"motor\"\nversion = \"0.1.0\"\n\n[[package]]\nname = \"pump\"\nversion = \"0.1.0\"\ndependencies = [\n \"motor\",\n]\n",
    ),
];

fn write(root: &Path, files: &[(&str, &str)]) {
    for (path, text) in files {
        let path = root.join(path);
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        std::fs::write(path, text).expect("a file");
    }
}

fn workspace() -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a temporary folder");
    write(folder.path(), PUMP);
    folder
}

fn gather(root: &Path) -> Facts {
    Facts::gather(&Request::new(root, jiff::civil::date(2026, 11, 1))).expect("facts")
}

fn has_gap(facts: &Facts, kind: Kind, fits: impl Fn(&Gap) -> bool) -> bool {
    facts.gaps.iter().any(|gap| gap.kind == kind && fits(gap))
}

/// Every file and folder below a folder, with its text and the time of its last change.
fn snapshot(folder: &Path) -> BTreeMap<PathBuf, (Vec<u8>, std::time::SystemTime)> {
    let mut files = BTreeMap::new();
    let mut waiting = vec![folder.to_owned()];
    while let Some(path) = waiting.pop() {
        let time = std::fs::metadata(&path).and_then(|metadata| metadata.modified()).expect("a time");
        if path.is_dir() {
            waiting.extend(std::fs::read_dir(&path).expect("a folder").flatten().map(|entry| entry.path()));
            files.insert(path, (Vec::new(), time));
        } else {
            let text = std::fs::read(&path).expect("a file");
            files.insert(path, (text, time));
        }
    }
    files
}

#[test]
#[cfg(unix)]
fn nothing_planted_runs_and_nothing_is_written() {
    use std::os::unix::fs::PermissionsExt as _;

    let folder = workspace();
    let root = folder.path();
    let outside = tempfile::tempdir().expect("a temporary folder");
    let mark = outside.path().join("mark");
    let program = root.join("tools/planted");
    let script = format!("#!/bin/sh\ntouch '{}'\nexec rustc \"$@\"\n", mark.display());
    write(
        root,
        &[
            ("tools/planted", &script),
            ("tools/rustc", &script),
            ("tools/cargo", &script),
            ("tools/git", &script),
            ("pump/build.rs", "fn main() { std::fs::write(\"ran\", \"\").unwrap(); }"),
            ("target/.rustc_info.json", "{}"),
            ("rust-toolchain.toml", "[toolchain]\npath = \"tools\"\n"),
        ],
    );
    for name in ["planted", "rustc", "cargo", "git"] {
        let path = root.join("tools").join(name);
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o755)).expect("executable");
    }
    let program = program.display();
    write(
        root,
        &[
            (
                ".cargo/config.toml",
                &format!(
                    "include = [\"more.toml\"]\n\
             [build]\nrustc = \"{program}\"\nrustc-wrapper = \"{program}\"\nrustc-workspace-wrapper = \"{program}\"\n\
             [env]\nPATH = {{ value = \"tools\", relative = true, force = true }}\n\
             RUSTC = {{ value = \"{program}\", force = true }}\n\
             [net]\ngit-fetch-with-cli = true\n\
             [registry]\nglobal-credential-providers = [\"{program}\"]\n"
                ),
            ),
            (".cargo/more.toml", "[build]\ntarget-dir = \"planted-target\"\n"),
        ],
    );
    let before = snapshot(root);
    let facts = gather(root);
    assert!(facts.components.resolved, "{:?}", facts.gaps);
    assert!(!mark.exists(), "a planted program ran");
    assert!(before == snapshot(root), "something in the tree was changed");
    let found = cargo_health_sec::checks::run(&facts).findings;
    let named = found.iter().filter(|finding| finding.rule.id == "cargo_config_runs_program").count();
    assert_eq!(named, 5, "each is told instead");
}

#[test]
fn a_broken_member_leaves_the_rest_inspected() {
    let folder = workspace();
    write(folder.path(), &[("motor/Cargo.toml", "[package\nname = \"motor\"\n")]);
    let facts = gather(folder.path());
    for kind in [Kind::Workspace, Kind::Code, Kind::Lints] {
        let placed = |gap: &Gap| gap.at.as_ref().is_some_and(|at| at.path() == "motor/Cargo.toml");
        assert!(has_gap(&facts, kind, placed), "{kind}: {:?}", facts.gaps);
    }
    assert!(has_gap(&facts, Kind::Components, |gap| gap.remedy == "mend the manifest"), "{:?}", facts.gaps);
    assert_eq!(facts.workspace.members.len(), 2);
    assert!(facts.workspace.member("pump").is_some_and(|member| !member.targets.is_empty()));
}

#[test]
fn a_missing_or_foreign_lock_file_is_said() {
    let folder = workspace();
    std::fs::remove_file(folder.path().join("Cargo.lock")).expect("removed");
    let facts = gather(folder.path());
    assert!(has_gap(&facts, Kind::Components, |gap| gap.remedy == "cargo generate-lockfile"));
    assert!(cargo_health_sec::checks::run(&facts).findings.iter().any(|f| f.rule.id == "lock_file_missing"));
    assert!(!folder.path().join("Cargo.lock").exists(), "it was not made by looking");

    write(folder.path(), &[("Cargo.lock", "<<<<<<< HEAD\nversion = 4\n")]);
    let facts = gather(folder.path());
    let at_the_top =
        |gap: &Gap| gap.at.as_ref().is_some_and(|at| at.path() == "Cargo.lock" && at.line() == 1);
    assert!(has_gap(&facts, Kind::Components, at_the_top), "{:?}", facts.gaps);
    assert!(!cargo_health_sec::checks::run(&facts).findings.iter().any(|f| f.rule.id == "lock_file_missing"));
}

#[test]
#[cfg(unix)]
fn links_that_loop_or_lead_away_end_the_reading_of_one_file() {
    let folder = workspace();
    let root = folder.path();
    let secret = tempfile::NamedTempFile::new().expect("a file");
    std::fs::write(secret.path(), "[package]\nname = \"secret\"\n").expect("written");
    std::fs::remove_file(root.join("motor/Cargo.toml")).expect("removed");
    std::os::unix::fs::symlink(secret.path(), root.join("motor/Cargo.toml")).expect("a link");
    std::os::unix::fs::symlink("config.toml", root.join("rust-toolchain.toml")).expect("a link");
    std::fs::create_dir(root.join(".cargo")).expect("a folder");
    std::os::unix::fs::symlink("config.toml", root.join(".cargo/config.toml")).expect("a link to itself");
    let facts = gather(root);
    assert!(facts.workspace.member("secret").is_none());
    assert!(has_gap(&facts, Kind::Workspace, |gap| gap.what == "motor/Cargo.toml"), "{:?}", facts.gaps);
}

/// The library that reads git data never comes back from a tree that is cut off.
#[test]
fn a_damaged_repository_does_not_hold_the_gate_for_ever() {
    let folder = workspace();
    let repository = git2::Repository::init(folder.path()).expect("a repository");
    let mut index = repository.index().expect("an index");
    index.add_all(["*"], git2::IndexAddOption::DEFAULT, None).expect("files can be added");
    index.write().expect("the index can be written");
    let tree = repository.find_tree(index.write_tree().expect("a tree")).expect("the tree");
    let person =
        git2::Signature::new("A. Person", "a.person@example.org", &git2::Time::new(0, 0)).expect("a name");
    repository.commit(Some("HEAD"), &person, &person, "all", &tree, &[]).expect("a commit");
    let id = tree.id().to_string();
    let object = repository.path().join("objects").join(&id[..2]).join(&id[2..]);
    let bytes = std::fs::read(&object).expect("the tree as a file");
    std::fs::remove_file(&object).expect("it can be replaced");
    std::fs::write(&object, &bytes[..bytes.len() / 2]).expect("half of it");

    let output = std::process::Command::new(env!("CARGO_BIN_EXE_cargo-health-sec"))
        .args(["check", "--since", "HEAD"])
        .current_dir(folder.path())
        .env("CARGO_HEALTH_SEC_GIT_SECONDS", "1")
        .env("CARGO_HEALTH_SEC_CACHE", "")
        .output()
        .expect("the program ends");
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(3), "{said}");
    assert!(said.contains("git fsck") && output.stdout.is_empty(), "{said}");
}

/// What a call is given is followed only so far: where that ends, silence would be taken for a pass.
#[test]
fn what_was_not_followed_to_its_end_is_counted() {
    let folder = workspace();
    let names = ["a", "b", "c", "d", "e", "f", "g", "h", "i"];
    let parameters = names.map(|name| format!("{name}: &str")).join(", ");
    let text = names.map(|name| format!("{{{name}}}")).concat();
    let sum = " + \"x\"".repeat(250);
    let code = format!(
        "fn main() {{}}
        fn many({parameters}) {{ drop(std::fs::read(format!(\"{text}\"))); }}
        fn long(a: &str) {{ drop(std::fs::read(a.to_owned(){sum})); }}
        fn joined({parameters}) -> String {{ format!(\"{text}\") }}
        fn returned(name: &str) {{ drop(std::fs::read(joined({0}))); }}
        fn short(a: &str, b: &str) {{ drop(std::fs::read(format!(\"{{a}}{{b}}\"))); }}
        fn harmless({parameters}) {{ drop(String::from(format!(\"{text}\"))); }}\n",
        ["name"; 9].join(", ")
    );
    write(folder.path(), &[("pump/src/main.rs", &code)]);
    let unjudged = cargo_health_sec::checks::Unjudged::of(&gather(folder.path()));
    assert_eq!(unjudged.flows, 3, "{unjudged:?}");
}

/// Silence about code that no rule could judge would be taken for a pass.
#[test]
fn what_no_rule_could_judge_is_counted() {
    let folder = workspace();
    let code = "fn main() {
        let call = || ();
        call();
        std::process::exit(unknown(1));
        table! { a <> b, c <=> d }
        unsafe { core::hint::unreachable_unchecked() }
    }
    mod torn;
    #[cfg(test)]
    mod tests { fn f() { also_unknown(); } }\n";
    write(folder.path(), &[("pump/src/main.rs", code), ("pump/src/torn.rs", "fn f() { let = ; }\n")]);
    let facts = gather(folder.path());
    let unjudged = cargo_health_sec::checks::Unjudged::of(&facts);
    assert_eq!((unjudged.calls, unjudged.macros, unjudged.files), (2, 1, 1), "{unjudged:?}");

    let request = Request::new(folder.path(), jiff::civil::date(2026, 11, 1));
    let report = cargo_health_sec::inspect(&request).expect("a report");
    let mut shown = Vec::new();
    let style = cargo_health_sec::report::text::Style {
        colour: false,
        width: 200,
        detail: cargo_health_sec::report::text::Detail::Usual,
    };
    report.write(cargo_health_sec::report::Format::Text, style, &mut shown).expect("written");
    let shown = String::from_utf8(shown).expect("text");
    let line = "Not judged in code that ships: 2 calls of names that are not known, \
                1 macro call in a language of its own, 1 file not parsed";
    assert!(shown.contains(line), "{shown}");
}

/// Each output names two others, a hundred deep: whoever follows all ways does not come to an end.
#[test]
fn outputs_that_lead_to_others_are_not_followed_for_ever() {
    let step = |number: usize| {
        let value = format!("v=${{{{ steps.s{0}.outputs.v }}}}${{{{ steps.s{0}.outputs.v }}}}", number + 1);
        format!("      - id: s{number}\n        run: echo \"{value}\" >> $GITHUB_OUTPUT\n")
    };
    let steps: String = (0..100).map(step).collect();
    let workflow = format!(
        "on: pull_request_target\njobs:\n  a:\n    steps:\n{steps}      - uses: actions/checkout@v4\n        with: {{ ref: \"${{{{ steps.s0.outputs.v }}}}\" }}\n      - run: make\n"
    );
    let folder = workspace();
    write(folder.path(), &[(".github/workflows/a.yml", &workflow)]);
    let checked = cargo_health_sec::checks::run(&gather(folder.path()));
    let told = checked.findings.iter().filter(|finding| finding.rule.id == "outside_input_behind_condition");
    assert_eq!(told.count(), 1);
}
