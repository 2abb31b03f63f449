//! Where expressions begin and end, in bytes.
//!
//! `Spanned` prints an expression to find its ends; for a chain of calls that is quadratic.

use proc_macro2::Span;
use syn::spanned::Spanned as _;
use syn::{Expr, Macro, MacroDelimiter, Member, Path, Type};

use super::seen;

/// The bytes of one token.
pub(super) fn bytes(span: Span) -> seen::Span {
    between(span, span)
}

/// The bytes from one token to another.
pub(super) fn between(first: Span, last: Span) -> seen::Span {
    let small = |offset: usize| u32::try_from(offset).unwrap_or(u32::MAX);
    (small(first.byte_range().start), small(last.byte_range().end))
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

/// The bytes of a macro call.
pub(super) fn of_macro(call: &Macro) -> seen::Span {
    (of_path(&call.path).0, bytes(close(&call.delimiter)).1)
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
            other => return other.span(),
        }
    }
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
