//! `GET /v1/webhook-subscriptions/{subscription_id}`

use domain::{Caller, Operation, Permission, Problem, operation};
use kernel::WebhookSubscriptionId;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;
use store::TenantTx;

use super::{WebhookSubscriptionView, find};

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct GetWebhookSubscription {
    subscription_id: WebhookSubscriptionId,
}

pub(super) fn operation() -> Operation {
    operation!(
        get_webhook_subscription(GetWebhookSubscription) -> WebhookSubscriptionView,
        Permission::ReadWebhooks
    )
    .get("/v1/webhook-subscriptions/{subscription_id}")
    .tag("webhook subscriptions")
    .says("Get a webhook subscription", "Without its secrets.")
    .about("subscription_id")
    .example(json!({ "subscription_id": "whs_01jcz5k8w1e9ta5bq0h3m7xk2d" }))
}

async fn get_webhook_subscription(
    tx: &mut TenantTx,
    _caller: &Caller,
    input: GetWebhookSubscription,
) -> Result<WebhookSubscriptionView, Problem> {
    find(tx, input.subscription_id).await
}
