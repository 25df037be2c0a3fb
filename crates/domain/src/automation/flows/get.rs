//! `GET /v1/flows/{flow}`

use std::sync::Arc;

use engine::{Flow, Flows};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{FlowView, unknown};
use crate::{
    Handler, Operation, Permission,
    operation::{read_input, write_output},
};

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct GetFlow {
    flow: String,
}

/// A flow with its source.
#[derive(Debug, Serialize, JsonSchema)]
struct FlowDetail {
    #[serde(flatten)]
    flow: FlowView,
    /// YAML.
    source: String,
}

pub(super) fn operation(known: Arc<Flows>) -> Operation {
    let handler = Handler::in_transaction(move |tx, _caller, input| {
        let known = Arc::clone(&known);
        Box::pin(async move {
            let GetFlow { flow } = read_input(input)?;
            let in_use = known.read(tx).await?;
            let Some(Flow { program, source }) = in_use.get(&flow) else {
                return Err(unknown(tx, &known, &flow).await);
            };
            write_output(&FlowDetail { flow: FlowView::of(program), source: source.to_string() })
        })
    });
    Operation::new::<GetFlow, FlowDetail>("get_flow", Permission::ReadFlows, handler)
        .get("/v1/flows/{flow}")
        .tag("flows")
        .says("Get a flow", "With its source.")
        .about("flow")
        .shows_no_client_text()
        .example(json!({ "flow": "client-onboarding" }))
}
