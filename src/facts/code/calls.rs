//! Every call of the workspace, file by file.

use super::Call;
use crate::source::Location;

/// Calls by file, in the order of paths, and in each file by place.
///
/// Those of a file stay where they were told: in large workspaces they are most of what is known.
#[derive(Debug, Default)]
pub struct Calls(Vec<Vec<Call>>);

impl Calls {
    /// All of them.
    pub fn iter(&self) -> impl Iterator<Item = &Call> + Clone {
        self.0.iter().flatten()
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.iter().map(Vec::len).sum()
    }

    /// True where nothing is called.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Those of a file.
    #[must_use]
    pub fn of_file(&self, path: &str) -> &[Call] {
        let at = self.0.partition_point(|calls| file(calls) < path);
        self.0.get(at).filter(|calls| file(calls) == path).map_or(&[], Vec::as_slice)
    }

    /// Those of the file of a place, before it and from it on.
    #[must_use]
    pub fn around(&self, place: &Location) -> (&[Call], &[Call]) {
        let calls = self.of_file(place.path());
        calls.split_at(calls.partition_point(|call| call.site.at < *place))
    }

    /// Adds those of the next file.
    pub(super) fn push(&mut self, calls: Vec<Call>) {
        if !calls.is_empty() {
            self.0.push(calls);
        }
    }
}

fn file(calls: &[Call]) -> &str {
    calls.first().map_or("", |call| call.site.at.path())
}

impl<'c> IntoIterator for &'c Calls {
    type Item = &'c Call;
    type IntoIter = std::iter::Flatten<std::slice::Iter<'c, Vec<Call>>>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.iter().flatten()
    }
}
