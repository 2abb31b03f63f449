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
    let found = code.calls.into_iter().find_map(|call| match call.callee {
        Callee::Method { name, receiver, chain } if name == "go" => Some((receiver, chain)),
        _ => None,
    });
    let (receiver, chain) = found.expect("the call");
    (receiver.and_then(|name| name.resolved).unwrap_or_else(|| "?".to_owned()), chain)
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
fn arguments_name_what_goes_into_them() {
    let code = gather("fn f() { info!(user = %id, \"{name} {}\", self.key, p.x().y); }");
    let call = code.calls.iter().find(|call| matches!(&call.callee, Callee::Macro(_))).expect("a macro");
    let names: Vec<_> = call.arguments.iter().map(|argument| argument.names.join(" ")).collect();
    assert_eq!(names, ["user id", "name", "self.key", "p x y"]);
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
    ];
    assert_eq!(found, expected);
    assert!(code.items.iter().any(|item| item.path == "pump::v" && item.test));
}
