//! `GET /v1/runs/{run_id}`

use engine::runs::{self, CallRow, StepRow};
use kernel::{RunId, Timestamp};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use store::TenantTx;

use super::RunView;
use crate::{Caller, Operation, Permission, Problem, operation};

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct GetRun {
    run_id: RunId,
}

/// A run with its journal.
#[derive(Debug, Serialize, JsonSchema)]
struct RunDetail {
    #[serde(flatten)]
    run: RunView,
    #[serde(skip_serializing_if = "Option::is_none")]
    output: Option<Value>,
    /// Every attempt of every call, in order.
    calls: Vec<CallView>,
    /// The steps entered and left, commit by commit.
    steps: Vec<StepView>,
}

/// One attempt of a call.
#[derive(Debug, Serialize, JsonSchema)]
struct CallView {
    /// The same for all attempts of one activation of a step.
    number: i64,
    attempt: i32,
    task: String,
    function: String,
    /// `read`, `keyed`, `findable`, `at_most_once`, or `operation` for one that ran here.
    effect: String,
    /// `scheduled`, `started`, `succeeded`, `failed`, `unknown` or `cancelled`.
    status: String,
    input: Value,
    #[serde(skip_serializing_if = "Option::is_none")]
    output: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<Value>,
    /// Model, prompt, tokens and cost of AI calls.
    #[serde(skip_serializing_if = "Option::is_none")]
    usage: Option<Value>,
    created_at: Timestamp,
    #[serde(skip_serializing_if = "Option::is_none")]
    started_at: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    ended_at: Option<Timestamp>,
}

#[derive(Debug, Serialize, JsonSchema)]
struct StepView {
    revision: i64,
    at: Timestamp,
    /// `{"started": "/do/0/name"}` and `{"ended": "/do/0/name", "outcome": …}`.
    entries: Value,
}

impl From<CallRow> for CallView {
    fn from(row: CallRow) -> Self {
        Self {
            number: row.number,
            attempt: row.attempt,
            task: row.task,
            function: row.function,
            effect: row.effect,
            status: row.status,
            input: row.input,
            output: row.output,
            error: row.error,
            usage: row.usage,
            created_at: row.created_at,
            started_at: row.started_at,
            ended_at: row.ended_at,
        }
    }
}

impl From<StepRow> for StepView {
    fn from(row: StepRow) -> Self {
        Self { revision: row.revision, at: row.at, entries: row.entries }
    }
}

pub(super) fn operation() -> Operation {
    operation!(get_run(GetRun) -> RunDetail, Permission::ReadRuns)
        .get("/v1/runs/{run_id}")
        .tag("runs")
        .says("Get a run", "With the journal of its calls and steps.")
        .about("run_id")
        .example(json!({ "run_id": "run_01jcz5k8w1e9ta5bq0h3m7xk2d" }))
}

async fn get_run(tx: &mut TenantTx, _caller: &Caller, input: GetRun) -> Result<RunDetail, Problem> {
    let id = input.run_id;
    let run = runs::get(tx, id).await?.ok_or_else(|| Problem::not_found("run"))?;
    Ok(RunDetail {
        run: run.into(),
        output: runs::output(tx, id).await?,
        calls: runs::calls(tx, id).await?.into_iter().map(CallView::from).collect(),
        steps: runs::steps(tx, id).await?.into_iter().map(StepView::from).collect(),
    })
}
