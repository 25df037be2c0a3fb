//! `POST /v1/alerts/{alert_id}/resolution`

use kernel::AlertId;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;
use store::TenantTx;

use super::AlertView;
use crate::{Caller, Operation, Permission, Problem, operation};

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct ResolveAlert {
    alert_id: AlertId,
}

pub(super) fn operation() -> Operation {
    operation!(resolve_alert(ResolveAlert) -> AlertView, Permission::WriteAlerts)
        .post("/v1/alerts/{alert_id}/resolution")
        .tag("alerts")
        .says(
            "Resolve an alert",
            "The next occurrence of its cause raises a new one. Resolving twice changes nothing.",
        )
        .about("alert_id")
        .example(json!({ "alert_id": "alert_01h455vb4pex5vsknk084sn02q" }))
}

async fn resolve_alert(
    tx: &mut TenantTx,
    _: &Caller,
    input: ResolveAlert,
) -> Result<AlertView, Problem> {
    let id = input.alert_id;
    close(tx, id).await?;
    super::find(tx, id).await?.ok_or_else(|| Problem::not_found("alert"))
}

/// Resolves the open alert of a cause, if there is one, in the caller's transaction.
pub(in crate::messaging) async fn resolve_open(
    tx: &mut TenantTx,
    cause: &str,
) -> Result<(), Problem> {
    let open = sqlx::query_scalar!(
        "select alert_id from messaging.alert where cause = $1 and resolved_at is null",
        cause
    )
    .fetch_optional(tx.conn())
    .await?;
    match open {
        Some(id) => close(tx, id.into()).await,
        None => Ok(()),
    }
}

async fn close(tx: &mut TenantTx, id: AlertId) -> Result<(), Problem> {
    let now = tx.now();
    let closed = sqlx::query!(
        r#"
        update messaging.alert set resolved_at = $2 where alert_id = $1 and resolved_at is null
        returning kind, severity, occurrences
        "#,
        id.uuid(),
        now,
    )
    .fetch_optional(tx.conn())
    .await?;
    if let Some(alert) = closed {
        let facts = json!({
            "alert_id": id, "kind": alert.kind, "severity": alert.severity,
            "occurrences": alert.occurrences,
        });
        tx.append("messaging", "alert.resolved", Some(id.to_string()), facts).await?;
    }
    Ok(())
}

/// Resolves the open alert of a cause, if there is one, for the parts of the program that see the
/// trouble end.
pub async fn resolve_cause(tx: &mut TenantTx, cause: &str) -> Result<(), Problem> {
    let now = tx.now();
    let resolved = sqlx::query!(
        r#"
        update messaging.alert set resolved_at = $2 where cause = $1 and resolved_at is null
        returning alert_id, kind, occurrences
        "#,
        cause,
        now,
    )
    .fetch_optional(tx.conn())
    .await?;
    let Some(alert) = resolved else { return Ok(()) };
    let id = AlertId::from(alert.alert_id);
    let facts = json!({ "alert_id": id, "kind": alert.kind, "occurrences": alert.occurrences });
    tx.append("messaging", "alert.resolved", Some(id.to_string()), facts).await?;
    Ok(())
}
