//! `POST /v1/runs/{run_id}/retry`

use engine::runs;
use kernel::RunId;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;
use store::TenantTx;

use super::{RunView, found};
use crate::{Caller, Operation, Permission, Problem, operation};

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct RetryRun {
    run_id: RunId,
}

pub(super) fn operation() -> Operation {
    operation!(retry_run(RetryRun) -> RunView, Permission::WriteRuns)
        .post("/v1/runs/{run_id}/retry")
        .tag("runs")
        .says(
            "Retry a run",
            "A faulted run goes on from the step that failed. What was done before stays done.",
        )
        .about("run_id")
        .example(json!({ "run_id": "run_01jcz5k8w1e9ta5bq0h3m7xk2d" }))
}

async fn retry_run(
    tx: &mut TenantTx,
    _caller: &Caller,
    input: RetryRun,
) -> Result<RunView, Problem> {
    let run = found(tx, input.run_id).await?;
    if run.status != "faulted" {
        let detail = format!("this run is {}; only a faulted one can be retried", run.status);
        return Err(Problem::new("run-not-ended", detail));
    }
    runs::retry(tx, input.run_id).await?;
    Ok(run.into())
}
