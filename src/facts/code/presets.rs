//! What something is unless somebody says otherwise: defaults of the command line and of settings.
//!
//! `clap` and `serde` attributes of a field are read with the field (`macros`). Here are the other ways:
//! `.unwrap_or(8080)` and branches that say the same, `impl Default`, `Arg::new("port").default_value("8080")`. Such a value says less than one that is
//! written out, so only who asks for it gets it ([`Argument::preset`](super::Argument::preset)).

use std::collections::HashMap;

use syn::{Expr, ExprMethodCall, Pat};

use super::names::Names;
use super::seen::{self, Callee, Namespace, PathAt, Preset, ScopeId, ScopeKind, Seen, Str, Sym};
use super::syntax::{Walk, path_text};
use super::tree::Forest;
use super::values::composed;
use super::{Setting, Value};

/// Methods that give something else where there is nothing.
const ELSE: &[&str] = &["unwrap_or", "unwrap_or_else", "map_or"];
/// Methods that give what the command line says under a name.
const KEYED: &[&str] = &["get_one", "value_of", "value_of_t", "remove_one"];
/// Functions that fill a type from the command line: its attributes hold.
const PARSED: &[&str] = &["parse", "try_parse", "from_args", "parse_from"];
/// Functions of a type that most often make one.
const MADE: &[&str] = &["default", "new", "load", "from_env", "read", "from_file", "get", "init", "build"];
/// Owning pointers.
const POINTERS: &[&str] = &["Arc::new", "Rc::new", "Box::new"];
/// Methods between what makes something and the thing itself.
const THROUGH: &[&str] = &[
    "unwrap",
    "expect",
    "unwrap_or_default",
    "unwrap_or_else",
    "context",
    "with_context",
    "map_err",
    "clone",
    "as_ref",
    "borrow",
    "whatever_context",
    "wrap_err",
];
/// Types of which a preset says more than the name of the type.
const PLAIN: &[&str] = &["u16", "u32", "String", "str", "SocketAddr", "SocketAddrV4", "IpAddr", "Ipv4Addr"];

impl Walk<'_> {
    /// What a method gives that looks for something and has another answer where it is missing.
    pub(super) fn preset(&mut self, call: &ExprMethodCall, budget: &mut u32) -> Sym {
        let method = call.method.to_string();
        let Some(first) = call.args.first() else { return Sym::Unknown };
        if KEYED.contains(&method.as_str()) {
            return match self.sym_within(first, budget) {
                Sym::Text(key) => Sym::Keyed(key),
                _ => Sym::Unknown,
            };
        }
        if !ELSE.contains(&method.as_str()) {
            return Sym::Unknown;
        }
        self.otherwise(&call.receiver, first, budget)
    }

    /// What a branch gives that has another answer where something is missing: `match port { Some(port) => port, None => 80 }`.
    pub(super) fn branched(&mut self, expr: &Expr, budget: &mut u32) -> Sym {
        match expr {
            Expr::Match(branches) => match branches.arms.as_slice() {
                [there, missing] | [missing, there] if is_there(&there.pat) && is_missing(&missing.pat) => {
                    self.otherwise(&branches.expr, &missing.body, budget)
                }
                _ => Sym::Unknown,
            },
            Expr::If(branch) => match (&*branch.cond, &branch.else_branch) {
                (Expr::Let(condition), Some((_, missing))) if is_there(&condition.pat) => {
                    self.otherwise(&condition.expr, missing, budget)
                }
                _ => Sym::Unknown,
            },
            _ => Sym::Unknown,
        }
    }

    /// What stands for something, and what for that where it is missing.
    fn otherwise(&mut self, wanted: &Expr, missing: &Expr, budget: &mut u32) -> Sym {
        match self.sym_within(missing, budget) {
            known @ (Sym::Text(_)
            | Sym::Integer(_)
            | Sym::Path(_)
            | Sym::Concat(_)
            | Sym::Call(..)
            | Sym::Same(_)
            | Sym::Tuple(_)) => match self.sym_within(wanted, budget) {
                field if is_field(&field) => Sym::Or(Box::new(field), Box::new(known)),
                _ => Sym::Else(Box::new(known)),
            },
            known @ (Sym::Else(_) | Sym::Or(..) | Sym::Keyed(_) | Sym::Given(_)) => known,
            field if is_field(&field) => Sym::Else(Box::new(field)),
            _ => Sym::Unknown,
        }
    }

    /// What a field belongs to that no type was written for: `let args = Arc::new(App::parse())`.
    pub(super) fn field_of_made(&mut self, base: &Expr, field: &syn::Ident) -> Sym {
        let Some(origin) = self.origin(base) else { return Sym::Unknown };
        let through = |method: &Str| THROUGH.contains(&self.seen.str(*method));
        if !origin.chain.iter().all(through) {
            return Sym::Unknown;
        }
        let mut start = origin.start;
        // `Arc::new(..)`, and what is in it.
        while let Sym::Call(path, arguments) = &mut start
            && POINTERS.iter().any(|pointer| self.seen.str(path.path).ends_with(pointer))
            && arguments.len() == 1
        {
            start = arguments.swap_remove(0);
        }
        let name = self.ident(field);
        match start {
            base @ (Sym::Typed(_) | Sym::Field(..)) => Sym::Field(Box::new(base), name),
            Sym::Call(path, _) => {
                let text = self.seen.str(path.path).to_owned();
                let Some((of, function)) = text.rsplit_once("::") else { return Sym::Unknown };
                let last = of.rsplit("::").next().unwrap_or(of);
                if !last.starts_with(char::is_uppercase) {
                    return Sym::Unknown;
                }
                let of = PathAt { path: self.intern(of), scope: path.scope, ns: Namespace::Type };
                let field = Sym::Field(Box::new(Sym::Typed(of)), name);
                match function {
                    function if PARSED.contains(&function) => field,
                    function if MADE.contains(&function) => Sym::Else(Box::new(field)),
                    _ => Sym::Unknown,
                }
            }
            _ => Sym::Unknown,
        }
    }

    /// True where the type of a variable says less than the preset that it is bound to.
    pub(super) fn keeps_preset(&self, value: &Sym, ty: PathAt) -> bool {
        is_preset(value) && self.is_plain(ty)
    }

    /// True for a type of which the name says nothing more than what is bound to it.
    pub(super) fn is_plain(&self, ty: PathAt) -> bool {
        let ty = self.seen.str(ty.path);
        PLAIN.contains(&ty.rsplit("::").next().unwrap_or(ty))
    }

    /// Keeps what `X { field: value }` in a function called `default` says.
    pub(super) fn note_presets(&mut self, literal: &syn::ExprStruct) {
        if self.in_tests {
            return;
        }
        let default = function_of(&self.seen, self.scope)
            .is_some_and(|function| function.name.is_some_and(|name| self.seen.str(name) == "default"));
        if !default {
            return;
        }
        let of = self.intern(&path_text(&literal.path));
        for field in &literal.fields {
            if let syn::Member::Named(member) = &field.member {
                let (name, value) = (self.ident(member), self.sym(&field.expr));
                if value != Sym::Unknown {
                    self.seen.presets.push(Preset { scope: self.scope, of, name, value });
                }
            }
        }
    }
}

/// `Ok(port)`, `Some(port)`.
fn is_there(pat: &Pat) -> bool {
    match pat {
        Pat::TupleStruct(tuple) => {
            let bound = matches!(tuple.elems.first(), Some(Pat::Ident(_))) && tuple.elems.len() == 1;
            bound && ["Ok", "Some"].contains(&path_text(&tuple.path).as_str())
        }
        _ => false,
    }
}

/// `Err(_)`, `None`, `_`.
fn is_missing(pat: &Pat) -> bool {
    match pat {
        Pat::TupleStruct(tuple) => path_text(&tuple.path) == "Err",
        Pat::Ident(ident) => ident.ident == "None",
        Pat::Path(path) => path.path.is_ident("None"),
        Pat::Wild(_) => true,
        _ => false,
    }
}

/// True for a field, and for what is made of its text.
pub(super) fn is_field(sym: &Sym) -> bool {
    match sym {
        Sym::Field(..) => true,
        Sym::Same(inner) => is_field(inner),
        _ => false,
    }
}

/// True for what somebody can say otherwise.
pub(super) fn is_preset(sym: &Sym) -> bool {
    matches!(sym, Sym::Else(_) | Sym::Or(..) | Sym::Keyed(_))
}

/// The function around a scope.
fn function_of(seen: &Seen, mut scope: ScopeId) -> Option<&seen::Scope> {
    loop {
        let facts = seen.scopes.get(scope as usize)?;
        match facts.kind {
            ScopeKind::Block => scope = facts.parent,
            ScopeKind::Item => return Some(facts),
            _ => return None,
        }
    }
}

/// The presets of a workspace.
#[derive(Default)]
pub(super) struct Presets {
    /// By unit and name: what the command line says where nobody says anything. `None` where that is said twice.
    arguments: HashMap<(usize, String), Option<(usize, Sym)>>,
    /// By the full path of a field.
    fields: HashMap<String, (usize, Sym)>,
}

impl Presets {
    /// Finds them: the calls were taken out of the files.
    pub(super) fn find(forest: &Forest, names: &Names<'_>, listed: &[(usize, Vec<seen::Call>)]) -> Self {
        let mut all = Self::default();
        for (id, calls) in listed {
            let seen = &forest.files[forest.instances[*id].file].seen;
            all.arguments_of(forest, *id, seen, calls);
            for preset in &seen.presets {
                let Some(of) = type_around(names, *id, seen, preset) else { continue };
                let path = format!("{of}::{}", seen.str(preset.name));
                all.fields.entry(path).or_insert_with(|| (*id, preset.value.clone()));
            }
        }
        all
    }

    fn arguments_of(&mut self, forest: &Forest, id: usize, seen: &Seen, calls: &[seen::Call]) {
        let Some(wanted) = seen.strings.position("default_value") else { return };
        for call in calls {
            let Callee::Method(method, Some(origin)) = &call.callee else { continue };
            let (Sym::Call(path, named), Some(value)) = (&origin.start, call.arguments.first()) else {
                continue;
            };
            let path = seen.str(path.path);
            let argument = path.ends_with("Arg::new") || path.ends_with("Arg::with_name");
            if let (true, true, Some(Sym::Text(key))) = (*method == wanted, argument, named.first()) {
                let key = (forest.instances[id].unit, seen.str(*key).to_owned());
                let value = (id, value.value.clone());
                self.arguments.entry(key).and_modify(|known| *known = None).or_insert(Some(value));
            }
        }
    }

    /// What the command line says under a name where nobody says anything.
    pub(super) fn argument(&self, unit: usize, key: &str) -> Option<&(usize, Sym)> {
        self.arguments.get(&(unit, key.to_owned()))?.as_ref()
    }

    /// What a field is where nobody says anything.
    pub(super) fn field(&self, path: &str) -> Option<&(usize, Sym)> {
        self.fields.get(path)
    }
}

/// The type whose `default` holds a literal, where the literal is of that type.
fn type_around(names: &Names<'_>, id: usize, seen: &Seen, preset: &Preset) -> Option<super::Text> {
    let mut scope = preset.scope;
    loop {
        let facts = seen.scopes.get(scope as usize)?;
        match facts.kind {
            ScopeKind::Block | ScopeKind::Item => scope = facts.parent,
            ScopeKind::Impl => break,
            _ => return None,
        }
    }
    let path = names.scope_path(id, scope);
    let of = seen.str(preset.of);
    (of == "Self" || path.rsplit("::").next() == of.rsplit("::").next()).then_some(path)
}

/// True where an expression may tell more once presets count.
pub(super) fn has_preset(sym: &Sym) -> bool {
    match sym {
        Sym::Else(_) | Sym::Or(..) | Sym::Keyed(_) | Sym::Given(_) | Sym::Field(..) => true,
        Sym::Call(_, parts) | Sym::Concat(parts) | Sym::Tuple(parts) | Sym::Array(parts) => {
            parts.iter().any(has_preset)
        }
        Sym::Add(left, right) => has_preset(left) || has_preset(right),
        Sym::Same(inner) => has_preset(inner),
        _ => false,
    }
}

/// What stands for a format string that parameters are put into.
pub(super) const FORMAT: &str = "format!";

/// True for what is told later: a parameter by callers, a field by a file.
pub(super) fn is_told_later(value: &Value) -> bool {
    match value {
        Value::Path(name) => name.resolved.is_none(),
        Value::Setting(_) => true,
        _ => false,
    }
}

impl Value {
    /// The value where each field that files of settings may fill is what `known` gives for it, counted from the left;
    /// format strings are put together with it.
    #[must_use]
    pub fn put_together(&self, known: &mut impl FnMut(&Setting) -> Self) -> Self {
        let mut all = |parts: &[Self]| -> Vec<Self> {
            parts.iter().map(|part| part.put_together(&mut *known)).collect()
        };
        match self {
            Self::Setting(setting) => known(setting),
            Self::Call(name, parts) if name.written.as_str() == FORMAT && name.resolved.is_none() => {
                composed(all(parts))
            }
            Self::Call(name, parts) => Self::Call(name.clone(), all(parts)),
            Self::Tuple(parts) => Self::Tuple(all(parts)),
            other => other.clone(),
        }
    }

    /// Visits each field in it that files of settings may fill, from the left.
    pub fn settings_mut(&mut self, visit: &mut impl FnMut(&mut Setting)) {
        match self {
            Self::Setting(setting) => visit(setting),
            Self::Call(_, parts) | Self::Tuple(parts) => {
                for part in parts {
                    part.settings_mut(visit);
                }
            }
            _ => {}
        }
    }
}
