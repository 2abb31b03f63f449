//! Flows: what comes from outside, or is secret, and reaches a call where that matters.
//!
//! - `known`: where data enters and arrives, and what lies between, from `rules/flows.toml`
//! - `trace`: the way back from an expression to where its content comes from; `handed`: through calls;
//!   `bind`: through variables; `watch`: what the walk over a file tells the trace; `raw`: what is kept of
//!   one file
//! - `here`: one file with its names; `join`: functions of the workspace followed for one call
//!
//! The trace is lenient towards the code: a content that was looked at before, in any way that could be a
//! check, is taken as checked, and what a function of another crate returns is not what it was given,
//! unless the table says so.

mod bind;
mod handed;
mod here;
mod join;
pub mod known;
pub(super) mod raw;
#[cfg(test)]
mod tests;
mod trace;
mod watch;

use super::{Argument, Call, Site};
use crate::source::Location;

pub(super) use here::{Here, Told};
pub(super) use join::Join;
pub(super) use known::is_setting;
pub(super) use trace::{Tracer, add};

/// A content and the call that it reaches.
#[derive(Debug, Clone)]
pub struct Flow {
    /// What it is.
    pub content: Content,
    /// What it becomes there: the `to` of a sink in `rules/flows.toml`.
    pub to: &'static str,
    /// The call, and the argument that the content is in.
    pub call: Call,
    /// The index of the argument.
    pub position: usize,
    /// Where it arrives in the end, when the call is one of a function of the workspace.
    pub beyond: Option<Location>,
}

/// A content that matters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Content {
    /// What it is.
    pub nature: Nature,
    /// The name that tells it, or the function or type that brings it in.
    pub name: String,
    /// Where it is first met.
    pub at: Location,
    /// True for the thing itself, false for a part of it or something made of it.
    pub whole: bool,
}

/// What a content is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Nature {
    /// Anybody who reaches the device can choose it: `a request`.
    Far(&'static str),
    /// Whoever runs the program can choose it: `the environment`.
    Near(&'static str),
    /// A secret, by its name.
    Secret,
    /// A patient's data, by its name.
    Health,
    /// What proves that something is genuine, by its name: a signature, a token.
    Proof,
    /// Something of which only a part may be shown: a request, a data set.
    Message(&'static str),
    /// A value that can be predicted.
    Predictable(&'static str),
    /// A parameter of the function: told only of queries and commands, which are dangerous with whatever
    /// is put into them.
    Given,
}

/// Two things compared with `==` or `!=`, of which one has a telling name.
#[derive(Debug, Clone)]
pub struct Comparison {
    /// The two sides.
    pub sides: [Compared; 2],
    /// The whole, and what encloses it.
    pub site: Site,
}

/// A side of a comparison.
#[derive(Debug, Clone)]
pub struct Compared {
    /// Its value and place.
    pub argument: Argument,
    /// What it says something of.
    pub contents: Vec<Content>,
}

/// Something with a telling name that gets what a call of interest returns.
#[derive(Debug, Clone)]
pub struct Bound {
    /// The name.
    pub name: String,
    /// What it gets.
    pub contents: Vec<Content>,
    /// The name, and what encloses it.
    pub site: Site,
}

impl Flow {
    /// The argument that the content is in.
    #[must_use]
    pub fn argument(&self) -> Option<&Argument> {
        self.call.arguments.get(self.position)
    }
}
