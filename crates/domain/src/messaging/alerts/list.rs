//! `GET /v1/alerts`

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;
use store::TenantTx;

use super::{AlertRow, AlertView, Severity};
use crate::{Caller, Cursor, Limit, Operation, Page, Permission, Problem, operation};

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct ListAlerts {
    /// True for the open ones, false for the resolved ones; both when left out.
    #[serde(default)]
    open: Option<bool>,
    #[serde(default)]
    severity: Option<Severity>,
    #[serde(default)]
    #[schemars(length(min = 1, max = 120))]
    kind: Option<String>,
    /// Only the alerts of this cause: at most one of them is open.
    #[serde(default)]
    #[schemars(length(min = 1, max = 500))]
    cause: Option<String>,
    #[serde(default)]
    limit: Option<Limit>,
    #[serde(default)]
    cursor: Option<Cursor>,
}

pub(super) fn operation() -> Operation {
    operation!(list_alerts(ListAlerts) -> Page<AlertView>, Permission::ReadAlerts)
        .get("/v1/alerts")
        .tag("alerts")
        .says("List alerts", "The latest raised first.")
        .example(json!({ "open": true }))
}

async fn list_alerts(
    tx: &mut TenantTx,
    _: &Caller,
    input: ListAlerts,
) -> Result<Page<AlertView>, Problem> {
    let limit = input.limit.unwrap_or_default();
    let rows = sqlx::query_as!(
        AlertRow,
        r#"
        select alert_id, kind, severity, cause, title, detail, occurrences, first_at, last_at,
               resolved_at
        from messaging.alert
        where ($1::boolean is null or (resolved_at is null) = $1)
          and ($2::text is null or severity = $2)
          and ($3::text is null or kind = $3)
          and ($4::text is null or cause = $4)
          and ($5::uuid is null or alert_id < $5)
        order by alert_id desc
        limit $6
        "#,
        input.open,
        input.severity.map(Severity::as_str),
        input.kind,
        input.cause,
        input.cursor.map(Cursor::uuid),
        limit.rows(),
    )
    .fetch_all(tx.conn())
    .await?;
    let alerts = rows.into_iter().map(AlertView::try_from).collect::<Result<_, _>>()?;
    Ok(Page::new(alerts, limit, |alert: &AlertView| alert.alert_id))
}
