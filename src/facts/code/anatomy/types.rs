//! Types as they are written, with names that can be looked up.

use serde::{Deserialize, Serialize};

/// A name of a [`Shape`](super::Shape): an index into its list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct NameId(pub(super) u32);

/// A type.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Type {
    /// A path with the generic arguments of all its segments; an associated type's value stands among
    /// them as itself.
    Path(NameId, Vec<Type>),
    /// `&T`, `&'a mut T`.
    Reference {
        /// The lifetime, if it is written.
        lifetime: Option<NameId>,
        /// `&mut`.
        mutable: bool,
        /// What it refers to.
        to: Box<Type>,
    },
    /// `*const T`, `*mut T`.
    Pointer {
        /// `*mut`.
        mutable: bool,
        /// What it points to.
        to: Box<Type>,
    },
    /// `[T]`.
    Slice(Box<Type>),
    /// `[T; N]`.
    Array(Box<Type>),
    /// `(A, B)`.
    Tuple(Vec<Type>),
    /// `fn(A) -> B`.
    Function {
        /// True with an `extern`.
        foreign: bool,
        /// What goes in, then what comes out.
        types: Vec<Type>,
    },
    /// `dyn A + B`.
    Object(Vec<Bound>),
    /// `impl A + B`.
    Opaque(Vec<Bound>),
    /// A lifetime among generic arguments.
    Lifetime(NameId),
    /// Anything else: `!`, `_`, a macro, a constant among generic arguments.
    Other,
}

/// What a type parameter must be.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Bound {
    /// A trait, with its generic arguments; for `Fn(A) -> B` those are `A` and `B`.
    Trait(NameId, Vec<Type>),
    /// A lifetime.
    Lifetime(NameId),
    /// `?Sized`.
    Relaxed,
}

/// Generic parameters with what is demanded of them.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Generics {
    /// The parameters, in order.
    pub parameters: Vec<Parameter>,
    /// The demands of the `where` clause.
    pub wheres: Vec<(Type, Vec<Bound>)>,
}

/// A generic parameter.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Parameter {
    /// Its name; a lifetime with its quote.
    pub name: NameId,
    /// What it stands for.
    pub kind: ParameterKind,
    /// What is demanded where it is declared.
    pub bounds: Vec<Bound>,
}

/// What a generic parameter stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum ParameterKind {
    /// `'a`.
    Lifetime,
    /// `T`.
    Type,
    /// `const N: usize`.
    Const,
}

impl Generics {
    /// The type parameters.
    pub fn types(&self) -> impl Iterator<Item = &Parameter> {
        self.parameters.iter().filter(|parameter| parameter.kind == ParameterKind::Type)
    }

    /// The lifetime parameters.
    pub fn lifetimes(&self) -> impl Iterator<Item = &Parameter> {
        self.parameters.iter().filter(|parameter| parameter.kind == ParameterKind::Lifetime)
    }
}

impl Type {
    /// The type behind references.
    #[must_use]
    pub fn behind_references(&self) -> &Self {
        match self {
            Self::Reference { to, .. } => to.behind_references(),
            other => other,
        }
    }

    /// The types directly inside this one.
    #[must_use]
    pub fn parts(&self) -> Vec<&Self> {
        match self {
            Self::Path(_, types) | Self::Tuple(types) | Self::Function { types, .. } => {
                types.iter().collect()
            }
            Self::Reference { to, .. } | Self::Pointer { to, .. } | Self::Slice(to) | Self::Array(to) => {
                vec![to]
            }
            Self::Object(bounds) | Self::Opaque(bounds) => bounds.iter().flat_map(Bound::types).collect(),
            Self::Lifetime(_) | Self::Other => Vec::new(),
        }
    }

    /// True when this type, or one inside it, answers yes.
    pub fn any(&self, ask: &mut impl FnMut(&Self) -> bool) -> bool {
        ask(self) || self.parts().into_iter().any(|part| part.any(ask))
    }

    /// Its head, if it is a path.
    #[must_use]
    pub fn head(&self) -> Option<NameId> {
        match self {
            Self::Path(name, _) => Some(*name),
            _ => None,
        }
    }
}

impl Bound {
    /// The generic arguments of a trait.
    #[must_use]
    pub fn types(&self) -> &[Type] {
        match self {
            Self::Trait(_, types) => types,
            Self::Lifetime(_) | Self::Relaxed => &[],
        }
    }
}
