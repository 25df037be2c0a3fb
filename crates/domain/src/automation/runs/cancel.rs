//! `POST /v1/runs/{run_id}/cancel`

use engine::runs;
use kernel::RunId;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;
use store::TenantTx;

use super::{RunView, found, is_over};
use crate::{Caller, Operation, Permission, Problem, operation};

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct CancelRun {
    run_id: RunId,
    /// Why, for whoever reads the journal later.
    #[serde(default)]
    #[schemars(length(max = 500))]
    reason: String,
}

pub(super) fn operation() -> Operation {
    operation!(cancel_run(CancelRun) -> RunView, Permission::WriteRuns)
        .post("/v1/runs/{run_id}/cancel")
        .tag("runs")
        .says(
            "Cancel a run",
            "Asks the run to stop; it does so within moments. Calls being made are given up; what they did stays.",
        )
        .about("run_id")
        .example(json!({ "run_id": "run_01jcz5k8w1e9ta5bq0h3m7xk2d", "reason": "sent twice by the client" }))
}

async fn cancel_run(
    tx: &mut TenantTx,
    _caller: &Caller,
    input: CancelRun,
) -> Result<RunView, Problem> {
    let run = found(tx, input.run_id).await?;
    if is_over(&run) {
        let detail = format!("this run is {}; there is nothing left to cancel", run.status);
        return Err(Problem::new("run-ended", detail));
    }
    runs::cancel(tx, input.run_id, &input.reason).await?;
    Ok(run.into())
}
