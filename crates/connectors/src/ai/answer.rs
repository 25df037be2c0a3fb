//! What a model answered, whichever dialect it came in, and how its JSON is found and judged.

use connector_kit::CallError;
use serde_json::Value;

use super::prompts::Prompt;

/// How an answer ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Ending {
    Complete,
    /// It ran into a limit, named here, so what there is cannot be trusted to be whole.
    Cut(String),
    /// The model or its provider declined.
    Refused(String),
    /// A reason that we do not know yet: the answer is judged by itself.
    Other(String),
}

/// The content of an answer, not read yet.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Payload {
    Text(String),
    Object(Value),
}

#[derive(Debug, Clone, PartialEq)]
pub(super) struct Answer {
    /// The model as the provider names it in the answer.
    pub(super) model: String,
    pub(super) input_tokens: u64,
    pub(super) output_tokens: u64,
    pub(super) ending: Ending,
    pub(super) payload: Payload,
}

impl Answer {
    /// The content, valid against the prompt's schema.
    pub(super) fn content(self, prompt: &Prompt) -> Result<Value, CallError> {
        let remark = match &self.ending {
            Ending::Complete => String::new(),
            Ending::Other(reason) => format!(" (it ended with `{reason}`)"),
            Ending::Cut(limit) => {
                return Err(CallError::Unreadable {
                    detail: format!(
                        "the answer to {} was cut off ({limit}); raise `max_tokens` in \
                         prompts/{}.md, which is {}",
                        prompt.label(),
                        prompt.name,
                        prompt.max_tokens
                    ),
                });
            }
            Ending::Refused(reason) => {
                return Err(CallError::Rejected {
                    status: 200,
                    code: "refused".to_owned(),
                    detail: format!(
                        "the model declined to answer {} ({reason}); look at what the client \
                         wrote, or change the prompt or the model",
                        prompt.label()
                    ),
                });
            }
        };
        let unreadable = |detail: String| CallError::Unreadable { detail: detail + &remark };
        let content = match self.payload {
            Payload::Object(value) => value,
            Payload::Text(text) => json_in(&text).ok_or_else(|| {
                unreadable(format!("the answer to {} holds no JSON object", prompt.label()))
            })?,
        };
        prompt.check(&content).map_err(|violations| {
            unreadable(format!(
                "the answer to {} does not fit its schema: {violations}",
                prompt.label()
            ))
        })?;
        Ok(content)
    }
}

/// The JSON object in a text: alone, in a code fence, or with words around it.
fn json_in(text: &str) -> Option<Value> {
    let object = |text: &str| serde_json::from_str::<Value>(text).ok().filter(Value::is_object);
    let trimmed = text.trim().trim_start_matches('\u{feff}');
    if let Some(value) = object(trimmed) {
        return Some(value);
    }
    // From the first brace on, whatever follows the object is left alone.
    let (start, _) = trimmed.match_indices('{').next()?;
    let rest = trimmed.get(start..)?;
    let first = serde_json::Deserializer::from_str(rest).into_iter::<Value>().next()?;
    first.ok().filter(Value::is_object)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    #[test]
    fn json_is_found_alone_in_fences_and_among_words() {
        for text in [
            r#"{"a": "}{"}"#,
            "```json\n{\"a\": \"}{\"}\n```",
            "\u{feff}Here you are:\n{\"a\": \"}{\"}\nAnything else? {x}",
        ] {
            assert_eq!(json_in(text), Some(json!({"a": "}{"})), "{text}");
        }
        for text in ["", "no", "[1]", "{\"a\": ", "{a}", "```json\n```"] {
            assert_eq!(json_in(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn looking_for_json_never_panics(text in ".{0,200}") {
            let _found = json_in(&text);
        }
    }
}
