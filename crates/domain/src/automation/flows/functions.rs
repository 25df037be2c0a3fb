//! `GET /v1/functions`

use std::sync::Arc;

use engine::{Flows, FunctionInfo};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::{
    Handler, Operation, Permission,
    operation::{read_input, write_output},
};

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct ListFunctions {
    /// Only those whose names begin with this, such as `slack.` or `list_`.
    #[serde(default)]
    prefix: Option<String>,
}

/// What a flow may name in `call`.
#[derive(Debug, Serialize, JsonSchema)]
struct FunctionView {
    name: String,
    summary: String,
    /// `read`, `keyed`, `findable` or `at_most_once` of a connector's function; `operation` for one that runs here,
    /// in the run's own commit; `awaited` for one that people answer.
    effect: String,
    /// JSON Schema of what goes into `with`.
    input: Value,
    /// JSON Schema of what it gives.
    output: Value,
}

#[derive(Debug, Serialize, JsonSchema)]
struct FunctionList {
    items: Vec<FunctionView>,
}

impl From<&FunctionInfo> for FunctionView {
    fn from(function: &FunctionInfo) -> Self {
        Self {
            name: function.name.clone(),
            summary: function.summary.clone(),
            effect: function.effect_word().to_owned(),
            input: function.input.clone(),
            output: function.output.clone(),
        }
    }
}

pub(super) fn operation(known: Arc<Flows>) -> Operation {
    let handler = Handler::in_transaction(move |_tx, _caller, input| {
        let known = Arc::clone(&known);
        Box::pin(async move {
            let ListFunctions { prefix } = read_input(input)?;
            let prefix = prefix.unwrap_or_default();
            let wanted = known.functions().filter(|function| function.name.starts_with(&prefix));
            write_output(&FunctionList { items: wanted.map(FunctionView::from).collect() })
        })
    });
    Operation::new::<ListFunctions, FunctionList>("list_functions", Permission::ReadFlows, handler)
        .get("/v1/functions")
        .tag("flows")
        .says(
            "List functions",
            "Everything that a flow may call by a name, with what it takes and gives: operations, functions of \
             connectors, and people. Protocols (`http`, `openapi`, `grpc`, `mcp`) are described by `get_flow_schema`.",
        )
        .shows_no_client_text()
        .example(json!({ "prefix": "slack." }))
}
