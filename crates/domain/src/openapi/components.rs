//! What operations share in the document: schemas, problem responses, headers.

use serde_json::{Map, Value, json};

/// The problems every operation can answer with, by status.
pub(super) const PROBLEMS: &[(&str, &str)] = &[
    ("400", "Malformed"),
    ("401", "Unauthenticated"),
    ("403", "Forbidden"),
    ("404", "NotFound"),
    ("409", "Conflict"),
    ("413", "TooLarge"),
    ("415", "UnsupportedMediaType"),
    ("422", "Invalid"),
    ("429", "TooManyRequests"),
    ("500", "Internal"),
    ("503", "Unavailable"),
];

/// Schemas collected from the operations.
#[derive(Debug, Default)]
pub(super) struct Components {
    schemas: Map<String, Value>,
}

impl Components {
    /// Files a schema under its title and gives a reference to it.
    pub(super) fn named(&mut self, schema: &Value) -> Value {
        let Some(title) = schema["title"].as_str().map(str::to_owned) else {
            return self.hoist(schema, schema);
        };
        let hoisted = self.hoist(schema, schema);
        self.file(&title, hoisted)
    }

    /// The schema with its definitions moved here and its references turned to them.
    pub(super) fn hoist(&mut self, schema: &Value, root: &Value) -> Value {
        match schema {
            Value::Object(fields) => {
                let mut copy = Map::new();
                for (name, value) in fields {
                    match (name.as_str(), value) {
                        ("$defs" | "title", _) => {}
                        ("$ref", Value::String(target)) => {
                            let reference = self.definition(target, root);
                            copy.insert("$ref".to_owned(), reference);
                        }
                        // Under `properties` the names are fields' own: `title` is a field there.
                        ("properties", Value::Object(properties)) => {
                            let properties: Map<String, Value> = properties
                                .iter()
                                .map(|(name, value)| (name.clone(), self.hoist(value, root)))
                                .collect();
                            copy.insert("properties".to_owned(), Value::Object(properties));
                        }
                        _ => {
                            copy.insert(name.clone(), self.hoist(value, root));
                        }
                    }
                }
                Value::Object(copy)
            }
            Value::Array(items) => {
                Value::Array(items.iter().map(|item| self.hoist(item, root)).collect())
            }
            plain => plain.clone(),
        }
    }

    fn definition(&mut self, target: &str, root: &Value) -> Value {
        let Some(name) = target.strip_prefix("#/$defs/") else { return Value::from(target) };
        let reference = format!("#/components/schemas/{name}");
        if !self.schemas.contains_key(name) {
            // Filed empty first, so that a schema that refers to itself ends.
            self.schemas.insert(name.to_owned(), Value::Null);
            let hoisted = self.hoist(&root["$defs"][name], root);
            self.schemas.insert(name.to_owned(), hoisted);
        }
        Value::from(reference)
    }

    fn file(&mut self, title: &str, schema: Value) -> Value {
        let mut name = title.to_owned();
        // Two shapes of one name (an input with and without what its path gives) get two names.
        while self.schemas.get(&name).is_some_and(|filed| *filed != schema) {
            name.push('2');
        }
        self.schemas.insert(name.clone(), schema);
        json!({ "$ref": format!("#/components/schemas/{name}") })
    }

    /// The schema that a reference points to.
    pub(super) fn resolve<'a>(&'a self, schema: &'a Value) -> &'a Value {
        schema["$ref"]
            .as_str()
            .and_then(|target| target.strip_prefix("#/components/schemas/"))
            .and_then(|name| self.schemas.get(name))
            .unwrap_or(schema)
    }

    pub(super) fn finish(mut self) -> Value {
        self.schemas.insert("Problem".to_owned(), problem_schema());
        self.schemas.sort_keys();
        let responses: Map<String, Value> = PROBLEMS
            .iter()
            .map(|(status, name)| ((*name).to_owned(), problem_response(status)))
            .collect();
        json!({
            "securitySchemes": {
                "token": {
                    "type": "http", "scheme": "bearer",
                    "description": "A token of the form `hof_…`, from `handoff token create` or `POST /v1/tokens`.",
                },
                "session": {
                    "type": "apiKey", "in": "cookie", "name": "__Host-handoff_session",
                    "description": "A browser that signed in with `POST /v1/session`. Requests that change something \
                        repeat the `csrf_token` of `GET /v1/session` in the header `X-CSRF-Token`.",
                },
            },
            "parameters": {
                "IdempotencyKey": {
                    "name": "Idempotency-Key", "in": "header", "required": false,
                    "description": "Makes the request safe to repeat.",
                    "schema": { "type": "string", "minLength": 1, "maxLength": 255 },
                }
            },
            "headers": {
                "XRequestId": header("The request's id, for support.", "string"),
                "RateLimit": header("What is left: `\"token\";r=<requests>;t=<seconds>`.", "string"),
                "RateLimitPolicy": header("The limit: `\"token\";q=<requests>;w=60`.", "string"),
                "IdempotencyReplayed": header("`true` when this is an earlier answer.", "string"),
                "ETag": header("Changes when the file does.", "string"),
                "ContentDisposition": header("The file's name.", "string"),
                "RetryAfter": header("How many seconds to wait.", "integer"),
            },
            "responses": responses,
            "schemas": self.schemas,
        })
    }
}

fn header(description: &str, kind: &str) -> Value {
    json!({ "description": description, "schema": { "type": kind } })
}

fn problem_schema() -> Value {
    json!({
        "type": "object",
        "description": "A problem (RFC 9457). `type` leads to the page that says what to do.",
        "required": ["type", "title", "status", "code"],
        "properties": {
            "type": { "type": "string", "format": "uri-reference" },
            "title": { "type": "string" },
            "status": { "type": "integer" },
            "code": { "type": "string" },
            "detail": { "type": "string" },
            "request_id": { "type": "string" },
            "errors": {
                "type": "array",
                "items": {
                    "type": "object",
                    "required": ["pointer", "detail"],
                    "properties": {
                        "pointer": { "type": "string", "description": "JSON pointer into the input." },
                        "detail": { "type": "string" },
                    },
                },
            },
        },
    })
}

fn problem_response(status: &str) -> Value {
    let codes: Vec<String> = crate::CODES
        .iter()
        .filter(|(_, code_status, _)| code_status.to_string() == status)
        .map(|(code, ..)| format!("`{code}`"))
        .collect();
    let schema = json!({ "$ref": "#/components/schemas/Problem" });
    let mut response = json!({
        "description": codes.join(", "),
        "content": { "application/problem+json": { "schema": schema } },
    });
    if matches!(status, "429" | "503") {
        response["headers"] =
            json!({ "Retry-After": { "$ref": "#/components/headers/RetryAfter" } });
    }
    response
}
