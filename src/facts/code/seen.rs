//! What one file shows by itself: plain, owned, without a unit around it.
//!
//! Nothing here depends on where the file hangs in a module tree, so it can be kept between runs
//! under the checksum of the text. Names are as written, with the scope they are written in.

use serde::{Deserialize, Serialize};

use super::anatomy::{Function, Impl, Raw, Trait, TypeItem};
use super::flows::raw::{Bound, Comparison, Returned, Trace};
use super::strings::Strings;
use super::{ItemKind, UnsafeKind};
use crate::facts::lints::LintLevel;

/// An index into [`Seen::strings`].
pub(super) type Str = u32;
/// An index into [`Seen::scopes`].
pub(super) type ScopeId = u32;
/// A range of bytes.
pub(super) type Span = (u32, u32);

/// What one file shows.
#[derive(Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Seen {
    pub strings: Strings,
    /// The bytes before the program: a byte order mark, a shebang line. All places count from there.
    pub offset: u32,
    /// Why it could not be parsed, and where.
    pub fault: Option<(String, Span)>,
    /// The first is the file's own module.
    pub scopes: Vec<Scope>,
    pub uses: Vec<Use>,
    pub files: Vec<Outside>,
    pub decls: Vec<Decl>,
    /// What functions called `default` put into fields.
    pub presets: Vec<Preset>,
    /// Kept beside it, and unpacked for the files that are judged.
    #[serde(skip)]
    pub inside: Inside,
    /// Kept beside it, and unpacked for those of them that are part of the product.
    #[serde(skip)]
    pub product: Product,
}

/// What nobody asks for of another file: most of what there is.
#[derive(Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Inside {
    pub calls: Vec<Call>,
    pub unsafe_sites: Vec<Unsafe>,
    pub lints: Vec<Lint>,
    /// Deviations that comments state.
    pub acceptances: Vec<Acceptance>,
    /// Code that is compiled for tests only.
    pub tests: Vec<Span>,
}

/// What nobody asks for of tests, nor of another file.
#[derive(Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Product {
    pub traces: Vec<Trace>,
    pub returned: Vec<Returned>,
    pub comparisons: Vec<Comparison>,
    pub named: Vec<Bound>,
    pub fields_set: Vec<FieldSet>,
    pub paired: Vec<Paired>,
    pub functions: Vec<Raw<Function>>,
    pub types: Vec<Raw<TypeItem>>,
    pub traits: Vec<Raw<Trait>>,
    pub impls: Vec<Raw<Impl>>,
}

/// A region with names of its own or a path segment of its own.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[expect(clippy::struct_excessive_bools, reason = "independent facts, each with its name")]
pub(super) struct Scope {
    pub parent: ScopeId,
    pub kind: ScopeKind,
    /// The segment it adds to paths of what stands inside.
    pub name: Option<Str>,
    /// For an `impl`: the self type, as a path, if it is one.
    pub self_type: Option<Str>,
    /// Names of its generic parameters: they hide everything outside.
    pub generics: Vec<Str>,
    pub cfg: Vec<Str>,
    pub test: bool,
    pub in_macro: bool,
    /// For a module: whether others may name it.
    pub public: bool,
    /// True where an unknown macro may have declared names.
    pub opaque: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum ScopeKind {
    Module,
    Impl,
    Trait,
    Enum,
    /// A function, a constant, a type.
    Item,
    Block,
}

/// One name or glob of a `use`, or an `extern crate`.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[expect(clippy::struct_excessive_bools, reason = "independent facts, each with its name")]
pub(super) struct Use {
    pub scope: ScopeId,
    /// With a leading `::` where it is written.
    pub path: Str,
    pub name: UseName,
    pub public: bool,
    pub extern_crate: bool,
    pub with_macros: bool,
    /// Only for tests.
    pub test: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum UseName {
    As(Str),
    /// `foo::{self}`: only the module or type.
    SelfAs(Str),
    Glob,
    /// `as _`.
    Nothing,
}

/// `mod x;` or `include!("x")`, and what is taken in unseen.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Outside {
    /// The scope in which it stands.
    pub scope: ScopeId,
    pub at: Span,
    pub what: OutsideKind,
    pub cfg: Vec<Str>,
    pub test: bool,
    pub public: bool,
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
pub(super) enum OutsideKind {
    /// The name, and every `#[path]` with whether it is certain (not in a `cfg_attr`).
    Module { name: Str, paths: Vec<(Str, bool)> },
    /// `#[path]` on an inline module: another folder for the files of its modules.
    Folder { scope: ScopeId, name: Str, paths: Vec<(Str, bool)> },
    /// A file, relative to this one.
    Include(Str),
    /// A file, relative to the package.
    PackageInclude(Str),
    /// Code that is not at hand.
    Unseen,
}

/// An item.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[expect(clippy::struct_excessive_bools, reason = "independent facts, each with its name")]
pub(super) struct Decl {
    pub scope: ScopeId,
    pub name: Str,
    pub kind: DeclKind,
    pub public: bool,
    pub at: Span,
    pub attributes: Vec<Str>,
    pub cfg: Vec<Str>,
    pub test_fn: bool,
    pub ignored: bool,
    /// True below `cfg(test)` or a test attribute of its own.
    pub test: bool,
    pub in_macro: bool,
    /// The scope it opens, for modules, enums, traits.
    pub opens: Option<ScopeId>,
    /// A constant's value; the one expression of a function without parameters.
    pub value: Option<Sym>,
    /// What a type alias stands for.
    pub alias: Option<Str>,
    /// The type that a function returns, through `Result` and `Option`; that of a static.
    pub returns: Option<Str>,
    /// Of a struct or variant its named fields; of a function its parameters.
    pub fields: Vec<Field>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum DeclKind {
    Item(ItemKind),
    /// A tuple or unit struct: a value too.
    ValueStruct,
    Variant,
}

/// A named field of a struct.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Field {
    pub name: Str,
    pub ty: Option<Str>,
    /// Its type as it is written, and its attributes.
    pub written: Str,
    pub attributes: Vec<Str>,
    /// From `clap` or `serde` attributes.
    pub default: Option<Sym>,
}

/// A path where it is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(super) struct PathAt {
    pub path: Str,
    pub scope: ScopeId,
    pub ns: Namespace,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(super) enum Namespace {
    Type,
    Value,
    Macro,
    /// A local variable or closure: nothing that can be resolved.
    Local,
}

/// A whole number as large as any literal. As `i128` it would have everything that may hold one aligned like it,
/// which costs room and time.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[repr(Rust, packed(8))]
pub(super) struct Whole(pub i128);

/// What an expression says, before names are resolved.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(super) enum Sym {
    Text(Str),
    Integer(Whole),
    Bool(bool),
    Bytes(Vec<u8>),
    Path(PathAt),
    /// Something of this type.
    Typed(PathAt),
    Call(PathAt, Vec<Sym>),
    /// Text put together.
    Concat(Vec<Sym>),
    Add(Box<Sym>, Box<Sym>),
    Tuple(Vec<Sym>),
    Array(Vec<Sym>),
    Field(Box<Sym>, Str),
    /// The value of `"..".parse()` and the like: known only where the inside is a text.
    Same(Box<Sym>),
    /// What it is unless something else is said: `.unwrap_or(8080)`.
    Else(Box<Sym>),
    /// A field, and what it is where that holds nothing: `self.port.unwrap_or(8080)`.
    Or(Box<Sym>, Box<Sym>),
    /// What the command line says under a name: `.get_one("port")`.
    Keyed(Str),
    /// A parameter of a plain type, by its name.
    Given(Str),
    #[default]
    Unknown,
}

/// Where a chain of method calls begins.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Origin {
    pub start: Sym,
    pub at: Span,
    pub chain: Vec<Str>,
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[expect(clippy::struct_excessive_bools, reason = "each says something else about where the call stands")]
pub(super) struct Call {
    pub scope: ScopeId,
    pub at: Span,
    pub callee: Callee,
    pub arguments: Vec<Argument>,
    /// True in a branch of an `if` or `match` of its function.
    pub conditional: bool,
    /// True where nobody looks at the result.
    pub discarded: bool,
    /// True for a macro call with arguments that are no Rust.
    pub unread: bool,
    pub in_macro: bool,
}

/// Two sequences compared pair by pair.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Paired {
    pub scope: ScopeId,
    pub at: Span,
    pub in_macro: bool,
    /// By exclusive or.
    pub mixes: bool,
}

/// A field that gets a value: `x.name = value`, `X { name: value }`.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct FieldSet {
    pub scope: ScopeId,
    pub at: Span,
    pub of: Option<Sym>,
    pub name: Str,
    pub value: Sym,
    pub in_macro: bool,
}

/// A field in a function called `default`: `Self { port: 8080 }`.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Preset {
    pub scope: ScopeId,
    /// The type, as it is written there.
    pub of: Str,
    pub name: Str,
    pub value: Sym,
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
pub(super) enum Callee {
    Path(PathAt),
    Method(Str, Option<Origin>),
    Macro(PathAt),
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Argument {
    pub value: Sym,
    /// The variable or field that it is, if it is nothing more.
    pub name: Option<Str>,
    pub at: Span,
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Unsafe {
    pub scope: ScopeId,
    pub at: Span,
    pub kind: UnsafeKind,
    pub argument: Option<String>,
    pub trait_method: bool,
    /// For a block in a macro's body: the variables in it that stand for code of the caller.
    pub pastes: Vec<String>,
    pub in_macro: bool,
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Lint {
    pub scope: ScopeId,
    pub at: Span,
    pub name: Str,
    pub level: LintLevel,
    pub reason: Option<Str>,
    /// An inner attribute of the file itself.
    pub of_file: bool,
    /// The condition of an enclosing `cfg_attr`.
    pub condition: Option<Str>,
    pub in_macro: bool,
    pub reach: Reach,
    /// The level as a word of the attribute.
    pub word: Span,
    /// In each build there is unsafe code in what it stands on, and nothing closer speaks of that.
    pub over_unsafe: bool,
}

/// What an attribute speaks of.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) enum Reach {
    Code(Span),
    /// A module in a file of its own, by name.
    Module(String),
}

/// `// health-sec: accept(rule) reason`; without a rule where it can't be read.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Acceptance {
    pub at: Span,
    pub rule: String,
    pub reason: String,
    /// The code that it is about, from the start of a line to the end of one.
    pub beside: Span,
}

impl Seen {
    pub(super) fn str(&self, id: Str) -> &str {
        self.strings.get(id)
    }
}
