//! The inventory of folders made by hand, of real crates against another lexer, and its cache.

use std::fs;

use proc_macro2::{TokenStream, TokenTree};

use crate::facts::components::Declared;
use crate::source::Source;

use super::scan::scan;
use super::*;

fn component(name: &str, folder: Option<PathBuf>) -> Component {
    Component {
        name: name.to_owned(),
        version: semver::Version::new(1, 0, 0),
        origin: Origin::CratesIo,
        checksum: Some("c0ffee".to_owned()),
        ships: Ships::Product,
        why: Vec::new(),
        edges: BTreeSet::new(),
        features: Vec::new(),
        folder,
        build_script: None,
        proc_macro: None,
        links: None,
        declared: Declared::default(),
        at: Source::new("Cargo.lock", "").whole(),
    }
}

fn folder_with(files: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a temporary folder");
    write(folder.path(), files);
    folder
}

fn write(folder: &Path, files: &[(&str, &str)]) {
    for (path, text) in files {
        let path = folder.join(path);
        fs::create_dir_all(path.parent().expect("a parent")).expect("folders");
        fs::write(path, text).expect("a file");
    }
}

fn seen(files: &[(&str, &str)]) -> Seen {
    package::read(folder_with(files).path()).expect("a manifest")
}

const U: &str = "unsafe {}";

#[test]
fn the_library_is_what_lies_below_its_root() {
    let seen = seen(&[
        ("Cargo.toml", "[package]\nname='a'\nversion='1.0.0'\nlinks='z'\n[[bin]]\npath='src/tool.rs'"),
        ("src/lib.rs", "#![forbid(unsafe_code)] mod a; #[cfg(test)] mod tests;"),
        ("src/a.rs", "mod b; #[cfg(test)] mod t; unsafe {}"),
        ("src/a/b.rs", "#[path = \"../../other/c.rs\"] mod c; unsafe {}"),
        ("src/a/t.rs", U),
        ("src/orphan.rs", U),
        ("src/tests.rs", "mod deep; unsafe {}"),
        ("src/tests/deep.rs", U),
        ("other/c.rs", "mod d; unsafe {}"),
        ("other/d.rs", U),
        ("other/unnamed.rs", U),
        ("src/main.rs", U),
        ("src/tool.rs", U),
        ("src/bin/tool.rs", U),
        ("tests/t.rs", U),
        ("benches/b.rs", U),
    ]);
    assert_eq!(seen.library.files, 9);
    assert_eq!(seen.library.unsafe_tokens.blocks, 5, "a, b, orphan, c, d");
    assert_eq!(seen.library.unsafe_in_tests, 3, "a::t, tests, tests::deep");
    assert!(seen.forbids_unsafe);
    assert_eq!(seen.links.as_deref(), Some("z"));
    assert_eq!(seen.build_script, None);
}

#[test]
fn a_library_at_the_top_leaves_the_folders_beside_it_alone() {
    let seen = seen(&[
        ("Cargo.toml", "[package]\nedition='2018'\n[lib]\npath='lib.rs'\nproc-macro=true"),
        ("lib.rs", "mod a; unsafe {}"),
        ("a.rs", U),
        ("build.rs", "mod helper; include!(\"build/more.rs\"); fn main() { std::process::Command::new(a); }"),
        ("helper.rs", "unsafe {}"),
        ("build/more.rs", U),
        ("tests/t.rs", U),
        ("examples/e.rs", U),
        ("nested/Cargo.toml", ""),
        ("nested/src/lib.rs", U),
    ]);
    assert_eq!(seen.library.unsafe_tokens.blocks, 4, "lib, a, and the helpers, which may be modules of it");
    assert!(seen.proc_macro);
    let build = seen.build_script.expect("a build script");
    assert_eq!((build.files, build.unsafe_tokens.blocks), (3, 2));
    assert_eq!(build.capabilities, BTreeSet::from([Capability::Process, Capability::Unsafe]));
    let library = BTreeSet::from([Capability::Unsafe]);
    assert_eq!(seen.library.capabilities, library, "what the build script does is told apart");
}

#[test]
fn a_module_that_tests_and_product_share_is_product() {
    let seen = seen(&[
        ("Cargo.toml", "[package]"),
        (
            "src/lib.rs",
            "#[cfg(test)] mod a; #[cfg(not(test))] mod a; #[cfg(test)] mod b; #[path = \"b.rs\"] mod c;",
        ),
        ("src/a.rs", U),
        ("src/b.rs", U),
    ]);
    assert_eq!((seen.library.unsafe_tokens.blocks, seen.library.unsafe_in_tests), (2, 0));
}

#[test]
fn manifests_promise_too() {
    for (lints, promised) in [
        ("[lints.rust]\nunsafe_code = 'forbid'", true),
        ("[lints.rust]\nunsafe_code = { level = 'forbid', priority = 1 }", true),
        ("[lints.rust]\nunsafe_code = 'deny'", false),
        ("[lints]\nworkspace = true", false),
    ] {
        let seen = seen(&[("Cargo.toml", &format!("[package]\n{lints}")), ("src/lib.rs", "")]);
        assert_eq!(seen.forbids_unsafe, promised, "{lints}");
    }
}

const BUILD: &[(&str, &str)] = &[
    ("Cargo.toml", "[package]"),
    ("src/lib.rs", "fn a() {}"),
    ("build.rs", "mod steps; include!(\"build/more.rs\"); const T: &str = include_str!(\"build/t.txt\");"),
    ("steps/mod.rs", "pub fn run() {}"),
    ("build/more.rs", "fn more() {}"),
    ("build/t.txt", "a text"),
    ("README.md", "words"),
];

fn digest_with(path: &str, text: &str) -> Option<String> {
    let mut files: Vec<_> = BUILD.iter().copied().filter(|(known, _)| *known != path).collect();
    files.push((path, text));
    seen(&files).build_code
}

#[test]
fn the_digest_is_over_all_code_that_runs_in_the_build_and_nothing_else() {
    let digest = seen(BUILD).build_code.expect("a digest");
    assert_eq!(digest.len(), "sha256:".len() + 64);
    let same = |path, text| digest_with(path, text).as_ref() == Some(&digest);
    assert!(same("src/lib.rs", "fn b() {}") && same("README.md", "other words") && same("steps/x.rs", ""));
    assert!(same("steps/mod.rs", "pub fn run() {}"), "another folder with the same files");
    for (path, text) in [
        ("build.rs", "mod steps;"),
        ("steps/mod.rs", "pub fn run() { std::process::exit(1) }"),
        ("build/more.rs", "fn more() { }"),
        ("build/t.txt", "another text"),
    ] {
        assert!(!same(path, text), "{path}");
    }
    assert_eq!(seen(&[("Cargo.toml", "[package]"), ("src/lib.rs", "")]).build_code, None);
    let escaping = &[("Cargo.toml", "[package]\nbuild='../b.rs'"), ("src/lib.rs", "")];
    assert_eq!(seen(escaping).build_code, None, "not all of it was read");
}

#[test]
fn of_a_procedural_macro_every_source_counts() {
    let digest = |lib: &str, deep: &str, build: &str| {
        let manifest = "[package]\n[lib]\nproc-macro = true";
        let files =
            &[("Cargo.toml", manifest), ("src/lib.rs", lib), ("src/a/b.rs", deep), ("build.rs", build)];
        seen(files).build_code.expect("a digest")
    };
    let one = digest("mod a;", "fn c() {}", "");
    assert_eq!(one, digest("mod a;", "fn c() {}", ""));
    for other in
        [digest("mod  a;", "fn c() {}", ""), digest("mod a;", "", ""), digest("mod a;", "fn c() {}", " ")]
    {
        assert_ne!(one, other);
    }
}

#[test]
fn what_lies_beside_the_rust_sources_is_told() {
    let folder = folder_with(&[
        ("Cargo.toml", "[package]"),
        ("src/lib.rs", ""),
        ("src/fast.S", ".text"),
        ("c/a.c", "int a;"),
        ("c/a.h", "int a;"),
        ("tests/t.c", "int t;"),
        (".cargo-ok", ""),
        ("nested/Cargo.toml", "[package]"),
    ]);
    let put = |path: &str, bytes: &[u8]| fs::write(folder.path().join(path), bytes).expect("a file");
    put("nested/tool", b"\x7fELF\x02\x01\0\0\0\0\0\0\0\0\0\0\x02\0");
    put("tests/data.rs", b"\0asm\x01\0\0\0");
    put("src/hidden.rs", b"\x7fELF\x02\x01\0\0\0\0\0\0\0\0\0\0\x01\0");
    put("c/all.tgz", b"\x1f\x8b\x08\0\0\0\0\0");
    let read = || package::read(folder.path()).expect("a manifest").carried;
    let carried = read();
    assert_eq!((carried.native, carried.assembler, carried.headers), (1, 1, 1));
    assert_eq!(carried.native_files, ["c/a.c", "c/a.h", "src/fast.S"]);
    let told: Vec<_> = carried.prebuilt_files.iter().map(|file| (file.path.as_str(), file.kind)).collect();
    let expected = [
        ("nested/tool", PrebuiltKind::Executable),
        ("src/hidden.rs", PrebuiltKind::Object),
        ("tests/data.rs", PrebuiltKind::WebAssembly),
    ];
    assert_eq!((told.as_slice(), carried.prebuilt), (&expected[..], 3));
    assert_eq!((carried.archive_files.as_slice(), carried.archives), (&["c/all.tgz".to_owned()][..], 1));
    fs::remove_file(folder.path().join(".cargo-ok")).expect("a file");
    assert_eq!(read().prebuilt, 2, "a folder of ours: what lies in another package is of that package");
}

#[test]
fn what_cannot_be_read_is_a_gap_and_never_nothing() {
    let whole = folder_with(&[("Cargo.toml", "[package]"), ("src/lib.rs", U)]);
    let broken = folder_with(&[("Cargo.toml", "[package"), ("src/lib.rs", U)]);
    let headless = folder_with(&[("Cargo.toml", "[package]\n[lib]\npath='gone.rs'")]);
    let escaping = folder_with(&[("Cargo.toml", "[package]\nbuild='../b.rs'"), ("src/lib.rs", "")]);
    let deep = folder_with(&[("Cargo.toml", "[package]"), ("src/lib.rs", "")]);
    fs::create_dir_all(deep.path().join("src").join("d/".repeat(70))).expect("deep folders");
    let odd = folder_with(&[("Cargo.toml", "[package]"), ("src/lib.rs", "")]);
    fs::write(odd.path().join("src/a.rs"), b"\xff unsafe {}").expect("a file");
    let path = |folder: &tempfile::TempDir| Some(folder.path().to_owned());
    let all = vec![
        component("broken", path(&broken)),
        component("deep", path(&deep)),
        component("escaping", path(&escaping)),
        component("headless", path(&headless)),
        component("missing-1", None),
        component("missing-2", Some("/nowhere".into())),
        component("odd", path(&odd)),
        component("whole", path(&whole)),
    ];
    let mut gaps = Vec::new();
    let inventory = gather_from(&Components { all, ..Components::default() }, None, None, &mut gaps);
    let mut whats: Vec<_> = gaps.iter().map(|gap| gap.what.as_str()).collect();
    whats.sort_unstable();
    let expected = ["broken@1.0.0", "deep@1.0.0", "escaping@1.0.0", "headless@1.0.0"];
    assert_eq!(whats[..4], expected, "{gaps:#?}");
    assert_eq!(whats[4..], ["missing-1@1.0.0, missing-2@1.0.0"], "one command mends them all");
    assert_eq!(inventory.of[&6].library.unsafe_tokens.blocks, 1, "not UTF-8, and read all the same");
    assert_eq!(inventory.of[&7].library.unsafe_tokens.blocks, 1);
}

#[cfg(unix)]
#[test]
fn links_lead_nowhere_else_and_not_round_in_circles() {
    use std::os::unix::fs::symlink;
    let outside = folder_with(&[("secret.rs", U)]);
    let folder = folder_with(&[("Cargo.toml", "[package]"), ("src/lib.rs", U), ("common/a.rs", U)]);
    let src = folder.path().join("src");
    symlink(&src, src.join("loop")).expect("a link");
    symlink(folder.path().join("common"), src.join("common")).expect("a link");
    symlink(outside.path().join("secret.rs"), src.join("secret.rs")).expect("a link");
    let seen = package::read(folder.path()).expect("a manifest");
    assert_eq!(seen.library.unsafe_tokens.blocks, 2, "each file once, the secret not");
    assert_eq!(seen.unread, ["src/secret.rs: its path leaves the component"]);
}

#[cfg(unix)]
#[test]
#[expect(clippy::print_stderr, reason = "a skipped test says so")]
fn a_pipe_does_not_hold_the_run() {
    let folder = folder_with(&[("Cargo.toml", "[package]"), ("src/lib.rs", U)]);
    let pipe = folder.path().join("src/pipe.rs");
    let made = std::process::Command::new("mkfifo").arg(&pipe).status().is_ok_and(|status| status.success());
    if !made {
        eprintln!("SKIPPED: no mkfifo on this machine");
        return;
    }
    let seen = package::read(folder.path()).expect("a manifest");
    assert_eq!(seen.unread, ["src/pipe.rs: it is not a regular file"]);
}

#[test]
fn only_what_cargo_unpacked_is_kept_between_runs() {
    let home = folder_with(&[
        ("src/index/a-1.0.0/Cargo.toml", "[package]"),
        ("src/index/a-1.0.0/src/lib.rs", U),
        ("src/index/a-1.0.0/.cargo-ok", ""),
        ("cache/x", ""),
    ]);
    let registry = home.path().join("src");
    let cache = folder_with(&[]);
    let run = |component: Component| {
        let components = Components { all: vec![component], ..Components::default() };
        let mut gaps = Vec::new();
        let inventory = gather_from(&components, Some(cache.path()), Some(&registry), &mut gaps);
        inventory.of[&0].library.unsafe_tokens.blocks
    };
    let unpacked = registry.join("index/a-1.0.0");
    let kept = || component("a", Some(unpacked.clone()));
    assert_eq!(run(kept()), 1);
    // The proof that the cache answers: the source has changed, which a published one never does.
    write(&unpacked, &[("src/lib.rs", "")]);
    assert_eq!(run(kept()), 1, "kept");
    let other = Component { checksum: Some("other".to_owned()), ..kept() };
    assert_eq!(run(other), 0, "another checksum is another component");
    assert_eq!(cache_key(&Component { checksum: None, ..kept() }, Some(&registry)), None);
    let git = Origin::Git { url: "https://example.org/a".to_owned(), commit: None };
    assert_eq!(cache_key(&Component { origin: git, ..kept() }, Some(&registry)), None);
    let vendored = component("a", Some("/workspace/vendor/a".into()));
    assert_eq!(cache_key(&vendored, Some(&registry)), None, "a folder that the workspace names");
    let climbing = component("a", Some(registry.join("index/../../../workspace/vendor/a")));
    assert_eq!(cache_key(&climbing, Some(&registry)), None);
}

#[test]
fn the_summary_is_one_line_about_what_ships() {
    let mut ships =
        seen(&[("Cargo.toml", "[package]"), ("src/lib.rs", "use std::net::TcpStream; unsafe {}")]);
    ships.library.unsafe_tokens.blocks = 7;
    let all = vec![component("a", None), Component { ships: Ships::Build, ..component("b", None) }];
    let components = Components { all, ..Components::default() };
    let inventory = Inventory { of: BTreeMap::from([(0, ships.clone()), (1, ships)]) };
    assert_eq!(
        inventory.summary(&components).to_string(),
        "7 places with unsafe code in 1 of 1 components, 0 forbid it, 1 open sockets"
    );
}

/// Counts the word with another lexer than ours.
fn unsafe_words(tokens: TokenStream) -> u32 {
    tokens.into_iter().fold(0, |count, tree| match tree {
        TokenTree::Group(group) => count + unsafe_words(group.stream()),
        TokenTree::Ident(ident) => count + u32::from(ident == "unsafe"),
        _ => count,
    })
}

/// Our own components are on every machine that builds these tests.
#[test]
#[expect(clippy::print_stderr, reason = "a skipped test says so")]
fn totals_equal_those_of_another_lexer() {
    const CRATES: &[&str] = &[
        "bitflags-",
        "equivalent-",
        "hashbrown-",
        "indexmap-",
        "memchr-",
        "once_cell-",
        "rayon-core-",
        "scopeguard-",
        "smallvec-",
        "tempfile-",
    ];
    let registry = registry_sources().expect("a home");
    let folders = fs::read_dir(&registry).into_iter().flatten().flatten();
    let packages = folders.flat_map(|index| fs::read_dir(index.path()).into_iter().flatten().flatten());
    let mut packages: Vec<PathBuf> = packages
        .filter(|package| {
            let name = package.file_name().to_string_lossy().into_owned();
            let plain = |prefix: &&str| {
                name.strip_prefix(*prefix)
                    .is_some_and(|rest| rest.starts_with(|first: char| first.is_ascii_digit()))
            };
            CRATES.iter().any(plain)
        })
        .map(|package| package.path().join("src"))
        .collect();
    packages.sort();
    if packages.is_empty() {
        eprintln!("SKIPPED: no unpacked crates below {}", registry.display());
        return;
    }
    let (mut files, mut words, mut refused) = (0, 0, 0);
    while let Some(path) = packages.pop() {
        if path.is_dir() {
            packages.extend(fs::read_dir(&path).expect("a folder").flatten().map(|entry| entry.path()));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let text = fs::read_to_string(&path).expect("a text");
            let Ok(tokens) = text.parse::<TokenStream>() else {
                refused += 1;
                continue;
            };
            let seen = scan(&text, 2021);
            let ours = seen.unsafe_tokens.words() + seen.in_tests;
            assert_eq!(ours, unsafe_words(tokens), "{}", path.display());
            (files, words) = (files + 1, words + ours);
        }
    }
    eprintln!("{files} files, {words} times unsafe, {refused} files refused by the other lexer");
    assert!(files > 100 && words > 500 && refused * 100 < files, "{files} {words} {refused}");
}
