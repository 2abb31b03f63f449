//! `build`, `run`, `test`, `clippy`, and `check` where it compiles: the gate, and cargo behind it.
//!
//! The gate is asked once, before cargo. What makes something to be run is refused where the gate is not open. Then
//! cargo is started with this program as its workspace wrapper, which tells the findings of each member when that is
//! compiled: cargo keeps them with what it has built, and tells them again without compiling. Findings that belong to no
//! member are told before.
//!
//! - `words`: which words are the gate's, and which are cargo's
//! - `notes`: the files that tell the wrapper what was found
//! - `wrapper`: this program in the place of the compiler
//! - `dep_info`: what cargo is told that a compilation depends on

mod dep_info;
mod notes;
pub(super) mod words;
pub(super) mod wrapper;

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};
use std::process::Command;

use clap::Args;

use crate::Report;
use crate::error::Error;
use crate::gate;
use crate::gate::told::{self, Split};
use crate::report::rustc::{self, Diagnostic};
use crate::report::text;
use crate::request::Request;

use super::judgement::Judgement;
use super::screen::Screens;
use super::subject::Subject;

use notes::Place;

/// Names the program that stands between this one and the compiler: Clippy, or a wrapper of the user's own.
const INNER: &str = "CARGO_HEALTH_SEC_INNER";

/// Names the folder of the [`notes`].
const NOTES: &str = "CARGO_HEALTH_SEC_NOTES";

/// `build`, `run`, `test`, `clippy`.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    subject: Subject,
    #[command(flatten)]
    pub(super) judgement: Judgement,
    /// What cargo is given, as typed.
    #[arg(skip)]
    pub(super) cargo: Vec<OsString>,
}

impl Arguments {
    /// What is asked for.
    ///
    /// # Errors
    /// As [`Subject::into_request`] and [`Judgement::put_into`].
    fn into_request(self) -> Result<Request, Error> {
        self.judgement.put_into(self.subject.into_request(super::epoch().as_deref())?)
    }
}

/// What cargo is asked to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Work {
    Check,
    Clippy,
    Build,
    Run,
    Test,
}

impl Work {
    fn word(self) -> &'static str {
        match self {
            Self::Check => "check",
            Self::Clippy => "clippy",
            Self::Build => "build",
            Self::Run => "run",
            Self::Test => "test",
        }
    }

    /// True where something comes out that is run, or may be.
    fn makes(self) -> bool {
        matches!(self, Self::Build | Self::Run | Self::Test)
    }
}

/// Asks the gate, then cargo.
pub(super) fn run(work: Work, mut words: Arguments, screens: &Screens) -> Result<u8, Error> {
    let cargo = std::mem::take(&mut words.cargo);
    let request = words.into_request()?;
    with(work, &request, &cargo, screens)
}

/// Asks the gate, then cargo with these words; the exit code is that of the gate, and where this is open, cargo's.
///
/// Advisories that have grown old stop no build: the same was built yesterday, and nothing in it has changed. The
/// gate by itself, which decides what is handed on, ends with 2.
pub(super) fn with(
    work: Work,
    request: &Request,
    cargo: &[OsString],
    screens: &Screens,
) -> Result<u8, Error> {
    let place = Place::ask(request.manifest_path.as_deref())?;
    let teller =
        Teller { machine: words::wants_json(cargo), quiet: words::is_quiet(cargo), place: &place, screens };
    let report = match judge(request) {
        Ok(report) => report,
        Err(error) if work.makes() => return Err(error),
        Err(error) => return without_judgement(work, &error, cargo, &teller),
    };
    let split = told::split(&report, |rule| place.address(rule));
    place.put_pages(&split)?;
    let merely_old = report.is_merely_old();
    if work.makes() && report.exit_code() != 0 && !merely_old {
        teller.refuse(work, &report, &split)?;
        return Ok(report.exit_code());
    }
    teller.tell(&split.rest)?;
    place.put(&split)?;
    let verdict = format!("{}\n", text::verdict(&report));
    if work.makes() && merely_old {
        screens.remark(&format!(
            "{verdict}but only for the age of its data, so `cargo {}` is started; `cargo health-sec check` ends with 2\n",
            work.word()
        ));
    } else if work.makes() && !teller.quiet {
        screens.remark(&verdict);
    }
    let code = start(work, cargo, &place, wrapper_of_config(&report))?;
    if !work.makes() {
        screens.remark(&verdict);
    }
    // Where something was made the gate was open, or merely not up to date.
    Ok(if work.makes() || report.exit_code() == 0 { code } else { report.exit_code() })
}

fn judge(request: &Request) -> Result<Report, Error> {
    if request.since.is_some() { gate::since(request) } else { crate::inspect(request) }
}

/// The compiler's messages are told though nothing could be judged, so that an editor does not fall silent where the
/// policy has a slip of the pen. What was found before stays told.
fn without_judgement(
    work: Work,
    error: &Error,
    cargo: &[OsString],
    teller: &Teller<'_>,
) -> Result<u8, Error> {
    let mut message = error.to_string();
    if let Error::Policy { faults, .. } = error {
        message.extend(faults.iter().map(|fault| format!("; {fault}")));
    }
    let help = "`cargo health-sec check` shows the place";
    teller.tell(&[rustc::failure("error", &teller.place.manifest(), &message, help)])?;
    teller.place.keep()?;
    start(work, cargo, teller.place, None)?;
    teller.screens.complain(error);
    Ok(error.exit_code())
}

/// Tells what no compilation tells.
struct Teller<'a> {
    /// Whether cargo's messages are for programs.
    machine: bool,
    quiet: bool,
    place: &'a Place,
    screens: &'a Screens,
}

impl Teller<'_> {
    fn tell<'d>(&self, diagnostics: impl IntoIterator<Item = &'d Diagnostic>) -> Result<(), Error> {
        if !self.machine {
            let style = self.screens.style_of_remarks();
            for diagnostic in diagnostics {
                // Nobody keeps a warning that belongs to no member: it is told by every run, and so in short.
                match diagnostic.is_error() {
                    true => self.screens.remark(&diagnostic.rendered(style)),
                    false if self.quiet => {}
                    false => self.screens.remark(&diagnostic.in_one_line(style)),
                }
            }
            return Ok(());
        }
        self.screens.write(|out| {
            for diagnostic in diagnostics {
                serde_json::to_writer(&mut *out, &self.place.message(diagnostic))?;
                writeln!(out)?;
            }
            Ok(())
        })?;
        Ok(())
    }

    /// Says why cargo is not started.
    fn refuse(&self, work: Work, report: &Report, split: &Split) -> Result<(), Error> {
        let of_members = split.members.values().flatten().map(|of_member| &of_member.diagnostic);
        self.tell(split.rest.iter().chain(of_members).filter(|diagnostic| diagnostic.is_error()))?;
        if self.machine {
            self.screens.write(|out| writeln!(out, r#"{{"reason":"build-finished","success":false}}"#))?;
        }
        let verdict = text::verdict(report);
        self.screens.remark(&format!(
            "{verdict}\nso `cargo {}` was not started; `cargo health-sec check` tells more\n",
            work.word()
        ));
        Ok(())
    }
}

/// Starts cargo with this program around the compiler, and waits for its end.
fn start(
    work: Work,
    words: &[OsString],
    place: &Place,
    wrapper_of_config: Option<PathBuf>,
) -> Result<u8, Error> {
    let ours = std::env::current_exe().map_err(|error| failed("this program", &error, "install it anew"))?;
    let cargo = cargo();
    let mut command = Command::new(&cargo);
    let mut inner = wrapper_of_user().or(wrapper_of_config).filter(|wrapper| *wrapper != ours);
    if work == Work::Clippy {
        let driver = clippy_driver(&cargo)?;
        words::as_clippy_does(words, &mut command);
        inner = Some(driver);
    } else {
        command.arg(work.word()).args(words);
    }
    command.env("RUSTC_WORKSPACE_WRAPPER", ours).env(NOTES, place.folder());
    match inner {
        Some(inner) => command.env(INNER, inner),
        None => command.env_remove(INNER),
    };
    let status = command
        .status()
        .map_err(|error| failed("cargo", &error, "install the Rust toolchain, or set CARGO to its cargo"))?;
    // Ended by a signal it has no code; 101 is how cargo says that a build failed.
    Ok(status.code().and_then(|code| u8::try_from(code).ok()).unwrap_or(101))
}

/// Cargo: the one that has started us, else the one on the path.
fn cargo() -> OsString {
    std::env::var_os("CARGO").filter(|cargo| !cargo.is_empty()).unwrap_or_else(|| "cargo".into())
}

/// A workspace wrapper that the user has named in the environment; ours stands before it.
fn wrapper_of_user() -> Option<PathBuf> {
    let named = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty());
    named("RUSTC_WORKSPACE_WRAPPER")
        .or_else(|| named("CARGO_BUILD_RUSTC_WORKSPACE_WRAPPER"))
        .map(PathBuf::from)
}

/// A workspace wrapper that cargo's configuration names.
fn wrapper_of_config(report: &Report) -> Option<PathBuf> {
    let workspace = &report.facts.workspace;
    let entries = workspace.cargo_config.iter().filter(|entry| !entry.nested);
    let mut named = entries.filter(|entry| entry.key == "build.rustc-workspace-wrapper");
    let (entry, written) = named.find_map(|entry| Some((entry, entry.value.as_str()?)))?;
    // A name alone is looked for on the path.
    let is_path = written.contains(['/', '\\']);
    Some(if is_path { entry.path(&workspace.root, written) } else { PathBuf::from(written) })
}

/// Clippy's compiler, beside cargo or on the path.
fn clippy_driver(cargo: &OsStr) -> Result<PathBuf, Error> {
    let name = format!("clippy-driver{}", std::env::consts::EXE_SUFFIX);
    let beside = Path::new(cargo).with_file_name(&name);
    let driver =
        if beside.components().count() > 1 && beside.exists() { beside } else { PathBuf::from(name) };
    let answers = Command::new(&driver).arg("--version").output();
    match answers {
        Ok(output) if output.status.success() => Ok(driver),
        Ok(output) => Err(Error::Program {
            program: "clippy-driver".to_owned(),
            message: text::visible(
                String::from_utf8_lossy(&output.stderr).lines().next().unwrap_or_default(),
            ),
            help: "rustup component add clippy".to_owned(),
        }),
        Err(error) => Err(failed("clippy-driver", &error, "rustup component add clippy")),
    }
}

fn failed(program: &str, error: &std::io::Error, help: &str) -> Error {
    Error::Program { program: program.to_owned(), message: error.to_string(), help: help.to_owned() }
}
