//! What a rating is worth: CVSS vectors are computed anew, so that a number can't differ from what it stands for.

use std::collections::BTreeMap;
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
        // Vectors of schemes of one's own are not computed.
        let Some(whole) = self.whole() else { return Worth::Unscored };
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

    /// The metrics of its vector by name, such as `AV` and `N`, where that is one.
    #[must_use]
    pub fn metrics(&self) -> BTreeMap<String, String> {
        if !matches!(self.worth(), Worth::Scored { .. }) {
            return BTreeMap::new();
        }
        let whole = self.whole().unwrap_or_default();
        let pairs = whole.split('/').skip(1).filter_map(|part| part.split_once(':'));
        pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
    }

    /// Its vector with the version in front.
    fn whole(&self) -> Option<String> {
        let scheme = self.scheme.as_ref().map_or("", |scheme| scheme.value.as_str()).to_ascii_lowercase();
        let vector = self.vector.as_ref()?.value.trim();
        let version = scheme.strip_prefix("cvss:").unwrap_or_default();
        match vector {
            vector if vector.starts_with("CVSS:") => Some(vector.to_owned()),
            vector if !version.is_empty() => Some(format!("CVSS:{version}/{vector}")),
            _ => None,
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
