//! The text of an API token: `hof_<id>_<secret>_<checksum>`, GitHub's design.
//!
//! The prefix lets scanners find leaked tokens, the id is what the database is asked for, and the
//! checksum refuses typing errors and guesses before it is asked at all.

use kernel::{Random, Secret};
use sha2::{Digest as _, Sha256};

const PREFIX: &str = "hof";
const ID_LENGTH: usize = 12;
/// 43 characters of base 62 hold 256 bits.
const SECRET_LENGTH: usize = 43;
const CHECKSUM_LENGTH: usize = 6;
const BASE62: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// A token's parts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct TokenText {
    pub(crate) id: String,
    secret: Secret,
}

impl TokenText {
    pub(crate) fn generate(random: &dyn Random) -> Self {
        let id = random_text(random, ID_LENGTH);
        Self { id, secret: Secret::new(random_text(random, SECRET_LENGTH)) }
    }

    /// The parts, if prefix, lengths, alphabet and checksum are right.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let mut parts = text.split('_');
        let (prefix, id, secret, sum) =
            (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
        let is_base62 = |part: &str, length| {
            part.len() == length && part.bytes().all(|byte| byte.is_ascii_alphanumeric())
        };
        let is_sound = parts.next().is_none()
            && prefix == PREFIX
            && is_base62(id, ID_LENGTH)
            && is_base62(secret, SECRET_LENGTH)
            && sum == checksum(id, secret);
        is_sound.then(|| Self { id: id.to_owned(), secret: Secret::new(secret) })
    }

    /// The whole text, to be shown once.
    pub(crate) fn expose(&self) -> Secret {
        let secret = self.secret.expose();
        Secret::new(format!("{PREFIX}_{}_{secret}_{}", self.id, checksum(&self.id, secret)))
    }

    /// What is stored. A plain hash is enough for 256 random bits.
    pub(crate) fn secret_hash(&self) -> Vec<u8> {
        Sha256::digest(self.secret.expose().as_bytes()).to_vec()
    }
}

fn checksum(id: &str, secret: &str) -> String {
    let mut rest = crc32(format!("{PREFIX}_{id}_{secret}").as_bytes());
    let mut digits = [b'0'; CHECKSUM_LENGTH];
    for digit in digits.iter_mut().rev() {
        *digit = letter(u8::try_from(rest % 62).unwrap_or(0));
        rest /= 62;
    }
    digits.iter().map(|digit| char::from(*digit)).collect()
}

/// CRC-32 as in ISO 3309 (zip, PNG, Ethernet), bit by bit: it runs over 60 bytes.
fn crc32(bytes: &[u8]) -> u32 {
    let mut register = u32::MAX;
    for byte in bytes {
        register ^= u32::from(*byte);
        for _ in 0..8 {
            let carry = register & 1;
            register >>= 1;
            if carry == 1 {
                register ^= 0xEDB8_8320;
            }
        }
    }
    !register
}

/// Random letters and digits: 43 of them hold 256 bits.
pub(in crate::identity) fn random_text(random: &dyn Random, length: usize) -> String {
    let mut text = String::with_capacity(length);
    let mut bytes = [0_u8; 64];
    while text.len() < length {
        random.fill(&mut bytes);
        // 248 is the largest multiple of 62 in a byte: taking more would favour the first letters.
        let letters = bytes.iter().filter(|byte| **byte < 248).map(|byte| letter(byte % 62));
        text.extend(letters.take(length - text.len()).map(char::from));
    }
    text
}

fn letter(index: u8) -> u8 {
    BASE62.get(usize::from(index)).copied().unwrap_or(b'0')
}

#[cfg(test)]
mod tests {
    use kernel::SeededRandom;
    use proptest::prelude::*;

    use super::*;

    fn text() -> String {
        TokenText::generate(&SeededRandom::new(7)).expose().expose().to_owned()
    }

    /// The check value of the CRC catalogue.
    #[test]
    fn the_checksum_is_the_published_crc32() {
        assert_eq!(crc32(b"123456789"), 0xCBF4_3926);
        assert_eq!(crc32(b""), 0);
    }

    #[test]
    fn a_token_reads_back_and_has_the_promised_shape() {
        let token = TokenText::generate(&SeededRandom::new(7));
        let text = text();
        let lengths: Vec<usize> = text.split('_').map(str::len).collect();
        assert_eq!(lengths, [3, 12, 43, 6]);
        assert_eq!(TokenText::parse(&text), Some(token));
    }

    #[test]
    fn every_single_changed_letter_is_noticed() {
        let text = text();
        for position in 0..text.len() {
            let mut bytes = text.clone().into_bytes();
            bytes[position] = if bytes[position] == b'x' { b'y' } else { b'x' };
            let forged = String::from_utf8(bytes).unwrap();
            assert_eq!(TokenText::parse(&forged), None, "{position}");
        }
    }

    #[test]
    fn neither_debug_nor_the_hash_shows_the_secret() {
        let token = TokenText::generate(&SeededRandom::new(7));
        assert!(!format!("{token:?}").contains(token.secret.expose()));
        assert_eq!(token.secret_hash().len(), 32);
    }

    #[test]
    fn every_letter_is_about_equally_likely() {
        let text = random_text(&SeededRandom::new(1), 62_000);
        for letter in BASE62 {
            let count = text.bytes().filter(|byte| byte == letter).count();
            assert!((800..1200).contains(&count), "{letter} {count}");
        }
    }

    proptest! {
        #[test]
        fn parsing_never_panics(text in ".{0,80}") {
            prop_assert_eq!(TokenText::parse(&text), None);
        }
    }
}
