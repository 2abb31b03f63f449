//! Files made to exhaust the reader: each is read or refused, in memory and time that follow its size.

use std::fmt::Write as _;

use super::super::{Callee, Code, UnsafeSite, Value};
use super::{MANIFEST, gather_files, gather_in};
use crate::facts::Gap;

fn lines(count: usize, line: impl Fn(usize) -> String) -> String {
    (0..count).fold(String::new(), |mut text, index| {
        let _ = writeln!(text, "{}", line(index));
        text
    })
}

fn read(text: &str) -> (Code, Vec<Gap>) {
    gather_files(&[("Cargo.toml", MANIFEST), ("src/lib.rs", text)])
}

/// The file is refused as a whole, and a gap says why.
fn refused(text: &str, why: &str) {
    let (code, gaps) = read(text);
    assert!(code.calls.is_empty() && code.items.is_empty());
    assert!(matches!(gaps.as_slice(), [gap] if gap.why.contains(why)), "{gaps:#?}");
}

fn accepted(text: &str) -> Code {
    let (code, gaps) = read(text);
    assert!(gaps.is_empty(), "{gaps:#?}");
    code
}

#[test]
fn a_long_path_before_many_names_is_not_multiplied() {
    let names = lines(100_000, |index| format!("x{index},"));
    refused(&format!("use {}{{ {names} }};", "segment::".repeat(400)), "fill the memory");
    accepted(&format!("use a::b::{{ {names} }};"));
}

#[test]
fn names_and_conditions_of_nested_items_are_not_multiplied() {
    let nested = |depth: usize, name: &str| {
        format!("{} fn f() {{}} {}", format!("mod {name} {{").repeat(depth), "}".repeat(depth))
    };
    refused(&nested(30, &"a".repeat(100)), "longer than any");
    accepted(&nested(100, "a"));
    let conditions = "#[cfg(feature = \"a\")] mod a {".repeat(100);
    refused(&format!("{conditions} {}", "}".repeat(100)), "more conditions");
}

#[test]
fn what_a_macro_pastes_is_told_in_one_walk() {
    let inner = "$x; ".repeat(5_000);
    let text = format!(
        "macro_rules! m {{ ($x:expr) => {{ {}{inner}{} }} }}",
        "unsafe {".repeat(200),
        "}".repeat(200)
    );
    let code = accepted(&text);
    assert_eq!(code.unsafe_sites.len(), 200);
    assert!(code.unsafe_sites.iter().all(|site| site.pastes == ["x"]));
}

#[test]
fn macros_in_macros_are_parsed_within_limits() {
    let tokens = "x => y; ".repeat(2_000);
    let nested = format!("{}{tokens}{}", "m!{ k => ( k => ( ".repeat(12), " ) ) }".repeat(12));
    let (code, _) = read(&format!("fn f() {{ {nested} unsafe {{ g() }} }}"));
    assert_eq!(code.unsafe_sites.len(), 1);
    let calls = "f!(".repeat(200);
    read(&format!("fn f() {{ {calls}{}{} }}", "format!(\"{}\", 1), ".repeat(3_000), ")".repeat(200)));
}

#[test]
fn white_space_is_looked_through_once() {
    let text =
        format!("// A comment.\n{}fn f() {{\n{}}}", " ".repeat(1_000_000), "unsafe { g() }; ".repeat(20_000));
    let code = accepted(&text);
    assert_eq!(code.unsafe_sites.len(), 20_000);
    assert!(code.unsafe_sites.iter().all(|site| site.argument.is_none()));
}

#[test]
fn an_argument_that_many_sites_share_is_kept_in_part() {
    let blocks = "unsafe { g() }, ".repeat(300);
    let text = format!("fn f() {{\n    // SAFETY: {}\n    h({blocks})\n}}", "because ".repeat(100_000));
    let code = accepted(&text);
    assert_eq!(code.unsafe_sites.len(), 300);
    let kept = |site: &UnsafeSite| site.argument.as_ref().map_or(0, String::len);
    assert!(code.unsafe_sites.iter().all(|site| (1..=2048).contains(&kept(site))));
}

#[test]
fn values_of_many_calls_stay_within_the_room_of_their_file() {
    let text = format!(
        "const K: [u8; 4096] = [7; 4096]; const T: &str = \"{}\"; fn f() {{ {} }}",
        "t".repeat(20_000),
        "g(K, T); ".repeat(2_000)
    );
    let code = accepted(&text);
    let size = |value: &Value| match value {
        Value::Text(text) => text.len(),
        Value::Bytes(bytes) => bytes.len(),
        _ => 0,
    };
    let kept: usize =
        code.calls.iter().flat_map(|call| &call.arguments).map(|argument| size(&argument.value)).sum();
    assert!(kept > 1_000_000 && kept < 1_048_576 + 16 * text.len(), "{kept}");
    assert_eq!(
        code.calls.iter().next().map(|call| size(&call.arguments[1].value)),
        Some(20_000),
        "the first are told whole"
    );
}

#[test]
fn calls_in_calls_with_many_arguments_are_told_in_part() {
    let (open, close) = ("f(".repeat(90), ")".repeat(90));
    let code = accepted(&format!("fn g() {{ {open}{}{close} }}", "a, ".repeat(20_000)));
    assert_eq!(code.calls.len(), 90);
}

#[test]
fn many_declarations_of_one_name_do_not_multiply_questions() {
    let text = lines(3_000, |index| format!("fn same() {{}} fn f{index}<T>() {{ same(); other{index}(); }}"));
    let code = accepted(&text);
    assert_eq!(code.calls.len(), 6_000);
}

#[test]
fn globs_in_circles_are_followed_within_limits() {
    let modules = lines(30, |index| {
        let uses = lines(30, |other| format!("pub use crate::m{other}::*;"));
        let calls = lines(20, |call| format!("unknown{call}(); known{call}();"));
        format!("pub mod m{index} {{ {uses} pub fn known{index}() {{}} fn f() {{ {calls} }} }}")
    });
    let code = accepted(&modules);
    let resolved = code.calls.iter().filter(|call| match &call.callee {
        Callee::Path(name) => {
            name.resolved.as_ref().is_some_and(|path| path.ends_with(name.written.as_str()))
        }
        _ => false,
    });
    assert_eq!(resolved.count(), 30 * 20);
}

#[test]
fn aliases_and_imports_in_circles_lead_nowhere() {
    let text =
        "type A = B; type B = C; type C = A; use x::y; mod x { pub use super::y; pub use super::x as z; }
        use x::z as w; impl A { fn f() { Self::g(); A::h(); y(); w::z::z::z::i(); } }
        use self::p as q; use self::q as p; fn k() { p::q(); }";
    let code = accepted(text);
    assert_eq!(code.calls.len(), 5);
}

#[test]
fn files_in_circles_are_read_once() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    std::fs::create_dir_all(folder.path().join("src")).expect("a folder");
    let put = |path: &str, text: &str| std::fs::write(folder.path().join(path), text).expect("a file");
    put("Cargo.toml", MANIFEST);
    put("src/lib.rs", "include!(\"a.rs\"); #[path = \"b.rs\"] mod b; mod link;");
    put("src/a.rs", "include!(\"lib.rs\"); include!(\"a.rs\"); fn a() {}");
    put("src/b.rs", "#[path = \"b.rs\"] mod again; #[path = \"lib.rs\"] mod lib; fn b() {}");
    #[cfg(unix)]
    std::os::unix::fs::symlink("link.rs", folder.path().join("src/link.rs")).expect("a link");
    let (code, gaps) = gather_in(folder.path(), None);
    let files: Vec<_> = code.files.iter().map(|file| file.source.path()).collect();
    assert_eq!(files, ["src/a.rs", "src/b.rs", "src/lib.rs"]);
    assert_eq!(gaps.len(), 1, "the link that leads to itself: {gaps:#?}");
}

#[test]
fn a_hundred_thousand_items_and_a_long_line_are_read() {
    let code = accepted(&lines(100_000, |index| format!("const C{index}: u8 = 1;")).replace('\n', " "));
    assert_eq!(code.items.len(), 100_000);
    let bytes = "0x1f, ".repeat(200_000);
    let code = accepted(&format!("static A: [u8; 200000] = [{bytes}]; fn f() {{ g(A) }}"));
    assert_eq!(code.calls.len(), 1);
}

#[test]
fn places_count_bytes_whatever_the_characters() {
    let text = "fn f() { é(1); } // é\n/* 漢 */ fn g() { h(\"漢字\", i()); } fn k() {\n    l(); }\r\nfn m() { \u{1d4d0}n(); }";
    let code = accepted(text);
    let written: Vec<_> = code.calls.iter().map(|call| call.site.at.snippet()).collect();
    assert_eq!(written, ["é(1)", "h(\"漢字\", i())", "i()", "l()", "\u{1d4d0}n()"]);
}

#[test]
fn a_chain_of_modules_with_long_names_is_not_followed_to_its_end() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    std::fs::create_dir_all(folder.path().join("src")).expect("a folder");
    let put = |path: &str, text: &str| std::fs::write(folder.path().join(path), text).expect("a file");
    // The path of the last would be the sum of all names.
    put("Cargo.toml", MANIFEST);
    put("src/lib.rs", "#[path = \"m0.rs\"] mod m;");
    for index in 0..40 {
        let next = format!("#[path = \"m{}.rs\"] mod {};", index + 1, "n".repeat(1000));
        put(&format!("src/m{index}.rs"), &next);
    }
    put("src/m40.rs", "");
    let (code, gaps) = gather_in(folder.path(), None);
    assert!(code.files.len() < 10, "{}", code.files.len());
    assert!(gaps.iter().any(|gap| gap.why.contains("nest deeper")), "{gaps:#?}");
}
