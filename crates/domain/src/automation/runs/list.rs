//! `GET /v1/runs`

use engine::runs::{self, RunFilter};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;
use store::TenantTx;

use super::RunView;
use crate::{Caller, Cursor, Limit, Operation, Page, Permission, Problem, operation};

/// The states a run can be in.
#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum RunStatus {
    Pending,
    Running,
    Waiting,
    Suspended,
    Cancelled,
    Faulted,
    Completed,
}

impl RunStatus {
    fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Running => "running",
            Self::Waiting => "waiting",
            Self::Suspended => "suspended",
            Self::Cancelled => "cancelled",
            Self::Faulted => "faulted",
            Self::Completed => "completed",
        }
    }
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct ListRuns {
    /// Only runs of this flow.
    #[serde(default)]
    flow: Option<String>,
    #[serde(default)]
    status: Option<RunStatus>,
    #[serde(default)]
    limit: Limit,
    #[serde(default)]
    cursor: Option<Cursor>,
}

pub(super) fn operation() -> Operation {
    operation!(list_runs(ListRuns) -> Page<RunView>, Permission::ReadRuns)
        .get("/v1/runs")
        .tag("runs")
        .says("List runs", "Newest first.")
        .example(json!({ "status": "faulted" }))
}

async fn list_runs(
    tx: &mut TenantTx,
    _caller: &Caller,
    input: ListRuns,
) -> Result<Page<RunView>, Problem> {
    let filter = RunFilter {
        flow: input.flow,
        status: input.status.map(|status| status.as_str().to_owned()),
        before: input.cursor.map(|cursor| cursor.uuid().into()),
        limit: input.limit.rows(),
    };
    let rows = runs::list(tx, &filter).await?;
    let items = rows.into_iter().map(RunView::from).collect();
    Ok(Page::new(items, input.limit, |run: &RunView| run.run_id))
}
