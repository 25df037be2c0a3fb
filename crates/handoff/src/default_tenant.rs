//! The tenant of whoever never meets tenants, made and connected at the start.

use std::sync::Arc;

use anyhow::Context as _;
use domain::{
    App, Caller,
    identity::tenants::{self, NewTenant, SecondFactorFor},
};
use kernel::TenantId;
use sandbox::Sandbox;
use serde_json::{Value, json};

use crate::{config::Config, failure::of_problem as problem, node::DEFAULT_TENANT};

/// The tenant of whoever never meets tenants: from the environment, or the sandbox's.
pub(crate) async fn of_the_start(
    app: &Arc<App>,
    config: &Config,
    sandbox: Option<&Sandbox>,
    base: &str,
) -> anyhow::Result<Option<TenantId>> {
    let existing = tenants::list_tenants(&app.db).await.map_err(problem)?;
    let wanted = config.tenant.is_set() || sandbox.is_some();
    let known = existing.iter().find(|tenant| tenant.slug == DEFAULT_TENANT.to_lowercase());
    let tenant = match (known, existing.as_slice()) {
        (Some(tenant), _) => tenant.tenant_id,
        (None, [only]) if !wanted => return Ok(Some(only.tenant_id)),
        (None, _) if !wanted => return Ok(None),
        (None, _) => {
            let mut new = NewTenant::named(DEFAULT_TENANT);
            if sandbox.is_some() {
                // Nothing real is behind it, and whoever tries it has no app at hand.
                new.second_factor_for = SecondFactorFor::Nobody;
            }
            tenants::create_tenant(&app.db, new).await.map_err(problem)?.0.tenant_id
        }
    };
    let mut settings: Vec<(String, Value)> = Vec::new();
    if let Some(sandbox) = sandbox {
        settings.extend(
            sandbox.connections(base).into_iter().map(|(it, value)| (it.to_owned(), value)),
        );
    }
    if config.tenant.is_set() {
        for (connector, value) in config.tenant.connections() {
            settings.retain(|(known, _)| known != connector);
            settings.push((connector.to_owned(), value));
        }
    }
    for (connector, value) in settings {
        ensure_connection(app, tenant, &connector, value).await?;
    }
    Ok(Some(tenant))
}

/// Sets a connection when it is not already what it should be.
async fn ensure_connection(
    app: &Arc<App>,
    tenant: TenantId,
    connector: &str,
    settings: Value,
) -> anyhow::Result<()> {
    let mut tx = app.db.tenant(tenant).await?;
    let present =
        domain::connections::load(&mut tx, &app.keyring, connector).await.map_err(problem)?;
    tx.commit().await?;
    if present.as_ref() == Some(&settings) {
        return Ok(());
    }
    let caller = Caller::system(tenant, "start");
    let input = json!({ "connector": connector, "settings": settings });
    app.invoke(&caller, "set_connection", input).await.map_err(problem).with_context(|| {
        format!("the connection `{connector}` cannot be set from the environment")
    })?;
    Ok(())
}
