//! Whether the sealing keys are those of this database, and secrets sealed anew.

use domain::{App, identity::tenants};
use store::seal::Opening;

use crate::{
    config::Config,
    failure::{Failure, of_problem as problem},
};

/// At the start: refuses the keys of another installation, and seals with the newest key what an older one sealed.
pub(crate) async fn take_up(app: &App, config: &Config) -> anyhow::Result<()> {
    require_own_keys(app, config).await?;
    rewrap(app).await
}

/// Tries the keys on what is stored.
pub(crate) async fn try_keys(app: &App) -> anyhow::Result<Opening> {
    let mut opening = Opening::default();
    for tenant in tenants::list_tenants(&app.db).await.map_err(problem)? {
        let mut tx = app.db.tenant(tenant.tenant_id).await?;
        domain::connections::try_keys(&mut tx, &app.keyring, &mut opening)
            .await
            .map_err(problem)?;
        webhooks::outgoing::try_keys(&mut tx, &app.keyring, &mut opening).await.map_err(problem)?;
        tx.commit().await?;
    }
    Ok(opening)
}

/// Refuses to start with the keys of another installation: nothing could be sent, and whatever is set now would
/// be sealed beside what stays closed.
async fn require_own_keys(app: &App, config: &Config) -> anyhow::Result<()> {
    let opening = try_keys(app).await?;
    if opening.has_other_keys() {
        return Err(Failure::Usage(other_keys(&opening, config)).into());
    }
    for (what, error) in &opening.closed {
        tracing::error!(what, %error, "a stored credential cannot be opened; add its key, or set it again");
    }
    Ok(())
}

/// What is wrong with the keys, and what to do.
pub(crate) fn other_keys(opening: &Opening, config: &Config) -> String {
    let place = config.key_file();
    let why = opening.closed.first().map(|(what, error)| format!("{what}: {error}"));
    format!(
        "the keys open none of the {} stored credentials ({}); put the key file that belongs to this database to {}, \
         or its keys into HANDOFF_KEYS. If they are lost, set a connection again (`handoff connection set`), then start",
        opening.closed.len(),
        why.unwrap_or_default(),
        place.display()
    )
}

/// Seals secrets anew where an older key sealed them, so that the older key can be taken away.
async fn rewrap(app: &App) -> anyhow::Result<()> {
    if app.keyring.ids().count() < 2 {
        return Ok(());
    }
    for tenant in tenants::list_tenants(&app.db).await.map_err(problem)? {
        let mut tx = app.db.tenant(tenant.tenant_id).await?;
        let count = domain::connections::rewrap(&mut tx, &app.keyring).await.map_err(problem)?
            + webhooks::outgoing::rewrap(&mut tx, &app.keyring).await.map_err(problem)?;
        tx.commit().await?;
        if 0 < count {
            tracing::info!(tenant = tenant.slug, count, "secrets were sealed with the newest key");
        }
    }
    Ok(())
}
