//! What `include!` takes in.
//!
//! A file of the package is read as code where it stands for items. What a build script generates
//! is not there to be read, and what stands for an expression is no module: both are blind spots.

use proc_macro2::{TokenStream, TokenTree};
use syn::parse::{ParseStream, Parser as _};
use syn::punctuated::Punctuated;
use syn::{LitStr, Macro, Token};

use super::seen::{Outside, OutsideKind, Span};
use super::spans;
use super::syntax::Walk;

/// Macros of known components that take in what a build script generates.
const GENERATED: [&str; 2] = ["include_modules", "include_proto"];

/// What is taken in.
enum Included {
    /// Relative to the file.
    File(String),
    /// Relative to the package.
    OfPackage(String),
    /// Not told by the tokens.
    Unseen,
}

/// A piece of the name of a file.
enum Piece {
    Text(String),
    Variable(String),
}

impl Walk<'_> {
    /// Notes what a macro call takes in, if it does. `item` where it stands for items.
    pub(super) fn include(&mut self, name: &str, call: &Macro, item: bool) {
        let what = match name {
            "include" if item => match included(&call.tokens) {
                Included::File(path) => OutsideKind::Include(self.intern(&path)),
                Included::OfPackage(path) => OutsideKind::PackageInclude(self.intern(&path)),
                Included::Unseen => OutsideKind::Unseen,
            },
            "include" => OutsideKind::Unseen,
            name if GENERATED.contains(&name) => OutsideKind::Unseen,
            _ => return,
        };
        if what == OutsideKind::Unseen {
            self.opaque();
        }
        self.taken_in(spans::of_macro(call), what);
    }

    /// Notes every `include!` in code that stands elsewhere in the end.
    pub(super) fn includes_in_template(&mut self, tokens: &TokenStream) {
        let mut before: Option<Span> = None;
        for token in tokens.clone() {
            match token {
                TokenTree::Group(group) => {
                    self.includes_in_template(&group.stream());
                    before = None;
                }
                TokenTree::Ident(ident) => {
                    before = (ident == "include").then(|| spans::bytes(ident.span()));
                }
                TokenTree::Punct(punct) if punct.as_char() == '!' => {
                    if let Some(at) = before.take() {
                        self.taken_in(at, OutsideKind::Unseen);
                    }
                }
                _ => before = None,
            }
        }
    }

    fn taken_in(&mut self, at: Span, what: OutsideKind) {
        let scope = self.scope;
        self.seen.files.push(Outside { scope, at, what, cfg: Vec::new(), test: false, public: false });
    }
}

fn included(tokens: &TokenStream) -> Included {
    let pieces = one.parse2(tokens.clone()).unwrap_or_default();
    let text = |pieces: &[Piece]| {
        pieces.iter().try_fold(String::new(), |text, piece| match piece {
            Piece::Text(more) => Some(text + more),
            Piece::Variable(_) => None,
        })
    };
    match pieces.as_slice() {
        [] => Included::Unseen,
        [Piece::Variable(name), rest @ ..] if name == "CARGO_MANIFEST_DIR" && !rest.is_empty() => text(rest)
            .map_or(Included::Unseen, |path| {
                Included::OfPackage(path.trim_start_matches(['/', '\\']).to_owned())
            }),
        pieces => text(pieces).map_or(Included::Unseen, Included::File),
    }
}

/// One argument, and no more than a comma behind it.
fn one(input: ParseStream<'_>) -> syn::Result<Vec<Piece>> {
    let pieces = pieces(input)?;
    input.parse::<Option<Token![,]>>()?;
    Ok(pieces)
}

/// `"a"`, `env!("B")`, `concat!(..)` of these.
fn pieces(input: ParseStream<'_>) -> syn::Result<Vec<Piece>> {
    if let Some(text) = input.parse::<Option<LitStr>>()? {
        return Ok(vec![Piece::Text(text.value())]);
    }
    let call: Macro = input.parse()?;
    let name = call.path.segments.last().map(|segment| segment.ident.to_string());
    match name.as_deref() {
        Some("env") => Ok(vec![Piece::Variable(syn::parse2::<LitStr>(call.tokens)?.value())]),
        Some("concat") => {
            let all = Punctuated::<Nested, Token![,]>::parse_terminated.parse2(call.tokens)?;
            Ok(all.into_iter().flat_map(|nested| nested.0).collect())
        }
        _ => Err(input.error("not the name of a file")),
    }
}

struct Nested(Vec<Piece>);

impl syn::parse::Parse for Nested {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        pieces(input).map(Self)
    }
}
