//! Leads: what clients asked for, with the assessment.

use clap::{Subcommand, builder::PossibleValuesParser};
use serde_json::Value;

use super::{output, paging::Paging, server::Server};

const STATES: [&str; 4] = ["open", "merged", "won", "lost"];

#[derive(Debug, Subcommand)]
pub(crate) enum LeadCommand {
    /// List leads, newest first.
    #[command(after_help = "Example:\n  handoff lead list --status open --limit 50")]
    List {
        /// Only leads of this client.
        #[arg(long, value_name = "CLIENT_ID")]
        client: Option<String>,
        /// Only leads in this state.
        #[arg(long, value_parser = PossibleValuesParser::new(STATES))]
        status: Option<String>,
        /// Only those whose company or address holds this text.
        #[arg(long)]
        text: Option<String>,
        #[command(flatten)]
        paging: Paging,
        #[command(flatten)]
        server: Server,
        /// Print one JSON object.
        #[arg(long)]
        json: bool,
    },
    /// Show a lead with the client's latest intake.
    #[command(after_help = "Example:\n  handoff lead show lead_…")]
    Show {
        /// The id that `lead list` shows.
        lead_id: String,
        #[command(flatten)]
        server: Server,
        /// Print one JSON object.
        #[arg(long)]
        json: bool,
    },
}

pub(crate) async fn run(command: LeadCommand) -> anyhow::Result<()> {
    match command {
        LeadCommand::List { client, status, text, paging, server, json } => {
            let filters = [("client_id", &client), ("status", &status), ("text", &text)];
            let list = server.get("/v1/leads", &paging.query(&filters)).await?;
            let fields = [
                "lead_id",
                "company_name",
                "status",
                "complexity_score",
                "recommended_package",
                "external_lead_id",
                "created_at",
            ];
            output::list(&list, json, &fields, "No leads.");
        }
        LeadCommand::Show { lead_id, server, json } => {
            let lead = server.get(&format!("/v1/leads/{lead_id}"), &[]).await?;
            if json { output::json(&lead) } else { show(&lead) }
        }
    }
    Ok(())
}

fn show(lead: &Value) {
    let fields = [
        "lead_id",
        "client_id",
        "company_name",
        "contact_email",
        "source",
        "status",
        "submissions",
        "external_lead_id",
        "external_lead_url",
        "complexity_score",
        "estimated_hours",
        "recommended_package",
        "summary",
        "created_at",
        "updated_at",
    ];
    output::fields(lead, &fields);
    if let Some(intake) = lead.get("intake") {
        output::line("\nintake");
        output::json(intake);
    }
}
