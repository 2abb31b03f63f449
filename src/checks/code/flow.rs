//! What a body shows about its values: where they come from, and what was compared before they are used.
//!
//! Syntax only, and lenient towards the code: a comparison anywhere before a use that mentions the value,
//! something made of it, or what it is made of, counts as a check. What is found has no check at all.

use std::cell::OnceCell;
use std::collections::{BTreeSet, HashMap};
use std::ops::Range;

use crate::facts::code::anatomy::{
    Anatomy, Body, Function, Impl, Loop, NameId, NodeId, Operator, Shape, Type, TypeItem, What,
};
use crate::source::Location;

/// How far definitions are followed.
const DEEPEST: usize = 12;

/// Methods whose result is the value they are called on, as far as bounds are concerned.
const SAME: &[&str] = &[
    "add",
    "as_bytes",
    "as_mut",
    "as_mut_ptr",
    "as_ptr",
    "as_ref",
    "as_slice",
    "as_usize",
    "cast",
    "clone",
    "enumerate",
    "expect",
    "get",
    "into",
    "iter",
    "offset",
    "to_owned",
    "unwrap",
];

/// Methods that compute with two values and may overflow or not.
const ARITHMETIC: &[&str] = &[
    "checked_add",
    "checked_mul",
    "saturating_add",
    "saturating_mul",
    "wrapping_add",
    "wrapping_mul",
    "wrapping_sub",
];

/// Methods that hold a value against something.
const COMPARES: &[&str] = &["clamp", "contains", "get", "get_mut", "is_null", "min", "split_at"];

/// Methods and functions that make room for so many elements.
const MAKES_ROOM: &[&str] = &["reserve", "reserve_exact", "resize", "with_capacity"];

/// A body with what is known of its values.
pub(super) struct Flow<'f> {
    pub anatomy: &'f Anatomy,
    pub of: &'f Shape<Function>,
    pub body: &'f Body,
    /// Made when somebody asks: most functions show earlier that they are of no interest.
    names: OnceCell<Names<'f>>,
    checks: OnceCell<Vec<Check>>,
    /// Each variable with what its values mention.
    mentioned: OnceCell<Vec<(&'f str, BTreeSet<String>)>>,
}

/// What the names in a body stand for.
#[derive(Default)]
struct Names<'f> {
    defined: HashMap<&'f str, Vec<Definition>>,
    parameters: HashMap<&'f str, usize>,
}

/// Where a variable gets a value.
#[derive(Debug, Clone, Copy)]
pub(super) struct Definition {
    /// The statement or pattern.
    pub at: NodeId,
    /// The expression that it comes from.
    pub from: NodeId,
}

/// A place where values are compared.
#[derive(Debug)]
struct Check {
    at: NodeId,
    keys: BTreeSet<String>,
    /// Room is made; nothing is compared.
    room: bool,
    /// `if large > small { .. }`: inside the block, what is known to be large has no bound.
    unbounded: Option<(Range<NodeId>, BTreeSet<String>)>,
}

impl<'f> Flow<'f> {
    pub(super) fn of(anatomy: &'f Anatomy, of: &'f Shape<Function>) -> Self {
        Self {
            anatomy,
            of,
            body: &of.is.body,
            names: OnceCell::new(),
            checks: OnceCell::new(),
            mentioned: OnceCell::new(),
        }
    }

    fn names(&self) -> &Names<'f> {
        self.names.get_or_init(|| self.name_all())
    }

    fn name_all(&self) -> Names<'f> {
        let (of, body) = (self.of, self.body);
        let mut names = Names::default();
        for (index, input) in of.is.inputs.iter().enumerate() {
            names.parameters.extend(input.names.iter().map(|name| (of.written(*name), index)));
        }
        for (at, node) in body.nodes() {
            let (bound, from): (&[NameId], _) = match &node.what {
                What::Let(bound, _) | What::LetCondition(bound) | What::Loop(Loop::For, bound) => {
                    (bound, body.child(at, 0))
                }
                What::Arm(bound) => (bound, body.parent(at).and_then(|whole| body.child(whole, 0))),
                What::Assign | What::Update(_) => {
                    let place = body.child(at, 0).and_then(|place| self.variable(place));
                    if let (Some(name), Some(from)) = (place, body.child(at, 1)) {
                        names.defined.entry(name).or_default().push(Definition { at, from });
                    }
                    continue;
                }
                _ => continue,
            };
            for name in bound {
                let definition = from.map(|from| Definition { at, from });
                names.defined.entry(of.written(*name)).or_default().extend(definition);
            }
        }
        names
    }

    /// Where a node stands.
    pub(super) fn place(&self, node: NodeId) -> Location {
        self.of.place(node)
    }

    /// The nodes of the body.
    pub(super) fn nodes(&self) -> Range<NodeId> {
        self.body.within(0)
    }

    pub(super) fn child(&self, node: NodeId, number: usize) -> Option<NodeId> {
        self.body.child(node, number)
    }

    /// What is behind a `?`, an `unwrap` or an `expect`.
    pub(super) fn without_failure(&self, node: NodeId) -> NodeId {
        let passes =
            *self.body.what(node) == What::Try || matches!(self.method(node), Some("unwrap" | "expect"));
        self.child(node, 0).filter(|_| passes).unwrap_or(node)
    }

    /// The name of the function.
    pub(super) fn name(&self) -> &'f str {
        self.of.written(self.of.is.name)
    }

    /// The name of a node that is a plain variable.
    pub(super) fn variable(&self, node: NodeId) -> Option<&'f str> {
        match self.body.what(node) {
            What::Path(name, _) => Some(self.of.written(*name)).filter(|name| !name.contains("::")),
            _ => None,
        }
    }

    /// The resolved path that is called at a node.
    pub(super) fn called(&self, node: NodeId) -> Option<&'f str> {
        match self.body.what(node) {
            What::Call(name, _) => self.of.name(*name).resolved.as_deref(),
            _ => None,
        }
    }

    /// The last segment of what is called at a node, resolved or not.
    pub(super) fn called_last(&self, node: NodeId) -> Option<&'f str> {
        match self.body.what(node) {
            What::Call(name, _) => self.of.written(*name).rsplit("::").next(),
            _ => None,
        }
    }

    /// The method that is called at a node.
    pub(super) fn method(&self, node: NodeId) -> Option<&'f str> {
        match self.body.what(node) {
            What::Method(name, _) => Some(self.of.written(*name)),
            _ => None,
        }
    }

    /// The last segment of the macro that is called at a node.
    pub(super) fn macro_called(&self, node: NodeId) -> Option<&'f str> {
        match self.body.what(node) {
            What::Macro(name) => self.of.written(*name).rsplit("::").next(),
            _ => None,
        }
    }

    /// A variable, or a field of one, as it is written: `length`, `self.length`.
    pub(super) fn key(&self, node: NodeId) -> Option<String> {
        match self.body.what(node) {
            What::Path(name, _) => Some(self.of.written(*name).to_owned()),
            What::Field(name) => {
                let base = self.child(node, 0)?;
                let base = match self.body.what(base) {
                    What::Deref => self.child(base, 0)?,
                    _ => base,
                };
                Some(format!("{}.{}", self.key(base)?, self.of.written(*name)))
            }
            _ => None,
        }
    }

    /// The variables and fields in an expression, but for `self` alone. Of very long ones the beginning.
    pub(super) fn keys(&self, node: NodeId) -> BTreeSet<String> {
        const MOST: usize = 512;
        let mut keys = BTreeSet::new();
        let Range { start: mut next, end } = self.body.within(node);
        let end = end.min(node + MOST);
        while next < end {
            match self.key(next) {
                Some(key) => {
                    if key != "self" && !key.contains("::") {
                        keys.insert(key);
                    }
                    next = self.body.within(next).end;
                }
                None => next += 1,
            }
        }
        keys
    }

    /// Where a variable gets its values, but for parameters.
    pub(super) fn definitions(&self, name: &str) -> &[Definition] {
        self.names().defined.get(name).map_or(&[], Vec::as_slice)
    }

    /// The expressions in a node, and those that its variables come from.
    pub(super) fn behind(&self, node: NodeId) -> impl Iterator<Item = NodeId> {
        let through: Vec<Range<NodeId>> = self
            .keys(node)
            .iter()
            .flat_map(|key| self.definitions(key.split('.').next().unwrap_or(key)))
            .map(|definition| self.body.within(definition.from))
            .collect();
        self.body.within(node).chain(through.into_iter().flatten())
    }

    pub(super) fn is_parameter(&self, name: &str) -> bool {
        self.names().parameters.contains_key(name)
    }

    /// The type of a parameter, by the name it is bound to.
    pub(super) fn parameter_type(&self, name: &str) -> Option<&'f Type> {
        Some(&self.of.is.inputs.get(*self.names().parameters.get(name)?)?.of)
    }

    /// The impl that the function stands in.
    pub(super) fn own_impl(&self) -> Option<&'f Shape<Impl>> {
        self.anatomy.impl_of(&self.of.is)
    }

    /// The type of the workspace that the function is a method of.
    pub(super) fn own_type(&self) -> Option<&'f Shape<TypeItem>> {
        self.anatomy.self_type(self.own_impl()?)
    }

    /// The trait that the function is a method of, resolved.
    pub(super) fn own_trait(&self) -> Option<&'f str> {
        let by = self.own_impl()?;
        by.name(by.is.of_trait.as_ref()?.0).resolved.as_deref()
    }

    /// The parameters whose value an expression passes on: through variables, arithmetic and casts, but not
    /// through calls, and not through what makes it small (`%`, `&`, `>>`).
    pub(super) fn passes_on(&self, node: NodeId) -> BTreeSet<&'f str> {
        let parts = self.made_of(node);
        let known = parts.iter().filter_map(|name| self.names().parameters.get_key_value(name.as_str()));
        known.map(|(name, _)| *name).collect()
    }

    /// The variables and fields whose values make up a value.
    pub(super) fn made_of(&self, node: NodeId) -> BTreeSet<String> {
        let mut parts = BTreeSet::new();
        self.take_parts(node, 0, &mut parts);
        parts
    }

    fn take_parts(&self, node: NodeId, depth: usize, parts: &mut BTreeSet<String>) {
        if depth > DEEPEST {
            return;
        }
        let children = match self.body.what(node) {
            What::Path(..) => {
                let Some(name) = self.variable(node).filter(|name| *name != "self") else { return };
                if parts.insert(name.to_owned()) {
                    for definition in self.definitions(name) {
                        self.take_parts(definition.from, depth + 1, parts);
                    }
                }
                return;
            }
            What::Field(_) => {
                parts.extend(self.key(node));
                1
            }
            What::Cast(_)
            | What::Borrow(_)
            | What::Deref
            | What::Unary
            | What::Try
            | What::FieldValue(_)
            | What::Index => 1,
            What::Binary(Operator::Add | Operator::Sub | Operator::Mul | Operator::Shl | Operator::Div)
            | What::Range => 2,
            What::Method(..) => match self.method(node) {
                Some(method) if SAME.contains(&method) => 1,
                Some(method) if ARITHMETIC.contains(&method) => 2,
                _ => return,
            },
            _ => return,
        };
        for child in self.body.children(node).take(children) {
            self.take_parts(child, depth + 1, parts);
        }
    }

    /// Everything that an expression is made of or that is made of it, through variables.
    fn related(&self, node: NodeId) -> BTreeSet<String> {
        let mut related = self.made_of(node);
        let mentioned = self.mentioned.get_or_init(|| {
            let all = self
                .names()
                .defined
                .iter()
                .flat_map(|(name, definitions)| definitions.iter().map(move |of| (*name, of)));
            all.map(|(name, definition)| (name, self.keys(definition.from))).collect()
        });
        let made = mentioned.iter().filter(|(_, keys)| !keys.is_disjoint(&related));
        let made: Vec<String> = made.map(|(name, _)| (*name).to_owned()).collect();
        related.extend(made);
        related
    }

    /// True where something that an expression depends on is compared, or room is made for it, before a
    /// node is reached.
    pub(super) fn checked(&self, expression: NodeId, before: NodeId) -> bool {
        self.is_checked(expression, before, true)
    }

    /// The same; making room for a value is no check of it.
    pub(super) fn compared(&self, expression: NodeId, before: NodeId) -> bool {
        self.is_checked(expression, before, false)
    }

    fn is_checked(&self, expression: NodeId, before: NodeId, with_room: bool) -> bool {
        let related = self.related(expression);
        let end = self.body.within(before).end;
        let checks = self.checks().iter().take_while(|check| check.at < end);
        let counts = |check: &&Check| check.at != before && (with_room || !check.room);
        checks.filter(counts).any(|check| {
            let mut common = check.keys.intersection(&related);
            match &check.unbounded {
                Some((block, keys)) if block.contains(&before) => common.any(|key| !keys.contains(key)),
                _ => common.next().is_some(),
            }
        })
    }

    fn checks(&self) -> &[Check] {
        self.checks.get_or_init(|| {
            let mut checks = Vec::new();
            let Range { start: mut at, end } = self.nodes();
            while at < end {
                if self.macro_called(at).is_some_and(|name| name.starts_with("debug_assert")) {
                    at = self.body.within(at).end;
                    continue;
                }
                let keys = self.keys_compared(at);
                checks.extend(keys.map(|keys| {
                    let name = self.method(at).or_else(|| self.called_last(at));
                    let room = name.is_some_and(|name| MAKES_ROOM.contains(&name));
                    Check { at, keys, room, unbounded: self.unbounded(at) }
                }));
                at += 1;
            }
            checks
        })
    }

    /// What is compared at a node, if anything is.
    fn keys_compared(&self, at: NodeId) -> Option<BTreeSet<String>> {
        let whole = match self.body.what(at) {
            What::Binary(Operator::Less | Operator::Greater | Operator::Equal) => at,
            What::Try => return Some(self.keys_asked(at)),
            What::Macro(_) => {
                let name = self.macro_called(at)?;
                let checks = ["assert", "ensure", "matches", "try_", "check"];
                checks.iter().any(|part| name.contains(part)).then_some(at)?
            }
            What::Index => self.child(at, 1)?,
            What::Match | What::LetCondition(_) => self.child(at, 0)?,
            // With an `else`.
            What::Let(..) => self.child(at, 1).and_then(|_| self.child(at, 0))?,
            What::Method(..) => {
                let name = self.method(at)?;
                (COMPARES.contains(&name) || MAKES_ROOM.contains(&name) || is_check(name)).then_some(at)?
            }
            What::Call(..) => {
                let name = self.called_last(at)?;
                let checks = is_check(name) && !self.is_wide_conversion(at);
                (name == "min" || MAKES_ROOM.contains(&name) || checks).then_some(at)?
            }
            _ => return None,
        };
        Some(self.keys(whole))
    }

    /// True for `usize::try_from(x)`, which leaves room for any size.
    fn is_wide_conversion(&self, at: NodeId) -> bool {
        match self.body.what(at) {
            What::Call(name, _) => matches!(self.of.written(*name), "usize::try_from" | "u64::try_from"),
            _ => false,
        }
    }

    /// The variables and fields that a call which may fail is asked about: not those that it fills.
    fn keys_asked(&self, at: NodeId) -> BTreeSet<String> {
        let mut keys = self.keys(at);
        for node in self.body.within(at).filter(|node| *self.body.what(*node) == What::Borrow(true)) {
            for filled in self.keys(node) {
                keys.remove(&filled);
            }
        }
        keys
    }

    /// The block behind `if large > small`, with what is large.
    fn unbounded(&self, at: NodeId) -> Option<(Range<NodeId>, BTreeSet<String>)> {
        let larger = match self.body.what(at) {
            What::Binary(Operator::Greater) => self.child(at, 0)?,
            What::Binary(Operator::Less) => self.child(at, 1)?,
            _ => return None,
        };
        let branch = self.body.parent(at).filter(|outer| *self.body.what(*outer) == What::If)?;
        let block = self.child(branch, 1).filter(|_| self.child(branch, 0) == Some(at))?;
        Some((self.body.within(block), self.made_of(larger)))
    }

    /// True inside an unsafe block, or in a function that is unsafe as a whole.
    pub(super) fn is_unsafe_at(&self, node: NodeId) -> bool {
        self.of.is.is_unsafe || self.body.around(node).any(|outer| *self.body.what(outer) == What::Unsafe)
    }
}

/// True for the name of a function that checks something.
fn is_check(name: &str) -> bool {
    let checks = ["check", "assert", "ensure", "valid", "verify", "bounds", "try_"];
    !name.contains("unchecked") && checks.iter().any(|part| name.contains(part))
}

/// True where a type mentions a name with this last segment.
pub(super) fn mentions<T>(of: &Shape<T>, ty: &Type, last: &str) -> bool {
    ty.any(&mut |part| last_segment(of, part) == Some(last))
}

/// The last segment of a type that is a path.
pub(super) fn last_segment<'f, T>(of: &'f Shape<T>, ty: &Type) -> Option<&'f str> {
    of.written(ty.head()?).rsplit("::").next()
}
