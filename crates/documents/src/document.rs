//! What can be typeset, as plain fields.

use chrono::NaiveDate;
use kernel::Timestamp;
use serde::{Serialize, Serializer};
use serde_json::Value;

use crate::{markdown::Block, money};

/// A document, by the template that lays it out.
#[derive(Debug, Clone)]
pub enum Document {
    Deliverable(Deliverable),
    Invoice(Invoice),
    Proposal(Proposal),
}

/// Work handed to a client, such as a branding strategy.
#[derive(Debug, Clone)]
pub struct Deliverable {
    /// Such as `Branding strategy`.
    pub title: String,
    /// Whom it was made for.
    pub company_name: String,
    pub markdown: String,
    pub generated_at: Timestamp,
    pub ai_model: String,
    /// Whether nobody has approved it yet.
    pub is_draft: bool,
}

/// A demand for payment. Amounts are minor units of `currency`.
#[derive(Debug, Clone)]
pub struct Invoice {
    pub number: String,
    pub client: Party,
    /// ISO 4217.
    pub currency: String,
    pub lines: Vec<Charge>,
    pub totals: InvoiceTotals,
    pub issued_on: NaiveDate,
    pub due_on: NaiveDate,
    /// When it was paid in full.
    pub paid_on: Option<NaiveDate>,
    pub project: Option<String>,
    pub milestone: Option<String>,
    /// How to pay; the branding's terms when there are none.
    pub terms: Option<String>,
    pub notes: Option<String>,
    /// Where the client can pay.
    pub payment_url: Option<String>,
}

/// What the lines add up to, as the books have it: nothing is computed here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct InvoiceTotals {
    pub subtotal: i64,
    /// None where no tax applies.
    pub tax: Option<i64>,
    pub total: i64,
    pub paid: i64,
    pub due: i64,
}

/// An offer that a client can accept.
#[derive(Debug, Clone)]
pub struct Proposal {
    pub number: String,
    pub title: String,
    pub client: Party,
    /// What is offered and why, as Markdown.
    pub markdown: String,
    /// ISO 4217.
    pub currency: String,
    pub lines: Vec<Charge>,
    pub total: i64,
    pub milestones: Vec<Milestone>,
    pub prepared_on: NaiveDate,
    pub valid_until: NaiveDate,
    pub terms: Option<String>,
}

/// The other side of a document.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Party {
    pub name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub contact: Option<String>,
    pub address_lines: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub phone: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tax_id: Option<String>,
}

/// One line of an invoice or a proposal.
#[derive(Debug, Clone)]
pub struct Charge {
    pub description: String,
    /// As it is shown, such as `12.5 h`.
    pub quantity: Option<String>,
    pub unit_price: Option<i64>,
    pub amount: i64,
}

#[derive(Debug, Clone)]
pub struct Milestone {
    pub name: String,
    pub target: Option<NaiveDate>,
    pub deliverables: Vec<String>,
}

impl Document {
    /// The template's file.
    pub(crate) fn template(&self) -> &'static str {
        match self {
            Self::Deliverable(_) => "deliverable.typ",
            Self::Invoice(_) => "invoice.typ",
            Self::Proposal(_) => "proposal.typ",
        }
    }

    /// What the template reads. Amounts and dates are text already, so templates compute nothing.
    pub(crate) fn data(&self) -> Value {
        let value = match self {
            Self::Deliverable(deliverable) => serde_json::to_value(deliverable.view()),
            Self::Invoice(invoice) => serde_json::to_value(invoice.view()),
            Self::Proposal(proposal) => serde_json::to_value(proposal.view()),
        };
        value.unwrap_or_default()
    }

    /// How much text there is, in bytes.
    pub(crate) fn size(&self) -> usize {
        match self {
            Self::Deliverable(deliverable) => deliverable.markdown.len(),
            Self::Invoice(invoice) => lines_size(&invoice.lines),
            Self::Proposal(proposal) => proposal.markdown.len() + lines_size(&proposal.lines),
        }
    }
}

fn lines_size(lines: &[Charge]) -> usize {
    // Even an empty line takes a row.
    lines.iter().map(|line| line.description.len() + 100).sum()
}

#[derive(Serialize)]
struct DeliverableView<'a> {
    title: &'a str,
    company_name: &'a str,
    body: Vec<Block>,
    date: String,
    ai_model: &'a str,
    is_draft: bool,
}

impl Deliverable {
    fn view(&self) -> DeliverableView<'_> {
        let mut body = crate::markdown::blocks(&self.markdown);
        // The title stands above the text already.
        if body.first().is_some_and(Block::is_title) {
            body.remove(0);
        }
        DeliverableView {
            title: &self.title,
            company_name: &self.company_name,
            body,
            date: date(self.generated_at.date_naive()),
            ai_model: &self.ai_model,
            is_draft: self.is_draft,
        }
    }
}

#[derive(Serialize)]
struct InvoiceView<'a> {
    number: &'a str,
    client: &'a Party,
    currency: &'a str,
    lines: Vec<ChargeView<'a>>,
    totals: TotalsView,
    issued_on: String,
    due_on: String,
    paid_on: Option<String>,
    project: Option<&'a str>,
    milestone: Option<&'a str>,
    terms: Option<&'a str>,
    notes: Option<&'a str>,
    payment_url: Option<&'a str>,
}

#[derive(Serialize)]
struct TotalsView {
    subtotal: String,
    tax: Option<String>,
    total: String,
    paid: Option<String>,
    due: String,
}

impl Invoice {
    fn view(&self) -> InvoiceView<'_> {
        let amount = |minor| money::text(minor, &self.currency);
        let totals = self.totals;
        InvoiceView {
            number: &self.number,
            client: &self.client,
            currency: &self.currency,
            lines: charges(&self.lines, &self.currency),
            totals: TotalsView {
                subtotal: amount(totals.subtotal),
                tax: totals.tax.map(amount),
                total: amount(totals.total),
                paid: (totals.paid != 0).then(|| amount(totals.paid)),
                due: amount(totals.due),
            },
            issued_on: date(self.issued_on),
            due_on: date(self.due_on),
            paid_on: self.paid_on.map(date),
            project: self.project.as_deref(),
            milestone: self.milestone.as_deref(),
            terms: self.terms.as_deref(),
            notes: self.notes.as_deref(),
            payment_url: self.payment_url.as_deref().filter(|url| crate::markdown::is_link(url)),
        }
    }
}

#[derive(Serialize)]
struct ProposalView<'a> {
    number: &'a str,
    title: &'a str,
    client: &'a Party,
    body: Vec<Block>,
    currency: &'a str,
    lines: Vec<ChargeView<'a>>,
    total: String,
    milestones: Vec<MilestoneView<'a>>,
    prepared_on: String,
    valid_until: String,
    terms: Option<&'a str>,
}

#[derive(Serialize)]
struct MilestoneView<'a> {
    name: &'a str,
    target: Option<String>,
    deliverables: &'a [String],
}

impl Proposal {
    fn view(&self) -> ProposalView<'_> {
        let milestones = self.milestones.iter().map(|milestone| MilestoneView {
            name: &milestone.name,
            target: milestone.target.map(date),
            deliverables: &milestone.deliverables,
        });
        ProposalView {
            number: &self.number,
            title: &self.title,
            client: &self.client,
            body: crate::markdown::blocks(&self.markdown),
            currency: &self.currency,
            lines: charges(&self.lines, &self.currency),
            total: money::text(self.total, &self.currency),
            milestones: milestones.collect(),
            prepared_on: date(self.prepared_on),
            valid_until: date(self.valid_until),
            terms: self.terms.as_deref(),
        }
    }
}

#[derive(Serialize)]
struct ChargeView<'a> {
    description: &'a str,
    quantity: Option<&'a str>,
    unit_price: Option<String>,
    amount: String,
}

fn charges<'a>(lines: &'a [Charge], currency: &str) -> Vec<ChargeView<'a>> {
    let view = |line: &'a Charge| ChargeView {
        description: &line.description,
        quantity: line.quantity.as_deref(),
        unit_price: line.unit_price.map(|price| money::digits(price, currency)),
        amount: money::digits(line.amount, currency),
    };
    lines.iter().map(view).collect()
}

fn date(date: NaiveDate) -> String {
    date.format("%-d %B %Y").to_string()
}

impl Serialize for Document {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.data().serialize(serializer)
    }
}
