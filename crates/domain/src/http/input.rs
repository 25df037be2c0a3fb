//! From path, query and body to one input object.

use serde_json::{Map, Value};

use super::DEPTH_MAX;
use crate::{FieldError, Operation, Problem};

/// Merges what a request gives. Whether it is valid is the registry's business.
pub(super) fn merge(
    operation: &Operation,
    path: &[(String, String)],
    query: &[(String, String)],
    body: &[u8],
) -> Result<Value, Problem> {
    let mut errors = Vec::new();
    let mut input = if operation.method.has_body() { read_body(body)? } else { Map::new() };
    if !operation.method.has_body() && !body.is_empty() {
        errors.push(error("", "this method takes no body; use the query"));
    }
    for (name, text) in query {
        if operation.method.has_body() {
            errors.push(error(name, "is not a query parameter; put it into the body"));
        } else if input.insert(name.clone(), coerce(operation, name, text)).is_some() {
            errors.push(error(name, "is given more than once"));
        }
    }
    for (name, text) in path {
        if input.insert(name.clone(), coerce(operation, name, text)).is_some() {
            errors.push(error(name, "is given by the path; leave it out"));
        }
    }
    if errors.is_empty() { Ok(Value::Object(input)) } else { Err(Problem::invalid(errors)) }
}

fn error(name: &str, detail: &str) -> FieldError {
    let pointer = if name.is_empty() { String::new() } else { format!("/{name}") };
    FieldError { pointer, detail: detail.to_owned() }
}

fn read_body(body: &[u8]) -> Result<Map<String, Value>, Problem> {
    if body.is_empty() {
        return Ok(Map::new());
    }
    if DEPTH_MAX < depth(body) {
        return Err(malformed(&format!("the body is nested deeper than {DEPTH_MAX} levels")));
    }
    match serde_json::from_slice(body) {
        Ok(Value::Object(fields)) => Ok(fields),
        Ok(_) => Err(malformed("the body is JSON, but not an object")),
        Err(error) => Err(malformed(&format!(
            "the body is not JSON at line {} column {}",
            error.line(),
            error.column()
        ))),
    }
}

fn malformed(detail: &str) -> Problem {
    Problem::new("malformed-json", format!("{detail}; send a JSON object"))
}

/// How deep brackets are nested, without parsing: a bomb must cost nothing.
pub(crate) fn depth(json: &[u8]) -> usize {
    let (mut depth, mut deepest) = (0_usize, 0);
    let (mut in_text, mut escaped) = (false, false);
    for byte in json {
        match (in_text, byte) {
            (true, _) if escaped => escaped = false,
            (true, b'\\') => escaped = true,
            (_, b'"') => in_text = !in_text,
            (false, b'[' | b'{') => {
                depth += 1;
                deepest = deepest.max(depth);
            }
            (false, b']' | b'}') => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    deepest
}

/// The text of a parameter as the type its schema asks for. What does not fit stays text, and the
/// validation says what was expected.
fn coerce(operation: &Operation, name: &str, text: &str) -> Value {
    let schema = &operation.input["properties"][name];
    let wants = |kind: &str| match &schema["type"] {
        Value::String(only) => only == kind,
        Value::Array(kinds) => kinds.iter().any(|each| each == kind),
        _ => false,
    };
    if wants("integer")
        && let Ok(number) = text.parse::<i64>()
    {
        return Value::from(number);
    }
    if wants("number")
        && let Ok(number) = text.parse::<f64>()
    {
        return Value::from(number);
    }
    if wants("boolean")
        && let Ok(truth) = text.parse::<bool>()
    {
        return Value::from(truth);
    }
    Value::from(text)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn operation(name: &str) -> Operation {
        crate::operations().into_iter().find(|operation| operation.name == name).unwrap()
    }

    fn pairs(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
        pairs.iter().map(|(a, b)| ((*a).to_owned(), (*b).to_owned())).collect()
    }

    #[test]
    fn query_parameters_take_the_type_of_their_schema() {
        let query = pairs(&[("limit", "5"), ("text", "5")]);
        let input = merge(&operation("list_leads"), &[], &query, b"").unwrap();
        assert_eq!(input, json!({ "limit": 5, "text": "5" }));
        let query = pairs(&[("all", "true")]);
        let input = merge(&operation("list_tokens"), &[], &query, b"").unwrap();
        assert_eq!(input, json!({ "all": true }));
        let query = pairs(&[("limit", "five")]);
        let input = merge(&operation("list_leads"), &[], &query, b"").unwrap();
        assert_eq!(input, json!({ "limit": "five" }));
    }

    #[test]
    fn the_path_joins_the_body_and_may_not_be_contradicted() {
        let path = pairs(&[("client_id", "client_x")]);
        let move_client = operation("move_client");
        let input = merge(&move_client, &path, &[], br#"{"stage":"lost"}"#).unwrap();
        assert_eq!(input, json!({ "stage": "lost", "client_id": "client_x" }));
        let refused = merge(&move_client, &path, &[], br#"{"client_id":"client_y"}"#).unwrap_err();
        assert_eq!(refused.errors()[0].pointer, "/client_id");
    }

    #[test]
    fn all_misplaced_parameters_are_named_at_once() {
        let query = pairs(&[("a", "1"), ("b", "2")]);
        let refused = merge(&operation("create_lead"), &[], &query, b"").unwrap_err();
        assert_eq!(refused.errors().len(), 2);
        let query = pairs(&[("limit", "1"), ("limit", "2")]);
        assert!(merge(&operation("list_leads"), &[], &query, b"").is_err());
        assert!(merge(&operation("list_leads"), &[], &[], b"{}").is_err());
    }

    #[test]
    fn a_body_that_is_not_an_object_is_refused() {
        let create = operation("create_lead");
        for body in ["[]", "1", "{", "{\"a\":1}x", "\u{feff}{}"] {
            let refused = merge(&create, &[], &[], body.as_bytes()).unwrap_err();
            assert_eq!(refused.code(), "malformed-json", "{body}");
        }
    }

    #[test]
    fn a_deeply_nested_body_is_refused_before_it_is_parsed() {
        let nested =
            |levels: usize| format!("{{\"a\":{}{}}}", "[".repeat(levels), "]".repeat(levels));
        assert!(read_body(nested(63).as_bytes()).is_ok());
        assert!(read_body(nested(64).as_bytes()).is_err());
        assert!(read_body("[".repeat(1_000_000).as_bytes()).is_err());
        assert_eq!(depth(br#"{"text":"[[[{{{\"[["}"#), 1);
    }

    proptest! {
        #[test]
        fn the_depth_of_any_bytes_is_at_most_their_number(bytes: Vec<u8>) {
            prop_assert!(depth(&bytes) <= bytes.len());
        }
    }
}
