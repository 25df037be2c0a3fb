//! Recording how an attempt ended: the log, the message, its place in the queue, its subscription.

use domain::{
    Problem,
    messaging::alerts::{self, RaiseAlert, Severity},
};
use kernel::{Timestamp, WebhookSubscriptionId};
use serde_json::{Map, json};
use store::{StoreError, TenantTx};
use uuid::Uuid;

use super::{
    MessageStatus, SubscriptionStatus,
    claim::Claimed,
    schedule::{self, ALERT_AT, Failures},
    transmit::Attempted,
};

/// How long an error's text may be to be kept.
const ERROR_CHARS_MAX: usize = 500;

/// Records an attempt. False when the message was taken over: then nothing is recorded.
///
/// The subscription is locked first, as everybody does who changes both it and its messages.
pub(super) async fn settle(
    tx: &mut TenantTx,
    node: Uuid,
    message: &Claimed,
    attempted: &Attempted,
) -> Result<bool, StoreError> {
    let now = tx.now();
    let next = if attempted.is_delivered() {
        succeeded(tx, message, now).await?;
        None
    } else if !failed(tx, message, attempted, now).await? {
        None
    } else {
        let fraction = tx.db().random().fraction();
        schedule::pause(message.attempt_of_round, fraction, attempted.retry_after)
            .map(|pause| now + pause)
    };
    if !leave_queue(tx, node, message, next).await? {
        return Ok(false);
    }
    record(tx, message, attempted, next).await?;
    Ok(true)
}

/// Ends the claim, by its fence. What waits behind a message that is tried later waits as long.
async fn leave_queue(
    tx: &mut TenantTx,
    node: Uuid,
    message: &Claimed,
    next: Option<Timestamp>,
) -> Result<bool, StoreError> {
    let (tenant, id) = (tx.tenant().uuid(), message.message.uuid());
    let Some(next) = next else {
        let ended = sqlx::query!(
            "delete from webhook.outbox where tenant_id = $1 and message_id = $2 and owner = $3 and fence = $4",
            tenant,
            id,
            node,
            message.fence,
        )
        .execute(tx.conn())
        .await?;
        return Ok(0 < ended.rows_affected());
    };
    let put_off = sqlx::query!(
        r#"
        with put_off as (
            update webhook.outbox set owner = null, lease_until = null, run_at = $5
            where tenant_id = $1 and message_id = $2 and owner = $3 and fence = $4
            returning tenant_id, subscription_id, lane, message_id
        ), behind as (
            update webhook.outbox o set run_at = $5 from put_off p
            where o.tenant_id = p.tenant_id and o.subscription_id = p.subscription_id and o.lane = p.lane
              and p.message_id < o.message_id and o.owner is null and o.run_at < $5
        )
        select count(*) as "count!" from put_off
        "#,
        tenant,
        id,
        node,
        message.fence,
        next,
    )
    .fetch_one(tx.conn())
    .await?;
    Ok(0 < put_off.count)
}

async fn record(
    tx: &mut TenantTx,
    message: &Claimed,
    attempted: &Attempted,
    next: Option<Timestamp>,
) -> Result<(), StoreError> {
    let status = match (attempted.is_delivered(), next) {
        (true, _) => MessageStatus::Delivered,
        (false, Some(_)) => MessageStatus::Pending,
        (false, None) => MessageStatus::Failed,
    };
    let error: Option<String> =
        attempted.error.as_ref().map(|error| error.chars().take(ERROR_CHARS_MAX).collect());
    let ended_at = (status != MessageStatus::Pending).then(|| tx.now());
    let milliseconds = i32::try_from(attempted.duration.as_millis()).unwrap_or(i32::MAX);
    let response_status = attempted.status.and_then(|status| i16::try_from(status).ok());
    sqlx::query!(
        r#"
        with logged as (
            insert into webhook.attempt
                (message_id, number, started_at, duration_ms, response_status, response_body, error)
            values ($1, $2, $3, $4, $5, $6, $7)
        )
        update webhook.message set
            status = $8, attempts = $2, response_status = $5, error = $7, next_attempt_at = $9, ended_at = $10
        where message_id = $1
        "#,
        message.message.uuid(),
        message.attempt,
        attempted.started_at,
        milliseconds,
        response_status,
        attempted.answer,
        error,
        status.as_str(),
        next,
        ended_at,
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

async fn succeeded(tx: &mut TenantTx, message: &Claimed, now: Timestamp) -> Result<(), StoreError> {
    // Most often nothing failed before, and then nothing is written.
    let mended = sqlx::query!(
        r#"
        update webhook.subscription set first_failure_at = null, failing_since = null, last_success_at = $2
        where subscription_id = $1 and first_failure_at is not null
        "#,
        message.subscription,
        now,
    )
    .execute(tx.conn())
    .await?
    .rows_affected();
    if 0 < mended {
        resolve_alerts(tx, message.subscription).await.map_err(into_store_error)?;
    }
    Ok(())
}

/// Counts a failure against the subscription. True when the message may be tried again.
async fn failed(
    tx: &mut TenantTx,
    message: &Claimed,
    attempted: &Attempted,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let row = sqlx::query!(
        r#"
        select status, first_failure_at, failing_since from webhook.subscription
        where subscription_id = $1 for no key update
        "#,
        message.subscription,
    )
    .fetch_optional(tx.conn())
    .await?;
    let Some(row) = row else { return Ok(false) };
    if SubscriptionStatus::of(&row.status)? == SubscriptionStatus::Disabled {
        return Ok(false);
    }
    let before = Failures { first: row.first_failure_at, since: row.failing_since };
    let (failures, has_lasted) = before.and_one(now);
    if failures != before {
        sqlx::query!(
            r#"
            update webhook.subscription set first_failure_at = $2, failing_since = $3
            where subscription_id = $1
            "#,
            message.subscription,
            failures.first,
            failures.since,
        )
        .execute(tx.conn())
        .await?;
    }
    let reason = match attempted.status {
        Some(410) => "its receiver answered 410: it wants no more webhooks",
        _ if has_lasted => "nothing but failures came from its receiver for five days",
        _ => {
            if message.attempt_of_round == ALERT_AT {
                raise(tx, message, Trouble::Failing).await?;
            }
            return Ok(true);
        }
    };
    disable(tx, message, reason).await?;
    Ok(false)
}

async fn disable(
    tx: &mut TenantTx,
    message: &Claimed,
    reason: &'static str,
) -> Result<(), StoreError> {
    let now = tx.now();
    sqlx::query!(
        r#"
        update webhook.subscription set status = 'disabled', status_reason = $2, updated_at = $3
        where subscription_id = $1
        "#,
        message.subscription,
        reason,
        now,
    )
    .execute(tx.conn())
    .await?;
    cancel(tx, message.subscription).await?;
    raise(tx, message, Trouble::Disabled(reason)).await
}

/// Cancels what waits for a subscription. What is being sent at the moment ends by itself.
pub(super) async fn cancel(tx: &mut TenantTx, subscription: Uuid) -> Result<(), StoreError> {
    let now = tx.now();
    sqlx::query!(
        r#"
        with gone as (
            delete from webhook.outbox
            where tenant_id = $1 and subscription_id = $2 and owner is null returning message_id
        )
        update webhook.message m set status = 'cancelled', next_attempt_at = null, ended_at = $3
        from gone where m.message_id = gone.message_id
        "#,
        tx.tenant().uuid(),
        subscription,
        now,
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

enum Trouble {
    Failing,
    Disabled(&'static str),
}

impl Trouble {
    fn kind(&self) -> &'static str {
        match self {
            Self::Failing => FAILING,
            Self::Disabled(_) => DISABLED,
        }
    }
}

const FAILING: &str = "webhook.failing";
const DISABLED: &str = "webhook.disabled";

/// What makes two alerts about one subscription the same.
fn cause_of(kind: &str, subscription: Uuid) -> String {
    format!("{kind}:{}", WebhookSubscriptionId::from(subscription))
}

/// The trouble of a subscription is over, or a person has dealt with it.
pub(super) async fn resolve_alerts(tx: &mut TenantTx, subscription: Uuid) -> Result<(), Problem> {
    for kind in [FAILING, DISABLED] {
        alerts::resolve_cause(tx, &cause_of(kind, subscription)).await?;
    }
    Ok(())
}

async fn raise(tx: &mut TenantTx, message: &Claimed, trouble: Trouble) -> Result<(), StoreError> {
    let id = WebhookSubscriptionId::from(message.subscription);
    let host = url::Url::parse(&message.url)
        .ok()
        .and_then(|url| url.host_str().map(str::to_owned))
        .unwrap_or_default();
    let host: String = host.chars().take(200).collect();
    let (severity, title) = match &trouble {
        Trouble::Failing => (
            Severity::Warning,
            format!(
                "Webhooks to {host} fail; see why under Webhooks, Sent (or `handoff webhook sent list --status pending`)"
            ),
        ),
        Trouble::Disabled(reason) => (
            Severity::Critical,
            format!("Webhooks to {host} were disabled: {reason}; mend it, and activate {id}"),
        ),
    };
    let cause = cause_of(trouble.kind(), message.subscription);
    let cause = cause.parse().map_err(StoreError::Corrupt)?;
    let kind = trouble.kind().parse().map_err(StoreError::Corrupt)?;
    let title = title.parse().map_err(StoreError::Corrupt)?;
    let detail = Map::from_iter([
        ("subscription_id".to_owned(), json!(id)),
        ("message_id".to_owned(), json!(message.message)),
    ]);
    let alert = RaiseAlert { kind, severity, cause, title, detail: Some(detail) };
    alerts::raise(tx, alert).await.map_err(into_store_error)?;
    Ok(())
}

fn into_store_error(problem: Problem) -> StoreError {
    problem
        .into_store_error()
        .unwrap_or_else(|problem| StoreError::Corrupt(problem.detail().to_owned()))
}
