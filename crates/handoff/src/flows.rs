//! The flows that this release ships, and those of the operator.

use std::{path::Path, sync::Arc};

use base64::Engine as _;
use connector_kit::http::{EgressPolicy, Http};
use connectors::ai::prompts::Library;
use include_dir::{Dir, include_dir};
use kernel::{Clock, Random as _, SystemClock, SystemRandom};
use protocols::AllowedProcesses;
use store::seal::Keyring;

use crate::{failure::Failure, flow_sources::Sources, node::compile_flows, outside::Adapters};

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

/// The operator's own flows: the `.yaml` files of a folder, by name, with what they take from other files.
pub fn own(folder: Option<&Path>) -> Result<Vec<(String, String)>, Failure> {
    let Some(folder) = folder else { return Ok(Vec::new()) };
    let entries = std::fs::read_dir(folder).map_err(|error| {
        Failure::Usage(format!("HANDOFF_FLOWS: {}", unreadable(folder, &error)))
    })?;
    let (mut flows, mut wrong) = (Vec::new(), Vec::new());
    for entry in entries {
        let path = match entry {
            Ok(entry) => entry.path(),
            Err(error) => {
                wrong.push(unreadable(folder, &error));
                continue;
            }
        };
        if path.extension().is_some_and(|it| it == "yaml" || it == "yml") {
            match std::fs::read_to_string(&path) {
                Ok(source) => match whole(&path, source) {
                    Ok(source) => flows.push((path.display().to_string(), source)),
                    Err(problems) => wrong.extend(problems),
                },
                Err(error) => wrong.push(unreadable(&path, &error)),
            }
        }
    }
    wrong.sort();
    if !wrong.is_empty() {
        return Err(Failure::Usage(format!("HANDOFF_FLOWS: {}", wrong.join("\n"))));
    }
    flows.sort();
    Ok(flows)
}

/// A file with what it takes from other files.
fn whole(file: &Path, source: String) -> Result<String, Vec<String>> {
    let sources = Sources::new(file, None).map_err(|failure| vec![failure.to_string()])?;
    let mut fetch = |base: Option<&str>, address: &str| sources.fetch(base, address);
    let bundled = flow::bundle(&source, &mut fetch).map_err(|problems| {
        problems.iter().map(|problem| format!("{}:{problem}", file.display())).collect::<Vec<_>>()
    })?;
    Ok(bundled.unwrap_or(source))
}

fn unreadable(path: &Path, error: &std::io::Error) -> String {
    format!("cannot read {}: {error}", path.display())
}

/// Checks the operator's own flows, without a database. Both are folders.
///
/// # Errors
/// Every problem of every file, with its line and column.
pub fn check_own(folder: Option<&Path>, prompts: Option<&Path>) -> anyhow::Result<()> {
    let own = own(folder)?;
    if !own.is_empty() {
        without_database(prompts, &own)?;
    }
    Ok(())
}

/// The connectors, and the flows with everything that they may call: to look at, not to run. `prompts` is a folder.
pub(crate) fn without_database(
    prompts: Option<&Path>,
    own: &[(String, String)],
) -> anyhow::Result<(Arc<Adapters>, Arc<engine::Flows>)> {
    let http = Http::new(EgressPolicy::default());
    let prompts = Arc::new(Library::load(prompts)?);
    let keyring = Arc::new(throwaway_keyring()?);
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let adapters = Adapters::new(
        Arc::clone(&prompts),
        connectors::all(prompts),
        http,
        AllowedProcesses::default(),
        clock,
        keyring,
    );
    let (flows, _) = compile_flows(&adapters, own)?;
    Ok((adapters, flows))
}

/// Nothing is sealed here, but the adapters want keys.
fn throwaway_keyring() -> anyhow::Result<Keyring> {
    let mut bytes = [0_u8; 32];
    SystemRandom.fill(&mut bytes);
    let text = format!("k1:{}", base64::engine::general_purpose::STANDARD.encode(bytes));
    Ok(Keyring::parse(&kernel::Secret::new(text))?)
}
