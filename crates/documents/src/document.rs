//! What can be typeset, as plain fields.

use chrono::NaiveDate;
use kernel::Timestamp;
use serde::{Serialize, Serializer};
use serde_json::Value;

use crate::{Template, markdown::Block, money};

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
    /// Whether it was withdrawn, so that nothing is due.
    pub is_void: bool,
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

/// What is offered to a client, and at what price where that is settled.
#[derive(Debug, Clone)]
pub struct Proposal {
    pub number: Option<String>,
    pub title: String,
    pub client: Party,
    pub summary: Option<String>,
    /// What is offered and why.
    pub sections: Vec<Section>,
    /// A proposal with a price ends with a place to sign.
    pub price: Option<Price>,
    pub milestones: Vec<Milestone>,
    pub prepared_on: NaiveDate,
    pub valid_until: Option<NaiveDate>,
    pub terms: Option<String>,
}

/// A part of a proposal.
#[derive(Debug, Clone)]
pub struct Section {
    pub title: String,
    pub markdown: String,
}

/// What a proposal costs. Amounts are minor units of `currency`.
#[derive(Debug, Clone)]
pub struct Price {
    /// ISO 4217.
    pub currency: String,
    pub lines: Vec<Charge>,
    pub total: i64,
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
    /// What lays it out.
    pub(crate) fn template(&self) -> Template {
        match self {
            Self::Deliverable(_) => Template::Deliverable,
            Self::Invoice(_) => Template::Invoice,
            Self::Proposal(_) => Template::Proposal,
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
            Self::Proposal(proposal) => proposal.size(),
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
        DeliverableView {
            title: &self.title,
            company_name: &self.company_name,
            body: body(&self.markdown),
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
    is_void: bool,
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
            is_void: self.is_void,
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
    number: Option<&'a str>,
    title: &'a str,
    client: &'a Party,
    summary: Option<&'a str>,
    sections: Vec<SectionView<'a>>,
    price: Option<PriceView<'a>>,
    milestones: Vec<MilestoneView<'a>>,
    prepared_on: String,
    valid_until: Option<String>,
    terms: Option<&'a str>,
}

#[derive(Serialize)]
struct SectionView<'a> {
    title: &'a str,
    body: Vec<Block>,
}

#[derive(Serialize)]
struct PriceView<'a> {
    currency: &'a str,
    lines: Vec<ChargeView<'a>>,
    total: String,
}

#[derive(Serialize)]
struct MilestoneView<'a> {
    name: &'a str,
    target: Option<String>,
    deliverables: &'a [String],
}

impl Proposal {
    fn size(&self) -> usize {
        let sections = self.sections.iter().map(|part| part.title.len() + part.markdown.len());
        let price = self.price.as_ref().map_or(0, |price| lines_size(&price.lines));
        sections.sum::<usize>() + price + self.summary.as_ref().map_or(0, String::len)
    }

    fn view(&self) -> ProposalView<'_> {
        let milestones = self.milestones.iter().map(|milestone| MilestoneView {
            name: &milestone.name,
            target: milestone.target.map(date),
            deliverables: &milestone.deliverables,
        });
        let sections = self
            .sections
            .iter()
            .map(|part| SectionView { title: &part.title, body: body(&part.markdown) });
        let price = self.price.as_ref().map(|price| PriceView {
            currency: &price.currency,
            lines: charges(&price.lines, &price.currency),
            total: money::text(price.total, &price.currency),
        });
        ProposalView {
            number: self.number.as_deref(),
            title: &self.title,
            client: &self.client,
            summary: self.summary.as_deref(),
            sections: sections.collect(),
            price,
            milestones: milestones.collect(),
            prepared_on: date(self.prepared_on),
            valid_until: self.valid_until.map(date),
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

/// The blocks of a text whose title stands above it already.
fn body(markdown: &str) -> Vec<Block> {
    let mut body = crate::markdown::blocks(markdown);
    if body.first().is_some_and(Block::is_title) {
        body.remove(0);
    }
    body
}

fn date(date: NaiveDate) -> String {
    date.format("%-d %B %Y").to_string()
}

impl Serialize for Document {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.data().serialize(serializer)
    }
}
