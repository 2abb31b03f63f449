//! Names that an expression mentions: variables, fields, methods, and what a format string captures.

use syn::visit::{self, Visit};
use syn::{Expr, ExprLit, Lit};

use super::macros::{self, Format};
use super::seen::Str;
use super::syntax::{Walk, path_text};

/// How many names of an argument are kept, and how many parts are looked at for them.
const MOST_NAMES: usize = 64;
const MOST_PARTS: usize = 1024;

impl Walk<'_> {
    /// Names of variables, fields and methods in an expression.
    pub(super) fn names(&mut self, expr: &Expr) -> Vec<Str> {
        let mut names = Names::default();
        names.visit_expr(expr);
        names.found.into_iter().map(|name| self.intern(&name)).collect()
    }
}

/// Names captured by a format string.
pub(super) fn captured(expr: &Expr) -> Vec<String> {
    let mut names = Names::default();
    if let Expr::Lit(ExprLit { lit: Lit::Str(text), .. }) = expr {
        names.format(&text.value());
    }
    names.found
}

/// Collects names.
#[derive(Default)]
struct Names {
    found: Vec<String>,
    parts: usize,
}

impl Names {
    fn add(&mut self, name: String) {
        if self.found.len() < MOST_NAMES && !self.found.contains(&name) {
            self.found.push(name);
        }
    }

    fn tokens(&mut self, tokens: proc_macro2::TokenStream) {
        for token in tokens {
            self.parts += 1;
            if self.parts > MOST_PARTS {
                return;
            }
            match token {
                proc_macro2::TokenTree::Ident(ident) => self.add(ident.to_string()),
                proc_macro2::TokenTree::Group(group) => self.tokens(group.stream()),
                proc_macro2::TokenTree::Literal(literal) => self.captures(&literal),
                proc_macro2::TokenTree::Punct(_) => {}
            }
        }
    }

    fn captures(&mut self, literal: &proc_macro2::Literal) {
        if let Lit::Str(text) = Lit::new(literal.clone()) {
            self.format(&text.value());
        }
    }

    fn format(&mut self, text: &str) {
        for part in macros::format_parts(text) {
            if let Format::Name(name) = part {
                self.add(name);
            }
        }
    }
}

/// `self.pump.key` as it is written, if it is only names.
fn dotted(expr: &Expr) -> Option<String> {
    match expr {
        Expr::Path(path) => Some(path_text(&path.path)),
        Expr::Field(field) => {
            let syn::Member::Named(name) = &field.member else { return None };
            Some(format!("{}.{name}", dotted(&field.base)?))
        }
        _ => None,
    }
}

impl<'ast> Visit<'ast> for Names {
    fn visit_expr(&mut self, expr: &'ast Expr) {
        self.parts += 1;
        if self.parts > MOST_PARTS {
            return;
        }
        match expr {
            Expr::Path(path) => self.add(path_text(&path.path)),
            Expr::Field(field) => match (dotted(expr), &field.member) {
                (Some(name), _) => self.add(name),
                (None, syn::Member::Named(name)) => {
                    self.visit_expr(&field.base);
                    self.add(name.to_string());
                }
                (None, syn::Member::Unnamed(_)) => self.visit_expr(&field.base),
            },
            Expr::MethodCall(call) => {
                self.visit_expr(&call.receiver);
                self.add(call.method.to_string());
                call.args.iter().for_each(|argument| self.visit_expr(argument));
            }
            Expr::Macro(call) => self.tokens(call.mac.tokens.clone()),
            // What a long closure does is told by the calls inside it. The text of a format string
            // is no name; `panic!("{user}")` has it among its arguments.
            Expr::Closure(closure) if matches!(*closure.body, Expr::Block(_)) => {}
            Expr::Async(_) | Expr::Lit(ExprLit { lit: Lit::Str(_), .. }) => {}
            other => visit::visit_expr(self, other),
        }
    }
}
