//! The pages' HTML. Everything that comes from outside is escaped by the macro.

use maud::{DOCTYPE, Markup, html};
use serde_json::{Map, Value};

use super::{
    Typed,
    answers::{KEY, TRAP},
};
use crate::{
    Problem,
    crm::intake_forms::{FieldKind, FormField, IntakeForm},
};

/// What stands in the fields.
pub(super) struct Filled<'a> {
    pub(super) key: Option<&'a str>,
    pub(super) answers: Option<&'a Map<String, Value>>,
    pub(super) problem: Option<&'a Problem>,
}

impl<'a> Filled<'a> {
    pub(super) fn empty(key: &'a str) -> Self {
        Self { key: Some(key), answers: None, problem: None }
    }

    pub(super) fn again(typed: &'a Typed) -> Self {
        Self { key: typed.key.as_deref(), answers: Some(&typed.answers), problem: None }
    }

    fn error(&self, field: &FormField) -> Option<&'a str> {
        let pointer = format!("/intake_data/{}", field.name);
        // An answer of a list is the list's matter on a page.
        let errors = self.problem?.errors();
        errors
            .iter()
            .find(|error| {
                error.pointer == pointer || error.pointer.starts_with(&format!("{pointer}/"))
            })
            .map(|error| error.detail.as_str())
    }

    fn texts(&self, field: &FormField) -> Vec<&'a str> {
        match self.answers.and_then(|answers| answers.get(&field.name)) {
            Some(Value::Array(items)) => items.iter().filter_map(Value::as_str).collect(),
            Some(Value::String(text)) => vec![text],
            _ => vec![],
        }
    }
}

fn frame(title: &str, is_embedded: bool, body: &Markup) -> Markup {
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="robots" content="noindex";
                title { (title) }
                link rel="stylesheet" href="/forms/form.css";
                @if is_embedded { script src="/forms/height.js" defer {} }
            }
            body class=[is_embedded.then_some("embedded")] { main { (body) } }
        }
    }
}

pub(super) fn form(form: &IntakeForm, filled: &Filled<'_>, is_embedded: bool) -> Markup {
    let action = format!("/forms/{}{}", form.form_id, if is_embedded { "?embed" } else { "" });
    let title = match filled.problem {
        Some(_) => format!("Please correct: {}", form.title),
        None => form.title.clone(),
    };
    let body = html! {
        h1 { (form.title) }
        @for paragraph in form.introduction.split("\n\n").filter(|text| !text.trim().is_empty()) {
            p { (paragraph) }
        }
        @if let Some(problem) = filled.problem { (summary(form, filled, problem)) }
        form method="post" action=(action) accept-charset="utf-8" novalidate {
            @if let Some(key) = filled.key { input type="hidden" name=(KEY) value=(key); }
            div class="trap" aria-hidden="true" {
                label for=(TRAP) { "Leave this empty" }
                input id=(TRAP) name=(TRAP) type="text" tabindex="-1" autocomplete="off";
            }
            @for question in &form.fields { (field(question, filled)) }
            button type="submit" { "Send" }
        }
    };
    frame(&title, is_embedded, &body)
}

/// What is wrong, above the form, with links to the fields.
fn summary(form: &IntakeForm, filled: &Filled<'_>, problem: &Problem) -> Markup {
    let wrong: Vec<(&FormField, &str)> =
        form.fields.iter().filter_map(|field| Some((field, filled.error(field)?))).collect();
    html! {
        div class="problem" role="alert" tabindex="-1" {
            @if wrong.is_empty() {
                p { strong { "This was not sent. " } (problem.detail()) }
            } @else {
                p { strong { "This was not sent yet." } " Please correct:" }
                ul {
                    @for (field, detail) in wrong {
                        li { a href={ "#" (field.name) } { (field.label) } ": " (detail) }
                    }
                }
            }
        }
    }
}

fn field(field: &FormField, filled: &Filled<'_>) -> Markup {
    let error = filled.error(field);
    let (name, help_id) = (field.name.as_str(), format!("{}-help", field.name));
    let error_id = format!("{name}-error");
    let described: Vec<&str> =
        [field.help.as_ref().map(|_| help_id.as_str()), error.map(|_| error_id.as_str())]
            .into_iter()
            .flatten()
            .collect();
    let described = (!described.is_empty()).then(|| described.join(" "));
    let mark = html! {
        @if !field.required { span class="optional" { " (optional)" } }
    };
    let notes = html! {
        @if let Some(help) = &field.help { p class="help" id=(help_id) { (help) } }
        @if let Some(error) = error { p class="error" id=(error_id) { (error) } }
    };
    if field.kind == FieldKind::Choices {
        let chosen = filled.texts(field);
        return html! {
            fieldset id=(name) aria-describedby=[described] class=[error.map(|_| "wrong")] {
                legend { (field.label) (mark) }
                (notes)
                @for option in &field.options {
                    label class="option" {
                        input type="checkbox" name=(name) value=(option)
                            checked[chosen.contains(&option.as_str())];
                        " " (option)
                    }
                }
            }
        };
    }
    html! {
        div class={ "field" @if error.is_some() { " wrong" } } {
            label for=(name) { (field.label) (mark) }
            (notes)
            (control(field, filled, described.as_deref(), error.is_some()))
        }
    }
}

fn control(
    field: &FormField,
    filled: &Filled<'_>,
    described: Option<&str>,
    is_wrong: bool,
) -> Markup {
    let (name, texts) = (field.name.as_str(), filled.texts(field));
    let text = texts.first().copied().unwrap_or_default();
    let invalid = is_wrong.then_some("true");
    let required = field.required;
    match field.kind {
        FieldKind::Paragraph | FieldKind::List => html! {
            textarea id=(name) name=(name) rows="4" required[required]
                aria-invalid=[invalid] aria-describedby=[described] { "\n" (texts.join("\n")) }
        },
        FieldKind::Choice => html! {
            select id=(name) name=(name) required[required]
                aria-invalid=[invalid] aria-describedby=[described] {
                option value="" { "Please choose" }
                @for option in &field.options {
                    option value=(option) selected[option == text] { (option) }
                }
            }
        },
        FieldKind::Text | FieldKind::Email | FieldKind::Phone | FieldKind::Choices => {
            let (kind, autocomplete) = match (field.kind, name) {
                (FieldKind::Email, _) => ("email", "email"),
                (FieldKind::Phone, _) => ("tel", "tel"),
                (_, "company_name") => ("text", "organization"),
                (_, "contact_name") => ("text", "name"),
                _ => ("text", "on"),
            };
            html! {
                input id=(name) name=(name) type=(kind) value=(text) autocomplete=(autocomplete)
                    required[required] aria-invalid=[invalid] aria-describedby=[described];
            }
        }
    }
}

pub(super) fn thanks(form: &IntakeForm, is_embedded: bool) -> Markup {
    let body = html! {
        h1 { (form.title) }
        div class="done" role="status" {
            @for paragraph in form.thank_you.split("\n\n") { p { (paragraph) } }
        }
        p { a href={ (form.path) @if is_embedded { "?embed" } } { "Send another answer" } }
    };
    frame(&form.title, is_embedded, &body)
}

pub(super) fn closed(form: &IntakeForm) -> Markup {
    let body = html! {
        h1 { (form.title) }
        p { "This form takes no more answers." }
    };
    frame(&form.title, false, &body)
}

pub(super) fn refused(problem: &Problem) -> Markup {
    let (title, text) = match problem.status() {
        404 => ("There is no such form", "Check the link, or ask whoever sent it to you."),
        429 => ("Too many requests", "Please wait a minute and try again."),
        503 => ("Not available at the moment", "Please try again in a minute. Nothing was sent."),
        _ => ("This did not work", problem.detail()),
    };
    frame(title, false, &html! { h1 { (title) } p { (text) } })
}
