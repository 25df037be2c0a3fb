//! Templates and fonts, ready to typeset.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use chrono::{Datelike as _, Timelike as _};
use include_dir::{Dir, include_dir};
use kernel::Timestamp;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use typst::{
    diag::{Severity, SourceDiagnostic},
    foundations::{Bytes, Datetime, Smart},
    text::Font,
};
use typst_layout::PagedDocument;
use typst_pdf::{PdfOptions, Timestamp as PdfTimestamp};

use crate::{
    Branding, Document, Template, TemplateVersion,
    cache::{Cache, Digest},
    template::SHARED,
    world::{Desk, House},
};

static TEMPLATES: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/../../templates/documents");
static FONTS: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/../../templates/fonts");

/// The most text of a document; some two hundred pages.
const TEXT_MAX: usize = 600_000;
/// The most pieces of a document: paragraphs, cells, marks. Each costs time, however little it says.
const PIECES_MAX: usize = 50_000;
/// The most pages of a document.
const PAGES_MAX: usize = 500;
/// How many documents ago a part must have been used to be remembered: the house's parts are, a
/// client's are not.
const MEMORY: usize = 2;
const VERSION_DIGITS: usize = 12;

/// A finished document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pdf {
    pub bytes: Arc<[u8]>,
    pub pages: usize,
}

/// Why a document was not typeset.
#[derive(Debug, thiserror::Error)]
pub enum DocumentError {
    #[error("the document is too long to typeset: {0} bytes of text, and at most {TEXT_MAX} fit")]
    TooLong(usize),
    #[error("the document has {0} pieces, and at most {PIECES_MAX} are laid out")]
    TooIntricate(usize),
    #[error("the document has {0} pages, and at most {PAGES_MAX} are made")]
    TooManyPages(usize),
    #[error("the template `{template}` cannot be typeset: {faults}")]
    Template { template: &'static str, faults: String },
}

/// Why templates cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum TemplateError {
    #[error("cannot read {}", path.display())]
    File {
        path: PathBuf,
        #[source]
        source: std::io::Error,
    },
    #[error("{} is not a font; use TrueType or OpenType", .0.display())]
    Font(PathBuf),
}

/// Typesets documents. Slow work without waiting: call it where blocking is allowed.
pub struct Typesetter {
    house: Arc<House>,
    /// Of the templates and fonts.
    digest: Digest,
    versions: Vec<TemplateVersion>,
    cache: Cache,
}

impl std::fmt::Debug for Typesetter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Typesetter").finish_non_exhaustive()
    }
}

impl Typesetter {
    /// The shipped templates and fonts. What is in the `documents` and `fonts` of a folder replaces those of
    /// the same name, or is added to them.
    pub fn load(folder: Option<&Path>) -> Result<Self, TemplateError> {
        let mut templates = shipped(&TEMPLATES, "typ");
        let mut fonts = shipped(&FONTS, "ttf");
        if let Some(folder) = folder {
            replace(&mut templates, &folder.join("documents"), &["typ"])?;
            replace(&mut fonts, &folder.join("fonts"), &["ttf", "otf", "ttc"])?;
        }
        let versions = Template::ALL.map(|template| version(template, &templates)).to_vec();
        let mut digest = Sha256::new();
        for (name, bytes) in templates.iter().chain(&fonts) {
            digest.update((name.len() as u64).to_be_bytes());
            digest.update(name);
            digest.update((bytes.len() as u64).to_be_bytes());
            digest.update(bytes);
        }
        let mut faces = Vec::new();
        for (name, bytes) in fonts {
            let found: Vec<Font> = Font::iter(Bytes::new(bytes)).collect();
            if found.is_empty() {
                return Err(TemplateError::Font(name.into()));
            }
            faces.extend(found);
        }
        let texts = templates
            .into_iter()
            .map(|(name, bytes)| (name, String::from_utf8_lossy(&bytes).into_owned()))
            .collect();
        Ok(Self {
            house: Arc::new(House::new(faces, texts)),
            digest: digest.finalize().into(),
            versions,
            cache: Cache::default(),
        })
    }

    /// The templates in use.
    pub fn versions(&self) -> &[TemplateVersion] {
        &self.versions
    }

    /// The document as PDF, made at `now` as its properties say.
    pub fn render(
        &self,
        document: &Document,
        branding: &Branding,
        now: Timestamp,
    ) -> Result<Pdf, DocumentError> {
        if TEXT_MAX < document.size() {
            return Err(DocumentError::TooLong(document.size()));
        }
        let data = self.data(document, branding);
        let pieces = pieces(&data);
        if PIECES_MAX < pieces {
            return Err(DocumentError::TooIntricate(pieces));
        }
        let digest = self.digest(document.template().file(), &data.to_string(), branding, now);
        if let Some(pdf) = self.cache.get(&digest) {
            return Ok(pdf);
        }
        let pdf = self.typeset(document.template().file(), &data, branding, now)?;
        self.cache.put(digest, pdf.clone());
        Ok(pdf)
    }

    /// All that the template is given.
    fn data(&self, document: &Document, branding: &Branding) -> Value {
        let mut data = json!({
            "branding": branding,
            "colors": {
                "primary": branding.primary_color,
                "on_primary": branding.primary_color.text_on_it(),
                "text": branding.primary_color.as_text(),
            },
            "logo": branding.logo.as_ref().map(|logo| logo.format().file()),
            "document": document.data(),
        });
        self.house.leave_out_marks(&mut data);
        data
    }

    fn digest(&self, template: &str, data: &str, branding: &Branding, now: Timestamp) -> Digest {
        let mut digest = Sha256::new();
        let logo = branding.logo.as_ref().map(crate::Logo::bytes).unwrap_or_default();
        let now = now.timestamp().to_be_bytes();
        for part in [&self.digest[..], template.as_bytes(), data.as_bytes(), logo, &now] {
            digest.update((part.len() as u64).to_be_bytes());
            digest.update(part);
        }
        digest.finalize().into()
    }

    fn typeset(
        &self,
        template: &'static str,
        data: &Value,
        branding: &Branding,
        now: Timestamp,
    ) -> Result<Pdf, DocumentError> {
        let failed = |faults: &[SourceDiagnostic]| DocumentError::Template {
            template,
            faults: describe(faults),
        };
        let desk = Desk::new(&self.house, template, data, branding).ok_or_else(|| failed(&[]))?;
        let compiled = typst::compile::<PagedDocument>(&desk);
        for warning in &compiled.warnings {
            tracing::debug!(template, warning = %warning.message, "typesetting");
        }
        let paged = compiled.output.map_err(|faults| failed(&faults))?;
        let pages = paged.pages().len();
        if PAGES_MAX < pages {
            return Err(DocumentError::TooManyPages(pages));
        }
        let options = PdfOptions {
            creator: Smart::Custom(Some("Handoff".to_owned())),
            timestamp: moment(now).map(PdfTimestamp::new_utc),
            ..PdfOptions::default()
        };
        let bytes = typst_pdf::pdf(&paged, &options).map_err(|faults| failed(&faults))?;
        comemo::evict(MEMORY);
        Ok(Pdf { bytes: bytes.into(), pages })
    }

    #[cfg(test)]
    pub(crate) fn pages(&self, document: &Document, branding: &Branding) -> PagedDocument {
        let data = self.data(document, branding);
        let desk = Desk::new(&self.house, document.template().file(), &data, branding).unwrap();
        typst::compile::<PagedDocument>(&desk).output.unwrap()
    }
}

fn pieces(data: &Value) -> usize {
    match data {
        Value::Array(items) => items.iter().map(pieces).sum::<usize>() + 1,
        Value::Object(fields) => fields.values().map(pieces).sum::<usize>() + 1,
        _ => 1,
    }
}

fn describe(faults: &[SourceDiagnostic]) -> String {
    let errors = faults.iter().filter(|fault| fault.severity == Severity::Error);
    errors.map(|fault| fault.message.as_str()).collect::<Vec<_>>().join("; ")
}

fn moment(now: Timestamp) -> Option<Datetime> {
    let part = |value: u32| u8::try_from(value).ok();
    Datetime::from_ymd_hms(
        now.year(),
        part(now.month())?,
        part(now.day())?,
        part(now.hour())?,
        part(now.minute())?,
        part(now.second())?,
    )
}

/// The version of a template among these files.
fn version(template: Template, files: &[(String, Vec<u8>)]) -> TemplateVersion {
    let shipped = shipped(&TEMPLATES, "typ");
    let parts = |files: &[(String, Vec<u8>)]| -> Vec<Vec<u8>> {
        let named = |wanted: &str| files.iter().find(|(name, _)| name == wanted);
        let found = [named(template.file()), named(SHARED)];
        found.into_iter().flatten().map(|(_, bytes)| bytes.clone()).collect()
    };
    let parts_in_use = parts(files);
    let mut digest = Sha256::new();
    for part in &parts_in_use {
        digest.update((part.len() as u64).to_be_bytes());
        digest.update(part);
    }
    let mut version = hex::encode(digest.finalize());
    version.truncate(VERSION_DIGITS);
    TemplateVersion { template, version, is_shipped: parts_in_use == parts(&shipped) }
}

fn shipped(folder: &Dir<'_>, extension: &str) -> Vec<(String, Vec<u8>)> {
    let mut files: Vec<_> = folder
        .files()
        .filter(|file| file.path().extension().is_some_and(|known| known == extension))
        .filter_map(|file| {
            let name = file.path().file_name()?.to_str()?;
            Some((name.to_owned(), file.contents().to_vec()))
        })
        .collect();
    files.sort();
    files
}

fn replace(
    files: &mut Vec<(String, Vec<u8>)>,
    folder: &Path,
    extensions: &[&str],
) -> Result<(), TemplateError> {
    let failed = |path: &Path| {
        let path = path.to_owned();
        move |source| TemplateError::File { path, source }
    };
    if !folder.is_dir() {
        return Ok(());
    }
    for entry in std::fs::read_dir(folder).map_err(failed(folder))? {
        let path = entry.map_err(failed(folder))?.path();
        let wanted = path
            .extension()
            .and_then(|extension| extension.to_str())
            .is_some_and(|extension| extensions.contains(&extension));
        let Some(name) = path.file_name().and_then(|name| name.to_str()).filter(|_| wanted) else {
            continue;
        };
        let bytes = std::fs::read(&path).map_err(failed(&path))?;
        files.retain(|(known, _)| known != name);
        files.push((name.to_owned(), bytes));
    }
    // A folder is read in any order; the same files are the same templates.
    files.sort();
    Ok(())
}
