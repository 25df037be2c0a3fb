//! What the log is told of a run's steps: their lifecycle, what the flow says itself, how the run ends.

use flow::{Command, EmittedEvent, FlowError, lifecycle};
use kernel::Event;
use serde_json::json;
use store::TenantTx;

use crate::advance::Progress;

/// Tells the lifecycle events of a step.
pub(crate) fn lifecycle_of(
    tx: &TenantTx,
    progress: &mut Progress,
    is_start: bool,
    commands: &[Command],
) {
    let (program, run, now) = (&progress.program, progress.run.to_string(), tx.now());
    let begun = is_start.then(|| lifecycle::started(program, &run, now)).flatten();
    let of_commands = commands.iter().flat_map(|it| lifecycle::events(program, &run, it, now));
    let events: Vec<Event> = begun
        .into_iter()
        .chain(of_commands)
        .map(|told| tx.event(crate::EVENT_SOURCE, &told.kind, Some(run.clone()), told.data))
        .collect();
    progress.events.extend(events);
}

/// Tells what a flow says. Listeners see the same envelope as the task that emitted it.
pub(crate) fn emit(tx: &TenantTx, progress: &mut Progress, event: EmittedEvent) {
    let program = &progress.program;
    let source = event.source.unwrap_or_else(|| {
        format!("/{}/{}/{}", program.namespace(), program.name(), program.version())
    });
    let mut attributes = event.attributes;
    attributes.insert("id".to_owned(), event.id.into());
    let told = tx.event(&source, &event.kind, event.subject, event.data);
    progress.events.push(Event { time: event.time, attributes, ..told });
}

/// Tells that a run ended, was held or goes on.
pub(crate) fn run_event(
    tx: &TenantTx,
    progress: &mut Progress,
    kind: &str,
    error: Option<&FlowError>,
) {
    progress.ends_now = progress.has_ended();
    let mut data = json!({ "run_id": progress.run, "flow": progress.program.name() });
    if let (Some(error), Some(object)) = (error, data.as_object_mut()) {
        object.insert("error_type".to_owned(), json!(error.kind));
        object.insert("error_status".to_owned(), json!(error.status));
    }
    let about = Some(progress.run.to_string());
    progress.events.push(tx.event(crate::EVENT_SOURCE, kind, about, data));
}
