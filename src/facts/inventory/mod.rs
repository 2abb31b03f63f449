//! What the sources of components hold, at lexer speed: unsafe code, capabilities, build-time code.
//!
//! Statements are *at least* statements: a lexer sees what is written, not what a macro or a trait
//! object makes of it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::request::Request;

use super::Gap;
use super::components::Components;

/// What was seen in each component that ships or runs at build time.
#[derive(Debug, Default)]
pub struct Inventory {
    /// By index into the components.
    pub of: BTreeMap<usize, Seen>,
}

/// What was seen in the sources of one component.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seen {
    /// Rust files read.
    pub files: u32,
    /// Bytes read.
    pub bytes: u64,
    /// Every `unsafe` token by what it introduces.
    pub unsafe_tokens: UnsafeCounts,
    /// True when the library root says `#![forbid(unsafe_code)]`.
    pub forbids_unsafe: bool,
    /// What it is able to do, at least.
    pub capabilities: Vec<Capability>,
}

/// Unsafe tokens by what they introduce.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct UnsafeCounts {
    /// `unsafe { .. }`.
    pub blocks: u32,
    /// `unsafe fn`, `unsafe extern fn`.
    pub functions: u32,
    /// `unsafe impl`.
    pub impls: u32,
    /// `unsafe trait`.
    pub traits: u32,
    /// `extern` blocks, with or without the word `unsafe`.
    pub extern_blocks: u32,
    /// `#[unsafe(..)]`.
    pub attributes: u32,
    /// Tokens that introduce none of these.
    pub other: u32,
}

impl UnsafeCounts {
    /// All of them.
    #[must_use]
    pub fn total(&self) -> u32 {
        self.blocks
            + self.functions
            + self.impls
            + self.traits
            + self.extern_blocks
            + self.attributes
            + self.other
    }
}

/// What a component is able to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Capability {
    /// Opens sockets.
    Net,
    /// Starts programs.
    Process,
    /// Writes files.
    FileWrite,
    /// Reads or writes environment variables.
    Env,
    /// Calls foreign functions.
    Ffi,
    /// Loads libraries at run time.
    Dlopen,
}

/// Reads the sources of every component that ships or runs at build time.
pub fn gather(components: &Components, request: &Request, gaps: &mut Vec<Gap>) -> Inventory {
    let _ = (components, request);
    gaps.push(Gap::new(super::Kind::Inventory, "components", "the inventory is not gathered yet", ""));
    Inventory::default()
}
