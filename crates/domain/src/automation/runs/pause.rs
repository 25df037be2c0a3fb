//! `POST /v1/runs/{run_id}/pause`

use engine::runs;
use flow::Input;
use kernel::RunId;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;
use store::TenantTx;

use super::{RunView, found};
use crate::{Caller, Operation, Permission, Problem, operation};

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct PauseRun {
    run_id: RunId,
    /// Why, for whoever reads the journal later.
    #[serde(default)]
    #[schemars(length(max = 500))]
    reason: String,
}

pub(super) fn operation() -> Operation {
    operation!(pause_run(PauseRun) -> RunView, Permission::WriteRuns)
        .post("/v1/runs/{run_id}/pause")
        .tag("runs")
        .says(
            "Pause a run",
            "Nothing of the run goes on until it is resumed. Answers, timers and events that come meanwhile are kept.",
        )
        .about("run_id")
        .example(json!({ "run_id": "run_01jcz5k8w1e9ta5bq0h3m7xk2d", "reason": "the client asked us to wait" }))
}

async fn pause_run(
    tx: &mut TenantTx,
    _caller: &Caller,
    input: PauseRun,
) -> Result<RunView, Problem> {
    let run = found(tx, input.run_id).await?;
    if run.status == "suspended" {
        let detail = "this run is paused already; resume it to let it go on";
        return Err(Problem::new("run-paused", detail));
    }
    if run.ended_at.is_some() {
        let detail = format!("this run is {}; only one that goes on can be paused", run.status);
        return Err(Problem::new("run-ended", detail));
    }
    runs::ask(tx, input.run_id, &Input::Suspend { reason: input.reason }).await?;
    Ok(run.into())
}
