//! `PUT /v1/memories`

use chrono::TimeDelta;
use kernel::{ClientId, DeliveryId, LeadId, MemoryId, Timestamp};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use store::TenantTx;

use super::{KEY_MAX, MemoryKind, Provenance, TAGS_MAX, Tag, VERSIONS_KEPT, words::words};
use crate::{Caller, OnConstraint as _, Operation, Permission, Problem, operation, text::Line};

/// The longest text. What is longer belongs into a document.
const TEXT_MAX: usize = 50_000;

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct SaveMemory {
    /// What it is saved under, such as `intake_TechFlow Solutions`. The same key of another client is
    /// another memory.
    key: Line<KEY_MAX>,
    /// The client it is about; the lead's, if a lead is given. Without either it is about the business as
    /// a whole.
    #[serde(default)]
    client_id: Option<ClientId>,
    #[serde(default)]
    lead_id: Option<LeadId>,
    /// `note` when left out.
    #[serde(default)]
    kind: Option<MemoryKind>,
    /// What is to be remembered, in words. A text, a value or both are needed.
    #[serde(default)]
    text: Option<Line<TEXT_MAX>>,
    /// What is to be remembered, as JSON.
    #[serde(default)]
    value: Option<Value>,
    /// Words to find it by.
    #[serde(default)]
    #[schemars(length(max = 20))]
    tags: Option<Vec<Tag>>,
    /// The webhook delivery that brought it.
    #[serde(default)]
    delivery_id: Option<DeliveryId>,
    /// After how many days this version is erased; never, when left out.
    #[serde(default)]
    #[schemars(range(min = 1, max = 3650))]
    expires_in_days: Option<u16>,
}

/// What became of it. Its content is not repeated.
#[derive(Debug, Serialize, JsonSchema)]
struct SavedMemory {
    memory_id: MemoryId,
    /// Counts what was saved under the key, from 1.
    version: i32,
    /// Whether it was remembered already, so that nothing changed.
    unchanged: bool,
    saved_at: Timestamp,
    #[serde(skip_serializing_if = "Option::is_none")]
    expires_at: Option<Timestamp>,
}

pub(super) fn operation() -> Operation {
    operation!(save_memory(SaveMemory) -> SavedMemory, Permission::WriteMemory)
        .put("/v1/memories")
        .tag("memories")
        .says(
            "Save a memory",
            "Remembers a text or a value under a key, for a client or for the business as a whole, with \
             who saved it. Saving under a key that is there makes a new version, which is what is \
             remembered from then on; the hundred newest stay readable. Saving the same again changes \
             nothing. A version that expires is erased, and the one before it is remembered again.",
        )
        .about("memory_id")
        .shows_no_client_text()
        .harmless()
        .example(json!({
            "key": "preferences_TechFlow Solutions",
            "client_id": "client_01h455vb4pex5vsknk084sn02q",
            "kind": "preference",
            "text": "Prefers calls in the morning, and blue over green.",
            "tags": ["design"],
        }))
}

async fn save_memory(
    tx: &mut TenantTx,
    caller: &Caller,
    input: SaveMemory,
) -> Result<SavedMemory, Problem> {
    if input.text.is_none() && input.value.is_none() {
        return Err(Problem::field("/text", "give a text, a value or both"));
    }
    let tags = tags_of(input.tags.as_deref().unwrap_or_default())?;
    let client = client_of(tx, &input).await?;
    let now = tx.now();
    let expires_at = input.expires_in_days.map(|days| now + TimeDelta::days(i64::from(days)));
    // From here on savers of one key take turns.
    let memory = claim_key(tx, client, &input).await?;
    if expires_at.is_none()
        && let Some((version, saved_at)) = remembered(tx, memory.id, &input, &tags).await?
    {
        let (memory_id, unchanged) = (memory.id, true);
        return Ok(SavedMemory { memory_id, version, unchanged, saved_at, expires_at });
    }
    insert_version(tx, caller, &memory, &input, &tags, expires_at).await?;
    let facts = json!({
        "memory_id": memory.id,
        "version": memory.version,
        "client_id": client,
        "lead_id": input.lead_id,
        "kind": input.kind.unwrap_or_default(),
    });
    tx.append("memory", "memory.saved", Some(memory.id.to_string()), facts).await?;
    Ok(SavedMemory {
        memory_id: memory.id,
        version: memory.version,
        unchanged: false,
        saved_at: now,
        expires_at,
    })
}

/// Each once, in the order they were given.
fn tags_of(given: &[Tag]) -> Result<Vec<String>, Problem> {
    let mut tags: Vec<String> = Vec::new();
    for tag in given {
        if !tags.iter().any(|known| known == tag.as_str()) {
            tags.push(tag.as_str().to_owned());
        }
    }
    if TAGS_MAX < tags.len() {
        return Err(Problem::field("/tags", format!("must be at most {TAGS_MAX}")));
    }
    Ok(tags)
}

/// Whom it is about.
async fn client_of(tx: &mut TenantTx, input: &SaveMemory) -> Result<Option<ClientId>, Problem> {
    let Some(lead) = input.lead_id else { return Ok(input.client_id) };
    let client =
        sqlx::query_scalar!("select client_id from crm.lead where lead_id = $1", lead.uuid())
            .fetch_optional(tx.conn())
            .await?
            .map(ClientId::from)
            .ok_or_else(|| Problem::not_found("lead"))?;
    match input.client_id {
        Some(other) if other != client => {
            Err(Problem::field("/client_id", "is not the client of the lead; leave it out"))
        }
        _ => Ok(Some(client)),
    }
}

struct Claimed {
    id: MemoryId,
    /// The number of the version to write.
    version: i32,
}

async fn claim_key(
    tx: &mut TenantTx,
    client: Option<ClientId>,
    input: &SaveMemory,
) -> Result<Claimed, Problem> {
    let (new_id, now): (MemoryId, _) = (tx.new_id(), tx.now());
    let row = sqlx::query!(
        r#"
        insert into memory.memory as m (memory_id, client_id, key, versions, created_at)
        values ($1, $2, $3, 0, $4)
        on conflict on constraint memory_key_key do update set versions = m.versions
        returning memory_id, versions
        "#,
        new_id.uuid(),
        client.map(ClientId::uuid),
        input.key.as_str(),
        now,
    )
    .fetch_one(tx.conn())
    .await
    .on_constraint("memory_client_fkey", || Problem::not_found("client"))?;
    Ok(Claimed { id: row.memory_id.into(), version: row.versions + 1 })
}

/// The version that is remembered, if it says the same.
async fn remembered(
    tx: &mut TenantTx,
    memory: MemoryId,
    input: &SaveMemory,
    tags: &[String],
) -> Result<Option<(i32, Timestamp)>, Problem> {
    let now = tx.now();
    let row = sqlx::query!(
        r#"
        select version, saved_at,
               text is not distinct from $3 and value is not distinct from $4 and kind = $5
               and tags = $6 and lead_id is not distinct from $7 and expires_at is null as "same!"
        from memory.version
        where memory_id = $1 and (expires_at is null or $2 < expires_at)
        order by version desc limit 1
        "#,
        memory.uuid(),
        now,
        input.text.as_ref().map(Line::as_str),
        input.value,
        input.kind.unwrap_or_default().as_str(),
        tags,
        input.lead_id.map(LeadId::uuid),
    )
    .fetch_optional(tx.conn())
    .await?;
    Ok(row.filter(|row| row.same).map(|row| (row.version, row.saved_at)))
}

async fn insert_version(
    tx: &mut TenantTx,
    caller: &Caller,
    memory: &Claimed,
    input: &SaveMemory,
    tags: &[String],
    expires_at: Option<Timestamp>,
) -> Result<(), Problem> {
    let text = input.text.as_ref().map(Line::as_str);
    let by = Provenance::of(caller, input.delivery_id);
    let now = tx.now();
    sqlx::query!(
        r#"
        with counted as (
            update memory.memory set versions = $2 where memory_id = $1
        ), outdated as (
            delete from memory.version where memory_id = $1 and version <= $2 - $3::integer
        ), expiring as (
            insert into memory.expiry (memory_id, version, expires_at)
            select $1, $2, $17::timestamptz where $17::timestamptz is not null
        )
        insert into memory.version
            (memory_id, version, lead_id, kind, text, value, tags, words, saved_by, flow, run_id,
             token_name, delivery_id, saved_at, expires_at)
        values ($1, $2, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)
        "#,
        memory.id.uuid(),
        memory.version,
        VERSIONS_KEPT,
        input.lead_id.map(LeadId::uuid),
        input.kind.unwrap_or_default().as_str(),
        text,
        input.value,
        tags,
        words(input.key.as_str(), text, input.value.as_ref()),
        by.saved_by,
        by.flow,
        by.run_id.map(kernel::RunId::uuid),
        by.token_name,
        input.delivery_id.map(DeliveryId::uuid),
        now,
        expires_at,
        expires_at,
    )
    .execute(tx.conn())
    .await
    .on_constraint("version_delivery_fkey", || Problem::not_found("webhook"))?;
    Ok(())
}
