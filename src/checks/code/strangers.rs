//! Code that the caller of a generic function brings: closures, and methods of type parameters.

use std::collections::{BTreeMap, BTreeSet};

use crate::facts::code::anatomy::{Bound, Function, Generics, Loop, NodeId, Shape, Type, What};

use super::flow::Flow;

/// Traits that say nothing about what a value does.
const MARKS: &[&str] = &["Any", "Copy", "Send", "Sized", "Sync", "Unpin"];

/// Last segments of traits.
type Traits<'f> = BTreeSet<&'f str>;

/// The type parameters in view of a function.
pub(super) struct Strangers<'f> {
    /// Each type parameter with its traits.
    pub types: BTreeMap<&'f str, Traits<'f>>,
    /// Variables of such a type.
    variables: BTreeMap<&'f str, Traits<'f>>,
    /// Variables that are functions of the caller.
    functions: BTreeSet<&'f str>,
}

/// A call of code that the caller brought.
pub(super) struct StrangeCall {
    pub at: NodeId,
    pub what: String,
}

impl<'f> Strangers<'f> {
    pub(super) fn of(flow: &Flow<'f>) -> Self {
        let (of, anatomy) = (flow.of, flow.anatomy);
        let mut types = BTreeMap::new();
        if let Some(by) = anatomy.impl_of(&of.is) {
            take(by, &by.is.generics, &mut types);
        }
        if let Some(of_trait) = anatomy.trait_of(&of.is) {
            take(of_trait, &of_trait.is.generics, &mut types);
        }
        take(of, &of.is.generics, &mut types);
        let mut strangers = Self { types, variables: BTreeMap::new(), functions: BTreeSet::new() };
        for input in &of.is.inputs {
            strangers.take_input(of, &input.of, input.names.iter().map(|name| of.written(*name)));
        }
        strangers
    }

    fn take_input(&mut self, of: &'f Shape<Function>, ty: &'f Type, names: impl Iterator<Item = &'f str>) {
        let traits = match ty.behind_references() {
            Type::Opaque(bounds) | Type::Object(bounds) => traits(of, bounds),
            Type::Path(name, _) => match self.types.get(of.written(*name)) {
                Some(traits) => traits.clone(),
                None => return,
            },
            _ => return,
        };
        let is_function = ["Fn", "FnMut", "FnOnce"].iter().any(|name| traits.contains(name));
        for name in names {
            if is_function {
                self.functions.insert(name);
            } else {
                self.variables.insert(name, traits.clone());
            }
        }
    }

    /// The traits of a variable whose type is a type parameter.
    pub(super) fn traits_of(&self, variable: &str) -> Option<&Traits<'f>> {
        self.variables.get(variable)
    }

    /// True for a variable whose type is a parameter with a trait, or what `into_iter` makes of one.
    pub(super) fn is_variable(&self, flow: &Flow<'_>, node: NodeId) -> bool {
        let Some(name) = flow.variable(node) else { return false };
        let known = |name: &str| self.variables.get(name).is_some_and(|traits| !traits.is_empty());
        let from = |node: NodeId| match flow.method(node) {
            Some("into_iter" | "iter" | "by_ref") => {
                flow.child(node, 0).and_then(|receiver| flow.variable(receiver)).is_some_and(known)
            }
            _ => false,
        };
        known(name) || flow.definitions(name).iter().any(|definition| from(definition.from))
    }

    fn any_has(&self, name: &str) -> bool {
        self.types.values().any(|traits| traits.contains(name))
    }

    /// The calls of code that the caller brought, in the order they are written.
    pub(super) fn calls(&self, flow: &Flow<'_>) -> Vec<StrangeCall> {
        let calls = flow.nodes().filter_map(|at| {
            let what = self.call(flow, at)?;
            // A loop asks its iterator before it runs its block.
            let at = match flow.body.what(at) {
                What::Loop(..) => flow.child(at, 0)?,
                _ => at,
            };
            Some(StrangeCall { at, what })
        });
        calls.collect()
    }

    fn call(&self, flow: &Flow<'_>, at: NodeId) -> Option<String> {
        match flow.body.what(at) {
            What::Call(name, types) => {
                let written = flow.of.written(*name);
                let mut segments = written.rsplit("::");
                let (last, of) = (segments.next()?, segments.next());
                let on_type = of.is_some_and(|of| self.types.contains_key(of));
                // `<T as Trait>::f`.
                let qualified = types.first().and_then(Type::head).map(|name| flow.of.written(name));
                let traits = qualified.and_then(|name| self.types.get(name));
                let on_trait = of.is_some_and(|of| traits.is_some_and(|traits| traits.contains(of)));
                (self.functions.contains(written) || on_type || on_trait).then(|| format!("`{last}`"))
            }
            What::Invoke => Some(format!("`{}`", flow.key(flow.child(at, 0)?)?)),
            What::Method(..) => {
                let name = flow.method(at)?;
                let known = match name {
                    "clone" => self.any_has("Clone"),
                    "cmp" => self.any_has("Ord"),
                    "partial_cmp" => self.any_has("PartialOrd"),
                    "hash" => self.any_has("Hash"),
                    _ => flow
                        .variable(flow.child(at, 0)?)
                        .is_some_and(|name| self.variables.contains_key(name)),
                };
                known.then(|| format!("`{name}`"))
            }
            What::Loop(Loop::For, _) => {
                let keys = flow.keys(flow.child(at, 0)?);
                let iterates = |traits: &Traits<'_>| traits.iter().any(|name| name.contains("Iterator"));
                let known = keys.iter().any(|key| self.variables.get(key.as_str()).is_some_and(iterates));
                known.then(|| "the iterator".to_owned())
            }
            _ => None,
        }
    }
}

fn take<'f, T>(of: &'f Shape<T>, generics: &'f Generics, types: &mut BTreeMap<&'f str, Traits<'f>>) {
    for parameter in generics.types() {
        types.entry(of.written(parameter.name)).or_default().extend(traits(of, &parameter.bounds));
    }
    for (ty, bounds) in &generics.wheres {
        let name = ty.behind_references().head().map(|name| of.written(name));
        if let Some(known) = name.and_then(|name| types.get_mut(name)) {
            known.extend(traits(of, bounds));
        }
    }
}

/// The traits among bounds, but for those that do nothing.
fn traits<'f, T>(of: &'f Shape<T>, bounds: &'f [Bound]) -> Traits<'f> {
    let names = bounds.iter().filter_map(|bound| match bound {
        Bound::Trait(name, _) => of.written(*name).rsplit("::").next(),
        Bound::Lifetime(_) | Bound::Relaxed => None,
    });
    names.filter(|name| !MARKS.contains(name)).collect()
}
