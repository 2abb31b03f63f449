//! What tokens of a macro call can be parsed as.

use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};
use syn::parse::discouraged::Speculative as _;
use syn::parse::{Parse as _, ParseStream, Parser as _};
use syn::punctuated::Punctuated;
use syn::{Block, Expr, Item, Stmt, Token};

/// Expressions between commas.
pub(super) type Arguments = Punctuated<Expr, Token![,]>;

/// What tokens of a macro call turned out to be.
pub(super) enum Parsed {
    Expressions(Arguments),
    /// `element; len`.
    Repeat(Box<[Expr; 2]>),
    Statements(Vec<Stmt>),
    /// An expression, and how many tokens stand before it.
    Keyed(usize, Box<Expr>),
    /// None of these.
    Nothing,
}

/// How many tokens that end a key are tried.
const KEYS: usize = 4;

/// Parses what stands inside a macro call or a group in one: expressions, `element; len`, or statements. All are tried
/// on one copy of the tokens, which takes as long to make as they take to parse.
pub(super) fn inside(tokens: TokenStream) -> Parsed {
    let parse = |input: ParseStream<'_>| {
        whole(input, expressions_or_repeat)
            .or_else(|_| whole(input, Block::parse_within).map(Parsed::Statements))
    };
    parse.parse2(tokens).unwrap_or(Parsed::Nothing)
}

/// Parses a piece of what stands inside, as it is between commas: an expression, maybe with a key before it, or statements.
pub(super) fn piece(tokens: TokenStream) -> Parsed {
    keyed_or_statements.parse2(tokens).unwrap_or(Parsed::Nothing)
}

/// True where a group begins as objects of JSON do, `"key": ..`, or lists of such: that is no expression, and to find
/// it out once for each level of the nest takes long.
pub(super) fn holds_keys(group: &Group) -> bool {
    let mut tokens = group.stream().into_iter();
    match tokens.next() {
        Some(TokenTree::Literal(_)) => {
            matches!(tokens.next(), Some(TokenTree::Punct(colon)) if colon.as_char() == ':')
        }
        Some(TokenTree::Group(first)) if group.delimiter() == Delimiter::Bracket => {
            first.delimiter() == Delimiter::Brace && holds_keys(&first)
        }
        _ => false,
    }
}

fn expressions_or_repeat(input: ParseStream<'_>) -> syn::Result<Parsed> {
    let mut expressions = Arguments::new();
    while !input.is_empty() {
        expressions.push_value(input.parse()?);
        if input.is_empty() {
            break;
        }
        if expressions.len() == 1 && input.peek(Token![;]) {
            input.parse::<Token![;]>()?;
            let element = expressions.pop().ok_or_else(|| input.error("no element"))?;
            return Ok(Parsed::Repeat(Box::new([element, input.parse()?])));
        }
        expressions.push_punct(input.parse()?);
    }
    Ok(Parsed::Expressions(expressions))
}

/// The expression that tokens are, or that follows `key =`, `key:`, `%` or `?` in them; else statements.
fn keyed_or_statements(input: ParseStream<'_>) -> syn::Result<Parsed> {
    let rest = input.fork();
    let mut from = 0;
    for _ in 0..KEYS {
        if let Ok(expr) = whole(&rest, Expr::parse) {
            input.advance_to(&rest);
            return Ok(Parsed::Keyed(from, Box::new(expr)));
        }
        let ends_key = |token: &TokenTree| matches!(token, TokenTree::Punct(end) if matches!(end.as_char(), '=' | ':' | '%' | '?'));
        while !rest.is_empty() {
            from += 1;
            if ends_key(&rest.step(|cursor| cursor.token_tree().ok_or_else(|| cursor.error("the end")))?) {
                break;
            }
        }
        if rest.is_empty() {
            break;
        }
    }
    whole(input, Block::parse_within).map(Parsed::Statements)
}

/// What a parser makes of all that is left; nothing is taken where it fails or leaves something over.
fn whole<T>(input: ParseStream<'_>, parse: fn(ParseStream<'_>) -> syn::Result<T>) -> syn::Result<T> {
    let ahead = input.fork();
    let parsed = parse(&ahead)?;
    if !ahead.is_empty() {
        return Err(ahead.error("more than was expected"));
    }
    input.advance_to(&ahead);
    Ok(parsed)
}

/// Items up to the end.
pub(super) struct Items(pub Vec<Item>);

impl Items {
    pub(super) fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let mut items = Vec::new();
        while !input.is_empty() {
            items.push(input.parse()?);
        }
        Ok(Self(items))
    }
}
