//! Money as whole minor units, and amounts as contracts write them. Nothing here is ever a fraction of
//! binary digits: text and numbers are read digit by digit.

use std::{borrow::Cow, fmt, str::FromStr};

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de, ser::SerializeStruct as _};

/// How many digits may come before the point: with three after it all fit into 64 bits.
const WHOLE_DIGITS_MAX: usize = 15;
/// How many digits any currency has after the point.
const SCALE_MAX: usize = 3;
/// How many digits a JSON number carries through binary floating point without loss.
const NUMBER_DIGITS_MAX: usize = 15;

/// Currencies without minor units (ISO 4217, list one).
const WITHOUT_MINOR_UNITS: [&str; 16] = [
    "BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX", "VND", "VUV",
    "XAF", "XOF", "XPF",
];
/// Currencies with a thousand minor units.
const WITH_THOUSANDTHS: [&str; 7] = ["BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"];

/// A currency by its ISO 4217 code.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Currency([u8; 3]);

#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected the three capital letters of a currency, such as `USD`")]
pub struct InvalidCurrency;

impl Currency {
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or_default()
    }

    /// How many digits it has after the point.
    pub fn exponent(self) -> u8 {
        match self.as_str() {
            code if WITHOUT_MINOR_UNITS.contains(&code) => 0,
            code if WITH_THOUSANDTHS.contains(&code) => 3,
            _ => 2,
        }
    }
}

impl FromStr for Currency {
    type Err = InvalidCurrency;

    fn from_str(text: &str) -> Result<Self, InvalidCurrency> {
        let code: [u8; 3] = text.as_bytes().try_into().map_err(|_length| InvalidCurrency)?;
        if code.iter().all(u8::is_ascii_uppercase) { Ok(Self(code)) } else { Err(InvalidCurrency) }
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// A decimal that is not negative, without a currency: `15000.00`, `"15000"`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Amount {
    digits: i64,
    scale: u8,
}

#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidAmount {
    #[error("must be a decimal such as `15000.00`, without sign, spaces or thousands separators")]
    Form,
    #[error(
        "has too many digits to be read exactly as a number; give it as text, such as `\"15000.00\"`"
    )]
    Digits,
    #[error("has more digits after the point than {currency} has; at most {exponent} are possible")]
    Scale { currency: Currency, exponent: u8 },
    #[error("is too large")]
    TooLarge,
}

impl Amount {
    pub fn is_zero(self) -> bool {
        self.digits == 0
    }
}

impl FromStr for Amount {
    type Err = InvalidAmount;

    fn from_str(text: &str) -> Result<Self, InvalidAmount> {
        let (whole, fraction) = match text.split_once('.') {
            Some((_, "")) => return Err(InvalidAmount::Form),
            Some((whole, fraction)) => (whole, fraction.trim_end_matches('0')),
            None => (text, ""),
        };
        let all_digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
        let leads_with_zero = 1 < whole.len() && whole.starts_with('0');
        if whole.is_empty() || leads_with_zero || !all_digits(whole) || !all_digits(fraction) {
            return Err(InvalidAmount::Form);
        }
        if WHOLE_DIGITS_MAX < whole.len() {
            return Err(InvalidAmount::TooLarge);
        }
        if SCALE_MAX < fraction.len() {
            return Err(InvalidAmount::Form);
        }
        let digits =
            format!("{whole}{fraction}").parse().map_err(|_overflow| InvalidAmount::TooLarge)?;
        let scale = u8::try_from(fraction.len()).map_err(|_overflow| InvalidAmount::TooLarge)?;
        Ok(Self { digits, scale })
    }
}

impl fmt::Display for Amount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_decimal(f, self.digits, self.scale)
    }
}

impl Serialize for Amount {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Amount {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;
        impl de::Visitor<'_> for Visitor {
            type Value = Amount;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a decimal such as `15000.00`, as text or as a number")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Amount, E> {
                text.parse().map_err(E::custom)
            }

            fn visit_u64<E: de::Error>(self, number: u64) -> Result<Amount, E> {
                number.to_string().parse().map_err(E::custom)
            }

            fn visit_i64<E: de::Error>(self, number: i64) -> Result<Amount, E> {
                number.to_string().parse().map_err(E::custom)
            }

            /// The shortest text that reads back as this number is what its writer wrote, as long as
            /// that has no more digits than such a number keeps.
            fn visit_f64<E: de::Error>(self, number: f64) -> Result<Amount, E> {
                let text = number.to_string();
                if NUMBER_DIGITS_MAX < text.bytes().filter(u8::is_ascii_digit).count() {
                    return Err(E::custom(InvalidAmount::Digits));
                }
                text.parse().map_err(E::custom)
            }
        }
        deserializer.deserialize_any(Visitor)
    }
}

impl JsonSchema for Amount {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Amount".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "title": "a decimal",
            "examples": ["15000.00"],
            "anyOf": [
                { "type": "string", "pattern": r"^(0|[1-9][0-9]{0,14})(\.[0-9]+)?$" },
                { "type": "number", "minimum": 0 },
            ],
        })
    }
}

/// So many minor units of a currency.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Money {
    minor: i64,
    currency: Currency,
}

impl Money {
    pub fn from_minor(minor: i64, currency: Currency) -> Self {
        Self { minor, currency }
    }

    /// An amount in a currency.
    ///
    /// # Errors
    /// When the amount has digits that the currency has no units for: nothing is ever rounded.
    pub fn of(amount: Amount, currency: Currency) -> Result<Self, InvalidAmount> {
        let exponent = currency.exponent();
        let missing = exponent
            .checked_sub(amount.scale)
            .ok_or(InvalidAmount::Scale { currency, exponent })?;
        let minor = amount.digits.checked_mul(10_i64.pow(u32::from(missing)));
        Ok(Self { minor: minor.ok_or(InvalidAmount::TooLarge)?, currency })
    }

    pub fn minor(self) -> i64 {
        self.minor
    }

    pub fn currency(self) -> Currency {
        self.currency
    }

    /// The amount with all digits of its currency, such as `15000.00`.
    pub fn amount(self) -> String {
        struct Decimal(Money);
        impl fmt::Display for Decimal {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write_decimal(f, self.0.minor, self.0.currency.exponent())
            }
        }
        Decimal(self).to_string()
    }
}

fn write_decimal(f: &mut fmt::Formatter<'_>, digits: i64, scale: u8) -> fmt::Result {
    let unit = 10_u64.pow(u32::from(scale));
    let (sign, magnitude) = (if digits < 0 { "-" } else { "" }, digits.unsigned_abs());
    let (whole, fraction) = (magnitude / unit, magnitude % unit);
    if scale == 0 {
        return write!(f, "{sign}{whole}");
    }
    write!(f, "{sign}{whole}.{fraction:0width$}", width = usize::from(scale))
}

impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.currency, self.amount())
    }
}

impl Serialize for Money {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut fields = serializer.serialize_struct("Money", 2)?;
        fields.serialize_field("amount", &self.amount())?;
        fields.serialize_field("currency", self.currency.as_str())?;
        fields.end()
    }
}

impl JsonSchema for Money {
    fn schema_name() -> Cow<'static, str> {
        "Money".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "object",
            "properties": {
                "amount": {
                    "type": "string", "pattern": r"^-?[0-9]+(\.[0-9]{2,3})?$",
                    "description": "With all digits of its currency, such as `15000.00`.",
                },
                "currency": {
                    "type": "string", "pattern": "^[A-Z]{3}$",
                    "description": "The code of ISO 4217, such as `USD`.",
                },
            },
            "required": ["amount", "currency"],
            "additionalProperties": false,
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn currency(code: &str) -> Currency {
        code.parse().unwrap()
    }

    fn money(amount: &str, code: &str) -> Result<Money, InvalidAmount> {
        Money::of(amount.parse()?, currency(code))
    }

    #[test]
    fn a_currency_has_its_own_number_of_digits() {
        for (amount, code, minor) in [
            ("15000.00", "USD", 1_500_000),
            ("0.1", "EUR", 10),
            ("1500", "JPY", 1_500),
            ("1500.00", "JPY", 1_500),
            ("1.5", "KWD", 1_500),
            ("2500", "KES", 250_000),
            ("0", "USD", 0),
        ] {
            assert_eq!(money(amount, code).map(Money::minor), Ok(minor), "{amount} {code}");
        }
        assert_eq!(money("1.5", "KWD").unwrap().amount(), "1.500");
        assert_eq!(money("1500", "JPY").unwrap().to_string(), "JPY 1500");
        assert_eq!(Money::from_minor(-5, currency("USD")).amount(), "-0.05");
    }

    #[test]
    fn nothing_is_rounded() {
        assert_eq!(
            money("0.005", "USD"),
            Err(InvalidAmount::Scale { currency: currency("USD"), exponent: 2 })
        );
        assert!(money("0.5", "JPY").is_err());
        assert!("0.0001".parse::<Amount>().is_err());
    }

    #[test]
    fn what_is_no_plain_decimal_is_refused() {
        for text in [
            "", ".", "1.", ".5", "-1", "+1", "1e3", "1,000", " 1", "01", "1.2.3", "NaN", "١٢",
            "0x1",
        ] {
            assert_eq!(text.parse::<Amount>(), Err(InvalidAmount::Form), "{text}");
        }
        assert_eq!("1234567890123456".parse::<Amount>(), Err(InvalidAmount::TooLarge));
        for wrong in [json!(-1), json!(-0.5), json!(null), json!([1]), json!(1e300), json!(true)] {
            assert!(serde_json::from_value::<Amount>(wrong.clone()).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_json_number_is_read_as_it_was_written() {
        let read = |text: &str| serde_json::from_str::<Amount>(text).map(|it| it.to_string());
        assert_eq!(read("15000.00").unwrap(), "15000");
        assert_eq!(read("0.1").unwrap(), "0.1");
        assert_eq!(read("1999.99").unwrap(), "1999.99");
        assert_eq!(read("\"15000.00\"").unwrap(), "15000");
        // Two thirds of a cent, and more digits than a number keeps.
        assert!(read("0.30000000000000004").is_err());
        assert!(read("123456789012345.67").is_err());
        assert_eq!(read("\"123456789012345.67\"").unwrap(), "123456789012345.67");
    }

    #[test]
    fn money_is_written_as_text_with_its_currency() {
        let money = money("15000", "USD").unwrap();
        assert_eq!(
            serde_json::to_value(money).unwrap(),
            json!({ "amount": "15000.00", "currency": "USD" })
        );
    }

    proptest! {
        #[test]
        fn every_amount_survives_its_text(
            minor in 0_i64..100_000_000_000_000_000,
            code in prop::sample::select(vec!["USD", "JPY", "KWD"]),
        ) {
            let money = Money::from_minor(minor % 10_i64.pow(15), currency(code));
            let amount: Amount = money.amount().parse().unwrap();
            prop_assert_eq!(Money::of(amount, money.currency()), Ok(money));
        }

        #[test]
        fn every_amount_survives_a_json_number(cents in 0_i64..1_000_000_000_000_000) {
            let money = Money::from_minor(cents, currency("USD"));
            let amount: Amount = serde_json::from_str(&money.amount()).unwrap();
            prop_assert_eq!(Money::of(amount, money.currency()), Ok(money));
        }

        #[test]
        fn reading_any_text_never_panics(text in ".*") {
            if let Ok(amount) = text.parse::<Amount>() {
                prop_assert_eq!(amount.to_string().parse(), Ok(amount));
            }
        }
    }
}
