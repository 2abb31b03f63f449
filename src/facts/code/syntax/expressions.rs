//! Expressions: the values that are handed on, and the names that they go by.

use syn::punctuated::Punctuated;
use syn::visit::Visit as _;
use syn::{Attribute, Expr, Macro, Stmt, Token};

use super::super::seen::{Argument, Namespace, PathAt, Str};
use super::super::{UnsafeKind, spans};
use super::Walk;
use super::paths::{path_of_type, path_text};

impl Walk<'_> {
    /// Notes that nobody looks at the result of a call: `x.f();`, `x.f().ok();`, `let _ = x.f();`, `_ = x.f();`.
    pub(super) fn discard(&mut self, expr: &Expr) {
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

    pub(super) fn local(&mut self, local: &syn::Local) {
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
    pub(in crate::facts::code) fn assembly(&mut self, call: &Macro) {
        let start = spans::of_path(&call.path);
        let argument = self.comments.argument(self.text, &[start.0, self.statement]);
        let argument = argument.or_else(|| self.block_argument.clone());
        self.unsafe_site(UnsafeKind::Asm, start, argument);
    }

    /// The path of an expression in call position; local variables can't be resolved.
    pub(in crate::facts::code) fn value_path(&mut self, expr: &syn::ExprPath) -> PathAt {
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

    pub(super) fn arguments_of(&mut self, all: &Punctuated<Expr, Token![,]>) -> Vec<Argument> {
        if self.in_tests {
            return Vec::new();
        }
        all.iter().map(|argument| self.argument_of(argument)).collect()
    }

    pub(in crate::facts::code) fn argument_of(&mut self, expr: &Expr) -> Argument {
        Argument { value: self.sym(expr), name: self.plain_name(expr), at: spans::of_expr(expr) }
    }

    /// The last name of `x`, `*x`, `&self.x`, `x as T`.
    pub(super) fn plain_name(&mut self, expr: &Expr) -> Option<Str> {
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

pub(super) fn attributes_of(expr: &Expr) -> &[Attribute] {
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
