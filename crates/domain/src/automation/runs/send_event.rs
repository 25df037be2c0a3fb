//! `POST /v1/runs/{run_id}/events`

use engine::runs;
use flow::Input;
use kernel::RunId;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Value, json};
use store::TenantTx;

use super::{RunView, found, is_over};
use crate::{Caller, Operation, Permission, Problem, operation, text::Name};

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

pub(super) fn operation() -> Operation {
    operation!(send_event_to_run(SendEventToRun) -> RunView, Permission::WriteRuns)
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
    caller: &Caller,
    input: SendEventToRun,
) -> Result<RunView, Problem> {
    let run = found(tx, input.run_id).await?;
    if is_over(&run) {
        let detail = format!("this run is {}; it hears nothing any more", run.status);
        return Err(Problem::new("run-ended", detail));
    }
    let heard = runs::hears(tx, input.run_id).await?;
    if let Some(refused) = unheard(&heard, input.r#type.as_str()) {
        return Err(Problem::field("/type", refused));
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

/// Why the run does not hear such an event, if it does not.
fn unheard(heard: &[String], kind: &str) -> Option<String> {
    if heard.iter().any(|known| known == kind || known == "*") {
        return None;
    }
    if heard.is_empty() {
        return Some("this run listens for nothing".to_owned());
    }
    let hint = flow::nearest(kind, heard.iter().map(String::as_str))
        .map_or_else(String::new, |near| format!("; did you mean `{near}`?"));
    Some(format!("this run listens for {}{hint}", heard.join(", ")))
}
