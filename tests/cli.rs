//! The program as people use it: transcripts, exit codes, streams.
//!
//! `README.md` and `tests/cli/*.md` are run as [`transcripts`] says.

#![expect(clippy::expect_used, clippy::panic, reason = "a test ends where it can't go on")]

mod transcripts;

use std::ffi::OsStr;
use std::process::{Output, Stdio};

use transcripts::{World, repository, texts};

/// Runs the program with these words in a folder.
fn run<S: AsRef<OsStr>>(world: &World, folder: &str, words: impl IntoIterator<Item = S>) -> Output {
    world.program(folder).args(words).output().expect("the program can be started")
}

#[test]
fn transcripts_say_what_the_program_says() {
    let mut files = texts("cli");
    files.push(repository().join("README.md"));
    transcripts::check(files);
}

/// Workspaces that end in different ways.
fn workspaces(world: &World) -> Vec<(String, u8)> {
    let put = |path: &str, text: &str| {
        let path = world.path(path);
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        std::fs::write(path, text).expect("a file");
    };
    let manifest = "[package]\nname = \"pump\"\nversion = \"0.1.0\"\nedition = \"2024\"\n";
    put("no_lock/Cargo.toml", manifest);
    put("no_lock/src/lib.rs", "");
    put("fails/Cargo.toml", manifest);
    put("fails/src/lib.rs", "");
    let waiver = "[[waiver]]\nrule = \"waiver_unused\"\nplace = \"a\"\nreason = \"r\"\nby = \"p\"\nuntil = 2020-01-01\n";
    put("fails/health-sec.toml", waiver);
    put("empty/Cargo.toml", "[workspace]\n");
    put("no_policy/Cargo.toml", manifest);
    put("no_policy/src/lib.rs", "");
    put("no_policy/health-sec.toml", "[produkt]\n");
    put("no_manifest/readme.txt", "");
    let mut workspaces = vec![
        ("no_lock".to_owned(), u8::MAX),
        ("fails".to_owned(), 1),
        ("empty".to_owned(), u8::MAX),
        ("no_policy".to_owned(), 3),
        ("no_manifest".to_owned(), 3),
    ];
    for example in ["infusion_pump", "glucose_gateway"] {
        if world.path("examples").join(example).exists() {
            workspaces.push((format!("examples/{example}"), u8::MAX));
        }
    }
    workspaces
}

#[test]
fn the_exit_code_is_the_same_in_every_format() {
    let world = World::new();
    for (folder, expected) in workspaces(&world) {
        let mut codes = Vec::new();
        for words in [
            &["--format", "text"][..],
            &["--format", "json"],
            &["--format", "sarif"],
            &["--format", "junit"],
            &["--format", "gitlab"],
            &["--format", "github"],
            &["--format", "markdown"],
            &["--format", "rustc"],
            &["-q"],
            &["-v", "--color", "always"],
            &["--format", "json", "--output", "report"],
        ] {
            let output = run(&world, &folder, words);
            codes.push((output.status.code().expect("an exit code"), words));
        }
        let (first, ..) = codes[0];
        assert!(codes.iter().all(|(code, ..)| *code == first), "{folder}: {codes:?}");
        assert!((0..=3).contains(&first), "{folder}: {first}");
        if expected != u8::MAX {
            assert_eq!(first, i32::from(expected), "{folder}");
        }
    }
}

#[test]
fn words_that_do_not_fit_are_usage_errors() {
    let world = World::new();
    for words in [
        &["--no-such-flag"][..],
        &["-D", "no_such_rule"],
        &["explain", "no_such_rule"],
        &["--as-of", "yesterday"],
        &["--fetch", "--offline"],
        &["-p", "a", "--exclude", "b"],
        &["--policy", "absent.toml"],
        &["--manifest-path", "absent/Cargo.toml"],
        &["--output", "absent/report.json", "--manifest-path", "examples/infusion_pump/Cargo.toml"],
    ] {
        let output = run(&world, "", words);
        assert_eq!(output.status.code(), Some(3), "{words:?}");
        assert!(!output.stderr.is_empty(), "{words:?} says nothing");
        assert!(output.stdout.is_empty(), "{words:?} says it on the wrong stream");
    }
    for words in [&["--help"][..], &["-h"], &["--version"], &["health-sec", "--help"], &["rules"], &["man"]] {
        let output = run(&world, "", words);
        assert_eq!(output.status.code(), Some(0), "{words:?}");
        assert!(output.stderr.is_empty() && !output.stdout.is_empty(), "{words:?}");
    }
    let output = world.program("").env("SOURCE_DATE_EPOCH", "soon").output().expect("output");
    assert_eq!(output.status.code(), Some(3));
}

#[test]
fn colours_are_for_those_who_ask() {
    let world = World::new();
    let coloured = |variables: &[(&str, &str)], words: &[&str]| {
        let mut program = world.program("");
        let output =
            program.envs(variables.iter().copied()).args(words).arg("rules").output().expect("output");
        output.stdout.contains(&0x1b)
    };
    assert!(!coloured(&[], &[]), "there is no terminal");
    assert!(coloured(&[], &["--color", "always"]));
    assert!(coloured(&[("CARGO_TERM_COLOR", "always")], &[]));
    assert!(!coloured(&[("CARGO_TERM_COLOR", "always")], &["--color", "never"]));
    assert!(!coloured(&[("CARGO_TERM_COLOR", "never"), ("CLICOLOR_FORCE", "1")], &[]));
    assert!(!coloured(&[("NO_COLOR", "1")], &["--color", "auto"]));
}

#[test]
fn who_hangs_up_changes_nothing() {
    let world = World::new();
    workspaces(&world);
    for format in ["text", "json"] {
        let mut child = world
            .program("fails")
            .args(["--format", format])
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the program can be started");
        drop(child.stdout.take());
        let output = child.wait_with_output().expect("it ends");
        assert_eq!(output.status.code(), Some(1));
        assert_eq!(String::from_utf8_lossy(&output.stderr), "");
    }
}

#[test]
fn a_report_in_a_file_is_whole_and_plain() {
    let world = World::new();
    workspaces(&world);
    for format in ["text", "json", "sarif"] {
        let screen = run(&world, "fails", ["--format", format, "--color", "never"]);
        let file = run(&world, "fails", ["--format", format, "--color", "always", "--output", "out.txt"]);
        assert!(file.stdout.is_empty());
        let written = std::fs::read(world.path("fails/out.txt")).expect("a report");
        assert_eq!(String::from_utf8_lossy(&written), String::from_utf8_lossy(&screen.stdout));
    }
    let left: Vec<_> = std::fs::read_dir(world.path("fails"))
        .expect("a folder")
        .map(|entry| entry.expect("an entry").file_name())
        .filter(|name| name.to_string_lossy().starts_with(".health-sec"))
        .collect();
    assert!(left.is_empty(), "{left:?}");
}

#[test]
fn real_reports_keep_to_the_published_schema() {
    let schema = std::fs::read(repository().join("schemas/report-1.schema.json")).expect("the schema");
    let schema =
        jsonschema::validator_for(&serde_json::from_slice(&schema).expect("JSON")).expect("a schema");
    let world = World::new();
    let mut folders: Vec<String> = workspaces(&world).into_iter().map(|(folder, _)| folder).collect();
    folders.push("examples/infusion_pump/crates/pump".to_owned());
    let mut reports = 0;
    for folder in folders {
        let output = run(&world, &folder, ["--format", "json"]);
        // Where no report can be made, nothing is written that looks like one.
        let Ok(report) = serde_json::from_slice(&output.stdout) else {
            assert!(output.stdout.is_empty() && output.status.code() == Some(3), "{folder}");
            continue;
        };
        let faults: Vec<String> =
            schema.iter_errors(&report).map(|error| format!("{}: {error}", error.instance_path())).collect();
        assert_eq!(faults, Vec::<String>::new(), "{folder}");
        assert_eq!(report["exit_code"].as_i64().map(i32::try_from), output.status.code().map(Ok), "{folder}");
        reports += 1;
    }
    assert!(reports >= 4, "{reports}");
}

#[test]
fn the_same_input_gives_the_same_bytes() {
    let (one, two) = (World::new(), World::new());
    for format in ["text", "json", "sarif"] {
        let run = |world: &World| run(world, "examples/infusion_pump", ["--format", format]).stdout;
        let first = run(&one);
        assert_eq!(String::from_utf8_lossy(&first), String::from_utf8_lossy(&run(&one)), "{format}: again");
        assert_eq!(
            String::from_utf8_lossy(&first),
            String::from_utf8_lossy(&run(&two)),
            "{format}: elsewhere"
        );
    }
}

#[test]
fn component_lists_are_the_same_wherever_the_workspace_lies() {
    for format in ["cyclonedx", "spdx", "spdx3"] {
        let lists = [World::new(), World::new()].map(|world| {
            let Output { status, stdout, stderr } =
                run(&world, "examples/glucose_gateway", ["sbom", "--format", format]);
            assert_eq!(status.code(), Some(0), "{}", String::from_utf8_lossy(&stderr));
            String::from_utf8(stdout).expect("text")
        });
        assert!(lists[0].contains("rustls") && lists[0].contains("SHA256") || format != "spdx");
        assert!(lists[0] == lists[1], "{format}: two folders, two lists");
    }
}
