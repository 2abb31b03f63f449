//! Which texts that look like secrets are none, and how far back they are looked for: `[secrets]`.

use crate::document::{self, Fields, Value};
use crate::error::Fault;
use crate::source::Placed;

/// The shortest digest that names one text among all.
const SHORTEST: usize = 12;

/// What is decided about secrets in files and in the repository: `[secrets]`.
#[derive(Debug, Clone, Default)]
pub struct Secrets {
    /// Whether the commits of the repository are looked at too; `None` where nothing was decided.
    pub history: Option<Placed<bool>>,
    /// Texts that are known to be no secrets: `[[secrets.allow]]`.
    pub allow: Vec<KnownText>,
}

/// A text that looks like a secret and is none: a published test vector, an example.
#[derive(Debug, Clone)]
pub struct KnownText {
    /// The first hexadecimal digits of its SHA-256, as findings show them.
    pub sha256: Placed<String>,
    /// Why it is none.
    pub reason: Placed<String>,
}

impl KnownText {
    /// True for the text with this SHA-256, in hexadecimal digits.
    #[must_use]
    pub fn is(&self, sha256: &str) -> bool {
        let digits = self.sha256.value.as_bytes();
        sha256.as_bytes().get(..digits.len()).is_some_and(|start| start.eq_ignore_ascii_case(digits))
    }
}

pub(super) fn read(table: Option<&Value>, faults: &mut Vec<Fault>) -> Secrets {
    let Some(table) = table else { return Secrets::default() };
    let mut fields = Fields::new(table, "[secrets]", faults);
    let history = fields.boolean("history");
    let allow = fields.tables("allow");
    let allow = allow.iter().filter_map(|entry| known_text(entry, fields.faults())).collect();
    fields.finish();
    Secrets { history, allow }
}

fn known_text(table: &Value, faults: &mut Vec<Fault>) -> Option<KnownText> {
    let mut fields = Fields::new(table, "[[secrets.allow]]", faults);
    let (sha256, reason) = (fields.required("sha256"), fields.required("reason"));
    fields.finish();
    let (sha256, reason) = (sha256?, reason?);
    let digits = &sha256.value;
    if !(SHORTEST..=64).contains(&digits.len()) || !digits.bytes().all(|digit| digit.is_ascii_hexdigit()) {
        let help = format!("at least {SHORTEST} digits of it, as the finding shows them");
        document::note(
            faults,
            &sha256.at,
            "`sha256` is no SHA-256 in hexadecimal digits".to_owned(),
            Some(help),
        );
        return None;
    }
    Some(KnownText { sha256, reason })
}
