//! The document's shape, and that the committed copy agrees with it.

use std::{collections::HashSet, path::Path};

use serde_json::{Value, json};

use super::*;

fn registry() -> Registry {
    Registry::new(crate::operations()).unwrap()
}

fn references(value: &Value, found: &mut Vec<String>) {
    match value {
        Value::Object(fields) => {
            if let Some(target) = fields.get("$ref").and_then(Value::as_str) {
                found.push(target.to_owned());
            }
            fields.values().for_each(|value| references(value, found));
        }
        Value::Array(items) => items.iter().for_each(|item| references(item, found)),
        _ => {}
    }
}

#[test]
fn every_reference_leads_to_something() {
    let document = openapi(&registry());
    let mut found = Vec::new();
    references(&document, &mut found);
    assert!(100 < found.len());
    for reference in found {
        let pointer = reference.strip_prefix('#').unwrap();
        assert!(document.pointer(pointer).is_some_and(|it| !it.is_null()), "{reference}");
    }
}

#[test]
fn every_operation_is_there_once_with_all_its_path_parameters() {
    let (registry, document) = (registry(), openapi(&registry()));
    let mut ids = HashSet::new();
    for (path, methods) in document["paths"].as_object().unwrap() {
        for operation in methods.as_object().unwrap().values() {
            assert!(ids.insert(operation["operationId"].as_str().unwrap()));
            let parameters = operation["parameters"].as_array().cloned().unwrap_or_default();
            for part in path.split('/').filter(|part| part.starts_with('{')) {
                let name = part.trim_matches(['{', '}']);
                let parameter = parameters.iter().find(|it| it["name"] == name).unwrap();
                assert_eq!(
                    (&parameter["in"], &parameter["required"]),
                    (&json!("path"), &json!(true))
                );
                assert!(!parameter["example"].is_null(), "{path} {name}");
            }
        }
    }
    // The stream of events is no operation.
    assert_eq!(ids.len(), registry.entries().len() + 1);
}

#[test]
fn what_the_path_gives_is_not_asked_for_again_in_the_body() {
    let document = openapi(&registry());
    let body = &document["paths"]["/v1/clients/{client_id}/stage"]["put"]["requestBody"];
    let schema = &body["content"]["application/json"];
    assert_eq!(schema["example"], json!({ "stage": "proposal" }));
    let name = schema["schema"]["$ref"].as_str().unwrap().strip_prefix('#').unwrap();
    let schema = document.pointer(name).unwrap();
    assert_eq!(schema["required"], json!(["stage"]));
    assert!(schema["properties"]["client_id"].is_null());
    assert_eq!(schema["additionalProperties"], json!(false));
}

#[test]
fn writes_take_an_idempotency_key_and_reads_do_not() {
    let document = openapi(&registry());
    let key = json!({ "$ref": "#/components/parameters/IdempotencyKey" });
    let parameters = |path: &str, method: &str| {
        document["paths"][path][method]["parameters"].as_array().unwrap().contains(&key)
    };
    assert!(parameters("/v1/leads", "post"));
    assert!(!parameters("/v1/leads", "get"));
}

#[test]
fn every_code_appears_under_its_status() {
    let document = openapi(&registry());
    // A wrong method reaches no operation, so no operation can answer with it.
    for (code, status, _) in crate::CODES.iter().filter(|(_, status, _)| *status != 405) {
        let response = &document["paths"]["/v1/leads"]["post"]["responses"][status.to_string()];
        let name = response["$ref"].as_str().unwrap_or_else(|| panic!("{code}"));
        let shared = document.pointer(name.strip_prefix('#').unwrap()).unwrap();
        assert!(shared["description"].as_str().unwrap().contains(&format!("`{code}`")), "{code}");
    }
}

#[test]
fn no_two_shapes_share_a_name() {
    let document = openapi(&registry());
    let schemas = document["components"]["schemas"].as_object().unwrap();
    let doubled: Vec<&String> = schemas.keys().filter(|name| name.ends_with('2')).collect();
    assert!(doubled.is_empty(), "give these types names of their own: {doubled:?}");
}

/// The copy holds the whole program's operations; these are a part of them. `UPDATE_OPENAPI=1`
/// renews this part.
#[test]
fn the_committed_document_agrees_with_these_operations() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../openapi.json");
    let ours = openapi(&registry());
    let committed = std::fs::read_to_string(&path).unwrap_or_else(|_missing| "{}".to_owned());
    let mut committed: Value = serde_json::from_str(&committed).unwrap();
    #[expect(clippy::disallowed_methods, reason = "a switch for developers, not configuration")]
    let update = std::env::var("UPDATE_OPENAPI").is_ok();
    if update {
        overlay(&mut committed, &ours);
        std::fs::write(&path, format!("{committed:#}\n")).unwrap();
    }
    for part in ["/paths", "/components/schemas"] {
        let whole = committed.pointer(part).unwrap_or(&Value::Null);
        for (name, described) in ours.pointer(part).unwrap().as_object().unwrap() {
            assert_eq!(&whole[name], described, "{name}: renew openapi.json with UPDATE_OPENAPI=1");
        }
    }
}

/// Replaces what is ours, and leaves what other crates add.
fn overlay(committed: &mut Value, ours: &Value) {
    if committed.pointer("/components/schemas").is_none() {
        *committed = ours.clone();
        return;
    }
    for part in ["/paths", "/components/schemas"] {
        let Some(Value::Object(whole)) = committed.pointer_mut(part) else { continue };
        for (name, described) in ours.pointer(part).unwrap().as_object().unwrap() {
            whole.insert(name.clone(), described.clone());
        }
    }
}
