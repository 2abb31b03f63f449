//! One pass over the tokens of a file.
//!
//! Code that only tests see (`#[cfg(test)]` on an item or a statement, `#[test]`) is told apart. The
//! attribute is believed only where an item or a statement can start and outside macro calls: in a
//! macro's arguments the macro decides what becomes of it.

use std::collections::BTreeSet;

use super::paths::{Names, is_loader};
use super::tokens::{Token, TokenKind, Tokens};
use super::{Capability, UnsafeCounts};

/// What was seen in one file.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct FileSeen {
    /// Unsafe tokens outside tests.
    pub(super) unsafe_tokens: UnsafeCounts,
    /// Unsafe tokens in tests.
    pub(super) in_tests: u32,
    /// What it is able to do, at least, outside tests.
    pub(super) capabilities: BTreeSet<Capability>,
    /// Whether it starts with `#![forbid(unsafe_code)]`.
    pub(super) forbids_unsafe: bool,
    /// Modules in files of their own.
    pub(super) modules: Vec<Module>,
    /// Files named by `#[path]` and `include!`, as written.
    pub(super) linked: Vec<Linked>,
    /// `include!` of something whose name cannot be told from the tokens.
    pub(super) unseen_includes: u32,
}

/// `mod name;`.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Module {
    pub(super) name: String,
    pub(super) test: bool,
}

/// A file named in the source.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Linked {
    pub(super) path: String,
    /// Relative to the package, not to the file.
    pub(super) from_package: bool,
    /// Taken in as text or bytes, not as code.
    pub(super) data: bool,
    pub(super) test: bool,
}

/// Scans the text of a file of a crate of this edition.
pub(super) fn scan(text: &str, edition: u16) -> FileSeen {
    let mut scanner = Scanner::new(text, edition);
    while let Some(token) = scanner.tokens.next() {
        scanner.take(token);
    }
    scanner.seen.capabilities.append(&mut scanner.names.capabilities());
    if scanner.all_test { scanner.seen.into_test() } else { scanner.seen }
}

impl FileSeen {
    /// The same file if only tests see it.
    pub(super) fn into_test(mut self) -> Self {
        self.modules.iter_mut().for_each(|module| module.test = true);
        self.linked.iter_mut().for_each(|linked| linked.test = true);
        Self {
            in_tests: self.in_tests + self.unsafe_tokens.words(),
            modules: self.modules,
            linked: self.linked,
            ..Self::default()
        }
    }
}

/// An item or statement that only tests see, while it lasts.
struct TestItem {
    /// Delimiters open around it.
    depth: usize,
    /// Only attributes, visibility and qualifiers so far.
    leading: bool,
    /// A comma does not end it.
    item: bool,
}

struct Scanner<'a> {
    tokens: Tokens<'a>,
    names: Names<'a>,
    seen: FileSeen,
    before: Option<Token<'a>>,
    /// Still among the inner attributes at the top.
    at_top: bool,
    macro_depth: Option<usize>,
    test: Option<TestItem>,
    all_test: bool,
}

impl<'a> Scanner<'a> {
    fn new(text: &'a str, edition: u16) -> Self {
        Self {
            tokens: Tokens::new(text, edition),
            names: Names::default(),
            seen: FileSeen::default(),
            before: None,
            at_top: true,
            macro_depth: None,
            test: None,
            all_test: false,
        }
    }

    fn take(&mut self, token: Token<'a>) {
        match token.kind {
            // Leaves `before` alone: an attribute stands where its item starts.
            TokenKind::Pound => return self.attribute(),
            TokenKind::Ident => self.ident(token),
            TokenKind::ForcedKeywordIdent if token.text == "k#unsafe" => self.unsafe_word(),
            TokenKind::Bang => self.bang(),
            TokenKind::CloseBrace | TokenKind::CloseParen | TokenKind::CloseBracket => {
                self.macro_depth = self.macro_depth.filter(|depth| self.tokens.depth() > *depth);
            }
            _ => {}
        }
        self.test_goes_on(token);
        self.at_top = false;
        self.before = Some(token);
    }

    fn in_test(&self) -> bool {
        self.test.is_some()
    }

    fn ident(&mut self, token: Token<'a>) {
        // As bytes, the compiler tells them apart by length and letter, not one after the other.
        match token.text.as_bytes() {
            b"unsafe" => self.unsafe_word(),
            b"extern" => self.extern_word(),
            b"mod" => self.module(),
            b"use" if !self.in_test() => self.names.imports(&mut self.tokens),
            b"include" if self.tokens.peek_is(0, TokenKind::Bang) => self.include(false),
            b"include_str" | b"include_bytes" if self.tokens.peek_is(0, TokenKind::Bang) => {
                self.include(true);
            }
            b"asm" | b"global_asm" | b"naked_asm" if self.tokens.peek_is(0, TokenKind::Bang) => {
                self.able_to(Capability::Asm);
            }
            name if is_loader(name) && !self.before.is_some_and(|before| before.is("fn")) => {
                self.able_to(Capability::Dlopen);
            }
            _ if !self.in_test() && self.tokens.path_goes_on() => {
                self.names.path(token.text, &mut self.tokens);
            }
            _ => {}
        }
    }

    fn able_to(&mut self, capability: Capability) {
        if !self.in_test() {
            self.seen.capabilities.insert(capability);
        }
    }

    fn unsafe_word(&mut self) {
        let attribute = match self.before.map(|before| before.kind) {
            Some(TokenKind::OpenBracket | TokenKind::OpenParen | TokenKind::Comma) => {
                self.tokens.peek_is(0, TokenKind::OpenParen)
            }
            _ => false,
        };
        if self.in_test() {
            self.seen.in_tests += 1;
            return;
        }
        let next = self.tokens.peek(0);
        let counts = &mut self.seen.unsafe_tokens;
        let count = match next {
            _ if attribute => &mut counts.attributes,
            Some(next) if next.kind == TokenKind::OpenBrace => &mut counts.blocks,
            Some(next) => match next.ident() {
                Some("fn") => &mut counts.functions,
                Some("impl") => &mut counts.impls,
                Some("trait" | "auto") => &mut counts.traits,
                // Which of the two is told when the word `extern` comes.
                Some("extern") => return,
                _ => &mut counts.other,
            },
            None => &mut counts.other,
        };
        *count += 1;
    }

    /// `extern "C" {`, `extern "C" fn`, `extern crate`, each maybe after `unsafe`.
    fn extern_word(&mut self) {
        let named = self.tokens.peek(0).is_some_and(|token| matches!(token.kind, TokenKind::Literal { .. }));
        let next = self.tokens.peek(usize::from(named));
        let block = next.is_some_and(|token| token.kind == TokenKind::OpenBrace);
        let after_unsafe = self.before.is_some_and(|before| before.is("unsafe"));
        if self.in_test() {
            // The word `unsafe` was counted when it came.
            return;
        }
        let counts = &mut self.seen.unsafe_tokens;
        match (block, after_unsafe) {
            (true, true) => counts.extern_blocks += 1,
            (true, false) => counts.plain_extern_blocks += 1,
            (false, true) if next.is_some_and(|token| token.is("fn")) => counts.functions += 1,
            (false, true) => counts.other += 1,
            (false, false) => {}
        }
        if block {
            self.able_to(Capability::Ffi);
        }
    }

    fn module(&mut self) {
        let Some(name) = self.tokens.peek(0) else { return };
        if matches!(name.kind, TokenKind::Ident | TokenKind::RawIdent)
            && self.tokens.peek_is(1, TokenKind::Semi)
        {
            let name = name.text.to_owned();
            self.seen.modules.push(Module { name, test: self.in_test() });
        }
    }

    /// `include!("file")`, `include!(concat!(env!("CARGO_MANIFEST_DIR"), "/file"))`; `data` for text
    /// and bytes.
    fn include(&mut self, data: bool) {
        let mut strings = Vec::new();
        let mut depth = 0_usize;
        let mut known = true;
        for ahead in 1..24 {
            let Some(token) = self.tokens.peek(ahead) else { break };
            match token.kind {
                TokenKind::OpenParen | TokenKind::OpenBrace | TokenKind::OpenBracket => depth += 1,
                TokenKind::CloseParen | TokenKind::CloseBrace | TokenKind::CloseBracket => {
                    depth = depth.saturating_sub(1);
                }
                TokenKind::Ident => known &= matches!(token.text, "concat" | "env"),
                TokenKind::Literal { .. } => match token.string() {
                    Some(string) => strings.push(string),
                    None => known = false,
                },
                TokenKind::Bang | TokenKind::Comma => {}
                _ => known = false,
            }
            if depth == 0 {
                break;
            }
        }
        let from_package = strings.first() == Some(&"CARGO_MANIFEST_DIR");
        known &= depth == 0 && (from_package || strings.len() == 1);
        if known {
            let path = strings[usize::from(from_package)..].concat();
            let path = if from_package { path.trim_start_matches('/').to_owned() } else { path };
            self.seen.linked.push(Linked { path, from_package, data, test: self.in_test() });
        } else if !data && !self.in_test() {
            self.seen.unseen_includes += 1;
        }
    }

    /// A macro call starts: its arguments mean what the macro makes of them.
    fn bang(&mut self) {
        let Some(before) = self.before.and_then(|before| before.ident()) else { return };
        let name = usize::from(before == "macro_rules");
        let opens = self.tokens.peek(name).is_some_and(|token| {
            matches!(token.kind, TokenKind::OpenBrace | TokenKind::OpenParen | TokenKind::OpenBracket)
        });
        if opens && self.macro_depth.is_none() {
            self.macro_depth = Some(self.tokens.depth());
        }
    }

    /// At `#`: reads an attribute to its end, and what it says about the file or the item behind it.
    fn attribute(&mut self) {
        let inner = usize::from(self.tokens.peek_is(0, TokenKind::Bang));
        if !self.tokens.peek_is(inner, TokenKind::OpenBracket) {
            return;
        }
        let depth = self.tokens.depth();
        let name = self.tokens.peek(inner + 1).and_then(|token| token.ident()).unwrap_or_default();
        let test = match name {
            "cfg" => implies_test(&mut self.tokens, inner + 2),
            "test" | "bench" => self.tokens.peek_is(inner + 2, TokenKind::CloseBracket),
            _ => false,
        };
        if inner == 1 {
            let on_file = self.at_top && depth == 0;
            self.seen.forbids_unsafe |= on_file && name == "forbid" && self.attribute_names("unsafe_code");
            self.all_test |= on_file && name == "cfg" && test;
        } else {
            self.at_top = false;
            if matches!(name, "path" | "cfg_attr") {
                self.path_attribute(test);
            }
            if test && self.test.is_none() && self.macro_depth.is_none() && self.starts_something() {
                self.test = Some(TestItem { depth, leading: true, item: false });
            }
        }
        self.skip_attribute(depth);
    }

    /// Passes over an attribute. The word `unsafe` counts here too.
    fn skip_attribute(&mut self, depth: usize) {
        let before = self.before;
        while let Some(token) = self.tokens.next() {
            match token.ident() {
                Some("unsafe") => self.unsafe_word(),
                Some("extern") => self.extern_word(),
                _ => {}
            }
            self.before = Some(token);
            if token.kind == TokenKind::CloseBracket && self.tokens.depth() <= depth {
                break;
            }
        }
        self.before = before;
    }

    /// Whether an item or a statement can start here.
    fn starts_something(&self) -> bool {
        self.before.is_none_or(|before| {
            matches!(before.kind, TokenKind::OpenBrace | TokenKind::CloseBrace | TokenKind::Semi)
        })
    }

    fn attribute_names(&mut self, lint: &str) -> bool {
        (0..LOOK_AHEAD)
            .map_while(|ahead| self.tokens.peek(ahead))
            .take_while(|token| token.kind != TokenKind::CloseBracket)
            .any(|token| token.is(lint))
    }

    /// `#[path = "file"]`, also inside `cfg_attr`.
    fn path_attribute(&mut self, test: bool) {
        for ahead in 0..LOOK_AHEAD {
            match self.tokens.peek(ahead) {
                Some(token) if token.is("path") && self.tokens.peek_is(ahead + 1, TokenKind::Eq) => {
                    if let Some(path) = self.tokens.peek(ahead + 2).and_then(|token| token.string()) {
                        let test = test || self.in_test();
                        let path = path.to_owned();
                        self.seen.linked.push(Linked { path, from_package: false, data: false, test });
                    }
                }
                Some(token) if token.kind != TokenKind::CloseBracket => {}
                _ => return,
            }
        }
    }

    /// Ends an item of tests where it ends; in doubt too early, so that its rest counts as product.
    fn test_goes_on(&mut self, token: Token<'a>) {
        let Some(test) = &mut self.test else { return };
        let depth = self.tokens.depth();
        let ended = match token.kind {
            _ if depth < test.depth => true,
            TokenKind::Semi | TokenKind::CloseBrace => depth == test.depth,
            TokenKind::Comma => depth == test.depth && !test.item,
            _ => false,
        };
        if ended {
            self.test = None;
        } else if test.leading && depth == test.depth && token.kind == TokenKind::Ident {
            test.leading =
                matches!(token.text, "pub" | "unsafe" | "async" | "const" | "extern" | "default" | "auto");
            test.item = starts_item(token.text);
        }
    }
}

/// How far an attribute is looked into.
const LOOK_AHEAD: usize = 128;

/// Whether the word starts an item with commas of its own.
fn starts_item(word: &str) -> bool {
    matches!(word, "enum" | "fn" | "impl" | "mod" | "struct" | "trait" | "type" | "union" | "use")
}

/// Whether `(predicate)` after `cfg` holds in tests only. `at` is where the bracket stands.
fn implies_test(tokens: &mut Tokens<'_>, at: usize) -> bool {
    tokens.peek_is(at, TokenKind::OpenParen) && predicate_implies_test(tokens, &mut (at + 1), 0)
}

fn predicate_implies_test(tokens: &mut Tokens<'_>, at: &mut usize, nested: usize) -> bool {
    let Some(name) = tokens.peek(*at).and_then(|token| token.ident()) else { return false };
    *at += 1;
    if !tokens.peek_is(*at, TokenKind::OpenParen) {
        let bare = !tokens.peek_is(*at, TokenKind::Eq);
        if !bare {
            *at += 2; // `= "value"`
        }
        return bare && name == "test";
    }
    if nested > 8 || *at > LOOK_AHEAD {
        return false;
    }
    let (mut some, mut every, mut members) = (false, true, false);
    while !tokens.peek_is(*at, TokenKind::CloseParen) && *at < LOOK_AHEAD {
        *at += 1; // the bracket or a comma
        if tokens.peek_is(*at, TokenKind::CloseParen) {
            break;
        }
        let member = predicate_implies_test(tokens, at, nested + 1);
        (some, every, members) = (some || member, every && member, true);
    }
    *at += 1;
    match name {
        "all" => some,
        "any" => members && every,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counts(text: &str) -> UnsafeCounts {
        scan(text, 2021).unsafe_tokens
    }

    fn able(text: &str) -> Vec<Capability> {
        scan(text, 2021).capabilities.into_iter().collect()
    }

    #[test]
    fn every_unsafe_word_is_counted_by_what_it_introduces() {
        let text = r#"
            unsafe fn a() { unsafe { b() } }
            unsafe impl Send for A {}
            pub unsafe trait T {}
            unsafe auto trait U {}
            unsafe extern "C" { safe fn c(); unsafe static D: u8; }
            extern "C" { fn e(); }
            extern { fn f(); }
            extern crate g;
            pub unsafe extern "C" fn h(x: unsafe extern fn(), y: unsafe fn()) {}
            extern "C" fn i() {}
            #[unsafe(no_mangle)] #[cfg_attr(feature = "x", inline, unsafe(export_name = "j"))] fn j() {}
            macro_rules! k { ($(unsafe)? $b:block) => { unsafe { $b } }; (unsafe) => {} }
            vec![unsafe { l() }, m!(unsafe impl)];
            // unsafe
            const N: &str = "unsafe { }";
            fn r#unsafe() { r#unsafe() }
        "#;
        let expected = UnsafeCounts {
            blocks: 3,
            functions: 4,
            impls: 2,
            traits: 2,
            extern_blocks: 1,
            plain_extern_blocks: 2,
            attributes: 2,
            other: 3,
        };
        assert_eq!(counts(text), expected);
        assert_eq!(expected.words(), 17);
    }

    #[test]
    fn code_of_tests_is_told_apart() {
        for test in [
            "#[cfg(test)] mod tests { use std::net::TcpStream; fn a() { unsafe { b() } } }",
            "#[cfg(all(unix, test))] pub(crate) unsafe fn a(b: u8, c: u8) { d() }",
            "#[cfg(any(test, all(test, unix)))] #[inline] fn a<A, B>() where A: B, { unsafe { b() } }",
            "#[test] #[should_panic] fn a() { unsafe { b() } }",
            "#[cfg(test)] const A: fn() = || unsafe { b() };",
            "fn a() { #[cfg(test)] unsafe { b() } }",
            "struct A { #[cfg(test)] b: unsafe fn(u8, u8), c: u8 }",
            "#![cfg(test)] mod a; fn b() { unsafe { c() } }",
        ] {
            let seen = scan(test, 2021);
            assert_eq!((seen.unsafe_tokens.words(), seen.in_tests), (0, 1), "{test}");
            assert_eq!(seen.capabilities, BTreeSet::new(), "{test}");
        }
    }

    #[test]
    fn code_of_the_product_is_not_hidden_by_test_attributes() {
        for product in [
            "#[cfg(not(test))] fn a() { unsafe { b() } }",
            "#[cfg(any(test, unix))] fn a() { unsafe { b() } }",
            "#[cfg(feature = \"test\")] fn a() { unsafe { b() } }",
            "#[cfg(test)] mod tests { fn a() {} } fn c() { unsafe { b() } }",
            "#[cfg(test)] mod tests; fn c() { unsafe { b() } }",
            "#[cfg(test)] use a::{b, c}; fn c() { unsafe { b() } }",
            "fn a<#[cfg(test)] T>() { unsafe { b() } }",
            "fn a(#[cfg(test)] c: u8, d: u8) { unsafe { b() } }",
            "struct A { #[cfg(test)] b: u8, c: unsafe fn() }",
            "match a { #[cfg(test)] A => c::<fn()>(), B => unsafe { b() } }",
            "match a { #[cfg(test)] A => {} B => unsafe { b() } }",
            "drop_attributes! { #[cfg(test)] fn a() { unsafe { b() } } }",
            "#[cfg(test)] macro_rules! a { () => { c } } fn c() { unsafe { b() } }",
        ] {
            let seen = scan(product, 2021);
            assert_eq!((seen.unsafe_tokens.words(), seen.in_tests), (1, 0), "{product}");
        }
    }

    #[test]
    fn only_the_attribute_at_the_top_forbids() {
        let forbids = |text| scan(text, 2021).forbids_unsafe;
        assert!(forbids("//! Words.\n#![no_std]\n#![forbid(missing_docs, unsafe_code)]\nfn a() {}"));
        assert!(!forbids("#![deny(unsafe_code)]"));
        assert!(!forbids("#![cfg_attr(not(feature = \"fast\"), forbid(unsafe_code))]"));
        assert!(!forbids("mod a { #![forbid(unsafe_code)] }"));
        assert!(!forbids("#![forbid(missing_docs)] #![doc(unsafe_code)]"));
        assert!(!forbids("//! #![forbid(unsafe_code)]"));
        assert!(!forbids("#[forbid(unsafe_code)] mod a {}"));
    }

    #[test]
    fn capabilities_follow_imports() {
        use Capability::{Asm, Dlopen, Env, Ffi, FileWrite, Net, Process, Threads};
        for (text, expected) in [
            ("fn a() { std::net::TcpStream::connect(b) }", vec![Net]),
            ("use std::{io::{self, Read}, net::{IpAddr, UdpSocket}};", vec![Net]),
            ("use std::net; fn a() { net::TcpListener::bind(b) }", vec![Net]),
            ("use std::net::*; fn a() { TcpStream::connect(b) }", vec![Net]),
            ("use ::std::net::{self as n}; fn a() { n::TcpStream::connect(b) }", vec![Net]),
            ("use std::net::{IpAddr, SocketAddr}; use std::fs::{self, File}; use std::process;", vec![]),
            ("use std::process::{self, Command as Run};", vec![Process]),
            ("use clap::Command; fn a() { Command::new(b) }", vec![]),
            ("fn a() { tokio::process::Command::new(b) }", vec![]),
            ("use std::fs::File; fn a() { File::open(b); File::create(b) }", vec![FileWrite]),
            ("use std::fs::File; fn a() { File::open(b) }", vec![]),
            ("fn a() { fs::write(b, c) } use std::fs;", vec![FileWrite]),
            ("use std as s; fn a() { s::fs::remove_file(b) }", vec![FileWrite]),
            ("use std::fs; use fs::rename;", vec![FileWrite]),
            ("fn a() { std::env::args(); std::env::var(b) }", vec![Env]),
            ("fn a() { env!(\"B\"); my::env::var(c) }", vec![]),
            ("extern \"C\" { fn a(); }", vec![Ffi]),
            ("windows_link::link!(\"k.dll\" \"system\" fn A());", vec![Ffi]),
            ("extern \"C\" fn a() {}", vec![]),
            ("use libloading::Library;", vec![Dlopen]),
            ("fn a() { libc::dlopen(b, c) } fn dlopen() {}", vec![Dlopen]),
            ("use std::arch::asm; fn a() { asm!(\"nop\") }", vec![Asm]),
            ("use std::thread; fn a() { thread::spawn(b); }", vec![Threads]),
            ("use std::thread::{self, Builder as B}; fn a() { thread::sleep(b) }", vec![Threads]),
            ("use std::thread::{self, ThreadId}; fn a() { thread::sleep(b); tokio::spawn(c) }", vec![]),
            ("fn a() { unsafe { libc::socket(b, c, d) } }", vec![Net]),
            ("use libc::{c_int, fork}; fn a() { libc::close(b) }", vec![Process]),
            ("fn a() { libc::read(b); nix::libc::c_int }", vec![]),
        ] {
            assert_eq!(able(text), expected, "{text}");
        }
    }

    #[test]
    fn files_that_a_file_names_are_found() {
        let text = r#"
            mod a; #[cfg(test)] mod b; pub(crate) mod r#c; mod d {}
            #[path = "../e.rs"] mod e; #[cfg_attr(unix, path = "f.rs")] mod f;
            cfg_if! { if #[cfg(unix)] { mod g; } }
            include!("h.rs"); include!(concat!(env!("CARGO_MANIFEST_DIR"), "/i.rs"));
            include!(concat!(env!("OUT_DIR"), "/j.rs")); include!($k);
            const K: &str = include_str!("k.txt"); include_bytes!(concat!(env!("OUT_DIR"), "l"));
        "#;
        let seen = scan(text, 2021);
        let modules: Vec<_> = seen.modules.iter().map(|m| (m.name.as_str(), m.test)).collect();
        let others = ["c", "e", "f", "g"].map(|name| (name, false));
        assert_eq!(modules, [&[("a", false), ("b", true)], &others[..]].concat());
        let data: Vec<_> = seen.linked.iter().filter(|l| l.data).map(|l| l.path.as_str()).collect();
        assert_eq!(data, ["k.txt"]);
        let linked = seen.linked.iter().filter(|l| !l.data);
        let linked: Vec<_> = linked.map(|l| (l.path.as_str(), l.from_package)).collect();
        assert_eq!(linked, [("../e.rs", false), ("f.rs", false), ("h.rs", false), ("i.rs", true)]);
        assert_eq!(seen.unseen_includes, 2);
    }

    #[test]
    fn every_prefix_and_every_lost_byte_is_survived() {
        let text = r##"#![forbid(unsafe_code)] #[cfg(all(test, not(x = "y")))] use std::{fs::{self as f}, net::*};
            #[path = "é"] mod a; include!(concat!(env!("O"), r#"b"#)); macro_rules! c { ($d:ty) => { unsafe {} } }
            unsafe extern "C" { fn e(); } fn g() { f::write('a', b'"'); 'h: loop {} cr"\" "; #"x"; k#unsafe }"##;
        let whole = scan(text, 2018).unsafe_tokens.words();
        assert_eq!(whole, 3);
        for at in (0..text.len()).filter(|at| text.is_char_boundary(*at)) {
            let prefix = scan(&text[..at], 2018);
            assert!(prefix.unsafe_tokens.words() + prefix.in_tests <= whole, "prefix of {at} bytes");
            let next = text[at..].chars().next().map_or(at, |lost| at + lost.len_utf8());
            scan(&[&text[..at], &text[next..]].concat(), 2018);
        }
    }

    #[test]
    fn hostile_files_take_no_longer_than_others() {
        let start = std::time::Instant::now();
        for unit in [
            "/*",
            "#",
            "#[",
            "#[cfg(all(",
            "'",
            "\"",
            "r#",
            "use a::{",
            "unsafe ",
            "a::",
            "{",
            "}",
            "include!(",
        ] {
            scan(&unit.repeat(400_000 / unit.len()), 2018);
        }
        // A second where nothing else runs; what grows with the square of a file takes an hour.
        assert!(start.elapsed().as_secs() < 300, "{:?}", start.elapsed());
    }
}
