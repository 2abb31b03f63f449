use std::io::Write as _;

use super::*;

const NAME: &str = "flow-1.2.0";

/// An archive as cargo makes them.
fn pack(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut tar = tar::Builder::new(Vec::new());
    for (path, bytes) in files {
        let mut header = tar::Header::new_gnu();
        header.set_size(bytes.len() as u64);
        header.set_mode(0o644);
        header.set_cksum();
        tar.append_data(&mut header, format!("{NAME}/{path}"), *bytes).expect("an entry");
    }
    let mut gz = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    gz.write_all(&tar.into_inner().expect("a whole archive")).expect("bytes");
    gz.finish().expect("bytes")
}

const FILES: &[(&str, &[u8])] = &[
    (
        ".cargo_vcs_info.json",
        br#"{"git":{"sha1":"0123456789abcdef0123456789abcdef01234567"},"path_in_vcs":""}"#,
    ),
    ("Cargo.toml", b"[package]\nname = \"flow\"\nversion = \"1.2.0\"\n"),
    ("Cargo.toml.orig", b"[package]\n"),
    ("src/lib.rs", b"pub fn rate() {}\n"),
    ("empty", b""),
];

/// Cargo's folder with one component, its archive and what was unpacked from it.
struct Home {
    folder: tempfile::TempDir,
    checksum: String,
}

impl Home {
    fn new() -> Self {
        let home = Self {
            folder: tempfile::tempdir().expect("a temporary folder"),
            checksum: archive::hex(&<sha2::Sha256 as sha2::Digest>::digest(pack(FILES))),
        };
        home.put("registry/cache/index.crates.io-0/flow-1.2.0.crate", &pack(FILES));
        for (path, bytes) in FILES {
            home.put(&format!("{SOURCES}/{path}"), bytes);
        }
        home.put(&format!("{SOURCES}/.cargo-ok"), b"{\"v\":1}");
        home
    }

    fn put(&self, path: &str, bytes: &[u8]) {
        let path = self.folder.path().join(path);
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        std::fs::write(path, bytes).expect("a file");
    }

    /// What is found, and whether it came from the shelf.
    fn verify(&self, folder: &str, cache: Option<&Path>) -> (Result<Verified, String>, bool) {
        self.look(folder, cache, true)
    }

    /// The same; without `anew`, only what an earlier run has found.
    fn look(&self, folder: &str, cache: Option<&Path>, anew: bool) -> (Result<Verified, String>, bool) {
        let workspace = tempfile::tempdir().expect("a temporary folder");
        std::fs::write(workspace.path().join("Cargo.toml"), "[workspace]\n").expect("a manifest");
        let mut tree = Tree::new(workspace.path()).expect("a tree");
        let request = Request::new(workspace.path(), jiff::civil::date(2026, 11, 1));
        let facts =
            workspace::gather(&mut tree, &request, &crate::policy::Policy::default(), &mut Vec::new())
                .expect("a workspace");
        let home = self.folder.path().canonicalize().expect("the folder");
        let archives = Archives::find(Some(home.clone()), &tree, &facts);
        let folder = home.join(folder);
        let (own, others) = archives.of(NAME, Some(&folder));
        let subject =
            Subject { name: NAME.to_owned(), checksum: &self.checksum, folder: Some(&folder), own, others };
        let mut known: Shelf<Verified> = Shelf::open(cache, "integrity");
        let (key, verified) = subject.verify(&known, true, anew);
        let verified = verified.map_err(|open| match open {
            Open::Absent => "absent".to_owned(),
            Open::Deferred => "deferred".to_owned(),
            Open::Unread(why) => why,
        });
        let kept = key.is_none();
        if let (Some(key), Ok(verified)) = (key, &verified) {
            known.put(key, verified);
        }
        known.close(true);
        (verified, kept)
    }

    fn changed(&self, folder: &str) -> Vec<String> {
        let verified = self.verify(folder, None).0.expect("it can be compared");
        verified.changed.expect("it was compared").iter().map(ToString::to_string).collect()
    }
}

const SOURCES: &str = "registry/src/index.crates.io-0/flow-1.2.0";
const ARCHIVE: &str = "registry/cache/index.crates.io-0/flow-1.2.0.crate";

#[test]
fn what_was_unpacked_is_what_was_locked() {
    let home = Home::new();
    let verified = home.verify(SOURCES, None).0.expect("it can be compared");
    assert_eq!(verified.archive, Some(true));
    assert_eq!(verified.changed, Some(Vec::new()));
    assert_eq!(verified.against, Some(Against::Archive));
    assert_eq!(verified.commit.as_deref(), Some("0123456789abcdef0123456789abcdef01234567"));
    let sha512 = archive::hex(&<sha2::Sha512 as sha2::Digest>::digest(pack(FILES)));
    assert_eq!(verified.sha512, Some(sha512));
}

#[test]
fn every_change_to_a_file_is_told() {
    type Change<'a> = (&'a str, &'a dyn Fn(&Path));
    let change: &[Change<'_>] = &[
        ("src/lib.rs is changed", &|folder| {
            std::fs::write(folder.join("src/lib.rs"), "pub fn rats() {}\n").expect("a file");
        }),
        ("src/lib.rs is changed", &|folder| std::fs::write(folder.join("src/lib.rs"), "").expect("a file")),
        ("empty is changed", &|folder| std::fs::write(folder.join("empty"), "x").expect("a file")),
        ("build.rs is added", &|folder| std::fs::write(folder.join("build.rs"), "").expect("a file")),
        ("src/.cargo-ok is added", &|folder| {
            std::fs::write(folder.join("src/.cargo-ok"), "").expect("a file");
        }),
        ("Cargo.toml.orig is missing", &|folder| {
            std::fs::remove_file(folder.join("Cargo.toml.orig")).expect("gone");
        }),
        #[cfg(unix)]
        ("src/lib.rs is changed", &|folder| {
            std::fs::rename(folder.join("src/lib.rs"), folder.parent().expect("a folder").join("lib.rs"))
                .expect("moved");
            std::os::unix::fs::symlink("../../lib.rs", folder.join("src/lib.rs")).expect("a link");
        }),
    ];
    for (expected, change) in change {
        let home = Home::new();
        change(&home.folder.path().join(SOURCES));
        assert_eq!(home.changed(SOURCES), [*expected]);
    }
}

#[test]
fn an_archive_that_was_changed_is_told_and_not_believed() {
    let home = Home::new();
    let mut files = FILES.to_vec();
    files[3].1 = b"pub fn rate() { loop {} }\n";
    home.put(ARCHIVE, &pack(&files));
    home.put(&format!("{SOURCES}/src/lib.rs"), files[3].1);
    let verified = home.verify(SOURCES, None).0.expect("it can be compared");
    assert_eq!((verified.archive, verified.changed, verified.sha512), (Some(false), None, None));
}

#[test]
fn without_an_archive_nothing_is_said() {
    let home = Home::new();
    std::fs::remove_file(home.folder.path().join(ARCHIVE)).expect("gone");
    let verified = home.verify(SOURCES, None).0.expect("it can be looked at");
    assert_eq!((verified.archive, verified.changed), (None, None));
    assert_eq!(home.verify("registry/src/index.crates.io-0/flow-9.0.0", None).0, Err("absent".to_owned()));
}

#[test]
fn an_archive_cut_off_is_never_the_locked_one() {
    let whole = pack(FILES);
    let home = Home::new();
    for end in (0..whole.len()).step_by(7) {
        home.put(ARCHIVE, &whole[..end]);
        let verified = home.verify(SOURCES, None).0.expect("it can be compared");
        assert_eq!((verified.archive, verified.changed), (Some(false), None), "cut at {end}");
    }
}

#[test]
fn hostile_contents_under_the_locked_checksum_do_no_harm() {
    let whole = pack(FILES);
    for at in 0..whole.len() {
        let mut bytes = whole.clone();
        bytes[at] ^= 0x41;
        let mut home = Home::new();
        home.checksum = archive::hex(&<sha2::Sha256 as sha2::Digest>::digest(&bytes));
        home.put(ARCHIVE, &bytes);
        // Whatever it is, it is said: a fault, or the same files after all (a time stamp has no meaning).
        let _ = home.verify(SOURCES, None);
    }
    let mut home = Home::new();
    let mut tar = tar::Builder::new(Vec::new());
    let mut header = tar::Header::new_gnu();
    header.as_old_mut().name[..17].copy_from_slice(b"flow-1.2.0/../../");
    header.set_size(0);
    header.set_cksum();
    tar.append(&header, &b""[..]).expect("an entry");
    let mut gz = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gz.write_all(&tar.into_inner().expect("an archive")).expect("bytes");
    let bytes = gz.finish().expect("bytes");
    home.checksum = archive::hex(&<sha2::Sha256 as sha2::Digest>::digest(&bytes));
    home.put(ARCHIVE, &bytes);
    assert!(home.verify(SOURCES, None).0.is_err_and(|why| why.contains("outside")));
}

#[test]
fn a_vendored_folder_is_compared_with_its_list_and_with_an_archive_of_the_checksum() {
    let home = Home::new();
    let digest = |bytes: &[u8]| archive::hex(&<sha2::Sha256 as sha2::Digest>::digest(bytes));
    let vendor = |lib: &[u8]| {
        let mut files = BTreeMap::new();
        // `cargo vendor` leaves out what ends in `.orig`.
        for (path, bytes) in FILES.iter().filter(|(path, _)| *path != "Cargo.toml.orig") {
            let bytes = if *path == "src/lib.rs" { lib } else { *bytes };
            home.put(&format!("vendor/flow/{path}"), bytes);
            files.insert(*path, digest(bytes));
        }
        let list = serde_json::json!({ "files": files, "package": home.checksum });
        home.put("vendor/flow/.cargo-checksum.json", list.to_string().as_bytes());
    };
    vendor(FILES[3].1);
    assert_eq!(home.changed("vendor/flow"), [""; 0]);
    vendor(b"pub fn rate() { loop {} }\n");
    assert_eq!(home.changed("vendor/flow"), ["src/lib.rs is changed"], "the list was changed too");
    std::fs::remove_file(home.folder.path().join(ARCHIVE)).expect("gone");
    let verified = home.verify("vendor/flow", None).0.expect("it can be compared");
    assert_eq!(verified.against, Some(Against::List));
    assert_eq!(verified.changed, Some(Vec::new()), "the list alone can't tell");
    home.put("vendor/flow/src/lib.rs", b"pub fn rate() {}\n");
    assert_eq!(home.changed("vendor/flow"), ["src/lib.rs is changed"]);
    home.put("vendor/flow/.cargo-checksum.json", b"{\"files\":{}");
    assert!(home.verify("vendor/flow", None).0.is_err(), "half a list is none");
}

#[cfg(unix)]
#[test]
fn what_was_not_compared_since_the_last_change_is_not_told_as_compared() {
    let home = Home::new();
    let cache = tempfile::tempdir().expect("a temporary folder");
    let look = |anew| home.look(SOURCES, Some(cache.path()), anew).0;
    assert_eq!(look(false), Err("deferred".to_owned()), "nobody has looked yet");
    assert!(look(true).is_ok());
    assert!(look(false).is_ok(), "an earlier run has looked");
    std::fs::write(home.folder.path().join(SOURCES).join("src/lib.rs"), "pub fn rats() {}\n")
        .expect("a file");
    assert_eq!(look(false), Err("deferred".to_owned()), "it is another file now");
}

#[cfg(unix)]
#[test]
fn a_file_changed_behind_the_back_of_its_times_is_seen_by_the_next_run() {
    let home = Home::new();
    let cache = tempfile::tempdir().expect("a temporary folder");
    let lib = home.folder.path().join(SOURCES).join("src/lib.rs");
    let of = |home: &Home| home.verify(SOURCES, Some(cache.path()));
    assert!(!of(&home).1, "compared");
    assert!(of(&home).1, "taken from the shelf");
    let before = std::fs::metadata(&lib).expect("metadata");
    std::fs::write(&lib, "pub fn rats() {}\n").expect("as long as before");
    let file = std::fs::File::options().write(true).open(&lib).expect("the file");
    file.set_modified(before.modified().expect("a time")).expect("the time of before");
    let (verified, kept) = of(&home);
    assert!(!kept);
    assert_eq!(verified.expect("compared").changed.expect("compared").len(), 1);
}
