//! Tenants.

use clap::Subcommand;
use domain::identity::tenants::{self, NewTenant};
use serde_json::json;

use super::{
    currency,
    local::with_app,
    output::{self, field},
    place::Place,
};
use crate::failure::of_problem;

#[derive(Debug, Subcommand)]
pub(crate) enum TenantCommand {
    /// Create a tenant and its owner's token, which is shown once and valid for 365 days.
    #[command(
        after_help = "Example:\n  handoff tenant create \"Acme Studio\" --currency KES --time-zone Africa/Nairobi --json"
    )]
    Create {
        /// What the tenant is called; its slug is made of it.
        name: String,
        /// Home currency, a code of ISO 4217.
        #[arg(long, default_value = "USD", value_name = "CODE", value_parser = currency::parse)]
        currency: String,
        /// Home time zone, a name of the IANA database.
        #[arg(long, default_value = "UTC", value_name = "ZONE")]
        time_zone: String,
        #[command(flatten)]
        place: Place,
        /// Print one JSON object.
        #[arg(long)]
        json: bool,
    },
    /// List tenants.
    #[command(after_help = "Example:\n  handoff tenant list")]
    List {
        #[command(flatten)]
        place: Place,
        /// Print one JSON object.
        #[arg(long)]
        json: bool,
    },
}

pub(crate) async fn run(command: TenantCommand) -> anyhow::Result<()> {
    match command {
        TenantCommand::Create { name, currency, time_zone, place, json } => {
            let new = NewTenant { home_currency: currency, time_zone, ..NewTenant::named(name) };
            let (tenant, token) = with_app(&place.config()?, async |local| {
                tenants::create_tenant(&local.app.db, new).await.map_err(of_problem)
            })
            .await?;
            let created = serde_json::to_value(&token)?;
            let token = field(&created, "token");
            let expires = field(&created, "expires_at");
            if json {
                output::json(&json!({
                    "tenant_id": tenant.tenant_id, "slug": tenant.slug, "token": token,
                    "token_expires_at": expires,
                }));
            } else {
                output::line(&format!(
                    "Created the tenant {} ({}).",
                    tenant.slug, tenant.tenant_id
                ));
                output::line(&format!("The owner's token, shown once:\n  {token}"));
                output::note(&format!("The token is valid until {expires}."));
            }
        }
        TenantCommand::List { place, json } => {
            let all = with_app(&place.existing()?, async |local| {
                tenants::list_tenants(&local.app.db).await.map_err(of_problem)
            })
            .await?;
            let items = serde_json::to_value(all)?;
            output::list(
                &json!({ "items": items }),
                json,
                &["slug", "tenant_id", "name", "home_currency", "time_zone"],
                "No tenants yet. Make one: handoff tenant create NAME",
            );
        }
    }
    Ok(())
}
