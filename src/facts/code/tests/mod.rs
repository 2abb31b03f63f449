//! The engine on small workspaces.

mod hostile;

use std::path::Path;

use super::{Callee, Code, Name, Scope, UnsafeKind, Value};
use crate::facts::{Facts, Gap, Kind};
use crate::request::{MemberChoice, Request};

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

/// A link to a model: only where one may name tests is told what tests call.
const LINK: &str = "[[package.metadata.health-sec.threat-model]]\nfile = \"threats.toml\"\n";

fn gather(text: &str) -> Code {
    let manifest = format!("{MANIFEST}{LINK}");
    let (code, gaps) = gather_files(&[("Cargo.toml", &manifest), ("src/lib.rs", text)]);
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
        .map(|name| name.resolved.as_ref().map_or_else(|| "?".to_owned(), String::from))
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
        (
            "use std::process::Command; fn f() { use tokio::process::Command; Command::go(); }",
            "tokio::process::Command::go",
        ),
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
        (
            "mod std2 { pub mod process { pub fn go() {} } } use std2 as std3; fn f() { std3::process::go(); }",
            "pump::std2::process::go",
        ),
        ("mod tokio { pub fn go() {} } fn f() { tokio::go(); }", "pump::tokio::go"),
        ("mod tokio { pub fn go() {} } fn f() { ::tokio::go(); }", "tokio::go"),
        (
            "use self::a::C; mod a { pub use crate::b::C; } mod b { pub use tokio::C; } fn f() { C::go(); }",
            "tokio::C::go",
        ),
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

fn first_argument(text: &str, callee: &str) -> Value {
    let code = gather(text);
    let call = code.calls.iter().find(|call| match &call.callee {
        Callee::Path(name) | Callee::Macro(name) => name.written == callee,
        Callee::Method { name, .. } => name == callee,
    });
    call.expect("the call").arguments.first().expect("an argument").value.clone()
}

fn text(value: &str) -> Value {
    Value::Text(value.to_owned())
}

fn composed(parts: &[Option<&str>]) -> Value {
    Value::Composed(parts.iter().map(|part| part.map(str::to_owned)).collect())
}

#[test]
fn values_are_followed() {
    let cases: &[(&str, Value)] = &[
        ("fn f() { go(\"a\") }", text("a")),
        ("fn f() { go(&\"a\".to_string()) }", text("a")),
        ("fn f() { go(String::from(\"a\").as_str()) }", text("a")),
        ("const A: &str = \"a\"; fn f() { go(A) }", text("a")),
        ("mod m { pub const A: &str = \"a\"; } use m::A as B; fn f() { go(B) }", text("a")),
        ("struct S; impl S { const A: u16 = 4; fn f() { go(Self::A) } }", Value::Integer(4)),
        ("const A: u16 = 4; const B: u16 = A; fn f() { go(B + 1) }", Value::Integer(5)),
        ("fn f() { let a = \"a\"; let b = a; go(b) }", text("a")),
        ("fn f() { let a = \"a\"; let a = x.other(); go(a) }", Value::Unknown),
        ("fn f() { let mut a = \"a\"; a = x.other(); go(a) }", Value::Unknown),
        ("fn f() { let a = \"a\"; for a in x { go(a) } }", Value::Unknown),
        ("fn f(a: &str) { go(a) }", Value::Unknown),
        ("fn f() { go(format!(\"a{}c\", \"b\")) }", text("abc")),
        ("fn f(x: u8) { go(format!(\"a{x}c\")) }", composed(&[Some("a"), None, Some("c")])),
        ("fn f(x: u8) { go(&format!(\"a{}{{c}}\", x)) }", composed(&[Some("a"), None, Some("{c}")])),
        (
            "fn f(x: u8) { go(format!(\"{1}{0}{n}\", x, \"b\", n = 7)) }",
            composed(&[Some("b"), None, Some("7")]),
        ),
        ("fn f(x: &str) { go(\"a\".to_owned() + x) }", composed(&[Some("a"), None])),
        ("fn f() { go(concat!(\"a\", \"b\", 1)) }", text("ab1")),
        ("fn f() { go(b\"ab\") }", Value::Bytes(b"ab".to_vec())),
        ("fn f() { go(&[1u8, 2, 0xff]) }", Value::Bytes(vec![1, 2, 255])),
        ("fn f() { go([0u8; 4]) }", Value::Bytes(vec![0; 4])),
        ("fn f() { go(vec![0; 4]) }", Value::Bytes(vec![0; 4])),
        ("const N: u8 = 7; fn f() { go([N, 1]) }", Value::Bytes(vec![7, 1])),
        ("fn f() { go((\"a\", 80)) }", Value::Tuple(vec![text("a"), Value::Integer(80)])),
        ("fn f() { go([\"-c\", \"x\"]) }", Value::Tuple(vec![text("-c"), text("x")])),
        ("fn f() { go(true) }", Value::Bool(true)),
        ("fn f() { go(!true) }", Value::Bool(false)),
        ("fn f() { go(-3i32) }", Value::Integer(-3)),
        ("fn f() { go(\"1.2.3.4:80\".parse::<X>().unwrap()) }", text("1.2.3.4:80")),
        ("struct A { #[arg(long, default_value = \"x\")] h: String } fn f(a: &A) { go(&a.h) }", text("x")),
        (
            "struct A { #[clap(short, default_value_t = 11111)] p: u16 } impl A { fn f(&self) { go(self.p) } }",
            Value::Integer(11111),
        ),
        (
            "struct A { #[serde(default = \"d\")] h: String } fn d() -> String { \"y\".into() } fn f(a: A) { go(a.h) }",
            text("y"),
        ),
        (
            "struct A { #[arg(default_value_t = 4)] p: u16 } fn f(a: A) { let A { p: q, .. } = a; go(q) }",
            Value::Integer(4),
        ),
        (
            "struct A { b: B } struct B { #[arg(default_value = \"x\")] h: String } fn f(a: A) { go(a.b.h) }",
            text("x"),
        ),
    ];
    for (source, expected) in cases {
        assert_eq!(&first_argument(source, "go"), expected, "{source}");
    }
    let Value::Path(path) =
        first_argument("use std::net::Ipv4Addr; fn f() { go(Ipv4Addr::UNSPECIFIED) }", "go")
    else {
        panic!("a path");
    };
    assert_eq!(path.resolved.as_deref(), Some("std::net::Ipv4Addr::UNSPECIFIED"));
}

/// Receiver and chain of the method call `go`.
fn receiver(source: &str) -> (String, Vec<String>) {
    let code = gather(source);
    let found = code.calls.iter().find_map(|call| match call.callee.clone() {
        Callee::Method { name, receiver, chain } if name == "go" => Some((receiver, chain)),
        _ => None,
    });
    let (receiver, chain) = found.expect("the call");
    let receiver = receiver.and_then(|name| name.resolved);
    (
        receiver.map_or_else(|| "?".to_owned(), |path| path.to_string()),
        chain.iter().map(String::from).collect(),
    )
}

#[test]
fn receivers_are_followed() {
    let cases: &[(&str, &str, &[&str])] = &[
        ("fn f() { tokio::A::new().b().c().go() }", "tokio::A::new", &["b", "c"]),
        ("fn f() { let a = tokio::A::new(); a.go() }", "tokio::A::new", &[]),
        ("fn f() { let a = tokio::A::new().b()?; (&a).c().await?.go() }", "tokio::A::new", &["b", "c"]),
        (
            "fn f() { let mut a = tokio::A::new(); a.b(); a.c().d(); a.go() }",
            "tokio::A::new",
            &["b", "c", "d"],
        ),
        ("fn f() { let mut a = tokio::A::new(); a = a.b(); a.go() }", "tokio::A::new", &["b"]),
        ("fn f() { let mut a = tokio::A::new(); if x { a = clap::B::new(); } a.go() }", "?", &[]),
        ("fn f() { let mut a = tokio::A::new(); a = clap::B::new(); a.go() }", "clap::B::new", &[]),
        ("struct S { a: tokio::A } fn f(s: S) { let S { a } = s; a.go() }", "tokio::A", &[]),
        ("fn f(a: &tokio::A) { a.go() }", "tokio::A", &[]),
        ("fn f(a: std::sync::Arc<tokio::A>) { a.go() }", "tokio::A", &[]),
        ("fn f(State(a): State<tokio::A>) { a.go() }", "tokio::A", &[]),
        ("fn f() { x.map(|a: tokio::A| a.go()) }", "tokio::A", &[]),
        ("fn f(a: tokio::A) { x.map(|a| a.go()) }", "?", &[]),
        ("fn f() { if let Ok(a) = tokio::A::new() { a.go() } }", "tokio::A::new", &[]),
        ("fn f() { match tokio::A::new() { Ok(a) => a.go(), _ => {} } }", "tokio::A::new", &[]),
        ("fn f() { let a: tokio::A = x.into(); a.go() }", "tokio::A", &[]),
        ("struct S { a: tokio::A } impl S { fn f(&self) { self.a.go() } }", "tokio::A", &[]),
        ("struct S; impl S { fn f(&self) { self.go() } }", "pump::S", &[]),
        ("struct S; fn f() { S { }.go() }", "pump::S", &[]),
        ("static A: tokio::A = x(); fn f() { A.go() }", "pump::A", &[]),
        ("fn f() { tokio::spawn(async move { let a = tokio::A::new(); a.go() }); }", "tokio::A::new", &[]),
    ];
    for (source, expected, chain) in cases {
        let found = receiver(source);
        assert_eq!(
            (found.0.as_str(), found.1.iter().map(String::as_str).collect::<Vec<_>>()),
            (*expected, chain.to_vec()),
            "{source}"
        );
    }
}

#[test]
fn a_method_call_knows_what_its_builder_was_made_of() {
    let code = gather(
        "use std::process::Command; fn f() { let mut c = Command::new(\"sh\"); c.arg(\"-c\"); c.arg(x()); }",
    );
    let methods: Vec<_> = code
        .calls
        .iter()
        .filter(|call| matches!(&call.callee, Callee::Method { name, .. } if name == "arg"))
        .collect();
    assert_eq!(methods.len(), 2);
    for call in methods {
        let Value::Call(name, arguments) = &call.origin else { panic!("{:?}", call.origin) };
        assert!(name.is_any(&["std::process::Command::new"]));
        assert_eq!(arguments, &[text("sh")]);
        assert_eq!(call.start.as_ref().map(crate::source::Location::snippet), Some("Command::new(\"sh\")"));
    }
}

#[test]
fn every_kind_of_unsafe_is_seen_once() {
    let source = r#"
        // SAFETY: one
        unsafe impl Send for S {}
        /// Does.
        /// # Safety
        /// Two.
        pub unsafe fn f() {
            let x = unsafe { *p }; // not an argument
            // SAFETY: three
            // goes on
            let y = g(unsafe { *p });
            let z = unsafe { /* SAFETY: four */ *p };
            // SAFETY: five
            let w = vec![1, unsafe { *p }];
            matches!(x => unsafe);
        }
        unsafe trait T { unsafe fn m(); }
        // SAFETY: six
        unsafe extern "C" { fn c(); }
        extern "C" { static mut V: u8; }
        static mut W: u8 = 0;
        union U { a: u8 }
        #[unsafe(no_mangle)] fn h() {}
        #[no_mangle] fn i() {}
        macro_rules! m { () => { unsafe { } } }
        type F = unsafe fn();
        fn j() { /* unsafe */ let s = "unsafe"; unsafe { core::arch::asm!("nop") } }
    "#;
    let code = gather(source);
    let found: Vec<_> = code.unsafe_sites.iter().map(|site| (site.kind, site.argument.as_deref())).collect();
    let expected = [
        (UnsafeKind::Impl, Some("one")),
        (UnsafeKind::Function, Some("Two.")),
        (UnsafeKind::Block, None),
        (UnsafeKind::Block, Some("three goes on")),
        (UnsafeKind::Block, Some("four")),
        (UnsafeKind::Block, Some("five")),
        (UnsafeKind::Token, None),
        (UnsafeKind::Trait, None),
        (UnsafeKind::Function, None),
        (UnsafeKind::ExternBlock, Some("six")),
        (UnsafeKind::ExternBlock, None),
        (UnsafeKind::StaticMut, None),
        (UnsafeKind::Union, None),
        (UnsafeKind::Attribute, None),
        (UnsafeKind::Attribute, None),
        (UnsafeKind::MacroBody, None),
        (UnsafeKind::Block, None),
        (UnsafeKind::Asm, None),
    ];
    assert_eq!(found, expected);
}

#[test]
fn scopes_and_conditions_are_known() {
    let source = "
        #[cfg(test)] mod t { fn go() { a::go(); } }
        #[cfg(all(unix, not(feature = \"x\")))] mod u { fn f() { a::go(); } }
        #[tokio::test] async fn v() { a::go(); }
        #[cfg(any(test, feature = \"y\"))] fn w() { a::go(); }
        fn x() { #[cfg(debug_assertions)] { a::go(); } }
        #[cfg(any(test, feature = \"test-utils\"))] fn y() { a::go(); }
        #[cfg(feature = \"test-utils\")] fn z() { a::go(); }
    ";
    let code = gather(source);
    let calls =
        code.calls.iter().filter(|call| name(&call.callee).is_some_and(|name| name.written == "a::go"));
    let found: Vec<_> =
        calls.map(|call| (call.site.within.as_str(), call.site.scope, call.site.cfg.join("; "))).collect();
    let expected = [
        ("pump::t::go", Scope::Test, "test".to_owned()),
        ("pump::u::f", Scope::Product, "all(unix, not(feature = \"x\"))".to_owned()),
        ("pump::v", Scope::Test, String::new()),
        ("pump::w", Scope::Product, "any(test, feature = \"y\")".to_owned()),
        ("pump::x", Scope::Product, "debug_assertions".to_owned()),
        ("pump::y", Scope::Test, "any(test, feature = \"test-utils\")".to_owned()),
        ("pump::z", Scope::Product, "feature = \"test-utils\"".to_owned()),
    ];
    assert_eq!(found, expected);
    assert!(code.items.iter().any(|item| item.path == "pump::v" && item.test));
}

#[test]
fn a_feature_for_tests_that_ships_is_no_test() {
    let with = |rest: &str| format!("{MANIFEST}[features]\ntest-utils = []\n{rest}");
    let source = "#[cfg(any(test, feature = \"test-utils\"))] fn f() {}
        #[cfg_attr(any(), test)] fn g() {}";
    let other = "[package]\nname = \"cli\"\n[dependencies]\n";
    let scopes = |manifest: &str, other: &str| {
        let manifest = format!("{manifest}\n{LINK}[workspace]\nmembers = [\"cli\", \"tests/load\"]\n");
        let load = "[package]\nname = \"load\"\n[dependencies]\npump = { path = \"../..\", features = [\"test-utils\"] }\n";
        let (code, gaps) = gather_files(&[
            ("Cargo.toml", &manifest),
            ("src/lib.rs", source),
            ("cli/Cargo.toml", other),
            ("cli/src/lib.rs", ""),
            ("tests/load/Cargo.toml", load),
            ("tests/load/src/main.rs", "fn main() {}"),
        ]);
        assert!(gaps.is_empty(), "{gaps:#?}");
        let own = code.items.iter().filter(|item| item.path.starts_with("pump::"));
        own.map(|item| item.site.scope).collect::<Vec<_>>()
    };
    let (test, product) = (Scope::Test, Scope::Product);
    assert_eq!(scopes(&with(""), other), [test, product]);
    assert_eq!(scopes(&with("default = [\"test-utils\"]"), other), [product, product]);
    let asks = format!("{other}pump = {{ path = \"..\", features = [\"extra\"] }}\n");
    assert_eq!(scopes(&with("extra = [\"test-utils\"]"), &asks), [product, product]);
}

const SAMPLE: &str = r#"#!/usr/bin/env run
//! Déjà vu.
#![allow(dead_code, reason = "x")]
use std::{process::{self, Command as C}, net::*};
pub mod a { #[cfg(test)] mod b { fn c() {} } }
extern "C" { fn puts(s: *const u8) -> i32; static mut N: u8; }
#[derive(Debug)] struct S<'a, T: ?Sized + 'a> { #[arg(default_value_t = 1)] x: &'a T, y: [u8; 3] }
enum E { A = 1, B(u8), C { d: u8 } }
union U { a: u8, b: i8 }
static mut G: [u8; 2] = [0; 2];
macro_rules! m { ($($x:expr),*) => { $( unsafe { $x } )* } }
lazy_static! { static ref L: u8 = unsafe { 1 }; }
/// # Safety
/// Never.
unsafe fn f<const N: usize>(a: &mut u8, (b, c): (u8, u8)) -> Result<(), ()> {
    let Some(x) = g()? else { return Ok(()) };
    // SAFETY: ünï
    let s = unsafe { *a } + if b > 1 { 2 } else if c == 3 { 4 } else { 5 };
    let t = format!("{x} {0:?} {{}} {}", s, r"raw q");
    for i in 0..=10 { 'l: loop { break 'l } }
    match x { E::A | E::B(_) if true => {}, E::C { d } => { C::new("sh").arg(&t).spawn()?; } }
    let c = async move |z: u8| -> u8 { z as u8 };
    tokio::select! { v = c(1) => println!("{v}"), else => {} }
    vec![1u8; 4].iter().map(|q| q.0.1).collect::<Vec<_>>();
    asm!("nop", in("eax") 1); x = b'a'; y += 'c'; let _ = c"x";
    Ok(())
}
impl<T> Drop for S<'_, T> where T: Sized { fn drop(&mut self) { self.x.y[0](1, "é"); } }
"#;

fn see(text: &str) -> super::seen::Seen {
    super::syntax::see(text, super::tree::Wanted::default(), &[])
}

#[test]
fn the_sample_is_read_whole() {
    let seen = see(SAMPLE);
    assert_eq!(seen.fault, None);
    let kept = postcard::to_stdvec(&(&seen, &seen.inside, &seen.product)).expect("bytes");
    let (mut known, inside, product): (super::seen::Seen, super::seen::Inside, super::seen::Product) =
        postcard::from_bytes(&kept).expect("facts");
    (known.inside, known.product) = (inside, product);
    assert_eq!(known, seen);
    for site in &seen.inside.unsafe_sites {
        let text = &SAMPLE[super::tree::shifted(&seen, site.at)];
        let expected = ["unsafe", "extern", "union", "static", "asm"];
        assert!(expected.contains(&text), "{:?} at {text}", site.kind);
    }
}

#[test]
fn every_prefix_is_read_or_refused() {
    for end in (0..SAMPLE.len()).filter(|end| SAMPLE.is_char_boundary(*end)) {
        let text = &SAMPLE[..end];
        let seen = see(text);
        let tokens = text.matches("unsafe").count();
        if seen.fault.is_some() {
            assert!(seen.inside.unsafe_sites.len() <= tokens, "{end}");
        }
        for (from, to) in seen.inside.calls.iter().map(|call| call.at) {
            assert!(from <= to && (to as usize) <= end, "{end}");
        }
    }
}

#[test]
fn damaged_files_are_read_or_refused() {
    // xorshift: the same damage on every machine.
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut random = |below: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        usize::try_from(state % below as u64).expect("small")
    };
    let pieces = [
        "{", "}", "(", ")", "\"", "'", "#", "!", "unsafe", "::", "<", ">", "/*", "//", "\\", "\u{feff}", "é",
        "r#\"", "b'", "0x", "..=",
    ];
    let (mut parsed, mut refused) = (0, 0);
    for _ in 0..1500 {
        let mut text: Vec<char> = SAMPLE.chars().collect();
        for _ in 0..=random(3) {
            let at = random(text.len());
            match random(3) {
                0 => drop(text.remove(at)),
                1 => text[at] = pieces[random(pieces.len())].chars().next().expect("a character"),
                _ => drop(text.splice(at..at, pieces[random(pieces.len())].chars())),
            }
        }
        let text: String = text.into_iter().collect();
        match see(&text).fault {
            None => parsed += 1,
            Some(_) => refused += 1,
        }
    }
    assert!(parsed > 50 && refused > 50, "{parsed} parsed, {refused} refused");
}

/// Runs on a thread with the stack that parsing threads have.
fn on_a_parsing_thread<T: Send>(work: impl FnOnce() -> T + Send) -> T {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(1).stack_size(super::assembly::STACK).build();
    pool.expect("a pool").install(work)
}

#[test]
fn nesting_never_exhausts_the_stack() {
    let n = 200_000;
    let deep = |depth: usize| {
        vec![
            format!("fn f() {{ {}{} }}", "(".repeat(depth), ")".repeat(depth)),
            format!("fn f() {{ {}{} }}", "{".repeat(depth), "}".repeat(depth)),
            format!("fn f() {{ {}{} }}", "[".repeat(depth), "]".repeat(depth)),
            format!("fn f() {{ {}1{} }}", "f(".repeat(depth), ")".repeat(depth)),
            format!("fn f() {{ {}{} }}", "a!(".repeat(depth), ")".repeat(depth)),
            format!("fn f() {{ {}{} }}", "if x {".repeat(depth), "}".repeat(depth)),
            format!("fn f() {{ {}{} }}", "match x { _ => {".repeat(depth / 2), "}}".repeat(depth / 2)),
            format!("{}{}", "mod a {".repeat(depth), "}".repeat(depth)),
            format!("use {}a{};", "a::{".repeat(depth), "}".repeat(depth)),
            format!("macro_rules! m {{ () => {{ {}{} }} }}", "(".repeat(depth), ")".repeat(depth)),
            format!("type A = {}u8{};", "(".repeat(depth), ")".repeat(depth)),
        ]
    };
    let long = |length: usize| {
        vec![
            format!("fn f() {{ 1{} }}", "+1".repeat(length / 2)),
            format!("fn f() {{ {}1 }}", "!".repeat(length)),
            format!("fn f() {{ {}1 }}", "-".repeat(length)),
            format!("fn f() {{ {}1 }}", "&".repeat(length)),
            format!("fn f() {{ {}1 }}", "*".repeat(length)),
            format!("fn f() {{ {}1 }}", "a=".repeat(length / 2)),
            format!("fn f() {{ {}1 }}", "return ".repeat(length)),
            format!("fn f() {{ {}1 }}", "|| ".repeat(length / 2)),
            format!("fn f() {{ a{} }}", ".b".repeat(length / 2)),
            format!("fn f() {{ a{} }}", ".b()".repeat(length / 3)),
            format!("fn f() {{ a{} }}", "?".repeat(length)),
            format!("fn f() {{ a{} }}", " as u8".repeat(length / 2)),
            format!("fn f() {{ if a {{}} {} }}", "else if a {}".repeat(length / 4)),
            format!("fn f() {{ a{} }}", "[0]".repeat(length)),
            format!("fn f() {{ a{} }}", "()".repeat(length)),
            format!("type A = {}u8;", "&".repeat(length)),
            format!("type A = {}u8{};", "Vec<".repeat(length / 3), ">".repeat(length / 3)),
            format!("type A = {}u8;", "fn() -> ".repeat(length / 4)),
            format!("use {}a;", "a::".repeat(length / 3)),
            format!("fn f() {{ let {}a = 1; }}", "&".repeat(length)),
            format!("fn f() {{ let {}a = 1; }}", "a @ ".repeat(length / 2)),
            format!("fn f() {{ {}1 }}", "..".repeat(length / 2)),
            format!("{} fn f() {{}}", "#[a]".repeat(length / 2)),
            format!("fn f() {{ m!({}) }}", "a + ".repeat(length / 2)),
            format!("fn f() {{ 1{} }}", " + 1".repeat(length)),
            format!("fn f() {{ g({}1) }}", "1 + ".repeat(length)),
            format!("fn f() {{ match a {{ 'a'{} => 1, _ => 2 }} }}", " | 'b'..='c'".repeat(length / 4)),
        ]
    };
    on_a_parsing_thread(|| {
        for text in deep(n).into_iter().chain(long(n)) {
            see(&text);
        }
        // As deep as the lexer lets through.
        for text in
            deep(super::lex::DEEPEST_NESTING - 8).into_iter().chain(long(super::lex::LONGEST_CHAIN - 64))
        {
            let seen = see(&text);
            let refused = seen.fault.is_some_and(|(why, _)| why.contains("nests deeper"));
            assert!(!refused, "{}", &text[..60.min(text.len())]);
        }
    });
}

#[test]
fn a_file_of_ten_megabytes_is_read() {
    let line = format!("pub const T: &str = \"{}\"; fn f() {{ unsafe {{ g(T) }} }}\n", "é".repeat(2000));
    let text = line.repeat(10 * 1024 * 1024 / line.len());
    let seen = on_a_parsing_thread(|| see(&text));
    assert_eq!(seen.fault, None);
    assert_eq!(seen.inside.unsafe_sites.len(), text.len() / line.len());
    let last = seen.inside.calls.last().map(|call| &text[super::tree::shifted(&seen, call.at)]);
    assert_eq!(last, Some("g(T)"));
}

#[test]
fn the_module_tree_is_followed_as_the_compiler_follows_it() {
    let (code, gaps) = gather_files(&[
        ("Cargo.toml", MANIFEST),
        (
            "src/lib.rs",
            "mod a; #[path = \"else/where.rs\"] mod b; mod i { mod j; #[path = \"k2.rs\"] pub mod k; } #[cfg(x)] mod absent; include!(\"inc.rs\"); fn f() { from_include(); i::k::g(); } #[path = \"elsewhere\"] mod o { mod p; }",
        ),
        ("src/a.rs", "mod c; #[path = \"d2.rs\"] mod d; mod n { #[path = \"m2.rs\"] mod m; }"),
        ("src/a/c/mod.rs", "mod e;"),
        ("src/a/c/e.rs", ""),
        ("src/d2.rs", ""),
        ("src/a/n/m2.rs", ""),
        ("src/else/where.rs", "mod g;"),
        ("src/else/g.rs", ""),
        ("src/i/j.rs", ""),
        ("src/i/k2.rs", "pub fn g() {}"),
        ("src/inc.rs", "fn from_include() {} mod q;"),
        ("src/q.rs", ""),
        ("src/elsewhere/p.rs", ""),
        ("src/orphan.rs", "this is not read"),
        ("src/main.rs", "mod a; fn main() { pump::x() }"),
        ("tests/t.rs", "mod common; #[test] fn t() {}"),
        ("tests/common/mod.rs", ""),
    ]);
    assert!(gaps.is_empty(), "{gaps:#?}");
    let found: Vec<_> =
        code.files.iter().map(|file| (file.source.path(), file.module.as_str(), file.scope)).collect();
    let expected = [
        ("src/a.rs", "pump::a", Scope::Product),
        ("src/a/c/e.rs", "pump::a::c::e", Scope::Product),
        ("src/a/c/mod.rs", "pump::a::c", Scope::Product),
        ("src/a/n/m2.rs", "pump::a::n::m", Scope::Product),
        ("src/d2.rs", "pump::a::d", Scope::Product),
        ("src/else/g.rs", "pump::b::g", Scope::Product),
        ("src/else/where.rs", "pump::b", Scope::Product),
        ("src/elsewhere/p.rs", "pump::o::p", Scope::Product),
        ("src/i/j.rs", "pump::i::j", Scope::Product),
        ("src/i/k2.rs", "pump::i::k", Scope::Product),
        ("src/inc.rs", "pump", Scope::Product),
        ("src/lib.rs", "pump", Scope::Product),
        ("src/main.rs", "pump", Scope::Product),
        ("src/q.rs", "pump::q", Scope::Product),
        ("tests/common/mod.rs", "t::common", Scope::Test),
        ("tests/t.rs", "t", Scope::Test),
    ];
    assert_eq!(found, expected);
    let resolved: Vec<_> =
        code.calls.iter().filter_map(|call| name(&call.callee)?.resolved.as_deref()).collect();
    assert_eq!(
        resolved,
        ["std::include", "pump::from_include", "pump::i::k::g"],
        "of `main.rs`, `pump::x` is no item of the library"
    );
}

#[test]
fn what_is_included_is_read_or_said_to_be_unseen() {
    let lib = r#"
        include!(concat!(env!("CARGO_MANIFEST_DIR"), "/gen/", "a.rs"));
        mod proto { include!(concat!(env!("OUT_DIR"), "/x.rs")); }
        std::include!("b.rs",);
        tonic::include_proto!("device.v1");
        fn f() -> u8 { let table = include!("table.in"); from_a(); from_b(); table }
        macro_rules! bring { ($name:literal) => { mod m { include!(concat!(env!("OUT_DIR"), $name)); } } }
        const TEXT: &str = include_str!("text.txt");
        #[cfg(test)] mod tests { include!(env!("GENERATED")); }
    "#;
    let (code, gaps) = gather_files(&[
        ("Cargo.toml", MANIFEST),
        ("src/lib.rs", lib),
        ("gen/a.rs", "fn from_a() { unsafe { g() } }"),
        ("src/b.rs", "fn from_b() {}"),
    ]);
    assert!(gaps.is_empty(), "{gaps:#?}");
    let files: Vec<_> = code.files.iter().map(|file| file.source.path()).collect();
    assert_eq!(files, ["gen/a.rs", "src/b.rs", "src/lib.rs"]);
    assert_eq!(code.unsafe_sites.len(), 1);
    let unseen: Vec<_> = code
        .blind_spots
        .iter()
        .map(|site| (site.at.line(), site.at.snippet().split('!').next().unwrap_or_default(), site.scope))
        .collect();
    let (product, test) = (Scope::Product, Scope::Test);
    assert_eq!(
        unseen,
        [
            (3, "include", product),
            (5, "tonic::include_proto", product),
            (6, "include", product),
            (7, "include", product),
            (9, "include", test),
        ]
    );
}

#[test]
fn every_form_of_an_include_is_survived() {
    for argument in [
        "",
        "a",
        "\"b\", \"c\"",
        "concat!()",
        "concat!(\"a\", 1)",
        "env!()",
        "env!(\"CARGO_MANIFEST_DIR\")",
        "concat!(env!(\"CARGO_MANIFEST_DIR\"), env!(\"B\"))",
        "concat!(concat!(env!(\"OUT_DIR\")), \"/c\")",
    ] {
        let code = gather(&format!("include!({argument});"));
        assert_eq!(code.blind_spots.len(), 1, "{argument}");
    }
}

#[test]
fn what_can_not_be_read_is_a_gap() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let root = folder.path().join("pump");
    std::fs::create_dir_all(root.join("src")).expect("a folder");
    let put = |path: &str, bytes: &[u8]| std::fs::write(root.join(path), bytes).expect("a file");
    put("Cargo.toml", MANIFEST.as_bytes());
    std::fs::write(folder.path().join("outside.rs"), "").expect("a file");
    put("src/lib.rs", b"mod absent; mod broken; mod binary; #[path = \"../../outside.rs\"] mod outside; #[path = \"lib.rs\"] mod again;");
    put("src/broken.rs", b"fn f() { unsafe { g( } } fn u() { unsafe { } }");
    put("src/binary.rs", b"fn f() {} // \xff");
    let (code, gaps) = gather_in(&root, None);
    let found: Vec<_> = gaps.iter().map(|gap| format!("{}: {}", gap.what, gap.why)).collect();
    assert_eq!(found.len(), 4, "{found:#?}");
    assert!(
        found[0].starts_with("../outside.rs")
            || found.iter().any(|gap| gap.contains("leaves the inspected tree"))
    );
    assert!(
        found.iter().any(|gap| gap.starts_with("src/absent.rs") && gap.contains("mod absent")),
        "{found:#?}"
    );
    assert!(found.iter().any(|gap| gap.starts_with("src/binary.rs") && gap.contains("UTF-8")), "{found:#?}");
    assert!(found.iter().any(|gap| gap.starts_with("src/broken.rs") && gap.contains("parsed")), "{found:#?}");
    let tokens = code.unsafe_sites.iter().filter(|site| site.kind == UnsafeKind::Token).count();
    assert_eq!(tokens, 2);
    assert!(code.files.iter().any(|file| file.source.path() == "src/broken.rs" && !file.parsed));
}

#[test]
fn facts_are_the_same_from_the_cache() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let cache = tempfile::tempdir().expect("a temporary folder");
    std::fs::create_dir_all(folder.path().join("src")).expect("a folder");
    std::fs::write(folder.path().join("Cargo.toml"), MANIFEST).expect("a file");
    std::fs::write(folder.path().join("src/lib.rs"), SAMPLE).expect("a file");
    let told = |cache| {
        let mut code = gather_in(folder.path(), cache).0;
        let known = std::mem::take(&mut code.from_cache);
        (known, format!("{code:#?}"))
    };
    let (none, cold, warm) = (told(None), told(Some(cache.path())), told(Some(cache.path())));
    assert_eq!([none.0, cold.0, warm.0], [0, 0, 1]);
    assert!(none.1 == cold.1 && cold.1 == warm.1, "{}\n{}", none.1, warm.1);
    let none = none.1;
    assert!(none.contains("std::process::Command::new"));
}

/// A broken file shows who is read.
#[test]
fn what_tests_use_is_not_read_for_names() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let package = |name: &str, rest: &str| {
        format!("[package]\nname = \"{name}\"\nversion = \"1.0.0\"\nedition = \"2021\"\n{rest}")
    };
    for (name, rest) in [
        ("a", "[dependencies]\nb = { path = \"../b\" }\n[dev-dependencies]\nd = { path = \"../d\" }\n"),
        ("b", "[dev-dependencies]\nc = { path = \"../c\" }\n"),
        ("c", ""),
        ("d", ""),
    ] {
        let home = folder.path().join(name);
        std::fs::create_dir_all(home.join("src")).expect("a folder");
        std::fs::write(home.join("Cargo.toml"), package(name, rest)).expect("a file");
        std::fs::write(home.join("src/lib.rs"), "fn (").expect("a file");
    }
    std::fs::write(folder.path().join("Cargo.toml"), "[workspace]\nmembers = [\"?\"]\n").expect("a file");
    let mut request = Request::new(folder.path(), DAY);
    request.resolve = false;
    request.members = MemberChoice::Only(vec!["a".to_owned()]);
    let facts = Facts::gather(&request).expect("facts");
    let unread = facts.gaps.iter().filter(|gap| gap.kind == Kind::Code).map(|gap| gap.what.as_str());
    assert_eq!(unread.collect::<Vec<_>>(), ["a/src/lib.rs", "b/src/lib.rs"]);
}

#[test]
fn members_see_each_other_and_renamed_components() {
    let (code, gaps) = gather_files(&[
        ("Cargo.toml", "[workspace]\nmembers = [\"a\", \"b\"]\nresolver = \"2\"\n"),
        ("a/Cargo.toml", "[package]\nname = \"pump-core\"\nversion = \"1.0.0\"\nedition = \"2021\"\n"),
        (
            "a/src/lib.rs",
            "pub mod net { pub use std::net::TcpListener as L; pub const ADDR: &str = \"0.0.0.0:80\"; } pub use net::*; mod secret { pub struct X; }",
        ),
        (
            "b/Cargo.toml",
            "[package]\nname = \"b\"\nversion = \"1.0.0\"\nedition = \"2021\"\n[dependencies]\ncore2 = { package = \"pump-core\", path = \"../a\" }\n",
        ),
        ("b/src/main.rs", "use core2::L; fn main() { L::bind(core2::ADDR); core2::secret::X::go(); }"),
    ]);
    assert!(gaps.is_empty(), "{gaps:#?}");
    let calls: Vec<_> = code.calls.iter().filter_map(|call| name(&call.callee)).collect();
    assert_eq!(calls[0].resolved.as_deref(), Some("std::net::TcpListener::bind"));
    assert_eq!(calls[1].resolved, None);
    let first = code.calls.iter().next().expect("a call");
    assert_eq!(first.arguments[0].value, text("0.0.0.0:80"));
}

#[test]
fn of_tests_is_told_what_is_called_where_a_model_may_name_them_and_no_more() {
    let call = "pub fn f(port: u16) { std::net::TcpListener::go((\"0.0.0.0\", port)); String::new().go(7); }";
    let inline = format!("{call}\n#[cfg(test)] mod tests {{ {call} }}\n");
    let with = |manifest: &str| {
        let (code, gaps) =
            gather_files(&[("Cargo.toml", manifest), ("src/lib.rs", &inline), ("tests/t.rs", call)]);
        assert!(gaps.is_empty(), "{gaps:#?}");
        code
    };
    let told = |code: &Code, path: &str, scope: Scope| {
        let calls = code.calls.of_file(path).iter().filter(|call| call.site.scope == scope);
        let calls = calls.filter(|call| match &call.callee {
            Callee::Path(name) => name.is_any(&["std::net::TcpListener::go"]),
            Callee::Method { name, .. } => name == "go",
            Callee::Macro(_) => false,
        });
        calls.map(|call| (call.arguments.len(), call.start.is_some())).collect::<Vec<_>>()
    };
    let code = with(MANIFEST);
    assert_eq!(told(&code, "src/lib.rs", Scope::Product), [(1, false), (1, true)]);
    assert!(code.calls.iter().all(|call| call.site.scope == Scope::Product));
    let code = with(&format!("{MANIFEST}{LINK}"));
    assert_eq!(told(&code, "src/lib.rs", Scope::Product), [(1, false), (1, true)]);
    assert_eq!(told(&code, "src/lib.rs", Scope::Test), [(0, false), (0, false)]);
    assert_eq!(told(&code, "tests/t.rs", Scope::Test), [(0, false), (0, false)]);
    let (before, after) = code.calls.around(&code.calls.of_file("tests/t.rs")[1].site.at);
    assert_eq!((before.len(), after.len()), (1, code.calls.of_file("tests/t.rs").len() - 1));
    assert!(code.calls.of_file("src/none.rs").is_empty());
}
