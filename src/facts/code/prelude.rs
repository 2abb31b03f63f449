//! Names that are in view without being imported.

/// Types and traits of the standard prelude with their full paths.
const TYPES: &[(&str, &str)] = &[
    ("AsMut", "std::convert::AsMut"),
    ("AsRef", "std::convert::AsRef"),
    ("Box", "std::boxed::Box"),
    ("Clone", "std::clone::Clone"),
    ("Copy", "std::marker::Copy"),
    ("Default", "std::default::Default"),
    ("DoubleEndedIterator", "std::iter::DoubleEndedIterator"),
    ("Drop", "std::ops::Drop"),
    ("Eq", "std::cmp::Eq"),
    ("ExactSizeIterator", "std::iter::ExactSizeIterator"),
    ("Extend", "std::iter::Extend"),
    ("Fn", "std::ops::Fn"),
    ("FnMut", "std::ops::FnMut"),
    ("FnOnce", "std::ops::FnOnce"),
    ("From", "std::convert::From"),
    ("FromIterator", "std::iter::FromIterator"),
    ("Into", "std::convert::Into"),
    ("IntoIterator", "std::iter::IntoIterator"),
    ("Iterator", "std::iter::Iterator"),
    ("Option", "std::option::Option"),
    ("Ord", "std::cmp::Ord"),
    ("PartialEq", "std::cmp::PartialEq"),
    ("PartialOrd", "std::cmp::PartialOrd"),
    ("Result", "std::result::Result"),
    ("Send", "std::marker::Send"),
    ("Sized", "std::marker::Sized"),
    ("String", "std::string::String"),
    ("Sync", "std::marker::Sync"),
    ("ToOwned", "std::borrow::ToOwned"),
    ("ToString", "std::string::ToString"),
    ("TryFrom", "std::convert::TryFrom"),
    ("TryInto", "std::convert::TryInto"),
    ("Unpin", "std::marker::Unpin"),
    ("Vec", "std::vec::Vec"),
];

/// Functions and variants of the standard prelude.
const VALUES: &[(&str, &str)] = &[
    ("Err", "std::result::Result::Err"),
    ("None", "std::option::Option::None"),
    ("Ok", "std::result::Result::Ok"),
    ("Some", "std::option::Option::Some"),
    ("align_of", "std::mem::align_of"),
    ("align_of_val", "std::mem::align_of_val"),
    ("drop", "std::mem::drop"),
    ("size_of", "std::mem::size_of"),
    ("size_of_val", "std::mem::size_of_val"),
];

/// Primitive types; the module of the same name in `std` stands for them.
const PRIMITIVES: &[&str] = &[
    "bool", "char", "f32", "f64", "i128", "i16", "i32", "i64", "i8", "isize", "str", "u128", "u16", "u32",
    "u64", "u8", "usize",
];

const MACROS: &[&str] = &[
    "assert",
    "assert_eq",
    "assert_ne",
    "cfg",
    "column",
    "compile_error",
    "concat",
    "dbg",
    "debug_assert",
    "debug_assert_eq",
    "debug_assert_ne",
    "env",
    "eprint",
    "eprintln",
    "file",
    "format",
    "format_args",
    "include",
    "include_bytes",
    "include_str",
    "is_x86_feature_detected",
    "line",
    "matches",
    "module_path",
    "option_env",
    "panic",
    "print",
    "println",
    "stringify",
    "thread_local",
    "todo",
    "try",
    "unimplemented",
    "unreachable",
    "vec",
    "write",
    "writeln",
];

fn look_up(table: &[(&str, &'static str)], name: &str) -> Option<&'static str> {
    table.binary_search_by_key(&name, |(known, _)| known).ok().map(|at| table[at].1)
}

/// The full path of a type or trait.
pub(super) fn type_named(name: &str) -> Option<&'static str> {
    look_up(TYPES, name)
}

/// The full path of a function or variant.
pub(super) fn value_named(name: &str) -> Option<&'static str> {
    look_up(VALUES, name)
}

/// Is this a primitive type?
pub(super) fn is_primitive(name: &str) -> bool {
    PRIMITIVES.binary_search(&name).is_ok()
}

/// Is this a macro that every crate sees?
pub(super) fn is_macro(name: &str) -> bool {
    MACROS.binary_search(&name).is_ok()
}

/// Crates that come with the compiler, under the name by which they are known here.
pub(super) fn sysroot(name: &str) -> Option<&'static str> {
    match name {
        "std" | "core" | "alloc" => Some("std"),
        "proc_macro" => Some("proc_macro"),
        "test" => Some("test"),
        _ => None,
    }
}

/// Packages whose library has another name than the package: code names them by the library.
pub(super) fn library_of(package: &str) -> String {
    match package {
        "md-5" => "md5".to_owned(),
        "rust-crypto" => "crypto".to_owned(),
        "rust-argon2" => "argon2".to_owned(),
        "rust-ini" => "ini".to_owned(),
        "sha-1" => "sha1".to_owned(),
        other => other.replace('-', "_"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_can_be_searched() {
        assert!(TYPES.is_sorted() && VALUES.is_sorted() && PRIMITIVES.is_sorted() && MACROS.is_sorted());
    }
}
