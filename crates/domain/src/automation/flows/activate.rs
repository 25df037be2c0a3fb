//! `POST /v1/flows/{flow}/activate`

use std::sync::Arc;

use engine::{Flows, versions};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;

use super::{FlowView, version};
use crate::{
    Handler, Operation, Permission,
    operation::{read_input, write_output},
};

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct ActivateFlowVersion {
    flow: String,
    /// The version, or its digest.
    version: String,
}

pub(super) fn operation(known: Arc<Flows>) -> Operation {
    let handler = Handler::in_transaction(move |tx, caller, input| {
        let known = Arc::clone(&known);
        Box::pin(async move {
            let ActivateFlowVersion { flow, version: wanted } = read_input(input)?;
            let found = version(tx, &known, &flow, &wanted).await?;
            let by = caller.principal.to_string();
            versions::choose(tx, &known, &flow, Some(found.program.digest()), &by).await?;
            write_output(&FlowView::of(&found.program))
        })
    });
    Operation::new::<ActivateFlowVersion, FlowView>(
        "activate_flow_version",
        Permission::WriteFlows,
        handler,
    )
    .post("/v1/flows/{flow}/activate")
    .tag("flows")
    .says(
        "Use a version of a flow",
        "New runs are started from it, on every node within a second: to go back to an earlier version, or to switch \
         a flow on again. With the version that this release brings, the flow follows the releases again.",
    )
    .about("flow")
    .shows_no_client_text()
    .example(json!({ "flow": "client-onboarding", "version": "1.0.0" }))
}
