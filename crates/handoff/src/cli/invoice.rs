//! Invoices: what clients owe, and what they paid.

use std::path::PathBuf;

use clap::{Subcommand, builder::PossibleValuesParser};

use super::{output, paging::Paging, server::Server};

const STATES: [&str; 4] = ["draft", "issued", "paid", "void"];

#[derive(Debug, Subcommand)]
pub(crate) enum InvoiceCommand {
    /// List invoices, newest first.
    #[command(after_help = "Example:\n  handoff invoice list --status issued")]
    List {
        /// Only those of this client.
        #[arg(long, value_name = "CLIENT_ID")]
        client: Option<String>,
        /// Only those of this project.
        #[arg(long, value_name = "PROJECT_ID")]
        project: Option<String>,
        /// Only those in this state.
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
    /// Show an invoice.
    #[command(after_help = "Example:\n  handoff invoice show inv_…")]
    Show {
        /// The id that `invoice list` shows.
        invoice_id: String,
        #[command(flatten)]
        server: Server,
        /// Print one JSON object.
        #[arg(long)]
        json: bool,
    },
    /// Save an invoice as PDF, in the tenant's branding.
    #[command(after_help = "Example:\n  handoff invoice pdf inv_… -o invoice.pdf")]
    Pdf {
        /// The id that `invoice list` shows.
        invoice_id: String,
        /// The file to write; what it holds is replaced.
        #[arg(long, short, value_name = "FILE")]
        output: PathBuf,
        #[command(flatten)]
        server: Server,
    },
}

pub(crate) async fn run(command: InvoiceCommand) -> anyhow::Result<()> {
    match command {
        InvoiceCommand::List { client, project, status, paging, server, json } => {
            let filters = [("client_id", &client), ("project_id", &project), ("status", &status)];
            let list = server.get("/v1/invoices", &paging.query(&filters)).await?;
            let fields = ["invoice_id", "number", "company_name", "amount", "status", "due_at"];
            output::list(&list, json, &fields, "No invoices.");
        }
        InvoiceCommand::Show { invoice_id, server, json } => {
            let invoice = server.get(&format!("/v1/invoices/{invoice_id}"), &[]).await?;
            let fields = [
                "invoice_id",
                "number",
                "client_id",
                "company_name",
                "project_id",
                "milestone",
                "description",
                "amount",
                "status",
                "issued_at",
                "due_at",
                "paid_at",
                "payment_reference",
                "void_reason",
                "pdf_url",
            ];
            if json { output::json(&invoice) } else { output::fields(&invoice, &fields) }
        }
        InvoiceCommand::Pdf { invoice_id, output, server } => {
            let bytes = server.download(&format!("/v1/invoices/{invoice_id}/pdf")).await?;
            output::file(&output, &bytes)?;
        }
    }
    Ok(())
}
