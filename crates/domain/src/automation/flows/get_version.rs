//! `GET /v1/flows/{flow}/versions/{version}`

use std::sync::Arc;

use engine::{Flows, versions};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{version_row, versions::FlowVersion};
use crate::{
    Handler, Operation, Permission, Problem,
    operation::{read_input, write_output},
};

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct GetFlowVersion {
    flow: String,
    /// The version, or its digest.
    version: String,
}

/// A version of a flow with its source.
#[derive(Debug, Serialize, JsonSchema)]
struct FlowVersionDetail {
    flow: String,
    #[serde(flatten)]
    version: FlowVersion,
    /// YAML, as it was saved.
    source: String,
}

pub(super) fn operation(known: Arc<Flows>) -> Operation {
    let handler = Handler::in_transaction(move |tx, _caller, input| {
        let known = Arc::clone(&known);
        Box::pin(async move {
            let GetFlowVersion { flow, version } = read_input(input)?;
            let found = version_row(tx, &known, &flow, &version).await?;
            let found = found.map_err(|detail| Problem::new("not-found", detail))?;
            let source = versions::source(tx, &known, &found.digest).await?.to_string();
            write_output(&FlowVersionDetail { flow, version: found.into(), source })
        })
    });
    Operation::new::<GetFlowVersion, FlowVersionDetail>(
        "get_flow_version",
        Permission::ReadFlows,
        handler,
    )
    .get("/v1/flows/{flow}/versions/{version}")
    .tag("flows")
    .says(
        "Get a version of a flow",
        "With its source, to compare it with another before it is used again. Where several texts have the same \
         version, name the digest.",
    )
    .about("flow")
    .shows_no_client_text()
    .example(json!({ "flow": "client-onboarding", "version": "1.0.0" }))
}
