use serde_json::{Value, json};

use crate::{
    Command, Input, Status,
    testing::{Hand, calls, run, timers},
};

const MEGABYTE: usize = 1_000_000;

fn detail(body: &str) -> String {
    let outcome = run(body, json!({}));
    assert_eq!(outcome.status, Status::Faulted, "{body}");
    outcome.error.unwrap().detail.unwrap()
}

#[test]
fn a_value_that_is_too_large_fails_the_task_that_makes_it() {
    let text = "'${ \"x\" * 3000000 }'";
    let members = format!("do: [{{ a: {{ set: {{ a: {text}, b: {text}, c: {text} }} }} }}]");
    let branch = |name: &str| format!("{{ {name}: {{ set: {text} }} }}");
    let joined = format!(
        "do: [{{ f: {{ fork: {{ branches: [{}, {}, {}] }} }} }}]",
        branch("a"),
        branch("b"),
        branch("c"),
    );
    // Parts of a value take room too, not only its text.
    let list = "'${ [range(90000)] }'";
    let parts = format!(
        "do: [{{ a: {{ set: {{ a: {list}, b: {list}, c: {list}, d: {list}, e: {list}, f: {list} }} }} }}]"
    );
    for (body, at) in [(members, "/do/0/a"), (joined, "/do/0/f"), (parts, "/do/0/a")] {
        let outcome = run(&body, json!({}));
        let error = outcome.error.unwrap();
        assert_eq!(error.instance.as_deref(), Some(at), "{error}");
        assert!(error.to_string().contains("8388608 bytes"), "{error}");
    }
}

#[test]
fn data_that_doubles_in_a_loop_ends_with_an_error() {
    let body = "do: [{ all: { for: { in: '[range(40)]' }, do: [{ a: { set: { l: '${ . }', r: '${ . }' } } }] } }]";
    assert!(detail(body).contains("takes more than 8388608 bytes"));
}

#[test]
fn what_a_long_step_no_longer_needs_is_forgotten_on_its_way() {
    let text = "x".repeat(100_000);
    let body = format!(
        "do:
- a: {{ set: {{ n: '${{ (.n // 0) + 1 }}', text: {text} }} }}
- b: {{ switch: [{{ again: {{ when: .n < 700, then: a }} }}, {{ done: {{ then: end }} }}] }}
"
    );
    let (hand, commands) = Hand::start(&body, json!({}));
    assert!(timers(&commands).is_empty(), "it is one step");
    assert_eq!(hand.state.output().and_then(|output| output.get("n")), Some(&json!(700)));
}

#[test]
fn what_a_run_holds_has_a_limit() {
    // Each comes at a moment of its own, and all are there at the last.
    let branch = |n: u32| {
        format!(
            "{{ b{n}: {{ do: [{{ v: {{ wait: PT{n}S }} }}, {{ s: {{ set: '${{ \"x\" * 4000000 }}' }} }}, \
             {{ w: {{ wait: PT1H }} }}] }} }}"
        )
    };
    let body = |compete: bool, count| {
        let branches = (0..count).map(branch).collect::<Vec<_>>().join(", ");
        format!("do: [{{ f: {{ fork: {{ compete: {compete}, branches: [{branches}] }} }} }}]")
    };
    assert_eq!(run(&body(true, 15), json!({})).status, Status::Completed);
    assert!(detail(&body(false, 17)).contains("the run holds more than 67108864 bytes"));
}

#[test]
fn what_one_step_tells_has_a_limit() {
    let text = "x".repeat(100_000);
    let body = |between: &str| {
        format!(
            "do:
- a: {{ set: {{ n: '${{ (.n // 0) + 1 }}' }} }}
- e: {{ emit: {{ event: {{ with: {{ type: a, data: {text} }} }} }}, output: {{ as: $input }} }}
{between}
- b: {{ switch: [{{ again: {{ when: .n < 700, then: a }} }}, {{ done: {{ then: end }} }}] }}
"
        )
    };
    assert!(detail(&body("")).contains("called with or emitted without waiting"));
    assert_eq!(run(&body("- w: { wait: PT1S }"), json!({})).status, Status::Completed);
}

#[test]
fn an_error_with_a_long_text_is_another_error() {
    let body = "do: [{ a: { raise: { error: { type: 'a:b', status: 400, detail: '${ \"x\" * 100000 }' } } } }]";
    assert!(detail(body).contains("has more than 65536 bytes"));
}

#[test]
fn events_that_nobody_wants_do_not_fill_a_run() {
    let body = "do:\n- a: { listen: { to: { one: { with: { type: go, data: '${ .n == 1 }' } } } } }\n- b: { call: echo }\n";
    let (mut hand, _) = Hand::start(body, json!({}));
    let event = |id: usize, data: Value| Input::EventReceived {
        event: json!({ "type": "go", "id": id.to_string(), "source": "s", "data": data }),
    };
    for id in 0..100 {
        hand.give(event(id, json!({ "text": "x".repeat(MEGABYTE) })), 1);
    }
    let written = serde_json::to_vec(&hand.state.dehydrate(usize::MAX).0).unwrap();
    assert!(written.len() < 20 * MEGABYTE);
    let commands = hand.give(event(100, json!({ "n": 1 })), 2);
    assert_eq!(calls(&commands).len(), 1);
    assert!(!commands.iter().any(|command| matches!(command, Command::Faulted { .. })));
}

/// Uses up much, and takes little time.
const HARD: &str = "[limit(40; repeat(\"x\" * 4000000 | length))] | length";

#[test]
fn a_loop_that_computes_much_rests_on_its_way() {
    let body = format!(
        "do: [{{ all: {{ for: {{ in: '[range(12)]' }}, do: [{{ a: {{ set: {{ n: '${{ {HARD} }}' }} }} }}] }} }}]"
    );
    let (mut hand, mut commands) = Hand::start(&body, json!({}));
    let mut rests = 0;
    while let [(timer, _)] = timers(&commands)[..] {
        rests += 1;
        commands = hand.give(Input::TimerFired { timer }, 0);
    }
    assert!((1..12).contains(&rests), "{rests}");
    assert_eq!(hand.state.output(), Some(&json!({ "n": 40 })));
}

#[test]
fn tasks_that_go_round_and_compute_much_end_with_an_error() {
    let body = format!("do: [{{ a: {{ set: {{ n: '${{ {HARD} }}' }}, then: a }} }}]");
    assert!(detail(&body).contains("too much was computed"));
}
