//! A document of each kind about a client that does not exist, to look at a template with.

use chrono::{DateTime, NaiveDate, TimeDelta};

use crate::{
    Charge, Deliverable, Document, Invoice, InvoiceTotals, Milestone, Party, Price, Proposal,
    Section, Template,
};

const MARKDOWN: &str = include_str!("../examples/branding.md");
/// When the sample's text was made, in days since 1970.
const MADE: TimeDelta = TimeDelta::days(20_407);

/// A document that the template lays out, with everything that it can show.
pub fn sample(template: Template) -> Document {
    match template {
        Template::Deliverable => Document::Deliverable(deliverable("Branding strategy", MARKDOWN)),
        Template::Invoice => Document::Invoice(invoice()),
        Template::Proposal => Document::Proposal(proposal()),
    }
}

/// A draft of this text.
pub fn deliverable(title: &str, markdown: &str) -> Deliverable {
    Deliverable {
        title: title.to_owned(),
        company_name: "TechFlow Solutions".to_owned(),
        markdown: markdown.to_owned(),
        generated_at: DateTime::UNIX_EPOCH + MADE,
        ai_model: "offline-template".to_owned(),
        is_draft: true,
    }
}

fn client() -> Party {
    Party {
        name: "TechFlow Solutions".to_owned(),
        contact: Some("John Smith".to_owned()),
        address_lines: vec!["500 Market Street".to_owned(), "San Francisco, CA 94105".to_owned()],
        email: Some("john.smith@techflow.example".to_owned()),
        phone: None,
        tax_id: None,
    }
}

fn charges() -> Vec<Charge> {
    let charge = |description: &str, hours: i64, price: i64| Charge {
        description: description.to_owned(),
        quantity: Some(format!("{hours} h")),
        unit_price: Some(price),
        amount: hours * price,
    };
    vec![
        charge("Brand strategy workshop, positioning and naming architecture", 24, 12_500),
        charge("Visual identity: logo, palette, typography and guidelines", 60, 12_500),
        Charge {
            description: "Licence of the typeface, one year".to_owned(),
            quantity: None,
            unit_price: None,
            amount: 45_000,
        },
    ]
}

fn day(year: i32, month: u32, day: u32) -> NaiveDate {
    NaiveDate::from_ymd_opt(year, month, day).unwrap_or_default()
}

fn invoice() -> Invoice {
    Invoice {
        number: "INV-2025-0042".to_owned(),
        client: client(),
        currency: "USD".to_owned(),
        lines: charges(),
        totals: InvoiceTotals {
            subtotal: 1_095_000,
            tax: Some(175_200),
            total: 1_270_200,
            paid: 250_000,
            due: 1_020_200,
        },
        issued_on: day(2025, 11, 15),
        due_on: day(2025, 11, 29),
        paid_on: None,
        is_void: false,
        project: Some("TechFlow Solutions: Full Branding Package".to_owned()),
        milestone: Some("Milestone 1: Brand Strategy & Guidelines".to_owned()),
        terms: None,
        notes: Some("Thank you for your trust.".to_owned()),
        payment_url: Some("https://pay.northlight.example/inv/0042".to_owned()),
    }
}

fn proposal() -> Proposal {
    let milestone = |name: &str, date, deliverables: &[&str]| Milestone {
        name: name.to_owned(),
        target: Some(date),
        deliverables: deliverables.iter().map(|text| (*text).to_owned()).collect(),
    };
    let section =
        |title: &str, text: &str| Section { title: title.to_owned(), markdown: text.to_owned() };
    Proposal {
        number: Some("PROP-789".to_owned()),
        title: "Full Branding Package".to_owned(),
        client: client(),
        summary: Some("A brand that shows what the product does.".to_owned()),
        sections: vec![
            section(
                "What we heard",
                "TechFlow sells **workflow automation** to teams of 50 to 500 people, and its brand does \
                 not show it yet.",
            ),
            section(
                "What we propose",
                "1. A strategy that a founder can use the same day.\n2. An identity that carries it.\n\
                 3. A site that converts.",
            ),
        ],
        price: Some(Price { currency: "USD".to_owned(), lines: charges(), total: 1_095_000 }),
        milestones: vec![
            milestone("Brand strategy", day(2025, 12, 1), &["Brand guidelines", "Logo concepts"]),
            milestone("Website", day(2026, 2, 1), &["Design", "Build", "Launch"]),
        ],
        prepared_on: day(2025, 11, 15),
        valid_until: Some(day(2025, 12, 15)),
        terms: Some("Half on signature, half on delivery.".to_owned()),
    }
}
