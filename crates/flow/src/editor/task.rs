//! Tasks, and what each call is given.

use serde_json::{Map, Value, json};

use super::{map_of, reference, shape};
use crate::{Catalog, check::task::KINDS, protocol};

pub(super) fn task(catalog: &dyn Catalog) -> Value {
    let any = json!({});
    let object = json!({ "type": "object" });
    let mut properties = json!({
        "if": reference("condition"),
        "input": shape("from"),
        "output": shape("as"),
        "export": shape("as"),
        "timeout": reference("timeout"),
        "then": { "type": "string", "description": "continue, exit, end, or a task of the same list" },
        "metadata": object,
        "do": reference("tasks"),
        "set": { "anyOf": [object, reference("expression")] },
        "switch": { "type": "array", "minItems": 1, "items": map_of(protocol::object(&["then"], json!({
            "when": reference("condition"), "then": { "type": "string" },
        }))) },
        "for": protocol::object(&["in"], json!({
            "each": { "type": "string" },
            "in": { "anyOf": [reference("condition"), { "type": "array" }] },
            "at": { "type": "string" },
        })),
        "while": reference("condition"),
        "fork": protocol::object(&["branches"], json!({
            "branches": reference("tasks"), "compete": { "type": "boolean" },
        })),
        "try": reference("tasks"),
        "catch": protocol::object(&[], json!({
            "errors": protocol::object(&[], json!({ "with": object })),
            "as": { "type": "string" },
            "when": reference("condition"),
            "exceptWhen": reference("condition"),
            "retry": { "anyOf": [{ "type": "string" }, reference("retry")] },
            "do": reference("tasks"),
            "then": { "type": "string" },
        })),
        "wait": reference("duration"),
        "emit": protocol::object(&["event"], json!({
            "event": protocol::object(&["with"], json!({ "with": reference("event") })),
        })),
        "raise": protocol::object(&["error"], json!({
            "error": { "anyOf": [{ "type": "string" }, reference("error")] },
        })),
        "listen": protocol::object(&["to"], json!({
            "to": reference("consumption"), "read": { "enum": ["data", "envelope", "raw"] },
        })),
        "foreach": foreach(),
        "run": { "type": "object" },
        "call": { "type": "string" },
        "with": any,
    });
    let names = protocol::all().iter().map(|it| it.name.to_owned()).chain(catalog.names());
    if let Some(call) = properties.pointer_mut("/call").and_then(Value::as_object_mut) {
        let examples: Vec<String> = names.collect();
        call.insert("examples".to_owned(), json!(examples));
    }
    let kinds: Vec<Value> = KINDS.iter().map(|kind| json!({ "required": [kind] })).collect();
    json!({
        "type": "object",
        "additionalProperties": false,
        "properties": properties,
        "anyOf": kinds,
        "allOf": calls(catalog),
    })
}

/// What is done with each event or message.
fn foreach() -> Value {
    protocol::object(
        &[],
        json!({
            "item": { "type": "string" }, "at": { "type": "string" }, "do": reference("tasks"),
            "output": shape("as"), "export": shape("as"),
        }),
    )
}

/// For each protocol and function: what a call of it is given.
fn calls(catalog: &dyn Catalog) -> Vec<Value> {
    let mut all = Vec::new();
    let mut of = |name: &str, input: &Value| {
        all.push(json!({
            "if": { "properties": { "call": { "const": name } }, "required": ["call"] },
            "then": { "properties": { "with": { "anyOf": [reference("expression"), computed(input)] } } },
        }));
    };
    for protocol in protocol::all() {
        let mut input = protocol.input.clone();
        // A policy may also be named there.
        for pointer in protocol.authentications {
            let place = pointer.replace('/', "/properties/");
            if let Some(policy) = input.pointer_mut(&place) {
                *policy = policy_or_name(policy);
            }
        }
        for pointer in protocol.endpoints {
            let place =
                format!("{}/properties/authentication", pointer.replace('/', "/properties/"));
            if let Some(policy) = input.pointer_mut(&place) {
                *policy = policy_or_name(policy);
            }
        }
        if let Some(each) = input.pointer_mut("/properties/subscription/properties/foreach") {
            *each = foreach();
        }
        of(protocol.name, &input);
    }
    for name in catalog.names() {
        if let Some(input) = catalog.function(&name).and_then(|function| function.input) {
            of(&name, input);
        }
    }
    all
}

fn policy_or_name(policy: &Value) -> Value {
    json!({ "anyOf": [policy, protocol::object(&["use"], json!({ "use": { "type": "string" } }))] })
}

/// A schema whose every part may also be an expression.
pub(super) fn computed(schema: &Value) -> Value {
    let Value::Object(members) = schema else { return schema.clone() };
    let part = |value: &Value| json!({ "anyOf": [reference("expression"), computed(value)] });
    let mut changed = Map::new();
    for (key, value) in members {
        let value = match (key.as_str(), value) {
            ("properties" | "patternProperties", Value::Object(parts)) => parts
                .iter()
                .map(|(name, value)| (name.clone(), part(value)))
                .collect::<Map<_, _>>()
                .into(),
            ("items" | "additionalProperties", Value::Object(_)) => part(value),
            ("$defs", Value::Object(parts)) => parts
                .iter()
                .map(|(name, value)| (name.clone(), computed(value)))
                .collect::<Map<_, _>>()
                .into(),
            ("anyOf" | "oneOf" | "allOf", Value::Array(parts)) => {
                parts.iter().map(computed).collect()
            }
            _ => value.clone(),
        };
        changed.insert(key.clone(), value);
    }
    // References of a function's schema are to parts of its own.
    if changed.contains_key("$defs") {
        changed.insert("$id".to_owned(), json!(format!("urn:handoff:function:{}", digest(schema))));
    }
    changed.shift_remove("$schema");
    changed.into()
}

fn digest(schema: &Value) -> String {
    use sha2::Digest as _;
    hex::encode(sha2::Sha256::digest(schema.to_string().as_bytes()))
}
