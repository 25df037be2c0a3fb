//! Tenants: on the database itself, since none exists yet that could be asked over HTTP.

use clap::Subcommand;
use domain::identity::tenants::{self, NewTenant};
use serde_json::json;

use super::{
    failure::of_problem,
    output::{self, field},
    place::Place,
};

#[derive(Debug, Subcommand)]
pub(crate) enum TenantCommand {
    /// Create a tenant and its owner's token, which is shown once.
    #[command(after_help = "Examples:\n  handoff tenant create \"Acme Studio\" --json\n  handoff tenant create Duka --currency KES --time-zone Africa/Nairobi")]
    Create {
        name: String,
        /// Home currency, ISO 4217.
        #[arg(long, default_value = "USD")]
        currency: String,
        /// Home time zone, of the IANA database.
        #[arg(long, default_value = "UTC")]
        time_zone: String,
        #[command(flatten)]
        place: Place,
        /// Print JSON: tenant_id, slug and token.
        #[arg(long)]
        json: bool,
    },
    /// List tenants.
    #[command(after_help = "Example:\n  handoff tenant list --json")]
    List {
        #[command(flatten)]
        place: Place,
        /// Print JSON.
        #[arg(long)]
        json: bool,
    },
}

pub(crate) async fn run(command: TenantCommand) -> anyhow::Result<()> {
    match command {
        TenantCommand::Create { name, currency, time_zone, place, json } => {
            let new = NewTenant { name, home_currency: currency, time_zone };
            let (tenant, token) = place
                .work(async |app| tenants::create_tenant(&app.db, new).await.map_err(of_problem))
                .await?;
            let token = field(&serde_json::to_value(&token)?, "token");
            let created = json!({ "tenant_id": tenant.tenant_id, "slug": tenant.slug, "token": token });
            let sentence = format!(
                "Created the tenant {} ({}).\nThe owner's token, shown once:\n  {token}",
                tenant.slug, tenant.tenant_id
            );
            output::done(&created, json, &sentence);
        }
        TenantCommand::List { place, json } => {
            let all = place
                .work(async |app| tenants::list_tenants(&app.db).await.map_err(of_problem))
                .await?;
            let list = json!({ "items": serde_json::to_value(all)? });
            let fields = ["slug", "tenant_id", "name", "home_currency", "time_zone"];
            let empty = "No tenants yet. Make one: handoff tenant create NAME";
            output::page(&list, json, &fields, empty);
        }
    }
    Ok(())
}
