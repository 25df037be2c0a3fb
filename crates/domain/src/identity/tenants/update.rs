//! `PATCH /v1/tenant`

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;
use store::{PgConnection, TenantTx};

use super::{TenantRow, TenantView};
use crate::{Caller, Operation, Permission, Problem, operation, text::Name};

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct UpdateTenant {
    #[serde(default)]
    name: Option<Name>,
    /// A name of the IANA time zone database, such as `Africa/Nairobi`.
    #[serde(default)]
    #[schemars(length(min = 1, max = 64))]
    time_zone: Option<String>,
    /// ISO 4217, such as `KES`.
    #[serde(default)]
    #[schemars(regex(pattern = "^[A-Z]{3}$"))]
    home_currency: Option<String>,
}

pub(super) fn operation() -> Operation {
    operation!(update_tenant(UpdateTenant) -> TenantView, Permission::WriteTenant)
        .patch("/v1/tenant")
        .tag("tenant")
        .says(
            "Change the tenant",
            "Fields that are left out stay as they are. The slug never changes.",
        )
        .shows_no_client_text()
        .about("tenant_id")
        .example(json!({ "time_zone": "Africa/Nairobi", "home_currency": "KES" }))
}

async fn update_tenant(
    tx: &mut TenantTx,
    _: &Caller,
    input: UpdateTenant,
) -> Result<TenantView, Problem> {
    if let Some(zone) = &input.time_zone {
        require_time_zone(tx.conn(), zone).await?;
    }
    let tenant = tx.tenant();
    let row = sqlx::query_as!(
        TenantRow,
        r#"
        update identity.tenant set
            name = coalesce($2, name),
            time_zone = coalesce($3, time_zone),
            home_currency = coalesce($4, home_currency)
        where tenant_id = $1
        returning tenant_id, name, slug, home_currency, time_zone, second_factor_for, created_at
        "#,
        tenant.uuid(),
        input.name.as_ref().map(Name::as_str),
        input.time_zone.as_deref(),
        input.home_currency.as_deref(),
    )
    .fetch_one(tx.conn())
    .await?;
    let view = TenantView::try_from(row)?;
    let facts = json!({
        "tenant_id": tenant,
        "time_zone": view.time_zone,
        "home_currency": view.home_currency,
    });
    tx.append("identity", "tenant.updated", Some(tenant.to_string()), facts).await?;
    Ok(view)
}

/// The database that computes with time zones says which there are.
pub(super) async fn require_time_zone(conn: &mut PgConnection, zone: &str) -> Result<(), Problem> {
    let is_known = sqlx::query_scalar!(
        r#"select exists (select from pg_timezone_names where name = $1) as "known!""#,
        zone
    )
    .fetch_one(conn)
    .await?;
    if is_known {
        return Ok(());
    }
    Err(Problem::field("/time_zone", "must be a time zone's name, such as `Africa/Nairobi`"))
}
