//! `POST /v1/webhooks/{delivery_id}/replay`

use domain::{Caller, Operation, Permission, Problem, operation};
use kernel::DeliveryId;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;
use store::TenantTx;
use uuid::Uuid;

use crate::intake::{self, EVENT_SOURCE};

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct ReplayWebhook {
    delivery_id: DeliveryId,
    /// Only say what would change.
    #[serde(default)]
    dry_run: bool,
}

#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct Replayed {
    pub(super) delivery_id: DeliveryId,
    dry_run: bool,
    /// `unchanged`, `accepted` (it was invalid before and is valid now) or `invalid`.
    pub(super) outcome: String,
    /// What changed, or would change, in one sentence.
    detail: String,
}

pub(super) fn operation() -> Operation {
    operation!(replay_webhook(ReplayWebhook) -> Replayed, Permission::WriteWebhooks)
        .post("/v1/webhooks/{delivery_id}/replay")
        .tag("webhooks")
        .says(
            "Replay a received webhook",
            "Reads the stored bytes again, under the same deduplication: what was accepted stays as it is, \
             and what was invalid is accepted if it is valid by now.",
        )
        .about("delivery_id")
        .example(json!({ "delivery_id": "whd_01jcz5k8w1e9ta5bq0h3m7xk2d", "dry_run": true }))
}

async fn replay_webhook(
    tx: &mut TenantTx,
    _caller: &Caller,
    input: ReplayWebhook,
) -> Result<Replayed, Problem> {
    again(tx, input.delivery_id, input.dry_run).await
}

/// Reads one delivery again.
pub(super) async fn again(
    tx: &mut TenantTx,
    id: DeliveryId,
    dry_run: bool,
) -> Result<Replayed, Problem> {
    let row = sqlx::query!(
        "select source, status, body from webhook.received where delivery_id = $1 for update",
        id.uuid()
    )
    .fetch_optional(tx.conn())
    .await?
    .ok_or_else(|| Problem::not_found("webhook"))?;
    let answer = |outcome: &str, detail: &str| Replayed {
        delivery_id: id,
        dry_run,
        outcome: outcome.to_owned(),
        detail: detail.to_owned(),
    };
    let replayed = if row.status == "accepted" {
        answer("unchanged", "it was accepted before, and its event is in the log")
    } else {
        match intake::read(&row.body) {
            Err(problem) => answer("invalid", &told(&problem)),
            Ok(webhook) if taken(tx, &row.source, webhook.event_id()).await? => {
                answer("unchanged", "another delivery of the same event was accepted")
            }
            Ok(_) if dry_run => answer("accepted", "it would be accepted, and start its flow"),
            Ok(webhook) => {
                accept(tx, id, &webhook).await?;
                answer("accepted", "it is accepted now, and its flow starts")
            }
        }
    };
    if !dry_run {
        sqlx::query!(
            "update webhook.received set replays = replays + 1 where delivery_id = $1",
            id.uuid()
        )
        .execute(tx.conn())
        .await?;
    }
    Ok(replayed)
}

/// What is wrong, each field by its name.
fn told(problem: &Problem) -> String {
    let fields: Vec<String> =
        problem.errors().iter().map(|it| format!("{} {}", it.pointer, it.detail)).collect();
    if fields.is_empty() { problem.detail().to_owned() } else { fields.join("; ") }
}

async fn taken(tx: &mut TenantTx, source: &str, event_key: &str) -> Result<bool, Problem> {
    let other: Option<Uuid> = sqlx::query_scalar!(
        "select delivery_id from webhook.received where source = $1 and dedupe_key = $2",
        source,
        event_key
    )
    .fetch_optional(tx.conn())
    .await?;
    Ok(other.is_some())
}

async fn accept(
    tx: &mut TenantTx,
    id: DeliveryId,
    webhook: &intake::Webhook,
) -> Result<(), Problem> {
    let kind = webhook.kind().event_type();
    let event = tx.append(EVENT_SOURCE, kind, Some(id.to_string()), webhook.facts(id)).await?;
    sqlx::query!(
        r#"
        update webhook.received set status = 'accepted', dedupe_key = $2, event_id = $3
        where delivery_id = $1
        "#,
        id.uuid(),
        webhook.event_id(),
        event.uuid(),
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}
