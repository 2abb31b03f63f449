//! The engine on small workspaces.

use std::path::Path;

use super::{Callee, Code, Name, Scope, UnsafeKind, Value};
use crate::facts::{Facts, Gap, Kind};
use crate::request::Request;

const DAY: jiff::civil::Date = jiff::civil::date(2026, 11, 1);

fn gather_files(files: &[(&str, &str)]) -> (Code, Vec<Gap>) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    for (path, text) in files {
        let path = folder.path().join(path);
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        std::fs::write(path, text).expect("a file");
    }
    gather_in(folder.path(), None)
}

fn gather_in(folder: &Path, cache: Option<&Path>) -> (Code, Vec<Gap>) {
    let mut request = Request::new(folder, DAY);
    request.resolve = false;
    request.cache = cache.map(Path::to_owned);
    let facts = Facts::gather(&request).expect("facts");
    let gaps = facts.gaps.into_iter().filter(|gap| gap.kind == Kind::Code).collect();
    (facts.code, gaps)
}

const MANIFEST: &str = r#"
[package]
name = "pump"
version = "0.1.0"
edition = "2021"

[dependencies]
tokio = "1"
clap = "4"
md-5 = "0.10"
ossl = { package = "openssl", version = "0.10" }
"#;

fn gather(text: &str) -> Code {
    let (code, gaps) = gather_files(&[("Cargo.toml", MANIFEST), ("src/lib.rs", text)]);
    assert!(gaps.is_empty(), "{gaps:#?}\n{text}");
    code
}

fn name(callee: &Callee) -> Option<&Name> {
    match callee {
        Callee::Path(name) | Callee::Macro(name) => Some(name),
        Callee::Method { .. } => None,
    }
}

/// What the path calls written `X::go` or `go` in a text resolve to.
fn resolved(text: &str) -> Vec<String> {
    gather(text)
        .calls
        .iter()
        .filter_map(|call| name(&call.callee))
        .filter(|name| name.written.split("::").last() == Some("go"))
        .map(|name| name.resolved.clone().unwrap_or_else(|| "?".to_owned()))
        .collect()
}

#[test]
fn paths_resolve_as_the_compiler_would() {
    let cases: &[(&str, &str)] = &[
        ("use std::process::Command; fn f() { Command::go() }", "std::process::Command::go"),
        ("use std::process::Command as C; fn f() { C::go() }", "std::process::Command::go"),
        ("use std::process; fn f() { process::Command::go() }", "std::process::Command::go"),
        ("use std::process::{self, Child}; fn f() { process::go() }", "std::process::go"),
        ("use std::{process as p}; fn f() { p::go() }", "std::process::go"),
        ("fn f() { std::process::Command::go() }", "std::process::Command::go"),
        ("fn f() { ::std::process::Command::go() }", "std::process::Command::go"),
        ("fn f() { core::mem::go() }", "std::mem::go"),
        ("extern crate alloc; fn f() { alloc::vec::Vec::go() }", "std::vec::Vec::go"),
        ("use tokio::process::Command; fn f() { Command::go() }", "tokio::process::Command::go"),
        ("fn f() { Vec::<u8>::go(); }", "std::vec::Vec::go"),
        ("fn f() { String::go(); }", "std::string::String::go"),
        ("fn f() { <Vec<u8>>::go(); }", "std::vec::Vec::go"),
        ("fn f() { u32::go(); }", "std::u32::go"),
        ("fn f() { ossl::ssl::go(); }", "openssl::ssl::go"),
        ("use ossl::ssl::SslMode as M; fn f() { M::go(); }", "openssl::ssl::SslMode::go"),
        ("use md5::Md5; fn f() { Md5::go(); }", "md5::Md5::go"),
        ("extern crate tokio as t; fn f() { t::go(); }", "tokio::go"),
        ("extern crate tokio as t; mod m { fn f() { t::go(); } }", "tokio::go"),
        ("fn go() {} fn f() { go(); }", "pump::go"),
        ("fn go() {} fn f() { crate::go(); }", "pump::go"),
        ("fn go() {} fn f() { self::go(); }", "pump::go"),
        ("fn go() {} mod m { fn f() { super::go(); } }", "pump::go"),
        ("fn go() {} mod m { mod n { fn f() { super::super::go(); } } }", "pump::go"),
        ("fn go() {} mod m { use super::*; fn f() { go(); } }", "pump::go"),
        ("use std::mem::go; mod m { use super::*; fn f() { go(); } }", "std::mem::go"),
        ("mod m { pub fn go() {} } use m::go; fn f() { go(); }", "pump::m::go"),
        ("mod m { pub fn go() {} } use m::*; fn f() { go(); }", "pump::m::go"),
        ("mod m { fn go() {} } use m::*; fn f() { go(); }", "?"),
        ("mod a { pub use self::b::go; mod b { pub fn go() {} } } fn f() { a::go(); }", "pump::a::b::go"),
        ("mod a { pub use b::*; pub mod b { pub fn go() {} } } fn f() { a::go(); }", "pump::a::b::go"),
        ("pub mod a { pub use std::fs::File; } use a::File; fn f() { File::go(); }", "std::fs::File::go"),
        ("struct D; impl D { fn go() {} fn f() { Self::go(); } }", "pump::D::go"),
        ("struct D; fn f() { D::go(); }", "pump::D::go"),
        ("mod m { pub struct D; } impl m::D { fn f() { Self::go(); } }", "pump::m::D::go"),
        ("type C = std::process::Command; fn f() { C::go(); }", "std::process::Command::go"),
        ("use std::process::Command; type C = Command; fn f() { C::go(); }", "std::process::Command::go"),
        ("fn f<T>() { T::go(); }", "?"),
        ("use std::process::T; fn f<T>() { T::go(); }", "?"),
        ("struct S<T>(T); impl<T> S<T> { fn f() { T::go(); } }", "?"),
        ("fn f() { let go = || (); go(); }", "?"),
        ("fn go() {} fn f(go: fn()) { go(); }", "?"),
        ("fn go() {} fn f() { fn go() {} go(); }", "pump::f::go"),
        ("fn f() { use std::process::Command; Command::go(); } ", "std::process::Command::go"),
        ("use std::process::Command; fn f() { use tokio::process::Command; Command::go(); }", "tokio::process::Command::go"),
        ("use clap::*; fn f() { Command::go(); }", "clap::Command::go"),
        ("use clap::*; use tokio::*; fn f() { Command::go(); }", "?"),
        ("use clap::*; fn f() { std::process::go(); }", "std::process::go"),
        ("use clap::prelude::*; fn f() { Result::go(); }", "?"),
        ("use clap::prelude::*; fn f() { String::go(); }", "std::string::String::go"),
        ("use std::process::*; fn f() { Command::go(); }", "std::process::Command::go"),
        ("#[cfg(unix)] use tokio::C; #[cfg(windows)] use clap::C; fn f() { C::go(); }", "?"),
        ("#[cfg(test)] use tokio::C; #[cfg(not(test))] use clap::C; fn f() { C::go(); }", "clap::C::go"),
        ("enum E { Go } use E::*; fn f() { E::go(); }", "pump::E::go"),
        ("trait T { fn go(); fn f() { Self::go(); } }", "pump::T::go"),
        ("use std::fmt; fn fmt() {} fn f() { fmt::go(); }", "std::fmt::go"),
        ("mod std2 { pub mod process { pub fn go() {} } } use std2 as std3; fn f() { std3::process::go(); }", "pump::std2::process::go"),
        ("mod tokio { pub fn go() {} } fn f() { tokio::go(); }", "pump::tokio::go"),
        ("mod tokio { pub fn go() {} } fn f() { ::tokio::go(); }", "tokio::go"),
        ("use self::a::C; mod a { pub use crate::b::C; } mod b { pub use tokio::C; } fn f() { C::go(); }", "tokio::C::go"),
        ("pub use a::*; mod a { pub use super::*; } fn f() { go(); }", "?"),
        ("use a::go; mod a { pub use super::go; } fn f() { go(); }", "?"),
        ("unknown_macro! { struct X; } fn f() { other::go(); }", "?"),
        ("macro_rules! go { () => {} } fn f() { go!(); }", "pump::go"),
        ("use tokio::go; fn f() { go!(); }", "tokio::go"),
        ("fn f() { vec![tokio::go()]; }", "tokio::go"),
        ("fn f() { tokio::select! { x = tokio::go() => { } } }", "tokio::go"),
        ("fn f() { <tokio::X as tokio::Y>::go(); }", "tokio::Y::go"),
        ("fn f() { r#std::go(); }", "std::go"),
    ];
    let mut wrong = Vec::new();
    for (text, expected) in cases {
        let found = resolved(text);
        if found != [(*expected).to_owned()] {
            wrong.push(format!("{text}\n   expected {expected}, found {found:?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
