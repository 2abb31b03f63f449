//! What the rules on code could not judge: counted, so that silence is not taken for a pass.

use crate::facts::Facts;
use crate::facts::code::flows::known::may_arrive;
use crate::facts::code::{Callee, Name, Scope};

use super::calls::{Sink, known};
use super::{shipped, ships, uses};

/// How many places in code that ships no rule could judge.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Serialize)]
pub struct Unjudged {
    /// Calls by a path that could not be resolved: local closures, names from macros and unseen code.
    pub calls: usize,
    /// Macro calls whose arguments are, at least in part, no Rust that could be looked into.
    pub macros: usize,
    /// Calls of a method that a rule looks for, on something of which nothing is known.
    pub receivers: usize,
    /// Calls where it matters what they are given, and which are given more than is followed.
    pub flows: usize,
    /// Files that the parser refused; of these only tokens were seen, and a gap names each.
    pub files: usize,
}

impl Unjudged {
    /// Counts.
    #[must_use]
    pub fn of(facts: &Facts) -> Self {
        let sinks = || known().secrets.iter().chain(&known().listeners).chain(&known().certificates);
        let mut methods: Vec<&str> = sinks().flat_map(Sink::methods).collect();
        methods.sort_unstable();
        let known = |name: &Name| name.resolved.is_some();
        let mut unjudged = Self::default();
        for call in shipped(facts) {
            unjudged.macros += usize::from(call.unread);
            match &call.callee {
                Callee::Path(name) => unjudged.calls += usize::from(!known(name)),
                Callee::Method { name, receiver, .. } if !receiver.as_ref().is_some_and(known) => {
                    let sought = methods.binary_search(&name.as_str()).is_ok()
                        || may_arrive(name, &|krate| uses(facts, &call.site, krate));
                    unjudged.receivers += usize::from(sought);
                }
                Callee::Method { .. } | Callee::Macro(_) => {}
            }
        }
        unjudged.flows = facts.code.unfollowed.iter().filter(|site| ships(site)).count();
        let files = facts.code.files.iter().filter(|file| file.scope == Scope::Product);
        unjudged.files = files.filter(|file| !file.parsed).count();
        unjudged
    }
}
