//! What follows from an event: starts of flows that it triggers, and wake-ups of runs that listen.

use std::sync::Arc;

use futures::future::BoxFuture;
use kernel::{Event, RunId, TaskId};
use store::{Follower, StoreError, TenantTx};
use uuid::Uuid;

use crate::{Flows, FlowsInUse, gather};

/// The event by which a person or a program asks for a run: `{flow, input, requested_by}`. The run has its id.
pub(crate) const START_REQUESTED: &str = "flow.start.requested";
/// What a run hears that listens for events of any type.
const ANYTHING: &str = "*";

/// Writes the engine's queue rows in the transaction that appends an event.
#[derive(Debug)]
pub struct FlowFollower {
    flows: Arc<Flows>,
}

impl FlowFollower {
    pub fn new(flows: Arc<Flows>) -> Self {
        Self { flows }
    }
}

impl Follower for FlowFollower {
    fn follow<'a>(
        &'a self,
        tx: &'a mut TenantTx,
        events: &'a [Event],
    ) -> BoxFuture<'a, Result<(), StoreError>> {
        Box::pin(async move {
            let flows = self.flows.of(tx).await?;
            let starts = Starts::of(tx, &flows, events);
            if enqueue(tx, &starts, events).await? {
                tx.wakes_engine();
            }
            gather::gather(tx, &flows, events).await
        })
    }
}

/// Writes the queue rows of what starts, and of the runs that listen; whether there are any.
async fn enqueue(tx: &mut TenantTx, starts: &Starts, events: &[Event]) -> Result<bool, StoreError> {
    let mut kinds: Vec<String> = events.iter().map(|event| event.kind.clone()).collect();
    if events.iter().any(|event| !is_own(event)) {
        kinds.push(ANYTHING.to_owned());
    }
    let now = tx.now();
    // One statement for both, because it stands on the path of every acknowledged webhook.
    let is_heard = sqlx::query_scalar!(
        r#"
        with started as (
            insert into engine.task (task_id, run_id, kind, flow, reference, run_at)
            select task_id, run_id, 'start', flow, event_id, $5
            from unnest($1::uuid[], $2::uuid[], $3::text[], $4::uuid[]) as s (task_id, run_id, flow, event_id)
        )
        select exists (
            select from unnest($6::text[]) as wanted (type)
            cross join lateral (
                select from engine.subscription where tenant_id = $7 and type = wanted.type limit 1
            ) heard
        ) as "is_heard!"
        "#,
        &starts.tasks,
        &starts.runs,
        &starts.flows,
        &starts.events,
        now,
        &kinds,
        tx.tenant().uuid(),
    )
    .fetch_one(tx.conn())
    .await?;
    // Most events nobody hears.
    let woken = if is_heard { wake(tx, events).await? } else { 0 };
    Ok(!starts.tasks.is_empty() || 0 < woken)
}

/// Whether it tells what happened to a run. Who listens for whatever happens does not mean that.
fn is_own(event: &Event) -> bool {
    event.source == crate::EVENT_SOURCE
}

/// Writes the queue rows of the runs that listen for the events; how many.
async fn wake(tx: &mut TenantTx, events: &[Event]) -> Result<u64, StoreError> {
    let kinds: Vec<String> = events.iter().map(|event| event.kind.clone()).collect();
    let is_own: Vec<bool> = events.iter().map(is_own).collect();
    let ids: Vec<Uuid> = events.iter().map(|event| event.id.uuid()).collect();
    let tasks: Vec<Uuid> = ids.iter().map(|_| tx.new_id::<kernel::kinds::Task>().uuid()).collect();
    let (keyed, keys): (Vec<Uuid>, Vec<i64>) = events
        .iter()
        .flat_map(|event| {
            let keys = flow::event_keys(&event.envelope()).into_iter();
            keys.map(|key| (event.id.uuid(), key))
        })
        .unzip();
    let now = tx.now();
    // A wake-up's id is derived so that several listeners of one event get different ones.
    let written = sqlx::query!(
        r#"
        insert into engine.task (task_id, run_id, kind, reference, run_at)
        select case when row_number() over (partition by w.event_id) = 1 then w.task_id
                    else gen_random_uuid() end,
               w.run_id, 'event', w.event_id, $1
        from (
            select distinct e.event_id, e.task_id, s.run_id
            from unnest($2::text[], $3::uuid[], $4::uuid[], $5::bool[]) as e (type, event_id, task_id, is_own)
            cross join unnest(case when is_own then array[e.type] else array[e.type, $9] end) as heard (type)
            -- Others of these events may be heard by nobody: they are not asked for their keys.
            cross join lateral (
                select from engine.subscription where tenant_id = $6 and type = heard.type limit 1
            ) is_heard
            join unnest($7::uuid[], $8::bigint[]) as k (event_id, key) on k.event_id = e.event_id
            cross join lateral (
                select run_id from engine.subscription
                where tenant_id = $6 and type = heard.type and key = k.key offset 0
            ) s
        ) w
        "#,
        now,
        &kinds,
        &ids,
        &tasks,
        &is_own,
        tx.tenant().uuid(),
        &keyed,
        &keys,
        ANYTHING,
    )
    .execute(tx.conn())
    .await?
    .rows_affected();
    Ok(written)
}

#[derive(Default)]
struct Starts {
    tasks: Vec<Uuid>,
    runs: Vec<Uuid>,
    flows: Vec<String>,
    events: Vec<Uuid>,
}

impl Starts {
    /// What the events start.
    fn of(tx: &TenantTx, flows: &FlowsInUse, events: &[Event]) -> Self {
        let mut starts = Self::default();
        for event in events {
            for flow in flows.triggered_by(event, tx.now()) {
                starts.push(tx, flow, event, tx.new_id());
            }
            if event.kind == START_REQUESTED
                && let Some(flow) = event.data.get("flow").and_then(serde_json::Value::as_str)
            {
                starts.push(tx, flow, event, event.id.uuid().into());
            }
        }
        starts
    }

    fn push(&mut self, tx: &TenantTx, flow: &str, event: &Event, run: RunId) {
        let task: TaskId = tx.new_id();
        self.tasks.push(task.uuid());
        self.runs.push(run.uuid());
        self.flows.push(flow.to_owned());
        self.events.push(event.id.uuid());
    }
}
