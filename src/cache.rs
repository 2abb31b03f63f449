//! Facts kept between runs: by checksum for components, by content for files.
//!
//! A shelf is one file that maps keys to values. It is read whole and written whole, beside first,
//! then renamed, so that many runs at once never see half a shelf; a writer takes up what others
//! have put there meanwhile, and an entry lost in a race only costs time. Values are decoded when
//! they are asked for.
//!
//! A fact read from here can make a gate pass, so a shelf is believed only if it is whole (a
//! SHA-256 over everything), was written by this version of the tool, and lies in a folder that
//! belongs to the user and that nobody else can write to. Otherwise it is empty.

use std::borrow::Borrow;
use std::collections::BTreeMap;
use std::marker::PhantomData;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use sha2::{Digest as _, Sha256};

use crate::source::Tree;

/// The largest shelf that is read or written, in bytes.
const LARGEST_SHELF: usize = 256 * 1024 * 1024;

/// How many entries a shared shelf holds before those that a run did not ask for are dropped: some
/// twenty workspaces of the largest kind, read in about 10 ms.
const MOST_ENTRIES: usize = 20_000;

/// How many bytes are set aside for a value before its size is known.
const USUAL_VALUE: usize = 16 * 1024;

/// Written at the start of every shelf: another version of the tool may see things differently.
const STAMP: &str = concat!("health-sec shelf 2 ", env!("CARGO_PKG_VERSION"), "\n");

/// The bytes of a SHA-256.
const SUM: usize = 32;

/// The environment variable that names the cache folder; empty keeps nothing.
pub const VARIABLE: &str = "CARGO_HEALTH_SEC_CACHE";

/// Where facts are kept when nobody says otherwise: `$CARGO_HEALTH_SEC_CACHE`, else the folder
/// `cargo-health-sec` where the system keeps caches of the user. `None` keeps nothing.
#[must_use]
pub fn default_folder() -> Option<PathBuf> {
    folder_from(|name| std::env::var_os(name).map(PathBuf::from))
}

fn folder_from(variable: impl Fn(&str) -> Option<PathBuf>) -> Option<PathBuf> {
    if let Some(folder) = variable(VARIABLE) {
        return Some(folder).filter(|folder| !folder.as_os_str().is_empty());
    }
    // A relative path would mean another folder in every workspace, maybe one inside it.
    let absolute = |name| variable(name).filter(|path| path.is_absolute());
    let caches = if cfg!(windows) {
        absolute("LOCALAPPDATA")?
    } else if let Some(folder) = absolute("XDG_CACHE_HOME") {
        folder
    } else if cfg!(target_os = "macos") {
        absolute("HOME")?.join("Library/Caches")
    } else {
        absolute("HOME")?.join(".cache")
    };
    Some(caches.join("cargo-health-sec"))
}

/// The name of a shelf for what is known of one workspace.
#[must_use]
pub fn shelf_name(what: &str, tree: &Tree) -> String {
    let digest = Sha256::digest(tree.root().to_string_lossy().as_bytes());
    let short = digest.iter().take(8).fold(0_u64, |sum, byte| sum << 8 | u64::from(*byte));
    format!("{what}-{short:016x}")
}

/// A fingerprint of the sources of an engine, for the name of its shelf: facts seen by an engine
/// that was changed since must not be believed. Computed by the compiler.
#[must_use]
pub const fn fingerprint(sources: &[&[u8]]) -> u64 {
    // FNV-1a: it tells versions of our own files apart and defends against nobody.
    let mut hash: u64 = 0xcbf2_9ce4_8422_2325;
    let mut file = 0;
    while file < sources.len() {
        let mut byte = 0;
        while byte < sources[file].len() {
            hash = (hash ^ sources[file][byte] as u64).wrapping_mul(0x0000_0100_0000_01b3);
            byte += 1;
        }
        hash = (hash ^ 0xff).wrapping_mul(0x0000_0100_0000_01b3);
        file += 1;
    }
    hash
}

/// A name for the program that runs, for what depends on more of it than a [`fingerprint`] tells: where it lies, its
/// size, and when it was last changed. `None` where the system can't tell.
#[must_use]
pub fn program() -> Option<String> {
    let path = std::env::current_exe().ok()?;
    let file = std::fs::metadata(&path).ok()?;
    Some(format!("{} {} {:?}", path.display(), file.len(), file.modified().ok()?))
}

/// Values kept between runs under keys that name their whole input.
#[derive(Debug)]
pub struct Shelf<T> {
    file: Option<PathBuf>,
    old: Stored,
    new: BTreeMap<String, Vec<u8>>,
    values: PhantomData<T>,
}

impl<T: Serialize + DeserializeOwned> Shelf<T> {
    /// Opens a shelf in the cache folder; without a folder nothing is kept.
    #[must_use]
    pub fn open(folder: Option<&Path>, name: &str) -> Self {
        let file = folder.map(|folder| folder.join(format!("{name}.shelf")));
        let old = file.as_deref().and_then(Stored::read).unwrap_or_default();
        Self { file, old, new: BTreeMap::new(), values: PhantomData }
    }

    /// The value under a key, kept for the next run too.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<T> {
        let bytes = match self.new.get(key) {
            Some(bytes) => bytes,
            None => self.old.get(key)?,
        };
        unpacked(bytes)
    }

    /// True when earlier runs have kept nothing here.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.old.index.is_empty() && self.new.is_empty()
    }

    /// Puts a value under a key.
    pub fn put(&mut self, key: impl Into<String>, value: impl Borrow<T>) {
        if self.file.is_some()
            && let Ok(mut bytes) = postcard::to_extend(value.borrow(), Vec::with_capacity(USUAL_VALUE))
        {
            bytes.shrink_to_fit();
            self.new.insert(key.into(), bytes);
        }
    }

    /// Writes the shelf if something new was put on it. `keep_unused` keeps what this run did not
    /// ask for: right for components, which many workspaces share; wrong for files that are gone.
    /// What cannot be written is not kept; that costs time, nothing else.
    pub fn close(self, keep_unused: bool) {
        let Some(file) = self.file.filter(|_| !self.new.is_empty()) else { return };
        // What others have put there since this shelf was opened.
        let others = if keep_unused { Stored::read(&file).unwrap_or_default() } else { Stored::default() };
        let mut entries: BTreeMap<&str, &[u8]> = self.old.used().collect();
        entries.extend(self.new.iter().map(|(key, bytes)| (key.as_str(), bytes.as_slice())));
        let room = MOST_ENTRIES.saturating_sub(entries.len());
        if others.index.len() <= room {
            for (key, bytes) in others.all() {
                entries.entry(key).or_insert(bytes);
            }
        }
        // A cache that can't be written is no reason to stop.
        let _ = write(&file, &entries);
    }
}

/// How many shelves stand side by side: one for each hexadecimal digit that a key may end in.
const SIDE_BY_SIDE: usize = 16;

/// Many values, spread over shelves by their keys, so that one new value does not write all of them anew.
#[derive(Debug)]
pub struct Shelves<T>(Vec<Shelf<T>>);

impl<T: Serialize + DeserializeOwned> Shelves<T> {
    /// Opens the shelves in the cache folder; without a folder nothing is kept.
    #[must_use]
    pub fn open(folder: Option<&Path>, name: &str) -> Self {
        Self((0..SIDE_BY_SIDE).map(|number| Shelf::open(folder, &format!("{name}-{number:x}"))).collect())
    }

    /// The value under a key, kept for the next run too.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<T> {
        self.0[Self::place(key)].get(key)
    }

    /// Puts a value under a key.
    pub fn put(&mut self, key: impl Into<String>, value: impl Borrow<T>) {
        let key = key.into();
        self.0[Self::place(&key)].put(key, value);
    }

    /// False where there is no folder, and nothing is kept.
    #[must_use]
    pub fn keeps(&self) -> bool {
        self.0.iter().any(|shelf| shelf.file.is_some())
    }

    /// Writes those on which something new was put, as [`Shelf::close`] does.
    pub fn close(self, keep_unused: bool) {
        self.0.into_iter().for_each(|shelf| shelf.close(keep_unused));
    }

    /// Keys end in digits of a checksum.
    fn place(key: &str) -> usize {
        key.as_bytes().last().map_or(0, |last| usize::from(*last) % SIDE_BY_SIDE)
    }
}

/// A part of a value that is unpacked only if somebody asks for it.
#[derive(Debug)]
pub struct Packed<T>(Vec<u8>, PhantomData<T>);

impl<T: Serialize + DeserializeOwned> Packed<T> {
    /// Packs a part.
    #[must_use]
    pub fn of(part: &T) -> Self {
        // What can't be packed can't be unpacked either.
        let bytes = postcard::to_extend(part, Vec::with_capacity(USUAL_VALUE)).unwrap_or_default();
        Self(bytes, PhantomData)
    }

    /// The part; `None` where it is not what was packed.
    #[must_use]
    pub fn unpack(&self) -> Option<T> {
        unpacked(&self.0)
    }
}

impl<T> Serialize for Packed<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_bytes(&self.0)
    }
}

impl<'de, T> Deserialize<'de> for Packed<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        // As one run of bytes: byte by byte it would take as long as to unpack it.
        <&[u8]>::deserialize(deserializer).map(|bytes| Self(bytes.to_vec(), PhantomData))
    }
}

/// The value that bytes stand for, and nothing more.
fn unpacked<T: DeserializeOwned>(bytes: &[u8]) -> Option<T> {
    match postcard::take_from_bytes(bytes) {
        Ok((value, [])) => Some(value),
        _ => None,
    }
}

/// What a shelf file holds: the bytes, and where the value of each key lies in them.
#[derive(Debug, Default)]
struct Stored {
    bytes: Vec<u8>,
    index: BTreeMap<String, (Range<usize>, AtomicBool)>,
}

impl Stored {
    fn read(file: &Path) -> Option<Self> {
        let bytes = read_own(file)?;
        let sum = STAMP.len()..STAMP.len() + SUM;
        let entries = bytes.get(sum.end..)?;
        if !bytes.starts_with(STAMP.as_bytes())
            || bytes.get(sum.clone())? != Sha256::digest(entries).as_slice()
        {
            return None;
        }
        let mut at = sum.end;
        let mut index = BTreeMap::new();
        while at < bytes.len() {
            let key = next_range(&bytes, &mut at)?;
            let value = next_range(&bytes, &mut at)?;
            let key = std::str::from_utf8(&bytes[key]).ok()?;
            index.insert(key.to_owned(), (value, AtomicBool::new(false)));
        }
        Some(Self { bytes, index })
    }

    fn get(&self, key: &str) -> Option<&[u8]> {
        let (range, used) = self.index.get(key)?;
        used.store(true, Ordering::Relaxed);
        Some(&self.bytes[range.clone()])
    }

    fn all(&self) -> impl Iterator<Item = (&str, &[u8])> {
        self.index.iter().map(|(key, (range, _))| (key.as_str(), &self.bytes[range.clone()]))
    }

    fn used(&self) -> impl Iterator<Item = (&str, &[u8])> {
        let used = self.index.iter().filter(|(_, (_, used))| used.load(Ordering::Relaxed));
        used.map(|(key, (range, _))| (key.as_str(), &self.bytes[range.clone()]))
    }
}

/// The range of the next run of bytes, which follows its length.
fn next_range(bytes: &[u8], at: &mut usize) -> Option<Range<usize>> {
    let length: [u8; 4] = bytes.get(*at..*at + 4)?.try_into().ok()?;
    let start = *at + 4;
    let end = start.checked_add(u32::from_le_bytes(length) as usize)?;
    bytes.get(start..end)?;
    *at = end;
    Some(start..end)
}

/// Reads a file that only this user can have written.
fn read_own(file: &Path) -> Option<Vec<u8>> {
    if !is_own(file.parent()?) || !is_own(file) {
        return None;
    }
    crate::source::read_limited(file, LARGEST_SHELF as u64).ok()
}

/// Whether a file or folder belongs to this user and nobody else can write to it. A link counts for
/// itself: it is refused.
#[cfg(unix)]
fn is_own(path: &Path) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    std::fs::symlink_metadata(path).is_ok_and(|metadata| {
        !metadata.is_symlink()
            && metadata.uid() == rustix::process::geteuid().as_raw()
            && metadata.mode() & 0o022 == 0
    })
}

/// Other systems keep the user's caches where only the user can write.
#[cfg(not(unix))]
fn is_own(path: &Path) -> bool {
    std::fs::symlink_metadata(path).is_ok_and(|metadata| !metadata.is_symlink())
}

fn write(file: &Path, entries: &BTreeMap<&str, &[u8]>) -> std::io::Result<()> {
    use std::io::Write as _;
    let sizes = entries.iter().map(|(key, value)| key.len() + value.len() + 2 * size_of::<u32>());
    let mut bytes = Vec::with_capacity(sizes.sum());
    for part in entries.iter().flat_map(|(key, value)| [key.as_bytes(), value]) {
        let length = u32::try_from(part.len()).map_err(std::io::Error::other)?;
        bytes.extend_from_slice(&length.to_le_bytes());
        bytes.extend_from_slice(part);
    }
    if bytes.len() > LARGEST_SHELF - STAMP.len() - SUM {
        return Err(std::io::Error::other("the shelf is full"));
    }
    let folder = file.parent().unwrap_or(Path::new("."));
    create_own(folder)?;
    let mut beside = tempfile::NamedTempFile::new_in(folder)?;
    beside.write_all(STAMP.as_bytes())?;
    beside.write_all(&Sha256::digest(&bytes))?;
    beside.write_all(&bytes)?;
    beside.persist(file)?;
    Ok(())
}

/// A folder of ours below the cache, for what is no shelf; `None` where it can't be made, or is not the user's own.
#[must_use]
pub fn own_folder(cache: &Path, name: &str) -> Option<PathBuf> {
    let folder = cache.join(name);
    create_own(&folder).ok()?;
    (is_own(cache) && is_own(&folder)).then_some(folder)
}

/// Creates a folder that only this user can look into.
fn create_own(folder: &Path) -> std::io::Result<()> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder() -> tempfile::TempDir {
        tempfile::tempdir().expect("a temporary folder")
    }

    fn shelf(folder: &Path) -> Shelf<String> {
        Shelf::open(Some(folder), "t")
    }

    #[test]
    fn what_is_put_is_found_by_the_next_run() {
        let folder = folder();
        let mut first = shelf(folder.path());
        first.put("a", "1".to_owned());
        assert_eq!(first.get("a").as_deref(), Some("1"), "found by the same run too");
        first.close(false);
        let second = shelf(folder.path());
        assert_eq!(second.get("a").as_deref(), Some("1"));
        assert_eq!(second.get("b"), None);
    }

    #[test]
    fn entries_that_a_run_did_not_ask_for_go_unless_they_are_shared() {
        for (keep_unused, expected) in [(false, None), (true, Some("1".to_owned()))] {
            let folder = folder();
            let mut first = shelf(folder.path());
            first.put("used", "0".to_owned());
            first.put("unused", "1".to_owned());
            first.close(false);
            let mut second = shelf(folder.path());
            assert!(second.get("used").is_some());
            second.put("new", "2".to_owned());
            second.close(keep_unused);
            let third = shelf(folder.path());
            assert_eq!(third.get("used").as_deref(), Some("0"));
            assert_eq!(third.get("new").as_deref(), Some("2"));
            assert_eq!(third.get("unused"), expected);
        }
    }

    #[test]
    fn a_shelf_with_any_byte_changed_cut_off_or_added_is_empty() {
        let folder = folder();
        let mut first = shelf(folder.path());
        first.put("key", "value".to_owned());
        first.put("other", "thing".to_owned());
        first.close(false);
        let file = folder.path().join("t.shelf");
        let whole = std::fs::read(&file).expect("a shelf");
        let is_empty = |bytes: &[u8]| {
            std::fs::write(&file, bytes).expect("a changed shelf");
            let shelf = shelf(folder.path());
            shelf.get("key").is_none() && shelf.get("other").is_none()
        };
        assert!(!is_empty(&whole), "the unchanged shelf is not empty");
        for at in 0..whole.len() {
            assert!(is_empty(&whole[..at]), "cut off at byte {at}");
            for bit in 0..8 {
                let mut changed = whole.clone();
                changed[at] ^= 1 << bit;
                assert!(is_empty(&changed), "bit {bit} of byte {at}");
            }
        }
        assert!(is_empty(&[whole, vec![0]].concat()), "a byte added");
    }

    #[test]
    fn a_part_that_is_packed_is_unpacked_as_it_was_or_not_at_all() {
        let part = vec!["a".to_owned(), "b".repeat(1000)];
        let bytes = postcard::to_stdvec(&Packed::of(&part)).expect("bytes");
        let kept: Packed<Vec<String>> = postcard::from_bytes(&bytes).expect("a part");
        assert_eq!(kept.unpack(), Some(part));
        for damaged in [vec![], vec![1], [kept.0.as_slice(), &[0]].concat()] {
            assert_eq!(Packed::<Vec<String>>(damaged, PhantomData).unpack(), None);
        }
    }

    #[test]
    fn a_new_value_writes_the_one_shelf_it_stands_on() {
        let folder = folder();
        let mut first: Shelves<String> = Shelves::open(Some(folder.path()), "t");
        first.put("0a", "1".to_owned());
        first.put("0b", "2".to_owned());
        first.close(false);
        let files = || std::fs::read_dir(folder.path()).expect("the folder").count();
        assert_eq!(files(), 2);
        let mut second: Shelves<String> = Shelves::open(Some(folder.path()), "t");
        second.put("1a", "3".to_owned());
        second.close(false);
        let third: Shelves<String> = Shelves::open(Some(folder.path()), "t");
        assert_eq!(
            (third.get("0a"), third.get("1a").as_deref()),
            (None, Some("3")),
            "nobody asked for the first"
        );
        assert_eq!((third.get("0b").as_deref(), files()), (Some("2"), 2));
    }

    #[test]
    fn many_writers_at_once_leave_a_whole_shelf() {
        let folder = folder();
        std::thread::scope(|scope| {
            for writer in 0..8 {
                let folder = folder.path();
                scope.spawn(move || {
                    for round in 0..20 {
                        let mut shelf = shelf(folder);
                        if let Some(seen) = shelf.get("shared") {
                            assert_eq!(seen, "x".repeat(10_000), "never another value");
                        }
                        shelf.put("shared", "x".repeat(10_000));
                        shelf.put(format!("{writer}.{round}"), writer.to_string());
                        shelf.close(true);
                    }
                });
            }
        });
        let last = shelf(folder.path());
        assert!(last.get("shared").is_some());
        assert!(last.old.index.len() > 20, "writers keep what others have put: {}", last.old.index.len());
        let files = std::fs::read_dir(folder.path()).expect("the folder").count();
        assert_eq!(files, 1, "nothing is left behind");
    }

    #[test]
    fn a_shared_shelf_does_not_grow_for_ever() {
        let folder = folder();
        for round in 0..3 {
            let mut shelf = shelf(folder.path());
            for entry in 0..MOST_ENTRIES / 2 {
                shelf.put(format!("{round}.{entry}"), String::new());
            }
            shelf.close(true);
        }
        let last = shelf(folder.path());
        assert!(last.get("2.0").is_some(), "what the last run used is there");
        assert!(last.old.index.len() <= MOST_ENTRIES, "{}", last.old.index.len());
    }

    #[cfg(unix)]
    #[test]
    fn a_shelf_that_others_can_write_to_is_not_read() {
        use std::os::unix::fs::PermissionsExt as _;
        let set = |path: &Path, mode| {
            std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).expect("permissions");
        };
        let outer = folder();
        let folder = outer.path().join("made/by/us");
        let mut first = shelf(&folder);
        first.put("key", "value".to_owned());
        first.close(false);
        let file = folder.join("t.shelf");
        let mode = |path: &Path| std::fs::metadata(path).expect("metadata").permissions().mode() & 0o777;
        assert_eq!((mode(&folder), mode(&file)), (0o700, 0o600));
        let found = || shelf(&folder).get("key").is_some();
        assert!(found());
        set(&folder, 0o777);
        assert!(!found(), "the folder can be written to by others");
        set(&folder, 0o700);
        set(&file, 0o666);
        assert!(!found(), "the file can be written to by others");
        set(&file, 0o600);
        std::fs::rename(&file, folder.join("real")).expect("moved");
        std::os::unix::fs::symlink(folder.join("real"), &file).expect("a link");
        assert!(!found(), "a link may lead to what others have written");
    }

    #[test]
    fn the_folder_is_the_users_own() {
        let of = |pairs: &[(&str, &str)]| {
            let pairs: BTreeMap<String, PathBuf> =
                pairs.iter().map(|(name, value)| ((*name).to_owned(), value.into())).collect();
            folder_from(|name| pairs.get(name).cloned())
        };
        assert_eq!(of(&[(VARIABLE, "/x"), ("HOME", "/home/a")]), Some("/x".into()));
        assert_eq!(of(&[(VARIABLE, ""), ("HOME", "/home/a")]), None, "switched off");
        assert_eq!(of(&[]), None);
        if cfg!(all(unix, not(target_os = "macos"))) {
            assert_eq!(of(&[("HOME", "/home/a")]), Some("/home/a/.cache/cargo-health-sec".into()));
            assert_eq!(of(&[("XDG_CACHE_HOME", "/c"), ("HOME", "/h")]), Some("/c/cargo-health-sec".into()));
            assert_eq!(
                of(&[("XDG_CACHE_HOME", "c"), ("HOME", "/h")]),
                Some("/h/.cache/cargo-health-sec".into()),
                "a relative folder would lie in the workspace"
            );
        }
    }

    #[test]
    fn fingerprints_tell_engines_apart() {
        assert_ne!(fingerprint(&[b"ab", b"c"]), fingerprint(&[b"a", b"bc"]));
        assert_ne!(fingerprint(&[b"ab"]), fingerprint(&[b"ac"]));
        assert_eq!(fingerprint(&[b"ab"]), fingerprint(&[b"ab"]));
    }
}
