//! From the text of a token to the caller it stands for.

use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

use chrono::TimeDelta;
use kernel::{TenantId, Timestamp};
use sha2::{Digest as _, Sha256};
use store::Db;
use subtle::ConstantTimeEq as _;
use uuid::Uuid;

use super::secret_text::TokenText;
use crate::{Caller, Principal, Problem, Role, mcp::Side};

/// How long a proved token is believed without asking the database: the longest a revoked one lives.
const BELIEVED: TimeDelta = TimeDelta::seconds(5);
/// How many tokens are remembered at the most.
const REMEMBERED_MAX: usize = 10_000;

/// Tokens that were proved a moment ago, by the hash of their whole text.
#[derive(Debug, Default)]
pub struct TokenCache(Mutex<HashMap<[u8; 32], Proved>>);

/// Who has a token, and on which side of the wall around untrusted text, if it is an AI agent's.
#[derive(Debug, Clone)]
pub(crate) struct Bearer {
    pub(crate) caller: Caller,
    pub(crate) side: Option<Side>,
}

#[derive(Debug, Clone)]
struct Proved {
    bearer: Bearer,
    expires_at: Option<Timestamp>,
    at: Timestamp,
}

impl TokenCache {
    /// Whom a token stands for.
    ///
    /// # Errors
    /// `unauthenticated` for every kind of wrong token alike; `unavailable` without a database.
    pub(crate) async fn authenticate(&self, db: &Db, text: &str) -> Result<Bearer, Problem> {
        let token = TokenText::parse(text).ok_or_else(refused)?;
        let digest: [u8; 32] = Sha256::digest(text.as_bytes()).into();
        let now = db.clock().now();
        if let Some(bearer) = self.recall(&digest, now)? {
            return Ok(bearer);
        }
        let proved = look_up(db, &token, now).await?.ok_or_else(refused)?;
        let bearer = proved.bearer.clone();
        let mut remembered = self.remembered();
        if REMEMBERED_MAX <= remembered.len() {
            remembered.retain(|_, proved| now - proved.at < BELIEVED);
        }
        if remembered.len() < REMEMBERED_MAX {
            remembered.insert(digest, proved);
        }
        Ok(bearer)
    }

    /// Proves a token without a database.
    #[cfg(test)]
    pub(crate) fn remember(&self, text: &str, caller: Caller, at: Timestamp) {
        self.remember_agent(text, caller, None, at);
    }

    #[cfg(test)]
    pub(crate) fn remember_agent(
        &self,
        text: &str,
        caller: Caller,
        side: Option<Side>,
        at: Timestamp,
    ) {
        let digest = Sha256::digest(text.as_bytes()).into();
        let bearer = Bearer { caller, side };
        self.remembered().insert(digest, Proved { bearer, expires_at: None, at });
    }

    fn recall(&self, digest: &[u8; 32], now: Timestamp) -> Result<Option<Bearer>, Problem> {
        let remembered = self.remembered();
        let Some(proved) = remembered.get(digest) else { return Ok(None) };
        let age = now - proved.at;
        // A clock that was set back must not make an old proof young.
        if age < TimeDelta::zero() || BELIEVED <= age {
            return Ok(None);
        }
        if proved.expires_at.is_some_and(|end| end <= now) {
            return Err(refused());
        }
        Ok(Some(proved.bearer.clone()))
    }

    fn remembered(&self) -> MutexGuard<'_, HashMap<[u8; 32], Proved>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn look_up(db: &Db, token: &TokenText, now: Timestamp) -> Result<Option<Proved>, Problem> {
    // Bound to no tenant that exists: the look-up is a function that may see tokens, and nothing else.
    let mut tx = db.tenant(TenantId::from(Uuid::nil())).await?;
    let row = sqlx::query!(
        r#"
        select tenant_id as "tenant_id!", name as "name!", role as "role!", permissions, mcp,
               secret_hash as "secret_hash!", rate_per_minute as "rate_per_minute!",
               expires_at, revoked_at
        from identity.find_api_token($1)
        "#,
        &token.id
    )
    .fetch_optional(tx.conn())
    .await?;
    tx.commit().await?;
    let Some(row) = row else { return Ok(None) };
    let is_right: bool = row.secret_hash.as_slice().ct_eq(&token.secret_hash()).into();
    if !is_right || row.revoked_at.is_some() || row.expires_at.is_some_and(|end| end <= now) {
        return Ok(None);
    }
    let role = Role::stored(&row.role, row.permissions)?;
    let caller = Caller {
        tenant: TenantId::from(row.tenant_id),
        principal: Principal::Token { id: token.id.clone(), name: row.name },
        role,
        rate_per_minute: u32::try_from(row.rate_per_minute).ok(),
    };
    let side = row.mcp.map(|side| side.parse()).transpose().map_err(Problem::internal)?;
    Ok(Some(Proved { bearer: Bearer { caller, side }, expires_at: row.expires_at, at: now }))
}

fn refused() -> Problem {
    Problem::new(
        "unauthenticated",
        "send a valid token as `Authorization: Bearer hof_…`; make one with `handoff token create`",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn moment(second: i64) -> Timestamp {
        chrono::DateTime::from_timestamp(1_700_000_000 + second, 0).unwrap()
    }

    fn remembering(expires_at: Option<Timestamp>) -> TokenCache {
        let caller = Caller::system(Uuid::nil().into(), "test");
        let bearer = Bearer { caller, side: None };
        let proved = Proved { bearer, expires_at, at: moment(0) };
        TokenCache(Mutex::new(HashMap::from([([1; 32], proved)])))
    }

    #[test]
    fn a_proof_is_believed_for_less_than_five_seconds() {
        let cache = remembering(None);
        assert!(cache.recall(&[1; 32], moment(4)).unwrap().is_some());
        assert!(cache.recall(&[1; 32], moment(5)).unwrap().is_none());
        assert!(cache.recall(&[1; 32], moment(-1)).unwrap().is_none());
        assert!(cache.recall(&[2; 32], moment(0)).unwrap().is_none());
    }

    #[test]
    fn a_remembered_token_still_expires() {
        let cache = remembering(Some(moment(2)));
        assert!(cache.recall(&[1; 32], moment(1)).unwrap().is_some());
        assert_eq!(cache.recall(&[1; 32], moment(2)).unwrap_err().code(), "unauthenticated");
    }
}
