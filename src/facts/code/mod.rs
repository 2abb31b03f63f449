//! The workspace's own sources: modules, names, items, calls, unsafe sites.
//!
//! The module tree is followed (`mod`, `#[path]`, `include!`), not the folder, so that what is
//! judged is what is compiled. Names are resolved before anybody judges them.
//!
//! What one file shows by itself (`syntax`, with `lex`, `limits`, `attributes`, `reach`, `acceptances`, `macros`,
//! `reparse`, `includes`, `locals`, `symbols`, `unsafety`, `flows`) is kept between runs under the checksum of its text.
//! `tree` finds the files, `names`, `values` and `fields` tell what they mean together, and
//! `assembly` puts the facts together, those of each file in `parts`.
//!
//! What `include!` names is read as code where its name is written out, from `CARGO_MANIFEST_DIR` on
//! too. What a build script generates into `OUT_DIR` is not there before a build, and stale after
//! one: reading it would make verdicts depend on what was built last. Each such place is a blind
//! spot (`includes`), shown in every report, and no [`Gap`](super::Gap): a gap says what somebody can
//! mend, and leaves rules undetermined until it is; this one nobody could mend but by doing without
//! generated code. Verdicts on code therefore speak of the code that people wrote.

mod acceptances;
pub mod anatomy;
mod assembly;
mod attributes;
mod calls;
mod fields;
pub mod flows;
mod includes;
mod lex;
mod limits;
mod locals;
mod macros;
mod names;
mod opened;
mod paired;
mod parts;
mod prelude;
mod presets;
mod reach;
mod reparse;
mod seen;
mod settled;
mod sites;
mod spans;
mod strings;
mod symbols;
mod syntax;
mod templates;
#[cfg(test)]
mod tests;
mod text;
mod tree;
mod unsafety;
mod values;

use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;

use crate::source::{Location, Placed, Source};

use super::lints::LintLevel;
use super::workspace::TargetKind;

pub use anatomy::Anatomy;
pub use assembly::{Asked, gather};
pub use calls::Calls;
pub use opened::Opened;
pub use settled::Settled;
pub use text::Text;

/// A map for small keys: its hash is fast, and seeded anew in each run, so that no input can make it slow.
type Map<K, V> = HashMap<K, V, foldhash::fast::RandomState>;

/// Everything seen in the workspace's own sources. Lists are sorted by place; a file that several
/// targets share is listed once, with the widest scope.
#[derive(Debug, Default)]
pub struct Code {
    /// Every target with its crate root.
    pub units: Vec<Unit>,
    /// Every file of the module trees.
    pub files: Vec<File>,
    /// Functions, types, statics, constants, impls, traits.
    pub items: Vec<Item>,
    /// Function, method and macro calls; those in tests only where a threat model is linked, which may name them.
    pub calls: Calls,
    /// Every unsafe site.
    pub unsafe_sites: Vec<UnsafeSite>,
    /// What functions, types, traits and impls are made of.
    pub anatomy: Anatomy,
    /// Lint attributes.
    pub lint_attributes: Vec<LintAttribute>,
    /// Deviations that comments state.
    pub acceptances: Vec<Acceptance>,
    /// Places that take in code which was not seen, most often what a build script generates, and functions
    /// too large to be followed.
    pub blind_spots: Vec<Site>,
    /// What comes from outside or is secret, and reaches a call where that matters.
    pub flows: Vec<flows::Flow>,
    /// Calls where it matters what they are given, and which are given more than is followed.
    pub unfollowed: Vec<Site>,
    /// Comparisons of things with telling names.
    pub comparisons: Vec<flows::Comparison>,
    /// Things with telling names that get what a call of interest returns.
    pub named: Vec<flows::Bound>,
    /// Two sequences compared pair by pair, up to the end of the shorter one.
    pub paired: Vec<Paired>,
    /// Calls and fields whose value settles how safe something is.
    pub settled: Vec<Settled>,
    /// Calls that open an interface of the product.
    pub opened: Vec<Opened>,
    /// How many files were known from earlier runs.
    pub from_cache: usize,
}

/// A compilation unit: one target of one member.
#[derive(Debug, Clone)]
pub struct Unit {
    /// Index into the members.
    pub member: usize,
    /// The crate name, with underscores.
    pub name: String,
    /// What it is.
    pub kind: TargetKind,
    /// The root file; `None` where it can't be read (a gap says so).
    pub root: Option<Arc<Source>>,
}

/// A file of a module tree.
#[derive(Debug, Clone)]
pub struct File {
    /// The file.
    pub source: Arc<Source>,
    /// Index into the units.
    pub unit: usize,
    /// The module it holds, such as `pump::net`.
    pub module: String,
    /// Which code it is.
    pub scope: Scope,
    /// False where `syn` could not parse it: only tokens were seen, and a gap says so.
    pub parsed: bool,
    /// The parts of it that are compiled for tests only.
    pub tests: Vec<Location>,
}

/// Which code a thing is part of. Ordered from the narrowest to the widest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Scope {
    /// Tests, examples, benches, `cfg(test)`, functions with a test attribute.
    Test,
    /// Build scripts.
    Build,
    /// What ships.
    Product,
}

/// Where something stands: the place and what encloses it.
#[derive(Debug, Clone)]
pub struct Site {
    /// The place.
    pub at: Location,
    /// Index into the units.
    pub unit: usize,
    /// The path of the enclosing item, such as `pump::net::serve` or `pump::Driver::read`; of the
    /// module where nothing else encloses it.
    pub within: Text,
    /// Which code it is part of.
    pub scope: Scope,
    /// `cfg` conditions that enclose it, as written, outermost first.
    pub cfg: Arc<[Text]>,
    /// True inside the arguments of a macro call or the body of a `macro_rules!`.
    pub in_macro: bool,
}

/// An item.
#[derive(Debug, Clone)]
pub struct Item {
    /// What it is.
    pub kind: ItemKind,
    /// Its path, such as `pump::Driver::read`.
    pub path: String,
    /// True when it is visible outside its crate's module (`pub` in any form).
    pub public: bool,
    /// Attributes as written, without `#[` and `]`, `cfg_attr` included.
    pub attributes: Vec<String>,
    /// True for a function with a test attribute (`#[test]`, `#[tokio::test]`, `#[rstest]`, ...).
    pub test: bool,
    /// True for a test that is `#[ignore]`d.
    pub ignored: bool,
    /// Value of a constant or static, as far as it can be told.
    pub value: Option<Value>,
    /// Named fields of a struct or of the variants of an enum; named parameters of a function.
    pub fields: Vec<FieldFact>,
    /// The type that a function returns, through `Result` and `Option`, or that of a static, where its methods may open
    /// an interface.
    pub returns: Option<Name>,
    /// Where its name stands, and what encloses it.
    pub site: Site,
}

/// A named field of a struct.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldFact {
    /// Its name.
    pub name: String,
    /// Its type, if that is a path, through references and owning pointers.
    pub of_type: Option<Name>,
    /// Its type as it is written, such as `Option<String>`.
    pub written: String,
    /// Its attributes as written, without `#[` and `]`.
    pub attributes: Vec<String>,
    /// The default that a `clap` or `serde` attribute gives it.
    pub default: Option<Value>,
}

/// What an item is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ItemKind {
    /// A function or method.
    Function,
    /// A struct.
    Struct,
    /// An enum.
    Enum,
    /// A union.
    Union,
    /// A trait.
    Trait,
    /// A constant.
    Const,
    /// A static.
    Static,
    /// A `static mut`.
    StaticMut,
    /// A type alias.
    Type,
    /// A module.
    Module,
    /// A `macro_rules!`.
    Macro,
}

/// A call. Of one in a test is told what is called, and not on what and with what: nobody asks.
#[derive(Debug, Clone)]
pub struct Call {
    /// What is called.
    pub callee: Callee,
    /// The arguments; for a macro, those of its arguments that are expressions.
    pub arguments: Vec<Argument>,
    /// For a method call: what its receiver is built from, with the arguments, such as
    /// `std::process::Command::new("sh")` for each call on that builder.
    pub origin: Value,
    /// For a method call: where that beginning stands; the same for all calls on one builder.
    pub start: Option<Location>,
    /// True in a branch of an `if` or `match` of its function: it may not run.
    pub conditional: bool,
    /// True where nobody looks at the result.
    pub discarded: bool,
    /// For a macro call: true where its arguments are, at least in part, no Rust that could be looked into.
    pub unread: bool,
    /// The whole call, and what encloses it.
    pub site: Site,
}

/// Two sequences compared pair by pair.
#[derive(Debug, Clone)]
pub struct Paired {
    /// True where the pairs are put together by exclusive or.
    pub mixes: bool,
    /// The method that goes through the pairs, and what encloses it.
    pub site: Site,
}

/// A field that gets a value: `x.name = value`, `X { name: value }`.
#[derive(Debug, Clone)]
pub struct FieldSet {
    /// The type or function that what has the field comes from.
    pub of: Option<Name>,
    /// The field.
    pub name: String,
    /// The value.
    pub value: Value,
    /// Name and value, and what encloses them.
    pub site: Site,
}

impl Call {
    /// Where the name of what is called stands, to the end of the call: without the chain before it.
    #[must_use]
    pub fn name_place(&self) -> Location {
        let (place, Callee::Method { name, .. }) = (&self.site.at, &self.callee) else {
            return self.site.at.clone();
        };
        let Range { start, end } = place.bytes();
        let before = self.arguments.first().map_or(end, |argument| argument.at.bytes().start);
        let chain = place.source().at(start..before.clamp(start, end));
        match chain.snippet().rfind(name.as_str()) {
            Some(at) => place.source().at(start + at..end),
            None => place.clone(),
        }
    }
}

/// What is called.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Callee {
    /// `path(..)`, or a tuple struct.
    Path(Name),
    /// `receiver.name(..)`.
    Method {
        /// The method.
        name: Text,
        /// What the receiver is built from, as far as one function shows: the path of the call or
        /// constant at the start of the chain, through lets, `?` and `.await`; or the path of a
        /// type: of an annotated parameter or variable, of `self`, of a field of either.
        receiver: Option<Name>,
        /// The methods between that start and this call, first to last.
        chain: Vec<Text>,
    },
    /// `name!(..)`.
    Macro(Name),
}

/// A path in code, before and after resolution.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Name {
    /// As written, without generics.
    pub written: Text,
    /// The full path, through `use`, aliases, globs, re-exports and renames, starting with a crate
    /// name (`std`, `pump`, a component): `std::process::Command::new`. Names of `alloc` and `core`
    /// that `std` re-exports start with `std`. `None` where it could not be told.
    pub resolved: Option<Text>,
}

impl Name {
    /// True when the name is known to be one of these full paths.
    #[must_use]
    pub fn is_any(&self, paths: &[&str]) -> bool {
        self.resolved.as_deref().is_some_and(|resolved| paths.contains(&resolved))
    }
}

/// An argument of a call.
#[derive(Debug, Clone)]
pub struct Argument {
    /// Its value, as far as it can be told.
    pub value: Value,
    /// Its value where nobody says otherwise, if that tells more: `8080` for `port.unwrap_or(8080)`.
    pub preset: Option<Box<Value>>,
    /// The variable or field that it is, if it is nothing more: `x` for `*x`, `&self.x` and `x as T`.
    pub name: Option<Text>,
    /// Where it stands.
    pub at: Location,
}

/// What an expression is known to be, through literals, constants and lets bound once.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Value {
    /// A string.
    Text(String),
    /// An integer.
    Integer(i128),
    /// A truth value.
    Bool(bool),
    /// Bytes: a byte string or an array of integers.
    Bytes(Vec<u8>),
    /// A format string with its arguments put in where they are known: `None` parts are not.
    Composed(Vec<Option<String>>),
    /// A path to something that is not known better: a variant, a constant of another crate.
    Path(Name),
    /// A call with its callee and arguments: `Ipv4Addr::new(0, 0, 0, 0)`.
    Call(Box<Name>, Vec<Value>),
    /// A tuple, or an array of anything but bytes.
    Tuple(Vec<Value>),
    /// A field that a file of settings may fill; only among presets.
    Setting(Box<Setting>),
    /// Anything else.
    #[default]
    Unknown,
}

/// A field that a file of settings may fill.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Setting {
    /// The types on the way to it by their full paths, each with the field that follows; outermost first.
    pub steps: Vec<(Text, Text)>,
    /// What it is where no file says anything.
    pub otherwise: Value,
    /// The key in a file, such as `service.port`.
    pub key: Option<String>,
    /// What files say that it is: texts and integers.
    pub said: Vec<Placed<Value>>,
}

/// One place where the compiler's guarantees are switched off.
#[derive(Debug, Clone)]
pub struct UnsafeSite {
    /// What it is.
    pub kind: UnsafeKind,
    /// The text of its `SAFETY:` comment or `# Safety` section, if it has one.
    pub argument: Option<String>,
    /// True for a function of a trait's implementation: the trait states what callers owe it.
    pub trait_method: bool,
    /// The identifiers in it: of a block all of them, of anything else those of its head.
    pub names: Vec<String>,
    /// For a block in the body of a `macro_rules!`: the variables in it that stand for code of the
    /// caller, such as `$value:expr`, without the dollar.
    pub pastes: Vec<String>,
    /// The keyword, and what encloses it.
    pub site: Site,
}

/// What an unsafe site is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum UnsafeKind {
    /// `unsafe { .. }`.
    Block,
    /// `unsafe fn`.
    Function,
    /// `unsafe impl`.
    Impl,
    /// `unsafe trait`.
    Trait,
    /// `extern "C" { .. }`, with or without `unsafe`.
    ExternBlock,
    /// `#[unsafe(..)]`, and `no_mangle`, `export_name`, `link_section` without it.
    Attribute,
    /// `static mut`.
    StaticMut,
    /// `union`.
    Union,
    /// `asm!`, `global_asm!`, `naked_asm!`.
    Asm,
    /// An `unsafe` token in the body of a `macro_rules!`.
    MacroBody,
    /// An `unsafe` token that only the lexer saw.
    Token,
}

/// `#[allow(..)]` and its kin.
#[derive(Debug, Clone)]
pub struct LintAttribute {
    /// The lint with its tool.
    pub lint: String,
    /// The level.
    pub level: LintLevel,
    /// The reason given.
    pub reason: Option<String>,
    /// True for an inner attribute of a crate root: it holds for the whole crate.
    pub crate_wide: bool,
    /// The condition of an enclosing `cfg_attr`, as written.
    pub condition: Option<String>,
    /// What it speaks of.
    pub reach: Reach,
    /// The level as a word of the attribute, such as `allow`.
    pub word: Location,
    /// True where there is unsafe code in what it stands on whatever the build, and nothing closer speaks of
    /// that lint: `unsafe_code` is sure to have something to say there.
    pub over_unsafe: bool,
    /// The lint's name, and what encloses it.
    pub site: Site,
}

/// What an attribute speaks of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reach {
    /// The thing that it stands on.
    Code(Location),
    /// A module with all that is in it, whichever files hold it, such as `pump::net`.
    Module(String),
}

/// A deviation that a comment states: `// health-sec: accept(rule) reason`.
#[derive(Debug, Clone)]
pub struct Acceptance {
    /// The rule as written; empty where the comment can't be read.
    pub rule: String,
    /// The reason; empty where it gives none.
    pub reason: String,
    /// The comment.
    pub at: Location,
    /// The code that it is about, with the comment itself.
    pub beside: Location,
}

impl LintAttribute {
    /// True under a `cfg_attr` that holds in test builds only.
    #[must_use]
    pub fn in_tests_only(&self) -> bool {
        let condition: String = self.condition.iter().flat_map(|text| text.split_whitespace()).collect();
        condition == "test" || condition.starts_with("all(test,")
    }
}

impl Acceptance {
    /// True for a place that it is about.
    #[must_use]
    pub fn holds(&self, at: &Location) -> bool {
        let (beside, start) = (self.beside.bytes(), at.bytes().start);
        at.path() == self.at.path() && beside.start <= start && start < beside.end
    }
}
