//! The committed copy of the document, and the proof that it is fresh.

use std::path::Path;

use super::openapi;
use crate::Registry;

/// The committed copy says something else than the program.
#[derive(Debug, thiserror::Error)]
pub enum OutOfDate {
    #[error("{0} is out of date; write it anew with `UPDATE_OPENAPI=1` and commit it")]
    Stale(String),
    #[error("{0} cannot be written")]
    Unwritable(String, #[source] std::io::Error),
}

/// The document as it is committed.
pub fn render(registry: &Registry) -> String {
    format!("{:#}\n", openapi(registry))
}

/// Compares the committed copy with the program's document, or writes it anew.
pub fn check_file(registry: &Registry, path: &Path, update: bool) -> Result<(), OutOfDate> {
    let (document, name) = (render(registry), path.display().to_string());
    if update {
        return std::fs::write(path, document).map_err(|error| OutOfDate::Unwritable(name, error));
    }
    match std::fs::read_to_string(path) {
        Ok(committed) if committed == document => Ok(()),
        _ => Err(OutOfDate::Stale(name)),
    }
}
