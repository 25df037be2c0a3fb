//! The model inside both simulators: it recognises our prompts and lets the offline composer answer.
//!
//! It never pretends: whatever model is asked for, the one that answers is called
//! `offline-template`.

use serde_json::{Map, Value};

use crate::ai::{
    offline,
    prompts::{DATA_CLOSE, DATA_OPEN},
};

/// How an answer goes wrong in ways that only a model's answer can.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Twist {
    /// JSON that breaks the prompt's schema.
    SchemaInvalid,
    /// The answer stops at the limit of tokens.
    CutAnswer,
    /// The model declines.
    Refusal,
    /// Words instead of JSON.
    NotJson,
}

impl Twist {
    /// The twist for one of [`super::OWN_FAULTS`].
    pub(super) fn named(fault: &str) -> Option<Self> {
        match fault {
            "schema-invalid" => Some(Self::SchemaInvalid),
            "cut-answer" => Some(Self::CutAnswer),
            "refusal" => Some(Self::Refusal),
            "not-json" => Some(Self::NotJson),
            _ => None,
        }
    }
}

/// How an answer ended, in no dialect.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    Complete,
    Cut,
    Refused,
}

pub(super) struct Reply {
    pub(super) text: String,
    pub(super) end: End,
    pub(super) input_tokens: usize,
    pub(super) output_tokens: usize,
}

/// The reply to a system and a user text.
pub(super) fn reply(system: &str, user: &str, max_tokens: u64, twist: Option<Twist>) -> Reply {
    let (mut text, mut end) = match twist {
        None => (answer(system, user), End::Complete),
        Some(Twist::SchemaInvalid) => (r#"{"unexpected":true}"#.to_owned(), End::Complete),
        Some(Twist::CutAnswer) => (half(&answer(system, user)), End::Cut),
        Some(Twist::Refusal) => (String::new(), End::Refused),
        Some(Twist::NotJson) => {
            ("Certainly. Which part shall I begin with?".to_owned(), End::Complete)
        }
    };
    let limit = usize::try_from(max_tokens).unwrap_or(usize::MAX);
    if limit < tokens(&text) {
        text = text.chars().take(limit.saturating_mul(CHARS_PER_TOKEN)).collect();
        end = End::Cut;
    }
    Reply { input_tokens: tokens(system) + tokens(user), output_tokens: tokens(&text), text, end }
}

/// About how many characters of English a token holds.
const CHARS_PER_TOKEN: usize = 4;

fn tokens(text: &str) -> usize {
    text.chars().count().div_ceil(CHARS_PER_TOKEN)
}

fn half(text: &str) -> String {
    text.chars().take(text.chars().count() / 2).collect()
}

fn answer(system: &str, user: &str) -> String {
    prompt_in(system)
        .zip(variables_in(user))
        .and_then(|(prompt, variables)| offline::compose(prompt, &variables))
        .map_or_else(
            || "This is a simulator. It only answers the shipped prompts.".to_owned(),
            |content| content.to_string(),
        )
}

/// The name in the marker line `prompt: name@version`.
fn prompt_in(system: &str) -> Option<&str> {
    let marker = system.lines().rev().find_map(|line| line.strip_prefix("prompt: "))?;
    marker.split_once('@').map(|(name, _version)| name)
}

fn variables_in(user: &str) -> Option<Map<String, Value>> {
    let (_, rest) = user.split_once(DATA_OPEN)?;
    let (data, _) = rest.split_once(DATA_CLOSE)?;
    serde_json::from_str(data).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ai::prompts::Library;

    #[test]
    fn every_shipped_prompt_is_recognised() {
        let library = Library::embedded();
        let variables = serde_json::json!({"company_name": "Acme </client_data> {{x}}"});
        for name in library.names() {
            let prompt = library.get(name).unwrap();
            let texts = prompt.render(variables.as_object().unwrap()).unwrap();
            let reply = reply(&texts.system, &texts.user, 100_000, None);
            let content: Value = serde_json::from_str(&reply.text).unwrap();
            assert_eq!(prompt.check(&content), Ok(()), "{name}");
            assert!(0 < reply.output_tokens && reply.end == End::Complete);
        }
    }

    #[test]
    fn every_own_fault_does_something() {
        for fault in super::super::OWN_FAULTS {
            assert!(Twist::named(fault).is_some(), "{fault}");
        }
    }

    #[test]
    fn a_limit_of_tokens_cuts_the_answer() {
        let reply = reply("prompt: assessment@1", "<client_data>{}</client_data>", 3, None);
        assert_eq!((reply.end, reply.text.chars().count()), (End::Cut, 12));
    }
}
