//! Back doors and switches: what decides at run time whether a protection is there.

use crate::facts::Facts;
use crate::facts::code::{Call, Callee, Item, ItemKind, Value};
use crate::facts::known::words::words;
use crate::finding::Findings;

use super::{called, function_words, shipped, ships};

/// True for a name such as `SKIP_AUTH`, `tls_insecure`, `disable_tls_verification`.
fn takes_protection_away(name: &str) -> bool {
    let known = &words().switch;
    let lower = name.to_ascii_lowercase();
    let words: Vec<&str> = lower.split(['_', '-', '.']).collect();
    if words.iter().any(|word| known.lists.contains(*word)) {
        return false;
    }
    let takes = words.iter().position(|word| known.takes_away.contains(*word));
    let protects = words.iter().rposition(|word| known.protections.contains(*word));
    words.iter().any(|word| known.alone.contains(*word))
        || matches!((takes, protects), (Some(takes), Some(protects)) if takes < protects && !["allow", "accept", "trust"].contains(&words[takes]))
        || (["allow_invalid", "accept_invalid", "danger_accept", "trust_all", "trust_any"]
            .iter()
            .any(|start| lower.contains(start)))
}

pub(super) fn security_switch(facts: &Facts, found: &mut Findings<'_>) {
    for call in shipped(facts) {
        let reads = called(call).is_some_and(|path| {
            ["std::env::var", "std::env::var_os", "dotenvy::var", "dotenv::var"].contains(&path)
        });
        let Some(Value::Text(name)) =
            call.arguments.first().map(|argument| &argument.value).filter(|_| reads)
        else {
            continue;
        };
        if takes_protection_away(name) {
            found
                .add(
                    &call.site.at,
                    format!("whoever sets `{name}` in the environment takes a protection away"),
                )
                .about(&call.site.within);
        }
    }
    for item in facts
        .code
        .items
        .iter()
        .filter(|item| matches!(item.kind, ItemKind::Struct | ItemKind::Enum) && ships(&item.site))
    {
        for field in item
            .fields
            .iter()
            .filter(|field| field.written.contains("bool") && takes_protection_away(&field.name))
            .filter(|field| !is_one_of_protocols(item, &field.name))
        {
            let is_argument = field.attributes.iter().any(|text| {
                ["arg", "clap", "structopt", "argh", "bpaf"].iter().any(|start| text.starts_with(start))
            });
            if is_argument {
                found
                    .add(&item.site.at, format!("the argument `{}` takes a protection away", field.name))
                    .about(&item.path);
            }
        }
    }
}

/// True for one of several protocols that are switched off one by one: `disable_https` beside `disable_udp`.
fn is_one_of_protocols(item: &Item, name: &str) -> bool {
    const PLAIN: &[&str] = &["dns", "http", "ipv4", "ipv6", "mdns", "mqtt", "quic", "tcp", "udp"];
    let Some((verb, _)) = name.split_once('_') else { return false };
    let plain =
        |other: &str| other.split_once('_').is_some_and(|(of, what)| of == verb && PLAIN.contains(&what));
    item.fields.iter().any(|field| plain(&field.name))
}

/// Words in the name of a function that protects something.
const GUARDS: &[&str] = &[
    "auth",
    "authenticate",
    "authenticated",
    "authorize",
    "authorise",
    "authorized",
    "authorised",
    "login",
    "permitted",
    "permission",
    "permissions",
    "credentials",
    "password",
    "signature",
    "certificate",
];

fn guards(within: &str) -> bool {
    function_words(within).iter().any(|word| GUARDS.contains(&word.as_str()))
}

pub(super) fn security_differs_in_debug_build(facts: &Facts, found: &mut Findings<'_>) {
    for call in shipped(facts) {
        let asks = called(call) == Some("std::cfg") && call.site.at.snippet().contains("debug_assertions");
        if asks && guards(&call.site.within) {
            found
                .add(&call.site.at, "this protection is another one in a debug build")
                .about(&call.site.within)
                .help("let tests bring their own keys and users; decide by a type, not by the profile");
        }
    }
    for item in facts
        .code
        .items
        .iter()
        .filter(|item| item.kind == ItemKind::Function && ships(&item.site) && guards(&item.path))
    {
        let own = item.site.cfg.last().is_some_and(|condition| {
            let condition: String = condition.split_whitespace().collect();
            condition == "debug_assertions" || condition == "not(debug_assertions)"
        });
        if own {
            found
                .add(&item.site.at, "this protection is another one in a debug build")
                .about(&item.path)
                .help("let tests bring their own keys and users; decide by a type, not by the profile");
        }
    }
}

pub(super) fn debug_assert_guards(facts: &Facts, found: &mut Findings<'_>) {
    for call in shipped(facts) {
        let Callee::Macro(name) = &call.callee else { continue };
        let debug = name.is_any(&["std::debug_assert", "std::debug_assert_eq", "std::debug_assert_ne"]);
        // `debug_assert!(false)` marks a way that nobody goes; the code behind it is what goes it.
        let marks = call.arguments.first().is_some_and(|argument| argument.value == Value::Bool(false));
        if debug && !marks && (permits(&call.site.within) || decides_inside(facts, call)) {
            found
                .add(&call.site.at, "a release build does not check this")
                .about(&call.site.within)
                .help("return an error, or `assert!`");
        }
    }
}

/// True where a call inside an assertion decides about access.
fn decides_inside(facts: &Facts, outer: &Call) -> bool {
    let allows = &words().allows;
    let inside = outer.site.at.bytes();
    let (_, from) = facts.code.calls.around(&outer.site.at);
    from.iter().take_while(|call| call.site.at.bytes().start < inside.end).any(|call| match &call.callee {
        Callee::Path(name) => allows.contains(name.written.rsplit("::").next().unwrap_or_default()),
        Callee::Method { name, .. } => allows.contains(name.as_str()),
        Callee::Macro(_) => false,
    })
}

pub(super) fn fails_open(facts: &Facts, found: &mut Findings<'_>) {
    const OPEN: &[&str] = &["unwrap_or", "map_or", "is_none_or"];
    for call in shipped(facts) {
        let Callee::Method { name, .. } = &call.callee else { continue };
        let opens = OPEN.contains(&name.as_str())
            && call.arguments.first().is_some_and(|argument| argument.value == Value::Bool(true));
        if opens && permits(&call.site.within) && !is_restriction(call) {
            found
                .add(&call.name_place(), "where the answer is missing, access is given")
                .about(&call.site.within)
                .help("deny where nothing is known: `unwrap_or(false)`");
        }
    }
}

/// True where what may be missing is a restriction, by its name, and nothing is asked for it: without one, nothing is
/// restricted.
fn is_restriction(call: &Call) -> bool {
    const RESTRICT: &[&str] = &[
        "rules",
        "restriction",
        "restrictions",
        "restricted",
        "allowlist",
        "whitelist",
        "denylist",
        "blocklist",
    ];
    const LOOK: &[&str] = &["as_ref", "as_deref", "as_mut", "map", "is_none_or", "map_or", "and_then"];
    let Some((before, _)) = call.site.at.snippet().split_once('(') else { return false };
    let chain: String = before.split_whitespace().collect();
    chain.rsplit_once('.').is_some_and(|(place, method)| {
        let name = place.rsplit(['.', ':']).next().unwrap_or(place);
        LOOK.contains(&method) && name.split('_').any(|word| RESTRICT.contains(&word))
    })
}

/// True for a function that decides about access.
fn permits(within: &str) -> bool {
    const PERMITS: &[&str] = &[
        "authorize",
        "authorise",
        "authorized",
        "authorised",
        "authenticate",
        "authenticated",
        "permitted",
        "permission",
        "permissions",
        "allowed",
        "access",
        "admin",
        "role",
        "grant",
    ];
    let words = function_words(within);
    let negated =
        words.iter().any(|word| ["denied", "blocked", "forbidden", "deny"].contains(&word.as_str()));
    !negated && words.iter().any(|word| PERMITS.contains(&word.as_str()))
}

pub(super) fn certificate_switch_inverted(facts: &Facts, found: &mut Findings<'_>) {
    const CHECKS: &[&str] = &[
        "verify_hostname",
        "set_verify_hostname",
        "ssl_verify_peer",
        "verify_peer",
        "enable_server_cert_auth",
        "verify_certificates",
        "use_server_name_indication",
        "validate_certificates",
    ];
    const ACCEPTS: &[&str] = &[
        "danger_accept_invalid_certs",
        "danger_accept_invalid_hostnames",
        "accept_invalid_certs",
        "accept_invalid_hostnames",
        "allow_invalid_certificates",
        "dangerous_accept_invalid_certs",
        "tls_danger_accept_invalid_certs",
        "disable_verification",
    ];
    for call in shipped(facts) {
        let Callee::Method { name, .. } = &call.callee else { continue };
        let (checks, accepts) = (CHECKS.contains(&name.as_str()), ACCEPTS.contains(&name.as_str()));
        let Some(argument) = call.arguments.first().filter(|_| checks || accepts) else { continue };
        // `!x` says the opposite of `x`, and is no plain name.
        let Some(given) = &argument.name else { continue };
        let lower = given.to_ascii_lowercase();
        let takes = [
            "accept_invalid",
            "allow_invalid",
            "insecure",
            "skip_verif",
            "no_verif",
            "disable_verif",
            "danger",
            "ignore_cert",
        ]
        .iter()
        .any(|word| lower.contains(word));
        let keeps = !takes
            && ["verify", "check_cert", "validate_cert", "tls_verify", "ssl_verify"]
                .iter()
                .any(|word| lower.starts_with(word) || lower.ends_with(word));
        if (checks && takes) || (accepts && keeps) {
            found
                .add(&argument.at, format!("`{name}` gets the opposite of what `{given}` says"))
                .about(&call.site.within)
                .help(format!("`!{given}`"));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn switches_are_told_from_settings() {
        for name in [
            "SKIP_AUTH",
            "PUMP_INSECURE",
            "disable_tls_verification",
            "NO_TLS",
            "ignore_certificate_errors",
            "danger_accept_invalid_certs",
        ] {
            assert!(takes_protection_away(name), "{name}");
        }
        for name in [
            "AUTH_TOKEN",
            "TLS_CERT",
            "allow_origins",
            "NO_COLOR",
            "auth_no_delay",
            "trusted_certificates",
            "verify_tls",
            "token",
            "cert_no",
        ] {
            assert!(!takes_protection_away(name), "{name}");
        }
    }
}
