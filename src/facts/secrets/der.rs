//! Private keys in binary form: what a structure of ASN.1 in DER is, and key stores of Java.

/// An element: its tag and its contents.
struct Element<'a> {
    tag: u8,
    contents: &'a [u8],
}

const INTEGER: u8 = 0x02;
const OCTETS: u8 = 0x04;
const OBJECT: u8 = 0x06;
const SEQUENCE: u8 = 0x30;

/// Object identifiers: encryption by password (PKCS #5 and #12), and data of PKCS #7.
const BY_PASSWORD: &[&[u8]] = &[
    b"\x2a\x86\x48\x86\xf7\x0d\x01\x05\x0d",
    b"\x2a\x86\x48\x86\xf7\x0d\x01\x05",
    b"\x2a\x86\x48\x86\xf7\x0d\x01\x0c\x01",
];
const DATA: &[u8] = b"\x2a\x86\x48\x86\xf7\x0d\x01\x07";

/// The most entries of a key store that are looked at.
const MOST_ENTRIES: u32 = 1_000;

/// What kind of private key a file is, if it is one.
pub(super) fn private_key(bytes: &[u8]) -> Option<&'static str> {
    match bytes.first_chunk()? {
        [0xfe, 0xed, 0xfe, 0xed] | [0xce, 0xce, 0xce, 0xce] => java(bytes),
        [SEQUENCE, ..] => structure(bytes),
        _ => None,
    }
}

fn structure(bytes: &[u8]) -> Option<&'static str> {
    let (whole, rest) = element(bytes)?;
    if whole.tag != SEQUENCE || !rest.is_empty() {
        return None;
    }
    let (first, rest) = element(whole.contents)?;
    let (second, rest) = element(rest)?;
    match (first.tag, first.contents, second.tag) {
        (INTEGER, [0 | 1], SEQUENCE) => {
            let (key, _) = element(rest)?;
            (key.tag == OCTETS && holds_object(&second)).then_some("private key")
        }
        (INTEGER, [1], OCTETS) => {
            let known = (16..=72).contains(&second.contents.len());
            // The curve, or nothing, follows.
            (known && (rest.is_empty() || matches!(rest[0], 0xa0 | 0xa1)))
                .then_some("private key (elliptic curve)")
        }
        (INTEGER, [0], INTEGER) if second.contents.len() >= 64 => {
            let (third, rest) = element(rest)?;
            let (fourth, _) = element(rest)?;
            let numbers = third.tag == INTEGER && fourth.tag == INTEGER;
            numbers.then_some(if third.contents.len() > 8 {
                "private key (DSA)"
            } else {
                "private key (RSA)"
            })
        }
        (INTEGER, [3], SEQUENCE) => {
            let (object, _) = element(second.contents)?;
            (object.tag == OBJECT && object.contents.starts_with(DATA)).then_some("key store (PKCS #12)")
        }
        (SEQUENCE, _, OCTETS) => {
            let (object, _) = element(first.contents)?;
            let by_password = BY_PASSWORD.iter().any(|known| object.contents.starts_with(known));
            (object.tag == OBJECT && by_password && rest.is_empty()).then_some("private key, encrypted")
        }
        _ => None,
    }
}

fn holds_object(sequence: &Element<'_>) -> bool {
    element(sequence.contents).is_some_and(|(object, _)| object.tag == OBJECT)
}

/// The first element, and what follows it. Only lengths that are told are read.
fn element(bytes: &[u8]) -> Option<(Element<'_>, &[u8])> {
    let (tag, rest) = bytes.split_first()?;
    let (length, rest) = rest.split_first()?;
    let (length, rest) = match *length {
        short @ 0..=0x7f => (usize::from(short), rest),
        long @ 0x81..=0x84 => {
            let (digits, rest) = rest.split_at_checked(usize::from(long - 0x80))?;
            (digits.iter().fold(0, |length, digit| length << 8 | usize::from(*digit)), rest)
        }
        _ => return None,
    };
    let (contents, rest) = rest.split_at_checked(length)?;
    Some((Element { tag: *tag, contents }, rest))
}

/// A key store of Java with a private key in it; those with certificates alone are no secret.
fn java(bytes: &[u8]) -> Option<&'static str> {
    let number =
        |at: usize| bytes.get(at..at + 4).and_then(|digits| digits.try_into().ok()).map(u32::from_be_bytes);
    let short = |at: usize| {
        let digits = bytes.get(at..at + 2)?;
        Some(usize::from(digits[0]) << 8 | usize::from(digits[1]))
    };
    let (version, count) = (number(4)?, number(8)?);
    let mut at = 12;
    for _ in 0..count.min(MOST_ENTRIES) {
        if !matches!(version, 1 | 2) {
            return None;
        }
        match number(at)? {
            1 | 3 => return Some("key store (Java)"),
            2 => {}
            _ => return None,
        }
        // A name, a day, the kind of certificate where the version tells it, the certificate.
        at += 4 + 2 + short(at + 4)? + 8;
        if version == 2 {
            at += 2 + short(at)?;
        }
        at += 4 + usize::try_from(number(at)?).ok()?;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn der(tag: u8, contents: &[u8]) -> Vec<u8> {
        let length = u16::try_from(contents.len()).expect("a short element").to_be_bytes();
        [&[tag, 0x82][..], &length, contents].concat()
    }

    fn sequence(parts: &[&[u8]]) -> Vec<u8> {
        der(SEQUENCE, &parts.concat())
    }

    fn pkcs8() -> Vec<u8> {
        let algorithm = sequence(&[&der(OBJECT, b"\x2b\x65\x70")]);
        sequence(&[&der(INTEGER, &[0]), &algorithm, &der(OCTETS, &[7; 34])])
    }

    #[test]
    fn every_kind_of_private_key_is_told() {
        let number = |length: usize| der(INTEGER, &vec![5; length]);
        let rsa = sequence(&[&der(INTEGER, &[0]), &number(129), &number(3), &number(128), &number(64)]);
        let dsa = sequence(&[&der(INTEGER, &[0]), &number(129), &number(21), &number(128)]);
        let curve = sequence(&[&der(INTEGER, &[1]), &der(OCTETS, &[7; 32]), &der(0xa0, &[6, 0])]);
        let store = sequence(&[
            &der(INTEGER, &[3]),
            &sequence(&[&der(OBJECT, &[DATA, &[1]].concat()), &der(0xa0, &[])]),
        ]);
        let sealed = sequence(&[&sequence(&[&der(OBJECT, BY_PASSWORD[0])]), &der(OCTETS, &[7; 64])]);
        for (bytes, what) in [
            (pkcs8(), "private key"),
            (rsa, "private key (RSA)"),
            (dsa, "private key (DSA)"),
            (curve, "private key (elliptic curve)"),
            (store, "key store (PKCS #12)"),
            (sealed, "private key, encrypted"),
        ] {
            assert_eq!(private_key(&bytes), Some(what));
            for end in 0..bytes.len() {
                assert_eq!(private_key(&bytes[..end]), None, "{what} cut off at {end}");
            }
            assert_eq!(private_key(&[bytes, vec![0]].concat()), None, "{what} and something more");
        }
    }

    #[test]
    fn what_is_no_private_key_is_none() {
        let public = sequence(&[&sequence(&[&der(OBJECT, b"\x2b\x65\x70")]), &der(0x03, &[0; 33])]);
        let certificate =
            sequence(&[&sequence(&[&der(0xa0, &[2, 1, 2])]), &sequence(&[]), &der(0x03, &[0; 65])]);
        for bytes in
            [public, certificate, b"0".to_vec(), b"0\x84\xff\xff\xff\xff".to_vec(), b"0\x80\0\0".to_vec()]
        {
            assert_eq!(private_key(&bytes), None);
        }
    }

    #[test]
    fn a_key_store_of_certificates_is_no_secret() {
        let entry = |tag: u8, kind: &[u8]| {
            [&[0, 0, 0, tag, 0, 2][..], b"ca", &[0; 8], kind, &[0, 0, 0, 3], b"abc"].concat()
        };
        let store = |entries: &[Vec<u8>]| {
            let count = u8::try_from(entries.len()).expect("few");
            [b"\xfe\xed\xfe\xed\0\0\0\x02\0\0\0".to_vec(), vec![count], entries.concat()].concat()
        };
        let certificate = entry(2, b"\0\x05X.509");
        assert_eq!(private_key(&store(&[certificate.clone(), certificate.clone()])), None);
        let both = store(&[certificate, entry(1, b"")]);
        assert_eq!(private_key(&both), Some("key store (Java)"));
        for end in 0..both.len() - 19 {
            assert_eq!(private_key(&both[..end]), None);
        }
    }
}
