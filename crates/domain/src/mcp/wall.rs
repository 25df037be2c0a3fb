//! The wall around untrusted text: what an agent's token reaches.
//!
//! What clients write may hold instructions meant for the agent that reads it. So an agent that reads it
//! cannot cause anything outside, and an agent that can is shown none of it.

use std::str::FromStr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::Operation;

/// On which side of the wall an agent is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Side {
    /// Reads everything its role may read, and changes nothing but memories.
    Reader,
    /// Does everything its role may do, and is shown nothing that clients wrote.
    Actor,
}

/// What an agent gets of an operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// The tool, with its whole answer.
    Whole,
    /// The tool; of its answer only the id of what it was about, because the rest may be what a client wrote.
    IdOnly,
    /// No such tool.
    Nothing,
}

impl Side {
    pub const ALL: [Self; 2] = [Self::Reader, Self::Actor];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Reader => "reader",
            Self::Actor => "actor",
        }
    }

    pub fn reach(self, operation: &Operation) -> Reach {
        // Secrets do not go through the context of a model, what is delicate is for people, and agents have no browser.
        if operation.is_secret || operation.is_delicate || operation.is_account() {
            return Reach::Nothing;
        }
        match self {
            Self::Reader if operation.acts() => Reach::Nothing,
            Self::Reader => Reach::Whole,
            Self::Actor if !operation.shows_client_text => Reach::Whole,
            Self::Actor if operation.acts() => Reach::IdOnly,
            Self::Actor => Reach::Nothing,
        }
    }
}

#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected one of reader, actor")]
pub struct UnknownSide;

impl FromStr for Side {
    type Err = UnknownSide;

    fn from_str(text: &str) -> Result<Self, UnknownSide> {
        Self::ALL.into_iter().find(|side| side.as_str() == text).ok_or(UnknownSide)
    }
}

/// Whether a text is an id that this program made, and not words in the place of one.
pub(super) fn is_id(text: &str) -> bool {
    let Some((prefix, rest)) = text.rsplit_once('_') else { return is_token_id(text) };
    let is_word =
        !prefix.is_empty() && prefix.len() <= 8 && prefix.bytes().all(|b| b.is_ascii_lowercase());
    let is_number = |b: u8| b.is_ascii_digit() || (b.is_ascii_lowercase() && !b"ilou".contains(&b));
    is_word && rest.len() == 26 && rest.bytes().all(is_number)
}

fn is_token_id(text: &str) -> bool {
    text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_alphanumeric())
}
