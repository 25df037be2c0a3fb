//! `GET /v1/human-tasks/{human_task_id}`

use kernel::HumanTaskId;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;
use store::TenantTx;

use super::{HumanTaskView, found};
use crate::{Caller, Operation, Permission, Problem, operation};

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct GetHumanTask {
    human_task_id: HumanTaskId,
}

pub(super) fn operation() -> Operation {
    operation!(get_human_task(GetHumanTask) -> HumanTaskView, Permission::ReadHumanTasks)
        .get("/v1/human-tasks/{human_task_id}")
        .tag("human tasks")
        .says("Get a human task", "With what is to be decided or done, and what came of it.")
        .about("human_task_id")
        .example(json!({ "human_task_id": "htask_01jcz5k8w1e9ta5bq0h3m7xk2d" }))
}

async fn get_human_task(
    tx: &mut TenantTx,
    _caller: &Caller,
    input: GetHumanTask,
) -> Result<HumanTaskView, Problem> {
    let task = found(tx, input.human_task_id).await?;
    Ok(HumanTaskView::of(task, tx.now()))
}
