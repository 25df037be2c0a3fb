//! The connection `assistant` owns two subscriptions, which follow its settings.

use connector_kit::http::Http;
use domain::{Problem, connections::Watcher};
use futures::future::BoxFuture;
use kernel::{Secret, WebhookSubscriptionId};
use serde::Deserialize;
use serde_json::Value;
use store::{TenantTx, seal::Keyring};

use super::{
    SubscriptionStatus,
    secrets::{self, Kind},
    settle,
    subscriptions::{self, release},
};

/// The connector whose connection owns subscriptions.
const CONNECTOR: &str = "assistant";
const PAUSED: &str = "the connection `assistant` is not enabled";

/// Keeps the subscriptions of the connection `assistant` as its settings say.
pub struct AssistantWatcher {
    http: Http,
}

impl AssistantWatcher {
    pub fn new(http: Http) -> Self {
        Self { http }
    }
}

impl std::fmt::Debug for AssistantWatcher {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("AssistantWatcher").finish_non_exhaustive()
    }
}

/// The part of the settings that webhooks need; the rest is the connector's.
#[derive(Deserialize)]
struct Settings {
    #[serde(default = "enabled")]
    enabled: bool,
    agent_api_url: String,
    agent_api_key: Option<Secret>,
    #[serde(default)]
    webhook_endpoints: Endpoints,
    webhook_secret: Secret,
}

fn enabled() -> bool {
    true
}

#[derive(Deserialize, Default)]
struct Endpoints {
    intake_submitted: Option<String>,
    project_status_changed: Option<String>,
}

impl Watcher for AssistantWatcher {
    fn connection_set<'a>(
        &'a self,
        tx: &'a mut TenantTx,
        keyring: &'a Keyring,
        connector: &'a str,
        settings: &'a Value,
    ) -> BoxFuture<'a, Result<(), Problem>> {
        Box::pin(async move {
            if connector != CONNECTOR {
                return Ok(());
            }
            let settings = Settings::deserialize(settings).map_err(|_quotes_secrets| {
                Problem::field(
                    "/settings",
                    "must have `agent_api_url` and `webhook_secret`; see `GET /v1/connectors`",
                )
            })?;
            secrets::require_usable(&settings.webhook_secret, true, "/settings/webhook_secret")?;
            let base = settings.agent_api_url.trim_end_matches('/');
            for (kind, name, given, path) in [
                (
                    "client.intake.submitted",
                    "intake_submitted",
                    &settings.webhook_endpoints.intake_submitted,
                    "/api/intake",
                ),
                (
                    "project.status.changed",
                    "project_status_changed",
                    &settings.webhook_endpoints.project_status_changed,
                    "/api/project/status",
                ),
            ] {
                let (url, pointer) = match given {
                    Some(url) => (url.clone(), format!("/settings/webhook_endpoints/{name}")),
                    None => (format!("{base}{path}"), "/settings/agent_api_url".to_owned()),
                };
                let reachable = self.http.check(&url).map_err(|refused| refused.to_string());
                subscriptions::require_reachable(reachable, &url, &pointer)?;
                write(tx, keyring, &settings, kind, &url).await?;
            }
            Ok(())
        })
    }
}

async fn write(
    tx: &mut TenantTx,
    keyring: &Keyring,
    settings: &Settings,
    kind: &str,
    url: &str,
) -> Result<(), Problem> {
    let types = [kind.to_owned()];
    let existing = sqlx::query_scalar!(
        r#"
        select subscription_id from webhook.subscription
        where connector = $1 and event_types = $2 for no key update
        "#,
        CONNECTOR,
        &types,
    )
    .fetch_optional(tx.conn())
    .await?;
    let is_new = existing.is_none();
    let id = existing.unwrap_or_else(|| tx.new_id::<kernel::kinds::WebhookSubscription>().uuid());
    let secret = secrets::seal(tx, keyring, Kind::Signing, id, &settings.webhook_secret)?;
    let bearer = settings
        .agent_api_key
        .as_ref()
        .map(|token| secrets::seal(tx, keyring, Kind::Bearer, id, token))
        .transpose()?;
    let (status, reason) = if settings.enabled {
        (SubscriptionStatus::Active, None)
    } else {
        (SubscriptionStatus::Paused, Some(PAUSED))
    };
    let now = tx.now();
    sqlx::query!(
        r#"
        insert into webhook.subscription
            (subscription_id, url, event_types, format, status, status_reason, secret_sealed, bearer_sealed,
             connector, created_at, updated_at)
        values ($1, $2, $3, 'mwd', $4, $5, $6, $7, $8, $9, $9)
        on conflict (tenant_id, subscription_id) do update set
            url = excluded.url, status = excluded.status, status_reason = excluded.status_reason,
            secret_sealed = excluded.secret_sealed, bearer_sealed = excluded.bearer_sealed,
            previous_secret_sealed = null, previous_secret_until = null,
            first_failure_at = null, failing_since = null, updated_at = excluded.updated_at
        "#,
        id,
        url,
        &types,
        status.as_str(),
        reason,
        secret,
        bearer,
        CONNECTOR,
        now,
    )
    .execute(tx.conn())
    .await?;
    if !is_new && settings.enabled {
        // What waited for the old settings is sent with these now.
        release(tx, id).await?;
        settle::resolve_alerts(tx, id).await?;
    }
    let subscription = WebhookSubscriptionId::from(id);
    subscriptions::changed(tx, subscription, if is_new { "created" } else { "changed" }).await
}
