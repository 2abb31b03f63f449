//! Weak algorithms, and keys written in the source.

use std::collections::{BTreeMap, HashSet};

use crate::facts::Facts;
use crate::facts::code::{Argument, Call, Callee, ItemKind, Value};
use crate::facts::known::patterns::Pattern;
use crate::facts::secrets::is_to_be_filled_in;
use crate::finding::Findings;

use super::calls::{Sink, is_of_known_crate, known, sinks_of};
use super::memory::before;
use super::{called, shipped, ships};

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
    let mut uploads: BTreeMap<&str, bool> = BTreeMap::new();
    for call in shipped(facts) {
        // What a call inside an argument uses is found at that call.
        let paths = call.arguments.iter().filter_map(|argument| match &argument.value {
            Value::Path(name) => Some((&argument.at, name.resolved.as_deref()?)),
            _ => None,
        });
        for (at, path) in called(call).map(|path| (&call.site.at, path)).into_iter().chain(paths) {
            let Some(name) = find(path).filter(|_| !is_prescribed(call)) else { continue };
            let file = call.site.at.path();
            let is_upload = *uploads.entry(file).or_insert_with(|| sends_checksums(facts, file));
            if !(is_upload && name == "MD5") {
                found.add(at, format!("`{path}` is {name}, {why}")).about(&call.site.within);
            }
        }
    }
}

/// True where a protocol prescribes the hash and its strength is of no matter: the function, or what gets the hash, is
/// called by the name of such a use.
fn is_prescribed(call: &Call) -> bool {
    const USES: &[&str] = &["content_md5", "etag", "e_tag", "gravatar"];
    let function = call.site.within.rsplit("::").next().unwrap_or_default();
    let statement = before(call).rsplit([';', '{', '}']).next().unwrap_or_default();
    let gets =
        statement.split_once("let ").map_or("", |(_, rest)| rest.split(['=', ':']).next().unwrap_or(rest));
    let is_use = |name: &str| {
        let name = format!("_{}_", name.trim().to_ascii_lowercase());
        USES.iter().any(|word| name.contains(&format!("_{word}_")))
    };
    is_use(function) || is_use(gets.trim_start_matches("mut "))
}

/// True for a file that hands checksums to a store of objects, whose protocol asks for MD5.
fn sends_checksums(facts: &Facts, file: &str) -> bool {
    facts.code.calls.of_file(file).iter().any(|call| match &call.callee {
        Callee::Method { name, .. } => name == "content_md5",
        _ => called(call).is_some_and(|path| path.starts_with("azure_storage") && path.contains("::Hash::")),
    })
}

pub(super) fn unauthenticated_encryption(facts: &Facts, found: &mut Findings<'_>) {
    let modes = &known().unauthenticated;
    let mut files: BTreeMap<&str, bool> = BTreeMap::new();
    for call in shipped(facts) {
        let Some(path) = called(call).filter(|path| is_of_known_crate(path)) else { continue };
        let Some((mode, _)) =
            modes.iter().find(|(_, patterns)| patterns.iter().any(|pattern| pattern.holds(path)))
        else {
            continue;
        };
        let file = call.site.at.path();
        if !*files.entry(file).or_insert_with(|| authenticates(facts, file)) {
            found
                .add(&call.site.at, format!("{mode} hides the content, but anybody on the way can change it"))
                .about(&call.site.within)
                .help("use AES-GCM, ChaCha20-Poly1305 or another mode that authenticates");
        }
    }
}

/// True where a file uses something that authenticates.
fn authenticates(facts: &Facts, file: &str) -> bool {
    const MACS: &[&str] = &[
        "hmac",
        "cmac",
        "poly1305",
        "pmac",
        "kmac",
        "ed25519_dalek",
        "aead",
        "aes_gcm",
        "chacha20poly1305",
        "ring",
        "aws_lc_rs",
    ];
    facts.code.calls.of_file(file).iter().any(|other| {
        let by_path = called(other).is_some_and(|path| {
            MACS.contains(&path.split("::").next().unwrap_or_default()) || path.contains("Hmac") || path.contains("::hmac")
        });
        by_path || matches!(&other.callee, Callee::Method { name, .. } if ["verify_slice", "finalize_into_mac", "verify_mac", "hmac"].contains(&name.as_str()))
    })
}

pub(super) fn nonce_reused(facts: &Facts, found: &mut Findings<'_>) {
    const AEADS: &[&str] = &[
        "aes_gcm",
        "aes_gcm_siv",
        "chacha20poly1305",
        "aes_siv",
        "ccm",
        "eax",
        "ocb3",
        "ascon_aead",
        "deoxys",
    ];
    const ENCRYPTS: &[&str] = &["encrypt", "encrypt_in_place", "encrypt_in_place_detached"];
    let encryptions: Vec<(&Call, &str)> = shipped(facts)
        .filter_map(|call| {
            let Callee::Method { name, receiver: Some(receiver), .. } = &call.callee else { return None };
            let krate = receiver.resolved.as_deref()?.split("::").next()?;
            let nonce = call.arguments.first()?.name.as_deref()?;
            (ENCRYPTS.contains(&name.as_str()) && AEADS.contains(&krate) && !call.conditional)
                .then_some((call, nonce))
        })
        .collect();
    for pair in encryptions.windows(2) {
        let [(first, nonce), (second, again)] = pair else { continue };
        if first.site.within == second.site.within && nonce == again {
            found
                .add(&second.arguments[0].at, format!("`{nonce}` was the nonce of another message before"))
                .about(&second.site.within)
                .with(&first.arguments[0].at, "used here before")
                .help("draw a new nonce for every message");
        }
    }
}

/// The first numbers of tables that no program has by chance.
const TABLES: &[(&str, &[i128])] = &[
    ("the S-box of AES", &[0x63, 0x7c, 0x77, 0x7b, 0xf2]),
    ("the inverse S-box of AES", &[0x52, 0x09, 0x6a, 0xd5, 0x30]),
    ("the constants of SHA-256", &[0x428a_2f98, 0x7137_4491]),
    ("the constants of SHA-512", &[0x428a_2f98_d728_ae22, 0x7137_4491_23ef_65cd]),
    ("the constants of MD5", &[0xd76a_a478, 0xe8c7_b756]),
    ("the start of SHA-1 or MD5", &[0x6745_2301, 0xefcd_ab89]),
    ("the start of SHA-256", &[0x6a09_e667, 0xbb67_ae85]),
    ("the constants of Blowfish", &[0x243f_6a88, 0x85a3_08d3]),
    ("the permutation of DES", &[58, 50, 42, 34, 26, 18, 10, 2]),
    ("the constants of Keccak", &[0x1, 0x8082, 0x8000_0000_0000_808a]),
    ("the constants of ChaCha", &[0x6170_7865, 0x3320_646e, 0x7962_2d32, 0x6b20_6574]),
    ("the S-box of SM4", &[0xd6, 0x90, 0xe9, 0xfe, 0xcc]),
];

pub(super) fn own_cryptography(facts: &Facts, found: &mut Findings<'_>) {
    for item in facts.code.items.iter().filter(|item| ships(&item.site)) {
        let numbers: Vec<i128> = match &item.value {
            Some(Value::Bytes(bytes)) => bytes.iter().take(8).map(|byte| i128::from(*byte)).collect(),
            Some(Value::Tuple(items)) => items
                .iter()
                .take(8)
                .map_while(|item| match item {
                    Value::Integer(value) => Some(*value),
                    _ => None,
                })
                .collect(),
            _ => continue,
        };
        if let Some((what, _)) = TABLES.iter().find(|(_, start)| numbers.starts_with(start)) {
            found
                .add(&item.site.at, format!("{what}: the algorithm is written by hand here"))
                .about(&item.path)
                .help("use an implementation that others have examined, such as those of RustCrypto, ring or aws-lc-rs");
        }
    }
}

pub(super) fn hard_coded_key(facts: &Facts, found: &mut Findings<'_>) {
    let constants: Constants<'_> = facts
        .code
        .items
        .iter()
        .filter(|item| item.kind == ItemKind::Const)
        .map(|item| item.path.as_str())
        .collect();
    for call in shipped(facts) {
        for sink in sinks_of(&known().secrets, call) {
            let Some(argument) = sink.argument(facts, call) else { continue };
            if is_sink(&argument.value)
                || !written(&constants, &argument.value)
                || is_blank(call, &argument.value)
            {
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

/// True for the zeros that `Default` puts where a key comes later.
fn is_blank(call: &Call, value: &Value) -> bool {
    let zeros = matches!(value, Value::Bytes(bytes) if bytes.iter().all(|byte| *byte == 0));
    zeros && call.site.within.ends_with("::default")
}

/// The paths of the workspace's constants.
type Constants<'f> = HashSet<&'f str>;

/// True for a value that is the same in every copy of the program.
fn written(constants: &Constants<'_>, value: &Value) -> bool {
    match value {
        Value::Text(text) => !text.is_empty(),
        Value::Bytes(bytes) => !bytes.is_empty(),
        Value::Composed(parts) => !parts.is_empty() && parts.iter().all(Option::is_some),
        Value::Tuple(items) => {
            !items.is_empty()
                && items.iter().all(|item| matches!(item, Value::Integer(_)) || written(constants, item))
        }
        // Whatever its value is, it is in the program.
        Value::Path(name) => name.resolved.as_deref().is_some_and(|path| constants.contains(path)),
        Value::Call(name, arguments) => {
            let last = name.written.rsplit("::").next().unwrap_or_default();
            HANDS_ON.contains(&last)
                && !arguments.is_empty()
                && arguments.iter().all(|argument| written(constants, argument))
        }
        Value::Integer(_) | Value::Bool(_) | Value::Setting(_) | Value::Unknown => false,
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

/// True for an address with a password, in a call that opens a connection.
fn connects(call: &Call, argument: &Argument) -> bool {
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
        Callee::Path(name) => name.written.rsplit("::").next().unwrap_or_default(),
        Callee::Method { name, .. } => name.as_str(),
        Callee::Macro(_) => return false,
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
    let placeholder = is_to_be_filled_in(password) || ["password", "pass", "pw", "xxx"].contains(&password);
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
        for address in [
            "postgres://app:hunter2@db/ward",
            "redis://:s3cret@cache:6379",
            "mqtt+tls://a:b@c",
            "redis://:pa$$w*rd@c",
            "amqp://u:p%40ss@c",
        ] {
            assert!(has_password(address), "{address}");
        }
        for address in [
            "postgres://app@db/ward",
            "https://example.org/a:b@c",
            "postgres://user:password@host",
            "postgres://{user}:{pw}@db",
            "postgres://user:$PW@db",
            "postgres://user:***@db",
            "postgres://%s:%s@db",
            "a:b@c",
            "://:@",
            "http://localhost:8080/@x",
        ] {
            assert!(!has_password(address), "{address}");
        }
    }
}
