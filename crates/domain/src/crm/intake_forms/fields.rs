//! The fields of a form, and whether what was answered fits them.

use std::collections::HashSet;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::{FieldError, Problem, text::EmailAddress};

/// How many fields a form has at the most.
const FIELDS_MAX: usize = 60;
/// How many answers a list has at the most.
const ITEMS_MAX: usize = 50;
/// Where the answers to a form's own questions stand.
const CUSTOM: &str = "custom_fields";

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum FieldKind {
    /// One line.
    Text,
    Email,
    Phone,
    /// Several lines.
    Paragraph,
    /// One of the options.
    Choice,
    /// Any of the options.
    Choices,
    /// Several answers, one on each line.
    List,
}

impl FieldKind {
    pub(super) fn is_list(self) -> bool {
        matches!(self, Self::Choices | Self::List)
    }

    fn has_options(self) -> bool {
        matches!(self, Self::Choice | Self::Choices)
    }

    /// The longest answer, in characters: that of the contract's receiver.
    fn longest(self) -> usize {
        match self {
            Self::Text | Self::Choice => 200,
            Self::Email => 254,
            Self::Phone => 50,
            Self::Paragraph => 2_000,
            Self::Choices | Self::List => 500,
        }
    }
}

/// One question of a form.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FormField {
    /// `company_name`, `contact_email` and the other names of an intake, or a name of your own.
    #[schemars(regex(pattern = "^[a-z][a-z0-9_]{0,39}$"))]
    pub name: String,
    /// What the client reads.
    #[schemars(length(min = 1, max = 200))]
    pub label: String,
    pub kind: FieldKind,
    #[serde(default)]
    pub required: bool,
    /// What can be chosen, for `choice` and `choices`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 50), inner(length(min = 1, max = 200)))]
    pub options: Vec<String>,
    /// A sentence below the label.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 300))]
    pub help: Option<String>,
}

/// The contract's fields: name, label, kind.
const STANDARD: [(&str, &str, FieldKind); 13] = [
    ("company_name", "Company", FieldKind::Text),
    ("contact_name", "Your name", FieldKind::Text),
    ("contact_email", "E-mail", FieldKind::Email),
    ("phone", "Phone", FieldKind::Phone),
    ("industry", "Industry", FieldKind::Text),
    ("key_services", "What do you need?", FieldKind::Choices),
    ("target_audience", "Who are your customers?", FieldKind::Paragraph),
    ("unique_selling_point", "What makes you different?", FieldKind::Paragraph),
    ("brand_values", "What does your brand stand for?", FieldKind::List),
    ("competitors", "Who are your competitors?", FieldKind::List),
    ("project_goals", "What should the project achieve?", FieldKind::List),
    ("budget", "Budget", FieldKind::Text),
    ("timeline", "Timeline", FieldKind::Text),
];
const SERVICES: [&str; 4] = ["Branding", "Website Design", "Social Media", "Copywriting"];
/// Without these nobody could be answered.
const NEEDED: [&str; 2] = ["company_name", "contact_email"];

/// A form that asks everything an intake can hold.
pub(super) fn standard() -> Vec<FormField> {
    STANDARD
        .iter()
        .map(|(name, label, kind)| FormField {
            name: (*name).to_owned(),
            label: (*label).to_owned(),
            kind: *kind,
            required: NEEDED.contains(name),
            options: if kind.has_options() { SERVICES.map(str::to_owned).to_vec() } else { vec![] },
            help: (*kind == FieldKind::List).then(|| "One on each line.".to_owned()),
        })
        .collect()
}

/// Refuses fields that do not make a form.
pub(super) fn require_sound(fields: &[FormField]) -> Result<(), Problem> {
    let mut errors = Vec::new();
    let mut error = |pointer: String, detail: String| errors.push(FieldError { pointer, detail });
    if fields.len() > FIELDS_MAX {
        error("/fields".to_owned(), format!("must have at most {FIELDS_MAX} fields"));
    }
    let mut names = HashSet::new();
    for (index, field) in fields.iter().enumerate() {
        let at = |part: &str| format!("/fields/{index}/{part}");
        let name = field.name.as_str();
        if !names.insert(name) {
            error(at("name"), format!("`{name}` is there twice"));
        }
        if name == CUSTOM {
            error(at("name"), format!("`{CUSTOM}` is where answers of your own fields go"));
        }
        if field.kind.has_options() == field.options.is_empty() {
            error(
                at("options"),
                "`choice` and `choices` have options, other kinds none".to_owned(),
            );
        }
        if let Some((_, _, kind)) = STANDARD.iter().find(|(known, ..)| *known == name)
            && kind.is_list() != field.kind.is_list()
        {
            let wanted =
                if kind.is_list() { "`list` or `choices`" } else { "a kind with one answer" };
            error(at("kind"), format!("`{name}` must be {wanted}"));
        }
        if name == "contact_email" && field.kind != FieldKind::Email {
            error(at("kind"), "`contact_email` must be `email`".to_owned());
        }
    }
    for needed in NEEDED {
        if !fields.iter().any(|field| field.name == needed && field.required) {
            error("/fields".to_owned(), format!("`{needed}` must be there and required"));
        }
    }
    if errors.is_empty() { Ok(()) } else { Err(Problem::invalid(errors)) }
}

/// Answers as an intake: those to the form's own questions apart, nothing where nothing was answered.
///
/// # Errors
/// `invalid-input` with a pointer below `/intake_data` for each answer that does not fit.
pub(super) fn read(
    fields: &[FormField],
    answers: &Map<String, Value>,
) -> Result<Map<String, Value>, Problem> {
    let mut errors = Vec::new();
    for name in answers.keys().filter(|name| !fields.iter().any(|field| field.name == **name)) {
        let detail = "is not a field of this form; leave it out".to_owned();
        let name = name.replace('~', "~0").replace('/', "~1");
        errors.push(FieldError { pointer: format!("/intake_data/{name}"), detail });
    }
    let (mut intake, mut custom) = (Map::new(), Map::new());
    for field in fields {
        match read_one(field, answers.get(&field.name)) {
            Ok(None) if field.required => errors.push(at(field, "please fill this in")),
            Ok(None) => {}
            Ok(Some(value)) => {
                let is_standard = STANDARD.iter().any(|(name, ..)| *name == field.name);
                let into = if is_standard { &mut intake } else { &mut custom };
                into.insert(field.name.clone(), value);
            }
            Err(detail) => errors.push(at(field, &detail)),
        }
    }
    if !errors.is_empty() {
        return Err(Problem::invalid(errors));
    }
    if !custom.is_empty() {
        intake.insert(CUSTOM.to_owned(), Value::Object(custom));
    }
    Ok(intake)
}

fn at(field: &FormField, detail: &str) -> FieldError {
    let pointer = format!("/intake_data/{}", field.name);
    FieldError { pointer, detail: detail.to_owned() }
}

fn read_one(field: &FormField, answer: Option<&Value>) -> Result<Option<Value>, String> {
    let Some(answer) = answer.filter(|answer| !answer.is_null()) else { return Ok(None) };
    if !field.kind.is_list() {
        let text = answer.as_str().ok_or("must be text")?;
        return Ok(read_text(field, text)?.map(Value::from));
    }
    let items = answer.as_array().ok_or("must be a list of texts")?;
    if ITEMS_MAX < items.len() {
        return Err(format!("must have at most {ITEMS_MAX} entries"));
    }
    let mut texts: Vec<String> = Vec::new();
    for item in items {
        let text = read_text(field, item.as_str().ok_or("must be a list of texts")?)?;
        texts.extend(text.filter(|text| !texts.contains(text)));
    }
    Ok((!texts.is_empty()).then(|| json!(texts)))
}

fn read_text(field: &FormField, text: &str) -> Result<Option<String>, String> {
    let text = text.replace("\r\n", "\n");
    let text = text.trim();
    if text.is_empty() {
        return Ok(None);
    }
    let longest = field.kind.longest();
    if longest < text.chars().count() {
        return Err(format!("must have at most {longest} characters"));
    }
    if text.chars().any(|c| c.is_control() && !(c == '\n' && field.kind == FieldKind::Paragraph)) {
        return Err("must not have control characters".to_owned());
    }
    if field.kind.has_options() && !field.options.iter().any(|option| option == text) {
        return Err(format!("must be one of: {}", field.options.join(", ")));
    }
    if field.kind == FieldKind::Email {
        let address: EmailAddress = text.parse().map_err(|_invalid| EMAIL.to_owned())?;
        // The contract's receiver asks for a dot, as every public address has one.
        let has_dot = address.as_str().rsplit_once('@').is_some_and(|(_, host)| host.contains('.'));
        if !has_dot || text.contains(['[', ']']) {
            return Err(EMAIL.to_owned());
        }
    }
    Ok(Some(text.to_owned()))
}

const EMAIL: &str = "must be an e-mail address, such as ada@example.com";
