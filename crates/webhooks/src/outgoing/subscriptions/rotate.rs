//! `POST /v1/webhook-subscriptions/{subscription_id}/secret`

use std::sync::Arc;

use chrono::TimeDelta;
use domain::{App, Caller, Operation, Permission, Problem, operation, operation::audit};
use kernel::{Secret, Timestamp, WebhookSubscriptionId};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{changed, lock};
use crate::outgoing::{
    Format,
    secrets::{self, Kind},
};

/// For how many hours the secret before is used too, when nothing else is said.
const OVERLAP_HOURS: u16 = 24;

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct RotateWebhookSecret {
    subscription_id: WebhookSubscriptionId,
    /// The new secret; one is made when it is left out.
    #[serde(default)]
    secret: Option<Secret>,
    /// For how many hours messages are also signed with the secret before; 24 when left out.
    #[serde(default)]
    #[schemars(range(min = 0, max = 168))]
    overlap_hours: Option<u16>,
}

#[derive(Debug, Serialize, JsonSchema)]
struct RotatedWebhookSecret {
    subscription_id: WebhookSubscriptionId,
    /// The new signing secret. It is shown this once.
    secret: String,
    /// Until when the secret before is used too.
    previous_secret_until: Timestamp,
}

pub(super) fn operation() -> Operation {
    operation!(
        outside rotate_webhook_secret(RotateWebhookSecret) -> RotatedWebhookSecret,
        Permission::WriteWebhooks
    )
    .post("/v1/webhook-subscriptions/{subscription_id}/secret")
    .tag("webhook subscriptions")
    .says(
        "Rotate the signing secret of a subscription",
        "Messages are signed with both secrets for a while, so that the receiver can change over. The secret \
         is in this answer and nowhere else.",
    )
    .answers_secret()
    .about("subscription_id")
    .example(json!({ "subscription_id": "whs_01jcz5k8w1e9ta5bq0h3m7xk2d", "overlap_hours": 48 }))
}

async fn rotate_webhook_secret(
    app: Arc<App>,
    caller: Caller,
    input: RotateWebhookSecret,
) -> Result<RotatedWebhookSecret, Problem> {
    let id = input.subscription_id;
    let mut tx = app.db.tenant(caller.tenant).await?;
    let (format, _) = lock(&mut tx, id).await?;
    if let Some(secret) = &input.secret {
        secrets::require_usable(secret, format == Format::Mwd, "/secret")?;
    }
    let secret = input.secret.unwrap_or_else(|| secrets::generate(tx.db().random()));
    let sealed = secrets::seal(&tx, &app.keyring, Kind::Signing, id.uuid(), &secret)?;
    let now = tx.now();
    let hours = input.overlap_hours.unwrap_or(OVERLAP_HOURS);
    let until = now + TimeDelta::hours(i64::from(hours));
    sqlx::query!(
        r#"
        update webhook.subscription set
            previous_secret_sealed = case when $3::timestamptz < $4 then secret_sealed end,
            previous_secret_until = case when $3 < $4::timestamptz then $4 end,
            secret_sealed = $2, updated_at = $3
        where subscription_id = $1
        "#,
        id.uuid(),
        sealed,
        now,
        until,
    )
    .execute(tx.conn())
    .await?;
    changed(&mut tx, id, "changed").await?;
    let facts = json!({ "overlap_hours": hours });
    audit(&mut tx, &caller, "rotate_webhook_secret", &id.to_string(), &facts).await?;
    tx.commit().await?;
    Ok(RotatedWebhookSecret {
        subscription_id: id,
        secret: secret.expose().to_owned(),
        previous_secret_until: until,
    })
}
