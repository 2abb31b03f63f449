//! Weak algorithms, and keys written in the source.

use crate::facts::Facts;
use crate::facts::code::{Argument, ItemKind, Name, Value};
use crate::finding::Findings;

use super::calls::{Pattern, Sink, is_of_known_crate, known, sinks_of};
use super::{called, shipped};

pub(super) fn weak_hash(facts: &Facts, found: &mut Findings<'_>) {
    algorithms(facts, &known().weak_hashes, "a hash for which collisions can be made", found);
}

pub(super) fn weak_cipher(facts: &Facts, found: &mut Findings<'_>) {
    algorithms(facts, &known().weak_ciphers, "which no longer keeps data secret", found);
}

fn algorithms(facts: &Facts, weak: &[(String, Vec<Pattern>)], why: &str, found: &mut Findings<'_>) {
    let find = |path: &str| {
        let weak = if is_of_known_crate(path) { weak } else { &[] };
        weak.iter()
            .find(|(_, patterns)| patterns.iter().any(|pattern| pattern.holds(path)))
            .map(|(name, _)| name)
    };
    for call in shipped(facts) {
        // What a call inside an argument uses is found at that call.
        let paths = call.arguments.iter().filter_map(|argument| match &argument.value {
            Value::Path(name) => Some((&argument.at, name.resolved.as_deref()?)),
            _ => None,
        });
        for (at, path) in called(call).map(|path| (&call.site.at, path)).into_iter().chain(paths) {
            if let Some(name) = find(path) {
                found.add(at, format!("`{path}` is {name}, {why}")).about(&call.site.within);
            }
        }
    }
}

pub(super) fn hard_coded_key(facts: &Facts, found: &mut Findings<'_>) {
    for call in shipped(facts) {
        for sink in sinks_of(&known().secrets, call) {
            let Some(argument) = sink.argument(facts, call) else { continue };
            if is_sink(&argument.value) || !is_written(facts, argument) {
                continue;
            }
            found
                .add(&argument.at, format!("this {} is written in the source", sink.what))
                .about(&call.site.within)
                .help(match sink.what.as_str() {
                    "nonce" => "use a nonce once only: draw it at random, or count",
                    "salt" => "draw a salt at random for every password and keep it beside the hash",
                    _ => "read it at run time from where the device keeps its secrets, a different one for each device",
                });
        }
        if let Some(argument) = call.arguments.iter().find(|argument| connects(call, argument)) {
            found
                .add(&argument.at, "this address has a password in it".to_owned())
                .about(&call.site.within)
                .help("keep the password out of the source: build the address at run time");
        }
    }
}

/// True for a value that is judged on its own: `Key::from_slice(b"..")` inside `Cipher::new(..)`.
fn is_sink(value: &Value) -> bool {
    match value {
        Value::Call(name, arguments) => {
            known().secrets.iter().any(|sink: &Sink| sink.constructs(name.resolved.as_deref()))
                || arguments.iter().any(is_sink)
        }
        _ => false,
    }
}

fn is_written(facts: &Facts, argument: &Argument) -> bool {
    written(facts, &argument.value)
}

/// True for a value that is the same in every copy of the program.
fn written(facts: &Facts, value: &Value) -> bool {
    match value {
        Value::Text(text) => !text.is_empty(),
        Value::Bytes(bytes) => !bytes.is_empty(),
        Value::Composed(parts) => !parts.is_empty() && parts.iter().all(Option::is_some),
        Value::Tuple(items) => {
            !items.is_empty()
                && items.iter().all(|item| matches!(item, Value::Integer(_)) || written(facts, item))
        }
        Value::Path(name) => is_constant(facts, name),
        Value::Call(name, arguments) => {
            let last = name.written.rsplit("::").next().unwrap_or_default();
            HANDS_ON.contains(&last)
                && !arguments.is_empty()
                && arguments.iter().all(|argument| written(facts, argument))
        }
        Value::Integer(_) | Value::Bool(_) | Value::Unknown => false,
    }
}

/// Functions that hand a constant on in another form.
const HANDS_ON: &[&str] = &[
    "Some",
    "Ok",
    "from",
    "from_slice",
    "from_static",
    "from_str",
    "into",
    "to_string",
    "to_owned",
    "to_vec",
    "as_bytes",
    "as_ref",
    "as_slice",
    "clone",
    "hex",
    "include_bytes",
    "include_str",
    "decode",
    "unwrap",
    "expect",
    "new",
    "from_hex",
    "concat",
    "Cow",
    "Borrowed",
];

/// True for a constant of the workspace: whatever its value is, it is in the program.
fn is_constant(facts: &Facts, name: &Name) -> bool {
    name.resolved.as_deref().is_some_and(|path| {
        facts.code.items.iter().any(|item| item.kind == ItemKind::Const && item.path == path)
    })
}

/// True for an address with a password, in a call that opens a connection.
fn connects(call: &crate::facts::code::Call, argument: &Argument) -> bool {
    const CONNECT: &[&str] = &[
        "connect",
        "connect_lazy",
        "connect_with",
        "open",
        "parse",
        "from_url",
        "from_str",
        "establish",
        "with_uri_str",
        "new",
        "get",
        "post",
        "put",
        "from_opts",
        "connect_url",
    ];
    let name = match &call.callee {
        crate::facts::code::Callee::Path(name) => name.written.rsplit("::").next().unwrap_or_default(),
        crate::facts::code::Callee::Method { name, .. } => name,
        crate::facts::code::Callee::Macro(_) => return false,
    };
    match &argument.value {
        Value::Text(text) => CONNECT.contains(&name) && has_password(text),
        _ => false,
    }
}

/// True for `scheme://user:password@host`.
fn has_password(text: &str) -> bool {
    let Some((scheme, rest)) = text.split_once("://") else { return false };
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let Some((user, host)) = authority.rsplit_once('@') else { return false };
    let password = user.split_once(':').map(|(_, password)| password).unwrap_or_default();
    let placeholder = password.contains(['{', '<', '$', '*', '[', '%'])
        || ["password", "pass", "pw", "xxx"].contains(&password);
    !scheme.is_empty()
        && scheme.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.'))
        && !password.is_empty()
        && !host.is_empty()
        && !placeholder
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_in_an_address_is_found() {
        for address in ["postgres://app:hunter2@db/ward", "redis://:s3cret@cache:6379", "mqtt+tls://a:b@c"] {
            assert!(has_password(address), "{address}");
        }
        for address in [
            "postgres://app@db/ward",
            "https://example.org/a:b@c",
            "postgres://user:password@host",
            "postgres://{user}:{pw}@db",
            "a:b@c",
            "://:@",
            "http://localhost:8080/@x",
        ] {
            assert!(!has_password(address), "{address}");
        }
    }
}
