//! Small rules of English that make filled templates read naturally.

/// Words that begin a client's answer with a capital only because the answer begins there.
const ORDINARY_FIRST_WORDS: &[&str] = &[
    "a",
    "adults",
    "all",
    "an",
    "anyone",
    "attract",
    "automate",
    "become",
    "boost",
    "brides",
    "build",
    "busy",
    "businesses",
    "children",
    "companies",
    "consumers",
    "convert",
    "couples",
    "create",
    "customers",
    "decrease",
    "develop",
    "diners",
    "doctors",
    "drive",
    "engage",
    "enterprise",
    "entrepreneurs",
    "establish",
    "every",
    "everyone",
    "expand",
    "families",
    "farmers",
    "fill",
    "find",
    "first-time",
    "founders",
    "freelancers",
    "gain",
    "generate",
    "get",
    "grow",
    "guests",
    "have",
    "healthcare",
    "help",
    "high-end",
    "hire",
    "homeowners",
    "improve",
    "increase",
    "large",
    "launch",
    "local",
    "make",
    "managers",
    "marketing",
    "medium",
    "men",
    "mid-sized",
    "more",
    "mothers",
    "new",
    "non-profits",
    "nonprofits",
    "older",
    "online",
    "our",
    "owners",
    "parents",
    "patients",
    "people",
    "primary",
    "procurement",
    "professionals",
    "promote",
    "raise",
    "reach",
    "rebrand",
    "recruit",
    "redesign",
    "reduce",
    "refresh",
    "residents",
    "retailers",
    "sell",
    "seniors",
    "shoppers",
    "show",
    "small",
    "smaller",
    "software",
    "start",
    "startups",
    "strengthen",
    "students",
    "teachers",
    "teams",
    "teenagers",
    "the",
    "tourists",
    "travellers",
    "update",
    "urban",
    "we",
    "win",
    "women",
    "young",
];

/// `A, B and C`.
pub(super) fn list<T: AsRef<str>>(items: &[T]) -> String {
    match items {
        [] => String::new(),
        [one] => one.as_ref().to_owned(),
        [first @ .., last] => {
            let first: Vec<&str> = first.iter().map(AsRef::as_ref).collect();
            format!("{} and {}", first.join(", "), last.as_ref())
        }
    }
}

/// A client's phrase in the middle of a sentence: `Small teams` becomes `small teams`, while names
/// and acronyms keep their capitals.
pub(super) fn inside(phrase: &str) -> String {
    let first = phrase.split_whitespace().next().unwrap_or_default();
    if ORDINARY_FIRST_WORDS.contains(&first.to_lowercase().as_str())
        && !first.chars().skip(1).any(char::is_uppercase)
    {
        let mut rest = phrase.chars();
        let lower: String = rest.next().into_iter().flat_map(char::to_lowercase).collect();
        return lower + rest.as_str();
    }
    phrase.to_owned()
}

/// A phrase at the start of a sentence.
pub(super) fn capital(phrase: &str) -> String {
    let mut rest = phrase.chars();
    let upper: String = rest.next().into_iter().flat_map(char::to_uppercase).collect();
    upper + rest.as_str()
}

/// A client's phrase as a sentence of its own: one full stop, unless it ends a sentence already.
pub(super) fn sentence(phrase: &str) -> String {
    let phrase = capital(phrase.trim());
    if phrase.ends_with(['.', '!', '?', '…']) { phrase } else { format!("{phrase}.") }
}

/// `a` or `an` before a phrase.
pub(super) fn article(phrase: &str) -> &'static str {
    let word = phrase.split([' ', '-']).next().unwrap_or_default();
    let spelled = !word.is_empty()
        && word.chars().count() < 5
        && word.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit());
    let first = word.chars().next().unwrap_or_default().to_ascii_lowercase();
    // Acronyms are spoken letter by letter: "an HR firm", "a UX studio".
    let vowel = if spelled { "aefhilmnorsx8".contains(first) } else { "aeio".contains(first) };
    if vowel { "an" } else { "a" }
}

/// At most `chars_max` characters, cut at a word where possible, with an ellipsis.
pub(super) fn clip(text: &str, chars_max: usize) -> String {
    if text.chars().count() <= chars_max {
        return text.to_owned();
    }
    let cut: String = text.chars().take(chars_max.saturating_sub(1)).collect();
    let at_word = cut
        .rsplit_once(' ')
        .map(|(kept, _)| kept)
        .filter(|kept| cut.chars().count() / 2 < kept.chars().count())
        .unwrap_or(&cut);
    format!("{}…", at_word.trim_end_matches([' ', ',', ';', ':', '.']))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn client_phrases_fit_into_sentences() {
        assert_eq!(inside("Enterprise software teams"), "enterprise software teams");
        assert_eq!(inside("Kenyan families"), "Kenyan families");
        assert_eq!(inside("HR managers"), "HR managers");
        assert_eq!(inside("Launch new brand"), "launch new brand");
        assert_eq!(sentence("we answer fast!"), "We answer fast!");
        assert_eq!(sentence("AI-powered workflows"), "AI-powered workflows.");
        assert_eq!(list(&["a", "b", "c"]), "a, b and c");
        assert_eq!(list::<&str>(&[]), "");
    }

    #[test]
    fn articles_follow_the_sound() {
        for (phrase, expected) in [
            ("software company", "a"),
            ("online shop", "an"),
            ("HR consultancy", "an"),
            ("B2B platform", "a"),
            ("SEO agency", "an"),
            ("", "a"),
        ] {
            assert_eq!(article(phrase), expected, "{phrase}");
        }
    }

    #[test]
    fn clipping_keeps_words_and_counts_characters() {
        assert_eq!(clip("short", 10), "short");
        assert_eq!(clip("one two three four", 12), "one two…");
        assert_eq!(clip(&"é".repeat(50), 10).chars().count(), 10);
    }
}
