//! What a memory is.

use std::str::FromStr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum MemoryKind {
    #[default]
    Note,
    Fact,
    Preference,
    Decision,
    Summary,
    /// What a client submitted, as it was submitted.
    Intake,
    Assessment,
}

impl MemoryKind {
    const ALL: [Self; 7] = [
        Self::Note,
        Self::Fact,
        Self::Preference,
        Self::Decision,
        Self::Summary,
        Self::Intake,
        Self::Assessment,
    ];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Note => "note",
            Self::Fact => "fact",
            Self::Preference => "preference",
            Self::Decision => "decision",
            Self::Summary => "summary",
            Self::Intake => "intake",
            Self::Assessment => "assessment",
        }
    }
}

#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("no such kind of memory")]
pub struct UnknownKind;

impl FromStr for MemoryKind {
    type Err = UnknownKind;

    fn from_str(text: &str) -> Result<Self, UnknownKind> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text).ok_or(UnknownKind)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_words_of_the_database_are_the_words_of_the_api() {
        for kind in MemoryKind::ALL {
            assert_eq!(serde_json::to_value(kind).unwrap(), kind.as_str());
            assert_eq!(kind.as_str().parse(), Ok(kind));
        }
    }
}
