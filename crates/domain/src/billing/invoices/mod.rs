//! Invoices: numbered without gaps, one for each milestone that is invoiced.

mod get;
mod issue;
mod list;
mod pay;
mod pdf;
mod void;

use std::str::FromStr;

use kernel::{ClientId, InvoiceId, MilestoneId, Money, ProjectId, Timestamp};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use store::TenantTx;
use uuid::Uuid;

pub(crate) use issue::issue;

use crate::{Operation, Problem};

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum InvoiceStatus {
    Draft,
    Issued,
    Paid,
    Void,
}

impl InvoiceStatus {
    pub const ALL: [Self; 4] = [Self::Draft, Self::Issued, Self::Paid, Self::Void];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::Issued => "issued",
            Self::Paid => "paid",
            Self::Void => "void",
        }
    }
}

#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("no such status of an invoice")]
pub struct UnknownStatus;

impl FromStr for InvoiceStatus {
    type Err = UnknownStatus;

    fn from_str(text: &str) -> Result<Self, UnknownStatus> {
        Self::ALL.into_iter().find(|status| status.as_str() == text).ok_or(UnknownStatus)
    }
}

#[derive(Debug, Serialize, JsonSchema)]
pub struct InvoiceView {
    pub invoice_id: InvoiceId,
    /// Such as `INV-000001`. A tenant's numbers have no gaps.
    pub number: String,
    pub client_id: ClientId,
    pub company_name: String,
    pub project_id: ProjectId,
    pub milestone_id: MilestoneId,
    pub milestone: String,
    pub description: String,
    pub amount: Money,
    pub status: InvoiceStatus,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub issued_at: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub due_at: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub paid_at: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub payment_reference: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub void_reason: Option<String>,
    /// Where whoever has this address gets it as PDF; absent where nobody said how we are reached.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pdf_url: Option<String>,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

struct InvoiceRow {
    invoice_id: Uuid,
    number: i64,
    client_id: Uuid,
    company_name: String,
    project_id: Uuid,
    milestone_id: Uuid,
    milestone: String,
    description: String,
    amount_minor: i64,
    currency: String,
    status: String,
    issued_at: Option<Timestamp>,
    due_at: Option<Timestamp>,
    paid_at: Option<Timestamp>,
    payment_reference: Option<String>,
    void_reason: Option<String>,
    created_at: Timestamp,
    updated_at: Timestamp,
}

impl InvoiceView {
    fn of(row: InvoiceRow, tx: &TenantTx) -> Result<Self, Problem> {
        let currency = row.currency.parse().map_err(Problem::internal)?;
        let invoice_id = InvoiceId::from(row.invoice_id);
        let (id, links) = (invoice_id.to_string(), tx.db().links());
        Ok(Self {
            invoice_id,
            number: number_text(row.number),
            client_id: row.client_id.into(),
            company_name: row.company_name,
            project_id: row.project_id.into(),
            milestone_id: row.milestone_id.into(),
            milestone: row.milestone,
            description: row.description,
            amount: Money::from_minor(row.amount_minor, currency),
            status: row.status.parse().map_err(Problem::internal)?,
            issued_at: row.issued_at,
            due_at: row.due_at,
            paid_at: row.paid_at,
            payment_reference: row.payment_reference,
            void_reason: row.void_reason,
            pdf_url: links.and_then(|links| links.address(tx.tenant(), "invoices", &id, None)),
            created_at: row.created_at,
            updated_at: row.updated_at,
        })
    }
}

pub(crate) fn number_text(number: i64) -> String {
    format!("INV-{number:06}")
}

pub(crate) async fn load(tx: &mut TenantTx, invoice: InvoiceId) -> Result<InvoiceView, Problem> {
    let row = sqlx::query_as!(
        InvoiceRow,
        r#"
        select i.invoice_id, i.number, i.client_id, c.company_name, i.project_id, i.milestone_id,
               m.name as milestone, i.description, i.amount_minor, i.currency, i.status, i.issued_at,
               i.due_at, i.paid_at, i.payment_reference, i.void_reason, i.created_at, i.updated_at
        from billing.invoice i
        join crm.client c on c.tenant_id = i.tenant_id and c.client_id = i.client_id
        join delivery.milestone m
            on m.tenant_id = i.tenant_id and m.milestone_id = i.milestone_id
        where i.invoice_id = $1
        "#,
        invoice.uuid(),
    )
    .fetch_optional(tx.conn())
    .await?
    .ok_or_else(|| Problem::not_found("invoice"))?;
    InvoiceView::of(row, tx)
}

/// An invoice's number and status, its row locked until the transaction ends.
async fn lock(tx: &mut TenantTx, invoice: InvoiceId) -> Result<(String, InvoiceStatus), Problem> {
    let row = sqlx::query!(
        "select number, status from billing.invoice where invoice_id = $1 for update",
        invoice.uuid()
    )
    .fetch_optional(tx.conn())
    .await?
    .ok_or_else(|| Problem::not_found("invoice"))?;
    Ok((number_text(row.number), row.status.parse().map_err(Problem::internal)?))
}

pub(super) fn operations() -> Vec<Operation> {
    vec![list::operation(), get::operation(), pdf::operation(), pay::operation(), void::operation()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_text_of_a_status_reads_back_as_the_status() {
        for status in InvoiceStatus::ALL {
            assert_eq!(status.as_str().parse(), Ok(status));
            assert_eq!(serde_json::to_value(status).unwrap(), status.as_str());
        }
    }

    #[test]
    fn a_number_has_six_digits_and_more_when_it_needs_them() {
        assert_eq!(number_text(1), "INV-000001");
        assert_eq!(number_text(12_345_678), "INV-12345678");
    }
}
