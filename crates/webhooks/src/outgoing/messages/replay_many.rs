//! `POST /v1/webhook-messages/replay`

use domain::{Caller, Operation, Permission, Problem, operation};
use kernel::{Timestamp, WebhookSubscriptionId};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;
use store::TenantTx;
use uuid::Uuid;

use super::{Filter, WebhookMessageView, find, replay};
use crate::outgoing::MessageStatus;

/// How many messages one call queues at the most.
const MESSAGES_MAX: i64 = 1_000;
/// How many of them the answer shows.
const SHOWN_MAX: usize = 20;

/// What became of a message that can be sent again.
#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum EndedStatus {
    Delivered,
    Failed,
    Cancelled,
}

impl From<EndedStatus> for MessageStatus {
    fn from(status: EndedStatus) -> Self {
        match status {
            EndedStatus::Delivered => Self::Delivered,
            EndedStatus::Failed => Self::Failed,
            EndedStatus::Cancelled => Self::Cancelled,
        }
    }
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct ReplayWebhookMessages {
    /// Only messages to this subscription.
    #[serde(default)]
    subscription_id: Option<WebhookSubscriptionId>,
    status: EndedStatus,
    /// Only messages of this event type, exactly.
    #[serde(default, rename = "type")]
    #[schemars(length(min = 1, max = 120))]
    kind: Option<String>,
    /// Only messages about this subject.
    #[serde(default)]
    #[schemars(length(min = 1, max = 500))]
    subject: Option<String>,
    /// Only messages written at or after this time.
    #[serde(default)]
    since: Option<Timestamp>,
    /// Only messages written before this time.
    #[serde(default)]
    until: Option<Timestamp>,
    /// Only messages whose body or last error holds this text, in either case.
    #[serde(default)]
    #[schemars(length(min = 1, max = 200))]
    text: Option<String>,
    /// Only say what would be sent.
    #[serde(default)]
    dry_run: bool,
}

#[derive(Debug, Serialize, JsonSchema)]
struct ReplayedWebhookMessages {
    dry_run: bool,
    /// How many are sent again, or would be: at most 1000 with one call.
    messages: usize,
    /// Whether more match; call again for them.
    more: bool,
    /// The newest of them, as they were before.
    items: Vec<WebhookMessageView>,
}

pub(super) fn operation() -> Operation {
    operation!(
        replay_webhook_messages(ReplayWebhookMessages) -> ReplayedWebhookMessages,
        Permission::WriteWebhooks
    )
    .post("/v1/webhook-messages/replay")
    .tag("webhook messages")
    .says(
        "Send many webhooks again",
        "All messages of a status that match: the same bytes under the same `webhook-id`, those about one \
         subject in their order. Messages of disabled subscriptions are left out. Try it with `dry_run`.",
    )
    .example(json!({ "status": "failed", "since": "2026-11-20T00:00:00Z", "dry_run": true }))
}

async fn replay_webhook_messages(
    tx: &mut TenantTx,
    _caller: &Caller,
    input: ReplayWebhookMessages,
) -> Result<ReplayedWebhookMessages, Problem> {
    let filter = Filter {
        subscription: input.subscription_id,
        status: Some(input.status.into()),
        kind: input.kind,
        subject: input.subject,
        since: input.since,
        until: input.until,
        text: input.text,
        before: None,
        limit: MESSAGES_MAX + 1,
    };
    let mut items = find(tx, &filter).await?;
    let found = items.len();
    items.truncate(usize::try_from(MESSAGES_MAX).unwrap_or(usize::MAX));
    let more = items.len() < found;
    let ids: Vec<Uuid> = items.iter().map(|item| item.message_id.uuid()).collect();
    let sendable = sqlx::query_scalar!(
        r#"
        select m.message_id from webhook.message m
        join webhook.subscription s on s.tenant_id = m.tenant_id and s.subscription_id = m.subscription_id
        where m.message_id = any($1) and s.status <> 'disabled' and 0 < length(m.body)
        "#,
        &ids,
    )
    .fetch_all(tx.conn())
    .await?;
    items.retain(|item| sendable.contains(&item.message_id.uuid()));
    let mut messages = items.len();
    if !input.dry_run {
        let queued = replay::again(tx, &sendable).await?;
        messages = usize::try_from(queued).unwrap_or(usize::MAX);
    }
    items.truncate(SHOWN_MAX);
    Ok(ReplayedWebhookMessages { dry_run: input.dry_run, messages, more, items })
}
