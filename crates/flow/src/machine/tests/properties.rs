use proptest::prelude::*;
use serde_json::json;

use crate::{
    Command, Input, Program, RunInfo, State, step,
    testing::{at, compile, failure},
};

/// One of everything.
const ALL: &str = "
do:
- prepare: { set: { n: '${ .n // 1 }' }, export: { as: '{ seen: [.n] }' } }
- guarded:
    try:
    - both:
        fork:
          branches:
          - left: { do: [ { one: { call: echo, with: { n: '${ .n }' } } }, { two: { call: echo } } ] }
          - right: { listen: { to: { one: { with: { type: go, data: '${ .n > 0 }' } } } } }
          - nap: { wait: PT10S }
    catch:
      when: $error.status >= 500
      retry: { delay: PT1S, backoff: { exponential: {} }, limit: { attempt: { count: 2, duration: PT1M } }, jitter: { from: PT0S, to: PT3S } }
      do:
      - say: { emit: { event: { with: { type: went.wrong, data: '${ $error }' } } } }
      - after: { call: echo }
- race:
    fork:
      compete: true
      branches:
      - slow: { call: echo }
      - fast: { wait: PT5S }
- choose: { switch: [ { again: { when: '($context.seen | length) < 2', then: more } }, { done: { then: last } } ] }
- more: { set: { n: 2 }, export: { as: '{ seen: ($context.seen + [2]) }' }, then: guarded }
- last: { listen: { to: { one: { with: { type: go } } } } }
";

fn program() -> &'static Program {
    static PROGRAM: std::sync::OnceLock<Program> = std::sync::OnceLock::new();
    PROGRAM.get_or_init(|| compile(ALL))
}

fn new_state(seed: u64) -> State {
    State::new(RunInfo { id: "r".into(), started_at: at(0), seed })
}

/// What happens next: mostly something the run waits for, sometimes something stale or wrong.
fn pick(state: &State, choice: u8, number: u64) -> Input {
    let calls = state.pending_calls();
    let timers = state.pending_timers();
    let nth = |length: usize| usize::try_from(number).unwrap_or(0) % length.max(1);
    match choice {
        0..=5 if !calls.is_empty() => Input::CallSucceeded {
            call: calls[nth(calls.len())],
            output: json!({ "n": number % 3 }),
        },
        6..=8 if !calls.is_empty() => Input::CallFailed {
            call: calls[nth(calls.len())],
            error: failure("a:b", if number.is_multiple_of(2) { 500 } else { 400 }),
        },
        9..=11 if !timers.is_empty() => Input::TimerFired { timer: timers[nth(timers.len())].0 },
        12 | 13 => Input::EventReceived {
            event: json!({ "type": "go", "id": number.to_string(), "source": "s", "data": { "n": number % 3 } }),
        },
        14 => Input::Retry,
        15 => Input::CallSucceeded { call: number, output: json!(1) },
        16 => Input::TimerFired { timer: number },
        17 => Input::CallFailed { call: number, error: failure("a:b", 503) },
        18 => Input::Start { input: json!({ "n": 1 }) },
        19 if number == 0 => Input::Cancel { reason: "chance".into() },
        _ => Input::EventReceived { event: json!({ "type": "unrelated" }) },
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]

    #[test]
    fn no_order_of_inputs_breaks_a_run_and_a_stored_state_goes_on_the_same(
        seed: u64,
        choices in prop::collection::vec((0_u8..20, 0_u64..40), 1..60),
    ) {
        let mut state = new_state(seed);
        let mut outcomes = step(program(), state, Input::Start { input: json!({ "n": 1 }) }, at(0));
        for (index, (choice, number)) in choices.into_iter().enumerate() {
            state = outcomes.state;
            let input = pick(&state, choice, number);
            let now = at(i64::try_from(index).unwrap());
            let (json, large) = state.dehydrate(20);
            let stored = State::hydrate(serde_json::from_str(&json.to_string()).unwrap(), |id| {
                large.iter().find(|(known, _)| *known == id).map(|(_, value)| (**value).clone())
            }).unwrap();
            prop_assert_eq!(&stored, &state);
            let again = step(program(), stored, input.clone(), now);
            outcomes = step(program(), state.clone(), input, now);
            prop_assert_eq!(&again, &outcomes);
            check_invariants(&state, &outcomes.state, &outcomes.commands)?;
        }
    }

    #[test]
    fn a_stale_input_is_a_step_to_nowhere(seed: u64, number in 1_000_u64..u64::MAX) {
        let state = step(program(), new_state(seed), Input::Start { input: json!({}) }, at(0)).state;
        for input in [
            Input::CallSucceeded { call: number, output: json!(1) },
            Input::CallFailed { call: number, error: failure("a:b", 500) },
            Input::TimerFired { timer: number },
            Input::Retry,
            Input::Start { input: json!(2) },
        ] {
            let done = step(program(), state.clone(), input, at(9));
            prop_assert!(done.commands.is_empty());
            prop_assert_eq!(&done.state, &state);
        }
    }
}

fn check_invariants(
    before: &State,
    after: &State,
    commands: &[Command],
) -> Result<(), TestCaseError> {
    let mut calls = before.pending_calls();
    let mut timers: Vec<u64> = before.pending_timers().iter().map(|(timer, _)| *timer).collect();
    for command in commands {
        match command {
            Command::Call { call, .. } => {
                prop_assert!(!calls.contains(call), "call {} is made twice at once", call);
                calls.push(*call);
            }
            Command::CancelCall { call } => {
                prop_assert!(calls.contains(call), "call {} was not under way", call);
                calls.retain(|made| made != call);
            }
            Command::Timer { timer, .. } => timers.push(*timer),
            Command::CancelTimer { timer } => timers.retain(|set| set != timer),
            _ => {}
        }
    }
    for call in after.pending_calls() {
        prop_assert!(calls.contains(&call), "call {} was never asked for", call);
    }
    for (timer, _) in after.pending_timers() {
        prop_assert!(timers.contains(&timer), "timer {} was never set", timer);
    }
    if after.status().has_ended() {
        prop_assert!(after.pending_calls().is_empty() && after.pending_timers().is_empty());
    } else if before.status() != crate::Status::Pending {
        let waits = after.pending_calls().len()
            + after.pending_timers().len()
            + after.pending_listens().len();
        prop_assert!(0 < waits, "a run that goes on must wait for something");
    }
    Ok(())
}

proptest! {
    #[test]
    fn a_stored_number_comes_back_as_the_same_number(number in prop::num::f64::NORMAL) {
        let value = json!(number);
        let back: serde_json::Value = serde_json::from_str(&value.to_string()).unwrap();
        prop_assert_eq!(back, value);
    }
}
