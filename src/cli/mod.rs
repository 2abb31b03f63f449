//! The command line: words typed become calls, and the exit code comes out.
//!
//! `arguments` says which words there are, `screen` how wide and how colourful the answer may
//! be, `subject` what every inspection asks for, `judgement` how strict it is, `linting` where results of Clippy come
//! from, `pages` shows rules, `build` stands in the place of the compiler too, and each of the other commands has a file of its own. The exit code of a check is decided by [`Report::exit_code`](crate::Report::exit_code) and [`Error::exit_code`], nowhere
//! else.

mod advisories;
mod arguments;
mod baseline;
mod build;
mod components;
mod fix;
mod hook;
mod init;
mod judgement;
mod linting;
mod pages;
mod patience;
mod record;
mod review;
mod sbom;
mod screen;
mod standard;
mod subject;
mod threats;
mod vex;
mod waive;

use std::ffi::OsString;
use std::fmt::Write as _;
use std::io::{self, Write as _};
use std::mem::ManuallyDrop;
use std::panic::AssertUnwindSafe;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::OnceLock;
use std::time::Duration;

use clap::CommandFactory as _;

use crate::Report;
use crate::error::Error;
use crate::facts::Kind;
use crate::gate;
use crate::report::{Format, markdown, text};

use arguments::{Check, Command, Words};
use build::Work;
use screen::Screens;

/// What the first panic said, and where.
static PANIC: OnceLock<String> = OnceLock::new();

/// Runs the program with these words and returns its exit code.
pub fn main(words: impl IntoIterator<Item = OsString>) -> ExitCode {
    std::panic::set_hook(Box::new(|panic| {
        let _ = PANIC.set(panic.to_string());
    }));
    let words: Vec<OsString> = words.into_iter().collect();
    ExitCode::from(guarded(|| build::wrapper::called(&words).unwrap_or_else(|| run(words))))
}

/// A bug must not look like a failed gate: 101, the exit code of a panic, is nobody's.
fn guarded(run: impl FnOnce() -> u8) -> u8 {
    std::panic::catch_unwind(AssertUnwindSafe(run)).unwrap_or_else(|_| {
        let bug = Error::Bug(PANIC.get().map_or("a panic", String::as_str).replace('\n', " "));
        Screens::plain().complain(&bug);
        bug.exit_code()
    })
}

fn run(words: Vec<OsString>) -> u8 {
    let words = match Words::read(words) {
        Ok(words) => words,
        Err(answer) => {
            // Help and version are answers; everything else is a matter of usage.
            let _ = answer.print();
            return if answer.use_stderr() { USAGE } else { 0 };
        }
    };
    let screens = Screens::new(words.screen.color);
    patience::watch(words.screen.color);
    act(words, &screens).unwrap_or_else(|error| {
        screens.complain(&error);
        error.exit_code()
    })
}

/// The exit code of words that do not fit together, as [`Error::Usage`] has it.
const USAGE: u8 = 3;

fn act(words: Words, screens: &Screens) -> Result<u8, Error> {
    match words.command {
        None => check(words.check, screens),
        Some(Command::Check(words)) => check(*words, screens),
        Some(Command::Build(words)) => build::run(Work::Build, *words, screens),
        Some(Command::Run(words)) => build::run(Work::Run, *words, screens),
        Some(Command::Test(words)) => build::run(Work::Test, *words, screens),
        Some(Command::Clippy(words)) => build::run(Work::Clippy, *words, screens),
        Some(Command::Explain(words)) => {
            let rule = arguments::known_rule(&words.rule)?;
            screens.write(|out| pages::explain(rule, screens.style(), out))
        }
        Some(Command::Rules(words)) => screens.write(|out| pages::list(words.format, screens.style(), out)),
        Some(Command::Vex(words)) => vex::run(*words, screens),
        Some(Command::Fix(words)) => fix::run(*words, screens),
        Some(Command::Waive(words)) => waive::run(*words, screens),
        Some(Command::Components(words)) => components::run(*words, screens),
        Some(Command::Baseline(words)) => baseline::run(*words, screens),
        Some(Command::Hook(words)) => screens.with(|out| hook::run(&words, out)),
        Some(Command::Standard(words)) => standard::run(*words, screens),
        Some(Command::Deviations(words)) => standard::run_deviations(*words, screens),
        Some(Command::Init(words)) => screens.with(|out| init::run(&words, out)),
        Some(Command::Advisories(words)) => screens.with(|out| advisories::run(&words, out)),
        Some(Command::Sbom(words)) => sbom::run(*words, epoch().as_deref(), screens),
        Some(Command::Threats(words)) => threats::run(*words, screens),
        Some(Command::Completions { shell }) => screens.write(|out| {
            let mut script = Vec::new();
            clap_complete::generate(shell, &mut Words::command(), "cargo-health-sec", &mut script);
            out.write_all(&script)
        }),
        Some(Command::Man) => screens.write(|out| clap_mangen::Man::new(Words::command()).render(out)),
    }
}

fn check(mut words: Check, screens: &Screens) -> Result<u8, Error> {
    let for_cargo = words.for_cargo();
    let detail = match (words.output.quiet, words.output.verbose) {
        (true, _) => text::Detail::Quiet,
        (false, 0) => text::Detail::Usual,
        (false, _) => text::Detail::Verbose,
    };
    let (format, file, timings) = (words.output.format, words.output.file.clone(), words.output.timings);
    let (fix, staged, all) = (words.fix, words.staged(), words.all);
    let request = words.into_request(epoch().as_deref())?;
    let index = std::env::var_os("GIT_INDEX_FILE").map(PathBuf::from).filter(|file| file.exists());
    if fix {
        fix::before_check(&request, screens)?;
    }
    if let Some(for_cargo) = for_cargo {
        return build::with(Work::Check, &request, &for_cargo, screens);
    }
    let report = match staged {
        None if request.since.is_some() && !all => Some(gate::since(&request)?),
        None => Some(crate::inspect(&request)?),
        Some(against) => gate::change(&request, against, index.as_deref())?,
    };
    let Some(report) = report else {
        screens.remark(NOTHING_STAGED);
        return Ok(0);
    };
    // The process ends with this: to take all facts apart would cost more than it gives back.
    let report = ManuallyDrop::new(report);
    if timings {
        screens.remark(&timing_table(&report));
    }
    if let Some(file) = file {
        let plain = text::Style { colour: false, width: 100, detail };
        replace(&file, |out| report.write(format, plain, out))?;
        if detail > text::Detail::Quiet {
            screens.remark(&format!("{}\nreport: {}\n", text::verdict(&report), file.display()));
        }
    } else {
        let style = text::Style { detail, ..screens.style() };
        screens.write(|out| report.write(format, style, out))?;
    }
    if format == Format::Github {
        summarise(&report)?;
    }
    Ok(report.exit_code())
}

/// A commit that changes nothing has nothing to be judged.
const NOTHING_STAGED: &str =
    "nothing is staged, so nothing is judged; `git add` stages, --all judges all that git holds\n";

/// Adds the report to the summary of the step, where GitHub runs the job and says where that is.
fn summarise(report: &Report) -> Result<(), Error> {
    let Some(file) = std::env::var_os("GITHUB_STEP_SUMMARY").filter(|file| !file.is_empty()) else {
        return Ok(());
    };
    let file = Path::new(&file);
    let added = || {
        let mut out = io::BufWriter::new(std::fs::OpenOptions::new().append(true).create(true).open(file)?);
        markdown::write(report, &mut out)?;
        out.flush()
    };
    added().map_err(|source: io::Error| Error::File {
        action: "write",
        path: file.to_owned(),
        help: "GITHUB_STEP_SUMMARY names it; unset it, or make it writable".to_owned(),
        source,
    })
}

/// The clock of reproducible builds, where it is set.
fn epoch() -> Option<String> {
    std::env::var("SOURCE_DATE_EPOCH").ok().filter(|epoch| !epoch.is_empty())
}

/// Seconds on the clock and of processors for each kind of fact, and how much code was read.
fn timing_table(report: &Report) -> String {
    let code = &report.facts.code;
    let tenths = code.files.iter().map(|file| file.source.text().len()).sum::<usize>() / 100_000;
    let mut table = format!("{:<12}{:>9}{:>9}\n", "seconds", "clock", "cpu");
    let line = |what: &str, wall: Duration, cpu: Option<Duration>| {
        let cpu = cpu.map_or_else(|| "-".to_owned(), |cpu| format!("{:.3}", cpu.as_secs_f64()));
        format!("{what:<12}{:>9.3}{cpu:>9}", wall.as_secs_f64())
    };
    for phase in &report.facts.timings {
        table += &line(phase.kind.word(), phase.wall, phase.cpu);
        if phase.kind == Kind::Code {
            let _ = write!(
                table,
                "   {} files, {} lines, {}.{} MB; {} from the cache",
                code.files.len(),
                code.files.iter().map(|file| file.source.lines()).sum::<usize>(),
                tenths / 10,
                tenths % 10,
                code.from_cache,
            );
        }
        table.push('\n');
    }
    let timings = || report.facts.timings.iter();
    table += &line("facts", timings().map(|phase| phase.wall).sum(), timings().map(|phase| phase.cpu).sum());
    table + "\n"
}

/// Writes a file beside and renames it: a reader sees the whole report or the one before. A device or a pipe is
/// written to instead: a file in the place of `/dev/null` would break the machine.
fn replace(file: &Path, write: impl FnOnce(&mut dyn io::Write) -> io::Result<()>) -> Result<(), Error> {
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let written = || {
        if std::fs::metadata(file).is_ok_and(|there| !there.is_file() && !there.is_dir()) {
            let mut device = io::BufWriter::new(std::fs::OpenOptions::new().write(true).open(file)?);
            write(&mut device)?;
            return device.flush();
        }
        let mut beside = tempfile::Builder::new().prefix(".health-sec-").tempfile_in(folder)?;
        let mut buffered = io::BufWriter::new(beside.as_file_mut());
        write(&mut buffered)?;
        buffered.flush()?;
        drop(buffered);
        share(beside.as_file())?;
        beside.persist(file)?;
        Ok(())
    };
    written().map_err(|source: io::Error| Error::File {
        action: "write",
        path: file.to_owned(),
        help: "check the path given with --output; nothing was written".to_owned(),
        source,
    })
}

/// Temporary files are private; a report is for others too.
#[cfg(unix)]
fn share(file: &std::fs::File) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    file.set_permissions(std::fs::Permissions::from_mode(0o644))
}

#[cfg(not(unix))]
fn share(_: &std::fs::File) -> io::Result<()> {
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_is_a_bug_and_says_so() {
        assert_eq!(guarded(|| panic!("this test panics on purpose")), 4);
        assert_eq!(guarded(|| 2), 2);
    }

    #[test]
    fn a_file_is_written_whole_or_not_at_all() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("report.json");
        replace(&file, |out| out.write_all(b"first")).expect("a file");
        let failed = replace(&file, |out| {
            out.write_all(b"second")?;
            Err(io::Error::other("no more room"))
        });
        assert_eq!(failed.map_err(|error| error.exit_code()), Err(3));
        assert_eq!(std::fs::read(&file).expect("a file"), b"first");
        assert_eq!(std::fs::read_dir(folder.path()).expect("a folder").count(), 1, "nothing is left beside");
    }

    #[cfg(unix)]
    #[test]
    fn a_pipe_is_written_to_and_not_replaced() {
        use std::os::unix::fs::FileTypeExt as _;

        let folder = tempfile::tempdir().expect("a folder");
        let pipe = folder.path().join("pipe");
        let made = std::process::Command::new("mkfifo").arg(&pipe).status().expect("mkfifo");
        assert!(made.success());
        let reader = std::thread::spawn({
            let pipe = pipe.clone();
            move || std::fs::read(pipe).expect("what was written")
        });
        replace(&pipe, |out| out.write_all(b"a report")).expect("written");
        assert!(std::fs::metadata(&pipe).expect("the pipe").file_type().is_fifo());
        assert_eq!(reader.join().expect("a reader"), b"a report");
    }
}
