//! What the composer knows of kinds of business: whom they serve, what their buyers want and doubt,
//! and what their sites and channels need. All phrases fit into the middle of a sentence.

mod consumer;
mod expert;
mod general;

use super::{intake::mentions, mood::Mood};

pub(super) struct Industry {
    /// Beginnings of words that give it away. Empty for the general one.
    pub(super) words: &'static [&'static str],
    /// What such a company is, without an article.
    pub(super) business: &'static str,
    /// How it calls the people it serves, in the plural.
    pub(super) customers: &'static str,
    /// Whom it serves when the client does not say.
    pub(super) audience: &'static str,
    /// What its buyers want.
    pub(super) outcome: &'static str,
    /// What they wonder before they buy: "whether …".
    pub(super) doubt: &'static str,
    /// What settles the doubt.
    pub(super) proof: &'static str,
    /// What they would do without it.
    pub(super) alternative: &'static str,
    /// The main call to action, and a lighter one.
    pub(super) action: &'static str,
    pub(super) soft_action: &'static str,
    /// What a successful visit ends in, in the plural.
    pub(super) conversions: &'static str,
    /// What it sells, as a page's name.
    pub(super) offer_page: &'static str,
    pub(super) traits: [&'static str; 3],
    pub(super) mood: &'static Mood,
    /// Where to post and how often, the most important first.
    pub(super) platforms: [(&'static str, &'static str); 3],
    /// What to post about.
    pub(super) pillars: [&'static str; 4],
    /// Useful things to explain, for posts, articles and e-mails.
    pub(super) lessons: [&'static str; 4],
    /// Pages beyond those that every site has: name, purpose, sections.
    pub(super) pages: &'static [(&'static str, &'static str, [&'static str; 3])],
    pub(super) features: [&'static str; 3],
    pub(super) platform: &'static str,
    pub(super) integrations: &'static str,
    /// What its buyers type into a search engine; `{}` stands for the trade.
    pub(super) searches: [&'static str; 5],
    /// Whether rules of the trade make the work slower.
    pub(super) regulated: bool,
}

static ALL: [&Industry; 11] = [
    &expert::SOFTWARE,
    &consumer::RESTAURANT,
    &expert::HEALTH,
    &consumer::BEAUTY,
    &expert::LAW_AND_FINANCE,
    &consumer::HOME_SERVICES,
    &consumer::PROPERTY,
    &general::EDUCATION,
    &general::NONPROFIT,
    &consumer::SHOP,
    &expert::CONSULTING,
];

/// The industry that the texts speak of, the first text weighing most.
pub(super) fn recognise(texts: &[&str]) -> &'static Industry {
    texts
        .iter()
        .find_map(|text| ALL.iter().find(|industry| mentions(text, industry.words)))
        .copied()
        .unwrap_or(&general::GENERAL)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn industries_are_recognised_by_the_clients_words() {
        for (text, expected) in [
            ("B2B SaaS", "software company"),
            ("Coffee shop & bakery", "restaurant"),
            ("Dental clinic", "practice"),
            ("Hair salon", "salon"),
            ("Tax advisory", "firm"),
            ("Residential cleaning", "service company"),
            ("Real estate", "property company"),
            ("Online fashion retail", "shop"),
            ("Falconry", "company"),
        ] {
            assert_eq!(recognise(&[text]).business, expected, "{text}");
        }
        assert_eq!(recognise(&["", "Acme Plumbing Ltd", ""]).business, "service company");
    }
}
