//! A flow: a definition that runs are started from.

mod activate;
mod get;
mod list;
mod save;
mod start;
mod switch_off;
mod versions;

use std::sync::Arc;

use engine::{Flow, Flows};
use schemars::JsonSchema;
use serde::Serialize;
use store::TenantTx;

use crate::{Operation, Problem};

pub(super) fn operations(known: &Arc<Flows>) -> Vec<Operation> {
    vec![
        list::operation(Arc::clone(known)),
        get::operation(Arc::clone(known)),
        start::operation(Arc::clone(known)),
        save::operation(Arc::clone(known)),
        versions::operation(Arc::clone(known)),
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
    fn of(program: &flow::Program) -> Self {
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

/// The version of a flow that is meant by its version or by its digest.
pub(super) async fn version(
    tx: &mut TenantTx,
    known: &Flows,
    flow: &str,
    wanted: &str,
) -> Result<Flow, Problem> {
    let kept = engine::versions::list(tx, known, flow).await?;
    if kept.is_empty() {
        return Err(unknown(tx, known, flow).await);
    }
    let meant: Vec<_> =
        kept.iter().filter(|kept| kept.version == wanted || kept.digest == wanted).collect();
    let [meant] = meant[..] else {
        let (what, names): (_, Vec<&str>) = if meant.is_empty() {
            let detail = format!("the flow `{flow}` has no version {wanted}; it has ");
            (detail, kept.iter().map(|kept| kept.version.as_str()).collect())
        } else {
            let detail = format!("there are several texts of version {wanted}; name a digest: ");
            (detail, meant.iter().map(|kept| kept.digest.as_str()).collect())
        };
        return Err(Problem::field("/version", format!("{what}{}", names.join(", "))));
    };
    Ok(engine::versions::get(tx, known, &meant.digest).await?)
}
