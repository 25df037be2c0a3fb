//! Webhooks, both ways: those that were received, and those that are sent.

mod sent;
mod subscription;

use std::process::ExitCode;

use clap::{Subcommand, builder::PossibleValuesParser};
use serde_json::{Map, Value, json};

use super::{
    output::{self, field},
    paging::Paging,
    server::Server,
};

const STATES: [&str; 3] = ["accepted", "invalid", "ignored"];
const RUN_OUTCOMES: [&str; 5] = ["none", "open", "completed", "faulted", "cancelled"];

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
    /// Replay all received webhooks that match, oldest first. Doing it twice changes nothing more.
    #[command(
        after_help = "Example:\n  handoff webhook replay-all --status invalid --since 2026-11-20T00:00:00Z --dry-run"
    )]
    ReplayAll {
        /// Only those of this sender, such as `invoice_system`.
        #[arg(long)]
        source: Option<String>,
        /// Only those of this type.
        #[arg(long = "type", value_name = "TYPE")]
        kind: Option<String>,
        /// Only those in this state.
        #[arg(long, value_parser = PossibleValuesParser::new(STATES))]
        status: Option<String>,
        /// Only those whose run came to this.
        #[arg(long, value_parser = PossibleValuesParser::new(RUN_OUTCOMES))]
        run: Option<String>,
        /// Only those received at or after this time, such as 2026-11-20T00:00:00Z.
        #[arg(long, value_name = "TIME")]
        since: Option<String>,
        /// Only those received before this time.
        #[arg(long, value_name = "TIME")]
        until: Option<String>,
        /// Only say what would change.
        #[arg(long)]
        dry_run: bool,
        #[command(flatten)]
        server: Server,
        /// Print one JSON object for each.
        #[arg(long)]
        json: bool,
    },
    /// Who gets which events: subscriptions of other systems.
    #[command(
        subcommand,
        after_help = "Example:\n  handoff webhook subscription create https://hooks.example.com/x --type 'lead.*'"
    )]
    Subscription(subscription::SubscriptionCommand),
    /// Webhooks that are sent: what became of them, and sending them again.
    #[command(subcommand, after_help = "Example:\n  handoff webhook sent list --status failed")]
    Sent(sent::SentCommand),
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
            output::list(&list, json, shown, "No such webhooks were received.");
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
        WebhookCommand::ReplayAll {
            source,
            kind,
            status,
            run,
            since,
            until,
            dry_run,
            server,
            json,
        } => {
            let filter = given([
                ("source", source),
                ("type", kind),
                ("status", status),
                ("run_outcome", run),
                ("since", since),
                ("until", until),
            ]);
            replay_all(&server, filter, dry_run, json).await?;
        }
        WebhookCommand::Subscription(command) => subscription::run(command).await?,
        WebhookCommand::Sent(command) => sent::run(command).await?,
    }
    Ok(ExitCode::SUCCESS)
}

/// The fields of a body that were given.
fn given<const N: usize>(fields: [(&str, Option<String>); N]) -> Map<String, Value> {
    fields
        .into_iter()
        .filter_map(|(name, value)| Some((name.to_owned(), Value::from(value?))))
        .collect()
}

/// Goes through all pages.
async fn replay_all(
    server: &Server,
    filter: Map<String, Value>,
    dry_run: bool,
    is_json: bool,
) -> anyhow::Result<()> {
    let mut body = Value::Object(filter);
    body["dry_run"] = Value::from(dry_run);
    body["limit"] = Value::from(100);
    let (mut looked_at, mut changed) = (0, 0);
    loop {
        let page = server.post("/v1/webhooks/replay", &body).await?;
        looked_at += output::items(&page).len();
        changed += page.get("changed").and_then(Value::as_u64).unwrap_or_default();
        for item in output::items(&page) {
            if is_json {
                output::json_line(item);
            } else if field(item, "outcome") != "unchanged" {
                let text = |name: &str| field(item, name);
                let line =
                    format!("{}  {}: {}", text("delivery_id"), text("outcome"), text("detail"));
                output::line(&line);
            }
        }
        let Some(cursor) = page.get("next_cursor") else { break };
        body["cursor"] = cursor.clone();
    }
    let would = if dry_run { "would be" } else { "are" };
    output::note(&format!("{looked_at} were read again; {changed} {would} accepted now."));
    Ok(())
}
