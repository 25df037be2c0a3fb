//! `GET /v1/audit`

use kernel::{AuditEntryId, Timestamp};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use store::TenantTx;
use uuid::Uuid;

use crate::{
    Caller, Cursor, Limit, Operation, Page, Permission, Problem, figures::first_id, operation,
};

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct ListAudit {
    /// Only what this principal did, such as `token:0a1B2c3D4e5F`.
    #[serde(default)]
    actor: Option<String>,
    /// Only this operation, such as `create_token`.
    #[serde(default)]
    action: Option<String>,
    /// Only what was done to this id.
    #[serde(default)]
    resource: Option<String>,
    /// Only what was done at or after this moment.
    #[serde(default)]
    since: Option<Timestamp>,
    /// Only what was done before this moment.
    #[serde(default)]
    until: Option<Timestamp>,
    #[serde(default)]
    limit: Option<Limit>,
    #[serde(default)]
    cursor: Option<Cursor>,
}

#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct AuditEntry {
    pub(super) entry_id: AuditEntryId,
    pub(super) at: Timestamp,
    pub(super) actor: String,
    pub(super) action: String,
    pub(super) resource: String,
    /// Which fields were given; never what was in them.
    pub(super) detail: Value,
    /// Its number in the chain; absent until it is chained, a moment after the change.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) sequence: Option<i64>,
}

/// Which entries to find, newest first.
#[derive(Debug, Default)]
pub(super) struct AuditFilter {
    pub(super) actor: Option<String>,
    pub(super) action: Option<String>,
    pub(super) resource: Option<String>,
    pub(super) since: Option<Timestamp>,
    pub(super) until: Option<Timestamp>,
    pub(super) cursor: Option<Cursor>,
    pub(super) limit: i64,
}

pub(super) fn operation() -> Operation {
    operation!(list_audit(ListAudit) -> Page<AuditEntry>, Permission::ReadAudit)
        .get("/v1/audit")
        .tag("audit")
        .says("List the audit trail", "Who did what, newest first.")
        .example(json!({ "action": "create_token", "since": "2026-11-01T00:00:00Z" }))
}

async fn list_audit(
    tx: &mut TenantTx,
    _: &Caller,
    input: ListAudit,
) -> Result<Page<AuditEntry>, Problem> {
    let limit = input.limit.unwrap_or_default();
    let filter = AuditFilter {
        actor: input.actor,
        action: input.action,
        resource: input.resource,
        since: input.since,
        until: input.until,
        cursor: input.cursor,
        limit: limit.rows(),
    };
    let entries = find(tx, filter).await?;
    Ok(Page::new(entries, limit, |entry: &AuditEntry| entry.entry_id))
}

pub(super) async fn find(
    tx: &mut TenantTx,
    filter: AuditFilter,
) -> Result<Vec<AuditEntry>, Problem> {
    let cursor = filter.cursor.map_or(Uuid::max(), Cursor::uuid);
    let entries = sqlx::query_as!(
        AuditEntry,
        r#"
        select entry_id, at, actor, action, resource, detail, sequence
        from identity.audit_entry
        where $1 <= entry_id and entry_id < $2
          and ($3::timestamptz is null or $3 <= at)
          and ($4::timestamptz is null or at < $4)
          and ($5::text is null or actor = $5)
          and ($6::text is null or action = $6)
          and ($7::text is null or resource = $7)
        order by entry_id desc
        limit $8
        "#,
        // Ids are made in the order of time, and an entry's with the entry.
        filter.since.map_or(Uuid::nil(), first_id),
        filter.until.map_or(cursor, |until| cursor.min(first_id(until))),
        filter.since,
        filter.until,
        filter.actor,
        filter.action,
        filter.resource,
        filter.limit,
    )
    .fetch_all(tx.conn())
    .await?;
    Ok(entries)
}
