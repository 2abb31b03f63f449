//! The structs that serde fills, and the keys under which it looks for their fields.

use std::collections::{BTreeSet, HashMap};

use syn::punctuated::Punctuated;
use syn::{Expr, Lit, Meta, Token};

use crate::document::Value;
use crate::facts::code::anatomy::{Shape, Type, TypeItem};
use crate::facts::code::{Code, ItemKind, Text};

/// How deep structs lie in others.
const DEEPEST: usize = 8;
/// How many ways lead to one field.
const MOST_WAYS: usize = 32;

/// Types that serde fills as it does what is in them.
const THROUGH: &[&str] = &[
    "std::option::Option",
    "std::boxed::Box",
    "std::sync::Arc",
    "std::rc::Rc",
    "std::cell::RefCell",
    "std::sync::Mutex",
    "std::sync::RwLock",
];

/// The structs that serde fills.
pub(super) struct Shapes {
    structs: Vec<Struct>,
    by_path: HashMap<String, usize>,
    /// A file that several targets share is read for one of them, so that its types have the name of that one.
    by_member: HashMap<(usize, String), usize>,
    members: HashMap<String, Vec<usize>>,
    /// The structs that hold each, with the field.
    above: Vec<Vec<(usize, usize)>>,
}

struct Struct {
    fields: Vec<Field>,
}

struct Field {
    name: String,
    /// The name and its aliases in a file; none where its own fields stand in its place.
    keys: Vec<String>,
    of: Option<usize>,
}

/// A way through tables to a value.
pub(super) struct Key {
    /// The names of each key, outermost first.
    parts: Vec<Vec<String>>,
    /// All that the outermost struct has; nothing where it may have more.
    outermost: Option<BTreeSet<String>>,
    /// True where the outermost struct is part of no other.
    pub(super) whole: bool,
}

impl Key {
    /// The key as people write it.
    pub(super) fn words(&self) -> String {
        let parts: Vec<&str> =
            self.parts.iter().filter_map(|names| names.first()).map(String::as_str).collect();
        parts.join(".")
    }

    /// True for a file that holds nothing that the outermost struct has not.
    pub(super) fn is_for(&self, file: &Value) -> bool {
        let Some(known) = &self.outermost else { return false };
        file.is_table() && file.entries().iter().all(|entry| known.contains(&entry.key))
    }

    /// What a file holds there.
    pub(super) fn value<'f>(&self, file: &'f Value) -> Option<&'f Value> {
        self.parts.iter().try_fold(file, |table, names| {
            names.iter().find_map(|name| table.entry(name)).map(|entry| &entry.value)
        })
    }
}

impl Shapes {
    pub(super) fn new(code: &Code) -> Self {
        let filled: Vec<&Shape<TypeItem>> =
            code.anatomy.types.iter().filter(|item| is_filled(item)).collect();
        let mut shapes = Self {
            structs: Vec::new(),
            by_path: HashMap::new(),
            by_member: HashMap::new(),
            members: HashMap::new(),
            above: vec![Vec::new(); filled.len()],
        };
        for unit in &code.units {
            shapes.members.entry(unit.name.clone()).or_default().push(unit.member);
        }
        for (index, item) in filled.iter().enumerate() {
            let path = item.site.within.as_str();
            shapes.by_path.entry(path.to_owned()).or_insert(index);
            if let (Some(unit), Some((_, rest))) = (code.units.get(item.site.unit), path.split_once("::")) {
                shapes.by_member.entry((unit.member, rest.to_owned())).or_insert(index);
            }
        }
        let items: HashMap<&str, &crate::facts::code::Item> = code
            .items
            .iter()
            .filter(|item| item.kind == ItemKind::Struct)
            .map(|item| (item.path.as_str(), item))
            .collect();
        for item in &filled {
            let said = items.get(item.site.within.as_str());
            let case = said.and_then(|said| serde_words(&said.attributes).rename_all);
            let fields = item.is.fields.iter().filter_map(|field| {
                let name = item.written(field.name?).trim_start_matches("r#").to_owned();
                let known = said.and_then(|said| said.fields.iter().find(|known| known.name == name));
                let words = known.map(|known| serde_words(&known.attributes)).unwrap_or_default();
                if words.skip {
                    return None;
                }
                let own = words.rename.unwrap_or_else(|| cased(&name, case.as_deref()));
                let keys = if words.flatten {
                    Vec::new()
                } else {
                    std::iter::once(own).chain(words.aliases).collect()
                };
                Some(Field { of: shapes.struct_of(item, &field.of), name, keys })
            });
            let fields = fields.collect();
            shapes.structs.push(Struct { fields });
        }
        for (index, item) in shapes.structs.iter().enumerate() {
            for (at, field) in item.fields.iter().enumerate() {
                if let Some(of) = field.of {
                    shapes.above[of].push((index, at));
                }
            }
        }
        shapes
    }

    /// The struct that a field is of, through what serde looks through.
    fn struct_of(&self, item: &Shape<TypeItem>, of: &Type) -> Option<usize> {
        let Type::Path(head, inner) = of else { return None };
        let path = item.name(*head).resolved.as_deref()?;
        match inner.as_slice() {
            [inner] if THROUGH.contains(&path) => self.struct_of(item, inner),
            _ => self.named(path),
        }
    }

    fn named(&self, path: &str) -> Option<usize> {
        if let Some(index) = self.by_path.get(path) {
            return Some(*index);
        }
        let (unit, rest) = path.split_once("::")?;
        let members = self.members.get(unit)?;
        members.iter().find_map(|member| self.by_member.get(&(*member, rest.to_owned())).copied())
    }

    /// The members whose code knows the way to a field.
    pub(super) fn members(&self, steps: &[(Text, Text)]) -> Vec<usize> {
        let units = steps.iter().filter_map(|(path, _)| path.split("::").next());
        let all: BTreeSet<usize> =
            units.filter_map(|unit| self.members.get(unit)).flatten().copied().collect();
        all.into_iter().collect()
    }

    /// The ways to a field from each struct that it lies in, the nearest struct first.
    pub(super) fn keys(&self, steps: &[(Text, Text)]) -> Vec<Key> {
        let mut parts = Vec::new();
        let mut first = None;
        for (path, name) in steps {
            let Some(of) = self.named(path) else { return Vec::new() };
            let Some(field) = self.structs[of].fields.iter().find(|field| field.name == name.as_str()) else {
                return Vec::new();
            };
            first = first.or(Some(of));
            if !field.keys.is_empty() {
                parts.push(field.keys.clone());
            }
        }
        let Some(first) = first else { return Vec::new() };
        let mut keys = Vec::new();
        let mut waiting = std::collections::VecDeque::from([(first, parts, vec![first])]);
        while let Some((at, parts, passed)) = waiting.pop_front() {
            for (outer, field) in &self.above[at] {
                if passed.len() < DEEPEST && !passed.contains(outer) && waiting.len() < MOST_WAYS {
                    let own = &self.structs[*outer].fields[*field].keys;
                    let longer =
                        Some(own.clone()).filter(|own| !own.is_empty()).into_iter().chain(parts.clone());
                    let passed = passed.iter().copied().chain([*outer]).collect();
                    waiting.push_back((*outer, longer.collect(), passed));
                }
            }
            let whole = self.above[at].is_empty();
            keys.push(Key { parts, outermost: self.outermost(at, DEEPEST), whole });
            if keys.len() >= MOST_WAYS {
                break;
            }
        }
        keys
    }

    /// All keys of a struct, those of flattened fields too; `None` where these can't be told.
    fn outermost(&self, at: usize, depth: usize) -> Option<BTreeSet<String>> {
        let mut all = BTreeSet::new();
        for field in &self.structs[at].fields {
            if field.keys.is_empty() {
                all.extend(self.outermost(field.of?, depth.checked_sub(1)?)?);
            }
            all.extend(field.keys.iter().cloned());
        }
        Some(all)
    }
}

/// True for a struct that derives serde's reading.
fn is_filled(item: &Shape<TypeItem>) -> bool {
    item.is.kind == ItemKind::Struct
        && item.is.derives.iter().any(|derive| {
            let name = item.name(*derive);
            let path = name.resolved.as_deref().unwrap_or(&name.written);
            ["Deserialize", "serde::Deserialize", "serde_derive::Deserialize"].contains(&path)
        })
}

/// What `serde` attributes say.
#[derive(Default)]
struct Words {
    rename: Option<String>,
    rename_all: Option<String>,
    aliases: Vec<String>,
    flatten: bool,
    skip: bool,
}

fn serde_words(attributes: &[String]) -> Words {
    let mut words = Words::default();
    for text in attributes {
        let Ok(Meta::List(list)) = syn::parse_str::<Meta>(text) else { continue };
        if !list.path.is_ident("serde") {
            continue;
        }
        let said = list.parse_args_with(Punctuated::<Meta, Token![,]>::parse_terminated);
        for meta in said.into_iter().flatten() {
            let Some(word) = meta.path().get_ident().map(ToString::to_string) else { continue };
            match (word.as_str(), text_of(&meta)) {
                ("rename", Some(text)) => words.rename = Some(text),
                ("rename_all", Some(text)) => words.rename_all = Some(text),
                ("alias", Some(text)) => words.aliases.push(text),
                ("flatten", _) => words.flatten = true,
                ("skip" | "skip_deserializing", _) => words.skip = true,
                _ => {}
            }
        }
    }
    words
}

/// The text in `name = ".."` and `name(deserialize = "..")`.
fn text_of(meta: &Meta) -> Option<String> {
    match meta {
        Meta::NameValue(pair) => match &pair.value {
            Expr::Lit(syn::ExprLit { lit: Lit::Str(text), .. }) => Some(text.value()),
            _ => None,
        },
        Meta::List(list) => {
            let inner = list.parse_args_with(Punctuated::<Meta, Token![,]>::parse_terminated).ok()?;
            inner.iter().find(|meta| meta.path().is_ident("deserialize")).and_then(text_of)
        }
        Meta::Path(_) => None,
    }
}

/// A name of a field in the case that `rename_all` asks for.
fn cased(name: &str, case: Option<&str>) -> String {
    let capital = |word: &str| {
        let mut letters = word.chars();
        letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
    };
    match case {
        Some("UPPERCASE" | "SCREAMING_SNAKE_CASE") => name.to_uppercase(),
        Some("PascalCase") => name.split('_').map(capital).collect(),
        Some("camelCase") => {
            let mut words = name.split('_');
            let first = words.next().unwrap_or_default().to_owned();
            words.fold(first, |all, word| all + &capital(word))
        }
        Some("kebab-case") => name.replace('_', "-"),
        Some("SCREAMING-KEBAB-CASE") => name.replace('_', "-").to_uppercase(),
        _ => name.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_named_in_files_as_serde_wants_them() {
        for (case, expected) in [
            (None, "http_port"),
            (Some("lowercase"), "http_port"),
            (Some("snake_case"), "http_port"),
            (Some("UPPERCASE"), "HTTP_PORT"),
            (Some("SCREAMING_SNAKE_CASE"), "HTTP_PORT"),
            (Some("PascalCase"), "HttpPort"),
            (Some("camelCase"), "httpPort"),
            (Some("kebab-case"), "http-port"),
            (Some("SCREAMING-KEBAB-CASE"), "HTTP-PORT"),
        ] {
            assert_eq!(cased("http_port", case), expected, "{case:?}");
        }
    }

    #[test]
    fn words_of_serde_are_read_wherever_they_stand() {
        let said =
            |texts: &[&str]| serde_words(&texts.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>());
        let words =
            said(&["arg(long)", "serde(default, rename = \"p\")", "serde(alias = \"q\", alias = \"r\")"]);
        assert_eq!(words.rename.as_deref(), Some("p"));
        assert_eq!(words.aliases, ["q", "r"]);
        assert!(!words.flatten && !words.skip);
        assert_eq!(
            said(&["serde(rename(serialize = \"a\", deserialize = \"b\"))"]).rename.as_deref(),
            Some("b")
        );
        assert!(said(&["serde(flatten)"]).flatten);
        assert!(said(&["serde(skip)"]).skip);
        assert!(said(&["serde(default = \"port\")", "serde(", "x::serde(skip)"]).rename.is_none());
    }
}
