//! Walks the syntax of one file and writes down what it shows.
//!
//! The walk keeps a scope (modules, items, blocks) and the local variables in view. Nothing of
//! `syn` outlives it.

use std::fmt::Write as _;
use std::rc::Rc;

use proc_macro2::Span;
use syn::punctuated::Punctuated;
use syn::visit::{self, Visit};
use syn::{Attribute, Expr, Ident, ItemMod, Macro, Path, Stmt, Token, Type, UseTree, Visibility};

use super::anatomy::{About, Asked, Lowering, Owner};
use super::attributes::{Said, safety_section};
use super::flows::Tracer;
use super::lex::{Lexed, lex, prelude_len};
use super::limits::Limits;
use super::locals::Locals;
use super::seen::{
    Argument, Call, Callee, Decl, DeclKind, Field, Namespace, Outside, OutsideKind, PathAt, Scope, ScopeId,
    ScopeKind, Seen, Str, Sym, Unsafe, Use, UseName,
};
use super::unsafety::Comments;
use super::{
    ItemKind, Map, UnsafeKind, acceptances, anatomy, macros, reach, reparse, seen, spans, symbols, templates,
    tree,
};

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

    fn declare(&mut self, named: &Named<'_>) -> usize {
        let name = self.ident(named.ident);
        let cfg = named.said.cfg.iter().map(|condition| self.intern(condition)).collect();
        let attributes = self.written(named.attributes);
        self.seen.decls.push(Decl {
            scope: self.scope,
            name,
            kind: named.kind,
            public: named.public,
            at: spans::bytes(named.ident.span()),
            attributes,
            cfg,
            test_fn: named.said.test_fn,
            ignored: named.said.ignored,
            test: named.said.test,
            in_macro: self.in_macro,
            opens: None,
            value: None,
            alias: None,
            returns: None,
            fields: Vec::new(),
        });
        self.seen.decls.len() - 1
    }

    /// Declares an item, opens its scope, and walks what it holds.
    fn item(&mut self, named: &Named<'_>, scope: ScopeKind, work: impl FnOnce(&mut Self, usize)) {
        let (attributes, generics, said) = (named.attributes, named.generics, named.said);
        let name = self.ident(named.ident);
        let start = first_of(attributes).unwrap_or_else(|| named.ident.span());
        let decl = self.declare(named);
        let public = named.public;
        let id = self.push_scope(scope, Some(name), said);
        self.scope_mut(id).public = public;
        self.seen.decls[decl].opens = Some(id);
        self.generics(id, generics);
        let statement = std::mem::replace(&mut self.statement, spans::start(start));
        self.inside(id, |walk| walk.below(attributes, |walk| work(walk, decl)));
        self.statement = statement;
    }

    fn generics(&mut self, scope: ScopeId, generics: Option<&syn::Generics>) {
        for param in generics.iter().flat_map(|generics| &generics.params) {
            let name = match param {
                syn::GenericParam::Type(param) => &param.ident,
                syn::GenericParam::Const(param) => &param.ident,
                syn::GenericParam::Lifetime(_) => continue,
            };
            let name = self.ident(name);
            self.scope_mut(scope).generics.push(name);
        }
    }

    fn uses(&mut self, tree: &UseTree, prefix: &str, public: bool, test: bool) {
        let join = |ident: &Ident| {
            let written = ident.to_string();
            let name = written.strip_prefix("r#").unwrap_or(&written);
            match prefix {
                "" => name.to_owned(),
                "::" => format!("::{name}"),
                _ => format!("{prefix}::{name}"),
            }
        };
        let (path, name) = match tree {
            UseTree::Path(path) => return self.uses(&path.tree, &join(&path.ident), public, test),
            UseTree::Group(group) => {
                return group.items.iter().for_each(|tree| self.uses(tree, prefix, public, test));
            }
            UseTree::Glob(_) => (prefix.to_owned(), UseName::Glob),
            UseTree::Name(name) if name.ident == "self" && !prefix.is_empty() => {
                let last = prefix.rsplit("::").next().unwrap_or(prefix);
                (prefix.to_owned(), UseName::SelfAs(self.intern(last)))
            }
            UseTree::Name(name) => (join(&name.ident), UseName::As(self.ident(&name.ident))),
            UseTree::Rename(rename) if rename.rename == "_" => (join(&rename.ident), UseName::Nothing),
            UseTree::Rename(rename) if rename.ident == "self" && !prefix.is_empty() => {
                (prefix.to_owned(), UseName::SelfAs(self.ident(&rename.rename)))
            }
            UseTree::Rename(rename) => (join(&rename.ident), UseName::As(self.ident(&rename.rename))),
        };
        let path = self.intern(&path);
        let scope = self.scope;
        self.seen.uses.push(Use { scope, path, name, public, extern_crate: false, with_macros: false, test });
    }

    fn function(&mut self, named: &Named<'_>, sig: &syn::Signature, block: Option<&syn::Block>) {
        let (attributes, said) = (named.attributes, named.said);
        let outer = std::mem::take(&mut self.locals);
        let argument = self.block_argument.take();
        let conditional = std::mem::replace(&mut self.conditional, false);
        self.item(named, ScopeKind::Item, |walk, decl| {
            if let syn::Safety::Unsafe(token) = &sig.safety {
                let argument = safety_section(attributes).or_else(|| walk.argument_above(token.span));
                walk.unsafe_site(UnsafeKind::Function, spans::bytes(token.span), argument);
            }
            let outer = walk.begin_function(decl, said.test || walk.in_tests);
            let receiver =
                sig.inputs.iter().take_while(|input| matches!(input, syn::FnArg::Receiver(_))).count();
            for (index, input) in sig.inputs.iter().enumerate() {
                match input {
                    syn::FnArg::Typed(typed) => {
                        walk.bind_typed(&typed.pat, &typed.ty);
                        walk.trace_parameter(index - receiver, &typed.pat, &typed.ty);
                        walk.parameter(decl, typed);
                    }
                    syn::FnArg::Receiver(receiver) => {
                        for attribute in &receiver.attrs {
                            walk.visit_attribute(attribute);
                        }
                    }
                }
            }
            walk.seen.decls[decl].returns = walk.returned_type(&sig.output);
            if let Some(block) = block
                && sig.inputs.is_empty()
                && let [Stmt::Expr(tail, None)] = block.stmts.as_slice()
            {
                let value = walk.sym(tail);
                walk.seen.decls[decl].value = Some(value);
            }
            walk.function_shape(&named.about(), sig, block, |walk| {
                if let Some(block) = block.filter(|_| walk.into_tests || !walk.in_tests) {
                    walk.visit_block(block);
                    walk.end_function(block);
                }
            });
            walk.leave_function(outer);
        });
        self.locals = outer;
        self.block_argument = argument;
        self.conditional = conditional;
    }

    /// The type that a function returns, through `Result` and `Option`.
    fn returned_type(&mut self, output: &syn::ReturnType) -> Option<Str> {
        let syn::ReturnType::Type(_, ty) = output else { return None };
        let path = path_of_type(ty)?;
        let last = path.segments.last()?;
        let inner = match &last.arguments {
            syn::PathArguments::AngleBracketed(generics)
                if last.ident == "Result" || last.ident == "Option" =>
            {
                match generics.args.first()? {
                    syn::GenericArgument::Type(inner) => path_of_type(inner)?,
                    _ => return None,
                }
            }
            _ => path,
        };
        Some(self.intern(&path_text(inner)))
    }

    /// Says of a function that returns `Self::Target` what the implementation around it means by that.
    fn name_target(&mut self, item: &syn::ItemImpl, first: usize) {
        let target = item.items.iter().find_map(|item| match item {
            syn::ImplItem::Type(named) if named.ident == "Target" => path_of_type(&named.ty),
            _ => None,
        });
        let Some(target) = target.map(|path| self.intern(&path_text(path))) else { return };
        let written = self.intern("Self::Target");
        for decl in self.seen.decls.iter_mut().skip(first).filter(|decl| decl.returns == Some(written)) {
            decl.returns = Some(target);
        }
    }

    fn constant(
        &mut self,
        named: &Named<'_>,
        (token, of): (Option<Span>, Option<&Type>),
        expr: Option<&Expr>,
    ) {
        let outer = std::mem::take(&mut self.locals);
        self.item(named, ScopeKind::Item, |walk, decl| {
            walk.seen.decls[decl].returns = of.and_then(path_of_type).map(|of| walk.intern(&path_text(of)));
            if let Some(token) = token {
                let argument = walk.argument_above(token);
                walk.unsafe_site(UnsafeKind::StaticMut, spans::bytes(token), argument);
            }
            if let Some(expr) = expr {
                let value = walk.sym(expr);
                walk.seen.decls[decl].value = Some(value);
                walk.visit_expr(expr);
            }
        });
        self.locals = outer;
    }

    fn fields(&mut self, decl: usize, fields: &syn::Fields) {
        for field in fields {
            for attribute in &field.attrs {
                self.visit_attribute(attribute);
            }
            self.visit_type(&field.ty);
            let Some(ident) = &field.ident else { continue };
            let name = self.ident(ident);
            let ty = self.type_path(&field.ty).map(|path| path.path);
            let default = macros::field_default(self, &field.attrs);
            let written = self.type_written(&field.ty);
            let attributes = self.written(&field.attrs);
            self.seen.decls[decl].fields.push(Field { name, ty, written, attributes, default });
        }
    }

    /// A type as it is written.
    fn type_written(&mut self, ty: &Type) -> Str {
        let (start, end) = spans::of_type(ty);
        let text = self.text.get(start as usize..end as usize).unwrap_or_default();
        self.intern(text)
    }

    /// A parameter with a name of its own.
    fn parameter(&mut self, decl: usize, typed: &syn::PatType) {
        let syn::Pat::Ident(ident) = &*typed.pat else { return };
        let name = self.ident(&ident.ident);
        let ty = self.type_path(&typed.ty).map(|path| path.path);
        let written = self.type_written(&typed.ty);
        let attributes = self.written(&typed.attrs);
        self.seen.decls[decl].fields.push(Field { name, ty, written, attributes, default: None });
    }

    fn module(&mut self, item: &ItemMod) {
        let said = self.said(&item.attrs);
        let named = Named::new(&item.ident, ItemKind::Module, &item.attrs, &said).visible(&item.vis);
        if let Some((_, items)) = &item.content {
            let outer = std::mem::take(&mut self.locals);
            // The folder of an inline module can be changed too.
            let paths = said.paths.iter().map(|(path, sure)| (self.intern(path), *sure)).collect();
            let outer_scope = self.scope;
            let before = self.seen.scopes.len();
            self.item(&named, ScopeKind::Module, |walk, _| {
                for item in items {
                    walk.visit_item(item);
                }
            });
            self.locals = outer;
            if !said.paths.is_empty() {
                let name = self.ident(&item.ident);
                let what = OutsideKind::Folder { scope: u32::try_from(before).unwrap_or(0), name, paths };
                self.outside(outer_scope, &item.ident, what, &said, false);
            }
            return;
        }
        self.declare(&named);
        for attribute in &item.attrs {
            self.visit_attribute(attribute);
        }
        let name = self.ident(&item.ident);
        let paths = said.paths.iter().map(|(path, sure)| (self.intern(path), *sure)).collect();
        let public = is_public(&item.vis);
        self.outside(self.scope, &item.ident, OutsideKind::Module { name, paths }, &said, public);
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

    /// True inside a module or function that is for tests.
    /// Declares what a macro is known to declare.
    pub(super) fn declare_static(&mut self, ident: &Ident) {
        let said = Said::default();
        self.declare(&Named::new(ident, ItemKind::Static, &[], &said));
    }
}

/// An item about to be declared.
struct Named<'a> {
    ident: &'a Ident,
    kind: DeclKind,
    attributes: &'a [Attribute],
    said: &'a Said,
    public: bool,
    visibility: anatomy::Visibility,
    generics: Option<&'a syn::Generics>,
}

impl<'a> Named<'a> {
    fn new(ident: &'a Ident, kind: ItemKind, attributes: &'a [Attribute], said: &'a Said) -> Self {
        let visibility = anatomy::Visibility::Private;
        Self {
            ident,
            kind: DeclKind::Item(kind),
            attributes,
            said,
            public: false,
            visibility,
            generics: None,
        }
    }

    fn visible(mut self, visibility: &Visibility) -> Self {
        self.public = is_public(visibility);
        self.visibility = visibility.into();
        self
    }

    fn about(&self) -> About<'a> {
        About { name: self.ident, attributes: self.attributes, visibility: self.visibility }
    }

    fn with(mut self, generics: &'a syn::Generics) -> Self {
        self.generics = Some(generics);
        self
    }
}

fn is_public(visibility: &Visibility) -> bool {
    !matches!(visibility, Visibility::Inherited)
}

fn first_of(attributes: &[Attribute]) -> Option<Span> {
    attributes.first().map(|attribute| attribute.pound_token.span)
}

/// A path without its generics: `std::vec::Vec`, with a leading `::` where it is written.
pub(super) fn path_text(path: &Path) -> String {
    let mut text = String::new();
    write_path(&mut text, path);
    text
}

fn write_path(text: &mut String, path: &Path) {
    for (index, segment) in path.segments.iter().enumerate() {
        if index > 0 || path.leading_colon.is_some() {
            text.push_str("::");
        }
        write_name(text, &segment.ident);
    }
}

/// A name without what makes a keyword one.
fn write_name(text: &mut String, ident: &Ident) {
    let start = text.len();
    // Writing to a text does not fail.
    let _ = write!(text, "{ident}");
    if text[start..].starts_with("r#") {
        text.drain(start..start + 2);
    }
}

/// Types whose methods are those of what is inside: pointers, and how frameworks hand out their state.
const DEREFS: &[&str] = &["Box", "Arc", "Rc", "Data", "State", "Extension", "LazyLock", "Lazy"];

/// The path of a type, through references and owning pointers, as method calls see it.
pub(super) fn path_of_type(ty: &Type) -> Option<&Path> {
    match ty {
        Type::Path(path) if path.qself.is_none() => {
            let last = path.path.segments.last()?;
            if let syn::PathArguments::AngleBracketed(generics) = &last.arguments
                && DEREFS.contains(&last.ident.to_string().as_str())
                && let Some(syn::GenericArgument::Type(inner)) = generics.args.first()
            {
                return path_of_type(inner);
            }
            Some(&path.path)
        }
        Type::Reference(reference) => path_of_type(&reference.elem),
        Type::Paren(paren) => path_of_type(&paren.elem),
        Type::Group(group) => path_of_type(&group.elem),
        Type::TraitObject(object) => bound(&object.bounds),
        Type::ImplTrait(object) => bound(&object.bounds),
        _ => None,
    }
}

fn bound(bounds: &syn::punctuated::Punctuated<syn::TypeParamBound, syn::Token![+]>) -> Option<&Path> {
    match bounds.first()? {
        syn::TypeParamBound::Trait(bound) => Some(&bound.path),
        _ => None,
    }
}

impl<'ast> Visit<'ast> for Walk<'_> {
    fn visit_attribute(&mut self, attribute: &'ast Attribute) {
        self.attribute(&attribute.meta, attribute, None);
    }

    fn visit_item_use(&mut self, item: &'ast syn::ItemUse) {
        let said = self.said(&item.attrs);
        for attribute in &item.attrs {
            self.visit_attribute(attribute);
        }
        let prefix = if item.leading_colon.is_some() { "::" } else { "" };
        self.uses(&item.tree, prefix, is_public(&item.vis), said.test);
    }

    fn visit_item_extern_crate(&mut self, item: &'ast syn::ItemExternCrate) {
        let said = self.said(&item.attrs);
        let path = self.ident(&item.ident);
        let name = match &item.rename {
            Some((_, rename)) if rename == "_" => UseName::Nothing,
            Some((_, rename)) => UseName::As(self.ident(rename)),
            None => UseName::As(path),
        };
        let (scope, public) = (self.scope, is_public(&item.vis));
        let (with_macros, test) = (said.macro_use, said.test);
        self.seen.uses.push(Use { scope, path, name, public, extern_crate: true, with_macros, test });
    }

    fn visit_item_mod(&mut self, item: &'ast ItemMod) {
        self.module(item);
    }

    fn visit_item_fn(&mut self, item: &'ast syn::ItemFn) {
        let said = self.said(&item.attrs);
        let named = Named::new(&item.sig.ident, ItemKind::Function, &item.attrs, &said);
        self.function(&named.visible(&item.vis).with(&item.sig.generics), &item.sig, Some(&item.block));
    }

    fn visit_impl_item_fn(&mut self, item: &'ast syn::ImplItemFn) {
        let said = self.said(&item.attrs);
        let mut named =
            Named::new(&item.sig.ident, ItemKind::Function, &item.attrs, &said).visible(&item.vis);
        if self.in_trait_impl {
            (named.public, named.visibility) = (true, anatomy::Visibility::Public);
        }
        self.function(&named.with(&item.sig.generics), &item.sig, Some(&item.block));
    }

    fn visit_trait_item_fn(&mut self, item: &'ast syn::TraitItemFn) {
        let said = self.said(&item.attrs);
        let mut named = Named::new(&item.sig.ident, ItemKind::Function, &item.attrs, &said);
        (named.public, named.visibility) = (true, anatomy::Visibility::Public);
        self.function(&named.with(&item.sig.generics), &item.sig, item.default.as_ref());
    }

    fn visit_item_const(&mut self, item: &'ast syn::ItemConst) {
        let said = self.said(&item.attrs);
        let named = Named::new(&item.ident, ItemKind::Const, &item.attrs, &said).visible(&item.vis);
        self.constant(&named, (None, None), Some(&item.expr));
    }

    fn visit_impl_item_const(&mut self, item: &'ast syn::ImplItemConst) {
        let said = self.said(&item.attrs);
        let named = Named::new(&item.ident, ItemKind::Const, &item.attrs, &said).visible(&item.vis);
        self.constant(&named, (None, None), Some(&item.expr));
    }

    fn visit_trait_item_const(&mut self, item: &'ast syn::TraitItemConst) {
        let said = self.said(&item.attrs);
        let named = Named::new(&item.ident, ItemKind::Const, &item.attrs, &said);
        self.constant(&named, (None, None), item.default.as_ref().map(|(_, expr)| expr));
    }

    fn visit_item_static(&mut self, item: &'ast syn::ItemStatic) {
        let said = self.said(&item.attrs);
        let (kind, token) = match &item.mutability {
            syn::StaticMutability::Mut(_) => (ItemKind::StaticMut, Some(item.static_token.span)),
            _ => (ItemKind::Static, None),
        };
        let named = Named::new(&item.ident, kind, &item.attrs, &said).visible(&item.vis);
        self.constant(&named, (token, Some(&item.ty)), Some(&item.expr));
    }

    fn visit_item_struct(&mut self, item: &'ast syn::ItemStruct) {
        let said = self.said(&item.attrs);
        let mut named = Named::new(&item.ident, ItemKind::Struct, &item.attrs, &said).visible(&item.vis);
        if !matches!(item.fields, syn::Fields::Named(_)) {
            named.kind = DeclKind::ValueStruct;
        }
        let about = named.about();
        self.item(&named.with(&item.generics), ScopeKind::Item, |walk, decl| {
            walk.type_item_shape(&about, ItemKind::Struct, &item.generics, &item.fields);
            walk.fields(decl, &item.fields);
        });
    }

    fn visit_item_enum(&mut self, item: &'ast syn::ItemEnum) {
        let said = self.said(&item.attrs);
        let named = Named::new(&item.ident, ItemKind::Enum, &item.attrs, &said).visible(&item.vis);
        let about = named.about();
        self.item(&named.with(&item.generics), ScopeKind::Enum, |walk, _| {
            let fields = item.variants.iter().flat_map(|variant| &variant.fields);
            walk.type_item_shape(&about, ItemKind::Enum, &item.generics, fields);
            for variant in &item.variants {
                let said = walk.said(&variant.attrs);
                let mut named = Named::new(&variant.ident, ItemKind::Enum, &[], &said);
                named.kind = DeclKind::Variant;
                named.public = true;
                let decl = walk.declare(&named);
                for attribute in &variant.attrs {
                    walk.visit_attribute(attribute);
                }
                walk.fields(decl, &variant.fields);
                if let Some((_, discriminant)) = &variant.discriminant {
                    walk.visit_expr(discriminant);
                }
            }
        });
    }

    fn visit_item_union(&mut self, item: &'ast syn::ItemUnion) {
        let said = self.said(&item.attrs);
        let named = Named::new(&item.ident, ItemKind::Union, &item.attrs, &said).visible(&item.vis);
        let about = named.about();
        self.item(&named.with(&item.generics), ScopeKind::Item, |walk, _| {
            walk.type_item_shape(&about, ItemKind::Union, &item.generics, &item.fields.named);
            let argument = walk.argument_above(item.union_token.span);
            walk.unsafe_site(UnsafeKind::Union, spans::bytes(item.union_token.span), argument);
            for field in &item.fields.named {
                walk.visit_field(field);
            }
        });
    }

    fn visit_item_type(&mut self, item: &'ast syn::ItemType) {
        let said = self.said(&item.attrs);
        let named = Named::new(&item.ident, ItemKind::Type, &item.attrs, &said).visible(&item.vis);
        self.item(&named.with(&item.generics), ScopeKind::Item, |walk, decl| {
            if let Type::Path(path) = &*item.ty
                && path.qself.is_none()
            {
                let alias = path_text(&path.path);
                let alias = walk.intern(&alias);
                walk.seen.decls[decl].alias = Some(alias);
            }
            walk.visit_type(&item.ty);
        });
    }

    fn visit_item_trait(&mut self, item: &'ast syn::ItemTrait) {
        let said = self.said(&item.attrs);
        let named = Named::new(&item.ident, ItemKind::Trait, &item.attrs, &said).visible(&item.vis);
        let outer = std::mem::replace(&mut self.in_trait_impl, false);
        self.item(&named.with(&item.generics), ScopeKind::Trait, |walk, _| {
            if let Some(token) = &item.unsafety {
                let argument = safety_section(&item.attrs).or_else(|| walk.argument_above(token.span));
                walk.unsafe_site(UnsafeKind::Trait, spans::bytes(token.span), argument);
            }
            let owner = walk.trait_shape(item);
            let owner = std::mem::replace(&mut walk.owner, owner);
            for item in &item.items {
                walk.visit_trait_item(item);
            }
            walk.owner = owner;
        });
        self.in_trait_impl = outer;
    }

    fn visit_item_impl(&mut self, item: &'ast syn::ItemImpl) {
        let said = self.said(&item.attrs);
        let self_path = path_of_type(&item.self_ty);
        let name = self_path.and_then(|path| path.segments.last()).map(|segment| self.ident(&segment.ident));
        let self_type = self_path.map(path_text).map(|text| self.intern(&text));
        let scope = self.push_scope(ScopeKind::Impl, name, &said);
        self.scope_mut(scope).self_type = self_type;
        self.generics(scope, Some(&item.generics));
        let start = first_of(&item.attrs).or(item.unsafety.as_ref().map(|token| token.span));
        let start = spans::start(start.unwrap_or(item.impl_token.span));
        let statement = std::mem::replace(&mut self.statement, start);
        let outer = std::mem::replace(&mut self.in_trait_impl, item.trait_.is_some());
        let within = |walk: &mut Self| {
            if let Some(token) = &item.unsafety {
                let argument = walk.argument_above(token.span).or_else(|| safety_section(&item.attrs));
                walk.unsafe_site(UnsafeKind::Impl, spans::bytes(token.span), argument);
            }
            let owner = walk.impl_shape(item);
            let owner = std::mem::replace(&mut walk.owner, owner);
            let first = walk.seen.decls.len();
            for item in &item.items {
                walk.visit_impl_item(item);
            }
            walk.name_target(item, first);
            walk.owner = owner;
        };
        self.inside(scope, |walk| walk.below(&item.attrs, within));
        self.in_trait_impl = outer;
        self.statement = statement;
    }

    fn visit_item_foreign_mod(&mut self, item: &'ast syn::ItemForeignMod) {
        let first = item.unsafety.as_ref().map_or(item.abi.extern_token.span, |token| token.span);
        let start = first_of(&item.attrs).unwrap_or(first);
        let statement = std::mem::replace(&mut self.statement, spans::start(start));
        self.attributed(&item.attrs, |walk| {
            let argument = walk.argument_above(first).or_else(|| safety_section(&item.attrs));
            let argument = argument.or_else(|| {
                let open = spans::end(item.brace_token.span.open());
                walk.comments.at_start_of(walk.text, open)
            });
            walk.unsafe_site(UnsafeKind::ExternBlock, spans::bytes(first), argument);
            for foreign in &item.items {
                walk.foreign(foreign);
            }
        });
        self.statement = statement;
    }

    fn visit_item_macro(&mut self, item: &'ast syn::ItemMacro) {
        self.attributed(&item.attrs, |walk| {
            let Some(ident) = &item.ident else { return walk.macro_item(&item.mac) };
            let said = walk.said(&item.attrs);
            walk.declare(&Named::new(ident, ItemKind::Macro, &item.attrs, &said));
            let first = walk.seen.inside.unsafe_sites.len();
            walk.unsafe_in_template(&item.mac.tokens);
            let mut pasted = templates::pasted(&item.mac.tokens);
            for site in &mut walk.seen.inside.unsafe_sites[first..] {
                site.pastes = pasted.remove(&site.at.0).unwrap_or_default();
            }
            if walk.seen.inside.unsafe_sites.len() > first {
                walk.template_shapes(&item.mac.tokens);
            }
        });
    }

    fn visit_macro(&mut self, call: &'ast Macro) {
        self.macro_call(call);
    }

    fn visit_stmt(&mut self, statement: &'ast Stmt) {
        let (attributes, start): (&[Attribute], _) = match statement {
            Stmt::Local(local) => (&local.attrs, Some(local.let_token.span)),
            Stmt::Macro(call) => (&call.attrs, None),
            Stmt::Expr(expr, _) => (attributes_of(expr), Some(spans::first(expr))),
            Stmt::Item(_) => (&[], None),
        };
        let start = first_of(attributes).or(start).map(spans::start);
        let outer = start.map(|start| std::mem::replace(&mut self.statement, start));
        match statement {
            Stmt::Local(local) => self.attributed(&local.attrs, |walk| walk.local(local)),
            Stmt::Macro(call) => self.attributed(&call.attrs, |walk| {
                let node = walk.open_macro(&call.mac);
                walk.macro_call(&call.mac);
                walk.close(node);
            }),
            Stmt::Expr(expr, semicolon) => self.attributed(attributes, |walk| {
                if semicolon.is_some() {
                    walk.discard(expr);
                }
                walk.visit_expr(expr);
                walk.built_further(expr);
            }),
            Stmt::Item(item) => self.visit_item(item),
        }
        if let Some(outer) = outer {
            self.statement = outer;
        }
        if !self.parsed.is_empty() {
            self.parsed = Map::default();
        }
    }

    fn visit_block(&mut self, block: &'ast syn::Block) {
        let has_items = block.stmts.iter().any(|statement| matches!(statement, Stmt::Item(_)));
        let scope =
            if has_items { self.push_scope(ScopeKind::Block, None, &Said::default()) } else { self.scope };
        let mark = self.locals.open();
        let node = self.open_block(block);
        self.inside(scope, |walk| {
            block.stmts.iter().for_each(|statement| walk.visit_stmt(statement));
            walk.trace_tail(block);
        });
        self.close(node);
        self.locals.close(mark);
    }

    fn visit_expr(&mut self, expr: &'ast Expr) {
        let node = self.open_expr(expr);
        visit::visit_expr(self, expr);
        self.close(node);
    }

    fn visit_field_value(&mut self, field: &'ast syn::FieldValue) {
        let node = self.open_field(field);
        visit::visit_field_value(self, field);
        self.close(node);
    }

    fn visit_expr_unsafe(&mut self, expr: &'ast syn::ExprUnsafe) {
        let open = spans::end(expr.block.brace_token.span.open());
        let argument = self.argument_above(expr.unsafe_token.span);
        let argument = argument.or_else(|| self.comments.at_start_of(self.text, open));
        self.unsafe_site(UnsafeKind::Block, spans::bytes(expr.unsafe_token.span), argument.clone());
        let outer = std::mem::replace(&mut self.block_argument, argument);
        self.visit_block(&expr.block);
        self.block_argument = outer;
    }

    fn visit_expr_call(&mut self, expr: &'ast syn::ExprCall) {
        let index = if let Expr::Path(func) = &*expr.func {
            let path = self.value_path(func);
            let arguments = self.arguments_of(&expr.args);
            let at = (spans::start(spans::first(&expr.func)), spans::end(expr.paren_token.span.close()));
            self.call(Callee::Path(path), at, arguments)
        } else {
            self.visit_expr(&expr.func);
            None
        };
        for argument in &expr.args {
            self.visit_expr(argument);
        }
        self.trace_call(expr, index);
    }

    fn visit_expr_method_call(&mut self, expr: &'ast syn::ExprMethodCall) {
        self.visit_expr(&expr.receiver);
        let origin = self.origin(&expr.receiver);
        let method = self.ident(&expr.method);
        let arguments = self.arguments_of(&expr.args);
        let start = spans::start(spans::first(&expr.receiver));
        let at = (start, spans::end(expr.paren_token.span.close()));
        let index = self.call(Callee::Method(method, origin), at, arguments);
        let takes = expr.args.iter().any(|argument| matches!(argument, Expr::Closure(_)))
            && !["map_err", "unwrap_or_else", "or_else", "ok_or_else", "inspect_err"]
                .contains(&expr.method.to_string().as_str());
        let given = self.give(&expr.receiver, takes);
        for argument in &expr.args {
            self.visit_expr(argument);
        }
        self.tracer.given = given;
        self.trace_method(expr, index);
        self.paired(expr);
    }

    fn visit_expr_struct(&mut self, expr: &'ast syn::ExprStruct) {
        visit::visit_expr_struct(self, expr);
        self.note_presets(expr);
        let of = Sym::Typed(self.path(&expr.path, Namespace::Type));
        for field in &expr.fields {
            if let syn::Member::Named(member) = &field.member {
                self.trace_field_set(Some(of.clone()), member, &field.expr);
            }
        }
    }

    fn visit_expr_field(&mut self, expr: &'ast syn::ExprField) {
        visit::visit_expr_field(self, expr);
        if let syn::Member::Named(name) = &expr.member {
            self.trace_name(name);
        }
    }

    fn visit_expr_return(&mut self, expr: &'ast syn::ExprReturn) {
        visit::visit_expr_return(self, expr);
        if let Some(value) = &expr.expr {
            self.trace_return(value);
        }
    }

    fn visit_expr_binary(&mut self, expr: &'ast syn::ExprBinary) {
        visit::visit_expr_binary(self, expr);
        self.trace_comparison(expr);
    }

    fn visit_expr_assign(&mut self, expr: &'ast syn::ExprAssign) {
        visit::visit_expr_assign(self, expr);
        self.assigned(&expr.left, Some(&expr.right));
        self.trace_assigned(&expr.left, &expr.right);
        if let Expr::Field(field) = &*expr.left
            && let syn::Member::Named(member) = &field.member
        {
            let of = self.origin(&field.base).map(|origin| origin.start);
            self.trace_field_set(of, member, &expr.right);
        }
    }

    fn visit_expr_closure(&mut self, expr: &'ast syn::ExprClosure) {
        let mark = self.locals.open();
        for input in &expr.inputs {
            match input {
                syn::Pat::Type(typed) => self.bind_typed(&typed.pat, &typed.ty),
                other => self.bind(other, None),
            }
            self.trace_closure_input(input);
        }
        self.visit_expr(&expr.body);
        self.trace_part(spans::bytes(expr.inputs_begin.span), &expr.body);
        self.locals.close(mark);
    }

    fn visit_arm(&mut self, arm: &'ast syn::Arm) {
        let mark = self.locals.open();
        self.attributed(&arm.attrs, |walk| {
            walk.bind(&arm.pat, None);
            walk.visit_pat(&arm.pat);
            walk.visit_expr(&arm.body);
        });
        self.locals.close(mark);
    }

    fn visit_expr_let(&mut self, expr: &'ast syn::ExprLet) {
        self.visit_expr(&expr.expr);
        let before = self.told_before(&expr.pat, &expr.expr);
        self.bind(&expr.pat, Some(&expr.expr));
        self.trace_binding(&expr.pat, &before);
        self.visit_pat(&expr.pat);
    }

    fn visit_expr_if(&mut self, expr: &'ast syn::ExprIf) {
        let mark = self.locals.open();
        self.visit_expr(&expr.cond);
        let conditional = std::mem::replace(&mut self.conditional, true);
        self.visit_block(&expr.then_branch);
        self.locals.close(mark);
        if let Some((_, other)) = &expr.else_branch {
            self.visit_expr(other);
        }
        self.conditional = conditional;
    }

    fn visit_expr_while(&mut self, expr: &'ast syn::ExprWhile) {
        let mark = self.locals.open();
        self.visit_expr(&expr.cond);
        self.visit_block(&expr.body);
        self.locals.close(mark);
    }

    fn visit_expr_for_loop(&mut self, expr: &'ast syn::ExprForLoop) {
        self.visit_expr(&expr.expr);
        let mark = self.locals.open();
        let before = self.told_before(&expr.pat, &expr.expr);
        self.bind_same_origin(&expr.pat, &expr.expr);
        self.trace_loop(&expr.pat, before);
        self.visit_block(&expr.body);
        self.locals.close(mark);
    }

    fn visit_expr_match(&mut self, expr: &'ast syn::ExprMatch) {
        self.visit_expr(&expr.expr);
        let conditional = std::mem::replace(&mut self.conditional, true);
        for arm in &expr.arms {
            let mark = self.locals.open();
            let node = self.open_arm(arm);
            self.attributed(&arm.attrs, |walk| {
                let before = walk.told_before(&arm.pat, &expr.expr);
                walk.bind(&arm.pat, Some(&expr.expr));
                walk.trace_binding(&arm.pat, &before);
                walk.visit_pat(&arm.pat);
                walk.visit_expr(&arm.body);
                walk.trace_part(spans::bytes(expr.match_token.span), &arm.body);
            });
            self.close(node);
            self.locals.close(mark);
        }
        self.conditional = conditional;
    }
}

impl Walk<'_> {
    fn foreign(&mut self, item: &syn::ForeignItem) {
        match item {
            syn::ForeignItem::Fn(function) => {
                let said = self.said(&function.attrs);
                let ident = &function.sig.ident;
                let named =
                    Named::new(ident, ItemKind::Function, &function.attrs, &said).visible(&function.vis);
                let about = named.about();
                self.item(&named, ScopeKind::Item, |walk, _| walk.foreign_shape(&about, &function.sig));
            }
            syn::ForeignItem::Static(item) => {
                let said = self.said(&item.attrs);
                let kind = match &item.mutability {
                    syn::StaticMutability::Mut(_) => ItemKind::StaticMut,
                    _ => ItemKind::Static,
                };
                let named = Named::new(&item.ident, kind, &item.attrs, &said).visible(&item.vis);
                self.item(&named, ScopeKind::Item, |_, _| {});
            }
            syn::ForeignItem::Type(item) => {
                let said = self.said(&item.attrs);
                let named = Named::new(&item.ident, ItemKind::Type, &item.attrs, &said).visible(&item.vis);
                self.item(&named, ScopeKind::Item, |_, _| {});
            }
            syn::ForeignItem::Macro(item) => self.macro_item(&item.mac),
            _ => {}
        }
    }

    /// Notes that nobody looks at the result of a call: `x.f();`, `x.f().ok();`, `let _ = x.f();`, `_ = x.f();`.
    fn discard(&mut self, expr: &Expr) {
        match expr {
            Expr::MethodCall(call) if call.method == "ok" => self.discard(&call.receiver),
            Expr::Assign(assign) if matches!(*assign.left, Expr::Infer(_)) => self.discard(&assign.right),
            Expr::Unsafe(block) => {
                if let [Stmt::Expr(tail, _)] = block.block.stmts.as_slice() {
                    self.discard(tail);
                }
            }
            Expr::Call(_) | Expr::MethodCall(_) => self.discarded = Some(spans::of_expr(expr)),
            _ => {}
        }
    }

    fn local(&mut self, local: &syn::Local) {
        let node = self.open_let(local);
        if let Some(init) = &local.init {
            if matches!(local.pat, syn::Pat::Wild(_)) {
                self.discard(&init.expr);
            }
            self.visit_expr(&init.expr);
            if let Some((_, diverge)) = &init.diverge {
                self.visit_expr(diverge);
            }
        }
        self.close(node);
        let before = local.init.as_ref().map(|init| self.told_before(&local.pat, &init.expr));
        self.bind(&local.pat, local.init.as_ref().map(|init| &*init.expr));
        if let Some(before) = before {
            self.trace_binding(&local.pat, &before);
        }
        self.visit_pat(&local.pat);
    }

    /// An unsafe site of inline assembly; its argument may be the one of the block around it.
    pub(super) fn assembly(&mut self, call: &Macro) {
        let start = spans::of_path(&call.path);
        let argument = self.comments.argument(self.text, &[start.0, self.statement]);
        let argument = argument.or_else(|| self.block_argument.clone());
        self.unsafe_site(UnsafeKind::Asm, start, argument);
    }

    /// The path of an expression in call position; local variables can't be resolved.
    pub(super) fn value_path(&mut self, expr: &syn::ExprPath) -> PathAt {
        if let Some(qself) = &expr.qself
            && qself.position == 0
        {
            let rest = path_text(&expr.path);
            let text = match path_of_type(&qself.ty) {
                Some(ty) => format!("{}{rest}", path_text(ty)),
                None => return PathAt { path: self.intern(&rest), scope: self.scope, ns: Namespace::Local },
            };
            return PathAt { path: self.intern(&text), scope: self.scope, ns: Namespace::Value };
        }
        let mut path = self.path(&expr.path, Namespace::Value);
        if self.locals.get(path.path).is_some() {
            path.ns = Namespace::Local;
        }
        path
    }

    fn arguments_of(&mut self, all: &Punctuated<Expr, Token![,]>) -> Vec<Argument> {
        if self.in_tests {
            return Vec::new();
        }
        all.iter().map(|argument| self.argument_of(argument)).collect()
    }

    pub(super) fn argument_of(&mut self, expr: &Expr) -> Argument {
        Argument { value: self.sym(expr), name: self.plain_name(expr), at: spans::of_expr(expr) }
    }

    /// The last name of `x`, `*x`, `&self.x`, `x as T`.
    fn plain_name(&mut self, expr: &Expr) -> Option<Str> {
        match expr {
            Expr::Path(path) => path.path.get_ident().map(|ident| self.ident(ident)),
            Expr::Field(field) => match &field.member {
                syn::Member::Named(name) => Some(self.ident(name)),
                syn::Member::Unnamed(_) => None,
            },
            Expr::Reference(inner) => self.plain_name(&inner.expr),
            Expr::Cast(inner) => self.plain_name(&inner.expr),
            Expr::Unary(inner) if matches!(inner.op, syn::UnOp::Deref(_)) => self.plain_name(&inner.expr),
            Expr::Paren(inner) => self.plain_name(&inner.expr),
            _ => None,
        }
    }
}

fn attributes_of(expr: &Expr) -> &[Attribute] {
    match expr {
        Expr::Block(e) => &e.attrs,
        Expr::Call(e) => &e.attrs,
        Expr::MethodCall(e) => &e.attrs,
        Expr::Macro(e) => &e.attrs,
        Expr::If(e) => &e.attrs,
        Expr::Match(e) => &e.attrs,
        Expr::Unsafe(e) => &e.attrs,
        Expr::ForLoop(e) => &e.attrs,
        Expr::While(e) => &e.attrs,
        Expr::Loop(e) => &e.attrs,
        Expr::Assign(e) => &e.attrs,
        Expr::Return(e) => &e.attrs,
        Expr::Try(e) => &e.attrs,
        Expr::Await(e) => &e.attrs,
        Expr::Struct(e) => &e.attrs,
        Expr::Async(e) => &e.attrs,
        _ => &[],
    }
}
