//! What the walk tells the trace: functions begin and end, calls are met, things compared.

use syn::Expr;

use super::super::seen::{Span, Str, Sym};
use super::super::spans;
use super::super::syntax::Walk;
use super::known::{FILLS, PROOF, READS, SINK, SOURCE, SOURCE_TYPE, TELLING};
use super::raw::{Comparison, From, Returned, Root, Roots, Side, Trace};
use super::trace::{Function, add, is_named, root};

impl Walk<'_> {
    /// Begins a function; what comes back ends it.
    pub(in super::super) fn begin_function(&mut self, declaration: usize, test: bool) -> Option<Function> {
        let declaration = u32::try_from(declaration).unwrap_or(u32::MAX);
        let function = Function { declaration, ..Function::default() };
        std::mem::replace(&mut self.tracer.function, (!test).then_some(function))
    }

    pub(in super::super) fn leave_function(&mut self, outer: Option<Function>) {
        self.tracer.function = outer;
    }

    /// Writes down what the function returns.
    pub(in super::super) fn end_function(&mut self, block: &syn::Block) {
        let tail = self.told_of(spans::start(block.brace_token.span.open()));
        if let Some(function) = &mut self.tracer.function {
            add(&mut function.returned, tail);
            if function.returned.cut || !function.returned.is_empty() {
                let roots = std::mem::take(&mut function.returned);
                let function = function.declaration;
                let roots = self.judged(roots);
                self.seen.product.returned.push(Returned { function, roots });
            }
        }
    }

    /// What a block says is told before its variables go out of view.
    pub(in super::super) fn trace_tail(&mut self, block: &syn::Block) {
        if let Some(syn::Stmt::Expr(tail, None)) = block.stmts.last() {
            let roots = self.roots(tail);
            self.keep_tail(spans::start(block.brace_token.span.open()), roots);
        } else if let Some(syn::Stmt::Macro(tail)) =
            block.stmts.last().filter(|_| self.tracer.function.is_some())
            && tail.semi_token.is_none()
        {
            let roots = self.told_of(spans::path_start(&tail.mac.path));
            self.keep_tail(spans::start(block.brace_token.span.open()), roots);
        }
    }

    /// What an arm or a closure says, by the place where the whole begins.
    pub(in super::super) fn trace_part(&mut self, whole: Span, part: &Expr) {
        let roots = self.roots(part);
        self.keep_tail(whole.0, roots);
    }

    pub(in super::super) fn trace_return(&mut self, expr: &Expr) {
        let roots = self.roots(expr);
        let roots = self.judged(roots);
        if let Some(function) = &mut self.tracer.function {
            add(&mut function.returned, roots);
        }
    }

    /// What the closures among the arguments of a method get; what comes back was given before.
    pub(in super::super) fn give(&mut self, receiver: &Expr, takes: bool) -> Roots {
        let given = if takes { self.roots(receiver) } else { Roots::default() };
        std::mem::replace(&mut self.tracer.given, given)
    }

    /// A field or a method without arguments that is named like a secret.
    pub(in super::super) fn trace_name(&mut self, ident: &syn::Ident) {
        if self.tracer.function.is_some() && self.class_of(ident) & (TELLING & !PROOF) != 0 {
            self.met();
        }
    }

    /// A call of a path, with its index among the calls of the file.
    pub(in super::super) fn trace_call(&mut self, expr: &syn::ExprCall, index: Option<u32>) {
        let Expr::Path(func) = &*expr.func else { return };
        let Some(last) = func.path.segments.last() else { return };
        if self.tracer.function.is_none() {
            return;
        }
        let name = self.ident(&last.ident);
        let sink = self.class(name) & SINK != 0;
        self.record(index, expr.args.iter(), sink);
        if self.may_check(name) {
            for argument in &expr.args {
                let roots = self.roots(argument);
                self.looked_at(name, &roots);
            }
        }
    }

    /// A call with a dot.
    pub(in super::super) fn trace_method(&mut self, expr: &syn::ExprMethodCall, index: Option<u32>) {
        if self.tracer.function.is_none() {
            return;
        }
        let name = self.ident(&expr.method);
        let class = self.class(name);
        if expr.args.is_empty() {
            self.trace_name(&expr.method);
        }
        if class & FILLS != 0 {
            let mut roots = Roots::default();
            for argument in &expr.args {
                add(&mut roots, self.roots(argument));
            }
            self.filled(&expr.receiver, roots);
        }
        if class & READS != 0
            && let Some(first) = expr.args.first()
        {
            let mut roots = self.roots(&expr.receiver);
            add(&mut roots, self.method_source(expr, name));
            self.filled(first, roots);
        }
        self.record(index, expr.args.iter(), class & SINK != 0);
        // What looks at a content does not make it harmless for itself.
        if self.may_check(name) {
            self.trace_check(expr, name);
        }
    }

    /// `name.starts_with(x)` looks at the name, `ALLOWED.contains(&name)` too, unless what it is compared
    /// with comes from outside as well.
    fn trace_check(&mut self, expr: &syn::ExprMethodCall, name: Str) {
        let receiver = self.roots(&expr.receiver);
        if expr.method == "is_match" && self.is_chosen(&expr.receiver) {
            return;
        }
        let outside = receiver.iter().any(|root| matches!(root.from, From::Method(..) | From::Call(..)));
        self.looked_at(name, &receiver);
        if !outside {
            for argument in &expr.args {
                let roots = self.roots(argument);
                self.looked_at(name, &roots);
            }
        }
    }

    /// True for a pattern made of something else than a constant: whoever chose it may let everything through.
    fn is_chosen(&mut self, pattern: &Expr) -> bool {
        let constant = |sym: &Sym| matches!(sym, Sym::Text(_) | Sym::Path(_) | Sym::Concat(_));
        let start = self.origin(pattern).map(|origin| origin.start);
        matches!(start, Some(Sym::Call(_, arguments)) if !arguments.iter().all(constant))
    }

    /// Writes down what reaches the arguments of a call: everything where it may do harm, else only what
    /// comes from outside or has a telling name.
    fn record<'e>(&mut self, index: Option<u32>, arguments: impl Iterator<Item = &'e Expr>, sink: bool) {
        let strong = self.tracer.function.as_ref().is_some_and(|function| function.strong);
        if !sink && !strong {
            return;
        }
        let mut reached = Vec::new();
        for (position, argument) in arguments.enumerate() {
            let mut roots = self.roots(argument);
            if !sink {
                roots.retain(|root| self.is_strong(&root.from));
            }
            let Ok(position) = u8::try_from(position) else { break };
            if roots.cut || !roots.is_empty() {
                reached.push((position, self.judged(roots)));
            }
        }
        self.keep_trace(index, reached);
    }

    fn keep_trace(&mut self, index: Option<u32>, arguments: Vec<(u8, Roots)>) {
        let Some(call) = index else { return };
        let kept: usize = arguments.iter().map(|(_, roots)| (1 + roots.len()) * size_of::<Root>()).sum();
        if !arguments.is_empty() && self.limits.keep(kept) {
            self.seen.product.traces.push(Trace { call, arguments });
        }
    }

    /// True for what comes from outside by its looks, and for what is secret or a patient's.
    pub(super) fn is_strong(&mut self, from: &From) -> bool {
        match from {
            From::Parameter(parameter) => {
                parameter.of.is_some_and(|of| self.class_of_path(of.path) & SOURCE_TYPE != 0)
            }
            From::Call(path, _) => self.class_of_path(path.path) & SOURCE != 0,
            From::Method(name, ..) => self.class(*name) & SOURCE != 0,
            From::Named(name, ..) => self.class(*name) & (TELLING & !PROOF) != 0,
            From::Passed(passed) => self.is_strong(&passed.root.from),
        }
    }

    /// An argument of a macro, with the names that a format string captures.
    pub(in super::super) fn trace_argument(&mut self, expr: &Expr, key: Option<Str>) {
        if self.tracer.function.is_none() {
            return;
        }
        let mut roots = self.roots(expr);
        add(&mut roots, self.captured_roots(expr));
        if let Some(key) = key
            && self.class(key) & (TELLING & !PROOF) != 0
            && hands_on(expr)
            && !roots.iter().any(is_named)
        {
            roots.push(root(From::Named(key, None, spans::of_expr(expr))));
        }
        let position = u8::try_from(self.tracer.arguments.len()).unwrap_or(u8::MAX);
        self.note_strong(&roots);
        let roots = self.judged(roots);
        self.tracer.arguments.push((position, roots));
    }

    /// Begins a macro; what comes back ends it.
    pub(in super::super) fn begin_macro(&mut self) -> Vec<(u8, Roots)> {
        std::mem::take(&mut self.tracer.arguments)
    }

    pub(in super::super) fn end_macro(
        &mut self,
        outer: Vec<(u8, Roots)>,
        name: &str,
        start: u32,
        index: Option<u32>,
    ) {
        let text = self.text_of_macro(name);
        self.keep_tail(start, text);
        let arguments = std::mem::replace(&mut self.tracer.arguments, outer);
        let id = self.intern(name);
        let sink = self.class(id) & SINK != 0;
        let strong = self.tracer.function.as_ref().is_some_and(|function| function.strong);
        if sink || strong {
            let mut reached = Vec::new();
            for (position, mut roots) in arguments {
                // An import may have renamed the macro.
                roots.retain(|root| sink || self.is_strong(&root.from));
                if roots.cut || !roots.is_empty() {
                    reached.push((position, roots));
                }
            }
            self.keep_trace(index, reached);
        }
    }

    /// `a == b` where one of both has a telling name.
    pub(in super::super) fn trace_comparison(&mut self, expr: &syn::ExprBinary) {
        if self.tracer.function.is_none() || !matches!(expr.op, syn::BinOp::Eq(_) | syn::BinOp::Ne(_)) {
            return;
        }
        let sides = [&*expr.left, &*expr.right];
        let equal = self.intern("eq");
        for (one, other) in [(0, 1), (1, 0)] {
            if matches!(sides[other], Expr::Lit(_)) || is_constant(sides[other]) {
                let roots = self.roots(sides[one]);
                self.looked_at(equal, &roots);
            }
        }
        let roots = sides.map(|side| self.roots(side));
        if !roots.iter().any(|roots| roots.iter().any(is_named)) {
            return;
        }
        let [left, right] = roots;
        let mut side = |expr: &Expr, roots| Side { at: spans::of_expr(expr), value: self.sym(expr), roots };
        let sides = [side(&expr.left, left), side(&expr.right, right)];
        let at = (sides[0].at.0, sides[1].at.1);
        let (scope, in_macro) = (self.scope, self.in_macro);
        self.seen.product.comparisons.push(Comparison { scope, at, in_macro, sides });
    }
}

/// True for an expression that shows something as it is: names, fields, and methods without arguments.
fn hands_on(expr: &Expr) -> bool {
    match expr {
        Expr::Path(_) => true,
        Expr::Field(field) => hands_on(&field.base),
        Expr::Reference(inner) => hands_on(&inner.expr),
        Expr::Unary(inner) => hands_on(&inner.expr),
        Expr::Paren(inner) => hands_on(&inner.expr),
        _ => false,
    }
}

fn is_constant(expr: &Expr) -> bool {
    matches!(expr, Expr::Path(path) if path.path.segments.last().is_some_and(|last| {
        let name = last.ident.to_string();
        name.len() > 1 && name.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_')
    }))
}

pub(super) fn last_of(path: &str) -> &str {
    path.rsplit("::").next().unwrap_or(path)
}
