//! What holds of each step, whatever happened before.

use serde::{Serialize, de::DeserializeOwned};

use crate::{Command, Input, State, Status, Step, expression, machine::RUN_BYTES_MAX};

/// The state as a driver stores it, read again: it is the same.
pub(crate) fn stored_and_read(state: &State, large_bytes: usize) -> State {
    let (small, large) = state.dehydrate(large_bytes);
    let json = serde_json::to_value(small).unwrap_or_default();
    let large: Vec<_> = large.iter().map(|(id, value)| (*id, value.to_string())).collect();
    let value = |wanted: u64| {
        let found = large.iter().find(|(id, _)| *id == wanted);
        found.map(|(_, text)| serde_json::from_str(text).expect("a value can be read"))
    };
    let json = serde_json::from_str(&json.to_string()).expect("a state can be read");
    let stored = State::hydrate(json, value).expect("a state is of its own version");
    assert_eq!(&stored, state, "a state changes when it is stored");
    stored
}

pub(crate) fn can_be_stored<T: Serialize + DeserializeOwned + PartialEq + std::fmt::Debug>(it: &T) {
    let text = serde_json::to_string(it).expect("it can be written");
    let back: T = serde_json::from_str(&text).expect("what was written can be read");
    assert_eq!(&back, it, "it changes when it is stored");
}

/// How much the values of a run take.
pub(crate) fn size(state: &State) -> usize {
    state.values.values().map(|value| expression::size(value)).sum()
}

/// Calls and timers are begun before they end, a run that goes on waits for something, and one that does not go on
/// for nothing.
pub(crate) fn holds(before: &State, input: &Input, done: &Step) {
    let after = &done.state;
    let mut calls = before.pending_calls();
    // What came while the run was suspended comes when it goes on.
    let held = before.held.iter().filter(|_| matches!(input, Input::Resume));
    let answered = |input: &Input| match input {
        Input::CallSucceeded { call, .. } | Input::CallFailed { call, .. } => Some(*call),
        _ => None,
    };
    let ended: Vec<u64> = std::iter::once(input).chain(held).filter_map(answered).collect();
    let mut timers: Vec<u64> = before.pending_timers().iter().map(|(timer, _)| *timer).collect();
    for command in &done.commands {
        match command {
            Command::Call { call, .. } => {
                // A block that is retried at once makes the call again whose end had it fail.
                let is_free = ended.contains(call) || !calls.contains(call);
                assert!(is_free, "call {call} is made twice at once");
                calls.push(*call);
            }
            Command::CancelCall { call } => {
                assert!(calls.contains(call), "call {call} was not under way");
                calls.retain(|made| made != call);
            }
            Command::Timer { timer, .. } => timers.push(*timer),
            Command::CancelTimer { timer } => timers.retain(|set| set != timer),
            _ => {}
        }
    }
    for call in after.pending_calls() {
        assert!(calls.contains(&call), "call {call} was never asked for");
    }
    for (timer, _) in after.pending_timers() {
        assert!(timers.contains(&timer), "timer {timer} was never set");
    }
    let waits =
        after.pending_calls().len() + after.pending_timers().len() + after.pending_listens().len();
    match after.status() {
        Status::Pending => assert_eq!(before, after, "it does something before it starts"),
        Status::Completed | Status::Cancelled | Status::Faulted => {
            assert!(after.pending_calls().is_empty(), "it has ended, and calls");
            assert!(after.pending_timers().is_empty(), "it has ended, and waits");
        }
        Status::Running | Status::Waiting | Status::Suspended => {
            assert!(0 < waits, "a run that goes on must wait for something: {input:?}\n{after:?}");
        }
    }
    assert_eq!(after.status() == Status::Completed, after.output().is_some());
    assert_eq!(after.status() == Status::Faulted, after.error().is_some());
    if before.status() == Status::Suspended && after.status() == Status::Suspended {
        assert!(done.commands.is_empty(), "a suspended run goes on: {input:?}");
    }
    if matches!(before.status(), Status::Completed | Status::Cancelled) {
        assert_eq!(before, after, "a run that is over goes on: {input:?}");
    }
    assert!(done.commands.len() < 100_000);
    assert!(size(after) <= RUN_BYTES_MAX, "it holds {} bytes", size(after));
}
