//! `GET /v1/webhooks`

use domain::{Caller, Cursor, Limit, Operation, Page, Permission, Problem, operation};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;
use store::TenantTx;

use super::{WebhookView, reason_of, shown_type};

/// What can become of a delivery.
#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum DeliveryStatus {
    Accepted,
    /// Stored, and answered 422.
    Invalid,
    Ignored,
}

impl DeliveryStatus {
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Accepted => "accepted",
            Self::Invalid => "invalid",
            Self::Ignored => "ignored",
        }
    }
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct ListWebhooks {
    /// Only deliveries of this status.
    #[serde(default)]
    status: Option<DeliveryStatus>,
    #[serde(default)]
    limit: Limit,
    #[serde(default)]
    cursor: Option<Cursor>,
}

pub(super) fn operation() -> Operation {
    operation!(list_webhooks(ListWebhooks) -> Page<WebhookView>, Permission::ReadWebhooks)
        .get("/v1/webhooks")
        .tag("webhooks")
        .says("List received webhooks", "Newest first.")
        .example(json!({}))
}

async fn list_webhooks(
    tx: &mut TenantTx,
    _caller: &Caller,
    input: ListWebhooks,
) -> Result<Page<WebhookView>, Problem> {
    let rows = sqlx::query!(
        r#"
        select r.delivery_id, r.source, r.type as kind, r.status, r.dedupe_key, r.verified_by,
               r.response_status, r.duplicates, r.replays, r.event_id, r.received_at, run.run_id as "run_id?",
               case when r.status = 'invalid' then r.response_body end as "refusal?"
        from webhook.received r
        left join lateral (
            select run_id from engine.run where trigger_event_id = r.event_id order by run_id limit 1
        ) run on true
        where ($1::text is null or r.status = $1) and ($2::uuid is null or r.delivery_id < $2)
        order by r.delivery_id desc
        limit $3
        "#,
        input.status.map(DeliveryStatus::as_str),
        input.cursor.map(Cursor::uuid),
        input.limit.rows(),
    )
    .fetch_all(tx.conn())
    .await?;
    let items = rows
        .into_iter()
        .map(|row| WebhookView {
            delivery_id: row.delivery_id.into(),
            source: row.source,
            kind: shown_type(row.kind),
            status: row.status,
            reason: row.refusal.as_deref().and_then(reason_of),
            event_key: row.dedupe_key,
            verified_by: row.verified_by,
            response_status: row.response_status,
            duplicates: row.duplicates,
            replays: row.replays,
            event_id: row.event_id.map(Into::into),
            run_id: row.run_id.map(Into::into),
            received_at: row.received_at,
        })
        .collect();
    Ok(Page::new(items, input.limit, |view: &WebhookView| view.delivery_id))
}
