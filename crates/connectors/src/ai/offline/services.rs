//! The services that a client asks an agency for, recognised in the client's own words.

use super::intake::mentions;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Work {
    Branding,
    Website,
    Shop,
    Application,
    Social,
    Copywriting,
    Search,
    Advertising,
    Email,
    Video,
    Print,
    /// Not agency work: most likely what the client itself sells.
    Offering,
}

const WORDS: &[(Work, &[&str])] = &[
    (Work::Shop, &["ecommerce", "e commerce", "online shop", "online store", "shopify", "webshop"]),
    (Work::Application, &["app ", "apps ", "mobile app", "web app", "application", "portal"]),
    (Work::Copywriting, &["copy", "blog", "writing", "content writ", "texts"]),
    (Work::Search, &["seo", "search engine", "google ranking"]),
    (Work::Website, &["web", "site", "landing page", "ux", "ui "]),
    (Work::Social, &["social", "instagram", "facebook", "tiktok", "linkedin", "community manage"]),
    (Work::Advertising, &["advert", "ads ", "ppc", "google ads", "paid media", "campaign"]),
    (Work::Email, &["email", "e mail", "newsletter"]),
    (Work::Video, &["video", "photo", "film", "animation", "motion"]),
    (Work::Print, &["print", "flyer", "brochure", "packaging", "signage", "business card"]),
    (Work::Branding, &["brand", "logo", "identity", "naming", "positioning", "graphic", "design"]),
];

impl Work {
    pub(super) fn recognise(service: &str) -> Self {
        WORDS
            .iter()
            .find(|(_, words)| mentions(service, words))
            .map_or(Self::Offering, |(work, _)| *work)
    }

    /// Agency hours that one such service takes, before the project's own complexity.
    pub(super) fn hours(self) -> u64 {
        match self {
            Self::Branding => 40,
            Self::Website => 80,
            Self::Shop => 130,
            Self::Application => 240,
            Self::Social => 30,
            Self::Copywriting | Self::Print => 25,
            Self::Search | Self::Email => 20,
            Self::Advertising => 28,
            Self::Video => 35,
            Self::Offering => 16,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn services_are_recognised_in_the_clients_words() {
        for (service, expected) in [
            ("Website Design", Work::Website),
            ("Branding", Work::Branding),
            ("Social Media", Work::Social),
            ("Logo design", Work::Branding),
            ("Online store (Shopify)", Work::Shop),
            ("SEO", Work::Search),
            ("Mobile app", Work::Application),
            ("Web copywriting", Work::Copywriting),
            ("Google Ads", Work::Advertising),
            ("Deep cleaning", Work::Offering),
            ("Haircuts", Work::Offering),
        ] {
            assert_eq!(Work::recognise(service), expected, "{service}");
        }
    }
}
