//! Flows that start when one event for each of several filters has come.
//!
//! What has come so far is rows of the transaction that appends the event. The flow's row is locked from the first
//! event that fits to the end of that transaction, so nodes match one after the other, and each start happens once.

use std::collections::BTreeMap;

use chrono::TimeDelta;
use flow::{Fitting, HalfMet, Program};
use kernel::{Event, EventId};
use serde_json::{Map, Value, json};
use store::{StoreError, TenantTx, events};
use uuid::Uuid;

use crate::{FlowsInUse, follow::START_REQUESTED};

/// How many starts of one flow may wait at the same time. The oldest go first.
const SETS_MAX: usize = 1_000;
/// How long what came for another version is kept. Nodes of two releases may serve a tenant for a while.
const OTHER_VERSIONS: TimeDelta = TimeDelta::hours(1);

/// A set of events that waits for the rest.
struct Set {
    id: Uuid,
    half_met: HalfMet,
    events: Vec<Uuid>,
}

/// Rows of `engine.gathered` to be written.
#[derive(Default)]
struct Rows {
    sets: Vec<Uuid>,
    places: Vec<i16>,
    filters: Vec<i16>,
    events: Vec<Uuid>,
    correlated: Vec<Value>,
}

/// Adds events to what has come so far, and asks for the runs that they complete.
pub(crate) async fn gather(
    tx: &mut TenantTx,
    flows: &FlowsInUse,
    events: &[Event],
) -> Result<(), StoreError> {
    let now = tx.now();
    // By flow, then by event: two transactions lock the flows in the same order.
    for program in flows.all().filter(|program| program.gathers()) {
        let kinds: Vec<&str> =
            program.starting_events().into_iter().map(|(kind, _)| kind).collect();
        let fitting: Vec<(&Event, Value)> = events
            .iter()
            // What asks for a run would ask again for its own.
            .filter(|event| kinds.contains(&event.kind.as_str()) && event.kind != START_REQUESTED)
            .map(|event| (event, event.envelope()))
            .filter(|(_, envelope)| program.starts_on(envelope, now))
            .collect();
        if !fitting.is_empty() {
            match_events(tx, program, &fitting).await?;
        }
    }
    Ok(())
}

async fn match_events(
    tx: &mut TenantTx,
    program: &Program,
    fitting: &[(&Event, Value)],
) -> Result<(), StoreError> {
    lock(tx, program).await?;
    let mut sets = load(tx, program).await?;
    let (mut added, mut complete, mut gone) = (Rows::default(), Vec::new(), Vec::new());
    for (event, envelope) in fitting {
        let known: Vec<HalfMet> = sets.iter().map(|set| set.half_met.clone()).collect();
        let Some(found) = program.gather(&known, envelope, tx.now()) else { continue };
        let place = found.set.unwrap_or_else(|| {
            let id = tx.new_id::<kernel::kinds::Task>().uuid();
            sets.push(Set { id, half_met: HalfMet::default(), events: Vec::new() });
            sets.len() - 1
        });
        let Some(set) = sets.get_mut(place) else { continue };
        if found.is_complete {
            let mut set = sets.remove(place);
            set.events.push(event.id.uuid());
            gone.push(set.id);
            complete.push((set, event.kind.as_str()));
        } else {
            added.push(set, event.id, &found);
            set.half_met.add(&found);
            set.events.push(event.id.uuid());
        }
    }
    if SETS_MAX < sets.len() {
        let flow = program.name();
        tracing::warn!(tenant = %tx.tenant(), flow, "too many starts wait for events; the oldest are forgotten");
        gone.extend(sets.drain(..sets.len() - SETS_MAX).map(|set| set.id));
    }
    write(tx, program, &added, &gone).await?;
    for (set, kind) in complete {
        start(tx, program, &set, kind).await?;
    }
    Ok(())
}

impl Rows {
    fn push(&mut self, set: &Set, event: EventId, found: &Fitting) {
        self.sets.push(set.id);
        // A start has at most 32 filters.
        self.places.push(i16::try_from(set.events.len()).unwrap_or(i16::MAX));
        self.filters.push(i16::try_from(found.filter).unwrap_or(i16::MAX));
        self.events.push(event.uuid());
        self.correlated.push(Map::from_iter(found.correlated.clone()).into());
    }
}

/// Takes the flow's row, to the end of the transaction.
async fn lock(tx: &mut TenantTx, program: &Program) -> Result<(), StoreError> {
    let now = tx.now();
    let is_new = sqlx::query_scalar!(
        r#"
        insert into engine.gathering (flow, digest, matched_at) values ($1, $2, $3)
        on conflict (tenant_id, flow, digest) do update set matched_at = excluded.matched_at
        returning xmax = 0 as "is_new!"
        "#,
        program.name(),
        program.digest(),
        now,
    )
    .fetch_one(tx.conn())
    .await?;
    if is_new {
        sqlx::query!(
            "delete from engine.gathering where tenant_id = $1 and flow = $2 and digest <> $3 and matched_at < $4",
            tx.tenant().uuid(),
            program.name(),
            program.digest(),
            now - OTHER_VERSIONS,
        )
        .execute(tx.conn())
        .await?;
    }
    Ok(())
}

/// What has come so far, the oldest set first.
async fn load(tx: &mut TenantTx, program: &Program) -> Result<Vec<Set>, StoreError> {
    let rows = sqlx::query!(
        r#"
        select set_id, filter, event_id, correlated from engine.gathered
        where tenant_id = $1 and flow = $2 and digest = $3 order by set_id, place
        "#,
        tx.tenant().uuid(),
        program.name(),
        program.digest(),
    )
    .fetch_all(tx.conn())
    .await?;
    let mut sets: BTreeMap<Uuid, Set> = BTreeMap::new();
    for row in rows {
        let set = sets.entry(row.set_id).or_insert_with(|| Set {
            id: row.set_id,
            half_met: HalfMet::default(),
            events: Vec::new(),
        });
        let filter = usize::try_from(row.filter)
            .map_err(|_negative| StoreError::Corrupt(format!("the filter {}", row.filter)))?;
        let correlated = match row.correlated {
            Value::Object(correlated) => correlated.into_iter().collect(),
            _ => BTreeMap::new(),
        };
        set.half_met.add(&Fitting { set: None, filter, correlated, is_complete: false });
        set.events.push(row.event_id);
    }
    Ok(sets.into_values().collect())
}

async fn write(
    tx: &mut TenantTx,
    program: &Program,
    added: &Rows,
    gone: &[Uuid],
) -> Result<(), StoreError> {
    // What was added before its set went is deleted with it: the insert goes first.
    if !added.sets.is_empty() {
        sqlx::query!(
            r#"
            insert into engine.gathered (flow, digest, set_id, place, filter, event_id, correlated)
            select $1, $2, * from unnest($3::uuid[], $4::smallint[], $5::smallint[], $6::uuid[], $7::jsonb[])
            "#,
            program.name(),
            program.digest(),
            &added.sets,
            &added.places,
            &added.filters,
            &added.events,
            &added.correlated,
        )
        .execute(tx.conn())
        .await?;
    }
    if !gone.is_empty() {
        sqlx::query!(
            "delete from engine.gathered where tenant_id = $1 and flow = $2 and digest = $3 and set_id = any($4)",
            tx.tenant().uuid(),
            program.name(),
            program.digest(),
            gone,
        )
        .execute(tx.conn())
        .await?;
    }
    Ok(())
}

/// Asks for a run. Its input stands in the request, so it does not depend on the events any more.
async fn start(
    tx: &mut TenantTx,
    program: &Program,
    set: &Set,
    last: &str,
) -> Result<(), StoreError> {
    let ids: Vec<EventId> = set.events.iter().map(|id| (*id).into()).collect();
    let mut found: BTreeMap<EventId, Value> = events::find_all(tx, &ids)
        .await?
        .into_iter()
        .map(|event| (event.id, event.envelope()))
        .collect();
    let envelopes: Vec<Value> = ids.iter().filter_map(|id| found.remove(id)).collect();
    if envelopes.len() < ids.len() {
        let flow = program.name();
        tracing::warn!(tenant = %tx.tenant(), flow, "events that a start waited with are not kept any more");
        return Ok(());
    }
    let input = program.input_of_all(&envelopes);
    let data =
        json!({ "flow": program.name(), "input": input, "requested_by": last, "events": ids });
    tx.append(crate::EVENT_SOURCE, START_REQUESTED, None, data).await?;
    Ok(())
}

/// Forgets what has come for a flow, in whichever version.
pub(crate) async fn forget(tx: &mut TenantTx, flow: &str) -> Result<(), StoreError> {
    sqlx::query!(
        "delete from engine.gathering where tenant_id = $1 and flow = $2",
        tx.tenant().uuid(),
        flow,
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}
