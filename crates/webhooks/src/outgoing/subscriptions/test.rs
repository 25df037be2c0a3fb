//! `POST /v1/webhook-subscriptions/{subscription_id}/test`

use domain::{Caller, Operation, Permission, Problem, operation};
use kernel::{WebhookMessageId, WebhookSubscriptionId, kinds};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, json};
use store::TenantTx;

use crate::outgoing::{
    Format, SubscriptionStatus,
    message::{self, NewMessage},
};

/// The type of a message that tells of nothing.
const TEST: &str = "webhook.test";

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct TestWebhookSubscription {
    subscription_id: WebhookSubscriptionId,
}

#[derive(Debug, Serialize, JsonSchema)]
struct TestedWebhookSubscription {
    subscription_id: WebhookSubscriptionId,
    /// Look there for what became of it.
    message_id: WebhookMessageId,
}

pub(super) fn operation() -> Operation {
    operation!(
        test_webhook_subscription(TestWebhookSubscription) -> TestedWebhookSubscription,
        Permission::WriteWebhooks
    )
    .post("/v1/webhook-subscriptions/{subscription_id}/test")
    .tag("webhook subscriptions")
    .says(
        "Send a test message",
        "A message of the type `webhook.test`, whatever types the subscription wants. It is sent, signed and \
         logged as every other.",
    )
    .creates()
    .about("subscription_id")
    .example(json!({ "subscription_id": "whs_01jcz5k8w1e9ta5bq0h3m7xk2d" }))
}

async fn test_webhook_subscription(
    tx: &mut TenantTx,
    _caller: &Caller,
    input: TestWebhookSubscription,
) -> Result<TestedWebhookSubscription, Problem> {
    let id = input.subscription_id;
    let row = sqlx::query!(
        "select format, status from webhook.subscription where subscription_id = $1",
        id.uuid()
    )
    .fetch_optional(tx.conn())
    .await?
    .ok_or_else(|| Problem::not_found("webhook subscription"))?;
    if SubscriptionStatus::of(&row.status)? == SubscriptionStatus::Disabled {
        return Err(Problem::new(
            "webhook-subscription-disabled",
            "nothing is sent to it; activate it first",
        ));
    }
    let now = tx.now();
    let body = match Format::of(&row.format)? {
        Format::Standard => {
            let data = Map::from_iter([("subscription_id".to_owned(), json!(id))]);
            message::body_of(TEST, now, data)
        }
        Format::Mwd => {
            let event_id = tx.new_id::<kinds::Event>().uuid();
            let body = json!({ "event_type": TEST, "event_id": event_id, "timestamp": now });
            body.to_string().into_bytes()
        }
    };
    let test = NewMessage {
        subscription: id.uuid(),
        event: None,
        kind: TEST.to_owned(),
        subject: None,
        body,
    };
    let message_id = message::write_one(tx, test).await?;
    Ok(TestedWebhookSubscription { subscription_id: id, message_id })
}
