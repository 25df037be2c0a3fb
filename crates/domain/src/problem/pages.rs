//! The pages that explain the codes, carried by the binary so that `type` always leads somewhere.

use include_dir::{Dir, include_dir};

static PAGES: Dir<'static> = include_dir!("$CARGO_MANIFEST_DIR/../../docs/problems");

/// The page of a code, as Markdown.
pub(crate) fn page(code: &str) -> Option<&'static str> {
    PAGES.get_file(format!("{code}.md"))?.contents_utf8()
}
