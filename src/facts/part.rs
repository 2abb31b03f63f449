//! What only a part of all inspections looks at: a change of our own sources says nothing new about components.

use crate::policy::Policy;
use crate::request::{Change, Request};
use crate::source::Tree;

use super::clock::Clock;
use super::{Components, Gap, Integrity, Inventory, Kind, Registry, Vetting, Workspace, git};

/// What facts on the sources of components rest on.
pub(super) struct Supply<'a> {
    pub(super) tree: &'a Tree,
    pub(super) workspace: &'a Workspace,
    pub(super) components: &'a Components,
    pub(super) policy: &'a Policy,
}

impl Supply<'_> {
    /// Looks at the sources of components, and at what others say of them; not for a change of our own sources.
    pub(super) fn gather(
        &self,
        request: &Request,
        clock: &mut Clock,
        gaps: &mut Vec<Gap>,
    ) -> (Inventory, Registry, Integrity, Vetting) {
        if request.change.as_ref().is_some_and(Change::is_of_sources) {
            return Default::default();
        }
        let Self { tree, workspace, components, policy } = *self;
        let inventory = clock.time(Kind::Inventory, || super::inventory::gather(components, request, gaps));
        let registry =
            clock.time(Kind::Registry, || super::registry::gather(tree, workspace, components, policy, gaps));
        let integrity = clock
            .time(Kind::Integrity, || super::integrity::gather(tree, workspace, components, request, gaps));
        let vetting = clock.time(Kind::Vetting, || {
            git::reading(|| super::vetting::gather(tree, workspace, components, policy, gaps))
        });
        (inventory, registry, integrity, vetting)
    }
}

/// The kinds that a change is judged without. What is known of components changes with their list only.
pub(super) fn unlooked(request: &Request) -> &'static [Kind] {
    const ALWAYS: usize = 10;
    const UNLOOKED: &[Kind] = &[
        Kind::Clippy,
        Kind::Toolchain,
        Kind::Tracked,
        Kind::History,
        Kind::Earlier,
        Kind::Decided,
        Kind::Commits,
        Kind::Reviews,
        Kind::Authors,
        Kind::Runs,
        Kind::Inventory,
        Kind::Registry,
        Kind::Integrity,
        Kind::Vetting,
        Kind::Deployment,
        Kind::Pipeline,
    ];
    match &request.change {
        None => &[],
        Some(change) if change.is_of_sources() => UNLOOKED,
        Some(_) => &UNLOOKED[..ALWAYS],
    }
}

/// The kinds that a change of sources and prose can touch; `None` where it may be all of them.
pub(super) fn touched(request: &Request) -> Option<&'static [Kind]> {
    const BY_SOURCES: &[Kind] = &[
        Kind::Code,
        Kind::Files,
        Kind::Lints,
        Kind::Documents,
        Kind::Threats,
        Kind::Listed,
        Kind::Results,
        Kind::Scans,
        Kind::Hazards,
    ];
    request.change.as_ref().filter(|change| change.is_of_sources()).map(|_| BY_SOURCES)
}
