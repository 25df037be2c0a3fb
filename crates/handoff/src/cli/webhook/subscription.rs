//! Subscriptions: who gets which events.

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use clap::{Subcommand, builder::PossibleValuesParser, value_parser};
use serde_json::{Map, Value, json};

use super::given;
use crate::cli::{
    output::{self, field},
    paging::Paging,
    server::Server,
};

const STATES: [&str; 3] = ["active", "paused", "disabled"];
const FORMATS: [&str; 2] = ["standard", "mwd"];
const SHOWN: [&str; 12] = [
    "subscription_id",
    "url",
    "event_types",
    "description",
    "format",
    "status",
    "status_reason",
    "connector",
    "has_bearer",
    "previous_secret_until",
    "failing_since",
    "created_at",
];

#[derive(Debug, Subcommand)]
pub(crate) enum SubscriptionCommand {
    /// Send events to an address from now on. The signing secret is shown once.
    #[command(
        after_help = "Example:\n  handoff webhook subscription create https://hooks.example.com/x --type 'lead.*' --type deliverable.approved"
    )]
    Create {
        /// Where they are sent: public HTTPS, unless the operator allowed the host.
        #[arg(value_name = "ADDRESS")]
        to: String,
        /// Which events: `lead.created`, `lead.*`, or `*`. May be given more than once.
        #[arg(long = "type", value_name = "TYPE", required = true)]
        kinds: Vec<String>,
        /// What it is for.
        #[arg(long)]
        description: Option<String>,
        /// What bodies and headers look like; `standard` without it.
        #[arg(long, value_parser = PossibleValuesParser::new(FORMATS))]
        format: Option<String>,
        /// A file that holds the signing secret; one is made without it.
        #[arg(long, value_name = "FILE")]
        secret_file: Option<PathBuf>,
        /// A file that holds a token to send as `Authorization: Bearer …`.
        #[arg(long, value_name = "FILE")]
        bearer_file: Option<PathBuf>,
        #[command(flatten)]
        server: Server,
        /// Print one JSON object.
        #[arg(long)]
        json: bool,
    },
    /// List subscriptions, newest first.
    #[command(after_help = "Example:\n  handoff webhook subscription list --status disabled")]
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
    /// Show a subscription.
    #[command(after_help = "Example:\n  handoff webhook subscription show whs_…")]
    Show {
        /// The id that `webhook subscription list` shows.
        subscription_id: String,
        #[command(flatten)]
        server: Server,
        /// Print one JSON object.
        #[arg(long)]
        json: bool,
    },
    /// Change a subscription; what is left out stays.
    #[command(after_help = "Example:\n  handoff webhook subscription update whs_… --status active")]
    Update {
        /// The id that `webhook subscription list` shows.
        subscription_id: String,
        /// Another address to send to.
        #[arg(long, value_name = "URL")]
        to: Option<String>,
        /// Other events. May be given more than once.
        #[arg(long = "type", value_name = "TYPE")]
        kinds: Vec<String>,
        /// Another description.
        #[arg(long)]
        description: Option<String>,
        /// Paused, messages wait; disabled, none are written.
        #[arg(long, value_parser = PossibleValuesParser::new(STATES))]
        status: Option<String>,
        #[command(flatten)]
        server: Server,
        /// Print one JSON object.
        #[arg(long)]
        json: bool,
    },
    /// Make a new signing secret, shown once. The one before is used too for a while.
    #[command(
        after_help = "Example:\n  handoff webhook subscription rotate whs_… --overlap-hours 48"
    )]
    Rotate {
        /// The id that `webhook subscription list` shows.
        subscription_id: String,
        /// For how many hours both are used: 0 to 168, 24 without it.
        #[arg(long, value_parser = value_parser!(u16).range(0..=168))]
        overlap_hours: Option<u16>,
        #[command(flatten)]
        server: Server,
        /// Print one JSON object.
        #[arg(long)]
        json: bool,
    },
    /// Send a message of the type `webhook.test`.
    #[command(after_help = "Example:\n  handoff webhook subscription test whs_…")]
    Test {
        /// The id that `webhook subscription list` shows.
        subscription_id: String,
        #[command(flatten)]
        server: Server,
        /// Print one JSON object.
        #[arg(long)]
        json: bool,
    },
    /// Delete a subscription with its messages. Disable it instead to keep those.
    #[command(after_help = "Example:\n  handoff webhook subscription delete whs_…")]
    Delete {
        /// The id that `webhook subscription list` shows.
        subscription_id: String,
        #[command(flatten)]
        server: Server,
        /// Print one JSON object.
        #[arg(long)]
        json: bool,
    },
}

pub(crate) async fn run(command: SubscriptionCommand) -> anyhow::Result<()> {
    use SubscriptionCommand::{Create, Delete, List, Rotate, Show, Test, Update};
    match command {
        Create { to, kinds, description, format, secret_file, bearer_file, server, json } => {
            let mut body = given([
                ("url", Some(to)),
                ("description", description),
                ("format", format),
                ("secret", secret_file.as_deref().map(read).transpose()?),
                ("bearer", bearer_file.as_deref().map(read).transpose()?),
            ]);
            body.insert("event_types".to_owned(), json!(kinds));
            let made = server.post("/v1/webhook-subscriptions", &Value::Object(body)).await?;
            let id = field(&made, "subscription_id");
            let sentence = format!(
                "Subscribed: {id}\nThe signing secret, shown once:\n  {}\nTry it: handoff webhook subscription test {id}",
                field(&made, "secret")
            );
            output::say(&made, json, &sentence);
        }
        List { status, paging, server, json } => {
            let query = paging.query(&[("status", &status)]);
            let list = server.get("/v1/webhook-subscriptions", &query).await?;
            let fields = ["subscription_id", "url", "event_types", "status", "failing_since"];
            output::list(&list, json, &fields, "Nobody is subscribed to events.");
        }
        Show { subscription_id, server, json } => {
            let found = server.get(&path(&subscription_id, ""), &[]).await?;
            show(&found, json);
        }
        Update { subscription_id, to, kinds, description, status, server, json } => {
            let mut body: Map<String, Value> =
                given([("url", to), ("description", description), ("status", status)]);
            if !kinds.is_empty() {
                body.insert("event_types".to_owned(), json!(kinds));
            }
            let now = server.patch(&path(&subscription_id, ""), &Value::Object(body)).await?;
            show(&now, json);
        }
        Rotate { subscription_id, overlap_hours, server, json } => {
            let body = overlap_hours.map_or_else(|| json!({}), |it| json!({ "overlap_hours": it }));
            let made = server.post(&path(&subscription_id, "/secret"), &body).await?;
            let sentence = format!(
                "The new signing secret, shown once:\n  {}\nThe one before is used too until {}.",
                field(&made, "secret"),
                field(&made, "previous_secret_until")
            );
            output::say(&made, json, &sentence);
        }
        Test { subscription_id, server, json } => {
            let sent = server.post(&path(&subscription_id, "/test"), &json!({})).await?;
            let sentence = format!(
                "It is on its way; see what became of it: handoff webhook sent show {}",
                field(&sent, "message_id")
            );
            output::say(&sent, json, &sentence);
        }
        Delete { subscription_id, server, json } => {
            let gone = server.delete(&path(&subscription_id, "")).await?;
            output::say(&gone, json, &format!("Deleted {subscription_id}."));
        }
    }
    Ok(())
}

fn show(subscription: &Value, is_json: bool) {
    if is_json {
        output::json(subscription);
    } else {
        output::fields(subscription, &SHOWN);
    }
}

fn path(subscription_id: &str, rest: &str) -> String {
    format!("/v1/webhook-subscriptions/{subscription_id}{rest}")
}

/// A secret from a file, so that it is in no shell's history.
fn read(file: &Path) -> anyhow::Result<String> {
    let text = std::fs::read_to_string(file)
        .with_context(|| format!("cannot read {}; check the path", file.display()))?;
    Ok(text.trim().to_owned())
}
