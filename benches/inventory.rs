//! How fast the sources of components are read: megabytes a CPU second, on one core and on all.
//!
//! `cargo bench --bench inventory [-- FOLDER]`. `FOLDER` holds unpacked crates; without it, what
//! cargo has unpacked in the user's home.

use std::collections::BTreeSet;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::time::Instant;

use cargo_health_sec::facts::components::{Component, Components, Declared, Origin, Ships};
use cargo_health_sec::facts::inventory;
use cargo_health_sec::request::Request;
use cargo_health_sec::source::Source;

fn main() -> std::io::Result<()> {
    let named = std::env::args().skip(1).find(|argument| !argument.starts_with("--"));
    let components = components(&named.map_or_else(unpacked_by_cargo, PathBuf::from))?;
    let mut out = std::io::stdout();
    for threads in [1, 0] {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
        let pool = pool.map_err(std::io::Error::other)?;
        for _ in 0..3 {
            let start = Instant::now();
            let mut gaps = Vec::new();
            let request = Request::new(".", jiff::civil::date(2026, 1, 1));
            let inventory = pool.install(|| inventory::gather(&components, &request, &mut gaps));
            let seconds = start.elapsed().as_secs_f64();
            let parts =
                || inventory.of.values().flat_map(|seen| [Some(&seen.library), seen.build_script.as_ref()]);
            let kilobytes = parts().flatten().map(|part| part.bytes).sum::<u64>() / 1000;
            let megabytes = f64::from(u32::try_from(kilobytes).unwrap_or(u32::MAX)) / 1000.0;
            let files: u32 = parts().flatten().map(|part| part.files).sum();
            writeln!(
                out,
                "{} threads: {files} files, {megabytes:.1} MB in {seconds:.3} s, {:.0} MB/s, {} gaps",
                pool.current_num_threads(),
                megabytes / seconds,
                gaps.len()
            )?;
        }
    }
    Ok(())
}

fn unpacked_by_cargo() -> PathBuf {
    let home = std::env::home_dir().unwrap_or_default();
    let cargo = std::env::var_os("CARGO_HOME").map_or_else(|| home.join(".cargo"), PathBuf::from);
    cargo.join("registry/src")
}

/// Every folder with a manifest, at the top or one folder deeper, as a component that ships.
fn components(top: &Path) -> std::io::Result<Components> {
    let mut folders = Vec::new();
    for entry in std::fs::read_dir(top)? {
        let entry = entry?.path();
        if entry.join("Cargo.toml").exists() {
            folders.push(entry);
        } else {
            folders.extend(std::fs::read_dir(entry)?.flatten().map(|entry| entry.path()));
        }
    }
    folders.retain(|folder| folder.join("Cargo.toml").exists());
    folders.sort();
    let lock = Source::new("Cargo.lock", "");
    let component = |folder: PathBuf| Component {
        name: folder.file_name().unwrap_or_default().to_string_lossy().into_owned(),
        version: semver::Version::new(0, 0, 0),
        origin: Origin::CratesIo,
        checksum: None,
        ships: Ships::Product,
        why: Vec::new(),
        edges: BTreeSet::new(),
        features: Vec::new(),
        folder: Some(folder),
        build_script: None,
        proc_macro: None,
        links: None,
        declared: Declared::default(),
        at: lock.whole(),
    };
    let all = folders.into_iter().map(component).collect();
    Ok(Components { all, ..Components::default() })
}
