//! Clients: the companies that the business works for.

use clap::{Args, Subcommand, builder::PossibleValuesParser};
use serde_json::{Map, Value, json};

use super::{output, paging::Paging, server::Server};
use crate::failure::Failure;

const STAGES: [&str; 7] =
    ["intake", "assessed", "proposal", "contract", "paid", "delivered", "lost"];

const FIELDS: [&str; 9] = [
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
    /// Correct who a client is.
    #[command(
        after_help = "Examples:\n  handoff client update client_… --phone '+1 555 010 0123'\n  handoff client update client_… --industry ''"
    )]
    Update {
        /// The id that `client list` shows.
        client_id: String,
        #[command(flatten)]
        facts: Facts,
        #[command(flatten)]
        server: Server,
        /// Print one JSON object.
        #[arg(long)]
        json: bool,
    },
}

/// What is not given stays.
#[derive(Debug, Args)]
pub(crate) struct Facts {
    /// The company's name.
    #[arg(long, value_name = "NAME")]
    company_name: Option<String>,
    /// The address that says who the client is.
    #[arg(long, value_name = "ADDRESS")]
    email: Option<String>,
    /// Whom we speak to; empty for nobody in particular.
    #[arg(long, value_name = "NAME")]
    contact_name: Option<String>,
    /// A phone number; empty for none.
    #[arg(long, value_name = "NUMBER")]
    phone: Option<String>,
    /// What the company does; empty where it is not known.
    #[arg(long, value_name = "TEXT")]
    industry: Option<String>,
}

impl Facts {
    fn changes(self) -> Map<String, Value> {
        let required = [("company_name", self.company_name), ("email", self.email)];
        let optional = [
            ("contact_name", self.contact_name),
            ("phone", self.phone),
            ("industry", self.industry),
        ];
        let given = |(name, value): (&str, Option<String>)| Some((name.to_owned(), json!(value?)));
        let or_null = |(name, value): (&str, Option<String>)| {
            let value = value?;
            Some((
                name.to_owned(),
                if value.trim().is_empty() { Value::Null } else { json!(value) },
            ))
        };
        required
            .into_iter()
            .filter_map(given)
            .chain(optional.into_iter().filter_map(or_null))
            .collect()
    }
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
            if json { output::json(&client) } else { output::fields(&client, &FIELDS) }
        }
        ClientCommand::Update { client_id, facts, server, json } => {
            let mut changes = facts.changes();
            if changes.is_empty() {
                let detail =
                    "name what to change, such as --phone; see `handoff client update --help`";
                return Err(Failure::Usage(detail.to_owned()).into());
            }
            let path = format!("/v1/clients/{client_id}");
            let seen = server.get(&path, &[]).await?;
            changes.insert("seen_updated_at".to_owned(), seen["updated_at"].clone());
            let client = server.patch(&path, &Value::Object(changes)).await?;
            if json { output::json(&client) } else { output::fields(&client, &FIELDS) }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_given_stays_and_what_is_empty_is_taken_away() {
        let facts = Facts {
            company_name: None,
            email: Some("ada@example.com".to_owned()),
            contact_name: None,
            phone: Some(" ".to_owned()),
            industry: Some("SaaS".to_owned()),
        };
        let expected = json!({ "email": "ada@example.com", "phone": null, "industry": "SaaS" });
        assert_eq!(Value::Object(facts.changes()), expected);
    }
}
