//! API tokens: on the database itself, since the first one cannot be asked for with a token.

use clap::{Subcommand, ValueEnum};
use serde_json::json;

use super::{
    output::{self, field},
    place::Scope,
};

/// What a token may do.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum TokenRole {
    Owner,
    Admin,
    Manager,
    Staff,
    /// Submits webhooks, and reads the leads they became.
    Partner,
    Agent,
}

#[derive(Debug, Subcommand)]
pub(crate) enum TokenCommand {
    /// Create a token, which is shown once.
    #[command(after_help = "Examples:\n  handoff token create laptop --role admin --days 30\n  handoff token create invoice_system --role partner --json")]
    Create {
        /// What it is for. A partner's token bears the name of its system.
        name: String,
        /// What it may do.
        #[arg(long, default_value = "staff")]
        role: TokenRole,
        /// How many days it is valid: 90 unless given, 365 at the most.
        #[arg(long)]
        days: Option<u16>,
        /// How many requests a minute it may make.
        #[arg(long)]
        rate: Option<u32>,
        #[command(flatten)]
        scope: Scope,
        /// Print JSON.
        #[arg(long)]
        json: bool,
    },
    /// List tokens, without their secrets.
    #[command(after_help = "Example:\n  handoff token list --all")]
    List {
        /// Also those that were revoked or have expired.
        #[arg(long)]
        all: bool,
        #[command(flatten)]
        scope: Scope,
        /// Print JSON.
        #[arg(long)]
        json: bool,
    },
    /// Revoke a token. It stops working within seconds.
    #[command(after_help = "Example:\n  handoff token revoke 4fT0aZ91kQpL")]
    Revoke {
        /// The id that `token list` shows.
        token_id: String,
        #[command(flatten)]
        scope: Scope,
        /// Print JSON.
        #[arg(long)]
        json: bool,
    },
}

pub(crate) async fn run(command: TokenCommand) -> anyhow::Result<()> {
    match command {
        TokenCommand::Create { name, role, days, rate, scope, json } => {
            let role = role.to_possible_value().map(|role| role.get_name().to_owned());
            let mut input = json!({ "name": name, "role": role });
            if let Some(object) = input.as_object_mut() {
                object.extend(days.map(|days| ("expires_in_days".to_owned(), json!(days))));
                object.extend(rate.map(|rate| ("rate_per_minute".to_owned(), json!(rate))));
            }
            let created = scope.invoke("create_token", input).await?;
            let sentence = format!(
                "Created the token {}, valid until {}. Shown once:\n  {}",
                field(&created, "token_id"), field(&created, "expires_at"), field(&created, "token")
            );
            output::done(&created, json, &sentence);
        }
        TokenCommand::List { all, scope, json } => {
            let list = scope.invoke("list_tokens", json!({ "all": all })).await?;
            let fields = ["token_id", "name", "role", "rate_per_minute", "expires_at", "revoked_at"];
            output::page(&list, json, &fields, "No tokens. Make one: handoff token create NAME");
        }
        TokenCommand::Revoke { token_id, scope, json } => {
            let revoked = scope.invoke("revoke_token", json!({ "token_id": token_id })).await?;
            output::done(&revoked, json, &format!("Revoked {token_id}."));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use domain::Role;

    use super::*;

    #[test]
    fn every_role_can_be_given_to_a_token() {
        let named: Vec<String> = TokenRole::value_variants()
            .iter()
            .filter_map(|role| Some(role.to_possible_value()?.get_name().to_owned()))
            .collect();
        let known: Vec<String> =
            Role::ALL.iter().map(|role| serde_json::to_value(role).unwrap().as_str().unwrap().to_owned()).collect();
        assert_eq!(named, known);
    }
}
