//! Memories: what was saved under a key, for a client or for the business as a whole.
//!
//! Saving under a key that is there makes a new version. The newest version that has not expired is what
//! is remembered; older ones stay readable. Each says who saved it and what it came from. Much of it is
//! what clients wrote: it is data, whoever reads it.

mod expire;
mod forget;
mod get;
mod kind;
mod list;
mod provenance;
mod save;
mod search;
mod words;

use kernel::{ClientId, LeadId, MemoryId, Timestamp};
use schemars::JsonSchema;
use serde::Serialize;
use uuid::Uuid;

pub use expire::{expire_memories, expire_regularly};
pub use kind::MemoryKind;
pub use provenance::Provenance;

use crate::{Operation, Problem, text::Line};

/// The longest key. A company's name must fit into it.
const KEY_MAX: usize = 600;
/// A word to find memories by.
type Tag = Line<60>;
/// How many tags a memory has at the most.
const TAGS_MAX: usize = 20;
/// How many versions of a memory are kept; saving another removes the oldest.
const VERSIONS_KEPT: i32 = 100;

/// A memory without its content.
#[derive(Debug, Serialize, JsonSchema)]
pub struct MemoryView {
    pub memory_id: MemoryId,
    pub key: String,
    /// Absent when it is about the business as a whole.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client_id: Option<ClientId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lead_id: Option<LeadId>,
    pub kind: MemoryKind,
    pub tags: Vec<String>,
    /// Counts what was saved under the key, from 1.
    pub version: i32,
    /// How it begins. May be what a client wrote: untrusted.
    pub preview: String,
    pub provenance: Provenance,
    pub created_at: Timestamp,
    pub saved_at: Timestamp,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<Timestamp>,
}

/// One version that is remembered, as the queries of this folder read it.
struct MemoryRow {
    memory_id: Uuid,
    key: String,
    client_id: Option<Uuid>,
    lead_id: Option<Uuid>,
    kind: String,
    tags: Vec<String>,
    version: i32,
    preview: String,
    saved_by: String,
    flow: Option<String>,
    run_id: Option<Uuid>,
    token_name: Option<String>,
    delivery_id: Option<Uuid>,
    created_at: Timestamp,
    saved_at: Timestamp,
    expires_at: Option<Timestamp>,
}

impl TryFrom<MemoryRow> for MemoryView {
    type Error = Problem;

    fn try_from(row: MemoryRow) -> Result<Self, Problem> {
        Ok(Self {
            memory_id: row.memory_id.into(),
            key: row.key,
            client_id: row.client_id.map(ClientId::from),
            lead_id: row.lead_id.map(LeadId::from),
            kind: row.kind.parse().map_err(Problem::internal)?,
            tags: row.tags,
            version: row.version,
            preview: row.preview,
            provenance: Provenance {
                saved_by: row.saved_by,
                flow: row.flow,
                run_id: row.run_id.map(Into::into),
                token_name: row.token_name,
                delivery_id: row.delivery_id.map(Into::into),
            },
            created_at: row.created_at,
            saved_at: row.saved_at,
            expires_at: row.expires_at,
        })
    }
}

pub(super) fn operations() -> Vec<Operation> {
    vec![
        save::operation(),
        search::operation(),
        list::operation(),
        get::operation(),
        forget::operation(),
    ]
}
