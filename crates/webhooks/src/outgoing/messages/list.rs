//! `GET /v1/webhook-messages`

use domain::{Caller, Cursor, Limit, Operation, Page, Permission, Problem, operation};
use kernel::{Timestamp, WebhookSubscriptionId};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;
use store::TenantTx;

use super::{Filter, WebhookMessageView, find};
use crate::outgoing::MessageStatus;

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct ListWebhookMessages {
    /// Only messages to this subscription.
    #[serde(default)]
    subscription_id: Option<WebhookSubscriptionId>,
    #[serde(default)]
    status: Option<MessageStatus>,
    /// Only messages of this event type, exactly.
    #[serde(default, rename = "type")]
    #[schemars(length(min = 1, max = 120))]
    kind: Option<String>,
    /// Only messages about this subject, such as `lead_01jc…`.
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
    #[serde(default)]
    limit: Limit,
    #[serde(default)]
    cursor: Option<Cursor>,
}

pub(super) fn operation() -> Operation {
    operation!(
        list_webhook_messages(ListWebhookMessages) -> Page<WebhookMessageView>,
        Permission::ReadWebhooks
    )
    .get("/v1/webhook-messages")
    .tag("webhook messages")
    .says("List sent webhooks", "Newest first: sent, waiting, failed and cancelled ones.")
    .example(json!({ "status": "failed" }))
}

async fn list_webhook_messages(
    tx: &mut TenantTx,
    _caller: &Caller,
    input: ListWebhookMessages,
) -> Result<Page<WebhookMessageView>, Problem> {
    let filter = Filter {
        subscription: input.subscription_id,
        status: input.status,
        kind: input.kind,
        subject: input.subject,
        since: input.since,
        until: input.until,
        text: input.text,
        before: input.cursor.map(Cursor::uuid),
        limit: input.limit.rows(),
    };
    let items = find(tx, &filter).await?;
    Ok(Page::new(items, input.limit, |view: &WebhookMessageView| view.message_id))
}
