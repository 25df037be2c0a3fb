//! `POST /v1/webhooks/replay`

use domain::{Caller, Cursor, Limit, Operation, Permission, Problem, operation};
use kernel::{DeliveryId, Timestamp};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;
use store::TenantTx;

use super::{
    list::DeliveryStatus,
    replay::{self, Replayed},
};

/// What became of the run that a delivery started.
#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum RunOutcome {
    /// It started none.
    None,
    /// It goes on.
    Open,
    Completed,
    Faulted,
    Cancelled,
}

impl RunOutcome {
    fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Open => "open",
            Self::Completed => "completed",
            Self::Faulted => "faulted",
            Self::Cancelled => "cancelled",
        }
    }
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct ReplayWebhooks {
    /// Only deliveries of this sender, such as `invoice_system`.
    #[serde(default)]
    #[schemars(length(min = 1, max = 120))]
    source: Option<String>,
    /// Only deliveries of this type, exactly.
    #[serde(default, rename = "type")]
    #[schemars(length(min = 1, max = 200))]
    kind: Option<String>,
    #[serde(default)]
    status: Option<DeliveryStatus>,
    #[serde(default)]
    run_outcome: Option<RunOutcome>,
    /// Only deliveries received at or after this time.
    #[serde(default)]
    since: Option<Timestamp>,
    /// Only deliveries received before this time.
    #[serde(default)]
    until: Option<Timestamp>,
    /// Only say what would change.
    #[serde(default)]
    dry_run: bool,
    #[serde(default)]
    limit: Limit,
    #[serde(default)]
    cursor: Option<Cursor>,
}

#[derive(Debug, Serialize, JsonSchema)]
struct ReplayedWebhooks {
    dry_run: bool,
    /// How many of the deliveries below are accepted now, or would be.
    changed: usize,
    /// What became of each, oldest first.
    items: Vec<Replayed>,
    /// Where to go on; absent when there are no more.
    #[serde(skip_serializing_if = "Option::is_none")]
    next_cursor: Option<Cursor>,
}

pub(super) fn operation() -> Operation {
    operation!(replay_webhooks(ReplayWebhooks) -> ReplayedWebhooks, Permission::WriteWebhooks)
        .post("/v1/webhooks/replay")
        .tag("webhooks")
        .says(
            "Replay many received webhooks",
            "Reads the stored bytes of all that match again, oldest first, as `replay_webhook` does with one: \
             doing it twice changes nothing more. With `limit` and `cursor` it goes on in parts.",
        )
        .example(json!({ "status": "invalid", "since": "2026-11-20T00:00:00Z", "dry_run": true }))
}

async fn replay_webhooks(
    tx: &mut TenantTx,
    _caller: &Caller,
    input: ReplayWebhooks,
) -> Result<ReplayedWebhooks, Problem> {
    let ids = sqlx::query_scalar!(
        r#"
        select r.delivery_id
        from webhook.received r
        left join lateral (
            select status from engine.run where trigger_event_id = r.event_id order by run_id limit 1
        ) run on true
        where ($1::text is null or r.source = $1)
          and ($2::text is null or r.type = $2)
          and ($3::text is null or r.status = $3)
          and ($4::text is null or $4 = coalesce(
              case when run.status in ('completed', 'faulted', 'cancelled') then run.status
                   when run.status is not null then 'open' end, 'none'))
          and ($5::timestamptz is null or $5 <= r.received_at)
          and ($6::timestamptz is null or r.received_at < $6)
          and ($7::uuid is null or $7 < r.delivery_id)
        order by r.delivery_id
        limit $8
        "#,
        input.source,
        input.kind,
        input.status.map(DeliveryStatus::as_str),
        input.run_outcome.map(RunOutcome::as_str),
        input.since,
        input.until,
        input.cursor.map(Cursor::uuid),
        input.limit.rows(),
    )
    .fetch_all(tx.conn())
    .await?;
    let more = input.limit.items() < ids.len();
    let mut items = Vec::new();
    for id in ids.into_iter().take(input.limit.items()) {
        items.push(replay::again(tx, DeliveryId::from(id), input.dry_run).await?);
    }
    let next_cursor = items.last().filter(|_| more).map(|last| Cursor::after(last.delivery_id));
    let changed = items.iter().filter(|item| item.outcome == "accepted").count();
    Ok(ReplayedWebhooks { dry_run: input.dry_run, changed, items, next_cursor })
}
