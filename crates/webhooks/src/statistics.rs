//! `GET /v1/webhook-statistics`

use domain::{
    Caller, Operation, Permission, Problem,
    figures::{Span, Window, share},
    operation,
};
use kernel::{Timestamp, WebhookSubscriptionId};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;
use store::{TenantTx, measurements::KEPT};

/// How many webhooks of each way are counted at the most, the newest first.
const COUNTED_MAX: i64 = 100_000;

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct GetWebhookStatistics {
    /// `24h` (by the hour), `7d` or `30d` (by the day); a day when left out.
    #[serde(default)]
    window: Option<Window>,
}

/// Webhooks of a window, both ways.
#[derive(Debug, Serialize, JsonSchema)]
struct WebhookStatistics {
    window: Window,
    since: Timestamp,
    /// The length of a part of each series.
    step_seconds: i64,
    /// Whether there are more than 100,000 of either way, of which only the newest are counted.
    is_partial: bool,
    received: Received,
    /// Those that were refused before they were kept, by problem code.
    refused: Vec<RefusedWebhooks>,
    /// Refusals are known for eight days: those before this moment are not in it.
    refused_since: Timestamp,
    received_series: Vec<ReceivedPoint>,
    sent: Sent,
    sent_series: Vec<SentPoint>,
    /// The subscriptions that something was written for.
    subscriptions: Vec<SubscriptionStatistic>,
}

/// Webhooks that came in and were kept.
#[derive(Debug, Default, Serialize, JsonSchema)]
#[schemars(rename = "ReceivedWebhooks")]
struct Received {
    accepted: i64,
    /// Answered 422.
    invalid: i64,
    ignored: i64,
    /// How often one came again.
    duplicates: i64,
}

#[derive(Debug, Serialize, JsonSchema)]
struct RefusedWebhooks {
    code: String,
    count: i64,
}

#[derive(Debug, Serialize, JsonSchema)]
struct ReceivedPoint {
    at: Timestamp,
    #[serde(flatten)]
    received: Received,
    refused: i64,
}

/// Messages to subscribers, by when they were written.
#[derive(Debug, Default, Serialize, JsonSchema)]
#[schemars(rename = "SentWebhooks")]
struct Sent {
    messages: i64,
    delivered: i64,
    /// They are sent again, or wait.
    pending: i64,
    /// The last attempt failed.
    given_up: i64,
    /// What waited when its subscription was disabled.
    cancelled: i64,
    failed_attempts: i64,
}

#[derive(Debug, Serialize, JsonSchema)]
struct SentPoint {
    at: Timestamp,
    #[serde(flatten)]
    sent: Sent,
}

#[derive(Debug, Serialize, JsonSchema)]
struct SubscriptionStatistic {
    subscription_id: WebhookSubscriptionId,
    #[serde(flatten)]
    sent: Sent,
    /// The share of the delivered among those that were delivered or given up, from 0 to 1; absent without any.
    #[serde(skip_serializing_if = "Option::is_none")]
    success_rate: Option<f64>,
}

pub(crate) fn operation() -> Operation {
    operation!(
        get_webhook_statistics(GetWebhookStatistics) -> WebhookStatistics,
        Permission::ReadWebhooks
    )
    .get("/v1/webhook-statistics")
    .tag("webhooks")
    .says(
        "Get the figures of webhooks",
        "What came in and what became of it, and what was sent to subscribers and how that went, over time. Refusals \
         appear within seconds, and those of a process that was killed may be missing.",
    )
    .shows_no_client_text()
    .example(json!({ "window": "24h" }))
}

async fn get_webhook_statistics(
    tx: &mut TenantTx,
    _: &Caller,
    input: GetWebhookStatistics,
) -> Result<WebhookStatistics, Problem> {
    let (window, now) = (input.window.unwrap_or_default(), tx.now());
    let span = window.until(now);
    let (received, mut received_series) = received(tx, span).await?;
    let refused = refused(tx, span, &mut received_series).await?;
    let (sent, sent_series, subscriptions) = sent(tx, span).await?;
    let kept = received.accepted + received.invalid + received.ignored;
    Ok(WebhookStatistics {
        window,
        since: span.since,
        step_seconds: span.step_seconds(),
        is_partial: COUNTED_MAX <= kept.max(sent.messages),
        received,
        refused,
        refused_since: span.since.max(now - KEPT),
        received_series,
        sent,
        sent_series,
        subscriptions,
    })
}

async fn received(
    tx: &mut TenantTx,
    span: Span,
) -> Result<(Received, Vec<ReceivedPoint>), Problem> {
    let rows = sqlx::query!(
        r#"
        with recent as (
            select status, duplicates,
                   greatest(0, floor(extract(epoch from received_at - $2)::float8 / $3::bigint))::int as part
            from webhook.received where $1 <= delivery_id order by delivery_id desc limit $4)
        select part, count(*) filter (where status = 'accepted') as "accepted!",
               count(*) filter (where status = 'invalid') as "invalid!",
               count(*) filter (where status = 'ignored') as "ignored!",
               coalesce(sum(duplicates), 0)::bigint as "duplicates!"
        from recent group by grouping sets ((), (part))
        "#,
        span.first_id(),
        span.since,
        span.step_seconds(),
        COUNTED_MAX,
    )
    .fetch_all(tx.conn())
    .await?;
    let (mut all, mut parts) = (Received::default(), Vec::new());
    for row in rows {
        let received = Received {
            accepted: row.accepted,
            invalid: row.invalid,
            ignored: row.ignored,
            duplicates: row.duplicates,
        };
        match row.part {
            None => all = received,
            Some(part) => {
                let at = span.beginning(part);
                parts.push((part, ReceivedPoint { at, received, refused: 0 }));
            }
        }
    }
    let empty = |at| ReceivedPoint { at, received: Received::default(), refused: 0 };
    Ok((all, span.series(parts, empty)))
}

/// The refusals by their code; by their time they are added to the series.
async fn refused(
    tx: &mut TenantTx,
    span: Span,
    series: &mut [ReceivedPoint],
) -> Result<Vec<RefusedWebhooks>, Problem> {
    let rows = sqlx::query!(
        r#"
        select split_part(label, '/', 2) as code, sum(count)::bigint as "count!",
               floor(extract(epoch from minute - $1)::float8 / $2::bigint)::int as part
        from insight.measurement
        where series = 'webhook_received' and label like '%/%' and $1 <= minute
        group by grouping sets ((1), (3)) order by 1
        "#,
        span.since,
        span.step_seconds(),
    )
    .fetch_all(tx.conn())
    .await?;
    let mut by_code = Vec::new();
    for row in rows {
        let place = row.part.and_then(|part| usize::try_from(part).ok());
        match (row.code, place.and_then(|place| series.get_mut(place))) {
            (Some(code), _) => by_code.push(RefusedWebhooks { code, count: row.count }),
            (None, Some(point)) => point.refused = row.count,
            (None, None) => {}
        }
    }
    Ok(by_code)
}

async fn sent(
    tx: &mut TenantTx,
    span: Span,
) -> Result<(Sent, Vec<SentPoint>, Vec<SubscriptionStatistic>), Problem> {
    let rows = sqlx::query!(
        r#"
        with recent as (
            select subscription_id, status, attempts,
                   greatest(0, floor(extract(epoch from created_at - $2)::float8 / $3::bigint))::int as part
            from webhook.message where $1 <= message_id order by message_id desc limit $4)
        select subscription_id as "subscription_id?", part, count(*) as "messages!",
               count(*) filter (where status = 'delivered') as "delivered!",
               count(*) filter (where status = 'pending') as "pending!",
               count(*) filter (where status = 'failed') as "given_up!",
               count(*) filter (where status = 'cancelled') as "cancelled!",
               coalesce(sum(attempts - (status = 'delivered')::int), 0)::bigint as "failed_attempts!"
        from recent group by grouping sets ((), (part), (subscription_id)) order by subscription_id
        "#,
        span.first_id(),
        span.since,
        span.step_seconds(),
        COUNTED_MAX,
    )
    .fetch_all(tx.conn())
    .await?;
    let (mut all, mut parts, mut subscriptions) = (Sent::default(), Vec::new(), Vec::new());
    for row in rows {
        let sent = Sent {
            messages: row.messages,
            delivered: row.delivered,
            pending: row.pending,
            given_up: row.given_up,
            cancelled: row.cancelled,
            failed_attempts: row.failed_attempts,
        };
        match (row.part, row.subscription_id) {
            (Some(part), _) => parts.push((part, SentPoint { at: span.beginning(part), sent })),
            (None, Some(subscription)) => subscriptions.push(SubscriptionStatistic {
                subscription_id: subscription.into(),
                success_rate: share(sent.delivered, sent.delivered + sent.given_up),
                sent,
            }),
            (None, None) => all = sent,
        }
    }
    let series = span.series(parts, |at| SentPoint { at, sent: Sent::default() });
    Ok((all, series, subscriptions))
}
