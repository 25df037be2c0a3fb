//! Data in definitions: expressions, templates, schemas, durations.

use std::sync::Arc;

use jsonschema::error::ValidationErrorKind;
use serde_json::Value;

use super::{At, Checker, listed};
use crate::{
    diagnostic::nearest,
    duration, expression,
    expression::Expression,
    model::{Schema, Shape, Template},
    source::{Content, Node, Position},
    stretch,
};

/// The variables that every expression may use.
pub(crate) const VARIABLES: [&str; 6] =
    ["context", "input", "output", "task", "workflow", "runtime"];

/// What JSON Schema calls the types of JSON.
const TYPES: [&str; 7] = ["array", "boolean", "integer", "null", "number", "object", "string"];

impl Checker<'_> {
    /// An expression, with or without `${ }` around it.
    pub(super) fn condition(&mut self, at: &At<'_>) -> Option<Arc<Expression>> {
        let text = self.text(at)?;
        let source = enclosed(text).unwrap_or(text);
        self.compile(at, source)
    }

    pub(super) fn optional_condition(&mut self, at: &At<'_>, key: &str) -> Option<Arc<Expression>> {
        let place = at.get(key)?;
        self.condition(&place)
    }

    pub(super) fn compile(&mut self, at: &At<'_>, source: &str) -> Option<Arc<Expression>> {
        let mut variables: Vec<&str> = VARIABLES.to_vec();
        for variable in &self.scope {
            if !variables.contains(&variable.as_str()) {
                variables.push(variable);
            }
        }
        let names = variables.iter().map(|name| (*name).to_owned()).collect();
        let key = (source.to_owned(), names);
        if let Some(known) = self.expressions.get(&key) {
            return Some(Arc::clone(known));
        }
        match expression::compile(source, &variables) {
            Ok(compiled) => {
                let compiled = Arc::new(compiled);
                self.expressions.insert(key, Arc::clone(&compiled));
                Some(compiled)
            }
            Err(faults) => {
                for fault in faults {
                    let position = fault.offset.and_then(|offset| inside(at.node, source, offset));
                    let message = format!("the expression {}", fault.message);
                    self.problems.add(position.unwrap_or(at.position()), &at.path, message);
                }
                unread()
            }
        }
    }

    /// Data in which any text that is wholly `${ … }` is an expression.
    pub(super) fn template(&mut self, at: &At<'_>) -> Option<Template> {
        match &at.node.content {
            Content::Text(text) => {
                if let Some(source) = enclosed(text) {
                    return self.compile(at, source).map(Template::Expression);
                }
                if let Some(since) = text.find("${") {
                    let braces = |sign: char| text.matches(sign).count();
                    let message = if since == 0 && braces('}') < braces('{') {
                        "an expression ends with `}`; where ` #` stands in it, write it in single \
                         quotes, or YAML takes what follows for a comment"
                    } else {
                        "an expression must be the whole text; to put values into text, \
                         write `${ \"Hello \\(.name)\" }`"
                    };
                    self.problem(at, message);
                }
                Some(self.plain_text(at, text))
            }
            Content::List(items) => {
                let items: Vec<Option<Template>> = items
                    .iter()
                    .enumerate()
                    .map(|(index, item)| self.template(&at.child(&index.to_string(), item)))
                    .collect();
                let items = items.into_iter().collect::<Option<Vec<_>>>()?;
                let is_literal = items.iter().all(|item| matches!(item, Template::Literal(_)));
                Some(if is_literal { literal(at.node) } else { Template::List(items) })
            }
            Content::Map(members) => {
                let members: Vec<Option<(String, Template)>> = members
                    .iter()
                    .map(|member| {
                        let value = self.template(&at.child(&member.key, &member.value))?;
                        Some((member.key.clone(), value))
                    })
                    .collect();
                let members = members.into_iter().collect::<Option<Vec<_>>>()?;
                let is_literal =
                    members.iter().all(|(_, value)| matches!(value, Template::Literal(_)));
                Some(if is_literal { literal(at.node) } else { Template::Map(members) })
            }
            _ => Some(literal(at.node)),
        }
    }

    /// Text without `${ }` around it: an expression where definitions are read loosely, if it can be one.
    fn plain_text(&mut self, at: &At<'_>, text: &str) -> Template {
        let Template::Literal(value) = literal(at.node) else { return literal(at.node) };
        let variables: Vec<&str> =
            VARIABLES.into_iter().chain(self.scope.iter().map(String::as_str)).collect();
        match self.is_loose.then(|| expression::compile(text, &variables)) {
            Some(Ok(expression)) => Template::Loose(Arc::new(expression), value),
            _ => Template::Literal(value),
        }
    }

    /// `{ schema, from }` or `{ schema, as }`.
    pub(super) fn shape(&mut self, at: &At<'_>, transform: &str) -> Shape {
        if !self.map(at, &["schema", transform], &[]) {
            return Shape::default();
        }
        let schema = at.get("schema").and_then(|schema| self.schema(&schema));
        let transform = at.get(transform).and_then(|place| match place.node.content {
            Content::Text(_) => self.condition(&place).map(Template::Expression),
            Content::Map(_) => self.template(&place),
            _ => {
                self.expected(&place, "an expression or a map");
                None
            }
        });
        Shape { schema, transform }
    }

    fn schema(&mut self, at: &At<'_>) -> Option<Schema> {
        if !self.map(at, &["format", "document", "resource"], &[]) {
            return None;
        }
        if let Some(format) = at.get("format")
            && let Some(text) = self.text(&format)
            && text != "json"
            && !text.starts_with("json:")
        {
            self.problem(&format, format!("only JSON Schema is supported, found `{text}`"));
            return None;
        }
        if let Some(resource) = at.get("resource") {
            self.schema_resource(at, &resource);
            return None;
        }
        let document = self.required(at, "document")?;
        let text = document.node.to_json();
        let faults = jsonschema::meta::validator_for(&text).ok();
        let mut faults = faults.iter().flat_map(|it| it.iter_errors(&text)).peekable();
        if faults.peek().is_some() {
            for fault in faults {
                let place = document.inside(fault.instance_path().as_str());
                match (fault.kind(), &place.node.content) {
                    (ValidationErrorKind::AnyOf { .. }, Content::Text(word))
                        if place.path.ends_with("/type") =>
                    {
                        let message = format!(
                            "`{word}` is no type of JSON Schema; expected one of {}",
                            listed(&TYPES)
                        );
                        let hint = nearest(word, TYPES.into_iter());
                        self.problems.add_with_hint(place.position(), &place.path, message, hint);
                    }
                    _ => self.problem(&place, format!("this is not a JSON Schema: {fault}")),
                }
            }
            return None;
        }
        match jsonschema::validator_for(&text) {
            Ok(validator) => Some(Schema(validator)),
            Err(error) => {
                self.problem(&document, format!("this is not a JSON Schema: {error}"));
                None
            }
        }
    }

    /// A duration that is written out, in milliseconds.
    pub(super) fn duration(&mut self, at: &At<'_>) -> Option<i64> {
        match duration::from_json(&at.node.to_json()) {
            Ok(millis) => Some(millis),
            Err(reason) => {
                self.problem(at, reason);
                None
            }
        }
    }

    /// How long a task or a run may take: the name of a timeout of `use.timeouts`, or one written out.
    pub(super) fn timeout(&mut self, at: &At<'_>) -> Option<Template> {
        let Content::Text(name) = &at.node.content else { return self.timeout_definition(at) };
        let Some(named) = self.named_timeouts.get(name).cloned() else {
            let hint = nearest(name, self.named_timeouts.keys().map(String::as_str));
            let hint = hint.map(str::to_owned);
            let message = format!("there is no timeout `{name}` in `use.timeouts`");
            self.problems.add_with_hint(at.position(), &at.path, message, hint.as_deref());
            return None;
        };
        self.timeout_definition(&named)
    }

    pub(super) fn timeout_definition(&mut self, at: &At<'_>) -> Option<Template> {
        if !self.map(at, &["after"], &[]) {
            return None;
        }
        let after = self.required(at, "after")?;
        self.duration_template(&after)
    }

    /// A duration that is written out, or an expression that gives one.
    pub(super) fn duration_template(&mut self, at: &At<'_>) -> Option<Template> {
        let template = self.template(at)?;
        if let Template::Literal(_) = template {
            self.duration(at)?;
        }
        Some(template)
    }
}

/// What stands for something that cannot be read, so that what is around it is read too.
pub(super) fn unread() -> Option<Arc<Expression>> {
    expression::compile(".", &[]).ok().map(Arc::new)
}

/// Where a byte of an expression stands in the file, if its text is written there as it is.
fn inside(node: &Node, source: &str, offset: usize) -> Option<Position> {
    let Content::Text(text) = &node.content else { return None };
    let begins = source.as_ptr().addr().checked_sub(text.as_ptr().addr())?;
    stretch::place(&node.stretches, text, begins.checked_add(offset)?)
}

fn literal(node: &Node) -> Template {
    Template::Literal(Arc::new(node.to_json()))
}

/// The expression in `${ … }`, if the text is wholly one.
pub(super) fn enclosed(text: &str) -> Option<&str> {
    text.trim().strip_prefix("${")?.strip_suffix('}').map(str::trim)
}

/// The literal parts of a template as JSON, and whether all of it is literal.
pub(super) fn literal_parts(template: &Template) -> (Value, bool) {
    match template {
        Template::Literal(value) => ((**value).clone(), true),
        Template::Expression(_) | Template::Loose(..) => (Value::Null, false),
        Template::List(items) => (items.iter().map(|item| literal_parts(item).0).collect(), false),
        Template::Map(members) => {
            let members =
                members.iter().map(|(key, member)| (key.clone(), literal_parts(member).0));
            (Value::Object(members.collect()), false)
        }
    }
}
