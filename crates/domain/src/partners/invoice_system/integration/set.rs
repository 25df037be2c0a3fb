//! `PUT /v1/settings/mwd_assistant_integration`

use std::sync::Arc;

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::{super::CONNECTOR, AssistantIntegration, masked, unmasked};
use crate::{App, Caller, Operation, Permission, Problem, connections, operation};

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct SetAssistantIntegration {
    /// As the connector `assistant` says. A secret that is left out, or sent as `********`, stays.
    #[schemars(extend("writeOnly" = true))]
    mwd_assistant_integration: Map<String, Value>,
}

pub(in super::super) fn operation() -> Operation {
    operation!(outside set_assistant_integration(SetAssistantIntegration) -> AssistantIntegration, Permission::WriteConnections)
        .put("/v1/settings/mwd_assistant_integration")
        .tag("settings")
        .says(
            "Set the assistant's integration",
            "Where the assistant is, what it may do, and the secrets of both directions. The same as \
             setting the connection `assistant`.",
        )
        .example(json!({ "mwd_assistant_integration": {
            "enabled": true,
            "agent_api_url": "https://assistant.example",
            "agent_api_key": "…",
            "webhook_endpoints": {
                "intake_submitted": "https://assistant.example/api/intake",
                "project_status_changed": "https://assistant.example/api/project/status",
            },
            "webhook_secret": "…",
            "auto_create_leads": true,
            "auto_attach_deliverables": true,
        } }))
}

async fn set_assistant_integration(
    app: Arc<App>,
    caller: Caller,
    input: SetAssistantIntegration,
) -> Result<AssistantIntegration, Problem> {
    let connector = connections::connector(&app, CONNECTOR)?;
    let mut tx = app.db.tenant(caller.tenant).await?;
    let known = connections::load(&mut tx, &app.keyring, CONNECTOR).await?;
    tx.commit().await?;
    let known = known.and_then(|known| known.as_object().cloned()).unwrap_or_default();
    let settings = unmasked(&connector.settings, input.mwd_assistant_integration, &known);
    connections::set(&app, &caller, CONNECTOR, settings.clone())
        .await
        .map_err(|problem| problem.under("/settings", "/mwd_assistant_integration"))?;
    let shown = masked(&connector.settings, settings);
    Ok(AssistantIntegration { mwd_assistant_integration: shown })
}
