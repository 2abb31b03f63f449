//! The list of what a product is made of: facts joined with what the manufacturer has on record.
//!
//! One neutral shape for every component list that is handed over, whatever its format, and for the
//! rule that says which fields are missing from it.
//!
//! - `decided`: what is on record about an item
//! - `gather`: the list from facts and policy
//! - `maker`: who makes an item, and by what that is known
//! - `profiles`: published lists of fields, and what a list lacks of them

mod decided;
mod gather;
mod maker;
mod profiles;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

use jiff::civil::Date;

use crate::facts::components::{Origin, Ships};
use crate::facts::workspace::EdgeKind;
use crate::policy::{Class, ItemKind, SupportLevel};

pub use gather::{component_purl, member_purl};
pub use maker::{Basis, Maker, Person, address, mail};
pub use profiles::{Extent, Field, Lack, Need, Scope, fields, lacks};

/// What a product is made of.
#[derive(Debug, Clone)]
pub struct Listing {
    /// The product first, then members, components and other items, each in the order of their names.
    pub parts: Vec<Part>,
    /// Who uses whom, by index into the parts; ordered.
    pub uses: Vec<Use>,
    /// Who answers for the list: the manufacturer.
    pub author: Option<Maker>,
    /// The targets it holds for; empty means every platform.
    pub targets: Vec<String>,
    /// True when cargo resolved the graph and nothing of it could not be read.
    pub resolved: bool,
}

/// One entry of the list.
#[derive(Debug, Clone)]
pub struct Part {
    /// Its name within the list: a package URL, with an ordinal where several have the same.
    pub reference: String,
    /// What it is.
    pub sort: Sort,
    /// What it is called.
    pub name: String,
    /// Its version, or for an item the range of versions.
    pub version: Option<String>,
    /// Whether it ends up in the product.
    pub ships: Ships,
    /// Its package URL.
    pub purl: String,
    /// Who makes it.
    pub maker: Option<Maker>,
    /// Authors as its manifest has them.
    pub authors: Vec<Person>,
    /// The licence expression its maker declares, as SPDX writes it.
    pub licence: Option<String>,
    /// What its maker declares of the licence where that is no expression.
    pub licence_words: Option<String>,
    /// What it is, in the words of its maker.
    pub description: Option<String>,
    /// SHA-256 of its archive, from the lock file.
    pub sha256: Option<String>,
    /// SHA-512 of its archive, computed from the archive on this machine.
    pub sha512: Option<String>,
    /// The name of the file it comes as.
    pub file: Option<String>,
    /// Where that file is handed out.
    pub distribution: Option<String>,
    /// Where its source code is kept, at the commit if that is known.
    pub source: Option<String>,
    /// Its page.
    pub homepage: Option<String>,
    /// Clause 4.3, and whether the class is its own or everybody's.
    pub class: Option<(Class, Decided)>,
    /// What the manufacturer has on record.
    pub record: Filed,
    /// What it needs to run: compiler, native library, target.
    pub needs: Option<String>,
    /// The native library it links.
    pub links: Option<String>,
    /// Where a copy comes from.
    pub fork: Option<Copied>,
    /// The source whose crate of this name it stands in for, by `[patch]` or `[replace]`.
    pub replaces: Option<String>,
    /// How it is used.
    pub edges: BTreeSet<EdgeKind>,
    /// Where it stands: the path of a file, the line.
    pub at: Option<(String, usize)>,
    /// Whether all that it uses is listed.
    pub complete: Completeness,
}

/// What an entry is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Sort {
    /// The product itself.
    Product,
    /// A member of the workspace.
    Member,
    /// A third-party crate, and where it comes from.
    Component(Origin),
    /// An item that cargo does not know.
    Item(Option<ItemKind>),
}

/// Whether a decision was taken for one item or for all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decided {
    /// By its own entry.
    Alone,
    /// By the default.
    ByDefault,
}

impl Decided {
    /// The words in lists.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Alone => "by its own entry",
            Self::ByDefault => "by the default",
        }
    }
}

/// What the manufacturer has on record about an item, as far as lists carry it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filed {
    /// How far its maker stands behind it.
    pub support: Option<SupportLevel>,
    /// The last day of its support.
    pub end_of_support: Option<Date>,
    /// What is done when its support ends.
    pub support_plan: Option<String>,
    /// What it is for.
    pub purpose: Option<String>,
    /// What is required of it.
    pub requirement: Option<String>,
    /// The entry of the risk file.
    pub risk: Option<String>,
    /// Where its security news are watched.
    pub watch: Option<String>,
    /// When it was reviewed.
    pub reviewed_on: Option<Date>,
}

/// Where a changed copy comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Copied {
    /// The package and version it was taken from, such as `time@0.1.43`.
    pub of: Option<String>,
    /// Why it was changed.
    pub reason: Option<String>,
    /// What it mends.
    pub fixes: Vec<String>,
    /// The proof of the change.
    pub proof: Option<String>,
}

/// Whether all that a part uses is listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Completeness {
    /// All of it.
    Complete,
    /// Something is known to be missing.
    Incomplete,
    /// Nobody can tell: a native library behind it, an item that cargo does not know, a graph that was
    /// not resolved.
    Unknown,
}

/// One part uses another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Use {
    /// Index of the user.
    pub from: usize,
    /// Index of what is used.
    pub to: usize,
    /// How; `None` where only the lock file knows of it.
    pub kind: Option<EdgeKind>,
}

impl Listing {
    /// What a part uses, each once, in order.
    #[must_use]
    pub fn used_by(&self, part: usize) -> Vec<usize> {
        let start = self.uses.partition_point(|edge| edge.from < part);
        let own = self.uses[start..].iter().take_while(|edge| edge.from == part);
        let mut used: Vec<usize> = own.map(|edge| edge.to).collect();
        used.dedup();
        used
    }
}

impl Part {
    /// `name@version`, as messages name it.
    #[must_use]
    pub fn id(&self) -> String {
        match &self.version {
            Some(version) => format!("{}@{version}", self.name),
            None => self.name.clone(),
        }
    }

    /// True for what is delivered, or may be: not for what only builds or tests.
    #[must_use]
    pub fn is_delivered(&self) -> bool {
        self.ships >= Ships::Unknown
    }

    /// True for a third-party crate.
    #[must_use]
    pub fn is_component(&self) -> bool {
        matches!(self.sort, Sort::Component(_))
    }

    /// True for our own: the product and its members.
    #[must_use]
    pub fn is_own(&self) -> bool {
        matches!(self.sort, Sort::Product | Sort::Member)
    }
}
