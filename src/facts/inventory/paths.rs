//! What a file is able to do, told from the paths it writes.
//!
//! Imports are followed within the file, renames and globs included. Only the standard library is
//! looked for, and foreign functions: a file that goes through another crate shows up in the
//! inventory of that crate.

use std::collections::{BTreeMap, BTreeSet};

use super::Capability;
use super::tokens::{TokenKind, Tokens};

/// Paths of the standard library that give a capability; longer paths count too.
const PATHS: &[(&str, &[&str], Capability)] = &[
    ("std::net", &["TcpListener", "TcpStream", "ToSocketAddrs", "UdpSocket"], Capability::Net),
    ("std::os::unix::net", &["UnixDatagram", "UnixListener", "UnixStream"], Capability::Net),
    ("std::process", &["Command"], Capability::Process),
    ("std::os::unix::process", &["CommandExt"], Capability::Process),
    ("std::fs::File", &["create", "create_new", "options"], Capability::FileWrite),
    (
        "std::fs",
        &[
            "DirBuilder",
            "OpenOptions",
            "copy",
            "create_dir",
            "create_dir_all",
            "hard_link",
            "remove_dir",
            "remove_dir_all",
            "remove_file",
            "rename",
            "set_permissions",
            "write",
        ],
        Capability::FileWrite,
    ),
    ("std::os::unix::fs", &["symlink"], Capability::FileWrite),
    ("std::env", &["remove_var", "set_var", "var", "var_os", "vars", "vars_os"], Capability::Env),
    ("std::thread", &["Builder", "scope", "spawn"], Capability::Threads),
    // The same below the standard library: what the component calls is declared in `libc`.
    ("libc", &["accept", "accept4", "bind", "connect", "listen", "socket"], Capability::Net),
    (
        "libc",
        &[
            "execl",
            "execv",
            "execve",
            "execvp",
            "fork",
            "popen",
            "posix_spawn",
            "posix_spawnp",
            "system",
            "vfork",
        ],
        Capability::Process,
    ),
    ("libc", &["getenv", "setenv", "unsetenv"], Capability::Env),
    ("libc", &["pthread_create"], Capability::Threads),
    // Macros that write an extern block for their caller: how Windows is called.
    ("windows_link", &["link"], Capability::Ffi),
    ("windows_targets", &["link"], Capability::Ffi),
    ("libloading", &[""], Capability::Dlopen),
];

/// Whether this is a function of an operating system that loads a library.
pub(super) fn is_loader(name: &[u8]) -> bool {
    matches!(name, b"LoadLibraryA" | b"LoadLibraryExA" | b"LoadLibraryExW" | b"LoadLibraryW" | b"dlopen")
}

/// The names a file imports and the paths it writes.
#[derive(Debug, Default)]
pub(super) struct Names<'a> {
    imported: BTreeMap<&'a str, String>,
    globs: BTreeSet<String>,
    paths: BTreeSet<String>,
}

impl<'a> Names<'a> {
    /// Reads the path that starts with `first`, up to where it ends or a tree of imports begins.
    pub(super) fn path(&mut self, first: &'a str, tokens: &mut Tokens<'a>) {
        let mut path = [first; 8];
        let mut length = 1;
        while length < path.len() && tokens.path_goes_on() {
            tokens.next();
            tokens.next();
            match tokens.peek(0) {
                Some(token) if token.kind == TokenKind::Ident => path[length] = token.text,
                _ => break,
            }
            length += 1;
            tokens.next();
        }
        if path[..length].iter().any(|segment| is_telling(segment)) {
            self.paths.insert(path[..length].join("::"));
        }
    }

    /// Reads what follows the word `use`, up to the semicolon or what is no import.
    pub(super) fn imports(&mut self, tokens: &mut Tokens<'a>) {
        use_tree(tokens, |import, path| match import {
            Import::Name(name) => self.import(name, path),
            Import::Glob if self.leads_somewhere(path) => drop(self.globs.insert(path.join("::"))),
            Import::Glob => {}
        });
    }

    fn import(&mut self, name: &'a str, path: &[&'a str]) {
        if self.leads_somewhere(path) {
            let path = path.join("::");
            self.paths.insert(path.clone());
            self.imported.insert(name, path);
        }
    }

    /// Whether what lies below an imported path can be in [`PATHS`].
    fn leads_somewhere(&self, path: &[&str]) -> bool {
        let Some(first) = path.first() else { return false };
        matches!(*first, "std" | "libc" | "libloading" | "windows_link" | "windows_targets")
            || self.imported.contains_key(first)
            || path.last().is_some_and(|name| is_loader(name.as_bytes()))
    }

    /// What the file is able to do, at least.
    pub(super) fn capabilities(&self) -> BTreeSet<Capability> {
        self.paths.iter().flat_map(|path| self.meanings(path)).filter_map(|path| capability(&path)).collect()
    }

    /// What a path may mean: itself, through an import, through a glob.
    fn meanings(&self, path: &str) -> Vec<String> {
        let (first, rest) = path.split_once("::").unwrap_or((path, ""));
        let mut meanings = vec![path.to_owned()];
        if let Some(full) = self.imported.get(first).filter(|full| full.as_str() != path) {
            let full = self.through_import(full);
            meanings.push(if rest.is_empty() { full } else { format!("{full}::{rest}") });
        }
        meanings.extend(self.globs.iter().map(|glob| format!("{}::{path}", self.through_import(glob))));
        meanings
    }

    /// An import that starts with an imported name itself: `use std::fs; use fs::File;`.
    fn through_import(&self, path: &str) -> String {
        match path.split_once("::") {
            Some((first, rest)) if first != "std" => match self.imported.get(first) {
                Some(full) => format!("{full}::{rest}"),
                None => path.to_owned(),
            },
            _ => self.imported.get(path).cloned().unwrap_or_else(|| path.to_owned()),
        }
    }
}

/// What an import brings in.
#[derive(Debug, Clone, Copy)]
pub(super) enum Import<'a> {
    /// A path, under this name.
    Name(&'a str),
    /// Everything below a path.
    Glob,
}

/// Reads what follows the word `use`, up to the semicolon or what is no import; tells each import with
/// its path.
pub(super) fn use_tree<'a>(tokens: &mut Tokens<'a>, mut each: impl FnMut(Import<'a>, &[&'a str])) {
    let mut path: Vec<&'a str> = Vec::new();
    let mut groups: Vec<usize> = Vec::new();
    let mut complete = true; // nothing new since the last import was told
    while let Some(token) = tokens.peek(0) {
        match token.kind {
            TokenKind::Ident if token.text == "as" => {
                tokens.next();
                let name = tokens.peek(0).and_then(|token| token.ident()).unwrap_or("_");
                named(name, &path, &mut each);
                complete = true;
            }
            TokenKind::Ident | TokenKind::RawIdent => {
                path.push(token.text);
                complete = false;
            }
            TokenKind::Colon => {}
            TokenKind::OpenBrace => groups.push(path.len()),
            TokenKind::Star => {
                each(Import::Glob, &path);
                complete = true;
            }
            TokenKind::Comma | TokenKind::CloseBrace | TokenKind::Semi => {
                if !complete && let Some(name) = path.last() {
                    named(name, &path, &mut each);
                }
                complete = true;
                let open = groups.last().copied();
                match (token.kind, open) {
                    (TokenKind::Comma, Some(start)) => path.truncate(start),
                    (TokenKind::CloseBrace, Some(start)) => {
                        path.truncate(start);
                        groups.pop();
                    }
                    _ => return,
                }
            }
            _ => return,
        }
        tokens.next();
    }
}

/// Tells an import of one name; `self` stands for the module before it.
fn named<'a>(name: &'a str, path: &[&'a str], each: &mut impl FnMut(Import<'a>, &[&'a str])) {
    match path {
        [before @ .., module, "self"] if name == "self" => each(Import::Name(module), &path[..=before.len()]),
        [before @ .., "self"] => each(Import::Name(name), before),
        _ => each(Import::Name(name), path),
    }
}

/// Whether the segment is a name of [`PATHS`], told fast: every path of every file is asked.
fn is_telling(segment: &str) -> bool {
    is_loader(segment.as_bytes())
        || matches!(
            segment.as_bytes(),
            b"Builder"
                | b"Command"
                | b"CommandExt"
                | b"DirBuilder"
                | b"OpenOptions"
                | b"TcpListener"
                | b"TcpStream"
                | b"ToSocketAddrs"
                | b"UdpSocket"
                | b"UnixDatagram"
                | b"UnixListener"
                | b"UnixStream"
                | b"accept"
                | b"accept4"
                | b"bind"
                | b"connect"
                | b"copy"
                | b"create"
                | b"create_dir"
                | b"create_dir_all"
                | b"create_new"
                | b"execl"
                | b"execv"
                | b"execve"
                | b"execvp"
                | b"fork"
                | b"getenv"
                | b"hard_link"
                | b"libloading"
                | b"link"
                | b"listen"
                | b"options"
                | b"popen"
                | b"posix_spawn"
                | b"posix_spawnp"
                | b"pthread_create"
                | b"remove_dir"
                | b"remove_dir_all"
                | b"remove_file"
                | b"remove_var"
                | b"rename"
                | b"scope"
                | b"set_permissions"
                | b"set_var"
                | b"setenv"
                | b"socket"
                | b"spawn"
                | b"symlink"
                | b"system"
                | b"unsetenv"
                | b"var"
                | b"var_os"
                | b"vars"
                | b"vars_os"
                | b"vfork"
                | b"write"
        )
}

fn capability(path: &str) -> Option<Capability> {
    if path.rsplit("::").next().is_some_and(|name| is_loader(name.as_bytes())) {
        return Some(Capability::Dlopen);
    }
    let found = PATHS.iter().find(|(module, names, _)| {
        path.strip_prefix(module).is_some_and(|rest| match rest.strip_prefix("::") {
            Some(rest) => {
                let name = rest.split("::").next().unwrap_or(rest);
                names.contains(&name) || *names == [""]
            }
            None => rest.is_empty() && *names == [""],
        })
    });
    found.map(|(_, _, capability)| *capability)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_of_the_table_is_told() {
        for (module, names, capability_of_name) in PATHS {
            for name in *names {
                let path = if name.is_empty() { (*module).to_owned() } else { format!("{module}::{name}") };
                assert!(path.split("::").any(is_telling), "{path}");
                assert_eq!(capability(&path), Some(*capability_of_name), "{path}");
                assert_eq!(capability(&format!("{path}::new")), Some(*capability_of_name), "{path}");
                assert_eq!(capability(&format!("my::{path}")), None, "{path}");
                assert_eq!(capability(&format!("{path}_x")), None, "{path}");
            }
        }
    }
}
