//! Changes that people make: what they say of a field, and what they saw before.

use std::borrow::Cow;

use kernel::Timestamp;
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::{Deserialize, Deserializer};

use crate::Problem;

/// What a change says of a field that may be empty. Leave the field out to keep its value (`#[serde(default)]`).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Change<T> {
    #[default]
    Keep,
    /// `null`.
    Clear,
    Set(T),
}

impl<T> Change<T> {
    /// The value afterwards, of what was there before.
    pub fn applied(&self, before: Option<&str>, text: impl Fn(&T) -> &str) -> Option<String> {
        match self {
            Self::Keep => before.map(str::to_owned),
            Self::Clear => None,
            Self::Set(value) => Some(text(value).to_owned()),
        }
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Change<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Option::deserialize(deserializer)?.map_or(Self::Clear, Self::Set))
    }
}

impl<T: JsonSchema> JsonSchema for Change<T> {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        format!("Change_of_{}", T::schema_name()).into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        Option::<T>::json_schema(generator)
    }
}

/// Refuses a change that is based on an earlier state than the one that is there.
pub(crate) fn require_seen(updated_at: Timestamp, seen: Timestamp) -> Result<(), Problem> {
    if updated_at == seen {
        return Ok(());
    }
    let at = updated_at.format("%Y-%m-%d %H:%M UTC");
    Err(Problem::new(
        "changed-meanwhile",
        format!(
            "it was changed meanwhile, at {at}; read it again, and decide on what is there now"
        ),
    ))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::text::Name;

    #[derive(Deserialize)]
    struct Input {
        #[serde(default)]
        name: Change<Name>,
    }

    #[test]
    fn what_is_left_out_stays_null_empties_and_a_value_replaces() {
        let after = |input: Value| {
            let input: Input = serde_json::from_value(input).unwrap();
            input.name.applied(Some("Ada"), Name::as_str)
        };
        assert_eq!(after(json!({})).as_deref(), Some("Ada"));
        assert_eq!(after(json!({ "name": null })), None);
        assert_eq!(after(json!({ "name": "Grace" })).as_deref(), Some("Grace"));
        assert!(serde_json::from_value::<Input>(json!({ "name": " " })).is_err());
    }
}
