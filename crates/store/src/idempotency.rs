//! Idempotency keys of REST writes: the answer is stored by the transaction that does the work.

use sha2::{Digest as _, Sha256};

use crate::{StoreError, TenantTx};

/// A caller's key, and what it asked for under it.
#[derive(Debug, Clone)]
pub struct IdempotentRequest<'a> {
    /// Who asks: keys of different tokens are different keys.
    pub principal: &'a str,
    pub key: &'a str,
    pub method: &'a str,
    pub path: &'a str,
    pub body: &'a [u8],
}

/// What is known of a key.
#[derive(Debug, PartialEq, Eq)]
pub enum Claim {
    /// Never seen: do the work in this transaction, then call [`store_answer`].
    New,
    /// Done before: this was the answer, byte for byte.
    Done { status: u16, body: Vec<u8> },
    /// Another request with this key is being worked on at this moment.
    InFlight,
    /// The key was used for another request.
    OtherRequest,
}

/// Looks a key up, and holds it until the transaction ends.
pub async fn claim(
    tx: &mut TenantTx,
    request: &IdempotentRequest<'_>,
) -> Result<Claim, StoreError> {
    let lock = format!("{}/{}/{}", tx.tenant(), request.principal, request.key);
    let held = sqlx::query_scalar!(
        r#"select pg_try_advisory_xact_lock(hashtextextended($1, 0)) as "held!""#,
        lock
    )
    .fetch_one(tx.conn())
    .await?;
    if !held {
        return Ok(Claim::InFlight);
    }
    let row = sqlx::query!(
        r#"
        select request_hash, response_status, response_body
        from platform.idempotency_key where principal = $1 and key = $2
        "#,
        request.principal,
        request.key,
    )
    .fetch_optional(tx.conn())
    .await?;
    Ok(match row {
        None => Claim::New,
        Some(row) if row.request_hash != fingerprint(request) => Claim::OtherRequest,
        Some(row) => Claim::Done {
            status: u16::try_from(row.response_status).unwrap_or(200),
            body: row.response_body,
        },
    })
}

/// Stores the answer beside the work, in the same transaction.
pub async fn store_answer(
    tx: &mut TenantTx,
    request: &IdempotentRequest<'_>,
    status: u16,
    body: &[u8],
) -> Result<(), StoreError> {
    let now = tx.now();
    sqlx::query!(
        r#"
        insert into platform.idempotency_key
            (principal, key, request_hash, response_status, response_body, created_at)
        values ($1, $2, $3, $4, $5, $6)
        "#,
        request.principal,
        request.key,
        &fingerprint(request),
        i16::try_from(status).unwrap_or(200),
        body,
        now,
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

fn fingerprint(request: &IdempotentRequest<'_>) -> Vec<u8> {
    let mut digest = Sha256::new();
    for part in [request.method.as_bytes(), b" ", request.path.as_bytes(), b"\n", request.body] {
        digest.update(part);
    }
    digest.finalize().to_vec()
}
