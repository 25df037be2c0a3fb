//! A value that fits a JSON Schema: what a call could have answered.

use serde_json::{Map, Value, json};

use crate::operation::schema_errors;

/// How deep a sample nests; what is beyond is null.
const DEPTH_MAX: usize = 12;
/// Texts of which one fits most schemas.
const TEXTS: [&str; 10] = [
    "sample",
    "2026-01-05T09:00:00Z",
    "2026-01-05",
    "https://example.com/sample",
    "ada@example.com",
    "01890a5d-ac96-774b-bcce-b302099a8057",
    "1200.00",
    "EUR",
    "0000000000000000000000000000000000000000000000000000000000000000",
    "AAAAAAAAAAAAAAAAAAAAAA",
];
/// The end of an id whose kind a pattern names.
const ID_END: &str = "_01jcz5k8w1e9ta5bq0h3m7xk2d";

/// The same for the same schema. Null where the schema says nothing.
pub(super) fn of(schema: &Value) -> Value {
    Sampler { root: schema }.of(schema, 0)
}

struct Sampler<'s> {
    root: &'s Value,
}

impl Sampler<'_> {
    fn of(&self, schema: &Value, depth: usize) -> Value {
        if DEPTH_MAX < depth {
            return Value::Null;
        }
        if let Some(target) = schema["$ref"].as_str().and_then(|it| it.strip_prefix('#')) {
            return self.of(self.root.pointer(target).unwrap_or(&Value::Null), depth + 1);
        }
        let said = ["const", "default"].iter().find_map(|name| schema.get(name));
        let listed = || ["examples", "enum"].iter().find_map(|name| schema[*name].get(0));
        if let Some(said) = said.or_else(listed) {
            return said.clone();
        }
        let mut sample = self.of_type(schema, depth);
        for branch in branches(schema) {
            let more = self.of(branch, depth + 1);
            match (&mut sample, more) {
                (Value::Object(fields), Value::Object(more)) => fields.extend(more),
                (Value::Null, more) => sample = more,
                _ => {}
            }
        }
        sample
    }

    fn of_type(&self, schema: &Value, depth: usize) -> Value {
        let kind = match &schema["type"] {
            Value::Array(kinds) => {
                kinds.iter().find_map(|kind| kind.as_str().filter(|it| *it != "null"))
            }
            kind => kind.as_str(),
        };
        match kind {
            Some("object") => self.object(schema, depth),
            None if schema["properties"].is_object() => self.object(schema, depth),
            Some("array") => {
                let least = schema["minItems"].as_u64().unwrap_or(1).clamp(1, 3);
                let Some(items) = schema.get("items") else { return json!([]) };
                (0..least).map(|_| self.of(items, depth + 1)).collect()
            }
            Some("string") => Value::String(text(schema)),
            Some("integer" | "number") => number(schema),
            Some("boolean") => Value::Bool(true),
            _ => Value::Null,
        }
    }

    fn object(&self, schema: &Value, depth: usize) -> Value {
        let fields = schema["properties"].as_object().into_iter().flatten();
        let required = schema["required"].as_array();
        let is_required = |name: &str| required.is_some_and(|all| all.iter().any(|it| it == name));
        let sampled = fields.map(|(name, field)| (name.clone(), self.of(field, depth + 1)));
        // What may be left out is, where nothing is known of it.
        let kept = sampled.filter(|(name, value)| !value.is_null() || is_required(name));
        Value::Object(kept.collect::<Map<_, _>>())
    }
}

/// All that must hold, and of each choice the first that is something.
fn branches(schema: &Value) -> impl Iterator<Item = &Value> {
    let all = schema["allOf"].as_array().into_iter().flatten();
    let chosen = ["oneOf", "anyOf"].into_iter().filter_map(|name| {
        let choices = schema[name].as_array()?;
        choices.iter().find(|choice| choice["type"] != "null")
    });
    all.chain(chosen)
}

fn text(schema: &Value) -> String {
    if let Some(kind) = schema["pattern"].as_str().and_then(id_of) {
        return format!("{kind}{ID_END}");
    }
    let fits = |text: &&str| schema_errors(schema, &json!(text)).is_ok_and(|it| it.is_empty());
    TEXTS.into_iter().find(fits).unwrap_or("sample").to_owned()
}

/// The prefix of the ids that a pattern is for.
fn id_of(pattern: &str) -> Option<&str> {
    let kind = pattern.strip_prefix('^')?.split_once("_[0-7]")?.0;
    kind.bytes().all(|byte| byte.is_ascii_lowercase()).then_some(kind)
}

fn number(schema: &Value) -> Value {
    let bound = |name: &str| schema.get(name).filter(|it| it.is_number());
    let least = bound("minimum").cloned();
    let above = bound("exclusiveMinimum").and_then(Value::as_i64).map(|it| json!(it + 1));
    let at_most = bound("maximum").filter(|most| most.as_f64() < Some(1.0)).cloned();
    least.or(above).or(at_most).unwrap_or(json!(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_an_operation_could_answer_fits_its_schema() {
        for operation in crate::operations() {
            let sample = of(&operation.output);
            let errors = schema_errors(&operation.output, &sample).unwrap();
            assert!(errors.is_empty(), "{}: {errors:?}\n{sample:#}", operation.name);
        }
    }

    #[test]
    fn a_sample_says_what_the_schema_says() {
        let schema = json!({
            "type": "object", "required": ["anything"],
            "properties": {
                "ts": { "type": "string" }, "anything": {}, "more": true,
                "kind": { "$ref": "#/$defs/Kind" },
                "when": { "type": ["string", "null"], "format": "date-time" },
                "lead_id": { "type": "string", "pattern": "^lead_[0-7][0-9a-hjkmnp-tv-z]{25}$" },
                "list": { "type": "array", "items": { "type": "integer", "minimum": 3 } },
                "either": { "anyOf": [{ "type": "null" }, { "type": "boolean" }] },
            },
            "$defs": { "Kind": { "enum": ["approved", "rejected"] } },
        });
        let expected = json!({
            "ts": "sample", "anything": null, "kind": "approved", "when": "2026-01-05T09:00:00Z",
            "lead_id": "lead_01jcz5k8w1e9ta5bq0h3m7xk2d", "list": [3], "either": true,
        });
        assert_eq!(of(&schema), expected);
        assert_eq!(of(&json!(true)), Value::Null);
    }

    #[test]
    fn a_schema_that_refers_to_itself_has_a_sample() {
        let schema = json!({
            "$ref": "#/$defs/Tree",
            "$defs": { "Tree": { "type": "object", "properties": { "left": { "$ref": "#/$defs/Tree" } } } },
        });
        assert!(of(&schema).is_object());
    }
}
