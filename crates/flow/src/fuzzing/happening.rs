//! What happens next: mostly something the run waits for, sometimes something stale or wrong.

use arbitrary::{Result, Unstructured};
use serde_json::{Map, Value, json};

use crate::{Input, Program, Standard, State, stage};

const WORDS: [&str; 12] = [
    "",
    "a",
    "go",
    "x",
    "é\u{0}\"",
    "P1D",
    "PT2S",
    "2026-01-05T09:00:00Z",
    "a:b",
    "end",
    "1",
    "null",
];
const KEYS: [&str; 10] = ["n", "items", "type", "data", "name", "x", "status", "k", "v", "é"];
/// How deep most values nest.
const DEPTH_MAX: usize = 4;

pub(super) fn next(
    state: &State,
    program: &Program,
    bytes: &mut Unstructured<'_>,
) -> Result<Input> {
    let calls = state.pending_calls();
    let timers = state.pending_timers();
    let choice: u8 = bytes.int_in_range(0..=31)?;
    Ok(match choice {
        0..=6 if !calls.is_empty() => {
            Input::CallSucceeded { call: *bytes.choose(&calls)?, output: value(bytes)? }
        }
        7..=10 if !calls.is_empty() => {
            let call = *bytes.choose(&calls)?;
            let mut error = stage::failure("a:b", *bytes.choose(&[500, 503, 400, 408, 0, 65_535])?);
            if bytes.arbitrary()? {
                error = bytes.choose(&Standard::ALL)?.error("by chance");
            }
            error.retry_after_ms = bytes.arbitrary()?;
            Input::CallFailed { call, error }
        }
        11..=15 if !timers.is_empty() => Input::TimerFired { timer: bytes.choose(&timers)?.0 },
        16..=20 => Input::EventReceived { event: event(program, bytes)? },
        21 => Input::Retry,
        22 => {
            let output = if bytes.arbitrary()? { Some(value(bytes)?) } else { None };
            Input::Skip { reason: "by chance".to_owned(), output }
        }
        23 => Input::Suspend { reason: "by chance".to_owned() },
        24 | 25 => Input::Resume,
        26 => Input::CallSucceeded { call: bytes.arbitrary::<u8>()?.into(), output: json!(1) },
        27 => Input::TimerFired { timer: bytes.arbitrary::<u8>()?.into() },
        28 => {
            let error = stage::failure("a:b", 503);
            Input::CallFailed { call: bytes.arbitrary::<u8>()?.into(), error }
        }
        29 => Input::Start { input: value(bytes)? },
        30 if bytes.ratio(1_u8, 8)? => Input::Cancel { reason: "by chance".to_owned() },
        _ => Input::EventReceived { event: json!({ "type": "unrelated" }) },
    })
}

/// Until the next happening, in milliseconds.
pub(super) fn pause(bytes: &mut Unstructured<'_>) -> Result<i64> {
    Ok(match bytes.arbitrary::<u8>()? {
        0..=99 => 0,
        short @ 100..=199 => i64::from(short - 99) * 500,
        long @ 200..=250 => i64::from(long) * 3_600_000,
        // Longer than any duration.
        _ => 400_000_000_000,
    })
}

/// Mostly one that the definition listens for.
fn event(program: &Program, bytes: &mut Unstructured<'_>) -> Result<Value> {
    let kind = match program.listens() {
        [] => "go",
        kinds => bytes.choose(kinds)?,
    };
    Ok(match bytes.arbitrary::<u8>()? {
        0..=5 => value(bytes)?,
        other => json!({
            "specversion": "1.0", "type": kind, "id": other.to_string(), "source": bytes.choose(&WORDS)?,
            "subject": bytes.choose(&WORDS)?, "time": bytes.choose(&WORDS)?, "data": value(bytes)?,
        }),
    })
}

/// A value, which may nest deeper than a run accepts.
pub(super) fn value(bytes: &mut Unstructured<'_>) -> Result<Value> {
    let choice: u8 = bytes.arbitrary()?;
    match choice {
        255 => {
            let levels = bytes.int_in_range(90..=110)?;
            Ok((0..levels).fold(json!(1), |inner, _| json!([inner])))
        }
        _ => value_at(0, choice, bytes),
    }
}

fn value_at(depth: usize, choice: u8, bytes: &mut Unstructured<'_>) -> Result<Value> {
    Ok(match choice % 16 {
        0 => Value::Null,
        1 => json!(bytes.arbitrary::<bool>()?),
        2..=4 => json!(bytes.int_in_range(-2_i64..=20)?),
        5 => json!(bytes.arbitrary::<i64>()?),
        6 => json!(bytes.arbitrary::<f64>()?),
        7 | 8 => json!(bytes.choose(&WORDS)?),
        9 | 10 if depth < DEPTH_MAX => {
            let length = bytes.int_in_range(0..=3)?;
            let item = |bytes: &mut Unstructured<'_>| {
                let choice = bytes.arbitrary()?;
                value_at(depth + 1, choice, bytes)
            };
            (0..length).map(|_| item(bytes)).collect::<Result<Vec<Value>>>()?.into()
        }
        _ if depth < DEPTH_MAX => {
            let mut members = Map::new();
            for _ in 0..bytes.int_in_range(0..=3)? {
                let choice = bytes.arbitrary()?;
                let member = value_at(depth + 1, choice, bytes)?;
                members.insert((*bytes.choose(&KEYS)?).to_owned(), member);
            }
            Value::Object(members)
        }
        _ => json!({}),
    })
}
