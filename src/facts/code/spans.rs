//! Where expressions begin and end, in bytes.
//!
//! `Spanned` prints an expression to find its ends; for a chain of calls that is quadratic.
//!
//! `proc_macro2` keeps a map for each thread that tells line and column of a span at once, but counts characters
//! to tell its bytes. Here the starts of the lines of the text in hand are kept for each thread beside it.

use std::cell::RefCell;

use proc_macro2::{LineColumn, Span};
use syn::spanned::Spanned as _;
use syn::{Expr, Macro, MacroDelimiter, Member, Path, Type};

use super::seen;

thread_local! {
    /// Where each line of the text in hand starts, and whether it is short or all of one byte a character.
    static LINES: RefCell<Vec<(u32, Line)>> = const { RefCell::new(Vec::new()) };
}

/// How columns of a line become bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Line {
    /// Every character is one byte.
    Plain,
    /// Ask `proc_macro2`, which counts.
    Counted,
}

/// Does work that asks for places in a text.
pub(super) fn of_text<T>(text: &str, work: impl FnOnce() -> T) -> T {
    LINES.with_borrow_mut(|lines| {
        lines.clear();
        let mut start = 0;
        for line in text.split_inclusive('\n') {
            let kind = if line.is_ascii() { Line::Plain } else { Line::Counted };
            lines.push((small(start), kind));
            start += line.len();
        }
        lines.push((small(start), Line::Plain));
    });
    let done = work();
    LINES.with_borrow_mut(Vec::clear);
    done
}

/// The bytes of one token.
pub(super) fn bytes(span: Span) -> seen::Span {
    between(span, span)
}

/// The bytes from one token to another.
pub(super) fn between(first: Span, last: Span) -> seen::Span {
    (start(first), end(last))
}

/// The byte where a token begins.
pub(super) fn start(token: Span) -> u32 {
    byte(token.start()).unwrap_or_else(|| small(token.byte_range().start))
}

/// The byte behind a token.
pub(super) fn end(token: Span) -> u32 {
    byte(token.end()).unwrap_or_else(|| small(token.byte_range().end))
}

/// The byte of a place, where that needs no counting.
fn byte(place: LineColumn) -> Option<u32> {
    let line = place.line.checked_sub(1)?;
    let (start, kind) = LINES.with_borrow(|lines| lines.get(line).copied())?;
    (kind == Line::Plain).then(|| start.saturating_add(small(place.column)))
}

fn small(offset: usize) -> u32 {
    u32::try_from(offset).unwrap_or(u32::MAX)
}

/// The bytes of an expression.
pub(super) fn of_expr(expr: &Expr) -> seen::Span {
    between(first(expr), last(expr))
}

/// The bytes of a path.
pub(super) fn of_path(path: &Path) -> seen::Span {
    let first = path.leading_colon.as_ref().map(|colon| colon.spans[0]);
    let idents = (path.segments.first(), path.segments.last());
    let (Some(one), Some(other)) = idents else { return (0, 0) };
    between(first.unwrap_or(one.ident.span()), other.ident.span())
}

/// The byte where a path begins.
pub(super) fn path_start(path: &Path) -> u32 {
    if path.segments.is_empty() { 0 } else { start(path_first(path)) }
}

/// The bytes of a macro call.
pub(super) fn of_macro(call: &Macro) -> seen::Span {
    (path_start(&call.path), end(close(&call.delimiter)))
}

/// How many bytes stand between the delimiters of a macro call.
pub(super) fn inside(call: &Macro) -> usize {
    let span = match &call.delimiter {
        MacroDelimiter::Paren(paren) => &paren.span,
        MacroDelimiter::Brace(brace) => &brace.span,
        MacroDelimiter::Bracket(bracket) => &bracket.span,
    };
    length(span.open(), span.close())
}

/// How many bytes a group of tokens takes.
pub(super) fn of_group(group: &proc_macro2::Group) -> usize {
    length(group.span_open(), group.span_close())
}

fn length(open: Span, close: Span) -> usize {
    let (start, end) = between(open, close);
    end.saturating_sub(start) as usize
}

fn close(delimiter: &MacroDelimiter) -> Span {
    match delimiter {
        MacroDelimiter::Paren(paren) => paren.span.close(),
        MacroDelimiter::Brace(brace) => brace.span.close(),
        MacroDelimiter::Bracket(bracket) => bracket.span.close(),
    }
}

fn path_first(path: &Path) -> Span {
    match (&path.leading_colon, path.segments.first()) {
        (Some(colon), _) => colon.spans[0],
        (None, Some(segment)) => segment.ident.span(),
        (None, None) => Span::call_site(),
    }
}

/// The first token.
pub(super) fn first(mut expr: &Expr) -> Span {
    loop {
        expr = match expr {
            Expr::MethodCall(call) => &call.receiver,
            Expr::Call(call) => &call.func,
            Expr::Field(field) => &field.base,
            Expr::Await(await_) => &await_.base,
            Expr::Try(try_) => &try_.expr,
            Expr::Index(index) => &index.expr,
            Expr::Binary(binary) => &binary.left,
            Expr::Assign(assign) => &assign.left,
            Expr::Cast(cast) => &cast.expr,
            Expr::Path(path) => {
                return path.qself.as_ref().map_or_else(|| path_first(&path.path), |q| q.lt_token.span);
            }
            Expr::Lit(lit) => return lit.lit.span(),
            Expr::Reference(reference) => return reference.and_token.span,
            Expr::Unary(unary) => return unary.op.span(),
            Expr::Macro(call) => return path_first(&call.mac.path),
            Expr::Paren(paren) => return paren.paren_token.span.open(),
            Expr::Tuple(tuple) => return tuple.paren_token.span.open(),
            Expr::Array(array) => return array.bracket_token.span.open(),
            Expr::Repeat(repeat) => return repeat.bracket_token.span.open(),
            Expr::Struct(literal) => return path_first(&literal.path),
            Expr::Closure(closure) => return closure.inputs_begin.span,
            Expr::Unsafe(block) => return block.unsafe_token.span,
            Expr::Block(block) => return block.block.brace_token.span.open(),
            Expr::Async(block) => return block.async_token.span,
            Expr::If(branch) => return branch.if_token.span,
            Expr::Match(branch) => return branch.match_token.span,
            Expr::ForLoop(repeat) if repeat.attrs.is_empty() => {
                return labelled(repeat.label.as_ref(), repeat.for_token.span);
            }
            Expr::While(repeat) if repeat.attrs.is_empty() => {
                return labelled(repeat.label.as_ref(), repeat.while_token.span);
            }
            Expr::Loop(repeat) if repeat.attrs.is_empty() => {
                return labelled(repeat.label.as_ref(), repeat.loop_token.span);
            }
            Expr::Return(back) if back.attrs.is_empty() => return back.return_token.span,
            // To print it is to walk all of it.
            other => return other.span(),
        }
    }
}

fn labelled(label: Option<&syn::Label>, keyword: Span) -> Span {
    label.map_or(keyword, |label| label.name.apostrophe)
}

/// The last token.
pub(super) fn last(mut expr: &Expr) -> Span {
    loop {
        expr = match expr {
            Expr::MethodCall(call) => return call.paren_token.span.close(),
            Expr::Call(call) => return call.paren_token.span.close(),
            Expr::Field(field) => {
                return match &field.member {
                    Member::Named(name) => name.span(),
                    Member::Unnamed(index) => index.span,
                };
            }
            Expr::Await(await_) => return await_.await_token.span,
            Expr::Try(try_) => return try_.question_token.span,
            Expr::Index(index) => return index.bracket_token.span.close(),
            Expr::Binary(binary) => &binary.right,
            Expr::Assign(assign) => &assign.right,
            Expr::Cast(cast) => return type_last(&cast.ty),
            Expr::Path(path) => {
                let segment = path.path.segments.last();
                return segment.map_or_else(Span::call_site, |segment| match &segment.arguments {
                    syn::PathArguments::AngleBracketed(generics) => generics.gt_token.span,
                    _ => segment.ident.span(),
                });
            }
            Expr::Lit(lit) => return lit.lit.span(),
            Expr::Reference(reference) => &reference.expr,
            Expr::Unary(unary) => &unary.expr,
            Expr::Macro(call) => return close(&call.mac.delimiter),
            Expr::Paren(paren) => return paren.paren_token.span.close(),
            Expr::Tuple(tuple) => return tuple.paren_token.span.close(),
            Expr::Array(array) => return array.bracket_token.span.close(),
            Expr::Repeat(repeat) => return repeat.bracket_token.span.close(),
            Expr::Struct(literal) => return literal.brace_token.span.close(),
            Expr::Closure(closure) => &closure.body,
            Expr::Unsafe(block) => return block.block.brace_token.span.close(),
            Expr::Block(block) => return block.block.brace_token.span.close(),
            Expr::Async(block) => return block.block.brace_token.span.close(),
            Expr::If(branch) => match &branch.else_branch {
                Some((_, other)) => other,
                None => return branch.then_branch.brace_token.span.close(),
            },
            Expr::Match(branch) => return branch.brace_token.span.close(),
            other => return other.span(),
        }
    }
}

fn type_last(ty: &Type) -> Span {
    match ty {
        Type::Path(path) => path.path.segments.last().map_or_else(|| ty.span(), |s| s.ident.span()),
        other => other.span(),
    }
}

/// The bytes of a type.
pub(super) fn of_type(ty: &Type) -> seen::Span {
    match ty {
        Type::Path(path) if path.qself.is_none() => {
            let last = path.path.segments.last();
            let close = last.and_then(|segment| match &segment.arguments {
                syn::PathArguments::AngleBracketed(generics) => Some(generics.gt_token.span),
                syn::PathArguments::Parenthesized(_) => Some(ty.span()),
                syn::PathArguments::None => None,
            });
            let close = close.or(last.map(|segment| segment.ident.span()));
            between(path_first(&path.path), close.unwrap_or_else(|| ty.span()))
        }
        Type::Reference(reference) => {
            let inner = of_type(&reference.elem);
            (start(reference.and_token.span), inner.1)
        }
        other => bytes(other.span()),
    }
}
