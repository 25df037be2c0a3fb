//! Messages as people see them: list, look, replay.

mod get;
mod list;
mod replay;
mod replay_many;

use domain::{Operation, Problem};
use kernel::{EventId, Timestamp, WebhookMessageId, WebhookSubscriptionId};
use schemars::JsonSchema;
use serde::Serialize;
use store::TenantTx;
use uuid::Uuid;

use super::MessageStatus;

pub(super) fn operations() -> Vec<Operation> {
    vec![list::operation(), get::operation(), replay::operation(), replay_many::operation()]
}

/// A webhook that was or is to be sent, without its body.
#[derive(Debug, Serialize, JsonSchema)]
struct WebhookMessageView {
    /// The `webhook-id` of every attempt.
    message_id: WebhookMessageId,
    subscription_id: WebhookSubscriptionId,
    #[serde(rename = "type")]
    kind: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    subject: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    event_id: Option<EventId>,
    status: MessageStatus,
    attempts: i32,
    replays: i32,
    /// What the last attempt was answered.
    #[serde(skip_serializing_if = "Option::is_none")]
    response_status: Option<i16>,
    /// What went wrong the last time, in a sentence.
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
    /// When it is tried next, unless the subscription is paused or an earlier message about the same
    /// subject is still waiting.
    #[serde(skip_serializing_if = "Option::is_none")]
    next_attempt_at: Option<Timestamp>,
    created_at: Timestamp,
    #[serde(skip_serializing_if = "Option::is_none")]
    ended_at: Option<Timestamp>,
}

struct Row {
    message_id: Uuid,
    subscription_id: Uuid,
    kind: String,
    subject: Option<String>,
    event_id: Option<Uuid>,
    status: String,
    attempts: i32,
    replays: i32,
    response_status: Option<i16>,
    error: Option<String>,
    next_attempt_at: Option<Timestamp>,
    created_at: Timestamp,
    ended_at: Option<Timestamp>,
}

impl TryFrom<Row> for WebhookMessageView {
    type Error = Problem;

    fn try_from(row: Row) -> Result<Self, Problem> {
        Ok(Self {
            message_id: row.message_id.into(),
            subscription_id: row.subscription_id.into(),
            kind: row.kind,
            subject: row.subject,
            event_id: row.event_id.map(Into::into),
            status: MessageStatus::of(&row.status)?,
            attempts: row.attempts,
            replays: row.replays,
            response_status: row.response_status,
            error: row.error,
            next_attempt_at: row.next_attempt_at,
            created_at: row.created_at,
            ended_at: row.ended_at,
        })
    }
}

/// Which messages are meant; what is left out does not matter.
struct Filter {
    subscription: Option<WebhookSubscriptionId>,
    status: Option<MessageStatus>,
    kind: Option<String>,
    subject: Option<String>,
    since: Option<Timestamp>,
    until: Option<Timestamp>,
    text: Option<String>,
    /// Only messages before this one.
    before: Option<Uuid>,
    limit: i64,
}

async fn find(tx: &mut TenantTx, filter: &Filter) -> Result<Vec<WebhookMessageView>, Problem> {
    let rows = sqlx::query_as!(
        Row,
        r#"
        select message_id, subscription_id, type as kind, subject, event_id, status, attempts, replays,
               response_status, error, next_attempt_at, created_at, ended_at
        from webhook.message
        where ($1::uuid is null or subscription_id = $1)
          and ($2::text is null or status = $2)
          and ($3::text is null or type = $3)
          and ($4::text is null or subject = $4)
          and ($5::timestamptz is null or $5 <= created_at)
          and ($6::timestamptz is null or created_at < $6)
          and ($7::text is null
               or position(lower($7) in lower(concat_ws(' ', error, convert_from(body, 'UTF8')))) > 0)
          and ($8::uuid is null or message_id < $8)
        order by message_id desc
        limit $9
        "#,
        filter.subscription.map(WebhookSubscriptionId::uuid),
        filter.status.map(MessageStatus::as_str),
        filter.kind,
        filter.subject,
        filter.since,
        filter.until,
        filter.text,
        filter.before,
        filter.limit,
    )
    .fetch_all(tx.conn())
    .await?;
    rows.into_iter().map(WebhookMessageView::try_from).collect()
}
