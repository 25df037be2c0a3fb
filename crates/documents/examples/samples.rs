//! Writes one document of each kind into a folder, to be looked at:
//! `cargo run -p documents --example samples -- FOLDER`

use std::path::PathBuf;

use chrono::{DateTime, NaiveDate};
use documents::{
    Branding, Charge, Deliverable, Document, Invoice, InvoiceTotals, Logo, Milestone, PageSize,
    Party, Price, Proposal, Section, Typesetter,
};

const MARKDOWN: &str = include_str!("branding.md");
const SOCIAL: &str = include_str!("social.md");
const LOGO: &str = "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 40 40'>\
    <rect width='40' height='40' rx='9' fill='#0F766E'/>\
    <path d='M11 29V11h5l8 12V11h5v18h-5l-8-12v12z' fill='#fff'/></svg>";

fn main() -> anyhow::Result<()> {
    let folder = std::env::args_os().nth(1).map_or_else(|| PathBuf::from("."), PathBuf::from);
    std::fs::create_dir_all(&folder)?;
    let typesetter = Typesetter::load(None)?;
    let now = DateTime::UNIX_EPOCH + chrono::TimeDelta::days(20_409);
    for (name, document, branding) in samples()? {
        let pdf = typesetter.render(&document, &branding, now)?;
        std::fs::write(folder.join(name).with_extension("pdf"), &pdf.bytes)?;
    }
    Ok(())
}

fn samples() -> anyhow::Result<Vec<(&'static str, Document, Branding)>> {
    let plain = Branding { name: "Default".to_owned(), ..Branding::default() };
    let branded = Branding {
        name: "Northlight Studio".to_owned(),
        address_lines: vec!["12 Ngong Road".to_owned(), "00100 Nairobi, Kenya".to_owned()],
        tax_id: Some("P051234567X".to_owned()),
        email: Some("hello@northlight.example".to_owned()),
        phone: Some("+254 700 000 000".to_owned()),
        primary_color: "#0F766E".parse()?,
        page_size: PageSize::A4,
        payment_terms: Some("By bank transfer or M-PESA within 14 days.".to_owned()),
        logo: Some(Logo::new(LOGO.as_bytes().to_vec())?),
    };
    let letter = Branding {
        page_size: PageSize::Letter,
        primary_color: "#FACC15".parse()?,
        logo: None,
        ..branded.clone()
    };
    let deliverable = |title: &str, markdown: &str| {
        Document::Deliverable(Deliverable {
            title: title.to_owned(),
            company_name: "TechFlow Solutions".to_owned(),
            markdown: markdown.to_owned(),
            generated_at: DateTime::UNIX_EPOCH + chrono::TimeDelta::days(20_407),
            ai_model: "offline-template".to_owned(),
            is_draft: true,
        })
    };
    Ok(vec![
        ("branding", deliverable("Branding strategy", MARKDOWN), branded.clone()),
        ("social", deliverable("Social media strategy", SOCIAL), plain),
        ("invoice", Document::Invoice(invoice()), branded.clone()),
        ("invoice-letter", Document::Invoice(invoice()), letter),
        ("proposal", Document::Proposal(proposal()), branded),
    ])
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
