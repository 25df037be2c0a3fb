use serde_json::json;

use crate::{
    Command, ERRORS, FlowError, Input, OUTCOME_UNKNOWN, Outcome, Status,
    testing::{Hand, calls, failure, output, run, timers},
};

const BROKEN: &str = "https://example.com/errors/broken";

fn with_retry(policy: &str) -> String {
    format!("do:\n- t: {{ try: [ {{ c: {{ call: echo }} }} ], catch: {{ retry: {policy} }} }}\n")
}

/// Fails the call again and again; gives the seconds at which each attempt was made.
fn attempts(policy: &str, most: usize) -> (Vec<i64>, Status) {
    let (mut hand, commands) = Hand::start(&with_retry(policy), json!({}));
    let (call, first, _) = calls(&commands)[0].clone();
    assert_eq!(first, 1);
    let (mut now, mut times) = (0, vec![0]);
    while times.len() < most {
        let mut commands = hand.fail(call, failure(BROKEN, 500), now);
        if let Some((timer, at)) = timers(&commands).first().copied() {
            now = at;
            commands = hand.give(Input::TimerFired { timer }, now);
        }
        let Some((same, attempt, _)) = calls(&commands).first().cloned() else { break };
        times.push(now);
        assert_eq!((same, attempt as usize), (call, times.len()), "the same activation");
    }
    (times, hand.state.status())
}

#[test]
fn retries_follow_the_policy_and_keep_the_calls_number() {
    let table: [(&str, &[i64]); 8] = [
        ("{ delay: PT2S, limit: { attempt: { count: 3 } } }", &[0, 2, 4, 6]),
        (
            "{ delay: PT2S, backoff: { constant: {} }, limit: { attempt: { count: 2 } } }",
            &[0, 2, 4],
        ),
        (
            "{ delay: PT2S, backoff: { linear: {} }, limit: { attempt: { count: 3 } } }",
            &[0, 2, 6, 12],
        ),
        (
            "{ delay: PT2S, backoff: { exponential: {} }, limit: { attempt: { count: 4 } } }",
            &[0, 2, 6, 14, 30],
        ),
        ("{ delay: PT2S, limit: { duration: PT5S } }", &[0, 2, 4]),
        ("{ limit: { attempt: { count: 2 } } }", &[0, 0, 0]),
        ("{ delay: PT1S, limit: { attempt: { count: 0 } } }", &[0]),
        (
            "{ delay: { seconds: 3 }, limit: { duration: PT10S, attempt: { count: 2 } } }",
            &[0, 3, 6],
        ),
    ];
    for (policy, expected) in table {
        assert_eq!(attempts(policy, 20), (expected.to_vec(), Status::Faulted), "{policy}");
    }
}

#[test]
fn jitter_stays_in_its_range_and_is_the_same_in_a_replay() {
    let policy =
        "{ delay: PT10S, jitter: { from: PT1S, to: PT20S }, limit: { attempt: { count: 15 } } }";
    let (times, _) = attempts(policy, 20);
    assert_eq!(times, attempts(policy, 20).0);
    let gaps: Vec<i64> = times.windows(2).map(|pair| pair[1] - pair[0]).collect();
    assert!(gaps.iter().all(|gap| (11..=30).contains(gap)), "{gaps:?}");
    assert!(gaps.iter().any(|gap| *gap != gaps[0]), "{gaps:?}");
}

#[test]
fn a_retry_is_never_sooner_than_the_other_side_asked_for_within_an_hour() {
    for (asked_ms, expected) in [(1_000, 2), (30_000, 30), (7_200_000, 3_600), (u64::MAX, 3_600)] {
        let (mut hand, commands) = Hand::start(&with_retry("{ delay: PT2S }"), json!({}));
        let mut error = failure(BROKEN, 429);
        error.retry_after_ms = Some(asked_ms);
        let commands = hand.fail(calls(&commands)[0].0, error, 0);
        assert_eq!(timers(&commands)[0].1, expected, "{asked_ms}");
        assert!(commands.contains(&Command::TaskEnded {
            error: None,
            task: "/do/0/t".into(),
            outcome: Outcome::Retrying
        }));
    }
}

#[test]
fn a_call_that_succeeds_on_a_retry_goes_on() {
    let body = format!("{}- z: {{ set: {{ got: '${{ . }}' }} }}\n", with_retry("{ delay: PT1S }"));
    let (mut hand, commands) = Hand::start(&body, json!({}));
    let call = calls(&commands)[0].0;
    let commands = hand.fail(call, failure(BROKEN, 500), 0);
    hand.give(Input::TimerFired { timer: timers(&commands)[0].0 }, 1);
    hand.succeed(call, json!(5));
    assert_eq!(hand.state.output(), Some(&json!({ "got": 5 })));
}

#[test]
fn a_retry_runs_the_whole_try_and_each_call_keeps_its_own_number() {
    let body = "do:\n- t: { try: [ { a: { call: echo } }, { b: { call: echo } } ], catch: { retry: { delay: PT1S } } }\n";
    let (mut hand, commands) = Hand::start(body, json!({}));
    let a = calls(&commands)[0].0;
    let b = calls(&hand.succeed(a, json!({})))[0].0;
    let commands = hand.fail(b, failure(BROKEN, 500), 1);
    let commands = hand.give(Input::TimerFired { timer: timers(&commands)[0].0 }, 2);
    assert_eq!(calls(&commands), [(a, 2, "echo".to_owned())]);
    let commands = hand.succeed(a, json!({}));
    assert_eq!(calls(&commands), [(b, 2, "echo".to_owned())]);
}

#[test]
fn nested_tries_agree_on_the_number_of_a_call() {
    let body = "do:\n- o: { try: [ { i: { try: [ { c: { call: echo } } ], catch: { retry: { delay: PT1S, limit: { attempt: { count: 1 } } } } } } ], catch: { retry: { delay: PT1M, limit: { attempt: { count: 1 } } } } }\n";
    let (mut hand, commands) = Hand::start(body, json!({}));
    let call = calls(&commands)[0].0;
    let mut delays = Vec::new();
    for attempt in 2..=4 {
        let commands = hand.fail(call, failure(BROKEN, 500), 0);
        let (timer, delay) = timers(&commands)[0];
        delays.push(delay);
        let commands = hand.give(Input::TimerFired { timer }, 0);
        assert_eq!(calls(&commands), [(call, attempt, "echo".to_owned())]);
    }
    assert_eq!(delays, [1, 60, 1]);
    hand.fail(call, failure(BROKEN, 500), 0);
    assert_eq!(hand.state.status(), Status::Faulted);
}

#[test]
fn only_errors_that_the_filter_and_the_conditions_mean_are_caught() {
    let table = [
        ("{ errors: { with: { status: 500 } } }", true),
        ("{ errors: { with: { status: 404 } } }", false),
        ("{ errors: { with: { type: 'https://example.com/errors/broken' } } }", true),
        ("{ errors: { with: { type: 'https://example.com/errors/other' } } }", false),
        ("{ errors: { with: { title: failed, detail: on purpose } } }", true),
        ("{ errors: { with: { title: other } } }", false),
        ("{ errors: { with: { instance: /do/0/t/try/0/c } } }", true),
        ("{ errors: { with: { instance: /do/0 } } }", false),
        ("{ when: $error.status == 500 }", true),
        ("{ when: '${ $error.status == 404 }' }", false),
        ("{ exceptWhen: $error.status == 500 }", false),
        ("{ exceptWhen: $error.status == 404 }", true),
        ("{ as: problem, when: $problem.detail == \"on purpose\" }", true),
        ("{ errors: { with: { status: 500 } }, when: 'false' }", false),
        ("{ }", true),
    ];
    for (catch, is_caught) in table {
        let body = format!("do:\n- t: {{ try: [ {{ c: {{ call: fail }} }} ], catch: {catch} }}\n");
        let expected = if is_caught { Status::Completed } else { Status::Faulted };
        assert_eq!(run(&body, json!({})).status, expected, "{catch}");
    }
}

#[test]
fn standard_errors_are_caught_by_every_family_of_their_uris() {
    for wanted in [
        "https://open-workflow-specification.org/spec/1.0.0/errors/communication",
        "https://open-workflow-specification.org/dsl/errors/types/communication",
        "https://serverlessworkflow.io/spec/1.0.0/errors/communication",
        "https://serverlessworkflow.io/dsl/errors/types/communication",
    ] {
        let body = format!(
            "do:\n- t: {{ try: [ {{ c: {{ call: fail, with: {{ type: '{ERRORS}communication' }} }} }} ], catch: {{ errors: {{ with: {{ type: '{wanted}' }} }} }} }}\n"
        );
        assert_eq!(run(&body, json!({})).status, Status::Completed, "{wanted}");
    }
}

#[test]
fn a_catch_without_handler_gives_the_trys_transformed_input() {
    let body = "do:\n- t: { input: { from: .n }, try: [ { c: { call: fail } } ], catch: {} }\n";
    assert_eq!(output(body, json!({ "n": 4 })), json!(4));
}

#[test]
fn the_handler_sees_the_error_and_gives_the_output() {
    let body = "do:\n- t:\n    try: [ { c: { call: fail, with: { status: 418 } } } ]\n    catch:\n      as: problem\n      do:\n      - h: { set: { status: '${ $problem.status }', from: '${ $problem.instance }', input: '${ . }' } }\n";
    assert_eq!(
        output(body, json!({ "n": 1 })),
        json!({ "status": 418, "from": "/do/0/t/try/0/c", "input": { "n": 1 } })
    );
}

#[test]
fn retries_come_before_the_handler_and_the_handler_before_the_outer_catch() {
    let body = "do:\n- t: { try: [ { c: { call: fail } } ], catch: { retry: { delay: PT1S, limit: { attempt: { count: 2 } } }, do: [ { h: { set: { handled: true } } } ] } }\n";
    let outcome = run(body, json!({}));
    assert_eq!(outcome.output, Some(json!({ "handled": true })));
    assert_eq!(outcome.tasks.iter().filter(|task| task.ends_with("/c")).count(), 3);
    assert_eq!(outcome.tasks.last().unwrap(), "/do/0/t/catch/do/0/h");
}

#[test]
fn an_exhausted_policy_without_handler_raises_the_error_again() {
    let body = "do:\n- o: { try: [ { t: { try: [ { c: { call: fail } } ], catch: { retry: { limit: { attempt: { count: 1 } } } } } } ], catch: { do: [ { h: { set: '${ $error.status }' } } ] } }\n";
    assert_eq!(output(body, json!({})), json!(500));
}

#[test]
fn retry_has_conditions_of_its_own() {
    for (policy, tries) in [
        ("{ when: $error.status == 500, limit: { attempt: { count: 2 } } }", 3),
        ("{ when: $error.status == 404, limit: { attempt: { count: 2 } } }", 1),
        ("{ exceptWhen: $error.status == 500, limit: { attempt: { count: 2 } } }", 1),
    ] {
        let body = format!(
            "do:\n- t: {{ try: [ {{ c: {{ call: fail }} }} ], catch: {{ retry: {policy}, do: [ {{ h: {{ set: {{}} }} }} ] }} }}\n"
        );
        let outcome = run(&body, json!({}));
        assert_eq!(outcome.status, Status::Completed);
        assert_eq!(
            outcome.tasks.iter().filter(|task| task.ends_with("/c")).count(),
            tries,
            "{policy}"
        );
    }
}

#[test]
fn the_catchs_then_is_for_the_error_path_only() {
    let body = |call: &str| {
        format!(
            "do:\n- t: {{ try: [ {{ c: {{ call: {call} }} }} ], catch: {{ then: z }} }}\n- y: {{ set: {{ y: 1 }}, then: end }}\n- z: {{ set: {{ z: 1 }} }}\n"
        )
    };
    assert_eq!(output(&body("fail"), json!({})), json!({ "z": 1 }));
    assert_eq!(output(&body("echo"), json!({})), json!({ "y": 1 }));
}

#[test]
fn an_error_in_the_handler_goes_outward_and_not_to_its_own_catch() {
    let body = "do:\n- t: { try: [ { c: { call: fail } } ], catch: { do: [ { h: { call: fail, with: { status: 409 } } } ] } }\n";
    let failed = run(body, json!({}));
    assert_eq!(failed.error.unwrap().status, 409);
}

#[test]
fn a_wrong_condition_in_a_catch_becomes_the_error() {
    let body = "do:\n- t: { try: [ { c: { call: fail } } ], catch: { when: error } }\n";
    let error = run(body, json!({})).error.unwrap();
    assert_eq!(
        (error.kind, error.instance.unwrap()),
        (format!("{ERRORS}expression"), "/do/0/t".into())
    );
}

#[test]
fn an_attempt_that_takes_too_long_is_cancelled_and_is_a_timeout() {
    let body = "do:\n- t: { try: [ { c: { call: echo } } ], catch: { retry: { delay: PT1S, limit: { attempt: { count: 1, duration: PT10S } } }, do: [ { h: { set: '${ $error.status }' } } ] } }\n";
    let (mut hand, commands) = Hand::start(body, json!({}));
    let call = calls(&commands)[0].0;
    let commands = hand.give(Input::TimerFired { timer: timers(&commands)[0].0 }, 10);
    assert!(commands.contains(&Command::CancelCall { call }));
    assert!(hand.succeed(call, json!("late")).is_empty());
    let commands = hand.give(Input::TimerFired { timer: timers(&commands)[0].0 }, 11);
    assert_eq!(calls(&commands), [(call, 2, "echo".to_owned())]);
    hand.give(Input::TimerFired { timer: timers(&commands)[0].0 }, 21);
    assert_eq!(hand.state.output(), Some(&json!(408)));
}

#[test]
fn an_attempt_that_ends_in_time_takes_its_timer_back() {
    let body = with_retry("{ limit: { attempt: { duration: PT10S } } }");
    let (mut hand, commands) = Hand::start(&body, json!({}));
    let timer = timers(&commands)[0].0;
    let commands = hand.succeed(calls(&commands)[0].0, json!({}));
    assert!(commands.contains(&Command::CancelTimer { timer }));
    assert_eq!(hand.state.status(), Status::Completed);
}

#[test]
fn an_error_in_a_branch_cancels_the_others_and_is_caught_around_the_fork() {
    let body = "do:\n- t: { try: [ { f: { fork: { branches: [ { a: { call: echo } }, { b: { call: echo } } ] } } } ], catch: { do: [ { h: { set: { ok: 1 } } } ] } }\n";
    let (mut hand, commands) = Hand::start(body, json!({}));
    let made = calls(&commands);
    let commands = hand.fail(made[1].0, failure(BROKEN, 500), 1);
    assert!(commands.contains(&Command::CancelCall { call: made[0].0 }));
    assert_eq!(hand.state.output(), Some(&json!({ "ok": 1 })));
}

#[test]
fn raise_raises_what_it_says() {
    let body = "use: { errors: { late: { type: 'https://example.com/late', status: 409, title: Late } } }\ndo:\n- r: { raise: { error: late } }\n";
    let error = run(body, json!({})).error.unwrap();
    assert_eq!(error.kind, "https://example.com/late");
    assert_eq!((error.status, error.title.as_deref()), (409, Some("Late")));
    assert_eq!(error.instance.as_deref(), Some("/do/0/r"));
    let inline = "do:\n- r: { raise: { error: { type: '${ .kind }', status: '${ .n }', detail: '${ \"for \\(.n)\" }', instance: /mine } } }\n";
    let error = run(inline, json!({ "kind": "a:b", "n": 404 })).error.unwrap();
    assert_eq!((error.kind.as_str(), error.status), ("a:b", 404));
    assert_eq!(
        (error.detail.as_deref(), error.instance.as_deref()),
        (Some("for 404"), Some("/mine"))
    );
}

#[test]
fn a_raised_error_can_be_caught_and_named_policies_are_found() {
    let body = "use: { retries: { twice: { limit: { attempt: { count: 2 } } } } }\ndo:\n- t: { try: [ { r: { raise: { error: { type: 'a:b', status: 500 } } } } ], catch: { errors: { with: { type: 'a:b' } }, retry: twice, do: [ { h: { set: {} } } ] } }\n";
    assert_eq!(run(body, json!({})).tasks.len(), 5);
}

#[test]
fn an_unknown_outcome_can_be_told_from_other_errors() {
    let body = format!(
        "do:\n- t: {{ try: [ {{ c: {{ call: fail, with: {{ type: '{OUTCOME_UNKNOWN}' }} }} }} ], catch: {{ errors: {{ with: {{ type: '{OUTCOME_UNKNOWN}' }} }}, do: [ {{ h: {{ set: {{ unknown: true }} }} }} ] }} }}\n"
    );
    assert_eq!(output(&body, json!({})), json!({ "unknown": true }));
}

#[test]
fn a_policy_without_limits_ends_all_the_same() {
    let outcome =
        run("do:\n- t: { try: [ { c: { call: fail } } ], catch: { retry: {} } }\n", json!({}));
    assert_eq!(outcome.status, Status::Faulted);
}

#[test]
fn polling_with_try_raise_and_retry_calls_again_each_time() {
    let body = "do:\n- t: { try: [ { c: { call: echo } }, { s: { if: '.done | not', raise: { error: { type: 'a:pending', status: 425 } } } } ], catch: { errors: { with: { type: 'a:pending' } }, retry: { delay: PT5S } } }\n";
    let (mut hand, commands) = Hand::start(body, json!({}));
    let call = calls(&commands)[0].0;
    let commands = hand.succeed(call, json!({ "done": false }));
    let commands = hand.give(Input::TimerFired { timer: timers(&commands)[0].0 }, 6);
    assert_eq!(calls(&commands), [(call, 2, "echo".to_owned())]);
    hand.succeed(call, json!({ "done": true }));
    assert_eq!(hand.state.output(), Some(&json!({ "done": true })));
}

#[test]
fn errors_survive_being_stored_with_all_their_fields() {
    let error =
        FlowError { instance: Some("/x".into()), retry_after_ms: Some(3), ..failure("a:b", 503) };
    let body = "do:\n- t: { try: [ { c: { call: echo } } ], catch: { do: [ { h: { set: '${ $error }' } } ] } }\n";
    let (mut hand, commands) = Hand::start(body, json!({}));
    hand.fail(calls(&commands)[0].0, error.clone(), 0);
    assert_eq!(
        serde_json::from_value::<FlowError>(hand.state.output().unwrap().clone()).unwrap(),
        error
    );
}

#[test]
fn a_state_tells_which_call_pauses_until_when() {
    let (mut hand, commands) = Hand::start(&with_retry("{ delay: PT2S }"), json!({}));
    let (call, ..) = calls(&commands)[0].clone();
    assert_eq!(hand.state.pauses(), []);
    let commands = hand.fail(call, failure(BROKEN, 500), 0);
    assert_eq!(hand.state.pauses(), [(call, crate::testing::at(2))]);
    let (timer, at) = timers(&commands)[0];
    hand.give(Input::TimerFired { timer }, at);
    assert_eq!(hand.state.pauses(), [], "it is made again");
}
