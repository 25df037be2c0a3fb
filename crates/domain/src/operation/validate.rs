//! Checks an input against its schema and collects everything that is wrong, not only the first.

use jsonschema::{ValidationError, Validator, error::ValidationErrorKind};
use serde_json::Value;

use super::wording;
use crate::{FieldError, text::EmailAddress};

/// How many errors one answer lists at the most.
const ERRORS_MAX: usize = 50;

/// A schema compiled once, for many checks, with what it says about its fields in words.
#[derive(Debug)]
pub struct InputSchema {
    validator: Validator,
    schema: Value,
}

impl InputSchema {
    /// # Errors
    /// When it is not a JSON Schema (2020-12).
    pub fn compile(schema: &Value) -> anyhow::Result<Self> {
        Ok(Self { validator: compile(schema)?, schema: schema.clone() })
    }

    /// Everything that is wrong with a value. Never quotes the value: it may be a secret.
    pub fn errors(&self, value: &Value) -> Vec<FieldError> {
        let mut found = Vec::new();
        for error in self.validator.iter_errors(value) {
            if ERRORS_MAX <= found.len() {
                break;
            }
            describe(&self.schema, &error, &mut found);
        }
        find_zero_characters(value, &mut String::new(), &mut found);
        found.truncate(ERRORS_MAX);
        found
    }
}

fn compile(schema: &Value) -> anyhow::Result<Validator> {
    jsonschema::draft202012::options()
        .should_validate_formats(true)
        .with_format("email", |text: &str| text.parse::<EmailAddress>().is_ok())
        .build(schema)
        .map_err(|error| anyhow::anyhow!("the schema cannot be compiled: {error}"))
}

/// Everything that is wrong with a value by a schema that is used this once.
pub(crate) fn schema_errors(schema: &Value, value: &Value) -> anyhow::Result<Vec<FieldError>> {
    Ok(InputSchema::compile(schema)?.errors(value))
}

fn describe(schema: &Value, error: &ValidationError<'_>, found: &mut Vec<FieldError>) {
    let pointer = error.instance_path().to_string();
    let mut push = |pointer: String, detail: String| found.push(FieldError { pointer, detail });
    match error.kind() {
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
        ValidationErrorKind::AnyOf { context }
        | ValidationErrorKind::OneOfNotValid { context }
        | ValidationErrorKind::OneOfMultipleValid { context } => {
            let choices = wording::choices(context);
            if !choices.is_empty() {
                return push(pointer, wording::one_of(&choices, error.instance()));
            }
            // A choice between "something" and "nothing": what is wrong with the something.
            let fits_the_type = |branch: &&Vec<ValidationError<'_>>| {
                !branch.iter().any(|one| {
                    matches!(one.kind(), ValidationErrorKind::Type { .. })
                        && one.instance_path() == error.instance_path()
                })
            };
            match context.iter().find(fits_the_type) {
                Some(branch) if !branch.is_empty() => {
                    for one in branch {
                        describe(schema, one, found);
                    }
                }
                _ => push(pointer, wording::of_types(context)),
            }
        }
        _ => push(pointer, wording::sentence(schema, error)),
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
