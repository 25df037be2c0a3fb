use serde_json::json;

use crate::{
    Command, Input, Status,
    testing::{Hand, calls, output, run, timers},
};

fn starts(body: &str) -> Vec<String> {
    run(body, json!({ "n": 1 })).tasks
}

#[test]
fn tasks_run_in_order_and_nested_ones_have_nested_pointers() {
    let body = "do:\n- a: { do: [ { b: { set: {} } }, { c: { do: [ { d: { set: {} } } ] } } ] }\n- e: { set: {} }\n";
    assert_eq!(
        starts(body),
        ["/do/0/a", "/do/0/a/do/0/b", "/do/0/a/do/1/c", "/do/0/a/do/1/c/do/0/d", "/do/1/e"]
    );
}

#[test]
fn a_nested_list_gives_the_output_of_its_last_task() {
    let body = "do:\n- a: { do: [ { b: { set: { x: 1 } } }, { c: { set: { y: '${ .x }' } } } ] }\n";
    assert_eq!(output(body, json!(null)), json!({ "y": 1 }));
}

#[test]
fn a_task_whose_condition_does_not_hold_is_skipped_and_passes_its_raw_input_on() {
    for (condition, is_run) in [
        ("false", false),
        (".missing", false),
        ("${ .n > 5 }", false),
        ("true", true),
        (".n", true),
        ("0", true),
    ] {
        let body =
            format!("do:\n- a: {{ if: '{condition}', input: {{ from: error }}, set: {{}} }}\n");
        let outcome = run(&body, json!({ "n": 1 }));
        if is_run {
            assert_eq!(outcome.status, Status::Faulted, "{condition}");
        } else {
            assert_eq!(outcome.output, Some(json!({ "n": 1 })), "{condition}");
            assert!(outcome.tasks.is_empty());
        }
    }
}

#[test]
fn a_skipped_tasks_then_is_honoured() {
    let body = "do:\n- a: { if: 'false', set: {}, then: c }\n- b: { set: { b: 1 } }\n- c: { set: { c: 1 } }\n";
    assert_eq!(starts(body), ["/do/2/c"]);
}

#[test]
fn then_goes_forward_and_back() {
    let body = "do:\n- a: { set: { n: '${ .n + 1 }' }, then: c }\n- b: { set: { never: 1 } }\n- c: { switch: [ { more: { when: .n < 3, then: a } } ] }\n- d: { set: '${ .n }' }\n";
    assert_eq!(output(body, json!({ "n": 0 })), json!(3));
}

#[test]
fn exit_leaves_the_list_and_end_leaves_the_run_from_any_depth() {
    let body = |then: &str| {
        format!(
            "do:\n- a: {{ do: [ {{ b: {{ set: {{ b: 1 }}, then: {then} }} }}, {{ c: {{ set: {{ c: 1 }} }} }} ] }}\n- d: {{ set: '${{ . + {{ d: 1 }} }}' }}\n"
        )
    };
    assert_eq!(output(&body("exit"), json!(null)), json!({ "b": 1, "d": 1 }));
    assert_eq!(output(&body("end"), json!(null)), json!({ "b": 1 }));
    assert_eq!(output(&body("continue"), json!(null)), json!({ "c": 1, "d": 1 }));
    let at_the_top = "do:\n- a: { set: { a: 1 }, then: exit }\n- b: { set: {} }\n";
    assert_eq!(output(at_the_top, json!(null)), json!({ "a": 1 }));
}

#[test]
fn end_still_shapes_the_output_of_the_run() {
    let body = "do:\n- a: { do: [ { b: { set: { b: 1 }, then: end } } ], output: { as: error } }\noutput: { as: .b }\n";
    assert_eq!(output(body, json!(null)), json!(1));
}

#[test]
fn a_switch_takes_the_first_case_that_holds() {
    let body = "do:\n- s:\n    switch:\n    - big: { when: .n > 10, then: big }\n    - also: { when: .n > 5, then: middle }\n    - rest: { then: small }\n- big: { set: big, then: end }\n- middle: { set: middle, then: end }\n- small: { set: small, then: end }\n"
        .replace("set: big", "set: '${ \"big\" }'")
        .replace("set: middle", "set: '${ \"middle\" }'")
        .replace("set: small", "set: '${ \"small\" }'");
    for (n, expected) in [(11, "big"), (6, "middle"), (1, "small")] {
        assert_eq!(output(&body, json!({ "n": n })), json!(expected));
    }
}

#[test]
fn a_switch_without_a_match_falls_to_its_own_then_and_passes_its_input_on() {
    let body = "do:\n- s: { switch: [ { a: { when: 'false', then: end } } ], then: c }\n- b: { set: {} }\n- c: { set: { seen: '${ . }' } }\n";
    assert_eq!(output(body, json!({ "n": 1 })), json!({ "seen": { "n": 1 } }));
    let plain = "do:\n- s: { switch: [ { a: { when: 'false', then: end } } ] }\n";
    assert_eq!(output(plain, json!({ "n": 1 })), json!({ "n": 1 }));
}

#[test]
fn fork_gives_the_outputs_in_the_order_of_declaration() {
    let body = "do:\n- f: { fork: { branches: [ { a: { call: echo, with: { v: 1 } } }, { b: { set: { v: 2 } } }, { c: { call: echo, with: { v: 3 } } } ] } }\n";
    let (mut hand, commands) = Hand::start(body, json!(null));
    let made = calls(&commands);
    assert_eq!(made.len(), 2);
    assert!(
        hand.succeed(made[1].0, json!("third"))
            .iter()
            .all(|c| !matches!(c, Command::Completed { .. }))
    );
    hand.succeed(made[0].0, json!("first"));
    assert_eq!(hand.state.output(), Some(&json!(["first", { "v": 2 }, "third"])));
}

#[test]
fn every_branch_gets_the_forks_input() {
    let body = "do:\n- f: { input: { from: .n }, fork: { branches: [ { a: { set: { v: '${ . }' } } }, { b: { do: [ { c: { set: '${ . + 1 }' } } ] } } ] } }\n";
    assert_eq!(output(body, json!({ "n": 1 })), json!([{ "v": 1 }, 2]));
}

#[test]
fn branches_share_the_context_and_write_it_in_the_order_of_results() {
    let body = "do:\n- f: { fork: { branches: [ { a: { call: echo, export: { as: '$context + { last: \"a\", a: 1 }' } } }, { b: { call: echo, export: { as: '$context + { last: \"b\", b: 1 }' } } } ] } }\n- c: { set: '${ $context }' }\n";
    for (order, last) in [([0, 1], "b"), ([1, 0], "a")] {
        let (mut hand, commands) = Hand::start(body, json!(null));
        let made = calls(&commands);
        for index in order {
            hand.succeed(made[index].0, json!({}));
        }
        assert_eq!(hand.state.output(), Some(&json!({ "last": last, "a": 1, "b": 1 })));
    }
}

#[test]
fn when_branches_compete_the_first_to_finish_wins_and_the_others_are_cancelled() {
    let body = "do:\n- f: { fork: { compete: true, branches: [ { a: { call: echo } }, { b: { wait: PT1H } }, { c: { call: echo, export: { as: '{ c: 1 }' } } }, { d: { listen: { to: { one: { with: { type: x } } } } } } ] } }\n- z: { set: { out: '${ . }', context: '${ $context }' } }\n";
    let (mut hand, commands) = Hand::start(body, json!(null));
    let made = calls(&commands);
    let timer = timers(&commands)[0].0;
    let commands = hand.succeed(made[1].0, json!("c"));
    assert!(commands.contains(&Command::CancelCall { call: made[0].0 }));
    assert!(commands.contains(&Command::CancelTimer { timer }));
    assert!(commands.iter().any(|command| matches!(command, Command::Unlisten { .. })));
    assert_eq!(hand.state.output(), Some(&json!({ "out": "c", "context": { "c": 1 } })));
    let before = hand.state.clone();
    assert!(hand.succeed(made[0].0, json!("late")).is_empty());
    assert_eq!(hand.state, before);
}

#[test]
fn competing_branches_that_finish_at_once_are_won_by_the_first_declared() {
    let body = "do:\n- f: { fork: { compete: true, branches: [ { a: { set: '${ 1 }' } }, { b: { set: '${ 2 }' } } ] } }\n";
    let outcome = run(body, json!(null));
    assert_eq!(outcome.output, Some(json!(1)));
    assert_eq!(outcome.tasks, ["/do/0/f", "/do/0/f/fork/branches/0/a"]);
}

#[test]
fn end_in_a_branch_cancels_its_siblings() {
    let body = "do:\n- f: { fork: { branches: [ { a: { call: echo } }, { b: { wait: PT1S, then: end } } ] } }\n- z: { set: {} }\n";
    let (mut hand, commands) = Hand::start(body, json!({ "n": 1 }));
    let call = calls(&commands)[0].0;
    let commands = hand.give(Input::TimerFired { timer: timers(&commands)[0].0 }, 1);
    assert!(commands.contains(&Command::CancelCall { call }));
    assert_eq!(hand.state.status(), Status::Completed);
    assert_eq!(hand.state.output(), Some(&json!({ "n": 1 })));
}

#[test]
fn exit_in_a_branch_ends_that_branch_only() {
    let body = "do:\n- f: { fork: { branches: [ { a: { set: '${ 1 }', then: exit } }, { b: { set: '${ 2 }' } } ] } }\n- z: { set: '${ map(. + 1) }' }\n";
    assert_eq!(output(body, json!(null)), json!([2, 3]));
}

#[test]
fn wait_takes_text_parts_and_expressions_and_passes_its_input_on() {
    for wait in [
        "PT90S",
        "{ minutes: 1, seconds: 30 }",
        "'${ \"PT\" + .s + \"S\" }'",
        "'${ { seconds: 90 } }'",
    ] {
        let (mut hand, commands) =
            Hand::start(&format!("do:\n- w: {{ wait: {wait} }}\n"), json!({ "s": "90" }));
        let [(timer, 90)] = timers(&commands)[..] else { panic!("{commands:?}") };
        assert_eq!(hand.state.status(), Status::Waiting);
        assert_eq!(hand.state.pending_timers().len(), 1);
        hand.give(Input::TimerFired { timer }, 90);
        assert_eq!(hand.state.output(), Some(&json!({ "s": "90" })));
    }
}

#[test]
fn a_call_gives_its_input_and_its_output() {
    let body = "do:\n- c: { call: create_lead, with: { email: '${ .mail }', score: 3 }, output: { as: .id } }\n";
    let (mut hand, commands) = Hand::start(body, json!({ "mail": "a@b" }));
    let Command::Call { call, attempt: 1, task, function, input } = &commands[1] else {
        panic!("{commands:?}")
    };
    assert_eq!((task.as_str(), function.as_str()), ("/do/0/c", "create_lead"));
    assert_eq!(input, &json!({ "email": "a@b", "score": 3 }));
    assert_eq!(hand.state.status(), Status::Running);
    assert_eq!(hand.state.pending_calls(), [*call]);
    hand.succeed(*call, json!({ "id": 9 }));
    assert_eq!(hand.state.output(), Some(&json!(9)));
}

#[test]
fn a_call_without_input_gets_an_empty_object() {
    let (_, commands) = Hand::start("do:\n- c: { call: echo }\n", json!({ "n": 1 }));
    assert!(matches!(&commands[1], Command::Call { input, .. } if *input == json!({})));
}

#[test]
fn a_task_that_is_entered_again_is_a_new_activation() {
    let body = "do:\n- c: { call: echo, with: { n: '${ .n + 1 }' } }\n- s: { switch: [ { more: { when: .n < 3, then: c } } ] }\n";
    let (mut hand, commands) = Hand::start(body, json!({ "n": 0 }));
    let mut numbers = vec![calls(&commands)[0].clone()];
    for n in 1..3 {
        let commands = hand.succeed(numbers[n - 1].0, json!({ "n": n }));
        numbers.push(calls(&commands)[0].clone());
    }
    assert!(numbers[0].0 < numbers[1].0 && numbers[1].0 < numbers[2].0);
    assert!(numbers.iter().all(|(_, attempt, _)| *attempt == 1));
}

#[test]
fn a_loop_that_never_waits_faults_instead_of_hanging() {
    let failed = run("do:\n- a: { set: {}, then: a }\n", json!(null));
    assert!(failed.error.unwrap().detail.unwrap().contains("without waiting"));
}

#[test]
fn the_trace_tells_starts_and_ends_in_order() {
    let body = "do:\n- a: { if: 'false', set: {} }\n- b: { do: [ { c: { set: {} } } ] }\n";
    let (_, commands) = Hand::start(body, json!(1));
    let trace: Vec<String> = commands
        .iter()
        .map(|command| match command {
            Command::TaskStarted { task } => format!("+{task}"),
            Command::TaskEnded { task, outcome, .. } => format!("-{task} {outcome:?}"),
            Command::Completed { output } => format!("={output}"),
            other => format!("{other:?}"),
        })
        .collect();
    assert_eq!(
        trace,
        [
            "-/do/0/a Skipped",
            "+/do/1/b",
            "+/do/1/b/do/0/c",
            "-/do/1/b/do/0/c Completed",
            "-/do/1/b Completed",
            "={}"
        ]
    );
}
