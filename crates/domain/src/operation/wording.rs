//! What was expected of a value, in words for a person, without quoting the value.

use jsonschema::{ValidationError, error::ValidationErrorKind};
use serde_json::Value;

/// What an id looks like after its prefix, in `kernel`'s schema of it.
const ID_PATTERN: &str = "_[0-7][0-9a-hjkmnp-tv-z]{25}$";
/// The part of an example that every kind of id shares.
const ID_EXAMPLE: &str = "01jcz5k8w1e9ta5bq0h3m7xk2d";

/// The sentence for one error that is about one value.
pub(super) fn sentence(schema: &Value, error: &ValidationError<'_>) -> String {
    match error.kind() {
        ValidationErrorKind::Enum { options } => {
            let options = options.as_array().cloned().unwrap_or_default();
            one_of(&options, error.instance())
        }
        ValidationErrorKind::Constant { expected_value } => {
            one_of(&[Value::clone(expected_value)], error.instance())
        }
        ValidationErrorKind::MinLength { limit: 1 } => "must not be empty".to_owned(),
        ValidationErrorKind::MinLength { limit } => {
            format!("must have at least {limit} characters")
        }
        ValidationErrorKind::MaxLength { limit } => {
            format!("must have at most {limit} characters")
        }
        ValidationErrorKind::Minimum { limit } => format!("must be at least {limit}"),
        ValidationErrorKind::Maximum { limit } => format!("must be at most {limit}"),
        ValidationErrorKind::Format { format } => of_format(format),
        ValidationErrorKind::Pattern { pattern } => of_pattern(schema, error, pattern),
        ValidationErrorKind::Type { .. } if error.instance_path().as_str().is_empty() => {
            masked(error).replace("must be of type \"object\"", "must be a JSON object")
        }
        // The library's own sentence.
        _ => masked(error),
    }
}

fn masked(error: &ValidationError<'_>) -> String {
    let text = error.masked_with("the value").to_string();
    text.replace("the value is not of type", "must be of type")
}

/// The values that were allowed, where every branch of a choice names some.
pub(super) fn choices(branches: &[Vec<ValidationError<'static>>]) -> Vec<Value> {
    let mut allowed = Vec::new();
    for error in branches.iter().flatten() {
        match error.kind() {
            ValidationErrorKind::Enum { options } => {
                allowed.extend(options.as_array().into_iter().flatten().cloned());
            }
            ValidationErrorKind::Constant { expected_value } => {
                allowed.push(Value::clone(expected_value));
            }
            ValidationErrorKind::AnyOf { context }
            | ValidationErrorKind::OneOfNotValid { context } => allowed.extend(choices(context)),
            _ => {}
        }
    }
    allowed.retain(|value| !value.is_null());
    allowed
}

/// "must be one of …", with the word that was probably meant.
pub(super) fn one_of(options: &[Value], given: &Value) -> String {
    let words = |value: &Value| match value {
        Value::String(text) => format!("`{text}`"),
        other => other.to_string(),
    };
    let list: Vec<String> = options.iter().map(words).collect();
    let known = options.iter().filter_map(Value::as_str);
    let nearest = given.as_str().and_then(|text| flow::nearest(&text.to_lowercase(), known));
    let hint = match nearest {
        Some(nearest) if 1 < options.len() => format!("; did you mean `{nearest}`?"),
        _ => String::new(),
    };
    match list.as_slice() {
        [only] => format!("must be {only}"),
        list => format!("must be one of {}{hint}", list.join(", ")),
    }
}

/// "must be of type …", from a choice that no branch's type allows.
pub(super) fn of_types(branches: &[Vec<ValidationError<'static>>]) -> String {
    let mut sentences: Vec<String> = branches
        .iter()
        .flatten()
        .filter(|error| matches!(error.kind(), ValidationErrorKind::Type { .. }))
        .map(masked)
        .filter(|text| !text.contains("\"null\""))
        .collect();
    sentences.dedup();
    if sentences.is_empty() {
        return "does not have the form that the documentation describes".to_owned();
    }
    sentences.join(", or ")
}

fn of_format(format: &str) -> String {
    match format {
        "email" => "must be an e-mail address such as `ada@example.com`".to_owned(),
        "date-time" => "must be a date and time such as `2026-11-21T09:30:00Z`".to_owned(),
        "date" => "must be a date such as `2026-11-21`".to_owned(),
        "uri" => "must be an address such as `https://example.com/path`".to_owned(),
        other => format!("must be a valid {other}"),
    }
}

/// A pattern says nothing to a person: the schema's own words about the field do.
fn of_pattern(schema: &Value, error: &ValidationError<'_>, pattern: &str) -> String {
    if pattern == r"\S" {
        return "must not be empty".to_owned();
    }
    if let Some(prefix) = pattern.strip_prefix('^').and_then(|it| it.strip_suffix(ID_PATTERN)) {
        return format!("must be an id such as `{prefix}_{ID_EXAMPLE}`");
    }
    if pattern.starts_with("^https?://") {
        return "must be an address such as `https://example.com/path`".to_owned();
    }
    let path = error.schema_path().to_string();
    let fields = described(schema, path.rsplit_once('/').map_or("", |(field, _pattern)| field));
    let words = |name: &str| fields.iter().find_map(|field| field[name].as_str()).map(str::trim);
    let example = fields.iter().find_map(|field| field["examples"][0].as_str());
    match (words("title"), words("description"), example) {
        (Some(title), _, Some(example)) => format!("must be {title} such as `{example}`"),
        (Some(title), ..) => format!("must be {title}"),
        (None, Some(says), Some(example)) => {
            format!("has the wrong form; give one such as `{example}` ({})", without_stop(says))
        }
        (None, Some(says), None) => {
            format!("has the wrong form; expected: {}", without_stop(says))
        }
        (None, None, Some(example)) => format!("has the wrong form; give one such as `{example}`"),
        (None, None, None) => format!("must match the regular expression {pattern}"),
    }
}

/// The schema at this place, and the field's around it where this is one of its choices.
fn described<'s>(schema: &'s Value, place: &str) -> Vec<&'s Value> {
    let (around, choice) = place.rsplit_once('/').unwrap_or_default();
    let field = around.strip_suffix("/anyOf").filter(|_| choice.parse::<usize>().is_ok());
    [Some(place), field].into_iter().flatten().filter_map(|it| schema.pointer(it)).collect()
}

fn without_stop(text: &str) -> &str {
    text.strip_suffix('.').unwrap_or(text)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::operation::InputSchema;

    fn said(schema: serde_json::Value, value: serde_json::Value) -> Vec<(String, String)> {
        let schema = InputSchema::compile(&schema).unwrap();
        let errors = schema.errors(&value);
        errors.into_iter().map(|error| (error.pointer, error.detail)).collect()
    }

    fn says(schema: serde_json::Value, value: serde_json::Value, expected: &str) {
        let said = said(schema, value);
        assert_eq!(said, [(String::new(), expected.to_owned())]);
    }

    #[test]
    fn choices_are_named_however_the_schema_writes_them() {
        let named = "must be one of `owner`, `admin`, `staff`; did you mean `admin`?";
        let list = json!({ "enum": ["owner", "admin", "staff"] });
        says(list.clone(), json!("admn"), named);
        says(json!({ "anyOf": [list, { "type": "null" }] }), json!("Admin1"), named);
        let each = json!({ "oneOf": [
            { "const": "owner", "description": "all" }, { "const": "admin" }, { "const": "staff" },
        ] });
        says(each.clone(), json!("admn"), named);
        let referred = json!({
            "anyOf": [{ "$ref": "#/$defs/Role" }, { "type": "null" }], "$defs": { "Role": each },
        });
        says(referred, json!("bogus"), "must be one of `owner`, `admin`, `staff`");
    }

    #[test]
    fn patterns_are_told_in_words() {
        let id = json!({ "type": "string", "pattern": "^run_[0-7][0-9a-hjkmnp-tv-z]{25}$" });
        let told = "must be an id such as `run_01jcz5k8w1e9ta5bq0h3m7xk2d`";
        says(id.clone(), json!("run_1"), told);
        says(json!({ "anyOf": [id, { "type": "null" }] }), json!("run_1"), told);
        says(json!({ "type": "string", "pattern": r"\S" }), json!(""), "must not be empty");
        let channel = json!({ "properties": { "channel": {
            "pattern": "^[CGD][A-Z0-9]{2,}$", "description": "Id of a channel, such as `C0123ABCD`.",
        } } });
        let told = "has the wrong form; expected: Id of a channel, such as `C0123ABCD`";
        assert_eq!(
            said(channel, json!({ "channel": "general" })),
            [("/channel".to_owned(), told.to_owned())]
        );
        let optional = json!({ "properties": { "cursor": {
            "description": "`next_cursor` of the page before.",
            "anyOf": [{ "type": "string", "pattern": "^[a-z]{22}$" }, { "type": "null" }],
        } } });
        let told = "has the wrong form; expected: `next_cursor` of the page before";
        assert_eq!(
            said(optional, json!({ "cursor": "1" })),
            [("/cursor".to_owned(), told.to_owned())]
        );
        let titled = json!({ "pattern": "^[0-9]+$", "title": "a number", "examples": ["12"] });
        says(titled, json!("x"), "must be a number such as `12`");
    }

    #[test]
    fn types_are_told_without_nothing() {
        let optional = json!({ "anyOf": [{ "type": "object" }, { "type": "null" }] });
        says(json!({ "type": "object" }), json!([]), "must be a JSON object");
        says(optional, json!(1), "must be of type \"object\"");
    }
}
