//! Whom the manufacturer tells: bulletins, fixes that nobody was told of, sister products.

use std::collections::BTreeSet;

use crate::facts::Facts;
use crate::facts::advisories::{Advisory, AdvisoryKind, severity_of};
use crate::facts::documents::{Bulletin, List, Notice, Package, Vulnerability};
use crate::finding::Findings;
use crate::policy::{Issue, Status};

use super::super::history::shipped;
use super::{advisories, keys};

/// Bulletins that are understood.
fn notices(facts: &Facts) -> impl Iterator<Item = (&Bulletin, &Notice)> {
    facts.documents.bulletins.iter().filter_map(|bulletin| Some((bulletin, bulletin.told.as_ref().ok()?)))
}

pub(super) fn bulletin_incomplete(facts: &Facts, found: &mut Findings<'_>) {
    if facts.policy.disclosure.as_ref().is_none_or(|disclosure| disclosure.bulletins.is_none()) {
        return found.undecided();
    }
    for bulletin in &facts.documents.bulletins {
        let source = &bulletin.source;
        match &bulletin.told {
            Err(why) => {
                found.add(&source.whole(), format!("this is no bulletin: {why}")).about(source.path());
            }
            Ok(notice) if notice.vulnerabilities.is_empty() => {
                let message = format!("the bulletin `{}` tells of no vulnerability", notice.id);
                found.add(&source.quoted(&notice.id), message).about(&notice.id);
            }
            Ok(notice) => {
                for one in &notice.vulnerabilities {
                    let lacks = lacks(one);
                    if !lacks.is_empty() {
                        let name = one.names.first().unwrap_or(&notice.id);
                        let message = format!(
                            "the bulletin `{}` tells of `{name}` without {}",
                            notice.id,
                            lacks.join(", ")
                        );
                        found.add(&source.quoted(name), message).about(&notice.id).about(name);
                    }
                }
            }
        }
    }
}

/// What a bulletin has to say of a vulnerability and does not.
fn lacks(one: &Vulnerability) -> Vec<&'static str> {
    let scored = one.scores.iter().any(|score| severity_of(score).is_some());
    let needed = [
        ("a description", one.described),
        ("a score vector that can be read", scored),
        ("the affected versions", !one.affected.is_empty()),
        ("what to do", one.resolved),
    ];
    needed.into_iter().filter(|(_, there)| !there).map(|(what, _)| what).collect()
}

pub(super) fn fix_undisclosed(facts: &Facts, found: &mut Findings<'_>) {
    let Some(disclosure) = &facts.policy.disclosure else { return found.undecided() };
    let told = |name: &str| {
        notices(facts).any(|(_, notice)| notice.is_called(name))
            || facts.policy.issues.iter().any(|issue| {
                (issue.id.value == name || issue.is_about(|about| about == name))
                    && issue.is_disclosure_decided()
            })
    };
    let help =
        "write a bulletin, or an [[issue]] that names one or says why nobody is told (`undisclosed`, `by`)";
    for issue in facts.policy.issues.iter().filter(|issue| issue.applies() && is_answered(issue)) {
        let names = std::iter::once(&issue.id).chain(&issue.about);
        if !issue.is_disclosure_decided() && !names.clone().any(|name| told(&name.value)) {
            let id = &issue.id.value;
            let message = format!("the issue `{id}` is answered, and nobody has decided on telling of it");
            found.add(&issue.id.at, message).about(id).help(help);
        }
    }
    for waiver in &facts.policy.waivers {
        let Some(status) = waiver.status.as_ref().filter(|_| waiver.imported.is_none()) else { continue };
        let affected = matches!(status.value, Status::Affected | Status::Fixed);
        let advisory = named_in(facts, &waiver.place.value);
        if let Some(advisory) = advisory.filter(|_| affected) {
            let mut names = std::iter::once(&advisory.id).chain(&advisory.aliases);
            if !names.any(|name| told(name)) {
                let message = format!(
                    "the product is said to be {} by {}, and nobody has decided on telling of it",
                    if status.value == Status::Fixed { "mended, once affected" } else { "affected" },
                    advisory.id
                );
                found.add(&status.at, message).about(&advisory.id).help(help);
            }
        }
    }
    let Some(trailer) = &disclosure.trailer else { return };
    let Some(commits) = &facts.history.commits else {
        // Without a release to look back to, no commit is looked at.
        if facts.history.baseline.is_none() && facts.policy.releases.last.is_none() {
            found.undecided();
        }
        return;
    };
    for commit in commits {
        for (_, name) in commit.trailers.iter().filter(|(key, _)| key.eq_ignore_ascii_case(&trailer.value)) {
            if !told(name) {
                let short: String = commit.id.chars().take(12).collect();
                let message = format!(
                    "the commit {short} of {} mends `{}`, and nobody has decided on telling of it",
                    commit.on,
                    name.escape_debug()
                );
                found.add(&trailer.at, message).about(name).about(&commit.id).help(help);
            }
        }
    }
}

fn is_answered(issue: &Issue) -> bool {
    issue.answer.fixed_in.is_some() || issue.answer.bounded.is_some()
}

/// The advisory in the place of a waiver: alone, or before the component that it is about.
fn named_in<'a>(facts: &'a Facts, place: &str) -> Option<&'a Advisory> {
    facts.advisories.named(place.split(' ').next().unwrap_or_default())
}

pub(super) fn affected_release_left_out(facts: &Facts, found: &mut Findings<'_>) {
    let Some(releases) = &facts.history.releases else { return found.undecided() };
    for release in releases {
        let tag = &release.tag;
        for touched in release.touched.iter().filter(|touched| touched.same_origin) {
            let advisory = &touched.advisory;
            let harmful = matches!(advisory.kind, AdvisoryKind::Vulnerability | AdvisoryKind::Malicious);
            if !harmful || !shipped(facts, tag, &touched.component) {
                continue;
            }
            let holds = format!("{tag} holds `{}`, which {} is about", touched.component, advisory.id);
            for (bulletin, notice) in notices(facts) {
                let left_out = notice.vulnerabilities.iter().find(|one| {
                    one.names.iter().any(|name| advisory.is_called(name))
                        && !one.affected.is_empty()
                        && one.affected.iter().all(|versions| versions.hold(tag) == Some(false))
                });
                if let Some(name) = left_out.and_then(|one| one.names.first()) {
                    let message =
                        format!("{holds}, and the bulletin `{}` does not count it as affected", notice.id);
                    found
                        .add(&bulletin.source.quoted(name), message)
                        .about(tag)
                        .about(&notice.id)
                        .about(&advisory.id);
                }
            }
            let about = facts.policy.issues.iter().filter(|issue| issue.applies());
            for issue in about.filter(|issue| issue.is_about(|name| advisory.is_called(name))) {
                let affected = &issue.analysis.affected;
                if let Some(first) =
                    affected.first().filter(|_| affected.iter().all(|known| known.value != *tag))
                {
                    let id = &issue.id.value;
                    let message = format!("{holds}, and the issue `{id}` does not count it as affected");
                    found.add(&first.at, message).about(tag).about(id).about(&advisory.id);
                }
            }
        }
    }
}

pub(super) fn sibling_untold(facts: &Facts, found: &mut Findings<'_>) {
    if facts.documents.siblings.is_empty() {
        return found.undecided();
    }
    for sibling in &facts.documents.siblings {
        let file = &sibling.file;
        let packages = match &sibling.list {
            List::Read { packages, .. } => packages,
            List::Absent if facts.gaps.iter().any(|gap| gap.at.as_ref() == Some(&file.at)) => continue,
            List::Absent => {
                found.add(&file.at, format!("there is no list `{}`", file.value)).about(&file.value);
                continue;
            }
            List::Foreign { why, .. } => {
                let message = format!("the list `{}` can't be read: {why}", file.value);
                found.add(&file.at, message).about(&file.value);
                continue;
            }
        };
        for issue in facts.policy.issues.iter().filter(|issue| issue.applies()) {
            if issue.answer.siblings.iter().any(|told| told.value == file.value) {
                continue;
            }
            let shared: BTreeSet<String> =
                packages.iter().filter(|package| concerns(facts, issue, package)).map(Package::id).collect();
            let shared: Vec<&str> = shared.iter().map(String::as_str).collect();
            if !shared.is_empty() {
                let id = &issue.id.value;
                let message = format!(
                    "the issue `{id}` touches {} of the sister product in `{}`, and nobody there was told",
                    keys(&shared),
                    file.value
                );
                found.add(&issue.id.at, message).about(id).with(&file.at, "its list").help(format!(
                    "tell whoever makes it, and add `siblings = [\"{}\"]` to the issue",
                    file.value
                ));
            }
        }
    }
}

/// True where an issue is about a package of another product: by name, by name and version, or by an advisory that
/// touches its version.
fn concerns(facts: &Facts, issue: &Issue, package: &Package) -> bool {
    let touched = |advisory: &Advisory| {
        advisory.package == package.name
            && semver::Version::parse(&package.version).is_ok_and(|version| advisory.affects(&version))
    };
    issue.is_about(|name| name == package.name || name == package.id())
        || advisories(facts, issue).any(touched)
}
