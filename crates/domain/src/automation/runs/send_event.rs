//! `POST /v1/runs/{run_id}/events`

use std::sync::Arc;

use engine::{Flows, runs};
use flow::Input;
use kernel::RunId;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Value, json};
use store::TenantTx;

use super::{RunView, found};
use crate::{
    Caller, Handler, Operation, Permission, Problem,
    operation::{read_input, write_output},
    text::Name,
};

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct SendEventToRun {
    run_id: RunId,
    /// The type of the event, as the flow listens for it.
    r#type: Name,
    /// What the event tells.
    #[serde(default)]
    data: Value,
    #[serde(default)]
    subject: Option<Name>,
}

pub(super) fn operation(known: Arc<Flows>) -> Operation {
    let handler = Handler::in_transaction(move |tx, caller, input| {
        let known = Arc::clone(&known);
        Box::pin(async move {
            let sent = send_event_to_run(tx, &known, caller, read_input(input)?).await?;
            write_output(&sent)
        })
    });
    Operation::new::<SendEventToRun, RunView>("send_event_to_run", Permission::WriteRuns, handler)
        .post("/v1/runs/{run_id}/events")
        .tag("runs")
        .says(
            "Send an event to a run",
            "One run hears the event, as if it had happened; nobody else does. It waits in the run's inbox until a task \
             listens for it.",
        )
        .about("run_id")
        .example(json!({
            "run_id": "run_01jcz5k8w1e9ta5bq0h3m7xk2d", "type": "client.project.approved", "data": { "project_id": "p1" },
        }))
}

async fn send_event_to_run(
    tx: &mut TenantTx,
    known: &Flows,
    caller: &Caller,
    input: SendEventToRun,
) -> Result<RunView, Problem> {
    let run = found(tx, input.run_id).await?;
    if let Some(refused) = unheard(known, &run.flow, input.r#type.as_str()) {
        return Err(Problem::field("/type", refused));
    }
    if run.ended_at.is_some() && run.status != "faulted" {
        let detail = format!("this run is {}; it hears nothing any more", run.status);
        return Err(Problem::new("run-ended", detail));
    }
    let id: kernel::EventId = tx.new_id();
    let mut event = json!({
        "specversion": "1.0",
        "id": id,
        "source": format!("handoff/{}", caller.principal),
        "type": input.r#type,
        "time": tx.now(),
        "datacontenttype": "application/json",
        "data": input.data,
    });
    if let (Some(subject), Some(object)) = (input.subject, event.as_object_mut()) {
        object.insert("subject".to_owned(), json!(subject));
    }
    runs::ask(tx, input.run_id, &Input::EventReceived { event }).await?;
    Ok(run.into())
}

/// Why the flow does not hear such an event, if it does not.
fn unheard(known: &Flows, flow: &str, kind: &str) -> Option<String> {
    let (program, _) = known.shipped(flow)?;
    let listens = program.listens();
    if listens.iter().any(|known| known == kind || known == "*") {
        return None;
    }
    if listens.is_empty() {
        return Some(format!("the flow {flow} listens for nothing"));
    }
    let hint = flow::nearest(kind, listens.iter().map(String::as_str))
        .map_or_else(String::new, |near| format!("; did you mean `{near}`?"));
    Some(format!("the flow {flow} listens for {}{hint}", listens.join(", ")))
}
