//! `PUT /v1/tenant/second-factor`

use std::str::FromStr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;
use store::TenantTx;

use crate::{Caller, Operation, Permission, Problem, Role, operation};

/// Whom a tenant lets in with a second factor only. The others may have one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum SecondFactorFor {
    Nobody,
    /// Whose role hands out power over the tenant: to people, to programs, to outside systems.
    Administrators,
    Everybody,
}

impl SecondFactorFor {
    const ALL: [Self; 3] = [Self::Nobody, Self::Administrators, Self::Everybody];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Nobody => "nobody",
            Self::Administrators => "administrators",
            Self::Everybody => "everybody",
        }
    }

    /// Whether whoever has this role is asked for one.
    pub(crate) fn includes(self, role: &Role) -> bool {
        match self {
            Self::Nobody => false,
            Self::Administrators => role.administers(),
            Self::Everybody => true,
        }
    }
}

impl FromStr for SecondFactorFor {
    type Err = Problem;

    fn from_str(text: &str) -> Result<Self, Problem> {
        let found = Self::ALL.into_iter().find(|it| it.as_str() == text);
        found.ok_or_else(|| Problem::internal(anyhow::anyhow!("a second factor for `{text}`")))
    }
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct SetSecondFactorPolicy {
    second_factor_for: SecondFactorFor,
}

#[derive(Debug, Serialize, JsonSchema)]
struct SecondFactorPolicy {
    second_factor_for: SecondFactorFor,
}

pub(super) fn operation() -> Operation {
    operation!(
        set_second_factor_policy(SetSecondFactorPolicy) -> SecondFactorPolicy,
        Permission::WriteTenant
    )
    .put("/v1/tenant/second-factor")
    .tag("tenant")
    .says(
        "Say who needs a second factor",
        "Members whom it holds for and who have none set one up when they come next, and see nothing of the tenant \
         before. Tokens are not asked.",
    )
    .shows_no_client_text()
    .delicate()
    .example(json!({ "second_factor_for": "everybody" }))
}

async fn set_second_factor_policy(
    tx: &mut TenantTx,
    _: &Caller,
    input: SetSecondFactorPolicy,
) -> Result<SecondFactorPolicy, Problem> {
    let tenant = tx.tenant();
    sqlx::query!(
        "update identity.tenant set second_factor_for = $2 where tenant_id = $1",
        tenant.uuid(),
        input.second_factor_for.as_str(),
    )
    .execute(tx.conn())
    .await?;
    let facts = json!({ "tenant_id": tenant, "second_factor_for": input.second_factor_for });
    tx.append("identity", "tenant.updated", Some(tenant.to_string()), facts).await?;
    Ok(SecondFactorPolicy { second_factor_for: input.second_factor_for })
}
