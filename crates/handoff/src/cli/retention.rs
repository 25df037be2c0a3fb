//! How long what has ended is kept.

use clap::Subcommand;
use serde_json::{Value, json};

use super::{output, server::Server};

const PATH: &str = "/v1/retention";

#[derive(Debug, Subcommand)]
pub(crate) enum RetentionCommand {
    /// Show for how long runs are kept after their end.
    #[command(after_help = "Example:\n  handoff retention show")]
    Show {
        #[command(flatten)]
        server: Server,
        /// Print one JSON object.
        #[arg(long)]
        json: bool,
    },
    /// Change for how long runs are kept after their end. What is past it is removed within an hour, for good.
    #[command(
        after_help = "Examples:\n  handoff retention set --run-days 90\n  handoff retention set --for-ever"
    )]
    #[command(group(clap::ArgGroup::new("how long").required(true).args(["run_days", "for_ever"])))]
    Set {
        /// For how many days, 1 to 36500.
        #[arg(long, value_name = "DAYS", value_parser = clap::value_parser!(u32).range(1..=36_500))]
        run_days: Option<u32>,
        /// Remove no run.
        #[arg(long)]
        for_ever: bool,
        #[command(flatten)]
        server: Server,
        /// Print one JSON object.
        #[arg(long)]
        json: bool,
    },
}

pub(crate) async fn run(command: RetentionCommand) -> anyhow::Result<()> {
    let (retention, json) = match command {
        RetentionCommand::Show { server, json } => (server.get(PATH, &[]).await?, json),
        RetentionCommand::Set { run_days, for_ever: _, server, json } => {
            (server.put(PATH, &json!({ "run_days": run_days })).await?, json)
        }
    };
    let sentence = match retention.get("run_days").and_then(Value::as_i64) {
        Some(1) => "Runs are kept for 1 day after their end.".to_owned(),
        Some(days) => format!("Runs are kept for {days} days after their end."),
        None => "Runs are kept for ever.".to_owned(),
    };
    output::say(&retention, json, &sentence);
    Ok(())
}
