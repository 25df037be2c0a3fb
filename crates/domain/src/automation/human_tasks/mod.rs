//! A human task: what a run asks people for, and waits for.

mod complete;
mod decide;
mod get;
mod list;

use engine::human_tasks::{self, HumanTaskRow};
use kernel::{HumanTaskId, RunId, Timestamp};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;
use store::TenantTx;

use crate::{Caller, Operation, Problem};

pub(super) fn operations() -> Vec<Operation> {
    vec![list::operation(), get::operation(), decide::operation(), complete::operation()]
}

#[derive(Debug, Serialize, JsonSchema)]
struct HumanTaskView {
    human_task_id: HumanTaskId,
    /// `approval` or `assignment`.
    kind: String,
    /// `open`, `completed` or `cancelled` (its run does not wait for it any more).
    status: String,
    run_id: RunId,
    flow: String,
    title: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<String>,
    /// Whom it is meant for, as the flow names them.
    #[serde(skip_serializing_if = "Option::is_none")]
    assignee: Option<String>,
    /// The roles that may answer it, besides owners; every role that may answer tasks if there is none.
    roles: Vec<String>,
    /// What to decide upon.
    #[serde(skip_serializing_if = "Option::is_none")]
    details: Option<Value>,
    /// JSON Schema of the result that is asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    form: Option<Value>,
    /// What came of it, as its run is told.
    #[serde(skip_serializing_if = "Option::is_none")]
    outcome: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    due_at: Option<Timestamp>,
    /// Whether it is open although it was due.
    is_overdue: bool,
    created_at: Timestamp,
    #[serde(skip_serializing_if = "Option::is_none")]
    ended_at: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    ended_by: Option<String>,
}

impl HumanTaskView {
    fn of(row: HumanTaskRow, now: Timestamp) -> Self {
        Self {
            is_overdue: row.status == "open" && row.due_at.is_some_and(|due| due < now),
            human_task_id: row.human_task_id,
            kind: row.kind,
            status: row.status,
            run_id: row.run_id,
            flow: row.flow,
            title: row.title,
            description: row.description,
            assignee: row.assignee,
            roles: row.roles,
            details: row.details,
            form: row.form,
            outcome: row.outcome,
            due_at: row.due_at,
            created_at: row.created_at,
            ended_at: row.ended_at,
            ended_by: row.ended_by,
        }
    }
}

async fn found(tx: &mut TenantTx, id: HumanTaskId) -> Result<HumanTaskRow, Problem> {
    human_tasks::get(tx, id).await?.ok_or_else(|| Problem::not_found("human task"))
}

/// A task of this kind that the caller may answer, and that nobody has.
async fn answerable(
    tx: &mut TenantTx,
    caller: &Caller,
    id: HumanTaskId,
    kind: &str,
) -> Result<HumanTaskRow, Problem> {
    let task = found(tx, id).await?;
    if task.kind != kind {
        let (what, how) = match task.kind.as_str() {
            "approval" => ("a decision", "decide"),
            _ => ("something to be done", "complete"),
        };
        let detail = format!("this task asks for {what}: use `/v1/human-tasks/{id}/{how}`");
        return Err(Problem::new("human-task-of-another-kind", detail));
    }
    let role = caller.role.to_string();
    if !task.roles.is_empty() && role != "owner" && !task.roles.contains(&role) {
        let detail = format!(
            "this task is for the roles {}, and yours is {role}; ask one of them",
            task.roles.join(", ")
        );
        return Err(Problem::new("forbidden", detail));
    }
    if task.status != "open" {
        return Err(ended(&task));
    }
    Ok(task)
}

fn ended(task: &HumanTaskRow) -> Problem {
    let by = task.ended_by.as_ref().map_or_else(String::new, |by| format!(" by {by}"));
    let detail = format!("this task was {}{by}; nobody waits for an answer any more", task.status);
    Problem::new("human-task-ended", detail)
}

/// Says what came of the task, and shows it. Who comes second is told who came first.
async fn answer(
    tx: &mut TenantTx,
    task: &HumanTaskRow,
    outcome: Value,
    by: &str,
) -> Result<HumanTaskView, Problem> {
    let is_first = human_tasks::complete(tx, task, outcome, by).await?;
    let task = found(tx, task.human_task_id).await?;
    if is_first { Ok(HumanTaskView::of(task, tx.now())) } else { Err(ended(&task)) }
}
