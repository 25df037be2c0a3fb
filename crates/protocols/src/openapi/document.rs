//! Documents that describe an interface.

use connector_kit::CallError;
use serde_json::Value;

use crate::invalid;

/// How many references may follow one another.
const REFERENCES_MAX: usize = 20;

pub(super) fn read(bytes: &[u8]) -> Result<Value, String> {
    serde_json::from_slice(bytes).or_else(|_not_json| {
        flow::read_yaml(&String::from_utf8_lossy(bytes))
            .map_err(|reason| format!("is neither JSON nor YAML: {reason}"))
    })
}

/// The value itself, or what its `$ref` names within the document.
pub(super) fn follow<'d>(document: &'d Value, value: &'d Value) -> Result<&'d Value, CallError> {
    let mut value = value;
    for _ in 0..REFERENCES_MAX {
        let Some(reference) = value.get("$ref").and_then(Value::as_str) else { return Ok(value) };
        let target = reference.strip_prefix('#').and_then(|pointer| document.pointer(pointer));
        value = target.ok_or_else(|| {
            invalid(format!("the document refers to `{reference}`, which it does not hold"))
        })?;
    }
    Err(invalid("the document's references go in a circle"))
}
