//! `POST /v1/runs/{run_id}/skip`

use engine::runs;
use flow::Input;
use kernel::RunId;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Value, json};
use store::TenantTx;

use super::{RunView, found};
use crate::{Caller, Operation, Permission, Problem, operation, text::Name};

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct SkipStep {
    run_id: RunId,
    /// Why, for whoever reads the journal later.
    reason: Name,
    /// What the step is to have given; its own input if it is left out.
    #[serde(default)]
    output: Option<Value>,
}

pub(super) fn operation() -> Operation {
    operation!(skip_step(SkipStep) -> RunView, Permission::WriteRuns)
        .post("/v1/runs/{run_id}/skip")
        .tag("runs")
        .says(
            "Skip the failed step of a run",
            "A faulted run goes on behind the step that failed, as if that had given `output`.",
        )
        .about("run_id")
        .example(json!({
            "run_id": "run_01jcz5k8w1e9ta5bq0h3m7xk2d", "reason": "told the client by phone",
            "output": { "channel": "C1", "ts": "1" },
        }))
}

async fn skip_step(
    tx: &mut TenantTx,
    _caller: &Caller,
    input: SkipStep,
) -> Result<RunView, Problem> {
    let run = found(tx, input.run_id).await?;
    if run.status != "faulted" {
        let detail = format!("this run is {}; only a step that failed can be skipped", run.status);
        return Err(Problem::new("run-not-ended", detail));
    }
    let place = run.error.as_ref().and_then(|error| error.get("instance")?.as_str());
    if let Some("/input" | "/timeout") = place {
        let detail = "no step of this run failed: its input did not fit, or the whole run took too long; start it again";
        return Err(Problem::new("run-not-ended", detail));
    }
    let asked = Input::Skip { reason: input.reason.as_str().to_owned(), output: input.output };
    runs::ask(tx, input.run_id, &asked).await?;
    Ok(run.into())
}
