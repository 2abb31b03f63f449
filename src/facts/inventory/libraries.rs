//! Static libraries that hold no code: import libraries, through which Windows is linked.
//!
//! Such a library is an archive whose members name functions of a library of the system, each in a
//! short record. A few members beside are objects with tables only. Whatever is not certain counts
//! as code.

use std::io::{Read, Seek, SeekFrom};

/// Before each member of an archive.
const HEADER: usize = 60;

/// Members looked at; the import library of all of Windows has some 20,000.
const MOST_MEMBERS: usize = 200_000;

/// Sections of a table: names of functions, and what a debugger is told.
const TABLES: [&[u8]; 2] = [b".idata$", b".debug$"];

/// Whether every member of an archive only names functions.
pub(super) fn only_imports(archive: &mut (impl Read + Seek)) -> bool {
    looks_like_imports(archive).unwrap_or(false)
}

/// `None` where the archive is broken.
fn looks_like_imports(archive: &mut (impl Read + Seek)) -> Option<bool> {
    let mut at: u64 = 8;
    let mut imports = 0;
    for _ in 0..MOST_MEMBERS {
        archive.seek(SeekFrom::Start(at)).ok()?;
        let mut header = [0; HEADER];
        match archive.read(&mut header).ok()? {
            0 => return Some(imports > 0),
            HEADER => {}
            read => archive.read_exact(&mut header[read..]).ok()?,
        }
        let size: u64 = std::str::from_utf8(header.get(48..58)?).ok()?.trim().parse().ok()?;
        // Members whose name starts so are the index and the long names; others' go on with digits.
        let table = header[0] == b'/' && !header[1].is_ascii_digit();
        if !table {
            let mut head = [0; 20 + 40 * 8];
            let wanted = usize::try_from(size).unwrap_or(usize::MAX).min(head.len());
            archive.read_exact(&mut head[..wanted]).ok()?;
            if head.starts_with(&[0, 0, 0xff, 0xff]) {
                imports += 1;
            } else if !only_tables(&head[..wanted]) {
                return Some(false);
            }
        }
        // Members start at even places.
        at = at.checked_add(HEADER as u64)?.checked_add(size)?.checked_next_multiple_of(2)?;
    }
    None
}

/// Whether an object of Windows has sections with tables only.
fn only_tables(object: &[u8]) -> bool {
    let sections = match object {
        [_, _, low, high, ..] => usize::from(u16::from_le_bytes([*low, *high])),
        _ => return false,
    };
    let no_option = object.get(16..18) == Some(&[0, 0]);
    no_option
        && (1..=8).contains(&sections)
        && (0..sections).all(|section| {
            let start = 20 + 40 * section;
            object
                .get(start..start + 8)
                .is_some_and(|name| TABLES.iter().any(|table| name.starts_with(table)))
        })
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::*;

    fn archive(members: &[(&str, &[u8])]) -> Vec<u8> {
        let mut bytes = b"!<arch>\n".to_vec();
        for (name, content) in members {
            bytes.extend(
                format!("{name:<16}{:<12}{:<6}{:<6}{:<8}{:<10}`\n", 0, 0, 0, 0, content.len()).bytes(),
            );
            bytes.extend(*content);
            bytes.resize(bytes.len().next_multiple_of(2), b'\n');
        }
        bytes
    }

    fn object(section: &[u8]) -> Vec<u8> {
        let mut bytes = vec![0x64, 0x86, 1, 0];
        bytes.resize(20, 0);
        bytes.extend(section);
        bytes.resize(60, 0);
        bytes
    }

    #[test]
    fn names_alone_are_told_from_code() {
        let (import, tables, code) = ([0, 0, 0xff, 0xff, 0], object(b".idata$2"), object(b".text\0\0\0"));
        let told = |members: &[(&str, &[u8])]| only_imports(&mut Cursor::new(archive(members)));
        assert!(told(&[("/", b"index"), ("//", b"long names"), ("/0", &tables), ("/12", &import)]));
        assert!(!told(&[("/", b"index"), ("/0", &import), ("a.obj", &code)]));
        assert!(!told(&[("/", b"index"), ("a.obj", &tables)]), "nothing is imported");
        assert!(!told(&[]));
    }

    #[test]
    fn a_broken_archive_is_never_taken_for_names() {
        let whole = archive(&[("/0", &[0, 0, 0xff, 0xff, 0, 0]), ("/1", &[0, 0, 0xff, 0xff])]);
        assert!(only_imports(&mut Cursor::new(&whole)));
        let ends = [8 + HEADER + 6, whole.len()];
        for end in 0..whole.len() {
            assert_eq!(only_imports(&mut Cursor::new(&whole[..end])), ends.contains(&end), "{end}");
        }
        let endless = String::from_utf8_lossy(&whole).replace("6         `", "9999999999`").into_bytes();
        assert!(!only_imports(&mut Cursor::new(endless)));
    }
}
