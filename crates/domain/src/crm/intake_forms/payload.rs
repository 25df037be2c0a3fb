//! A submission as the contract's webhook tells it.

use kernel::{Event, FormId, LeadId, SubmissionId};
use serde_json::{Value, json};
use store::TenantTx;

use super::{SOURCE, SUBMITTED};
use crate::Problem;

/// The body of the webhook `client.intake.submitted`; none for other events.
///
/// Source: the assistant's contract with the invoice system, 1.A.
pub async fn payload(tx: &mut TenantTx, event: &Event) -> Result<Option<Value>, Problem> {
    if event.kind != SUBMITTED || event.source != SOURCE {
        return Ok(None);
    }
    let id = event.data.get("submission_id").and_then(Value::as_str).unwrap_or_default();
    let id: SubmissionId = id.parse().map_err(Problem::internal)?;
    let row = sqlx::query!(
        r#"
        select s.intake, s.lead_id, s.form_id, f.source, f.assigned_to
        from crm.intake_submission s
        join crm.intake_form f on f.tenant_id = s.tenant_id and f.form_id = s.form_id
        where s.submission_id = $1
        "#,
        id.uuid(),
    )
    .fetch_optional(tx.conn())
    .await?;
    let Some(row) = row else { return Ok(None) };
    Ok(Some(json!({
        "event_type": SUBMITTED,
        "event_id": event.id,
        "timestamp": event.time,
        "intake_data": row.intake,
        "invoice_system_metadata": {
            "lead_id": LeadId::from(row.lead_id),
            "form_id": FormId::from(row.form_id),
            "source": row.source,
            "assigned_to": row.assigned_to,
        },
    })))
}
