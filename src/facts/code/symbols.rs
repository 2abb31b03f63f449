//! What an expression says: literals, paths, calls and how they are put together.
//!
//! Variables that are bound once are replaced by what they are bound to. A budget keeps the result
//! small: variables that contain each other twice would double it with every line.

use syn::{Expr, ExprLit, Lit, UnOp};

use super::macros::{self, Format};
use super::presets::is_field;
use super::reparse::Parsed;
use super::seen::{Namespace, PathAt, Sym, Whole};
use super::spans;
use super::syntax::Walk;

/// How many parts an expression may be made of before the rest is unknown.
const LARGEST: u32 = 96;
/// How many bytes of an array are kept.
const MOST_BYTES: usize = 4096;
/// The longest text that is kept; a longer one is data, such as a page or a key store.
const LONGEST_TEXT: usize = 256 * 1024;
/// How many elements of a call, a tuple, an array or a format string are kept.
const MOST_ELEMENTS: usize = 64;

/// Methods whose result says the same as what they are called on.
const SAME: &[&str] = &[
    "to_string",
    "to_owned",
    "into",
    "as_str",
    "as_bytes",
    "as_ref",
    "as_slice",
    "clone",
    "cloned",
    "copied",
    "to_vec",
    "into_bytes",
    "into_boxed_str",
    "into_string",
    "borrow",
    "into_owned",
    "as_os_str",
    "as_path",
    "as_deref",
];
/// Methods whose result says the same where the text they are called on is known.
const SAME_TEXT: &[&str] = &["parse", "unwrap", "expect"];

impl Walk<'_> {
    /// What an expression says.
    pub(super) fn sym(&mut self, expr: &Expr) -> Sym {
        if self.in_tests {
            return Sym::Unknown;
        }
        let mut budget = LARGEST;
        self.sym_within(expr, &mut budget)
    }

    pub(super) fn sym_within(&mut self, expr: &Expr, budget: &mut u32) -> Sym {
        if *budget == 0 {
            return Sym::Unknown;
        }
        *budget -= 1;
        match expr {
            Expr::Lit(lit) => self.literal(lit),
            Expr::Paren(inner) => self.sym_within(&inner.expr, budget),
            Expr::Group(inner) => self.sym_within(&inner.expr, budget),
            Expr::Reference(inner) => self.sym_within(&inner.expr, budget),
            Expr::Cast(inner) => self.sym_within(&inner.expr, budget),
            Expr::Try(inner) => same(self.sym_within(&inner.expr, budget)),
            Expr::Await(inner) => same(self.sym_within(&inner.base, budget)),
            Expr::Unary(unary) => self.unary(unary, budget),
            Expr::Binary(binary) if matches!(binary.op, syn::BinOp::Add(_)) => {
                let left = self.sym_within(&binary.left, budget);
                let right = self.sym_within(&binary.right, budget);
                Sym::Add(Box::new(left), Box::new(right))
            }
            Expr::Path(path) => self.path_sym(path, budget),
            Expr::Call(call) => match &*call.func {
                Expr::Path(func) => {
                    let path = self.value_path(func);
                    let arguments = call.args.iter().take(MOST_ELEMENTS);
                    Sym::Call(path, arguments.map(|a| self.sym_within(a, budget)).collect())
                }
                _ => Sym::Unknown,
            },
            Expr::MethodCall(call) => {
                let method = call.method.to_string();
                if SAME.contains(&method.as_str()) {
                    self.sym_within(&call.receiver, budget)
                } else if SAME_TEXT.contains(&method.as_str()) {
                    let inner = self.sym_within(&call.receiver, budget);
                    if self.is_number(&inner) { inner } else { same(inner) }
                } else {
                    self.preset(call, budget)
                }
            }
            Expr::Field(field) => match (&field.member, self.sym_within(&field.base, budget)) {
                (syn::Member::Named(name), base @ (Sym::Typed(_) | Sym::Field(..))) => {
                    Sym::Field(Box::new(base), self.ident(name))
                }
                // `Settings::load()?.service.port`
                (syn::Member::Named(name), Sym::Else(base)) if is_field(&base) => {
                    Sym::Else(Box::new(Sym::Field(base, self.ident(name))))
                }
                (syn::Member::Unnamed(index), Sym::Tuple(mut parts))
                    if (index.index as usize) < parts.len() =>
                {
                    parts.swap_remove(index.index as usize)
                }
                (syn::Member::Named(name), _) => self.field_of_made(&field.base, name),
                _ => Sym::Unknown,
            },
            Expr::Struct(literal) => Sym::Typed(self.path(&literal.path, Namespace::Type)),
            Expr::Tuple(tuple) => {
                let parts = tuple.elems.iter().take(MOST_ELEMENTS);
                Sym::Tuple(parts.map(|part| self.sym_within(part, budget)).collect())
            }
            Expr::Array(array) => self.array(&array.elems, budget),
            Expr::Repeat(repeat) => self.repeat(&repeat.expr, &repeat.len, budget),
            Expr::Macro(call) => self.macro_sym(&call.mac, budget),
            Expr::Block(block) => self.tail(&block.block, budget),
            // A closure that always gives the same.
            Expr::Closure(closure) => self.sym_within(&closure.body, budget),
            Expr::Unsafe(block) => self.tail(&block.block, budget),
            Expr::Match(_) | Expr::If(_) => self.branched(expr, budget),
            _ => Sym::Unknown,
        }
    }

    /// True for `NonZeroU32::new(..)` and its kin.
    fn is_number(&self, sym: &Sym) -> bool {
        matches!(sym, Sym::Call(path, _) if self.seen.str(path.path).contains("NonZero"))
    }

    fn tail(&mut self, block: &syn::Block, budget: &mut u32) -> Sym {
        match block.stmts.as_slice() {
            [syn::Stmt::Expr(tail, None)] => self.sym_within(tail, budget),
            _ => Sym::Unknown,
        }
    }

    fn literal(&mut self, lit: &ExprLit) -> Sym {
        match &lit.lit {
            Lit::Str(text) => match text.value() {
                long if long.len() > LONGEST_TEXT => Sym::Unknown,
                text => Sym::Text(self.intern(&text)),
            },
            Lit::ByteStr(text) => self.bytes(text.value()),
            Lit::CStr(text) => self.bytes(text.value().into_bytes()),
            Lit::Byte(byte) => Sym::Integer(Whole(byte.value().into())),
            Lit::Char(char) => Sym::Text(self.intern(char.value().encode_utf8(&mut [0; 4]))),
            Lit::Int(int) => int.base10_parse().map_or(Sym::Unknown, |value| Sym::Integer(Whole(value))),
            Lit::Bool(bool) => Sym::Bool(bool.value),
            _ => Sym::Unknown,
        }
    }

    fn bytes(&mut self, mut bytes: Vec<u8>) -> Sym {
        bytes.truncate(MOST_BYTES);
        if self.limits.keep(bytes.len()) { Sym::Bytes(bytes) } else { Sym::Unknown }
    }

    fn unary(&mut self, unary: &syn::ExprUnary, budget: &mut u32) -> Sym {
        match (&unary.op, self.sym_within(&unary.expr, budget)) {
            (UnOp::Neg(_), Sym::Integer(Whole(value))) => {
                value.checked_neg().map_or(Sym::Unknown, |value| Sym::Integer(Whole(value)))
            }
            (UnOp::Not(_), Sym::Bool(value)) => Sym::Bool(!value),
            (UnOp::Deref(_), value) => value,
            _ => Sym::Unknown,
        }
    }

    fn path_sym(&mut self, path: &syn::ExprPath, budget: &mut u32) -> Sym {
        if path.path.is_ident("self") {
            return Sym::Typed(self.self_type());
        }
        let path = self.value_path(path);
        match self.locals.get(path.path) {
            Some(binding) if path.ns == Namespace::Local => {
                let size = size(&binding.value);
                if size > *budget || !self.limits.keep(weight(&binding.value)) {
                    return Sym::Unknown;
                }
                *budget -= size;
                binding.value.clone()
            }
            _ if path.ns == Namespace::Local => Sym::Unknown,
            _ => Sym::Path(path),
        }
    }

    fn array<'e>(&mut self, elements: impl IntoIterator<Item = &'e Expr>, budget: &mut u32) -> Sym {
        let elements: Vec<&Expr> = elements.into_iter().take(MOST_BYTES).collect();
        let literals: Option<Vec<u8>> = elements
            .iter()
            .map(|element| match element {
                Expr::Lit(ExprLit { lit: Lit::Int(int), .. }) => int.base10_parse().ok(),
                Expr::Lit(ExprLit { lit: Lit::Byte(byte), .. }) => Some(byte.value()),
                _ => None,
            })
            .collect();
        match literals {
            Some(bytes) if !bytes.is_empty() => self.bytes(bytes),
            _ => {
                let elements = elements.into_iter().take(MOST_ELEMENTS);
                Sym::Array(elements.map(|e| self.sym_within(e, budget)).collect())
            }
        }
    }

    fn repeat(&mut self, element: &Expr, len: &Expr, budget: &mut u32) -> Sym {
        let byte = match self.sym_within(element, budget) {
            Sym::Integer(Whole(value)) => u8::try_from(value).ok(),
            _ => None,
        };
        let len = match self.sym_within(len, budget) {
            Sym::Integer(Whole(value)) => usize::try_from(value).ok(),
            _ => None,
        };
        match (byte, len) {
            (Some(byte), Some(len)) if len <= MOST_BYTES => self.bytes(vec![byte; len]),
            _ => Sym::Unknown,
        }
    }

    fn macro_sym(&mut self, call: &syn::Macro, budget: &mut u32) -> Sym {
        let Some(last) = call.path.segments.last() else { return Sym::Unknown };
        let name = last.ident.to_string();
        match name.as_str() {
            "format" | "format_args" | "concat" => {}
            "vec" if !self.limits.parse(spans::inside(call)) => return Sym::Unknown,
            "vec" => {
                return match &*self.parsed(call) {
                    Parsed::Expressions(elements) => self.array(elements.iter(), budget),
                    Parsed::Repeat(repeat) => self.repeat(&repeat[0], &repeat[1], budget),
                    _ => Sym::Unknown,
                };
            }
            _ => return Sym::Unknown,
        }
        if !self.limits.parse(spans::inside(call)) {
            return Sym::Unknown;
        }
        let parsed = self.parsed(call);
        let Parsed::Expressions(arguments) = &*parsed else { return Sym::Unknown };
        if name == "concat" {
            let parts = arguments.iter().take(MOST_ELEMENTS);
            return Sym::Concat(parts.map(|part| self.sym_within(part, budget)).collect());
        }
        self.format_sym(&arguments.iter().collect::<Vec<_>>(), budget)
    }

    /// A format string with what is put in.
    fn format_sym(&mut self, arguments: &[&Expr], budget: &mut u32) -> Sym {
        let Some((Expr::Lit(ExprLit { lit: Lit::Str(text), .. }), rest)) = arguments.split_first() else {
            return Sym::Unknown;
        };
        let mut next = 0;
        let mut parts = Vec::new();
        for part in macros::format_parts(&text.value()).into_iter().take(MOST_ELEMENTS) {
            parts.push(match part {
                Format::Text(text) => Sym::Text(self.intern(&text)),
                Format::Next => {
                    next += 1;
                    rest.get(next - 1).map_or(Sym::Unknown, |expr| self.sym_within(expr, budget))
                }
                Format::Position(index) => {
                    rest.get(index).map_or(Sym::Unknown, |expr| self.sym_within(expr, budget))
                }
                Format::Name(name) => self.named(&name, rest, budget),
            });
        }
        Sym::Concat(parts)
    }

    fn named(&mut self, name: &str, arguments: &[&Expr], budget: &mut u32) -> Sym {
        let given = arguments.iter().find_map(|argument| match argument {
            Expr::Assign(assign) => match &*assign.left {
                Expr::Path(path) if path.path.is_ident(name) => Some(&*assign.right),
                _ => None,
            },
            _ => None,
        });
        if let Some(given) = given {
            return self.sym_within(given, budget);
        }
        let id = self.intern(name);
        match self.locals.get(id) {
            Some(binding) if size(&binding.value) <= *budget && self.limits.keep(weight(&binding.value)) => {
                *budget -= size(&binding.value);
                binding.value.clone()
            }
            Some(_) => Sym::Unknown,
            None => Sym::Path(PathAt { path: id, scope: self.scope, ns: Namespace::Value }),
        }
    }
}

fn same(sym: Sym) -> Sym {
    match sym {
        Sym::Text(_)
        | Sym::Concat(_)
        | Sym::Same(_)
        | Sym::Integer(_)
        | Sym::Else(_)
        | Sym::Or(..)
        | Sym::Keyed(_)
        | Sym::Given(_) => sym,
        Sym::Path(_) | Sym::Field(..) => Sym::Same(Box::new(sym)),
        _ => Sym::Unknown,
    }
}

fn size(sym: &Sym) -> u32 {
    match sym {
        Sym::Call(_, parts) | Sym::Concat(parts) | Sym::Tuple(parts) | Sym::Array(parts) => {
            1 + parts.iter().map(size).sum::<u32>()
        }
        Sym::Add(left, right) | Sym::Or(left, right) => 1 + size(left) + size(right),
        Sym::Field(base, _) | Sym::Same(base) | Sym::Else(base) => 1 + size(base),
        _ => 1,
    }
}

/// About how many bytes it takes.
pub(super) fn weight(sym: &Sym) -> usize {
    let own = 2 * size_of::<Sym>();
    match sym {
        Sym::Bytes(bytes) => own + bytes.len(),
        Sym::Call(_, parts) | Sym::Concat(parts) | Sym::Tuple(parts) | Sym::Array(parts) => {
            own + parts.iter().map(weight).sum::<usize>()
        }
        Sym::Add(left, right) | Sym::Or(left, right) => own + weight(left) + weight(right),
        Sym::Field(base, _) | Sym::Same(base) | Sym::Else(base) => own + weight(base),
        _ => own,
    }
}
