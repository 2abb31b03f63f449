//! Whether letters look drawn at random, and the encodings that secrets are written in.

use super::data::{Check, known};

/// True for a text that somebody has written as an example.
pub(super) fn is_placeholder(text: &str) -> bool {
    let lower = text.to_ascii_lowercase();
    known().placeholders.iter().any(|word| lower.contains(word.as_str())) || repeats(text)
}

/// True where one letter, or a short piece, makes up most of a text.
fn repeats(text: &str) -> bool {
    let bytes = text.as_bytes();
    (1..=4).any(|step| {
        let same = bytes.windows(step + 1).filter(|pair| pair[0] == pair[step]).count();
        bytes.len() > 2 * step && same * 2 > bytes.len()
    })
}

/// True for letters as a generator draws them: of several kinds, not the same few again and again.
pub(super) fn looks_random(text: &str) -> bool {
    let kinds = [
        text.bytes().any(|byte| byte.is_ascii_digit()),
        text.bytes().any(|byte| byte.is_ascii_lowercase()),
        text.bytes().any(|byte| byte.is_ascii_uppercase()),
    ];
    let several = kinds.iter().filter(|kind| **kind).count() >= 2;
    several && entropy(text) >= least_entropy(text.len()) && !is_placeholder(text)
}

/// What random hexadecimal digits reach, less what chance takes: a short text can't repeat much.
fn least_entropy(length: usize) -> f64 {
    match length {
        0..=19 => 2.75,
        20..=31 => 3.0,
        _ => 3.25,
    }
}

/// Bits per letter.
#[expect(clippy::cast_precision_loss, reason = "texts of a few hundred letters")]
pub(super) fn entropy(text: &str) -> f64 {
    let mut counts = [0_u32; 256];
    for byte in text.bytes() {
        counts[usize::from(byte)] += 1;
    }
    let length = text.len() as f64;
    let share = |count: &u32| f64::from(*count) / length;
    counts.iter().filter(|count| **count > 0).map(share).map(|share| -share * share.log2()).sum()
}

/// True where the checksum within a token is the right one. `body` is what follows its beginning.
pub(super) fn checks(check: Check, start: &str, body: &str) -> bool {
    match check {
        Check::Crc32Base62 => {
            let Some((letters, sum)) = body.split_at_checked(body.len().saturating_sub(6)) else {
                return false;
            };
            base62(crc32(letters.as_bytes())) == sum.as_bytes()
        }
        Check::Crc32Hex => {
            let Some((letters, sum)) = body.rsplit_once('_') else { return false };
            sum == format!("{:08x}", crc32(format!("{start}{letters}").as_bytes()).swap_bytes())
        }
    }
}

/// The checksum of gzip and PNG.
fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!0, |sum, byte| {
        (0..8).fold(sum ^ u32::from(*byte), |sum, _| (sum >> 1) ^ (0xedb8_8320 & (sum & 1).wrapping_neg()))
    })
}

/// Six digits in base 62, with zeros before.
fn base62(mut number: u32) -> [u8; 6] {
    const DIGITS: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    let mut digits = [b'0'; 6];
    for digit in digits.iter_mut().rev() {
        *digit = DIGITS[(number % 62) as usize];
        number /= 62;
    }
    digits
}

/// The value of a letter of base 64, in both alphabets.
pub(super) fn base64_value(byte: u8) -> Option<u8> {
    Some(match byte {
        b'A'..=b'Z' => byte - b'A',
        b'a'..=b'z' => byte - b'a' + 26,
        b'0'..=b'9' => byte - b'0' + 52,
        b'+' | b'-' => 62,
        b'/' | b'_' => 63,
        _ => return None,
    })
}

/// The bytes that letters of base 64 stand for; what is left over at the end is dropped.
pub(super) fn from_base64(letters: impl Iterator<Item = u8>) -> Vec<u8> {
    let (mut bytes, mut held, mut bits) = (Vec::new(), 0_u32, 0);
    for value in letters.map_while(base64_value) {
        held = held << 6 | u32::from(value);
        bits += 6;
        if bits >= 8 {
            bits -= 8;
            bytes.push((held >> bits & 0xff) as u8);
        }
    }
    bytes
}

/// True for a text of Bech32 with the right checksum.
pub(super) fn is_bech32(text: &str) -> bool {
    const LETTERS: &[u8] = b"qpzry9x8gf2tvdw0s3jn54khce6mua7l";
    const POLYNOMIAL: [u32; 5] = [0x3b6a_57b2, 0x2650_8e6d, 0x1ea1_19fa, 0x3d42_33dd, 0x2a14_62b3];
    let lower = text.to_ascii_lowercase();
    let Some((human, data)) = lower.rsplit_once('1') else { return false };
    let step = |sum: u32, value: u32| {
        let top = sum >> 25;
        let next = (sum & 0x01ff_ffff) << 5 ^ value;
        (0..5).filter(|bit| top >> bit & 1 == 1).fold(next, |next, bit| next ^ POLYNOMIAL[bit])
    };
    let mut sum = human.bytes().fold(1, |sum, byte| step(sum, u32::from(byte) >> 5));
    sum = human.bytes().fold(step(sum, 0), |sum, byte| step(sum, u32::from(byte) & 31));
    for byte in data.bytes() {
        let Some(value) = LETTERS.iter().position(|letter| *letter == byte) else { return false };
        sum = step(sum, u32::try_from(value).unwrap_or(0));
    }
    data.len() >= 6 && sum == 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn checksums_are_those_of_published_examples() {
        assert_eq!(crc32(b"123456789"), 0xcbf4_3926);
        let token = "zQWBuTSOoRi4A9spHcVY5ncnsDkxkJ0mLq17";
        assert!(checks(Check::Crc32Base62, "ghp_", token));
        for at in 0..token.len() {
            let mut changed = token.to_owned();
            changed.replace_range(at..=at, if token.as_bytes()[at] == b'x' { "y" } else { "x" });
            assert!(!checks(Check::Crc32Base62, "ghp_", &changed), "{changed}");
        }
        assert!(!checks(Check::Crc32Base62, "ghp_", "") && !checks(Check::Crc32Hex, "glsa_", "abc"));
        assert!(is_bech32("A12UEL5L") && is_bech32("abcdef1qpzry9x8gf2tvdw0s3jn54khce6mua7lmqqqxw"));
        assert!(!is_bech32("A12UEL5M") && !is_bech32("1") && !is_bech32("") && !is_bech32("ä1"));
    }

    #[test]
    fn base64_is_read_in_both_alphabets() {
        assert_eq!(from_base64("SGVsbG8_".bytes()), b"Hello?");
        assert_eq!(from_base64("SGVsbG8/".bytes()), b"Hello?");
        assert_eq!(from_base64("SGVs=bG8/".bytes()), b"Hel");
        assert_eq!(from_base64("S".bytes()), b"");
    }

    #[test]
    fn random_letters_are_told_from_written_ones() {
        for text in ["zQWBuTSOoRi4A9spHcVY5ncnsDkxkJ", "9f86d081884c7d659a2feaa0c55ad015", "Q7ZK3MPLW2NXR5TV"]
        {
            assert!(looks_random(text), "{text}");
        }
        for text in [
            "xxxxxxxxxxxxxxxxxxxx",
            "your_access_token_goes_here_12",
            "AKIAIOSFODNN7EXAMPLE",
            "abababab12121212abab",
            "aaaabbbbccccdddd1111",
            "onlylowercaseletters",
            "0123456789012345678901",
            "",
        ] {
            assert!(!looks_random(text), "{text}");
        }
    }
}
