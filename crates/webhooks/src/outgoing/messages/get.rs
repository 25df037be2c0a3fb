//! `GET /v1/webhook-messages/{message_id}`

use domain::{Caller, Operation, Permission, Problem, operation};
use kernel::{Timestamp, WebhookMessageId};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;
use store::TenantTx;

use super::{Row, WebhookMessageView};

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct GetWebhookMessage {
    message_id: WebhookMessageId,
}

/// A message with its body and every attempt to send it.
#[derive(Debug, Serialize, JsonSchema)]
struct WebhookMessageDetail {
    #[serde(flatten)]
    view: WebhookMessageView,
    /// The body of every attempt, byte for byte.
    body: String,
    /// Oldest first.
    log: Vec<WebhookAttempt>,
}

/// One attempt to send a message.
#[derive(Debug, Serialize, JsonSchema)]
struct WebhookAttempt {
    number: i32,
    started_at: Timestamp,
    duration_ms: i32,
    #[serde(skip_serializing_if = "Option::is_none")]
    response_status: Option<i16>,
    /// The first 4 kB of the answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    response_body: Option<String>,
    /// What went wrong, in a sentence; absent when it was delivered.
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
}

pub(super) fn operation() -> Operation {
    operation!(get_webhook_message(GetWebhookMessage) -> WebhookMessageDetail, Permission::ReadWebhooks)
        .get("/v1/webhook-messages/{message_id}")
        .tag("webhook messages")
        .says("Get a sent webhook", "With its body, and each attempt and its answer.")
        .about("message_id")
        .example(json!({ "message_id": "whm_01jcz5k8w1e9ta5bq0h3m7xk2d" }))
}

async fn get_webhook_message(
    tx: &mut TenantTx,
    _caller: &Caller,
    input: GetWebhookMessage,
) -> Result<WebhookMessageDetail, Problem> {
    let id = input.message_id.uuid();
    let row = sqlx::query_as!(
        Row,
        r#"
        select message_id, subscription_id, type as kind, subject, event_id, status, attempts, replays,
               response_status, error, next_attempt_at, created_at, ended_at
        from webhook.message where message_id = $1
        "#,
        id,
    )
    .fetch_optional(tx.conn())
    .await?
    .ok_or_else(|| Problem::not_found("webhook message"))?;
    let body = sqlx::query_scalar!("select body from webhook.message where message_id = $1", id)
        .fetch_one(tx.conn())
        .await?;
    let log = sqlx::query_as!(
        WebhookAttempt,
        r#"
        select number, started_at, duration_ms, response_status, response_body, error
        from webhook.attempt where message_id = $1 order by number
        "#,
        id,
    )
    .fetch_all(tx.conn())
    .await?;
    let body = String::from_utf8_lossy(&body).into_owned();
    Ok(WebhookMessageDetail { view: row.try_into()?, body, log })
}
