use serde_json::{Map, Value, json};

use super::{FieldKind, FormField, fields};

fn map(value: Value) -> Map<String, Value> {
    value.as_object().unwrap().clone()
}

fn answered(answers: Value) -> Map<String, Value> {
    let mut all = map(json!({ "company_name": "Ada & Co", "contact_email": "ada@example.com" }));
    all.extend(map(answers));
    all
}

fn custom(name: &str, kind: FieldKind, options: &[&str]) -> FormField {
    FormField {
        name: name.to_owned(),
        label: name.to_owned(),
        kind,
        required: false,
        options: options.iter().map(|option| (*option).to_owned()).collect(),
        help: None,
    }
}

fn errors(problem: &crate::Problem) -> Vec<&str> {
    problem.errors().iter().map(|error| error.pointer.as_str()).collect()
}

#[test]
fn the_standard_form_asks_soundly_and_takes_the_contracts_intake() {
    let form = fields::standard();
    fields::require_sound(&form).unwrap();
    let answers = answered(json!({
        "key_services": ["Branding", "Copywriting"], "project_goals": [" Launch ", "", "Launch"],
        "budget": "$50,000 - $75,000", "phone": "+1-555-0123", "industry": "  ",
    }));
    let intake = fields::read(&form, &answers).unwrap();
    assert_eq!(intake["project_goals"], json!(["Launch"]));
    assert_eq!(intake["key_services"], json!(["Branding", "Copywriting"]));
    assert!(!intake.contains_key("industry"), "nothing was answered");
}

#[test]
fn every_answer_that_does_not_fit_is_named() {
    let form = fields::standard();
    let answers = map(json!({
        "company_name": " ", "contact_email": "nobody", "phone": "1".repeat(51), "budget": ["x"],
        "key_services": ["Magic"], "competitors": "A", "industry": "a\u{0}b", "a/b": "x",
    }));
    let problem = fields::read(&form, &answers).unwrap_err();
    let mut pointers = errors(&problem);
    pointers.sort_unstable();
    assert_eq!(
        pointers,
        [
            "/intake_data/a~1b",
            "/intake_data/budget",
            "/intake_data/company_name",
            "/intake_data/competitors",
            "/intake_data/contact_email",
            "/intake_data/industry",
            "/intake_data/key_services",
            "/intake_data/phone",
        ]
    );
}

#[test]
fn answers_to_questions_of_ones_own_stand_apart() {
    let mut form = fields::standard();
    form.push(custom("favourite_colour", FieldKind::Choice, &["Red", "Blue"]));
    fields::require_sound(&form).unwrap();
    let intake = fields::read(&form, &answered(json!({ "favourite_colour": "Red" }))).unwrap();
    assert_eq!(intake["custom_fields"], json!({ "favourite_colour": "Red" }));
    let refused = fields::read(&form, &answered(json!({ "favourite_colour": "Green" })));
    assert!(refused.unwrap_err().detail().contains("Red, Blue"));
}

#[test]
fn fields_that_make_no_form_are_refused_with_their_place() {
    let with = |field: FormField| {
        let mut form = fields::standard();
        form.push(field);
        fields::require_sound(&form).unwrap_err()
    };
    let cases = [
        (with(custom("phone", FieldKind::Phone, &[])), "/fields/13/name"),
        (with(custom("custom_fields", FieldKind::Text, &[])), "/fields/13/name"),
        (with(custom("size", FieldKind::Choice, &[])), "/fields/13/options"),
        (with(custom("size", FieldKind::Text, &["S"])), "/fields/13/options"),
    ];
    for (problem, pointer) in &cases {
        assert_eq!(errors(problem), [*pointer]);
    }
    let only = vec![custom("contact_email", FieldKind::Text, &[])];
    assert_eq!(
        errors(&fields::require_sound(&only).unwrap_err()),
        ["/fields/0/kind", "/fields", "/fields"]
    );
    let mut list = fields::standard();
    list.iter_mut().find(|field| field.name == "competitors").unwrap().kind = FieldKind::Text;
    assert_eq!(errors(&fields::require_sound(&list).unwrap_err()), ["/fields/9/kind"]);
}
