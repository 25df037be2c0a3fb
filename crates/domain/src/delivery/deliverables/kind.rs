//! The types of deliverables, and their review.

use std::str::FromStr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum DeliverableType {
    BrandingStrategy,
    WebsitePlan,
    SocialStrategy,
    Copywriting,
}

impl DeliverableType {
    pub const ALL: [Self; 4] =
        [Self::BrandingStrategy, Self::WebsitePlan, Self::SocialStrategy, Self::Copywriting];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::BrandingStrategy => "branding_strategy",
            Self::WebsitePlan => "website_plan",
            Self::SocialStrategy => "social_strategy",
            Self::Copywriting => "copywriting",
        }
    }
}

impl DeliverableType {
    /// What stands above it.
    pub fn title(self) -> &'static str {
        match self {
            Self::BrandingStrategy => "Branding strategy",
            Self::WebsitePlan => "Website plan",
            Self::SocialStrategy => "Social media strategy",
            Self::Copywriting => "Copywriting",
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum DeliverableStatus {
    PendingReview,
    Approved,
    Rejected,
}

impl DeliverableStatus {
    pub const ALL: [Self; 3] = [Self::PendingReview, Self::Approved, Self::Rejected];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::PendingReview => "pending_review",
            Self::Approved => "approved",
            Self::Rejected => "rejected",
        }
    }
}

#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a word that deliverables know")]
pub struct UnknownWord;

impl FromStr for DeliverableType {
    type Err = UnknownWord;

    fn from_str(text: &str) -> Result<Self, UnknownWord> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text).ok_or(UnknownWord)
    }
}

impl FromStr for DeliverableStatus {
    type Err = UnknownWord;

    fn from_str(text: &str) -> Result<Self, UnknownWord> {
        Self::ALL.into_iter().find(|status| status.as_str() == text).ok_or(UnknownWord)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_words_of_the_database_are_the_words_of_the_api() {
        for kind in DeliverableType::ALL {
            assert_eq!(serde_json::to_value(kind).unwrap(), kind.as_str());
            assert_eq!(kind.as_str().parse(), Ok(kind));
        }
        for status in DeliverableStatus::ALL {
            assert_eq!(serde_json::to_value(status).unwrap(), status.as_str());
            assert_eq!(status.as_str().parse(), Ok(status));
        }
    }
}
