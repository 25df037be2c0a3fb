//! API tokens: shown once, stored as a hash, revocable within seconds.

mod authenticate;
mod create;
mod list;
mod revoke;
mod secret_text;
mod whoami;

use kernel::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;

pub use authenticate::TokenCache;
pub use create::{CreateToken, CreatedToken, create_token};
#[cfg(test)]
pub(crate) use secret_text::TokenText;
pub(in crate::identity) use secret_text::random_text;

use crate::{Operation, RoleName, mcp::Side};

/// A token without its secret.
#[derive(Debug, Serialize, JsonSchema)]
pub struct TokenView {
    /// The public part of the token's text.
    pub token_id: String,
    pub name: String,
    pub role: RoleName,
    /// Absent for tokens of programs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mcp: Option<Side>,
    pub rate_per_minute: i32,
    pub created_at: Timestamp,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub revoked_at: Option<Timestamp>,
}

pub(super) fn operations() -> Vec<Operation> {
    vec![whoami::operation(), create::operation(), list::operation(), revoke::operation()]
}
