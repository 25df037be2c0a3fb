//! `PATCH /v1/webhook-subscriptions/{subscription_id}`

use std::sync::Arc;

use domain::{
    App, Caller, Operation, Permission, Problem, operation,
    operation::audit,
    text::{Line, ShortText},
};
use kernel::{Secret, WebhookSubscriptionId};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;
use store::TenantTx;

use super::{WebhookSubscriptionView, changed, event_types, find, lock, release};
use crate::outgoing::{
    SubscriptionStatus,
    event_types::EventType,
    secrets::{self, Kind},
    settle,
};

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct UpdateWebhookSubscription {
    subscription_id: WebhookSubscriptionId,
    #[serde(default)]
    url: Option<Line<2000>>,
    #[serde(default)]
    #[schemars(length(min = 1, max = 50))]
    event_types: Option<Vec<EventType>>,
    #[serde(default)]
    description: Option<ShortText>,
    /// While it is paused, messages are written and wait. When it is disabled, none are written, and what
    /// waits is cancelled.
    #[serde(default)]
    status: Option<SubscriptionStatus>,
    /// Sent with each message as `Authorization: Bearer …`.
    #[serde(default)]
    bearer: Option<Secret>,
    /// Send no bearer token any more.
    #[serde(default)]
    remove_bearer: bool,
}

pub(super) fn operation() -> Operation {
    operation!(
        outside update_webhook_subscription(UpdateWebhookSubscription) -> WebhookSubscriptionView,
        Permission::WriteWebhooks
    )
    .patch("/v1/webhook-subscriptions/{subscription_id}")
    .tag("webhook subscriptions")
    .says(
        "Change a webhook subscription",
        "What is left out stays. Activating it sends what waits at once.",
    )
    .about("subscription_id")
    .example(json!({ "subscription_id": "whs_01jcz5k8w1e9ta5bq0h3m7xk2d", "status": "paused" }))
}

async fn update_webhook_subscription(
    app: Arc<App>,
    caller: Caller,
    input: UpdateWebhookSubscription,
) -> Result<WebhookSubscriptionView, Problem> {
    let id = input.subscription_id;
    let url = input.url.as_ref().map(Line::as_str);
    if let Some(url) = url {
        super::require_reachable(app.outside.may_reach(url), url, "/url")?;
    }
    let types = input.event_types.map(event_types).transpose()?;
    input.bearer.as_ref().map(super::require_bearer).transpose()?;
    let mut tx = app.db.tenant(caller.tenant).await?;
    let (_, before) = lock(&mut tx, id).await?;
    let bearer = input
        .bearer
        .as_ref()
        .map(|token| secrets::seal(&tx, &app.keyring, Kind::Bearer, id.uuid(), token))
        .transpose()?;
    let now = tx.now();
    sqlx::query!(
        r#"
        update webhook.subscription set
            url = coalesce($2, url), event_types = coalesce($3, event_types),
            description = coalesce($4, description), updated_at = $5,
            bearer_sealed = case when $7 then null else coalesce($6, bearer_sealed) end
        where subscription_id = $1
        "#,
        id.uuid(),
        url,
        types.as_deref(),
        input.description.as_ref().map(ShortText::as_str),
        now,
        bearer,
        input.remove_bearer,
    )
    .execute(tx.conn())
    .await?;
    if let Some(status) = input.status.filter(|status| *status != before) {
        set_status(&mut tx, id, status).await?;
    }
    changed(&mut tx, id, "changed").await?;
    let facts = json!({ "status": input.status, "event_types": types });
    audit(&mut tx, &caller, "update_webhook_subscription", &id.to_string(), &facts).await?;
    let view = find(&mut tx, id).await?;
    tx.commit().await?;
    Ok(view)
}

async fn set_status(
    tx: &mut TenantTx,
    id: WebhookSubscriptionId,
    status: SubscriptionStatus,
) -> Result<(), Problem> {
    sqlx::query!(
        r#"
        update webhook.subscription set
            status = $2, status_reason = null, first_failure_at = null, failing_since = null
        where subscription_id = $1
        "#,
        id.uuid(),
        status.as_str(),
    )
    .execute(tx.conn())
    .await?;
    match status {
        SubscriptionStatus::Active => {
            settle::resolve_alerts(tx, id.uuid()).await?;
            release(tx, id.uuid()).await
        }
        SubscriptionStatus::Disabled => Ok(settle::cancel(tx, id.uuid()).await?),
        SubscriptionStatus::Paused => Ok(()),
    }
}
