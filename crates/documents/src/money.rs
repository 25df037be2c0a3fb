//! Amounts as people read them.

/// Currencies whose minor unit is not a hundredth (ISO 4217).
const DECIMALS: &[(&str, usize)] = &[
    ("BHD", 3),
    ("BIF", 0),
    ("CLP", 0),
    ("DJF", 0),
    ("GNF", 0),
    ("IQD", 3),
    ("ISK", 0),
    ("JOD", 3),
    ("JPY", 0),
    ("KMF", 0),
    ("KRW", 0),
    ("KWD", 3),
    ("LYD", 3),
    ("OMR", 3),
    ("PYG", 0),
    ("RWF", 0),
    ("TND", 3),
    ("UGX", 0),
    ("VND", 0),
    ("VUV", 0),
    ("XAF", 0),
    ("XOF", 0),
    ("XPF", 0),
];
const USUAL_DECIMALS: usize = 2;
const GROUP: usize = 3;

/// `USD 15,000.00`
pub(crate) fn text(minor: i64, currency: &str) -> String {
    format!("{currency}\u{a0}{}", digits(minor, currency))
}

/// `15,000.00`
pub(crate) fn digits(minor: i64, currency: &str) -> String {
    let decimals = DECIMALS
        .iter()
        .find(|(known, _)| *known == currency)
        .map_or(USUAL_DECIMALS, |(_, decimals)| *decimals);
    let plain = format!("{:0>width$}", minor.unsigned_abs(), width = decimals + 1);
    let (whole, fraction) = plain.split_at_checked(plain.len() - decimals).unwrap_or((&plain, ""));
    let mut shown = String::from(if minor < 0 { "\u{2212}" } else { "" });
    for (index, digit) in whole.chars().enumerate() {
        if 0 < index && (whole.len() - index).is_multiple_of(GROUP) {
            shown.push(',');
        }
        shown.push(digit);
    }
    if !fraction.is_empty() {
        shown.push('.');
        shown.push_str(fraction);
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_have_the_decimals_of_their_currency() {
        assert_eq!(text(1_500_000, "USD"), "USD\u{a0}15,000.00");
        assert_eq!(digits(5, "KES"), "0.05");
        assert_eq!(digits(1_234_567, "JPY"), "1,234,567");
        assert_eq!(digits(-1_234_567, "KWD"), "\u{2212}1,234.567");
        assert_eq!(digits(100, "EUR"), "1.00");
        assert_eq!(digits(i64::MIN, "UGX"), "\u{2212}9,223,372,036,854,775,808");
    }
}
