//! All that a template sees.

use std::sync::Arc;

use serde_json::Value;
use typst::{
    Library, LibraryExt as _, World,
    diag::{FileError, FileResult},
    foundations::{Bytes, Datetime, Duration},
    syntax::{FileId, RootedPath, Source, VirtualPath, VirtualRoot},
    text::{Font, FontBook},
    utils::LazyHash,
};
use unicode_normalization::char::is_combining_mark;

use crate::Branding;

/// What all documents share: read once, never changed.
pub(crate) struct House {
    pub(crate) library: LazyHash<Library>,
    pub(crate) book: LazyHash<FontBook>,
    pub(crate) fonts: Vec<Font>,
    pub(crate) templates: Vec<(FileId, Source)>,
}

impl House {
    pub(crate) fn new(fonts: Vec<Font>, templates: Vec<(String, String)>) -> Self {
        let templates = templates.into_iter().filter_map(|(name, text)| {
            let id = file(&name)?;
            Some((id, Source::new(id, text)))
        });
        Self {
            library: LazyHash::new(Library::default()),
            book: LazyHash::new(FontBook::from_fonts(&fonts)),
            fonts,
            templates: templates.collect(),
        }
    }

    /// Takes marks that no font has out of all texts. They could not be seen, and where text runs from right
    /// to left the layout stops at them (typst issue 8667).
    pub(crate) fn leave_out_marks(&self, data: &mut Value) {
        match data {
            Value::String(text) => text.retain(|character| !self.is_lost_mark(character)),
            Value::Array(items) => items.iter_mut().for_each(|item| self.leave_out_marks(item)),
            Value::Object(fields) => {
                fields.values_mut().for_each(|value| self.leave_out_marks(value));
            }
            _ => {}
        }
    }

    fn is_lost_mark(&self, character: char) -> bool {
        is_combining_mark(character)
            && !self.fonts.iter().any(|font| font.info().coverage.contains(character.into()))
    }
}

/// The house, and the data of one document.
pub(crate) struct Desk {
    house: Arc<House>,
    main: FileId,
    files: Vec<(FileId, Bytes)>,
}

impl Desk {
    /// None when the template's name is no file name.
    pub(crate) fn new(
        house: &Arc<House>,
        template: &str,
        data: &Value,
        branding: &Branding,
    ) -> Option<Self> {
        let mut files = vec![(file("data.json")?, Bytes::from_string(data.to_string()))];
        if let Some(logo) = &branding.logo {
            files.push((file(logo.format().file())?, Bytes::new(logo.bytes().to_vec())));
        }
        Some(Self { house: Arc::clone(house), main: file(template)?, files })
    }
}

fn file(name: &str) -> Option<FileId> {
    let path = VirtualPath::new(name).ok()?;
    Some(RootedPath::new(VirtualRoot::Project, path).intern())
}

impl World for Desk {
    fn library(&self) -> &LazyHash<Library> {
        &self.house.library
    }

    fn book(&self) -> &LazyHash<FontBook> {
        &self.house.book
    }

    fn main(&self) -> FileId {
        self.main
    }

    fn source(&self, id: FileId) -> FileResult<Source> {
        let found = self.house.templates.iter().find(|(known, _)| *known == id);
        found.map(|(_, source)| source.clone()).ok_or(FileError::AccessDenied)
    }

    fn file(&self, id: FileId) -> FileResult<Bytes> {
        let found = self.files.iter().find(|(known, _)| *known == id);
        found.map(|(_, bytes)| bytes.clone()).ok_or(FileError::AccessDenied)
    }

    fn font(&self, index: usize) -> Option<Font> {
        self.house.fonts.get(index).cloned()
    }

    /// There is no clock: dates are in the data.
    fn today(&self, _: Option<Duration>) -> Option<Datetime> {
        None
    }
}
