//! The feeling of a brand: colours, type and traits, chosen from its values.

use super::intake::{Intake, mentions};

/// A feeling that a palette and a pair of typefaces express.
pub(super) struct Mood {
    /// Beginnings of value words that call for it.
    words: &'static [&'static str],
    /// Two alternatives, so that two clients of one feeling need not look alike: primary,
    /// secondary, accent. White on primary, secondary on white and ink on accent reach 4.5 to 1.
    palettes: [[&'static str; 3]; 2],
    pub(super) heading: &'static str,
    pub(super) body: &'static str,
}

pub(super) static TRUST: Mood = Mood {
    words: &[
        "trust",
        "reliab",
        "secur",
        "integrity",
        "honest",
        "transparen",
        "safe",
        "professional",
    ],
    palettes: [["#1E3A8A", "#2563EB", "#F59E0B"], ["#0C4A6E", "#0369A1", "#FBBF24"]],
    heading: "Source Sans 3 Bold",
    body: "Source Sans 3 Regular",
};
pub(super) static INVENTION: Mood = Mood {
    words: &["innovat", "technolog", "modern", "future", "smart", "digital", "creativ", "curio"],
    palettes: [["#3730A3", "#6D28D9", "#22D3EE"], ["#1E1B4B", "#4F46E5", "#34D399"]],
    heading: "Space Grotesk Bold",
    body: "Inter Regular",
};
pub(super) static NATURE: Mood = Mood {
    words: &["sustainab", "eco", "natur", "green", "organic", "environment", "fresh", "local"],
    palettes: [["#14532D", "#15803D", "#FACC15"], ["#3F6212", "#4D7C0F", "#FDBA74"]],
    heading: "Bitter Bold",
    body: "Nunito Sans Regular",
};
pub(super) static WARMTH: Mood = Mood {
    words: &["friend", "warm", "famil", "communit", "hospital", "welcom", "fun", "joy", "playful"],
    palettes: [["#9A3412", "#C2410C", "#FCD34D"], ["#881337", "#BE123C", "#FDBA74"]],
    heading: "Fraunces SemiBold",
    body: "Nunito Regular",
};
pub(super) static ELEGANCE: Mood = Mood {
    words: &["luxur", "elegan", "premium", "exclusiv", "refine", "sophisticat", "beaut", "style"],
    palettes: [["#1F2937", "#7A5C2E", "#D4AF37"], ["#3B0764", "#6B21A8", "#E9C46A"]],
    heading: "Playfair Display Bold",
    body: "Lato Regular",
};
pub(super) static ENERGY: Mood = Mood {
    words: &["energ", "bold", "speed", "fast", "passion", "dynamic", "adventur", "courage", "agil"],
    palettes: [["#991B1B", "#B91C1C", "#FBBF24"], ["#831843", "#BE185D", "#FDE047"]],
    heading: "Archivo Bold",
    body: "Work Sans Regular",
};
pub(super) static CARE: Mood = Mood {
    words: &["care", "caring", "compassion", "empath", "health", "wellbeing", "calm", "inclusi"],
    palettes: [["#115E59", "#0F766E", "#FDBA74"], ["#164E63", "#0E7490", "#F9A8D4"]],
    heading: "Nunito Bold",
    body: "Open Sans Regular",
};
pub(super) static CRAFT: Mood = Mood {
    words: &["quality", "craft", "precis", "durab", "skill", "expert", "heritage", "excellen"],
    palettes: [["#334155", "#B45309", "#FBBF24"], ["#292524", "#9A3412", "#FCD34D"]],
    heading: "Barlow SemiBold",
    body: "Barlow Regular",
};

static ALL: [&Mood; 8] = [&TRUST, &INVENTION, &NATURE, &WARMTH, &ELEGANCE, &ENERGY, &CARE, &CRAFT];

/// Beginnings of value words and the trait of a person who lives by them.
const TRAITS: &[(&str, &str)] = &[
    ("innovat", "Inventive"),
    ("trust", "Trustworthy"),
    ("reliab", "Dependable"),
    ("efficien", "Efficient"),
    ("quality", "Exacting"),
    ("excellen", "Exacting"),
    ("integrity", "Principled"),
    ("honest", "Honest"),
    ("transparen", "Open"),
    ("secur", "Protective"),
    ("safe", "Protective"),
    ("sustainab", "Responsible"),
    ("communit", "Neighbourly"),
    ("famil", "Warm"),
    ("warm", "Warm"),
    ("friend", "Approachable"),
    ("fun", "Playful"),
    ("joy", "Cheerful"),
    ("creativ", "Imaginative"),
    ("luxur", "Refined"),
    ("elegan", "Elegant"),
    ("care", "Caring"),
    ("caring", "Caring"),
    ("compassion", "Compassionate"),
    ("speed", "Quick"),
    ("fast", "Quick"),
    ("passion", "Passionate"),
    ("bold", "Bold"),
    ("simpl", "Straightforward"),
    ("clarity", "Clear"),
    ("respect", "Respectful"),
    ("profession", "Professional"),
    ("craft", "Skilled"),
    ("authentic", "Authentic"),
    ("affordab", "Fair"),
    ("fair", "Fair"),
];

/// The mood of the first value that calls for one, else the industry's.
pub(super) fn of(intake: &Intake) -> &'static Mood {
    intake
        .values
        .iter()
        .find_map(|value| ALL.iter().find(|mood| mentions(value, mood.words)))
        .copied()
        .unwrap_or(intake.industry.mood)
}

impl Mood {
    /// The palette for a company: always the same for the same name.
    pub(super) fn palette(&self, company: &str) -> [&'static str; 3] {
        let sum = company.bytes().fold(0_usize, |sum, byte| sum.wrapping_add(usize::from(byte)));
        let [first, second] = self.palettes;
        if sum.is_multiple_of(2) { first } else { second }
    }
}

/// A brand value as a trait of character; the value itself where no better word is known.
pub(super) fn as_trait(value: &str) -> String {
    TRAITS
        .iter()
        .find(|(beginning, _)| mentions(value, &[beginning]))
        .map_or_else(|| super::wording::clip(value, 60), |(_, word)| (*word).to_owned())
}

/// The WCAG 2 contrast ratio of two colours written `#RRGGBB`, 1.0 to 21.0.
pub fn contrast(one: &str, other: &str) -> Option<f64> {
    let (one, other) = (luminance(one)?, luminance(other)?);
    let (light, dark) = if other < one { (one, other) } else { (other, one) };
    Some((light + 0.05) / (dark + 0.05))
}

fn luminance(colour: &str) -> Option<f64> {
    let digits = colour.strip_prefix('#').filter(|digits| digits.len() == 6)?;
    let channel = |at: usize| {
        let value = u8::from_str_radix(digits.get(at..at + 2)?, 16).ok()?;
        let share = f64::from(value) / 255.0;
        Some(if share <= 0.040_45 { share / 12.92 } else { ((share + 0.055) / 1.055).powf(2.4) })
    };
    Some(0.2126 * channel(0)? + 0.7152 * channel(2)? + 0.0722 * channel(4)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_palette_reaches_wcag_aa() {
        for mood in ALL {
            for [primary, secondary, accent] in mood.palettes {
                for (text, ground) in
                    [("#FFFFFF", primary), (secondary, "#FFFFFF"), ("#111827", accent)]
                {
                    let ratio = contrast(text, ground).unwrap();
                    assert!(4.5 <= ratio, "{text} on {ground}: {ratio:.2}");
                }
            }
        }
    }

    #[test]
    fn contrast_agrees_with_known_ratios() {
        assert!((contrast("#000000", "#FFFFFF").unwrap() - 21.0).abs() < 0.001);
        assert!((contrast("#767676", "#FFFFFF").unwrap() - 4.54).abs() < 0.01);
        assert_eq!(contrast("red", "#FFFFFF"), None);
    }
}
