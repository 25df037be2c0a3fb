//! The pipeline that every client moves through.

use std::str::FromStr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Where a client is on the way from the first message to delivered work.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    Intake,
    Assessed,
    Proposal,
    Contract,
    Paid,
    Delivered,
    Lost,
}

impl Stage {
    pub const ALL: [Self; 7] = [
        Self::Intake,
        Self::Assessed,
        Self::Proposal,
        Self::Contract,
        Self::Paid,
        Self::Delivered,
        Self::Lost,
    ];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Intake => "intake",
            Self::Assessed => "assessed",
            Self::Proposal => "proposal",
            Self::Contract => "contract",
            Self::Paid => "paid",
            Self::Delivered => "delivered",
            Self::Lost => "lost",
        }
    }

    /// Where a client can go from here: one step on, one step back while nothing is signed, or lost.
    /// Whoever paid is not lost any more. A delivered or lost client may come back with new work.
    pub fn next(self) -> &'static [Self] {
        match self {
            Self::Intake => &[Self::Assessed, Self::Lost],
            Self::Assessed => &[Self::Proposal, Self::Lost],
            Self::Proposal => &[Self::Contract, Self::Assessed, Self::Lost],
            Self::Contract => &[Self::Paid, Self::Proposal, Self::Lost],
            Self::Paid => &[Self::Delivered],
            Self::Delivered | Self::Lost => &[Self::Intake],
        }
    }
}

impl std::fmt::Display for Stage {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("no such stage of a client")]
pub struct UnknownStage;

impl FromStr for Stage {
    type Err = UnknownStage;

    fn from_str(text: &str) -> Result<Self, UnknownStage> {
        Self::ALL.into_iter().find(|stage| stage.as_str() == text).ok_or(UnknownStage)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_text_of_a_stage_reads_back_as_the_stage() {
        for stage in Stage::ALL {
            assert_eq!(stage.as_str().parse(), Ok(stage));
            assert_eq!(serde_json::to_value(stage).unwrap(), stage.as_str());
        }
    }

    #[test]
    fn every_stage_can_be_reached_from_the_first_and_none_is_a_trap() {
        for stage in Stage::ALL {
            let mut reached = vec![stage];
            while let Some(next) =
                reached.iter().flat_map(|s| s.next()).find(|next| !reached.contains(next))
            {
                reached.push(*next);
            }
            assert_eq!(reached.len(), Stage::ALL.len(), "{stage}");
        }
    }

    #[test]
    fn no_stage_leads_to_itself_and_whoever_paid_is_not_lost() {
        assert!(Stage::ALL.iter().all(|stage| !stage.next().contains(stage)));
        assert!(!Stage::Paid.next().contains(&Stage::Lost));
    }
}
