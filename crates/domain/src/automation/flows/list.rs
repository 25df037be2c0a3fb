//! `GET /v1/flows`

use std::sync::Arc;

use engine::Flows;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::FlowView;
use crate::{
    Handler, Operation, Permission,
    operation::{read_input, write_output},
};

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct ListFlows {}

#[derive(Debug, Serialize, JsonSchema)]
struct FlowList {
    items: Vec<FlowView>,
}

pub(super) fn operation(known: Arc<Flows>) -> Operation {
    let handler = Handler::in_transaction(move |tx, _caller, input| {
        let known = Arc::clone(&known);
        Box::pin(async move {
            let ListFlows {} = read_input(input)?;
            let items = known.read(tx).await?.all().map(|program| FlowView::of(program)).collect();
            write_output(&FlowList { items })
        })
    });
    Operation::new::<ListFlows, FlowList>("list_flows", Permission::ReadFlows, handler)
        .get("/v1/flows")
        .tag("flows")
        .says(
            "List flows",
            "Every flow that can start, by name: those of this release and your own.",
        )
        .shows_no_client_text()
        .example(json!({}))
}
