//! A request that a reader can paste into a shell.

use serde_json::Value;

use super::operation::Described;

/// The address and the token come from `HANDOFF_URL` and `HANDOFF_TOKEN`, as for the command line.
pub(super) fn curl(operation: &Described<'_>) -> String {
    let mut command = match operation.method {
        "get" => "curl".to_owned(),
        other => format!("curl -X {}", other.to_uppercase()),
    };
    if operation.answers_file() {
        command.push_str(" -OJ");
    }
    command.push_str(" \"$HANDOFF_URL");
    command.push_str(&address(operation));
    command.push('"');
    let mut more = |text: &str| {
        command.push_str(" \\\n  ");
        command.push_str(text);
    };
    if !operation.is_public() {
        more("-H \"Authorization: Bearer $HANDOFF_TOKEN\"");
    }
    if operation.takes_key() {
        more("-H \"Idempotency-Key: $(uuidgen)\"");
    }
    if let Some(body) = operation.body() {
        more("-H \"Content-Type: application/json\"");
        more(&format!("-d '{}'", format!("{:#}", body["example"]).replace('\'', r"'\''")));
    }
    command
}

fn address(operation: &Described<'_>) -> String {
    let mut path = operation.path.to_owned();
    let mut query = String::new();
    for parameter in operation.parameters() {
        let Some(name) = parameter["name"].as_str() else { continue };
        let Some(example) = parameter.get("example") else { continue };
        match parameter["in"].as_str() {
            Some("path") => path = path.replace(&format!("{{{name}}}"), &encoded(example)),
            Some("query") => {
                query.push(if query.is_empty() { '?' } else { '&' });
                query.extend([name, "=", &encoded(example)]);
            }
            _ => {}
        }
    }
    path + &query
}

fn encoded(value: &Value) -> String {
    let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>().replace('+', "%20")
}
