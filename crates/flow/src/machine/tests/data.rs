use serde_json::json;

use crate::{
    ERRORS, Status,
    testing::{output, run},
};

#[test]
fn set_gives_its_value_with_expressions_filled_in() {
    let body =
        "do:\n- a:\n    set: { n: '${ .x + 1 }', list: [1, '${ .x }'], deep: { s: text } }\n";
    assert_eq!(
        output(body, json!({ "x": 1 })),
        json!({ "n": 2, "list": [1, 1], "deep": { "s": "text" } })
    );
}

#[test]
fn set_can_be_one_expression() {
    assert_eq!(output("do:\n- a: { set: '${ .x }' }\n", json!({ "x": [1] })), json!([1]));
}

#[test]
fn set_keeps_the_order_of_its_keys() {
    let out = output("do:\n- a: { set: { z: 1, a: '${ 2 }', m: 3 } }\n", json!(null));
    assert_eq!(out.to_string(), r#"{"z":1,"a":2,"m":3}"#);
}

#[test]
fn each_task_gets_the_output_of_the_one_before() {
    let body = "do:\n- a: { set: { n: 1 } }\n- b: { set: { n: '${ .n + 1 }' } }\n";
    assert_eq!(output(body, json!({})), json!({ "n": 2 }));
}

#[test]
fn the_input_of_the_run_is_transformed_before_its_tasks_and_kept_in_workflow_input() {
    let body = "input: { from: .user }\ndo:\n- a: { set: { seen: '${ . }', raw: '${ $workflow.input }' } }\n";
    assert_eq!(
        output(body, json!({ "user": "u" })),
        json!({ "seen": "u", "raw": { "user": "u" } })
    );
}

#[test]
fn from_and_as_take_expressions_with_or_without_braces_and_maps() {
    let table = [
        ("from: .a", json!(1)),
        ("from: '${ .a }'", json!(1)),
        ("from: { b: '${ .a }', c: .a }", json!({ "b": 1, "c": ".a" })),
    ];
    for (from, expected) in table {
        let body = format!("do:\n- a:\n    input: {{ {from} }}\n    set: '${{ $input }}'\n");
        assert_eq!(output(&body, json!({ "a": 1 })), expected, "{from}");
    }
}

#[test]
fn output_as_sees_the_raw_output_and_the_transformed_input() {
    let body = "do:\n- a:\n    input: { from: .x }\n    set: { y: 2 }\n    output: { as: '{ y, input: $input, raw: $task.input }' }\n";
    assert_eq!(output(body, json!({ "x": 1 })), json!({ "y": 2, "input": 1, "raw": { "x": 1 } }));
}

#[test]
fn export_as_replaces_the_context_with_what_it_makes_of_the_transformed_output() {
    let body = "do:\n\
- a: { set: { n: 1 }, output: { as: .n }, export: { as: '{ first: ., out: $output }' } }\n\
- b: { set: { n: 2 }, export: { as: '$context + { second: .n }' } }\n\
- c: { set: '${ $context }' }\n";
    assert_eq!(output(body, json!(null)), json!({ "first": 1, "out": 1, "second": 2 }));
}

#[test]
fn the_output_of_the_run_is_transformed_at_the_end() {
    let body = "do:\n- a: { set: { n: 1 }, export: { as: . } }\noutput: { as: '{ n: .n, c: $context }' }\n";
    assert_eq!(output(body, json!(null)), json!({ "n": 1, "c": { "n": 1 } }));
}

#[test]
fn data_that_does_not_fit_a_schema_is_a_validation_error_that_names_the_place() {
    let schema = "schema: { document: { type: object, required: [n], properties: { n: { type: integer } } } }";
    for (body, what, good) in [
        (format!("input: {{ {schema} }}\ndo:\n- a: {{ set: '${{ . }}' }}\n"), "input", 1),
        (format!("do:\n- a: {{ set: '${{ . }}', input: {{ {schema} }} }}\n"), "input", 1),
        (format!("do:\n- a: {{ set: '${{ . }}', output: {{ {schema} }} }}\n"), "output", 1),
        (format!("do:\n- a: {{ set: '${{ . }}', export: {{ {schema}, as: . }} }}\n"), "context", 1),
        (format!("do:\n- a: {{ set: '${{ . }}' }}\noutput: {{ {schema} }}\n"), "output", 1),
    ] {
        assert_eq!(output(&body, json!({ "n": good })), json!({ "n": 1 }), "{body}");
        let failed = run(&body, json!({ "n": "secret-text" }));
        assert_eq!(failed.status, Status::Faulted, "{body}");
        let error = failed.error.unwrap();
        assert_eq!((error.kind.as_str(), error.status), (&*format!("{ERRORS}validation"), 400));
        let detail = error.detail.unwrap();
        assert!(detail.contains("/n") && detail.contains(what), "{detail}");
        assert!(!detail.contains("secret-text"), "{detail}");
    }
}

#[test]
fn the_schema_of_an_input_is_for_the_raw_input() {
    let body = "do:\n- a:\n    input: { schema: { document: { type: object } }, from: .n }\n    set: '${ . }'\n";
    assert_eq!(output(body, json!({ "n": 1 })), json!(1));
}

#[test]
fn an_expression_that_fails_is_an_expression_error_that_names_its_task() {
    for body in [
        "do:\n- a: { set: '${ .x.y }' }\n",
        "do:\n- a: { set: '${ 1, 2 }' }\n",
        "do:\n- a: { set: '${ empty }' }\n",
        "do:\n- a: { set: '${ 1 / 0 }' }\n",
        "do:\n- a: { if: .x.y, set: {} }\n",
        "do:\n- a: { set: {}, output: { as: error } }\n",
        "do:\n- a: { set: {}, export: { as: error } }\n",
        "do:\n- a: { switch: [ { c: { when: .x.y, then: end } } ] }\n",
        "do:\n- a: { wait: '${ .x }' }\n",
        "do:\n- a: { set: '${ def f: f; f }' }\n",
    ] {
        let failed = run(body, json!({ "x": 1 }));
        let error = failed.error.unwrap();
        assert_eq!(error.kind, format!("{ERRORS}expression"), "{body}");
        assert_eq!(error.instance.as_deref(), Some("/do/0/a"), "{body}");
    }
}

#[test]
fn expressions_know_their_task_their_run_and_the_runtime() {
    let body = "do:\n- a:\n    set:\n      name: '${ $task.name }'\n      reference: '${ $task.reference }'\n      kind: '${ $task.definition | keys[0] }'\n      at: '${ $task.startedAt.epoch.seconds }'\n      iso: '${ $workflow.startedAt.iso8601 }'\n      run: '${ $workflow.id }'\n      flow: '${ $workflow.definition.document.name }'\n      runtime: '${ $runtime.name }'\n      now: '${ now }'\n";
    assert_eq!(
        output(body, json!(null)),
        json!({
            "name": "a", "reference": "/do/0/a", "kind": "set", "at": 1_700_000_000,
            "iso": "2023-11-14T22:13:20Z", "run": "run", "flow": "sample", "runtime": "handoff",
            "now": 1_700_000_000,
        })
    );
}

#[test]
fn text_in_data_that_looks_like_an_expression_is_never_run() {
    let body = "do:\n- a: { set: '${ . }' }\n- b: { call: echo, with: { note: '${ .note }' } }\n- c: { set: { again: '${ .note }' } }\n";
    let out = output(body, json!({ "note": "${ $workflow }" }));
    assert_eq!(out, json!({ "again": "${ $workflow }" }));
}

#[test]
fn a_value_too_deep_to_be_stored_faults_the_run_instead_of_breaking_it() {
    let mut deep = json!(1);
    for _ in 0..100 {
        deep = json!([deep]);
    }
    let failed = run("do:\n- a: { set: '${ . }' }\n", deep);
    assert_eq!(failed.status, Status::Faulted);
    assert!(failed.error.unwrap().detail.unwrap().contains("nested"));
}
