//! Taking work from the queues, a fair share from each tenant.

use std::time::Duration;

use kernel::{EventId, RunId, TaskId, TenantId, Timestamp};
use store::{BatchTx, StoreError};
use uuid::Uuid;

/// How many tenants one claim serves, and how many entries it takes in all.
const TENANTS_MAX: i64 = 32;
/// How many interrupted calls one claim takes over.
const TAKEOVERS_MAX: i64 = 64;
/// How long a call belongs to the node that makes it, unless the node says that it still lives.
pub(crate) const LEASE: Duration = Duration::from_secs(30);

/// One entry of the queue, locked until the batch ends.
#[derive(Debug)]
pub(crate) struct Claimed {
    pub(crate) tenant: TenantId,
    pub(crate) run: RunId,
    pub(crate) entry: Entry,
}

#[derive(Debug)]
pub(crate) enum Entry {
    Start { task: TaskId, flow: String, event: EventId },
    Event { task: TaskId, event: EventId },
    Control { task: TaskId, control: String },
    Timer { number: u64 },
    Settled { task: TaskId, number: u64, attempt: u32 },
    Call { task: TaskId, number: u64, attempt: u32, fence: i64, taken_over: bool },
}

impl Entry {
    /// The row of the queue that is over with, as soon as it was claimed. A call's stays until the call comes back, and
    /// a timer's is gone already.
    pub(crate) fn done(&self) -> Option<Uuid> {
        match self {
            Self::Start { task, .. }
            | Self::Event { task, .. }
            | Self::Control { task, .. }
            | Self::Settled { task, .. } => Some(task.uuid()),
            Self::Timer { .. } | Self::Call { .. } => None,
        }
    }
}

/// An entry of the queue, or a timer.
struct DueRow {
    tenant_id: Uuid,
    task_id: Option<Uuid>,
    run_id: Uuid,
    kind: String,
    flow: Option<String>,
    reference: Option<Uuid>,
    number: Option<i64>,
    attempt: Option<i32>,
    control: Option<String>,
    fence: Option<i64>,
}

impl DueRow {
    fn claimed(self) -> Option<Claimed> {
        let number = self.number.map(i64::unsigned_abs);
        let attempt = self.attempt.map(i32::unsigned_abs);
        let event = self.reference.map(EventId::from);
        let task = self.task_id.map(TaskId::from);
        let entry = match self.kind.as_str() {
            "start" => Entry::Start { task: task?, flow: self.flow?, event: event? },
            "event" => Entry::Event { task: task?, event: event? },
            "control" => Entry::Control { task: task?, control: self.control? },
            "call" => Entry::Call {
                task: task?,
                number: number?,
                attempt: attempt?,
                fence: self.fence?,
                taken_over: false,
            },
            "settled" => Entry::Settled { task: task?, number: number?, attempt: attempt? },
            "timer" => Entry::Timer { number: number? },
            _ => return None,
        };
        Some(Claimed { tenant: self.tenant_id.into(), run: self.run_id.into(), entry })
    }
}

/// Takes entries that are due and belong to nobody, and as many timers that are due, which are deleted when the batch
/// commits. Whoever takes one thing at a time takes timers last.
///
/// `after` rotates over the tenants, so that one with a long queue cannot keep the others waiting; the last tenant
/// served is returned for the next claim.
pub(crate) async fn due(
    batch: &mut BatchTx,
    now: Timestamp,
    after: Uuid,
    entries_max: i64,
) -> Result<(Vec<Claimed>, Uuid), StoreError> {
    let rows = sqlx::query_as!(
        DueRow,
        r#"
        with recursive tenants (tenant_id) as (
            (select t.tenant_id from engine.task t
             where t.owner is null and $1 < t.tenant_id order by t.tenant_id limit 1)
            union all
            select (select t.tenant_id from engine.task t
                    where t.owner is null and tenants.tenant_id < t.tenant_id order by t.tenant_id limit 1)
            from tenants where tenants.tenant_id is not null
        ), served as (
            select tenant_id from tenants where tenant_id is not null limit $2
        ), ready as (
            select t.* from served cross join lateral (
                select * from engine.task t
                where t.tenant_id = served.tenant_id and t.owner is null and t.run_at <= $3
                order by t.run_at, t.task_id
                limit (select greatest(1, $4::bigint / greatest(1, count(*))) from served)
                for update skip locked
            ) t
        ), fired as (
            delete from engine.timer t
            where ctid = any (array(
                select ctid from engine.timer
                where fire_at <= $3 and (1 < $4::bigint or not exists (select from ready))
                order by fire_at, number limit $4 for update skip locked))
            returning t.tenant_id, t.run_id, t.number
        )
        select tenant_id as "tenant_id!", task_id, run_id as "run_id!", kind as "kind!", flow, reference, number,
               attempt, control, fence
        from ready
        union all
        select tenant_id, null, run_id, 'timer', null, null, number, null, null, null from fired
        "#,
        after,
        TENANTS_MAX,
        now,
        entries_max,
    )
    .fetch_all(batch.conn())
    .await?;
    // Timers are taken as they come, whoever's they are.
    let ready = rows.iter().filter(|row| row.kind != "timer");
    let last = ready.map(|row| row.tenant_id).max().unwrap_or(Uuid::nil());
    Ok((rows.into_iter().filter_map(DueRow::claimed).collect(), last))
}

/// Takes over calls whose node is gone: the lease ran out, or the node is known to be dead.
pub(crate) async fn interrupted(
    batch: &mut BatchTx,
    now: Timestamp,
    node: Uuid,
    others_are_dead: bool,
) -> Result<Vec<Claimed>, StoreError> {
    let rows = sqlx::query!(
        r#"
        select tenant_id, task_id, run_id, number as "number!", attempt as "attempt!", fence
        from engine.task
        where owner is not null and kind = 'call' and (lease_until < $1 or ($2 and owner <> $3))
        order by lease_until
        limit $4
        for update skip locked
        "#,
        now,
        others_are_dead,
        node,
        TAKEOVERS_MAX,
    )
    .fetch_all(batch.conn())
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| Claimed {
            tenant: row.tenant_id.into(),
            run: row.run_id.into(),
            entry: Entry::Call {
                task: row.task_id.into(),
                number: row.number.unsigned_abs(),
                attempt: row.attempt.unsigned_abs(),
                fence: row.fence,
                taken_over: true,
            },
        })
        .collect())
}

/// When the next sleeping entry is due: a timer, or a call that was put off.
pub(crate) async fn next_due(batch: &mut BatchTx) -> Result<Option<Timestamp>, StoreError> {
    let due = sqlx::query_scalar!("select fire_at from engine.timer order by fire_at limit 1")
        .fetch_optional(batch.conn())
        .await?;
    Ok(due)
}

/// Says that this node still lives and still makes these calls.
pub(crate) async fn renew_leases(
    batch: &mut BatchTx,
    now: Timestamp,
    node: Uuid,
) -> Result<u64, StoreError> {
    // What is locked is being worked on; waiting for it, in another order than others, would be a deadlock.
    let renewed = sqlx::query!(
        r#"
        update engine.task set lease_until = $1
        where task_id in (select task_id from engine.task where owner = $2 for update skip locked)
        "#,
        now + LEASE,
        node,
    )
    .execute(batch.conn())
    .await?
    .rows_affected();
    Ok(renewed)
}
