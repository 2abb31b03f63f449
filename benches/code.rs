//! How fast the workspace's own sources are read, and whether anything in them stops us.
//!
//! `cargo bench --bench code -- WORKSPACE` compares the CPU seconds of the code phase (cold, warm, and
//! warm after an edit of one file) with those that `syn` alone needs to parse the same files on as many threads.
//!
//! `cargo bench --bench code -- --each FOLDER` reads every Rust file below a folder as a workspace of
//! its own, and lists the files that took longest for their size.

use std::io::{Error, Result, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use cargo_health_sec::facts::{Facts, Kind, clock};
use cargo_health_sec::request::Request;
use cargo_health_sec::source::Source;
use rayon::iter::{IntoParallelRefIterator as _, ParallelIterator as _};

/// As the program has it.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const ROUNDS: usize = 5;

fn main() -> Result<()> {
    let words: Vec<String> = std::env::args().skip(1).filter(|word| word != "--bench").collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["--each", folder] => each(Path::new(folder)),
        [workspace] => compare(Path::new(workspace)),
        _ => Err(Error::other("name a workspace, or `--each` and a folder")),
    }
}

/// The code phase of one workspace against the parser alone.
fn compare(workspace: &Path) -> Result<()> {
    let scratch = tempfile::tempdir()?;
    let root = scratch.path().join("workspace");
    copy(workspace, &root)?;
    let mut out = std::io::stdout();
    let mut rows: Vec<(&str, Vec<Duration>)> =
        ["syn alone", "cold", "warm", "a file edited", "largest edited"]
            .map(|name| (name, Vec::new()))
            .into();
    let mut sources: Vec<Arc<Source>> = Vec::new();
    for round in 0..ROUNDS {
        let cache = scratch.path().join(format!("cache{round}"));
        let cold = code_phase(&root, &cache, &mut sources)?;
        let warm = code_phase(&root, &cache, &mut sources)?;
        sources.sort_by_key(|source| source.text().len());
        let middle = sources.get(sources.len() / 2).map(Arc::clone);
        let ends = middle.zip(sources.last().map(Arc::clone));
        let (middle, largest) = ends.ok_or_else(|| Error::other("no sources"))?;
        let mut edited = |source: &Source| -> Result<Duration> {
            let path = root.join(source.path());
            std::fs::write(&path, format!("{}\nfn edited_{round}() {{}}\n", source.text()))?;
            let time = code_phase(&root, &cache, &mut sources);
            std::fs::write(&path, source.text())?;
            time
        };
        let edited = [edited(&middle)?, edited(&largest)?];
        for ((_, times), time) in
            rows.iter_mut().zip([parse(&sources)?, cold, warm].into_iter().chain(edited))
        {
            times.push(time);
        }
    }
    let lines: usize = sources.iter().map(|source| source.lines()).sum();
    writeln!(out, "{} files, {lines} lines, medians of {ROUNDS} rounds, CPU seconds", sources.len())?;
    let mut reference = None;
    for (name, mut times) in rows {
        times.sort();
        let median = times[ROUNDS / 2].as_secs_f64();
        let reference = *reference.get_or_insert(median);
        writeln!(out, "{name:<16}{median:>8.3}  {:>6.2} of syn", median / reference)?;
    }
    Ok(())
}

/// CPU time of the code phase; `sources` are the files that it read.
fn code_phase(root: &Path, cache: &Path, sources: &mut Vec<Arc<Source>>) -> Result<Duration> {
    let facts = gather(root, Some(cache.to_owned()))?;
    *sources = facts.code.files.iter().map(|file| Arc::clone(&file.source)).collect();
    let phase = facts.timings.iter().find(|phase| phase.kind == Kind::Code);
    phase.and_then(|phase| phase.cpu).ok_or_else(|| Error::other("this system tells no CPU time"))
}

fn gather(root: &Path, cache: Option<PathBuf>) -> Result<Facts> {
    let mut request = Request::new(root, jiff::civil::date(2026, 1, 1));
    request.resolve = false;
    request.cache = cache;
    // An empty database: reading the embedded one takes longer than a small file.
    let advisories = root.join(".bench-advisories");
    std::fs::create_dir_all(advisories.join("crates"))?;
    request.advisory_dbs.push(advisories);
    Facts::gather(&request).map_err(Error::other)
}

/// CPU time of the parser alone, on as many threads as the code phase has, with the stack that deep files need: threads
/// side by side on one core slow each other down.
fn parse(sources: &[Arc<Source>]) -> Result<Duration> {
    let pool = rayon::ThreadPoolBuilder::new().stack_size(256 << 20).build();
    let before = clock::cpu();
    pool.map_err(Error::other)?.install(|| {
        sources.par_iter().for_each(|source| {
            std::hint::black_box(syn::parse_file(source.text()).is_ok());
            proc_macro2::extra::invalidate_current_thread_spans();
        });
    });
    clock::cpu()
        .zip(before)
        .map(|(after, before)| after.saturating_sub(before))
        .ok_or_else(|| Error::other("no CPU time"))
}

/// Copies what the code phase reads: manifests and Rust files.
fn copy(from: &Path, to: &Path) -> Result<()> {
    for file in files(from)? {
        let path = file.strip_prefix(from).map_err(Error::other)?;
        let wanted = path.extension().is_some_and(|end| end == "rs" || end == "toml" || end == "in");
        if wanted || path.ends_with("Cargo.lock") {
            let place = to.join(path);
            std::fs::create_dir_all(place.parent().unwrap_or(to))?;
            std::fs::copy(&file, &place)?;
        }
    }
    Ok(())
}

fn files(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder)? {
            let entry = entry?;
            let (kind, name) = (entry.file_type()?, entry.file_name());
            if kind.is_dir() && name != "target" && name != ".git" {
                folders.push(entry.path());
            } else if kind.is_file() {
                found.push(entry.path());
            }
        }
    }
    found.sort();
    Ok(found)
}

/// Every Rust file below a folder as the one file of a crate.
fn each(folder: &Path) -> Result<()> {
    let scratch = tempfile::tempdir()?;
    let root = scratch.path();
    std::fs::create_dir_all(root.join("src"))?;
    std::fs::write(
        root.join("Cargo.toml"),
        // Tests are looked into where a model may name them, whether it is there or not.
        "[package]\nname = \"one\"\nversion = \"0.1.0\"\nedition = \"2024\"\n\
         [package.metadata.health-sec]\nthreats = [\"threats.toml\"]\n",
    )?;
    std::fs::write(
        root.join("Cargo.lock"),
        "version = 4\n\n[[package]]\nname = \"one\"\nversion = \"0.1.0\"\n",
    )?;
    let mut out = std::io::stdout();
    let (mut bytes, mut refused, mut all) = (0, Vec::new(), Vec::new());
    for file in files(folder)?.into_iter().filter(|file| file.extension().is_some_and(|end| end == "rs")) {
        std::fs::copy(&file, root.join("src/lib.rs"))?;
        let facts = gather(root, None)?;
        let size = std::fs::metadata(&file)?.len();
        bytes += size;
        let gaps = facts.gaps.iter().filter(|gap| gap.kind == Kind::Code && gap.what == "src/lib.rs");
        refused.extend(gaps.map(|gap| format!("{}: {}", file.display(), gap.why)));
        let phase = facts.timings.iter().find(|phase| phase.kind == Kind::Code);
        let cpu = phase.and_then(|phase| phase.cpu).unwrap_or_default();
        all.push((cpu.as_secs_f64(), size, file));
    }
    let files = all.len();
    writeln!(out, "{files} files, {bytes} bytes; {} were not parsed:", refused.len())?;
    for line in refused {
        writeln!(out, "    {line}")?;
    }
    all.retain(|(seconds, ..)| *seconds > 0.02);
    all.sort_by(|a, b| (b.0 / kilobytes(b.1)).total_cmp(&(a.0 / kilobytes(a.1))));
    writeln!(out, "longest for their size, of {} that took more than 20 ms:", all.len())?;
    for (seconds, size, file) in all.iter().take(40) {
        writeln!(
            out,
            "{seconds:>8.3} s {size:>10} bytes {:>8.3} s/MB  {}",
            seconds / kilobytes(*size) * 1e3,
            file.display()
        )?;
    }
    all.sort_by(|a, b| b.0.total_cmp(&a.0));
    writeln!(out, "longest:")?;
    for (seconds, size, file) in all.iter().take(15) {
        writeln!(out, "{seconds:>8.3} s {size:>10} bytes  {}", file.display())?;
    }
    Ok(())
}

fn kilobytes(bytes: u64) -> f64 {
    f64::from(u32::try_from(bytes).unwrap_or(u32::MAX)) / 1e3
}
