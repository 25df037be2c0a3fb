//! A field of a change, which may be left alone, emptied, or given a new value.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::{Deserialize, Deserializer};

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
