//! What an agent is told.

use rmcp::model::{CallToolResult, ContentBlock};
use serde_json::{Map, Value};

use super::{Reach, wall::is_id};
use crate::{Operation, Problem, http::request_id};

/// The answer of an operation, as much of it as the agent may see.
pub(super) fn success(operation: &Operation, reach: Reach, output: Value) -> CallToolResult {
    let shown = if reach == Reach::Whole { output } else { id_only(operation, &output) };
    let mut result = CallToolResult::success(vec![ContentBlock::text(shown.to_string())]);
    if shown.is_object() {
        result.structured_content = Some(shown);
    }
    result
}

fn id_only(operation: &Operation, output: &Value) -> Value {
    let id = output[operation.resource].as_str().filter(|text| is_id(text));
    Value::Object(Map::from_iter(id.map(|id| (operation.resource.to_owned(), Value::from(id)))))
}

/// A problem as a result: a model reads it and does what it says.
pub(super) fn failure(problem: &Problem) -> CallToolResult {
    problem.log();
    let mut body = problem.body(request_id().as_deref());
    if let Some(seconds) = problem.retry_after_seconds() {
        body["retry_after_seconds"] = Value::from(seconds);
    }
    CallToolResult::error(vec![ContentBlock::text(body.to_string())])
}
