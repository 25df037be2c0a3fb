//! `GET /v1/tokens`

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use store::TenantTx;

use super::TokenView;
use crate::{Caller, Operation, Permission, Problem, operation};

/// How many tokens one answer lists at the most; a tenant with more should revoke some.
const LISTED_MAX: i64 = 1_000;

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct ListTokens {
    /// Also those that were revoked or have expired.
    #[serde(default)]
    all: Option<bool>,
}

#[derive(Debug, Serialize, JsonSchema)]
struct Tokens {
    items: Vec<TokenView>,
}

pub(super) fn operation() -> Operation {
    operation!(list_tokens(ListTokens) -> Tokens, Permission::ReadTokens)
        .get("/v1/tokens")
        .tag("tokens")
        .says("List tokens", "Newest first, without their secrets.")
        .shows_no_client_text()
}

async fn list_tokens(tx: &mut TenantTx, _: &Caller, input: ListTokens) -> Result<Tokens, Problem> {
    let now = tx.now();
    let rows = sqlx::query!(
        r#"
        select token_id, name, role, mcp, rate_per_minute, created_at, expires_at, revoked_at
        from identity.api_token
        where $1 or (revoked_at is null and (expires_at is null or $2 < expires_at))
        order by created_at desc, token_id
        limit $3
        "#,
        input.all.unwrap_or(false),
        now,
        LISTED_MAX,
    )
    .fetch_all(tx.conn())
    .await?;
    let items = rows
        .into_iter()
        .map(|row| {
            Ok(TokenView {
                token_id: row.token_id,
                name: row.name,
                role: row.role.parse().map_err(Problem::internal)?,
                mcp: row.mcp.map(|side| side.parse()).transpose().map_err(Problem::internal)?,
                rate_per_minute: row.rate_per_minute,
                created_at: row.created_at,
                expires_at: row.expires_at,
                revoked_at: row.revoked_at,
            })
        })
        .collect::<Result<_, Problem>>()?;
    Ok(Tokens { items })
}
