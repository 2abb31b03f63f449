//! What stood in an earlier state: all that it takes to tell what is new, and little enough to be kept.

use serde::{Deserialize, Serialize};

use super::{Outcome, Report};
use crate::facts::Gap;
use crate::finding::Mark;

/// What was found in an earlier state, and what could not be looked at there.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Before {
    pub(super) marks: Vec<Mark>,
    gaps: Vec<Unseen>,
}

/// What could not be looked at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Unseen {
    kind: String,
    what: String,
    why: String,
    /// The SHA-256 of the file, where it has a place in one.
    text: Option<String>,
}

impl Before {
    /// True for a gap that was there before, in a file that is as it was.
    pub(super) fn had(&self, gap: &Gap) -> bool {
        let now = Unseen::from(gap);
        let unchanged = |old: &Unseen| old.text.is_none() || now.text.is_none() || old.text == now.text;
        let same = |old: &&Unseen| (&old.kind, &old.what, &old.why) == (&now.kind, &now.what, &now.why);
        self.gaps.iter().filter(same).any(unchanged)
    }
}

impl From<&Report> for Before {
    fn from(report: &Report) -> Self {
        let standing = report.outcomes.iter().flat_map(Outcome::standing);
        Self {
            marks: standing.map(|judged| Mark::of(&judged.finding)).collect(),
            gaps: report.facts.gaps.iter().map(Unseen::from).collect(),
        }
    }
}

impl From<&Gap> for Unseen {
    fn from(gap: &Gap) -> Self {
        Self {
            kind: gap.kind.to_string(),
            what: gap.what.clone(),
            why: gap.why.clone(),
            text: gap.at.as_ref().map(|at| at.source().sha256()),
        }
    }
}
