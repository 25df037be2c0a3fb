//! One operation of the document, and how it is shown.

use maud::{Markup, html};
use serde_json::Value;

use super::{
    curl::curl,
    schema::{self, parameter, resolve},
    text::markdown,
};

const METHODS: [&str; 5] = ["get", "post", "put", "patch", "delete"];

/// An operation where the document describes it.
#[derive(Clone, Copy)]
pub(super) struct Described<'a> {
    document: &'a Value,
    pub(super) path: &'a str,
    pub(super) method: &'a str,
    described: &'a Value,
}

/// Every operation, in the order of the document.
pub(super) fn operations(document: &Value) -> impl Iterator<Item = Described<'_>> {
    let paths = document["paths"].as_object().into_iter().flatten();
    paths.flat_map(move |(path, item)| {
        let methods = item.as_object().into_iter().flatten();
        methods
            .filter(|(method, _)| METHODS.contains(&method.as_str()))
            .map(move |(method, described)| Described { document, path, method, described })
    })
}

/// The groups of operations, in the order of the document.
pub(super) fn groups(document: &Value) -> Vec<(&str, Vec<Described<'_>>)> {
    let mut groups: Vec<(&str, Vec<Described<'_>>)> = Vec::new();
    for operation in operations(document) {
        match groups.iter_mut().find(|(name, _)| *name == operation.group()) {
            Some((_, members)) => members.push(operation),
            None => groups.push((operation.group(), vec![operation])),
        }
    }
    groups
}

impl<'a> Described<'a> {
    fn text(&self, name: &str) -> &'a str {
        self.described[name].as_str().unwrap_or_default()
    }

    pub(super) fn id(&self) -> &'a str {
        self.text("operationId")
    }

    pub(super) fn summary(&self) -> &'a str {
        self.text("summary")
    }

    pub(super) fn group(&self) -> &'a str {
        self.described["tags"][0].as_str().unwrap_or("others")
    }

    /// Path, query and header parameters, as they are described in place or for all.
    pub(super) fn parameters(&self) -> impl Iterator<Item = &'a Value> {
        let document = self.document;
        let list = self.described["parameters"].as_array().into_iter().flatten();
        list.map(move |parameter| {
            let target = parameter["$ref"].as_str().and_then(|it| it.rsplit('/').next());
            target.map_or(parameter, |name| &document["components"]["parameters"][name])
        })
    }

    pub(super) fn takes_key(&self) -> bool {
        self.parameters().any(|parameter| parameter["name"] == "Idempotency-Key")
    }

    pub(super) fn is_public(&self) -> bool {
        self.described["security"].is_array()
    }

    /// Schema and example of the body.
    pub(super) fn body(&self) -> Option<&'a Value> {
        self.described["requestBody"]["content"].get("application/json")
    }

    pub(super) fn answers_file(&self) -> bool {
        self.answers().any(|(_, answer)| {
            answer["content"].as_object().is_some_and(|it| !it.contains_key("application/json"))
        })
    }

    /// Answers that are no problem, by status.
    fn answers(&self) -> impl Iterator<Item = (&'a str, &'a Value)> {
        let all = self.described["responses"].as_object().into_iter().flatten();
        all.map(|(status, answer)| (status.as_str(), answer))
            .filter(|(_, answer)| answer.get("$ref").is_none())
    }

    /// Statuses of problems.
    fn refusals(&self) -> impl Iterator<Item = &'a str> {
        let all = self.described["responses"].as_object().into_iter().flatten();
        all.filter(|(_, answer)| answer.get("$ref").is_some()).map(|(status, _)| status.as_str())
    }
}

/// Method and path, as one line.
pub(super) fn line(operation: &Described<'_>) -> Markup {
    html! {
        span class={ "method " (operation.method) } { (operation.method.to_uppercase()) }
        code class="path" {
            // A long path may break after its slashes.
            @for part in operation.path.split_inclusive('/') { (part) wbr; }
        }
    }
}

/// All of an operation.
pub(super) fn shown(operation: &Described<'_>) -> Markup {
    let id = operation.id();
    html! {
        section class="operation" id=(id) aria-labelledby={ (id) "-title" } {
            h2 id={ (id) "-title" } {
                (operation.summary()) " "
                a class="anchor" href={ "#" (id) } aria-label={ "Link to " (operation.summary()) } { "#" }
            }
            p class="line" { (line(operation)) }
            (markdown(operation.text("description")))
            @if operation.is_public() { p { "Works without a token." } }
            @for (place, title) in
                [("path", "Path"), ("query", "Query"), ("header", "Headers")]
            { (parameters(operation, place, title)) }
            @if let Some(body) = operation.body() { (part(operation, "Body", &body["schema"])) }
            h3 { "Example" }
            pre tabindex="0" role="region" aria-label={ "Example: " (operation.summary()) } {
                code { (curl(operation)) }
            }
            @for (status, answer) in operation.answers() { (answered(operation, status, answer)) }
            p class="refusals" {
                "Problems: "
                @for (number, status) in operation.refusals().enumerate() {
                    @if 0 < number { " " }
                    a href={ "/docs/problems#status-" (status) } { (status) }
                }
            }
        }
    }
}

fn parameters(operation: &Described<'_>, place: &str, title: &str) -> Markup {
    let found: Vec<&Value> = operation.parameters().filter(|it| it["in"] == place).collect();
    html! {
        @if !found.is_empty() {
            h3 { (title) }
            dl class="fields" { @for one in found { (parameter(one)) } }
        }
    }
}

fn part(operation: &Described<'_>, title: &str, schema: &Value) -> Markup {
    let (name, resolved) = resolve(operation.document, schema);
    html! {
        h3 {
            (title)
            @if let Some(name) = name { " " a class="named" href={ "/docs/schemas#" (name) } { (name) } }
        }
        @if let Some(text) = resolved["description"].as_str() { (markdown(text)) }
        (schema::shown(resolved))
    }
}

fn answered(operation: &Described<'_>, status: &str, answer: &Value) -> Markup {
    let title = format!("Answer {status}");
    let contents = answer["content"].as_object();
    let json = contents.and_then(|contents| contents.get("application/json"));
    let note = answer["description"].as_str().filter(|text| *text != "Done.");
    html! {
        @if let Some(json) = json {
            details {
                summary {
                    (title)
                    @if let (Some(name), _) = resolve(operation.document, &json["schema"]) { " " span class="named" { (name) } }
                }
                @if let Some(note) = note { (markdown(note)) }
                (part(operation, "Fields", &json["schema"]))
            }
        } @else {
            h3 { (title) }
            @if let Some(note) = note { (markdown(note)) }
            @for kind in contents.into_iter().flat_map(|contents| contents.keys()) {
                p { "A file: " code { (kind) } }
            }
        }
    }
}
