//! What is taken for a secret, and that no text takes long.
//!
//! Tokens are put together here, so that no file of this project holds one.

use super::*;

/// Letters as a generator draws them, always the same.
fn drawn(count: usize, letters: &str, seed: u64) -> String {
    let letters: Vec<char> = letters.chars().collect();
    let mut state = seed;
    let step = |state: &mut u64| {
        *state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(*state >> 33).unwrap_or(0)
    };
    (0..count).map(|_| letters[step(&mut state) % letters.len()]).collect()
}

const ALPHANUMERIC: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

fn told(text: &str) -> Vec<(Sort, String)> {
    look(text, false).into_iter().map(|secret| (secret.sort, text[secret.bytes].to_owned())).collect()
}

/// A token that fits an entry of the list.
fn example(token: &Token, seed: u64) -> Option<String> {
    let letters = match token.letters {
        Letters::Hex => "0123456789abcdef",
        Letters::Base32 => "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567",
        _ => ALPHANUMERIC,
    };
    let mut body = drawn(token.length.0, letters, seed);
    if let Some(part) = &token.holds {
        body.replace_range(20..=20, part);
    }
    token.check.is_none().then(|| format!("{}{body}", token.starts[0]))
}

#[test]
fn many_of_one_sort_hide_no_other() {
    // Joined here, so that no file of this project holds them.
    let web = format!(
        "\"eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJ4In0.{}\"\n",
        "aB3dE6gH9jK2mN5pQ8sT1vW4yZ7bC0eF3hJ6lM9oP2r"
    );
    let token = format!("ghp_{}", "zQWBuTSOoRi4A9spHcVY5ncnsDkxkJ0mLq17");
    let text = web.repeat(MOST + 50) + &token;
    let found = look(&text, false);
    assert_eq!(found.iter().filter(|secret| secret.sort == Sort::Suspected).count(), MOST);
    assert_eq!(found.iter().filter(|secret| secret.sort == Sort::Checked).count(), 1);
}

#[test]
fn every_kind_of_token_is_found_where_it_stands_alone() {
    for (seed, token) in known().tokens.iter().enumerate() {
        let Some(text) = example(token, seed as u64 + 7) else { continue };
        let sort = if token.certain { Sort::Token } else { Sort::Suspected };
        for around in ["x = \"TOKEN\"", "TOKEN", "export K=TOKEN\nnext", "(TOKEN)", "— TOKEN —"] {
            let whole = around.replace("TOKEN", &text);
            let found = told(&whole);
            assert!(found.contains(&(sort, text.clone())), "{}: {whole}: {found:?}", token.what);
        }
        let longer = format!("{text}{}", "Z9y8".repeat(200));
        assert!(
            !told(&longer).iter().any(|(_, found)| *found == text),
            "{}: part of a longer word",
            token.what
        );
        assert_eq!(told(&format!("word_{text}")), [], "{}: the end of a longer word", token.what);
        let placeholder = format!("{}{}", token.starts[0], "x".repeat(token.length.0));
        assert_eq!(told(&placeholder), [], "{placeholder}");
    }
}

#[test]
fn a_checksum_tells_a_token_from_an_example() {
    let token = ["ghp_", "zQWBuTSOoRi4A9spHcVY5ncnsDkxkJ", "0mLq17"].concat();
    assert_eq!(told(&format!("token: {token},")), [(Sort::Checked, token.clone())]);
    assert_eq!(told(&token.replace("0mLq17", "0mLq18")), []);
}

#[test]
fn the_same_secret_has_the_same_digest_however_it_is_written() {
    let key = pem("PRIVATE KEY", &ed25519(), "\n");
    let spellings = [
        key.clone(),
        key.replace('\n', "\\n"),
        key.replace('\n', "\r\n"),
        key.lines().fold(String::new(), |text, line| text + &format!("    \"{line}\\n\"\n")),
        key.lines().fold(String::new(), |text, line| text + &format!("/// {line}\n")),
        format!("const KEY: &str = \"{}\";", key.replace('\n', "\\n")),
    ];
    let digests: Vec<String> = spellings
        .iter()
        .map(|text| match look(text, false).as_slice() {
            [secret] if secret.sort == Sort::PrivateKey => secret.sha256.clone(),
            other => panic!("{text}: {other:?}"),
        })
        .collect();
    assert!(digests.iter().all(|digest| *digest == digests[0]), "{digests:?}");
    assert_eq!(look_at_binary(&ed25519()).expect("a key").sha256, digests[0], "as a file of DER too");
}

/// A private key of Ed25519 in PKCS #8, of bytes that guard nothing.
fn ed25519() -> Vec<u8> {
    let head = b"\x30\x2e\x02\x01\x00\x30\x05\x06\x03\x2b\x65\x70\x04\x22\x04\x20";
    [head.as_slice(), drawn(32, ALPHANUMERIC, 3).as_bytes()].concat()
}

fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let digit = |group: u32, at: u32| char::from(DIGITS[(group >> (18 - 6 * at) & 63) as usize]);
    let groups = bytes.chunks(3).flat_map(|chunk| {
        let group = (0..3).fold(0, |group, at| group << 8 | u32::from(chunk.get(at).copied().unwrap_or(0)));
        (0..4).map(move |at| if at as usize <= chunk.len() { digit(group, at) } else { '=' })
    });
    groups.collect()
}

fn pem(label: &str, bytes: &[u8], end: &str) -> String {
    let body = base64(bytes);
    let lines: Vec<&str> =
        body.as_bytes().chunks(64).map(|line| std::str::from_utf8(line).expect("ASCII")).collect();
    format!("-----BEGIN {label}-----{end}{}{end}-----END {label}-----{end}", lines.join(end))
}

#[test]
fn letters_that_look_like_marks_of_comments_are_letters() {
    for number in 0..64 {
        let key = [&ed25519()[..16], &[number; 32]].concat();
        let text = pem("PRIVATE KEY", &key, "\n");
        let found = look(&text, false);
        assert_eq!(found.len(), 1, "{text}");
        let narrow: String = base64(&key).chars().flat_map(|letter| [letter, '\n']).collect();
        let text = format!("-----BEGIN PRIVATE KEY-----\n{narrow}-----END PRIVATE KEY-----\n");
        assert_eq!(look(&text, false)[0].sha256, found[0].sha256, "{text}");
    }
}

#[test]
fn private_keys_of_every_kind_are_told() {
    let openssh = |cipher: &str| {
        let length = [0, 0, 0, u8::try_from(cipher.len()).expect("short")];
        [b"openssh-key-v1\0".as_slice(), &length, cipher.as_bytes(), drawn(200, ALPHANUMERIC, 5).as_bytes()]
            .concat()
    };
    let sealed = format!(
        "-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,00\n\n{}\n-----END RSA PRIVATE KEY-----",
        base64(drawn(96, ALPHANUMERIC, 9).as_bytes())
    );
    let secret = drawn(43, ALPHANUMERIC, 11);
    for (text, what) in [
        (pem("PRIVATE KEY", &ed25519(), "\n"), "private key"),
        (pem("OPENSSH PRIVATE KEY", &openssh("none"), "\n"), "private key of OpenSSH"),
        (pem("OPENSSH PRIVATE KEY", &openssh("aes256-ctr"), "\n"), "private key of OpenSSH, encrypted"),
        (pem("PGP PRIVATE KEY BLOCK", &[&[0x95][..], &[7; 80]].concat(), "\n"), "private key of OpenPGP"),
        (sealed, "private key, encrypted"),
        (
            format!(
                "PuTTY-User-Key-File-3: ssh-ed25519\nEncryption: none\nPrivate-Lines: 1\n{}\n",
                base64(&[9; 36])
            ),
            "private key of PuTTY",
        ),
        (format!("{{\"kty\":\"OKP\", \"x\":\"AA\",\"d\": \"{secret}\"}}"), "private key (JSON Web Key)"),
        (format!("PrivateKey = {}=\n", drawn(42, ALPHANUMERIC, 13) + "A"), "private key of WireGuard"),
    ] {
        let found: Vec<String> = look(&text, false).into_iter().map(|secret| secret.what).collect();
        assert_eq!(found, [what], "{text}");
    }
}

#[test]
fn what_only_looks_like_a_private_key_is_none() {
    for text in [
        "-----BEGIN PRIVATE KEY-----\n...\n-----END PRIVATE KEY-----",
        "-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBgkqhkiG9w0B\n-----END PRIVATE KEY-----",
        "-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=\n-----END PUBLIC KEY-----",
        "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----",
        "if text.contains(\"-----BEGIN PRIVATE KEY-----\") {}",
        "-----BEGIN ",
        "-----BEGIN RSA PRIVATE KEY",
        "-----BEGIN RSA PRIVATE KEY-----",
        "{\"kty\":\"RSA\",\"n\":\"abc\",\"e\":\"AQAB\"}",
        "PrivateKey = <base64>",
        "PuTTY-User-Key-File-2: ssh-rsa",
        "AGE-SECRET-KEY-1QQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQ",
    ] {
        assert_eq!(told(text), [], "{text}");
    }
}

#[test]
fn a_web_token_is_suspected_and_one_without_a_signature_is_not() {
    let head = base64(b"{\"alg\":\"HS256\",\"typ\":\"JWT\"}").replace('=', "");
    let claims = base64(b"{\"sub\":\"pump 7\"}").replace('=', "");
    let token = format!("{head}.{claims}.{}", drawn(43, ALPHANUMERIC, 17));
    assert_eq!(told(&format!("Bearer {token}")), [(Sort::Suspected, token)]);
    assert_eq!(told(&format!("{head}.{claims}.")), []);
    assert_eq!(told(&format!("{head}.{claims}")), []);
}

#[test]
fn every_prefix_of_a_text_with_secrets_can_be_read() {
    let token = ["ghp_", "zQWBuTSOoRi4A9spHcVY5ncnsDkxkJ", "0mLq17"].concat();
    let text = format!(
        "é {token} {{\"kty\":\"a\",\"d\":\"漢\"}} a://b:{token}@klinik.de/ü PrivateKey = ü\napi_key: &'static str = \"ü\" {} eyJ.eyJ.x",
        pem("PRIVATE KEY", &ed25519(), "\\n")
    );
    for end in (0..=text.len()).filter(|end| text.is_char_boundary(*end)) {
        for secret in look(&text[..end], true) {
            assert!(text[..end].get(secret.bytes.clone()).is_some(), "{secret:?}");
        }
    }
}

/// Each of these makes somebody who looks from every beginning to the end of the text look for hours.
#[test]
fn time_is_in_proportion_to_length() {
    let beginnings = [
        "-----BEGIN PRIVATE KEY-----",
        "-----BEGIN PRIVATE KEY-----:\n",
        "-----BEGIN PRIVATE KEY-----\nA\n",
        "\"kty\"",
        "{\"kty\"",
        "eyJ",
        "eyJ.",
        "://a",
        "a://b:c",
        "T3BlbkFJ",
        "8Q~",
        "glpat-",
        "pypi-AgEIcHlwaS5vcmc",
        "token",
        "token=\"",
        "api_key = '1",
        "PrivateKey=",
        "PuTTY-User-Key-File-",
        "AKIA",
    ];
    for beginning in beginnings {
        let text = beginning.repeat(100_000 / beginning.len());
        assert!(look(&text, true).len() <= MOST, "{beginning}");
    }
    for after in ["\n", "\\n", "A\n", "\"\n", "// ", "x: y\n"] {
        let text = format!("-----BEGIN PRIVATE KEY-----\n{}", after.repeat(100_000 / after.len()));
        assert_eq!(look(&text, true), [], "{after:?}");
    }
}
