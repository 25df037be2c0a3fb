//! The protocols that a call may name in place of a function, and what each must be given.

use std::sync::OnceLock;

use serde_json::{Value, json};

/// What begins the name of every function that is a process.
pub(crate) const RUN_PREFIX: &str = "run.";
/// The function that runs another flow: `{ namespace, name, version, input, await }`.
pub const RUN_WORKFLOW: &str = "run.workflow";
/// The function that runs a script.
pub const RUN_SCRIPT: &str = "run.script";
/// The function that runs a shell command.
pub const RUN_SHELL: &str = "run.shell";
/// The function that runs a container.
pub const RUN_CONTAINER: &str = "run.container";

/// The protocol whose calls may be subscriptions to messages.
pub(crate) const ASYNCAPI: &str = "asyncapi";

/// A protocol of the language.
#[derive(Debug)]
pub(crate) struct Protocol {
    pub(crate) name: &'static str,
    /// JSON Schema of what a call gives it.
    pub(crate) input: Value,
    /// Where an endpoint stands, as JSON pointers.
    pub(crate) endpoints: &'static [&'static str],
    /// Where an authentication policy stands, besides those of endpoints.
    pub(crate) authentications: &'static [&'static str],
}

/// Whether `name` is a protocol or a process of the language, such as `http` or `run.shell`, and no function of
/// the catalog. Another flow is neither.
pub fn is_protocol(name: &str) -> bool {
    find(name).is_some() || [RUN_SCRIPT, RUN_SHELL, RUN_CONTAINER].contains(&name)
}

pub(crate) fn find(name: &str) -> Option<&'static Protocol> {
    all().iter().find(|protocol| protocol.name == name)
}

pub(crate) fn all() -> &'static [Protocol] {
    static ALL: OnceLock<Vec<Protocol>> = OnceLock::new();
    ALL.get_or_init(|| {
        let protocol = |name, input, endpoints, authentications| Protocol {
            name,
            input,
            endpoints,
            authentications,
        };
        vec![
            protocol("http", http(), &["/endpoint"], &[]),
            protocol("openapi", openapi(), &["/document/endpoint"], &["/authentication"]),
            protocol("grpc", grpc(), &["/proto/endpoint"], &["/service/authentication"]),
            protocol("mcp", mcp(), &["/transport/http/endpoint"], &[]),
            protocol(ASYNCAPI, asyncapi(), &["/document/endpoint"], &["/authentication"]),
            protocol("a2a", a2a(), &["/agentCard/endpoint", "/server"], &[]),
        ]
    })
}

fn http() -> Value {
    object(
        &["method", "endpoint"],
        json!({
            "method": { "type": "string", "pattern": "^[A-Za-z]+$" },
            "endpoint": endpoint(),
            "headers": { "type": "object", "additionalProperties": { "type": ["string", "number", "boolean"] } },
            "body": {},
            "query": { "type": "object" },
            "output": output(),
            "redirect": { "type": "boolean" },
        }),
    )
}

fn openapi() -> Value {
    object(
        &["document", "operationId"],
        json!({
            "document": resource(),
            "operationId": { "type": "string", "minLength": 1 },
            "parameters": { "type": "object" },
            "authentication": authentication(),
            "output": output(),
            "redirect": { "type": "boolean" },
        }),
    )
}

fn grpc() -> Value {
    let service = object(
        &["name", "host"],
        json!({
            "name": { "type": "string", "minLength": 1 },
            "host": { "type": "string", "minLength": 1 },
            "port": { "type": "integer", "minimum": 1, "maximum": 65535 },
            "authentication": authentication(),
        }),
    );
    object(
        &["proto", "service", "method"],
        json!({
            "proto": resource(),
            "service": service,
            "method": { "type": "string", "minLength": 1 },
            // Beyond the specification: a list is a stream of messages.
            "arguments": { "type": ["object", "array"], "items": { "type": "object" } },
        }),
    )
}

fn mcp() -> Value {
    let methods = [
        "tools/list",
        "tools/call",
        "prompts/list",
        "prompts/get",
        "resources/list",
        "resources/read",
        "resources/templates/list",
    ];
    let text_map = json!({ "type": "object", "additionalProperties": { "type": "string" } });
    let over_http = object(&["endpoint"], json!({ "endpoint": endpoint(), "headers": text_map }));
    let stdio = object(
        &["command"],
        json!({
            "command": { "type": "string", "minLength": 1 },
            "arguments": { "type": "array", "items": { "type": "string" } },
            "environment": text_map,
        }),
    );
    let mut transport =
        object(&[], json!({ "http": over_http, "stdio": stdio, "options": text_map }));
    if let Some(members) = transport.as_object_mut() {
        // One of the two, said so that the check can name the key at fault.
        let without_stdio = json!({ "http": {}, "options": {} });
        members.insert("if".to_owned(), json!({ "required": ["http"] }));
        members.insert("then".to_owned(), object(&[], without_stdio));
        members.insert("else".to_owned(), json!({ "required": ["stdio"] }));
    }
    object(
        &["method", "transport"],
        json!({
            "protocolVersion": { "type": "string" },
            "method": { "enum": methods },
            "parameters": { "type": "object" },
            "timeout": { "type": ["object", "string"] },
            "transport": transport,
            "client": object(&["name", "version"], json!({
                "name": { "type": "string" },
                "version": { "type": "string" },
                "description": { "type": "string" },
            })),
        }),
    )
}

fn asyncapi() -> Value {
    let protocols = [
        "amqp",
        "amqp1",
        "anypointmq",
        "googlepubsub",
        "http",
        "ibmmq",
        "jms",
        "kafka",
        "mercure",
        "mqtt",
        "mqtt5",
        "nats",
        "pulsar",
        "redis",
        "sns",
        "solace",
        "sqs",
        "stomp",
        "ws",
    ];
    let text = json!({ "type": "string", "minLength": 1 });
    let server = object(&["name"], json!({ "name": text, "variables": { "type": "object" } }));
    let message =
        object(&[], json!({ "payload": { "type": "object" }, "headers": { "type": "object" } }));
    let consume = object(
        &[],
        json!({
            "for": { "type": ["object", "string"] },
            "amount": { "type": "integer", "minimum": 1 },
            "while": text,
            "until": text,
        }),
    );
    let subscription = object(
        &["consume"],
        json!({ "filter": text, "consume": consume, "foreach": { "type": "object" } }),
    );
    object(
        &["document"],
        json!({
            "document": resource(),
            "channel": text,
            "operation": text,
            "server": server,
            "protocol": { "enum": protocols },
            "message": message,
            "subscription": subscription,
            "authentication": authentication(),
        }),
    )
}

fn a2a() -> Value {
    let methods = [
        "message/send",
        "message/stream",
        "tasks/get",
        "tasks/list",
        "tasks/cancel",
        "tasks/resubscribe",
        "tasks/pushNotificationConfig/set",
        "tasks/pushNotificationConfig/get",
        "tasks/pushNotificationConfig/list",
        "tasks/pushNotificationConfig/delete",
        "agent/getAuthenticatedExtendedCard",
    ];
    let mut a2a = object(
        &["method"],
        json!({
            "method": { "enum": methods },
            "agentCard": resource(),
            "server": endpoint(),
            "parameters": { "type": ["object", "string"] },
        }),
    );
    if let Some(members) = a2a.as_object_mut() {
        members.insert("if".to_owned(), json!({ "required": ["server"] }));
        members.insert("else".to_owned(), json!({ "required": ["agentCard"] }));
    }
    a2a
}

fn output() -> Value {
    json!({ "enum": ["raw", "content", "response"] })
}

pub(crate) fn resource() -> Value {
    object(&["endpoint"], json!({ "name": { "type": "string" }, "endpoint": endpoint() }))
}

fn endpoint() -> Value {
    let mut endpoint = object(
        &["uri"],
        json!({ "uri": { "type": "string", "minLength": 1 }, "authentication": authentication() }),
    );
    if let Some(members) = endpoint.as_object_mut() {
        members.insert("type".to_owned(), json!(["object", "string"]));
        members.insert("minLength".to_owned(), json!(1));
    }
    endpoint
}

/// An authentication policy, the reference to a named one already followed.
pub(crate) fn authentication() -> Value {
    let text = json!({ "type": "string" });
    let person = json!({ "username": text, "password": text, "use": text });
    let token = object(&["token", "type"], json!({ "token": text, "type": text }));
    let texts = json!({ "type": "array", "items": text });
    let client = object(
        &[],
        json!({
            "id": text,
            "secret": text,
            "assertion": text,
            "authentication": { "enum": [
                "client_secret_basic", "client_secret_post", "client_secret_jwt", "private_key_jwt", "none",
            ] },
        }),
    );
    let mut oidc = json!({
        "use": text,
        "authority": text,
        "grant": { "enum": [
            "authorization_code", "client_credentials", "password", "refresh_token",
            "urn:ietf:params:oauth:grant-type:token-exchange",
        ] },
        "client": client,
        "request": object(&[], json!({
            "encoding": { "enum": ["application/x-www-form-urlencoded", "application/json"] },
        })),
        "issuers": texts,
        "scopes": texts,
        "audiences": texts,
        "username": text,
        "password": text,
        "subject": token,
        "actor": token,
    });
    let without_endpoints = or_a_secret(&["authority", "grant"], oidc.clone());
    if let Some(members) = oidc.as_object_mut() {
        let endpoints = json!({ "token": text, "revocation": text, "introspection": text });
        members.insert("endpoints".to_owned(), object(&[], endpoints));
    }
    let mut policy = object(
        &[],
        json!({
            "basic": or_a_secret(&["username", "password"], person.clone()),
            "digest": or_a_secret(&["username", "password"], person),
            "bearer": or_a_secret(&["token"], json!({ "token": text, "use": text })),
            "certificate": or_a_secret(&["use"], json!({ "use": text })),
            "oauth2": or_a_secret(&["authority", "grant"], oidc),
            "oidc": without_endpoints,
        }),
    );
    only_one(&mut policy);
    policy
}

/// Either these members, or the name of the secret that holds them.
fn or_a_secret(required: &[&str], properties: Value) -> Value {
    let mut schema = object(&[], properties);
    if let Some(members) = schema.as_object_mut() {
        members.insert("if".to_owned(), json!({ "required": ["use"] }));
        members.insert("then".to_owned(), json!({ "maxProperties": 1 }));
        members.insert("else".to_owned(), json!({ "required": required }));
    }
    schema
}

fn only_one(schema: &mut Value) {
    if let Some(members) = schema.as_object_mut() {
        members.insert("minProperties".to_owned(), json!(1));
        members.insert("maxProperties".to_owned(), json!(1));
    }
}

pub(crate) fn object(required: &[&str], properties: Value) -> Value {
    json!({ "type": "object", "required": required, "properties": properties, "additionalProperties": false })
}
