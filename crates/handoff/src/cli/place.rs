//! The commands' way to an installation's database, whether or not a server runs there.

use std::{path::PathBuf, sync::Arc};

use clap::Args;
use domain::{App, Caller, identity::tenants};
use kernel::{Secret, TenantId};
use serde_json::Value;

use super::{Failure, client::is_sandbox, failure::of_problem};
use crate::{
    config::Config,
    database::{self, Opened},
    node,
};

/// Which installation a command works on.
#[derive(Debug, Clone, Args)]
pub(crate) struct Place {
    /// The data directory (default: HANDOFF_DATA, or `handoff` in the user's data folder).
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// A PostgreSQL server of your own instead of the private one.
    #[arg(long, value_name = "URL", env = "DATABASE_URL", hide_env_values = true)]
    database_url: Option<String>,
}

/// Which tenant a command works on.
#[derive(Debug, Clone, Args)]
pub(crate) struct Scope {
    /// Slug or id of the tenant; needed when there are several.
    #[arg(long, value_name = "TENANT")]
    tenant: Option<String>,
    #[command(flatten)]
    place: Place,
}

impl Place {
    pub(crate) fn config(&self) -> anyhow::Result<Config> {
        let mut config = Config::from_environment(self.data.clone())?;
        // An empty variable is the same as none.
        let given = self.database_url.as_deref().map(str::trim).filter(|url| !url.is_empty());
        config.database_url = given.map(Secret::new);
        Ok(config)
    }

    /// Opens the product, works, and closes it in good order.
    pub(crate) async fn work<T>(
        &self,
        work: impl AsyncFnOnce(Arc<App>) -> anyhow::Result<T>,
    ) -> anyhow::Result<T> {
        let mut config = self.config()?;
        let opened = database::open(&config).await?;
        allow_sandbox(&mut config, &opened).await;
        let worked = match node::library(&config, &opened).await {
            Ok(app) => {
                let worked = work(Arc::clone(&app)).await;
                app.db.close().await;
                worked
            }
            Err(error) => Err(error),
        };
        opened.close().await;
        worked
    }
}

impl Scope {
    /// Does one operation for the tenant, as the operator.
    pub(crate) async fn invoke(&self, operation: &str, input: Value) -> anyhow::Result<Value> {
        self.place
            .work(async |app| {
                let tenant = tenant_of(&app, self.tenant.as_deref()).await?;
                let caller = Caller::system(tenant, "command-line");
                app.invoke(&caller, operation, input).await.map_err(of_problem)
            })
            .await
    }
}

/// A server that runs the simulators connects its tenant to its own address. Testing such a connection
/// from here must reach what the server reaches.
async fn allow_sandbox(config: &mut Config, opened: &Opened) {
    let address = opened.attached.as_ref().and_then(|server| server.address.as_deref());
    let Some(address) = address else { return };
    if let Some((_, host)) = address.split_once("://")
        && is_sandbox(address).await
    {
        config.allowed_private_hosts.push(host.trim_end_matches('/').to_owned());
    }
}

/// The tenant that was named, or the only one there is.
async fn tenant_of(app: &App, named: Option<&str>) -> anyhow::Result<TenantId> {
    if let Some(named) = named {
        let found = tenants::find_tenant(&app.db, named).await.map_err(of_problem)?;
        let missing = || Failure::Usage(format!("there is no tenant `{named}`; see `handoff tenant list`"));
        return Ok(found.ok_or_else(missing)?.tenant_id);
    }
    let all = tenants::list_tenants(&app.db).await.map_err(of_problem)?;
    match all.as_slice() {
        [only] => Ok(only.tenant_id),
        [] => {
            let text = "there is no tenant yet; make one with `handoff tenant create NAME`";
            Err(Failure::Usage(text.to_owned()).into())
        }
        several => {
            let slugs: Vec<&str> = several.iter().map(|tenant| tenant.slug.as_str()).collect();
            let text = format!("there are several tenants; say which with --tenant: {}", slugs.join(", "));
            Err(Failure::Usage(text).into())
        }
    }
}
