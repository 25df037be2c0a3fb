//! One commit for many runs of many tenants.

mod aside;
mod ended;
mod lease;
mod start;

use std::{
    collections::{BTreeMap, HashMap},
    time::Duration,
};

use flow::{Input, Status};
use futures::FutureExt as _;
use kernel::{Event, EventId, RunId, TenantId, Timestamp};
use serde_json::{Value, json};
use store::{BatchTx, StoreError, TenantTx, events};
use uuid::Uuid;

pub(crate) use aside::run_by_run;

use crate::{
    advance::Progress,
    alerts, children,
    claim::{self, Claimed, Entry, Wanted},
    dispatch::{Ending, Prepared, Returned, status_of},
    driver::{Inner, Processed},
    error,
    hot::HotRun,
    persist::{self, Closing},
    runs, schedules, snapshot, traces,
};

/// How many queue entries one commit takes that are no calls.
pub(crate) const ENTRIES_MAX: i64 = 128;
/// How many calls from the queue one commit takes.
pub(crate) const CALLS_MAX: i64 = 256;
/// How long the loop may sleep when no timer is set.
const IDLE: Duration = Duration::from_secs(1);

/// What one batch takes beside the calls that came back.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Round {
    /// Whether it takes entries from the queues, and makes calls.
    pub(crate) takes_work: bool,
    /// Whether it looks at the queues.
    pub(crate) looks: bool,
    /// Whether it looks for interrupted calls, and whether those of all other nodes are.
    pub(crate) takeover: Option<bool>,
    /// Whether it looks for runs that the clock starts.
    pub(crate) takes_starts: bool,
    /// How many queue entries that are no calls it takes, and how many timers.
    pub(crate) entries_max: i64,
    /// How many calls it takes from the queue.
    pub(crate) calls_max: i64,
    /// The tenant that was served last.
    pub(crate) after: Uuid,
}

/// What happened to runs of one tenant.
#[derive(Debug, Default)]
struct Work<'a> {
    claimed: Vec<&'a Claimed>,
    returned: Vec<&'a Returned>,
}

/// What was taken from the queues.
#[derive(Debug, Default)]
struct Taken {
    claimed: Vec<Claimed>,
    /// How long the queues need not be looked at, if they were looked at.
    idle: Option<Duration>,
    is_short: bool,
}

/// What is left to do once the transaction is committed.
#[derive(Debug, Default)]
struct Moved {
    calls: Vec<Prepared>,
    hot: Vec<HotRun>,
    /// There may be calls in the queue that this node has no room for.
    is_short: bool,
}

impl Moved {
    fn add(&mut self, more: Self) {
        self.calls.extend(more.calls);
        self.hot.extend(more.hot);
        self.is_short |= more.is_short;
    }
}

/// Applies everything that is due, in one transaction.
pub(crate) async fn process(
    inner: &Inner,
    returned: &[Returned],
    round: Round,
) -> Result<Processed, StoreError> {
    // Most often one is served again and again.
    let first = returned.first().map_or_else(|| round.after.into(), |call| call.tenant);
    let mut batch = inner.db.batch_of(first).await?;
    let Taken { claimed, idle, is_short } = take(inner, &mut batch, round, true).await?;
    let mut work: BTreeMap<TenantId, Work<'_>> = BTreeMap::new();
    for entry in &claimed {
        work.entry(entry.tenant).or_default().claimed.push(entry);
    }
    for call in returned {
        work.entry(call.tenant).or_default().returned.push(call);
    }
    let fired = if round.takes_starts {
        schedules::fire(inner, &mut batch, inner.db.clock().now()).await?
    } else {
        0
    };
    let worked = !work.is_empty() || 0 < fired;
    let mut moved = Moved { is_short, ..Moved::default() };
    for (tenant, work) in work {
        moved.add(process_some(inner, batch.bind(tenant).await?, &work, round).await?);
    }
    finish(inner, batch, moved, idle, worked).await
}

/// Takes what is due.
///
/// `removes` whether entries that are over with as soon as they are taken leave the queue at once.
async fn take(
    inner: &Inner,
    batch: &mut BatchTx,
    round: Round,
    removes: bool,
) -> Result<Taken, StoreError> {
    let mut taken = Taken::default();
    if !round.takes_work {
        return Ok(taken);
    }
    let now = inner.db.clock().now();
    if round.looks && 0 < round.entries_max {
        // What it tells of is committed, so it is seen now.
        inner.db.wake().work.notified().now_or_never();
        let Round { entries_max, calls_max, after, .. } = round;
        let wanted = Wanted { entries_max, calls_max, after, removes };
        let due = claim::due(batch, now, wanted).await?;
        inner.move_cursor(due.last).await;
        let until = |at: Timestamp| (at - now).to_std().unwrap_or_default();
        let idle = if due.is_cut { Duration::ZERO } else { due.next_timer.map_or(IDLE, until) };
        taken = Taken { claimed: due.claimed, idle: Some(idle), is_short: due.is_short };
    }
    if let Some(others_are_dead) = round.takeover {
        taken.claimed.extend(claim::interrupted(batch, now, inner.node, others_are_dead).await?);
    }
    kernel::crashpoint!("engine.claimed");
    Ok(taken)
}

/// Commits.
async fn finish(
    inner: &Inner,
    batch: BatchTx,
    moved: Moved,
    idle: Option<Duration>,
    worked: bool,
) -> Result<Processed, StoreError> {
    kernel::crashpoint!("engine.step_before_commit");
    batch.commit().await?;
    kernel::crashpoint!("engine.step_after_commit");
    metrics::counter!("handoff_engine_commits_total").increment(1);
    inner.hot.keep(moved.hot);
    Ok(Processed { calls: moved.calls, worked, idle, is_short: moved.is_short })
}

async fn process_some(
    inner: &Inner,
    tx: &mut TenantTx,
    work: &Work<'_>,
    round: Round,
) -> Result<Moved, StoreError> {
    let mut inputs: BTreeMap<RunId, Vec<Input>> = BTreeMap::new();
    let mut raised = Vec::new();
    take_returned(tx, work, &mut inputs, &mut raised).await?;
    let mut starts = Vec::new();
    let mut recalls = Vec::new();
    let events = events_of(tx, work).await?;
    for claimed in &work.claimed {
        take_entry(tx, claimed, &events, &mut inputs, &mut starts, &mut recalls).await?;
    }
    let mut progress = Vec::new();
    for (run, flow, cause) in starts {
        // It may have been asked for something before it began.
        let asked = inputs.remove(&run).unwrap_or_default();
        progress.extend(start::start(inner, tx, run, &flow, cause, asked).await?);
    }
    progress.extend(go_on(inner, tx, inputs).await?);
    // One that faulted before hears events, for whoever retries it; that is no new fault.
    for one in progress.iter().filter(|one| one.ends_now && one.status() == Status::Faulted) {
        raised.push((one.run, alerts::faulted(one)));
    }
    for one in progress.iter().filter(|one| one.ends_now && one.has_ended()) {
        ended::record(one, tx.now());
    }
    let told: Vec<Event> =
        progress.iter_mut().flat_map(|one| std::mem::take(&mut one.events)).collect();
    tx.append_all(&told).await?;
    // Those that wait go before those that are new.
    let reserved = lease::reserve(inner, &recalls);
    let (leases, mut calls) = lease::lease(inner, tx, &progress, round);
    if !progress.is_empty() {
        persist::write(tx, inner.node, &progress, &leases).await?;
    }
    for (run, alert) in raised {
        alerts::raise(inner, tx, run, &alert).await?;
    }
    let is_short = reserved.len() < recalls.len();
    // Unless they were cancelled just now.
    calls.extend(lease::recall(inner, tx, reserved).await?);
    let hot = progress.into_iter().filter_map(HotRun::after).collect();
    Ok(Moved { calls, hot, is_short })
}

/// Applies what happened to runs that began before.
async fn go_on(
    inner: &Inner,
    tx: &mut TenantTx,
    inputs: BTreeMap<RunId, Vec<Input>>,
) -> Result<Vec<Progress>, StoreError> {
    let known: Vec<RunId> = inputs.keys().copied().collect();
    if known.is_empty() {
        return Ok(Vec::new());
    }
    let mut hot = inner.hot.take(&known);
    let cold: Vec<RunId> = known.iter().copied().filter(|run| !hot.contains_key(run)).collect();
    let mut stored = snapshot::load(tx, &cold).await?;
    let traceparents = traces::of_runs(tx, &known).await?;
    let mut progress = Vec::new();
    for (run, inputs) in inputs {
        let mut one = if let Some(kept) = hot.remove(&run) {
            Progress::new(run, kept.program, kept.state, kept.revision)
        } else {
            let Some(found) = stored.remove(&run) else { continue };
            let is_aside = found.is_aside();
            let state = found.state?;
            let program = inner.flows.by_digest(tx, &found.digest).await?;
            let has_ended = matches!(state.status(), Status::Completed | Status::Cancelled);
            let revives = |input: &Input| matches!(input, Input::Retry | Input::Skip { .. });
            if is_aside || inputs.iter().any(revives) && !has_ended {
                aside::take_up(tx, run, &program, &state).await?;
            }
            Progress::new(run, program, state, found.revision)
        };
        let parent = traceparents.get(&run).map(String::as_str);
        traces::advance(tx, inner, &mut one, inputs, parent).await?;
        progress.push(one);
    }
    Ok(progress)
}

/// Closes the calls that came back, and removes what was claimed from the queue. Calls that still count become inputs.
async fn take_returned(
    tx: &mut TenantTx,
    work: &Work<'_>,
    inputs: &mut BTreeMap<RunId, Vec<Input>>,
    raised: &mut Vec<(RunId, Value)>,
) -> Result<(), StoreError> {
    let mut closings = Vec::new();
    for call in &work.returned {
        match &call.ending {
            Ending::PutOff { until, reason } => {
                persist::put_off(tx, call.task, call.fence, *until).await?;
                tracing::info!(run = %call.run, function = call.function, %until, reason, "a call was put off");
                if *reason == "the credentials were refused" {
                    raised.push((call.run, alerts::credentials_refused(&call.function)));
                }
            }
            Ending::Done { result, usage } => closings.push(Closing {
                task: call.task,
                fence: call.fence,
                status: status_of(result, call.effect),
                output: result.as_ref().ok(),
                error: result.as_ref().err().map(|error| json!({ "detail": error.to_string() })),
                usage,
            }),
            Ending::Failed { error } => closings.push(Closing {
                task: call.task,
                fence: call.fence,
                status: "failed",
                output: None,
                error: Some(json!(error)),
                usage: &[],
            }),
        }
    }
    let done: Vec<Uuid> = work.claimed.iter().filter_map(|claimed| claimed.done()).collect();
    if closings.is_empty() && done.is_empty() {
        return Ok(());
    }
    let ours = persist::close_calls(tx, &closings, &done).await?;
    for call in work.returned.iter().filter(|call| ours.contains(&call.task)) {
        let of_run = inputs.entry(call.run).or_default();
        let result = match &call.ending {
            Ending::Done { result, .. } => result,
            Ending::Failed { error } => {
                of_run.push(Input::CallFailed { call: call.number, error: error.clone() });
                continue;
            }
            Ending::PutOff { .. } => continue,
        };
        let status = status_of(result, call.effect);
        metrics::counter!("handoff_calls_total", "function" => call.function.clone(), "status" => status)
            .increment(1);
        if status == "unknown" {
            raised.push((call.run, alerts::outcome_unknown(call)));
        }
        of_run.push(match result {
            Ok(output) => Input::CallSucceeded { call: call.number, output: output.clone() },
            Err(failure) => Input::CallFailed {
                call: call.number,
                error: error::of_call(failure, Some(call.effect)),
            },
        });
    }
    Ok(())
}

/// The events that the entries are about.
async fn events_of(
    tx: &mut TenantTx,
    work: &Work<'_>,
) -> Result<HashMap<EventId, Event>, StoreError> {
    let wanted: Vec<EventId> = work
        .claimed
        .iter()
        .filter_map(|claimed| match &claimed.entry {
            Entry::Start { event, .. } | Entry::Event { event, .. } => Some(*event),
            _ => None,
        })
        .collect();
    let found = events::find_all(tx, &wanted).await?;
    Ok(found.into_iter().map(|event| (event.id, event)).collect())
}

async fn take_entry<'a>(
    tx: &mut TenantTx,
    claimed: &'a Claimed,
    events: &'a HashMap<EventId, Event>,
    inputs: &mut BTreeMap<RunId, Vec<Input>>,
    starts: &mut Vec<(RunId, String, &'a Event)>,
    recalls: &mut Vec<&'a Claimed>,
) -> Result<(), StoreError> {
    let of_run = inputs.entry(claimed.run);
    match &claimed.entry {
        Entry::Start { flow, event, .. } => {
            starts.extend(events.get(event).map(|cause| (claimed.run, flow.clone(), cause)));
        }
        Entry::Event { event, .. } => {
            if let Some(event) = events.get(event) {
                of_run.or_default().push(Input::EventReceived { event: event.envelope() });
            }
        }
        Entry::Control { control, .. } => {
            of_run.or_default().push(runs::asked(control)?);
        }
        Entry::Timer { number } => {
            kernel::crashpoint!("engine.timer_before_commit");
            of_run.or_default().push(Input::TimerFired { timer: *number });
        }
        Entry::Settled { number, attempt, .. } => {
            let settled = children::settled(tx, claimed.run, *number, *attempt).await?;
            of_run.or_default().extend(settled);
        }
        Entry::Call { .. } => recalls.push(claimed),
    }
    Ok(())
}
