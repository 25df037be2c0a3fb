//! The event log.

use std::time::Duration;

use chrono::{DateTime, FixedOffset};
use clap::{Args, Subcommand};
use serde_json::Value;

use super::{
    output::{self, field, items},
    server::Server,
};
use crate::failure::Failure;

/// How often `event tail --follow` asks for news.
const FOLLOW_EVERY: Duration = Duration::from_millis(500);
/// How many events one request asks for: the most that a page has.
const PAGE: usize = 100;

#[derive(Debug, Subcommand)]
pub(crate) enum EventCommand {
    /// List events, oldest first.
    #[command(
        after_help = "Example:\n  handoff event list --type lead. --since 2026-11-21T09:00:00Z"
    )]
    List {
        #[command(flatten)]
        filter: Filter,
        /// How many to print.
        #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..))]
        limit: u32,
        #[command(flatten)]
        server: Server,
        /// One JSON object on each line.
        #[arg(long)]
        json: bool,
    },
    /// Show one event with its data.
    #[command(after_help = "Example:\n  handoff event show 42")]
    Show {
        /// The position that `event list` shows.
        #[arg(value_parser = clap::value_parser!(i64).range(1..))]
        position: i64,
        #[command(flatten)]
        server: Server,
        /// Print one JSON object on one line.
        #[arg(long)]
        json: bool,
    },
    /// Print events in order, and go on as they happen.
    #[command(after_help = "Example:\n  handoff event tail --type lead. --follow")]
    Tail {
        #[command(flatten)]
        filter: Filter,
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

#[derive(Debug, Clone, Default, Args)]
pub(crate) struct Filter {
    /// Only events after this position.
    #[arg(long, default_value_t = 0, value_name = "POSITION", value_parser = clap::value_parser!(i64).range(0..))]
    after: i64,
    /// Only types that begin so.
    #[arg(long = "type", value_name = "PREFIX")]
    kind: Option<String>,
    /// Only events about this id.
    #[arg(long, value_name = "ID")]
    subject: Option<String>,
    /// Only events since this time (RFC 3339, with its offset).
    #[arg(long, value_name = "TIME", value_parser = time)]
    since: Option<DateTime<FixedOffset>>,
}

fn time(text: &str) -> Result<DateTime<FixedOffset>, String> {
    DateTime::parse_from_rfc3339(text)
        .map_err(|error| format!("{error}; write it like 2026-11-21T09:00:00Z"))
}

impl Filter {
    /// The server filters by position and type, and we by the rest.
    fn fits(&self, event: &Value) -> bool {
        let text = |name: &str| event.get(name).and_then(Value::as_str);
        let about = self.subject.as_deref().is_none_or(|id| text("subject") == Some(id));
        let is_late = self.since.is_none_or(|since| {
            let at = text("time").and_then(|at| DateTime::parse_from_rfc3339(at).ok());
            at.is_some_and(|at| since <= at)
        });
        about && is_late
    }
}

pub(crate) async fn run(command: EventCommand) -> anyhow::Result<()> {
    match command {
        EventCommand::List { filter, limit, server, json } => {
            print(&server, filter, Some(limit as usize), false, json).await
        }
        EventCommand::Tail { filter, follow, server, json } => {
            print(&server, filter, None, follow, json).await
        }
        EventCommand::Show { position, server, json } => show(&server, position, json).await,
    }
}

/// Prints what fits, to the end of the log or for ever.
async fn print(
    server: &Server,
    mut filter: Filter,
    limit: Option<usize>,
    follow: bool,
    json: bool,
) -> anyhow::Result<()> {
    let mut printed = 0;
    loop {
        let list = page(server, filter.after, filter.kind.as_deref(), PAGE).await?;
        let items = items(&list);
        for item in items {
            filter.after = position(item).unwrap_or(filter.after).max(filter.after);
            if !filter.fits(event(item)) {
                continue;
            }
            if limit.is_some_and(|limit| limit <= printed) {
                // There is one more that fits, and it is not printed.
                let last = filter.after - 1;
                output::note(&format!("There is more: --after {last}"));
                return Ok(());
            }
            printed += 1;
            if json { output::json_line(item) } else { output::line(&line(item)) }
        }
        if items.len() < PAGE {
            if !follow {
                return Ok(());
            }
            tokio::time::sleep(FOLLOW_EVERY).await;
        }
    }
}

async fn page(
    server: &Server,
    after: i64,
    kind: Option<&str>,
    limit: usize,
) -> anyhow::Result<Value> {
    let mut pairs = vec![("after", after.to_string()), ("limit", limit.to_string())];
    pairs.extend(kind.map(|kind| ("type", kind.to_owned())));
    server.get("/v1/events", &pairs).await
}

async fn show(server: &Server, wanted: i64, json: bool) -> anyhow::Result<()> {
    let list = page(server, wanted - 1, None, 1).await?;
    let found = items(&list).first().filter(|item| position(item) == Some(wanted));
    let Some(found) = found else {
        return Err(Failure::Usage(format!(
            "there is no event at position {wanted}; `handoff event list` shows those that are there"
        ))
        .into());
    };
    if json {
        output::json_line(found);
        return Ok(());
    }
    output::line(&format!("position  {wanted}"));
    output::fields(event(found), &["id", "type", "subject", "time", "source"]);
    output::line(&format!("data      {:#}", event(found).get("data").unwrap_or(&Value::Null)));
    Ok(())
}

fn position(item: &Value) -> Option<i64> {
    item.get("position").and_then(Value::as_i64)
}

fn event(item: &Value) -> &Value {
    item.get("event").unwrap_or(item)
}

fn line(item: &Value) -> String {
    let text = |name: &str| field(event(item), name);
    output::plain(&format!(
        "{:>8}  {}  {}  {}",
        position(item).unwrap_or_default(),
        text("time"),
        text("type"),
        text("subject")
    ))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_event_is_printed_if_its_subject_and_its_time_fit() {
        let event = json!({ "subject": "lead_1", "time": "2026-11-21T09:00:00.5Z" });
        let fits = |subject: Option<&str>, since: Option<&str>| {
            let since = since.map(|at| time(at).unwrap());
            let subject = subject.map(str::to_owned);
            Filter { subject, since, ..Filter::default() }.fits(&event)
        };
        assert!(fits(None, None));
        assert!(fits(Some("lead_1"), Some("2026-11-21T10:00:00+01:00")));
        assert!(!fits(Some("lead_2"), None));
        assert!(!fits(None, Some("2026-11-21T09:00:01Z")));
        assert!(time("yesterday").unwrap_err().contains("write it like"));
    }

    #[test]
    fn a_line_has_the_position_to_go_on_from() {
        let item = json!({ "position": 7, "event": { "time": "t", "type": "lead.won" } });
        assert_eq!(line(&item), "       7  t  lead.won  -");
    }
}
