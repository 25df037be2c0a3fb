//! Received webhooks.

use std::process::ExitCode;

use clap::{Subcommand, builder::PossibleValuesParser};
use serde_json::json;

use super::{
    output::{self, field},
    paging::Paging,
    server::Server,
};

const STATES: [&str; 3] = ["accepted", "invalid", "ignored"];

#[derive(Debug, Subcommand)]
pub(crate) enum WebhookCommand {
    /// List received webhooks, newest first.
    #[command(after_help = "Example:\n  handoff webhook list --status invalid")]
    List {
        /// Only those in this state.
        #[arg(long, value_parser = PossibleValuesParser::new(STATES))]
        status: Option<String>,
        #[command(flatten)]
        paging: Paging,
        #[command(flatten)]
        server: Server,
        /// Print one JSON object.
        #[arg(long)]
        json: bool,
    },
    /// Show a received webhook with its raw body.
    #[command(after_help = "Example:\n  handoff webhook show whd_…")]
    Show {
        /// The id that `webhook list` shows.
        delivery_id: String,
        #[command(flatten)]
        server: Server,
        /// Print one JSON object.
        #[arg(long)]
        json: bool,
    },
    /// Read the stored bytes again, under the same deduplication. Ends with 2 if they are still invalid.
    #[command(after_help = "Example:\n  handoff webhook replay whd_… --dry-run")]
    Replay {
        /// The id that `webhook list` shows.
        delivery_id: String,
        /// Only say what would change.
        #[arg(long)]
        dry_run: bool,
        #[command(flatten)]
        server: Server,
        /// Print one JSON object.
        #[arg(long)]
        json: bool,
    },
}

pub(crate) async fn run(command: WebhookCommand) -> anyhow::Result<ExitCode> {
    match command {
        WebhookCommand::List { status, paging, server, json } => {
            let list = server.get("/v1/webhooks", &paging.query(&[("status", &status)])).await?;
            let fields =
                ["delivery_id", "type", "status", "duplicates", "received_at", "run_id", "reason"];
            // A server of an older release gives no reasons.
            let has_reasons = output::items(&list).iter().any(|it| it.get("reason").is_some());
            let shown = if has_reasons { &fields[..] } else { &fields[..6] };
            output::list(&list, json, shown, "No webhooks were received yet.");
        }
        WebhookCommand::Show { delivery_id, server, json } => {
            let found = server.get(&format!("/v1/webhooks/{delivery_id}"), &[]).await?;
            if json {
                output::json(&found);
            } else {
                let fields = [
                    "delivery_id",
                    "source",
                    "type",
                    "status",
                    "reason",
                    "verified_by",
                    "received_at",
                    "duplicates",
                    "run_id",
                    "headers",
                ];
                output::fields(&found, &fields);
                output::line(&format!("\n{}", field(&found, "body")));
            }
        }
        WebhookCommand::Replay { delivery_id, dry_run, server, json } => {
            let body = json!({ "dry_run": dry_run });
            let done = server.post(&format!("/v1/webhooks/{delivery_id}/replay"), &body).await?;
            let outcome = field(&done, "outcome");
            output::say(&done, json, &format!("{outcome}: {}", field(&done, "detail")));
            if outcome == "invalid" {
                return Ok(ExitCode::from(2));
            }
        }
    }
    Ok(ExitCode::SUCCESS)
}
