//! Alerts: things a person should know now.

use clap::{Subcommand, builder::PossibleValuesParser};
use serde_json::json;

use super::{output, paging::Paging, server::Server};

const SEVERITIES: [&str; 3] = ["info", "warning", "critical"];

#[derive(Debug, Subcommand)]
pub(crate) enum AlertCommand {
    /// List the open alerts, the latest first.
    #[command(
        after_help = "Examples:\n  handoff alert list --severity critical\n  handoff alert list --all"
    )]
    List {
        /// Also those that were resolved.
        #[arg(long)]
        all: bool,
        /// Only alerts this severe.
        #[arg(long, value_parser = PossibleValuesParser::new(SEVERITIES))]
        severity: Option<String>,
        /// Only alerts of this kind, such as `run.faulted`.
        #[arg(long)]
        kind: Option<String>,
        #[command(flatten)]
        paging: Paging,
        #[command(flatten)]
        server: Server,
        /// Print one JSON object, with details.
        #[arg(long)]
        json: bool,
    },
    /// Say that an alert was dealt with. It opens again if its cause comes back.
    #[command(after_help = "Example:\n  handoff alert resolve alert_…")]
    Resolve {
        /// The id that `alert list` shows.
        alert_id: String,
        #[command(flatten)]
        server: Server,
        /// Print one JSON object.
        #[arg(long)]
        json: bool,
    },
}

pub(crate) async fn run(command: AlertCommand) -> anyhow::Result<()> {
    match command {
        AlertCommand::List { all, severity, kind, paging, server, json } => {
            let open = (!all).then(|| "true".to_owned());
            let filters = [("open", &open), ("severity", &severity), ("kind", &kind)];
            let list = server.get("/v1/alerts", &paging.query(&filters)).await?;
            let mut fields = vec!["alert_id", "severity", "kind", "occurrences", "last_at"];
            fields.extend(all.then_some("resolved_at"));
            fields.push("title");
            output::list(&list, json, &fields, "No alerts.");
        }
        AlertCommand::Resolve { alert_id, server, json } => {
            let path = format!("/v1/alerts/{alert_id}/resolution");
            let resolved = server.post(&path, &json!({})).await?;
            output::say(&resolved, json, &format!("Resolved {alert_id}."));
        }
    }
    Ok(())
}
