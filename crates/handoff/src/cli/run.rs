//! Runs: look at them, cancel and retry them.

use clap::{Subcommand, builder::PossibleValuesParser};
use serde_json::{Value, json};

use super::{
    output::{self, field},
    paging::Paging,
    server::Server,
};

const STATES: [&str; 7] =
    ["pending", "running", "waiting", "suspended", "cancelled", "faulted", "completed"];
/// How much of an error a journal's line shows.
const REMARK_MAX: usize = 160;

#[derive(Debug, Subcommand)]
pub(crate) enum RunCommand {
    /// List runs, newest first.
    #[command(after_help = "Example:\n  handoff run list --status faulted --limit 50")]
    List {
        /// Only runs of this flow.
        #[arg(long, value_name = "NAME")]
        flow: Option<String>,
        /// Only runs in this state.
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
    /// Show a run with its journal: each call, why it failed, and when it is tried again.
    #[command(after_help = "Example:\n  handoff run show run_01jcz5k8w1e9ta5bq0h3m7xk2d")]
    Show {
        /// The id that `run list` shows.
        run_id: String,
        #[command(flatten)]
        server: Server,
        /// Print one JSON object, with inputs and answers.
        #[arg(long)]
        json: bool,
    },
    /// Ask a run to stop.
    #[command(after_help = "Example:\n  handoff run cancel run_… --reason \"sent twice\"")]
    Cancel {
        /// The id that `run list` shows.
        run_id: String,
        /// Why, for whoever looks later.
        #[arg(long)]
        reason: Option<String>,
        #[command(flatten)]
        server: Server,
        /// Print one JSON object.
        #[arg(long)]
        json: bool,
    },
    /// Let a faulted run go on from the step that failed.
    #[command(after_help = "Example:\n  handoff run retry run_…")]
    Retry {
        /// The id that `run list` shows.
        run_id: String,
        #[command(flatten)]
        server: Server,
        /// Print one JSON object.
        #[arg(long)]
        json: bool,
    },
}

pub(crate) async fn run(command: RunCommand) -> anyhow::Result<()> {
    match command {
        RunCommand::List { flow, status, paging, server, json } => {
            let query = paging.query(&[("flow", &flow), ("status", &status)]);
            let list = server.get("/v1/runs", &query).await?;
            let fields = ["run_id", "flow", "status", "started_at", "ended_at"];
            output::list(&list, json, &fields, "No runs.");
        }
        RunCommand::Show { run_id, server, json } => {
            let run = server.get(&format!("/v1/runs/{run_id}"), &[]).await?;
            if json { output::json(&run) } else { show(&run) }
        }
        RunCommand::Cancel { run_id, reason, server, json } => {
            let body = json!({ "reason": reason.unwrap_or_default() });
            let run = server.post(&format!("/v1/runs/{run_id}/cancel"), &body).await?;
            output::say(&run, json, &format!("Asked {run_id} to stop."));
        }
        RunCommand::Retry { run_id, server, json } => {
            let run = server.post(&format!("/v1/runs/{run_id}/retry"), &json!({})).await?;
            output::say(&run, json, &format!("{run_id} goes on from the step that failed."));
        }
    }
    Ok(())
}

fn show(run: &Value) {
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
    if let Some(error) = error_of(run) {
        output::line(&format!("error: {error}"));
    }
    let calls = run.get("calls").and_then(Value::as_array).cloned().unwrap_or_default();
    let columns = ["number", "attempt", "function", "status", "started_at", "ended_at", "task"];
    let rows: Vec<Vec<String>> = calls
        .iter()
        .map(|call| {
            let cells = columns.iter().map(|name| field(call, name));
            cells.chain([remark(call)]).collect()
        })
        .collect();
    output::line("");
    let headings: Vec<&str> = columns.into_iter().chain(["remark"]).collect();
    output::table(&headings, &rows, "No calls yet.");
}

/// The error of a run or a call in a sentence.
pub(crate) fn error_of(value: &Value) -> Option<String> {
    let error = value.get("error").filter(|error| !error.is_null())?;
    let part = |name: &str| error.get(name).filter(|it| !it.is_null()).map(|_| field(error, name));
    let status = part("status").map(|status| format!(" ({status})")).unwrap_or_default();
    let text = match (part("title").or_else(|| part("type")), part("detail")) {
        (Some(title), Some(detail)) => format!("{title}{status}: {detail}"),
        (Some(title), None) => format!("{title}{status}"),
        (None, Some(detail)) => detail,
        (None, None) => error.to_string(),
    };
    Some(output::plain(&text))
}

/// What a journal's line says of a call: why it failed, what it waits for, when it is tried next.
fn remark(call: &Value) -> String {
    let text = |name: &str| call.get(name).and_then(Value::as_str);
    let error = error_of(call).map(|error| shorten(&error.replace('\n', " ")));
    let next = text("next_attempt_at").map(|at| format!("next try {at}"));
    let reason = text("waiting_for").map(str::to_owned);
    error.into_iter().chain(reason).chain(next).collect::<Vec<_>>().join("; ")
}

fn shorten(text: &str) -> String {
    if text.chars().count() <= REMARK_MAX {
        return text.to_owned();
    }
    let kept: String = text.chars().take(REMARK_MAX - 1).collect();
    format!("{kept}…")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_journals_line_says_why_a_call_failed_and_when_it_is_tried_again() {
        let call = json!({
            "status": "failed",
            "error": { "type": "https://e", "title": "Unavailable", "status": 503, "detail": "down" },
            "next_attempt_at": "2026-11-21T09:00:00Z",
        });
        assert_eq!(remark(&call), "Unavailable (503): down; next try 2026-11-21T09:00:00Z");
        let bare = json!({ "error": { "detail": "no clear answer" } });
        assert_eq!(remark(&bare), "no clear answer");
        let waiting = json!({ "waiting_for": "the credentials were refused" });
        assert_eq!(remark(&waiting), "the credentials were refused");
        assert_eq!(remark(&json!({ "status": "succeeded", "error": null })), "");
        let long = json!({ "error": { "title": "t", "detail": "x".repeat(500) } });
        assert_eq!(remark(&long).chars().count(), REMARK_MAX);
    }
}
