//! The event log.

use std::time::Duration;

use clap::Subcommand;
use serde_json::Value;

use super::{
    output::{self, field, items},
    server::Server,
};

/// How often `event tail --follow` asks for news.
const FOLLOW_EVERY: Duration = Duration::from_millis(500);

#[derive(Debug, Subcommand)]
pub(crate) enum EventCommand {
    /// Print events in order.
    #[command(after_help = "Example:\n  handoff event tail --type lead. --follow")]
    Tail {
        /// Only events after this position.
        #[arg(long, default_value_t = 0, value_name = "POSITION")]
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

pub(crate) async fn run(command: EventCommand) -> anyhow::Result<()> {
    let EventCommand::Tail { mut after, kind, follow, server, json } = command;
    loop {
        let mut pairs = vec![("after", after.to_string()), ("limit", "100".to_owned())];
        pairs.extend(kind.clone().map(|kind| ("type", kind)));
        let list = server.get("/v1/events", &pairs).await?;
        let items = items(&list);
        for item in items {
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
