//! Runs: look at them, hold them, and help them on.

use clap::{Subcommand, builder::PossibleValuesParser};
use serde_json::{Value, json};

use super::{
    flow::read_json,
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
    /// Hold a run: nothing of it goes on until it is resumed.
    #[command(
        after_help = "Example:\n  handoff run pause run_… --reason \"the client asked us to wait\""
    )]
    Pause {
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
    /// Let a paused run go on, first with what came meanwhile.
    #[command(after_help = "Example:\n  handoff run resume run_…")]
    Resume {
        /// The id that `run list` shows.
        run_id: String,
        #[command(flatten)]
        server: Server,
        /// Print one JSON object.
        #[arg(long)]
        json: bool,
    },
    /// Let a faulted run go on behind the step that failed.
    #[command(
        after_help = "Example:\n  handoff run skip run_… --reason \"told the client by phone\" --output '{\"ts\":\"1\"}'"
    )]
    Skip {
        /// The id that `run list` shows.
        run_id: String,
        /// Why, for whoever looks later.
        #[arg(long)]
        reason: String,
        /// What the step is to have given: JSON, or @FILE. Its own input if it is left out.
        #[arg(long, value_name = "JSON")]
        output: Option<String>,
        #[command(flatten)]
        server: Server,
        /// Print one JSON object.
        #[arg(long)]
        json: bool,
    },
    /// Move a run to another version of its flow, where what it is in the middle of is the same.
    #[command(
        after_help = "Examples:\n  handoff run move run_… --version 1.1.0\n  handoff run list --flow welcome --status waiting --json"
    )]
    Move {
        /// The ids that `run list` shows.
        #[arg(required = true)]
        run_ids: Vec<String>,
        /// The version, or its digest, as `flow versions` shows; the one in use if it is left out.
        #[arg(long)]
        version: Option<String>,
        #[command(flatten)]
        server: Server,
        /// Print one JSON object for each run.
        #[arg(long)]
        json: bool,
    },
    /// Start a run again from its beginning, with the same input or another.
    #[command(
        after_help = "Example:\n  handoff run restart run_… --input '{\"lead_id\":\"lead_…\"}'"
    )]
    Restart {
        /// The id that `run list` shows.
        run_id: String,
        /// The new run's input: JSON, or @FILE. That of the first run if it is left out.
        #[arg(long, value_name = "JSON")]
        input: Option<String>,
        #[command(flatten)]
        server: Server,
        /// Print one JSON object.
        #[arg(long)]
        json: bool,
    },
    /// Let one run hear an event, as if it had happened.
    #[command(
        after_help = "Example:\n  handoff run event run_… --type client.project.approved --data '{\"project_id\":\"p1\"}'"
    )]
    Event {
        /// The id that `run list` shows.
        run_id: String,
        /// The type of the event, as the flow listens for it.
        #[arg(long = "type", value_name = "TYPE")]
        kind: String,
        /// What the event tells: JSON, or @FILE.
        #[arg(long, value_name = "JSON", default_value = "null")]
        data: String,
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
        RunCommand::Pause { run_id, reason, server, json } => {
            let body = json!({ "reason": reason.unwrap_or_default() });
            let run = server.post(&format!("/v1/runs/{run_id}/pause"), &body).await?;
            output::say(&run, json, &format!("{run_id} is paused until it is resumed."));
        }
        RunCommand::Resume { run_id, server, json } => {
            let run = server.post(&format!("/v1/runs/{run_id}/resume"), &json!({})).await?;
            output::say(&run, json, &format!("{run_id} goes on."));
        }
        RunCommand::Skip { run_id, reason, output, server, json } => {
            let mut body = json!({ "reason": reason });
            add(&mut body, "output", "--output", output.as_deref())?;
            let run = server.post(&format!("/v1/runs/{run_id}/skip"), &body).await?;
            output::say(&run, json, &format!("{run_id} goes on behind the step that failed."));
        }
        RunCommand::Move { run_ids, version, server, json } => {
            let body = json!({ "version": version });
            for run_id in run_ids {
                let run = server.post(&format!("/v1/runs/{run_id}/move"), &body).await?;
                let version = field(&run, "version");
                output::say(&run, json, &format!("{run_id} goes on as version {version}."));
            }
        }
        RunCommand::Restart { run_id, input, server, json } => {
            let mut body = json!({});
            add(&mut body, "input", "--input", input.as_deref())?;
            let started = server.post(&format!("/v1/runs/{run_id}/restart"), &body).await?;
            output::say(&started, json, &format!("Started {}.", field(&started, "run_id")));
        }
        RunCommand::Event { run_id, kind, data, server, json } => {
            let mut body = json!({ "type": kind });
            add(&mut body, "data", "--data", Some(&data))?;
            let run = server.post(&format!("/v1/runs/{run_id}/events"), &body).await?;
            output::say(&run, json, &format!("{run_id} hears of it within moments."));
        }
        RunCommand::Retry { run_id, server, json } => {
            let run = server.post(&format!("/v1/runs/{run_id}/retry"), &json!({})).await?;
            output::say(&run, json, &format!("{run_id} goes on from the step that failed."));
        }
    }
    Ok(())
}

/// Adds a member that an option gives as JSON.
fn add(body: &mut Value, name: &str, option: &str, text: Option<&str>) -> anyhow::Result<()> {
    let Some(text) = text else { return Ok(()) };
    let value = read_json(option, text)?;
    if let Some(object) = body.as_object_mut() {
        object.insert(name.to_owned(), value);
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
        output::line(&format!("error: {error}{}", place_of(run)));
    }
    if let Some(output) = run.get("output").filter(|output| !output.is_null()) {
        output::line(&format!("output: {}", shorten(&output::plain(&output.to_string()))));
    }
    for line in by_hand(run) {
        output::line(&output::plain(&line));
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

/// At which task a run failed.
fn place_of(run: &Value) -> String {
    let place = run.pointer("/error/instance").and_then(Value::as_str);
    place.map_or_else(String::new, |place| format!(", at {place}"))
}

/// What people did to a run, from its journal: `2026-11-21T09:00:00Z paused: the client asked us to wait`.
fn by_hand(run: &Value) -> Vec<String> {
    let steps = run.get("steps").and_then(Value::as_array).into_iter().flatten();
    steps
        .flat_map(|step| {
            let at = field(step, "at");
            let entries = step.get("entries").and_then(Value::as_array).into_iter().flatten();
            entries.filter_map(move |entry| Some(format!("{at} {}", deed(entry)?)))
        })
        .collect()
}

/// What an entry of the journal says that somebody did.
fn deed(entry: &Value) -> Option<String> {
    let text = |name: &str| entry.get(name).and_then(Value::as_str);
    if let Some(reason) = text("suspended") {
        return Some(format!("paused: {reason}"));
    }
    if entry.get("resumed").is_some() {
        return Some("resumed".to_owned());
    }
    if let (Some(task), Some(reason)) = (text("skipped_over"), text("reason")) {
        return Some(format!("skipped {task}: {reason}"));
    }
    let moved = entry.get("moved")?;
    let (from, to, by) = (field(moved, "from"), field(moved, "to"), field(moved, "by"));
    Some(format!("moved from version {from} to {to} by {by}"))
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
    fn what_people_did_to_a_run_is_told() {
        let run = json!({ "steps": [
            { "at": "t1", "entries": [{ "started": "/do/0/a" }, { "suspended": "wait for the client" }] },
            { "at": "t2", "entries": [{ "resumed": true }, { "skipped_over": "/do/0/a", "reason": "by phone" }] },
            { "at": "t3", "entries": [{ "moved": { "from": "1.0.0", "to": "1.1.0", "by": "token:ann" } }] },
        ] });
        assert_eq!(
            by_hand(&run),
            [
                "t1 paused: wait for the client",
                "t2 resumed",
                "t2 skipped /do/0/a: by phone",
                "t3 moved from version 1.0.0 to 1.1.0 by token:ann",
            ]
        );
        assert_eq!(place_of(&json!({ "error": { "instance": "/do/0/a" } })), ", at /do/0/a");
    }

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
