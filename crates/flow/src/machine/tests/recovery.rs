use std::collections::HashMap;

use serde_json::{Value, json};

use crate::{
    Command, Input, State, Status,
    testing::{Hand, calls, failure, timers},
};

const TWO_BRANCHES: &str = "do:\n- f: { fork: { branches: [ { a: { call: echo } }, { b: { call: echo } }, { w: { wait: PT1H } } ] } }\n- z: { set: { done: '${ . }' } }\n";

#[test]
fn a_faulted_run_enters_the_failed_task_as_a_new_activation() {
    let body =
        "do:\n- a: { call: echo, with: { a: 1 } }\n- b: { call: echo, with: { b: '${ .a }' } }\n";
    let (mut hand, commands) = Hand::start(body, json!({}));
    let commands = hand.succeed(calls(&commands)[0].0, json!({ "a": 5 }));
    let failed = calls(&commands)[0].0;
    let commands = hand.fail(failed, failure("a:b", 500), 1);
    assert!(matches!(commands.last(), Some(Command::Faulted { .. })));
    assert_eq!((hand.state.status(), hand.state.error().unwrap().status), (Status::Faulted, 500));
    assert!(!hand.state.was_revived());
    let commands = hand.give(Input::Retry, 2);
    assert!(hand.state.was_revived(), "whoever watches can tell that it was taken up again");
    let [(again, 1, _)] = &calls(&commands)[..] else { panic!("{commands:?}") };
    assert!(failed < *again);
    assert!(
        commands
            .iter()
            .any(|c| matches!(c, Command::Call { input, .. } if *input == json!({ "b": 5 })))
    );
    assert_eq!((hand.state.status(), hand.state.error()), (Status::Running, None));
    hand.succeed(*again, json!("ok"));
    assert_eq!(hand.state.output(), Some(&json!("ok")));
}

#[test]
fn what_was_interrupted_beside_the_failed_task_goes_on_under_its_own_number() {
    let (mut hand, commands) = Hand::start(TWO_BRANCHES, json!({}));
    let made = calls(&commands);
    let timer = timers(&commands)[0].0;
    let commands = hand.fail(made[0].0, failure("a:b", 500), 1);
    assert!(commands.contains(&Command::CancelCall { call: made[1].0 }));
    assert!(commands.contains(&Command::CancelTimer { timer }));
    assert!(hand.succeed(made[1].0, json!("late")).is_empty());
    let commands = hand.give(Input::Retry, 2);
    let again = calls(&commands);
    assert_eq!(again[1], (made[1].0, 2, "echo".to_owned()));
    assert!(made[1].0 < again[0].0 && again[0].1 == 1);
    assert_eq!(timers(&commands)[0].1, 3_600, "the wait ends when it always would have");
    hand.succeed(again[0].0, json!("a"));
    hand.succeed(again[1].0, json!("b"));
    hand.give(Input::TimerFired { timer: timers(&commands)[0].0 }, 3_600);
    assert_eq!(hand.state.output(), Some(&json!({ "done": ["a", "b", {}] })));
}

#[test]
fn branches_not_yet_entered_when_the_run_faulted_are_entered_on_retry() {
    let body = "do:\n- f: { fork: { branches: [ { a: { raise: { error: { type: 'a:b', status: 500 } } } }, { b: { call: echo } } ] } }\n";
    let (mut hand, commands) = Hand::start(body, json!({}));
    assert!(calls(&commands).is_empty());
    let commands = hand.give(Input::Retry, 1);
    assert!(calls(&commands).is_empty(), "the first branch faults again before the second begins");
    assert_eq!(hand.state.status(), Status::Faulted);
}

#[test]
fn a_retry_after_an_exhausted_policy_repeats_only_the_call_that_failed() {
    let body = "do:\n- t: { try: [ { a: { call: echo } }, { b: { call: echo } } ], catch: { retry: { limit: { attempt: { count: 1 } } } } }\n";
    let (mut hand, commands) = Hand::start(body, json!({}));
    let a = calls(&commands)[0].0;
    let b = calls(&hand.succeed(a, json!({})))[0].0;
    hand.fail(b, failure("a:b", 500), 1);
    hand.succeed(a, json!({}));
    hand.fail(b, failure("a:b", 500), 1);
    assert_eq!(hand.state.status(), Status::Faulted);
    let commands = hand.give(Input::Retry, 2);
    let [(again, 1, _)] = &calls(&commands)[..] else { panic!("{commands:?}") };
    assert!(b < *again);
    // The policy starts afresh, and the retried try keeps the first call's number.
    let commands = hand.fail(*again, failure("a:b", 500), 3);
    assert_eq!(calls(&commands), [(a, 3, "echo".to_owned())]);
}

#[test]
fn a_timed_out_attempt_without_retries_left_can_be_taken_up_by_hand() {
    let body = "do:\n- t: { try: [ { a: { call: echo } } ], catch: { retry: { limit: { attempt: { count: 0, duration: PT5S } } } } }\n";
    let (mut hand, commands) = Hand::start(body, json!({}));
    let call = calls(&commands)[0].0;
    hand.give(Input::TimerFired { timer: timers(&commands)[0].0 }, 5);
    assert_eq!(hand.state.error().unwrap().status, 408);
    let commands = hand.give(Input::Retry, 9);
    assert_eq!(calls(&commands), [(call, 2, "echo".to_owned())]);
    assert_eq!(timers(&commands)[0].1, 14);
    hand.succeed(call, json!(1));
    assert_eq!(hand.state.output(), Some(&json!(1)));
}

#[test]
fn a_composite_whose_output_was_wrong_is_not_run_again() {
    let body = "do:\n- d: { do: [ { c: { call: echo } } ], output: { as: error } }\n";
    let (mut hand, commands) = Hand::start(body, json!({}));
    hand.succeed(calls(&commands)[0].0, json!({}));
    assert_eq!(hand.state.status(), Status::Faulted);
    let commands = hand.give(Input::Retry, 1);
    assert!(calls(&commands).is_empty());
    assert_eq!(hand.state.status(), Status::Faulted);
}

#[test]
fn a_cancelled_run_takes_back_everything_and_stays_cancelled() {
    let (mut hand, commands) = Hand::start(TWO_BRANCHES, json!({}));
    let made = calls(&commands);
    let commands = hand.give(Input::Cancel { reason: "client left".into() }, 1);
    for (call, _, _) in &made {
        assert!(commands.contains(&Command::CancelCall { call: *call }));
    }
    assert_eq!(commands.last(), Some(&Command::Cancelled { reason: "client left".into() }));
    assert_eq!(hand.state.status(), Status::Cancelled);
    let before = hand.state.clone();
    for input in [
        Input::Retry,
        Input::Cancel { reason: "again".into() },
        Input::Start { input: json!(1) },
        Input::CallSucceeded { call: made[0].0, output: json!(1) },
    ] {
        assert!(hand.give(input, 2).is_empty());
        assert_eq!(hand.state, before);
    }
}

#[test]
fn a_faulted_run_can_be_cancelled() {
    let (mut hand, commands) = Hand::start("do:\n- a: { call: echo }\n", json!({}));
    hand.fail(calls(&commands)[0].0, failure("a:b", 500), 1);
    hand.give(Input::Cancel { reason: "enough".into() }, 2);
    assert_eq!(hand.state.status(), Status::Cancelled);
}

#[test]
fn inputs_that_no_longer_matter_change_nothing() {
    let (mut hand, commands) = Hand::start(TWO_BRANCHES, json!({}));
    let call = calls(&commands)[0].0;
    hand.succeed(call, json!(1));
    let before = hand.state.clone();
    for input in [
        Input::CallSucceeded { call, output: json!(2) },
        Input::CallFailed { call, error: failure("a:b", 500) },
        Input::CallSucceeded { call: 999, output: json!(2) },
        Input::TimerFired { timer: 999 },
        Input::TimerFired { timer: call },
        Input::EventReceived { event: json!({ "type": "x" }) },
        Input::Retry,
        Input::Start { input: json!(1) },
    ] {
        assert!(hand.give(input, 5).is_empty());
        assert_eq!(hand.state, before);
    }
}

#[test]
fn values_that_nothing_refers_to_are_forgotten() {
    let body = "do:\n- a: { call: echo }\n- b: { call: echo }\n- c: { call: echo }\n";
    let (mut hand, commands) = Hand::start(body, json!("input"));
    let commands = hand.succeed(calls(&commands)[0].0, json!("first"));
    let commands = hand.succeed(calls(&commands)[0].0, json!("second"));
    let kept: Vec<&Value> = hand.state.values.values().map(|value| &**value).collect();
    assert!(kept.contains(&&json!("input")) && kept.contains(&&json!("second")));
    assert!(!kept.contains(&&json!("first")), "{kept:?}");
    hand.succeed(calls(&commands)[0].0, json!("third"));
    assert_eq!(hand.state.values.len(), 1);
}

#[test]
fn large_values_are_stored_beside_the_state_and_come_back() {
    let body = "do:\n- a: { call: echo, export: { as: . } }\n- b: { call: echo, with: { n: 1 } }\n";
    let (mut hand, commands) = Hand::start(body, json!({ "small": 1 }));
    hand.succeed(calls(&commands)[0].0, json!({ "large": "x".repeat(10_000) }));
    let (small, large) = hand.state.dehydrate(1_000);
    let small = serde_json::to_value(small).unwrap();
    assert_eq!(large.len(), 1);
    assert!(small.to_string().len() < 3_000);
    let stored: HashMap<u64, Value> =
        large.iter().map(|(id, value)| (*id, (**value).clone())).collect();
    let text: Value = serde_json::from_str(&small.to_string()).unwrap();
    let back = State::hydrate(text.clone(), |id| stored.get(&id).cloned()).unwrap();
    assert_eq!(back, hand.state);
    let missing = State::hydrate(text, |_| None).unwrap_err();
    assert!(missing.to_string().contains("missing"), "{missing}");
}

#[test]
fn a_state_of_another_format_is_refused() {
    let (hand, _) = Hand::start("do:\n- a: { call: echo }\n", json!({}));
    let mut json = serde_json::to_value(hand.state.dehydrate(usize::MAX).0).unwrap();
    json["state"]["format"] = json!(99);
    assert!(State::hydrate(json, |_| None).unwrap_err().to_string().contains("format 99"));
    for junk in [json!(null), json!({}), json!({ "state": { "format": 1 } })] {
        assert!(State::hydrate(junk, |_| None).is_err());
    }
}
