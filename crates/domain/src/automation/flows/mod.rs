//! A flow: a definition that runs are started from.

mod activate;
mod check;
mod functions;
mod get;
mod get_version;
mod list;
mod sample;
mod save;
mod schema;
mod start;
mod statistics;
mod switch_off;
mod trying;
mod versions;

use std::sync::Arc;

use engine::{Flow, Flows, versions::VersionRow};
use flow::{Diagnostic, Program};
use schemars::JsonSchema;
use serde::Serialize;
use store::TenantTx;

use crate::{FieldError, Operation, Problem};

/// How long a definition may be, in characters.
const SOURCE_MAX: usize = 262_144;

pub(super) fn operations(known: &Arc<Flows>) -> Vec<Operation> {
    vec![
        list::operation(Arc::clone(known)),
        get::operation(Arc::clone(known)),
        start::operation(Arc::clone(known)),
        save::operation(Arc::clone(known)),
        versions::operation(Arc::clone(known)),
        get_version::operation(Arc::clone(known)),
        check::operation(Arc::clone(known)),
        schema::operation(Arc::clone(known)),
        functions::operation(Arc::clone(known)),
        trying::operation(Arc::clone(known)),
        statistics::operation(),
        activate::operation(Arc::clone(known)),
        switch_off::operation(Arc::clone(known)),
    ]
}

/// A flow, in the version that its runs are started from.
#[derive(Debug, Serialize, JsonSchema)]
struct FlowView {
    name: String,
    version: String,
    title: String,
    summary: String,
    /// The type of event that starts it; absent when it is only started by hand.
    #[serde(skip_serializing_if = "Option::is_none")]
    trigger: Option<String>,
    /// When it starts by itself, by the clock.
    #[serde(skip_serializing_if = "Option::is_none")]
    schedule: Option<String>,
    /// The only source whose events start it; absent when any does.
    #[serde(skip_serializing_if = "Option::is_none")]
    trigger_source: Option<String>,
    /// SHA-256 of its source: the same digest is the same definition.
    digest: String,
}

impl FlowView {
    fn of(program: &Program) -> Self {
        let starting = program.starting_events();
        let first = starting.first();
        Self {
            name: program.name().to_owned(),
            version: program.version().to_owned(),
            title: program.title().unwrap_or_default().to_owned(),
            summary: program.summary().unwrap_or_default().to_owned(),
            schedule: program.schedule().map(flow::Schedule::describe),
            trigger: first.map(|(kind, _)| (*kind).to_owned()),
            trigger_source: first.and_then(|(_, source)| source.map(str::to_owned)),
            digest: program.digest().to_owned(),
        }
    }
}

async fn unknown(tx: &mut TenantTx, known: &Flows, name: &str) -> Problem {
    let in_use = match known.read(tx).await {
        Ok(in_use) => in_use,
        Err(error) => return error.into(),
    };
    let names: Vec<&str> = in_use.all().map(|program| program.name()).collect();
    let detail = format!("there is no flow `{name}` in use; the flows are {}", names.join(", "));
    Problem::new("flow-unknown", detail)
}

/// A definition as a tenant may save it, or everything that is wrong with it.
fn sound(known: &Flows, source: &str) -> Result<Program, Vec<Diagnostic>> {
    if SOURCE_MAX < source.chars().count() {
        let detail = format!("a definition may have at most {SOURCE_MAX} characters");
        return Err(vec![Diagnostic::of_document("", detail)]);
    }
    let program = known.check(source)?;
    if program.may_run_processes() {
        let detail = "only flows of the folder HANDOFF_FLOWS, which the operator of this server keeps, may run processes: \
                      leave out `run: script`, `run: shell`, `run: container` and `call: mcp` over `stdio`";
        return Err(vec![Diagnostic::of_document("", detail)]);
    }
    Ok(program)
}

/// The problems of a definition as those of the field that holds it.
fn unsound(problems: &[Diagnostic]) -> Problem {
    let told = problems
        .iter()
        .map(|problem| FieldError { pointer: "/source".to_owned(), detail: problem.to_string() });
    Problem::invalid(told.collect())
}

/// The version of a flow that is meant by its version or by its digest.
pub(super) async fn version(
    tx: &mut TenantTx,
    known: &Flows,
    flow: &str,
    wanted: &str,
) -> Result<Flow, Problem> {
    let meant = version_row(tx, known, flow, wanted).await?;
    let meant = meant.map_err(|detail| Problem::field("/version", detail))?;
    Ok(engine::versions::get(tx, known, &meant.digest).await?)
}

/// The same as the list of versions shows it; or a sentence that says which there are.
async fn version_row(
    tx: &mut TenantTx,
    known: &Flows,
    flow: &str,
    wanted: &str,
) -> Result<Result<VersionRow, String>, Problem> {
    let kept = engine::versions::list(tx, known, flow).await?;
    if kept.is_empty() {
        return Err(unknown(tx, known, flow).await);
    }
    let is_meant = |kept: &VersionRow| kept.version == wanted || kept.digest == wanted;
    let (mut meant, others): (Vec<_>, Vec<_>) = kept.into_iter().partition(is_meant);
    if let (1, Some(meant)) = (meant.len(), meant.pop()) {
        return Ok(Ok(meant));
    }
    let (what, names): (_, Vec<&str>) = if meant.is_empty() {
        let detail = format!("the flow `{flow}` has no version {wanted}; it has ");
        (detail, others.iter().map(|kept| kept.version.as_str()).collect())
    } else {
        let detail = format!("there are several texts of version {wanted}; name a digest: ");
        (detail, meant.iter().map(|kept| kept.digest.as_str()).collect())
    };
    Ok(Err(format!("{what}{}", names.join(", "))))
}
