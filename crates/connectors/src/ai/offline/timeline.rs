//! A timeline as people type it: `3-4 months`, `6 weeks`, `ASAP`.

use super::intake::mentions;

/// How much time the client gives.
pub(super) struct Timeline {
    pub(super) text: String,
    /// The longest time that the text allows; `None` when it names none.
    pub(super) weeks_max: Option<u64>,
}

/// What "as soon as possible" can mean at best.
const HURRY_WEEKS: u64 = 4;
/// Longer plans are cut to two years.
const WEEKS_MAX: u64 = 104;

impl Timeline {
    pub(super) fn read(text: String) -> Self {
        let numbers = text
            .split(|c: char| !c.is_ascii_digit())
            .filter_map(|digits| digits.parse::<u64>().ok())
            .filter(|number| (1..=730).contains(number));
        let most = numbers.max().unwrap_or(1);
        let weeks = if mentions(&text, &["asap", "urgent", "immediate", "soon", "right away"]) {
            Some(HURRY_WEEKS)
        } else if mentions(&text, &["week", "wk"]) {
            Some(most)
        } else if mentions(&text, &["month", "mth"]) || has_unit(&text, 'm') {
            Some(most * 13 / 3)
        } else if mentions(&text, &["quarter"]) {
            Some(13)
        } else if mentions(&text, &["year"]) {
            Some(most.min(2) * 52)
        } else if mentions(&text, &["day"]) {
            Some(most.div_ceil(7))
        } else {
            None
        };
        Self { text, weeks_max: weeks.map(|weeks| weeks.clamp(1, WEEKS_MAX)) }
    }

    /// Whether the time is short for a project of several services.
    pub(super) fn is_short(&self) -> bool {
        self.weeks_max.is_some_and(|weeks| weeks < 7)
    }
}

/// `3m`: a digit directly followed by the unit.
fn has_unit(text: &str, unit: char) -> bool {
    let lower = text.to_lowercase();
    lower.chars().zip(lower.chars().skip(1)).any(|(a, b)| a.is_ascii_digit() && b == unit)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn timelines_are_read_as_people_type_them() {
        for (text, expected) in [
            ("3-4 months", Some(17)),
            ("6 weeks", Some(6)),
            ("ASAP", Some(4)),
            ("10 days", Some(2)),
            ("within a year", Some(52)),
            ("next quarter", Some(13)),
            ("3m", Some(13)),
            ("whenever", None),
            ("99999 months", Some(4)),
        ] {
            assert_eq!(Timeline::read(text.to_owned()).weeks_max, expected, "{text}");
        }
    }
}
