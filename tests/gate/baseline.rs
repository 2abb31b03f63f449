//! Only what is new: `check --since REV`, and the record of a product in transition, which only ever shrinks.

use std::process::Output;

use super::scratch::Scratch;
use super::{LOCK, MANIFEST};

const OLD: &str = "//! A pump.\n\nstatic mut STEPS: u32 = 0;\n\nstatic mut PAUSE: u32 = 0;\n";

/// A committed pump with two flaws of long ago.
struct Pump(Scratch);

impl Pump {
    fn new() -> Self {
        Self(Scratch::committed(&[("Cargo.toml", MANIFEST), ("Cargo.lock", LOCK), ("src/lib.rs", OLD)]))
    }

    fn put(&self, path: &str, text: &str) {
        self.0.put(path, text);
    }

    fn run(&self, words: &[&str]) -> Output {
        let mut program = self.0.command("cargo-health-sec");
        program.args(words).output().expect("the program can be started")
    }

    /// How many entries are told that the record did not begin with.
    fn grown(&self) -> usize {
        let output = self.run(&["check", "--format", "rustc"]);
        let text = String::from_utf8_lossy(&output.stdout);
        text.lines().filter(|line| line.contains("\"health_sec::baseline_grown\"")).count()
    }

    /// How many findings of the rule `static_mut` are told, and the exit code.
    fn told(&self, words: &[&str]) -> (usize, i32) {
        let output = self.run(&[&["check", "--format", "rustc"], words].concat());
        let text = String::from_utf8_lossy(&output.stdout);
        let code = output.status.code().expect("an exit code");
        assert!(code < 3, "{}", String::from_utf8_lossy(&output.stderr));
        (text.lines().filter(|line| line.contains("\"health_sec::static_mut\"")).count(), code)
    }
}

#[test]
fn a_branch_is_judged_by_what_it_adds() {
    let pump = Pump::new();
    assert_eq!(pump.told(&[]), (2, 1));
    assert_eq!(pump.told(&["--since", "main"]), (0, 0));
    assert_eq!(pump.told(&["--since", "main", "--all"]), (2, 1));
    pump.0.git(&["checkout", "--quiet", "-b", "work"]);
    pump.put("src/lib.rs", &OLD.replace("mut PAUSE", "mut WAIT"));
    pump.0.commit();
    assert_eq!(pump.told(&["--since", "main"]), (0, 0), "a new name is no new finding");
    pump.put("src/lib.rs", &format!("{OLD}\nstatic mut RATE: u32 = 0;\n"));
    assert_eq!(pump.told(&["--since", "main"]), (1, 1), "what is not committed counts too");
    pump.0.commit();
    // The main line has mended what the branch still has: that is no doing of the branch.
    pump.0.git(&["checkout", "--quiet", "main"]);
    pump.put("src/lib.rs", "//! A pump.\n");
    pump.0.commit();
    pump.0.git(&["checkout", "--quiet", "work"]);
    assert_eq!(pump.told(&["--since", "main"]), (1, 1));
}

#[test]
fn what_is_recorded_stays_out_of_the_way_and_only_shrinks() {
    let pump = Pump::new();
    assert_eq!(pump.run(&["baseline"]).status.code(), Some(3), "a record needs a reason");
    assert_eq!(pump.run(&["baseline", "--reason", "goes with release 3"]).status.code(), Some(0));
    let recorded = || std::fs::read_to_string(pump.0.path("health-sec.baseline.toml")).expect("a record");
    let entries = |text: &str| text.matches("rule = \"static_mut\"").count();
    let first = recorded();
    assert_eq!(entries(&first), 2);
    assert!(first.contains("reason = \"goes with release 3\""), "{first}");
    assert_eq!(pump.told(&[]), (0, 0));
    let text = String::from_utf8_lossy(&pump.run(&["check"]).stdout).into_owned();
    assert!(text.contains("left over") && text.contains("since 2026-09-01"), "{text}");

    // Moved to another file, with other lines around it.
    pump.put("src/lib.rs", "//! A pump.\n\nmod motor;\n");
    pump.put("src/motor.rs", &format!("//! The motor.\n//!\n//! Much to say.\n{}", &OLD[12..]));
    assert_eq!(pump.told(&[]), (0, 0));
    // One more is one more, and the record does not take it up.
    pump.put("src/motor.rs", &format!("{}\nstatic mut RATE: u32 = 0;\n", &OLD[12..]));
    assert_eq!(pump.told(&[]), (1, 1));
    assert_eq!(pump.run(&["baseline", "--reason", "more"]).status.code(), Some(0));
    assert_eq!(entries(&recorded()), 2);
    assert_eq!(pump.told(&[]), (1, 1));
    // What is mended is taken out, and may not come back.
    pump.put("src/motor.rs", "//! The motor.\n\nstatic mut STEPS: u32 = 0;\n");
    assert_eq!(pump.run(&["baseline"]).status.code(), Some(0));
    assert_eq!(entries(&recorded()), 1);
    pump.put("src/motor.rs", &OLD.replace("A pump", "The motor"));
    assert_eq!(pump.told(&[]), (1, 1));
}

#[test]
fn a_record_that_can_not_be_read_is_no_pass() {
    let pump = Pump::new();
    for text in ["[[left]]\nrule = \"static_mut\"\n", "left = 3\n", "nonsense", "recorded = 1\nmore = 2\n"] {
        pump.put("health-sec.baseline.toml", text);
        assert_eq!(pump.run(&["check"]).status.code(), Some(3), "{text}");
    }
}

#[test]
fn a_commit_does_not_hide_a_finding_by_recording_it() {
    let pump = Pump::new();
    pump.put("src/lib.rs", &format!("{OLD}\nstatic mut RATE: u32 = 0;\n"));
    assert_eq!(pump.run(&["baseline", "--reason", "quickly"]).status.code(), Some(0));
    assert_eq!(pump.told(&[]), (0, 0));
    pump.0.git(&["add", "."]);
    assert_eq!(pump.told(&["--staged"]), (1, 1));
}

#[test]
fn a_record_that_has_grown_closes_the_gate_whoever_committed_it() {
    let pump = Pump::new();
    assert_eq!(pump.run(&["baseline", "--reason", "goes with the new driver"]).status.code(), Some(0));
    pump.0.commit();
    assert_eq!(pump.grown(), 0);
    // A finding of today, recorded by hand as if it were of then; the commit does not make it right.
    pump.put("src/lib.rs", &format!("{OLD}\nstatic mut FRESH: u32 = 0;\n"));
    let path = pump.0.path("health-sec.baseline.toml");
    let honest = std::fs::read_to_string(&path).expect("the record");
    let entry = honest.split("\n[[left]]").find(|entry| entry.contains("STEPS")).expect("an entry");
    pump.put("health-sec.baseline.toml", &format!("{honest}\n[[left]]{}", entry.replace("STEPS", "FRESH")));
    assert_eq!(pump.grown(), 1);
    pump.0.commit();
    assert_eq!(pump.grown(), 1);
    // Nor does it help to begin anew.
    std::fs::remove_file(&path).expect("the record");
    pump.0.commit();
    assert_eq!(pump.run(&["baseline", "--reason", "once more"]).status.code(), Some(0));
    assert!(pump.grown() > 0);
    // What is taken out again is well.
    pump.put("src/lib.rs", OLD);
    pump.put("health-sec.baseline.toml", &honest);
    assert_eq!(pump.grown(), 0);
}

#[test]
fn what_is_left_over_is_mended_like_any_other_finding() {
    let pump = Pump::new();
    let lints = "[lints.clippy]\nuninit_vec = \"deny\"\nall = \"warn\"\n";
    pump.put("Cargo.toml", &format!("{MANIFEST}\n{lints}"));
    pump.0.commit();
    assert_eq!(pump.run(&["baseline", "--reason", "goes with release 3"]).status.code(), Some(0));
    let recorded = || std::fs::read_to_string(pump.0.path("health-sec.baseline.toml")).expect("a record");
    assert!(recorded().contains("lint_overridden_by_group"));
    let said = pump.run(&["fix", "lint_overridden_by_group"]);
    let said = String::from_utf8_lossy(&said.stderr).into_owned();
    assert!(said.contains("1 finding mended in 1 file"), "{said}");
    assert_eq!(pump.run(&["baseline"]).status.code(), Some(0));
    assert!(!recorded().contains("lint_overridden_by_group"), "the record has shrunk");
}
