//! What calls hand on from what they are given.

use syn::{Expr, ExprMethodCall};

use super::super::seen::{Namespace, Span, Str, Sym};
use super::super::spans;
use super::super::syntax::{Walk, path_of_type, path_text};
use super::known::{
    BOTH, CARRIES, CLEANS, Class, HANDS_ON, HOLDS, LOOKS_UP, MAPS, OR_ELSE, PARSED, SOURCE, TELLING, WHOLE,
    known,
};
use super::raw::{From, Passed, Roots, Target};
use super::trace::{add, is_named, mark, root};

/// How often a content may be passed on.
const DEEPEST: usize = 2;

/// The mark of what was put together with something that is not the same in every run.
const VARIED: &str = "varied";

impl Walk<'_> {
    pub(super) fn method_roots(&mut self, call: &ExprMethodCall, budget: &mut u32) -> Roots {
        let name = self.ident(&call.method);
        let class = self.class(name);
        let at = spans::bytes(call.method.span());
        if call.args.is_empty() && class & TELLING != 0 {
            return Roots::of(root(From::Named(name, None, at)));
        }
        if class & LOOKS_UP != 0
            && let Some((entry, at)) = call.args.first().and_then(|key| self.key(key))
        {
            return Roots::of(root(From::Named(entry, None, at)));
        }
        let mut roots = Roots::default();
        let parses = call.method == "parse" && self.parses_text(call);
        if class & CARRIES != 0 || parses {
            roots = self.carried(call, class, budget);
        }
        if class & WHOLE == 0 {
            for root in roots.iter_mut() {
                root.whole = false;
            }
        }
        if class & (HANDS_ON | MAPS) == 0 {
            roots.retain(|root| !is_named(root));
        }
        if class & BOTH != 0 {
            add(&mut roots, self.all(&call.args, budget));
            if !call.args.iter().all(|argument| matches!(self.sym(argument), Sym::Text(_) | Sym::Path(_))) {
                let varied = self.intern(VARIED);
                for root in roots.iter_mut() {
                    mark(root, varied);
                }
            }
        }
        if class & CLEANS != 0 {
            for root in roots.iter_mut() {
                mark(root, name);
            }
        }
        if class & SOURCE != 0 {
            add(&mut roots, self.method_source(call, name));
        } else if class & (CARRIES | CLEANS) == 0 {
            roots = self.own_method(call, name, at, budget);
        }
        roots
    }

    /// `.parse::<PathBuf>()` takes no harm away; `.parse::<u32>()` does, and so does what is not told.
    fn parses_text(&mut self, call: &ExprMethodCall) -> bool {
        let Some(fish) = &call.turbofish else { return false };
        let types = fish.args.iter().filter_map(|arg| match arg {
            syn::GenericArgument::Type(ty) => path_of_type(ty),
            _ => None,
        });
        let last: Vec<_> =
            types.filter_map(|path| path.segments.last()).map(|last| last.ident.clone()).collect();
        last.iter().any(|ident| self.class_of(ident) & PARSED != 0)
    }

    /// What a method hands on from its receiver, or from the closure that makes something of it.
    fn carried(&mut self, call: &ExprMethodCall, class: Class, budget: &mut u32) -> Roots {
        if class & MAPS != 0 {
            let mut told = false;
            let mut roots = Roots::default();
            for argument in &call.args {
                match argument {
                    Expr::Closure(_) => add(&mut roots, self.roots_within(argument, budget)),
                    Expr::Path(path) if !known().carries(&path_text(&path.path)) => {
                        add(&mut roots, self.mapped(call, path, budget));
                    }
                    _ => continue,
                }
                told = true;
            }
            if told {
                return roots;
            }
        }
        let mut roots = self.roots_within(&call.receiver, budget);
        for argument in &call.args {
            if class & OR_ELSE != 0 && matches!(argument, Expr::Closure(_)) {
                add(&mut roots, self.roots_within(argument, budget));
            }
        }
        roots
    }

    /// `.map(read_name)`.
    fn mapped(&mut self, call: &ExprMethodCall, path: &syn::ExprPath, budget: &mut u32) -> Roots {
        let inner = self.roots_within(&call.receiver, budget);
        let constructs = path.path.segments.last().is_some_and(|last| is_capital(&last.ident));
        if constructs && path.path.segments.len() == 1 {
            return inner;
        }
        let to = self.value_path(path);
        let mut roots = Roots::default();
        passed(&mut roots, &Target::Path(to), 0, inner);
        roots
    }

    /// A method that may bring data in.
    pub(super) fn method_source(&mut self, call: &ExprMethodCall, name: Str) -> Roots {
        if self.class(name) & SOURCE == 0 {
            return Roots::default();
        }
        let Some(origin) = self.origin(&call.receiver) else { return Roots::default() };
        self.met();
        Roots::of(root(From::Method(name, origin.start, spans::bytes(call.method.span()))))
    }

    /// A method of a type that may be one of the crate.
    fn own_method(&mut self, call: &ExprMethodCall, name: Str, at: Span, budget: &mut u32) -> Roots {
        let start = match self.origin(&call.receiver) {
            Some(origin) if origin.chain.is_empty() => origin.start,
            _ => return Roots::default(),
        };
        let Sym::Typed(_) = &start else { return Roots::default() };
        let target = Target::Method(start.clone(), name);
        let mut roots = Roots::of(root(From::Method(name, start, at)));
        for (index, argument) in call.args.iter().enumerate() {
            let inner = self.roots_within(argument, budget);
            passed(&mut roots, &target, index, inner);
        }
        roots
    }

    pub(super) fn call_roots(&mut self, call: &syn::ExprCall, budget: &mut u32) -> Roots {
        let Expr::Path(func) = &*call.func else { return Roots::default() };
        let Some(last) = func.path.segments.last() else { return Roots::default() };
        let to = self.value_path(func);
        let class = self.class_of_path(to.path);
        // `Wrapper(x)` and `Enum::Variant(x)` hold what they are given.
        if class & HOLDS != 0 || is_capital(&last.ident) {
            return self.all(&call.args, budget);
        }
        if to.ns == Namespace::Local {
            return Roots::default();
        }
        if class & SOURCE != 0 {
            self.met();
        }
        let at = (spans::start(spans::first(&call.func)), spans::end(call.paren_token.span.close()));
        let mut roots = Roots::of(root(From::Call(to, at)));
        let target = Target::Path(to);
        for (index, argument) in call.args.iter().enumerate() {
            let mut inner = self.roots_within(argument, budget);
            if class & CLEANS != 0 {
                let name = self.ident(&last.ident);
                for root in inner.iter_mut() {
                    mark(root, name);
                }
            }
            passed(&mut roots, &target, index, inner);
        }
        roots
    }
}

fn passed(roots: &mut Roots, to: &Target, argument: usize, inner: Roots) {
    let Ok(argument) = u8::try_from(argument) else { return };
    roots.cut |= inner.cut;
    for given in inner.list.into_iter().filter(|given| depth(&given.from) < DEEPEST) {
        let from = From::Passed(Box::new(Passed { to: to.clone(), argument, root: given }));
        add(roots, Roots::of(root(from)));
    }
}

fn depth(from: &From) -> usize {
    match from {
        From::Passed(passed) => 1 + depth(&passed.root.from),
        _ => 0,
    }
}

fn is_capital(ident: &syn::Ident) -> bool {
    ident.to_string().starts_with(char::is_uppercase)
}
