//! Flow files that take parts from elsewhere, made whole.

use std::path::Path;

use connector_kit::http::{EgressPolicy, Http};
use flow::Diagnostic;

use super::lines;
use crate::{cli::output, failure::Failure, flow_sources::Sources};

pub(super) const HELP: &str = "\
Example:
  handoff flow bundle welcome.yaml > welcome.bundled.json

Schemas that stand elsewhere (`schema.resource`) become `document`, and functions of `use.catalogs` become
`use.functions` under the name by which they are called. Addresses are `https://…`, `file://…`, or relative to
the file. `flow check`, `flow run` and `flow save` do the same by themselves.

A server fetches nothing: a run goes on with what its flow had when it was saved. Of files in HANDOFF_FLOWS
only what stands in other files is taken in, when the server starts.";

#[derive(Debug, clap::Args)]
pub(crate) struct PrivateHosts {
    /// A host in your own network that may be reached, also in plain HTTP.
    #[arg(
        long = "allow-private-host",
        value_name = "HOST",
        env = "HANDOFF_ALLOWED_PRIVATE_HOSTS",
        value_delimiter = ','
    )]
    pub(super) hosts: Vec<String>,
}

/// The text of a flow file, made whole; as it is if it takes nothing from elsewhere.
pub(super) fn whole(
    file: &Path,
    private_hosts: &[String],
) -> anyhow::Result<Result<Whole, Vec<Diagnostic>>> {
    let written = std::fs::read_to_string(file)
        .map_err(|error| Failure::Usage(format!("cannot read {}: {error}", file.display())))?;
    let policy = EgressPolicy { allowed_private_hosts: private_hosts.to_vec() };
    let sources = Sources::new(file, Some(Http::new(policy)))?;
    let mut fetch = |base: Option<&str>, address: &str| sources.fetch(base, address);
    let bundled = flow::bundle(&written, &mut fetch);
    Ok(bundled.map(|bundled| Whole { written, bundled }))
}

/// A flow file.
pub(super) struct Whole {
    written: String,
    /// With what it takes from elsewhere, if it does.
    bundled: Option<String>,
}

impl Whole {
    /// What can be run.
    pub(super) fn text(&self) -> &str {
        self.bundled.as_deref().unwrap_or(&self.written)
    }

    /// Problems of [`Whole::text`] at their places in the file.
    pub(super) fn in_file(&self, problems: Vec<Diagnostic>) -> Vec<Diagnostic> {
        if self.bundled.is_some() { flow::unbundled(&self.written, problems) } else { problems }
    }
}

/// Prints a flow file, made whole.
pub(super) fn print(file: &Path, private_hosts: &[String]) -> anyhow::Result<()> {
    let whole =
        whole(file, private_hosts)?.map_err(|problems| Failure::Usage(lines(file, &problems)))?;
    output::line(whole.text().trim_end());
    Ok(())
}
