//! `DELETE /v1/tokens/{token_id}`

use kernel::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;
use store::TenantTx;

use crate::{Caller, Operation, Permission, Problem, operation};

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct RevokeToken {
    /// The token's public id, as the list of tokens shows it: twelve letters and digits.
    #[schemars(regex(pattern = "^[0-9A-Za-z]{12}$"))]
    token_id: String,
}

#[derive(Debug, Serialize, JsonSchema)]
struct RevokedToken {
    token_id: String,
    revoked_at: Timestamp,
}

pub(super) fn operation() -> Operation {
    operation!(revoke_token(RevokeToken) -> RevokedToken, Permission::WriteTokens)
        .delete("/v1/tokens/{token_id}")
        .tag("tokens")
        .says(
            "Revoke a token",
            "Requests with it are refused after five seconds at the latest. Revoking twice changes \
             nothing.",
        )
        .shows_no_client_text()
        .about("token_id")
        .example(json!({ "token_id": "0a1B2c3D4e5F" }))
}

async fn revoke_token(
    tx: &mut TenantTx,
    _: &Caller,
    input: RevokeToken,
) -> Result<RevokedToken, Problem> {
    let now = tx.now();
    sqlx::query_as!(
        RevokedToken,
        r#"
        update identity.api_token set revoked_at = coalesce(revoked_at, $2)
        where token_id = $1
        returning token_id, revoked_at as "revoked_at!"
        "#,
        &input.token_id,
        now,
    )
    .fetch_optional(tx.conn())
    .await?
    .ok_or_else(|| Problem::not_found("token"))
}
