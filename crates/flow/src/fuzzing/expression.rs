//! Expressions as somebody may write them, on any input.

use serde_json::{Value, json};

use crate::{
    expression::{self, VALUE_BYTES_MAX, VALUE_DEPTH_MAX, compile, from_json},
    stage,
};

use super::{as_in_the_program, parts};

/// The variables that expressions of tasks may use.
const VARIABLES: [&str; 3] = ["context", "input", "item"];

/// Compiles an expression and runs it: text, a zero byte, its input as JSON.
///
/// Promises: it ends, within the limits of a value, and twice in the same way.
pub fn expression(bytes: &[u8]) {
    let Some((source, rest)) = parts(bytes) else { return };
    let input = serde_json::from_slice(rest).unwrap_or_else(|_no_json| sample());
    if VALUE_DEPTH_MAX < expression::depth(&input) {
        return;
    }
    as_in_the_program(|| {
        let compiled = expression::on_a_large_stack(|| compile(source, &VARIABLES));
        match compiled.expect("the engine reads any text") {
            Ok(compiled) => {
                let variable = |_: &str| from_json(&sample());
                let run = || compiled.run(from_json(&input), variable, stage::at(0)).0;
                let result = run();
                match &result {
                    Ok(value) => is_a_value(value),
                    Err(reason) => assert!(reason.chars().count() < 1_000, "{reason}"),
                }
                assert_eq!(run(), result, "it gives something else each time");
            }
            Err(faults) => {
                assert!(!faults.is_empty());
                for fault in faults {
                    assert!(!fault.message.is_empty());
                    if let Some(offset) = fault.offset {
                        assert!(source.is_char_boundary(offset), "{offset}: {fault}");
                    }
                }
            }
        }
    });
}

fn is_a_value(value: &Value) {
    assert!(expression::depth(value) <= VALUE_DEPTH_MAX);
    let text = value.to_string();
    // Each byte may need six to be written (`\u0000`), each number and mark a few more than were counted.
    assert!(text.len() <= 10 * VALUE_BYTES_MAX, "{} bytes", text.len());
    let back: Value = serde_json::from_str(&text).expect("what was written can be read");
    assert_eq!(&back, value, "a result changes when it is stored");
}

/// Something of each kind.
fn sample() -> Value {
    json!({
        "name": "Ada", "n": 3, "half": 1.5, "none": null, "yes": true, "at": "2026-01-05T09:00:00Z",
        "tags": ["b", "a", "é"], "rows": [{ "k": "x", "v": 1 }, { "k": "y", "v": -2 }, { "k": "x" }],
        "deep": { "a": [[1, [2, { "b": {} }]], []] }, "large": 9_007_199_254_740_993_u64,
    })
}
