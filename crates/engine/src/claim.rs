//! Taking work from the queues, a fair share from each tenant.

use std::{collections::BTreeMap, time::Duration};

use kernel::{EventId, RunId, TaskId, TenantId, Timestamp};
use store::{BatchTx, StoreError};
use uuid::Uuid;

/// How many tenants one claim serves.
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
    /// Its row has left the queue.
    pub(crate) is_gone: bool,
}

impl Claimed {
    /// The row of the queue that is over with, now that it was claimed.
    pub(crate) fn done(&self) -> Option<Uuid> {
        match self.entry {
            _ if self.is_gone => None,
            Entry::Start { task, .. }
            | Entry::Event { task, .. }
            | Entry::Control { task, .. }
            | Entry::Settled { task, .. } => Some(task.uuid()),
            // A call's stays until the call comes back, and a timer's is gone already.
            Entry::Timer { .. } | Entry::Call { .. } => None,
        }
    }
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

/// What is due, and what is not yet.
#[derive(Debug)]
pub(crate) struct Due {
    pub(crate) claimed: Vec<Claimed>,
    /// The last tenant served.
    pub(crate) last: Uuid,
    /// There may be more that is due: somebody had more than their share.
    pub(crate) is_cut: bool,
    /// There may be calls that there was no room for.
    pub(crate) is_short: bool,
    /// When the next timer is due of those that are not yet.
    pub(crate) next_timer: Option<Timestamp>,
}

impl Due {
    fn of(rows: Vec<DueRow>, wanted: Wanted) -> Self {
        let rest = rows.iter().find(|row| row.kind == REST);
        let served = rest.and_then(|row| row.number).unwrap_or_default();
        let next_timer = rest.and_then(|row| row.next_timer);
        let claimed: Vec<Claimed> =
            rows.into_iter().filter_map(|row| row.claimed(wanted.removes)).collect();
        let mut others: BTreeMap<TenantId, i64> = BTreeMap::new();
        let mut calls: BTreeMap<TenantId, i64> = BTreeMap::new();
        let mut timers = 0;
        for entry in &claimed {
            match entry.entry {
                // Timers are taken as they come, whoever's they are.
                Entry::Timer { .. } => timers += 1,
                Entry::Call { .. } => *calls.entry(entry.tenant).or_default() += 1,
                _ => *others.entry(entry.tenant).or_default() += 1,
            }
        }
        let share = |all: i64| (all / served.max(1)).max(1);
        let has_share =
            |taken: &BTreeMap<TenantId, i64>, all| taken.values().any(|taken| share(all) <= *taken);
        let is_short = wanted.calls_max <= calls.values().sum();
        let is_cut = has_share(&others, wanted.entries_max)
            || !is_short && has_share(&calls, wanted.calls_max)
            || 0 < others.len() + calls.len() && TENANTS_MAX <= served
            || wanted.entries_max <= timers;
        // Those up to where the rotation stood were served last.
        let (after, tenants) = (wanted.after.into(), || others.keys().chain(calls.keys()));
        let up_to_there = tenants().filter(|tenant| **tenant <= after).max();
        let last = up_to_there.or_else(|| tenants().max()).map_or(Uuid::nil(), |last| last.uuid());
        Self { claimed, last, is_cut, is_short, next_timer }
    }
}

/// An entry of the queue, a timer, or what there is to say of the rest.
struct DueRow {
    tenant_id: Option<Uuid>,
    task_id: Option<Uuid>,
    run_id: Option<Uuid>,
    kind: String,
    flow: Option<String>,
    reference: Option<Uuid>,
    number: Option<i64>,
    attempt: Option<i32>,
    control: Option<String>,
    fence: Option<i64>,
    next_timer: Option<Timestamp>,
}

/// The kind of the row about the rest: its number is how many tenants were served.
const REST: &str = "rest";
const TIMER: &str = "timer";

impl DueRow {
    fn claimed(self, removes: bool) -> Option<Claimed> {
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
            TIMER => Entry::Timer { number: number? },
            _ => return None,
        };
        let is_gone = removes && !matches!(entry, Entry::Call { .. });
        Some(Claimed { tenant: self.tenant_id?.into(), run: self.run_id?.into(), entry, is_gone })
    }
}

/// What one look at the queues may take.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Wanted {
    /// How many entries that are no calls, and how many timers.
    pub(crate) entries_max: i64,
    /// For how many calls there is room. Calls that there is no room for do not keep the rest waiting.
    pub(crate) calls_max: i64,
    /// The tenant that was served last. The rotation over the tenants sees to it that one with a long queue cannot keep
    /// the others waiting.
    pub(crate) after: Uuid,
    /// Whether entries other than calls leave the queue at once.
    pub(crate) removes: bool,
}

/// Takes entries that are due and belong to nobody, and timers that are due, which are deleted when the batch commits.
/// Whoever takes one thing at a time takes timers last.
#[expect(clippy::too_many_lines, reason = "it is one statement")]
pub(crate) async fn due(
    batch: &mut BatchTx,
    now: Timestamp,
    wanted: Wanted,
) -> Result<Due, StoreError> {
    let rows = sqlx::query_as!(
        DueRow,
        r#"
        with recursive later (tenant_id) as (
            (select t.tenant_id from engine.task t
             where t.owner is null and $1 < t.tenant_id order by t.tenant_id limit 1)
            union all
            select (select t.tenant_id from engine.task t
                    where t.owner is null and later.tenant_id < t.tenant_id order by t.tenant_id limit 1)
            from later where later.tenant_id is not null
        ), earlier (tenant_id) as (
            (select t.tenant_id from engine.task t
             where t.owner is null and t.tenant_id <= $1 order by t.tenant_id limit 1)
            union all
            select (select t.tenant_id from engine.task t
                    where t.owner is null and earlier.tenant_id < t.tenant_id and t.tenant_id <= $1
                    order by t.tenant_id limit 1)
            from earlier where earlier.tenant_id is not null
        ), served as (
            select tenant_id from (
                select tenant_id from later union all select tenant_id from earlier
            ) found
            where exists (select from engine.task t
                          where t.tenant_id = found.tenant_id and t.owner is null
                            and not (t.kind = 'call') and t.run_at <= $3)
               or 0 < $6::bigint
                  and exists (select from engine.task t
                              where t.tenant_id = found.tenant_id and t.owner is null
                                and t.kind = 'call' and t.run_at <= $3)
            limit $2
        ), share (entries, calls) as (
            select greatest(1, $4::bigint / greatest(1, count(*))),
                   least($6, greatest(1, $6 / greatest(1, count(*))))
            from served
        ), others as (
            select t.* from served cross join lateral (
                select * from engine.task t
                where t.tenant_id = served.tenant_id and t.owner is null
                  and not (t.kind = 'call') and t.run_at <= $3
                order by t.run_at, t.task_id limit (select entries from share)
                for update skip locked
            ) t
        ), calls as (
            select t.* from served cross join lateral (
                select * from engine.task t
                where t.tenant_id = served.tenant_id and t.owner is null
                  and t.kind = 'call' and t.run_at <= $3
                order by t.run_at, t.task_id
                limit (select case when 1 < $4 or not exists (select from others) then calls else 0 end from share)
                for update skip locked
            ) t
        ), ready as (
            select * from others union all select * from calls
        ), taken as (
            delete from engine.task where $5 and task_id = any (array(select task_id from others))
        ), fired as (
            delete from engine.timer t
            where ctid = any (array(
                select ctid from engine.timer
                where fire_at <= $3 and (1 < $4::bigint or not exists (select from ready))
                order by fire_at, number limit $4 for update skip locked))
            returning t.tenant_id, t.run_id, t.number
        )
        select tenant_id, task_id, run_id, kind as "kind!", flow, reference, number, attempt, control, fence,
               null::timestamptz as next_timer
        from ready
        union all
        select tenant_id, null, run_id, 'timer', null, null, number, null, null, null, null from fired
        union all
        select null, null, null, 'rest', null, null, (select count(*) from served), null, null, null,
               (select min(fire_at) from engine.timer where $3 < fire_at)
        "#,
        wanted.after,
        TENANTS_MAX,
        now,
        wanted.entries_max,
        wanted.removes,
        wanted.calls_max,
    )
    .fetch_all(batch.conn())
    .await?;
    Ok(Due::of(rows, wanted))
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
            is_gone: false,
        })
        .collect())
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
