//! Every operation of the product, checked as data.

use std::collections::HashSet;

use serde_json::json;

use super::*;

fn registry() -> Registry {
    Registry::new(crate::operations()).unwrap()
}

#[test]
fn every_operation_is_well_formed_and_its_example_is_valid() {
    assert!(25 <= registry().entries().len());
}

#[test]
fn names_are_a_verb_and_a_resource_and_everything_is_explained() {
    for entry in registry().entries() {
        let operation = &entry.operation;
        // About no one resource: oneself, and everything.
        let is_whole = ["search", "whoami"].contains(&operation.name);
        assert!(operation.name.contains('_') || is_whole, "{}", operation.name);
        // Ours, and those of the contract with the invoice system.
        let prefixes = ["/v1/", "/api/v1/"];
        assert!(prefixes.iter().any(|it| operation.path.starts_with(it)), "{}", operation.name);
        assert!(!operation.tag.is_empty(), "{}", operation.name);
        assert!(
            !operation.summary.is_empty() && !operation.summary.ends_with('.'),
            "{}",
            operation.name
        );
        assert!(operation.description.ends_with('.'), "{}", operation.name);
    }
}

#[test]
fn whatever_changes_something_says_what_it_is_about() {
    for entry in registry().entries() {
        let operation = &entry.operation;
        // What is about the person who asks needs no other name.
        if operation.effects == Effects::Read || operation.is_account() {
            continue;
        }
        let names = |schema: &Value| -> HashSet<String> {
            schema["properties"].as_object().unwrap().keys().cloned().collect()
        };
        let known = names(&operation.output)
            .union(&names(&operation.input))
            .cloned()
            .collect::<HashSet<_>>();
        // Settings of which a tenant has one have no id.
        let changes = [Method::Put, Method::Patch].contains(&operation.method);
        let is_the_only_one = changes && !operation.path.contains('{');
        assert!(known.contains(operation.resource) || is_the_only_one, "{}", operation.name);
    }
}

#[test]
fn reading_needs_a_reading_permission_and_changing_another() {
    for entry in registry().entries() {
        let operation = &entry.operation;
        // A contract's client has one permission for all of its contract, and a person needs none for their account.
        if operation.permission == Permission::SubmitLeads || operation.is_account() {
            continue;
        }
        let reads = operation.permission.as_str().starts_with("read:");
        assert_eq!(reads, operation.effects == Effects::Read, "{}", operation.name);
    }
}

#[test]
fn all_errors_of_an_input_are_collected_with_their_pointers() {
    let registry = registry();
    let input = json!({
        "company_name": "",
        "contact_email": "nobody",
        "intake": [],
        "colour": "red",
    });
    let errors = registry.find("create_lead").unwrap().errors(&input);
    let mut pointers: Vec<&str> = errors.iter().map(|error| error.pointer.as_str()).collect();
    pointers.sort_unstable();
    assert_eq!(pointers, ["/colour", "/company_name", "/contact_email", "/intake", "/source"]);
}

#[test]
fn errors_are_sentences_that_do_not_quote_the_value() {
    let registry = registry();
    let input = json!({ "client_id": "client_hunter2", "stage": "hunter2" });
    let errors = registry.find("move_client").unwrap().errors(&input);
    assert_eq!(errors.len(), 2);
    for error in &errors {
        assert!(!error.detail.contains("hunter2"), "{}", error.detail);
        assert!(error.detail.starts_with("must "), "{}", error.detail);
    }
}

#[test]
fn the_character_zero_is_refused_wherever_it_hides() {
    let registry = registry();
    let mut input = registry.find("create_lead").unwrap().operation.example.clone();
    input["intake"] = json!({ "a/b": [{ "text": "x\u{0}y" }], "na\u{0}me": 1 });
    let errors = registry.find("create_lead").unwrap().errors(&input);
    let pointers: Vec<&str> = errors.iter().map(|error| error.pointer.as_str()).collect();
    assert_eq!(pointers, ["/intake/a~1b/0/text", "/intake"]);
}

#[test]
fn a_null_in_an_optional_field_counts_as_absent() {
    let registry = registry();
    let mut input = registry.find("create_lead").unwrap().operation.example.clone();
    for field in ["phone", "contact_name", "external_lead_id"] {
        input[field] = Value::Null;
    }
    assert_eq!(registry.find("create_lead").unwrap().errors(&input), []);
}

#[test]
fn optional_fields_of_outputs_are_absent_and_never_null() {
    // What a contract shows as null, we do.
    let ours = |entry: &&Entry| !entry.operation.is_contract;
    for entry in registry().entries().iter().filter(ours) {
        assert_no_optional_null(&entry.operation.output, entry.operation.name);
    }
}

fn assert_no_optional_null(schema: &Value, name: &str) {
    match schema {
        Value::Object(fields) => {
            if let Some(properties) = fields.get("properties").and_then(Value::as_object) {
                for (field, property) in properties {
                    let text = property.to_string();
                    assert!(!text.contains("\"null\""), "{name} {field} {text}");
                }
            }
            fields.values().for_each(|value| assert_no_optional_null(value, name));
        }
        Value::Array(items) => items.iter().for_each(|item| assert_no_optional_null(item, name)),
        _ => {}
    }
}

#[test]
fn a_deserialisation_error_points_at_its_field() {
    #[derive(Debug, serde::Deserialize)]
    struct Nested {
        #[expect(dead_code, reason = "only its type matters")]
        items: Vec<crate::Cursor>,
    }
    let problem = read_input::<Nested>(json!({ "items": [1] })).unwrap_err();
    assert_eq!(problem.errors()[0].pointer, "/items/0");
}

#[test]
fn two_operations_of_one_name_or_route_are_refused() {
    let twice = [crate::operations(), crate::operations()].concat();
    assert!(Registry::new(twice).unwrap_err().to_string().contains("is taken"));
}

#[test]
fn an_unknown_operation_is_a_problem_of_its_own() {
    assert_eq!(registry().find("delete_everything").unwrap_err().code(), "operation-unknown");
}

#[test]
fn what_reaches_outside_is_not_offered_to_flows() {
    let registry = registry();
    let offered: HashSet<&str> =
        registry.in_transaction().map(|operation| operation.name).collect();
    assert!(offered.contains("create_lead") && offered.contains("save_deliverable"));
    assert!(!offered.contains("test_connection") && !offered.contains("set_connection"));
}
