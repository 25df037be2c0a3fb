//! `GET /v1/memories`

use kernel::{ClientId, LeadId};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;
use store::TenantTx;

use super::{KEY_MAX, MemoryKind, MemoryRow, MemoryView, Tag};
use crate::{Caller, Cursor, Limit, Operation, Page, Permission, Problem, operation, text::Line};

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct ListMemories {
    #[serde(default)]
    client_id: Option<ClientId>,
    #[serde(default)]
    lead_id: Option<LeadId>,
    /// What the key begins with, such as `intake_`.
    #[serde(default)]
    key_prefix: Option<Line<KEY_MAX>>,
    #[serde(default)]
    kind: Option<MemoryKind>,
    #[serde(default)]
    tag: Option<Tag>,
    #[serde(default)]
    limit: Option<Limit>,
    #[serde(default)]
    cursor: Option<Cursor>,
}

pub(super) fn operation() -> Operation {
    operation!(list_memories(ListMemories) -> Page<MemoryView>, Permission::ReadMemory)
        .get("/v1/memories")
        .tag("memories")
        .says(
            "List memories",
            "What is remembered, newest first, with how each begins. `get_memory` has the whole.",
        )
        .example(json!({ "key_prefix": "intake_", "limit": 20 }))
}

async fn list_memories(
    tx: &mut TenantTx,
    _: &Caller,
    input: ListMemories,
) -> Result<Page<MemoryView>, Problem> {
    let (limit, now) = (input.limit.unwrap_or_default(), tx.now());
    let rows = sqlx::query_as!(
        MemoryRow,
        r#"
        select m.memory_id, m.key, m.client_id, v.lead_id, v.kind, v.tags, v.version,
               left(v.words, 200) as "preview!", v.saved_by, v.flow, v.run_id, v.token_name,
               v.delivery_id, m.created_at, v.saved_at, v.expires_at
        from memory.memory m
        join lateral (
            select * from memory.version newest
            where newest.tenant_id = m.tenant_id and newest.memory_id = m.memory_id
              and (newest.expires_at is null or $1 < newest.expires_at)
            order by newest.version desc limit 1
        ) v on true
        where ($2::uuid is null or m.client_id = $2)
          and ($3::uuid is null or v.lead_id = $3)
          and ($4::text is null or starts_with(m.key, $4))
          and ($5::text is null or v.kind = $5)
          and ($6::text is null or $6 = any(v.tags))
          and ($7::uuid is null or m.memory_id < $7)
        order by m.memory_id desc
        limit $8
        "#,
        now,
        input.client_id.map(ClientId::uuid),
        input.lead_id.map(LeadId::uuid),
        input.key_prefix.as_ref().map(Line::as_str),
        input.kind.map(MemoryKind::as_str),
        input.tag.as_ref().map(Line::as_str),
        input.cursor.map(Cursor::uuid),
        limit.rows(),
    )
    .fetch_all(tx.conn())
    .await?;
    let memories = rows.into_iter().map(MemoryView::try_from).collect::<Result<_, _>>()?;
    Ok(Page::new(memories, limit, |memory: &MemoryView| memory.memory_id))
}
