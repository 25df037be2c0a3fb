//! The event log, over HTTP.

use std::time::Duration;

use clap::Subcommand;
use serde_json::Value;

use super::{
    client::Server,
    output::{self, field},
};

/// How often `event tail --follow` asks for news: well within the rate of any token.
const FOLLOW_EVERY: Duration = Duration::from_secs(1);
/// How many events are asked for at once.
const PAGE: &str = "100";

#[derive(Debug, Subcommand)]
pub(crate) enum EventCommand {
    /// Print events in order.
    #[command(after_help = "Examples:\n  handoff event tail --type lead. --follow\n  handoff event tail --after 120 --json")]
    Tail {
        /// Only events after this position.
        #[arg(long, default_value_t = 0)]
        after: u32,
        /// Only types that begin so.
        #[arg(long = "type", value_name = "PREFIX")]
        kind: Option<String>,
        /// Go on as events happen.
        #[arg(long)]
        follow: bool,
        #[command(flatten)]
        server: Server,
        /// Print one JSON object on each line.
        #[arg(long)]
        json: bool,
    },
}

pub(crate) async fn run(command: EventCommand) -> anyhow::Result<()> {
    let EventCommand::Tail { after, kind, follow, server, json } = command;
    let client = server.connect()?;
    let mut after = i64::from(after);
    loop {
        let mut asked = vec![("after", after.to_string()), ("limit", PAGE.to_owned())];
        asked.extend(kind.clone().map(|kind| ("type", kind)));
        let list = client.get(&["events"], &asked).await?;
        let items = list.get("items").and_then(Value::as_array).cloned().unwrap_or_default();
        for item in &items {
            if json { output::json_line(item) } else { output::line(&row(item)) }
        }
        after = list.get("next_after").and_then(Value::as_i64).unwrap_or(after).max(after);
        if output::reader_left() || (items.is_empty() && !follow) {
            return Ok(());
        }
        if items.is_empty() {
            tokio::time::sleep(FOLLOW_EVERY).await;
        }
    }
}

fn row(item: &Value) -> String {
    let event = item.get("event").unwrap_or(item);
    let text = |name: &str| field(event, name);
    format!("{:>8}  {:<27}  {:<28}  {}", field(item, "position"), text("time"), text("type"), text("subject"))
        .trim_end()
        .to_owned()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::row;

    #[test]
    fn an_event_is_one_line() {
        let event = json!({ "time": "2026-01-01T00:00:00Z", "type": "lead.created", "subject": "lead_1" });
        assert_eq!(
            row(&json!({ "position": 7, "event": event })),
            "       7  2026-01-01T00:00:00Z         lead.created                  lead_1"
        );
    }
}
