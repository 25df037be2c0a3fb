//! Whole documents: what they say, that they are the same each time, and that no text is obeyed.

mod hostile;

use chrono::{DateTime, NaiveDate};
use kernel::Timestamp;
use typst::layout::{Frame, FrameItem};

use crate::{
    Branding, Charge, Deliverable, Document, Invoice, InvoiceTotals, PageSize, Party, Price,
    Proposal, Section, Typesetter,
};

pub(super) fn now() -> Timestamp {
    DateTime::UNIX_EPOCH + chrono::TimeDelta::days(20_000)
}

pub(super) fn deliverable(markdown: &str) -> Document {
    Document::Deliverable(Deliverable {
        title: "Branding strategy".to_owned(),
        company_name: "TechFlow Solutions".to_owned(),
        markdown: markdown.to_owned(),
        generated_at: now(),
        ai_model: "offline-template".to_owned(),
        is_draft: true,
    })
}

pub(super) fn branding() -> Branding {
    Branding { name: "Northlight Studio".to_owned(), ..Branding::default() }
}

fn invoice() -> Invoice {
    let day = NaiveDate::from_ymd_opt(2025, 11, 15).unwrap();
    Invoice {
        number: "INV-0042".to_owned(),
        client: Party { name: "TechFlow".to_owned(), ..Party::default() },
        currency: "JPY".to_owned(),
        lines: vec![Charge {
            description: "Workshop".to_owned(),
            quantity: Some("2".to_owned()),
            unit_price: Some(60_000),
            amount: 120_000,
        }],
        totals: InvoiceTotals {
            subtotal: 120_000,
            tax: None,
            total: 120_000,
            paid: 0,
            due: 120_000,
        },
        issued_on: day,
        due_on: day,
        paid_on: None,
        is_void: false,
        project: None,
        milestone: None,
        terms: None,
        notes: None,
        payment_url: Some("javascript:alert(1)".to_owned()),
    }
}

/// The text of a document as a reader sees it, page by page.
pub(super) fn text(document: &Document, branding: &Branding) -> Vec<String> {
    let paged = Typesetter::load(None).unwrap().pages(document, branding);
    paged.pages().iter().map(|page| text_of(&page.frame)).collect()
}

fn text_of(frame: &Frame) -> String {
    let item = |item: &FrameItem| match item {
        FrameItem::Group(group) => text_of(&group.frame),
        FrameItem::Text(text) => format!("{}\n", text.text),
        _ => String::new(),
    };
    frame.items().map(|(_, found)| item(found)).collect()
}

#[test]
fn a_deliverable_says_who_made_it_for_whom_and_that_it_is_a_draft() {
    let markdown = "# Branding strategy: TechFlow\n\n## Colours\n\n| Use | Colour |\n| - | - |\n| Primary | #1E40AF |";
    let pages = text(&deliverable(markdown), &branding());
    insta::assert_snapshot!(pages.join("---\n"));
}

#[test]
fn an_invoice_says_what_is_due_in_its_currency() {
    let terms = Some("Within 14 days.".to_owned());
    let branding = Branding { payment_terms: terms, ..branding() };
    let pages = text(&Document::Invoice(invoice()), &branding);
    insta::assert_snapshot!(pages.join("---\n"));
}

#[test]
fn a_paid_invoice_says_so_and_asks_for_nothing() {
    let mut paid = invoice();
    paid.paid_on = Some(paid.issued_on);
    paid.payment_url = Some("https://pay.example/1".to_owned());
    let said = text(&Document::Invoice(paid), &branding()).concat();
    assert!(said.contains("Paid in full") && !said.contains("Amount due"), "{said}");
    assert!(!said.contains("pay.example"), "{said}");
}

#[test]
fn a_void_invoice_says_so_and_asks_for_nothing() {
    let mut void = invoice();
    void.is_void = true;
    void.payment_url = Some("https://pay.example/1".to_owned());
    let said = text(&Document::Invoice(void), &branding()).concat();
    assert!(said.contains("Void") && said.contains("Nothing is due"), "{said}");
    assert!(!said.contains("Amount due") && !said.contains("pay.example"), "{said}");
}

#[test]
fn the_same_input_gives_the_same_bytes() {
    let render = |document: &Document, branding: &Branding| {
        // Another typesetter each time, so that nothing is remembered.
        Typesetter::load(None).unwrap().render(document, branding, now()).unwrap()
    };
    let document = deliverable("# A\n\nText, *more* text and `code`.");
    let first = render(&document, &branding());
    assert_eq!(first.bytes, render(&document, &branding()).bytes);
    assert!(first.bytes.starts_with(b"%PDF-"));
    assert_ne!(first.bytes, render(&deliverable("# A\n\nOther text."), &branding()).bytes);
    let letter = Branding { page_size: PageSize::Letter, ..branding() };
    assert_ne!(first.bytes, render(&document, &letter).bytes);
}

#[test]
fn a_proposal_with_a_price_ends_with_a_place_to_sign() {
    let day = NaiveDate::from_ymd_opt(2025, 11, 15).unwrap();
    let mut proposal = Proposal {
        number: Some("PROP-1".to_owned()),
        title: "Full package".to_owned(),
        client: Party { name: "TechFlow".to_owned(), ..Party::default() },
        summary: Some("In short.".to_owned()),
        sections: vec![Section {
            title: "Why".to_owned(),
            markdown: "# Why this\n\nBecause.".to_owned(),
        }],
        price: Some(Price { currency: "USD".to_owned(), lines: invoice().lines, total: 120_000 }),
        milestones: vec![],
        prepared_on: day,
        valid_until: Some(day),
        terms: None,
    };
    let said = text(&Document::Proposal(proposal.clone()), &branding()).concat();
    for expected in ["Because.", "USD\u{a0}1,200.00", "For TechFlow: name, date, signature"] {
        assert!(said.contains(expected), "{expected}: {said}");
    }
    assert!(!said.contains("Milestones") && !said.contains("Why this"), "{said}");

    (proposal.number, proposal.price, proposal.valid_until) = (None, None, None);
    let said = text(&Document::Proposal(proposal), &branding()).concat();
    for expected in ["In short.", "Because."] {
        assert!(said.contains(expected), "{expected}: {said}");
    }
    for unsettled in ["Investment", "signature", "VALID UNTIL"] {
        assert!(!said.contains(unsettled), "{unsettled}: {said}");
    }
}

#[test]
fn an_operators_template_replaces_the_shipped_one() {
    let folder = std::env::temp_dir().join(format!("handoff-templates-{}", std::process::id()));
    std::fs::create_dir_all(folder.join("documents")).unwrap();
    let template = "#import \"house.typ\": *\n#set page(width: 10cm, height: 10cm)\nOurs: #document-data.title";
    std::fs::write(folder.join("documents/deliverable.typ"), template).unwrap();
    let typesetter = Typesetter::load(Some(&folder)).unwrap();
    let paged = typesetter.pages(&deliverable(""), &branding());
    assert!(text_of(&paged.pages()[0].frame).contains("Ours: Branding strategy"));

    let reader = "#read(\"/etc/passwd\")";
    std::fs::write(folder.join("documents/deliverable.typ"), reader).unwrap();
    let typesetter = Typesetter::load(Some(&folder)).unwrap();
    let refused = typesetter.render(&deliverable(""), &branding(), now()).unwrap_err();
    assert!(refused.to_string().contains("deliverable.typ"), "{refused}");
    std::fs::remove_dir_all(folder).unwrap();
}
