//! `POST /v1/webhook-messages/{message_id}/replay`

use domain::{Caller, Operation, Permission, Problem, operation};
use kernel::WebhookMessageId;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;
use store::TenantTx;
use uuid::Uuid;

use crate::outgoing::{MessageStatus, SubscriptionStatus};

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct ReplayWebhookMessage {
    message_id: WebhookMessageId,
    /// Only say what would be done.
    #[serde(default)]
    dry_run: bool,
}

#[derive(Debug, Serialize, JsonSchema)]
struct ReplayedWebhookMessage {
    message_id: WebhookMessageId,
    dry_run: bool,
    /// What was done, or would be done, in one sentence.
    detail: String,
}

pub(super) fn operation() -> Operation {
    operation!(
        replay_webhook_message(ReplayWebhookMessage) -> ReplayedWebhookMessage,
        Permission::WriteWebhooks
    )
    .post("/v1/webhook-messages/{message_id}/replay")
    .tag("webhook messages")
    .says(
        "Send a webhook again",
        "The same bytes under the same `webhook-id`, with the whole schedule of attempts before it. One that \
         waits for its next attempt is sent now.",
    )
    .about("message_id")
    .example(json!({ "message_id": "whm_01jcz5k8w1e9ta5bq0h3m7xk2d", "dry_run": true }))
}

async fn replay_webhook_message(
    tx: &mut TenantTx,
    _caller: &Caller,
    input: ReplayWebhookMessage,
) -> Result<ReplayedWebhookMessage, Problem> {
    let id = input.message_id;
    let row = sqlx::query!(
        r#"
        select m.status, m.subscription_id, s.status as subscription_status, length(m.body) as "length!"
        from webhook.message m
        join webhook.subscription s on s.tenant_id = m.tenant_id and s.subscription_id = m.subscription_id
        where m.message_id = $1
        "#,
        id.uuid(),
    )
    .fetch_optional(tx.conn())
    .await?
    .ok_or_else(|| Problem::not_found("webhook message"))?;
    if SubscriptionStatus::of(&row.subscription_status)? == SubscriptionStatus::Disabled {
        return Err(Problem::new(
            "webhook-subscription-disabled",
            "nothing is sent to the subscription of this message; activate it first",
        ));
    }
    let waits = MessageStatus::of(&row.status)? == MessageStatus::Pending;
    let detail = match (waits, row.length, input.dry_run) {
        (_, 0, _) => "it has no body because that was too large; there is nothing to send",
        (true, _, false) => "it waits to be sent, and its next attempt is made now",
        (true, _, true) => "it waits to be sent, and its next attempt would be made now",
        (false, _, false) => "it is sent again under the same id",
        (false, _, true) => "it would be sent again under the same id",
    };
    if !input.dry_run && waits {
        hasten(tx, id.uuid()).await?;
    } else if !input.dry_run {
        again(tx, &[id.uuid()]).await?;
    }
    Ok(ReplayedWebhookMessage { message_id: id, dry_run: input.dry_run, detail: detail.to_owned() })
}

async fn hasten(tx: &mut TenantTx, message: Uuid) -> Result<(), Problem> {
    let now = tx.now();
    sqlx::query!(
        r#"
        with hastened as (
            update webhook.outbox set run_at = $3
            where tenant_id = $1 and message_id = $2 and owner is null and $3 < run_at
            returning message_id
        )
        update webhook.message m set next_attempt_at = $3 from hastened h where m.message_id = h.message_id
        "#,
        tx.tenant().uuid(),
        message,
        now,
    )
    .execute(tx.conn())
    .await?;
    tx.wakes_webhooks();
    Ok(())
}

/// Queues ended messages anew, with the whole schedule before them. Says how many.
pub(super) async fn again(tx: &mut TenantTx, messages: &[Uuid]) -> Result<u64, Problem> {
    let now = tx.now();
    let queued = sqlx::query!(
        r#"
        with again as (
            update webhook.message set
                status = 'pending', attempts_replayed = attempts, replays = replays + 1,
                next_attempt_at = $2, ended_at = null
            where message_id = any($1) and status <> 'pending' and 0 < length(body)
            returning message_id, subscription_id, subject
        )
        insert into webhook.outbox (message_id, subscription_id, lane, run_at)
        select message_id, subscription_id, hashtextextended(subject, 0), $2::timestamptz from again
        "#,
        messages,
        now,
    )
    .execute(tx.conn())
    .await?
    .rows_affected();
    tx.wakes_webhooks();
    Ok(queued)
}
