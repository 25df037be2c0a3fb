//! `POST /v1/runs/{run_id}/move`

use std::sync::Arc;

use engine::{
    Flows,
    versions::{self, MoveError},
};
use kernel::RunId;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;
use store::TenantTx;

use super::{RunView, found, is_over};
use crate::{
    Caller, Handler, Operation, Permission, Problem,
    automation::flows::version,
    operation::{read_input, write_output},
};

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct MoveRun {
    run_id: RunId,
    /// The version, or its digest; the one in use if it is left out.
    #[serde(default)]
    version: Option<String>,
}

pub(super) fn operation(known: Arc<Flows>) -> Operation {
    let handler = Handler::in_transaction(move |tx, caller, input| {
        let known = Arc::clone(&known);
        Box::pin(
            async move { write_output(&move_run(tx, &known, caller, read_input(input)?).await?) },
        )
    });
    Operation::new::<MoveRun, RunView>("move_run", Permission::WriteRuns, handler)
        .post("/v1/runs/{run_id}/move")
        .tag("runs")
        .says(
            "Move a run to another version of its flow",
            "What is over stays done, and what comes next is what that version says. Refused, with every reason, where \
             what the run is in the middle of is not the same there. A failed step may be another: move the run, then \
             retry it.",
        )
        .about("run_id")
        .example(json!({ "run_id": "run_01jcz5k8w1e9ta5bq0h3m7xk2d", "version": "1.1.0" }))
}

async fn move_run(
    tx: &mut TenantTx,
    known: &Flows,
    caller: &Caller,
    input: MoveRun,
) -> Result<RunView, Problem> {
    let run = found(tx, input.run_id).await?;
    let to = match &input.version {
        Some(wanted) => version(tx, known, &run.flow, wanted).await?,
        None => known.read(tx).await?.get(&run.flow).cloned().ok_or_else(|| {
            let detail = format!("the flow `{}` is switched off; name a version", run.flow);
            Problem::new("flow-unknown", detail)
        })?,
    };
    if is_over(&run) {
        let detail =
            format!("this run is {}; only one that goes on, or failed, can be moved", run.status);
        return Err(Problem::new("run-ended", detail));
    }
    let by = caller.principal.to_string();
    match versions::move_run(tx, known, input.run_id, &to, &by).await {
        Ok(()) => Ok(found(tx, input.run_id).await?.into()),
        Err(MoveError::Unmovable(reasons)) => {
            let reasons: Vec<String> = reasons.iter().map(ToString::to_string).collect();
            let detail = format!(
                "the run cannot go on as version {}: {}; let it end on version {}, or cancel it and start it again",
                to.program.version(),
                reasons.join("; "),
                run.version,
            );
            Err(Problem::new("run-not-movable", detail))
        }
        Err(MoveError::Store(error)) => Err(error.into()),
    }
}
