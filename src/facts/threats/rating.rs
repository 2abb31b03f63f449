//! What a rating is worth: CVSS vectors are computed anew, so that a number can't differ from what it stands for.

use std::str::FromStr as _;

use super::Rating;

/// What a rating comes to.
#[derive(Debug, Clone, PartialEq)]
pub enum Worth {
    /// It has no CVSS vector.
    Unscored,
    /// Its vector is none.
    Invalid(String),
    /// The base score of its vector, and the word for it.
    Scored {
        /// From 0 to 10.
        score: f64,
        /// `none`, `low`, `medium`, `high` or `critical`.
        level: &'static str,
        /// The major version of CVSS that counts so.
        version: u8,
        /// True where the vector holds more than base metrics, so that the score as used may differ.
        beyond_base: bool,
    },
}

/// Base metrics of version 3.
const BASE: &[&str] = &["AV", "AC", "PR", "UI", "S", "C", "I", "A"];

impl Rating {
    /// What it comes to.
    #[must_use]
    pub fn worth(&self) -> Worth {
        let scheme = self.scheme.as_ref().map_or("", |scheme| scheme.value.as_str());
        let Some(vector) = self.vector.as_ref().map(|vector| vector.value.trim()) else {
            return Worth::Unscored;
        };
        let version = scheme.to_ascii_lowercase();
        let version = version.strip_prefix("cvss:").unwrap_or_default();
        let whole = match vector {
            vector if vector.starts_with("CVSS:") => vector.to_owned(),
            vector if !version.is_empty() => format!("CVSS:{version}/{vector}"),
            // Vectors of schemes of one's own are not computed.
            _ => return Worth::Unscored,
        };
        let third = whole.starts_with("CVSS:3");
        let mut parts = whole.split('/');
        let head = parts.next().unwrap_or_default().to_owned();
        let is_base = |part: &&str| part.split_once(':').is_some_and(|(name, _)| BASE.contains(&name));
        let (base, beyond): (Vec<&str>, Vec<&str>) = parts.partition(|part| !third || is_base(part));
        let base = format!("{head}/{}", base.join("/"));
        match cvss::Cvss::from_str(&base) {
            Ok(read) => Worth::Scored {
                score: read.score(),
                level: word(read.score()),
                version: if third { 3 } else { 4 },
                beyond_base: !beyond.is_empty(),
            },
            Err(error) => Worth::Invalid(error.to_string()),
        }
    }
}

/// The word for a score.
fn word(score: f64) -> &'static str {
    match score {
        score if score < 0.1 => "none",
        score if score < 4.0 => "low",
        score if score < 7.0 => "medium",
        score if score < 9.0 => "high",
        _ => "critical",
    }
}
