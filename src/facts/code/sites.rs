//! Where things stand: turns the byte ranges of one module's file into places with what encloses them.

use std::sync::Arc;

use super::names::Names;
use super::seen::{self, ScopeId, Seen};
use super::text::Text;
use super::tree::{self, Forest};
use super::values::View;
use super::{Argument, Call, Callee, FieldSet, Scope, Site, Value};
use crate::source::Source;

/// Makes places of ranges, and tells what encloses them.
pub(super) struct Sites<'a> {
    source: &'a Arc<Source>,
    seen: &'a Seen,
    names: &'a Names<'a>,
    instance: usize,
    unit: usize,
    scope: Scope,
    /// Conditions and scope of each scope of the file, and whether a macro encloses it.
    scopes: Vec<(Arc<[Text]>, Scope, bool)>,
}

impl<'a> Sites<'a> {
    pub(super) fn new(forest: &'a Forest, names: &'a Names<'a>, view: &View<'_, '_>, id: usize) -> Self {
        let instance = &forest.instances[id];
        let read = &forest.files[instance.file];
        let mut scopes: Vec<(Arc<[Text]>, Scope, bool)> = Vec::with_capacity(read.seen.scopes.len());
        let own: Arc<[Text]> = instance.cfg.iter().cloned().collect();
        for (index, scope) in read.seen.scopes.iter().enumerate() {
            let parent = scopes.get(scope.parent as usize).filter(|_| index > 0);
            let (outer_cfg, outer, in_macro) =
                parent.cloned().unwrap_or_else(|| (Arc::clone(&own), instance.scope, false));
            let cfg = with(outer_cfg, scope.cfg.iter().map(|condition| view.shared(*condition)));
            let scope_of = if scope.test { Scope::Test } else { outer };
            scopes.push((cfg, scope_of, in_macro || scope.in_macro));
        }
        Self {
            source: &read.source,
            seen: &read.seen,
            names,
            instance: id,
            unit: instance.unit,
            scope: instance.scope,
            scopes,
        }
    }

    pub(super) fn scope(&self, scope: ScopeId) -> Scope {
        self.scopes.get(scope as usize).map_or(self.scope, |(_, scope, _)| *scope)
    }

    pub(super) fn at(&self, span: seen::Span) -> crate::source::Location {
        self.source.at(tree::shifted(self.seen, span))
    }

    pub(super) fn site(&self, scope: ScopeId, at: seen::Span, in_macro: bool) -> Site {
        let (cfg, of, within_macro) = match self.scopes.get(scope as usize) {
            Some((cfg, of, within_macro)) => (Arc::clone(cfg), *of, *within_macro),
            None => (Arc::default(), self.scope, false),
        };
        Site {
            at: self.at(at),
            unit: self.unit,
            within: self.names.scope_path(self.instance, scope),
            scope: of,
            cfg,
            in_macro: in_macro || within_macro,
        }
    }

    pub(super) fn field_set(&self, set: &seen::FieldSet, view: &View<'_, '_>) -> FieldSet {
        FieldSet {
            of: set.of.as_ref().and_then(|of| view.start(of)),
            name: self.seen.str(set.name).to_owned(),
            value: view.value(&set.value),
            site: self.site(set.scope, set.at, set.in_macro),
        }
    }

    /// A call; of one in a test no more than what is called.
    pub(super) fn call(&self, call: &seen::Call, view: &View<'_, '_>) -> Call {
        let site = self.site(call.scope, call.at, call.in_macro);
        let in_test = site.scope == Scope::Test;
        let (mut origin, mut start) = (Value::Unknown, None);
        let callee = match &call.callee {
            seen::Callee::Path(path) => Callee::Path(view.name(*path)),
            seen::Callee::Macro(path) => Callee::Macro(view.name(*path)),
            seen::Callee::Method(name, from) => {
                let name = view.shared(*name);
                match from {
                    Some(from) if !in_test => {
                        origin = view.value(&from.start);
                        start = Some(self.at(from.at));
                        let chain = from.chain.iter().map(|method| view.shared(*method));
                        Callee::Method { name, receiver: view.start(&from.start), chain: chain.collect() }
                    }
                    _ => Callee::Method { name, receiver: None, chain: Vec::new() },
                }
            }
        };
        let told = |argument: &seen::Argument| Argument {
            value: view.value(&argument.value),
            preset: view.preset(&argument.value).map(Box::new),
            name: argument.name.map(|name| view.shared(name)),
            at: self.at(argument.at),
        };
        Call {
            callee,
            arguments: if in_test { Vec::new() } else { call.arguments.iter().map(told).collect() },
            origin,
            start,
            conditional: call.conditional,
            discarded: call.discarded,
            unread: call.unread,
            site,
        }
    }
}

/// Conditions with further ones; without any, they stay the same.
pub(super) fn with(outer: Arc<[Text]>, more: impl ExactSizeIterator<Item = Text>) -> Arc<[Text]> {
    if more.len() == 0 { outer } else { outer.iter().cloned().chain(more).collect() }
}
