//! `GET /v1/connectors`

use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{App, Caller, Operation, Permission, Problem, operation};

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct ListConnectors {}

#[derive(Debug, Serialize, JsonSchema)]
struct ConnectorView {
    connector: String,
    title: String,
    /// JSON Schema of its settings; secrets are marked `writeOnly`.
    settings: Value,
}

#[derive(Debug, Serialize, JsonSchema)]
struct Connectors {
    items: Vec<ConnectorView>,
}

pub(super) fn operation() -> Operation {
    operation!(outside list_connectors(ListConnectors) -> Connectors, Permission::ReadConnections)
        .get("/v1/connectors")
        .tag("connections")
        .says(
            "List connectors",
            "The outside systems there are, and what their settings look like.",
        )
        .shows_no_client_text()
}

async fn list_connectors(
    app: Arc<App>,
    _: Caller,
    _: ListConnectors,
) -> Result<Connectors, Problem> {
    let items = app
        .outside
        .connectors()
        .into_iter()
        .map(|it| ConnectorView { connector: it.id, title: it.title, settings: it.settings })
        .collect();
    Ok(Connectors { items })
}
