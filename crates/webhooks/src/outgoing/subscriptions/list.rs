//! `GET /v1/webhook-subscriptions`

use domain::{Caller, Cursor, Limit, Operation, Page, Permission, Problem, operation};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;
use store::TenantTx;

use super::{Row, WebhookSubscriptionView};
use crate::outgoing::SubscriptionStatus;

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct ListWebhookSubscriptions {
    #[serde(default)]
    status: Option<SubscriptionStatus>,
    #[serde(default)]
    limit: Limit,
    #[serde(default)]
    cursor: Option<Cursor>,
}

pub(super) fn operation() -> Operation {
    operation!(
        list_webhook_subscriptions(ListWebhookSubscriptions) -> Page<WebhookSubscriptionView>,
        Permission::ReadWebhooks
    )
    .get("/v1/webhook-subscriptions")
    .tag("webhook subscriptions")
    .says("List webhook subscriptions", "Newest first, without their secrets.")
    .example(json!({}))
}

async fn list_webhook_subscriptions(
    tx: &mut TenantTx,
    _caller: &Caller,
    input: ListWebhookSubscriptions,
) -> Result<Page<WebhookSubscriptionView>, Problem> {
    let rows = sqlx::query_as!(
        Row,
        r#"
        select subscription_id, url, event_types, description, format, status, status_reason, connector,
               (bearer_sealed is not null) as "has_bearer!", previous_secret_until, first_failure_at,
               created_at, updated_at
        from webhook.subscription
        where ($1::text is null or status = $1) and ($2::uuid is null or subscription_id < $2)
        order by subscription_id desc
        limit $3
        "#,
        input.status.map(SubscriptionStatus::as_str),
        input.cursor.map(Cursor::uuid),
        input.limit.rows(),
    )
    .fetch_all(tx.conn())
    .await?;
    let now = tx.now();
    let items = rows.into_iter().map(|row| row.view(now)).collect::<Result<_, _>>()?;
    Ok(Page::new(items, input.limit, |view: &WebhookSubscriptionView| view.subscription_id))
}
