//! A JSON Schema of definitions, for editors that complete and underline while somebody writes.
//!
//! It accepts what [`crate::Program::compile`] accepts and more: what a schema cannot say (targets of `then`, names
//! of `use`, expressions) only the check finds.

mod task;

use serde_json::{Value, json};

use crate::{Catalog, model::EXTENDED, protocol};
use task::{computed, task};

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
            "schema": data_schema(),
            "address": address(),
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
            "catalogs": map_of(protocol::object(&["endpoint"], json!({ "endpoint": reference("address") }))),
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

fn data_schema() -> Value {
    let resource = protocol::object(
        &["endpoint"],
        json!({ "name": { "type": "string" }, "endpoint": reference("address") }),
    );
    let mut schema = protocol::object(
        &[],
        json!({
            "format": { "type": "string", "pattern": "^json(:.*)?$" },
            "document": {},
            "resource": resource,
        }),
    );
    if let Some(object) = schema.as_object_mut() {
        let either = json!([{ "required": ["document"] }, { "required": ["resource"] }]);
        object.insert("anyOf".to_owned(), either);
    }
    schema
}

/// Of what stands elsewhere.
fn address() -> Value {
    let text = json!({ "type": "string", "pattern": "^[^{}]+$" });
    json!({ "anyOf": [text, protocol::object(&["uri"], json!({ "uri": text }))] })
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

#[cfg(test)]
mod tests;
