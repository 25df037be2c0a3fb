//! Roles: what members and tokens may do.

use clap::Subcommand;
use serde_json::json;

use super::{local::Tenant, output};

#[derive(Debug, Subcommand)]
pub(crate) enum RoleCommand {
    /// List roles, the built-in ones and the tenant's own.
    #[command(after_help = "Examples:\n  handoff role list\n  handoff role list --permissions")]
    List {
        /// List what a role can permit instead.
        #[arg(long)]
        permissions: bool,
        #[command(flatten)]
        tenant: Tenant,
        /// Print one JSON object.
        #[arg(long)]
        json: bool,
    },
    /// Make a role, or change it. It holds within seconds for everyone who has it.
    #[command(
        after_help = "Example:\n  handoff role save sales_director --permission read:leads --permission write:leads"
    )]
    Save {
        /// What the role is called: lower-case letters, digits and underscores.
        name: String,
        /// What it permits, as `role list --permissions` shows it; repeat it for more.
        #[arg(long = "permission", value_name = "PERMISSION", required = true)]
        permissions: Vec<String>,
        /// Whom it is for.
        #[arg(long)]
        description: Option<String>,
        #[command(flatten)]
        tenant: Tenant,
        /// Print one JSON object.
        #[arg(long)]
        json: bool,
    },
    /// Delete a role that nobody has any more.
    #[command(after_help = "Example:\n  handoff role delete sales_director")]
    Delete {
        /// What the role is called.
        name: String,
        #[command(flatten)]
        tenant: Tenant,
        /// Print one JSON object.
        #[arg(long)]
        json: bool,
    },
}

pub(crate) async fn run(command: RoleCommand) -> anyhow::Result<()> {
    match command {
        RoleCommand::List { permissions, tenant, json } => {
            let mut roles = tenant.invoke("list_roles", json!({})).await?;
            if permissions && !json {
                let all = json!({ "items": roles["permissions"].take() });
                output::list(&all, json, &["permission", "means"], "No permissions.");
            } else {
                let fields = ["name", "description", "is_built_in", "member_count", "token_count"];
                output::list(&roles, json, &fields, "No roles.");
            }
        }
        RoleCommand::Save { name, permissions, description, tenant, json } => {
            let input =
                json!({ "name": name, "permissions": permissions, "description": description });
            let saved = tenant.invoke("save_role", input).await?;
            let count = saved["permissions"].as_array().map_or(0, Vec::len);
            let done = if saved["is_new"] == true { "Made" } else { "Changed" };
            output::say(&saved, json, &format!("{done} {name}, with {count} permissions."));
        }
        RoleCommand::Delete { name, tenant, json } => {
            let deleted = tenant.invoke("delete_role", json!({ "name": name })).await?;
            output::say(&deleted, json, &format!("Deleted {name}."));
        }
    }
    Ok(())
}
