//! Which version of a prompt a text was made with.

use std::{borrow::Cow, fmt, str::FromStr};

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};

/// The version of the shipped prompt, a number; or `1+own.3`, the tenant's third text, which was made from version 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PromptVersionNumber {
    pub shipped: i32,
    pub own: Option<i32>,
}

#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("must be a number from 1, or one such as `1+own.3` for a text of your own")]
pub struct InvalidPromptVersion;

impl fmt::Display for PromptVersionNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.own {
            None => write!(f, "{}", self.shipped),
            Some(own) => write!(f, "{}+own.{own}", self.shipped),
        }
    }
}

impl FromStr for PromptVersionNumber {
    type Err = InvalidPromptVersion;

    fn from_str(text: &str) -> Result<Self, InvalidPromptVersion> {
        let number = |digits: &str| {
            digits.parse().ok().filter(|number| 0 < *number).ok_or(InvalidPromptVersion)
        };
        match text.split_once("+own.") {
            None => Ok(Self { shipped: number(text)?, own: None }),
            Some((shipped, own)) => Ok(Self { shipped: number(shipped)?, own: Some(number(own)?) }),
        }
    }
}

impl Serialize for PromptVersionNumber {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.own {
            None => serializer.serialize_i32(self.shipped),
            Some(_) => serializer.collect_str(self),
        }
    }
}

impl<'de> Deserialize<'de> for PromptVersionNumber {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Written {
            Number(i32),
            Text(String),
        }
        let text = match Written::deserialize(deserializer)? {
            Written::Number(number) => number.to_string(),
            Written::Text(text) => text,
        };
        text.parse().map_err(D::Error::custom)
    }
}

impl JsonSchema for PromptVersionNumber {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "PromptVersionNumber".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description": "The version of the shipped prompt, or `1+own.3`: the tenant's third text of its own, made \
                            from version 1.",
            "anyOf": [
                { "type": "integer", "minimum": 1, "maximum": i32::MAX },
                {
                    "type": "string",
                    "pattern": "^[1-9][0-9]{0,8}\\+own\\.[1-9][0-9]{0,8}$",
                    "title": "a version of a prompt",
                    "examples": ["1+own.3"],
                },
            ],
        })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_shipped_version_is_a_number_and_an_own_one_names_both() {
        for (text, value) in [("2", json!(2)), ("1+own.3", json!("1+own.3"))] {
            let version: PromptVersionNumber = text.parse().unwrap();
            assert_eq!(version.to_string(), text);
            assert_eq!(json!(version), value);
            assert_eq!(serde_json::from_value::<PromptVersionNumber>(value).unwrap(), version);
        }
        for wrong in ["", "0", "1+own", "1+own.0", "+own.1", "-1", "1+own.3 "] {
            assert_eq!(
                wrong.parse::<PromptVersionNumber>(),
                Err(InvalidPromptVersion),
                "{wrong:?}"
            );
        }
    }
}
