//! Local variables: what each is bound to, and what is built further through it.

use syn::{Expr, Pat, Type};

use super::Map;
use super::flows::{add, raw::Roots};
use super::presets::{is_field, is_preset};
use super::seen::{Namespace, Origin, PathAt, Str, Sym};
use super::spans;
use super::syntax::{Walk, path_text};

/// The longest chain of methods that is kept.
const LONGEST_CHAIN: usize = 64;

/// The variables in view.
#[derive(Debug, Default)]
pub(super) struct Locals {
    bindings: Map<Str, Vec<Binding>>,
    order: Vec<Str>,
    depth: usize,
}

/// A variable.
#[derive(Debug, Clone, Default)]
pub(super) struct Binding {
    pub value: Sym,
    pub origin: Option<Origin>,
    /// What it says something of.
    pub roots: Roots,
    mutable: bool,
    depth: usize,
}

impl Binding {
    fn new(value: Sym, origin: Option<Origin>, mutable: bool) -> Self {
        Self { value, origin, mutable, ..Self::default() }
    }
}

impl Locals {
    /// Begins a block; the mark ends it.
    pub(super) fn open(&mut self) -> usize {
        self.depth += 1;
        self.order.len()
    }

    pub(super) fn close(&mut self, mark: usize) {
        self.depth -= 1;
        for name in self.order.drain(mark..) {
            if let Some(bindings) = self.bindings.get_mut(&name) {
                bindings.pop();
            }
        }
    }

    pub(super) fn get(&self, name: Str) -> Option<&Binding> {
        self.bindings.get(&name)?.last()
    }

    fn get_mut(&mut self, name: Str) -> Option<&mut Binding> {
        self.bindings.get_mut(&name)?.last_mut()
    }

    /// Says what the variable that was bound last under a name says something of.
    pub(super) fn set_roots(&mut self, name: Str, roots: Roots) {
        if let Some(binding) = self.get_mut(name) {
            binding.roots = roots;
        }
    }

    /// ... and of something more.
    pub(super) fn more_roots(&mut self, name: Str, roots: Roots) {
        if let Some(binding) = self.get_mut(name) {
            add(&mut binding.roots, roots);
        }
    }

    fn add(&mut self, name: Str, mut binding: Binding) {
        binding.depth = self.depth;
        self.bindings.entry(name).or_default().push(binding);
        self.order.push(name);
    }
}

/// `Ok(client) => client`: the value is what was asked for, where it is there.
fn hands_on(arm: &syn::Arm) -> bool {
    let (Pat::TupleStruct(tuple), Expr::Path(body)) = (&arm.pat, &*arm.body) else { return false };
    let inner = match tuple.elems.first() {
        Some(Pat::Ident(inner)) if tuple.elems.len() == 1 => &inner.ident,
        _ => return false,
    };
    ["Ok", "Some"].contains(&path_text(&tuple.path).as_str()) && body.path.is_ident(inner)
}

impl Walk<'_> {
    /// Binds a parameter to its type.
    pub(super) fn bind_typed(&mut self, pat: &Pat, ty: &Type) {
        match pat {
            Pat::Ident(ident) => {
                let typed = self.type_path(ty).map_or(Sym::Unknown, Sym::Typed);
                let at = spans::bytes(ident.ident.span());
                let origin =
                    (typed != Sym::Unknown).then(|| Origin { start: typed.clone(), at, chain: Vec::new() });
                let name = self.ident(&ident.ident);
                let mutable = ident.mutability.is_some();
                let value = match typed {
                    Sym::Typed(ty) if !mutable && self.is_plain(ty) => Sym::Given(name),
                    other => other,
                };
                self.locals.add(name, Binding::new(value, origin, mutable));
            }
            Pat::Type(inner) => self.bind_typed(&inner.pat, &inner.ty),
            // Extractors: `State(pool): State<Pool>`.
            Pat::TupleStruct(tuple) => {
                let inner = match ty {
                    Type::Path(path) => path.path.segments.last().and_then(|last| match &last.arguments {
                        syn::PathArguments::AngleBracketed(generics) => match generics.args.first() {
                            Some(syn::GenericArgument::Type(inner)) if generics.args.len() == 1 => {
                                Some(inner)
                            }
                            _ => None,
                        },
                        _ => None,
                    }),
                    _ => None,
                };
                match (inner, tuple.elems.first()) {
                    (Some(inner), Some(pat)) if tuple.elems.len() == 1 => self.bind_typed(pat, inner),
                    _ => self.bind(pat, None),
                }
            }
            other => self.bind(other, None),
        }
    }

    /// Binds a pattern to an expression, or to something unknown.
    pub(super) fn bind(&mut self, pat: &Pat, expr: Option<&Expr>) {
        match pat {
            Pat::Ident(ident) => {
                let text = ident.ident.to_string();
                // `None`, `Some`, constants: patterns that bind nothing.
                if ident.subpat.is_none() && text.starts_with(|c: char| c.is_uppercase()) {
                    return;
                }
                let mutable = ident.mutability.is_some();
                let value = match expr {
                    Some(expr) if !mutable => self.sym(expr),
                    _ => Sym::Unknown,
                };
                let origin = expr.and_then(|expr| self.origin(expr));
                let name = self.ident(&ident.ident);
                self.locals.add(name, Binding::new(value, origin, mutable));
                if let Some((_, inner)) = &ident.subpat {
                    self.bind(inner, None);
                }
            }
            Pat::Type(typed) => self.bind_annotated(typed, expr),
            Pat::Reference(reference) => self.bind(&reference.pat, expr),
            Pat::Paren(paren) => self.bind(&paren.pat, expr),
            Pat::Guard(guard) => self.bind(&guard.pat, expr),
            Pat::TupleStruct(tuple) => {
                let wraps = ["Ok", "Some"].contains(&path_text(&tuple.path).as_str());
                for inner in &tuple.elems {
                    // What is inside has the same beginning, but another value.
                    match expr {
                        Some(expr) if wraps => self.bind_same_origin(inner, expr),
                        _ => self.bind(inner, None),
                    }
                }
            }
            Pat::Tuple(tuple) => match expr {
                Some(Expr::Tuple(values)) if values.elems.len() == tuple.elems.len() => {
                    for (pat, value) in tuple.elems.iter().zip(&values.elems) {
                        self.bind(pat, Some(value));
                    }
                }
                _ => tuple.elems.iter().for_each(|pat| self.bind(pat, None)),
            },
            Pat::Slice(slice) => slice.elems.iter().for_each(|pat| self.bind(pat, None)),
            Pat::Struct(whole) => self.bind_fields(whole),
            Pat::Or(or) => or.cases.iter().for_each(|pat| self.bind(pat, None)),
            _ => {}
        }
    }

    /// `let App { port, .. } = app`: fields of a known type.
    fn bind_fields(&mut self, whole: &syn::PatStruct) {
        for field in &whole.fields {
            let (Pat::Ident(ident), syn::Member::Named(member)) = (&*field.pat, &field.member) else {
                self.bind(&field.pat, None);
                continue;
            };
            let typed = Sym::Typed(self.path(&whole.path, Namespace::Type));
            let value = Sym::Field(Box::new(typed), self.ident(member));
            let at = spans::bytes(ident.ident.span());
            let origin = Some(Origin { start: value.clone(), at, chain: Vec::new() });
            let name = self.ident(&ident.ident);
            let mutable = ident.mutability.is_some();
            let value = if mutable { Sym::Unknown } else { value };
            self.locals.add(name, Binding::new(value, origin, mutable));
        }
    }

    pub(super) fn bind_same_origin(&mut self, pat: &Pat, expr: &Expr) {
        let Pat::Ident(ident) = pat else { return self.bind(pat, None) };
        let origin = self.origin(expr);
        let name = self.ident(&ident.ident);
        let mutable = ident.mutability.is_some();
        // `Some(port) = settings.port`: what the field holds, where it holds something.
        let value = match self.sym(expr) {
            _ if mutable => Sym::Unknown,
            field if is_field(&field) => Sym::Same(Box::new(field)),
            Sym::Else(field) if is_field(&field) => Sym::Else(Box::new(Sym::Same(field))),
            _ => Sym::Unknown,
        };
        self.locals.add(name, Binding::new(value, origin, mutable));
    }

    /// `let x: T = expr`: the expression says more than the type where it is a call.
    fn bind_annotated(&mut self, typed: &syn::PatType, expr: Option<&Expr>) {
        let Pat::Ident(ident) = &*typed.pat else { return self.bind(&typed.pat, expr) };
        let before = self.locals.order.len();
        self.bind(&typed.pat, expr);
        if self.locals.order.len() == before {
            return;
        }
        let Some(ty) = self.type_path(&typed.ty) else { return };
        let at = spans::bytes(ident.ident.span());
        let name = self.ident(&ident.ident);
        let Some(binding) = self.locals.get_mut(name) else { return };
        let plain = binding.origin.as_ref().is_some_and(|origin| {
            origin.chain.is_empty() && matches!(origin.start, Sym::Call(..) | Sym::Path(_))
        });
        if !plain {
            binding.origin = Some(Origin { start: Sym::Typed(ty), at, chain: Vec::new() });
        }
        let value = binding.value.clone();
        if value == Sym::Unknown || is_preset(&value) && !self.keeps_preset(&value, ty) {
            let Some(binding) = self.locals.get_mut(name) else { return };
            binding.value = Sym::Typed(ty);
        }
    }

    /// `name = expr`, or with `None` any other change.
    pub(super) fn assigned(&mut self, left: &Expr, right: Option<&Expr>) {
        let Expr::Path(path) = left else { return };
        let Some(ident) = path.path.get_ident() else { return };
        let name = self.ident(ident);
        let origin = right.and_then(|right| self.origin(right));
        let depth = self.locals.depth;
        let Some(binding) = self.locals.get_mut(name) else { return };
        binding.value = Sym::Unknown;
        let same_start =
            matches!((&origin, &binding.origin), (Some(new), Some(old)) if new.start == old.start);
        binding.origin = if same_start || binding.depth == depth { origin } else { None };
    }

    /// `builder.option(..);` on a mutable variable: what follows is built with it.
    pub(super) fn built_further(&mut self, expr: &Expr) {
        let mut methods = Vec::new();
        let mut expr = expr;
        let ident = loop {
            match expr {
                Expr::MethodCall(call) if methods.len() < LONGEST_CHAIN => {
                    methods.push(self.ident(&call.method));
                    expr = &call.receiver;
                }
                Expr::Try(inner) => expr = &inner.expr,
                Expr::Await(inner) => expr = &inner.base,
                Expr::Path(path) => break path.path.get_ident(),
                _ => break None,
            }
        };
        let Some(ident) = ident.filter(|_| !methods.is_empty()) else { return };
        let name = self.ident(ident);
        let Some(binding) = self.locals.get_mut(name).filter(|binding| binding.mutable) else { return };
        if let Some(origin) = &mut binding.origin
            && origin.chain.len() + methods.len() <= LONGEST_CHAIN
        {
            origin.chain.extend(methods.into_iter().rev());
        }
    }

    /// Where the chain of method calls in an expression begins.
    pub(super) fn origin(&mut self, expr: &Expr) -> Option<Origin> {
        if self.in_tests {
            return None;
        }
        let mut methods = Vec::new();
        let mut expr = expr;
        let mut origin = loop {
            expr = match expr {
                Expr::MethodCall(call) if methods.len() < LONGEST_CHAIN => {
                    methods.push(self.ident(&call.method));
                    &call.receiver
                }
                Expr::Try(inner) => &inner.expr,
                Expr::Await(inner) => &inner.base,
                Expr::Paren(inner) => &inner.expr,
                Expr::Group(inner) => &inner.expr,
                Expr::Reference(inner) => &inner.expr,
                Expr::Unary(inner) if matches!(inner.op, syn::UnOp::Deref(_)) => &inner.expr,
                Expr::Unsafe(block) => match block.block.stmts.as_slice() {
                    [syn::Stmt::Expr(tail, None)] => tail,
                    _ => return None,
                },
                Expr::Match(branches) if branches.arms.iter().any(hands_on) => &branches.expr,
                other => break self.start(other)?,
            };
        };
        if origin.chain.len() + methods.len() > LONGEST_CHAIN {
            return None;
        }
        origin.chain.extend(methods.into_iter().rev());
        Some(origin)
    }

    fn start(&mut self, expr: &Expr) -> Option<Origin> {
        let start = match expr {
            Expr::Path(path) => {
                if let Some(ident) = path.path.get_ident() {
                    if ident == "self" {
                        Sym::Typed(self.self_type())
                    } else {
                        let name = self.ident(ident);
                        match self.locals.get(name) {
                            Some(binding) => return binding.origin.clone(),
                            None => Sym::Path(self.value_path(path)),
                        }
                    }
                } else {
                    Sym::Path(self.value_path(path))
                }
            }
            Expr::Field(field) => {
                let base = self.origin(&field.base).filter(|base| base.chain.is_empty())?;
                let (syn::Member::Named(name), Sym::Typed(_) | Sym::Field(..)) = (&field.member, &base.start)
                else {
                    return None;
                };
                Sym::Field(Box::new(base.start), self.ident(name))
            }
            Expr::Struct(literal) => Sym::Typed(self.path(&literal.path, Namespace::Type)),
            Expr::Macro(call) => {
                let mut path = self.path(&call.mac.path, Namespace::Macro);
                path.ns = Namespace::Macro;
                Sym::Call(path, Vec::new())
            }
            Expr::Call(_) => match self.sym(expr) {
                call @ Sym::Call(..) => call,
                _ => return None,
            },
            _ => return None,
        };
        Some(Origin { start, at: spans::of_expr(expr), chain: Vec::new() })
    }

    pub(super) fn self_type(&mut self) -> PathAt {
        PathAt { path: self.intern("Self"), scope: self.scope, ns: Namespace::Type }
    }
}
