//! A JSON Schema of definitions, for editors that complete and underline while somebody writes.
//!
//! It accepts what [`crate::Program::compile`] accepts and more: what a schema cannot say (targets of `then`, names
//! of `use`, expressions) only the check finds.

use serde_json::{Map, Value, json};

use crate::{Catalog, check::task::KINDS, model::EXTENDED, protocol};

/// What the schema is called, so that the functions' own schemas can refer to it.
const ID: &str = "https://handoff.dev/schemas/flow.json";

/// The schema (draft 2020-12), with the functions of a catalog and what each takes.
pub fn schema(catalog: &dyn Catalog) -> Value {
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": ID,
        "title": "Handoff flow",
        "description": "A flow in the Open Workflow Specification DSL 1.0",
        "type": "object",
        "required": ["document", "do"],
        "additionalProperties": false,
        "properties": {
            "document": document(),
            "input": shape("from"),
            "use": shared(),
            "do": reference("tasks"),
            "timeout": reference("timeout"),
            "output": shape("as"),
            "schedule": schedule(),
            "evaluate": protocol::object(&[], json!({
                "language": { "enum": ["jq"] },
                "mode": { "enum": ["strict", "loose"] },
            })),
            "metadata": { "type": "object" },
        },
        "$defs": {
            "expression": {
                "description": "A jq expression in ${ }", "type": "string",
                "pattern": "^\\s*\\$\\{[\\s\\S]+\\}\\s*$",
            },
            "condition": { "description": "A jq expression, with or without ${ }", "type": "string" },
            "duration": duration(),
            "timeout": {
                "anyOf": [{ "type": "string" }, protocol::object(&["after"], json!({ "after": reference("duration") }))],
            },
            "schema": protocol::object(&["document"], json!({
                "format": { "type": "string", "pattern": "^json(:.*)?$" },
                "document": {},
            })),
            "error": error(),
            "retry": retry(),
            "authentication": computed(&protocol::authentication()),
            "event": { "type": "object", "properties": {
                "id": { "type": "string" }, "source": { "type": "string" }, "type": { "type": "string" },
                "time": { "type": "string" }, "subject": { "type": "string" },
                "datacontenttype": { "type": "string" }, "dataschema": { "type": "string" }, "data": {},
            } },
            "filter": protocol::object(&["with"], json!({
                "with": reference("event"),
                "correlate": { "type": "object", "additionalProperties": protocol::object(&["from"], json!({
                    "from": reference("condition"), "expect": {},
                })) },
            })),
            "consumption": consumption(),
            "tasks": {
                "type": "array", "minItems": 1,
                "items": {
                    "type": "object", "minProperties": 1, "maxProperties": 1,
                    "additionalProperties": reference("task"),
                },
            },
            "task": task(catalog),
        },
    })
}

fn reference(name: &str) -> Value {
    json!({ "$ref": format!("{ID}#/$defs/{name}") })
}

fn document() -> Value {
    let label = json!({ "type": "string", "pattern": "^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$" });
    protocol::object(
        &["dsl", "namespace", "name", "version"],
        json!({
            "dsl": { "type": "string", "pattern": "^1\\.0(\\..+)?$" },
            "namespace": label,
            "name": label,
            "version": { "type": "string", "pattern": "^\\d+\\.\\d+\\.\\d+([-+].+)?$" },
            "title": { "type": "string" },
            "summary": { "type": "string" },
            "tags": { "type": "object" },
            "metadata": { "type": "object", "properties": { "schedule": protocol::object(&[], json!({
                "timeZone": { "type": "string" },
                "missed": { "enum": ["skip", "once", "all"] },
            })), "lifecycleEvents": { "enum": ["none", "workflow", "tasks"] } } },
        }),
    )
}

fn shape(transform: &str) -> Value {
    protocol::object(
        &[],
        json!({
            "schema": reference("schema"),
            transform: { "anyOf": [reference("condition"), { "type": "object" }] },
        }),
    )
}

fn map_of(value: Value) -> Value {
    json!({ "type": "object", "additionalProperties": value })
}

fn shared() -> Value {
    let extension = protocol::object(
        &["extend"],
        json!({
            "extend": { "enum": EXTENDED },
            "when": reference("condition"),
            "before": reference("tasks"),
            "after": reference("tasks"),
        }),
    );
    protocol::object(
        &[],
        json!({
            "authentications": map_of(reference("authentication")),
            "errors": map_of(reference("error")),
            "extensions": { "type": "array", "items": map_of(extension) },
            "functions": map_of(reference("task")),
            "retries": map_of(reference("retry")),
            "secrets": { "type": "array", "items": { "type": "string" } },
            "timeouts": map_of(protocol::object(&["after"], json!({ "after": reference("duration") }))),
        }),
    )
}

fn schedule() -> Value {
    protocol::object(
        &[],
        json!({
            "every": reference("duration"),
            "cron": { "type": "string", "description": "minute hour day month weekday" },
            "after": reference("duration"),
            "on": reference("consumption"),
            "read": { "enum": ["data", "envelope", "raw"] },
        }),
    )
}

fn duration() -> Value {
    let amount = json!({ "type": "integer", "minimum": 0 });
    let mut parts = protocol::object(
        &[],
        json!({
            "days": amount, "hours": amount, "minutes": amount, "seconds": amount, "milliseconds": amount,
        }),
    );
    if let Some(object) = parts.as_object_mut() {
        object.insert("minProperties".to_owned(), json!(1));
    }
    json!({
        "anyOf": [{ "type": "string", "pattern": "^\\s*P" }, reference("expression"), parts],
    })
}

fn error() -> Value {
    let text = json!({ "type": "string" });
    protocol::object(
        &["type", "status"],
        json!({
            "type": text,
            "status": { "anyOf": [{ "type": "integer", "minimum": 100, "maximum": 599 }, reference("expression")] },
            "title": text,
            "detail": text,
            "instance": text,
        }),
    )
}

fn retry() -> Value {
    let nothing = json!({ "type": ["object", "null"], "maxProperties": 0 });
    protocol::object(
        &[],
        json!({
            "when": reference("condition"),
            "exceptWhen": reference("condition"),
            "delay": reference("duration"),
            "backoff": protocol::object(&[], json!({
                "constant": nothing, "linear": nothing, "exponential": nothing,
            })),
            "limit": protocol::object(&[], json!({
                "attempt": protocol::object(&[], json!({
                    "count": { "type": "integer", "minimum": 0 }, "duration": reference("duration"),
                })),
                "duration": reference("duration"),
            })),
            "jitter": protocol::object(&["from", "to"], json!({
                "from": reference("duration"), "to": reference("duration"),
            })),
        }),
    )
}

fn consumption() -> Value {
    let filters = json!({ "type": "array", "items": reference("filter") });
    protocol::object(
        &[],
        json!({
            "one": reference("filter"),
            "any": filters,
            "all": filters,
            "until": { "anyOf": [reference("condition"), reference("consumption")] },
        }),
    )
}

fn task(catalog: &dyn Catalog) -> Value {
    let any = json!({});
    let object = json!({ "type": "object" });
    let each = protocol::object(
        &[],
        json!({
            "item": { "type": "string" }, "at": { "type": "string" }, "do": reference("tasks"),
            "output": shape("as"), "export": shape("as"),
        }),
    );
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
        "foreach": each,
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
fn computed(schema: &Value) -> Value {
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

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::{FunctionSpec, scenario::Scenario};

    struct One(Value);

    impl Catalog for One {
        fn function(&self, name: &str) -> Option<FunctionSpec<'_>> {
            (name == "create_lead").then_some(FunctionSpec { input: Some(&self.0) })
        }

        fn names(&self) -> Vec<String> {
            vec!["create_lead".to_owned()]
        }
    }

    fn validator() -> jsonschema::Validator {
        let input = json!({
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "type": "object", "required": ["email"], "additionalProperties": false,
            "properties": { "email": { "type": "string" }, "score": { "$ref": "#/$defs/Score" } },
            "$defs": { "Score": { "type": "integer" } },
        });
        jsonschema::validator_for(&schema(&One(input))).unwrap()
    }

    fn flow(task: Value) -> Value {
        let document = json!({ "dsl": "1.0.3", "namespace": "a", "name": "b", "version": "1.0.0" });
        json!({ "document": document, "do": [{ "t": task }] })
    }

    #[test]
    fn it_takes_every_definition_that_can_be_run() {
        let validator = validator();
        let folder = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../scenarios"));
        let mut found = Vec::new();
        crate::testing::files(folder, &mut found);
        let mut wrong = Vec::new();
        for path in found {
            let scenario = Scenario::parse(&std::fs::read_to_string(&path).unwrap()).unwrap();
            if scenario.compile(&One(json!({}))).is_err() {
                continue;
            }
            for flow in std::iter::once(&scenario.flow).chain(&scenario.flows) {
                let faults: Vec<String> = validator
                    .iter_errors(flow)
                    .map(|error| format!("{}: {}", error.instance_path(), error))
                    .collect();
                if !faults.is_empty() {
                    wrong.push(format!("{}: {}", path.display(), faults.join("; ")));
                }
            }
        }
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    }

    #[test]
    fn it_refuses_what_an_editor_should_underline() {
        let validator = validator();
        let refused = [
            json!({ "sett": {} }),
            json!({ "set": {}, "iff": "true" }),
            json!({ "set": 5 }),
            json!({ "wait": "soon" }),
            json!({ "wait": { "minuts": 5 } }),
            json!({ "fork": { "branches": [], "compete": "yes" } }),
            json!({ "call": "http", "with": { "method": "get" } }),
            json!({ "call": "http", "with": { "method": "get", "endpoint": "https://a", "body": 1, "timeout": 1 } }),
            json!({ "call": "create_lead", "with": { "emial": "a" } }),
            json!({ "call": "create_lead", "with": { "email": "a", "score": "high" } }),
            json!({ "listen": { "to": { "one": {} } } }),
            json!({ "raise": { "error": { "type": "x" } } }),
        ];
        for task in refused {
            assert!(!validator.is_valid(&flow(task.clone())), "{task}");
        }
        let taken = [
            json!({ "call": "create_lead", "with": { "email": "${ .email }", "score": "${ 5 }" } }),
            json!({ "call": "create_lead", "with": "${ . }" }),
            json!({ "call": "http", "with": { "method": "get", "endpoint": { "uri": "https://a", "authentication": { "use": "x" } } } }),
        ];
        for task in taken {
            assert!(validator.is_valid(&flow(task.clone())), "{task}");
        }
    }
}
