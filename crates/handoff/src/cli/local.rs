//! Commands on the database itself, whether or not a server runs there.

use std::sync::Arc;

use clap::Args;
use domain::{App, Caller, identity::tenants};
use kernel::TenantId;
use serde_json::Value;

use super::place::Place;
use crate::{
    config::Config,
    database::{self, Opened},
    failure::{Failure, of_problem},
    serve,
};

/// Which tenant of which installation.
#[derive(Debug, Clone, Args)]
pub(crate) struct Tenant {
    /// Slug or id of the tenant; needed when there are several.
    #[arg(long, value_name = "SLUG")]
    tenant: Option<String>,
    #[command(flatten)]
    place: Place,
}

/// What a command works with.
pub(crate) struct Local {
    pub(crate) app: Arc<App>,
    /// A server runs here, and its settings decide what may be called.
    pub(crate) is_attached: bool,
}

/// Opens the product, works, and closes it in good order.
pub(crate) async fn with_app<T>(
    config: &Config,
    work: impl AsyncFnOnce(Local) -> anyhow::Result<T>,
) -> anyhow::Result<T> {
    let opened = database::open(config).await?;
    let worked = on_opened(config, &opened, work).await;
    opened.close().await;
    worked
}

async fn on_opened<T>(
    config: &Config,
    opened: &Opened,
    work: impl AsyncFnOnce(Local) -> anyhow::Result<T>,
) -> anyhow::Result<T> {
    let app = serve::library(config, opened).await?;
    let is_attached = opened.attached.is_some();
    let worked = work(Local { app: Arc::clone(&app), is_attached }).await;
    app.db.close().await;
    worked
}

impl Tenant {
    /// What was named, for a hint about the next command.
    pub(crate) fn named(&self) -> Option<&str> {
        self.tenant.as_deref()
    }

    /// Works as the command line's own caller for the tenant that was named, or the only one.
    pub(crate) async fn work<T>(
        &self,
        work: impl AsyncFnOnce(Local, Caller) -> anyhow::Result<T>,
    ) -> anyhow::Result<T> {
        let config = self.place.existing()?;
        with_app(&config, async |local| {
            let tenant = tenant_of(&local.app, self.tenant.as_deref()).await?;
            work(local, Caller::system(tenant, "command-line")).await
        })
        .await
    }

    pub(crate) async fn invoke(&self, operation: &str, input: Value) -> anyhow::Result<Value> {
        self.work(async |local, caller| {
            local.app.invoke(&caller, operation, input).await.map_err(of_problem)
        })
        .await
    }
}

async fn tenant_of(app: &App, named: Option<&str>) -> anyhow::Result<TenantId> {
    if let Some(named) = named {
        let found = tenants::find_tenant(&app.db, named).await.map_err(of_problem)?;
        let missing =
            || Failure::Usage(format!("there is no tenant `{named}`; see `handoff tenant list`"));
        return Ok(found.ok_or_else(missing)?.tenant_id);
    }
    let all = tenants::list_tenants(&app.db).await.map_err(of_problem)?;
    match all.as_slice() {
        [only] => Ok(only.tenant_id),
        [] => Err(Failure::usage(
            "there is no tenant yet; make one with `handoff tenant create NAME`",
        )
        .into()),
        several => {
            let slugs: Vec<&str> = several.iter().map(|tenant| tenant.slug.as_str()).collect();
            let text =
                format!("there are several tenants; say which with --tenant: {}", slugs.join(", "));
            Err(Failure::Usage(text).into())
        }
    }
}
