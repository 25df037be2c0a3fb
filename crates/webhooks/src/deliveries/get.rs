//! `GET /v1/webhooks/{delivery_id}`

use domain::{Caller, Operation, Permission, Problem, operation};
use kernel::DeliveryId;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use store::TenantTx;

use super::{WebhookView, reason_of, shown_type};

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct GetWebhook {
    delivery_id: DeliveryId,
}

/// A received webhook with its body, byte for byte as text.
#[derive(Debug, Serialize, JsonSchema)]
struct WebhookDetail {
    #[serde(flatten)]
    view: WebhookView,
    headers: Value,
    /// The raw body; bytes that are not UTF-8 are shown as U+FFFD.
    body: String,
    response_body: String,
}

pub(super) fn operation() -> Operation {
    operation!(get_webhook(GetWebhook) -> WebhookDetail, Permission::ReadWebhooks)
        .get("/v1/webhooks/{delivery_id}")
        .tag("webhooks")
        .says("Get a received webhook", "With its headers and raw body, and the answer it got.")
        .about("delivery_id")
        .example(json!({ "delivery_id": "whd_01jcz5k8w1e9ta5bq0h3m7xk2d" }))
}

async fn get_webhook(
    tx: &mut TenantTx,
    _caller: &Caller,
    input: GetWebhook,
) -> Result<WebhookDetail, Problem> {
    let row = sqlx::query!(
        r#"
        select r.delivery_id, r.source, r.type as kind, r.status, r.dedupe_key, r.verified_by,
               r.response_status, r.duplicates, r.replays, r.event_id, r.received_at,
               r.headers, r.body, r.response_body,
               (select run_id from engine.run where trigger_event_id = r.event_id order by run_id limit 1) as run_id
        from webhook.received r where r.delivery_id = $1
        "#,
        input.delivery_id.uuid()
    )
    .fetch_optional(tx.conn())
    .await?
    .ok_or_else(|| Problem::not_found("webhook"))?;
    let reason = if row.status == "invalid" { reason_of(&row.response_body) } else { None };
    let view = WebhookView {
        delivery_id: row.delivery_id.into(),
        source: row.source,
        kind: shown_type(row.kind),
        status: row.status,
        reason,
        event_key: row.dedupe_key,
        verified_by: row.verified_by,
        response_status: row.response_status,
        duplicates: row.duplicates,
        replays: row.replays,
        event_id: row.event_id.map(Into::into),
        run_id: row.run_id.map(Into::into),
        received_at: row.received_at,
    };
    Ok(WebhookDetail {
        view,
        headers: row.headers,
        body: String::from_utf8_lossy(&row.body).into_owned(),
        response_body: String::from_utf8_lossy(&row.response_body).into_owned(),
    })
}
