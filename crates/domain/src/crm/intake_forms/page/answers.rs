//! From what a browser sends to what the operation takes.

use axum::body::Bytes;
use serde_json::{Map, Value};

use super::{Typed, pairs};
use crate::crm::intake_forms::{FieldKind, IntakeForm};

/// The field that no person sees.
pub(super) const TRAP: &str = "website_address";
/// The field with the page's own key.
pub(super) const KEY: &str = "submission_key";

pub(super) fn read(form: &IntakeForm, body: &Bytes) -> Typed {
    let sent = pairs(body);
    let values = |name: &str| -> Vec<&str> {
        sent.iter().filter(|(known, _)| known == name).map(|(_, value)| value.as_str()).collect()
    };
    let mut answers = Map::new();
    for field in &form.fields {
        let given = values(&field.name);
        let answer = match field.kind {
            FieldKind::List => {
                let lines = given.iter().flat_map(|text| text.lines()).map(str::trim);
                lines.filter(|line| !line.is_empty()).map(Value::from).collect()
            }
            FieldKind::Choices => given.into_iter().map(Value::from).collect(),
            _ => given.first().map_or(Value::Null, |text| Value::from(*text)),
        };
        answers.insert(field.name.clone(), answer);
    }
    let is_key = |key: &&str| {
        (8..=100).contains(&key.len()) && key.bytes().all(|byte| byte.is_ascii_alphanumeric())
    };
    Typed {
        key: values(KEY).into_iter().find(is_key).map(str::to_owned),
        is_trapped: values(TRAP).iter().any(|text| !text.is_empty()),
        answers,
    }
}
