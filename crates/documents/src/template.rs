//! Which templates there are.

/// What lays out one kind of document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Template {
    Deliverable,
    Invoice,
    Proposal,
}

/// What every template imports.
pub(crate) const SHARED: &str = "house.typ";

impl Template {
    pub const ALL: [Self; 3] = [Self::Deliverable, Self::Invoice, Self::Proposal];

    /// Its file, in `templates/documents`.
    pub fn file(self) -> &'static str {
        match self {
            Self::Deliverable => "deliverable.typ",
            Self::Invoice => "invoice.typ",
            Self::Proposal => "proposal.typ",
        }
    }
}

/// A template as it is in use.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TemplateVersion {
    pub template: Template,
    /// The first twelve hexadecimal digits of a digest of the template and of what it shares with the others.
    pub version: String,
    /// Whether it is as it came with the program.
    pub is_shipped: bool,
}
