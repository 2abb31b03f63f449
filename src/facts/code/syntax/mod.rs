//! Walks the syntax of one file and writes down what it shows.
//!
//! The walk keeps a scope (modules, items, blocks) and the local variables in view. Nothing of
//! `syn` outlives it. Here is its state; `visitor` says what is done at each kind of node, `items` what an item declares,
//! `expressions` which values are handed on, `paths` what a name is as text.

mod expressions;
mod items;
mod paths;
mod visitor;

use std::rc::Rc;

use proc_macro2::Span;
use syn::visit::Visit as _;
use syn::{Attribute, Ident, Path, Type};

use super::anatomy::{Asked, Lowering, Owner};
use super::attributes::Said;
use super::flows::Tracer;
use super::lex::{Lexed, lex, prelude_len};
use super::limits::Limits;
use super::locals::Locals;
use super::seen::{
    Argument, Call, Callee, Namespace, Outside, OutsideKind, PathAt, Scope, ScopeId, ScopeKind, Seen, Str,
    Unsafe,
};
use super::unsafety::Comments;
use super::{Map, UnsafeKind, acceptances, reach, reparse, seen, spans, symbols, tree};
pub(super) use paths::{path_of_type, path_text};
use paths::{write_name, write_path};

/// Everything one file shows by itself; of tests no more than is asked of them. `shipped` are the features for tests that the
/// product is built with.
pub(super) fn see(text: &str, wanted: tree::Wanted, shipped: &[String]) -> Seen {
    let offset = prelude_len(text);
    let mut seen = see_body(&text[offset..], wanted, shipped);
    seen.offset = u32::try_from(offset).unwrap_or(0);
    seen
}

fn see_body(text: &str, wanted: tree::Wanted, shipped: &[String]) -> Seen {
    let lexed = lex(text);
    if let Some(place) = lexed.too_deep {
        return tokens_only(&lexed, "it nests deeper than any program that people write", place);
    }
    // The parser and the lexer below it have faults of their own; one file must not end the run.
    let walked = std::panic::catch_unwind(|| spans::of_text(text, || walk(text, &lexed, wanted, shipped)));
    proc_macro2::extra::invalidate_current_thread_spans();
    let mut seen = match walked {
        Ok(Ok(seen)) => seen,
        Ok(Err((why, place))) => tokens_only(&lexed, &why, place),
        Err(_) => tokens_only(&lexed, "the parser failed on it", (0, 0)),
    };
    seen.inside.acceptances = acceptances::read(text, &lexed.comments);
    seen
}

fn walk(
    text: &str,
    lexed: &Lexed,
    wanted: tree::Wanted,
    shipped: &[String],
) -> Result<Seen, (String, seen::Span)> {
    let file = syn::parse_file(text).map_err(|error| {
        let range = error.span().byte_range();
        let shift = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
        (format!("it can't be parsed: {error}"), (shift(range.start), shift(range.end)))
    })?;
    let comments = Comments(lexed.comments.clone());
    let mut walk = Walk {
        text,
        shipped,
        comments,
        seen: Seen::default(),
        strings: Map::default(),
        word: String::new(),
        scope: 0,
        in_macro: false,
        macro_depth: 0,
        unread: false,
        locals: Locals::default(),
        block_argument: None,
        statement: 0,
        in_trait_impl: false,
        conditional: false,
        in_tests: false,
        calls_of_tests: wanted.calls_of_tests,
        into_tests: wanted.calls_of_tests || text.contains("unsafe"),
        tracer: Tracer::default(),
        discarded: None,
        limits: Limits::of(text),
        lowering: Lowering::default(),
        owner: Owner::Module,
        has_unsafe: !lexed.unsafe_tokens.is_empty(),
        asked: if wanted.of_tests { Asked::default() } else { Asked::of(text) },
        parsed: Map::default(),
    };
    let said = walk.said(&file.attrs);
    walk.push_scope(ScopeKind::Module, None, &said);
    walk.in_tests = wanted.of_tests || said.test;
    walk.below(&file.attrs, |walk| {
        for item in &file.items {
            walk.visit_item(item);
        }
    });
    if let Some(why) = walk.limits.broken {
        return Err((why.to_owned(), (0, 0)));
    }
    reach::complete(&mut walk, &file);
    Ok(walk.seen)
}

/// What the lexer alone can tell.
fn tokens_only(lexed: &Lexed, why: &str, place: seen::Span) -> Seen {
    let mut seen = Seen { fault: Some((why.to_owned(), place)), ..Seen::default() };
    seen.scopes.push(Scope {
        parent: 0,
        kind: ScopeKind::Module,
        name: None,
        self_type: None,
        generics: Vec::new(),
        cfg: Vec::new(),
        test: false,
        in_macro: false,
        public: false,
        opaque: true,
    });
    seen.inside.unsafe_sites.extend(lexed.unsafe_tokens.iter().map(|at| Unsafe {
        scope: 0,
        at: *at,
        kind: UnsafeKind::Token,
        argument: None,
        trait_method: false,
        pastes: Vec::new(),
        in_macro: false,
    }));
    seen
}

/// The state of a walk.
#[expect(clippy::struct_excessive_bools, reason = "each says something else about where the walk is")]
pub(super) struct Walk<'t> {
    pub text: &'t str,
    /// Features for tests that the product is built with.
    pub shipped: &'t [String],
    pub comments: Comments,
    pub seen: Seen,
    strings: Map<Box<str>, Str>,
    /// Where a name is put together before it is looked up.
    word: String,
    pub scope: ScopeId,
    pub in_macro: bool,
    pub macro_depth: usize,
    /// The arguments of the macro call in hand hold something that is no Rust.
    pub unread: bool,
    pub locals: Locals,
    /// The safety argument of the enclosing unsafe block.
    block_argument: Option<String>,
    /// Where the enclosing statement or item begins.
    statement: u32,
    in_trait_impl: bool,
    /// Inside a branch of an `if` or `match`.
    conditional: bool,
    /// Inside code that is only for tests: of it is told what is called, and not with what.
    pub in_tests: bool,
    calls_of_tests: bool,
    /// True where functions of tests are looked into: for what they call, or for unsafe code.
    into_tests: bool,
    pub tracer: Tracer,
    /// The call at whose result nobody looks.
    discarded: Option<seen::Span>,
    pub limits: Limits,
    /// The function, type, trait or impl that is being written down.
    pub lowering: Lowering,
    /// What the functions that are met belong to.
    pub owner: Owner,
    /// True where the word `unsafe` stands anywhere in the file.
    pub has_unsafe: bool,
    /// Where words stand that rules start from.
    pub asked: Asked,
    /// What stands inside macro calls in the statement at hand and is asked for again, by the place of the call.
    pub parsed: Map<u32, Rc<reparse::Parsed>>,
}

impl Walk<'_> {
    pub(super) fn intern(&mut self, text: &str) -> Str {
        if let Some(id) = self.strings.get(text) {
            return *id;
        }
        if !self.limits.keep(text.len()) {
            return 0;
        }
        let Some(id) = self.seen.strings.push(text) else { return 0 };
        self.strings.insert(text.into(), id);
        id
    }

    fn looked_up(&mut self, write: impl FnOnce(&mut String)) -> Str {
        let mut word = std::mem::take(&mut self.word);
        word.clear();
        write(&mut word);
        let id = self.intern(&word);
        self.word = word;
        id
    }

    pub(super) fn ident(&mut self, ident: &Ident) -> Str {
        self.looked_up(|word| write_name(word, ident))
    }

    pub(super) fn path(&mut self, path: &Path, ns: Namespace) -> PathAt {
        PathAt { path: self.looked_up(|word| write_path(word, path)), scope: self.scope, ns }
    }

    /// The path of a type, through references and owning pointers.
    pub(super) fn type_path(&mut self, ty: &Type) -> Option<PathAt> {
        let path = path_of_type(ty)?;
        Some(self.path(path, Namespace::Type))
    }

    pub(super) fn said(&self, attributes: &[Attribute]) -> Said {
        Said::by(attributes, self.text, self.shipped)
    }

    fn push_scope(&mut self, kind: ScopeKind, name: Option<Str>, said: &Said) -> ScopeId {
        let id = ScopeId::try_from(self.seen.scopes.len()).unwrap_or(ScopeId::MAX);
        let named = name.map_or(0, |name| self.seen.str(name).len());
        self.limits.open(self.scope, named, said.cfg.len());
        let cfg = said.cfg.iter().map(|condition| self.intern(condition)).collect();
        self.seen.scopes.push(Scope {
            parent: self.scope,
            kind,
            name,
            self_type: None,
            generics: Vec::new(),
            cfg,
            test: said.test,
            in_macro: self.in_macro,
            public: false,
            opaque: false,
        });
        id
    }

    pub(super) fn inside(&mut self, scope: ScopeId, work: impl FnOnce(&mut Self)) {
        let tests = self.in_tests || self.seen.scopes.get(scope as usize).is_some_and(|scope| scope.test);
        let outer = std::mem::replace(&mut self.scope, scope);
        let outer_tests = std::mem::replace(&mut self.in_tests, tests);
        work(self);
        self.in_tests = outer_tests;
        self.scope = outer;
    }

    fn scope_mut(&mut self, scope: ScopeId) -> &mut Scope {
        &mut self.seen.scopes[scope as usize]
    }

    pub(super) fn unsafe_site(&mut self, kind: UnsafeKind, at: seen::Span, argument: Option<String>) {
        let site = Unsafe {
            scope: self.scope,
            at,
            kind,
            argument: argument.filter(|text| !text.is_empty()),
            trait_method: self.in_trait_impl && kind == UnsafeKind::Function,
            pastes: Vec::new(),
            in_macro: self.in_macro,
        };
        self.seen.inside.unsafe_sites.push(site);
    }

    /// An argument above a token, or above the statement or item around it.
    fn argument_above(&self, token: Span) -> Option<String> {
        self.comments.argument(self.text, &[spans::start(token), self.statement])
    }

    /// Writes a call down, if there is room and somebody asks for it; returns its index among the calls of the file.
    pub(super) fn call(&mut self, callee: Callee, at: seen::Span, arguments: Vec<Argument>) -> Option<u32> {
        if self.in_tests && !self.calls_of_tests {
            return None;
        }
        let (conditional, in_macro) = (self.conditional, self.in_macro);
        let arguments_weigh: usize =
            arguments.iter().map(|argument| size_of::<Argument>() + symbols::weight(&argument.value)).sum();
        let origin_weighs = match &callee {
            Callee::Method(_, Some(origin)) => symbols::weight(&origin.start) + 4 * origin.chain.len(),
            _ => 0,
        };
        if !self.limits.keep(size_of::<Call>() + arguments_weigh + origin_weighs) {
            return None;
        }
        let unread = self.unread && matches!(callee, Callee::Macro(_));
        let discarded = self.discarded == Some(at);
        let call =
            Call { scope: self.scope, at, callee, arguments, conditional, discarded, unread, in_macro };
        let index = u32::try_from(self.seen.inside.calls.len()).ok();
        self.seen.inside.calls.push(call);
        index
    }

    pub(super) fn outside(
        &mut self,
        scope: ScopeId,
        ident: &Ident,
        what: OutsideKind,
        said: &Said,
        public: bool,
    ) {
        let cfg = said.cfg.iter().map(|condition| self.intern(condition)).collect();
        let at = spans::bytes(ident.span());
        self.seen.files.push(Outside { scope, at, what, cfg, test: said.test, public });
    }

    /// Opens a scope where attributes make a difference to what they stand on.
    fn attributed(&mut self, attributes: &[Attribute], work: impl FnOnce(&mut Self)) {
        if attributes.is_empty() {
            return work(self);
        }
        let said = self.said(attributes);
        let scope =
            if said.cfg.is_empty() { self.scope } else { self.push_scope(ScopeKind::Block, None, &said) };
        self.inside(scope, |walk| walk.below(attributes, work));
    }

    /// Makes the scope of a module opaque: a macro may have declared anything.
    pub(super) fn opaque(&mut self) {
        let scope = self.scope;
        self.scope_mut(scope).opaque = true;
    }
}
