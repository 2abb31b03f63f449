//! The words of the command line, and what they mean.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::{ArgAction, Args, CommandFactory as _, FromArgMatches as _, Parser, Subcommand};

use crate::checks;
use crate::document::suggestion;
use crate::error::Error;
use crate::gate::Against;
use crate::report::Format;
use crate::request::{Level, Request};

use super::build::words;
use super::judgement::{self, Judgement};
use super::linting::Linting;
use super::subject::Subject;
use super::{advisories, baseline, build, components, fix, hook, init, sbom, standard, threats, vex, waive};

/// Inspects a Rust workspace for makers of health software, and gates it
///
/// Looks at components, advisories, unsafe code, lints and threat models, compares what is there with
/// rules drawn from IEC 81001-5-1, and says where they differ. Works without configuration, without a
/// network and without running anything the workspace names.
#[derive(Debug, Parser)]
#[command(
    name = "cargo-health-sec",
    bin_name = "cargo health-sec",
    override_usage = "cargo health-sec [OPTIONS] [COMMAND]",
    version,
    subcommand_help_heading = "Commands",
    after_help = AFTER_SHORT_HELP,
    after_long_help = AFTER_HELP,
    max_term_width = 100
)]
pub(super) struct Words {
    #[command(subcommand)]
    pub(super) command: Option<Command>,

    #[command(flatten)]
    pub(super) check: Check,

    #[command(flatten)]
    pub(super) screen: Screen,
}

const AFTER_SHORT_HELP: &str = "Exit codes: 0 passed, 1 the gate failed, 2 could not tell, 3 usage or policy, 4 a bug. \
See --help for more.";

const AFTER_HELP: &str = "\
Examples:
  cargo health-sec                              inspect the workspace around this folder
  cargo health-sec init                         start a policy that fits this workspace
  cargo health-sec explain undocumented_unsafe  why a rule exists and how to keep it
  cargo health-sec --target x86_64-unknown-linux-gnu -F telemetry
                                                judge the product as it is built
  cargo health-sec --format sarif --output health-sec.sarif
                                                a file for code scanning; same exit code
  cargo health-sec --advisory-db ~/advisory-db --strict
                                                newer advisories; warnings fail too
  SOURCE_DATE_EPOCH=1790000000 cargo health-sec --format json
                                                the same input gives the same bytes

Exit codes, the same in every format:
  0  passed: nothing that closes the gate
  1  the gate failed: a rule of the gate tier is unmet
  2  could not tell: something a gate rule needs could not be looked at, or is too old
  3  usage or policy: the words typed or health-sec.toml need mending; no report was made
  4  a bug in this tool; no report was made

Each rule has a page: `cargo health-sec rules` lists them, `cargo health-sec explain <RULE>` shows one.
Cargo is asked for the graph with --locked --offline; --fetch lets it download the locked crates first.";

const AFTER_VEX: &str = "\
Examples:
  cargo health-sec vex -o pump.openvex.json
  cargo health-sec vex --format cyclonedx --as-of 2026-11-22

Without an entry of the ledger a component is affected or under investigation; that something does no harm is said
by a person only: `cargo health-sec waive --status not_affected --justification ...`.
Exit codes: 0 the statements were written, 2 not everything they rest on could be looked at, 3 usage or policy.";

const AFTER_WAIVE: &str = "\
Examples:
  cargo health-sec waive component_vulnerable RUSTSEC-2020-0071 --by h.okafor --approver t.lind \\
    --status not_affected --justification vulnerable_code_not_in_execute_path \\
    --reason 'local_offset is not called: clippy bans it' >> health-sec.toml
  cargo health-sec waive static_mut src/registers.rs --by h.okafor --reason 'registers of the board'

The entry names the component, its checksum, the way to it and the facts of the advisory as they are today: when one
of them changes, the finding stands again. Nothing is written; without such a finding it is refused.";

const AFTER_FIX: &str = "\
Mended are members without the workspace's lints, lints that their group overrides, unsafe code that is not used and not
forbidden, `#[allow(unsafe_code)]` that can be `#[expect]`, and checks that a profile leaves out; each only where the
build goes on as before. Files keep their format and comments; each is replaced as a whole, and a second run changes
nothing. `cargo health-sec --fix` mends and then checks.

Examples:
  cargo health-sec fix --dry-run                 what would be changed
  cargo health-sec fix member_escapes_lints      mend this rule only
  cargo health-sec fix && cargo check            mend, and see that it still compiles

Exit codes: 0 mended, or nothing to mend; 3 files have changes that git does not hold, usage or policy.";

const AFTER_COMPONENTS: &str = "\
Examples:
  cargo health-sec components                           every component, as wide as the screen
  cargo health-sec components --ships product --with net,unsafe
                                                        what ships, opens sockets and holds unsafe code
  cargo health-sec components 'tokio*' --format json    what is known of these, for programs
  cargo health-sec components --format csv -o components.csv
                                                        every fact, for a spreadsheet; a cell that would be
                                                        taken for a formula starts with '
  cargo health-sec components --why time                the ways by which the product reaches it
  cargo health-sec components --diff v1.0.0             what has changed since a release

Exit codes: 0 the register was written, 2 with --strict where something could not be told, 3 usage or policy.
What was seen in sources is told as *at least*; what could not be told is unknown, never none.";
const AFTER_STANDARD: &str = "\
Examples:
  cargo health-sec standard                          each rule, what enforces it, whether that holds
  cargo health-sec standard --format lints           the lint tables to put into the root manifest
  cargo health-sec standard --with-clippy --format markdown -o standard.md
                                                     with what Clippy finds; compiles the workspace

Without a standard in the policy the profiles that come with the tool are told.
Exit codes: 0 it was written; with --strict 1 where a required rule is unmet or has no record, 2 could not tell;
3 usage or policy.";

const AFTER_DEVIATIONS: &str = "\
Examples:
  cargo health-sec deviations                        attributes, lint tables, the ledger, comments
  cargo health-sec deviations --with-clippy          and the places that each of them keeps silent; compiles
  cargo health-sec deviations --format csv -o deviations.csv

Exit codes: 0 it was written; with --strict 1 where a deviation has no reason, 2 could not tell; 3 usage or policy.";

const AFTER_BUILD: &str = "\
The gate's options and cargo's may stand in any order; what the gate does not know is cargo's, and so is everything
behind `--`. Options that both know (-p, --features, --target, --manifest-path, --locked and the like) are for both.

build, run and test: where the gate is closed or could not tell, cargo is not started; what closes it is told as the
compiler tells its errors. Where it is open, cargo is started, and warnings stand among those of the compiler, beside
the crate that they belong to. Cargo keeps them and tells them again while nothing has changed.
clippy, and `check -- ARGUMENTS`, make nothing that could be run, so they tell everything, errors too.

A build can be started without the gate. What an auditor is shown comes from `cargo health-sec check`.

Examples:
  cargo health-sec build --release --locked
  cargo health-sec test --strict -p pump -- --nocapture
  cargo health-sec clippy --all-targets -- -D warnings
  cargo health-sec clippy --fix --allow-dirty        remedies of the compiler, of Clippy and of the gate

Exit codes: those of the gate (1 it is closed, 2 could not tell, 3 usage or policy, 4 a bug); where it is open, that of
cargo: 101 where the build failed, else that of the program.";

/// How a command is typed that hands on words to cargo.
fn usage(command: &str) -> String {
    format!("cargo health-sec {command} [OPTIONS] [CARGO'S ARGUMENTS] [-- ARGUMENTS]")
}

const AFTER_SBOM: &str = "\
Listed is what ends up in the product, and, marked as excluded, what runs while it is built; with --whole-lock,
whatever is locked. The list holds no vulnerabilities. The same input and day give the same bytes.

Examples:
  cargo health-sec sbom -o pump.cdx.json             CycloneDX 1.6
  cargo health-sec sbom --profile fda --profile bsi  and what the list lacks, on standard error
  cargo health-sec sbom --format spdx3 --target all  SPDX 3.0.1, every platform

Exit codes: 0 written, 1 written and a required field of a --profile is missing, 3 usage or policy, 4 a bug.";

/// What to do, if not to check.
#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Inspect the workspace (what happens without a command too)
    #[command(after_help = "See `cargo health-sec --help` for examples and exit codes.")]
    Check(Box<Check>),
    /// Ask the gate, then compile with `cargo build`
    #[command(after_help = AFTER_BUILD, override_usage = usage("build"), visible_alias = "b")]
    Build(Box<build::Arguments>),
    /// Ask the gate, then start the product with `cargo run`
    #[command(after_help = AFTER_BUILD, override_usage = usage("run"), visible_alias = "r")]
    Run(Box<build::Arguments>),
    /// Ask the gate, then test with `cargo test`
    #[command(after_help = AFTER_BUILD, override_usage = usage("test"), visible_alias = "t")]
    Test(Box<build::Arguments>),
    /// Tell findings among those of Clippy
    #[command(after_help = AFTER_BUILD, override_usage = usage("clippy"))]
    Clippy(Box<build::Arguments>),
    /// Show the page of a rule: why it exists, what to do, examples
    #[command(after_help = "`cargo health-sec rules` lists all rules.")]
    Explain(Explain),
    /// List all rules with severity, tier and clauses
    #[command(after_help = "`cargo health-sec explain <RULE>` shows the page of a rule.")]
    Rules(Rules),
    /// State what each known vulnerability means for the product, from the ledger (VEX)
    #[command(after_help = AFTER_VEX)]
    Vex(Box<vex::Arguments>),
    /// Apply the remedies that need no thought, and show them as a diff
    #[command(after_help = AFTER_FIX)]
    Fix(Box<fix::Arguments>),
    /// Print the entry of health-sec.toml that accepts a finding for a time
    #[command(after_help = AFTER_WAIVE)]
    Waive(Box<waive::Arguments>),
    /// Show the register of components: what is known of each, why it is there, what has changed
    #[command(after_help = AFTER_COMPONENTS)]
    Components(Box<components::Arguments>),
    /// Show the coding standard: each rule, what enforces it, and whether that holds
    #[command(after_help = AFTER_STANDARD)]
    Standard(Box<standard::Arguments>),
    /// Show the register of deviations from the coding standard, with reasons
    #[command(after_help = AFTER_DEVIATIONS)]
    Deviations(Box<standard::Deviations>),
    /// Write a commented health-sec.toml that fits this workspace
    Init(init::Arguments),
    /// Record the findings of a product in transition, or take out what is gone
    Baseline(Box<baseline::Arguments>),
    /// Let git ask the gate before each commit
    Hook(hook::Arguments),
    /// Show, pack or update advisory data
    Advisories(advisories::Arguments),
    /// Write the component list: CycloneDX or SPDX
    #[command(after_help = AFTER_SBOM)]
    Sbom(Box<sbom::Arguments>),
    /// Show threat models, draw them, convert them, start one
    #[command(after_help = threats::AFTER, args_conflicts_with_subcommands = true)]
    Threats(Box<threats::Arguments>),
    /// Write completions for a shell to standard output
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },
    /// Write the manual page (roff) to standard output
    #[command(after_help = "Example: cargo health-sec man > ~/.local/share/man/man1/cargo-health-sec.1")]
    Man,
}

/// What the screen looks like; for every command.
#[derive(Debug, Clone, Args)]
pub(super) struct Screen {
    #[arg(
        long,
        global = true,
        value_name = "WHEN",
        value_enum,
        hide_possible_values = true,
        help = "Colours: auto, always, never [env: CARGO_TERM_COLOR, NO_COLOR]"
    )]
    pub(super) color: Option<clap::ColorChoice>,
}

/// `explain`.
#[derive(Debug, Args)]
pub(super) struct Explain {
    /// The rule, such as `undocumented_unsafe`
    #[arg(value_name = "RULE")]
    pub(super) rule: String,
}

/// `rules`.
#[derive(Debug, Args)]
pub(super) struct Rules {
    /// How to write the list
    #[arg(long, value_enum, default_value_t = ListFormat::Text, value_name = "FORMAT", alias = "message-format")]
    pub(super) format: ListFormat,
}

/// How a list is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(super) enum ListFormat {
    /// A table for people
    Text,
    /// An array for programs
    Json,
}

/// `check`.
#[derive(Debug, Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag that people type")]
pub(super) struct Check {
    /// Apply the remedies that need no thought first, and show them on standard error, as
    /// `cargo health-sec fix` does; files with changes that git does not hold stop it
    #[arg(long)]
    pub(super) fix: bool,
    /// Judge what is staged in git and would be committed now, not the working copy; cargo is not asked, and only
    /// what the commit adds or makes worse is told
    #[arg(long, conflicts_with_all = ["fix", "fetch", "since", "history", "message_format", "cargo"])]
    staged: bool,
    /// With --staged or --since: tell everything, not only what is new
    #[arg(long)]
    pub(super) all: bool,
    #[command(flatten)]
    subject: Subject,
    #[command(flatten)]
    linting: Linting,
    #[command(flatten)]
    judgement: Judgement,
    /// Judge as for a release: some rules may be open while a product is made, and not when it leaves
    #[arg(long, help_heading = "Judgement")]
    release: bool,
    #[command(flatten)]
    pub(super) compile: Compile,
    #[command(flatten)]
    pub(super) output: Output,
}

/// Whether the members are compiled too.
#[derive(Debug, Args)]
#[command(next_help_heading = "With `cargo check`, which COMPILES the workspace and runs its build scripts")]
pub(super) struct Compile {
    /// Tell findings among the compiler's messages, in cargo's formats: human, short, json; for editors
    #[arg(long, value_name = "FORMAT", conflicts_with_all = ["format", "file", "quiet", "verbose", "timings"])]
    pub(super) message_format: Option<String>,
    /// The same, with these words for cargo, such as --all-targets
    #[arg(last = true, value_name = "ARGUMENTS", conflicts_with_all = ["format", "file", "quiet", "verbose", "timings"])]
    pub(super) cargo: Option<Vec<OsString>>,
    /// What was typed before `--` that cargo needs to know too.
    #[arg(skip)]
    pub(super) shared: Vec<OsString>,
}

/// What is written where.
#[derive(Debug, Args)]
#[command(next_help_heading = "Output")]
pub(super) struct Output {
    /// text for people, json for programs, sarif for code scanning; junit, gitlab, github, markdown for
    /// pipelines; rustc for editors; build-script for build scripts
    #[arg(
        long,
        value_enum,
        default_value_t = Format::Text,
        value_name = "FORMAT",
        hide_possible_values = true
    )]
    pub(super) format: Format,
    /// Write the report to this file, complete or not at all
    #[arg(short = 'o', long = "output", value_name = "FILE")]
    pub(super) file: Option<PathBuf>,
    /// Only what fails the run, and the verdict
    #[arg(short, long, conflicts_with = "verbose")]
    pub(super) quiet: bool,
    /// Every finding with its place
    #[arg(short, long, action = ArgAction::Count)]
    pub(super) verbose: u8,
    /// Say on standard error how long each kind of fact took
    #[arg(long)]
    pub(super) timings: bool,
}

impl Words {
    /// Reads the words; the first is the program's name, the second may be `health-sec`, as cargo
    /// passes it.
    pub(super) fn read(words: impl IntoIterator<Item = OsString>) -> clap::error::Result<Self> {
        let mut words: Vec<OsString> = words.into_iter().collect();
        if words.get(1).is_some_and(|word| word == "health-sec") {
            words.remove(1);
        }
        let command = Self::command();
        let mut for_cargo = Vec::new();
        if let Some(at) = words::command_at(&words) {
            let known = command.find_subcommand(&words[at]).unwrap_or(&command);
            let (gate, cargo) = words::split(known, words.drain(at + 1..));
            words.extend(gate);
            for_cargo = cargo;
        }
        let shared = words::shared(&command, &words);
        // With nothing behind it, too: a script may have no words to put there.
        let compiles = words.iter().any(|word| word == "--");
        let mut matches = command.try_get_matches_from(words)?;
        misplaced(&matches)?;
        let levels = judgement::levels(matches.subcommand().map_or(&matches, |(_, matches)| matches));
        let mut words = Self::from_arg_matches_mut(&mut matches)?;
        match &mut words.command {
            Some(
                Command::Build(words) | Command::Run(words) | Command::Test(words) | Command::Clippy(words),
            ) => {
                words.judgement.levels = levels;
                words.cargo = for_cargo;
            }
            Some(Command::Check(check)) => check.complete(levels, shared, compiles),
            _ => words.check.complete(levels, shared, compiles),
        }
        Ok(words)
    }
}

/// Options of a check that stand before another command belong to nobody.
fn misplaced(matches: &clap::ArgMatches) -> clap::error::Result<()> {
    let typed = |id: &str| matches.value_source(id) == Some(clap::parser::ValueSource::CommandLine);
    let command = matches.subcommand_name();
    let option = Words::command()
        .get_arguments()
        .map(clap::Arg::get_id)
        .map(ToString::to_string)
        .find(|id| command.is_some() && id != "color" && typed(id));
    match (command, option) {
        (Some(command), Some(option)) => Err(Words::command().error(
            clap::error::ErrorKind::ArgumentConflict,
            format!(
                "`{}` stands before `{command}`; options stand behind the command",
                option.replace('_', "-")
            ),
        )),
        _ => Ok(()),
    }
}

impl Check {
    /// What is held against what, where only what is staged is judged.
    pub(super) fn staged(&self) -> Option<Against> {
        self.staged.then_some(if self.all { Against::Nothing } else { Against::Head })
    }

    /// What is asked for.
    ///
    /// # Errors
    /// When a rule is not known or the clock in the environment is no number.
    pub(super) fn into_request(self, epoch: Option<&str>) -> Result<Request, Error> {
        let request = self.linting.put_into(self.subject.into_request(epoch)?)?;
        let release = self.release;
        Ok(Request { release, ..self.judgement.put_into(request)? })
    }

    fn complete(&mut self, levels: Vec<(String, Level)>, shared: Vec<OsString>, compiles: bool) {
        self.judgement.levels = levels;
        self.compile.shared = shared;
        if compiles && self.compile.cargo.is_none() {
            self.compile.cargo = Some(Vec::new());
        }
    }

    /// The words for cargo, where the members are to be compiled too.
    pub(super) fn for_cargo(&mut self) -> Option<Vec<OsString>> {
        let Compile { message_format, cargo, shared } = &mut self.compile;
        if message_format.is_none() && cargo.is_none() {
            return None;
        }
        let mut words = std::mem::take(shared);
        words.extend(message_format.take().map(|format| format!("--message-format={format}").into()));
        words.extend(cargo.take().unwrap_or_default());
        // Whom the gate judges, cargo is to compile.
        if !words::choose_members(&words) {
            words.insert(0, "--workspace".into());
        }
        Some(words)
    }
}

/// The rule with this name, or whose turn it is.
///
/// # Errors
/// When there is no such rule; with a suggestion.
pub(super) fn known_rule(id: &str) -> Result<&'static crate::rule::Rule, Error> {
    checks::rule(id).ok_or_else(|| {
        let known: Vec<&str> = checks::catalogue().iter().map(|(rule, _)| rule.id).collect();
        Error::Usage {
            message: format!("there is no rule `{}`", id.escape_debug()),
            help: suggestion(&id.replace('-', "_"), &known).map_or_else(
                || "`cargo health-sec rules` lists all rules".to_owned(),
                |near| format!("{near} `cargo health-sec rules` lists all rules"),
            ),
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::request::MemberChoice;

    fn read(words: &str) -> Words {
        Words::read(words.split(' ').map(Into::into)).expect("words that fit")
    }

    fn request(words: &str) -> Request {
        match read(words) {
            Words { command: Some(Command::Check(check)), .. } => check.into_request(None),
            Words { check, .. } => check.into_request(None),
        }
        .expect("a request")
    }

    #[test]
    fn the_words_are_well_formed() {
        Words::command().debug_assert();
    }

    #[test]
    fn cargo_or_not_and_check_or_not_is_the_same() {
        for words in
            ["cargo-health-sec", "cargo health-sec", "cargo-health-sec check", "cargo health-sec check"]
        {
            assert_eq!(
                request(&format!("{words} --strict --as-of 2026-11-01")).as_of.to_string(),
                "2026-11-01"
            );
            assert!(request(&format!("{words} --strict")).strict);
        }
    }

    #[test]
    fn words_for_cargo_are_kept_apart() {
        let build = |text: &str| match read(text).command {
            Some(Command::Build(words)) => words,
            other => unreachable!("{other:?}"),
        };
        let words = build("cargo health-sec build --release -D static_mut --bin a -p b -- --strict");
        assert_eq!(words.cargo, ["--release", "--bin", "a", "-p", "b", "--", "--strict"]);
        assert_eq!(words.judgement.levels, [("static_mut".to_owned(), Level::Deny)]);
        let for_cargo = |text: &str| match read(text) {
            Words { command: Some(Command::Check(mut check)), .. } => check.for_cargo(),
            Words { mut check, .. } => check.for_cargo(),
        };
        assert_eq!(for_cargo("p check --strict -p a"), None);
        let words = for_cargo("p check -F x --strict --message-format json -- --tests").expect("words");
        assert_eq!(words, ["--workspace", "-F", "x", "--message-format=json", "--tests"]);
        assert_eq!(for_cargo("p -p a --").expect("words"), ["-p", "a"]);
        assert!(Words::read(["p", "check", "--staged", "--", "x"].map(Into::into)).is_err());
        assert!(Words::read(["p", "--format", "json", "--message-format", "json"].map(Into::into)).is_err());
    }

    #[test]
    fn options_before_another_command_are_refused() {
        assert!(Words::read(["p", "--strict", "rules"].map(Into::into)).is_err());
        assert!(Words::read(["p", "-D", "waiver_unused", "check"].map(Into::into)).is_err());
        assert!(matches!(read("p --color never rules").command, Some(Command::Rules(_))));
    }

    #[test]
    fn levels_keep_the_order_typed() {
        let levels = request("p -D waiver_unused -A waiver_expired -A waiver_unused").levels;
        let levels: Vec<_> = levels.iter().map(|(rule, level)| (rule.as_str(), *level)).collect();
        let expected = [
            ("waiver_unused", Level::Deny),
            ("waiver_expired", Level::Allow),
            ("waiver_unused", Level::Allow),
        ];
        assert_eq!(levels, expected);
    }

    #[test]
    fn members_and_features_mean_what_they_mean_to_cargo() {
        assert_eq!(request("p").members, MemberChoice::Default);
        assert_eq!(request("p -p a -p b").members, MemberChoice::Only(vec!["a".into(), "b".into()]));
        assert_eq!(request("p --workspace -p a").members, MemberChoice::Default);
        assert_eq!(request("p --workspace --exclude a").members, MemberChoice::AllBut(vec!["a".into()]));
        assert_eq!(request("p").features, None);
        let features = request("p -F a,b --features c").features.expect("features");
        assert_eq!(features.features, ["a", "b", "c"]);
        assert!(request("p --no-default-features").features.expect("features").no_default);
        assert_eq!(request("p --target a --target b").targets, ["a", "b"]);
    }

    #[test]
    fn the_day_is_the_one_named_or_the_one_of_the_environment() {
        let Words { check, .. } = read("p");
        assert_eq!(check.into_request(Some("0")).expect("a request").as_of.to_string(), "1970-01-01");
        for epoch in ["soon", "9999999999999999", "-1e9", "1\u{1b}[2J"] {
            let Words { check, .. } = read("p");
            let error = check.into_request(Some(epoch)).expect_err("no number of seconds");
            assert_eq!(error.exit_code(), 3);
        }
    }
}
