//! `DELETE /v1/webhook-subscriptions/{subscription_id}`

use domain::{Caller, Operation, Permission, Problem, operation};
use kernel::WebhookSubscriptionId;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;
use store::TenantTx;

use super::{WebhookSubscriptionView, changed, find, lock};

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct DeleteWebhookSubscription {
    subscription_id: WebhookSubscriptionId,
}

pub(super) fn operation() -> Operation {
    operation!(
        delete_webhook_subscription(DeleteWebhookSubscription) -> WebhookSubscriptionView,
        Permission::WriteWebhooks
    )
    .delete("/v1/webhook-subscriptions/{subscription_id}")
    .tag("webhook subscriptions")
    .says(
        "Delete a webhook subscription",
        "With its messages and their log. Disable it instead to keep those.",
    )
    .about("subscription_id")
    .example(json!({ "subscription_id": "whs_01jcz5k8w1e9ta5bq0h3m7xk2d" }))
}

async fn delete_webhook_subscription(
    tx: &mut TenantTx,
    _caller: &Caller,
    input: DeleteWebhookSubscription,
) -> Result<WebhookSubscriptionView, Problem> {
    let id = input.subscription_id;
    lock(tx, id).await?;
    let view = find(tx, id).await?;
    sqlx::query!("delete from webhook.subscription where subscription_id = $1", id.uuid())
        .execute(tx.conn())
        .await?;
    changed(tx, id, "deleted").await?;
    Ok(view)
}
