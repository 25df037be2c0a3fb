//! Tenants, tokens and connections: on the database itself, whether or not a server runs there.

use std::{io::Read as _, path::PathBuf, process::ExitCode, sync::Arc};

use anyhow::Context as _;
use clap::Subcommand;
use domain::{
    App, Caller,
    identity::tenants::{self, NewTenant},
};
use kernel::TenantId;
use serde_json::{Value, json};

use super::{
    Failure, Place,
    output::{self, field},
};
use crate::{database, node};

/// The largest settings file.
const SETTINGS_BYTES_MAX: u64 = 256 * 1024;

#[derive(Debug, Subcommand)]
pub(crate) enum TenantCommand {
    /// Create a tenant and its owner's token, which is shown once.
    #[command(
        after_help = "Example:\n  handoff tenant create \"Acme Studio\" --currency KES --time-zone Africa/Nairobi --json"
    )]
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
        #[arg(long)]
        json: bool,
    },
    /// List tenants.
    #[command(after_help = "Example:\n  handoff tenant list")]
    List {
        #[command(flatten)]
        place: Place,
        #[arg(long)]
        json: bool,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum TokenCommand {
    /// Create a token, which is shown once.
    #[command(
        after_help = "Example:\n  handoff token create invoice_system --role partner --days 365"
    )]
    Create {
        /// What it is for. A partner's token bears the name of its system.
        name: String,
        /// owner, admin, manager, staff, partner or agent.
        #[arg(long, default_value = "staff")]
        role: String,
        /// How many days it is valid, 365 at the most.
        #[arg(long)]
        days: Option<u16>,
        /// How many requests a minute it may make.
        #[arg(long)]
        rate: Option<u32>,
        /// Slug or id of the tenant; needed when there are several.
        #[arg(long)]
        tenant: Option<String>,
        #[command(flatten)]
        place: Place,
        #[arg(long)]
        json: bool,
    },
    /// List tokens, without their secrets.
    #[command(after_help = "Example:\n  handoff token list")]
    List {
        #[arg(long)]
        tenant: Option<String>,
        #[command(flatten)]
        place: Place,
        #[arg(long)]
        json: bool,
    },
    /// Revoke a token. It stops working within seconds.
    #[command(after_help = "Example:\n  handoff token revoke 4fT0aZ91kQpL")]
    Revoke {
        /// The id that `token list` shows.
        token_id: String,
        #[arg(long)]
        tenant: Option<String>,
        #[command(flatten)]
        place: Place,
        #[arg(long)]
        json: bool,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum ConnectionCommand {
    /// Set a connection. The settings are JSON, from a file or standard input, never from arguments.
    #[command(
        after_help = "Examples:\n  handoff connection set slack --file slack.json\n  echo '{\"provider\":\"offline\"}' | handoff connection set ai"
    )]
    Set {
        /// ai, invoice_system or slack.
        connector: String,
        /// A file with the settings; standard input without it.
        #[arg(long, value_name = "FILE")]
        file: Option<PathBuf>,
        #[arg(long)]
        tenant: Option<String>,
        #[command(flatten)]
        place: Place,
        #[arg(long)]
        json: bool,
    },
    /// List connections and whether they work.
    #[command(after_help = "Example:\n  handoff connection list")]
    List {
        #[arg(long)]
        tenant: Option<String>,
        #[command(flatten)]
        place: Place,
        #[arg(long)]
        json: bool,
    },
    /// Ask an outside system whether the settings work.
    #[command(after_help = "Example:\n  handoff connection test slack")]
    Test {
        connector: String,
        #[arg(long)]
        tenant: Option<String>,
        #[command(flatten)]
        place: Place,
        #[arg(long)]
        json: bool,
    },
}

/// Opens the product, works, and closes it in good order.
async fn with_app<T>(
    place: &Place,
    work: impl AsyncFnOnce(Arc<App>) -> anyhow::Result<T>,
) -> anyhow::Result<T> {
    let config = place.config()?;
    let opened = database::open(&config).await?;
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

/// The tenant that was named, or the only one there is.
async fn tenant_of(app: &App, named: Option<&str>) -> anyhow::Result<TenantId> {
    if let Some(named) = named {
        let found = tenants::find_tenant(&app.db, named).await.map_err(node::problem)?;
        let missing =
            || Failure::Usage(format!("there is no tenant `{named}`; see `handoff tenant list`"));
        return Ok(found.ok_or_else(missing)?.tenant_id);
    }
    let all = tenants::list_tenants(&app.db).await.map_err(node::problem)?;
    match all.as_slice() {
        [only] => Ok(only.tenant_id),
        [] => Err(Failure::Usage(
            "there is no tenant yet; make one with `handoff tenant create NAME`".to_owned(),
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

async fn invoke(
    place: &Place,
    tenant: Option<&str>,
    operation: &str,
    input: Value,
) -> anyhow::Result<Value> {
    with_app(place, async |app| {
        let tenant = tenant_of(&app, tenant).await?;
        let caller = Caller::system(tenant, "command-line");
        app.invoke(&caller, operation, input).await.map_err(node::problem)
    })
    .await
}

pub(crate) async fn tenant(command: TenantCommand) -> anyhow::Result<()> {
    match command {
        TenantCommand::Create { name, currency, time_zone, place, json } => {
            let new = NewTenant { name, home_currency: currency, time_zone };
            let (tenant, token) = with_app(&place, async |app| {
                tenants::create_tenant(&app.db, new).await.map_err(node::problem)
            })
            .await?;
            let created = serde_json::to_value(&token)?;
            let token = field(&created, "token");
            if json {
                output::json(
                    &json!({ "tenant_id": tenant.tenant_id, "slug": tenant.slug, "token": token }),
                );
            } else {
                output::line(&format!(
                    "Created the tenant {} ({}).",
                    tenant.slug, tenant.tenant_id
                ));
                output::line(&format!("The owner's token, shown once:\n  {token}"));
            }
        }
        TenantCommand::List { place, json } => {
            let all = with_app(&place, async |app| {
                tenants::list_tenants(&app.db).await.map_err(node::problem)
            })
            .await?;
            let items = serde_json::to_value(all)?;
            show(
                &json!({ "items": items }),
                json,
                &["slug", "tenant_id", "name", "home_currency", "time_zone"],
                "No tenants yet. Make one: handoff tenant create NAME",
            );
        }
    }
    Ok(())
}

/// Shows a list as JSON or as a table of the named fields.
fn show(list: &Value, json: bool, fields: &[&str], empty: &str) {
    if json {
        output::json(list);
        return;
    }
    let items = list.get("items").and_then(Value::as_array).cloned().unwrap_or_default();
    let rows: Vec<Vec<String>> =
        items.iter().map(|item| fields.iter().map(|name| field(item, name)).collect()).collect();
    output::table(fields, &rows, empty);
}

pub(crate) async fn token(command: TokenCommand) -> anyhow::Result<()> {
    match command {
        TokenCommand::Create { name, role, days, rate, tenant, place, json } => {
            let mut input = json!({ "name": name, "role": role });
            if let Some(object) = input.as_object_mut() {
                object.extend(days.map(|days| ("expires_in_days".to_owned(), json!(days))));
                object.extend(rate.map(|rate| ("rate_per_minute".to_owned(), json!(rate))));
            }
            let created = invoke(&place, tenant.as_deref(), "create_token", input).await?;
            if json {
                output::json(&created);
            } else {
                output::line(&format!("The token, shown once:\n  {}", field(&created, "token")));
            }
        }
        TokenCommand::List { tenant, place, json } => {
            let list = invoke(&place, tenant.as_deref(), "list_tokens", json!({})).await?;
            show(
                &list,
                json,
                &["token_id", "name", "role", "rate_per_minute", "expires_at", "revoked_at"],
                "No tokens.",
            );
        }
        TokenCommand::Revoke { token_id, tenant, place, json } => {
            let input = json!({ "token_id": token_id });
            let revoked = invoke(&place, tenant.as_deref(), "revoke_token", input).await?;
            if json {
                output::json(&revoked);
            } else {
                output::line(&format!("Revoked {token_id}."));
            }
        }
    }
    Ok(())
}

pub(crate) async fn connection(command: ConnectionCommand) -> anyhow::Result<ExitCode> {
    match command {
        ConnectionCommand::Set { connector, file, tenant, place, json } => {
            let settings = read_settings(file)?;
            let input = json!({ "connector": connector, "settings": settings });
            let set = invoke(&place, tenant.as_deref(), "set_connection", input).await?;
            if json {
                output::json(&set);
            } else {
                output::line(&format!(
                    "Set the connection {connector}. Try it: handoff connection test {connector}"
                ));
            }
        }
        ConnectionCommand::List { tenant, place, json } => {
            let list = invoke(&place, tenant.as_deref(), "list_connections", json!({})).await?;
            show(
                &list,
                json,
                &["connector", "status", "status_detail", "checked_at"],
                "No connections yet. Set one: handoff connection set CONNECTOR",
            );
        }
        ConnectionCommand::Test { connector, tenant, place, json } => {
            let input = json!({ "connector": connector });
            let tested = invoke(&place, tenant.as_deref(), "test_connection", input).await?;
            if json {
                output::json(&tested);
            } else {
                output::line(&format!(
                    "{connector}: {} ({})",
                    field(&tested, "status"),
                    field(&tested, "status_detail")
                ));
            }
            if field(&tested, "status") != "working" {
                return Ok(ExitCode::FAILURE);
            }
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn read_settings(file: Option<PathBuf>) -> anyhow::Result<Value> {
    let mut text = String::new();
    match file {
        Some(path) => {
            std::fs::File::open(&path)
                .and_then(|file| file.take(SETTINGS_BYTES_MAX).read_to_string(&mut text))
                .with_context(|| format!("cannot read {}", path.display()))?;
        }
        None => {
            std::io::stdin().take(SETTINGS_BYTES_MAX).read_to_string(&mut text)?;
        }
    }
    serde_json::from_str(&text).map_err(|error| {
        // The message of the parser may quote a secret, so only the place is passed on.
        let place = format!("line {}, column {}", error.line(), error.column());
        Failure::Usage(format!("the settings are not a JSON object ({place}); see GET /v1/connectors for what belongs in it")).into()
    })
}
