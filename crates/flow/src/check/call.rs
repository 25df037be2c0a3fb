//! Calls: the function must exist, and what is written of its input must fit it.

use std::sync::Arc;

use jsonschema::error::ValidationErrorKind;
use serde_json::{Value, json};

use super::{
    At, Checker,
    data::{enclosed, literal_parts},
    external::DEFAULT_CATALOG,
    listed,
};
use crate::{
    diagnostic::nearest,
    model::{CallOutput, Kind, Template},
    protocol,
    source::Content,
};

const CATALOG_VERSION: &str = "1.0.0";

impl Checker<'_> {
    pub(super) fn call(&mut self, task: &At<'_>, at: &At<'_>) -> Option<Kind> {
        let Some(name) = self.text(at) else {
            self.call_template(task);
            return None;
        };
        if let Some(protocol) = protocol::find(name) {
            return self.protocol_call(task, at, protocol);
        }
        if let Some(body) = self.function_of_use(name) {
            let input = self.call_template(task)?;
            return Some(Kind::Function { body, input });
        }
        let (name, is_ours) = self.cataloged(at, name);
        if !is_ours {
            self.call_template(task);
            return None;
        }
        let catalog = self.catalog;
        let Some(function) = catalog.function(name) else {
            let hint = self.nearest_function(name);
            let message = format!("there is no function `{name}`");
            self.problems.add_with_hint(at.position(), &at.path, message, hint.as_deref());
            self.call_template(task);
            return None;
        };
        let input = self.call_template(task)?;
        if let Some(schema) = function.input {
            self.call_input(task.get("with").as_ref().unwrap_or(at), &input, schema);
        }
        Some(Kind::Call { function: name.to_owned(), input, output: CallOutput::Answer })
    }

    /// The name of a function that is written as `name:version@catalog`, and whether it is of our catalog, which is
    /// called `default` and has one version.
    fn cataloged<'n>(&mut self, at: &At<'n>, name: &'n str) -> (&'n str, bool) {
        let whole = name;
        let (name, catalog) = name.split_once('@').unwrap_or((name, DEFAULT_CATALOG));
        if name.contains("://") || catalog != DEFAULT_CATALOG {
            self.call_elsewhere(at, whole);
            return (whole, false);
        }
        let (name, version) = name.split_once(':').unwrap_or((name, CATALOG_VERSION));
        if version != CATALOG_VERSION {
            let message = format!(
                "the functions of this release have the version {CATALOG_VERSION}, not {version}"
            );
            self.problem(at, message);
            return (name, false);
        }
        (name, true)
    }

    /// What a call gives its function: a map, empty if the call says nothing.
    fn call_template(&mut self, task: &At<'_>) -> Option<Template> {
        let Some(with) = task.get("with") else {
            return Some(Template::Literal(Arc::new(json!({}))));
        };
        match &with.node.content {
            Content::Map(_) => {}
            Content::Text(text) if enclosed(text).is_some() => {}
            _ => {
                self.expected(&with, "a map, or one `${ … }` expression");
                return None;
            }
        }
        self.template(&with)
    }

    /// Checks what can be known before a run: parts that hold expressions are left out.
    pub(super) fn call_input(&mut self, at: &At<'_>, input: &Template, schema: &Value) {
        self.fits(at, input, schema, "the input does not fit the function");
    }

    pub(super) fn fits(&mut self, at: &At<'_>, input: &Template, schema: &Value, failing: &str) {
        let Ok(validator) = jsonschema::validator_for(schema) else { return };
        let (value, _) = literal_parts(input);
        if matches!(input, Template::Expression(_)) {
            return;
        }
        for error in validator.iter_errors(&value) {
            let path = error.instance_path().as_str().to_owned();
            let is_about_keys = matches!(
                error.kind(),
                ValidationErrorKind::Required { .. }
                    | ValidationErrorKind::AdditionalProperties { .. }
            );
            let is_literal = matches!(part(input, &path), Some(Template::Literal(_)) | None);
            if !is_literal && !is_about_keys {
                continue;
            }
            let place = at.inside(&path);
            if let ValidationErrorKind::AdditionalProperties { unexpected } = error.kind() {
                self.unexpected(&place, unexpected, error.schema_path().as_str(), schema, failing);
            } else {
                self.problem(&place, format!("{failing}: {error}"));
            }
        }
    }

    /// Each key that a schema does not have, at its own place, with the one that was probably meant.
    fn unexpected(
        &mut self,
        at: &At<'_>,
        keys: &[String],
        schema_path: &str,
        schema: &Value,
        failing: &str,
    ) {
        let holder = schema_path.rsplit_once('/').map_or("", |(holder, _)| holder);
        let names = schema.pointer(holder).and_then(|it| it.get("properties"));
        let names: Vec<&str> = names
            .and_then(Value::as_object)
            .into_iter()
            .flat_map(|names| names.keys().map(String::as_str))
            .collect();
        for key in keys {
            let hint = nearest(key, names.iter().copied());
            let known = match hint {
                Some(_) => String::new(),
                None => format!("; it has {}", listed(&names)),
            };
            let member = at.members().iter().find(|member| member.key == *key);
            let position = member.map_or(at.position(), |member| member.key_at);
            let path = format!("{}/{key}", at.path);
            let message = format!("{failing}: there is no `{key}`{known}");
            self.problems.add_with_hint(position, &path, message, hint);
        }
    }
}

/// The part of a template that a JSON pointer names; none below what is literal.
fn part<'t>(template: &'t Template, pointer: &str) -> Option<&'t Template> {
    let mut current = template;
    for step in pointer.split('/').skip(1) {
        let step = step.replace("~1", "/").replace("~0", "~");
        current = match current {
            Template::Map(members) => {
                members.iter().find(|(key, _)| *key == step).map(|(_, t)| t)?
            }
            Template::List(items) => items.get(step.parse::<usize>().ok()?)?,
            Template::Literal(_) | Template::Expression(_) | Template::Loose(..) => {
                return Some(current);
            }
        };
    }
    Some(current)
}
