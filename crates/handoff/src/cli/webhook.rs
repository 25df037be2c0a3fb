//! Received webhooks, over HTTP.

use clap::{Subcommand, ValueEnum};
use serde_json::json;

use super::{
    client::Server,
    output::{self, field},
    run::query,
};

/// What became of a received webhook.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum WebhookStatus {
    Accepted,
    Invalid,
    Ignored,
}

#[derive(Debug, Subcommand)]
pub(crate) enum WebhookCommand {
    /// List received webhooks, newest first.
    #[command(after_help = "Example:\n  handoff webhook list --status invalid")]
    List {
        /// Only webhooks of which this became.
        #[arg(long)]
        status: Option<WebhookStatus>,
        /// How many, 100 at the most.
        #[arg(long, default_value_t = 20)]
        limit: u8,
        /// Where the page before ended.
        #[arg(long)]
        cursor: Option<String>,
        #[command(flatten)]
        server: Server,
        /// Print JSON.
        #[arg(long)]
        json: bool,
    },
    /// Show a received webhook with its raw body, and the answer it got.
    #[command(after_help = "Example:\n  handoff webhook show whd_01jcz5k8w1e9ta5bq0h3m7xk2d")]
    Show {
        delivery_id: String,
        #[command(flatten)]
        server: Server,
        /// Print JSON.
        #[arg(long)]
        json: bool,
    },
    /// Read the stored bytes again, under the same deduplication.
    #[command(after_help = "Example:\n  handoff webhook replay whd_01jcz5k8w1e9ta5bq0h3m7xk2d --dry-run")]
    Replay {
        delivery_id: String,
        /// Only say what would change.
        #[arg(long)]
        dry_run: bool,
        #[command(flatten)]
        server: Server,
        /// Print JSON.
        #[arg(long)]
        json: bool,
    },
}

pub(crate) async fn run(command: WebhookCommand) -> anyhow::Result<()> {
    match command {
        WebhookCommand::List { status, limit, cursor, server, json } => {
            let status = status.and_then(|it| Some(it.to_possible_value()?.get_name().to_owned()));
            let pairs = [("status", status), ("cursor", cursor)];
            let list = server.connect()?.get(&["webhooks"], &query(pairs, limit)).await?;
            let fields = ["delivery_id", "type", "status", "received_at", "duplicates", "run_id"];
            output::page(&list, json, &fields, "No webhooks.");
        }
        WebhookCommand::Show { delivery_id, server, json } => {
            let found = server.connect()?.get(&["webhooks", &delivery_id], &[]).await?;
            if json {
                output::json(&found);
            } else {
                let facts = [
                    "delivery_id", "source", "type", "status", "verified_by", "received_at",
                    "event_key", "event_id", "run_id", "duplicates", "replays", "response_status",
                    "response_body", "headers",
                ];
                output::card(&found, &facts);
                output::line(&format!("\n{}", field(&found, "body")));
            }
        }
        WebhookCommand::Replay { delivery_id, dry_run, server, json } => {
            let body = json!({ "dry_run": dry_run });
            let done = server.connect()?.post(&["webhooks", &delivery_id, "replay"], &body).await?;
            let sentence = format!("{}: {}", field(&done, "outcome"), field(&done, "detail"));
            output::done(&done, json, &sentence);
        }
    }
    Ok(())
}
