//! The lifecycle events of the specification, told about runs of definitions that ask for them.
//!
//! A definition asks with `document.metadata.lifecycleEvents`: `workflow`, or `tasks` for those of tasks too. By
//! default it asks for none: each event is a row, and the journal holds the same.

use chrono::SecondsFormat;
use kernel::Timestamp;
use serde_json::{Value, json};

use crate::{
    command::{Command, Outcome},
    program::Program,
};

/// What begins the type of each such event.
const FAMILY: &str = "io.serverlessworkflow";

/// Which lifecycle events a definition asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub(crate) enum Level {
    #[default]
    None,
    Workflow,
    Tasks,
}

/// A lifecycle event: the `type` and `data` of a CloudEvent.
#[derive(Debug, Clone, PartialEq)]
pub struct LifecycleEvent {
    pub kind: String,
    pub data: Value,
}

/// Tells that a run has started.
pub fn started(program: &Program, run: &str, now: Timestamp) -> Option<LifecycleEvent> {
    let definition = json!({
        "name": program.name(), "namespace": program.namespace(), "version": program.version(),
    });
    let mut told = of_workflow(program, run, "started", "startedAt", now)?;
    add(&mut told, "definition", definition);
    Some(told)
}

/// What a command tells about a run.
pub fn events(
    program: &Program,
    run: &str,
    command: &Command,
    now: Timestamp,
) -> Vec<LifecycleEvent> {
    let workflow = |name, at| of_workflow(program, run, name, at, now);
    let with = |told: Option<LifecycleEvent>, key: &str, value: Value| {
        told.map(|mut told| {
            add(&mut told, key, value);
            told
        })
    };
    let told = match command {
        Command::Suspended { .. } => workflow("suspended", "suspendedAt"),
        Command::Resumed => workflow("resumed", "resumedAt"),
        Command::Cancelled { .. } => workflow("cancelled", "cancelledAt"),
        Command::Faulted { error } => with(workflow("faulted", "faultedAt"), "error", json!(error)),
        Command::Completed { .. } => {
            let place = json!(format!("/v1/runs/{run}"));
            with(workflow("completed", "completedAt"), "outputUri", place)
        }
        Command::Listen { .. } => workflow("correlation-started", "startedAt"),
        Command::Correlated { keys } => {
            with(workflow("correlation-completed", "completedAt"), "correlationKeys", json!(keys))
        }
        Command::TaskStarted { task } => {
            let told = |name, at| of_task(program, run, task, name, at, now);
            return [told("created", "createdAt"), told("started", "startedAt")]
                .into_iter()
                .flatten()
                .collect();
        }
        Command::TaskEnded { task, outcome, error } => {
            let told = |name, at| of_task(program, run, task, name, at, now);
            match outcome {
                Outcome::Completed => told("completed", "completedAt"),
                Outcome::Cancelled => told("cancelled", "cancelledAt"),
                Outcome::Retrying => told("retried", "retriedAt"),
                Outcome::Faulted => with(told("faulted", "faultedAt"), "error", json!(error)),
                Outcome::Skipped => None,
            }
        }
        _ => None,
    };
    told.into_iter().collect()
}

fn of_workflow(
    program: &Program,
    run: &str,
    name: &str,
    at: &str,
    now: Timestamp,
) -> Option<LifecycleEvent> {
    (Level::Workflow <= program.definition.lifecycle).then(|| LifecycleEvent {
        kind: format!("{FAMILY}.workflow.{name}.v1"),
        data: json!({ "name": qualified(program, run), at: moment(now) }),
    })
}

fn of_task(
    program: &Program,
    run: &str,
    task: &str,
    name: &str,
    at: &str,
    now: Timestamp,
) -> Option<LifecycleEvent> {
    (Level::Tasks <= program.definition.lifecycle).then(|| LifecycleEvent {
        kind: format!("{FAMILY}.task.{name}.v1"),
        data: json!({ "workflow": qualified(program, run), "task": task, at: moment(now) }),
    })
}

fn add(told: &mut LifecycleEvent, key: &str, value: Value) {
    if let Some(data) = told.data.as_object_mut() {
        data.insert(key.to_owned(), value);
    }
}

/// `name-id.namespace`.
fn qualified(program: &Program, run: &str) -> String {
    format!("{}-{run}.{}", program.name(), program.namespace())
}

fn moment(at: Timestamp) -> String {
    at.to_rfc3339_opts(SecondsFormat::AutoSi, true)
}
