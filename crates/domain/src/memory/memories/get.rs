//! `GET /v1/memories/{memory_id}`

use kernel::{MemoryId, Timestamp};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use store::TenantTx;

use super::{MemoryRow, MemoryView, VERSIONS_KEPT};
use crate::{Caller, Operation, Permission, Problem, operation};

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct GetMemory {
    memory_id: MemoryId,
    /// An older version; what is remembered, when left out.
    #[serde(default)]
    #[schemars(range(min = 1))]
    version: Option<i32>,
}

/// A memory with its content. It may be what a client wrote: untrusted.
#[derive(Debug, Serialize, JsonSchema)]
struct MemoryDetail {
    #[serde(flatten)]
    memory: MemoryView,
    #[serde(skip_serializing_if = "Option::is_none")]
    text: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    value: Option<Value>,
    /// All that can be read, newest first.
    versions: Vec<MemoryVersion>,
}

#[derive(Debug, Serialize, JsonSchema)]
struct MemoryVersion {
    version: i32,
    saved_by: String,
    saved_at: Timestamp,
    #[serde(skip_serializing_if = "Option::is_none")]
    expires_at: Option<Timestamp>,
}

pub(super) fn operation() -> Operation {
    operation!(get_memory(GetMemory) -> MemoryDetail, Permission::ReadMemory)
        .get("/v1/memories/{memory_id}")
        .tag("memories")
        .says("Get a memory", "What is remembered under a key, or an older version of it.")
        .about("memory_id")
        .example(json!({ "memory_id": "mem_01h455vb4pex5vsknk084sn02q" }))
}

async fn get_memory(
    tx: &mut TenantTx,
    _: &Caller,
    input: GetMemory,
) -> Result<MemoryDetail, Problem> {
    let (id, now) = (input.memory_id.uuid(), tx.now());
    let row = sqlx::query!(
        r#"
        select m.memory_id, m.key, m.client_id, v.lead_id, v.kind, v.tags, v.version,
               left(v.words, 200) as "preview!", v.saved_by, v.flow, v.run_id, v.token_name,
               v.delivery_id, m.created_at, v.saved_at, v.expires_at, v.text, v.value
        from memory.memory m
        join memory.version v on v.tenant_id = m.tenant_id and v.memory_id = m.memory_id
        where m.memory_id = $1 and (v.expires_at is null or $2 < v.expires_at)
          and ($3::integer is null or v.version = $3)
        order by v.version desc limit 1
        "#,
        id,
        now,
        input.version,
    )
    .fetch_optional(tx.conn())
    .await?
    .ok_or_else(|| Problem::not_found("memory"))?;
    let versions = sqlx::query_as!(
        MemoryVersion,
        r#"
        select version, saved_by, saved_at, expires_at from memory.version
        where memory_id = $1 and (expires_at is null or $2 < expires_at)
        order by version desc limit $3
        "#,
        id,
        now,
        i64::from(VERSIONS_KEPT),
    )
    .fetch_all(tx.conn())
    .await?;
    let memory = MemoryRow {
        memory_id: row.memory_id,
        key: row.key,
        client_id: row.client_id,
        lead_id: row.lead_id,
        kind: row.kind,
        tags: row.tags,
        version: row.version,
        preview: row.preview,
        saved_by: row.saved_by,
        flow: row.flow,
        run_id: row.run_id,
        token_name: row.token_name,
        delivery_id: row.delivery_id,
        created_at: row.created_at,
        saved_at: row.saved_at,
        expires_at: row.expires_at,
    };
    Ok(MemoryDetail { memory: memory.try_into()?, text: row.text, value: row.value, versions })
}
