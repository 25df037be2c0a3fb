//! Documents for clients as PDF: deliverables, invoices, proposals.
//!
//! A [`Document`] and the [`Branding`] of its sender become JSON, which a Typst template of
//! `templates/documents` reads and lays out.
//!
//! Invariant: what people wrote reaches Typst as strings in that JSON, never as markup or code. A template
//! sees its own folder, the fonts, the logo and the data: no other file, no package, no network, no clock.
//! The same document, branding and time give the same bytes.

mod branding;
mod cache;
mod document;
mod logo;
mod markdown;
mod money;
mod printable;
pub mod sample;
mod template;
mod typesetter;
mod world;

pub use branding::{Branding, Colour, PageSize};
pub use document::{
    Charge, Deliverable, Document, Invoice, InvoiceTotals, Milestone, Party, Price, Proposal,
    Section,
};
pub use logo::{LOGO_MAX, Logo, LogoError, LogoFormat};
pub use template::{Template, TemplateVersion};
pub use typesetter::{DocumentError, Pdf, TemplateError, Typesetter};

#[cfg(test)]
mod tests;
