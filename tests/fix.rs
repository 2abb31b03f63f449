//! `cargo health-sec fix`: what it changes, what it leaves alone, and that a second run changes nothing.

#![expect(clippy::expect_used, reason = "a test ends where it can't go on")]

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::{Command, Output};

const ROOT: &str = "\
# The pump, as it ships.
[workspace]
members   = [\"pump\", \"motor\", \"driver\"] # all of it
resolver = '3'

[workspace.lints.rust]
missing_docs = \"warn\"   # for those who come after us

[profile.release] # what ships
lto = \"thin\"

[profile.dev.package.\"*\"]
opt-level = 1
";

const FILES: &[(&str, &str)] = &[
    ("Cargo.toml", ROOT),
    (
        "pump/Cargo.toml",
        "[package]\nname = \"pump\"\nversion = \"0.1.0\"\nedition = \"2024\"\n\n[lints]\nworkspace = true\n",
    ),
    ("pump/src/main.rs", "//! The pump.\n\n/// Runs.\nfn main() {}\n"),
    ("motor/Cargo.toml", "[package]\nname = \"motor\" # no lints\nversion = \"0.1.0\"\nedition = \"2024\"\n"),
    ("motor/src/lib.rs", "// Licence\n\n//! The motor.\n/// Steps.\npub fn step() {}\n"),
    (
        "driver/Cargo.toml",
        "[package]\nname = \"driver\"\nversion = \"0.1.0\"\nedition = \"2024\"\n\n[lints.clippy]\nuninit_vec = \"deny\"\nall = \"warn\"\n",
    ),
    ("driver/src/lib.rs", "pub unsafe fn poke() {}\n"),
];

struct Pump(tempfile::TempDir);

impl Pump {
    fn new(files: &[(&str, &str)]) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let pump = Self(folder);
        for (path, text) in files {
            pump.put(path, text);
        }
        pump
    }

    /// The pump with its motor and driver, committed.
    fn committed() -> Self {
        Self::of(FILES)
    }

    /// Other files, committed.
    fn of(files: &[(&str, &str)]) -> Self {
        let pump = Self::new(files);
        pump.commit();
        pump
    }

    fn commit(&self) {
        let repository = git2::Repository::init(self.0.path()).expect("a repository");
        let mut index = repository.index().expect("an index");
        index.add_all(["*"], git2::IndexAddOption::DEFAULT, None).expect("files can be added");
        index.write().expect("the index can be written");
        let tree = repository.find_tree(index.write_tree().expect("a tree")).expect("the tree");
        let author = git2::Signature::new("A. Person", "a.person@example.org", &git2::Time::new(0, 0))
            .expect("a name");
        repository.commit(Some("HEAD"), &author, &author, "all", &tree, &[]).expect("a commit");
    }

    fn put(&self, path: &str, text: &str) {
        let path = self.0.path().join(path);
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        std::fs::write(path, text).expect("a file");
    }

    fn text(&self, path: &str) -> String {
        std::fs::read_to_string(self.0.path().join(path)).expect("a file")
    }

    fn all(&self) -> Vec<String> {
        FILES.iter().map(|(path, _)| self.text(path)).collect()
    }

    fn fix(&self, words: &[&str]) -> Output {
        self.run("", "fix", words)
    }

    fn run(&self, folder: &str, command: &str, words: &[&str]) -> Output {
        Command::new(env!("CARGO_BIN_EXE_cargo-health-sec"))
            .args(["health-sec", command, "--as-of", "2026-11-01", "--no-cache"])
            .args(words)
            .current_dir(self.0.path().join(folder))
            .output()
            .expect("the program can be started")
    }

    /// The rules with findings, by name.
    fn unmet(&self) -> BTreeSet<String> {
        let output = self.run("", "check", &["--format", "json"]);
        let report: serde_json::Value = serde_json::from_slice(&output.stdout).expect("a report");
        let findings = report["findings"].as_array().expect("findings").iter();
        findings.map(|finding| finding["rule"].as_str().expect("a rule").to_owned()).collect()
    }

    /// Panics unless the whole workspace compiles without a warning, tests included.
    fn compiles(&self) {
        let target = tempfile::tempdir().expect("a temporary folder");
        let output = Command::new("cargo")
            .args(["check", "--offline", "--workspace", "--all-targets", "--quiet"])
            .current_dir(self.0.path())
            .env("CARGO_TARGET_DIR", target.path())
            .env("RUSTFLAGS", "-Dwarnings")
            .output()
            .expect("cargo can be started");
        assert!(output.status.success(), "{}", told(&output));
    }
}

impl Pump {
    fn git(&self, words: &[&str]) {
        let output = Command::new("git")
            .args(["-c", "user.name=A. Person", "-c", "user.email=a.person@example.org"])
            .args(words)
            .current_dir(self.0.path())
            .output()
            .expect("git can be started");
        assert!(output.status.success(), "{}", told(&output));
    }
}

fn told(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[test]
fn what_needs_no_thought_is_mended_and_a_second_run_changes_nothing() {
    let pump = Pump::committed();
    let output = pump.fix(&[]);
    assert_eq!(output.status.code(), Some(0), "{}", told(&output));
    assert_eq!(
        pump.text("Cargo.toml"),
        ROOT.replace("lto = \"thin\"\n", "lto = \"thin\"\noverflow-checks = true\n"),
        "nothing else moves"
    );
    assert_eq!(
        pump.text("pump/src/main.rs"),
        "//! The pump.\n\n#![forbid(unsafe_code)]\n\n/// Runs.\nfn main() {}\n"
    );
    let motor = FILES[3].1;
    assert_eq!(pump.text("motor/Cargo.toml"), format!("{motor}\n[lints]\nworkspace = true\n"));
    assert!(
        pump.text("driver/Cargo.toml")
            .ends_with("uninit_vec = \"deny\"\nall = { level = \"warn\", priority = -1 }\n")
    );
    assert_eq!(pump.text("driver/src/lib.rs"), FILES[6].1, "unsafe code is not forbidden where it is used");

    let metadata = Command::new("cargo")
        .args(["metadata", "--offline", "--no-deps", "--format-version=1"])
        .current_dir(pump.0.path())
        .output()
        .expect("cargo can be started");
    assert!(metadata.status.success(), "{}", told(&metadata));

    let before = pump.all();
    let output = pump.fix(&["--allow-dirty"]);
    assert_eq!(output.status.code(), Some(0));
    assert_eq!(pump.all(), before);
    assert!(output.stdout.is_empty() && told(&output).starts_with("nothing to mend\n"), "{}", told(&output));
}

#[test]
fn the_diff_is_shown_and_a_dry_run_changes_nothing() {
    let pump = Pump::committed();
    let before = pump.all();
    let output = pump.fix(&["--dry-run"]);
    assert_eq!(output.status.code(), Some(0));
    assert_eq!(pump.all(), before);
    let diff = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(diff.contains("--- a/Cargo.toml\n+++ b/Cargo.toml\n@@"), "{diff}");
    assert!(diff.contains("\n lto = \"thin\"\n+overflow-checks = true\n"), "{diff}");
    assert!(told(&output).contains("would be mended in"), "{}", told(&output));
    assert!(told(&output).contains("left to people: "), "{}", told(&output));
    let output = pump.fix(&[]);
    assert_eq!(String::from_utf8_lossy(&output.stdout), diff, "what is shown is what is done");
}

#[test]
fn only_the_rules_that_are_named_are_mended() {
    let pump = Pump::committed();
    assert_eq!(pump.fix(&["member_escapes_lints"]).status.code(), Some(0));
    let changed: Vec<&str> =
        FILES.iter().filter(|(path, text)| pump.text(path) != *text).map(|(path, _)| *path).collect();
    assert_eq!(changed, ["motor/Cargo.toml"]);
    assert_eq!(pump.fix(&["member_escapes_lint"]).status.code(), Some(3), "a rule that does not exist");
}

#[test]
fn what_git_could_not_bring_back_is_left_alone() {
    let refused = |pump: &Pump, flag: &str| {
        let before = pump.all();
        let output = pump.fix(&[]);
        assert_eq!(output.status.code(), Some(3));
        assert!(told(&output).contains(flag), "{}", told(&output));
        assert_eq!(pump.all(), before, "all or nothing");
        assert_eq!(pump.fix(&[flag]).status.code(), Some(0));
        assert_ne!(pump.all(), before);
    };
    let dirty = Pump::committed();
    dirty.put("motor/Cargo.toml", &format!("{}# not saved\n", FILES[3].1));
    refused(&dirty, "--allow-dirty");
    assert!(dirty.text("motor/Cargo.toml").contains("# not saved\n"));

    let staged = Pump::committed();
    staged.put("motor/Cargo.toml", &format!("{}# staged\n", FILES[3].1));
    let repository = git2::Repository::open(staged.0.path()).expect("the repository");
    let mut index = repository.index().expect("an index");
    index.add_path(Path::new("motor/Cargo.toml")).expect("staged");
    index.write().expect("written");
    refused(&staged, "--allow-staged");

    refused(&Pump::new(FILES), "--allow-no-vcs");

    // Git does not look at these, and would not say that they were changed.
    let ignored = Pump::committed();
    ignored.put(".gitignore", "pump/\n");
    std::fs::remove_dir_all(ignored.0.path().join(".git")).expect("no repository");
    ignored.commit();
    refused(&ignored, "--allow-dirty");

    let hidden = Pump::committed();
    hidden.put("motor/Cargo.toml", &format!("{}# not saved\n", FILES[3].1));
    hidden.git(&["update-index", "--assume-unchanged", "motor/Cargo.toml"]);
    refused(&hidden, "--allow-dirty");
}

#[test]
fn a_submodule_answers_for_its_own_files() {
    let motor = Pump::of(&[("Cargo.toml", FILES[3].1), ("src/lib.rs", FILES[4].1)]);
    let with_submodule = || {
        let pump = Pump::committed();
        std::fs::remove_dir_all(pump.0.path().join("motor")).expect("no motor");
        pump.git(&["rm", "-rq", "--cached", "motor"]);
        let from = motor.0.path().to_str().expect("a path");
        pump.git(&["-c", "protocol.file.allow=always", "submodule", "--quiet", "add", from, "motor"]);
        pump.git(&["commit", "-qm", "the motor"]);
        pump
    };
    let pump = with_submodule();
    assert_eq!(pump.fix(&["member_escapes_lints"]).status.code(), Some(0));
    assert!(pump.text("motor/Cargo.toml").ends_with("\n[lints]\nworkspace = true\n"));

    let pump = with_submodule();
    pump.put("motor/Cargo.toml", &format!("{}# not saved\n", FILES[3].1));
    let output = pump.fix(&["member_escapes_lints"]);
    assert_eq!(output.status.code(), Some(3));
    assert!(told(&output).contains("motor/Cargo.toml"), "{}", told(&output));
}

/// Where each kind of remedy is wanted once.
const EVERY_KIND: &[(&str, &str)] = &[
    (
        "Cargo.toml",
        "[workspace]\nmembers = [\"*-crate\"]\nresolver = \"3\"\n\n[workspace.lints]\nrust.missing_docs = \"warn\"\n\
         clippy.zombie_processes = \"deny\" # never\nclippy.all = \"warn\"\n\n\
         [profile.test]\noverflow-checks = false # faster\n",
    ),
    ("a-crate/Cargo.toml", "[package]\nname = \"a\"\nedition = \"2024\"\n\n[lints]\nworkspace = true\n"),
    ("a-crate/src/main.rs", "//! A.\nfn main() {}\n"),
    (
        "a-crate/tests/a.rs",
        "//! Tests.\n#[test]\nfn a() {\n    // SAFETY: nothing is done.\n    let _ = unsafe { std::ptr::read(&1_u8) };\n}\n",
    ),
    ("b-crate/Cargo.toml", "[package]\nname = \"b\"\nedition = \"2024\"\n"),
    (
        "b-crate/src/lib.rs",
        "//! B.\n\n/// Reads.\n#[allow(unsafe_code, reason = \"registers\")]\npub fn read(at: &u32) -> u32 {\n    \
         // SAFETY: it is a reference.\n    unsafe { std::ptr::read_volatile(at) }\n}\n",
    ),
    (
        "c-crate/Cargo.toml",
        "[package]\nname = \"c\"\nedition = \"2024\"\n\n[lints.rust]\nmissing_docs = \"warn\"\n\n[lints.clippy]\nzombie_processes = \"deny\"\n",
    ),
    ("c-crate/src/lib.rs", "//! C.\n"),
];

#[test]
fn every_kind_of_remedy_mends_its_findings_and_the_workspace_compiles() {
    let pump = Pump::of(EVERY_KIND);
    pump.compiles();
    std::fs::remove_file(pump.0.path().join("Cargo.lock")).expect("the lock file");
    let kinds = [
        "allow_unchecked",
        "checks_off_in_tests",
        "lint_overridden_by_group",
        "member_escapes_lints",
        "overflow_checks_off",
        "unsafe_not_forbidden",
    ];
    let before = pump.unmet();
    assert!(kinds.iter().all(|rule| before.contains(*rule)), "{before:?}");
    let output = pump.fix(&[]);
    assert_eq!(output.status.code(), Some(0), "{}", told(&output));
    let after = pump.unmet();
    assert!(!kinds.iter().any(|rule| after.contains(*rule)), "{after:?}");
    assert_eq!(
        pump.text("Cargo.toml"),
        EVERY_KIND[0]
            .1
            .replace("clippy.all = \"warn\"", "clippy.all = { level = \"warn\", priority = -1 }")
            .replace("overflow-checks = false # faster", "overflow-checks = true # faster")
            + "\n[profile.release]\noverflow-checks = true\n"
    );
    assert!(pump.text("a-crate/src/main.rs").starts_with("//! A.\n\n#![forbid(unsafe_code)]\n"));
    assert!(pump.text("b-crate/src/lib.rs").contains("#[expect(unsafe_code, reason = \"registers\")]"));
    assert!(pump.text("b-crate/Cargo.toml").ends_with("\n[lints]\nworkspace = true\n"));
    assert!(pump.text("c-crate/Cargo.toml").contains("missing_docs = \"warn\"\nunsafe_code = \"forbid\"\n"));
    pump.compiles();
    let output = pump.fix(&["--allow-dirty"]);
    assert!(output.stdout.is_empty(), "{}", String::from_utf8_lossy(&output.stdout));
}

#[test]
fn a_check_mends_first_where_it_is_asked_to() {
    let pump = Pump::of(EVERY_KIND);
    let output = pump.run("", "check", &["--fix", "--format", "json"]);
    let report: serde_json::Value =
        serde_json::from_slice(&output.stdout).expect("a report and nothing else");
    let escapes =
        report["rules"].as_array().expect("rules").iter().find(|rule| rule["id"] == "member_escapes_lints");
    assert_eq!(escapes.expect("the rule")["verdict"], "met");
    assert!(told(&output).contains("+++ b/b-crate/Cargo.toml\n"), "{}", told(&output));
    assert!(told(&output).contains(" mended in "), "{}", told(&output));
    let output = pump.run("", "check", &["--fix"]);
    assert!(told(&output).contains("nothing to mend"), "{}", told(&output));
    pump.put("b-crate/Cargo.toml", EVERY_KIND[4].1);
    pump.put("b-crate/src/lib.rs", "//! B, anew.\n");
    let output = pump.run("", "check", &["--fix"]);
    assert_eq!(output.status.code(), Some(3), "{}", told(&output));
    assert!(output.stdout.is_empty());
}

#[test]
fn unsafe_code_is_forbidden_only_where_that_breaks_nothing() {
    let manifest = "[package]\nname = \"pump\"\nedition = \"2021\"\n";
    for (path, text) in [
        ("src/a.rs", "#[no_mangle]\npub extern \"C\" fn start() {}\n"),
        ("src/a.rs", "#[cfg_attr(unix, export_name = \"start\")]\npub extern \"C\" fn start() {}\n"),
        ("src/a.rs", "#[cfg(target_os = \"none\")]\npub unsafe fn start() {}\n"),
        ("src/a.rs", "core::arch::global_asm!(\"nop\");\n"),
        ("src/a.rs", "#[cfg(test)]\nmod tests {\n    #[test]\n    fn a() { unsafe {} }\n}\n"),
        ("src/a.rs", "include!(concat!(env!(\"OUT_DIR\"), \"/registers.rs\"));\n"),
        ("src/a.rs", "mod generated;\n"),
        ("src/a.rs", "fn broken( {\n"),
        ("src/a.rs", "#[allow(unsafe_code)]\nfn nothing() {}\n"),
        ("src/a.rs", "macro_rules! poke { () => { unsafe {} } }\n"),
        (".cargo/config.toml", "[build]\nrustflags = [\"-Aunsafe_code\"]\n"),
        ("build.rs", "fn main() { unsafe { std::env::set_var(\"A\", \"b\") } }\n"),
    ] {
        let pump =
            Pump::of(&[("Cargo.toml", manifest), ("src/lib.rs", "mod a;\n"), ("src/a.rs", ""), (path, text)]);
        assert_eq!(pump.fix(&["unsafe_not_forbidden"]).status.code(), Some(0));
        assert_eq!(
            (pump.text("Cargo.toml").as_str(), pump.text("src/lib.rs").as_str()),
            (manifest, "mod a;\n"),
            "{text}"
        );
    }
    let pump = Pump::of(&[("Cargo.toml", manifest), ("src/lib.rs", "mod a;\n"), ("src/a.rs", "")]);
    pump.fix(&["unsafe_not_forbidden"]);
    assert_eq!(pump.text("Cargo.toml"), format!("{manifest}\n[lints.rust]\nunsafe_code = \"forbid\"\n"));
    pump.compiles();
}

#[test]
fn two_remedies_do_not_get_in_each_others_way() {
    // Two members could forbid unsafe code for all, and a third one, which needs it, is to inherit.
    let member =
        |name: &str, lints: &str| format!("[package]\nname = \"{name}\"\nedition = \"2024\"\n{lints}");
    let root = "[workspace]\nmembers = [\"a\", \"b\", \"c\"]\nresolver = \"3\"\n\n[workspace.lints.clippy]\n\
                zombie_processes = \"deny\"\nall = \"warn\"\n";
    let inherits = "\n[lints]\nworkspace = true\n";
    let pump = Pump::of(&[
        ("Cargo.toml", root),
        ("a/Cargo.toml", &member("a", inherits)),
        ("a/src/lib.rs", ""),
        ("b/Cargo.toml", &member("b", inherits)),
        ("b/src/lib.rs", ""),
        ("c/Cargo.toml", &member("c", "")),
        (
            "c/src/lib.rs",
            "pub fn c() {\n    // SAFETY: nothing is done.\n    let _ = unsafe { std::ptr::read(&1_u8) };\n}\n",
        ),
    ]);
    assert_eq!(pump.fix(&[]).status.code(), Some(0));
    assert_eq!(pump.text("c/Cargo.toml"), member("c", inherits));
    assert!(!pump.text("Cargo.toml").contains("unsafe_code"), "{}", pump.text("Cargo.toml"));
    assert!(pump.text("Cargo.toml").contains("all = { level = \"warn\", priority = -1 }\n"));
    pump.compiles();
    assert!(pump.fix(&["--allow-dirty"]).stdout.is_empty());
}

#[test]
fn lints_are_not_taken_over_where_that_could_end_a_build() {
    let root = |lint: &str| {
        format!("[workspace]\nmembers = [\"a\"]\nresolver = \"3\"\n\n[workspace.lints]\n{lint}\n")
    };
    let member = "[package]\nname = \"a\"\nedition = \"2024\"\n";
    for (lint, flags, taken) in [
        ("rust.missing_docs = \"deny\"", "", false),
        ("rust.missing_docs = \"warn\"", "", true),
        ("rust.missing_docs = \"warn\"", "[build]\nrustflags = [\"-Dwarnings\"]\n", false),
        ("clippy.unwrap_used = \"deny\"", "", true),
    ] {
        let pump = Pump::of(&[
            ("Cargo.toml", &root(lint)),
            (".cargo/config.toml", flags),
            ("a/Cargo.toml", member),
            ("a/src/lib.rs", ""),
        ]);
        assert_eq!(pump.fix(&["member_escapes_lints"]).status.code(), Some(0));
        assert_eq!(pump.text("a/Cargo.toml") != member, taken, "{lint} {flags}");
    }
}

#[test]
fn ends_of_lines_and_comments_stay_as_they_are() {
    let manifest = "# The pump.\r\n[package] # one\r\nname = \"pump\"\r\nedition = \"2024\"\r\n\r\n# Nothing yet.\r\n[dependencies]\r\n\r\n# The end.\r\n";
    let source = "#!/usr/bin/env run\r\n// Licence\r\n\r\n/// Runs.\r\nfn main() {}\r\n";
    let pump = Pump::of(&[("Cargo.toml", manifest), ("src/main.rs", source)]);
    pump.git(&["config", "core.autocrlf", "false"]);
    assert_eq!(pump.fix(&[]).status.code(), Some(0));
    let text = pump.text("Cargo.toml");
    assert!(text.matches('\n').count() == text.matches("\r\n").count(), "{text:?}");
    let rest: String = text
        .replace("[lints.rust]\r\nunsafe_code = \"forbid\"\r\n\r\n", "")
        .replace("[profile.release]\r\noverflow-checks = true\r\n\r\n", "");
    assert_eq!(without_blank_lines(&rest), without_blank_lines(manifest), "{text}");

    // Where lines end in two ways, setting a key would change others.
    let mixed = "[package]\r\nname = \"pump\"\nedition = \"2024\"\r\n";
    let pump = Pump::of(&[("Cargo.toml", mixed), ("src/lib.rs", "")]);
    pump.fix(&[]);
    assert_eq!(pump.text("Cargo.toml"), mixed);
}

fn without_blank_lines(text: &str) -> Vec<&str> {
    text.lines().filter(|line| !line.trim().is_empty()).collect()
}

#[cfg(unix)]
#[test]
fn links_and_files_outside_are_left_alone() {
    let root = "[workspace]\nmembers = [\"motor\", \"../driver\", \"valve\"]\nresolver = \"3\"\n\n[workspace.lints.clippy]\nunwrap_used = \"deny\"\n";
    let member = |name: &str| format!("[package]\nname = \"{name}\"\nedition = \"2024\"\n");
    let driver = member("driver") + "workspace = \"../pump\"\n";
    let pump = Pump::new(&[
        ("pump/Cargo.toml", root),
        ("pump/motor/src/lib.rs", ""),
        ("pump/valve/Cargo.toml", &member("valve")),
        ("pump/valve/src/main.rs", "fn main() {}\n"),
        ("pump/shared/motor.toml", &member("motor")),
        ("driver/Cargo.toml", &driver),
        ("driver/src/lib.rs", ""),
    ]);
    let link =
        |to: &str, path: &str| std::os::unix::fs::symlink(to, pump.0.path().join(path)).expect("a link");
    link("../shared/motor.toml", "pump/motor/Cargo.toml");
    link("../../../driver/src/lib.rs", "pump/valve/src/lib.rs");
    pump.commit();
    let output = pump.run("pump", "fix", &[]);
    assert_eq!(output.status.code(), Some(0), "{}", told(&output));
    assert!(pump.text("pump/valve/Cargo.toml").ends_with("[lints]\nworkspace = true\n"));
    assert!(
        told(&output).contains("left alone: ../driver/Cargo.toml is a link, or lies"),
        "{}",
        told(&output)
    );
    assert_eq!((pump.text("driver/Cargo.toml"), pump.text("driver/src/lib.rs")), (driver, String::new()));
    // A link that stays inside is followed: what is changed is the file, and the diff says so.
    assert!(pump.0.path().join("pump/motor/Cargo.toml").is_symlink());
    assert!(pump.text("pump/shared/motor.toml").ends_with("[lints]\nworkspace = true\n"));
    let diff = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(diff.contains("+++ b/shared/motor.toml\n"), "{diff}");
}

#[test]
fn a_file_that_may_not_be_written_stops_everything() {
    let pump = Pump::committed();
    let file = pump.0.path().join("pump/src/main.rs");
    let mut permissions = std::fs::metadata(&file).expect("metadata").permissions();
    permissions.set_readonly(true);
    std::fs::set_permissions(&file, permissions).expect("a mode");
    let before = pump.all();
    let output = pump.fix(&["--allow-dirty"]);
    assert_eq!(output.status.code(), Some(3), "{}", told(&output));
    assert!(told(&output).contains("nothing was changed"), "{}", told(&output));
    assert_eq!(pump.all(), before);
}

#[test]
fn code_scanning_gets_the_same_remedies() {
    let pump = Pump::of(EVERY_KIND);
    let output = pump.run("", "check", &["--format", "sarif"]);
    let log: serde_json::Value = serde_json::from_slice(&output.stdout).expect("a log");
    let results = log["runs"][0]["results"].as_array().expect("results");
    let fixes = results.iter().filter_map(|result| result["fixes"][0]["artifactChanges"].as_array());
    let mut changed: BTreeMap<String, String> = BTreeMap::new();
    for change in fixes.flatten() {
        let path = change["artifactLocation"]["uri"].as_str().expect("a path").to_owned();
        let new = change["replacements"][0]["insertedContent"]["text"].as_str().expect("a text");
        *changed.entry(path).or_default() += new;
    }
    assert!(changed["b-crate/Cargo.toml"].contains("workspace = true"), "{changed:?}");
    assert!(changed["b-crate/src/lib.rs"].contains("expec"), "{changed:?}");
    assert!(changed["a-crate/src/main.rs"].contains("forbid(unsafe_code)"), "{changed:?}");
}

#[cfg(unix)]
#[test]
fn a_file_keeps_its_mode_and_nothing_is_left_beside_it() {
    use std::os::unix::fs::PermissionsExt as _;
    let pump = Pump::committed();
    let file = pump.0.path().join("motor/Cargo.toml");
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o640)).expect("a mode");
    assert_eq!(pump.fix(&["--allow-dirty"]).status.code(), Some(0));
    assert_eq!(std::fs::metadata(&file).expect("metadata").permissions().mode() & 0o777, 0o640);
    let names: Vec<_> = std::fs::read_dir(pump.0.path().join("motor")).expect("a folder").flatten().collect();
    assert_eq!(names.len(), 2, "{names:?}");
}
