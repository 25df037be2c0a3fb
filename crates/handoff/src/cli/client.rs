//! Clients: the companies that the business works for.

use clap::{Subcommand, builder::PossibleValuesParser};

use super::{output, paging::Paging, server::Server};

const STAGES: [&str; 7] =
    ["intake", "assessed", "proposal", "contract", "paid", "delivered", "lost"];

#[derive(Debug, Subcommand)]
pub(crate) enum ClientCommand {
    /// List clients, newest first.
    #[command(after_help = "Example:\n  handoff client list --stage assessed --text ada")]
    List {
        /// Only clients in this stage.
        #[arg(long, value_parser = PossibleValuesParser::new(STAGES))]
        stage: Option<String>,
        /// Only those whose name or address holds this text.
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
    /// Show a client.
    #[command(after_help = "Example:\n  handoff client show client_…")]
    Show {
        /// The id that `client list` shows.
        client_id: String,
        #[command(flatten)]
        server: Server,
        /// Print one JSON object.
        #[arg(long)]
        json: bool,
    },
}

pub(crate) async fn run(command: ClientCommand) -> anyhow::Result<()> {
    match command {
        ClientCommand::List { stage, text, paging, server, json } => {
            let query = paging.query(&[("stage", &stage), ("text", &text)]);
            let list = server.get("/v1/clients", &query).await?;
            let fields = ["client_id", "company_name", "email", "stage", "created_at"];
            output::list(&list, json, &fields, "No clients.");
        }
        ClientCommand::Show { client_id, server, json } => {
            let client = server.get(&format!("/v1/clients/{client_id}"), &[]).await?;
            let fields = [
                "client_id",
                "company_name",
                "contact_name",
                "email",
                "phone",
                "industry",
                "stage",
                "created_at",
                "updated_at",
            ];
            if json { output::json(&client) } else { output::fields(&client, &fields) }
        }
    }
    Ok(())
}
