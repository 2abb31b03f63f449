//! Secrets, patient data and whole messages in logs, errors, texts and addresses.

use crate::facts::Facts;
use crate::facts::code::flows::{Flow, Nature};
use crate::facts::code::{Callee, Item, ItemKind};
use crate::facts::known::words::words;
use crate::finding::Findings;

use super::ships;

/// Flows of one nature to one kind of place, in code that ships.
fn flows<'f>(facts: &'f Facts, nature: Nature, to: &'static str) -> impl Iterator<Item = &'f Flow> {
    facts
        .code
        .flows
        .iter()
        .filter(move |flow| flow.content.nature == nature && flow.to == to && ships(&flow.call.site))
}

/// Adds a finding where the name stands, or at the argument when that is elsewhere.
fn tell(flow: &Flow, message: String, help: &str, found: &mut Findings<'_>) {
    let Some(argument) = flow.argument() else { return };
    let finding = found.add(if is_here(flow) { &flow.content.at } else { &argument.at }, message);
    finding.about(&flow.call.site.within).help(help);
    if let Some(beyond) = &flow.beyond {
        finding.with(beyond, "it arrives here");
    }
}

pub(super) fn secret_in_log(facts: &Facts, found: &mut Findings<'_>) {
    for flow in flows(facts, Nature::Secret, "log") {
        let message = format!("`{}` goes to {}", shown(flow), target(flow));
        tell(flow, message, "leave it out, or log whether it is set", found);
    }
}

pub(super) fn patient_data_in_log(facts: &Facts, found: &mut Findings<'_>) {
    for flow in flows(facts, Nature::Health, "log") {
        let message = format!("`{}` goes to {}", shown(flow), target(flow));
        tell(flow, message, "log a pseudonym or a number of the transaction instead", found);
    }
}

/// What a flow brings, as it is written in the argument if that is a plain name: `settings.password`.
fn shown(flow: &Flow) -> &str {
    let written = flow.content.at.snippet();
    let plain = written.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '.'));
    if plain && is_here(flow) && written.ends_with(&flow.content.name) { written } else { &flow.content.name }
}

/// True where the name stands in the argument itself.
fn is_here(flow: &Flow) -> bool {
    let Some(argument) = flow.argument() else { return false };
    let (inside, name) = (argument.at.bytes(), flow.content.at.bytes());
    flow.content.at.path() == argument.at.path() && inside.start <= name.start && name.end <= inside.end
}

/// Where a flow ends, in words.
fn target(flow: &Flow) -> String {
    let name = match &flow.call.callee {
        Callee::Macro(name) => name.written.rsplit("::").next().unwrap_or(&name.written),
        _ if flow.beyond.is_some() => return "a log in a function that is called".to_owned(),
        _ => return "a log".to_owned(),
    };
    match name {
        "print" | "println" | "eprint" | "eprintln" | "dbg" => format!("the console by `{name}!`"),
        "panic" | "todo" | "unimplemented" | "unreachable" => format!("the panic message by `{name}!`"),
        name if name.contains("assert") => format!("the panic message by `{name}!`"),
        _ => format!("a log by `{name}!`"),
    }
}

pub(super) fn secret_in_error(facts: &Facts, found: &mut Findings<'_>) {
    for nature in [Nature::Secret, Nature::Health] {
        for flow in flows(facts, nature, "error") {
            let message = format!("`{}` becomes part of an error", shown(flow));
            tell(flow, message, "say what went wrong, not with which value", found);
        }
    }
}

pub(super) fn secret_in_text(facts: &Facts, found: &mut Findings<'_>) {
    for nature in [Nature::Secret, Nature::Health] {
        for flow in flows(facts, nature, "text").filter(|flow| flow.call.site.within.ends_with("::fmt")) {
            let message = format!("`{}` is shown by the type's own `Debug` or `Display`", shown(flow));
            tell(flow, message, "show that it is set: `.field(\"password\", &\"***\")`", found);
        }
    }
}

pub(super) fn secret_in_address(facts: &Facts, found: &mut Findings<'_>) {
    for nature in [Nature::Secret, Nature::Health] {
        for flow in flows(facts, nature, "address") {
            let message = format!("`{}` becomes part of an address", shown(flow));
            tell(flow, message, "send it in the body, or in a header such as `Authorization`", found);
        }
    }
}

pub(super) fn whole_message_logged(facts: &Facts, found: &mut Findings<'_>) {
    for flow in facts.code.flows.iter().filter(|flow| flow.to == "log" && ships(&flow.call.site)) {
        let Nature::Message(kind) = flow.content.nature else { continue };
        let Some(argument) = flow.argument().filter(|_| flow.content.whole) else { continue };
        found
            .add(&argument.at, format!("{kind} goes to {}", target(flow)))
            .about(&flow.call.site.within)
            .help("log the parts that are needed: a number of the transaction, a length, a status");
    }
}

pub(super) fn secret_printable(facts: &Facts, found: &mut Findings<'_>) {
    printable(facts, |name| words().secret.names(name), found);
}

pub(super) fn patient_data_printable(facts: &Facts, found: &mut Findings<'_>) {
    printable(facts, |name| words().health.names(name), found);
}

/// Types that derive `Debug` with a field that is named so and holds a text.
fn printable(facts: &Facts, telling: impl Fn(&str) -> bool, found: &mut Findings<'_>) {
    for item in
        facts.code.items.iter().filter(|item| is_type(item) && ships(&item.site) && derives_debug(item))
    {
        let field = item.fields.iter().find(|field| {
            telling(&field.name) && shows(&field.written) && !field.attributes.iter().any(|text| skips(text))
        });
        if let Some(field) = field {
            let name = item.path.rsplit("::").next().unwrap_or(&item.path);
            found
                .add(&item.site.at, format!("`{name}` derives `Debug`, which prints `{}`", field.name))
                .about(&item.path)
                .help("keep it in a type that prints nothing, or write `Debug` by hand");
        }
    }
}

fn is_type(item: &Item) -> bool {
    matches!(item.kind, ItemKind::Struct | ItemKind::Enum)
}

fn derives_debug(item: &Item) -> bool {
    item.attributes.iter().any(|text| {
        text.contains("derive")
            && text.split(|c: char| !(c.is_alphanumeric() || c == '_')).any(|word| word == "Debug")
    })
}

/// True for a type, as it is written, that prints what it holds.
fn shows(written: &str) -> bool {
    const PLAIN: &[&str] = &[
        "String",
        "str",
        "u8",
        "OsString",
        "CString",
        "PathBuf",
        "Bytes",
        "BytesMut",
        "Value",
        "SmolStr",
        "CompactString",
        "ByteBuf",
    ];
    const AROUND: &[&str] = &[
        "Option", "Vec", "Box", "Arc", "Rc", "Cow", "mut", "HashMap", "BTreeMap", "Result", "std", "string",
        "borrow",
    ];
    let words = written.split(|c: char| !(c.is_alphanumeric() || matches!(c, '_' | '\'')));
    let mut words = words.filter(|word| !word.is_empty() && !word.starts_with('\''));
    let mut plain = false;
    let all = words.all(|word| {
        let is_plain = PLAIN.contains(&word);
        plain |= is_plain;
        is_plain
            || AROUND.contains(&word)
            || word.chars().all(|c| c.is_ascii_digit() || c.is_ascii_uppercase() || c == '_')
    });
    all && plain && written.trim() != "u8"
}

/// True for an attribute that keeps a field out of `Debug`: one of a derive that prints, or named for what it does.
fn skips(attribute: &str) -> bool {
    const HIDES: &[&str] = &["skip", "ignore", "redact", "sensitive", "hidden", "mask"];
    let path = attribute
        .split(|c: char| !(c.is_alphanumeric() || matches!(c, '_' | ':')))
        .next()
        .unwrap_or_default();
    let name = path.rsplit("::").next().unwrap_or(path);
    let prints = matches!(name, "debug" | "derivative" | "derive_where" | "educe");
    HIDES.iter().any(|word| name.contains(word) || prints && attribute.contains(word))
}

pub(super) fn instrument_without_skip(facts: &Facts, found: &mut Findings<'_>) {
    for item in facts.code.items.iter().filter(|item| item.kind == ItemKind::Function && ships(&item.site)) {
        let Some(attribute) = item.attributes.iter().find(|text| is_instrument(text)) else { continue };
        if attribute.contains("skip_all") {
            continue;
        }
        let skipped: Vec<&str> = skipped(attribute);
        let shown = item.fields.iter().find(|parameter| {
            let telling = words().secret.names(&parameter.name) || words().health.names(&parameter.name);
            !skipped.contains(&parameter.name.as_str())
                && ((telling && shows(parameter.written.trim_start_matches('&')))
                    || is_message(&parameter.written))
        });
        if let Some(parameter) = shown {
            found
                .add(&item.site.at, format!("`#[instrument]` records the parameter `{}`", parameter.name))
                .about(&item.path)
                .help("`#[instrument(skip_all)]`, with the fields that may be seen");
        }
    }
}

fn is_instrument(attribute: &str) -> bool {
    let path = attribute.split('(').next().unwrap_or_default().trim();
    matches!(path, "instrument" | "tracing::instrument" | "tracing_attributes::instrument")
}

/// The names in `skip(..)`.
fn skipped(attribute: &str) -> Vec<&str> {
    let Some((_, rest)) = attribute.split_once("skip(") else { return Vec::new() };
    let inside = rest.split(')').next().unwrap_or_default();
    inside.split(',').map(str::trim).collect()
}

/// True for a type, as it is written, of which only a part may be shown.
fn is_message(written: &str) -> bool {
    const MESSAGES: &[&str] = &[
        "HeaderMap",
        "HttpRequest",
        "InMemDicomObject",
        "DefaultDicomObject",
        "FileDicomObject",
        "MetadataMap",
    ];
    written.split(|c: char| !(c.is_alphanumeric() || c == '_')).any(|word| MESSAGES.contains(&word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_that_print_what_they_hold_are_told() {
        for written in [
            "String",
            "Option<String>",
            "&'static str",
            "Cow<'a, str>",
            "Cow<'de, str>",
            "&'k mut String",
            "[u8; 32]",
            "Vec<u8>",
            "std::string::String",
            "[u8; LEN]",
        ] {
            assert!(shows(written), "{written}");
        }
        for written in [
            "SecretString",
            "Secret<String>",
            "bool",
            "Password",
            "Option<PasswordHash>",
            "u8",
            "usize",
            "Vec<Token>",
        ] {
            assert!(!shows(written), "{written}");
        }
    }

    #[test]
    fn what_instrument_skips_is_read() {
        assert_eq!(skipped("instrument(skip(self, password), err)"), ["self", "password"]);
        assert!(skipped("instrument(level = \"debug\")").is_empty());
        assert!(
            is_instrument("tracing::instrument(err)")
                && is_instrument("instrument")
                && !is_instrument("instrumented")
        );
    }

    #[test]
    fn attributes_that_hide_a_field_are_told() {
        assert!(skips("debug(skip)") && skips("derivative(Debug = \"ignore\")"));
        assert!(skips("redact") && skips("veil::sensitive") && skips("educe(Debug(ignore))"));
        for other in [
            "serde(skip)",
            "arg(long, hide = true)",
            "sqlx(skip)",
            "builder(setter(skip))",
            "doc = \" skip\"",
        ] {
            assert!(!skips(other), "{other}");
        }
    }
}
