//! Settings at rest: sealed for their tenant and connector, opened only to make a call.

use serde_json::Value;
use store::{
    TenantTx,
    seal::{Context, Keyring, Opening},
};

use crate::Problem;

const PURPOSE: &str = "connections.connection.settings_sealed";

/// Where a connection's settings open: a tenant has one connection to each connector.
fn context(tx: &TenantTx, connector: &str) -> (kernel::TenantId, Vec<u8>) {
    (tx.tenant(), connector.as_bytes().to_vec())
}

pub(super) fn seal(
    tx: &TenantTx,
    keyring: &Keyring,
    connector: &str,
    settings: &Value,
) -> Result<Vec<u8>, Problem> {
    let (tenant, row) = context(tx, connector);
    let plain = serde_json::to_vec(settings).map_err(Problem::internal)?;
    let context = Context { tenant, purpose: PURPOSE, row: &row };
    keyring
        .seal(&context, &plain, tx.db().random())
        .map_err(|error| Problem::field("/settings", error.to_string()))
}

/// A connection's settings, secrets included; none when it was never set.
///
/// Never log them, store them unsealed, or put them in an answer.
pub async fn load(
    tx: &mut TenantTx,
    keyring: &Keyring,
    connector: &str,
) -> Result<Option<Value>, Problem> {
    let sealed = sqlx::query_scalar!(
        "select settings_sealed from connections.connection where connector = $1",
        connector
    )
    .fetch_optional(tx.conn())
    .await?;
    let Some(sealed) = sealed else { return Ok(None) };
    let (tenant, row) = context(tx, connector);
    let context = Context { tenant, purpose: PURPOSE, row: &row };
    let opened = keyring.open(&context, &sealed).map_err(Problem::internal)?;
    serde_json::from_slice(opened.expose()).map(Some).map_err(|_quotes_secrets| {
        Problem::internal(anyhow::anyhow!("the settings of `{connector}` are not JSON"))
    })
}

/// Tries the keys on the settings of each of the bound tenant's connections.
pub async fn try_keys(
    tx: &mut TenantTx,
    keyring: &Keyring,
    opening: &mut Opening,
) -> Result<(), Problem> {
    let rows = sqlx::query!(
        "select connector, settings_sealed from connections.connection order by connector"
    )
    .fetch_all(tx.conn())
    .await?;
    for row in rows {
        let (tenant, key) = context(tx, &row.connector);
        let context = Context { tenant, purpose: PURPOSE, row: &key };
        let tried = keyring.open(&context, &row.settings_sealed);
        opening.count(format!("the connection {}", row.connector), tried);
    }
    Ok(())
}

/// Seals the bound tenant's settings anew where an older key sealed them. Says how many it did.
pub async fn rewrap(tx: &mut TenantTx, keyring: &Keyring) -> Result<usize, Problem> {
    let rows = sqlx::query!(
        r#"
        select connector, settings_sealed from connections.connection
        order by connector for update
        "#
    )
    .fetch_all(tx.conn())
    .await?;
    let mut rewrapped = 0;
    for row in rows {
        let (tenant, key) = context(tx, &row.connector);
        let context = Context { tenant, purpose: PURPOSE, row: &key };
        let anew = keyring
            .rewrap(&context, &row.settings_sealed, tx.db().random())
            .map_err(Problem::internal)?;
        let Some(anew) = anew else { continue };
        sqlx::query!(
            "update connections.connection set settings_sealed = $2 where connector = $1",
            row.connector,
            anew,
        )
        .execute(tx.conn())
        .await?;
        rewrapped += 1;
        kernel::crashpoint!("secrets.rewrap_between_rows");
    }
    Ok(rewrapped)
}
