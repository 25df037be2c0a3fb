//! The registry of tenants, for the command line and for starting up.

use store::Db;
use uuid::Uuid;

use super::{TenantRow, TenantView};
use crate::Problem;

/// All tenants, oldest first.
pub async fn list_tenants(db: &Db) -> Result<Vec<TenantView>, Problem> {
    let mut tx = db.system().await?;
    let rows = sqlx::query_as!(
        TenantRow,
        r#"
        select tenant_id, name, slug, home_currency, time_zone, second_factor_for, created_at
        from identity.tenant order by created_at, tenant_id
        "#
    )
    .fetch_all(tx.conn())
    .await?;
    tx.commit().await?;
    rows.into_iter().map(TenantView::try_from).collect()
}

/// A tenant by its id or its slug.
pub async fn find_tenant(db: &Db, id_or_slug: &str) -> Result<Option<TenantView>, Problem> {
    let id: Option<Uuid> = id_or_slug.parse().ok().map(kernel::TenantId::uuid);
    let mut tx = db.system().await?;
    let row = sqlx::query_as!(
        TenantRow,
        r#"
        select tenant_id, name, slug, home_currency, time_zone, second_factor_for, created_at
        from identity.tenant where tenant_id = $1 or slug = $2
        "#,
        id,
        id_or_slug,
    )
    .fetch_optional(tx.conn())
    .await?;
    tx.commit().await?;
    row.map(TenantView::try_from).transpose()
}
