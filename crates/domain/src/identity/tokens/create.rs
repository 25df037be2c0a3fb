//! `POST /v1/tokens`

use chrono::TimeDelta;
use kernel::Secret;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;
use store::TenantTx;

use super::{TokenView, secret_text::TokenText};
use crate::{
    Caller, Operation, Permission, Problem, RoleName, identity::roles, mcp::Side, operation,
    text::Name,
};

/// How many days a token lives when nothing else is asked for.
const DAYS_DEFAULT: u16 = 90;
/// How many days a token lives at the most.
const DAYS_MAX: u16 = 365;

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateToken {
    /// What the token is for. A partner's token bears the name that its leads carry as `source`.
    pub name: Name,
    pub role: RoleName,
    /// How many days it lives.
    #[serde(default)]
    #[schemars(range(min = 1, max = 365))]
    pub expires_in_days: Option<u16>,
    /// For an AI agent: it is valid at `/mcp` only, and either reads what clients wrote or acts. Without it the
    /// token is for a program; at `/mcp` it reads.
    #[serde(default)]
    pub mcp: Option<Side>,
    /// How many requests a minute it may make; 100 for partners and 600 for others by default.
    #[serde(default)]
    #[schemars(range(min = 1, max = 1_000_000))]
    pub rate_per_minute: Option<u32>,
}

#[derive(Debug, Serialize, JsonSchema)]
pub struct CreatedToken {
    #[serde(flatten)]
    pub view: TokenView,
    /// The text to send as `Authorization: Bearer …`. It is shown this once.
    pub token: String,
}

pub(super) fn operation() -> Operation {
    operation!(create_token(CreateToken) -> CreatedToken, Permission::WriteTokens)
        .post("/v1/tokens")
        .tag("tokens")
        .says(
            "Create a token",
            "The text of the token is in this answer and nowhere else, so the request takes no \
             `Idempotency-Key`: when the answer is lost, revoke the token and create another. A \
             token cannot have a role that may do more than its creator. A token for an AI agent says on \
             which side of the wall around untrusted text the agent is.",
        )
        .creates()
        .answers_secret()
        .delicate()
        .about("token_id")
        .example(json!({ "name": "invoice_system", "role": "partner", "expires_in_days": 365 }))
}

pub async fn create_token(
    tx: &mut TenantTx,
    caller: &Caller,
    input: CreateToken,
) -> Result<CreatedToken, Problem> {
    let role = roles::grant(tx, caller, &input.role).await?;
    let days = input.expires_in_days.unwrap_or(DAYS_DEFAULT);
    if !(1..=DAYS_MAX).contains(&days) {
        return Err(Problem::field("/expires_in_days", format!("must be from 1 to {DAYS_MAX}")));
    }
    let rate = input.rate_per_minute.unwrap_or_else(|| role.rate_per_minute());
    let rate = i32::try_from(rate)
        .map_err(|_too_large| Problem::field("/rate_per_minute", "must be at most 1000000"))?;
    let secret = TokenText::generate(tx.db().random());
    let now = tx.now();
    let expires_at = now + TimeDelta::days(i64::from(days));
    sqlx::query!(
        r#"
        insert into identity.api_token
            (token_id, name, role, secret_hash, rate_per_minute, created_at, expires_at, mcp)
        values ($1, $2, $3, $4, $5, $6, $7, $8)
        "#,
        &secret.id,
        input.name.as_str(),
        input.role.as_str(),
        &secret.secret_hash(),
        rate,
        now,
        expires_at,
        input.mcp.map(Side::as_str),
    )
    .execute(tx.conn())
    .await?;
    let view = TokenView {
        token_id: secret.id.clone(),
        name: input.name.as_str().to_owned(),
        role: input.role,
        mcp: input.mcp,
        rate_per_minute: rate,
        created_at: now,
        expires_at: Some(expires_at),
        revoked_at: None,
    };
    let text: Secret = secret.expose();
    Ok(CreatedToken { view, token: text.expose().to_owned() })
}
