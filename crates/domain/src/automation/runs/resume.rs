//! `POST /v1/runs/{run_id}/resume`

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
struct ResumeRun {
    run_id: RunId,
}

pub(super) fn operation() -> Operation {
    operation!(resume_run(ResumeRun) -> RunView, Permission::WriteRuns)
        .post("/v1/runs/{run_id}/resume")
        .tag("runs")
        .says(
            "Resume a run",
            "A paused run goes on, first with what came while it was paused. Time went on meanwhile: a wait or a \
             timeout that ended then ends now.",
        )
        .about("run_id")
        .example(json!({ "run_id": "run_01jcz5k8w1e9ta5bq0h3m7xk2d" }))
}

async fn resume_run(
    tx: &mut TenantTx,
    _caller: &Caller,
    input: ResumeRun,
) -> Result<RunView, Problem> {
    let run = found(tx, input.run_id).await?;
    if run.status != "suspended" {
        let detail = format!("this run is {}; only a paused one can be resumed", run.status);
        return Err(Problem::new("run-not-paused", detail));
    }
    runs::ask(tx, input.run_id, &Input::Resume).await?;
    Ok(run.into())
}
