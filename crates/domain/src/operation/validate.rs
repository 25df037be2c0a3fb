//! Checks an input against its schema and collects everything that is wrong, not only the first.

use jsonschema::{Validator, error::ValidationErrorKind};
use serde_json::Value;

use crate::{FieldError, text::EmailAddress};

/// How many errors one answer lists at the most.
const ERRORS_MAX: usize = 50;

/// Compiles a schema once, for many checks.
pub(crate) fn compile(schema: &Value) -> anyhow::Result<Validator> {
    jsonschema::draft202012::options()
        .should_validate_formats(true)
        .with_format("email", |text: &str| text.parse::<EmailAddress>().is_ok())
        .build(schema)
        .map_err(|error| anyhow::anyhow!("the schema cannot be compiled: {error}"))
}

/// Everything that is wrong with a value by a schema that is used this once.
pub(crate) fn schema_errors(schema: &Value, value: &Value) -> anyhow::Result<Vec<FieldError>> {
    Ok(errors(&compile(schema)?, value))
}

/// Everything that is wrong with a value. Never quotes the value: it may be a secret.
pub(crate) fn errors(validator: &Validator, value: &Value) -> Vec<FieldError> {
    let mut found = Vec::new();
    for error in validator.iter_errors(value) {
        if ERRORS_MAX <= found.len() {
            break;
        }
        let pointer = error.instance_path().to_string();
        describe(&pointer, error.kind(), &error.masked_with("the value").to_string(), &mut found);
    }
    find_zero_characters(value, &mut String::new(), &mut found);
    found.truncate(ERRORS_MAX);
    found
}

fn describe(
    pointer: &str,
    kind: &ValidationErrorKind,
    otherwise: &str,
    found: &mut Vec<FieldError>,
) {
    let mut push = |pointer: String, detail: String| found.push(FieldError { pointer, detail });
    match kind {
        ValidationErrorKind::Required { property } => {
            let name = property.as_str().unwrap_or_default();
            push(format!("{pointer}/{}", escape(name)), "is required".to_owned());
        }
        ValidationErrorKind::AdditionalProperties { unexpected }
        | ValidationErrorKind::UnevaluatedProperties { unexpected } => {
            for name in unexpected {
                let detail = "is not a known field; check its name or leave it out";
                push(format!("{pointer}/{}", escape(name)), detail.to_owned());
            }
        }
        ValidationErrorKind::Enum { options } => {
            let options = options.as_array().map(Vec::as_slice).unwrap_or_default();
            let list: Vec<String> = options.iter().map(ToString::to_string).collect();
            push(pointer.to_owned(), format!("must be one of {}", list.join(", ")));
        }
        ValidationErrorKind::MinLength { limit: 1 } => {
            push(pointer.to_owned(), "must not be empty".to_owned());
        }
        ValidationErrorKind::MinLength { limit } => {
            push(pointer.to_owned(), format!("must have at least {limit} characters"));
        }
        ValidationErrorKind::MaxLength { limit } => {
            push(pointer.to_owned(), format!("must have at most {limit} characters"));
        }
        ValidationErrorKind::Minimum { limit } => {
            push(pointer.to_owned(), format!("must be at least {limit}"));
        }
        ValidationErrorKind::Maximum { limit } => {
            push(pointer.to_owned(), format!("must be at most {limit}"));
        }
        ValidationErrorKind::Format { format } => {
            push(pointer.to_owned(), format!("must be a valid {format}"));
        }
        ValidationErrorKind::Pattern { pattern } => {
            push(pointer.to_owned(), format!("must match {pattern}"));
        }
        ValidationErrorKind::Type { .. } => {
            let detail = otherwise.replace("the value is not of type", "must be of type");
            push(pointer.to_owned(), detail);
        }
        // The library's own sentence.
        _ => push(pointer.to_owned(), otherwise.to_owned()),
    }
}

/// PostgreSQL's text cannot hold the character zero, so it is refused here and not there.
fn find_zero_characters(value: &Value, pointer: &mut String, found: &mut Vec<FieldError>) {
    let detail = "must not contain the character U+0000; remove it";
    match value {
        Value::String(text) if text.contains('\0') => {
            found.push(FieldError { pointer: pointer.clone(), detail: detail.to_owned() });
        }
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                let length = pointer.len();
                pointer.push('/');
                pointer.push_str(&index.to_string());
                find_zero_characters(item, pointer, found);
                pointer.truncate(length);
            }
        }
        Value::Object(fields) => {
            for (name, item) in fields {
                if name.contains('\0') {
                    let detail = format!("has a field whose name {detail}");
                    found.push(FieldError { pointer: pointer.clone(), detail });
                }
                let length = pointer.len();
                pointer.push('/');
                pointer.push_str(&escape(name));
                find_zero_characters(item, pointer, found);
                pointer.truncate(length);
            }
        }
        _ => {}
    }
}

/// A field's name as a part of a JSON pointer (RFC 6901).
pub(crate) fn escape(name: &str) -> String {
    name.replace('~', "~0").replace('/', "~1")
}
