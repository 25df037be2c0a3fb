//! `DELETE /v1/memories/{memory_id}`

use kernel::{ClientId, MemoryId};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;
use store::TenantTx;

use crate::{Caller, Operation, Permission, Problem, operation};

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct ForgetMemory {
    memory_id: MemoryId,
}

#[derive(Debug, Serialize, JsonSchema)]
struct ForgottenMemory {
    memory_id: MemoryId,
    /// How many versions were ever saved under its key.
    versions: i32,
}

pub(super) fn operation() -> Operation {
    operation!(forget_memory(ForgetMemory) -> ForgottenMemory, Permission::WriteMemory)
        .delete("/v1/memories/{memory_id}")
        .tag("memories")
        .says(
            "Forget a memory",
            "Erases it with all its versions. The event `memory.forgotten` and the audit trail keep its \
             id, and nothing of what it said.",
        )
        .about("memory_id")
        .shows_no_client_text()
        .example(json!({ "memory_id": "mem_01h455vb4pex5vsknk084sn02q" }))
}

async fn forget_memory(
    tx: &mut TenantTx,
    _: &Caller,
    input: ForgetMemory,
) -> Result<ForgottenMemory, Problem> {
    let id = input.memory_id;
    let row = sqlx::query!(
        "delete from memory.memory where memory_id = $1 returning client_id, versions",
        id.uuid()
    )
    .fetch_optional(tx.conn())
    .await?
    .ok_or_else(|| Problem::not_found("memory"))?;
    let client = row.client_id.map(ClientId::from);
    let facts = json!({ "memory_id": id, "client_id": client, "reason": "requested" });
    tx.append("memory", "memory.forgotten", Some(id.to_string()), facts).await?;
    Ok(ForgottenMemory { memory_id: id, versions: row.versions })
}
