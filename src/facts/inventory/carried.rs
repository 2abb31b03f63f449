//! What a package carries beside Rust: sources in other languages, code that somebody has compiled
//! already, archives.
//!
//! Compiled code is told by its first bytes, whatever its file is called: that is what a build
//! script could link, load or run, and nobody can review. Everything below the package's folder is
//! looked at, tests too: what lies there is on the machine that builds. Scripts are text and not
//! told here.

use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::source::relative;

use super::files::{Reader, Unread};
use super::libraries;

/// Bytes of a file that are looked at.
const HEAD: usize = 512;

/// Files named one by one; the others are counted.
const NAMED: usize = 20;

/// What a package carries beside Rust.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Carried {
    /// Sources in C, C++ and Objective-C.
    pub native: u32,
    /// Sources in assembler.
    pub assembler: u32,
    /// Headers.
    pub headers: u32,
    /// The first of all these by path, relative to the package. Folders of tests, benches and
    /// examples are left out, and do not count.
    pub native_files: Vec<String>,
    /// Code that is compiled already: how many files.
    pub prebuilt: u32,
    /// The first of them by path; import libraries and files among tests come last.
    pub prebuilt_files: Vec<Prebuilt>,
    /// Archives and compressed files, which may hold anything: how many.
    pub archives: u32,
    /// The first of them by path, relative to the package.
    pub archive_files: Vec<String>,
}

/// A file with code that is compiled already.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Prebuilt {
    /// Relative to the package, with `/`.
    pub path: String,
    /// What it is.
    pub kind: PrebuiltKind,
}

/// What a file with compiled code is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PrebuiltKind {
    /// A program.
    Executable,
    /// A library that is loaded.
    SharedLibrary,
    /// A library that is linked in.
    StaticLibrary,
    /// Names of functions in a library of the system, without code: how Windows is linked.
    ImportLibrary,
    /// An object file.
    Object,
    /// A WebAssembly module.
    WebAssembly,
    /// Code of a virtual machine: Java, Android.
    Bytecode,
}

impl PrebuiltKind {
    /// The word for people.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Executable => "program",
            Self::SharedLibrary => "shared library",
            Self::StaticLibrary => "static library",
            Self::ImportLibrary => "import library",
            Self::Object => "object file",
            Self::WebAssembly => "WebAssembly module",
            Self::Bytecode => "bytecode",
        }
    }
}

impl Carried {
    /// Prebuilt files with code in them: an import library only names functions.
    pub fn code(&self) -> impl Iterator<Item = &Prebuilt> {
        self.prebuilt_files.iter().filter(|file| file.kind != PrebuiltKind::ImportLibrary)
    }

    /// True for a path that leads through a folder of tests, benches or examples.
    #[must_use]
    pub fn among_tests(path: &str) -> bool {
        super::package::NOT_LIBRARY.iter().any(|name| path.split('/').any(|part| part == *name))
    }

    fn add(&mut self, folder: &Path, path: &Path, seen: Told) {
        match seen {
            Told::Prebuilt(kind) => {
                self.prebuilt += 1;
                self.prebuilt_files.push(Prebuilt { path: relative(folder, path), kind });
            }
            Told::Archive => {
                self.archives += 1;
                self.archive_files.push(relative(folder, path));
            }
        }
    }

    fn add_native(&mut self, folder: &Path, path: &Path) {
        let extension = path.extension().and_then(|extension| extension.to_str()).unwrap_or_default();
        let count = match extension {
            "c" | "cc" | "cpp" | "cxx" | "c++" | "m" | "mm" => &mut self.native,
            "s" | "S" | "asm" | "nasm" => &mut self.assembler,
            "h" | "hh" | "hpp" | "hxx" | "h++" => &mut self.headers,
            _ => return,
        };
        let path = relative(folder, path);
        if !Self::among_tests(&path) {
            *count += 1;
            self.native_files.push(path);
        }
    }

    /// Keeps the first files by path; import libraries and files among tests come last.
    fn finish(mut self) -> Self {
        self.native_files.sort();
        self.archive_files.sort();
        self.prebuilt_files.sort_by(|a, b| {
            let last =
                |file: &Prebuilt| (file.kind == PrebuiltKind::ImportLibrary, Self::among_tests(&file.path));
            (last(a), &a.path).cmp(&(last(b), &b.path))
        });
        self.native_files.truncate(NAMED);
        self.archive_files.truncate(NAMED);
        self.prebuilt_files.truncate(NAMED);
        self
    }
}

/// Looks at every file of the package. `heads` answers for those that were read already.
pub(super) fn look(
    reader: &Reader<'_>,
    heads: impl Fn(&Path) -> Option<Option<Told>>,
    unread: &mut Unread,
) -> Carried {
    let mut carried = Carried::default();
    for path in reader.every_file(unread) {
        carried.add_native(reader.folder, &path);
        let told = match heads(&path) {
            Some(known) => known,
            None => match head(&path) {
                Ok(told) => told,
                Err(why) => {
                    unread.insert(path, why);
                    continue;
                }
            },
        };
        if let Some(told) = told {
            carried.add(reader.folder, &path, told);
        }
    }
    carried.finish()
}

/// What the first bytes of a file tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Told {
    Prebuilt(PrebuiltKind),
    Archive,
}

fn head(path: &PathBuf) -> Result<Option<Told>, String> {
    // Ask before opening: opening a named pipe would wait for a writer.
    let metadata = std::fs::metadata(path).map_err(|error| error.to_string())?;
    if !metadata.is_file() || metadata.len() < 4 {
        return Ok(None);
    }
    let mut file = File::open(path).map_err(|error| error.to_string())?;
    let mut bytes = [0; HEAD];
    let mut length = 0;
    while length < HEAD {
        match file.read(&mut bytes[length..]) {
            Ok(0) => break,
            Ok(read) => length += read,
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error.to_string()),
        }
    }
    let mut told = tell(&bytes[..length], path);
    if told == Some(Told::Prebuilt(PrebuiltKind::StaticLibrary)) && libraries::only_imports(&mut file) {
        told = Some(Told::Prebuilt(PrebuiltKind::ImportLibrary));
    }
    Ok(told)
}

/// Tells a file by its first bytes; the name helps where they say little.
pub(super) fn tell(head: &[u8], path: &Path) -> Option<Told> {
    magic(head).or_else(|| by_name(head, path).map(Told::Prebuilt))
}

fn magic(head: &[u8]) -> Option<Told> {
    use PrebuiltKind::{Bytecode, Executable, Object, SharedLibrary, StaticLibrary, WebAssembly};
    let at = |offset: usize| head.get(offset).copied();
    let kind = match head {
        [0x7f, b'E', b'L', b'F', ..] => {
            // The type stands in the byte order of the machine it is for.
            match (at(5), at(16), at(17)) {
                (Some(1), Some(1), _) | (Some(2), _, Some(1)) => Object,
                (Some(1), Some(3), _) | (Some(2), _, Some(3)) => SharedLibrary,
                _ => Executable,
            }
        }
        [b'M', b'Z', ..] if head.len() >= 64 && head[..64].contains(&0) => {
            let library = u32_at(head, 0x3c)
                .filter(|header| head.get(*header..*header + 4) == Some(b"PE\0\0"))
                .and_then(|header| at(header + 23));
            if library.is_some_and(|flags| flags & 0x20 != 0) { SharedLibrary } else { Executable }
        }
        [0xfe, 0xed, 0xfa, 0xce | 0xcf, ..] => mach(at(15)),
        [0xce | 0xcf, 0xfa, 0xed, 0xfe, ..] => mach(at(12)),
        // One file for several machines; a class of Java starts alike, with its version, 45 or more.
        [0xca, 0xfe, 0xba, 0xbe, 0, 0, 0, 1..=30, ..] => Executable,
        [0xca, 0xfe, 0xba, 0xbe, ..] | [b'd', b'e', b'x', b'\n', b'0', ..] => Bytecode,
        [0, b'a', b's', b'm', ..] => WebAssembly,
        [b'!', b'<', b'a', b'r', b'c', b'h', b'>', b'\n', rest @ ..]
            if rest.starts_with(b"debian-binary") =>
        {
            return Some(Told::Archive);
        }
        [b'!', b'<', b'a', b'r', b'c', b'h', b'>', b'\n', ..]
        | [b'!', b'<', b't', b'h', b'i', b'n', b'>', b'\n', ..] => StaticLibrary,
        [b'B', b'C', 0xc0, 0xde, ..] | [0xde, 0xc0, 0x17, 0x0b, ..] => Object,
        [b'P', b'K', 3 | 5, 4 | 6, ..]
        | [0x1f, 0x8b, 8, ..]
        | [0xfd, b'7', b'z', b'X', b'Z', 0, ..]
        | [0x28, 0xb5, 0x2f, 0xfd, ..]
        | [b'B', b'Z', b'h', b'1'..=b'9', 0x31, 0x41, 0x59, ..]
        | [b'7', b'z', 0xbc, 0xaf, 0x27, 0x1c, ..]
        | [0x04, 0x22, 0x4d, 0x18, ..]
        | [b'R', b'a', b'r', b'!', 0x1a, ..] => return Some(Told::Archive),
        _ if head.get(257..262) == Some(b"ustar") => return Some(Told::Archive),
        _ => return None,
    };
    Some(Told::Prebuilt(kind))
}

fn mach(kind: Option<u8>) -> PrebuiltKind {
    match kind {
        Some(1) => PrebuiltKind::Object,
        Some(6 | 8) => PrebuiltKind::SharedLibrary,
        _ => PrebuiltKind::Executable,
    }
}

fn u32_at(bytes: &[u8], at: usize) -> Option<usize> {
    let bytes: [u8; 4] = bytes.get(at..at + 4)?.try_into().ok()?;
    usize::try_from(u32::from_le_bytes(bytes)).ok()
}

/// Two bytes start an object of Windows, and many other files: the name has to say so too. What is
/// called a library and is not text is taken for one.
fn by_name(head: &[u8], path: &Path) -> Option<PrebuiltKind> {
    let extension = path.extension()?.to_str()?.to_ascii_lowercase();
    let machine = head.get(..2).unwrap_or_default();
    let object_of_windows =
        [[0x64, 0x86], [0x4c, 0x01], [0x64, 0xaa], [0xc4, 0x01]].iter().any(|known| machine == known);
    match extension.as_str() {
        "o" | "obj" if object_of_windows => Some(PrebuiltKind::Object),
        "a" | "lib" | "rlib" if head.contains(&0) => Some(PrebuiltKind::StaticLibrary),
        "dll" | "so" | "dylib" if head.contains(&0) => Some(PrebuiltKind::SharedLibrary),
        "exe" if head.contains(&0) => Some(PrebuiltKind::Executable),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(name: &str, head: &[u8]) -> Option<Told> {
        tell(head, Path::new(name))
    }

    /// The head of a file: bytes at their offsets, zeros between.
    fn bytes(parts: &[(usize, &[u8])]) -> Vec<u8> {
        let mut head = vec![0; 128];
        for (at, part) in parts {
            head[*at..at + part.len()].copy_from_slice(part);
        }
        head
    }

    #[test]
    fn compiled_code_is_told_by_its_first_bytes_whatever_it_is_called() {
        use PrebuiltKind::{Bytecode, Executable, Object, SharedLibrary, StaticLibrary, WebAssembly};
        let pe = |flags: u8| bytes(&[(0, b"MZ"), (0x3c, &[64]), (64, b"PE\0\0"), (87, &[flags])]);
        for (head, kind) in [
            (bytes(&[(0, b"\x7fELF\x02\x01"), (16, &[2])]), Executable),
            (bytes(&[(0, b"\x7fELF\x02\x01"), (16, &[3])]), SharedLibrary),
            (bytes(&[(0, b"\x7fELF\x01\x02"), (17, &[1])]), Object),
            (b"\x7fELF".to_vec(), Executable),
            (pe(0x01), Executable),
            (pe(0x21), SharedLibrary),
            (bytes(&[(0, &[0xcf, 0xfa, 0xed, 0xfe]), (12, &[6])]), SharedLibrary),
            (bytes(&[(0, &[0xfe, 0xed, 0xfa, 0xce]), (15, &[1])]), Object),
            (bytes(&[(0, &[0xca, 0xfe, 0xba, 0xbe, 0, 0, 0, 2])]), Executable),
            (bytes(&[(0, &[0xca, 0xfe, 0xba, 0xbe, 0, 0, 0, 52])]), Bytecode),
            (b"\0asm\x01\0\0\0".to_vec(), WebAssembly),
            (b"!<arch>\n/               ".to_vec(), StaticLibrary),
            (b"BC\xc0\xde".to_vec(), Object),
        ] {
            assert_eq!(told("notes.txt", &head), Some(Told::Prebuilt(kind)), "{head:?}");
        }
        assert_eq!(told("a.obj", &[0x64, 0x86, 1, 0]), Some(Told::Prebuilt(Object)));
        assert_eq!(told("a.lib", &[1, 0, 2]), Some(Told::Prebuilt(StaticLibrary)));
    }

    #[test]
    fn archives_are_told_apart_and_text_is_nothing() {
        for head in
            [&b"PK\x03\x04"[..], b"\x1f\x8b\x08\0", b"\xfd7zXZ\0", b"BZh91AY", b"!<arch>\ndebian-binary "]
        {
            assert_eq!(told("x", head), Some(Told::Archive), "{head:?}");
        }
        let mut tar = vec![b'a'; 512];
        tar[257..262].copy_from_slice(b"ustar");
        assert_eq!(told("x", &tar), Some(Told::Archive));
        for (name, head) in [
            (
                "a.txt",
                &b"MZ is how programs for DOS start, and this is a text about them, not one of them."[..],
            ),
            ("a.lib", b"a list of names"),
            ("a.data", &[0x64, 0x86, 1, 0]),
            ("BZh", b"BZh9 is how"),
            ("a.s", b".globl main"),
            ("", b""),
        ] {
            assert_eq!(told(name, head), None, "{name}");
        }
    }

    #[test]
    fn every_prefix_of_a_head_is_survived() {
        let head = bytes(&[(0, b"MZ"), (0x3c, &[0xff, 0xff, 0xff, 0xff]), (64, b"PE\0\0")]);
        for end in 0..head.len() {
            told("x.dll", &head[..end]);
        }
    }
}
