//! Human tasks: what runs ask people for.

use clap::{Subcommand, builder::PossibleValuesParser};
use serde_json::json;

use super::{
    flow::read_json,
    output::{self, field},
    paging::Paging,
    server::Server,
};

#[derive(Debug, Subcommand)]
pub(crate) enum HumanTaskCommand {
    /// List human tasks, newest first.
    #[command(after_help = "Example:\n  handoff human-task list --status open --assignee finance")]
    List {
        /// Only those in this state.
        #[arg(long, value_parser = PossibleValuesParser::new(["open", "completed", "cancelled"]))]
        status: Option<String>,
        /// Only those of this kind.
        #[arg(long, value_parser = PossibleValuesParser::new(["approval", "assignment"]))]
        kind: Option<String>,
        /// Only those meant for them.
        #[arg(long)]
        assignee: Option<String>,
        /// Only those of this run.
        #[arg(long, value_name = "RUN_ID")]
        run: Option<String>,
        #[command(flatten)]
        paging: Paging,
        #[command(flatten)]
        server: Server,
        /// Print one JSON object.
        #[arg(long)]
        json: bool,
    },
    /// Show what is to be decided or done, and what came of it.
    #[command(after_help = "Example:\n  handoff human-task show htask_…")]
    Show {
        /// The id that `human-task list` shows.
        human_task_id: String,
        #[command(flatten)]
        server: Server,
        /// Print one JSON object.
        #[arg(long)]
        json: bool,
    },
    /// Approve or reject. The run that asked goes on.
    #[command(
        after_help = "Example:\n  handoff human-task decide htask_… approved --comment 'fine by me'"
    )]
    Decide {
        /// The id that `human-task list` shows.
        human_task_id: String,
        /// What is decided.
        #[arg(value_parser = PossibleValuesParser::new(["approved", "rejected"]))]
        decision: String,
        /// Why, for the flow and for whoever reads it later.
        #[arg(long)]
        comment: Option<String>,
        #[command(flatten)]
        server: Server,
        /// Print one JSON object.
        #[arg(long)]
        json: bool,
    },
    /// Say that an assignment is done. The run that asked goes on.
    #[command(
        after_help = "Example:\n  handoff human-task complete htask_… --result '{\"url\":\"https://…\"}'"
    )]
    Complete {
        /// The id that `human-task list` shows.
        human_task_id: String,
        /// What came of it, as the task's form describes it: JSON, or @FILE.
        #[arg(long, default_value = "null", value_name = "JSON")]
        result: String,
        #[command(flatten)]
        server: Server,
        /// Print one JSON object.
        #[arg(long)]
        json: bool,
    },
}

pub(crate) async fn run(command: HumanTaskCommand) -> anyhow::Result<()> {
    match command {
        HumanTaskCommand::List { status, kind, assignee, run, paging, server, json } => {
            let query = paging.query(&[
                ("status", &status),
                ("kind", &kind),
                ("assignee", &assignee),
                ("run_id", &run),
            ]);
            let list = server.get("/v1/human-tasks", &query).await?;
            let fields =
                ["human_task_id", "kind", "status", "title", "assignee", "due_at", "is_overdue"];
            output::list(&list, json, &fields, "No human tasks.");
        }
        HumanTaskCommand::Show { human_task_id, server, json } => {
            let task = server.get(&format!("/v1/human-tasks/{human_task_id}"), &[]).await?;
            if json {
                output::json(&task);
            } else {
                let fields = [
                    "human_task_id",
                    "kind",
                    "status",
                    "title",
                    "description",
                    "assignee",
                    "roles",
                    "details",
                    "form",
                    "due_at",
                    "flow",
                    "run_id",
                    "created_at",
                    "ended_at",
                    "ended_by",
                    "outcome",
                ];
                output::fields(&task, &fields);
            }
        }
        HumanTaskCommand::Decide { human_task_id, decision, comment, server, json } => {
            let body = json!({ "decision": decision, "comment": comment });
            let path = format!("/v1/human-tasks/{human_task_id}/decide");
            let task = server.post(&path, &body).await?;
            output::say(&task, json, &format!("“{}” is {decision}.", field(&task, "title")));
        }
        HumanTaskCommand::Complete { human_task_id, result, server, json } => {
            let body = json!({ "result": read_json("--result", &result)? });
            let path = format!("/v1/human-tasks/{human_task_id}/complete");
            let task = server.post(&path, &body).await?;
            output::say(&task, json, &format!("“{}” is done.", field(&task, "title")));
        }
    }
    Ok(())
}
