//! `POST /v1/flows/check`

use std::sync::Arc;

use engine::Flows;
use flow::{Diagnostic, Severity};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{FlowView, sound};
use crate::{
    Handler, Operation, Permission, Problem,
    operation::{read_input, write_output},
};

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct CheckFlow {
    /// The definition: YAML or JSON of the Open Workflow Specification.
    source: String,
}

#[derive(Debug, Serialize, JsonSchema)]
struct CheckedFlow {
    /// Whether it can be saved and run. It may have warnings all the same.
    is_valid: bool,
    /// In the order of the text, at most 100.
    problems: Vec<FlowProblem>,
    /// What the definition says of itself; absent when it is not valid.
    #[serde(skip_serializing_if = "Option::is_none")]
    flow: Option<FlowView>,
}

/// One problem of a definition, and where it stands in the text.
#[derive(Debug, Serialize, JsonSchema)]
struct FlowProblem {
    severity: ProblemSeverity,
    /// From 1.
    line: usize,
    /// From 1, in characters.
    column: usize,
    /// The column behind the word or value that begins there; absent where nothing does.
    #[serde(skip_serializing_if = "Option::is_none")]
    end_column: Option<usize>,
    /// JSON pointer of the part at fault; absent when it is the whole definition.
    #[serde(skip_serializing_if = "Option::is_none")]
    path: Option<String>,
    message: String,
    /// The word that was probably meant.
    #[serde(skip_serializing_if = "Option::is_none")]
    did_you_mean: Option<String>,
}

#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum ProblemSeverity {
    /// The definition cannot be run.
    Error,
    /// It can, and most likely does not do what was meant.
    Warning,
}

impl FlowProblem {
    fn new(found: &Diagnostic, source: &str) -> Self {
        Self {
            severity: match found.severity {
                Severity::Error => ProblemSeverity::Error,
                Severity::Warning => ProblemSeverity::Warning,
            },
            line: found.line,
            column: found.column,
            end_column: end_column(source, found),
            path: Some(found.path.clone()).filter(|path| !path.is_empty()),
            message: found.message.clone(),
            did_you_mean: found.hint.clone(),
        }
    }
}

pub(super) fn operation(known: Arc<Flows>) -> Operation {
    let handler = Handler::outside(move |_app, _caller, input| {
        let known = Arc::clone(&known);
        Box::pin(async move {
            let CheckFlow { source } = read_input(input)?;
            // Compiling is work for a processor, and must not keep others from being answered.
            let checked = tokio::task::spawn_blocking(move || check(&known, &source)).await;
            write_output(&checked.map_err(Problem::internal)?)
        })
    });
    Operation::new::<CheckFlow, CheckedFlow>("check_flow", Permission::ReadFlows, handler)
        .post("/v1/flows/check")
        .reads()
        .tag("flows")
        .says(
            "Check a flow",
            "Tells everything that `save_flow` would find wrong with a definition, with line and column, and what is odd \
             about a sound one. The answer is 200 also for a wrong definition. Nothing is kept.",
        )
        .shows_no_client_text()
        .example(json!({
            "source": "document: { dsl: 1.0.3, namespace: acme, name: welcome, version: 1.0.0 }\ndo:\n  - pause: { wait: PT1H }\n",
        }))
}

/// Where the word or value ends that begins where a problem is, within its line.
fn end_column(source: &str, found: &Diagnostic) -> Option<usize> {
    let line = source.lines().nth(found.line.checked_sub(1)?)?;
    let rest: String = line.chars().skip(found.column.checked_sub(1)?).collect();
    let length = match rest.chars().next()? {
        quote @ ('"' | '\'') => rest.chars().skip(1).position(|it| it == quote)? + 2,
        _ => {
            let ends = [": ", ", ", "}", "]", " #"];
            let end = ends.iter().filter_map(|end| rest.find(end)).min().unwrap_or(rest.len());
            let word = rest.get(..end)?.trim_end();
            word.strip_suffix(':').unwrap_or(word).chars().count()
        }
    };
    (0 < length).then_some(found.column + length)
}

fn check(known: &Flows, source: &str) -> CheckedFlow {
    let told = |found: &[Diagnostic]| found.iter().map(|it| FlowProblem::new(it, source)).collect();
    match sound(known, source) {
        Ok(program) => CheckedFlow {
            is_valid: true,
            problems: told(program.warnings()),
            flow: Some(FlowView::of(&program)),
        },
        Err(problems) => CheckedFlow { is_valid: false, problems: told(&problems), flow: None },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_at_fault_has_an_end() {
        let source = "do:\n  - a: { cal: slack.post, with: 'a, b' } # why\n  - b:\n";
        let end = |line, column| {
            let at = Diagnostic { line, column, ..Diagnostic::of_document("", "wrong") };
            end_column(source, &at)
        };
        assert_eq!(end(2, 10), Some(13));
        assert_eq!(end(2, 15), Some(25));
        assert_eq!(end(2, 33), Some(39));
        assert_eq!(end(3, 5), Some(6));
        assert_eq!((end(9, 1), end(2, 99)), (None, None));
    }
}
