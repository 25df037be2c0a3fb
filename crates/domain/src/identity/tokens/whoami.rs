//! `GET /v1/me`

use kernel::TenantId;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use store::TenantTx;

use crate::{Caller, Operation, Permission, Principal, Problem, RoleName, operation};

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Whoami {}

#[derive(Debug, Serialize, JsonSchema)]
struct Me {
    tenant_id: TenantId,
    tenant: String,
    /// What the audit trail calls this caller.
    principal: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    token_name: Option<String>,
    role: RoleName,
    permissions: Vec<Permission>,
    #[serde(skip_serializing_if = "Option::is_none")]
    rate_per_minute: Option<u32>,
}

pub(super) fn operation() -> Operation {
    operation!(whoami(Whoami) -> Me, Permission::ReadSelf)
        .get("/v1/me")
        .tag("tokens")
        .says("Who am I", "The tenant, role and permissions of the token that asks.")
        .shows_no_client_text()
}

async fn whoami(tx: &mut TenantTx, caller: &Caller, _: Whoami) -> Result<Me, Problem> {
    let tenant = sqlx::query_scalar!(
        "select name from identity.tenant where tenant_id = $1",
        caller.tenant.uuid()
    )
    .fetch_one(tx.conn())
    .await?;
    let token_name = match &caller.principal {
        Principal::Token { name, .. } => Some(name.clone()),
        Principal::Member { .. }
        | Principal::Flow { .. }
        | Principal::Visitor { .. }
        | Principal::System(_) => None,
    };
    Ok(Me {
        tenant_id: caller.tenant,
        tenant,
        principal: caller.principal.to_string(),
        token_name,
        role: (&caller.role).into(),
        permissions: caller.permissions().to_vec(),
        rate_per_minute: caller.rate_per_minute,
    })
}
