//! Writes one document of each kind into a folder, to be looked at:
//! `cargo run -p documents --example samples -- FOLDER`

use std::path::PathBuf;

use chrono::DateTime;
use documents::{
    Branding, Document, Logo, PageSize, Template, Typesetter,
    sample::{deliverable, sample},
};

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
    Ok(vec![
        ("branding", sample(Template::Deliverable), branded.clone()),
        ("social", Document::Deliverable(deliverable("Social media strategy", SOCIAL)), plain),
        ("invoice", sample(Template::Invoice), branded.clone()),
        ("invoice-letter", sample(Template::Invoice), letter),
        ("proposal", sample(Template::Proposal), branded),
    ])
}
