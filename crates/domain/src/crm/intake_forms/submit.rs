//! `POST /api/v1/intake-forms/{form_id}/submissions`

use chrono::TimeDelta;
use kernel::{FormId, SubmissionId};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use store::TenantTx;
use uuid::Uuid;

use super::{IntakeForm, SOURCE, SUBMITTED, fields};
use crate::{Caller, Operation, Permission, Problem, crm::leads, operation, text::ShortText};

/// How long the same answers of the same client are a double click and not another submission.
const DOUBLE: TimeDelta = TimeDelta::minutes(1);

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct SubmitIntakeForm {
    form_id: FormId,
    /// The answers, by the names of the form's fields: text, or a list of texts.
    intake_data: Map<String, Value>,
    /// The same answers under the same key again, however late, are the same submission.
    #[serde(default)]
    #[schemars(length(min = 8, max = 100), regex(pattern = "^[A-Za-z0-9_-]+$"))]
    submission_key: Option<String>,
}

/// What became of the answers.
#[derive(Debug, Serialize, JsonSchema)]
struct SubmittedForm {
    success: bool,
    submission_id: SubmissionId,
    /// What the form says to whoever filled it in.
    thank_you: String,
}

pub(super) fn operation() -> Operation {
    operation!(submit_intake_form(SubmitIntakeForm) -> SubmittedForm, Permission::SubmitForms)
        .post("/api/v1/intake-forms/{form_id}/submissions")
        .tag("intake forms")
        .says(
            "Fill in a form",
            "Needs no token. Makes a lead, or is merged into the client's open one. The same \
             answers within a minute, or under the same `submission_key`, are one submission.",
        )
        .creates()
        .public()
        .about("submission_id")
        .example(json!({
            "form_id": "form_01h455vb4pex5vsknk084sn02q",
            "intake_data": {
                "company_name": "TechFlow Solutions",
                "contact_email": "john@techflow.example",
                "key_services": ["Branding", "Website Design"],
            },
        }))
}

async fn submit_intake_form(
    tx: &mut TenantTx,
    caller: &Caller,
    input: SubmitIntakeForm,
) -> Result<SubmittedForm, Problem> {
    let form = super::load(tx, input.form_id).await?;
    if !form.is_active {
        return Err(Problem::new("form-closed", "this form takes no more answers; ask its owner"));
    }
    let intake = fields::read(&form.fields, &input.intake_data)?;
    // Locks the client's row, so two submissions of one client take turns from here on.
    tx.savepoint().await?;
    let lead = leads::submit(tx, caller, &new_lead(&form, &intake)?).await?.lead.lead;
    let now = tx.now();
    let repeated = sqlx::query_scalar!(
        r#"
        select submission_id from crm.intake_submission
        where client_id = $1 and form_id = $2 and intake = $4
          and (submission_key = $3 or $5 < submitted_at)
        limit 1
        "#,
        lead.client_id.uuid(),
        input.form_id.uuid(),
        input.submission_key,
        Value::Object(intake.clone()),
        now - DOUBLE,
    )
    .fetch_optional(tx.conn())
    .await?;
    if let Some(earlier) = repeated {
        tx.roll_back_to_savepoint().await?;
        return Ok(done(earlier, form));
    }
    tx.release_savepoint().await?;
    let id: SubmissionId = tx.new_id();
    sqlx::query!(
        r#"
        insert into crm.intake_submission
            (submission_id, form_id, lead_id, client_id, submission_key, intake, submitted_at)
        values ($1, $2, $3, $4, $5, $6, $7)
        "#,
        id.uuid(),
        input.form_id.uuid(),
        lead.lead_id.uuid(),
        lead.client_id.uuid(),
        input.submission_key,
        Value::Object(intake),
        now,
    )
    .execute(tx.conn())
    .await?;
    let facts = json!({
        "submission_id": id,
        "form_id": input.form_id,
        "lead_id": lead.lead_id,
        "client_id": lead.client_id,
    });
    tx.append(SOURCE, SUBMITTED, Some(lead.lead_id.to_string()), facts).await?;
    Ok(done(id.uuid(), form))
}

fn done(submission: Uuid, form: IntakeForm) -> SubmittedForm {
    SubmittedForm { success: true, submission_id: submission.into(), thank_you: form.thank_you }
}

fn new_lead(form: &IntakeForm, intake: &Map<String, Value>) -> Result<leads::NewLead, Problem> {
    let text = |name: &str| intake.get(name).and_then(Value::as_str);
    let short = |name: &str| -> Result<Option<ShortText>, Problem> {
        text(name)
            .map(str::parse)
            .transpose()
            .map_err(|detail: String| Problem::field(format!("/intake_data/{name}"), detail))
    };
    let missing = |name: &str| Problem::field(format!("/intake_data/{name}"), "is required");
    let email = text("contact_email").ok_or_else(|| missing("contact_email"))?;
    let email = email.parse().map_err(|_invalid| {
        Problem::field("/intake_data/contact_email", "must be an e-mail address")
    })?;
    Ok(leads::NewLead {
        source: form.source.parse().map_err(|why: String| Problem::field("/source", why))?,
        company_name: short("company_name")?.ok_or_else(|| missing("company_name"))?,
        contact_email: email,
        contact_name: short("contact_name")?,
        phone: text("phone").and_then(|phone| phone.parse().ok()),
        industry: short("industry")?,
        external_lead_id: None,
        external_lead_url: None,
        intake: intake.clone(),
    })
}
