//! `GET /v1/tenant`

use schemars::JsonSchema;
use serde::Deserialize;
use store::TenantTx;

use super::{TenantRow, TenantView};
use crate::{Caller, Operation, Permission, Problem, operation};

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct GetTenant {}

pub(super) fn operation() -> Operation {
    operation!(get_tenant(GetTenant) -> TenantView, Permission::ReadTenant)
        .get("/v1/tenant")
        .tag("tenant")
        .says("Get the tenant", "The tenant that the token belongs to.")
        .shows_no_client_text()
}

async fn get_tenant(tx: &mut TenantTx, _: &Caller, _: GetTenant) -> Result<TenantView, Problem> {
    let row = sqlx::query_as!(
        TenantRow,
        r#"
        select tenant_id, name, slug, home_currency, time_zone, second_factor_for, created_at
        from identity.tenant where tenant_id = $1
        "#,
        tx.tenant().uuid(),
    )
    .fetch_one(tx.conn())
    .await?;
    row.try_into()
}
