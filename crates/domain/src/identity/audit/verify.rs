//! `GET /v1/audit/verification`

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use store::{StoreError, TenantTx};

use crate::{Caller, Operation, Permission, Problem, operation};

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct VerifyAudit {}

#[derive(Debug, Serialize, JsonSchema)]
struct Verified {
    /// How many entries the chain has, all of them sound.
    entries: i64,
}

pub(super) fn operation() -> Operation {
    operation!(verify_audit(VerifyAudit) -> Verified, Permission::ReadAudit)
        .get("/v1/audit/verification")
        .tag("audit")
        .says(
            "Verify the audit trail",
            "Follows the chain from its beginning. An entry that is missing or was changed is named \
             in the problem `audit-broken`.",
        )
        .shows_no_client_text()
}

async fn verify_audit(tx: &mut TenantTx, _: &Caller, _: VerifyAudit) -> Result<Verified, Problem> {
    match store::audit::verify(tx).await {
        Ok(entries) => Ok(Verified { entries }),
        Err(StoreError::Corrupt(what)) => {
            Err(Problem::new("audit-broken", format!("{what}; compare with a backup")))
        }
        Err(error) => Err(error.into()),
    }
}
