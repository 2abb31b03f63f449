//! What attributes reach: the code that a lint attribute speaks of, and the code that is compiled for tests only.
//!
//! A walk of its own, over whatever can carry an attribute. Ends of things are asked for where an attribute
//! matters only: to find the end of a thing is to walk all of it.

use proc_macro2::{Delimiter, Span as Token, TokenStream, TokenTree};
use syn::parse::Parser as _;
use syn::spanned::Spanned;
use syn::visit::{self, Visit};
use syn::{Attribute, Expr, ForeignItem, ImplItem, Item, Meta, Stmt, TraitItem};

use super::attributes::{Said, levels, slice};
use super::seen::{Lint, Reach, Span};
use super::spans;
use super::syntax::{Walk, path_text};

/// How deep macro calls in arguments of macro calls are parsed.
const DEEPEST: usize = 12;

/// Writes down what the attributes of a file reach.
pub(super) fn complete(walk: &mut Walk<'_>, file: &syn::File) {
    let text = walk.text;
    let mut found =
        Found { text, attributes: Vec::new(), tests: Vec::new(), in_templates: Vec::new(), depth: 0 };
    found.visit_file(file);
    found.attributes.sort_by_key(|(at, _)| at.0);
    for lint in &mut walk.seen.inside.lints {
        let next = found.attributes.partition_point(|(at, _)| at.0 <= lint.at.0);
        let before = next.checked_sub(1).and_then(|index| found.attributes.get(index));
        if let Some((_, reach)) = before.filter(|(at, _)| lint.at.1 <= at.1) {
            lint.reach = reach.clone();
        }
    }
    for (meta, reach) in found.in_templates {
        for (path, level, reason) in levels(&meta) {
            let name = walk.intern(&path_text(&path));
            let lint = Lint {
                scope: 0,
                at: spans::of_path(&path),
                name,
                level,
                reason: reason.map(|reason| walk.intern(&reason)),
                of_file: false,
                condition: None,
                in_macro: true,
                reach: Reach::Code(reach),
                word: spans::of_path(meta.path()),
                over_unsafe: false,
            };
            walk.seen.inside.lints.push(lint);
        }
    }
    walk.seen.inside.tests = found.tests;
}

struct Found<'t> {
    text: &'t str,
    /// Each attribute with what it reaches.
    attributes: Vec<(Span, Reach)>,
    tests: Vec<Span>,
    /// Attributes in the bodies of `macro_rules!`, where nothing else looks for them.
    in_templates: Vec<(Meta, Span)>,
    depth: usize,
}

/// The attributes of a node that is one of many kinds.
macro_rules! attributes_of {
    ($node:expr, $type:ident: $($kind:ident),* $(,)?) => {
        match $node {
            $($type::$kind(node) => node.attrs.as_slice(),)*
            _ => &[],
        }
    };
}

impl Found<'_> {
    /// Notes what the attributes of a node reach, up to its last token; where that is not at hand, the whole node is
    /// walked to find it.
    fn node(&mut self, attributes: &[Attribute], node: &impl Spanned, end: Option<Token>) {
        if attributes.is_empty() {
            return;
        }
        let test = Said::by(attributes, self.text).test;
        if !test && !attributes.iter().any(|attribute| speaks_of_lints(&attribute.meta)) {
            return;
        }
        let reach = match (attributes.iter().find(|attribute| is_outer(attribute)), end) {
            (Some(first), Some(end)) => spans::between(first.pound_token.span, end),
            _ => spans::bytes(node.span()),
        };
        self.attributes
            .extend(attributes.iter().map(|attribute| (of_attribute(attribute), Reach::Code(reach))));
        if test {
            self.tests.push(reach);
        }
    }

    fn item(&mut self, item: &Item) {
        let attributes = attributes_of!(item, Item: Const, Enum, ExternCrate, Fn, ForeignMod, Impl, Macro, Mod, Static,
            Struct, Trait, TraitAlias, Type, Union, Use);
        match item {
            Item::Mod(module) if module.content.is_none() => {
                let reach = Reach::Module(module.ident.to_string().trim_start_matches("r#").to_owned());
                let of_module = attributes.iter().map(|attribute| (of_attribute(attribute), reach.clone()));
                self.attributes.extend(of_module);
            }
            _ => self.node(attributes, item, end_of(item)),
        }
    }

    /// Attributes in a template reach to the end of what they stand on: a semicolon, or a block.
    fn template(&mut self, tokens: TokenStream) {
        let tokens: Vec<TokenTree> = tokens.into_iter().collect();
        for (index, token) in tokens.iter().enumerate() {
            let TokenTree::Group(group) = token else { continue };
            let before = index.checked_sub(1).and_then(|before| tokens.get(before));
            let hash = matches!(before, Some(TokenTree::Punct(punct)) if punct.as_char() == '#');
            if !hash || group.delimiter() != Delimiter::Bracket {
                self.template(group.stream());
                continue;
            }
            let Ok(meta) = syn::parse2::<Meta>(group.stream()) else { continue };
            if speaks_of_lints(&meta) {
                let end = tokens[index + 1..].iter().find(|token| ends(token)).or(tokens.last());
                let end = end.map_or(group.span_close(), TokenTree::span);
                self.in_templates.push((meta, spans::between(group.span_open(), end)));
            }
        }
    }
}

/// The last token of an item, where the item has it at hand.
fn end_of(item: &Item) -> Option<Token> {
    let brace = match item {
        Item::Fn(item) => &item.block.brace_token,
        Item::Mod(item) => &item.content.as_ref()?.0,
        Item::Impl(item) => &item.brace_token,
        Item::Trait(item) => &item.brace_token,
        Item::Enum(item) => &item.brace_token,
        Item::ForeignMod(item) => &item.brace_token,
        Item::Struct(item) => match &item.fields {
            syn::Fields::Named(fields) => &fields.brace_token,
            _ => return None,
        },
        _ => return None,
    };
    Some(brace.span.close())
}

fn is_outer(attribute: &Attribute) -> bool {
    matches!(attribute.style, syn::AttrStyle::Outer)
}

fn ends(token: &TokenTree) -> bool {
    match token {
        TokenTree::Punct(punct) => punct.as_char() == ';',
        TokenTree::Group(group) => group.delimiter() == Delimiter::Brace,
        _ => false,
    }
}

fn of_attribute(attribute: &Attribute) -> Span {
    spans::between(attribute.pound_token.span, attribute.bracket_token.span.close())
}

fn speaks_of_lints(meta: &Meta) -> bool {
    let words = ["allow", "expect", "warn", "deny", "forbid", "cfg_attr"];
    meta.path().get_ident().is_some_and(|word| words.iter().any(|known| word == known))
}

/// The attributes of the expression that a statement begins with: they speak of the whole statement.
fn leading(mut expr: &Expr) -> &[Attribute] {
    loop {
        let attributes = of_expr(expr);
        if !attributes.is_empty() {
            return attributes;
        }
        expr = match expr {
            Expr::Assign(assign) => &assign.left,
            Expr::Binary(binary) => &binary.left,
            Expr::Cast(cast) => &cast.expr,
            _ => return &[],
        };
    }
}

fn of_expr(expr: &Expr) -> &[Attribute] {
    attributes_of!(expr, Expr: Array, Assign, Async, Await, Binary, Block, Break, Call, Cast, Closure, Const, Continue,
        Field, ForLoop, Group, If, Index, Let, Lit, Loop, Macro, Match, MethodCall, Paren, Path, Range, Reference, Repeat,
        Return, Struct, Try, TryBlock, Tuple, Unary, Unsafe, While, Yield)
}

impl<'ast> Visit<'ast> for Found<'_> {
    fn visit_item(&mut self, item: &'ast Item) {
        self.item(item);
        visit::visit_item(self, item);
    }

    fn visit_impl_item(&mut self, item: &'ast ImplItem) {
        let end = match item {
            ImplItem::Fn(function) => Some(function.block.brace_token.span.close()),
            _ => None,
        };
        self.node(attributes_of!(item, ImplItem: Const, Fn, Type, Macro), item, end);
        visit::visit_impl_item(self, item);
    }

    fn visit_trait_item(&mut self, item: &'ast TraitItem) {
        self.node(attributes_of!(item, TraitItem: Const, Fn, Type, Macro), item, None);
        visit::visit_trait_item(self, item);
    }

    fn visit_foreign_item(&mut self, item: &'ast ForeignItem) {
        self.node(attributes_of!(item, ForeignItem: Fn, Static, Type, Macro), item, None);
        visit::visit_foreign_item(self, item);
    }

    fn visit_block(&mut self, block: &'ast syn::Block) {
        // Where there is no hash sign, there is no attribute.
        let braces = &block.brace_token.span;
        if slice(self.text, spans::between(braces.open(), braces.close())).contains('#') {
            visit::visit_block(self, block);
        }
    }

    fn visit_stmt(&mut self, statement: &'ast Stmt) {
        match statement {
            Stmt::Local(local) => self.node(&local.attrs, statement, Some(local.semi_token.span)),
            Stmt::Macro(call) => {
                self.node(&call.attrs, statement, call.semi_token.as_ref().map(|end| end.span));
            }
            Stmt::Expr(expr, semicolon) => {
                self.node(leading(expr), statement, semicolon.as_ref().map(|end| end.span));
            }
            Stmt::Item(_) => {}
        }
        visit::visit_stmt(self, statement);
    }

    fn visit_expr(&mut self, expr: &'ast Expr) {
        self.node(of_expr(expr), expr, None);
        visit::visit_expr(self, expr);
    }

    fn visit_arm(&mut self, arm: &'ast syn::Arm) {
        self.node(&arm.attrs, arm, None);
        visit::visit_arm(self, arm);
    }

    fn visit_variant(&mut self, variant: &'ast syn::Variant) {
        self.node(&variant.attrs, variant, None);
        visit::visit_variant(self, variant);
    }

    fn visit_field(&mut self, field: &'ast syn::Field) {
        self.node(&field.attrs, field, None);
        visit::visit_field(self, field);
    }

    fn visit_field_value(&mut self, field: &'ast syn::FieldValue) {
        self.node(&field.attrs, field, None);
        visit::visit_field_value(self, field);
    }

    fn visit_item_macro(&mut self, item: &'ast syn::ItemMacro) {
        match item.ident {
            Some(_) => self.template(item.mac.tokens.clone()),
            None => visit::visit_item_macro(self, item),
        }
    }

    fn visit_macro(&mut self, call: &'ast syn::Macro) {
        // Without an attribute there is nothing to be parsed for.
        if self.depth == DEEPEST || !slice(self.text, spans::of_macro(call)).contains('#') {
            return;
        }
        self.depth += 1;
        if let Ok(file) = syn::parse2::<syn::File>(call.tokens.clone()) {
            for item in &file.items {
                self.visit_item(item);
            }
        } else if let Ok(statements) = syn::Block::parse_within.parse2(call.tokens.clone()) {
            for statement in &statements {
                self.visit_stmt(statement);
            }
        }
        self.depth -= 1;
    }
}
