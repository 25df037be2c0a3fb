//! Entries from the client's runs: that they began and ended, their calls, what they asked people, and the webhooks that
//! started them.

use kernel::{DeliveryId, HumanTaskId, RunId, Timestamp};
use serde_json::Value;
use store::TenantTx;
use uuid::Uuid;

use super::{
    entry::{Part, TimelineEntry, TimelineKind},
    of_events::{id_after, made_at},
    things::Things,
    titles,
};
use crate::Problem;

/// How many runs one page looks at, the latest begun first.
const RUNS_MAX: i64 = 200;
/// How many human tasks of them.
const TASKS_MAX: i64 = 500;

/// The runs that are about the client's things and were asked for before the end of the part.
pub(super) async fn runs(
    tx: &mut TenantTx,
    things: &Things,
    part: &Part,
) -> Result<Vec<Uuid>, Problem> {
    let of_events = [TimelineKind::Event, TimelineKind::Invoice, TimelineKind::WebhookSent];
    if part.kinds.iter().all(|kind| of_events.contains(kind)) {
        return Ok(Vec::new());
    }
    let runs = sqlx::query_scalar!(
        r#"
        select distinct a.run_id as "run_id!"
        from unnest($1::uuid[]) as t (thing_id)
        cross join lateral (
            select run_id from engine.run_about where thing_id = t.thing_id and run_id < $2
            order by run_id desc limit $3
        ) a
        order by 1 desc limit $3
        "#,
        &things.of_runs,
        id_after(part.before),
        RUNS_MAX,
    )
    .fetch_all(tx.conn())
    .await?;
    Ok(runs)
}

/// That runs began and ended, and the webhooks that started them.
pub(super) async fn lifecycle(
    tx: &mut TenantTx,
    runs: &[Uuid],
    part: &Part,
) -> Result<Vec<TimelineEntry>, Problem> {
    let rows = sqlx::query!(
        r#"
        select r.run_id as "run_id!", r.flow as "flow!", r.status as "status!", r.error,
               r.started_by as "started_by!", r.started_at as "started_at!", r.ended_at, e.event_id as "event_id?", e.type as "type?", e.subject, p.position as "position?"
        from engine.run r
        left join platform.event e on e.tenant_id = r.tenant_id and e.event_id = r.trigger_event_id
        left join platform.event_position p on p.tenant_id = e.tenant_id and p.event_id = e.event_id
        where r.run_id = any($1)
        "#,
        runs,
    )
    .fetch_all(tx.conn())
    .await?;
    let mut entries = Vec::new();
    for row in rows {
        let run = RunId::from(row.run_id);
        let delivery = row.subject.and_then(|subject| subject.parse::<DeliveryId>().ok());
        if let (Some(delivery), Some(event), Some(kind)) = (delivery, row.event_id, row.r#type) {
            let (at, key) = (made_at(event), format!("0:event:{event}"));
            let title = format!("A webhook arrived: {kind}");
            let mut entry = TimelineEntry::new(at, TimelineKind::WebhookReceived, key, title);
            entry.status = Some(kind);
            entry.ids.delivery_id = Some(delivery);
            (entry.ids.event_id, entry.ids.position) = (Some(event.into()), row.position);
            entry.ids.run_id = Some(run);
            entries.push(entry);
        }
        let mut began = TimelineEntry::new(
            row.started_at,
            TimelineKind::RunStarted,
            format!("1:run:{}", row.run_id),
            format!("{} began", row.flow),
        );
        began.actor = Some(row.started_by);
        began.ids.run_id = Some(run);
        if let Some(ended_at) = row.ended_at {
            let title = titles::of_ended_run(&row.flow, &row.status, row.error.as_ref());
            let key = format!("9:run:{}", row.run_id);
            let mut ended = TimelineEntry::new(ended_at, TimelineKind::RunEnded, key, title);
            ended.duration_ms = Some((ended_at - row.started_at).num_milliseconds());
            ended.status = Some(row.status.clone());
            ended.ids.run_id = Some(run);
            entries.push(ended);
        }
        began.status = Some(row.status);
        entries.push(began);
    }
    // Several runs may be started by one webhook.
    entries.sort_by(TimelineEntry::order);
    entries.dedup_by(|one, other| one.key == other.key);
    entries.retain(|entry| part.holds(entry));
    Ok(entries)
}

/// The attempts of the runs' calls.
pub(super) async fn calls(
    tx: &mut TenantTx,
    runs: &[Uuid],
    part: &Part,
) -> Result<Vec<TimelineEntry>, Problem> {
    if !part.wants(TimelineKind::Call) {
        return Ok(Vec::new());
    }
    let rows = sqlx::query!(
        r#"
        select c.run_id as "run_id!", c.number as "number!", c.attempt as "attempt!", c.task as "task!",
               c.function as "function!", c.status as "status!", c.usage, c.at as "at!", c.key as "key!",
               c.started_at, c.ended_at
        from (
            select *, coalesce(started_at, created_at) as at,
                   '3:call:' || run_id || ':' || lpad(number::text, 8, '0') || ':' || lpad(attempt::text, 6, '0') as key
            from engine.call where run_id = any($1)
        ) c
        where (c.at, c.key collate "C") < ($2, $3)
        order by c.at desc, c.key collate "C" desc
        limit $4
        "#,
        runs,
        part.before,
        part.key,
        part.rows,
    )
    .fetch_all(tx.conn())
    .await?;
    let entries = rows.into_iter().map(|row| {
        let title = titles::of_call(&row.function, &row.status, row.attempt);
        let mut entry = TimelineEntry::new(row.at, TimelineKind::Call, row.key, title);
        entry.status = Some(row.status);
        entry.function = Some(row.function);
        entry.duration_ms = duration(row.started_at, row.ended_at);
        entry.cost_micros = row.usage.as_ref().map(cost);
        entry.ids.run_id = Some(row.run_id.into());
        (entry.ids.number, entry.ids.attempt) = (Some(row.number), Some(row.attempt));
        entry.ids.task = Some(row.task);
        entry
    });
    Ok(entries.collect())
}

fn duration(started: Option<Timestamp>, ended: Option<Timestamp>) -> Option<i64> {
    Some((ended? - started?).num_milliseconds())
}

fn cost(usage: &Value) -> u64 {
    let answers = usage.as_array().into_iter().flatten();
    answers.filter_map(|answer| answer["cost_micros"].as_u64()).sum()
}

/// What the runs asked people for, and what came of it.
pub(super) async fn human_tasks(
    tx: &mut TenantTx,
    runs: &[Uuid],
    part: &Part,
) -> Result<Vec<TimelineEntry>, Problem> {
    let rows = sqlx::query!(
        r#"
        select human_task_id, run_id, title, status, outcome, created_at, ended_at, ended_by
        from engine.human_task where run_id = any($1)
        order by human_task_id desc limit $2
        "#,
        runs,
        TASKS_MAX,
    )
    .fetch_all(tx.conn())
    .await?;
    let mut entries = Vec::new();
    for row in rows {
        let key = |rank: u8| format!("{rank}:task:{}", row.human_task_id);
        let asks = format!("Somebody is asked: “{}”", row.title);
        let mut asked =
            TimelineEntry::new(row.created_at, TimelineKind::HumanTaskAsked, key(4), asks);
        asked.ids.human_task_id = Some(HumanTaskId::from(row.human_task_id));
        asked.ids.run_id = Some(row.run_id.into());
        if let Some(ended_at) = row.ended_at {
            let title = titles::of_ended_task(&row.title, &row.status, row.outcome.as_ref());
            let mut ended =
                TimelineEntry::new(ended_at, TimelineKind::HumanTaskEnded, key(7), title);
            ended.status = Some(row.status.clone());
            ended.actor = row.ended_by;
            ended.duration_ms = Some((ended_at - row.created_at).num_milliseconds());
            ended.ids.human_task_id = asked.ids.human_task_id;
            ended.ids.run_id = asked.ids.run_id;
            entries.push(ended);
        }
        asked.status = Some(row.status);
        entries.push(asked);
    }
    entries.retain(|entry| part.holds(entry));
    Ok(entries)
}
