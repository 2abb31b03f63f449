//! Macro calls: their arguments are parsed again, as expressions, statements or items.
//!
//! The parser leaves them as tokens, and 6 % of all `unsafe` tokens stand there. What does not parse
//! is cut into pieces; of what is left, at least the `unsafe` tokens are seen.

use std::rc::Rc;

use proc_macro2::{Delimiter, TokenStream, TokenTree};
use syn::parse::Parser as _;
use syn::punctuated::Punctuated;
use syn::visit::Visit as _;
use syn::{Attribute, Expr, Macro, Token};

use super::reparse::{self, Items, Parsed};
use super::seen::{Argument, Callee, Namespace, Str, Sym};
use super::syntax::{Walk, path_text};
use super::{UnsafeKind, spans};

/// How deep macro calls in arguments of macro calls are parsed.
const DEEPEST: usize = 12;

/// Macros whose arguments are a template for code elsewhere, or no code at all.
const TEMPLATES: &[&str] = &["quote", "quote_spanned", "parse_quote", "parse_quote_spanned", "stringify"];

/// Macros that only show or make something, so that in tests it matters what they are given.
const SHOWING: &[&str] = &[
    "dbg", "debug", "eprint", "eprintln", "error", "event", "format", "info", "log", "print", "println",
    "trace", "vec", "warn", "write", "writeln",
];
/// Macros whose arguments tell what the call says (`symbols`).
const SAYING: &[&str] = &["concat", "format", "format_args", "vec"];

/// A part of a format string.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Format {
    Text(String),
    /// `{}`.
    Next,
    /// `{0}`.
    Position(usize),
    /// `{name}`.
    Name(String),
}

/// Takes a format string apart.
pub(super) fn format_parts(text: &str) -> Vec<Format> {
    let mut parts = Vec::new();
    let mut plain = String::new();
    let mut rest = text;
    while let Some(at) = rest.find(['{', '}']) {
        plain.push_str(&rest[..at]);
        let brace = rest.as_bytes()[at];
        let after = &rest[at + 1..];
        if after.as_bytes().first() == Some(&brace) {
            plain.push(char::from(brace));
            rest = &after[1..];
            continue;
        }
        let Some(end) = after.find('}').filter(|_| brace == b'{') else {
            rest = after;
            continue;
        };
        if !plain.is_empty() {
            parts.push(Format::Text(std::mem::take(&mut plain)));
        }
        let name = after[..end].split(':').next().unwrap_or("").trim();
        parts.push(match name {
            "" => Format::Next,
            name => name.parse().map_or_else(|_| Format::Name(name.to_owned()), Format::Position),
        });
        rest = &after[end + 1..];
    }
    plain.push_str(rest);
    if !plain.is_empty() {
        parts.push(Format::Text(plain));
    }
    parts
}

impl Walk<'_> {
    /// A macro call where an expression, a statement, a type or a pattern stands.
    pub(super) fn macro_call(&mut self, call: &Macro) {
        self.macro_anywhere(call, false);
    }

    /// A macro call where an item stands.
    pub(super) fn macro_item(&mut self, call: &Macro) {
        self.macro_anywhere(call, true);
    }

    fn macro_anywhere(&mut self, call: &Macro, item: bool) {
        let path = self.path(&call.path, Namespace::Macro);
        let name = path_text(&call.path);
        let name = name.rsplit("::").next().unwrap_or_default().to_owned();
        if matches!(name.as_str(), "asm" | "global_asm" | "naked_asm") {
            self.assembly(call);
        }
        self.include(&name, call, item);
        let outer = std::mem::replace(&mut self.in_macro, true);
        let traced = self.begin_macro();
        self.macro_depth += 1;
        let mark = self.locals.open();
        let outer_unread = std::mem::take(&mut self.unread);
        let template = TEMPLATES.contains(&name.as_str()) || self.macro_depth > DEEPEST;
        // Whoever asks whether a test can fail takes any other macro for one that may.
        let closed = self.in_tests && !item && !self.has_unsafe && !SHOWING.contains(&name.as_str());
        let arguments = if closed {
            Vec::new()
        } else if template || !self.limits.parse(spans::inside(call)) {
            self.unsafe_in_template(&call.tokens);
            Vec::new()
        } else if item {
            if !matches!(name.as_str(), "thread_local" | "lazy_static" | "cfg_if" | "include") {
                self.opaque();
            }
            self.items_or_pieces(&call.tokens)
        } else {
            let parsed = self.parsed(call);
            self.told(&parsed, &call.tokens, 0)
        };
        self.locals.close(mark);
        self.macro_depth -= 1;
        self.in_macro = outer;
        let arguments = if self.in_tests { Vec::new() } else { arguments };
        let index = self.call(Callee::Macro(path), spans::of_macro(call), arguments);
        self.end_macro(traced, &name, spans::path_start(&call.path), index);
        self.unread = outer_unread;
    }

    fn items_or_pieces(&mut self, tokens: &TokenStream) -> Vec<Argument> {
        match Items::parse.parse2(tokens.clone()) {
            Ok(items) => {
                items.0.iter().for_each(|item| self.visit_item(item));
                Vec::new()
            }
            Err(_) => self.told(&reparse::inside(tokens.clone()), tokens, 0),
        }
    }

    /// What stands inside a macro call; parsed once for all who ask while the statement is walked.
    pub(super) fn parsed(&mut self, call: &Macro) -> Rc<Parsed> {
        let place = spans::path_start(&call.path);
        if let Some(known) = self.parsed.get(&place) {
            return Rc::clone(known);
        }
        let parsed = Rc::new(reparse::inside(call.tokens.clone()));
        let last = call.path.segments.last();
        // What has no place of its own must not be taken for something else.
        if place > 0 && last.is_some_and(|last| SAYING.iter().any(|name| last.ident == name)) {
            self.parsed.insert(place, Rc::clone(&parsed));
        }
        parsed
    }

    fn told(&mut self, parsed: &Parsed, tokens: &TokenStream, depth: usize) -> Vec<Argument> {
        match parsed {
            Parsed::Expressions(all) => all.iter().map(|expr| self.expression(expr, None)).collect(),
            Parsed::Repeat(repeat) => repeat.each_ref().map(|expr| self.expression(expr, None)).into(),
            Parsed::Keyed(_, expr) => vec![self.expression(expr, None)],
            Parsed::Statements(statements) => {
                for statement in statements {
                    self.visit_stmt(statement);
                }
                Vec::new()
            }
            Parsed::Nothing => self.pieces(tokens, depth),
        }
    }

    /// Walks an argument that is an expression, and may have a key before it; `key = value` is known by
    /// the value.
    fn expression(&mut self, expr: &Expr, key: Option<Str>) -> Argument {
        let (key, value) = match expr {
            Expr::Assign(assign) => (self.last_name(&assign.left), &*assign.right),
            value => (key, value),
        };
        let argument = Argument { at: spans::of_expr(expr), ..self.argument_of(value) };
        self.visit_expr(value);
        self.trace_argument(value, key);
        argument
    }

    /// The last name of a key such as `user.name`.
    fn last_name(&mut self, key: &Expr) -> Option<Str> {
        match key {
            Expr::Path(path) => path.path.segments.last().map(|last| self.ident(&last.ident)),
            Expr::Field(field) => match &field.member {
                syn::Member::Named(name) => Some(self.ident(name)),
                syn::Member::Unnamed(_) => None,
            },
            _ => None,
        }
    }

    /// Cuts tokens at commas, semicolons and arrows, and walks each piece that parses.
    fn pieces(&mut self, tokens: &TokenStream, depth: usize) -> Vec<Argument> {
        let mut arguments = Vec::new();
        let mut piece: Vec<TokenTree> = Vec::new();
        let mut arrow = false;
        for token in tokens.clone() {
            let end = match &token {
                TokenTree::Punct(punct) => match punct.as_char() {
                    ',' | ';' => true,
                    '=' => {
                        arrow = punct.spacing() == proc_macro2::Spacing::Joint;
                        false
                    }
                    '>' if arrow => {
                        piece.pop();
                        true
                    }
                    _ => false,
                },
                _ => false,
            };
            if end {
                arguments.extend(self.piece(std::mem::take(&mut piece), depth));
            } else {
                piece.push(token);
            }
        }
        arguments.extend(self.piece(piece, depth));
        arguments
    }

    fn piece(&mut self, piece: Vec<TokenTree>, depth: usize) -> Option<Argument> {
        if piece.is_empty() {
            return None;
        }
        if let [TokenTree::Ident(word), TokenTree::Ident(second), TokenTree::Ident(name), ..]
        | [_, TokenTree::Ident(word), TokenTree::Ident(second), TokenTree::Ident(name), ..] =
            piece.as_slice()
            && word == "static"
            && second == "ref"
        {
            self.declare_static(name);
        }
        let parsed = match piece.as_slice() {
            [TokenTree::Group(group)]
            | [TokenTree::Literal(_), TokenTree::Punct(_), TokenTree::Group(group)]
                if reparse::holds_keys(group) =>
            {
                Parsed::Nothing
            }
            tokens => reparse::piece(tokens.iter().cloned().collect()),
        };
        match parsed {
            Parsed::Keyed(from, expr) => {
                let key = piece[..from].iter().rev().find_map(|token| match token {
                    TokenTree::Ident(ident) => Some(self.ident(ident)),
                    _ => None,
                });
                return Some(self.expression(&expr, key));
            }
            Parsed::Statements(statements) => {
                for statement in &statements {
                    self.visit_stmt(statement);
                }
                return None;
            }
            _ => {}
        }
        for token in piece {
            match token {
                TokenTree::Group(group)
                    if depth < DEEPEST
                        && group.delimiter() != Delimiter::None
                        && self.limits.parse(spans::of_group(&group)) =>
                {
                    let mark = self.locals.open();
                    let (keyed, tokens) = (reparse::holds_keys(&group), group.stream());
                    let parsed = if keyed { Parsed::Nothing } else { reparse::inside(tokens.clone()) };
                    self.told(&parsed, &tokens, depth + 1);
                    self.locals.close(mark);
                }
                other => {
                    self.unread = true;
                    self.unsafe_in(std::iter::once(other), UnsafeKind::Token);
                }
            }
        }
        None
    }

    /// The `unsafe` tokens and the `include!` calls of code that stands elsewhere in the end.
    pub(super) fn unsafe_in_template(&mut self, tokens: &TokenStream) {
        let outer = std::mem::replace(&mut self.in_macro, true);
        self.unsafe_in(tokens.clone(), UnsafeKind::MacroBody);
        self.includes_in_template(tokens);
        self.in_macro = outer;
    }

    fn unsafe_in(&mut self, tokens: impl IntoIterator<Item = TokenTree>, kind: UnsafeKind) {
        for token in tokens {
            match token {
                TokenTree::Group(group) => self.unsafe_in(group.stream(), kind),
                TokenTree::Ident(ident) if ident == "unsafe" => {
                    let at = spans::bytes(ident.span());
                    let argument = self.comments.argument(self.text, &[at.0]);
                    self.unsafe_site(kind, at, argument);
                }
                _ => {}
            }
        }
    }
}

/// The default that `clap` or `serde` puts into a field.
pub(super) fn field_default(walk: &mut Walk<'_>, attributes: &[Attribute]) -> Option<Sym> {
    for attribute in attributes {
        let name = attribute.path().segments.last()?.ident.to_string();
        if !matches!(name.as_str(), "arg" | "clap" | "structopt" | "serde") {
            continue;
        }
        let Ok(list) = attribute.meta.require_list() else { continue };
        let Ok(pairs) = Punctuated::<Expr, Token![,]>::parse_terminated.parse2(list.tokens.clone()) else {
            continue;
        };
        for pair in &pairs {
            let Expr::Assign(assign) = pair else { continue };
            let Expr::Path(key) = &*assign.left else { continue };
            let value = walk.sym(&assign.right);
            match (name.as_str(), path_text(&key.path).as_str(), value) {
                ("serde", "default", Sym::Text(function)) => {
                    let path =
                        super::seen::PathAt { path: function, scope: walk.scope, ns: Namespace::Value };
                    return Some(Sym::Call(path, Vec::new()));
                }
                ("serde", ..) => {}
                (_, "default_value" | "default_value_t", value) if value != Sym::Unknown => {
                    return Some(value);
                }
                _ => {}
            }
        }
    }
    None
}
