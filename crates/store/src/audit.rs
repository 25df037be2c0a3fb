//! Who did what: one entry for each change, chained per tenant so that a missing one shows.

use kernel::{AuditEntryId, Id, TenantId, Timestamp, kinds};
use serde_json::Value;
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

use crate::{Db, StoreError, TenantTx};

/// How many entries are chained in one transaction.
const SEAL_BATCH: i64 = 1_000;
/// The advisory lock of whoever chains entries ("audt" in ASCII).
const SEALER_LOCK: i64 = 0x6175_6474;

/// Records that `actor` did `action` to `resource`, in the caller's transaction.
pub async fn record(
    tx: &mut TenantTx,
    actor: &str,
    action: &str,
    resource: &str,
    detail: &Value,
) -> Result<(), StoreError> {
    let id: AuditEntryId = tx.new_id();
    let now = tx.now();
    sqlx::query!(
        r#"
        with entry as (
            insert into identity.audit_entry (entry_id, at, actor, action, resource, detail)
            values ($1, $2, $3, $4, $5, $6)
        )
        insert into identity.audit_pending (entry_id) values ($1)
        "#,
        id.uuid(),
        now,
        actor,
        action,
        resource,
        detail,
    )
    .execute(tx.conn())
    .await?;
    tx.wakes_events();
    Ok(())
}

/// Chains committed entries: each gets the next number of its tenant and a hash over itself and the
/// entry before it. Any node may call this; one at a time does the work.
pub async fn seal(db: &Db) -> Result<usize, StoreError> {
    let mut tx = db.batch().await?;
    let leads =
        sqlx::query_scalar!(r#"select pg_try_advisory_xact_lock($1) as "leads!""#, SEALER_LOCK)
            .fetch_one(tx.conn())
            .await?;
    if !leads {
        return Ok(0);
    }
    let pending = sqlx::query!(
        r#"
        delete from identity.audit_pending p
        using (select tenant_id, entry_id from identity.audit_pending order by entry_id limit $1) next
        where p.tenant_id = next.tenant_id and p.entry_id = next.entry_id
        returning p.tenant_id, p.entry_id
        "#,
        SEAL_BATCH
    )
    .fetch_all(tx.conn())
    .await?;
    let mut waiting: Vec<(Uuid, Uuid)> =
        pending.into_iter().map(|row| (row.tenant_id, row.entry_id)).collect();
    waiting.sort_unstable();
    let sealed = waiting.len();
    for tenant in waiting.chunk_by(|a, b| a.0 == b.0) {
        let Some((tenant_id, _)) = tenant.first() else { continue };
        let entries: Vec<Uuid> = tenant.iter().map(|(_, entry)| *entry).collect();
        chain(tx.bind(TenantId::from(*tenant_id)).await?, &entries).await?;
    }
    tx.commit().await?;
    Ok(sealed)
}

async fn chain(tx: &mut TenantTx, entries: &[Uuid]) -> Result<(), StoreError> {
    let last = sqlx::query!(
        r#"
        select sequence as "sequence!", hash as "hash!" from identity.audit_entry
        where sequence is not null order by sequence desc limit 1
        "#
    )
    .fetch_optional(tx.conn())
    .await?;
    let (mut sequence, mut hash) = last.map_or((0, Vec::new()), |last| (last.sequence, last.hash));
    let rows = sqlx::query_as!(
        Entry,
        r#"
        select entry_id, at, actor, action, resource, detail
        from identity.audit_entry where entry_id = any($1) order by entry_id
        "#,
        entries
    )
    .fetch_all(tx.conn())
    .await?;
    let (mut ids, mut sequences, mut hashes) = (Vec::new(), Vec::new(), Vec::new());
    for entry in rows {
        sequence += 1;
        hash = link(&hash, sequence, &entry);
        ids.push(entry.entry_id);
        sequences.push(sequence);
        hashes.push(hash.clone());
    }
    sqlx::query!(
        r#"
        update identity.audit_entry e set sequence = next.sequence, hash = next.hash
        from unnest($1::uuid[], $2::bigint[], $3::bytea[]) as next (entry_id, sequence, hash)
        where e.entry_id = next.entry_id
        "#,
        &ids,
        &sequences,
        &hashes,
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

struct Entry {
    entry_id: Uuid,
    at: Timestamp,
    actor: String,
    action: String,
    resource: String,
    detail: Value,
}

fn link(previous: &[u8], sequence: i64, entry: &Entry) -> Vec<u8> {
    let id = Id::<kinds::AuditEntry>::from(entry.entry_id);
    let text = serde_json::json!([
        sequence,
        id,
        entry.at.timestamp_micros(),
        entry.actor,
        entry.action,
        entry.resource,
        entry.detail
    ])
    .to_string();
    let mut digest = Sha256::new();
    digest.update(previous);
    digest.update(text.as_bytes());
    digest.finalize().to_vec()
}

/// Checks the bound tenant's chain from its beginning.
///
/// # Errors
/// [`StoreError::Corrupt`] names the first entry that is missing or was changed.
pub async fn verify(tx: &mut TenantTx) -> Result<i64, StoreError> {
    let rows = sqlx::query!(
        r#"
        select entry_id, at, actor, action, resource, detail, sequence as "sequence!", hash as "hash!"
        from identity.audit_entry where sequence is not null order by sequence
        "#
    )
    .fetch_all(tx.conn())
    .await?;
    let (mut expected, mut hash) = (0, Vec::new());
    for row in rows {
        expected += 1;
        let entry = Entry {
            entry_id: row.entry_id,
            at: row.at,
            actor: row.actor,
            action: row.action,
            resource: row.resource,
            detail: row.detail,
        };
        hash = link(&hash, expected, &entry);
        if row.sequence != expected || row.hash != hash {
            return Err(StoreError::Corrupt(format!(
                "audit entry {expected} is missing or was changed"
            )));
        }
    }
    Ok(expected)
}
