//! JSON Schema in words: of what type a value is, what bounds it, which fields it has.

use maud::{Markup, html};
use serde_json::Value;

use super::text::markdown;

/// How deep fields within fields are shown; deeper ones are `object`.
const DEPTH_MAX: usize = 6;

/// The schema that a reference names, with its name.
pub(super) fn resolve<'a>(document: &'a Value, schema: &'a Value) -> (Option<&'a str>, &'a Value) {
    let target = schema["$ref"].as_str();
    match target.and_then(|target| target.strip_prefix("#/components/schemas/")) {
        Some(name) => (Some(name), &document["components"]["schemas"][name]),
        None => (None, schema),
    }
}

/// All that is known of a value, below its name.
pub(super) fn shown(schema: &Value) -> Markup {
    nested(schema, DEPTH_MAX)
}

fn nested(schema: &Value, depth: usize) -> Markup {
    let choices = choices(schema);
    html! {
        @if let Some(properties) = schema["properties"].as_object().filter(|it| !it.is_empty()) {
            dl class="fields" {
                @for (name, property) in properties {
                    (field(name, property, is_required(schema, name), depth))
                }
            }
        } @else if choices.iter().any(|choice| choice["description"].is_string()) {
            dl class="fields" {
                @for choice in choices {
                    div {
                        dt { (kind(choice)) }
                        @if let Some(text) = choice["description"].as_str() { dd { (markdown(text)) } }
                    }
                }
            }
        } @else {
            p class="type" { (kind(schema)) }
            (bounds(schema))
        }
    }
}

fn is_required(schema: &Value, name: &str) -> bool {
    schema["required"].as_array().is_some_and(|names| names.iter().any(|known| known == name))
}

/// A field or a parameter.
pub(super) fn field(name: &str, schema: &Value, is_required: bool, depth: usize) -> Markup {
    let inner = inner(schema).filter(|_| 0 < depth);
    html! {
        div {
            dt {
                code class="name" { (name) }
                span class="type" { (kind(schema)) }
                @if is_required { span class="required" { "required" } }
            }
            dd {
                @if let Some(text) = schema["description"].as_str() { (markdown(text)) }
                (bounds(schema))
                @if let Some(inner) = inner { (nested(inner, depth - 1)) }
            }
        }
    }
}

/// A parameter, which has its description beside its schema.
pub(super) fn parameter(parameter: &Value) -> Markup {
    let mut schema = parameter["schema"].clone();
    if let (Some(fields), Some(text)) = (schema.as_object_mut(), parameter.get("description")) {
        fields.insert("description".to_owned(), text.clone());
    }
    let name = parameter["name"].as_str().unwrap_or_default();
    field(name, &schema, parameter["required"] == true, DEPTH_MAX)
}

/// The object with fields of its own that a value is, or that a list or a choice is made of.
fn inner(schema: &Value) -> Option<&Value> {
    if schema["properties"].as_object().is_some_and(|properties| !properties.is_empty()) {
        return Some(schema);
    }
    let items = schema.get("items").and_then(inner);
    items.or_else(|| choices(schema).iter().find_map(inner))
}

fn choices(schema: &Value) -> &[Value] {
    let list = ["oneOf", "anyOf", "allOf"].iter().find_map(|name| schema[*name].as_array());
    list.map_or(&[], Vec::as_slice)
}

/// The type of a value, in words; named schemas are links.
pub(super) fn kind(schema: &Value) -> Markup {
    if let Some(name) = schema["$ref"].as_str().and_then(|target| target.rsplit('/').next()) {
        return html! { a href={ "/docs/schemas#" (name) } { (name) } };
    }
    if let Some(only) = schema.get("const") {
        return literal(only);
    }
    if let Some(values) = schema["enum"].as_array() {
        return joined(values.iter().map(literal));
    }
    let choices = choices(schema);
    if !choices.is_empty() {
        return joined(choices.iter().map(kind));
    }
    let names: Vec<&str> = match &schema["type"] {
        Value::String(name) => vec![name],
        Value::Array(names) => names.iter().filter_map(Value::as_str).collect(),
        _ => return html! { "anything" },
    };
    joined(names.into_iter().map(|name| plain(schema, name)))
}

fn plain(schema: &Value, name: &str) -> Markup {
    let of = |part: &str| schema.get(part).filter(|it| it.is_object());
    match name {
        "array" => match of("items") {
            Some(items) => html! { "list of " (kind(items)) },
            None => html! { "list" },
        },
        "object" => match of("additionalProperties") {
            Some(values) => html! { "object whose values are " (kind(values)) },
            None => html! { "object" },
        },
        "string" => match (prefix_of_id(schema), schema["format"].as_str()) {
            (Some(prefix), _) => html! { "id " code { (prefix) "…" } },
            (None, Some(format)) => html! { "string (" (format) ")" },
            (None, None) => html! { "string" },
        },
        other => html! { (other) },
    }
}

/// `lead_` of the pattern of a lead's id.
fn prefix_of_id(schema: &Value) -> Option<&str> {
    let (prefix, rest) = schema["pattern"].as_str()?.strip_prefix('^')?.split_once('[')?;
    (prefix.ends_with('_') && rest == "0-7][0-9a-hjkmnp-tv-z]{25}$").then_some(prefix)
}

fn literal(value: &Value) -> Markup {
    match value {
        Value::Null => html! { "null" },
        Value::String(text) => html! { code { (text) } },
        other => html! { code { (other.to_string()) } },
    }
}

fn joined(parts: impl Iterator<Item = Markup>) -> Markup {
    let mut seen: Vec<String> = Vec::new();
    for part in parts.map(Markup::into_string) {
        if !seen.contains(&part) {
            seen.push(part);
        }
    }
    html! {
        @for (number, part) in seen.into_iter().enumerate() {
            @if 0 < number { " or " }
            (maud::PreEscaped(part))
        }
    }
}

fn bounds(schema: &Value) -> Markup {
    let said = said(schema);
    let pattern = schema["pattern"].as_str().filter(|_| prefix_of_id(schema).is_none());
    let examples = schema["examples"].as_array().map_or(&[][..], Vec::as_slice);
    html! {
        @if !said.is_empty() || pattern.is_some() || !examples.is_empty() {
            p class="bounds" {
                @for (number, part) in said.iter().enumerate() {
                    @if 0 < number { ", " }
                    (part)
                }
                @if let Some(pattern) = pattern {
                    @if !said.is_empty() { ", " }
                    "matches " code { (pattern) }
                }
                @if !examples.is_empty() {
                    @if !said.is_empty() || pattern.is_some() { ", " }
                    "such as " (joined(examples.iter().map(literal)))
                }
            }
        }
    }
}

fn said(schema: &Value) -> Vec<String> {
    let number = |name: &str| schema.get(name).filter(|it| it.is_number());
    let range = |least: &str, most: &str, what: &str| match (number(least), number(most)) {
        (Some(least), Some(most)) if least == most => Some(format!("{least}{what}")),
        (Some(least), Some(most)) => Some(format!("{least} to {most}{what}")),
        (Some(least), None) => Some(format!("at least {least}{what}")),
        (None, Some(most)) => Some(format!("at most {most}{what}")),
        (None, None) => None,
    };
    let mut said: Vec<String> = [
        range("minLength", "maxLength", " characters"),
        range("minimum", "maximum", ""),
        range("minItems", "maxItems", " items"),
        range("minProperties", "maxProperties", " fields"),
    ]
    .into_iter()
    .flatten()
    .collect();
    if schema["writeOnly"] == true {
        said.push("never answered".to_owned());
    }
    if let Some(default) = schema.get("default").filter(|default| !default.is_null()) {
        said.push(format!("{default} when left out"));
    }
    said
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_type_reads_as_words() {
        for (schema, words) in [
            (json!(true), "anything"),
            (json!({ "type": ["string", "null"], "format": "date" }), "string (date) or null"),
            (json!({ "type": "array", "items": { "type": "integer" } }), "list of integer"),
            (
                json!({ "type": "object", "additionalProperties": { "type": "boolean" } }),
                "object whose values are boolean",
            ),
            (json!({ "enum": ["open", "won"] }), "<code>open</code> or <code>won</code>"),
            (
                json!({ "type": "string", "pattern": "^lead_[0-7][0-9a-hjkmnp-tv-z]{25}$" }),
                "id <code>lead_…</code>",
            ),
            (
                json!({ "anyOf": [{ "$ref": "#/components/schemas/Money" }, { "type": "null" }] }),
                "<a href=\"/docs/schemas#Money\">Money</a> or null",
            ),
        ] {
            assert_eq!(kind(&schema).into_string(), words);
        }
    }

    #[test]
    fn bounds_are_said_once_and_fields_within_fields_are_shown() {
        let schema = json!({
            "required": ["items"],
            "properties": { "items": { "type": "array", "maxItems": 5, "items": {
                "type": "object",
                "properties": { "name": { "type": "string", "minLength": 1, "maxLength": 9 } },
            } } },
        });
        let shown = shown(&schema).into_string();
        for part in ["required", "at most 5 items", ">name<", "1 to 9 characters"] {
            assert_eq!(
                shown.matches(part).count(),
                if part == "required" { 2 } else { 1 },
                "{part}"
            );
        }
    }
}
