//! The one path that is no operation: its answer does not end.

use serde_json::{Value, json};

use super::components;

/// `GET /v1/events/stream`.
pub(super) fn described() -> Value {
    let mut responses = json!({
        "200": {
            "description": "Events as they happen. Each has the position as its `id`, the type `event`, and as its data \
                an item of `list_events` as JSON. A comment every 15 seconds keeps the stream open.",
            "content": { "text/event-stream": { "schema": { "type": "string" } } },
        },
    });
    for (status, name) in components::PROBLEMS {
        let reference = format!("#/components/responses/{name}");
        responses[*status] = json!({ "$ref": reference });
    }
    json!({ "get": {
        "operationId": "stream_events",
        "tags": ["events"],
        "summary": "Follow events",
        "description": "Server-sent events: from the position after `Last-Event-ID`, else after `after`, else from now on, \
            in the one order that all readers see. The stream ends when the token or the session does.\n\nNeeds the \
            permission `read:events`.",
        "x-permission": "read:events",
        "parameters": [{
            "name": "after", "in": "query", "required": false,
            "description": "The position after which to begin.",
            "schema": { "type": "integer", "minimum": 0 },
        }],
        "responses": responses,
    } })
}
