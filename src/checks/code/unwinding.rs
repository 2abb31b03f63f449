//! Code of a caller that runs while a value is half built, half moved or half dropped.

use std::cmp::Reverse;

use crate::facts::Facts;
use crate::facts::code::anatomy::{NodeId, Operator, Receiver, What};
use crate::finding::Findings;

use super::flow::Flow;
use super::strangers::Strangers;
use super::{flows_with, unsafe_flows};

pub(super) fn panic_leaves_broken_state(facts: &Facts, found: &mut Findings<'_>) {
    for flow in unsafe_flows(facts) {
        let breaks = breaks(&flow);
        let Some(last) = breaks.last() else { continue };
        let strangers = Strangers::of(&flow);
        let generic = !strangers.types.is_empty() && flow.own_trait() != Some("std::ops::Drop");
        let calls = strangers.calls(&flow);
        let guard =
            flow.nodes().take_while(|at| *at < last.at).find(|at| guards(&flow, *at)).unwrap_or(usize::MAX);
        for broken in breaks.iter().filter(|broken| broken.at < guard) {
            let mends = broken.kind.mends(&flow);
            if broken.kind == Kind::Dropped {
                if generic && mends.iter().any(|mend| flow.body.is_before(broken.at, *mend)) {
                    let message = "a value is dropped while it still counts, and its `Drop` may panic before that is mended";
                    found.add(&flow.place(broken.at), message).about(&flow.of.site.within);
                    break;
                }
                continue;
            }
            let call = calls.iter().find(|call| call.at < guard && broken.is_open_at(&flow, call.at, &mends));
            if let Some(call) = call {
                let message =
                    format!("{}, and {} may panic before that is mended", broken.kind.words(), call.what);
                found
                    .add(&flow.place(broken.at), message)
                    .about(&flow.of.site.within)
                    .with(&flow.place(call.at), "runs code of the caller");
                break;
            }
        }
    }
}

/// A statement after which a value must not be dropped or seen until another one.
struct Break {
    at: NodeId,
    kind: Kind,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// A value exists twice until one of them is overwritten or forgotten.
    Twice,
    /// More counts as initialised than is.
    Uninitialised,
    /// A value was dropped and still counts.
    Dropped,
}

impl Kind {
    fn words(self) -> &'static str {
        match self {
            Self::Twice => "a value is read out and still stands where it was",
            Self::Uninitialised => "more counts as initialised than is",
            Self::Dropped => "a value is dropped and still counts",
        }
    }

    /// What puts the state right, in the order in which it is done.
    fn mends(self, flow: &Flow<'_>) -> Vec<NodeId> {
        let mut mends: Vec<NodeId> = flow.nodes().filter(|at| self.is_mended_at(flow, *at)).collect();
        mends.sort_by_key(|at| done(flow, *at));
        mends
    }

    fn is_mended_at(self, flow: &Flow<'_>, at: NodeId) -> bool {
        let called = flow.called(at).unwrap_or_default();
        let method = flow.method(at).unwrap_or_default();
        let overwrites =
            matches!(called, "std::ptr::write" | "std::mem::forget") || matches!(method, "write" | "set_len");
        match self {
            Self::Twice => overwrites || matches!(called, "std::ptr::copy" | "std::ptr::copy_nonoverlapping"),
            Self::Uninitialised => overwrites,
            Self::Dropped => method == "set_len" || changes_self(flow, at),
        }
    }
}

/// When the work of a node is done: what stands before it, and what is inside it, comes first.
fn done(flow: &Flow<'_>, at: NodeId) -> (NodeId, Reverse<NodeId>) {
    (flow.body.within(at).end, Reverse(at))
}

fn breaks(flow: &Flow<'_>) -> Vec<Break> {
    flow.nodes().filter_map(|at| Some(Break { at, kind: breaks_at(flow, at)? })).collect()
}

fn breaks_at(flow: &Flow<'_>, at: NodeId) -> Option<Kind> {
    if let Some(method) = flow.method(at) {
        let bare = flow.body.children(at).count() == 1;
        let kind = match method {
            "read" if bare => Kind::Twice,
            "drop_in_place" => Kind::Dropped,
            "set_len" if !shrinks(flow, at) => Kind::Uninitialised,
            "assume_init" if bare => Kind::Uninitialised,
            _ if drops_inside(flow, at) => Kind::Dropped,
            _ => return None,
        };
        return Some(kind).filter(|_| flow.is_unsafe_at(at));
    }
    match flow.called(at)? {
        "std::ptr::read" if dropped_at_once(flow, at) => Some(Kind::Dropped),
        "std::ptr::read"
        | "std::ptr::copy"
        | "std::ptr::copy_nonoverlapping"
        | "std::mem::transmute_copy"
        | "std::mem::ManuallyDrop::take" => Some(Kind::Twice),
        "std::ptr::drop_in_place" => Some(Kind::Dropped),
        "std::mem::drop"
            if flow
                .body
                .within(at)
                .any(|inside| flow.called(inside) == Some("std::boxed::Box::from_raw")) =>
        {
            Some(Kind::Dropped)
        }
        "std::mem::uninitialized" => Some(Kind::Uninitialised),
        _ => None,
    }
}

/// True for `set_len(0)` and for a length that is made smaller.
fn shrinks(flow: &Flow<'_>, at: NodeId) -> bool {
    flow.child(at, 1)
        .is_none_or(|length| matches!(flow.body.what(length), What::Number(0) | What::Binary(Operator::Sub)))
}

/// True for a value that is read out as a statement of its own, or only to be dropped.
fn dropped_at_once(flow: &Flow<'_>, at: NodeId) -> bool {
    flow.body.parent(at).is_some_and(|outer| match flow.body.what(outer) {
        What::Block => flow.body.children(outer).last() != Some(at),
        _ => flow.called(outer) == Some("std::mem::drop"),
    })
}

/// True for a call of an own unsafe method that drops elements.
fn drops_inside(flow: &Flow<'_>, at: NodeId) -> bool {
    let on_self = flow.child(at, 0).and_then(|receiver| flow.variable(receiver)) == Some("self");
    let path = flow.of.site.within.rsplit_once("::").filter(|_| on_self).map(|(outer, _)| outer);
    let (Some(outer), Some(method)) = (path, flow.method(at)) else { return false };
    let callee = flow.anatomy.function_at(&format!("{outer}::{method}"));
    callee.filter(|of| of.is.is_unsafe).is_some_and(|of| {
        let inner = Flow::of(flow.anatomy, of);
        inner.nodes().any(|at| inner.called(at) == Some("std::ptr::drop_in_place"))
            || method.starts_with("drop")
    })
}

impl Break {
    /// True where the state is still broken at a call: behind the break, before what mends it.
    fn is_open_at(&self, flow: &Flow<'_>, call: NodeId, mends: &[NodeId]) -> bool {
        let body = flow.body;
        let leaves =
            || body.around(self.at).any(|outer| matches!(body.what(outer), What::Return | What::Break));
        let mut loops = body.around(self.at).filter(|outer| matches!(body.what(*outer), What::Loop(..)));
        let after = body.is_before(self.at, call);
        if body.within(self.at).contains(&call)
            || !(after || (loops.any(|outer| body.within(outer).contains(&call)) && !leaves()))
        {
            return false;
        }
        let behind = |at: NodeId| mends.partition_point(|mend| done(flow, *mend) <= done(flow, at));
        let (first, later) = (behind(self.at), behind(call));
        // Where nothing mends it later, it was meant to stay like this.
        (!after || first >= later) && (self.kind == Kind::Uninitialised || later < mends.len())
    }
}

/// True for an assignment to a field of `self` or to a length, and for a method that changes `self`.
fn changes_self(flow: &Flow<'_>, at: NodeId) -> bool {
    match flow.body.what(at) {
        What::Assign | What::Update(_) => {
            let place = flow.child(at, 0).and_then(|place| flow.key(place)).unwrap_or_default();
            let field = place.rsplit_once('.').map_or("", |(_, field)| field);
            let lengths = ["count", "head", "len", "length", "next", "prev", "size", "tail"];
            place.starts_with("self.") || lengths.contains(&field)
        }
        What::Method(..) => {
            let on_self = flow.child(at, 0).and_then(|receiver| flow.variable(receiver)) == Some("self");
            let own = flow.of.site.within.rsplit_once("::").filter(|_| on_self);
            let callee = own
                .and_then(|(outer, _)| flow.anatomy.function_at(&format!("{outer}::{}", flow.method(at)?)));
            callee.is_some_and(|of| matches!(of.is.receiver, Some(Receiver::Reference { mutable: true, .. })))
        }
        _ => false,
    }
}

/// True for what puts the state right, or ends the process, when the stack unwinds.
fn guards(flow: &Flow<'_>, at: NodeId) -> bool {
    /// Words in the names of what stands guard.
    const GUARDS: &[&str] = &[
        "Abort",
        "Bomb",
        "Guard",
        "Hole",
        "ManuallyDrop",
        "OnDrop",
        "abort",
        "catch_unwind",
        "defer",
        "guard",
        "on_drop",
    ];
    // Nothing counts while the work is done: what is lost then is leaked.
    if flow.method(at) == Some("set_len") && shrinks(flow, at) {
        return true;
    }
    let name = match flow.body.what(at) {
        What::Struct(name) | What::Call(name, _) | What::Macro(name) => flow.of.name(*name),
        _ => return false,
    };
    let path = name.resolved.as_deref().unwrap_or_default();
    let made = path.rsplit_once("::").map_or("", |(of, _)| of);
    GUARDS.iter().any(|word| name.written.contains(word))
        || flow.anatomy.drops(path)
        || flow.anatomy.drops(made)
}

pub(super) fn changed_before_checked(facts: &Facts, found: &mut Findings<'_>) {
    for flow in flows_with(facts, |what| matches!(what, What::Macro(_))) {
        if !matches!(flow.of.is.receiver, Some(Receiver::Reference { mutable: true, .. })) {
            continue;
        }
        for at in flow.nodes() {
            if !matches!(flow.macro_called(at), Some("assert" | "assert_eq" | "assert_ne")) {
                continue;
            }
            let keys = flow.keys(at);
            let changes = |before: &NodeId| {
                let place = flow.child(*before, 0).and_then(|place| flow.key(place));
                matches!(flow.body.what(*before), What::Assign | What::Update(_))
                    && flow.body.parent(*before) == flow.body.parent(at)
                    && place.is_some_and(|key| key.starts_with("self.") && keys.contains(&key))
            };
            let Some(first) = flow.nodes().take_while(|before| *before < at).find(changes) else {
                continue;
            };
            found
                .add(
                    &flow.place(at),
                    "what is asserted here was changed before, and whoever catches the panic keeps it",
                )
                .about(&flow.of.site.within)
                .with(&flow.place(first), "changed here");
            break;
        }
    }
}
