//! Passwords in addresses: `scheme://user:password@host`.

use std::ops::Range;

use super::data::known;
use super::keys::head;
use super::letters::is_placeholder;

/// What stands between the scheme and the path.
pub(super) const MARK: &str = "://";

/// The longest authority that is looked at.
const LONGEST: usize = 300;

/// The place of an address with a password in it, from its scheme to its host. `at` is where [`MARK`] stands.
pub(super) fn look(text: &str, at: usize) -> Option<Range<usize>> {
    let scheme = text[..at].bytes().rev().take(24).take_while(|byte| is_scheme(*byte)).count();
    let from = at + MARK.len();
    let authority = head(&text[from..], LONGEST);
    let authority = &authority[..authority.find(ends).unwrap_or(authority.len())];
    let (account, host) = authority.rsplit_once('@')?;
    let (_, password) = account.split_once(':')?;
    let real = scheme > 0 && is_password(password) && is_host(host);
    real.then(|| at - scheme..from + authority.len())
}

fn is_scheme(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'.' | b'-')
}

/// What no authority goes on behind.
fn ends(letter: char) -> bool {
    letter.is_whitespace()
        || letter.is_control()
        || matches!(letter, '/' | '?' | '#' | '"' | '\'' | '`' | '<' | '>' | '\\' | ',' | ';' | ')' | '|')
}

/// False for what a person or a program puts in later, and for what guards nothing.
fn is_password(text: &str) -> bool {
    let lower = text.to_ascii_lowercase();
    let template = is_to_be_filled_in(text);
    let known = known()
        .passwords
        .iter()
        .any(|word| lower == *word || lower.trim_end_matches(|c: char| c.is_ascii_digit()) == *word);
    let plain = text.bytes().all(|byte| byte.is_ascii_lowercase())
        || text.bytes().all(|byte| byte.is_ascii_uppercase() || byte == b'_');
    let shortest = if plain { 12 } else { 6 };
    text.len() >= shortest && !template && !known && !is_placeholder(text)
}

/// True for what a program or a person puts something else in the place of: `{password}`, `$PASSWORD`, `%s`, `****`.
/// Signs alone make no such thing: a password may hold them, and `%40` is one of them in an address.
#[must_use]
pub fn is_to_be_filled_in(text: &str) -> bool {
    // Two of them stand for one.
    let names = |at: usize| text[at + 1..].starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
    let variable = text.match_indices('$').any(|(at, _)| names(at) && !text[..at].ends_with('$'));
    text.contains(['{', '}', '<', '>', '[', ']', '(', '…'])
        || variable
        || text.starts_with('%') && !text[1..].starts_with(|c: char| c.is_ascii_digit())
        || text.chars().all(|c| c == '*')
}

/// True for a host that others can reach by this name; not for this machine, a service of a test or an example.
fn is_host(host: &str) -> bool {
    let host = host.rsplit_once(':').map_or(host, |(name, port)| {
        if port.bytes().all(|byte| byte.is_ascii_digit()) { name } else { host }
    });
    let lower = host.to_ascii_lowercase();
    let labels: Vec<&str> = lower.split('.').collect();
    let (Some(last), true) = (labels.last(), labels.len() > 1) else { return false };
    let own = ["localhost", "localdomain", "test", "example", "invalid", "internal", "local"].contains(last);
    let example = labels.iter().any(|label| {
        label.starts_with("example")
            || matches!(*label, "domain" | "host" | "server" | "hostname" | "mydomain" | "yourdomain")
    });
    let number = labels.iter().all(|label| label.parse::<u8>().is_ok());
    let private = number
        && (matches!(labels[0], "127" | "0" | "10")
            || lower.starts_with("192.168.")
            || lower.starts_with("172.")
            || lower.starts_with("192.0.2."));
    let word = labels.iter().all(|label| {
        !label.is_empty()
            && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
    });
    let name = number || last.bytes().all(|byte| byte.is_ascii_lowercase());
    word && name && !own && !example && !private
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Put in where the texts say `PASSWORD`, so that no file of this project holds an address with one.
    const PASSWORD: &str = "Zx81-mainz";

    fn told(text: &str) -> Vec<String> {
        let text = text.replace("PASSWORD", PASSWORD);
        let found = text.match_indices(MARK).filter_map(|(at, _)| look(&text, at));
        found.map(|range| text[range].replace(PASSWORD, "PASSWORD")).collect()
    }

    #[test]
    fn a_password_in_an_address_is_found() {
        assert_eq!(
            told(
                "url = \"postgres://gateway:PASSWORD@db.ward3.klinik.de:5432/lis\"; # amqp://u:PASSWORD@mq.med.net"
            ),
            ["postgres://gateway:PASSWORD@db.ward3.klinik.de:5432", "amqp://u:PASSWORD@mq.med.net"]
        );
        assert_eq!(
            told("git+https://bot:PASSWORD@git.klinik.de/x"),
            ["git+https://bot:PASSWORD@git.klinik.de"]
        );
        assert_eq!(told("redis://:PASSWORD@81.2.69.142"), ["redis://:PASSWORD@81.2.69.142"]);
        for sign in ["%40", "*", "$$", "%"] {
            assert_eq!(told(&format!("amqp://u:PASSWORD{sign}9@mq.med.net")).len(), 1, "{sign}");
        }
    }

    #[test]
    fn examples_and_own_machines_are_let_pass() {
        for text in [
            "postgres://postgres:postgres@localhost/db",
            "postgres://user:password1@db.klinik.de/x",
            "https://user:${TOKEN}@github.com/x",
            "https://user:{token}@github.com/x",
            "https://user:<token>@github.com/x",
            "https://user:%(token)s@github.com/x",
            "https://user:********@github.com/x",
            "https://user:$PASSWORD_OF_X@github.com/x",
            "http://user:PASSWORD@127.0.0.1:80",
            "http://user:PASSWORD@example.com",
            "http://user:PASSWORD@proxy",
            "http://user:PASSWORD@db.example",
            "http://user:PASSWORD@10.1.2.3",
            "https://github.com/x@y:z",
            "https://example.org/?a=b:c@d.de",
            "ssh://git@github.com:22/x",
            "://a:PASSWORD@klinik.de",
            "a://b",
            "://",
        ] {
            assert_eq!(told(text), Vec::<String>::new(), "{text}");
        }
    }
}
