//! Secrets that were committed once.

use crate::checks::files::{add, article, is_known};
use crate::facts::Facts;
use crate::facts::secrets::Sort;
use crate::finding::Findings;

pub(super) fn secret_in_history(facts: &Facts, found: &mut Findings<'_>) {
    if facts.commits.count.is_none() {
        found.undecided();
    }
    let past =
        facts.commits.secrets.iter().filter(|past| !past.in_tests || past.secret.sort == Sort::Checked);
    for past in past.filter(|past| !is_known(facts, &past.secret)) {
        let message = format!(
            "{} was in {}, line {}, in commit {} of {}",
            article(&past.secret.what),
            past.path,
            past.line,
            past.commit.get(..12).unwrap_or(&past.commit),
            past.on
        );
        add(found, &facts.workspace.manifest.source.whole(), &past.secret, &message).about(&past.path);
    }
}
