//! The commits that lead to the present.

use std::path::Path;

use git2::Sort;

use super::repository::{Past, State, Unfound, told};

impl Past {
    /// The commits of the main line, the newest first: of a merge, only what was merged into.
    pub(in crate::facts) fn main_line(
        &self,
    ) -> Result<impl Iterator<Item = Result<State, String>> + '_, String> {
        let begin = || {
            let mut walk = self.repository.revwalk()?;
            walk.push_head()?;
            walk.simplify_first_parent()?;
            walk.set_sorting(Sort::TOPOLOGICAL)?;
            Ok(walk)
        };
        let walk = begin().map_err(|error: git2::Error| told(&error))?;
        Ok(walk.map(|id| self.state(id.map_err(|error| told(&error))?).map_err(Unfound::why)))
    }

    /// A name for what a file holds in a commit, relative to the top; `None` where there is no such file.
    pub(in crate::facts) fn contents(&self, state: &State, path: &Path) -> Result<Option<String>, String> {
        let entry = self.entry(state, path).map_err(|error| told(&error))?;
        Ok(entry.map(|(id, _)| id.to_string()))
    }
}
