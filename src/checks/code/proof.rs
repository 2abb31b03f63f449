//! Comparisons of secrets and of what proves that something is genuine.

use crate::facts::Facts;
use crate::facts::code::flows::{Compared, Comparison, Nature};
use crate::facts::code::{Call, Callee, Site, Value};
use crate::facts::known::words::words;
use crate::finding::Findings;

use super::{function_words, ships};

pub(super) fn secret_compared_by_bytes(facts: &Facts, found: &mut Findings<'_>) {
    for comparison in compared(facts) {
        let [left, right] = &comparison.sides;
        let named = [left, right].into_iter().find_map(|side| proves(side, &comparison.site.within));
        let Some(name) = named.filter(|_| !is_plain(left) && !is_plain(right)) else { continue };
        // The same thing before and now: nobody guesses at it.
        if is_same_earlier(left, right) {
            continue;
        }
        found
            .add(&comparison.site.at, format!("comparing `{name}` takes longer the more of it is right"))
            .about(&comparison.site.within)
            .help("`subtle::ConstantTimeEq`, `verify_slice` of the MAC, or `constant_time_eq`");
    }
}

/// True for `key.secret` held against `old_key.secret`: by their names the same, and one of them what it was before.
fn is_same_earlier(left: &Compared, right: &Compared) -> bool {
    const EARLIER: &[&str] = &["old", "previous", "prev", "before"];
    let names = |side: &Compared| -> Vec<String> {
        let written = side.argument.at.snippet().trim_start_matches(['&', '*', '(']);
        let names =
            written.split(|c: char| !(c.is_alphanumeric() || c == '_')).filter(|name| !name.is_empty());
        names.map(str::to_owned).collect()
    };
    let now =
        |name: &String| name.split('_').filter(|word| !EARLIER.contains(word)).collect::<Vec<_>>().join("_");
    let (left, right) = (names(left), names(right));
    let is_earlier = |names: &[String]| {
        names.first().is_some_and(|name| name.split('_').any(|word| EARLIER.contains(&word)))
    };
    is_earlier(&left) != is_earlier(&right)
        && left.last().map(now).is_some_and(|name| right.last().map(now) == Some(name))
}

fn compared(facts: &Facts) -> impl Iterator<Item = &Comparison> {
    facts.code.comparisons.iter().filter(|comparison| ships(&comparison.site))
}

/// The name of what a side says something of, where a stranger could guess it byte by byte.
fn proves<'c>(side: &'c Compared, within: &str) -> Option<&'c str> {
    let decides = function_words(within).iter().any(|word| words().decides.contains(word));
    side.contents.iter().find_map(|content| match content.nature {
        Nature::Secret => Some(content.name.as_str()),
        Nature::Proof if decides => Some(content.name.as_str()),
        _ => None,
    })
}

/// True for what is written in the source, and for what is no text: an empty text, a number, a variant.
fn is_plain(side: &Compared) -> bool {
    match &side.argument.value {
        Value::Text(_) | Value::Bytes(_) | Value::Integer(_) | Value::Bool(_) | Value::Path(_) => true,
        Value::Call(name, _) => ["None", "Some", "Ok", "Err", "new", "default"]
            .contains(&name.written.rsplit("::").next().unwrap_or_default()),
        _ => false,
    }
}

pub(super) fn hard_coded_account(facts: &Facts, found: &mut Findings<'_>) {
    for comparison in compared(facts) {
        let [left, right] = &comparison.sides;
        for (side, other) in [(left, right), (right, left)] {
            let secret = side.contents.iter().find(|content| content.nature == Nature::Secret);
            if let (Some(secret), Some(_)) = (secret, written(&other.argument.value)) {
                found
                    .add(
                        &comparison.site.at,
                        format!("`{}` is compared with what is written in the source", secret.name),
                    )
                    .about(&comparison.site.within)
                    .help("compare with the hash of what the user has chosen");
            }
        }
    }
}

/// A text that could be a password: no placeholder, no marker.
fn written(value: &Value) -> Option<&str> {
    const PLACEHOLDERS: &[&str] = &[
        "none",
        "null",
        "true",
        "false",
        "undefined",
        "default",
        "required",
        "optional",
        "prompt",
        "stdin",
        "redacted",
        "hidden",
        "keyring",
        "basic",
        "bearer",
    ];
    let Value::Text(text) = value else { return None };
    let telling = text.chars().filter(char::is_ascii_alphanumeric).count() >= 4;
    let plain = !text.contains(['{', '<', '$', '*', ' ', '[', '%']);
    (telling && plain && !PLACEHOLDERS.contains(&text.to_ascii_lowercase().as_str())).then_some(text)
}

pub(super) fn comparison_cut_short(facts: &Facts, found: &mut Findings<'_>) {
    for paired in facts.code.paired.iter().filter(|paired| ships(&paired.site)) {
        let site = &paired.site;
        let words = function_words(&site.within);
        let proves = words.iter().any(|word| PROVES.contains(&word.as_str()));
        if (paired.mixes || proves) && !measures(facts, site) {
            found
                .add(&site.at, "the comparison ends with the shorter one: an empty value equals everything")
                .about(&site.within)
                .help("compare the lengths first, or use `subtle::ConstantTimeEq`");
        }
    }
}

/// Words in the name of a function that compares what proves something.
const PROVES: &[&str] = &[
    "verify",
    "authenticate",
    "auth",
    "signature",
    "mac",
    "hmac",
    "password",
    "token",
    "constant",
    "ct",
    "secret",
];

/// True where the function looks at a length too.
fn measures(facts: &Facts, site: &Site) -> bool {
    let same = |call: &&Call| call.site.within == site.within;
    let is_len = |call: &Call| matches!(&call.callee, Callee::Method { name, .. } if ["len", "is_empty", "chunks_exact", "as_chunks"].contains(&name.as_str()));
    let (before, after) = facts.code.calls.around(&site.at);
    before.iter().rev().take_while(same).any(is_len) || after.iter().take_while(same).any(is_len)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passwords_are_told_from_placeholders() {
        let text = |text: &str| Value::Text(text.to_owned());
        assert!(written(&text("letmein")).is_some() && written(&text("service-2019")).is_some());
        for none in ["", "-", "***", "<secret>", "none", "{password}", "your password"] {
            assert!(written(&text(none)).is_none(), "{none}");
        }
    }
}
