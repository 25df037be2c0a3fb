//! API tokens.

use clap::{Subcommand, builder::PossibleValuesParser, value_parser};
use domain::RoleName;
use serde_json::json;

use super::{
    local::Tenant,
    output::{self, field},
};

const SIDES: [&str; 2] = ["reader", "actor"];

#[derive(Debug, Subcommand)]
pub(crate) enum TokenCommand {
    /// Create a token, which is shown once.
    #[command(
        after_help = "Examples:\n  handoff token create invoice_system --role partner --days 365\n  \
                      handoff token create claude --role agent --mcp reader"
    )]
    Create {
        /// What it is for. A partner's token bears the name of its system.
        name: String,
        /// What it may do: owner, admin, manager, staff, partner, agent, or a role that `role list` shows.
        #[arg(long, default_value = "staff")]
        role: RoleName,
        /// For an AI agent at /mcp: it reads what clients wrote, or it acts, never both.
        #[arg(long, value_parser = PossibleValuesParser::new(SIDES))]
        mcp: Option<String>,
        /// How many days it is valid: 1 to 365, 90 without it.
        #[arg(long, value_parser = value_parser!(u16).range(1..=365))]
        days: Option<u16>,
        /// How many requests a minute it may make: 1 to 1000000; 100 for partners and 600 for others
        /// without it.
        #[arg(long, value_parser = value_parser!(u32).range(1..=1_000_000))]
        rate: Option<u32>,
        #[command(flatten)]
        tenant: Tenant,
        /// Print one JSON object.
        #[arg(long)]
        json: bool,
    },
    /// List tokens, without their secrets.
    #[command(after_help = "Examples:\n  handoff token list\n  handoff token list --all")]
    List {
        /// Also those that were revoked or have expired.
        #[arg(long)]
        all: bool,
        #[command(flatten)]
        tenant: Tenant,
        /// Print one JSON object.
        #[arg(long)]
        json: bool,
    },
    /// Revoke a token. It stops working within seconds.
    #[command(after_help = "Example:\n  handoff token revoke 4fT0aZ91kQpL")]
    Revoke {
        /// The id that `token list` shows.
        token_id: String,
        #[command(flatten)]
        tenant: Tenant,
        /// Print one JSON object.
        #[arg(long)]
        json: bool,
    },
}

pub(crate) async fn run(command: TokenCommand) -> anyhow::Result<()> {
    match command {
        TokenCommand::Create { name, role, mcp, days, rate, tenant, json } => {
            let mut input = json!({ "name": name, "role": role });
            if let Some(object) = input.as_object_mut() {
                object.extend(mcp.map(|side| ("mcp".to_owned(), json!(side))));
                object.extend(days.map(|days| ("expires_in_days".to_owned(), json!(days))));
                object.extend(rate.map(|rate| ("rate_per_minute".to_owned(), json!(rate))));
            }
            let created = tenant.invoke("create_token", input).await?;
            if json {
                output::json(&created);
            } else {
                output::line(&format!("The token, shown once:\n  {}", field(&created, "token")));
                output::note(&format!(
                    "It is valid until {}; --days decides differently, 365 at the most.",
                    field(&created, "expires_at")
                ));
            }
        }
        TokenCommand::List { all, tenant, json } => {
            let list = tenant.invoke("list_tokens", json!({ "all": all })).await?;
            let mut fields =
                vec!["token_id", "name", "role", "mcp", "rate_per_minute", "expires_at"];
            fields.extend(all.then_some("revoked_at"));
            output::list(&list, json, &fields, "No tokens.");
        }
        TokenCommand::Revoke { token_id, tenant, json } => {
            let input = json!({ "token_id": token_id });
            let revoked = tenant.invoke("revoke_token", input).await?;
            output::say(&revoked, json, &format!("Revoked {token_id}."));
        }
    }
    Ok(())
}
