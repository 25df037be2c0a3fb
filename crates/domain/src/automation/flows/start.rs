//! `POST /v1/flows/{flow}/runs`

use std::sync::Arc;

use engine::{Flows, runs};
use kernel::RunId;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::unknown;
use crate::{
    Handler, Operation, Permission,
    operation::{read_input, write_output},
};

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct StartFlow {
    flow: String,
    /// The run's input, as the flow's definition describes it.
    #[serde(default)]
    input: Value,
}

#[derive(Debug, Serialize, JsonSchema)]
struct StartedRun {
    run_id: RunId,
    flow: String,
}

pub(super) fn operation(known: Arc<Flows>) -> Operation {
    let handler = Handler::in_transaction(move |tx, caller, input| {
        let known = Arc::clone(&known);
        Box::pin(async move {
            let StartFlow { flow, input } = read_input(input)?;
            if known.read(tx).await?.get(&flow).is_none() {
                return Err(unknown(tx, &known, &flow).await);
            }
            let run_id = runs::start(tx, &flow, &input, &caller.principal.to_string()).await?;
            write_output(&StartedRun { run_id, flow })
        })
    });
    Operation::new::<StartFlow, StartedRun>("start_flow", Permission::WriteRuns, handler)
        .post("/v1/flows/{flow}/runs")
        .creates()
        .tag("flows")
        .says("Start a flow", "A run begins within moments, without waiting for an event.")
        .about("run_id")
        .shows_no_client_text()
        .example(json!({ "flow": "client-onboarding", "input": [{ "delivery_id": "whd_01jcz5k8w1e9ta5bq0h3m7xk2d" }] }))
}
