//! Writes down what functions do, while the file is walked.

use proc_macro2::Span as Token;
use syn::{BinOp, Expr, Lit, Pat, UnOp};

use super::super::Map;
use super::super::seen::{Namespace, PathAt, ScopeId};
use super::super::spans;
use super::super::syntax::Walk;
use super::body::{Body, Loop, NodeId, Operator, What};
use super::types::{NameId, Type};

/// Filled in from the first or last child when the node is closed.
const OPEN: (u32, u32) = (u32::MAX, 0);

/// The shape that is being written down.
#[derive(Debug, Default)]
pub(in super::super) struct Lowering {
    pub(super) names: Vec<PathAt>,
    known: Map<PathAt, NameId>,
    /// `None` outside of functions, and in tests.
    pub(super) body: Option<Body>,
    current: Option<NodeId>,
}

impl Lowering {
    pub(super) fn id(&mut self, path: PathAt) -> NameId {
        let next = NameId(u32::try_from(self.names.len()).unwrap_or(u32::MAX));
        let id = *self.known.entry(path).or_insert(next);
        if id == next {
            self.names.push(path);
        }
        id
    }
}

impl Walk<'_> {
    pub(super) fn name_id(&mut self, path: PathAt) -> NameId {
        self.lowering.id(path)
    }

    /// The id of a name that is looked up by its text alone: a variable, a field, a method.
    pub(super) fn word_id(&mut self, ident: &syn::Ident) -> NameId {
        let path = PathAt { path: self.ident(ident), scope: ScopeId::MAX, ns: Namespace::Local };
        self.name_id(path)
    }

    /// Begins a node of the body that is being written down, if one is.
    pub(in super::super) fn open(
        &mut self,
        what: impl FnOnce(&mut Self) -> Option<(What, (u32, u32))>,
    ) -> Option<NodeId> {
        self.lowering.body.as_ref()?;
        let (what, at) = what(self)?;
        let around = self.lowering.current;
        let node = self.lowering.body.as_mut()?.open(what, at, around);
        self.lowering.current = Some(node);
        Some(node)
    }

    pub(in super::super) fn close(&mut self, node: Option<NodeId>) {
        let (Some(node), Some(body)) = (node, &mut self.lowering.body) else { return };
        body.close(node);
        self.lowering.current = body.parent(node);
    }

    pub(in super::super) fn open_expr(&mut self, expr: &Expr) -> Option<NodeId> {
        self.open(|walk| walk.node(expr))
    }

    pub(in super::super) fn open_block(&mut self, block: &syn::Block) -> Option<NodeId> {
        self.open(|_| Some((What::Block, brackets(&block.brace_token.span))))
    }

    pub(in super::super) fn open_macro(&mut self, call: &syn::Macro) -> Option<NodeId> {
        self.open(|walk| {
            let path = walk.path(&call.path, Namespace::Macro);
            Some((What::Macro(walk.name_id(path)), spans::of_macro(call)))
        })
    }

    pub(in super::super) fn open_arm(&mut self, arm: &syn::Arm) -> Option<NodeId> {
        self.open(|walk| {
            let names = walk.bound(&arm.pat);
            Some((What::Arm(names), (spans::bytes(arm.fat_arrow_token.spans[0]).0, 0)))
        })
    }

    pub(in super::super) fn open_let(&mut self, local: &syn::Local) -> Option<NodeId> {
        self.open(|walk| {
            let names = walk.bound(&local.pat);
            let of = match &local.pat {
                Pat::Type(typed) => Some(Box::new(walk.type_shape(&typed.ty))),
                _ => None,
            };
            let at = spans::between(local.let_token.span, local.semi_token.span);
            Some((What::Let(names, of), at))
        })
    }

    pub(in super::super) fn open_field(&mut self, field: &syn::FieldValue) -> Option<NodeId> {
        let syn::Member::Named(name) = &field.member else { return None };
        self.open(|walk| Some((What::FieldValue(walk.word_id(name)), (spans::bytes(name.span()).0, 0))))
    }

    fn node(&mut self, expr: &Expr) -> Option<(What, (u32, u32))> {
        let token = |token: Token| spans::bytes(token);
        let from = |first: Token| (spans::bytes(first).0, 0);
        let to = |last: Token| (u32::MAX, spans::bytes(last).1);
        Some(match expr {
            // Blocks have nodes of their own; parentheses say nothing.
            Expr::Block(_) | Expr::Paren(_) | Expr::Group(_) => return None,
            Expr::Path(path) => (self.path_node(path), spans::of_expr(expr)),
            Expr::Lit(lit) => (number(&lit.lit), token(lit.lit.span())),
            Expr::Call(call) => match &*call.func {
                Expr::Path(func) => {
                    let (name, types) = self.path_and_types(func);
                    let at = spans::between(spans::first(&call.func), call.paren_token.span.close());
                    (What::Call(name, types), at)
                }
                _ => (What::Invoke, to(call.paren_token.span.close())),
            },
            Expr::MethodCall(call) => {
                let name = self.word_id(&call.method);
                let types = call.turbofish.as_ref().map(|fish| self.generic_types(&fish.args));
                (What::Method(name, types.unwrap_or_default().into()), to(call.paren_token.span.close()))
            }
            Expr::Macro(call) => {
                let path = self.path(&call.mac.path, Namespace::Macro);
                (What::Macro(self.name_id(path)), spans::of_macro(&call.mac))
            }
            Expr::Field(field) => match &field.member {
                syn::Member::Named(name) => (What::Field(self.word_id(name)), to(name.span())),
                syn::Member::Unnamed(index) => {
                    let text = self.intern(&index.index.to_string());
                    let path = PathAt { path: text, scope: ScopeId::MAX, ns: Namespace::Local };
                    (What::Field(self.name_id(path)), to(index.span))
                }
            },
            Expr::Index(index) => (What::Index, to(index.bracket_token.span.close())),
            Expr::Unary(unary) => match &unary.op {
                UnOp::Deref(star) => (What::Deref, from(star.span)),
                _ => (What::Unary, from(spans::first(expr))),
            },
            Expr::Reference(reference) => {
                (What::Borrow(reference.mutability.is_some()), from(reference.and_token.span))
            }
            Expr::RawAddr(address) => {
                let mutable = matches!(address.mutability, syn::PointerMutability::Mut(_));
                (What::RawBorrow(mutable), from(address.and_token.span))
            }
            Expr::Cast(cast) => {
                let end = spans::of_expr(expr).1;
                (What::Cast(Box::new(self.type_shape(&cast.ty))), (u32::MAX, end))
            }
            Expr::Binary(binary) => match operator(&binary.op) {
                (operator, false) => (What::Binary(operator), OPEN),
                (operator, true) => (What::Update(operator), OPEN),
            },
            Expr::Assign(_) => (What::Assign, OPEN),
            Expr::If(branch) => (What::If, from(branch.if_token.span)),
            Expr::Match(branch) => {
                (What::Match, spans::between(branch.match_token.span, branch.brace_token.span.close()))
            }
            Expr::ForLoop(repeat) => {
                (What::Loop(Loop::For, self.bound(&repeat.pat)), from(repeat.for_token.span))
            }
            Expr::While(repeat) => (What::Loop(Loop::While, Box::default()), from(repeat.while_token.span)),
            Expr::Loop(repeat) => (What::Loop(Loop::Forever, Box::default()), from(repeat.loop_token.span)),
            Expr::Unsafe(block) => (What::Unsafe, from(block.unsafe_token.span)),
            Expr::Let(condition) => {
                (What::LetCondition(self.bound(&condition.pat)), from(condition.let_token.span))
            }
            Expr::Closure(closure) => {
                let names = closure.inputs.iter().flat_map(|input| self.bound(input)).collect();
                (What::Closure(names), from(spans::first(expr)))
            }
            Expr::Async(block) => (What::Async, from(block.async_token.span)),
            Expr::Return(back) => (What::Return, self.ending(back.return_token.span, back.expr.as_deref())),
            Expr::Break(out) => (What::Break, self.ending(out.break_token.span, out.expr.as_deref())),
            Expr::Continue(on) => (What::Continue, token(on.continue_token.span)),
            Expr::Try(question) => (What::Try, to(question.question_token.span)),
            Expr::Await(wait) => (What::Await, to(wait.await_token.span)),
            Expr::Struct(literal) => {
                let path = self.path(&literal.path, Namespace::Type);
                let at = (spans::of_path(&literal.path).0, token(literal.brace_token.span.close()).1);
                (What::Struct(self.name_id(path)), at)
            }
            Expr::Tuple(tuple) => (What::Tuple, brackets(&tuple.paren_token.span)),
            Expr::Array(array) => (What::Array, brackets(&array.bracket_token.span)),
            Expr::Repeat(repeat) => (What::Repeat, brackets(&repeat.bracket_token.span)),
            Expr::Range(range) => {
                let dots = match &range.limits {
                    syn::RangeLimits::HalfOpen(dots) => spans::between(dots.spans[0], dots.spans[1]),
                    syn::RangeLimits::Closed(dots) => spans::between(dots.spans[0], dots.spans[2]),
                };
                let start = if range.start.is_some() { u32::MAX } else { dots.0 };
                (What::Range, (start, if range.end.is_some() { 0 } else { dots.1 }))
            }
            _ => (What::Other, OPEN),
        })
    }

    fn ending(&self, keyword: Token, value: Option<&Expr>) -> (u32, u32) {
        let _ = self;
        let (start, end) = spans::bytes(keyword);
        (start, if value.is_some() { 0 } else { end })
    }

    fn path_node(&mut self, path: &syn::ExprPath) -> What {
        let (name, types) = self.path_and_types(path);
        What::Path(name, types)
    }

    /// A path in an expression: a variable is known by its text alone.
    fn path_and_types(&mut self, path: &syn::ExprPath) -> (NameId, Box<[Type]>) {
        let mut at = self.value_path(path);
        if at.ns == Namespace::Local {
            at.scope = ScopeId::MAX;
        }
        let name = self.name_id(at);
        let mut types = Vec::new();
        if let Some(qself) = &path.qself {
            types.push(self.type_shape(&qself.ty));
        }
        for segment in &path.path.segments {
            if let syn::PathArguments::AngleBracketed(generics) = &segment.arguments {
                types.extend(self.generic_types(&generics.args));
            }
        }
        (name, types.into())
    }

    /// The names that a pattern binds.
    pub(super) fn bound(&mut self, pat: &Pat) -> Box<[NameId]> {
        let mut names = Vec::new();
        self.bound_into(pat, &mut names);
        names.into()
    }

    fn bound_into(&mut self, pat: &Pat, names: &mut Vec<NameId>) {
        match pat {
            Pat::Ident(ident) => {
                names.push(self.word_id(&ident.ident));
                if let Some((_, inner)) = &ident.subpat {
                    self.bound_into(inner, names);
                }
            }
            Pat::Type(typed) => self.bound_into(&typed.pat, names),
            Pat::Reference(reference) => self.bound_into(&reference.pat, names),
            Pat::Paren(paren) => self.bound_into(&paren.pat, names),
            Pat::Guard(guard) => self.bound_into(&guard.pat, names),
            Pat::TupleStruct(tuple) => tuple.elems.iter().for_each(|pat| self.bound_into(pat, names)),
            Pat::Tuple(tuple) => tuple.elems.iter().for_each(|pat| self.bound_into(pat, names)),
            Pat::Slice(slice) => slice.elems.iter().for_each(|pat| self.bound_into(pat, names)),
            Pat::Struct(whole) => whole.fields.iter().for_each(|field| self.bound_into(&field.pat, names)),
            Pat::Or(or) => or.cases.iter().for_each(|pat| self.bound_into(pat, names)),
            _ => {}
        }
    }
}

pub(super) fn brackets(span: &proc_macro2::extra::DelimSpan) -> (u32, u32) {
    spans::between(span.open(), span.close())
}

fn number(lit: &Lit) -> What {
    match lit {
        Lit::Int(int) => int.base10_parse().map_or(What::Literal, What::Number),
        Lit::Byte(byte) => What::Number(byte.value().into()),
        _ => What::Literal,
    }
}

/// The operator, and whether it assigns.
fn operator(op: &BinOp) -> (Operator, bool) {
    match op {
        BinOp::Add(_) => (Operator::Add, false),
        BinOp::Sub(_) => (Operator::Sub, false),
        BinOp::Mul(_) => (Operator::Mul, false),
        BinOp::Div(_) => (Operator::Div, false),
        BinOp::Rem(_) => (Operator::Rem, false),
        BinOp::And(_) | BinOp::Or(_) => (Operator::Logic, false),
        BinOp::BitAnd(_) => (Operator::BitAnd, false),
        BinOp::Shl(_) => (Operator::Shl, false),
        BinOp::Shr(_) => (Operator::Shr, false),
        BinOp::Eq(_) | BinOp::Ne(_) => (Operator::Equal, false),
        BinOp::Lt(_) | BinOp::Le(_) => (Operator::Less, false),
        BinOp::Ge(_) | BinOp::Gt(_) => (Operator::Greater, false),
        BinOp::AddAssign(_) => (Operator::Add, true),
        BinOp::SubAssign(_) => (Operator::Sub, true),
        BinOp::MulAssign(_) => (Operator::Mul, true),
        BinOp::DivAssign(_) => (Operator::Div, true),
        BinOp::RemAssign(_) => (Operator::Rem, true),
        BinOp::BitAndAssign(_) => (Operator::BitAnd, true),
        BinOp::ShlAssign(_) => (Operator::Shl, true),
        BinOp::ShrAssign(_) => (Operator::Shr, true),
        BinOp::BitXorAssign(_) | BinOp::BitOrAssign(_) => (Operator::Bit, true),
        _ => (Operator::Bit, false),
    }
}
