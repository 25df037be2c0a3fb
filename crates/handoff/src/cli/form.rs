//! Intake forms: where clients tell what they need.

use clap::Subcommand;
use serde_json::{Map, Value, json};

use super::{output, paging::Paging, server::Server};

#[derive(Debug, Subcommand)]
pub(crate) enum FormCommand {
    /// List intake forms, newest first.
    #[command(after_help = "Example:\n  handoff form list")]
    List {
        #[command(flatten)]
        paging: Paging,
        #[command(flatten)]
        server: Server,
        /// Print one JSON object.
        #[arg(long)]
        json: bool,
    },
    /// Make a form with every field that an intake can hold, and print where it is.
    #[command(
        after_help = "Example:\n  handoff form create 'Tell us about your project' --assigned-to sales_team \\\n    --origin https://studio.example"
    )]
    Create {
        /// What stands above it.
        title: String,
        /// Who is told to follow up.
        #[arg(long)]
        assigned_to: Option<String>,
        /// A site that may embed the form; can be given more than once.
        #[arg(long, value_name = "URL")]
        origin: Vec<String>,
        #[command(flatten)]
        server: Server,
        /// Print one JSON object.
        #[arg(long)]
        json: bool,
    },
    /// Show a form and its fields.
    #[command(after_help = "Example:\n  handoff form show form_…")]
    Show {
        /// The id that `form list` shows.
        form_id: String,
        #[command(flatten)]
        server: Server,
        /// Print one JSON object.
        #[arg(long)]
        json: bool,
    },
    /// Close a form: its page says so, and takes no more answers.
    #[command(after_help = "Example:\n  handoff form close form_…")]
    Close {
        /// The id that `form list` shows.
        form_id: String,
        #[command(flatten)]
        server: Server,
    },
    /// Open a closed form again.
    #[command(after_help = "Example:\n  handoff form open form_…")]
    Open {
        /// The id that `form list` shows.
        form_id: String,
        #[command(flatten)]
        server: Server,
    },
    /// List what was submitted to a form, newest first.
    #[command(after_help = "Example:\n  handoff form submissions form_… --json")]
    Submissions {
        /// The id that `form list` shows.
        form_id: String,
        #[command(flatten)]
        paging: Paging,
        #[command(flatten)]
        server: Server,
        /// Print one JSON object.
        #[arg(long)]
        json: bool,
    },
}

pub(crate) async fn run(command: FormCommand) -> anyhow::Result<()> {
    match command {
        FormCommand::List { paging, server, json } => {
            let list = server.get("/v1/intake-forms", &paging.query(&[])).await?;
            let fields = ["form_id", "title", "is_active", "path", "created_at"];
            output::list(&list, json, &fields, "No forms. Make one with `handoff form create`.");
        }
        FormCommand::Create { title, assigned_to, origin, server, json } => {
            let mut body = Map::from_iter([
                ("title".to_owned(), Value::from(title)),
                ("allowed_origins".to_owned(), Value::from(origin)),
            ]);
            body.extend(assigned_to.map(|who| ("assigned_to".to_owned(), Value::from(who))));
            let form = server.post("/v1/intake-forms", &Value::Object(body)).await?;
            if json { output::json(&form) } else { show(&server, form) }
        }
        FormCommand::Show { form_id, server, json } => {
            let form = server.get(&format!("/v1/intake-forms/{form_id}"), &[]).await?;
            if json { output::json(&form) } else { show(&server, form) }
        }
        FormCommand::Close { form_id, server } => set_active(&server, &form_id, false).await?,
        FormCommand::Open { form_id, server } => set_active(&server, &form_id, true).await?,
        FormCommand::Submissions { form_id, paging, server, json } => {
            let path = format!("/v1/intake-forms/{form_id}/submissions");
            let list = server.get(&path, &paging.query(&[])).await?;
            let fields = ["submission_id", "lead_id", "client_id", "submitted_at"];
            output::list(&list, json, &fields, "Nothing was submitted yet.");
        }
    }
    Ok(())
}

async fn set_active(server: &Server, form: &str, is_active: bool) -> anyhow::Result<()> {
    let body = json!({ "is_active": is_active });
    let form = server.patch(&format!("/v1/intake-forms/{form}"), &body).await?;
    show(server, form);
    Ok(())
}

fn show(server: &Server, mut form: Value) {
    form["address"] = form["path"].as_str().map_or(Value::Null, |path| server.address(path).into());
    let fields =
        ["form_id", "title", "is_active", "address", "source", "assigned_to", "allowed_origins"];
    output::fields(&form, &fields);
    let questions = form.get("fields").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    output::line("\nfields");
    for question in questions {
        let text = |name: &str| question.get(name).and_then(Value::as_str).unwrap_or_default();
        let required = question.get("required").and_then(Value::as_bool).unwrap_or(false);
        let mark = if required { " (required)" } else { "" };
        output::line(&format!(
            "  {:<22} {:<10} {}{mark}",
            text("name"),
            text("kind"),
            text("label")
        ));
    }
}
