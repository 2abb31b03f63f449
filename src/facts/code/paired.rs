//! Sequences compared pair by pair: `a.zip(b).fold(0, |acc, (x, y)| acc | (x ^ y))`, `a.zip(b).all(|(x, y)| x == y)`.

use syn::visit::{self, Visit};
use syn::{BinOp, Expr, ExprMethodCall};

use super::seen::Paired;
use super::spans;
use super::syntax::Walk;

/// Methods that leave the pairs as they are.
const KEEPS: &[&str] = &["map", "copied", "cloned", "by_ref", "skip_while", "inspect"];

impl Walk<'_> {
    /// Notes a comparison of two sequences that ends with the shorter one.
    pub(super) fn paired(&mut self, call: &ExprMethodCall) {
        let step = match call.method.to_string().as_str() {
            "fold" => call.args.get(1),
            "all" | "any" => call.args.first(),
            _ => None,
        };
        let Some(Expr::Closure(step)) = step else { return };
        if self.in_tests || !zips(&call.receiver) || !compares(&step.body) {
            return;
        }
        let (start, end) = (spans::start(call.method.span()), spans::end(call.paren_token.span.close()));
        let (scope, in_macro) = (self.scope, self.in_macro);
        let mixes = mixes(&step.body);
        self.seen.product.paired.push(Paired { scope, at: (start, end), in_macro, mixes });
    }
}

fn zips(mut expr: &Expr) -> bool {
    loop {
        expr = match expr {
            Expr::MethodCall(call) if call.method == "zip" => return true,
            Expr::MethodCall(call) if KEEPS.contains(&call.method.to_string().as_str()) => &call.receiver,
            Expr::Paren(inner) => &inner.expr,
            _ => return false,
        };
    }
}

/// The binary operators in an expression.
fn operators(expr: &Expr) -> Vec<BinOp> {
    struct Operators(Vec<BinOp>);
    impl<'ast> Visit<'ast> for Operators {
        fn visit_expr_binary(&mut self, binary: &'ast syn::ExprBinary) {
            self.0.push(binary.op);
            visit::visit_expr_binary(self, binary);
        }
    }
    let mut operators = Operators(Vec::new());
    operators.visit_expr(expr);
    operators.0
}

/// True where the pairs are put together by exclusive or, as whoever fears a clock does.
fn mixes(expr: &Expr) -> bool {
    operators(expr).iter().any(|op| matches!(op, BinOp::BitXor(_)))
}

fn compares(expr: &Expr) -> bool {
    operators(expr).iter().any(|op| matches!(op, BinOp::BitXor(_) | BinOp::Eq(_) | BinOp::Ne(_)))
}
