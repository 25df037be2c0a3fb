//! Deliverables: what the AI wrote for a lead.

use std::path::PathBuf;

use clap::{Subcommand, builder::PossibleValuesParser};
use serde_json::json;

use super::{
    output::{self, field},
    paging::Paging,
    server::Server,
};

const KINDS: [&str; 4] = ["branding_strategy", "website_plan", "social_strategy", "copywriting"];

#[derive(Debug, Subcommand)]
pub(crate) enum DeliverableCommand {
    /// List deliverables, newest first.
    #[command(after_help = "Example:\n  handoff deliverable list --lead lead_… --type copywriting")]
    List {
        /// Only those of this lead.
        #[arg(long, value_name = "LEAD_ID")]
        lead: Option<String>,
        /// Only those of this type.
        #[arg(long = "type", value_parser = PossibleValuesParser::new(KINDS))]
        kind: Option<String>,
        #[command(flatten)]
        paging: Paging,
        #[command(flatten)]
        server: Server,
        /// Print one JSON object.
        #[arg(long)]
        json: bool,
    },
    /// Say that a deliverable may go to the client. It counts towards the proposal.
    #[command(after_help = "Example:\n  handoff deliverable approve deliv_… --note 'Well done'")]
    Approve {
        /// The id that `deliverable list` shows.
        deliverable_id: String,
        /// What to say to whoever reads the review.
        #[arg(long, value_name = "TEXT")]
        note: Option<String>,
        #[command(flatten)]
        server: Server,
        /// Print one JSON object.
        #[arg(long)]
        json: bool,
    },
    /// Say that a deliverable may not go to the client. It does not count towards the proposal.
    #[command(
        after_help = "Example:\n  handoff deliverable reject deliv_… --note 'The tone is too formal'"
    )]
    Reject {
        /// The id that `deliverable list` shows.
        deliverable_id: String,
        /// What is wrong.
        #[arg(long, value_name = "TEXT")]
        note: String,
        #[command(flatten)]
        server: Server,
        /// Print one JSON object.
        #[arg(long)]
        json: bool,
    },
    /// Save a deliverable as PDF, in the tenant's branding.
    #[command(after_help = "Example:\n  handoff deliverable pdf deliv_… -o strategy.pdf")]
    Pdf {
        /// The id that `deliverable list` shows.
        deliverable_id: String,
        /// The file to write; what it holds is replaced.
        #[arg(long, short, value_name = "FILE")]
        output: PathBuf,
        #[command(flatten)]
        server: Server,
    },
    /// Show where a deliverable comes from, or its text.
    #[command(
        after_help = "Examples:\n  handoff deliverable show deliv_…\n  handoff deliverable show deliv_… --markdown > plan.md"
    )]
    Show {
        /// The id that `deliverable list` shows.
        deliverable_id: String,
        /// Print its text as Markdown, and nothing else.
        #[arg(long, conflicts_with = "json")]
        markdown: bool,
        #[command(flatten)]
        server: Server,
        /// Print one JSON object, the content included.
        #[arg(long)]
        json: bool,
    },
}

pub(crate) async fn run(command: DeliverableCommand) -> anyhow::Result<()> {
    match command {
        DeliverableCommand::List { lead, kind, paging, server, json } => {
            let query = paging.query(&[("lead_id", &lead), ("type", &kind)]);
            let list = server.get("/v1/deliverables", &query).await?;
            let fields =
                ["deliverable_id", "lead_id", "type", "status", "ai_model", "generated_at"];
            output::list(&list, json, &fields, "No deliverables.");
        }
        DeliverableCommand::Approve { deliverable_id, note, server, json } => {
            review(&server, &deliverable_id, "approve", note, json).await?;
        }
        DeliverableCommand::Reject { deliverable_id, note, server, json } => {
            review(&server, &deliverable_id, "reject", Some(note), json).await?;
        }
        DeliverableCommand::Pdf { deliverable_id, output, server } => {
            let bytes = server.download(&format!("/v1/deliverables/{deliverable_id}/pdf")).await?;
            output::file(&output, &bytes)?;
        }
        DeliverableCommand::Show { deliverable_id, markdown, server, json } => {
            let path = format!("/v1/deliverables/{deliverable_id}");
            let deliverable = server.get(&path, &[]).await?;
            if json {
                output::json(&deliverable);
            } else if markdown {
                output::line(&output::plain(&field(&deliverable, "markdown")));
            } else {
                let fields = [
                    "deliverable_id",
                    "lead_id",
                    "type",
                    "status",
                    "review_note",
                    "reviewed_by",
                    "reviewed_at",
                    "ai_model",
                    "prompt",
                    "prompt_version",
                    "tokens_used",
                    "external_id",
                    "generated_at",
                    "updated_at",
                ];
                output::fields(&deliverable, &fields);
                output::note("Its text: --markdown");
            }
        }
    }
    Ok(())
}

async fn review(
    server: &Server,
    deliverable_id: &str,
    decision: &str,
    note: Option<String>,
    json: bool,
) -> anyhow::Result<()> {
    let path = format!("/v1/deliverables/{deliverable_id}/review");
    let deliverable = server.put(&path, &json!({ "decision": decision, "note": note })).await?;
    if json {
        output::json(&deliverable);
    } else {
        let fields = ["deliverable_id", "type", "status", "review_note", "reviewed_by"];
        output::fields(&deliverable, &fields);
    }
    Ok(())
}
