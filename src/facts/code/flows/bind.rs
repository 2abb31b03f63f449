//! What variables say: parameters, patterns, what is assigned or added.

use syn::{Expr, Pat, Type};

use super::super::seen::{FieldSet, Namespace, Span, Str, Sym};
use super::super::spans;
use super::super::syntax::{Walk, path_of_type, path_text};
use super::known::{MASKS, SCALAR, SETTING, SOURCE_TYPE, TELLING};
use super::raw::{Bound, From, Parameter, Roots};
use super::trace::{hides, innermost, is_named, root};

/// What the variables of a pattern will say.
#[derive(Debug, Default)]
pub(in super::super) struct Before {
    roots: Roots,
    /// The expression or the type shows nothing of a secret.
    hidden: bool,
    harmless: bool,
    /// For a tuple bound to a tuple: each by itself.
    parts: Vec<Before>,
}

impl Walk<'_> {
    /// A parameter of the function.
    pub(in super::super) fn trace_parameter(&mut self, index: usize, pat: &Pat, ty: &Type) {
        let Some(function) = &self.tracer.function else { return };
        let (function, Ok(index)) = (function.declaration, u8::try_from(index)) else { return };
        let ty = unwrapped(ty);
        if let (Pat::TupleStruct(tuple), Some(Type::Tuple(types))) = (pat, generic(ty))
            && let Some(Pat::Tuple(pats)) = tuple.elems.first()
        {
            for (pat, inner) in pats.elems.iter().zip(&types.elems) {
                if !self.is_scalar(inner) {
                    self.bind_parameter(function, index, pat, ty);
                }
            }
            return;
        }
        let harmless = self.is_scalar(ty) || generic(ty).is_some_and(|inner| self.is_scalar(inner));
        if harmless {
            return;
        }
        self.bind_parameter(function, index, pat, ty);
    }

    fn bind_parameter(&mut self, function: u32, index: u8, pat: &Pat, ty: &Type) {
        let of = self.type_path(ty);
        let inner = generic(ty).map(unwrapped).and_then(|inner| self.type_path(inner));
        if of.is_some_and(|of| self.class_of_path(of.path) & SOURCE_TYPE != 0) {
            self.met();
        }
        let at = first_ident(pat).map_or((0, 0), |ident| spans::bytes(ident.span()));
        let parameter = Parameter { function, index, of, inner, field: None, at };
        let roots = Roots::of(root(From::Parameter(Box::new(parameter))));
        self.bind_roots(pat, &roots, hides_type(ty));
    }

    fn is_scalar(&mut self, ty: &Type) -> bool {
        match unwrapped(ty) {
            Type::Path(path) => {
                path.path.segments.last().is_some_and(|last| self.class_of(&last.ident) & SCALAR != 0)
            }
            Type::Tuple(tuple) => !tuple.elems.is_empty() && tuple.elems.iter().all(|ty| self.is_scalar(ty)),
            _ => false,
        }
    }

    /// What the variables of a pattern will say; told before they are in view, since an older variable may
    /// have the same name.
    pub(in super::super) fn told_before(&mut self, pat: &Pat, expr: &Expr) -> Before {
        if self.tracer.function.is_none() {
            return Before::default();
        }
        let mut hidden = self.masks(expr);
        if let Pat::Type(typed) = pat {
            if self.is_scalar(&typed.ty) {
                return Before { harmless: true, ..Before::default() };
            }
            hidden |= hides_type(&typed.ty);
        }
        let parts = match (pat, expr) {
            (Pat::Tuple(tuple), Expr::Tuple(values)) if values.elems.len() == tuple.elems.len() => tuple
                .elems
                .iter()
                .zip(&values.elems)
                .map(|(pat, value)| self.told_before(pat, value))
                .collect(),
            _ => Vec::new(),
        };
        Before { roots: self.roots(expr), hidden, harmless: false, parts }
    }

    /// True for an expression whose value is not what its name says any more.
    fn masks(&mut self, expr: &Expr) -> bool {
        match expr {
            Expr::MethodCall(call) => self.class_of(&call.method) & MASKS != 0,
            Expr::Call(call) => match &*call.func {
                Expr::Path(path) => {
                    let path = self.path(&path.path, Namespace::Value);
                    self.class_of_path(path.path) & MASKS != 0
                }
                _ => false,
            },
            Expr::Try(inner) => self.masks(&inner.expr),
            Expr::Await(inner) => self.masks(&inner.base),
            Expr::Lit(lit) => !matches!(lit.lit, syn::Lit::Str(_) | syn::Lit::ByteStr(_)),
            Expr::Binary(binary) => !matches!(binary.op, syn::BinOp::Add(_)),
            Expr::Unary(unary) => !matches!(unary.op, syn::UnOp::Deref(_)),
            Expr::Closure(_) => true,
            _ => false,
        }
    }

    /// The variables of a pattern say what was told before.
    pub(in super::super) fn trace_binding(&mut self, pat: &Pat, before: &Before) {
        if self.tracer.function.is_none() || before.harmless {
            return;
        }
        match pat {
            Pat::Tuple(tuple) if tuple.elems.len() == before.parts.len() => {
                for (pat, before) in tuple.elems.iter().zip(&before.parts) {
                    self.trace_binding(pat, before);
                }
            }
            _ => self.bind_roots(pat, &before.roots, before.hidden),
        }
    }

    /// Every variable of a pattern gets the roots; one with a telling name is a root itself.
    fn bind_roots(&mut self, pat: &Pat, roots: &Roots, hidden: bool) {
        match pat {
            Pat::Ident(ident) => {
                let name = self.ident(&ident.ident);
                let mut own = roots.clone();
                if hidden {
                    own.retain(|root| !is_named(root));
                } else if self.class(name) & TELLING != 0 && !own.iter().any(is_named) {
                    own.insert(0, root(From::Named(name, None, spans::bytes(ident.ident.span()))));
                }
                self.note_strong(&own);
                self.note_name(name, spans::bytes(ident.ident.span()), &own);
                self.locals.set_roots(name, own);
                if let Some((_, inner)) = &ident.subpat {
                    self.bind_roots(inner, roots, hidden);
                }
            }
            Pat::Type(inner) => self.bind_roots(&inner.pat, roots, hidden),
            Pat::Reference(inner) => self.bind_roots(&inner.pat, roots, hidden),
            Pat::Paren(inner) => self.bind_roots(&inner.pat, roots, hidden),
            Pat::Guard(inner) => self.bind_roots(&inner.pat, roots, hidden),
            // An error tells what went wrong with the content, and is not the content.
            Pat::TupleStruct(tuple) if path_text(&tuple.path) == "Err" => {}
            Pat::TupleStruct(tuple) => {
                tuple.elems.iter().for_each(|inner| self.bind_roots(inner, roots, hidden));
            }
            Pat::Tuple(tuple) => {
                let mut parts = roots.clone();
                parts.retain(|root| !is_named(root));
                tuple.elems.iter().for_each(|inner| self.bind_roots(inner, &parts, hidden));
            }
            Pat::Slice(slice) => slice.elems.iter().for_each(|inner| self.bind_roots(inner, roots, hidden)),
            Pat::Or(or) => or.cases.iter().for_each(|inner| self.bind_roots(inner, roots, hidden)),
            Pat::Struct(whole) => self.bind_fields_roots(whole, roots),
            _ => {}
        }
    }

    fn bind_fields_roots(&mut self, whole: &syn::PatStruct, roots: &Roots) {
        for field in &whole.fields {
            let syn::Member::Named(member) = &field.member else { continue };
            let name = self.ident(member);
            let mut own = roots.clone();
            own.retain(|root| !is_named(root));
            for root in own.iter_mut() {
                root.whole = false;
                if let From::Parameter(parameter) = &mut root.from
                    && parameter.field.is_none()
                {
                    parameter.field = Some(name);
                }
            }
            if self.class(name) & TELLING != 0 {
                let typed = Sym::Typed(self.path(&whole.path, Namespace::Type));
                let of = Sym::Field(Box::new(typed), name);
                own.insert(0, root(From::Named(name, Some(of), spans::bytes(member.span()))));
            }
            self.bind_roots(&field.pat, &own, false);
        }
    }

    /// Something with a telling name gets the result of a call of interest.
    fn note_name(&mut self, name: Str, at: Span, roots: &Roots) {
        if self.class(name) & TELLING == 0 {
            return;
        }
        let mut called = roots.clone();
        called.retain(|root| {
            matches!(innermost(&root.from), From::Call(..) | From::Method(..))
                && self.is_strong(innermost(&root.from))
        });
        if !called.is_empty() {
            let (scope, in_macro, roots) = (self.scope, self.in_macro, self.judged(called));
            self.seen.product.named.push(Bound { scope, at, in_macro, name, roots });
        }
    }

    /// A field of a structure that is made or changed.
    pub(in super::super) fn trace_field_set(&mut self, of: Option<Sym>, member: &syn::Ident, value: &Expr) {
        let name = self.ident(member);
        let class = self.class(name);
        let at = (spans::start(member.span()), spans::of_expr(value).1);
        if class & SETTING != 0 && !self.in_tests {
            let (scope, in_macro, value) = (self.scope, self.in_macro, self.sym(value));
            self.seen.product.fields_set.push(FieldSet { scope, at, of, name, value, in_macro });
        }
        if class & TELLING != 0 {
            let roots = self.roots(value);
            self.note_name(name, spans::bytes(member.span()), &roots);
        }
    }

    pub(super) fn note_strong(&mut self, roots: &Roots) {
        if roots.iter().any(is_named) {
            self.met();
        }
    }

    /// `name = expr`, or with what is added to it.
    pub(in super::super) fn trace_assigned(&mut self, left: &Expr, right: &Expr) {
        let roots = self.roots(right);
        self.filled(left, roots);
    }

    /// A variable says something more.
    pub(super) fn filled(&mut self, place: &Expr, roots: Roots) {
        let Some(name) = self.variable_of(place) else { return };
        self.note_strong(&roots);
        self.locals.more_roots(name, roots);
    }

    /// The variable that a place is, or is part of.
    fn variable_of(&mut self, mut place: &Expr) -> Option<Str> {
        loop {
            place = match place {
                Expr::Path(path) => return path.path.get_ident().map(|ident| self.ident(ident)),
                Expr::Reference(inner) => &inner.expr,
                Expr::Paren(inner) => &inner.expr,
                Expr::Unary(inner) => &inner.expr,
                Expr::MethodCall(call) if call.method == "as_mut" || call.method == "by_ref" => {
                    &call.receiver
                }
                _ => return None,
            };
        }
    }

    /// The parameters of a closure.
    pub(in super::super) fn trace_closure_input(&mut self, pat: &Pat) {
        if self.tracer.function.is_some() {
            let roots = self.tracer.given.clone();
            let roots = self.single(roots);
            self.bind_roots(pat, &roots, false);
        }
    }

    /// What one of many says: `keys` may be anything, a list of names too.
    fn single(&self, mut roots: Roots) -> Roots {
        roots.retain(|root| match &root.from {
            From::Named(name, ..) => !self.seen.str(*name).ends_with('s'),
            _ => true,
        });
        roots
    }

    /// The variables of a loop.
    pub(in super::super) fn trace_loop(&mut self, pat: &Pat, before: Before) {
        let roots = self.single(before.roots);
        self.trace_binding(pat, &Before { roots, parts: Vec::new(), ..before });
    }
}

/// The type inside references, options, results and owning pointers.
fn unwrapped(ty: &Type) -> &Type {
    match ty {
        Type::Reference(inner) => unwrapped(&inner.elem),
        Type::Paren(inner) => unwrapped(&inner.elem),
        Type::Group(inner) => unwrapped(&inner.elem),
        Type::Path(path) => {
            let last = path.path.segments.last().map(|last| last.ident.to_string()).unwrap_or_default();
            match generic(ty) {
                Some(inner)
                    if ["Option", "Result", "Box", "Arc", "Rc", "Vec", "Pin", "Cow"]
                        .contains(&last.as_str()) =>
                {
                    unwrapped(inner)
                }
                _ => ty,
            }
        }
        _ => ty,
    }
}

/// The first type among the generic arguments, if it is the only one but for lifetimes.
fn generic(ty: &Type) -> Option<&Type> {
    let Type::Path(path) = ty else { return None };
    let syn::PathArguments::AngleBracketed(generics) = &path.path.segments.last()?.arguments else {
        return None;
    };
    generics.args.iter().find_map(|argument| match argument {
        syn::GenericArgument::Type(ty) => Some(ty),
        _ => None,
    })
}

fn generics_text(segment: &syn::PathSegment) -> String {
    let syn::PathArguments::AngleBracketed(generics) = &segment.arguments else { return String::new() };
    let types = generics.args.iter().filter_map(|argument| match argument {
        syn::GenericArgument::Type(Type::Path(path)) => Some(path_text(&path.path)),
        _ => None,
    });
    types.collect::<Vec<_>>().join(" ")
}

fn first_ident(pat: &Pat) -> Option<&syn::Ident> {
    match pat {
        Pat::Ident(ident) => Some(&ident.ident),
        Pat::Type(inner) => first_ident(&inner.pat),
        Pat::Reference(inner) => first_ident(&inner.pat),
        Pat::TupleStruct(tuple) => tuple.elems.first().and_then(first_ident),
        Pat::Tuple(tuple) => tuple.elems.first().and_then(first_ident),
        _ => None,
    }
}

/// True for a type that does not show what it holds.
fn hides_type(ty: &Type) -> bool {
    path_of_type(ty).is_some_and(|path| {
        hides(&path_text(path)) || path.segments.iter().any(|segment| hides(&generics_text(segment)))
    })
}
