use serde_json::{Value, json};

use crate::{
    Command, Input, Status,
    machine::events::INBOX_MAX,
    memory,
    testing::{Hand, answer, at, calls, compile, output, run},
};

fn event(kind: &str, id: &str, data: Value) -> Value {
    json!({ "specversion": "1.0", "id": id, "source": "/test", "type": kind, "subject": "s1", "data": data })
}

fn received(kind: &str, id: &str, data: Value) -> Input {
    Input::EventReceived { event: event(kind, id, data) }
}

#[test]
fn emit_gives_the_envelope_and_hands_the_event_out() {
    let body = "do:\n- e: { emit: { event: { with: { type: order.placed, subject: '${ .id }', data: { n: '${ .n }' }, tenant: t1 } } } }\n";
    let outcome = run(body, json!({ "id": "o1", "n": 2 }));
    let [emitted] = &outcome.emitted[..] else { panic!("{outcome:?}") };
    assert_eq!((emitted.kind.as_str(), emitted.subject.as_deref()), ("order.placed", Some("o1")));
    assert_eq!((&emitted.source, &emitted.data), (&None, &json!({ "n": 2 })));
    assert_eq!(emitted.attributes["tenant"], json!("t1"));
    let envelope = outcome.output.unwrap();
    assert_eq!(envelope["type"], json!("order.placed"));
    assert_eq!(envelope["source"], json!("/test/sample/0.1.0"));
    assert_eq!(envelope["id"], json!(emitted.id));
    assert_eq!(envelope["specversion"], json!("1.0"));
    assert_eq!(envelope["time"], json!("2023-11-14T22:13:20Z"));
    assert_eq!(envelope["data"], json!({ "n": 2 }));
}

#[test]
fn each_emitted_event_has_an_id_of_its_own() {
    let body = "do:\n- a: { emit: { event: { with: { type: x } } } }\n- b: { emit: { event: { with: { type: x } } } }\n";
    let emitted = run(body, json!(null)).emitted;
    assert_ne!(emitted[0].id, emitted[1].id);
}

#[test]
fn an_emitted_events_attributes_must_be_text() {
    let body = "do:\n- a: { emit: { event: { with: { type: '${ .n }' } } } }\n";
    assert_eq!(run(body, json!({ "n": 1 })).status, Status::Faulted);
    let time = "do:\n- a: { emit: { event: { with: { type: x, time: '${ .n }' } } } }\n";
    assert_eq!(run(time, json!({ "n": "yesterday" })).status, Status::Faulted);
}

#[test]
fn listen_waits_for_its_event_and_gives_a_list_of_its_data() {
    let body = "do:\n- l: { listen: { to: { one: { with: { type: paid } } } } }\n";
    let (mut hand, commands) = Hand::start(body, json!({}));
    assert!(matches!(&commands[1], Command::Listen { types, .. } if types == &["paid"]));
    assert_eq!((hand.state.status(), hand.state.pending_listens().len()), (Status::Waiting, 1));
    assert!(hand.give(received("other", "1", json!(1)), 1).is_empty());
    let commands = hand.give(received("paid", "2", json!({ "n": 1 })), 2);
    assert!(matches!(commands[0], Command::Unlisten { .. }));
    assert_eq!(hand.state.output(), Some(&json!([{ "n": 1 }])));
}

#[test]
fn listen_can_give_the_whole_envelope() {
    let body = "do:\n- l: { listen: { to: { one: { with: { type: paid } } }, read: envelope } }\n";
    let (mut hand, _) = Hand::start(body, json!({}));
    hand.give(received("paid", "2", json!(1)), 2);
    assert_eq!(hand.state.output(), Some(&json!([event("paid", "2", json!(1))])));
}

#[test]
fn listen_filters_by_attributes_and_by_a_condition_on_the_data() {
    let body = "do:\n- l: { listen: { to: { one: { with: { type: paid, subject: '${ .who }', data: '${ .n > 3 }' } } } } }\n";
    let (mut hand, _) = Hand::start(body, json!({ "who": "s1" }));
    hand.give(received("paid", "1", json!({ "n": 1 })), 1);
    let mut stranger = event("paid", "2", json!({ "n": 9 }));
    stranger["subject"] = json!("s2");
    hand.give(Input::EventReceived { event: stranger }, 1);
    hand.give(received("paid", "3", json!("not an object")), 1);
    assert_eq!(hand.state.status(), Status::Waiting);
    hand.give(received("paid", "4", json!({ "n": 4 })), 1);
    assert_eq!(hand.state.output(), Some(&json!([{ "n": 4 }])));
}

#[test]
fn listen_correlates_with_what_it_expects() {
    let body = "do:\n- l: { listen: { to: { one: { with: { type: paid }, correlate: { order: { from: .data.order, expect: '${ .order }' } } } } } }\n";
    let (mut hand, _) = Hand::start(body, json!({ "order": 7 }));
    hand.give(received("paid", "1", json!({ "order": 6 })), 1);
    hand.give(received("paid", "2", json!({})), 1);
    assert_eq!(hand.state.status(), Status::Waiting);
    hand.give(received("paid", "3", json!({ "order": 7 })), 1);
    assert_eq!(hand.state.output(), Some(&json!([{ "order": 7 }])));
}

#[test]
fn an_event_that_comes_before_its_listen_is_kept_and_consumed_once() {
    let body = "do:\n- c: { call: echo }\n- l: { listen: { to: { one: { with: { type: paid } } } } }\n- m: { listen: { to: { one: { with: { type: paid } } } } }\n";
    let (mut hand, commands) = Hand::start(body, json!({}));
    hand.give(received("paid", "1", json!(1)), 1);
    hand.give(received("paid", "1", json!(1)), 1);
    hand.give(received("unrelated", "2", json!(2)), 1);
    hand.succeed(calls(&commands)[0].0, json!({}));
    assert_eq!(hand.state.status(), Status::Waiting, "a repeated delivery is one event");
    hand.give(received("paid", "3", json!(3)), 1);
    assert_eq!(hand.state.output(), Some(&json!([3])));
}

#[test]
fn events_kept_before_the_start_count_too() {
    let body = "do:\n- l: { listen: { to: { one: { with: { type: paid } } } } }\n";
    let info = crate::RunInfo { id: "r".into(), started_at: at(0), seed: 0 };
    let mut hand = Hand { program: compile(body), state: crate::State::new(info) };
    hand.give(received("paid", "1", json!(1)), 0);
    assert_eq!(hand.state.status(), Status::Pending);
    hand.give(Input::Start { input: json!({}) }, 0);
    assert_eq!(hand.state.output(), Some(&json!([1])));
}

#[test]
fn the_inbox_is_bounded_and_forgets_the_oldest() {
    let body =
        "do:\n- c: { call: echo }\n- l: { listen: { to: { one: { with: { type: paid } } } } }\n";
    let (mut hand, commands) = Hand::start(body, json!({}));
    for n in 0..=INBOX_MAX {
        hand.give(received("paid", &n.to_string(), json!(n)), 1);
    }
    hand.succeed(calls(&commands)[0].0, json!({}));
    assert_eq!(hand.state.output(), Some(&json!([1])));
}

#[test]
fn one_event_reaches_every_task_that_listens_for_it() {
    let body = "do:\n- f: { fork: { branches: [ { a: { listen: { to: { one: { with: { type: paid } } } } } }, { b: { listen: { to: { one: { with: { type: paid } } } } } } ] } }\n";
    let (mut hand, _) = Hand::start(body, json!({}));
    hand.give(received("paid", "1", json!(1)), 1);
    assert_eq!(hand.state.output(), Some(&json!([[1], [1]])));
}

#[test]
fn an_event_that_is_too_deep_or_no_event_is_ignored() {
    let body = "do:\n- l: { listen: { to: { one: { with: { type: paid } } } } }\n";
    let (mut hand, _) = Hand::start(body, json!({}));
    let before = hand.state.clone();
    let mut deep = json!(1);
    for _ in 0..120 {
        deep = json!([deep]);
    }
    for event in [json!(null), json!("paid"), json!({ "type": 1 }), event("paid", "1", deep)] {
        assert!(hand.give(Input::EventReceived { event }, 1).is_empty());
        assert_eq!(hand.state, before);
    }
}

#[test]
fn a_definition_tells_what_starts_it_and_what_it_listens_for() {
    let body = "schedule: { on: { one: { with: { type: intake.submitted } } }, read: envelope }\ndo:\n- a: { listen: { to: { one: { with: { type: z } } } } }\n- b: { do: [ { c: { listen: { to: { one: { with: { type: a } } } } } }, { d: { listen: { to: { one: { with: { type: z } } } } } } ] }\n";
    let program = compile(body);
    let submitted = event("intake.submitted", "1", json!(2));
    assert!(program.starts_on(&submitted, at(0)));
    assert!(!program.starts_on(&event("other", "1", json!(2)), at(0)));
    assert_eq!(program.input_of(&submitted), json!([submitted]));
    assert_eq!(program.listens(), ["a", "z"]);
    assert_eq!(
        (program.namespace(), program.name(), program.version()),
        ("test", "sample", "0.1.0")
    );
    assert_eq!(program.digest().len(), 64);
}

#[test]
fn a_trigger_that_names_a_source_takes_no_event_from_another() {
    let body = "schedule: { on: { one: { with: { type: submitted, source: crm } } } }\ndo:\n- a: { set: {} }\n";
    let program = compile(body);
    let from = |source: &str| json!({ "type": "submitted", "source": source, "data": 1 });
    assert!(program.starts_on(&from("crm"), at(0)));
    assert!(!program.starts_on(&from("webhooks"), at(0)));
    assert_eq!(program.starting_events(), [("submitted", Some("crm"))]);
    assert_eq!(program.input_of(&from("crm")), json!([1]));
}

#[test]
fn in_memory_a_run_hears_what_it_is_given_and_what_it_says_itself() {
    let body = "do:\n- e: { emit: { event: { with: { type: said, data: 1 } } } }\n- l: { listen: { to: { one: { with: { type: said } } } } }\n- m: { listen: { to: { one: { with: { type: given } } } } }\n";
    let mut answered = |request: &memory::CallRequest| answer(request).into();
    let options = memory::Options {
        given: vec![(at(0), memory::Happening::Event(event("given", "1", json!(2))))],
        ..memory::Options::new(at(0), &mut answered)
    };
    let outcome = memory::run(&compile(body), json!({}), options);
    assert_eq!(outcome.output, Some(json!([2])));
    let waiting =
        run("do:\n- l: { listen: { to: { one: { with: { type: given } } } } }\n", json!({}));
    assert_eq!(waiting.status, Status::Waiting);
    assert!(waiting.reason.unwrap().contains("given"));
}

#[test]
fn in_memory_time_jumps() {
    let started = std::time::Instant::now();
    let body = "do:\n- w: { wait: P30D }\n- x: { set: '${ now }' }\n";
    assert_eq!(output(body, json!(null)), json!(1_700_000_000 + 30 * 86_400));
    assert!(started.elapsed().as_secs() < 5);
}
