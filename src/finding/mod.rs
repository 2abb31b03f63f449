//! Findings: where a rule is not kept, and which of them the manufacturer has accepted.
//!
//! - `acceptance`: whether an entry of the ledger holds for a finding, and what has changed where it does not
//! - `before`: whether a finding was there before
//! - `fix`: what a machine can do about a finding

mod acceptance;
mod before;
mod fix;

use std::borrow::Cow;
use std::fmt::Write as _;

use sha2::{Digest as _, Sha256};

use crate::facts::Facts;
use crate::facts::advisories::Advisory;
use crate::rule::Rule;
use crate::source::Location;

pub use acceptance::{Changed, Match, accepts, led_to_by, states, use_of};
pub use before::{Mark, matched};
pub use fix::{Edit, Fix, New, apply};

/// One place where a rule is not kept.
#[derive(Debug, Clone)]
pub struct Finding {
    /// The rule.
    pub rule: &'static Rule,
    /// Where.
    pub at: Location,
    /// What, in one sentence: lower case at the start, no full stop.
    pub message: String,
    /// What to do about this very finding, where that is more than the page's remedy.
    pub help: Option<String>,
    /// Lines to put into a file, once what only people know is added. Written by this tool: each is one line.
    pub paste: Vec<String>,
    /// What the finding is about, for waivers: `time@0.1.43`, `RUSTSEC-2020-0071`, `pump::net::serve`.
    pub subjects: Vec<String>,
    /// Other places that belong to it, each with a word of explanation.
    pub related: Vec<(Location, String)>,
    /// What it rests on: an acceptance is held against these facts.
    pub concerns: Concerned,
    /// The rule that this one leads up to: whoever accepts findings of that one accepts this one too.
    pub waived_as: Option<&'static str>,
    /// True where no path accepts it: only a subject names what it is about.
    pub by_subject: bool,
    /// What a machine can do about it.
    pub fix: Option<Fix>,
}

/// The facts that a finding rests on.
#[derive(Debug, Clone, Default)]
pub struct Concerned {
    /// Index into the components. A finding that names a component among its subjects needs none.
    pub component: Option<usize>,
    /// The advisory.
    pub advisory: Option<Box<Advisory>>,
}

impl Finding {
    /// Names what the finding is about; waivers can name it too.
    pub fn about(&mut self, subject: impl Into<String>) -> &mut Self {
        self.subjects.push(subject.into());
        self
    }

    /// Says what to do about this very finding.
    pub fn help(&mut self, help: impl Into<String>) -> &mut Self {
        self.help = Some(help.into());
        self
    }

    /// Gives lines to put into a file.
    pub fn paste(&mut self, lines: impl IntoIterator<Item = String>) -> &mut Self {
        self.paste.extend(lines);
        self
    }

    /// What to do about it, with the lines to put into a file.
    #[must_use]
    pub fn whole_help(&self) -> Option<Cow<'_, str>> {
        let help = self.help.as_deref()?;
        Some(match self.paste.as_slice() {
            [] => Cow::Borrowed(help),
            lines => Cow::Owned(format!("{help}:\n{}", lines.join("\n"))),
        })
    }

    /// Adds another place.
    pub fn with(&mut self, at: &Location, why: impl Into<String>) -> &mut Self {
        self.related.push((at.clone(), why.into()));
        self
    }

    /// Names the advisory it rests on, and the component that the advisory touches, if it is one.
    pub fn rests_on(&mut self, component: Option<usize>, advisory: &Advisory) -> &mut Self {
        self.concerns = Concerned { component, advisory: Some(Box::new(advisory.clone())) };
        self
    }

    /// Says that whoever accepts findings of a stricter rule accepts this one too.
    pub fn waived_as(&mut self, rule: &'static str) -> &mut Self {
        self.waived_as = Some(rule);
        self
    }

    /// Says that a path does not name what it is about: another thing may stand there tomorrow.
    pub fn waived_by_subject(&mut self) -> &mut Self {
        self.by_subject = true;
        self
    }

    /// Says how a machine mends it; without edits it can't.
    pub fn mended_by(&mut self, what: impl Into<String>, edits: Vec<Edit>) -> &mut Self {
        self.fix = Some(Fix { what: what.into(), edits }).filter(|fix| !fix.edits.is_empty());
        self
    }

    /// The component that the finding is about, as an index: the one it rests on, else the first one among
    /// its subjects.
    #[must_use]
    pub fn component(&self, facts: &Facts) -> Option<usize> {
        let all = &facts.components.all;
        let named = |subject: &String| all.iter().position(|component| component.id() == *subject);
        self.concerns.component.or_else(|| self.subjects.iter().find_map(named))
    }

    /// A name that survives moved lines: rule, path, subjects and the text at the place without its
    /// white space, as 32 hexadecimal digits of a SHA-256. `ordinal` tells apart what is the same in
    /// all of these.
    #[must_use]
    pub fn fingerprint(&self, ordinal: usize) -> String {
        let mut hash = Sha256::new();
        for part in [self.rule.id, self.at.path()].into_iter().chain(self.subjects.iter().map(String::as_str))
        {
            hash.update(part.as_bytes());
            hash.update([0]);
        }
        for word in self.at.snippet().split_whitespace() {
            hash.update(word.as_bytes());
        }
        hash.update(ordinal.to_le_bytes());
        hash.finalize().iter().take(16).fold(String::new(), |mut hex, byte| {
            let _ = write!(hex, "{byte:02x}");
            hex
        })
    }
}

/// What a check adds its findings to.
#[derive(Debug)]
pub struct Findings<'a> {
    rule: &'static Rule,
    before: &'a [Finding],
    found: Vec<Finding>,
    undecided: bool,
}

impl<'a> Findings<'a> {
    /// An empty list for one rule; `before` holds what earlier rules found.
    #[must_use]
    pub fn new(rule: &'static Rule, before: &'a [Finding]) -> Self {
        Self { rule, before, found: Vec::new(), undecided: false }
    }

    /// Adds a finding.
    pub fn add(&mut self, at: &Location, message: impl Into<String>) -> &mut Finding {
        self.found.push(Finding {
            rule: self.rule,
            at: at.clone(),
            message: message.into(),
            help: None,
            paste: Vec::new(),
            subjects: Vec::new(),
            related: Vec::new(),
            concerns: Concerned::default(),
            waived_as: None,
            by_subject: false,
            fix: None,
        });
        let last = self.found.len() - 1;
        &mut self.found[last]
    }

    /// Says that the decision which this rule compares with was not taken: where nothing is found, the
    /// rule is undecided, not met.
    pub fn undecided(&mut self) {
        self.undecided = true;
    }

    /// True where a decision is missing and nothing was found.
    #[must_use]
    pub fn is_undecided(&self) -> bool {
        self.undecided && self.found.is_empty()
    }

    /// What the rules before this one found; rules about waivers look at it.
    #[must_use]
    pub fn before(&self) -> &'a [Finding] {
        self.before
    }

    /// The findings, each place and message once, in the order of places.
    #[must_use]
    pub fn into_sorted(mut self) -> Vec<Finding> {
        self.found.sort_by(|a, b| (&a.at, &a.message).cmp(&(&b.at, &b.message)));
        self.found.dedup_by(|a, b| a.at == b.at && a.message == b.message);
        self.found
    }
}
