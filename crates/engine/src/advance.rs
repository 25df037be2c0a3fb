//! Applying what happened to one run: the pure step, and the operations it calls on the way.

use std::{
    collections::{BTreeSet, VecDeque},
    sync::Arc,
};

use connector_kit::{CallError, Effect};
use flow::{Command, FlowError, Input, Program, State, Status};
use kernel::{Event, RunId, Timestamp};
use serde_json::{Value, json};
use store::{StoreError, TenantTx};
use uuid::Uuid;

use crate::{
    Cause, OperationError, about, alerts, children, children::AwaitedCall, error, flows::Flows,
    outside::Outside, told,
};

/// How many operations one run may call in one transaction; more than that is a loop without a wait.
const OPERATIONS_MAX: usize = 500;

/// Everything that one run's progress writes.
#[derive(Debug)]
pub(crate) struct Progress {
    pub(crate) run: RunId,
    pub(crate) program: Arc<Program>,
    pub(crate) state: State,
    /// The revision this progress leads to.
    pub(crate) revision: i64,
    pub(crate) is_new: bool,
    /// The definition's text, when the run is new and it may not be stored yet.
    pub(crate) source: Option<String>,
    pub(crate) trigger: Option<kernel::EventId>,
    pub(crate) started_by: String,
    pub(crate) calls: Vec<NewCall>,
    /// Calls that somebody else completes.
    pub(crate) awaited: Vec<AwaitedCall>,
    pub(crate) cancelled_calls: Vec<u64>,
    pub(crate) operations: Vec<DoneOperation>,
    pub(crate) timers: Vec<(u64, Timestamp)>,
    pub(crate) cancelled_timers: Vec<u64>,
    pub(crate) entries: Vec<Value>,
    /// Whether it came to its end in this step, and not before.
    pub(crate) ends_now: bool,
    /// What the log is told.
    pub(crate) events: Vec<Event>,
    /// What this step showed the run to be about.
    pub(crate) about: BTreeSet<Uuid>,
    /// The span of this step.
    pub(crate) traceparent: Option<String>,
}

/// A call to be made after the commit.
#[derive(Debug, Clone)]
pub(crate) struct NewCall {
    pub(crate) number: u64,
    pub(crate) attempt: u32,
    pub(crate) task: String,
    pub(crate) function: String,
    pub(crate) effect: Effect,
    pub(crate) input: Value,
}

/// An operation that ran in this transaction, for the journal.
#[derive(Debug)]
pub(crate) struct DoneOperation {
    pub(crate) number: u64,
    pub(crate) attempt: u32,
    pub(crate) task: String,
    pub(crate) name: String,
    pub(crate) input: Value,
    pub(crate) result: Result<Value, FlowError>,
}

impl Progress {
    pub(crate) fn new(run: RunId, program: Arc<Program>, state: State, revision: i64) -> Self {
        Self {
            run,
            program,
            state,
            revision: revision + 1,
            is_new: false,
            source: None,
            trigger: None,
            started_by: String::new(),
            calls: Vec::new(),
            awaited: Vec::new(),
            cancelled_calls: Vec::new(),
            operations: Vec::new(),
            timers: Vec::new(),
            cancelled_timers: Vec::new(),
            entries: Vec::new(),
            ends_now: false,
            events: Vec::new(),
            about: BTreeSet::new(),
            traceparent: None,
        }
    }

    pub(crate) fn status(&self) -> Status {
        self.state.status()
    }

    pub(crate) fn has_ended(&self) -> bool {
        matches!(self.status(), Status::Completed | Status::Faulted | Status::Cancelled)
    }
}

/// Applies `inputs` in order, and every result of an operation as it comes.
pub(crate) async fn advance(
    tx: &mut TenantTx,
    flows: &Flows,
    outside: &Outside,
    progress: &mut Progress,
    inputs: Vec<Input>,
) -> Result<(), StoreError> {
    let mut queue = VecDeque::from(inputs);
    while let Some(input) = queue.pop_front() {
        let now = tx.now();
        let failed = match &input {
            Input::CallFailed { call, error } => Some((*call, error.clone())),
            _ => None,
        };
        let is_start = matches!(input, Input::Start { .. });
        let state = std::mem::replace(&mut progress.state, State::placeholder());
        let step = flow::step(&progress.program, state, input, now);
        progress.state = step.state;
        if let Some((call, error)) = failed {
            tell_if_final(progress, &step.commands, call, &error);
        }
        if progress.program.tells_lifecycle() {
            told::lifecycle_of(tx, progress, is_start, &step.commands);
        }
        for command in step.commands {
            if let Some(result) = carry_out(tx, flows, outside, progress, command).await? {
                queue.push_back(result);
            }
        }
    }
    Ok(())
}

/// Tells the log of a call that failed and is not made again.
fn tell_if_final(progress: &Progress, commands: &[Command], call: u64, error: &FlowError) {
    let is_repeated =
        |command: &Command| matches!(command, Command::Call { call: next, .. } if *next == call);
    let is_awaited = progress.state.pauses().iter().any(|(paused, _)| *paused == call);
    if is_awaited || commands.iter().any(is_repeated) {
        return;
    }
    let task = commands.iter().find_map(|command| match command {
        Command::TaskEnded { task, outcome: flow::Outcome::Faulted, .. } => Some(task.as_str()),
        _ => None,
    });
    // A late answer to a call that nobody waits for ends no task.
    let Some(task) = task else { return };
    tracing::warn!(
        run = %progress.run,
        flow = progress.program.name(),
        task,
        call,
        status = error.status,
        error = alerts::title_of(error),
        "a call failed for good"
    );
}

async fn carry_out(
    tx: &mut TenantTx,
    flows: &Flows,
    outside: &Outside,
    progress: &mut Progress,
    command: Command,
) -> Result<Option<Input>, StoreError> {
    match command {
        Command::Call { call, attempt, task, function, input } => match flows.effect(&function) {
            effect
                if 1 < attempt
                    && !outside.functions.may_repeat(&function, &input)
                    && let Some(settled) = settled(tx, progress, call, effect).await? =>
            {
                return Ok(Some(settled));
            }
            None if function == flow::RUN_WORKFLOW || flow::asks_people(&function) => {
                let call = AwaitedCall { number: call, attempt, task, function, input };
                return children::call(tx, flows, progress, call).await;
            }
            Some(effect) => {
                let new = NewCall { number: call, attempt, task, function, effect, input };
                progress.calls.push(new);
            }
            None => {
                let done =
                    run_operation(tx, outside, progress, call, attempt, task, function, input)
                        .await?;
                return Ok(Some(done));
            }
        },
        Command::Timer { timer, at } => progress.timers.push((timer, at)),
        Command::CancelCall { call } => {
            progress.calls.retain(|new| new.number != call);
            progress.awaited.retain(|new| new.number != call);
            progress.cancelled_calls.push(call);
            // Now, so that it meets what was asked for before, not what the next command asks for.
            children::abandon(tx, progress.run, call).await?;
        }
        Command::CancelTimer { timer } => {
            progress.timers.retain(|(number, _)| *number != timer);
            progress.cancelled_timers.push(timer);
        }
        Command::Emit { event } => told::emit(tx, progress, event),
        Command::TaskStarted { task } => progress.entries.push(json!({ "started": task })),
        Command::TaskEnded { task, outcome, .. } => {
            progress.entries.push(json!({ "ended": task, "outcome": outcome }));
        }
        Command::Completed { .. } => {
            told::run_event(tx, progress, "flow.run.completed", None);
            if progress.state.was_revived() {
                alerts::resolve_fault(tx, outside, progress.run).await?;
            }
        }
        Command::Faulted { error } => {
            told::run_event(tx, progress, "flow.run.faulted", Some(&error));
        }
        Command::Cancelled { .. } => {
            told::run_event(tx, progress, "flow.run.cancelled", None);
            alerts::resolve_fault(tx, outside, progress.run).await?;
        }
        Command::Suspended { reason } => {
            progress.entries.push(json!({ "suspended": reason }));
            told::run_event(tx, progress, "flow.run.suspended", None);
        }
        Command::Resumed => {
            progress.entries.push(json!({ "resumed": true }));
            told::run_event(tx, progress, "flow.run.resumed", None);
        }
        Command::SkippedOver { task, reason } => {
            progress.entries.push(json!({ "skipped_over": task, "reason": reason }));
        }
        // Subscriptions are kept for the whole run, by the types its definition names.
        Command::Listen { .. } | Command::Unlisten { .. } | Command::Correlated { .. } => {}
    }
    Ok(None)
}

/// What the journal says of a call that is asked for again, where asking again would do it again.
///
/// A retried block repeats all of its calls. An operation that succeeded is not run twice, and what has
/// an effect that cannot be looked up is not sent twice, whatever the flow says.
async fn settled(
    tx: &mut TenantTx,
    progress: &Progress,
    call: u64,
    effect: Option<Effect>,
) -> Result<Option<Input>, StoreError> {
    if !matches!(effect, None | Some(Effect::AtMostOnce)) {
        return Ok(None);
    }
    let number = i64::try_from(call).unwrap_or(i64::MAX);
    let here = progress.operations.iter().find(|done| done.number == call && done.result.is_ok());
    if let Some(Ok(output)) = here.map(|done| &done.result) {
        return Ok(Some(Input::CallSucceeded { call, output: output.clone() }));
    }
    let earlier = sqlx::query!(
        r#"
        select status, output, sends from engine.call
        where run_id = $1 and number = $2 and (status in ('succeeded', 'unknown') or 0 < sends and status = 'cancelled')
        order by status = 'succeeded' desc, attempt desc limit 1
        "#,
        progress.run.uuid(),
        number,
    )
    .fetch_optional(tx.conn())
    .await?;
    let Some(earlier) = earlier else { return Ok(None) };
    if earlier.status == "succeeded" {
        let output = earlier.output.as_deref().and_then(|body| serde_json::from_slice(body).ok());
        return Ok(Some(Input::CallSucceeded { call, output: output.unwrap_or(Value::Null) }));
    }
    if effect.is_none() {
        return Ok(None);
    }
    let unclear = CallError::Ambiguous {
        status: None,
        detail: "an earlier attempt may have been done".to_owned(),
    };
    Ok(Some(Input::CallFailed { call, error: error::of_call(&unclear, effect) }))
}

#[expect(clippy::too_many_arguments, reason = "the fields of one command, taken apart once")]
async fn run_operation(
    tx: &mut TenantTx,
    outside: &Outside,
    progress: &mut Progress,
    call: u64,
    attempt: u32,
    task: String,
    name: String,
    input: Value,
) -> Result<Input, StoreError> {
    let cause = Cause {
        run: progress.run,
        flow: progress.program.name().to_owned(),
        key: call_key(progress.run, call),
    };
    let result = if OPERATIONS_MAX <= progress.operations.len() {
        Err(error::of_operation(
            508,
            "too-many-operations",
            "this run called more operations than one transaction may hold; add a wait to its loop",
        ))
    } else {
        tx.savepoint().await?;
        match outside.operations.call(tx, &name, input.clone(), &cause).await {
            Ok(output) => {
                tx.release_savepoint().await?;
                Ok(output)
            }
            Err(OperationError::Refused { status, code, detail }) => {
                tx.roll_back_to_savepoint().await?;
                Err(error::of_operation(status, &code, &detail))
            }
            Err(OperationError::Store(error)) if error.is_transient() => return Err(error),
            // A mistake of ours in one operation must not stop the batch it is part of.
            Err(OperationError::Store(error)) => {
                tx.roll_back_to_savepoint().await?;
                tracing::error!(%error, cause = ?error, operation = name, "an operation failed");
                Err(error::of_operation(500, "internal", "the operation failed; the log says why"))
            }
        }
    };
    let next = match &result {
        Ok(output) => {
            progress.about.extend(about::named_in(&input).chain(about::named_in(output)));
            Input::CallSucceeded { call, output: output.clone() }
        }
        Err(error) => Input::CallFailed { call, error: error.clone() },
    };
    progress.operations.push(DoneOperation { number: call, attempt, task, name, input, result });
    Ok(next)
}

/// The idempotency key of a call: its run and its number, the same for each attempt.
pub(crate) fn call_key(run: RunId, number: u64) -> String {
    format!("{run}-{number}")
}
