//! Reviews of threat models: whether what was reviewed is what there is now, and all of it.

use std::collections::BTreeSet;

use jiff::ToSpan as _;
use jiff::civil::Date;

use super::parts::shipped;
use super::{few, words};
use crate::facts::Facts;
use crate::facts::code::Scope;
use crate::facts::threats::{Model, Past, Review, Surface, Told};
use crate::finding::Findings;
use crate::source::Location;

/// Reviews of so many days count together: the parts of a product may be looked at one after the other.
const TOGETHER: i64 = 366;

/// What mends a review that is out of date.
const REVIEW: &str = "look at the difference, then `cargo health-sec threats review`";

pub(super) fn threat_review_outdated(facts: &Facts, found: &mut Findings<'_>) {
    for (at, model) in facts.threats.models.iter().enumerate() {
        let Some(review) = model.last_review(facts.as_of) else { continue };
        let id = &review.id.value;
        let past = facts.threats.past.get(at);
        let surface = Surface::of(model, &facts.code);
        let moved = review.surface.as_ref().filter(|then| then.value != surface.fingerprint());
        if let Some(then) = moved {
            let message =
                format!("since review `{id}` the attack surface has changed{}", change(&surface, review));
            found.add(&then.at, message).about(id).help(REVIEW);
        }
        match rewritten(model, review, past) {
            Some((place, objects)) => {
                // What became of interfaces is told of the surface.
                let others =
                    objects.iter().filter(|object| moved.is_none() || !object.starts_with("interface."));
                let others: Vec<String> = others.map(|object| format!("[{object}]")).collect();
                if others.is_empty() && (moved.is_some() || !objects.is_empty()) {
                    continue;
                }
                let told = if others.is_empty() { String::new() } else { format!(": {}", few(&others)) };
                let message = format!("since review `{id}` the model says something else{told}");
                found.add(&place, message).about(id).help(REVIEW);
            }
            None if is_blank(review) && is_released(model) => {
                found
                    .add(&review.id.at, format!("review `{id}` does not say what was reviewed"))
                    .about(id)
                    .help(
                        "`cargo health-sec threats review` writes down what the reviewers have before them",
                    );
            }
            None => {}
        }
    }
}

/// Where a review says what the model was, and the objects that are otherwise now, as far as they are known; `None` where
/// nothing is.
fn rewritten<'p>(model: &Model, review: &Review, past: Option<&'p Past>) -> Option<(Location, Vec<String>)> {
    let now = Told::of(model);
    let then = past.and_then(|past: &'p Past| past.reviewed.as_ref());
    let objects =
        || then.map_or_else(Vec::new, |then| then.differing(&now).into_iter().map(str::to_owned).collect());
    match (&review.model, &review.commit) {
        (Some(print), _) => (print.value != now.fingerprint()).then(|| (print.at.clone(), objects())),
        (None, Some(commit)) => then.is_some_and(|then| *then != now).then(|| (commit.at.clone(), objects())),
        (None, None) => None,
    }
}

/// True for a review that nothing can be compared with.
fn is_blank(review: &Review) -> bool {
    review.surface.is_none() && review.model.is_none() && review.commit.is_none()
}

fn is_released(model: &Model) -> bool {
    model.head.lifecycle.as_ref().is_some_and(|word| word.value == "released")
}

/// How the surface differs from the one of a review, where that wrote it down.
fn change(now: &Surface, review: &Review) -> String {
    if review.saw.is_empty() && !now.lines.is_empty() && review.surface.is_none() {
        return String::new();
    }
    let saw: Vec<&str> = review.saw.iter().map(|line| line.value.as_str()).collect();
    let then = Surface { lines: saw.iter().map(|line| (*line).to_owned()).collect() };
    let lines: Vec<&str> = now.lines.iter().map(String::as_str).collect();
    let new = now.beyond(&saw).into_iter().map(|line| format!("new is `{line}`"));
    let gone = then.beyond(&lines).into_iter().map(|line| format!("gone is `{line}`"));
    let changes: Vec<String> = new.chain(gone).collect();
    if changes.is_empty() { String::new() } else { format!(": {}", few(&changes)) }
}

pub(super) fn review_leaves_code_out(facts: &Facts, found: &mut Findings<'_>) {
    let reviews: Vec<&Review> =
        facts.threats.models.iter().flat_map(|model| of_last_year(model, facts.as_of)).collect();
    let Some(last) = reviews.iter().max_by_key(|review| review.on.as_ref().map(|on| on.value)) else {
        return;
    };
    // One that names no files has looked at everything.
    let (Some(covers), false) = (last.covers.first(), reviews.iter().any(|review| review.covers.is_empty()))
    else {
        return;
    };
    let globs: Vec<&str> = words(reviews.iter().flat_map(|review| &review.covers)).collect();
    for (index, member) in shipped(facts) {
        let of_member = |unit: usize| facts.code.units.get(unit).is_some_and(|unit| unit.member == index);
        let files =
            facts.code.files.iter().filter(|file| file.scope == Scope::Product && of_member(file.unit));
        let files: BTreeSet<&str> = files.map(|file| file.source.path()).collect();
        let left: Vec<String> = files
            .iter()
            .filter(|file| !globs.iter().any(|glob| means(glob, file)))
            .map(|file| format!("`{file}`"))
            .collect();
        if left.is_empty() {
            continue;
        }
        let (id, name) = (&last.id.value, &member.name);
        let message = if left.len() == files.len() {
            format!("review `{id}` leaves `{name}` out, which ends up in the product")
        } else {
            format!(
                "review `{id}` leaves out {} of {} files of `{name}`: {}",
                left.len(),
                files.len(),
                few(&left)
            )
        };
        found.add(&covers.at, message).about(name).help(
            "have it looked at too, and name it in `covers`; a review without `covers` has looked at everything",
        );
    }
}

/// The last review of a model, with those of the year before it.
fn of_last_year(model: &Model, today: Date) -> Vec<&Review> {
    let Some(last) = model.last_review(today).and_then(|review| review.on.as_ref()) else {
        return Vec::new();
    };
    let since = last.value.checked_sub(TOGETHER.days()).unwrap_or(Date::MIN);
    let of_year =
        |review: &&Review| review.on.as_ref().is_some_and(|on| on.value >= since && on.value <= today);
    model.reviews.iter().filter(of_year).collect()
}

/// True where a pattern means a file: `**` is any folders, `*` and `?` stand for letters of a name, and a folder means
/// what lies in it.
fn means(pattern: &str, path: &str) -> bool {
    let path: Vec<&str> = path.split('/').collect();
    // How many names of the path the pattern may have used up so far.
    let mut used = BTreeSet::from([0]);
    for part in pattern.split('/').filter(|part| !part.is_empty() && *part != ".") {
        used = match (part, used.first()) {
            ("**", Some(first)) => (*first..=path.len()).collect(),
            _ => used
                .into_iter()
                .filter(|at| path.get(*at).is_some_and(|name| fits(part.as_bytes(), name.as_bytes())))
                .map(|at| at + 1)
                .collect(),
        };
    }
    !used.is_empty()
}

/// True where a name fits a pattern without folders.
fn fits(pattern: &[u8], name: &[u8]) -> bool {
    let (mut at, mut seen) = (0, 0);
    // Where the last star stands, and up to where it has eaten.
    let mut star: Option<(usize, usize)> = None;
    while seen < name.len() {
        match (pattern.get(at), star) {
            (Some(b'*'), _) => {
                star = Some((at, seen));
                at += 1;
            }
            (Some(letter), _) if *letter == b'?' || name.get(seen) == Some(letter) => {
                at += 1;
                seen += 1;
            }
            (_, Some((place, eaten))) => {
                star = Some((place, eaten + 1));
                (at, seen) = (place + 1, eaten + 1);
            }
            (_, None) => return false,
        }
    }
    pattern.get(at..).is_some_and(|rest| rest.iter().all(|letter| *letter == b'*'))
}

#[cfg(test)]
mod tests {
    use super::means;

    #[test]
    fn patterns_mean_what_they_mean_elsewhere() {
        for (pattern, path, expected) in [
            ("crates/**", "crates/pump/src/main.rs", true),
            ("crates", "crates/pump/src/main.rs", true),
            ("./crates/pump/", "crates/pump/src/main.rs", true),
            ("crates/pump", "crates/pumps/src/main.rs", false),
            ("**/*.rs", "crates/pump/src/main.rs", true),
            ("**/*.rs", "main.rs", true),
            ("*.rs", "src/main.rs", false),
            ("crates/*/src/*.rs", "crates/pump/src/main.rs", true),
            ("crates/*/src/*.rs", "crates/pump/src/net/main.rs", false),
            ("crates/**/net/**", "crates/pump/src/net/main.rs", true),
            ("src/ma?n.rs", "src/main.rs", true),
            ("src/*a*n*s", "src/main.rs", true),
            ("src/m*x", "src/main.rs", false),
            ("Cargo.lock", "src/main.rs", false),
        ] {
            assert_eq!(means(pattern, path), expected, "{pattern} and {path}");
        }
        assert!(!means(&"*a".repeat(10_000), &"a".repeat(9_999)), "in no time");
    }
}
