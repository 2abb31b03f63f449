//! Secrets: made of what can be predicted, hashed too fast, given in places where others see them.

use crate::facts::Facts;
use crate::facts::code::flows::Nature;
use crate::facts::code::{Callee, Item, ItemKind, Value};
use crate::facts::known::words::words;
use crate::finding::Findings;

use super::{called, shipped, ships};

pub(super) fn weak_random(facts: &Facts, found: &mut Findings<'_>) {
    for bound in facts.code.named.iter().filter(|bound| ships(&bound.site)) {
        if bound.contents.iter().any(|content| matches!(content.nature, Nature::Predictable(_))) {
            found
                .add(&bound.site.at, format!("`{}` comes from a generator that can be predicted", bound.name))
                .about(&bound.site.within)
                .help(
                    "draw it from the operating system: `rand::rngs::OsRng`, `getrandom`, or `rand::rng()`",
                );
        }
    }
}

pub(super) fn password_hashed_fast(facts: &Facts, found: &mut Findings<'_>) {
    for flow in facts.code.flows.iter().filter(|flow| flow.to == "fast hash" && ships(&flow.call.site)) {
        let is_password = flow.content.nature == Nature::Secret && is_password(&flow.content.name);
        let Some(argument) = flow.argument().filter(|_| is_password) else { continue };
        found
            .add(&argument.at, format!("`{}` goes into a hash that is fast to guess", flow.content.name))
            .about(&flow.call.site.within)
            .help("hash passwords with Argon2id, scrypt or bcrypt");
    }
}

fn is_password(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    ["password", "passwd", "passphrase", "passcode", "pin"].iter().any(|word| name.contains(word))
}

pub(super) fn secret_on_command_line(facts: &Facts, found: &mut Findings<'_>) {
    for item in facts
        .code
        .items
        .iter()
        .filter(|item| matches!(item.kind, ItemKind::Struct | ItemKind::Enum) && ships(&item.site))
    {
        for field in item.fields.iter().filter(|field| words().secret.names(&field.name)) {
            let is_argument = is_parsed(item)
                || field.attributes.iter().any(|text| {
                    ["arg(", "clap(", "structopt(", "argh(", "bpaf("]
                        .iter()
                        .any(|start| text.starts_with(start))
                });
            let is_argument = is_argument && !field.attributes.iter().any(|text| text.contains("skip"));
            let of_text = ["String", "OsString", "str"].iter().any(|ty| field.written.contains(ty));
            if is_argument && of_text {
                found
                    .add(
                        &item.site.at,
                        format!(
                            "the argument `{}` is a secret that every user of the machine can see",
                            field.name
                        ),
                    )
                    .about(&item.path)
                    .help("take the name of a file, read it from standard input, or ask for it");
            }
        }
    }
}

/// True for a type that is read from a command line: a field that says nothing is an argument too.
fn is_parsed(item: &Item) -> bool {
    const PARSERS: &[&str] = &["Args", "Parser", "StructOpt", "Subcommand"];
    let derives = item.attributes.iter().filter(|text| text.starts_with("derive"));
    let mut words = derives.flat_map(|text| text.split(|c: char| !(c.is_alphanumeric() || c == '_')));
    words.any(|word| PARSERS.contains(&word))
}

pub(super) fn secret_at_compile_time(facts: &Facts, found: &mut Findings<'_>) {
    for call in shipped(facts) {
        if !called(call).is_some_and(|path| ["std::env", "std::option_env"].contains(&path)) {
            continue;
        }
        let Some(Value::Text(name)) = call.arguments.first().map(|argument| &argument.value) else {
            continue;
        };
        if is_secret_variable(name) {
            found
                .add(&call.site.at, format!("the value of `{name}` at build time is part of the program"))
                .about(&call.site.within)
                .help("read it when the program runs, from a file or a store of secrets");
        }
    }
}

/// True for the name of an environment variable that holds a secret.
fn is_secret_variable(name: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    // What a name ends in says what it holds: `PASSWORD_FILE` holds no password, `PROFILE_PASSWORD` does.
    let of_what = lower.rsplit('_').next().unwrap_or_default();
    let public = ["path", "file", "filename", "name", "username", "url", "uri", "id", "dir"]
        .contains(&of_what)
        || lower.split('_').any(|word| matches!(word, "public" | "pub"));
    let token = lower.ends_with("_token") || lower == "token";
    !public && (token || words().secret.names(&lower))
}

pub(super) fn default_credential(facts: &Facts, found: &mut Findings<'_>) {
    for call in shipped(facts) {
        let Callee::Method { name, .. } = &call.callee else { continue };
        if !["unwrap_or", "unwrap_or_else"].contains(&name.as_str()) {
            continue;
        }
        let Some(variable) = variable_read(&call.origin) else { continue };
        let Some(argument) = call.arguments.first() else { continue };
        if is_secret_variable(variable) && matches!(&argument.value, Value::Text(text) if !text.is_empty()) {
            found
                .add(&argument.at, format!("where `{variable}` is not set, everybody knows what it is"))
                .about(&call.site.within)
                .help("end with an error where it is not set");
        }
    }
    for item in facts.code.items.iter().filter(|item| item.kind == ItemKind::Struct && ships(&item.site)) {
        for field in item.fields.iter().filter(|field| words().secret.names(&field.name)) {
            if let Some(Value::Text(text)) = &field.default
                && !text.is_empty()
            {
                found
                    .add(
                        &item.site.at,
                        format!("where `{}` is not given, everybody knows what it is", field.name),
                    )
                    .about(&item.path)
                    .help("ask for it, without a default");
            }
        }
    }
}

/// The environment variable that a value is read from.
fn variable_read(origin: &Value) -> Option<&str> {
    let Value::Call(name, arguments) = origin else { return None };
    match arguments.first() {
        Some(Value::Text(variable)) if name.is_any(&["std::env::var", "dotenv::var", "dotenvy::var"]) => {
            Some(variable)
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variables_with_secrets_are_told() {
        for name in [
            "DB_PASSWORD",
            "API_KEY",
            "GITHUB_TOKEN",
            "CLIENT_SECRET",
            "PROFILE_PASSWORD",
            "HOSTNAME_API_KEY",
        ] {
            assert!(is_secret_variable(name), "{name}");
        }
        for name in ["CARGO_PKG_NAME", "PASSWORD_FILE", "PUBLIC_KEY", "API_KEY_PATH", "TOKENIZER", "HOME"] {
            assert!(!is_secret_variable(name), "{name}");
        }
    }
}
