//! `GET /v1/intake-forms/{form_id}/submissions`

use kernel::{ClientId, FormId, LeadId, SubmissionId, Timestamp};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use store::TenantTx;

use crate::{Caller, Cursor, Limit, Operation, Page, Permission, Problem, operation};

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct ListIntakeSubmissions {
    form_id: FormId,
    #[serde(default)]
    limit: Option<Limit>,
    #[serde(default)]
    cursor: Option<Cursor>,
}

/// A filled-in form.
#[derive(Debug, Serialize, JsonSchema)]
struct IntakeSubmission {
    submission_id: SubmissionId,
    lead_id: LeadId,
    client_id: ClientId,
    /// What the client wrote. Untrusted.
    intake: Value,
    submitted_at: Timestamp,
}

pub(super) fn operation() -> Operation {
    operation!(list_intake_submissions(ListIntakeSubmissions) -> Page<IntakeSubmission>, Permission::ReadForms)
        .get("/v1/intake-forms/{form_id}/submissions")
        .tag("intake forms")
        .says("List submissions of a form", "Newest first, each as it was sent.")
        .about("form_id")
        .example(json!({ "form_id": "form_01h455vb4pex5vsknk084sn02q" }))
}

async fn list_intake_submissions(
    tx: &mut TenantTx,
    _: &Caller,
    input: ListIntakeSubmissions,
) -> Result<Page<IntakeSubmission>, Problem> {
    super::load(tx, input.form_id).await?;
    let limit = input.limit.unwrap_or_default();
    let rows = sqlx::query!(
        r#"
        select submission_id, lead_id, client_id, intake, submitted_at
        from crm.intake_submission
        where form_id = $1 and ($2::uuid is null or submission_id < $2)
        order by submission_id desc
        limit $3
        "#,
        input.form_id.uuid(),
        input.cursor.map(Cursor::uuid),
        limit.rows(),
    )
    .fetch_all(tx.conn())
    .await?;
    let items = rows.into_iter().map(|row| IntakeSubmission {
        submission_id: row.submission_id.into(),
        lead_id: row.lead_id.into(),
        client_id: row.client_id.into(),
        intake: row.intake,
        submitted_at: row.submitted_at,
    });
    Ok(Page::new(items.collect(), limit, |item: &IntakeSubmission| item.submission_id))
}
