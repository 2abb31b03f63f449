//! The gate in the build: `cargo health-sec build`, `run`, `test`, `clippy` and `check -- ...` on a scratch workspace, as
//! people start them; cargo itself is between us and the compiler.

#![expect(clippy::expect_used, reason = "a test ends where it can't go on")]

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use serde_json::Value;

const ROOT: &str = "[workspace]\nmembers = [\"motor\", \"pump\"]\nresolver = \"3\"\n\n[profile.release]\noverflow-checks = true\n";
const MOTOR: &str =
    "[package]\nname = \"motor\"\nversion = \"0.1.0\"\nedition = \"2024\"\n\n[lints.rust]\nunsafe_code = \"forbid\"\n";
const PUMP: &str = "[package]\nname = \"pump\"\nversion = \"0.1.0\"\nedition = \"2024\"\n\n[dependencies]\nmotor = { path = \"../motor\" }\n\n[lints.rust]\nunsafe_code = \"forbid\"\n";
const LOCK: &str = "version = 4\n\n[[package]]\nname = \"motor\"\nversion = \"0.1.0\"\n\n[[package]]\nname = \"pump\"\nversion = \"0.1.0\"\ndependencies = [\n \"motor\",\n]\n";
const LIBRARY: &str = "//! The motor.\n\n/// Steps.\npub fn steps() -> u32 {\n    1\n}\n";
const PROGRAM: &str = "//! The pump.\n\nfn main() {\n    println!(\"{} steps\", motor::steps());\n}\n";
/// A finding that closes the gate.
const CLOSING: &str = "static mut RATE: u32 = 0;\n";
/// A finding that is only a warning.
const WARNED: &str = "/// Later.\npub fn later() -> u32 {\n    todo!()\n}\n";

struct Product(tempfile::TempDir);

/// What a run has said.
struct Said {
    code: i32,
    out: String,
    err: String,
}

impl Said {
    fn of(output: &Output) -> Self {
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        Self {
            code: output.status.code().expect("an exit code"),
            out: text(&output.stdout),
            err: text(&output.stderr),
        }
    }

    /// How often a text is said on standard error.
    fn times(&self, text: &str) -> usize {
        self.err.matches(text).count()
    }

    /// What cargo's messages for programs tell of us, as `level rule file:line`; sorted.
    fn findings(&self) -> Vec<String> {
        let mut findings: Vec<String> = self
            .messages()
            .iter()
            .filter_map(|message| {
                let rule = message["code"]["code"].as_str()?.strip_prefix("health_sec::")?;
                let span = &message["spans"][0];
                let level = message["level"].as_str()?;
                Some(format!("{level} {rule} {}:{}", span["file_name"].as_str()?, span["line_start"]))
            })
            .collect();
        findings.sort();
        findings.dedup();
        findings
    }

    /// The compiler's messages.
    fn messages(&self) -> Vec<Value> {
        let lines = self.out.lines().map(|line| serde_json::from_str::<Value>(line).expect("JSON"));
        lines.filter(|line| line["reason"] == "compiler-message").map(|line| line["message"].clone()).collect()
    }
}

impl Product {
    /// A committed workspace of a library and a program.
    fn new() -> Self {
        let product = Self(tempfile::tempdir().expect("a folder"));
        for (path, text) in [
            ("Cargo.toml", ROOT),
            ("Cargo.lock", LOCK),
            ("motor/Cargo.toml", MOTOR),
            ("pump/Cargo.toml", PUMP),
            ("motor/src/lib.rs", LIBRARY),
            ("pump/src/main.rs", PROGRAM),
            ("SECURITY.md", "Write to security@sweetwater.example; you get an answer within five days.\n"),
            (".gitignore", "/target\n"),
        ] {
            product.put(path, text);
        }
        product.git(&["init", "--quiet", "."]);
        product.git(&["add", "."]);
        product.git(&["commit", "--quiet", "-m", "The pump"]);
        product
    }

    fn path(&self, path: &str) -> PathBuf {
        self.0.path().canonicalize().expect("a folder").join("product").join(path)
    }

    fn put(&self, path: &str, text: &str) {
        let path = self.path_to(path);
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        std::fs::write(path, text).expect("a file");
    }

    fn path_to(&self, path: &str) -> PathBuf {
        self.0.path().join("product").join(path)
    }

    fn git(&self, words: &[&str]) {
        let done = self.command("git").args(words).output().expect("git can be started");
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    }

    /// A command in a world of its own, with our program and the toolchain on its path.
    fn command(&self, program: &str) -> Command {
        let ours = Path::new(env!("CARGO_BIN_EXE_cargo-health-sec")).parent().expect("a folder").to_owned();
        let usual = std::env::var_os("PATH").expect("a path");
        let path = std::env::join_paths([ours].into_iter().chain(std::env::split_paths(&usual))).expect("a path");
        let mut command = Command::new(program);
        command
            .current_dir(self.path_to(""))
            .env_clear()
            .stdin(Stdio::null())
            .env("PATH", path)
            .env("HOME", self.0.path())
            .env("CARGO_HOME", self.0.path().join("cargo"))
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .env("CARGO_HEALTH_SEC_CACHE", self.0.path().join("cache"))
            // Near to the advisories that come with the tool.
            .env("SOURCE_DATE_EPOCH", "1788220800");
        let home = std::env::var_os("HOME").map(PathBuf::from).unwrap_or_default();
        let rustup = std::env::var_os("RUSTUP_HOME").map_or_else(|| home.join(".rustup"), PathBuf::from);
        command.env("RUSTUP_HOME", rustup);
        for name in ["RUSTUP_TOOLCHAIN", "SystemRoot", "LLVM_PROFILE_FILE"] {
            command.envs(std::env::var_os(name).map(|value| (name, value)));
        }
        for who in ["AUTHOR", "COMMITTER"] {
            command.env(format!("GIT_{who}_NAME"), "A. Person").env(format!("GIT_{who}_EMAIL"), "a@example.org");
        }
        command
    }

    fn cargo(&self, words: &[&str]) -> Said {
        self.cargo_with(words, &[])
    }

    fn cargo_with(&self, words: &[&str], environment: &[(&str, OsString)]) -> Said {
        let mut command = self.command("cargo");
        command.args(words).envs(environment.iter().map(|(name, value)| (name, value)));
        Said::of(&command.output().expect("cargo can be started"))
    }

    fn health_sec(&self, words: &[&str]) -> Said {
        self.cargo(&[&["health-sec"], words].concat())
    }

    /// The findings that editors and other programs are told through the build.
    fn in_build(&self) -> (Vec<String>, i32) {
        let said = self.health_sec(&["check", "--message-format=json"]);
        (said.findings(), said.code)
    }

    /// The findings that the gate tells by itself.
    fn by_gate(&self) -> (Vec<String>, i32) {
        let said = self.health_sec(&["check", "--format", "rustc"]);
        let lines = said.out.lines().map(|line| format!(r#"{{"reason":"compiler-message","message":{line}}}"#));
        let out = lines.collect::<Vec<_>>().join("\n");
        let code = said.code;
        (Said { out, ..said }.findings(), code)
    }
}

#[test]
fn an_open_gate_lets_cargo_work() {
    let product = Product::new();
    let said = product.health_sec(&["run"]);
    assert_eq!((said.code, said.out.as_str()), (0, "1 steps\n"), "{}", said.err);
    assert!(said.err.contains("gate: passed"), "{}", said.err);
    let said = product.health_sec(&["run", "-q", "--release", "-p", "pump"]);
    assert_eq!((said.code, said.out.as_str()), (0, "1 steps\n"), "{}", said.err);
    assert!(!said.err.contains("gate:"), "{}", said.err);
    assert!(product.path("target/release/pump").exists());
    let said = product.health_sec(&["test", "--", "--test-threads=1"]);
    assert_eq!(said.code, 0, "{}", said.err);
}

#[test]
fn a_closed_gate_lets_nothing_be_built() {
    let product = Product::new();
    product.put("motor/src/lib.rs", &format!("{LIBRARY}{CLOSING}"));
    product.put("motor/build.rs", "fn main() {\n    std::fs::write(\"ran\", \"\").unwrap();\n}\n");
    for command in ["build", "run", "test"] {
        let said = product.health_sec(&[command]);
        assert_eq!((said.code, said.out.as_str()), (1, ""), "{}", said.err);
        assert_eq!(said.times("error[health_sec::static_mut]"), 1, "{}", said.err);
        assert!(said.err.contains("motor/src/lib.rs:7:12"), "{}", said.err);
        assert!(said.err.contains(&format!("so `cargo {command}` was not started")), "{}", said.err);
    }
    assert!(!product.path("motor/ran").exists() && !product.path("target/debug").exists());
    // For programs too.
    let said = product.health_sec(&["build", "--message-format=json"]);
    assert_eq!(said.findings(), ["error static_mut motor/src/lib.rs:7"]);
    assert!(said.out.ends_with("{\"reason\":\"build-finished\",\"success\":false}\n"), "{}", said.out);
    // One member alone, or a rule moved: as `check` takes it.
    assert_eq!(product.health_sec(&["build", "-p", "pump"]).code, 0);
    assert_eq!(product.health_sec(&["build", "-W", "static_mut"]).code, 0);
    assert!(product.path("motor/ran").exists());
}

#[test]
fn what_could_not_be_told_is_no_pass() {
    let product = Product::new();
    product.put("motor/src/lib.rs", "fn (");
    let said = product.health_sec(&["build"]);
    assert_eq!(said.code, 2, "{}", said.err);
    assert!(said.err.contains("error[health_sec::could_not_tell]: could not look at motor/src/lib.rs"), "{}", said.err);
    assert!(!product.path("target/debug").exists());
    let (found, code) = product.in_build();
    assert_eq!(code, 2);
    assert_eq!(found, ["error could_not_tell motor/src/lib.rs:1"]);
    // A policy that can't be read: the compiler is heard all the same, and the editor hears why.
    product.put("motor/src/lib.rs", LIBRARY);
    product.put("health-sec.toml", "[produkt]\n");
    assert_eq!(product.health_sec(&["build"]).code, 3);
    let said = product.health_sec(&["check", "--message-format=json"]);
    assert_eq!((said.findings(), said.code), (vec!["error could_not_tell Cargo.toml:1".to_owned()], 3));
    assert!(said.out.contains("compiler-artifact"), "{}", said.out);
}

#[test]
fn a_finding_is_told_once_told_again_while_fresh_and_gone_when_mended() {
    let product = Product::new();
    for (flaw, head, code) in [
        (CLOSING, "error[health_sec::static_mut]", 1),
        (WARNED, "warning[health_sec::unfinished_code]", 0),
    ] {
        product.put("motor/src/lib.rs", &format!("{LIBRARY}{flaw}"));
        let said = product.health_sec(&["check", "--", "--all-targets"]);
        assert_eq!((said.times(head), said.code), (1, code), "{}", said.err);
        assert_eq!(said.times("Checking motor"), 1, "{}", said.err);
        let said = product.health_sec(&["check", "--", "--all-targets"]);
        assert_eq!((said.times(head), said.code), (1, code), "{}", said.err);
        assert_eq!(said.times("Checking"), 0, "{}", said.err);
        product.put("motor/src/lib.rs", LIBRARY);
        let said = product.health_sec(&["check", "--", "--all-targets"]);
        assert_eq!((said.times("health_sec::"), said.code), (said.times("toolchain_unpinned"), 0), "{}", said.err);
    }
    // In a build that makes something, warnings are told in the same way.
    product.put("motor/src/lib.rs", &format!("{LIBRARY}{WARNED}"));
    for compiled in [1, 0] {
        let said = product.health_sec(&["build"]);
        assert_eq!((said.times("[health_sec::unfinished_code]"), said.code), (1, 0), "{}", said.err);
        assert_eq!(said.times("Compiling motor"), compiled, "{}", said.err);
    }
}

#[test]
fn what_is_told_follows_policy_and_manifest_and_words() {
    let product = Product::new();
    product.put("motor/src/lib.rs", &format!("{LIBRARY}{CLOSING}"));
    let static_mut = |level: &str| {
        let (found, code) = product.in_build();
        (found.contains(&format!("{level} static_mut motor/src/lib.rs:7")), code)
    };
    assert_eq!(static_mut("error"), (true, 1));
    let waiver = "[[waiver]]\nrule = \"static_mut\"\nplace = \"motor/src/lib.rs\"\nreason = \"registers\"\nby = \"h.okafor\"\nuntil = 2026-12-31\n";
    product.put("health-sec.toml", waiver);
    assert_eq!(static_mut("error").0, false, "{:?}", product.in_build());
    std::fs::remove_file(product.path("health-sec.toml")).expect("the policy");
    assert_eq!(static_mut("error"), (true, 1));
    let said = product.health_sec(&["check", "-W", "static_mut", "--message-format=json"]);
    assert!(said.findings().contains(&"warning static_mut motor/src/lib.rs:7".to_owned()), "{}", said.out);
    assert_eq!(static_mut("error"), (true, 1));
    // A manifest says something else: only that member is compiled anew.
    product.put("pump/Cargo.toml", &PUMP.replace("\n[lints.rust]\nunsafe_code = \"forbid\"\n", ""));
    let said = product.health_sec(&["check", "--message-format=json"]);
    assert!(said.findings().iter().any(|found| found.contains("unsafe_not_forbidden pump/Cargo.toml:2")));
    let fresh = |name: &str| {
        let lines = said.out.lines().map(|line| serde_json::from_str::<Value>(line).expect("JSON"));
        let mut artifacts = lines.filter(|line| line["reason"] == "compiler-artifact");
        artifacts.find(|line| line["target"]["name"] == name).expect("an artifact")["fresh"].clone()
    };
    assert_eq!((fresh("motor"), fresh("pump")), (true.into(), false.into()));
}

#[test]
fn the_build_tells_what_the_gate_tells() {
    let product = Product::new();
    product.put("motor/src/lib.rs", &format!("{LIBRARY}{CLOSING}{WARNED}"));
    product.put("pump/src/main.rs", &format!("{PROGRAM}{CLOSING}"));
    product.put("pump/tests/all.rs", "static mut TESTED: u32 = 0;\n");
    product.put("pump/Cargo.toml", &PUMP.replace("\n[lints.rust]\nunsafe_code = \"forbid\"\n", ""));
    product.put("health-sec.toml", "[[waiver]]\nrule = \"weak_hash\"\nplace = \"a\"\nreason = \"r\"\nby = \"p\"\nuntil = 2026-12-01\n");
    let (found, code) = product.by_gate();
    assert!(found.len() >= 5, "{found:?}");
    assert_eq!(product.in_build(), (found.clone(), code));
    // Fresh, the same again; in another folder, too.
    assert_eq!(product.in_build(), (found.clone(), code));
    let mut command = product.command("cargo");
    command.args(["health-sec", "check", "--message-format=json"]).current_dir(product.path("pump/src"));
    let said = Said::of(&command.output().expect("cargo can be started"));
    assert_eq!((said.findings(), said.code), (found, code));
}

#[test]
fn the_compiler_is_heard_as_without_us() {
    let product = Product::new();
    product.put("motor/src/lib.rs", &format!("{LIBRARY}{CLOSING}fn unused() {{}}\n"));
    product.put("pump/src/main.rs", "//! The pump.\n\nfn main() {\n    motor::stop();\n}\n");
    let said = product.health_sec(&["check", "--message-format=json"]);
    let codes: Vec<String> =
        said.messages().iter().filter_map(|message| Some(message["code"]["code"].as_str()?.to_owned())).collect();
    for code in ["dead_code", "E0425", "health_sec::static_mut"] {
        assert!(codes.iter().any(|told| told == code), "{code}: {codes:?}");
    }
    assert_eq!(said.code, 1);
    // In one line, where that was asked for.
    let said = product.health_sec(&["check", "--message-format=short"]);
    assert!(said.err.contains("motor/src/lib.rs:7:12: error[health_sec::static_mut]: "), "{}", said.err);
    // A compiler that fails behind an open gate: cargo's exit code.
    product.put("motor/src/lib.rs", LIBRARY);
    assert_eq!(product.health_sec(&["build"]).code, 101);
}

#[test]
fn remedies_are_applied_by_cargo_fix() {
    let product = Product::new();
    product.put("motor/Cargo.toml", &MOTOR.replace("\n[lints.rust]\nunsafe_code = \"forbid\"\n", ""));
    let said = product.health_sec(&["check", "--"]);
    assert_eq!(said.code, 0, "{}", said.err);
    let said = product.health_sec(&["clippy", "--fix", "--allow-dirty"]);
    if said.err.contains("clippy-driver failed") {
        eprintln!("SKIPPED: clippy is not installed");
        return;
    }
    assert_eq!((said.code, said.times("Fixed motor/Cargo.toml (1 fix)")), (0, 1), "{}", said.err);
    let mended = std::fs::read_to_string(product.path("motor/Cargo.toml")).expect("a manifest");
    assert_eq!(mended.matches("unsafe_code = \"forbid\"").count(), 1, "{mended}");
    let said = product.health_sec(&["check", "--message-format=json"]);
    assert!(!said.out.contains("unsafe_not_forbidden") && !said.out.contains("was changed after"), "{}", said.out);
}

#[test]
fn clippy_is_chained_and_never_taken_for_the_compiler() {
    let product = Product::new();
    product.put("motor/src/lib.rs", &format!("{LIBRARY}{CLOSING}/// Even.\npub fn even(n: u32) -> bool {{\n    return n % 2 == 0;\n}}\n"));
    let said = product.health_sec(&["check", "--"]);
    assert_eq!((said.code, said.times("clippy::")), (1, 0), "{}", said.err);
    let said = product.health_sec(&["clippy", "--", "-W", "clippy::implicit_return", "-A", "clippy::all"]);
    if said.err.contains("clippy-driver failed") {
        eprintln!("SKIPPED: clippy is not installed");
        return;
    }
    assert_eq!((said.code, said.times("[health_sec::static_mut]")), (1, 1), "{}", said.err);
    assert!(said.times("implicit-return") + said.times("implicit_return") > 0, "{}", said.err);
    let said = product.health_sec(&["check", "--"]);
    assert_eq!((said.code, said.times("implicit")), (1, 0), "{}", said.err);
}

#[cfg(unix)]
#[test]
fn a_wrapper_of_the_users_own_stays_in_its_place() {
    use std::os::unix::fs::PermissionsExt as _;

    let product = Product::new();
    product.put("motor/src/lib.rs", &format!("{LIBRARY}{WARNED}"));
    let (wrapper, log) = (product.path("wrapper.sh"), product.path("wrapper.log"));
    product.put("wrapper.sh", &format!("#!/bin/sh\necho \"$*\" >> {}\nexec \"$@\"\n", log.display()));
    std::fs::set_permissions(&wrapper, std::fs::Permissions::from_mode(0o755)).expect("a program");
    let heard = || std::fs::read_to_string(&log).unwrap_or_default();
    let said = product.cargo_with(&["health-sec", "build"], &[("RUSTC_WORKSPACE_WRAPPER", wrapper.clone().into())]);
    assert_eq!((said.code, said.times("[health_sec::unfinished_code]")), (0, 1), "{}", said.err);
    assert!(heard().contains("--crate-name motor") && heard().contains("-vV"), "{}", heard());
    assert!(heard().lines().all(|line| line.split(' ').next().is_some_and(|compiler| compiler.ends_with("rustc"))));
    // Named by the user's own configuration.
    std::fs::remove_file(&log).expect("the log");
    let home = product.0.path().join("cargo");
    std::fs::create_dir_all(&home).expect("a folder");
    let config = format!("[build]\nrustc-workspace-wrapper = \"{}\"\n", wrapper.display());
    std::fs::write(home.join("config.toml"), config).expect("a file");
    product.put("motor/src/lib.rs", &format!("{LIBRARY}{WARNED}\n"));
    let said = product.health_sec(&["build"]);
    assert_eq!((said.code, said.times("[health_sec::unfinished_code]")), (0, 1), "{}", said.err);
    assert!(heard().contains("--crate-name motor"), "{}", heard());
}

#[cfg(unix)]
#[test]
fn a_shared_cache_of_compilations_stays_in_its_place() {
    let product = Product::new();
    let there = product.command("sccache").arg("--version").output();
    if !there.is_ok_and(|output| output.status.success()) {
        eprintln!("SKIPPED: sccache is not installed");
        return;
    }
    product.put("motor/src/lib.rs", &format!("{LIBRARY}{WARNED}"));
    let environment = [
        ("RUSTC_WRAPPER", OsString::from("sccache")),
        ("SCCACHE_DIR", product.path("sccache").into()),
        ("SCCACHE_SERVER_UDS", product.path("socket").into()),
        ("SCCACHE_SERVER_PORT", OsString::from((20_000 + std::process::id() % 20_000).to_string())),
        ("SCCACHE_IDLE_TIMEOUT", OsString::from("30")),
        ("CARGO_INCREMENTAL", OsString::from("0")),
    ];
    let said = product.cargo_with(&["health-sec", "build"], &environment);
    assert_eq!((said.code, said.times("[health_sec::unfinished_code]")), (0, 1), "{}", said.err);
    product.put("motor/src/lib.rs", LIBRARY);
    let said = product.cargo_with(&["health-sec", "build"], &environment);
    assert_eq!((said.code, said.times("[health_sec::unfinished_code]")), (0, 0), "{}", said.err);
    let mut stop = product.command("sccache");
    stop.envs(environment).arg("--stop-server").output().expect("sccache can be started");
}

/// How cargo starts a wrapper, without cargo.
fn compile(product: &Product, words: &[&str], environment: &[(&str, OsString)]) -> Said {
    let mut command = product.command(env!("CARGO_BIN_EXE_cargo-health-sec"));
    command.arg("rustc").args(words).envs(environment.iter().map(|(name, value)| (name, value)));
    Said::of(&command.output().expect("the program can be started"))
}

#[test]
fn questions_to_the_compiler_pass_through_untouched() {
    let product = Product::new();
    let probe = ["-", "--crate-name", "___", "--print=file-names", "--crate-type", "bin", "--error-format=json"];
    for words in [&["-vV"][..], &probe] {
        let direct = product.command("rustc").args(words).output().expect("rustc can be started");
        let wrapped = compile(&product, words, &[("CARGO_HEALTH_SEC_NOTES", "/no/such/folder".into())]);
        let direct = Said::of(&direct);
        assert_eq!((wrapped.code, &wrapped.out, &wrapped.err), (direct.code, &direct.out, &direct.err));
    }
}

#[test]
fn a_wrapper_that_can_not_look_fails_the_build() {
    let product = Product::new();
    assert_eq!(product.health_sec(&["check", "--"]).code, 0);
    let notes = product.path("target/health-sec");
    let words = ["--crate-name", "motor", "--crate-type", "lib", "motor/src/lib.rs", "--error-format=json", "--emit=metadata,dep-info", "--out-dir", "target"];
    let member = |notes: Option<&Path>, folder: &str| {
        let mut environment = vec![
            ("CARGO_PKG_NAME", OsString::from("motor")),
            ("CARGO_MANIFEST_DIR", product.path(folder).into()),
        ];
        environment.extend(notes.map(|notes| ("CARGO_HEALTH_SEC_NOTES", notes.into())));
        compile(&product, &words, &environment)
    };
    assert_eq!((member(Some(&notes), "motor").code, member(Some(&notes), "motor").err), (0, String::new()));
    // A crate of another workspace, such as a test compiles, is none of ours.
    std::fs::write(notes.join("motor.jsonl"), "not what it was\n").expect("a note");
    assert_eq!((member(Some(&notes), "elsewhere").code, member(Some(&notes), "elsewhere").err), (0, String::new()));
    let failed = |said: Said, why: &str| {
        assert_eq!(said.code, 1, "{}", said.err);
        let told: Value = serde_json::from_str(said.err.trim()).expect("one diagnostic");
        assert_eq!((&told["level"], &told["code"]["code"]), (&"error".into(), &"health_sec::could_not_tell".into()));
        assert!(told["message"].as_str().is_some_and(|message| message.contains(why)), "{}", told["message"]);
    };
    failed(member(Some(&notes), "motor"), "is not what it was");
    std::fs::remove_file(notes.join("motor.jsonl")).expect("a note");
    failed(member(Some(&notes), "motor"), "can't be read");
    std::fs::write(notes.join("index.json"), "{}").expect("an index");
    failed(member(Some(&notes), "motor"), "can't be read");
    // Set by hand, there is nobody who has asked the gate.
    failed(member(None, "motor"), "the gate was not asked");
}

#[test]
fn nothing_of_a_wrapper_is_written_into_the_product() {
    let product = Product::new();
    assert_eq!(product.health_sec(&["build"]).code, 0);
    let status = product.command("git").args(["status", "--porcelain"]).output().expect("git can be started");
    assert_eq!(String::from_utf8_lossy(&status.stdout), "");
    assert!(!product.path(".cargo").exists());
    assert!(product.path("target/CACHEDIR.TAG").exists());
}

/// The lightest use of this crate: in a build script.
mod build_script {
    use super::*;

    fn product() -> Product {
        let product = Product::new();
        let here = env!("CARGO_MANIFEST_DIR").replace('\\', "/");
        let asks = format!("\n[build-dependencies]\ncargo-health-sec = {{ path = \"{here}\", default-features = false, features = [\"build\"] }}\n");
        product.put("motor/Cargo.toml", &format!("{MOTOR}{asks}"));
        product.put("motor/build.rs", "//! Asks the gate.\n\nfn main() {\n    cargo_health_sec::build::gate();\n}\n");
        let locked = product.cargo(&["generate-lockfile", "--offline"]);
        assert_eq!(locked.code, 0, "{}", locked.err);
        product.git(&["add", "."]);
        product.git(&["commit", "--quiet", "-m", "The gate in the build script"]);
        product
    }

    #[test]
    fn a_plain_build_fails_where_the_gate_is_closed() {
        let product = product();
        let said = product.cargo(&["build", "--offline"]);
        assert_eq!(said.code, 0, "{}", said.err);
        assert_eq!(said.times("Compiling cargo-health-sec"), 1, "{}", said.err);
        product.put("pump/src/main.rs", &format!("{PROGRAM}{CLOSING}"));
        let said = product.cargo(&["build", "--offline"]);
        assert_eq!(said.code, 101, "{}", said.err);
        assert!(said.err.contains("pump/src/main.rs:6:12: static_mut: "), "{}", said.err);
        assert!(said.err.contains("gate: FAILED"), "{}", said.err);
        product.put("pump/src/main.rs", PROGRAM);
        assert_eq!(product.cargo(&["build", "--offline"]).code, 0);
    }

    #[test]
    fn where_the_tool_is_missing_the_build_says_how_to_install_it() {
        let product = product();
        let mut command = product.command("cargo");
        command.args(["build", "--offline"]).env("PATH", std::env::var_os("PATH").expect("a path"));
        if product.command("cargo-health-sec").env("PATH", std::env::var_os("PATH").expect("a path")).output().is_ok() {
            eprintln!("SKIPPED: cargo-health-sec is installed on this machine");
            return;
        }
        let said = Said::of(&command.output().expect("cargo can be started"));
        assert_eq!(said.code, 101, "{}", said.err);
        assert!(said.err.contains("cargo install cargo-health-sec --locked"), "{}", said.err);
    }

    #[test]
    fn it_brings_nothing_but_itself() {
        let tree = Command::new(env!("CARGO"))
            .args(["tree", "--offline", "--edges=normal,build", "--no-default-features", "--features=build"])
            .args(["--target=all", "--prefix=none", "--format={p}"])
            .current_dir(env!("CARGO_MANIFEST_DIR"))
            .output()
            .expect("cargo can be started");
        let listed = Said::of(&tree);
        assert_eq!(listed.code, 0, "{}", listed.err);
        let packages: Vec<&str> = listed.out.lines().collect();
        assert_eq!(packages.len(), 1, "{packages:?}");
        assert!(packages[0].starts_with("cargo-health-sec v"), "{packages:?}");
    }
}
