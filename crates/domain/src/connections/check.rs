//! `POST /v1/connections/{connector}/test`

use std::sync::Arc;

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;
use store::TenantTx;

use super::{ConnectionRow, ConnectionStatus, ConnectionView};
use crate::{App, Caller, Operation, Permission, Problem, operation, operation::audit};

/// How much of a check's sentence is kept.
const DETAIL_MAX: usize = 500;

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct TestConnection {
    /// Such as `slack`.
    #[schemars(length(min = 1, max = 60))]
    connector: String,
}

pub(super) fn operation() -> Operation {
    operation!(outside test_connection(TestConnection) -> ConnectionView, Permission::WriteConnections)
        .post("/v1/connections/{connector}/test")
        .tag("connections")
        .says(
            "Test a connection",
            "Asks the outside system whether the settings work, changing nothing there, and notes \
             the answer.",
        )
        .about("connection_id")
        .example(json!({ "connector": "slack" }))
}

async fn test_connection(
    app: Arc<App>,
    caller: Caller,
    input: TestConnection,
) -> Result<ConnectionView, Problem> {
    let connector = super::connector(&app, &input.connector)?;
    let mut tx = app.db.tenant(caller.tenant).await?;
    let settings = super::load(&mut tx, &app.keyring, &connector.id).await?;
    tx.commit().await?;
    let settings = settings.ok_or_else(|| missing(&connector.id))?;
    let found = app.outside.check_connection(caller.tenant, &connector.id, settings).await;
    let (status, detail) = match found {
        Ok(detail) => (ConnectionStatus::Working, detail),
        Err(detail) => (ConnectionStatus::Failing, detail),
    };
    let detail: String = detail.replace('\0', "").chars().take(DETAIL_MAX).collect();
    let mut tx = app.db.tenant(caller.tenant).await?;
    let view = note(&mut tx, &connector.id, status, &detail).await?;
    let id = view.connection_id.to_string();
    let facts = json!({ "connection_id": id, "connector": connector.id, "status": status });
    tx.append("connections", "connection.tested", Some(id.clone()), facts.clone()).await?;
    audit(&mut tx, &caller, "test_connection", &id, &facts).await?;
    tx.commit().await?;
    Ok(view)
}

fn missing(connector: &str) -> Problem {
    Problem::new(
        "connection-missing",
        format!("`{connector}` is not connected; set it with `handoff connection set {connector}`"),
    )
}

async fn note(
    tx: &mut TenantTx,
    connector: &str,
    status: ConnectionStatus,
    detail: &str,
) -> Result<ConnectionView, Problem> {
    let now = tx.now();
    sqlx::query_as!(
        ConnectionRow,
        r#"
        update connections.connection set status = $2, status_detail = $3, checked_at = $4
        where connector = $1
        returning connection_id, connector, status, status_detail, checked_at, created_at, updated_at
        "#,
        connector,
        status.as_str(),
        detail,
        now,
    )
    .fetch_optional(tx.conn())
    .await?
    .ok_or_else(|| missing(connector))?
    .try_into()
}
