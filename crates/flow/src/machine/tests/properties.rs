use proptest::prelude::*;
use serde_json::json;

use crate::{
    Input, Program, RunInfo, State, step,
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

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]

    #[test]
    fn no_order_of_inputs_breaks_a_run_and_a_stored_state_goes_on_the_same(
        bytes in prop::collection::vec(any::<u8>(), 20..400),
    ) {
        // It ends when the bytes do, with an error or without.
        let _ended = crate::fuzzing::drive(program(), &mut arbitrary::Unstructured::new(&bytes));
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

proptest! {
    #[test]
    fn a_stored_number_comes_back_as_the_same_number(number in prop::num::f64::NORMAL) {
        let value = json!(number);
        let back: serde_json::Value = serde_json::from_str(&value.to_string()).unwrap();
        prop_assert_eq!(back, value);
    }
}
