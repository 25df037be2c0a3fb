//! `PUT /v1/connections/{connector}`

use std::sync::Arc;

use kernel::ConnectionId;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use store::TenantTx;

use super::{ConnectionRow, ConnectionView};
use crate::{
    App, Caller, ConnectorInfo, FieldError, Operation, Permission, Problem, operation,
    operation::{audit, schema_errors},
    partners::invoice_system,
};

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct SetConnection {
    /// Such as `slack`.
    #[schemars(length(min = 1, max = 60))]
    connector: String,
    /// As the connector's schema says; see `list_connectors`.
    #[schemars(extend("writeOnly" = true))]
    settings: Map<String, Value>,
}

pub(super) fn operation() -> Operation {
    operation!(outside set_connection(SetConnection) -> ConnectionView, Permission::WriteConnections)
        .put("/v1/connections/{connector}")
        .tag("connections")
        .says(
            "Set a connection",
            "Replaces the settings for an outside system. They are sealed and never shown again. Use \
             `test_connection` to see whether they work.",
        )
        .about("connection_id")
        .example(json!({ "connector": "slack", "settings": { "bot_token": "xoxb-…" } }))
}

async fn set_connection(
    app: Arc<App>,
    caller: Caller,
    input: SetConnection,
) -> Result<ConnectionView, Problem> {
    set(&app, &caller, &input.connector, input.settings).await
}

/// Seals the settings for a connector.
pub(crate) async fn set(
    app: &App,
    caller: &Caller,
    connector: &str,
    settings: Map<String, Value>,
) -> Result<ConnectionView, Problem> {
    let connector = super::connector(app, connector)?;
    let settings = Value::Object(settings);
    require_valid(&connector, &settings)?;
    // One transaction, no call: it is no flow's business because the settings hold secrets.
    let mut tx = app.db.tenant(caller.tenant).await?;
    let sealed = super::sealed::seal(&tx, &app.keyring, &connector.id, &settings)?;
    let view = upsert(&mut tx, &connector.id, &sealed).await?;
    if connector.id == invoice_system::CONNECTOR {
        invoice_system::store_policy(&mut tx, &settings).await?;
    }
    // Calls that were put off because the old settings did not work are made now.
    engine::runs::reset_breaker(&mut tx, &connector.id).await?;
    for watcher in &app.watchers {
        watcher.connection_set(&mut tx, &app.keyring, &connector.id, &settings).await?;
    }
    let id = view.connection_id.to_string();
    let facts = json!({ "connection_id": id, "connector": connector.id });
    tx.append("connections", "connection.changed", Some(id.clone()), facts.clone()).await?;
    audit(&mut tx, caller, "set_connection", &id, &facts).await?;
    tx.commit().await?;
    Ok(view)
}

fn require_valid(connector: &ConnectorInfo, settings: &Value) -> Result<(), Problem> {
    let errors: Vec<FieldError> = schema_errors(&connector.settings, settings)
        .map_err(Problem::internal)?
        .into_iter()
        .map(|error| FieldError { pointer: format!("/settings{}", error.pointer), ..error })
        .collect();
    if errors.is_empty() { Ok(()) } else { Err(Problem::invalid(errors)) }
}

async fn upsert(
    tx: &mut TenantTx,
    connector: &str,
    sealed: &[u8],
) -> Result<ConnectionView, Problem> {
    let (id, now): (ConnectionId, _) = (tx.new_id(), tx.now());
    sqlx::query_as!(
        ConnectionRow,
        r#"
        insert into connections.connection
            (connection_id, connector, settings_sealed, created_at, updated_at)
        values ($1, $2, $3, $4, $4)
        on conflict on constraint connection_connector_key do update set
            settings_sealed = excluded.settings_sealed, status = 'unchecked', status_detail = null,
            checked_at = null, updated_at = excluded.updated_at
        returning connection_id, connector, status, status_detail, checked_at, created_at, updated_at
        "#,
        id.uuid(),
        connector,
        sealed,
        now,
    )
    .fetch_one(tx.conn())
    .await?
    .try_into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_are_checked_against_the_connectors_schema_and_never_quoted() {
        let connector = ConnectorInfo {
            id: "slack".into(),
            title: "Slack".into(),
            settings: json!({
                "type": "object",
                "properties": { "bot_token": { "type": "string", "pattern": "^xoxb-", "writeOnly": true } },
                "required": ["bot_token", "channel"],
            }),
        };
        let refused = require_valid(&connector, &json!({ "bot_token": "hunter2" })).unwrap_err();
        let mut pointers: Vec<&str> = refused.errors().iter().map(|e| e.pointer.as_str()).collect();
        pointers.sort_unstable();
        assert_eq!(pointers, ["/settings/bot_token", "/settings/channel"]);
        assert!(!refused.body(None).to_string().contains("hunter2"));
        assert!(
            require_valid(&connector, &json!({ "bot_token": "xoxb-1", "channel": "C1" })).is_ok()
        );
    }
}
