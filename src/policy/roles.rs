//! Who decides: `[roles]`.

use crate::document::{self, Entry};
use crate::error::Fault;
use crate::source::Placed;

/// A role and who holds it: `[roles]`.
#[derive(Debug, Clone)]
pub struct Role {
    /// The role.
    pub name: Placed<String>,
    /// Who holds it.
    pub holder: Placed<String>,
}

pub(super) fn read(entry: &Entry, faults: &mut Vec<Fault>) -> Option<Role> {
    let Some(holder) = entry.value.as_str() else {
        let message = format!("the holder of role `{}` is not a string", entry.key);
        document::note(faults, &entry.value.at(), message, None);
        return None;
    };
    Some(Role {
        name: Placed { value: entry.key.clone(), at: entry.key_at.clone() },
        holder: Placed { value: holder.to_owned(), at: entry.value.at() },
    })
}
