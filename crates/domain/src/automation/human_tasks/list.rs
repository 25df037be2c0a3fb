//! `GET /v1/human-tasks`

use engine::human_tasks::{self, HumanTaskFilter};
use kernel::RunId;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;
use store::TenantTx;

use super::HumanTaskView;
use crate::{Caller, Cursor, Limit, Operation, Page, Permission, Problem, operation};

#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum Status {
    Open,
    Completed,
    Cancelled,
}

#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum HumanTaskKind {
    Approval,
    Assignment,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct ListHumanTasks {
    #[serde(default)]
    status: Option<Status>,
    #[serde(default)]
    kind: Option<HumanTaskKind>,
    /// Only tasks meant for them.
    #[serde(default)]
    assignee: Option<String>,
    /// Only tasks of this run.
    #[serde(default)]
    run_id: Option<RunId>,
    #[serde(default)]
    limit: Limit,
    #[serde(default)]
    cursor: Option<Cursor>,
}

pub(super) fn operation() -> Operation {
    operation!(list_human_tasks(ListHumanTasks) -> Page<HumanTaskView>, Permission::ReadHumanTasks)
        .get("/v1/human-tasks")
        .tag("human tasks")
        .says("List human tasks", "What runs ask people for, newest first.")
        .example(json!({ "status": "open" }))
}

async fn list_human_tasks(
    tx: &mut TenantTx,
    _caller: &Caller,
    input: ListHumanTasks,
) -> Result<Page<HumanTaskView>, Problem> {
    let status = input.status.map(|status| match status {
        Status::Open => "open",
        Status::Completed => "completed",
        Status::Cancelled => "cancelled",
    });
    let kind = input.kind.map(|kind| match kind {
        HumanTaskKind::Approval => "approval",
        HumanTaskKind::Assignment => "assignment",
    });
    let filter = HumanTaskFilter {
        status: status.map(str::to_owned),
        kind: kind.map(str::to_owned),
        assignee: input.assignee,
        run: input.run_id,
        before: input.cursor.map(|cursor| cursor.uuid().into()),
        limit: input.limit.rows(),
    };
    let (rows, now) = (human_tasks::list(tx, &filter).await?, tx.now());
    let items = rows.into_iter().map(|row| HumanTaskView::of(row, now)).collect();
    Ok(Page::new(items, input.limit, |task: &HumanTaskView| task.human_task_id))
}
