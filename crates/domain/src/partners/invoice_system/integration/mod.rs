//! The settings of the contract, as its own object: one view of the connection `assistant`.

pub(super) mod get;
pub(super) mod set;

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Map, Value};

/// What stands for a secret that is set. Sending it back keeps the secret.
const MASK: &str = "********";

#[derive(Debug, Serialize, JsonSchema)]
struct AssistantIntegration {
    /// Secrets are shown as `********`.
    mwd_assistant_integration: Map<String, Value>,
}

/// Whether a setting is a secret; what the schema does not know counts as one.
fn is_secret(schema: &Value, field: &str) -> bool {
    schema["properties"].get(field).is_none_or(|property| says_secret(schema, property))
}

/// A property is marked itself, or refers to a type that is, perhaps as one of several.
fn says_secret(schema: &Value, property: &Value) -> bool {
    let referred = property["$ref"].as_str().and_then(|it| it.strip_prefix('#'));
    let referred = referred.and_then(|pointer| schema.pointer(pointer));
    let several = ["anyOf", "oneOf", "allOf"].into_iter().filter_map(|it| property[it].as_array());
    property["writeOnly"] == true
        || referred.is_some_and(|it| says_secret(schema, it))
        || several.flatten().any(|it| says_secret(schema, it))
}

/// Settings without their secrets.
fn masked(schema: &Value, mut settings: Map<String, Value>) -> Map<String, Value> {
    for (field, value) in &mut settings {
        if is_secret(schema, field) {
            *value = Value::from(MASK);
        }
    }
    settings
}

/// What a caller sent, with the secrets that it left as they are.
fn unmasked(
    schema: &Value,
    mut sent: Map<String, Value>,
    known: &Map<String, Value>,
) -> Map<String, Value> {
    let kept: Vec<(String, Value)> = known
        .iter()
        .filter(|(field, _)| is_secret(schema, field))
        .filter(|(field, _)| sent.get(*field).is_none_or(|value| value == MASK))
        .map(|(field, value)| (field.clone(), value.clone()))
        .collect();
    sent.extend(kept);
    sent
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn object(value: Value) -> Map<String, Value> {
        value.as_object().cloned().unwrap()
    }

    /// As connectors describe theirs.
    #[derive(JsonSchema)]
    #[expect(dead_code, reason = "only its schema matters")]
    struct Settings {
        agent_api_url: String,
        agent_api_key: Option<kernel::Secret>,
        /// Signs.
        #[schemars(length(min = 16))]
        webhook_secret: kernel::Secret,
    }

    #[test]
    fn a_secret_is_never_shown_and_is_kept_when_its_mask_comes_back() {
        let schema = schemars::schema_for!(Settings).to_value();
        let known = object(json!({
            "agent_api_url": "https://a.example", "agent_api_key": "k1", "webhook_secret": "s1",
        }));
        let shown = masked(&schema, known.clone());
        assert_eq!(
            Value::Object(shown.clone()),
            json!({ "agent_api_url": "https://a.example", "agent_api_key": MASK, "webhook_secret": MASK })
        );
        let strange = masked(&schema, object(json!({ "of_a_later_release": "s2" })));
        assert_eq!(strange["of_a_later_release"], MASK);
        assert_eq!(unmasked(&schema, shown, &known), known);
        let sent = object(json!({ "agent_api_url": "https://b.example", "agent_api_key": "k2" }));
        let merged = unmasked(&schema, sent, &known);
        assert_eq!(
            Value::Object(merged),
            json!({
                "agent_api_url": "https://b.example", "agent_api_key": "k2", "webhook_secret": "s1",
            })
        );
    }
}
