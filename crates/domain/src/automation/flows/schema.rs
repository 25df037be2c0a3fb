//! `GET /v1/flow-schema`

use std::sync::{Arc, OnceLock};

use engine::Flows;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::{
    Handler, Operation, Permission,
    operation::{read_input, write_output},
};

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct GetFlowSchema {}

/// A JSON Schema (draft 2020-12).
#[derive(Debug, Serialize, JsonSchema)]
#[serde(transparent)]
struct FlowSchema(Map<String, Value>);

pub(super) fn operation(known: Arc<Flows>) -> Operation {
    // The functions that flows may call are the same for as long as the program runs.
    let made = OnceLock::new();
    let handler = Handler::in_transaction(move |_tx, _caller, input| {
        let schema = made.get_or_init(|| flow::editor_schema(known.catalog())).clone();
        Box::pin(async move {
            let GetFlowSchema {} = read_input(input)?;
            let Value::Object(schema) = schema else { return write_output(&json!({})) };
            write_output(&FlowSchema(schema))
        })
    });
    Operation::new::<GetFlowSchema, FlowSchema>("get_flow_schema", Permission::ReadFlows, handler)
        .get("/v1/flow-schema")
        .tag("flows")
        .says(
            "Get the schema of flows",
            "A JSON Schema of definitions, for editors that complete and underline while somebody writes. It knows the \
             functions that a flow may call and what each takes. What a schema cannot say, `check_flow` does.",
        )
        .shows_no_client_text()
}
