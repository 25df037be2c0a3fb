//! Durations as definitions write them: ISO 8601 text, or an object of named parts.

use chrono::TimeDelta;
use kernel::Timestamp;

use crate::diagnostic::nearest;

/// The longest duration that is accepted: ten years.
pub(crate) const DURATION_MS_MAX: i64 = 10 * 365 * DAY;

const SECOND: i64 = 1_000;
const MINUTE: i64 = 60 * SECOND;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;

/// The parts of a duration object, with their milliseconds.
pub(crate) const PARTS: [(&str, i64); 5] =
    [("days", DAY), ("hours", HOUR), ("minutes", MINUTE), ("seconds", SECOND), ("milliseconds", 1)];

/// `now` and so many milliseconds. Ends at the last moment there is.
pub(crate) fn after(now: Timestamp, millis: i64) -> Timestamp {
    now.checked_add_signed(TimeDelta::milliseconds(millis.clamp(0, DURATION_MS_MAX)))
        .unwrap_or(Timestamp::MAX_UTC)
}

/// A JSON value as milliseconds: text or an object of parts.
pub fn from_json(value: &serde_json::Value) -> Result<i64, String> {
    match value {
        serde_json::Value::String(text) => parse(text),
        serde_json::Value::Object(parts) => from_parts(parts.iter()),
        _ => {
            Err("a duration is ISO 8601 text such as `PT5M`, or a map such as `minutes: 5`"
                .to_owned())
        }
    }
}

fn from_parts<'a>(
    parts: impl Iterator<Item = (&'a String, &'a serde_json::Value)>,
) -> Result<i64, String> {
    let mut total = 0_i64;
    let mut parts = parts.peekable();
    if parts.peek().is_none() {
        return Err("a duration needs a part, such as `minutes: 5`".to_owned());
    }
    for (name, amount) in parts {
        let Some((_, unit)) = PARTS.iter().find(|(part, _)| part == name) else {
            let parts: Vec<&str> = PARTS.iter().map(|(part, _)| *part).collect();
            return Err(match nearest(name, parts.iter().copied()) {
                Some(part) => format!("a duration has no part `{name}`; did you mean `{part}`?"),
                None => format!("a duration has no part `{name}`; it has `{}`", parts.join("`, `")),
            });
        };
        let amount = amount
            .as_u64()
            .and_then(|amount| i64::try_from(amount).ok())
            .ok_or_else(|| format!("`{name}` must be a whole number from 0"))?;
        total = total.saturating_add(amount.saturating_mul(*unit));
    }
    bounded(total)
}

/// Parses ISO 8601, such as `P1DT2H` or `PT0.5S`.
pub(crate) fn parse(text: &str) -> Result<i64, String> {
    let invalid = || format!("`{text}` is not an ISO 8601 duration such as `PT5M` or `P1DT2H`");
    let rest = text.trim().strip_prefix('P').ok_or_else(invalid)?;
    let (date, time) = match rest.split_once('T') {
        Some((_, "")) => return Err(invalid()),
        Some((date, time)) => (date, time),
        None => (rest, ""),
    };
    if date.is_empty() && time.is_empty() {
        return Err(invalid());
    }
    if date.contains(['Y', 'M']) {
        return Err(format!("`{text}`: years and months have no fixed length; use days"));
    }
    let days = sum(date, &[('W', 7 * DAY), ('D', DAY)]).ok_or_else(invalid)?;
    let clock = sum(time, &[('H', HOUR), ('M', MINUTE), ('S', SECOND)]).ok_or_else(invalid)?;
    bounded(days.saturating_add(clock))
}

/// Adds up `2H30M`: each unit at most once, in this order.
fn sum(mut text: &str, units: &[(char, i64)]) -> Option<i64> {
    let mut total = 0_i64;
    let mut units = units.iter();
    while !text.is_empty() {
        let end = text.find(|character: char| character.is_ascii_alphabetic())?;
        let (amount, rest) = text.split_at_checked(end)?;
        let letter = rest.chars().next()?;
        let (_, unit) = units.find(|(candidate, _)| *candidate == letter)?;
        total = total.saturating_add(scaled(amount, *unit)?);
        text = rest.get(letter.len_utf8()..)?;
    }
    Some(total)
}

/// `1.5` of a unit, in milliseconds, without floats.
fn scaled(amount: &str, unit: i64) -> Option<i64> {
    let (whole, fraction) = amount.split_once(['.', ',']).unwrap_or((amount, "0"));
    let is_digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if !is_digits(whole) || !is_digits(fraction) {
        return None;
    }
    let whole: i64 = whole.parse().unwrap_or(i64::MAX);
    // Nine digits are enough for the largest unit, and never overflow with it.
    let digits: String = fraction.chars().take(9).collect();
    let scale = 10_i64.checked_pow(u32::try_from(digits.len()).ok()?)?;
    let part = digits.parse::<i64>().ok()?.checked_mul(unit)? / scale;
    Some(whole.saturating_mul(unit).saturating_add(part))
}

fn bounded(millis: i64) -> Result<i64, String> {
    if DURATION_MS_MAX < millis {
        return Err("a duration is at most ten years".to_owned());
    }
    Ok(millis)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn iso_8601_text_is_understood() {
        let table = [
            ("PT0S", 0),
            ("PT5M", 300_000),
            ("P1DT2H", 93_600_000),
            ("PT0.5S", 500),
            ("PT1.5H", 5_400_000),
            ("P2W", 1_209_600_000),
            ("PT1H30M15.250S", 5_415_250),
            (" PT1S ", 1_000),
        ];
        for (text, expected) in table {
            assert_eq!(parse(text), Ok(expected), "{text}");
        }
    }

    #[test]
    fn what_is_no_duration_is_refused() {
        for text in [
            "",
            "P",
            "PT",
            "5M",
            "PT5",
            "PT5X",
            "PT5M3H",
            "PT5M5M",
            "P1Y",
            "P1M",
            "PT-5M",
            "-PT5M",
            "PTM",
            "PT.5S",
            "PT1.S",
            "P1H",
            "PT1D",
            "P99999999999999999999D",
            "P3651D",
            "PTé",
        ] {
            assert!(parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn an_object_of_parts_adds_up() {
        let parts = json!({ "days": 1, "hours": 1, "minutes": 1, "seconds": 1, "milliseconds": 1 });
        assert_eq!(from_json(&parts), Ok(90_061_001));
        for bad in
            [json!({ "weeks": 1 }), json!({ "seconds": -1 }), json!({ "seconds": "1" }), json!(5)]
        {
            assert!(from_json(&bad).is_err(), "{bad}");
        }
    }

    proptest::proptest! {
        #[test]
        fn parsing_never_panics(text in "P?[0-9T.,HMSDWé]{0,30}") {
            let _ignored: Result<i64, String> = parse(&text);
        }
    }
}
