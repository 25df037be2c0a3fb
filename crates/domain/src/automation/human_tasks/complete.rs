//! `POST /v1/human-tasks/{human_task_id}/complete`

use kernel::HumanTaskId;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Value, json};
use store::TenantTx;

use super::{HumanTaskView, answer, answerable};
use crate::{Caller, Operation, Permission, Problem, operation, operation::schema_errors};

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct CompleteHumanTask {
    human_task_id: HumanTaskId,
    /// What came of it, as the task's `form` describes it.
    #[serde(default)]
    result: Value,
}

pub(super) fn operation() -> Operation {
    operation!(complete_human_task(CompleteHumanTask) -> HumanTaskView, Permission::WriteHumanTasks)
        .post("/v1/human-tasks/{human_task_id}/complete")
        .tag("human tasks")
        .says(
            "Complete an assignment",
            "The run that asked goes on with `{result, completed_by, completed_at}`. A task is completed once.",
        )
        .about("human_task_id")
        .example(json!({
            "human_task_id": "htask_01jcz5k8w1e9ta5bq0h3m7xk2d", "result": { "url": "https://acme.example/brief.pdf" },
        }))
}

async fn complete_human_task(
    tx: &mut TenantTx,
    caller: &Caller,
    input: CompleteHumanTask,
) -> Result<HumanTaskView, Problem> {
    let task = answerable(tx, caller, input.human_task_id, "assignment").await?;
    if let Some(form) = &task.form {
        let errors = schema_errors(form, &input.result).map_err(|error| {
            let detail =
                format!("the task's form cannot be used: {error}; mend the flow that asks for it");
            Problem::field("/result", detail)
        })?;
        if !errors.is_empty() {
            return Err(Problem::invalid(errors).under("", "/result"));
        }
    }
    let (by, now) = (caller.principal.to_string(), tx.now());
    let outcome = json!({
        "result": input.result, "completed_by": by, "completed_at": now, "human_task_id": task.human_task_id,
    });
    answer(tx, &task, outcome, &by).await
}
