//! The OpenAPI 3.1 document, from the registry.

mod components;
mod file;
mod stream;

use serde_json::{Map, Value, json};

pub use file::{OutOfDate, check_file, render};

use crate::{Effects, Operation, Registry, operation::without_null};
use components::Components;

/// The document of these operations.
pub fn openapi(registry: &Registry) -> Value {
    let mut components = Components::default();
    let mut paths = Map::new();
    for entry in registry.entries() {
        let operation = &entry.operation;
        let described = describe(operation, &mut components);
        let path = paths.entry(operation.path).or_insert_with(|| json!({}));
        path[operation.method.as_str().to_lowercase()] = described;
    }
    paths.insert("/v1/events/stream".to_owned(), stream::described());
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Handoff",
            "version": env!("CARGO_PKG_VERSION"),
            "description": "Carries every client from the first message to paid, delivered work.\n\n\
                Writes take an `Idempotency-Key`: repeating a request with the same key gives the \
                first answer again. Lists are continued with `cursor`. Optional fields are absent, \
                never null, but for the contract's own below `/api/v1`. Problems are `application/problem+json` with a stable `code`.",
            "license": { "name": "Apache-2.0", "identifier": "Apache-2.0" },
        },
        "servers": [{ "url": "/" }],
        "security": [{ "token": [] }, { "session": [] }],
        "paths": paths,
        "components": components.finish(),
    })
}

fn describe(operation: &Operation, components: &mut Components) -> Value {
    let mut described = json!({
        "operationId": operation.name,
        "tags": [operation.tag],
        "summary": operation.summary,
        "description": format!("{}\n\n{}", operation.description, needs(operation)),
    });
    if operation.is_account() {
        described["security"] = json!([{}, { "session": [] }]);
    } else {
        described["x-permission"] = json!(operation.permission);
    }
    if operation.is_public {
        described["security"] = json!([{}, { "token": [] }, { "session": [] }]);
    }
    let mut parameters = parameters(operation, components);
    if takes_key(operation) {
        parameters.push(json!({ "$ref": "#/components/parameters/IdempotencyKey" }));
    }
    if !parameters.is_empty() {
        described["parameters"] = Value::from(parameters);
    }
    if operation.method.has_body()
        && let Some((schema, example)) = body(operation, components)
    {
        let required = schema_requires_something(components, &schema);
        described["requestBody"] = json!({
            "required": required,
            "content": { "application/json": { "schema": schema, "example": example } },
        });
    }
    described["responses"] = responses(operation, components);
    described
}

/// What a caller must have, in a sentence or two.
fn needs(operation: &Operation) -> String {
    if operation.is_account() {
        return "For browsers: it is about whoever is signed in with the cookie, and takes no token.".to_owned();
    }
    let permission = format!("Needs the permission `{}`.", operation.permission);
    if !operation.is_delicate {
        return permission;
    }
    format!(
        "{permission} With a session, the last proof of who asks may be ten minutes old at the most."
    )
}

fn takes_key(operation: &Operation) -> bool {
    operation.effects != Effects::Read && !operation.is_secret
}

fn schema_requires_something(components: &Components, schema: &Value) -> bool {
    components.resolve(schema)["required"].as_array().is_some_and(|names| !names.is_empty())
}

fn parameters(operation: &Operation, components: &mut Components) -> Vec<Value> {
    let Some(properties) = operation.input["properties"].as_object() else { return vec![] };
    let in_path: Vec<&str> = operation.path_parameters().collect();
    let required = operation.input["required"].as_array().cloned().unwrap_or_default();
    let mut parameters = Vec::new();
    for (name, schema) in properties {
        let is_in_path = in_path.contains(&name.as_str());
        if !is_in_path && operation.method.has_body() {
            continue;
        }
        let mut schema = components.hoist(schema, &operation.input);
        let mut description = None;
        if let Some(fields) = schema.as_object_mut() {
            // A query has no null: leaving a parameter out is all there is.
            without_null(fields);
            description = fields.remove("description");
        }
        let mut parameter = json!({
            "name": name,
            "in": if is_in_path { "path" } else { "query" },
            "required": is_in_path || required.iter().any(|required| required == name),
            "schema": schema,
        });
        if let Some(description) = description {
            parameter["description"] = description;
        }
        if let Some(example) = operation.example.get(name) {
            parameter["example"] = example.clone();
        }
        parameters.push(parameter);
    }
    parameters
}

/// The input without what the path gives; none when nothing is left.
fn body(operation: &Operation, components: &mut Components) -> Option<(Value, Value)> {
    let (mut schema, mut example) = (operation.input.clone(), operation.example.clone());
    for name in operation.path_parameters() {
        if let Some(properties) = schema["properties"].as_object_mut() {
            properties.remove(name);
        }
        if let Some(required) = schema["required"].as_array_mut() {
            required.retain(|required| required != name);
        }
        if let Some(example) = example.as_object_mut() {
            example.remove(name);
        }
    }
    schema["properties"].as_object().filter(|properties| !properties.is_empty())?;
    Some((components.named(&schema), example))
}

fn responses(operation: &Operation, components: &mut Components) -> Value {
    let content = match operation.file {
        Some(media_type) => json!({ media_type: {} }),
        None => {
            json!({ "application/json": { "schema": components.named(&operation.output) } })
        }
    };
    let mut success = json!({
        "description": "Done.",
        "content": content,
        "headers": {
            "X-Request-Id": { "$ref": "#/components/headers/XRequestId" },
            "RateLimit": { "$ref": "#/components/headers/RateLimit" },
            "RateLimit-Policy": { "$ref": "#/components/headers/RateLimitPolicy" },
        },
    });
    if takes_key(operation) {
        success["headers"]["Idempotency-Replayed"] =
            json!({ "$ref": "#/components/headers/IdempotencyReplayed" });
    }
    let mut responses = Map::new();
    if operation.finds {
        let mut found = success.clone();
        found["description"] = json!("It was there already, and was left as it was.");
        responses.insert("200".to_owned(), found);
    }
    if operation.file.is_some() {
        success["headers"]["ETag"] = json!({ "$ref": "#/components/headers/ETag" });
        success["headers"]["Content-Disposition"] =
            json!({ "$ref": "#/components/headers/ContentDisposition" });
    }
    responses.insert(operation.status.to_string(), success);
    if operation.file.is_some() {
        let unchanged = json!({ "description": "`If-None-Match` names the file as it is." });
        responses.insert("304".to_owned(), unchanged);
    }
    for (status, name) in components::PROBLEMS {
        let reference = format!("#/components/responses/{name}");
        responses.insert((*status).to_owned(), json!({ "$ref": reference }));
    }
    Value::Object(responses)
}

#[cfg(test)]
mod tests;
