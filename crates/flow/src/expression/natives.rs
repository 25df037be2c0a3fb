//! The functions that expressions may call: an allow-list, and our own in place of unsafe ones.

use jaq_core::{
    Exn, Native, ValR, ValX,
    box_iter::box_once,
    native::{Fun, bome, v},
};
use jaq_json::Val;

use super::{
    Data,
    meter::{self, Exhausted},
    value,
};

/// Pays for calling a definition. No expression can name it: jq's names hold no `!`.
pub(super) const CALL: &str = "!call";
/// Pays for one element of a stream.
pub(super) const TICK: &str = "!tick";
/// Pays for a value that was computed.
pub(super) const CHARGE: &str = "!charge";
/// Pays for a value's whole size.
pub(super) const WEIGH: &str = "!weigh";
/// Multiplies, unless the product is too large.
pub(super) const MULTIPLY: &str = "!multiply";
/// Pays for matching a pattern, unless it is too large.
pub(super) const PATTERN: &str = "!pattern";

/// How long a regular expression may be.
const PATTERN_BYTES_MAX: usize = 512;
/// How large the product of all counts (`{2,5}`) in a regular expression may be.
const PATTERN_REPEATS_MAX: usize = 1_000;
/// How many steps of a regular expression's machine cost one unit.
const PATTERN_STEPS_PER_UNIT: usize = 64;
/// The price of compiling a regular expression.
const PATTERN_COST: usize = 50;

/// What is left out of the engine's own functions: they read the environment, the clock or the
/// machine's time zone, write to the terminal, or end the program; `fromjson` and `tojson` are
/// replaced.
const LEFT_OUT: &[&str] = &[
    "halt",
    "env",
    "now",
    "input",
    "inputs",
    "localtime",
    "strflocaltime",
    "debug_empty",
    "stderr_empty",
    "fromjson",
    "tojson",
];

/// Functions that match a pattern (their first argument) against their input.
pub(super) fn takes_pattern(name: &str) -> bool {
    matches!(name, "matches" | "split_matches" | "split_")
}

pub(super) fn all() -> impl Iterator<Item = Fun<Data>> {
    let engine = jaq_core::funs().chain(jaq_std::funs()).chain(jaq_json::funs());
    engine.filter(|(name, _, _)| !LEFT_OUT.contains(name)).chain(own())
}

/// A function that gives back its input after paying for it, in paths and updates too.
macro_rules! passing {
    ($name:expr, $pay:path) => {
        (
            $name,
            v(0),
            Native::new(|cv| box_once($pay(&cv.1).map(|()| cv.1).map_err(stop)))
                .with_paths(|cv| box_once($pay(&cv.1.0).map(|()| cv.1).map_err(stop)))
                .with_update(|cv, update| match $pay(&cv.1) {
                    Ok(()) => update(cv.1),
                    Err(exhausted) => box_once(Err(stop(exhausted))),
                }),
        )
    };
}

fn own() -> [Fun<Data>; 9] {
    [
        passing!(CALL, pay_call),
        passing!(TICK, pay_tick),
        passing!(CHARGE, meter::charge),
        passing!(WEIGH, meter::weigh),
        (
            MULTIPLY,
            v(2),
            Native::new(|mut cv| {
                let right = cv.0.pop_var();
                let left = cv.0.pop_var();
                box_once(multiply(left, right))
            }),
        ),
        (
            PATTERN,
            v(1),
            Native::new(|mut cv| {
                let pattern = cv.0.pop_var();
                box_once(pay_pattern(&cv.1, &pattern).map(|()| cv.1))
            }),
        ),
        ("now", v(0), Native::new(|_| bome(Ok(now())))),
        ("tojson", v(0), Native::new(|cv| bome(to_json_text(&cv.1)))),
        ("fromjson", v(0), Native::new(|cv| bome(from_json_text(&cv.1)))),
    ]
}

fn stop(exhausted: Exhausted) -> Exn<'static, Val> {
    Exn::halt(exhausted.code())
}

fn pay_call(_: &Val) -> Result<(), Exhausted> {
    meter::spend(meter::CALL_COST)
}

fn pay_tick(_: &Val) -> Result<(), Exhausted> {
    meter::spend(1)
}

fn now() -> Val {
    #[expect(clippy::cast_precision_loss, reason = "exact until the year 2255")]
    let seconds = meter::now().timestamp_micros() as f64 / 1e6;
    Val::from(seconds)
}

fn multiply(left: Val, right: Val) -> ValX<'static, Val> {
    if let (Val::TStr(text) | Val::BStr(text), Val::Num(times))
    | (Val::Num(times), Val::TStr(text) | Val::BStr(text)) = (&left, &right)
    {
        let times = jaq_std::ValT::as_f64(&Val::Num(times.clone())).unwrap_or(f64::INFINITY);
        #[expect(clippy::cast_precision_loss, reason = "a rough size is enough")]
        if meter::TEXT_BYTES_MAX as f64 / (1.0 + text.len() as f64) < times {
            return Err(stop(Exhausted::Size));
        }
    }
    let product = (left * right).map_err(Exn::from)?;
    meter::charge(&product).map_err(stop)?;
    Ok(product)
}

fn pay_pattern(input: &Val, pattern: &Val) -> Result<(), Exn<'static, Val>> {
    let bytes = |value: &Val| match value {
        Val::TStr(text) | Val::BStr(text) => text.len(),
        _ => 0,
    };
    let repeats = match pattern {
        Val::TStr(text) => repeats(text),
        _ => 1,
    };
    if PATTERN_BYTES_MAX < bytes(pattern) || PATTERN_REPEATS_MAX < repeats {
        let error = jaq_json::Error::str("the regular expression is too large");
        return Err(Exn::from(error));
    }
    let steps = bytes(input).saturating_mul(bytes(pattern)).saturating_mul(repeats);
    let units = PATTERN_COST + steps / PATTERN_STEPS_PER_UNIT;
    meter::spend(units as u64).map_err(stop)
}

/// The product of all numbers in braces: how much larger the compiled pattern can be than its text.
fn repeats(pattern: &[u8]) -> usize {
    pattern
        .split(|byte| *byte == b'{')
        .skip(1)
        .filter_map(|after| {
            let inside = after.split(|byte| *byte == b'}').next()?;
            std::str::from_utf8(inside)
                .ok()?
                .split(',')
                .filter_map(|count| count.trim().parse::<usize>().ok())
                .max()
        })
        .fold(1, |product: usize, count| product.saturating_mul(count.max(1)))
}

fn to_json_text(value: &Val) -> ValR<Val> {
    let json = value::to_json(value).0.map_err(jaq_json::Error::str)?;
    Ok(Val::from(json.to_string()))
}

fn from_json_text(value: &Val) -> ValR<Val> {
    let Val::TStr(text) = value else {
        return Err(jaq_json::Error::typ(value.clone(), "string"));
    };
    let json: serde_json::Value = serde_json::from_slice(text)
        .map_err(|error| jaq_json::Error::str(format_args!("cannot parse as JSON: {error}")))?;
    Ok(value::from_json(&json))
}
