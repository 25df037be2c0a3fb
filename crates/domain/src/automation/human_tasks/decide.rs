//! `POST /v1/human-tasks/{human_task_id}/decide`

use kernel::HumanTaskId;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;
use store::TenantTx;

use super::{HumanTaskView, answer, answerable};
use crate::{Caller, Operation, Permission, Problem, operation};

#[derive(Debug, Clone, Copy, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum ApprovalDecision {
    Approved,
    Rejected,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct DecideApproval {
    human_task_id: HumanTaskId,
    decision: ApprovalDecision,
    /// Why, for the flow and for whoever reads it later.
    #[serde(default)]
    #[schemars(length(max = 10_000))]
    comment: Option<String>,
}

pub(super) fn operation() -> Operation {
    operation!(decide_approval(DecideApproval) -> HumanTaskView, Permission::WriteHumanTasks)
        .post("/v1/human-tasks/{human_task_id}/decide")
        .tag("human tasks")
        .says(
            "Approve or reject",
            "The run that asked goes on with `{decision, comment, decided_by, decided_at}`. A decision is made once.",
        )
        .about("human_task_id")
        .example(json!({
            "human_task_id": "htask_01jcz5k8w1e9ta5bq0h3m7xk2d", "decision": "approved", "comment": "fine by me",
        }))
}

async fn decide_approval(
    tx: &mut TenantTx,
    caller: &Caller,
    input: DecideApproval,
) -> Result<HumanTaskView, Problem> {
    let task = answerable(tx, caller, input.human_task_id, "approval").await?;
    let (by, now) = (caller.principal.to_string(), tx.now());
    let outcome = json!({
        "decision": input.decision, "comment": input.comment, "decided_by": by, "decided_at": now,
        "human_task_id": task.human_task_id,
    });
    answer(tx, &task, outcome, &by).await
}
