//! What functions, types, traits and impls are made of: signatures, fields, bounds, bodies.
//!
//! `types` and `body` are the shapes; `declare` and `lower` write them down while a file is walked, of functions those
//! that rules ask for (`asked`).
//! Each shape carries the names it uses in a list of its own, so that it can be kept as it is:
//! names are resolved when the facts are put together, and everything else stays untouched.

mod asked;
mod body;
mod declare;
mod lower;
#[cfg(test)]
mod tests;
mod types;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use serde::{Deserialize, Serialize};

use super::seen::{PathAt, ScopeId, Span};
use super::{ItemKind, Name, Site, Text};
use crate::source::Location;

pub(super) use asked::Asked;
pub use asked::PARSES;
pub use body::{Body, Loop, Node, NodeId, Operator, What};
pub(super) use declare::About;
pub(super) use lower::Lowering;
pub use types::{Bound, Generics, NameId, Parameter, ParameterKind, Type};

/// Every function, type, trait and impl of code that is not for tests.
#[derive(Debug, Default)]
pub struct Anatomy {
    /// Functions and methods, those of `extern` blocks too.
    pub functions: Vec<Shape<Function>>,
    /// Structs, enums, unions.
    pub types: Vec<Shape<TypeItem>>,
    /// Traits.
    pub traits: Vec<Shape<Trait>>,
    /// Impl blocks.
    pub impls: Vec<Shape<Impl>>,
    pub(super) types_by_path: BTreeMap<Text, usize>,
    pub(super) traits_by_path: BTreeMap<Text, usize>,
    pub(super) functions_by_path: BTreeMap<Text, usize>,
    /// Paths of types with a `Drop`.
    pub(super) drops: BTreeSet<Text>,
}

/// Something with its place and the names it uses.
#[derive(Debug)]
pub struct Shape<T> {
    /// Where its name stands, and what encloses it; for an impl its first keyword.
    pub site: Site,
    /// What it is.
    pub is: T,
    names: Vec<Name>,
    offset: u32,
}

/// A shape before its names are resolved.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Raw<T> {
    pub scope: ScopeId,
    pub at: Span,
    pub in_macro: bool,
    pub is: T,
    pub names: Vec<PathAt>,
}

/// A function.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[expect(clippy::struct_excessive_bools, reason = "independent facts, each with its name")]
pub struct Function {
    /// Its name.
    pub name: NameId,
    /// Who may call it.
    pub visibility: Visibility,
    /// `unsafe fn`, and functions of `extern` blocks that are not marked `safe`.
    pub is_unsafe: bool,
    /// `async fn`.
    pub is_async: bool,
    /// `const fn`.
    pub is_const: bool,
    /// True with an `extern`.
    pub is_extern: bool,
    /// True with `no_mangle` or `export_name`.
    pub is_exported: bool,
    /// `self`.
    pub receiver: Option<Receiver>,
    /// The other parameters.
    pub inputs: Vec<Input>,
    /// What it returns, if anything is written.
    pub output: Option<Type>,
    /// Its own generic parameters.
    pub generics: Generics,
    /// Where it is declared.
    pub owner: Owner,
    /// What it does; empty where it has no body or the body holds nothing that a rule asks for.
    pub body: Body,
}

/// Where a function is declared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Owner {
    /// In a module, or inside another function.
    Module,
    /// In an impl: an index into those.
    Impl(u32),
    /// In a trait: an index into those.
    Trait(u32),
    /// In an `extern` block.
    Foreign,
}

/// `self` as a parameter.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Receiver {
    /// `self`.
    Value,
    /// `&self`, `&'a mut self`.
    Reference {
        /// The lifetime, if it is written.
        lifetime: Option<NameId>,
        /// `&mut self`.
        mutable: bool,
    },
    /// `self: Pin<&mut Self>`.
    Typed(Type),
}

/// A parameter.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Input {
    /// The names its pattern binds.
    pub names: Vec<NameId>,
    /// Its type.
    pub of: Type,
}

/// Who may name a thing, as its own declaration says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Visibility {
    /// Its module.
    Private,
    /// `pub(crate)`, `pub(super)`.
    Restricted,
    /// `pub`.
    Public,
}

/// A struct, enum or union.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
pub struct TypeItem {
    /// Which of them.
    pub kind: ItemKind,
    /// Its name.
    pub name: NameId,
    /// Who may name it.
    pub visibility: Visibility,
    /// Its generic parameters.
    pub generics: Generics,
    /// Its fields; for an enum those of all variants.
    pub fields: Vec<Field>,
    /// What it derives.
    pub derives: Vec<NameId>,
    /// The words of its `repr`.
    pub repr: Vec<Box<str>>,
    /// For an enum: true where each variant is bare.
    pub bare: bool,
}

/// A field.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Field {
    /// Its name; `None` in a tuple.
    pub name: Option<NameId>,
    /// Who may name it.
    pub visibility: Visibility,
    /// Its type.
    pub of: Type,
}

/// A trait.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
pub struct Trait {
    /// Its name.
    pub name: NameId,
    /// Who may name it.
    pub visibility: Visibility,
    /// `unsafe trait`.
    pub is_unsafe: bool,
    /// Its generic parameters.
    pub generics: Generics,
    /// What it builds upon.
    pub supers: Vec<Bound>,
}

/// An impl block.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
pub struct Impl {
    /// `unsafe impl`.
    pub is_unsafe: bool,
    /// `impl !Trait for T`.
    pub negative: bool,
    /// The trait, with its generic arguments.
    pub of_trait: Option<(NameId, Vec<Type>)>,
    /// What it is for.
    pub self_type: Type,
    /// Its generic parameters.
    pub generics: Generics,
}

impl Receiver {
    /// True for `&self`.
    #[must_use]
    pub fn is_shared(&self) -> bool {
        matches!(self, Self::Reference { mutable: false, .. })
    }
}

impl<T> Raw<T> {
    /// The shape with its place, and its names by what each path leads to.
    pub(super) fn resolved(self, site: Site, offset: u32, mut name: impl FnMut(PathAt) -> Name) -> Shape<T> {
        let names = self.names.into_iter().map(&mut name).collect();
        Shape { site, is: self.is, names, offset }
    }
}

impl Shape<Function> {
    /// Where a node of its body stands.
    #[must_use]
    pub fn place(&self, node: NodeId) -> Location {
        let (start, end) = self.is.body.bytes(node);
        let range = (start + self.offset) as usize..(end + self.offset) as usize;
        self.site.at.source().at(range)
    }
}

impl Anatomy {
    /// Takes up what another file shows.
    pub(super) fn extend(&mut self, more: Self) {
        let base = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
        let (impls, traits) = (base(self.impls.len()), base(self.traits.len()));
        for mut function in more.functions {
            match &mut function.is.owner {
                Owner::Impl(index) => *index += impls,
                Owner::Trait(index) => *index += traits,
                Owner::Module | Owner::Foreign => {}
            }
            self.functions_by_path.entry(function.site.within.clone()).or_insert(self.functions.len());
            self.functions.push(function);
        }
        for by in more.impls {
            let of_trait = by.is.of_trait.as_ref().and_then(|(name, _)| by.name(*name).resolved.as_deref());
            let own = by.is.self_type.head().and_then(|name| by.name(name).resolved.clone());
            self.drops.extend(own.filter(|_| of_trait == Some("std::ops::Drop")));
            self.impls.push(by);
        }
        for item in more.types {
            self.types_by_path.entry(item.site.within.clone()).or_insert(self.types.len());
            self.types.push(item);
        }
        for item in more.traits {
            self.traits_by_path.entry(item.site.within.clone()).or_insert(self.traits.len());
            self.traits.push(item);
        }
    }

    /// The type of the workspace that a name leads to.
    #[must_use]
    pub fn type_named(&self, name: &Name) -> Option<&Shape<TypeItem>> {
        self.types.get(*self.types_by_path.get(name.resolved.as_deref()?)?)
    }

    /// The trait of the workspace that a name leads to.
    #[must_use]
    pub fn trait_named(&self, name: &Name) -> Option<&Shape<Trait>> {
        self.traits.get(*self.traits_by_path.get(name.resolved.as_deref()?)?)
    }

    /// The type of the workspace that an impl is for.
    #[must_use]
    pub fn self_type(&self, by: &Shape<Impl>) -> Option<&Shape<TypeItem>> {
        self.type_named(by.name(by.is.self_type.behind_references().head()?))
    }

    /// True for a type with a `Drop` of its own.
    #[must_use]
    pub fn drops(&self, path: &str) -> bool {
        self.drops.contains(path)
    }

    /// The function of the workspace with this full path.
    #[must_use]
    pub fn function_at(&self, path: &str) -> Option<&Shape<Function>> {
        self.functions.get(*self.functions_by_path.get(path)?)
    }

    /// The trait that a function stands in.
    #[must_use]
    pub fn trait_of(&self, function: &Function) -> Option<&Shape<Trait>> {
        match function.owner {
            Owner::Trait(index) => self.traits.get(index as usize),
            _ => None,
        }
    }

    /// The impl that a function stands in.
    #[must_use]
    pub fn impl_of(&self, function: &Function) -> Option<&Shape<Impl>> {
        match function.owner {
            Owner::Impl(index) => self.impls.get(index as usize),
            _ => None,
        }
    }
}

impl<T> Shape<T> {
    /// A name, before and after resolution.
    #[must_use]
    pub fn name(&self, id: NameId) -> &Name {
        static NONE: LazyLock<Name> = LazyLock::new(|| Name { written: "".into(), resolved: None });
        self.names.get(id.0 as usize).unwrap_or(&NONE)
    }

    /// A name as it is written.
    #[must_use]
    pub fn written(&self, id: NameId) -> &str {
        &self.name(id).written
    }
}
