//! The texts of one file: names, paths, literals.

use memchr::memmem;
use serde::{Deserialize, Serialize};

use super::seen::Str;

/// Texts, one behind the other: read from the cache in one piece.
#[derive(Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Strings {
    text: String,
    ends: Vec<u32>,
}

impl Strings {
    pub(super) fn len(&self) -> usize {
        self.ends.len()
    }

    /// Adds a text; `None` where there is no room for it.
    pub(super) fn push(&mut self, text: &str) -> Option<Str> {
        let id = Str::try_from(self.ends.len()).ok()?;
        let end = u32::try_from(self.text.len() + text.len()).ok()?;
        self.text.push_str(text);
        self.ends.push(end);
        Some(id)
    }

    /// A text; nothing where there is none.
    pub(super) fn get(&self, id: Str) -> &str {
        let Some(end) = self.ends.get(id as usize) else { return "" };
        let start = (id as usize).checked_sub(1).and_then(|before| self.ends.get(before)).unwrap_or(&0);
        self.text.get(*start as usize..*end as usize).unwrap_or_default()
    }

    /// The first of the texts that is equal to one.
    pub(super) fn position(&self, text: &str) -> Option<Str> {
        // Most files do not hold it at all.
        memmem::find(self.text.as_bytes(), text.as_bytes())?;
        (0..Str::try_from(self.ends.len()).ok()?).find(|id| self.get(*id) == text)
    }
}
