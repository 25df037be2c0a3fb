//! `GET /v1/settings/mwd_assistant_integration`

use std::sync::Arc;

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;

use super::{super::CONNECTOR, AssistantIntegration, masked};
use crate::{App, Caller, Operation, Permission, Problem, connections, operation};

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct GetAssistantIntegration {}

pub(in super::super) fn operation() -> Operation {
    operation!(outside get_assistant_integration(GetAssistantIntegration) -> AssistantIntegration, Permission::ReadConnections)
        .get("/v1/settings/mwd_assistant_integration")
        .tag("settings")
        .says(
            "Get the assistant's integration",
            "The settings of the contract with the assistant, without their secrets.",
        )
}

async fn get_assistant_integration(
    app: Arc<App>,
    caller: Caller,
    _: GetAssistantIntegration,
) -> Result<AssistantIntegration, Problem> {
    let connector = connections::connector(&app, CONNECTOR)?;
    let mut tx = app.db.tenant(caller.tenant).await?;
    let settings = connections::load(&mut tx, &app.keyring, CONNECTOR).await?;
    tx.commit().await?;
    let settings = match settings {
        Some(Value::Object(settings)) => masked(&connector.settings, settings),
        _ => serde_json::Map::from_iter([("enabled".to_owned(), Value::from(false))]),
    };
    Ok(AssistantIntegration { mwd_assistant_integration: settings })
}
