//! A flow: a definition that runs are started from.

mod get;
mod list;
mod start;

use std::sync::Arc;

use engine::Flows;
use schemars::JsonSchema;
use serde::Serialize;

use crate::{Operation, Problem};

pub(super) fn operations(known: &Arc<Flows>) -> Vec<Operation> {
    vec![
        list::operation(Arc::clone(known)),
        get::operation(Arc::clone(known)),
        start::operation(Arc::clone(known)),
    ]
}

/// A flow that this release ships.
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

fn unknown(known: &Flows, name: &str) -> Problem {
    let names: Vec<&str> = known.all().map(|program| program.name()).collect();
    let detail = format!("there is no flow `{name}`; the flows are {}", names.join(", "));
    Problem::new("flow-unknown", detail)
}
