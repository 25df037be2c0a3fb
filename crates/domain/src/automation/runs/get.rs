//! `GET /v1/runs/{run_id}`

use engine::runs::{self, CallRow, StepRow};
use kernel::{RunId, Timestamp};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use store::{StoreError, TenantTx};

use super::{
    RunView, found,
    waits::{self, Wait},
    with_clients,
};
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
    error: Option<CallErrorView>,
    /// When it is made, if it waits: for its first try, or for the next.
    #[serde(skip_serializing_if = "Option::is_none")]
    next_attempt_at: Option<Timestamp>,
    /// What it waits for, in a sentence.
    #[serde(skip_serializing_if = "Option::is_none")]
    waiting_for: Option<String>,
    /// Model, prompt, tokens and cost of AI calls.
    #[serde(skip_serializing_if = "Option::is_none")]
    usage: Option<Value>,
    created_at: Timestamp,
    #[serde(skip_serializing_if = "Option::is_none")]
    started_at: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    ended_at: Option<Timestamp>,
}

/// Why an attempt failed.
#[derive(Debug, PartialEq, Eq, Serialize, JsonSchema)]
struct CallErrorView {
    /// What kind of error, as a URI, where the flow language gives it one.
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    kind: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<u16>,
    /// A few words, such as `no clear answer` or `refused (404 not-found)`.
    title: String,
    /// The whole sentence, which may quote the other side.
    #[serde(skip_serializing_if = "Option::is_none")]
    detail: Option<String>,
}

impl CallErrorView {
    /// An error as the journal has it: of the flow language, or one sentence with a title in front.
    fn of(stored: &Value) -> Self {
        let text = |name: &str| stored[name].as_str().map(str::to_owned);
        let detail = text("detail");
        let begin = || Some(detail.as_deref()?.split_once(": ")?.0.to_owned());
        Self {
            kind: text("type"),
            status: stored["status"].as_u64().and_then(|status| status.try_into().ok()),
            title: text("title").or_else(begin).unwrap_or_else(|| "failed".to_owned()),
            detail,
        }
    }
}

#[derive(Debug, Serialize, JsonSchema)]
struct StepView {
    revision: i64,
    at: Timestamp,
    /// `{"started": "/do/0/name"}` and `{"ended": "/do/0/name", "outcome": …}`.
    entries: Value,
}

impl CallView {
    fn new(row: CallRow, wait: Option<Wait>) -> Self {
        let next_attempt_at = wait.as_ref().and_then(|wait| wait.until);
        let waiting_for = wait.map(|wait| wait.reason);
        Self {
            number: row.number,
            attempt: row.attempt,
            task: row.task,
            function: row.function,
            effect: row.effect,
            status: row.status,
            input: row.input,
            output: row.output,
            error: row.error.as_ref().map(CallErrorView::of),
            next_attempt_at,
            waiting_for,
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
        .says(
            "Get a run",
            "With the journal of its calls and steps. A call that waits says until when \
             (`next_attempt_at`) and for what (`waiting_for`).",
        )
        .about("run_id")
        .example(json!({ "run_id": "run_01jcz5k8w1e9ta5bq0h3m7xk2d" }))
}

async fn get_run(tx: &mut TenantTx, caller: &Caller, input: GetRun) -> Result<RunDetail, Problem> {
    let id = input.run_id;
    let row = found(tx, id).await?;
    let run = with_clients(tx, caller, vec![row]).await?.pop();
    let output = match runs::output(tx, id).await {
        // A run that this release cannot read can be looked at all the same.
        Err(StoreError::Corrupt(_)) => None,
        output => output?,
    };
    Ok(RunDetail {
        run: run.ok_or_else(|| Problem::not_found("run"))?,
        output,
        calls: calls(tx, id).await?,
        steps: runs::steps(tx, id).await?.into_iter().map(StepView::from).collect(),
    })
}

async fn calls(tx: &mut TenantTx, run: RunId) -> Result<Vec<CallView>, Problem> {
    let rows = runs::calls(tx, run).await?;
    let waits = waits::load(tx, run).await?;
    let next: Vec<Option<i64>> =
        rows.iter().skip(1).map(|row| Some(row.number)).chain([None]).collect();
    let views = rows.into_iter().zip(next).map(|(row, next)| {
        // They are in the order of their numbers, and of their attempts.
        let is_last = next != Some(row.number);
        let wait = waits.of(row.number, row.attempt, &row.status, is_last);
        CallView::new(row, wait)
    });
    Ok(views.collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_error_has_a_short_title() {
        let error = |stored: Value| CallErrorView::of(&stored);
        let refused = error(json!({ "detail": "refused (404 no-such-lead): there is none" }));
        assert_eq!(refused.title, "refused (404 no-such-lead)");
        assert_eq!(refused.detail.as_deref(), Some("refused (404 no-such-lead): there is none"));
        let own = error(json!({ "type": "urn:x", "status": 409, "title": "taken", "detail": "d" }));
        assert_eq!(
            (own.kind.as_deref(), own.status, own.title.as_str()),
            (Some("urn:x"), Some(409), "taken")
        );
        assert_eq!(error(json!({ "detail": "odd" })).title, "failed");
    }
}
