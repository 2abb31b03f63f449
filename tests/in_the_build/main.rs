//! The gate in the build: `cargo health-sec build`, `run`, `test`, `clippy` and `check -- ...` on a scratch workspace, as
//! people start them; cargo itself is between us and the compiler.

#![expect(clippy::expect_used, reason = "a test ends where it can't go on")]
#![expect(clippy::print_stderr, reason = "what is skipped is said")]

mod build_script;
mod editor;
mod product;
#[path = "../scratch/mod.rs"]
mod scratch;

use std::ffi::OsString;
use std::path::Path;

use serde_json::Value;

use product::{CLOSING, LIBRARY, MOTOR, PROGRAM, PUMP, Product, Said, WARNED};

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
    assert!(
        said.err.contains("error[health_sec::could_not_tell]: could not look at motor/src/lib.rs"),
        "{}",
        said.err
    );
    assert!(!product.path("target/debug").exists());
    let (found, code) = product.in_build();
    assert_eq!(code, 2);
    assert_eq!(
        found,
        ["error could_not_tell motor/src/lib.rs:1", "warning toolchain_unpinned motor/Cargo.toml:1"]
    );
    // A policy that can't be read: the compiler is heard all the same, and the editor hears why.
    product.put("motor/src/lib.rs", LIBRARY);
    product.put("health-sec.toml", "[produkt]\n");
    assert_eq!(product.health_sec(&["build"]).code, 3);
    let said = product.health_sec(&["check", "--message-format=json"]);
    let changed = "warning could_not_tell motor/Cargo.toml:1".to_owned();
    assert_eq!(
        (said.findings(), said.code),
        (vec!["error could_not_tell motor/Cargo.toml:1".to_owned(), changed], 3)
    );
    assert!(said.out.contains("motor/src/lib.rs was changed after it was judged"), "{}", said.out);
    assert!(said.out.contains("compiler-artifact"), "{}", said.out);
}

#[test]
fn a_finding_is_told_once_told_again_while_fresh_and_gone_when_mended() {
    let product = Product::new();
    for (flaw, head, code) in
        [(CLOSING, "error[health_sec::static_mut]", 1), (WARNED, "warning[health_sec::unfinished_code]", 0)]
    {
        product.put("motor/src/lib.rs", &format!("{LIBRARY}{flaw}"));
        let said = product.health_sec(&["check", "--", "--all-targets"]);
        assert_eq!((said.times(head), said.code), (1, code), "{}", said.err);
        assert_eq!(said.times("Checking motor"), 1, "{}", said.err);
        let said = product.health_sec(&["check", "--", "--all-targets"]);
        assert_eq!((said.times(head), said.code), (1, code), "{}", said.err);
        assert_eq!(said.times("Checking"), 0, "{}", said.err);
        product.put("motor/src/lib.rs", LIBRARY);
        let said = product.health_sec(&["check", "--", "--all-targets"]);
        assert_eq!(
            (said.times("health_sec::"), said.code),
            (said.times("toolchain_unpinned"), 0),
            "{}",
            said.err
        );
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
    assert!(!static_mut("error").0, "{:?}", product.in_build());
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
fn members_taken_in_turns_are_compiled_once() {
    let product = Product::new();
    product.put("motor/src/lib.rs", &format!("{LIBRARY}{CLOSING}"));
    product.put("pump/src/main.rs", &format!("{PROGRAM}{WARNED}"));
    let asked = |member: &str| {
        let said = product.health_sec(&["check", "-p", member, "--"]);
        assert!(said.code < 2, "{}", said.err);
        (
            said.code,
            said.times("Checking"),
            said.times("[health_sec::static_mut]"),
            said.times("unfinished_code]"),
        )
    };
    let (motor, pump) = ((1, 1, 1, 0), (0, 1, 1, 1));
    assert_eq!((asked("motor"), asked("pump")), (motor, pump));
    for _ in 0..2 {
        assert_eq!((asked("motor"), asked("pump")), ((1, 0, 1, 0), (0, 0, 1, 1)));
    }
    // Changed while the other is judged: what was found in it before is not told as if it still held.
    product.put("motor/src/lib.rs", &format!("{LIBRARY}\n{CLOSING}"));
    assert_eq!(asked("pump"), (0, 2, 0, 1));
    assert_eq!(asked("pump"), (0, 0, 0, 1));
    assert_eq!(asked("motor"), motor);
    assert_eq!(asked("motor"), (1, 0, 1, 0));
}

#[test]
fn old_advisories_stop_no_build_and_no_gate_passes_by_them() {
    let product = Product::new();
    let later = "--as-of=2029-01-01";
    assert_eq!(product.health_sec(&["check", later]).code, 2);
    let said = product.health_sec(&["run", "-q", later]);
    assert_eq!((said.code, said.out.as_str()), (0, "1 steps\n"), "{}", said.err);
    assert!(
        said.err.contains("gate: COULD NOT TELL") && said.err.contains("the age of its data"),
        "{}",
        said.err
    );
    assert_eq!(product.health_sec(&["clippy", later]).code, 2, "what makes nothing is a gate");
    // With anything else that can't be told, with a finding, and where it is asked for, nothing is built.
    assert_eq!(product.health_sec(&["build", later, "--strict"]).code, 1);
    product.put("motor/src/lib.rs", &format!("{LIBRARY}{CLOSING}"));
    assert_eq!(product.health_sec(&["build", later]).code, 1);
    product.put("motor/src/lib.rs", "fn (");
    let said = product.health_sec(&["build", later]);
    assert_eq!(said.code, 2, "{}", said.err);
    assert!(said.err.contains("was not started"), "{}", said.err);
}

#[test]
fn the_build_tells_what_the_gate_tells() {
    let product = Product::new();
    product.put("motor/src/lib.rs", &format!("{LIBRARY}{CLOSING}{WARNED}"));
    product.put("pump/src/main.rs", &format!("{PROGRAM}{CLOSING}"));
    product.put("pump/tests/all.rs", "static mut TESTED: u32 = 0;\n");
    product.put("pump/Cargo.toml", &PUMP.replace("\n[lints.rust]\nunsafe_code = \"forbid\"\n", ""));
    product.put(
        "health-sec.toml",
        "[[waiver]]\nrule = \"weak_hash\"\nplace = \"a\"\nreason = \"r\"\nby = \"p\"\nuntil = 2026-12-01\n",
    );
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
    let codes: Vec<String> = said
        .messages()
        .iter()
        .filter_map(|message| Some(message["code"]["code"].as_str()?.to_owned()))
        .collect();
    for code in ["dead_code", "E0425", "health_sec::static_mut"] {
        assert!(codes.iter().any(|told| told == code), "{code}: {codes:?}");
    }
    assert_eq!(said.code, 1);
    // In one line, where that was asked for.
    product.put("motor/src/lib.rs", &format!("{LIBRARY}{CLOSING}"));
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
    assert!(
        !said.out.contains("unsafe_not_forbidden") && !said.out.contains("was changed after"),
        "{}",
        said.out
    );
}

#[test]
fn clippy_is_chained_and_never_taken_for_the_compiler() {
    let product = Product::new();
    product.put(
        "motor/src/lib.rs",
        &format!("{LIBRARY}{CLOSING}/// Even.\npub fn even(n: u32) -> bool {{\n    return n % 2 == 0;\n}}\n"),
    );
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
    let said =
        product.cargo_with(&["health-sec", "build"], &[("RUSTC_WORKSPACE_WRAPPER", wrapper.clone().into())]);
    assert_eq!((said.code, said.times("[health_sec::unfinished_code]")), (0, 1), "{}", said.err);
    assert!(heard().contains("--crate-name motor") && heard().contains("-vV"), "{}", heard());
    assert!(
        heard()
            .lines()
            .all(|line| line.split(' ').next().is_some_and(|compiler| compiler.ends_with("rustc")))
    );
    // Named by the user's own configuration.
    std::fs::remove_file(&log).expect("the log");
    let home = product.0.home().join("cargo");
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
    let probe =
        ["-", "--crate-name", "___", "--print=file-names", "--crate-type", "bin", "--error-format=json"];
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
    let words = [
        "--crate-name",
        "motor",
        "--crate-type",
        "lib",
        "motor/src/lib.rs",
        "--error-format=json",
        "--emit=metadata,dep-info",
        "--out-dir",
        "target",
    ];
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
    assert_eq!(
        (member(Some(&notes), "elsewhere").code, member(Some(&notes), "elsewhere").err),
        (0, String::new())
    );
    let failed = |said: Said, why: &str| {
        assert_eq!(said.code, 1, "{}", said.err);
        let told: Value = serde_json::from_str(said.err.trim()).expect("one diagnostic");
        assert_eq!(
            (&told["level"], &told["code"]["code"]),
            (&"error".into(), &"health_sec::could_not_tell".into())
        );
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
