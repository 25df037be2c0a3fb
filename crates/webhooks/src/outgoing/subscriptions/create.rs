//! `POST /v1/webhook-subscriptions`

use std::sync::Arc;

use domain::{
    App, Caller, Operation, Permission, Problem, operation,
    operation::audit,
    text::{Line, ShortText},
};
use kernel::{Secret, WebhookSubscriptionId};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{WebhookSubscriptionView, changed, event_types, find};
use crate::outgoing::{
    Format,
    event_types::EventType,
    secrets::{self, Kind},
};

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct CreateWebhookSubscription {
    /// Where messages are sent: public HTTPS, unless the operator allowed the host.
    url: Line<2000>,
    /// Which events: `lead.created`, `lead.*`, or `*`.
    #[schemars(length(min = 1, max = 50))]
    event_types: Vec<EventType>,
    /// What it is for.
    #[serde(default)]
    description: Option<ShortText>,
    /// `standard` when left out.
    #[serde(default)]
    format: Option<Format>,
    /// The signing secret; one is made when it is left out.
    #[serde(default)]
    secret: Option<Secret>,
    /// Sent with each message as `Authorization: Bearer …`.
    #[serde(default)]
    bearer: Option<Secret>,
}

#[derive(Debug, Serialize, JsonSchema)]
struct CreatedWebhookSubscription {
    #[serde(flatten)]
    view: WebhookSubscriptionView,
    /// The signing secret. It is shown this once.
    secret: String,
}

pub(super) fn operation() -> Operation {
    operation!(
        outside create_webhook_subscription(CreateWebhookSubscription) -> CreatedWebhookSubscription,
        Permission::WriteWebhooks
    )
    .post("/v1/webhook-subscriptions")
    .tag("webhook subscriptions")
    .says(
        "Subscribe to events",
        "From now on each event of these types is sent to the address, signed as Standard Webhooks has it, \
         at least once and in the order of the events of one subject. The signing secret is in this answer \
         and nowhere else.",
    )
    .creates()
    .answers_secret()
    .about("subscription_id")
    .example(json!({
        "url": "https://hooks.example.com/handoff", "event_types": ["lead.*", "deliverable.approved"],
    }))
}

async fn create_webhook_subscription(
    app: Arc<App>,
    caller: Caller,
    input: CreateWebhookSubscription,
) -> Result<CreatedWebhookSubscription, Problem> {
    let url = input.url.as_str();
    super::require_reachable(app.outside.may_reach(url), url, "/url")?;
    let types = event_types(input.event_types)?;
    let format = input.format.unwrap_or(Format::Standard);
    if let Some(secret) = &input.secret {
        secrets::require_usable(secret, format == Format::Mwd, "/secret")?;
    }
    input.bearer.as_ref().map(super::require_bearer).transpose()?;
    // One transaction, no call: it is no flow's business because of the secrets.
    let mut tx = app.db.tenant(caller.tenant).await?;
    let id: WebhookSubscriptionId = tx.new_id();
    let secret = input.secret.unwrap_or_else(|| secrets::generate(tx.db().random()));
    let seal = |kind, text| secrets::seal(&tx, &app.keyring, kind, id.uuid(), text);
    let sealed = seal(Kind::Signing, &secret)?;
    let bearer = input.bearer.as_ref().map(|token| seal(Kind::Bearer, token)).transpose()?;
    let now = tx.now();
    sqlx::query!(
        r#"
        insert into webhook.subscription
            (subscription_id, url, event_types, description, format, status, secret_sealed, bearer_sealed,
             created_at, updated_at)
        values ($1, $2, $3, $4, $5, 'active', $6, $7, $8, $8)
        "#,
        id.uuid(),
        url,
        &types,
        input.description.as_ref().map(ShortText::as_str),
        format.as_str(),
        sealed,
        bearer,
        now,
    )
    .execute(tx.conn())
    .await?;
    changed(&mut tx, id, "created").await?;
    let facts = json!({ "event_types": types });
    audit(&mut tx, &caller, "create_webhook_subscription", &id.to_string(), &facts).await?;
    let view = find(&mut tx, id).await?;
    tx.commit().await?;
    Ok(CreatedWebhookSubscription { view, secret: secret.expose().to_owned() })
}
