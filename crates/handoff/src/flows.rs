//! The flows that this release ships, and those of the operator.

use std::path::Path;

use include_dir::{Dir, include_dir};

use crate::failure::Failure;

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

/// The operator's own flows: the `.yaml` files of a folder, by name.
pub fn own(folder: Option<&Path>) -> Result<Vec<(String, String)>, Failure> {
    let Some(folder) = folder else { return Ok(Vec::new()) };
    let unreadable = |path: &Path, error: &std::io::Error| {
        Failure::Usage(format!("HANDOFF_FLOWS: cannot read {}: {error}", path.display()))
    };
    let entries = std::fs::read_dir(folder).map_err(|error| unreadable(folder, &error))?;
    let mut flows = Vec::new();
    for entry in entries {
        let path = entry.map_err(|error| unreadable(folder, &error))?.path();
        if path.extension().is_some_and(|it| it == "yaml" || it == "yml") {
            let source =
                std::fs::read_to_string(&path).map_err(|error| unreadable(&path, &error))?;
            flows.push((path.display().to_string(), source));
        }
    }
    flows.sort();
    Ok(flows)
}
