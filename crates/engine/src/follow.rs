//! What follows from an event: starts of flows that it triggers, and wake-ups of runs that listen.

use std::sync::Arc;

use futures::future::BoxFuture;
use kernel::{Event, RunId, TaskId};
use store::{Follower, StoreError, TenantTx};
use uuid::Uuid;

use crate::{Flows, FlowsInUse, gather};

/// The event by which a person or a program asks for a run: `{flow, input, requested_by}`. The run has its id.
pub(crate) const START_REQUESTED: &str = "flow.start.requested";

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
            if 0 < enqueue(tx, &starts, events).await? {
                tx.wakes_engine();
            }
            gather::gather(tx, &flows, events).await
        })
    }
}

/// Writes the queue rows of what starts, and of the runs that listen; how many.
async fn enqueue(tx: &mut TenantTx, starts: &Starts, events: &[Event]) -> Result<i64, StoreError> {
    let kinds: Vec<String> = events.iter().map(|event| event.kind.clone()).collect();
    // Who listens for whatever happens does not mean what happens to runs.
    let is_own: Vec<bool> =
        events.iter().map(|event| event.source == crate::EVENT_SOURCE).collect();
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
    // One statement for both, because it stands on the path of every acknowledged webhook. A
    // wake-up's id is derived so that several listeners of one event get different ones.
    let written = sqlx::query!(
        r#"
        with started as (
            insert into engine.task (task_id, run_id, kind, flow, reference, run_at)
            select task_id, run_id, 'start', flow, event_id, $5
            from unnest($1::uuid[], $2::uuid[], $3::text[], $4::uuid[]) as s (task_id, run_id, flow, event_id)
            returning 1
        ), woken as (
            insert into engine.task (task_id, run_id, kind, reference, run_at)
            select case when row_number() over (partition by w.event_id) = 1 then w.task_id
                        else gen_random_uuid() end,
                   w.run_id, 'event', w.event_id, $5
            from (
                select distinct e.event_id, e.task_id, s.run_id
                from unnest($6::text[], $7::uuid[], $8::uuid[], $9::bool[]) as e (type, event_id, task_id, is_own)
                cross join unnest(case when is_own then array[e.type] else array[e.type, '*'] end) as heard (type)
                -- Most events nobody hears: they are not asked for their keys.
                cross join lateral (
                    select from engine.subscription where tenant_id = $10 and type = heard.type limit 1
                ) is_heard
                join unnest($11::uuid[], $12::bigint[]) as k (event_id, key) on k.event_id = e.event_id
                cross join lateral (
                    select run_id from engine.subscription
                    where tenant_id = $10 and type = heard.type and key = k.key offset 0
                ) s
            ) w
            returning 1
        )
        select (select count(*) from started) + (select count(*) from woken) as "written!"
        "#,
        &starts.tasks,
        &starts.runs,
        &starts.flows,
        &starts.events,
        now,
        &kinds,
        &ids,
        &tasks,
        &is_own,
        tx.tenant().uuid(),
        &keyed,
        &keys,
    )
    .fetch_one(tx.conn())
    .await?
    .written;
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
