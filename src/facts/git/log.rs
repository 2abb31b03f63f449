//! The commits that lead to a state.

use std::path::Path;

use git2::{ErrorCode, Oid, Sort};

use super::repository::{Past, State, Unfound, told};

/// A commit with its message.
#[derive(Debug, Clone)]
pub(in crate::facts) struct Commit {
    /// The commit.
    pub(in crate::facts) state: State,
    /// What its author wrote.
    pub(in crate::facts) message: String,
    /// The commits that it follows; two and more make it a merge.
    pub(in crate::facts) parents: Vec<State>,
}

impl Commit {
    /// What stands at the end of the message as `key: value`, by git's own reading.
    pub(in crate::facts) fn trailers(&self) -> Vec<(String, String)> {
        let Ok(trailers) = git2::message_trailers_bytes(self.message.as_str()) else { return Vec::new() };
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).trim().to_owned();
        trailers.iter().map(|(key, value)| (text(key), text(value))).collect()
    }
}

impl Past {
    /// The main line that leads to a state, the newest commit first: of a merge, only what was merged into.
    pub(in crate::facts) fn main_line(
        &self,
        to: &State,
    ) -> Result<impl Iterator<Item = Result<State, String>> + '_, String> {
        let begin = || {
            let mut walk = self.repository.revwalk()?;
            walk.push(Oid::from_str(&to.commit)?)?;
            walk.simplify_first_parent()?;
            walk.set_sorting(Sort::TOPOLOGICAL)?;
            Ok(walk)
        };
        let walk = begin().map_err(|error: git2::Error| told(&error))?;
        Ok(walk.map(|id| self.state(id.map_err(|error| told(&error))?).map_err(Unfound::why)))
    }

    /// The last commit that leads to both of two states; `None` where they have nothing in common.
    pub(in crate::facts) fn fork(&self, one: &State, other: &State) -> Result<Option<String>, String> {
        let ids = Oid::from_str(&one.commit).and_then(|one| Ok((one, Oid::from_str(&other.commit)?)));
        match ids.and_then(|(one, other)| self.repository.merge_base(one, other)) {
            Ok(id) => Ok(Some(id.to_string())),
            Err(error) if error.code() == ErrorCode::NotFound => Ok(None),
            Err(error) => Err(told(&error)),
        }
    }

    /// The commits that lead to one state and not to an earlier one, the newest first.
    pub(in crate::facts) fn between(
        &self,
        earlier: &State,
        later: &State,
    ) -> Result<impl Iterator<Item = Result<Commit, String>> + '_, String> {
        let begin = || {
            let mut walk = self.repository.revwalk()?;
            walk.push(Oid::from_str(&later.commit)?)?;
            walk.hide(Oid::from_str(&earlier.commit)?)?;
            walk.set_sorting(Sort::TOPOLOGICAL)?;
            Ok(walk)
        };
        let walk = begin().map_err(|error: git2::Error| told(&error))?;
        Ok(walk.map(|id| self.commit(id.map_err(|error| told(&error))?)))
    }

    fn commit(&self, id: Oid) -> Result<Commit, String> {
        let state = self.state(id).map_err(Unfound::why)?;
        let found = self.repository.find_commit(id).map_err(|error| told(&error))?;
        let parents = found.parent_ids().map(|id| self.state(id).map_err(Unfound::why));
        Ok(Commit {
            message: String::from_utf8_lossy(found.message_bytes()).into_owned(),
            parents: parents.collect::<Result<_, _>>()?,
            state,
        })
    }

    /// A name for what a file holds in a commit, relative to the top; `None` where there is no such file.
    pub(in crate::facts) fn contents(&self, state: &State, path: &Path) -> Result<Option<String>, String> {
        let entry = self.entry(state, path).map_err(|error| told(&error))?;
        Ok(entry.map(|(id, _)| id.to_string()))
    }
}
