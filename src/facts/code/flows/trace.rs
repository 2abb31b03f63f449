//! What expressions say something of: the way back from an expression to where its content comes from.
//!
//! Runs while a file is walked. Blocks, arms, closures and macros are told when they end, while their
//! variables are in view, and kept by the byte where they begin until the expression around asks.

use syn::{Expr, Lit};

use super::super::Map;
use super::super::macros::{self, Format};
use super::super::seen::{Span, Str, Sym};
use super::super::spans;
use super::super::syntax::Walk;
use super::known::{CHECKS, COMPOSES, Class, HOLDS, MASKS, SCALAR, TELLING, known};
use super::raw::{From, Root, Roots};
use super::watch::last_of;

/// How many roots of an expression are kept.
const MOST: usize = 8;
/// How many parts of an expression are looked at.
const LARGEST: u32 = 200;

/// Words in the names of types that do not show what they hold.
const HIDING: &[&str] =
    &["Secret", "Redact", "Sensitive", "Masked", "Protected", "Hidden", "Obfuscated", "Encrypted", "Hashed"];

/// The state of the trace: of the file, and of the function that is walked.
#[derive(Debug, Default)]
pub(in super::super) struct Tracer {
    /// By string: what it may mean as a name, and as a path.
    classes: Vec<Option<Class>>,
    paths: Vec<Option<Class>>,
    pub(super) function: Option<Function>,
    /// The arguments of the macro that is read, as far as they are read.
    pub(super) arguments: Vec<(u8, Roots)>,
    /// What the parameters of a closure get that is an argument of the method call being walked.
    pub(in super::super) given: Roots,
}

/// The function that is walked.
#[derive(Debug, Default)]
pub(in super::super) struct Function {
    pub declaration: u32,
    /// What blocks and the like say, by the byte where they begin.
    pub tails: Map<u32, Roots>,
    /// What looked at a content so far.
    pub checks: Vec<(From, Vec<Str>)>,
    pub returned: Roots,
    /// True when something from outside or telling was met.
    pub strong: bool,
}

/// Adds roots to roots.
pub(in super::super) fn add(into: &mut Roots, more: Roots) {
    into.cut |= more.cut;
    for root in more.list {
        match into.iter().position(|known| known.from == root.from) {
            // The way with fewer obstacles counts.
            Some(at) => {
                into[at].marks.retain(|mark| root.marks.contains(mark));
                into[at].whole |= root.whole;
            }
            None if into.len() < MOST => into.push(root),
            None => into.cut = true,
        }
    }
}

pub(super) fn root(from: From) -> Root {
    Root { from, marks: Vec::new(), whole: true }
}

/// True for a type that does not show what it holds.
pub(super) fn hides(of_type: &str) -> bool {
    HIDING.iter().any(|word| of_type.contains(word))
}

impl Walk<'_> {
    /// What a name may mean.
    pub(super) fn class(&mut self, name: Str) -> Class {
        let strings = &self.seen.strings;
        told_once(&mut self.tracer.classes, name, strings.len(), || known().class(strings.get(name)))
    }

    /// What a path may mean.
    pub(super) fn class_of_path(&mut self, path: Str) -> Class {
        let strings = &self.seen.strings;
        told_once(&mut self.tracer.paths, path, strings.len(), || {
            let (path, known) = (strings.get(path), known());
            let hides = if hides(path) { MASKS } else { 0 };
            let holds = if known.carries(path) { HOLDS } else { 0 };
            known.class(last_of(path)) | hides | holds
        })
    }

    pub(super) fn class_of(&mut self, ident: &syn::Ident) -> Class {
        let name = self.ident(ident);
        self.class(name)
    }

    /// What an expression says something of.
    pub(super) fn roots(&mut self, expr: &Expr) -> Roots {
        if self.tracer.function.is_none() {
            return Roots::default();
        }
        let mut budget = LARGEST;
        self.roots_within(expr, &mut budget)
    }

    pub(super) fn roots_within(&mut self, expr: &Expr, budget: &mut u32) -> Roots {
        if *budget == 0 {
            return Roots::unseen();
        }
        *budget -= 1;
        match expr {
            Expr::Path(path) => self.variable(path),
            Expr::Field(field) => self.field_roots(field, expr, budget),
            Expr::MethodCall(call) => self.method_roots(call, budget),
            Expr::Call(call) => self.call_roots(call, budget),
            Expr::Reference(inner) => self.roots_within(&inner.expr, budget),
            Expr::Paren(inner) => self.roots_within(&inner.expr, budget),
            Expr::Group(inner) => self.roots_within(&inner.expr, budget),
            Expr::Try(inner) => self.roots_within(&inner.expr, budget),
            Expr::Await(inner) => self.roots_within(&inner.base, budget),
            Expr::Unary(unary) if matches!(unary.op, syn::UnOp::Deref(_)) => {
                self.roots_within(&unary.expr, budget)
            }
            Expr::Index(index) => self.index_roots(index, budget),
            Expr::Binary(binary) if matches!(binary.op, syn::BinOp::Add(_)) => {
                self.all([&*binary.left, &*binary.right], budget)
            }
            Expr::Cast(cast) => {
                let scalar = match super::super::syntax::path_of_type(&cast.ty) {
                    Some(path) => {
                        path.segments.last().is_none_or(|last| self.class_of(&last.ident) & SCALAR != 0)
                    }
                    None => false,
                };
                if scalar { Roots::default() } else { self.roots_within(&cast.expr, budget) }
            }
            Expr::Tuple(tuple) => self.all(&tuple.elems, budget),
            Expr::Array(array) => self.all(&array.elems, budget),
            Expr::Struct(literal) => {
                let mut roots = self.all(literal.fields.iter().map(|field| &field.expr), budget);
                // What a whole structure shows is told by its own `Debug`.
                roots.retain(|root| !is_named(root));
                roots
            }
            Expr::If(branch) => {
                let mut roots = self.told_of(spans::start(branch.then_branch.brace_token.span.open()));
                if let Some((_, other)) = &branch.else_branch {
                    add(&mut roots, self.roots_within(other, budget));
                }
                roots
            }
            Expr::Block(block) => self.told_of(spans::start(block.block.brace_token.span.open())),
            Expr::Unsafe(block) => self.told_of(spans::start(block.block.brace_token.span.open())),
            Expr::Async(block) => self.told_of(spans::start(block.block.brace_token.span.open())),
            Expr::Match(_) | Expr::Closure(_) => self.told_of(spans::start(spans::first(expr))),
            Expr::Macro(call) => self.told_of(spans::path_start(&call.mac.path)),
            _ => Roots::default(),
        }
    }

    pub(super) fn all<'e>(&mut self, parts: impl IntoIterator<Item = &'e Expr>, budget: &mut u32) -> Roots {
        let mut roots = Roots::default();
        for part in parts {
            add(&mut roots, self.roots_within(part, budget));
        }
        roots
    }

    /// What was told of a block, an arm, a closure or a macro when it ended.
    pub(super) fn told_of(&self, start: u32) -> Roots {
        let function = self.tracer.function.as_ref();
        function.and_then(|function| function.tails.get(&start)).cloned().unwrap_or_default()
    }

    pub(super) fn keep_tail(&mut self, start: u32, roots: Roots) {
        if let Some(function) = &mut self.tracer.function
            && (roots.cut || !roots.is_empty())
        {
            add(function.tails.entry(start).or_default(), roots);
        }
    }

    fn variable(&mut self, path: &syn::ExprPath) -> Roots {
        let Some(ident) = path.path.get_ident() else { return Roots::default() };
        let name = self.ident(ident);
        self.named_variable(name, spans::bytes(ident.span()))
    }

    /// What a variable says; one that is not in view, such as a static, by its name alone.
    pub(super) fn named_variable(&mut self, name: Str, at: Span) -> Roots {
        match self.locals.get(name).map(|binding| binding.roots.clone()) {
            Some(roots) => roots,
            None if self.class(name) & TELLING != 0 => Roots::of(root(From::Named(name, None, at))),
            None => Roots::default(),
        }
    }

    fn field_roots(&mut self, field: &syn::ExprField, expr: &Expr, budget: &mut u32) -> Roots {
        let mut roots = self.roots_within(&field.base, budget);
        let syn::Member::Named(ident) = &field.member else {
            for root in roots.iter_mut() {
                root.whole = false;
            }
            return roots;
        };
        let name = self.ident(ident);
        roots.retain(|root| !is_named(root));
        for root in roots.iter_mut() {
            root.whole = false;
            if let From::Parameter(parameter) = &mut root.from
                && parameter.field.is_none()
            {
                parameter.field = Some(name);
            }
        }
        if self.class(name) & TELLING != 0 {
            let of = match self.sym(expr) {
                of @ Sym::Field(..) => Some(of),
                _ => None,
            };
            add(&mut roots, Roots::of(root(From::Named(name, of, spans::of_expr(expr)))));
        }
        roots
    }

    fn index_roots(&mut self, index: &syn::ExprIndex, budget: &mut u32) -> Roots {
        let mut roots = self.roots_within(&index.expr, budget);
        if matches!(&*index.index, Expr::Range(_)) {
            roots.retain(|root| !is_named(root));
        }
        if let Some((name, at)) = self.key(&index.index) {
            roots.retain(|root| !is_named(root));
            add(&mut roots, Roots::of(root(From::Named(name, None, at))));
        }
        roots
    }

    /// The telling name in `"password"` or `tags::PATIENT_NAME`.
    pub(super) fn key(&mut self, expr: &Expr) -> Option<(Str, Span)> {
        let text = match expr {
            Expr::Reference(inner) => return self.key(&inner.expr),
            Expr::Lit(lit) => match &lit.lit {
                Lit::Str(text) => text.value(),
                _ => return None,
            },
            Expr::Path(path) => path.path.segments.last()?.ident.to_string(),
            _ => return None,
        };
        let name = self.intern(&text);
        let telling = self.class(name) & (TELLING & !super::known::PROOF) != 0;
        telling.then(|| (name, spans::of_expr(expr)))
    }

    /// Something from outside, or telling, is in view.
    pub(super) fn met(&mut self) {
        if let Some(function) = &mut self.tracer.function {
            function.strong = true;
        }
    }

    /// Notes that something looked at contents.
    pub(super) fn looked_at(&mut self, name: Str, roots: &Roots) {
        let Some(function) = &mut self.tracer.function else { return };
        for root in roots.iter() {
            let from = innermost(&root.from);
            match function.checks.iter_mut().find(|(known, _)| known == from) {
                Some((_, marks)) if marks.contains(&name) => {}
                Some((_, marks)) => marks.push(name),
                None => function.checks.push((from.clone(), vec![name])),
            }
        }
    }

    /// The roots with everything that looked at them so far.
    pub(super) fn judged(&self, mut roots: Roots) -> Roots {
        let Some(function) = &self.tracer.function else { return roots };
        for root in roots.iter_mut() {
            let from = innermost(&root.from);
            let looked =
                function.checks.iter().find(|(known, _)| known == from).map(|(_, marks)| marks.clone());
            looked.into_iter().flatten().for_each(|name| mark(root, name));
        }
        roots
    }

    /// What the arguments and captures of a macro say, when it puts text together.
    pub(super) fn text_of_macro(&mut self, name: &str) -> Roots {
        let id = self.intern(name);
        if self.class(id) & COMPOSES == 0 {
            return Roots::default();
        }
        let mut all = Roots::default();
        for (_, roots) in &self.tracer.arguments {
            add(&mut all, roots.clone());
        }
        all
    }

    /// What the names captured in a format string say.
    pub(super) fn captured_roots(&mut self, expr: &Expr) -> Roots {
        let mut roots = Roots::default();
        let Expr::Lit(syn::ExprLit { lit: Lit::Str(text), .. }) = expr else { return roots };
        for part in macros::format_parts(&text.value()) {
            if let Format::Name(name) = part {
                let id = self.intern(&name);
                let at = self.within(text, &name);
                add(&mut roots, self.named_variable(id, at));
            }
        }
        roots
    }

    /// Where a name stands in a format string.
    fn within(&self, text: &syn::LitStr, name: &str) -> Span {
        let whole = spans::bytes(text.span());
        let written = self.text.get(whole.0 as usize..whole.1 as usize).unwrap_or_default();
        let captured = |at: &usize| {
            written[at + 1..].strip_prefix(name).is_some_and(|rest| rest.starts_with([':', '}']))
        };
        match written
            .match_indices('{')
            .map(|(at, _)| at)
            .find(captured)
            .and_then(|at| u32::try_from(at).ok())
        {
            Some(at) => (whole.0 + at + 1, whole.0 + at + 1 + u32::try_from(name.len()).unwrap_or(0)),
            None => whole,
        }
    }

    /// True where a call may be checked for what it is given: `is_safe(x)`, `x.starts_with(y)`.
    pub(super) fn may_check(&mut self, name: Str) -> bool {
        self.class(name) & CHECKS != 0
    }
}

/// The class of one of so many strings, found out once.
fn told_once(
    classes: &mut Vec<Option<Class>>,
    of: Str,
    strings: usize,
    class: impl FnOnce() -> Class,
) -> Class {
    if classes.len() <= of as usize {
        classes.resize(strings, None);
    }
    *classes[of as usize].get_or_insert_with(class)
}

/// True for what is told by a name. A part of a secret is no secret, a part of a request is still one.
pub(super) fn is_named(root: &Root) -> bool {
    matches!(root.from, From::Named(..))
}

pub(super) fn mark(root: &mut Root, name: Str) {
    if !root.marks.contains(&name) {
        root.marks.push(name);
    }
}

/// The content itself, whatever it went through.
pub(super) fn innermost(from: &From) -> &From {
    match from {
        From::Passed(passed) => innermost(&passed.root.from),
        from => from,
    }
}
