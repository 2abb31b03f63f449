//! What one file shows of flows: plain, owned, without names resolved.

use std::ops::{Deref, DerefMut};

use serde::{Deserialize, Serialize};

use super::super::seen::{PathAt, ScopeId, Span, Str, Sym};

/// What an expression says something of.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(in super::super) struct Roots {
    pub list: Vec<Root>,
    /// There was more than is followed.
    pub cut: bool,
}

impl Roots {
    pub(super) fn of(root: Root) -> Self {
        Self { list: vec![root], cut: false }
    }

    /// Something that was not looked at.
    pub(super) fn unseen() -> Self {
        Self { list: Vec::new(), cut: true }
    }
}

impl Deref for Roots {
    type Target = Vec<Root>;

    fn deref(&self) -> &Vec<Root> {
        &self.list
    }
}

impl DerefMut for Roots {
    fn deref_mut(&mut self) -> &mut Vec<Root> {
        &mut self.list
    }
}

/// Something whose content reaches an expression.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(in super::super) struct Root {
    pub from: From,
    /// What it went through, and what looked at it.
    pub marks: Vec<Str>,
    /// True while it is the thing itself, and not a part of it.
    pub whole: bool,
}

/// Where a content comes from.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(in super::super) enum From {
    /// A parameter of the function.
    Parameter(Box<Parameter>),
    /// The result of a call.
    Call(PathAt, Span),
    /// The result of a method, with what its receiver is built from.
    Method(Str, Sym, Span),
    /// A variable, field or entry that is named so, and the field that it is.
    Named(Str, Option<Sym>, Span),
    /// An argument of a function that may hand it on in its result.
    Passed(Box<Passed>),
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(in super::super) struct Parameter {
    /// The declaration of the function.
    pub function: u32,
    pub index: u8,
    pub of: Option<PathAt>,
    /// The first generic argument of its type.
    pub inner: Option<PathAt>,
    /// The field of it that is meant.
    pub field: Option<Str>,
    pub at: Span,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(in super::super) struct Passed {
    pub to: Target,
    pub argument: u8,
    pub root: Root,
}

/// What is called.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(in super::super) enum Target {
    Path(PathAt),
    /// A method of something of this type.
    Method(Sym, Str),
}

/// A call that something reaches.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
pub(in super::super) struct Trace {
    /// Index into the calls of the file.
    pub call: u32,
    pub arguments: Vec<(u8, Roots)>,
}

/// What a function returns.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
pub(in super::super) struct Returned {
    /// The declaration of the function.
    pub function: u32,
    pub roots: Roots,
}

/// Something with a telling name that gets what comes from a call of interest.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
pub(in super::super) struct Bound {
    pub scope: ScopeId,
    pub at: Span,
    pub in_macro: bool,
    pub name: Str,
    pub roots: Roots,
}

/// Two things compared with `==` or `!=`, one of which has a telling name.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
pub(in super::super) struct Comparison {
    pub scope: ScopeId,
    pub at: Span,
    pub in_macro: bool,
    pub sides: [Side; 2],
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
pub(in super::super) struct Side {
    pub at: Span,
    pub value: Sym,
    pub roots: Roots,
}
