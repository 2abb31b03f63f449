//! What the repository knows of threat models: what they said before.
//!
//! A review that holds fingerprints needs no repository to be compared with; the commit that it names tells which objects
//! differ. A commit that is not in the clone, since it is shallow or was squashed away, is a gap only where nothing else
//! could tell.

use std::path::Path;
use std::sync::Arc;

use jiff::civil::Date;

use crate::facts::git::{Past as Repository, State};
use crate::facts::{Gap, History, Kind};
use crate::policy::Synonym;
use crate::source::{Source, Tree};

use super::{Model, Review, Threats, Told, extended, foreign};

/// What the repository knows of a model.
#[derive(Debug, Default)]
pub struct Past {
    /// What it said at the commit that its last review names.
    pub reviewed: Option<Told>,
    /// The model in the revision that changes are judged against.
    pub before: Option<Model>,
}

/// Asks the repository about every model.
pub(in crate::facts) fn gather(
    tree: &Tree,
    threats: &Threats,
    history: &History,
    today: Date,
    gaps: &mut Vec<Gap>,
) -> Vec<Past> {
    let repository = Repository::open(tree.root()).ok().flatten();
    let baseline = history.baseline.as_ref();
    let all = threats.models.iter().map(|model| {
        let mut past = Past::default();
        if let Some(review) = model.last_review(today) {
            past.reviewed = reviewed(repository.as_ref(), tree, (model, review), &threats.synonyms, gaps);
        }
        if let (Some(repository), Some(baseline)) = (&repository, baseline) {
            past.before = match state(repository, &baseline.commit)
                .and_then(|state| model_at(repository, &state, tree, model, &threats.synonyms))
            {
                Ok(before) => before,
                Err(why) => {
                    let what = format!("{} in {}", model.at.path(), baseline.revision);
                    let remedy = "compare with a later revision, in which it can be read";
                    gaps.push(Gap::new(Kind::Reviews, what, why, remedy).at(model.at.clone()));
                    None
                }
            };
        }
        past
    });
    all.collect()
}

/// What a model said at the commit that a review names.
fn reviewed(
    repository: Option<&Repository>,
    tree: &Tree,
    (model, review): (&Model, &Review),
    synonyms: &[Synonym],
    gaps: &mut Vec<Gap>,
) -> Option<Told> {
    let commit = review.commit.as_ref()?;
    let found = match repository {
        None => Err("the workspace is in no git repository".to_owned()),
        Some(repository) => state(repository, &commit.value)
            .and_then(|state| model_at(repository, &state, tree, model, synonyms))
            .and_then(|found| found.ok_or_else(|| "the model was not there yet".to_owned())),
    };
    match found {
        Ok(then) => Some(Told::of(&then)),
        // The fingerprint tells all the same whether something differs.
        Err(_) if review.model.is_some() => None,
        Err(why) => {
            let what = format!("what review `{}` looked at", review.id.value);
            let remedy = "git fetch --unshallow, or review again: `cargo health-sec threats review`";
            gaps.push(Gap::new(Kind::Reviews, what, why, remedy).at(commit.at.clone()));
            None
        }
    }
}

fn state(repository: &Repository, commit: &str) -> Result<State, String> {
    let shallow = if repository.is_shallow() { "; the clone is a shallow one" } else { "" };
    repository
        .resolve(commit)
        .map_err(|why| format!("commit `{}`: {}{shallow}", commit.escape_debug(), why.why()))
}

/// A model as it was; `None` where its file was not there.
fn model_at(
    repository: &Repository,
    state: &State,
    tree: &Tree,
    model: &Model,
    synonyms: &[Synonym],
) -> Result<Option<Model>, String> {
    let text = |path: &str| {
        let path = tree.root().join(path);
        let path = path.canonicalize().unwrap_or(path);
        let within = repository.within(&path).ok_or("it lies outside of the repository")?;
        repository.text(state, &within)
    };
    let path = model.at.path();
    let Some(main) = text(path)? else { return Ok(None) };
    let folder = Path::new(path).parent().unwrap_or(Path::new(""));
    let beside = |name: &str| {
        let path = folder.join(name).to_string_lossy().into_owned();
        text(&path).ok().flatten().map(|text| Source::new(path, text))
    };
    let read = |faults: Vec<super::Unread>| {
        let why = faults.first().map_or("", |fault| fault.why.as_str());
        format!("it could not be read then: {why}")
    };
    let then = foreign::read(&Source::new(path, main), &beside).map_err(read)?;
    let added = match &model.overlay {
        None => None,
        Some(added) => text(added.path())?.map(|text| -> Arc<Source> { Source::new(added.path(), text) }),
    };
    extended(then, added.as_ref(), synonyms).map(Some).map_err(read)
}
