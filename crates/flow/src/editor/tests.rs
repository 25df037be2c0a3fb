use std::path::Path;

use super::*;
use crate::{FunctionSpec, scenario::Scenario};

struct One(Value);

impl Catalog for One {
    fn function(&self, name: &str) -> Option<FunctionSpec<'_>> {
        (name == "create_lead").then_some(FunctionSpec { input: Some(&self.0) })
    }

    fn names(&self) -> Vec<String> {
        vec!["create_lead".to_owned()]
    }
}

fn validator() -> jsonschema::Validator {
    let input = json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "type": "object", "required": ["email"], "additionalProperties": false,
        "properties": { "email": { "type": "string" }, "score": { "$ref": "#/$defs/Score" } },
        "$defs": { "Score": { "type": "integer" } },
    });
    jsonschema::validator_for(&schema(&One(input))).unwrap()
}

fn flow(task: Value) -> Value {
    let document = json!({ "dsl": "1.0.3", "namespace": "a", "name": "b", "version": "1.0.0" });
    json!({ "document": document, "do": [{ "t": task }] })
}

#[test]
fn it_takes_every_definition_that_can_be_run() {
    let validator = validator();
    let folder = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../scenarios"));
    let mut found = Vec::new();
    crate::testing::files(folder, &mut found);
    let mut wrong = Vec::new();
    let mut taken = 0;
    for path in found {
        let scenario = Scenario::parse(&std::fs::read_to_string(&path).unwrap()).unwrap();
        if scenario.compile(&One(json!({}))).is_err() {
            continue;
        }
        taken += 1;
        for flow in std::iter::once(&scenario.flow).chain(&scenario.flows) {
            let faults: Vec<String> = validator
                .iter_errors(flow)
                .map(|error| format!("{}: {}", error.instance_path(), error))
                .collect();
            if !faults.is_empty() {
                wrong.push(format!("{}: {}", path.display(), faults.join("; ")));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(400 < taken, "{taken}");
}

#[test]
fn it_refuses_what_an_editor_should_underline() {
    let validator = validator();
    let refused = [
        json!({ "sett": {} }),
        json!({ "set": {}, "iff": "true" }),
        json!({ "set": 5 }),
        json!({ "wait": "soon" }),
        json!({ "wait": { "minuts": 5 } }),
        json!({ "fork": { "branches": [], "compete": "yes" } }),
        json!({ "call": "http", "with": { "method": "get" } }),
        json!({ "call": "http", "with": { "method": "get", "endpoint": "https://a", "body": 1, "timeout": 1 } }),
        json!({ "call": "create_lead", "with": { "emial": "a" } }),
        json!({ "call": "create_lead", "with": { "email": "a", "score": "high" } }),
        json!({ "listen": { "to": { "one": {} } } }),
        json!({ "raise": { "error": { "type": "x" } } }),
        json!({ "set": {}, "input": { "schema": { "format": "json" } } }),
        json!({ "set": {}, "input": { "schema": { "resource": { "endpoint": "${ .a }" } } } }),
    ];
    for task in refused {
        assert!(!validator.is_valid(&flow(task.clone())), "{task}");
    }
    let taken = [
        json!({ "call": "create_lead", "with": { "email": "${ .email }", "score": "${ 5 }" } }),
        json!({ "call": "create_lead", "with": "${ . }" }),
        json!({ "set": {}, "input": { "schema": { "resource": { "endpoint": "order.json" } } } }),
        json!({ "call": "http", "with": { "method": "get", "endpoint": { "uri": "https://a", "authentication": { "use": "x" } } } }),
    ];
    for task in taken {
        assert!(validator.is_valid(&flow(task.clone())), "{task}");
    }
}
