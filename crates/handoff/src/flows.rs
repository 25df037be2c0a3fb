//! The flows that this release ships.

use include_dir::{Dir, include_dir};

static FLOWS: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/../../flows");

/// File name and YAML of each, by name.
pub fn shipped() -> Vec<(String, String)> {
    let mut flows: Vec<(String, String)> = FLOWS
        .files()
        .filter(|file| file.path().extension().is_some_and(|extension| extension == "yaml"))
        .filter_map(|file| {
            let name = file.path().file_name()?.to_str()?.to_owned();
            Some((name, file.contents_utf8()?.to_owned()))
        })
        .collect();
    flows.sort();
    flows
}
