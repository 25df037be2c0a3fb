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
    /// The names of those that nothing starts because they were switched off: `activate_flow_version` switches one on.
    switched_off: Vec<String>,
}

pub(super) fn operation(known: Arc<Flows>) -> Operation {
    let handler = Handler::in_transaction(move |tx, _caller, input| {
        let known = Arc::clone(&known);
        Box::pin(async move {
            let ListFlows {} = read_input(input)?;
            let in_use = known.read(tx).await?;
            let items = in_use.all().map(|program| FlowView::of(program)).collect();
            let mut switched_off: Vec<String> = in_use.switched_off().map(str::to_owned).collect();
            switched_off.sort();
            write_output(&FlowList { items, switched_off })
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
