//! What is written down of functions, types and impls, on small workspaces.

use std::path::Path;

use super::{Anatomy, Bound, Function, Owner, Receiver, Shape, Type, Visibility, What};
use crate::facts::Facts;
use crate::request::Request;

const DAY: jiff::civil::Date = jiff::civil::date(2026, 11, 1);

fn gather(files: &[(&str, &str)]) -> Anatomy {
    let folder = tempfile::tempdir().expect("a temporary folder");
    write(folder.path(), files);
    gather_in(folder.path(), None)
}

fn write(folder: &Path, files: &[(&str, &str)]) {
    let manifest = "[package]\nname = \"pump\"\nversion = \"0.1.0\"\nedition = \"2021\"\n";
    for (path, text) in files.iter().chain(&[("Cargo.toml", manifest)]) {
        let path = folder.join(path);
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        std::fs::write(path, text).expect("a file");
    }
}

fn gather_in(folder: &Path, cache: Option<&Path>) -> Anatomy {
    let mut request = Request::new(folder, DAY);
    request.resolve = false;
    request.cache = cache.map(Path::to_owned);
    Facts::gather(&request).expect("facts").code.anatomy
}

/// The function with this name.
fn function<'a>(anatomy: &'a Anatomy, name: &str) -> &'a Shape<Function> {
    let named = |of: &&Shape<Function>| of.written(of.is.name) == name;
    anatomy.functions.iter().find(named).unwrap_or_else(|| panic!("no function {name}"))
}

/// Every node as it is written, in the order of the body.
fn snippets(of: &Shape<Function>) -> Vec<String> {
    of.is.body.nodes().map(|(node, _)| of.place(node).snippet().to_owned()).collect()
}

#[test]
fn nodes_stand_where_they_are_written() {
    let anatomy = gather(&[(
        "src/lib.rs",
        "fn f(a: &[u8], i: usize) -> u8 { let n = i + g(a)?.len() * 2; unsafe { *a.get_unchecked(n) } }",
    )]);
    let expected = [
        "{ let n = i + g(a)?.len() * 2; unsafe { *a.get_unchecked(n) } }",
        "let n = i + g(a)?.len() * 2;",
        "i + g(a)?.len() * 2",
        "i",
        "g(a)?.len() * 2",
        "g(a)?.len()",
        "g(a)?",
        "g(a)",
        "a",
        "2",
        "unsafe { *a.get_unchecked(n) }",
        "{ *a.get_unchecked(n) }",
        "*a.get_unchecked(n)",
        "a.get_unchecked(n)",
        "a",
        "n",
    ];
    assert_eq!(snippets(function(&anatomy, "f")), expected);
}

#[test]
fn work_is_done_inside_out_and_in_order() {
    let anatomy = gather(&[("src/lib.rs", "unsafe fn f(p: *mut u8) { write(p, call(read(p))); after(); }")]);
    let of = function(&anatomy, "f");
    let body = &of.is.body;
    let at = |name: &str| {
        let called = |what: &What| matches!(what, What::Call(id, _) if of.written(*id) == name);
        body.nodes().find(|(_, node)| called(&node.what)).expect("a call").0
    };
    let order = ["read", "call", "write", "after"].map(at);
    for (index, one) in order.iter().enumerate() {
        for (other_index, other) in order.iter().enumerate() {
            assert_eq!(body.is_before(*one, *other), index < other_index, "{index} {other_index}");
        }
    }
    assert!(body.around(at("read")).any(|outer| outer == at("write")));
    assert_eq!(body.parent(0), None);
}

#[test]
fn names_lead_to_what_they_are() {
    let text = "use std::ptr as p;
        fn f<T: Clone>(x: *const T) { use core::mem::forget; unsafe { forget(p::read(x)) } }";
    let anatomy = gather(&[("src/lib.rs", text)]);
    let of = function(&anatomy, "f");
    let called: Vec<_> = of
        .is
        .body
        .nodes()
        .filter_map(|(_, node)| match &node.what {
            What::Call(name, _) => of.name(*name).resolved.clone(),
            _ => None,
        })
        .collect();
    assert_eq!(called, ["std::mem::forget", "std::ptr::read"]);
    let [Bound::Trait(clone, _)] = of.is.generics.parameters[0].bounds.as_slice() else {
        panic!("one bound")
    };
    assert_eq!(of.name(*clone).resolved.as_deref(), Some("std::clone::Clone"));
}

#[test]
fn signatures_say_who_may_call_and_with_what() {
    let text = "pub struct Driver<'a, T>(&'a mut T);
        impl<'a, T: Send> Driver<'a, T> where T: 'a {
            pub unsafe fn poke(&'a mut self, at: *mut [u8; 4], (x, y): (u8, u8)) -> Option<&'a T> { None }
        }
        unsafe extern \"C\" { safe fn tick(); fn tock(n: u32) -> u32; }
        #[unsafe(no_mangle)] pub(crate) async extern \"C\" fn out(self: Box<u8>) {}";
    let anatomy = gather(&[("src/lib.rs", text)]);
    let poke = function(&anatomy, "poke");
    assert!(poke.is.is_unsafe && poke.is.visibility == Visibility::Public);
    assert!(matches!(poke.is.receiver, Some(Receiver::Reference { lifetime: Some(_), mutable: true })));
    assert!(
        matches!(&poke.is.inputs[0].of, Type::Pointer { mutable: true, to } if matches!(**to, Type::Array(_)))
    );
    let names: Vec<&str> = poke.is.inputs[1].names.iter().map(|name| poke.written(*name)).collect();
    assert_eq!(names, ["x", "y"]);
    let by = anatomy.impl_of(&poke.is).expect("an impl");
    assert_eq!(by.is.generics.wheres.len(), 1);
    assert_eq!(anatomy.self_type(by).map(|item| item.site.within.as_str()), Some("pump::Driver"));
    assert!(!function(&anatomy, "tick").is.is_unsafe && function(&anatomy, "tock").is.is_unsafe);
    assert_eq!(function(&anatomy, "tock").is.owner, Owner::Foreign);
    let out = &function(&anatomy, "out").is;
    assert!(out.is_async && out.is_extern && out.is_exported && out.visibility == Visibility::Restricted);
}

#[test]
fn methods_find_their_impl_across_files() {
    let one = "pub struct A; impl A { fn a(&self) { unsafe { x() } } } mod two;";
    let two = "struct B; impl B { fn b(&self) { unsafe { y() } } } impl Drop for B { fn drop(&mut self) {} }
        trait T { fn t(&self) { unsafe { z() } } }";
    let anatomy = gather(&[("src/lib.rs", one), ("src/two.rs", two)]);
    let own = |name: &str| {
        let by = anatomy.impl_of(&function(&anatomy, name).is).expect("an impl");
        anatomy.self_type(by).expect("a type").site.within.clone()
    };
    assert_eq!([own("a"), own("b"), own("drop")], ["pump::A", "pump::two::B", "pump::two::B"]);
    assert!(anatomy.drops("pump::two::B") && !anatomy.drops("pump::A"));
    let of_trait = anatomy.trait_of(&function(&anatomy, "t").is).expect("a trait");
    assert_eq!(of_trait.site.within, "pump::two::T");
}

#[test]
fn types_show_what_they_hold() {
    let text = "#[derive(Debug, Clone)] #[repr(C, packed)] pub struct S<T> { pub a: Vec<T>, b: *const u8 }
        enum E { One(u8), Two { three: u16 }, Four }";
    let anatomy = gather(&[("src/lib.rs", text)]);
    let [s, e] = anatomy.types.as_slice() else { panic!("two types") };
    let derives: Vec<&str> = s.is.derives.iter().map(|name| s.written(*name)).collect();
    assert_eq!(derives, ["Debug", "Clone"]);
    assert_eq!(s.is.repr.iter().map(|word| &**word).collect::<Vec<_>>(), ["C", "packed"]);
    let visible: Vec<Visibility> = s.is.fields.iter().map(|field| field.visibility).collect();
    assert_eq!(visible, [Visibility::Public, Visibility::Private]);
    assert_eq!(e.is.fields.len(), 2);
}

#[test]
fn only_what_rules_ask_for_is_kept() {
    let plain = "pub fn plain(a: u32) -> u32 { a + 1 }
        pub fn grows(n: usize) -> Vec<u8> { Vec::with_capacity(n) }
        pub fn again(n: u32) { again(n) }
        #[cfg(test)] mod tests { fn checked(n: usize) { unsafe { grown(n) } } }";
    let anatomy = gather(&[("src/lib.rs", plain)]);
    // The word `unsafe` stands in the tests of that file: everything else is kept.
    assert_eq!(anatomy.functions.len(), 3);
    let anatomy = gather(&[("src/lib.rs", plain.split("#[cfg").next().expect("a part"))]);
    let names: Vec<&str> = anatomy.functions.iter().map(|of| of.written(of.is.name)).collect();
    assert_eq!(names, ["grows", "again"]);
}

#[test]
fn templates_of_macros_are_code_too() {
    let text = "macro_rules! mark { ($($name:ident),+ $(,)?) => { $(
            unsafe impl<T> Send for $name<T> {}
            impl<T> $name<T> { pub fn read(&self) -> T { unsafe { $crate::read(self.0) } } }
        )+ } }
        mark!(A, B);";
    let anatomy = gather(&[("src/lib.rs", text)]);
    let read = function(&anatomy, "read");
    assert!(read.site.in_macro && read.is.body.holds_unsafe());
    assert_eq!(anatomy.impls.iter().filter(|by| by.is.is_unsafe).count(), 1);
    assert!(anatomy.types.is_empty());
}

#[test]
fn what_was_kept_is_what_was_seen() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let text = "#!/usr/bin/env run\nfn f(v: &mut Vec<u8>) { unsafe { v.set_len(1) } }";
    write(folder.path(), &[("src/main.rs", text)]);
    let cache = tempfile::tempdir().expect("a temporary folder");
    let told = |anatomy: &Anatomy| format!("{:?}", anatomy.functions);
    let first = gather_in(folder.path(), Some(cache.path()));
    let second = gather_in(folder.path(), Some(cache.path()));
    assert_eq!(told(&first), told(&second));
    assert!(
        snippets(function(&second, "f")).contains(&"v.set_len(1)".to_owned()),
        "counted from the program on"
    );
}
