//! Versions that a bulletin speaks of, in the ways in which CSAF and OSV write them.

use semver::Version;

/// Versions as a bulletin names them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Versions {
    /// This one, as written.
    One(String),
    /// Those from one on, up to another.
    Span(Span),
    /// A range that is not understood, as written.
    Unclear(String),
}

/// Versions from one on, up to another.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Span {
    /// The first; from the beginning, where it is not told.
    pub from: Option<Version>,
    /// The first that is no longer meant.
    pub before: Option<Version>,
    /// The last that is meant.
    pub last: Option<Version>,
}

impl Versions {
    /// Whether a release is meant, by its tag: `v1.2.0`, `pump-1.2.0`. `None` where the range is not understood.
    #[must_use]
    pub fn hold(&self, tag: &str) -> Option<bool> {
        let bare = self::bare(tag);
        match self {
            Self::One(written) => Some(written == tag || self::bare(written) == bare),
            Self::Span(span) => {
                let version = Version::parse(bare).ok()?;
                Some(
                    span.from.as_ref().is_none_or(|from| version >= *from)
                        && span.before.as_ref().is_none_or(|before| version < *before)
                        && span.last.as_ref().is_none_or(|last| version <= *last),
                )
            }
            Self::Unclear(_) => None,
        }
    }

    /// Reads a range as CSAF has it: `<1.2.0`, `>=1.0.0|<=1.1.3`, with the name of a scheme before it
    /// (`vers:semver/`) or without.
    #[must_use]
    pub fn range(text: &str) -> Self {
        let unclear = || Self::Unclear(text.to_owned());
        let parts = match text.strip_prefix("vers:") {
            Some(rest) => rest.split_once('/').map_or("", |(_, parts)| parts),
            None => text,
        };
        let mut span = Span::default();
        for part in parts.split(['|', ',']).map(str::trim) {
            let end = part.find(|c: char| c.is_ascii_digit()).unwrap_or(part.len());
            let (sign, version) = part.split_at(end);
            let Ok(version) = Version::parse(version) else { return unclear() };
            let place = match sign.trim() {
                ">=" => &mut span.from,
                "<" => &mut span.before,
                "<=" => &mut span.last,
                _ => return unclear(),
            };
            // Two starts or two ends make more than one span.
            if place.replace(version).is_some() {
                return unclear();
            }
        }
        Self::Span(span)
    }
}

/// A version without the word before it, such as the `v` of a tag.
fn bare(text: &str) -> &str {
    text.find(|c: char| c.is_ascii_digit()).map_or(text, |start| &text[start..])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn releases_are_known_by_their_tags() {
        let one = Versions::One("1.2.0".to_owned());
        assert_eq!(
            (one.hold("v1.2.0"), one.hold("pump-1.2.0"), one.hold("v1.2.1")),
            (Some(true), Some(true), Some(false))
        );
        for (range, inside, outside) in [
            ("<1.2.0", "v1.1.9", "v1.2.0"),
            (">=1.0.0|<=1.1.3", "1.1.3", "1.1.4"),
            ("vers:semver/>=1.0.0|<2.0.0", "v1.9.0", "v0.9.0"),
            (">= 1.0.0, < 2.0.0", "v1.9.0", "v2.0.0"),
        ] {
            let range = Versions::range(range);
            assert_eq!((range.hold(inside), range.hold(outside)), (Some(true), Some(false)), "{range:?}");
            assert_eq!(range.hold("first"), None, "no version");
        }
        for unclear in ["", "all", "vers:", ">=1|<2", "<1.0.0|<2.0.0", "!=1.0.0", "é1.0.0", "vers:semver/*"]
        {
            assert_eq!(Versions::range(unclear).hold("v1.0.0"), None, "{unclear}");
        }
    }
}
