//! Projects: work that was agreed on, with its milestones.

use clap::Subcommand;
use serde_json::{Value, json};

use super::{
    output::{self, field},
    paging::Paging,
    server::Server,
};

#[derive(Debug, Subcommand)]
pub(crate) enum ProjectCommand {
    /// List projects, newest first.
    #[command(after_help = "Example:\n  handoff project list --lead lead_…")]
    List {
        /// Only those of this lead.
        #[arg(long, value_name = "LEAD_ID")]
        lead: Option<String>,
        /// Only those with this status, such as `contract_signed`.
        #[arg(long)]
        status: Option<String>,
        #[command(flatten)]
        paging: Paging,
        #[command(flatten)]
        server: Server,
        /// Print one JSON object.
        #[arg(long)]
        json: bool,
    },
    /// Show a project with its milestones.
    #[command(after_help = "Example:\n  handoff project show proj_…")]
    Show {
        /// The id that `project list` shows.
        project_id: String,
        #[command(flatten)]
        server: Server,
        /// Print one JSON object.
        #[arg(long)]
        json: bool,
    },
    /// Say that a milestone is completed; once, however often it is said.
    #[command(
        after_help = "Example:\n  handoff project complete proj_… 'Brand Strategy' --invoice --amount 15000"
    )]
    Complete {
        /// The id that `project list` shows.
        project_id: String,
        /// The milestone's name, as `project show` has it.
        milestone: String,
        /// Also invoice it.
        #[arg(long)]
        invoice: bool,
        /// What to invoice, in the tenant's home currency (default: the milestone's amount).
        #[arg(long, requires = "invoice")]
        amount: Option<String>,
        /// What stands on the invoice.
        #[arg(long, requires = "invoice", value_name = "TEXT")]
        description: Option<String>,
        /// How much of the project is done by now.
        #[arg(long, value_name = "PERCENT", value_parser = clap::value_parser!(u8).range(0..=100))]
        progress: Option<u8>,
        /// What comes next.
        #[arg(long, value_name = "TEXT")]
        next_steps: Option<String>,
        #[command(flatten)]
        server: Server,
        /// Print one JSON object.
        #[arg(long)]
        json: bool,
    },
}

pub(crate) async fn run(command: ProjectCommand) -> anyhow::Result<()> {
    match command {
        ProjectCommand::List { lead, status, paging, server, json } => {
            let query = paging.query(&[("lead_id", &lead), ("status", &status)]);
            let list = server.get("/v1/projects", &query).await?;
            let fields = [
                "project_id",
                "name",
                "company_name",
                "status",
                "completion_percentage",
                "created_at",
            ];
            output::list(&list, json, &fields, "No projects.");
        }
        ProjectCommand::Show { project_id, server, json } => {
            let project = server.get(&format!("/v1/projects/{project_id}"), &[]).await?;
            if json { output::json(&project) } else { show(&project) }
        }
        ProjectCommand::Complete {
            project_id,
            milestone,
            invoice,
            amount,
            description,
            progress,
            next_steps,
            server,
            json,
        } => {
            let mut body = json!({ "milestone": milestone, "trigger_invoice": invoice });
            for (name, value) in [
                ("invoice_amount", amount.map(Value::from)),
                ("invoice_description", description.map(Value::from)),
                ("completion_percentage", progress.map(Value::from)),
                ("next_steps", next_steps.map(Value::from)),
            ] {
                if let Some(value) = value {
                    body[name] = value;
                }
            }
            let path = format!("/v1/projects/{project_id}/milestones/complete");
            let done = server.post(&path, &body).await?;
            output::say(&done, json, &output::plain(&told(&milestone, &done["invoice"])));
        }
    }
    Ok(())
}

fn told(milestone: &str, invoice: &Value) -> String {
    if invoice.is_null() {
        return format!("`{milestone}` is completed.");
    }
    let (number, id) = (field(invoice, "number"), field(invoice, "invoice_id"));
    format!("`{milestone}` is completed and invoiced: {number}, {id}.")
}

fn show(project: &Value) {
    let fields = [
        "project_id",
        "name",
        "client_id",
        "company_name",
        "lead_id",
        "external_project_id",
        "status",
        "payment_status",
        "amount_paid",
        "completion_percentage",
        "next_milestone",
        "next_steps",
        "estimated_completion",
        "created_at",
        "updated_at",
    ];
    output::fields(project, &fields);
    let milestones = project["milestones"].as_array().map_or(&[][..], Vec::as_slice);
    let columns = ["name", "target_date", "amount", "completed_at", "invoice_id"];
    let row = |milestone: &Value| columns.iter().map(|name| field(milestone, name)).collect();
    let rows: Vec<Vec<String>> = milestones.iter().map(row).collect();
    output::line("");
    output::table(&columns, &rows, "No milestones.");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_completed_is_told_with_its_invoice_where_there_is_one() {
        assert_eq!(told("Launch", &Value::Null), "`Launch` is completed.");
        let invoice = json!({ "number": "INV-000001", "invoice_id": "inv_1" });
        assert_eq!(
            told("Launch", &invoice),
            "`Launch` is completed and invoiced: INV-000001, inv_1."
        );
    }
}
