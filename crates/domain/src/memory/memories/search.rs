//! `GET /v1/memories/search`

use kernel::{ClientId, LeadId};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;
use store::TenantTx;

use super::{MemoryKind, MemoryRow, MemoryView, Tag};
use crate::{
    Caller, Limit, Operation, Permission, Problem, operation,
    text::{Line, ShortText},
};

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct SearchMemories {
    /// Words that must occur. `"several words"` in quotes must occur together, `or` allows either, and a
    /// word after `-` must not occur.
    query: ShortText,
    #[serde(default)]
    client_id: Option<ClientId>,
    #[serde(default)]
    lead_id: Option<LeadId>,
    #[serde(default)]
    kind: Option<MemoryKind>,
    #[serde(default)]
    tag: Option<Tag>,
    #[serde(default)]
    limit: Option<Limit>,
}

/// A memory in which the words occur.
#[derive(Debug, Serialize, JsonSchema)]
struct FoundMemory {
    #[serde(flatten)]
    memory: MemoryView,
    /// How well it fits; larger is better.
    rank: f32,
    /// Where the words occur, between `**`. May be what a client wrote: untrusted.
    snippet: String,
}

#[derive(Debug, Serialize, JsonSchema)]
struct FoundMemories {
    /// The best first.
    items: Vec<FoundMemory>,
}

pub(super) fn operation() -> Operation {
    operation!(search_memories(SearchMemories) -> FoundMemories, Permission::ReadMemory)
        .get("/v1/memories/search")
        .tag("memories")
        .says(
            "Search memories",
            "Finds what is remembered by the words of its key, its text and its value, the best first, \
             with the place where they occur. Words are found as they are written, in any case.",
        )
        .example(json!({ "query": "blue \"call in the morning\" -green", "limit": 5 }))
}

async fn search_memories(
    tx: &mut TenantTx,
    _: &Caller,
    input: SearchMemories,
) -> Result<FoundMemories, Problem> {
    let now = tx.now();
    let rows = sqlx::query!(
        r#"
        with hit as (
            select m.memory_id, m.key, m.client_id, m.created_at, v.*, 
                   ts_rank_cd(v.search, websearch_to_tsquery('simple', $1)) as rank
            from memory.memory m
            join lateral (
                select lead_id, kind, tags, version, words, search, saved_by, flow, run_id, token_name,
                       delivery_id, saved_at, expires_at
                from memory.version newest
                where newest.tenant_id = m.tenant_id and newest.memory_id = m.memory_id
                  and (newest.expires_at is null or $2 < newest.expires_at)
                order by newest.version desc limit 1
            ) v on true
            where v.search @@ websearch_to_tsquery('simple', $1)
              and ($3::uuid is null or m.client_id = $3)
              and ($4::uuid is null or v.lead_id = $4)
              and ($5::text is null or v.kind = $5)
              and ($6::text is null or $6 = any(v.tags))
            order by rank desc, m.memory_id desc
            limit $7
        )
        select memory_id, key, client_id, lead_id, kind, tags, version, left(words, 200) as "preview!",
               saved_by, flow, run_id, token_name, delivery_id, created_at, saved_at, expires_at,
               rank as "rank!",
               ts_headline('simple', words, websearch_to_tsquery('simple', $1),
                           'StartSel=**, StopSel=**, MaxFragments=2, MinWords=5, MaxWords=20') as "snippet!"
        from hit order by rank desc, memory_id desc
        "#,
        input.query.as_str(),
        now,
        input.client_id.map(ClientId::uuid),
        input.lead_id.map(LeadId::uuid),
        input.kind.map(MemoryKind::as_str),
        input.tag.as_ref().map(Line::as_str),
        i64::try_from(input.limit.unwrap_or_default().items()).unwrap_or(1),
    )
    .fetch_all(tx.conn())
    .await?;
    let items = rows
        .into_iter()
        .map(|row| {
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
            Ok(FoundMemory { memory: memory.try_into()?, rank: row.rank, snippet: row.snippet })
        })
        .collect::<Result<_, Problem>>()?;
    Ok(FoundMemories { items })
}
