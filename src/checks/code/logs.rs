//! Secrets and patient data in logs.
//!
//! What is printed is told by the last name of an expression: `cfg.db.password.as_str()` hands the
//! password on, `password.len()` does not, and what a function of one's own makes of it is not
//! known. Structured fields and captures inside the format text count as arguments.

use crate::facts::Facts;
use crate::facts::code::{Call, Callee};
use crate::finding::Findings;
use crate::source::Location;

use super::words::{Lexicon, words};
use super::{called, shipped};

pub(super) fn secret_in_log(facts: &Facts, found: &mut Findings<'_>) {
    for (call, at, name) in logged(facts, &words().secret) {
        found
            .add(&at, format!("`{name}` goes to {}", target(call)))
            .about(&call.site.within)
            .help("leave it out, or log whether it is set");
    }
}

pub(super) fn patient_data_in_log(facts: &Facts, found: &mut Findings<'_>) {
    for (call, at, name) in logged(facts, &words().health) {
        found
            .add(&at, format!("`{name}` goes to {}", target(call)))
            .about(&call.site.within)
            .help("log a pseudonym or a number of the transaction instead");
    }
}

/// Where a macro writes to, in words.
fn target(call: &Call) -> String {
    let Callee::Macro(name) = &call.callee else { return "a log".to_owned() };
    let short = name.written.rsplit("::").next().unwrap_or(&name.written);
    match short {
        "print" | "println" | "eprint" | "eprintln" | "dbg" => format!("the console by `{short}!`"),
        "panic" | "todo" | "unimplemented" | "unreachable" => format!("the panic message by `{short}!`"),
        _ => format!("a log by `{short}!`"),
    }
}

/// Every value of a kind that is logged: the call, the place, the name.
fn logged<'f>(facts: &'f Facts, lexicon: &Lexicon) -> Vec<(&'f Call, Location, String)> {
    let mut all = Vec::new();
    for call in shipped(facts) {
        let log = matches!(call.callee, Callee::Macro(_))
            && called(call).is_some_and(|path| words().log_macros.iter().any(|pattern| pattern.is(path)));
        if !log {
            continue;
        }
        let mut format_seen = false;
        for argument in &call.arguments {
            let text = argument.at.snippet();
            if is_text(text) {
                if !format_seen {
                    all.extend(
                        captures(&argument.at, lexicon).into_iter().map(|(at, name)| (call, at, name)),
                    );
                }
                format_seen = true;
            } else if let Some(name) = printed(&argument.at).filter(|name| lexicon.names(last(name)))
                && !redacts(&argument.at, last(&name), text)
            {
                all.push((call, argument.at.clone(), name));
            }
        }
    }
    all
}

fn last(name: &str) -> &str {
    name.rsplit(['.', ':']).next().unwrap_or(name)
}

fn is_text(text: &str) -> bool {
    text.starts_with('"') || text.starts_with("r\"") || text.starts_with("r#")
}

/// `{name}` and `{name:?}` in a format text.
fn captures(at: &Location, lexicon: &Lexicon) -> Vec<(Location, String)> {
    let text = at.snippet();
    let mut found = Vec::new();
    let mut from = 0;
    while let Some(open) = text[from..].find('{').map(|open| from + open) {
        if text[open + 1..].starts_with('{') {
            from = open + 2;
            continue;
        }
        let name: String =
            text[open + 1..].chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
        from = open + 1 + name.len();
        let ends = text[from..].starts_with([':', '}']);
        if ends && lexicon.names(&name) && !redacts(at, &name, &name) {
            let start = at.bytes().start + open + 1;
            found.push((at.source().at(start..start + name.len()), name));
        }
    }
    found
}

/// True when the file gives the name a type that does not print what it holds.
fn redacts(at: &Location, name: &str, expression: &str) -> bool {
    const WRAPPERS: &[&str] =
        &["Secret", "Redact", "Sensitive", "Masked", "Protected", "Hidden", "Obfuscated"];
    if expression.contains("expose_secret") || expression.contains("unsecure") {
        return false;
    }
    let text = at.source().text();
    text.match_indices(name).any(|(start, _)| {
        let before = text[..start].chars().next_back();
        let whole = !before.is_some_and(|c| c.is_alphanumeric() || c == '_');
        let ty = text[start + name.len()..].strip_prefix(':').filter(|rest| whole && !rest.starts_with(':'));
        ty.is_some_and(|ty| {
            let ty = ty.split([',', ';', ')', '=', '{', '}', '\n']).next().unwrap_or_default();
            WRAPPERS.iter().any(|wrapper| ty.contains(wrapper))
        })
    })
}

/// What an argument prints, as a dotted name: `cfg.password` for `&cfg.password.clone()`.
fn printed(at: &Location) -> Option<String> {
    let text = at.source().text();
    // The field's name may stand before the argument: `password = ?cfg.pw`.
    let before = text[..at.bytes().start].trim_end().trim_end_matches(['%', '?']).trim_end();
    let field =
        before.strip_suffix('=').map(|before| before.trim_end().rsplit([',', '(', '{']).next().unwrap_or(""));
    subject(field.unwrap_or_default(), at.snippet())
}

/// What a value that is logged under a name prints.
fn subject(field: &str, text: &str) -> Option<String> {
    let (own, value) = split_field(text.trim());
    let field = own.unwrap_or(field).trim();
    let value = value.trim_start_matches(|c: char| matches!(c, '&' | '*' | '%' | '?') || c.is_whitespace());
    let subject = chain(value)?;
    // In `password = %cfg.pw` the field tells more than the value.
    let telling = words().secret.names(last(field)) || words().health.names(last(field));
    Some(if telling && !measures(&subject) { field.to_owned() } else { subject })
}

/// True for a chain that ends in a question about the value: `password.len()`.
fn measures(subject: &str) -> bool {
    const MEASURES: &[&str] =
        &["len", "is_empty", "is_some", "is_none", "is_ok", "is_err", "count", "capacity"];
    MEASURES.contains(&last(subject))
}

/// Cuts `name = ` off a structured field or a named format argument.
fn split_field(text: &str) -> (Option<&str>, &str) {
    if let Some((name, value)) = text.split_once('=') {
        let name = name.trim();
        let plain = !name.is_empty() && name.chars().all(|c| c.is_alphanumeric() || c == '_' || c == '.');
        if plain && !value.starts_with('=') {
            return (Some(name), value);
        }
    }
    (None, text)
}

/// The name a chain of fields and calls ends in; `None` for everything that is more than that.
fn chain(text: &str) -> Option<String> {
    let (name, mut rest) = identifier(text)?;
    let mut path = name.to_owned();
    while let Some(after) = rest.strip_prefix("::") {
        let (part, left) = identifier(after)?;
        path = format!("{path}::{part}");
        rest = left;
    }
    if let Some((inside, left)) = group(rest, '(', ')') {
        let spells = words().spellings.iter().any(|known| known.ends_with(&path));
        return if spells && left.trim().chars().all(|c| c == '?') { subject("", inside) } else { None };
    }
    loop {
        rest = rest.trim_start();
        if rest.is_empty() {
            return Some(path);
        } else if let Some(after) = rest.strip_prefix('?') {
            rest = after;
        } else if let Some((inside, left)) = group(rest, '[', ']') {
            path = key(inside).unwrap_or(path);
            rest = left;
        } else if let Some(after) = rest.strip_prefix('.') {
            let (part, left) = identifier(after.trim_start())?;
            match group(left, '(', ')') {
                Some((inside, left)) => {
                    let hands_on = words().hands_on.iter().any(|known| known == part);
                    match key(inside) {
                        Some(name) if LOOKUPS.contains(&part) => path = name,
                        _ if hands_on => {}
                        _ if inside.trim().is_empty() => path = format!("{path}.{part}"),
                        _ => return None,
                    }
                    rest = left;
                }
                None if part == "await" => rest = left,
                None => {
                    path = format!("{path}.{part}");
                    rest = left;
                }
            }
        } else {
            return None;
        }
    }
}

/// Methods that look a value up by its name.
const LOOKUPS: &[&str] =
    &["get", "element", "element_opt", "element_by_name", "query", "attr", "header", "field", "value_of"];

/// The name in `"password"` or `tags::PATIENT_NAME`.
fn key(text: &str) -> Option<String> {
    let text = text.trim().trim_start_matches('&');
    let text = text.strip_prefix('"').and_then(|text| text.strip_suffix('"')).unwrap_or(text);
    let plain = !text.is_empty() && text.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | ':'));
    (plain && !text.bytes().all(|byte| byte.is_ascii_digit())).then(|| last(text).to_owned())
}

fn identifier(text: &str) -> Option<(&str, &str)> {
    let end = text.find(|c: char| !(c.is_alphanumeric() || c == '_')).unwrap_or(text.len());
    (end > 0).then(|| text.split_at(end))
}

/// What stands between brackets, and what follows them.
fn group(text: &str, open: char, close: char) -> Option<(&str, &str)> {
    let inside = text.strip_prefix(open)?;
    let mut depth = 1;
    for (at, c) in inside.char_indices() {
        match c {
            c if c == open => depth += 1,
            c if c == close => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return Some((&inside[..at], &inside[at + c.len_utf8()..]));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_that_is_printed_is_found() {
        for (text, name) in [
            ("password", Some("password")),
            ("&self.cfg.password.clone()", Some("self.cfg.password")),
            ("user = %session.token()?", Some("session.token")),
            ("password = ?pw", Some("password")),
            ("%api_key", Some("api_key")),
            ("map.get(\"password\").unwrap()", Some("password")),
            ("obj.element(tags::PATIENT_NAME)?.to_str()?", Some("PATIENT_NAME")),
            ("form[\"password\"]", Some("password")),
            ("String::from_utf8_lossy(&password)", Some("password")),
            ("password.len()", Some("password.len")),
            ("redact(&password)", None),
            ("password.replace('a', \"b\")", None),
            ("if a { password } else { b }", None),
            ("a == password", None),
            ("password.", None),
            ("", None),
        ] {
            assert_eq!(subject("", text).as_deref(), name, "{text}");
        }
    }

    #[test]
    fn every_prefix_of_an_argument_is_read() {
        let text = "a = %x::y(b[\"é\"].get(\"password\")?.await).c";
        for (end, _) in text.char_indices() {
            let _ = subject("", &text[..end]);
        }
    }
}
