//! Text that was checked when it came in: e-mail addresses, names, short texts.

use std::{ops::RangeInclusive, str::FromStr};

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, de::Error as _};
use unicode_normalization::UnicodeNormalization as _;

/// The longest address that SMTP can carry (RFC 5321, 4.5.3.1.3).
const EMAIL_MAX: usize = 254;

/// An e-mail address as it was written, surrounding space removed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct EmailAddress(String);

#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("must be an e-mail address, such as `ada@example.com`")]
pub struct InvalidEmail;

impl EmailAddress {
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The form in which two addresses of one person are equal: NFC, lower case. What comes before
    /// the `@` is otherwise left alone, because only the domain's owner knows what it ignores.
    pub fn normalised(&self) -> String {
        self.0.nfc().collect::<String>().to_lowercase().nfc().collect()
    }
}

impl FromStr for EmailAddress {
    type Err = InvalidEmail;

    fn from_str(text: &str) -> Result<Self, InvalidEmail> {
        let text = text.trim();
        let Some((local, domain)) = text.rsplit_once('@') else { return Err(InvalidEmail) };
        let is_plain = |c: char| !c.is_whitespace() && !c.is_control() && !"<>,;".contains(c);
        let is_sound = text.len() <= EMAIL_MAX
            && !local.is_empty()
            && !local.contains('@')
            && text.chars().all(is_plain)
            && !domain.is_empty()
            && domain.split('.').all(|label| !label.is_empty())
            && !domain.contains(['"', '(', ')', '\\', '/']);
        if is_sound { Ok(Self(text.to_owned())) } else { Err(InvalidEmail) }
    }
}

impl<'de> Deserialize<'de> for EmailAddress {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(D::Error::custom)
    }
}

impl JsonSchema for EmailAddress {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> std::borrow::Cow<'static, str> {
        "EmailAddress".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "format": "email", "maxLength": EMAIL_MAX })
    }
}

/// Text of at most `MAX` characters that says something; surrounding space is removed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Line<const MAX: usize>(String);

/// A name of a person, a company, a token.
pub type Name = Line<120>;
/// A sentence or an address.
pub type ShortText = Line<500>;
/// A paragraph.
pub type LongText = Line<10_000>;

impl<const MAX: usize> Line<MAX> {
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl<const MAX: usize> FromStr for Line<MAX> {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let text = text.trim();
        if text.is_empty() {
            return Err("must not be empty".to_owned());
        }
        if MAX < text.chars().count() {
            return Err(format!("must have at most {MAX} characters"));
        }
        Ok(Self(text.to_owned()))
    }
}

impl<'de, const MAX: usize> Deserialize<'de> for Line<MAX> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(D::Error::custom)
    }
}

impl<const MAX: usize> JsonSchema for Line<MAX> {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> std::borrow::Cow<'static, str> {
        format!("Line{MAX}").into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "minLength": 1, "maxLength": MAX })
    }
}

/// The longest phone number that is kept, as intakes have it.
const PHONE_MAX: usize = 50;
/// How many digits reach a phone: the longest number that E.164 (6.1) knows, and the shortest that is worth calling.
const PHONE_DIGITS: RangeInclusive<usize> = 4..=15;
/// Digits with the usual signs between them, a `+` before the country, an extension behind.
const PHONE_PATTERN: &str = r"^\s*\+?[0-9(][0-9 ()./-]*(,? ?(x|ext\.?) ?[0-9]{1,7})?\s*$";

/// A phone number as it was written, surrounding space removed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct PhoneNumber(String);

#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "must be a phone number such as `+1 555 010 0123`: 4 to 15 digits, and `x12` behind them where it has an extension"
)]
pub struct InvalidPhone;

impl PhoneNumber {
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for PhoneNumber {
    type Err = InvalidPhone;

    /// The characters are checked by the schema; here, that there are enough digits and not too many.
    fn from_str(text: &str) -> Result<Self, InvalidPhone> {
        let text = text.trim();
        let number = text.split_once(['x', 'e', ',']).map_or(text, |(number, _extension)| number);
        let digits = number.chars().filter(char::is_ascii_digit).count();
        let is_plain = |c: char| c.is_ascii_digit() || "+ ()./-".contains(c);
        let is_sound = text.len() <= PHONE_MAX && number.chars().all(is_plain);
        if is_sound && PHONE_DIGITS.contains(&digits) {
            Ok(Self(text.to_owned()))
        } else {
            Err(InvalidPhone)
        }
    }
}

impl<'de> Deserialize<'de> for PhoneNumber {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(D::Error::custom)
    }
}

impl JsonSchema for PhoneNumber {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> std::borrow::Cow<'static, str> {
        "PhoneNumber".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "maxLength": PHONE_MAX,
            "pattern": PHONE_PATTERN,
            "title": "a phone number",
            "examples": ["+1 555 010 0123"],
        })
    }
}

/// Where a page comes from, as browsers name it: `https://studio.example`, with a port if it is not the
/// usual one (RFC 6454).
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Origin(String);

impl FromStr for Origin {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || "must be a site's address without a path, such as `https://studio.example`";
        let text = text.trim().trim_end_matches('/').to_lowercase();
        let (scheme, host) = text.split_once("://").ok_or_else(wrong)?;
        let (name, port) = host.split_once(':').unwrap_or((host, "443"));
        let is_label = |label: &str| {
            !label.is_empty() && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
        };
        let is_sound = matches!(scheme, "https" | "http")
            && host.len() <= 255
            && name.split('.').all(is_label)
            && port.parse::<u16>().is_ok();
        if is_sound { Ok(Self(text)) } else { Err(wrong().to_owned()) }
    }
}

impl From<Origin> for String {
    fn from(origin: Origin) -> Self {
        origin.0
    }
}

impl<'de> Deserialize<'de> for Origin {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(D::Error::custom)
    }
}

impl JsonSchema for Origin {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Origin".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "maxLength": 270 })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn normalised(text: &str) -> String {
        text.parse::<EmailAddress>().unwrap().normalised()
    }

    #[test]
    fn case_space_and_composition_do_not_make_another_person() {
        assert_eq!(normalised("  Ada@Example.COM "), "ada@example.com");
        assert_eq!(normalised("jose\u{301}@example.com"), normalised("jos\u{e9}@example.com"));
    }

    #[test]
    fn dots_and_tags_before_the_at_are_part_of_the_address() {
        assert_ne!(normalised("a.da@gmail.com"), normalised("ada@gmail.com"));
        assert_ne!(normalised("ada+x@gmail.com"), normalised("ada@gmail.com"));
    }

    #[test]
    fn refuses_what_no_mail_reaches() {
        for text in [
            "",
            "ada",
            "@example.com",
            "ada@",
            "ada@@example.com",
            "ada lovelace@example.com",
            "ada@example..com",
            "ada@.com",
            "Ada <ada@example.com>",
            "a@b.c,d@e.f",
            "ada@ex\0ample.com",
        ] {
            assert_eq!(text.parse::<EmailAddress>(), Err(InvalidEmail), "{text:?}");
        }
        assert!(format!("{}@example.com", "a".repeat(250)).parse::<EmailAddress>().is_err());
    }

    #[test]
    fn a_line_is_trimmed_and_must_say_something() {
        assert_eq!(" Initech ".parse::<Name>().unwrap().as_str(), "Initech");
        assert!("   ".parse::<Name>().is_err());
        assert!("x".repeat(121).parse::<Name>().is_err());
    }

    #[test]
    fn a_phone_number_has_digits_that_can_be_called() {
        for sound in [
            "+1-555-0123",
            " +254 (0)712 345678 ",
            "112233",
            "+49 30/12345-0 x12",
            "020 123456 ext. 7",
        ] {
            assert_eq!(sound.parse::<PhoneNumber>().unwrap().as_str(), sound.trim());
        }
        for wrong in ["", "+", "123", "call Ada", "+1 555 CALL ADA", "1".repeat(16).as_str()] {
            assert_eq!(wrong.parse::<PhoneNumber>(), Err(InvalidPhone), "{wrong:?}");
        }
    }

    #[test]
    fn an_origin_is_a_scheme_and_a_host_and_nothing_more() {
        for (text, origin) in [
            ("https://Studio.Example/", Some("https://studio.example")),
            ("http://localhost:3000", Some("http://localhost:3000")),
            ("https://studio.example/page", None),
            ("https://*.example", None),
            ("https://a b", None),
            ("https://a.example; script-src *", None),
            ("ftp://a.example", None),
            ("studio.example", None),
            ("https://a@b", None),
            ("https://a:99999", None),
        ] {
            let read = text.parse::<Origin>().ok().map(String::from);
            assert_eq!(read.as_deref(), origin, "{text}");
        }
    }

    proptest! {
        #[test]
        fn normalising_twice_changes_nothing(text in "\\PC{1,20}@[a-z]{1,8}\\.com") {
            if let Ok(address) = text.parse::<EmailAddress>() {
                let once = address.normalised();
                if let Ok(again) = once.parse::<EmailAddress>() {
                    prop_assert_eq!(again.normalised(), once);
                }
            }
        }
    }
}
