//! Connections to outside systems: on the database itself. Their settings hold secrets.

use std::{path::PathBuf, process::ExitCode};

use clap::Subcommand;
use serde_json::json;

use super::{
    input,
    output::{self, field},
    place::Scope,
};

#[derive(Debug, Subcommand)]
pub(crate) enum ConnectionCommand {
    /// Set a connection. The settings are JSON, from a file or standard input, never from arguments.
    #[command(after_help = "Examples:\n  handoff connection set slack --file slack.json\n    where slack.json holds {\"bot_token\": \"xoxb-…\", \"channel\": \"C0123ABCD\"}\n  echo '{\"provider\":\"offline\"}' | handoff connection set ai\n  handoff connection set invoice_system --file invoice-system.json\n    where invoice-system.json holds {\"base_url\": \"https://…\", \"api_key\": \"…\", \"webhook_secret\": \"…\"}\n\nGET /v1/connectors lists the fields of each connector.")]
    Set {
        /// ai, invoice_system or slack.
        connector: String,
        /// A file with the settings; standard input without it.
        #[arg(long, value_name = "FILE")]
        file: Option<PathBuf>,
        #[command(flatten)]
        scope: Scope,
        /// Print JSON.
        #[arg(long)]
        json: bool,
    },
    /// List connections and whether they work.
    #[command(after_help = "Example:\n  handoff connection list")]
    List {
        #[command(flatten)]
        scope: Scope,
        /// Print JSON.
        #[arg(long)]
        json: bool,
    },
    /// Ask an outside system whether the settings work. The exit code is 1 when they do not.
    #[command(after_help = "Example:\n  handoff connection test slack")]
    Test {
        /// ai, invoice_system or slack.
        connector: String,
        #[command(flatten)]
        scope: Scope,
        /// Print JSON.
        #[arg(long)]
        json: bool,
    },
}

pub(crate) async fn run(command: ConnectionCommand) -> anyhow::Result<ExitCode> {
    match command {
        ConnectionCommand::Set { connector, file, scope, json } => {
            let settings = input::settings(file)?;
            let input = json!({ "connector": connector, "settings": settings });
            let set = scope.invoke("set_connection", input).await?;
            let sentence =
                format!("Set the connection {connector}. Try it: handoff connection test {connector}");
            output::done(&set, json, &sentence);
        }
        ConnectionCommand::List { scope, json } => {
            let list = scope.invoke("list_connections", json!({})).await?;
            let fields = ["connector", "status", "checked_at", "status_detail"];
            let empty = "No connections yet. Set one: handoff connection set CONNECTOR";
            output::page(&list, json, &fields, empty);
        }
        ConnectionCommand::Test { connector, scope, json } => {
            let input = json!({ "connector": connector });
            let tested = scope.invoke("test_connection", input).await?;
            let (status, detail) = (field(&tested, "status"), field(&tested, "status_detail"));
            output::done(&tested, json, &format!("{connector} is {status}: {detail}"));
            if status != "working" {
                return Ok(ExitCode::FAILURE);
            }
        }
    }
    Ok(ExitCode::SUCCESS)
}
