//! Runs, events and webhooks, over HTTP.

use std::time::Duration;

use clap::Subcommand;
use serde_json::{Value, json};

use super::{
    client::Server,
    output::{self, field},
};

/// How often `event tail --follow` asks for news.
const FOLLOW_EVERY: Duration = Duration::from_millis(500);

#[derive(Debug, Subcommand)]
pub(crate) enum RunCommand {
    /// List runs, newest first.
    #[command(after_help = "Example:\n  handoff run list --status faulted --limit 50")]
    List {
        #[arg(long)]
        flow: Option<String>,
        /// pending, running, waiting, suspended, cancelled, faulted or completed.
        #[arg(long)]
        status: Option<String>,
        #[arg(long, default_value_t = 20)]
        limit: u8,
        /// `next_cursor` of the page before.
        #[arg(long)]
        cursor: Option<String>,
        #[command(flatten)]
        server: Server,
        #[arg(long)]
        json: bool,
    },
    /// Show a run with its journal.
    #[command(after_help = "Example:\n  handoff run show run_01jcz5k8w1e9ta5bq0h3m7xk2d")]
    Show {
        run_id: String,
        #[command(flatten)]
        server: Server,
        #[arg(long)]
        json: bool,
    },
    /// Ask a run to stop.
    #[command(after_help = "Example:\n  handoff run cancel run_… --reason \"sent twice\"")]
    Cancel {
        run_id: String,
        #[arg(long, default_value = "")]
        reason: String,
        #[command(flatten)]
        server: Server,
        #[arg(long)]
        json: bool,
    },
    /// Let a faulted run go on from the step that failed.
    #[command(after_help = "Example:\n  handoff run retry run_…")]
    Retry {
        run_id: String,
        #[command(flatten)]
        server: Server,
        #[arg(long)]
        json: bool,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum EventCommand {
    /// Print events in order.
    #[command(after_help = "Example:\n  handoff event tail --type lead. --follow")]
    Tail {
        /// Only events after this position.
        #[arg(long, default_value_t = 0)]
        after: i64,
        /// Only types that begin so.
        #[arg(long = "type", value_name = "PREFIX")]
        kind: Option<String>,
        /// Go on as events happen.
        #[arg(long)]
        follow: bool,
        #[command(flatten)]
        server: Server,
        /// One JSON object on each line.
        #[arg(long)]
        json: bool,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum WebhookCommand {
    /// List received webhooks, newest first.
    #[command(after_help = "Example:\n  handoff webhook list --status invalid")]
    List {
        /// accepted, invalid or ignored.
        #[arg(long)]
        status: Option<String>,
        #[arg(long, default_value_t = 20)]
        limit: u8,
        #[arg(long)]
        cursor: Option<String>,
        #[command(flatten)]
        server: Server,
        #[arg(long)]
        json: bool,
    },
    /// Show a received webhook with its raw body.
    #[command(after_help = "Example:\n  handoff webhook show whd_…")]
    Show {
        delivery_id: String,
        #[command(flatten)]
        server: Server,
        #[arg(long)]
        json: bool,
    },
    /// Read the stored bytes again, under the same deduplication.
    #[command(after_help = "Example:\n  handoff webhook replay whd_… --dry-run")]
    Replay {
        delivery_id: String,
        /// Only say what would change.
        #[arg(long)]
        dry_run: bool,
        #[command(flatten)]
        server: Server,
        #[arg(long)]
        json: bool,
    },
}

fn query(pairs: &[(&'static str, &Option<String>)], limit: u8) -> Vec<(&'static str, String)> {
    let given = pairs.iter().filter_map(|(name, value)| Some((*name, (*value).clone()?)));
    given.chain([("limit", limit.to_string())]).collect()
}

/// Shows a page as JSON or as a table of the named fields.
fn page(page: &Value, json: bool, fields: &[&str], empty: &str) {
    if json {
        output::json(page);
        return;
    }
    let items = page.get("items").and_then(Value::as_array).cloned().unwrap_or_default();
    let rows: Vec<Vec<String>> =
        items.iter().map(|item| fields.iter().map(|name| field(item, name)).collect()).collect();
    output::table(fields, &rows, empty);
    if let Some(next) = page.get("next_cursor").and_then(Value::as_str) {
        output::line(&format!("More: --cursor {next}"));
    }
}

pub(crate) async fn run(command: RunCommand) -> anyhow::Result<()> {
    match command {
        RunCommand::List { flow, status, limit, cursor, server, json } => {
            let pairs = [("flow", &flow), ("status", &status), ("cursor", &cursor)];
            let list = server.get("/v1/runs", &query(&pairs, limit)).await?;
            page(&list, json, &["run_id", "flow", "status", "started_at", "ended_at"], "No runs.");
        }
        RunCommand::Show { run_id, server, json } => {
            let run = server.get(&format!("/v1/runs/{run_id}"), &[]).await?;
            if json { output::json(&run) } else { show_run(&run) }
        }
        RunCommand::Cancel { run_id, reason, server, json } => {
            let body = json!({ "reason": reason });
            let run = server.post(&format!("/v1/runs/{run_id}/cancel"), &body).await?;
            say(&run, json, &format!("Asked {run_id} to stop."));
        }
        RunCommand::Retry { run_id, server, json } => {
            let run = server.post(&format!("/v1/runs/{run_id}/retry"), &json!({})).await?;
            say(&run, json, &format!("{run_id} goes on from the step that failed."));
        }
    }
    Ok(())
}

fn say(value: &Value, json: bool, sentence: &str) {
    if json { output::json(value) } else { output::line(sentence) }
}

fn show_run(run: &Value) {
    output::line(&format!(
        "{}  {} {}  {}",
        field(run, "run_id"),
        field(run, "flow"),
        field(run, "version"),
        field(run, "status")
    ));
    output::line(&format!(
        "started {}  ended {}",
        field(run, "started_at"),
        field(run, "ended_at")
    ));
    if let Some(error) = run.get("error") {
        output::line(&format!(
            "error: {} ({}): {}",
            field(error, "title"),
            field(error, "status"),
            field(error, "detail")
        ));
    }
    let calls = run.get("calls").and_then(Value::as_array).cloned().unwrap_or_default();
    let fields = ["number", "attempt", "function", "status", "started_at", "ended_at", "task"];
    let rows: Vec<Vec<String>> =
        calls.iter().map(|call| fields.iter().map(|name| field(call, name)).collect()).collect();
    output::line("");
    output::table(&fields, &rows, "No calls yet.");
}

pub(crate) async fn event(command: EventCommand) -> anyhow::Result<()> {
    let EventCommand::Tail { mut after, kind, follow, server, json } = command;
    loop {
        let mut pairs = vec![("after", after.to_string()), ("limit", "100".to_owned())];
        pairs.extend(kind.clone().map(|kind| ("type", kind)));
        let list = server.get("/v1/events", &pairs).await?;
        let items = list.get("items").and_then(Value::as_array).cloned().unwrap_or_default();
        for item in &items {
            after = item.get("position").and_then(Value::as_i64).unwrap_or(after).max(after);
            if json {
                output::json_line(item);
            } else {
                let event = item.get("event").unwrap_or(item);
                let text = |name: &str| field(event, name);
                output::line(&format!(
                    "{:>8}  {}  {}  {}",
                    after,
                    text("time"),
                    text("type"),
                    text("subject")
                ));
            }
        }
        if items.is_empty() {
            if !follow {
                return Ok(());
            }
            tokio::time::sleep(FOLLOW_EVERY).await;
        }
    }
}

pub(crate) async fn webhook(command: WebhookCommand) -> anyhow::Result<()> {
    match command {
        WebhookCommand::List { status, limit, cursor, server, json } => {
            let pairs = [("status", &status), ("cursor", &cursor)];
            let list = server.get("/v1/webhooks", &query(&pairs, limit)).await?;
            page(
                &list,
                json,
                &["delivery_id", "type", "status", "duplicates", "received_at", "run_id"],
                "No webhooks were received yet.",
            );
        }
        WebhookCommand::Show { delivery_id, server, json } => {
            let found = server.get(&format!("/v1/webhooks/{delivery_id}"), &[]).await?;
            if json {
                output::json(&found);
            } else {
                for name in [
                    "delivery_id",
                    "source",
                    "type",
                    "status",
                    "verified_by",
                    "received_at",
                    "duplicates",
                    "run_id",
                    "headers",
                ] {
                    output::line(&format!("{name:<12} {}", field(&found, name)));
                }
                output::line(&format!("\n{}", field(&found, "body")));
            }
        }
        WebhookCommand::Replay { delivery_id, dry_run, server, json } => {
            let body = json!({ "dry_run": dry_run });
            let done = server.post(&format!("/v1/webhooks/{delivery_id}/replay"), &body).await?;
            say(&done, json, &format!("{}: {}", field(&done, "outcome"), field(&done, "detail")));
        }
    }
    Ok(())
}
