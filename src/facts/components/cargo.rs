//! The one place that starts cargo, but for Clippy, which compiles and is run on request alone.
//!
//! Cargo runs what its configuration names: a compiler, wrappers around it, credential helpers; and
//! `[env]` can put a library into the compiler's process. All of that is read from the folder that
//! cargo is started in. So cargo is started outside the inspected tree, where neither the tree's
//! configuration nor its toolchain file applies, and is handed only those keys that say where
//! components come from. Compiler and wrappers are set besides, and what cargo would keep in a
//! target folder goes into our own cache.

use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::time::{Duration, Instant};

use crate::document::Value;
use crate::request::Request;
use crate::source::{Tree, relative};

use super::super::workspace::{self, ConfigEntry, Workspace};
use super::{Component, Origin};

/// What one run may print, in bytes; a thousand packages print about 6 MB.
const MOST_OUTPUT: u64 = 512 * 1024 * 1024;

/// Asks cargo who it is, and for which machine it was made.
const VERSION: &str = "-vV";

/// What is kept of what a run complains about.
const MOST_COMPLAINT: u64 = 64 * 1024;

/// A cargo call on the inspected workspace that runs nothing the workspace names.
///
/// # Errors
/// When cargo cannot be kept from reading the workspace's configuration.
pub(super) fn command(
    tree: &Tree,
    workspace: &Workspace,
    request: &Request,
    subcommand: &str,
) -> Result<Command, String> {
    let root = tree.root();
    let home = workspace::cargo_home();
    if home.as_ref().is_some_and(|home| home.starts_with(root))
        && let Some(entry) =
            workspace.cargo_config.iter().find(|entry| entry.in_workspace && reaches_compiler(entry))
    {
        // Some build servers keep CARGO_HOME in the checkout. Then its configuration is cargo's own.
        return Err(format!(
            "CARGO_HOME lies in the inspected tree and its configuration sets `{}`",
            entry.key
        ));
    }
    // Started by cargo, we use the same one: no toolchain has to be chosen, none can be planted.
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.arg(subcommand);
    if subcommand != VERSION {
        command.arg("--manifest-path").arg(root.join("Cargo.toml"));
        for setting in settings(root, &workspace.cargo_config) {
            command.args(["--config", &setting]);
        }
    }
    no_wrapper(&mut command, root, home.as_deref(), &workspace.cargo_config);
    command
        .current_dir(neutral_folder(root, home))
        .env("RUSTC", "rustc")
        // A missing toolchain is a gap; downloading one is nothing that we were asked for.
        .env("RUSTUP_AUTO_INSTALL", "0")
        .env("CARGO_TERM_COLOR", "never")
        .env("CARGO_TERM_PROGRESS_WHEN", "never")
        .stdin(Stdio::null());
    // Cargo keeps what it learnt about the compiler in the target folder, if there is one.
    match request.cache.as_ref().map(|cache| cache.join("cargo")) {
        Some(folder) if std::fs::create_dir_all(&folder).is_ok() => {
            command.env("CARGO_TARGET_DIR", &folder).env("CARGO_BUILD_BUILD_DIR", folder)
        }
        _ => command.env("CARGO_CACHE_RUSTC_INFO", "0"),
    };
    Ok(command)
}

/// The toolchain in use, as cargo tells of itself.
#[derive(Debug, Clone)]
pub(in crate::facts) struct InUse {
    /// The triple of this machine.
    pub(in crate::facts) host: String,
    /// Its version.
    pub(super) release: Option<semver::Version>,
}

/// The toolchain in use; `None` where cargo does not answer.
pub(in crate::facts) fn in_use(tree: &Tree, workspace: &Workspace, request: &Request) -> Option<InUse> {
    let command = command(tree, workspace, request, VERSION).ok()?;
    let output = run(command, tree.root(), Duration::from_secs(30)).ok()?;
    let output = String::from_utf8(output).ok()?;
    let told = |key: &str| output.lines().find_map(|line| line.strip_prefix(key)).map(str::trim);
    let release = told("release: ").and_then(|release| semver::Version::parse(release).ok());
    Some(InUse { host: told("host: ")?.to_owned(), release })
}

/// Keeps cargo from starting the compiler through another program. With an empty wrapper set, cargo
/// does not keep what it learnt about the compiler and asks it three times in every run; so the
/// variables are only set where some configuration could name a wrapper, and unset elsewhere.
fn no_wrapper(command: &mut Command, root: &Path, home: Option<&Path>, config: &[ConfigEntry]) {
    let named = |entry: &ConfigEntry| {
        entry.segments[0] == "env" || entry.segments.iter().any(|segment| segment.contains("wrapper"))
    };
    let possible = home.is_none_or(|home| home.starts_with(root)) || config.iter().any(named);
    for variable in ["RUSTC_WRAPPER", "RUSTC_WORKSPACE_WRAPPER"] {
        command.env_remove(format!("CARGO_BUILD_{variable}"));
        if possible {
            command.env(variable, "");
        } else {
            command.env_remove(variable);
        }
    }
}

/// A folder that is not in the inspected tree and whose configuration is the user's own.
fn neutral_folder(root: &Path, home: Option<PathBuf>) -> PathBuf {
    home.into_iter()
        .chain(std::env::home_dir())
        .find(|folder| folder.is_dir() && !folder.starts_with(root))
        .or_else(|| root.ancestors().last().map(Path::to_path_buf))
        .unwrap_or_default()
}

/// True for a key that changes what the compiler's process is, or whom cargo asks for a password.
fn reaches_compiler(entry: &ConfigEntry) -> bool {
    let part = |name: &str| entry.segments.iter().any(|segment| segment.contains(name));
    entry.segments[0] == "env" || part("rustflags") || part("credential")
}

/// The keys that say where components come from, as arguments of `--config`, the weakest first.
fn settings(root: &Path, config: &[ConfigEntry]) -> Vec<String> {
    let mut settings: Vec<String> =
        config.iter().filter(|entry| !entry.nested).filter_map(|entry| setting(root, entry)).collect();
    settings.reverse();
    settings
}

fn setting(root: &Path, entry: &ConfigEntry) -> Option<String> {
    let segments: Vec<&str> = entry.segments.iter().map(String::as_str).collect();
    let is_path = match segments.as_slice() {
        ["source", _, "directory" | "local-registry"] | ["paths"] | ["patch", _, _, "path"] => true,
        ["source", _, "replace-with" | "registry" | "git" | "branch" | "tag" | "rev"]
        | ["registries", _, "index" | "protocol"]
        | ["patch", ..]
        | ["resolver", _] => false,
        ["build", "rustflags"] | ["target", _, "rustflags"] => return flags(&segments, &entry.value),
        _ => return None,
    };
    // Paths in a configuration file start from the folder that holds `.cargo`.
    let file = root.join(entry.value.at().path());
    let folder = if is_path { file.parent().and_then(Path::parent) } else { None };
    Some(format!("{}={}", key(&segments)?, written(&entry.value, folder)?))
}

/// Compiler flags decide which `cfg(...)` dependencies count. Only those that name a condition are
/// handed on; others could load code into the compiler.
fn flags(segments: &[&str], value: &Value) -> Option<String> {
    let text = value.as_str().unwrap_or_default();
    let mut words: Vec<&str> = text.split_whitespace().collect();
    words.extend(value.items().iter().filter_map(Value::as_str));
    let mut kept = Vec::new();
    let mut words = words.into_iter();
    while let Some(word) = words.next() {
        let (option, argument) = match word {
            "-C" | "--codegen" => ("-C", words.next().unwrap_or_default()),
            "--cfg" => ("--cfg", words.next().unwrap_or_default()),
            _ => match (word.strip_prefix("-C"), word.strip_prefix("--cfg=")) {
                (Some(argument), _) => ("-C", argument),
                (None, Some(argument)) => ("--cfg", argument),
                (None, None) => continue,
            },
        };
        let condition = ["target-feature=", "target-cpu="].iter().any(|name| argument.starts_with(name));
        if !argument.is_empty() && (option == "--cfg" || condition) {
            kept.push(quoted(option)?);
            kept.push(quoted(argument)?);
        }
    }
    (!kept.is_empty()).then_some(())?;
    Some(format!("{}=[{}]", key(segments)?, kept.join(",")))
}

fn key(segments: &[&str]) -> Option<String> {
    Some(segments.iter().map(|segment| quoted(segment)).collect::<Option<Vec<_>>>()?.join("."))
}

fn written(value: &Value, folder: Option<&Path>) -> Option<String> {
    if let Some(text) = value.as_str() {
        return match folder {
            Some(folder) => quoted(folder.join(text).to_str()?),
            None => quoted(text),
        };
    }
    match value.type_name() {
        "boolean" => value.as_bool().map(|truth| truth.to_string()),
        "integer" => value.as_integer().map(|number| number.to_string()),
        "array" => {
            let items: Option<Vec<_>> = value.items().iter().map(|item| written(item, folder)).collect();
            Some(format!("[{}]", items?.join(",")))
        }
        _ => None,
    }
}

/// A TOML string. Without control characters, JSON writes the same.
fn quoted(text: &str) -> Option<String> {
    if text.chars().any(char::is_control) { None } else { serde_json::to_string(text).ok() }
}

/// Runs a command to its end, within limits, and returns what it printed.
///
/// # Errors
/// Why there is nothing to return, in one line.
pub(super) fn run(command: Command, root: &Path, most: Duration) -> Result<Vec<u8>, String> {
    let started_in = command.get_current_dir().unwrap_or(root).to_owned();
    let ended = run_to_end(command, most)?;
    if ended.success {
        return Ok(ended.output);
    }
    Err(told(&String::from_utf8_lossy(&ended.complaint), &started_in, root))
}

/// What a command printed before it ended.
pub(in crate::facts) struct Ended {
    pub(in crate::facts) output: Vec<u8>,
    complaint: Vec<u8>,
    pub(in crate::facts) success: bool,
}

impl Ended {
    /// What cargo, started in the root, complains about, in one line.
    pub(in crate::facts) fn told(&self, root: &Path) -> String {
        told(&String::from_utf8_lossy(&self.complaint), root, root)
    }
}

/// Runs a command to its end, within limits.
///
/// # Errors
/// Why it did not come to its end, in one line.
pub(in crate::facts) fn run_to_end(mut command: Command, most: Duration) -> Result<Ended, String> {
    let mut child = command
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(|error| format!("cargo can't be started: {error}"))?;
    let output = drain(child.stdout.take(), MOST_OUTPUT);
    let complaint = drain(child.stderr.take(), MOST_COMPLAINT);
    let deadline = Instant::now() + most;
    let left = || deadline.saturating_duration_since(Instant::now());
    let stopped = |mut child: Child, why: String| {
        // It may have ended by itself meanwhile; either way nobody waits for it any more.
        let _ = child.kill();
        let _ = child.wait();
        Err(why)
    };
    let Ok(output) = output.recv_timeout(left()) else {
        return stopped(child, format!("cargo did not end within {} seconds", most.as_secs()));
    };
    if output.len() as u64 > MOST_OUTPUT {
        return stopped(child, format!("cargo printed more than {MOST_OUTPUT} bytes"));
    }
    let status = loop {
        match child.try_wait() {
            Ok(Some(status)) => break status,
            Ok(None) if !left().is_zero() => std::thread::sleep(Duration::from_millis(1)),
            Ok(None) => {
                return stopped(child, format!("cargo did not end within {} seconds", most.as_secs()));
            }
            Err(error) => return stopped(child, format!("cargo can't be waited for: {error}")),
        }
    };
    let complaint =
        if status.success() { Vec::new() } else { complaint.recv_timeout(left()).unwrap_or_default() };
    Ok(Ended { output, complaint, success: status.success() })
}

/// Reads a pipe to its end in a thread of its own, keeping the first bytes.
fn drain(pipe: Option<impl Read + Send + 'static>, most: u64) -> mpsc::Receiver<Vec<u8>> {
    let (sender, receiver) = mpsc::channel();
    std::thread::spawn(move || {
        let mut kept = Vec::new();
        if let Some(mut pipe) = pipe {
            // A pipe that breaks has told all that it will; nobody may be listening any more.
            let _ = pipe.by_ref().take(most + 1).read_to_end(&mut kept);
            let _ = sender.send(kept);
            let _ = std::io::copy(&mut pipe, &mut std::io::sink());
        }
    });
    receiver
}

/// Cargo's complaint and its causes in one line: without the machine's paths, without anything that
/// a terminal would obey.
fn told(complaint: &str, started_in: &Path, root: &Path) -> String {
    const LONGEST: usize = 600;
    let mut told = String::new();
    let lines = complaint.lines().map(str::trim).skip_while(|line| !line.starts_with("error"));
    for line in lines {
        // A picture of the place, drawn with bars: its head alone is told.
        let drawn = line.trim_start_matches(|c: char| c.is_ascii_digit() || c == ' ').starts_with('|');
        if drawn || line.is_empty() {
            continue;
        }
        let line = line.strip_prefix("error: ").unwrap_or(line);
        if line == "Caused by:" {
            told.push(':');
            continue;
        }
        told.push_str(if told.is_empty() { "" } else { " " });
        match line.strip_prefix("--> ") {
            Some(place) => {
                let place = workspace::normal(&started_in.join(place));
                told.extend(["at ", &relative(root, &place), ","]);
            }
            None => told.push_str(line),
        }
    }
    let root = format!("{}/", root.display());
    let told: String = told.replace(&root, "").chars().filter(|c| !c.is_control()).take(LONGEST).collect();
    if told.is_empty() { "cargo failed and did not say why".to_owned() } else { told }
}

/// The sources that cargo has unpacked on this machine, by registry.
pub(super) struct Unpacked(Vec<PathBuf>);

impl Unpacked {
    pub(super) fn find() -> Self {
        let folder = workspace::cargo_home().map(|home| home.join("registry/src"));
        let entries = folder.and_then(|folder| std::fs::read_dir(folder).ok());
        let mut folders: Vec<PathBuf> =
            entries.into_iter().flatten().flatten().map(|entry| entry.path()).collect();
        folders.sort();
        Self(folders)
    }

    /// The unpacked sources of a component of crates.io, if they are there.
    pub(super) fn folder(&self, component: &Component) -> Option<PathBuf> {
        if component.origin != Origin::CratesIo {
            return None;
        }
        let name = format!("{}-{}", component.name, component.version);
        // A name out of a lock file may hold anything.
        let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | '+');
        if !name.chars().all(plain) {
            return None;
        }
        self.0
            .iter()
            .filter(|folder| {
                let host = folder.file_name().unwrap_or_default().to_string_lossy();
                host.starts_with("index.crates.io-") || host.starts_with("github.com-")
            })
            .map(|folder| folder.join(&name))
            .find(|folder| folder.is_dir())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document;
    use crate::source::Source;

    fn entry(text: &str) -> ConfigEntry {
        let mut value = document::parse(&Source::new(".cargo/config.toml", text)).expect("TOML");
        let mut segments = Vec::new();
        while let [entry] = value.entries() {
            segments.push(entry.key.clone());
            value = entry.value.clone();
        }
        ConfigEntry { key: segments.join("."), segments, value, in_workspace: true, nested: false }
    }

    #[test]
    fn only_origins_and_conditions_are_handed_on() {
        let root = Path::new("/w");
        for (text, handed) in [
            ("source.crates-io.replace-with = 'v'", Some(r#""source"."crates-io"."replace-with"="v""#)),
            ("source.v.directory = 'vendor'", Some(r#""source"."v"."directory"="/w/vendor""#)),
            ("paths = ['a', '/b']", Some(r#""paths"=["/w/a","/b"]"#)),
            ("patch.'https://x.y/z'.a.path = 'p'", Some(r#""patch"."https://x.y/z"."a"."path"="/w/p""#)),
            (
                "build.rustflags = ['--cfg', 'a', '-Zcodegen-backend=x.so', '-Clinker=x', '-Ctarget-cpu=native']",
                Some(r#""build"."rustflags"=["--cfg","a","-C","target-cpu=native"]"#),
            ),
            (
                "target.'cfg(unix)'.rustflags = '-C linker=x -Zx --cfg=b'",
                Some(r#""target"."cfg(unix)"."rustflags"=["--cfg","b"]"#),
            ),
            ("build.rustflags = ['-Clinker=x']", None),
            ("build.rustc = 'x'", None),
            ("build.rustc-wrapper = 'x'", None),
            ("env.LD_PRELOAD = 'x.so'", None),
            ("registry.global-credential-providers = ['x']", None),
            ("registries.a.credential-provider = ['x']", None),
            ("registries.a.token = 'x'", None),
            ("http.proxy = 'x'", None),
            ("alias.metadata = 'x'", None),
        ] {
            assert_eq!(setting(root, &entry(text)).as_deref(), handed, "{text}");
        }
        assert_eq!(quoted("a\nb"), None, "no value can smuggle in a second line");
    }

    #[test]
    fn complaints_are_told_in_one_line_without_paths_and_escapes() {
        let text = "warning: x\nerror: failed to load\n\nCaused by:\n  no \u{1b}[31mfile /w/a/Cargo.toml\n";
        let told = |text| told(text, Path::new("/home"), Path::new("/w"));
        assert_eq!(told(text), "failed to load: no [31mfile a/Cargo.toml");
        assert_eq!(told(""), "cargo failed and did not say why");
        let drawn = "error: no string\n --> ../w/a/Cargo.toml:2:13\n  |\n2 | name = \"x\n  |       ^\nerror: no package";
        assert_eq!(told(drawn), "no string at a/Cargo.toml:2:13, no package");
    }

    #[test]
    #[cfg(unix)]
    fn a_run_ends_in_time_and_is_not_stopped_by_what_it_prints() {
        let shell = |script: &str| {
            let mut command = Command::new("sh");
            command.args(["-c", script]);
            command
        };
        let run = |script, seconds| run(shell(script), Path::new("/"), Duration::from_secs(seconds));
        assert!(run("exec sleep 60", 1).is_err_and(|why| why.contains("did not end")));
        assert!(run("exec >&-; exec sleep 60", 1).is_err_and(|why| why.contains("did not end")));
        let loud =
            "i=0; while [ $i -lt 20000 ]; do echo 'a line of some length' >&2; i=$((i+1)); done; echo done";
        assert_eq!(run(loud, 30).expect("it ends"), b"done\n");
        assert_eq!(run("echo 'error: no' >&2; exit 1", 30), Err("no".to_owned()));
    }
}
