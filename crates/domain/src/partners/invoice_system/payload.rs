//! A change of a sale or a project as the contract's webhook tells it.

use kernel::{Event, LeadId, ProjectId};
use serde_json::{Number, Value, json};
use store::TenantTx;

use crate::{Problem, crm::intake_forms};

const CHANGED: &str = "project.status.changed";
/// Changes made here. Those that others told us are not told back.
const SOURCE: &str = "delivery";

/// The body of the webhook that an assistant is told an event by; none for events that are not for it.
///
/// Source: the assistant's contract with the invoice system, 1.A.
pub async fn payload(tx: &mut TenantTx, event: &Event) -> Result<Option<Value>, Problem> {
    if event.kind == CHANGED && event.source == SOURCE {
        return status_changed(tx, event).await.map(Some);
    }
    intake_forms::payload(tx, event).await
}

async fn status_changed(tx: &mut TenantTx, event: &Event) -> Result<Value, Problem> {
    let fact = |name: &str| event.data.get(name).cloned().unwrap_or_default();
    let lead: Option<LeadId> = fact("lead_id").as_str().and_then(|id| id.parse().ok());
    let project: Option<ProjectId> = fact("project_id").as_str().and_then(|id| id.parse().ok());
    let company = sqlx::query_scalar!(
        r#"
        select coalesce(
            (select p.company_name from delivery.project p where p.project_id = $1),
            (select c.company_name from crm.lead l
             join crm.client c on c.tenant_id = l.tenant_id and c.client_id = l.client_id
             where l.lead_id = $2)) as company_name
        "#,
        project.map(ProjectId::uuid),
        lead.map(LeadId::uuid),
    )
    .fetch_one(tx.conn())
    .await?;
    Ok(json!({
        "event_type": CHANGED,
        "event_id": event.id,
        "timestamp": event.time,
        "project_data": {
            "project_id": project,
            "lead_id": lead,
            "company_name": company,
            "old_status": fact("old_status"),
            "new_status": fact("new_status"),
            "payment_status": fact("payment_status"),
            "amount_paid": number(&fact("amount_paid")),
            "next_milestone": fact("next_milestone"),
        },
    }))
}

/// The contract's amounts are JSON numbers. One that a number would not keep exactly stays text.
fn number(money: &Value) -> Value {
    const DIGITS_MAX: usize = 15;
    let Some(text) = money.get("amount").and_then(Value::as_str) else { return Value::Null };
    let digits = text.bytes().filter(u8::is_ascii_digit).count();
    match text.parse::<Number>() {
        Ok(number) if digits <= DIGITS_MAX => Value::Number(number),
        _ => Value::from(text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_amount_is_a_number_as_long_as_it_is_exact() {
        assert_eq!(number(&json!({ "amount": "15000.00", "currency": "USD" })), json!(15000.0));
        assert_eq!(number(&json!({ "amount": "0.10", "currency": "USD" })).to_string(), "0.1");
        let large = "12345678901234567.89";
        assert_eq!(number(&json!({ "amount": large, "currency": "USD" })), json!(large));
        assert_eq!(number(&Value::Null), Value::Null);
    }
}
