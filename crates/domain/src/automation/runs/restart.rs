//! `POST /v1/runs/{run_id}/restart`

use std::sync::Arc;

use engine::{Flows, runs};
use kernel::RunId;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::found;
use crate::{
    Handler, Operation, Permission, Problem,
    operation::{read_input, write_output},
};

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct RestartRun {
    run_id: RunId,
    /// The new run's input; that of the first one if it is left out.
    #[serde(default)]
    input: Option<Value>,
}

#[derive(Debug, Serialize, JsonSchema)]
struct RestartedRun {
    /// The new run.
    run_id: RunId,
    flow: String,
    restarted_from: RunId,
}

pub(super) fn operation(known: Arc<Flows>) -> Operation {
    let handler = Handler::in_transaction(move |tx, caller, input| {
        let known = Arc::clone(&known);
        Box::pin(async move {
            let RestartRun { run_id: restarted_from, input } = read_input(input)?;
            let run = found(tx, restarted_from).await?;
            if run.ended_at.is_none() {
                let detail =
                    format!("this run is {}; cancel it before it is started again", run.status);
                return Err(Problem::new("run-not-ended", detail));
            }
            if known.read(tx).await?.get(&run.flow).is_none() {
                let detail = format!("the flow `{}` is not in use any more", run.flow);
                return Err(Problem::new("flow-unknown", detail));
            }
            let input = match input {
                Some(input) => input,
                None => runs::input_of(tx, &known, restarted_from).await?,
            };
            let by = caller.principal.to_string();
            let run_id = runs::start_again(tx, &run.flow, &input, &by, restarted_from).await?;
            write_output(&RestartedRun { run_id, flow: run.flow, restarted_from })
        })
    });
    Operation::new::<RestartRun, RestartedRun>("restart_run", Permission::WriteRuns, handler)
        .post("/v1/runs/{run_id}/restart")
        .creates()
        .tag("runs")
        .says(
            "Start a run again",
            "A new run of the same flow, in its present version, with the same input or another. What the first run did \
             stays done; the new one does it again.",
        )
        .about("run_id")
        .example(json!({ "run_id": "run_01jcz5k8w1e9ta5bq0h3m7xk2d", "input": { "lead_id": "lead_01jcz5k8w1e9ta5bq0h3m7xk2d" } }))
}
