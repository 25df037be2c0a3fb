//! `POST /v1/flows/{flow}/switch-off`

use std::sync::Arc;

use engine::{Flows, versions};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;

use super::{FlowView, unknown};
use crate::{
    Handler, Operation, Permission,
    operation::{read_input, write_output},
};

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct SwitchOffFlow {
    flow: String,
}

pub(super) fn operation(known: Arc<Flows>) -> Operation {
    let handler = Handler::in_transaction(move |tx, caller, input| {
        let known = Arc::clone(&known);
        Box::pin(async move {
            let SwitchOffFlow { flow } = read_input(input)?;
            let in_use = known.read(tx).await?;
            let Some(found) = in_use.get(&flow) else {
                return Err(unknown(tx, &known, &flow).await);
            };
            versions::choose(tx, &known, &flow, None, &caller.principal.to_string()).await?;
            write_output(&FlowView::of(&found.program))
        })
    });
    Operation::new::<SwitchOffFlow, FlowView>("switch_off_flow", Permission::WriteFlows, handler)
        .post("/v1/flows/{flow}/switch-off")
        .tag("flows")
        .says(
            "Switch a flow off",
            "Nothing starts it any more: no event, no clock, nobody by hand. Runs that have begun go on. To switch it on \
             again, activate a version.",
        )
        .about("flow")
        .shows_no_client_text()
        .example(json!({ "flow": "project-status" }))
}
