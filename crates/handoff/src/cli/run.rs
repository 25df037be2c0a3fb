//! Runs, over HTTP.

use clap::{Subcommand, ValueEnum};
use serde_json::{Value, json};

use super::{
    client::Server,
    output::{self, field},
};

/// The states a run can be in.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum RunStatus {
    Pending,
    Running,
    Waiting,
    Suspended,
    Cancelled,
    Faulted,
    Completed,
}

#[derive(Debug, Subcommand)]
pub(crate) enum RunCommand {
    /// List runs, newest first.
    #[command(after_help = "Examples:\n  handoff run list --status faulted --limit 50\n  handoff run list --flow client-onboarding --json")]
    List {
        /// Only runs of this flow.
        #[arg(long)]
        flow: Option<String>,
        /// Only runs in this state.
        #[arg(long)]
        status: Option<RunStatus>,
        /// How many, 100 at the most.
        #[arg(long, default_value_t = 20)]
        limit: u8,
        /// Where the page before ended.
        #[arg(long)]
        cursor: Option<String>,
        #[command(flatten)]
        server: Server,
        /// Print JSON.
        #[arg(long)]
        json: bool,
    },
    /// Show a run with its calls and steps.
    #[command(after_help = "Example:\n  handoff run show run_01jcz5k8w1e9ta5bq0h3m7xk2d")]
    Show {
        run_id: String,
        #[command(flatten)]
        server: Server,
        /// Print JSON.
        #[arg(long)]
        json: bool,
    },
    /// Ask a run to stop.
    #[command(after_help = "Example:\n  handoff run cancel run_01jcz5k8w1e9ta5bq0h3m7xk2d --reason \"sent twice\"")]
    Cancel {
        run_id: String,
        /// Why, for whoever reads the journal later.
        #[arg(long, default_value = "")]
        reason: String,
        #[command(flatten)]
        server: Server,
        /// Print JSON.
        #[arg(long)]
        json: bool,
    },
    /// Let a faulted run go on from the step that failed.
    #[command(after_help = "Example:\n  handoff run retry run_01jcz5k8w1e9ta5bq0h3m7xk2d")]
    Retry {
        run_id: String,
        #[command(flatten)]
        server: Server,
        /// Print JSON.
        #[arg(long)]
        json: bool,
    },
}

pub(crate) async fn run(command: RunCommand) -> anyhow::Result<()> {
    match command {
        RunCommand::List { flow, status, limit, cursor, server, json } => {
            let status = status.and_then(|it| Some(it.to_possible_value()?.get_name().to_owned()));
            let pairs = [("flow", flow), ("status", status), ("cursor", cursor)];
            let list = server.connect()?.get(&["runs"], &query(pairs, limit)).await?;
            let fields = ["run_id", "flow", "status", "started_at", "ended_at"];
            output::page(&list, json, &fields, "No runs.");
        }
        RunCommand::Show { run_id, server, json } => {
            let run = server.connect()?.get(&["runs", &run_id], &[]).await?;
            if json { output::json(&run) } else { show(&run) }
        }
        RunCommand::Cancel { run_id, reason, server, json } => {
            let body = json!({ "reason": reason });
            let run = server.connect()?.post(&["runs", &run_id, "cancel"], &body).await?;
            output::done(&run, json, &format!("Asked {run_id} to stop."));
        }
        RunCommand::Retry { run_id, server, json } => {
            let run = server.connect()?.post(&["runs", &run_id, "retry"], &json!({})).await?;
            output::done(&run, json, &format!("{run_id} goes on from the step that failed."));
        }
    }
    Ok(())
}

/// The filters that were given, and the size of a page.
pub(super) fn query<const N: usize>(
    filters: [(&'static str, Option<String>); N],
    limit: u8,
) -> Vec<(&'static str, String)> {
    let given = filters.into_iter().filter_map(|(name, value)| Some((name, value?)));
    given.chain([("limit", limit.to_string())]).collect()
}

fn show(run: &Value) {
    output::card(run, &["run_id", "flow", "version", "status", "started_by", "started_at", "ended_at"]);
    if let Some(error) = run.get("error") {
        let part = |name: &str| field(error, name);
        output::line(&format!("error       {} ({}): {}", part("title"), part("status"), part("detail")));
        output::line(&format!("            at {}", part("instance")));
    }
    let list = |name: &str| run.get(name).and_then(Value::as_array).cloned().unwrap_or_default();
    let calls = ["number", "attempt", "function", "status", "started_at", "ended_at", "task"];
    output::line("\nCalls");
    output::table(&list("calls"), &calls, "  none yet");
    let steps: Vec<Value> = list("steps").iter().flat_map(entries).collect();
    output::line("\nSteps");
    output::table(&steps, &["at", "step", "outcome", "task"], "  none yet");
}

/// The tasks that one commit entered and left.
fn entries(step: &Value) -> Vec<Value> {
    let at = field(step, "at");
    let entries = step.get("entries").and_then(Value::as_array).cloned().unwrap_or_default();
    entries
        .iter()
        .map(|entry| match entry.get("started") {
            Some(task) => json!({ "at": at, "step": "started", "task": task }),
            None => json!({
                "at": at, "step": "ended", "task": entry.get("ended"), "outcome": entry.get("outcome"),
            }),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_commits_entries_are_rows_of_their_own() {
        let step = json!({ "revision": 1, "at": "t1", "entries": [
            { "started": "/do/0/a" }, { "ended": "/do/0/a", "outcome": "completed" },
        ] });
        assert_eq!(
            entries(&step),
            [
                json!({ "at": "t1", "step": "started", "task": "/do/0/a" }),
                json!({ "at": "t1", "step": "ended", "task": "/do/0/a", "outcome": "completed" }),
            ]
        );
    }

    #[test]
    fn only_the_filters_that_were_given_are_asked_for() {
        let asked = query([("flow", None), ("status", Some("faulted".to_owned()))], 5);
        assert_eq!(asked, [("status", "faulted".to_owned()), ("limit", "5".to_owned())]);
    }
}
