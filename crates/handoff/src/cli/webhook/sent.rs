//! Webhooks that are sent.

use clap::{Args, Subcommand, builder::PossibleValuesParser};
use serde_json::{Value, json};

use super::given;
use crate::cli::{
    output::{self, field},
    paging::Paging,
    server::Server,
};

const STATES: [&str; 4] = ["pending", "delivered", "failed", "cancelled"];
const ENDED: [&str; 3] = ["delivered", "failed", "cancelled"];

/// Which messages are meant.
#[derive(Debug, Args)]
pub(crate) struct Filter {
    /// Only those to this subscription.
    #[arg(long, value_name = "SUBSCRIPTION")]
    subscription: Option<String>,
    /// Only those of this event type.
    #[arg(long = "type", value_name = "TYPE")]
    kind: Option<String>,
    /// Only those about this subject, such as lead_….
    #[arg(long)]
    subject: Option<String>,
    /// Only those written at or after this time, such as 2026-11-20T00:00:00Z.
    #[arg(long, value_name = "TIME")]
    since: Option<String>,
    /// Only those written before this time.
    #[arg(long, value_name = "TIME")]
    until: Option<String>,
    /// Only those whose body or last error holds this text.
    #[arg(long)]
    text: Option<String>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum SentCommand {
    /// List webhooks that were or are to be sent, newest first.
    #[command(
        after_help = "Example:\n  handoff webhook sent list --status failed --type lead.created"
    )]
    List {
        /// Only those in this state.
        #[arg(long, value_parser = PossibleValuesParser::new(STATES))]
        status: Option<String>,
        #[command(flatten)]
        filter: Filter,
        #[command(flatten)]
        paging: Paging,
        #[command(flatten)]
        server: Server,
        /// Print one JSON object.
        #[arg(long)]
        json: bool,
    },
    /// Show a webhook with its body and each attempt to send it.
    #[command(after_help = "Example:\n  handoff webhook sent show whm_…")]
    Show {
        /// The id that `webhook sent list` shows.
        message_id: String,
        #[command(flatten)]
        server: Server,
        /// Print one JSON object.
        #[arg(long)]
        json: bool,
    },
    /// Send a webhook again: the same bytes under the same id.
    #[command(after_help = "Example:\n  handoff webhook sent replay whm_…")]
    Replay {
        /// The id that `webhook sent list` shows.
        message_id: String,
        /// Only say what would be done.
        #[arg(long)]
        dry_run: bool,
        #[command(flatten)]
        server: Server,
        /// Print one JSON object.
        #[arg(long)]
        json: bool,
    },
    /// Send all webhooks of a state again that match.
    #[command(
        after_help = "Example:\n  handoff webhook sent replay-all --status failed --since 2026-11-20T00:00:00Z --dry-run"
    )]
    ReplayAll {
        /// What became of them.
        #[arg(long, value_parser = PossibleValuesParser::new(ENDED))]
        status: String,
        #[command(flatten)]
        filter: Filter,
        /// Only say what would be sent.
        #[arg(long)]
        dry_run: bool,
        #[command(flatten)]
        server: Server,
        /// Print one JSON object.
        #[arg(long)]
        json: bool,
    },
}

pub(crate) async fn run(command: SentCommand) -> anyhow::Result<()> {
    match command {
        SentCommand::List { status, filter, paging, server, json } => {
            let query = paging.query(&[
                ("status", &status),
                ("subscription_id", &filter.subscription),
                ("type", &filter.kind),
                ("subject", &filter.subject),
                ("since", &filter.since),
                ("until", &filter.until),
                ("text", &filter.text),
            ]);
            let list = server.get("/v1/webhook-messages", &query).await?;
            let fields = [
                "message_id",
                "type",
                "subject",
                "status",
                "attempts",
                "response_status",
                "created_at",
            ];
            output::list(&list, json, &fields, "No such webhooks were sent.");
        }
        SentCommand::Show { message_id, server, json } => {
            let found = server.get(&format!("/v1/webhook-messages/{message_id}"), &[]).await?;
            if json {
                output::json(&found);
            } else {
                show(&found);
            }
        }
        SentCommand::Replay { message_id, dry_run, server, json } => {
            let path = format!("/v1/webhook-messages/{message_id}/replay");
            let done = server.post(&path, &json!({ "dry_run": dry_run })).await?;
            output::say(&done, json, &field(&done, "detail"));
        }
        SentCommand::ReplayAll { status, filter, dry_run, server, json } => {
            let mut body = Value::Object(given([
                ("status", Some(status)),
                ("subscription_id", filter.subscription),
                ("type", filter.kind),
                ("subject", filter.subject),
                ("since", filter.since),
                ("until", filter.until),
                ("text", filter.text),
            ]));
            body["dry_run"] = Value::from(dry_run);
            let done = server.post("/v1/webhook-messages/replay", &body).await?;
            let would = if dry_run { "would be" } else { "are" };
            let more = match done.get("more").and_then(Value::as_bool) {
                Some(true) => " More match: call it again for them.",
                _ => "",
            };
            let sentence = format!("{} {would} sent again.{more}", field(&done, "messages"));
            output::say(&done, json, &sentence);
        }
    }
    Ok(())
}

fn show(message: &Value) {
    let fields = [
        "message_id",
        "subscription_id",
        "type",
        "subject",
        "event_id",
        "status",
        "error",
        "next_attempt_at",
        "created_at",
        "ended_at",
        "replays",
    ];
    output::fields(message, &fields);
    output::line(&format!("\n{}\n", output::plain(&field(message, "body"))));
    let columns = ["number", "started_at", "duration_ms", "response_status", "error"];
    let log = message.get("log").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    let rows: Vec<Vec<String>> = log
        .iter()
        .map(|attempt| columns.iter().map(|name| field(attempt, name)).collect())
        .collect();
    output::table(&columns, &rows, "It was not tried yet.");
}
