//! A budget as people type it: `$50,000 - $75,000`, `50k`, `under 5.000 €`, `KES 200,000`.

/// What the client can spend, as far as the text says.
pub(super) struct Budget {
    pub(super) text: String,
    /// The upper end in whole US dollars, roughly; `None` when no amount can be read.
    pub(super) dollars_max: Option<u64>,
}

/// Currencies that a budget may name, and how many of them make ten US dollars, roughly. It only
/// sorts clients into packages, so it need not follow the market.
const UNITS_PER_TEN_DOLLARS: &[(&str, u64)] = &[
    ("kes", 1_300),
    ("ksh", 1_300),
    ("ugx", 37_000),
    ("tzs", 26_000),
    ("ngn", 15_000),
    ("inr", 850),
    ("₹", 850),
    ("zar", 180),
    ("jpy", 1_500),
    ("¥", 1_500),
    ("eur", 9),
    ("€", 9),
    ("gbp", 8),
    ("£", 8),
];

/// The largest amount that is believed.
const AMOUNT_MAX: u64 = 1_000_000_000_000;

impl Budget {
    pub(super) fn read(text: String) -> Self {
        let lower = text.to_lowercase();
        let units = UNITS_PER_TEN_DOLLARS
            .iter()
            .find(|(sign, _)| lower.contains(sign))
            .map_or(10, |(_, units)| *units);
        let dollars_max = amounts(&lower).into_iter().max().map(|most| most * 10 / units);
        Self { text, dollars_max }
    }
}

/// All amounts in a text; `k` and `m` after one hold for those before it too (`50-75k`).
fn amounts(text: &str) -> Vec<u64> {
    let characters: Vec<char> = text.chars().collect();
    let mut found: Vec<u64> = Vec::new();
    let mut at = 0;
    while let Some(character) = characters.get(at) {
        if !character.is_ascii_digit() {
            at += 1;
            continue;
        }
        let start = at;
        while characters
            .get(at)
            .is_some_and(|c| c.is_ascii_digit() || matches!(c, ',' | '.' | '\''))
        {
            at += 1;
        }
        let number: String = characters.get(start..at).unwrap_or_default().iter().collect();
        let unit: String = characters
            .iter()
            .skip(at)
            .skip_while(|c| **c == ' ')
            .take_while(|c| c.is_alphabetic())
            .collect();
        let factor = match unit.as_str() {
            "k" | "thousand" | "tsd" => 1_000,
            "m" | "mn" | "mio" | "million" => 1_000_000,
            _ => 1,
        };
        let Some(thousandths) = thousandths(&number) else { continue };
        if 1 < factor {
            // "50-75k" means 50k: a bare small number before a "k" shares its unit.
            for earlier in &mut found {
                if *earlier < 1_000 {
                    *earlier *= factor;
                }
            }
        }
        let amount = thousandths.saturating_mul(factor) / 1_000;
        found.push(amount.min(AMOUNT_MAX));
    }
    found
}

/// A number in thousandths. A separator followed by exactly three digits groups thousands; the
/// last one followed by one or two digits is the decimal sign.
fn thousandths(number: &str) -> Option<u64> {
    let number = number.trim_end_matches(['.', ',', '\'']);
    let (whole, fraction) = match number.rfind(['.', ',']).map(|at| number.split_at(at)) {
        Some((whole, fraction)) if fraction.len() < 4 => (whole, fraction.get(1..)?),
        Some(_) | None => (number, ""),
    };
    let digits: String = whole.chars().filter(char::is_ascii_digit).collect();
    let whole: u64 = if digits.is_empty() { 0 } else { digits.parse().ok()? };
    let fraction: u64 = format!("{fraction:0<3}").parse().ok()?;
    Some(whole.min(AMOUNT_MAX) * 1_000 + fraction)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn budgets_are_read_as_people_type_them() {
        for (text, expected) in [
            ("$50,000 - $75,000", Some(75_000)),
            ("50-75k", Some(75_000)),
            ("50k–75k USD", Some(75_000)),
            ("under 4.500 €", Some(5_000)),
            ("€4.500,50", Some(5_000)),
            ("about $1.5 million", Some(1_500_000)),
            ("KES 260,000", Some(2_000)),
            ("$999.99", Some(999)),
            ("to be discussed", None),
            ("", None),
            ("99999999999999999999999999999", None),
        ] {
            assert_eq!(Budget::read(text.to_owned()).dollars_max, expected, "{text}");
        }
    }
}
