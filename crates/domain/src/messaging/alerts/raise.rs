//! `POST /v1/alerts`

use kernel::AlertId;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use store::TenantTx;

use super::{AlertRow, AlertView, Severity};
use crate::{
    Caller, Operation, Permission, Problem, operation,
    text::{Name, ShortText},
};

#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RaiseAlert {
    /// What kind of trouble, such as `webhook.signature`.
    pub kind: Name,
    pub severity: Severity,
    /// What makes two alerts the same, such as `webhook.signature/invoice_system`.
    pub cause: ShortText,
    /// One sentence for a person.
    pub title: ShortText,
    /// Facts for whoever looks into it; the latest win.
    #[serde(default)]
    pub detail: Option<Map<String, Value>>,
}

#[derive(Debug, Serialize, JsonSchema)]
pub struct RaisedAlert {
    #[serde(flatten)]
    pub alert: AlertView,
    /// Whether it is new, and not the repetition of an open one.
    pub first: bool,
}

pub(super) fn operation() -> Operation {
    operation!(raise_alert(RaiseAlert) -> RaisedAlert, Permission::WriteAlerts)
        .post("/v1/alerts")
        .tag("alerts")
        .says(
            "Raise an alert",
            "While an alert with the same cause is open, it is counted there. Only the first one is \
             announced by the event `alert.raised`.",
        )
        .creates()
        .about("alert_id")
        .example(json!({
            "kind": "connection.failing",
            "severity": "warning",
            "cause": "connection.failing/slack",
            "title": "Slack refuses our messages; reconnect it",
            "detail": { "connector": "slack" },
        }))
}

async fn raise_alert(
    tx: &mut TenantTx,
    _: &Caller,
    input: RaiseAlert,
) -> Result<RaisedAlert, Problem> {
    raise(tx, input).await
}

/// Raises an alert in the caller's transaction, for the parts of the program that notice trouble.
pub async fn raise(tx: &mut TenantTx, new: RaiseAlert) -> Result<RaisedAlert, Problem> {
    let (new_id, now): (AlertId, _) = (tx.new_id(), tx.now());
    let alert: AlertView = sqlx::query_as!(
        AlertRow,
        r#"
        insert into messaging.alert as a
            (alert_id, kind, severity, cause, title, detail, first_at, last_at)
        values ($1, $2, $3, $4, $5, $6, $7, $7)
        on conflict (tenant_id, cause) where resolved_at is null do update set
            occurrences = a.occurrences + 1, severity = excluded.severity, title = excluded.title,
            detail = excluded.detail, last_at = excluded.last_at
        returning alert_id, kind, severity, cause, title, detail, occurrences, first_at, last_at,
                  resolved_at
        "#,
        new_id.uuid(),
        new.kind.as_str(),
        new.severity.as_str(),
        new.cause.as_str(),
        new.title.as_str(),
        Value::Object(new.detail.unwrap_or_default()),
        now,
    )
    .fetch_one(tx.conn())
    .await?
    .try_into()?;
    let first = alert.alert_id == new_id;
    if first {
        let facts = json!({ "alert_id": new_id, "kind": alert.kind, "severity": alert.severity });
        tx.append("messaging", "alert.raised", Some(new_id.to_string()), facts).await?;
    }
    Ok(RaisedAlert { alert, first })
}
