//! Showing a run as it happens: events, steps and calls, from the log and the journal.

use std::{
    collections::HashSet,
    time::{Duration, Instant},
};

use anyhow::Context as _;
use engine::runs::{self, CallRow, RunRow};
use kernel::{RunId, TenantId, Timestamp};
use serde_json::Value;
use store::{TenantTx, events};

use super::{App, Say};

const POLL: Duration = Duration::from_millis(50);

/// What was shown already, and what of this look is still to be put in order.
#[derive(Default)]
struct Shown {
    lines: Vec<(Timestamp, String)>,
    position: i64,
    revision: i64,
    calls: HashSet<(i64, i32, String)>,
    began: Option<Timestamp>,
}

/// Follows the run that a delivery started, until it ends.
pub(crate) async fn until_done(
    app: &App,
    tenant: TenantId,
    event_key: &str,
    patience: Duration,
    say: Say,
) -> anyhow::Result<RunRow> {
    let deadline = Instant::now() + patience;
    let mut shown = Shown::default();
    let mut tx = app.db.tenant(tenant).await?;
    let trigger = trigger(&mut tx, event_key).await?.context("the intake was not stored")?;
    shown.position = position_before(&mut tx, trigger).await?;
    tx.commit().await?;
    loop {
        let mut tx = app.db.tenant(tenant).await?;
        let run = run_of(&mut tx, trigger).await?;
        show_events(&mut tx, &mut shown).await?;
        if let Some(run) = &run {
            show_journal(&mut tx, run.run_id, &mut shown).await?;
        }
        tx.commit().await?;
        shown.say(say);
        match run {
            Some(run) if run.status == "completed" => return Ok(run),
            Some(run) if run.ended_at.is_some() => {
                let error = run.error.map(|error| error.to_string()).unwrap_or_default();
                anyhow::bail!("the run {} ended {}: {error}", run.run_id, run.status);
            }
            run if deadline < Instant::now() => {
                let state = run.map_or("it has not begun".to_owned(), |run| {
                    format!("its run {} is {}", run.run_id, run.status)
                });
                anyhow::bail!("the journey did not end within {patience:?}; {state}");
            }
            _ => tokio::time::sleep(POLL).await,
        }
    }
}

async fn trigger(tx: &mut TenantTx, event_key: &str) -> anyhow::Result<Option<uuid::Uuid>> {
    let id = sqlx::query_scalar!(
        "select event_id from webhook.received where source = 'invoice_system' and dedupe_key = $1",
        event_key
    )
    .fetch_optional(tx.conn())
    .await?;
    Ok(id.flatten())
}

/// The last position given before the trigger, so that older events are not shown again.
async fn position_before(tx: &mut TenantTx, trigger: uuid::Uuid) -> anyhow::Result<i64> {
    let position = sqlx::query_scalar!(
        r#"
        select coalesce(max(position), 0) as "position!" from platform.event_position
        where tenant_id = $1 and event_id < $2
        "#,
        tx.tenant().uuid(),
        trigger,
    )
    .fetch_one(tx.conn())
    .await?;
    Ok(position)
}

async fn run_of(tx: &mut TenantTx, trigger: uuid::Uuid) -> anyhow::Result<Option<RunRow>> {
    let id = sqlx::query_scalar!(
        "select run_id from engine.run where trigger_event_id = $1 order by run_id limit 1",
        trigger
    )
    .fetch_optional(tx.conn())
    .await?;
    let Some(id) = id else { return Ok(None) };
    Ok(runs::get(tx, RunId::from(id)).await?)
}

async fn show_events(tx: &mut TenantTx, shown: &mut Shown) -> anyhow::Result<()> {
    for positioned in events::read(tx, shown.position, None, events::READ_MAX).await? {
        shown.position = positioned.position;
        let event = positioned.event;
        shown.lines.push((event.time, format!("event  {}", event.kind)));
    }
    Ok(())
}

async fn show_journal(tx: &mut TenantTx, run: RunId, shown: &mut Shown) -> anyhow::Result<()> {
    for step in runs::steps(tx, run).await? {
        if step.revision <= shown.revision {
            continue;
        }
        shown.revision = step.revision;
        for entry in step.entries.as_array().into_iter().flatten() {
            if let Some(task) = entry.get("started").and_then(Value::as_str) {
                shown.lines.push((step.at, format!("step   {task}")));
            }
        }
    }
    for call in runs::calls(tx, run).await? {
        if shown.calls.insert((call.number, call.attempt, call.status.clone())) {
            show_call(&call, shown);
        }
    }
    Ok(())
}

fn show_call(call: &CallRow, shown: &mut Shown) {
    let at = call.ended_at.or(call.started_at).unwrap_or(call.created_at);
    let name = &call.function;
    let what = match call.status.as_str() {
        "succeeded" => {
            let took = call.started_at.map_or(0, |started| (at - started).num_milliseconds());
            format!("call   {name}  ok  {took} ms{}", cost(call))
        }
        "failed" => format!("call   {name}  failed: {}", reason(call)),
        "unknown" => format!("call   {name}  outcome unknown: {}", reason(call)),
        // One that is on its way is shown when it comes back.
        _ => return,
    };
    let attempt =
        if 1 < call.attempt { format!("  (attempt {})", call.attempt) } else { String::new() };
    shown.lines.push((at, format!("{what}{attempt}")));
}

fn cost(call: &CallRow) -> String {
    let first = call.usage.as_ref().and_then(|usage| usage.get(0));
    let Some(usage) = first else { return String::new() };
    let text = |name: &str| usage.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
    let number = |name: &str| usage.get(name).and_then(Value::as_u64).unwrap_or_default();
    format!(
        "  {} by {}, {} + {} tokens",
        text("prompt"),
        text("model"),
        number("input_tokens"),
        number("output_tokens")
    )
}

fn reason(call: &CallRow) -> String {
    let error = call.error.as_ref();
    error.and_then(|error| error.get("detail")?.as_str()).unwrap_or("no reason given").to_owned()
}

impl Shown {
    /// Says what this look found, in the order in which it happened.
    fn say(&mut self, say: Say) {
        let mut lines = std::mem::take(&mut self.lines);
        lines.sort_by_key(|(at, _)| *at);
        for (at, line) in lines {
            let began = *self.began.get_or_insert(at);
            let millis = (at - began).num_milliseconds().max(0);
            say.line(&format!("  {:>3}.{:03} s  {line}", millis / 1000, millis % 1000));
        }
    }
}
