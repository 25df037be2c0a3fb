//! `GET /v1/audit`

use kernel::{AuditEntryId, Timestamp};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use store::TenantTx;

use crate::{Caller, Cursor, Limit, Operation, Page, Permission, Problem, operation};

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
    #[serde(default)]
    limit: Option<Limit>,
    #[serde(default)]
    cursor: Option<Cursor>,
}

#[derive(Debug, Serialize, JsonSchema)]
struct AuditEntry {
    entry_id: AuditEntryId,
    at: Timestamp,
    actor: String,
    action: String,
    resource: String,
    /// Which fields were given; never what was in them.
    detail: Value,
    /// Its number in the chain; absent until it is chained, a moment after the change.
    #[serde(skip_serializing_if = "Option::is_none")]
    sequence: Option<i64>,
}

pub(super) fn operation() -> Operation {
    operation!(list_audit(ListAudit) -> Page<AuditEntry>, Permission::ReadAudit)
        .get("/v1/audit")
        .tag("audit")
        .says("List the audit trail", "Who did what, newest first.")
}

async fn list_audit(
    tx: &mut TenantTx,
    _: &Caller,
    input: ListAudit,
) -> Result<Page<AuditEntry>, Problem> {
    let limit = input.limit.unwrap_or_default();
    let rows = sqlx::query!(
        r#"
        select entry_id, at, actor, action, resource, detail, sequence
        from identity.audit_entry
        where ($1::text is null or actor = $1)
          and ($2::text is null or action = $2)
          and ($3::text is null or resource = $3)
          and ($4::uuid is null or entry_id < $4)
        order by entry_id desc
        limit $5
        "#,
        input.actor,
        input.action,
        input.resource,
        input.cursor.map(Cursor::uuid),
        limit.rows(),
    )
    .fetch_all(tx.conn())
    .await?;
    let entries = rows
        .into_iter()
        .map(|row| AuditEntry {
            entry_id: row.entry_id.into(),
            at: row.at,
            actor: row.actor,
            action: row.action,
            resource: row.resource,
            detail: row.detail,
            sequence: row.sequence,
        })
        .collect();
    Ok(Page::new(entries, limit, |entry: &AuditEntry| entry.entry_id))
}
