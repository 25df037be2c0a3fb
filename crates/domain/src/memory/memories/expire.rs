//! Erases what has expired, of all tenants.

use std::time::Duration;

use kernel::{MemoryId, TenantId};
use serde_json::json;
use store::{Db, StoreError};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

/// How often a node looks for what has expired. It is not shown from the moment it expires.
const LOOK_EVERY: Duration = Duration::from_secs(60);
/// How many tenants one look serves, and how many versions it erases of each.
const TENANTS_MAX: i64 = 100;
const VERSIONS_MAX: i64 = 500;

/// Erases what expires, until told to stop.
pub async fn expire_regularly(db: Db, stop: CancellationToken) {
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(LOOK_EVERY) => {}
        }
        loop {
            match expire_memories(&db).await {
                Ok(0) => break,
                Ok(_) if stop.is_cancelled() => return,
                Ok(_) => {}
                Err(error) => {
                    tracing::warn!(%error, "expired memories could not be erased");
                    break;
                }
            }
        }
    }
}

/// Erases some of what has expired; how many versions. None are left once it answers 0.
pub async fn expire_memories(db: &Db) -> Result<u64, StoreError> {
    let mut tx = db.system().await?;
    let now = db.clock().now();
    let tenants = sqlx::query_scalar!(
        "select distinct tenant_id from memory.expiry where expires_at <= $1 limit $2",
        now,
        TENANTS_MAX,
    )
    .fetch_all(tx.conn())
    .await?;
    tx.commit().await?;
    let mut erased = 0;
    for tenant in tenants {
        erased += expire_of_tenant(db, tenant.into()).await?;
    }
    Ok(erased)
}

async fn expire_of_tenant(db: &Db, tenant: TenantId) -> Result<u64, StoreError> {
    let mut tx = db.tenant(tenant).await?;
    let now = tx.now();
    // Locked before their versions, as savers do, and before looking whether any version is left: one
    // that is being saved is seen.
    let memories: Vec<Uuid> = sqlx::query_scalar!(
        r#"
        select memory_id from memory.memory
        where memory_id in (
            select memory_id from memory.expiry where expires_at <= $1 order by expires_at limit $2
        )
        order by memory_id for update
        "#,
        now,
        VERSIONS_MAX,
    )
    .fetch_all(tx.conn())
    .await?;
    let versions = sqlx::query_scalar!(
        r#"
        delete from memory.version where memory_id = any($1) and expires_at <= $2
        returning memory_id
        "#,
        &memories,
        now,
    )
    .fetch_all(tx.conn())
    .await?;
    let gone = sqlx::query_scalar!(
        r#"
        delete from memory.memory m
        where memory_id = any($1) and not exists (
            select from memory.version v where v.tenant_id = m.tenant_id and v.memory_id = m.memory_id
        )
        returning memory_id
        "#,
        &memories,
    )
    .fetch_all(tx.conn())
    .await?;
    for memory in memories {
        let erased = versions.iter().filter(|id| **id == memory).count();
        if erased == 0 {
            // Another node was faster.
            continue;
        }
        let (id, is_gone) = (MemoryId::from(memory), gone.contains(&memory));
        let facts = json!({ "memory_id": id, "versions": erased, "gone": is_gone });
        tx.append("memory", "memory.expired", Some(id.to_string()), facts).await?;
        let detail = json!({ "versions": erased });
        store::audit::record(
            &mut tx,
            "system:retention",
            "expire_memory",
            &id.to_string(),
            &detail,
        )
        .await?;
    }
    tx.commit().await?;
    Ok(u64::try_from(versions.len()).unwrap_or(u64::MAX))
}
