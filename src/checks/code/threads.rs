//! Types that are declared to be fit for several threads.

use std::collections::{HashMap, HashSet};

use crate::facts::Facts;
use crate::facts::code::Name;
use crate::facts::code::anatomy::{
    Anatomy, Bound, Function, Impl, NameId, NodeId, Receiver, Shape, Type, TypeItem, Visibility, What,
};
use crate::finding::Findings;

use super::flow::{Flow, last_segment};
use super::{ships, unsafe_flows};

const SEND: &str = "std::marker::Send";
const SYNC: &str = "std::marker::Sync";

/// The promise of an impl.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Promise {
    Send,
    Sync,
}

/// An `unsafe impl` of `Send` or `Sync` for a type of the workspace.
struct Promised<'f> {
    promise: Promise,
    by: &'f Shape<Impl>,
    of: &'f Shape<TypeItem>,
}

fn promised(facts: &Facts) -> impl Iterator<Item = Promised<'_>> {
    facts.code.anatomy.impls.iter().filter(|by| ships(&by.site)).filter_map(|by| {
        let (name, _) = by.is.of_trait.as_ref().filter(|_| by.is.is_unsafe && !by.is.negative)?;
        let promise = match by.name(*name).resolved.as_deref()? {
            SEND => Promise::Send,
            SYNC => Promise::Sync,
            _ => return None,
        };
        let of = facts.code.anatomy.type_named(by.name(by.is.self_type.head()?))?;
        Some(Promised { promise, by, of })
    })
}

pub(super) fn thread_bound_missing(facts: &Facts, found: &mut Findings<'_>) {
    let anatomy = &facts.code.anatomy;
    let methods = methods(anatomy);
    for promised in promised(facts) {
        let of_type = methods.get(promised.of.site.within.as_str()).map_or(&[][..], Vec::as_slice);
        for (parameter, name) in promised.parameters() {
            let held = Held::by(promised.of, parameter, of_type, name);
            let bounds = Bounds::of(anatomy, promised.by, name);
            let Some(missing) = missing(promised.promise, &bounds, &held, of_type, name) else { continue };
            let (promise, item) = (promised.promise, promised.of.written(promised.of.is.name));
            let goes = match promise {
                Promise::Send => "be sent to other threads",
                Promise::Sync => "be shared between threads",
            };
            found
                .add(
                    &promised.by.site.at,
                    format!("`{item}` is declared `{promise:?}` for every `{name}`, and so can {goes} whatever it holds"),
                )
                .about(&promised.by.site.within)
                .help(format!("demand `{name}: {missing}` in the impl"));
        }
    }
}

impl<'f> Promised<'f> {
    /// The type parameters of the type that the impl leaves open, with their names in type and impl.
    fn parameters(&self) -> impl Iterator<Item = (&'f str, &'f str)> {
        let arguments = match &self.by.is.self_type {
            Type::Path(_, arguments) => arguments.as_slice(),
            _ => &[],
        };
        let (of, by) = (self.of, self.by);
        of.is.generics.parameters.iter().zip(arguments).filter_map(move |(parameter, argument)| {
            let name = by.written(argument.head()?);
            let open = by.is.generics.types().any(|known| by.written(known.name) == name);
            open.then(|| (of.written(parameter.name), name))
        })
    }
}

/// How a type holds a parameter.
#[derive(Debug, Default)]
#[expect(clippy::struct_excessive_bools, reason = "a type may hold a parameter in several ways at once")]
struct Held {
    /// By value, or through a pointer.
    owned: bool,
    /// Through a pointer that is only read.
    pointed: bool,
    /// Behind a shared reference.
    referred: bool,
    /// In a cell that can be written through a shared reference.
    in_cell: bool,
    /// In a mark only.
    marked: bool,
}

impl Held {
    fn by(of: &Shape<TypeItem>, parameter: &str, methods: &[Method<'_>], name: &str) -> Self {
        let mut held = Self::default();
        for field in &of.is.fields {
            held.take(of, &field.of, parameter, Way::Owned);
        }
        // Behind a pointer without a type: what the methods hand out is held.
        let erased = |ty: &Type| {
            matches!(ty, Type::Pointer { .. })
                || matches!(last_segment(of, ty), Some("NonNull" | "AtomicPtr"))
        };
        held.owned |= held.marked
            && of.is.fields.iter().any(|field| field.of.any(&mut |ty| erased(ty)))
            && methods.iter().any(|method| method.shows(name) || method.moves(name));
        held
    }

    fn take(&mut self, of: &Shape<TypeItem>, ty: &Type, parameter: &str, way: Way) {
        match ty {
            Type::Path(name, parts) => {
                let last = last_segment(of, ty);
                if of.written(*name) == parameter {
                    match way {
                        Way::Owned => self.owned = true,
                        Way::Cell => (self.owned, self.in_cell) = (true, true),
                        Way::Pointed => self.pointed = true,
                        Way::Referred => self.referred = true,
                    }
                }
                match (last, parts.as_slice()) {
                    (Some("PhantomData"), [reference @ Type::Reference { .. }]) => {
                        self.take(of, reference, parameter, way);
                    }
                    // A mark that says no more.
                    (Some("PhantomData"), [inner]) => {
                        self.marked |= last_segment(of, inner) == Some(parameter);
                    }
                    (Some("UnsafeCell"), _) => {
                        for part in parts {
                            self.take(of, part, parameter, Way::Cell);
                        }
                    }
                    _ => parts.iter().for_each(|part| self.take(of, part, parameter, way)),
                }
            }
            Type::Reference { mutable: false, to, .. } => self.take(of, to, parameter, Way::Referred),
            Type::Pointer { mutable: false, to } => self.take(of, to, parameter, Way::Pointed),
            Type::Function { .. } | Type::Object(_) | Type::Opaque(_) => {}
            other => other.parts().into_iter().for_each(|part| self.take(of, part, parameter, way)),
        }
    }
}

/// What stands between a type and its parameter.
#[derive(Debug, Clone, Copy)]
enum Way {
    Owned,
    Cell,
    Pointed,
    Referred,
}

/// What an impl demands of one of its parameters.
#[derive(Debug, Default)]
struct Bounds {
    send: bool,
    sync: bool,
}

impl Bounds {
    fn of(anatomy: &Anatomy, by: &Shape<Impl>, parameter: &str) -> Self {
        let mut bounds = Self::default();
        let declared = by.is.generics.parameters.iter().filter(|known| by.written(known.name) == parameter);
        for known in declared {
            bounds.add(anatomy, by, &known.bounds);
        }
        for (ty, demanded) in &by.is.generics.wheres {
            // `T`, `Box<T>`, `T::Item`.
            let mentions = ty.any(&mut |part| {
                let head = part.head().map(|name| by.written(name)).unwrap_or_default();
                head.split("::").next() == Some(parameter)
            });
            if mentions {
                bounds.add(anatomy, by, demanded);
            }
        }
        bounds
    }

    fn add<T>(&mut self, anatomy: &Anatomy, of: &Shape<T>, bounds: &[Bound]) {
        let mut seen = HashSet::new();
        for bound in bounds {
            if let Bound::Trait(name, _) = bound {
                self.add_trait(anatomy, of.name(*name), &mut seen);
            }
        }
    }

    fn add_trait<'f>(&mut self, anatomy: &'f Anatomy, name: &'f Name, seen: &mut HashSet<&'f str>) {
        match name.resolved.as_deref() {
            Some(SEND) => self.send = true,
            Some(SYNC) => self.sync = true,
            Some(path) => {
                let Some(of) = anatomy.trait_named(name).filter(|_| seen.insert(path)) else { return };
                for bound in &of.is.supers {
                    if let Bound::Trait(name, _) = bound {
                        self.add_trait(anatomy, of.name(*name), seen);
                    }
                }
            }
            // A name that can't be told may demand anything.
            None => (self.send, self.sync) = (true, true),
        }
    }
}

/// What must be demanded and is not.
fn missing(
    promise: Promise,
    bounds: &Bounds,
    held: &Held,
    methods: &[Method<'_>],
    parameter: &str,
) -> Option<&'static str> {
    let either = bounds.send || bounds.sync;
    match promise {
        _ if !held.owned && !held.pointed && !held.referred => None,
        Promise::Send if held.referred && !bounds.sync => Some("Sync"),
        Promise::Send if held.owned => (!bounds.send).then_some("Send"),
        Promise::Send => (!either).then_some("Sync"),
        Promise::Sync if !either => Some("Sync"),
        Promise::Sync if !bounds.sync => {
            methods.iter().any(|method| method.shows(parameter)).then_some("Sync")
        }
        Promise::Sync if !bounds.send => {
            let moves = held.in_cell || methods.iter().any(|method| method.moves(parameter));
            moves.then_some("Send")
        }
        Promise::Sync => None,
    }
}

/// A method with the impl it stands in.
struct Method<'f> {
    of: &'f Shape<Function>,
    by: &'f Shape<Impl>,
}

fn methods(anatomy: &Anatomy) -> HashMap<&str, Vec<Method<'_>>> {
    let mut found: HashMap<&str, Vec<Method<'_>>> = HashMap::new();
    for of in &anatomy.functions {
        let shared = matches!(of.is.receiver, Some(Receiver::Reference { mutable: false, .. }));
        if !shared || of.is.visibility != Visibility::Public || of.is.is_unsafe {
            continue;
        }
        let Some(by) = anatomy.impl_of(&of.is) else { continue };
        let Some(path) = by.is.self_type.head().and_then(|name| by.name(name).resolved.as_deref()) else {
            continue;
        };
        found.entry(path).or_default().push(Method { of, by });
    }
    found
}

impl Method<'_> {
    /// True for `&self -> &T`.
    fn shows(&self, parameter: &str) -> bool {
        let of_trait = self.by.is.of_trait.as_ref().map(|(name, _)| self.by.written(*name));
        let target = ["Deref", "Index", "Borrow", "AsRef"].iter().any(|known| of_trait == Some(known));
        let is = |name: NameId| {
            let written = self.of.written(name);
            written == parameter || (target && matches!(written, "Self::Target" | "Self::Output"))
        };
        let refers = |ty: &Type| {
            ty.any(&mut |part| match part {
                Type::Reference { mutable: false, to, .. } => {
                    to.any(&mut |inner| inner.head().is_some_and(is))
                }
                _ => false,
            })
        };
        self.of.is.output.as_ref().is_some_and(refers)
    }

    /// True for `&self -> T`, and for `&self, T`.
    fn moves(&self, parameter: &str) -> bool {
        let takes = self.of.is.inputs.iter().any(|input| by_value(self.of, &input.of, parameter));
        let gives = self.of.is.output.as_ref().is_some_and(|ty| by_value(self.of, ty, parameter));
        let copies = self.of.written(self.of.is.name) == "clone";
        takes || (gives && !copies)
    }
}

fn by_value<T>(of: &Shape<T>, ty: &Type, parameter: &str) -> bool {
    match ty {
        Type::Path(name, parts) => {
            of.written(*name) == parameter || parts.iter().any(|part| by_value(of, part, parameter))
        }
        Type::Tuple(parts) => parts.iter().any(|part| by_value(of, part, parameter)),
        Type::Array(part) => by_value(of, part, parameter),
        _ => false,
    }
}

/// Types that belong to one thread.
const OF_ONE_THREAD: &[&str] = &["std::rc::Rc", "std::rc::Weak"];

/// Types that may be changed through a shared reference, by one thread at a time.
const CELLS: &[&str] =
    &["std::cell::Cell", "std::cell::OnceCell", "std::cell::RefCell", "std::cell::UnsafeCell"];

/// Words in the names of types that keep threads apart, or tell them apart.
const LOCKS: &[&str] = &[
    "Atomic",
    "Condvar",
    "Flag",
    "Lock",
    "Mutex",
    "Once",
    "Parker",
    "Semaphore",
    "State",
    "Thread",
    "Waker",
    "lock",
];

pub(super) fn unshareable_state_shared(facts: &Facts, found: &mut Findings<'_>) {
    for promised in promised(facts) {
        let unfit =
            promised.of.is.fields.iter().find_map(|field| unfit(promised.of, &field.of, promised.promise));
        let Some(what) = unfit else { continue };
        let (name, promise) = (promised.of.written(promised.of.is.name), promised.promise);
        found
            .add(&promised.by.site.at, format!("`{name}` is declared `{promise:?}` and holds {what}"))
            .about(&promised.by.site.within)
            .with(&promised.of.site.at, "the type is declared here");
    }
}

/// What in a type does not keep the promise.
fn unfit(of: &Shape<TypeItem>, ty: &Type, promise: Promise) -> Option<String> {
    let path = |name: NameId| of.name(name).resolved.as_deref().unwrap_or_default();
    match ty {
        Type::Path(name, _) if OF_ONE_THREAD.contains(&path(*name)) => {
            Some(format!("an `{}`, whose count is not made for threads", of.written(*name)))
        }
        Type::Path(name, _) if promise == Promise::Sync && CELLS.contains(&path(*name)) => {
            let is_lock = |ty: &Type| {
                last_segment(of, ty).is_some_and(|name| LOCKS.iter().any(|word| name.contains(word)))
            };
            let locked = of.is.fields.iter().any(|field| field.of.any(&mut |ty| is_lock(ty)));
            (!locked).then(|| format!("a `{}` without anything that keeps threads apart", of.written(*name)))
        }
        Type::Path(..) if last_segment(of, ty) == Some("PhantomData") => None,
        Type::Object(bounds) if promise == Promise::Send => {
            let has = |wanted: fn(&str) -> bool| {
                bounds.iter().any(|bound| matches!(bound, Bound::Trait(name, _) if wanted(path(*name))))
            };
            let fit = has(|path| path == SEND || path == SYNC);
            (!fit && has(|path| path.starts_with("std::")))
                .then(|| "a trait object that need not be `Send`".to_owned())
        }
        Type::Function { .. } => None,
        other => other.parts().into_iter().find_map(|part| unfit(of, part, promise)),
    }
}

pub(super) fn atomic_without_order(facts: &Facts, found: &mut Findings<'_>) {
    for flow in unsafe_flows(facts) {
        let relaxed = |at: &NodeId| {
            flow.body.children(*at).any(|argument| match flow.body.what(argument) {
                What::Path(name, _) => flow.of.written(*name).rsplit("::").next() == Some("Relaxed"),
                _ => false,
            })
        };
        let frees = |at: NodeId| {
            matches!(
                flow.called(at),
                Some("std::boxed::Box::from_raw" | "std::ptr::drop_in_place" | "std::alloc::dealloc")
            )
        };
        let fences = flow.nodes().any(|at| flow.called_last(at) == Some("fence"));
        let released = flow.nodes().find(|at| flow.method(*at) == Some("fetch_sub") && relaxed(at));
        if let Some(at) = released.filter(|_| !fences && flow.nodes().any(frees)) {
            found
                .add(&flow.place(at), "the count goes down without an order, and memory is freed on it")
                .about(&flow.of.site.within);
        }
        let follows = |at: &NodeId| {
            flow.method(*at) == Some("load")
                && relaxed(at)
                && is_shared(&flow, *at)
                && is_followed(&flow, *at)
        };
        if let Some(at) = flow.nodes().find(follows).filter(|_| !fences && !flow.of.is.is_unsafe) {
            found
                .add(
                    &flow.place(at),
                    "a pointer is loaded without an order, and what it points to may not be there yet",
                )
                .about(&flow.of.site.within);
        }
    }
}

/// True for an atomic that other threads may see: what is reached through `&mut` belongs to one.
fn is_shared(flow: &Flow<'_>, load: NodeId) -> bool {
    let Some(atomic) = flow.child(load, 0) else { return false };
    let own = |ty: &Type| matches!(ty, Type::Reference { mutable: true, .. });
    flow.behind(atomic).filter_map(|at| flow.variable(at)).any(|name| match flow.parameter_type(name) {
        Some(ty) => !own(ty),
        None => name == "self" && flow.of.is.receiver.as_ref().is_some_and(Receiver::is_shared),
    })
}

/// True where what is loaded is followed as a pointer.
fn is_followed(flow: &Flow<'_>, load: NodeId) -> bool {
    let name = flow.body.around(load).find_map(|outer| match flow.body.what(outer) {
        What::Let(names, _) => names.first().map(|name| flow.of.written(*name)),
        _ => None,
    });
    flow.nodes().any(|at| {
        let pointer = match flow.body.what(at) {
            What::Deref => flow.child(at, 0),
            What::Call(..) if flow.called(at) == Some("std::boxed::Box::from_raw") => flow.child(at, 0),
            _ => None,
        };
        pointer.is_some_and(|pointer| {
            flow.body.within(pointer).contains(&load)
                || name.is_some_and(|name| {
                    flow.body.within(pointer).any(|inside| flow.variable(inside) == Some(name))
                })
        })
    })
}
