//! Subscriptions: an address, the events it wants, and the secret they are signed with.

mod create;
mod delete;
mod get;
mod list;
mod rotate;
mod test;
mod update;

use domain::{Operation, Problem};
use kernel::{Secret, Timestamp, WebhookSubscriptionId};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::json;
use store::TenantTx;
use uuid::Uuid;

use super::{
    Format, SubscriptionStatus,
    event_types::{EventType, TYPES_MAX},
};

/// The longest address.
const URL_MAX: usize = 2000;

pub(super) fn operations() -> Vec<Operation> {
    vec![
        create::operation(),
        list::operation(),
        get::operation(),
        update::operation(),
        delete::operation(),
        rotate::operation(),
        test::operation(),
    ]
}

/// A subscription without its secrets.
#[derive(Debug, Serialize, JsonSchema)]
struct WebhookSubscriptionView {
    subscription_id: WebhookSubscriptionId,
    url: String,
    event_types: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<String>,
    format: Format,
    status: SubscriptionStatus,
    /// Why it is not active, where the program or a connection decided so.
    #[serde(skip_serializing_if = "Option::is_none")]
    status_reason: Option<String>,
    /// The connection that owns it; change that one instead.
    #[serde(skip_serializing_if = "Option::is_none")]
    connector: Option<String>,
    /// Whether a bearer token is sent with each message.
    has_bearer: bool,
    /// Until when messages are also signed with the secret before the present one.
    #[serde(skip_serializing_if = "Option::is_none")]
    previous_secret_until: Option<Timestamp>,
    /// Since when sending fails; absent while it works.
    #[serde(skip_serializing_if = "Option::is_none")]
    failing_since: Option<Timestamp>,
    created_at: Timestamp,
    updated_at: Timestamp,
}

struct Row {
    subscription_id: Uuid,
    url: String,
    event_types: Vec<String>,
    description: Option<String>,
    format: String,
    status: String,
    status_reason: Option<String>,
    connector: Option<String>,
    has_bearer: bool,
    previous_secret_until: Option<Timestamp>,
    first_failure_at: Option<Timestamp>,
    created_at: Timestamp,
    updated_at: Timestamp,
}

impl Row {
    fn view(self, now: Timestamp) -> Result<WebhookSubscriptionView, Problem> {
        Ok(WebhookSubscriptionView {
            subscription_id: self.subscription_id.into(),
            url: self.url,
            event_types: self.event_types,
            description: self.description,
            format: Format::of(&self.format)?,
            status: SubscriptionStatus::of(&self.status)?,
            status_reason: self.status_reason,
            connector: self.connector,
            has_bearer: self.has_bearer,
            previous_secret_until: self.previous_secret_until.filter(|until| now < *until),
            failing_since: self.first_failure_at,
            created_at: self.created_at,
            updated_at: self.updated_at,
        })
    }
}

async fn find(
    tx: &mut TenantTx,
    id: WebhookSubscriptionId,
) -> Result<WebhookSubscriptionView, Problem> {
    sqlx::query_as!(
        Row,
        r#"
        select subscription_id, url, event_types, description, format, status, status_reason, connector,
               (bearer_sealed is not null) as "has_bearer!", previous_secret_until, first_failure_at,
               created_at, updated_at
        from webhook.subscription where subscription_id = $1
        "#,
        id.uuid(),
    )
    .fetch_optional(tx.conn())
    .await?
    .ok_or_else(|| Problem::not_found("webhook subscription"))?
    .view(tx.now())
}

/// Locks a subscription that is to be changed by itself, and says its format and status.
async fn lock(
    tx: &mut TenantTx,
    id: WebhookSubscriptionId,
) -> Result<(Format, SubscriptionStatus), Problem> {
    let row = sqlx::query!(
        r#"
        select format, status, connector from webhook.subscription
        where subscription_id = $1 for no key update
        "#,
        id.uuid(),
    )
    .fetch_optional(tx.conn())
    .await?
    .ok_or_else(|| Problem::not_found("webhook subscription"))?;
    if let Some(connector) = row.connector {
        return Err(Problem::new(
            "webhook-subscription-owned",
            format!("it follows the connection `{connector}`; change that connection instead"),
        ));
    }
    Ok((Format::of(&row.format)?, SubscriptionStatus::of(&row.status)?))
}

/// Tells of a change in an event.
pub(super) async fn changed(
    tx: &mut TenantTx,
    id: WebhookSubscriptionId,
    what: &str,
) -> Result<(), Problem> {
    let kind = format!("webhook_subscription.{what}");
    let facts = json!({ "subscription_id": id });
    tx.append("webhooks", &kind, Some(id.to_string()), facts).await?;
    Ok(())
}

/// Makes everything that waits for a subscription due now.
pub(super) async fn release(tx: &mut TenantTx, subscription: Uuid) -> Result<(), Problem> {
    let now = tx.now();
    sqlx::query!(
        r#"
        with released as (
            update webhook.outbox set run_at = $3
            where tenant_id = $1 and subscription_id = $2 and owner is null and $3 < run_at
            returning message_id
        )
        update webhook.message m set next_attempt_at = $3 from released r where m.message_id = r.message_id
        "#,
        tx.tenant().uuid(),
        subscription,
        now,
    )
    .execute(tx.conn())
    .await?;
    tx.wakes_webhooks();
    Ok(())
}

/// Turns the word of the guard about an address into a problem with its field.
pub(super) fn require_reachable(
    reachable: Result<(), String>,
    url: &str,
    pointer: &str,
) -> Result<(), Problem> {
    if URL_MAX < url.chars().count() {
        return Err(Problem::field(pointer, format!("must have at most {URL_MAX} characters")));
    }
    reachable.map_err(|refusal| Problem::field(pointer, refusal))
}

fn event_types(mut types: Vec<EventType>) -> Result<Vec<String>, Problem> {
    types.sort_unstable();
    types.dedup();
    if types.is_empty() || TYPES_MAX < types.len() {
        let detail = format!("must name from 1 to {TYPES_MAX} types; `*` is all");
        return Err(Problem::field("/event_types", detail));
    }
    Ok(types.into_iter().map(|EventType(text)| text).collect())
}

fn require_bearer(token: &Secret) -> Result<(), Problem> {
    let text = token.expose();
    let is_sound = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_graphic());
    if is_sound {
        return Ok(());
    }
    Err(Problem::field("/bearer", "must be visible ASCII characters without spaces"))
}
