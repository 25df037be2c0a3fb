//! `POST /v1/flows`

use std::sync::Arc;

use engine::{Flow, Flows, versions};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;
use store::TenantTx;

use super::{FlowView, sound, unsound};
use crate::{
    Caller, Handler, Operation, Permission, Problem,
    operation::{read_input, write_output},
};

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct SaveFlow {
    /// The definition: YAML or JSON of the Open Workflow Specification.
    #[schemars(length(min = 1, max = 262_144))]
    source: String,
    /// Whether new runs are started from it at once.
    #[serde(default = "yes")]
    activate: bool,
}

fn yes() -> bool {
    true
}

pub(super) fn operation(known: Arc<Flows>) -> Operation {
    let handler = Handler::in_transaction(move |tx, caller, input| {
        let known = Arc::clone(&known);
        Box::pin(async move { write_output(&save(tx, &known, caller, read_input(input)?).await?) })
    });
    Operation::new::<SaveFlow, FlowView>("save_flow", Permission::WriteFlows, handler)
        .post("/v1/flows")
        .creates()
        .tag("flows")
        .says(
            "Save a version of a flow",
            "A flow of your own, or another version of one that this release brings. Every problem of the definition is \
             told. A version never changes: other text needs another `document.version`. Runs that have begun stay on \
             their version.",
        )
        .about("name")
        .example(json!({
            "source": "document: { dsl: 1.0.3, namespace: acme, name: welcome, version: 1.0.0 }\ndo:\n  - pause: { wait: PT1H }\n",
        }))
}

async fn save(
    tx: &mut TenantTx,
    known: &Flows,
    caller: &Caller,
    input: SaveFlow,
) -> Result<FlowView, Problem> {
    let SaveFlow { source, activate } = input;
    let program = sound(known, &source).map_err(|problems| unsound(&problems))?;
    let (name, version) = (program.name().to_owned(), program.version().to_owned());
    versions::lock(tx, &name).await?;
    let kept = versions::list(tx, known, &name).await?;
    let taken = kept.iter().find(|kept| kept.version == version && kept.digest != program.digest());
    if taken.is_some() {
        let detail = format!(
            "the flow `{name}` has a version {version} with other text; give this text another `document.version`"
        );
        return Err(Problem::new("flow-version-taken", detail));
    }
    versions::save(tx, &program, &source).await?;
    if activate {
        let by = caller.principal.to_string();
        versions::choose(tx, known, &name, Some(program.digest()), &by).await?;
    }
    let flow = Flow { program: Arc::new(program), source: source.into() };
    Ok(FlowView::of(&flow.program))
}
