//! Fuel: what bounds an expression's time, memory and recursion.
//!
//! The engine itself promises no bounds, so every expression is rewritten (see [`super::rewrite`])
//! to call the functions below: at each call of a definition, at each element that a stream yields,
//! and at each value it builds. Running out cannot be caught by the expression. Counting instead of
//! watching a clock keeps the outcome the same on every machine and in every replay.

use std::cell::Cell;

use jaq_json::{Num, Val};
use kernel::Timestamp;

use super::VALUE_DEPTH_MAX;

/// What one evaluation may use up.
pub(crate) const FUEL: u64 = 400_000;
/// The price of calling a definition that may recurse. It also bounds the depth of recursion, and so the stack.
pub(crate) const CALL_COST: u64 = 64;
/// How much text costs one unit.
const BYTES_PER_UNIT: usize = 512;
/// How many elements of an array or object cost one unit.
const ELEMENTS_PER_UNIT: usize = 64;
/// How many nodes of a value cost one unit when the whole value is looked at.
const NODES_PER_UNIT: u64 = 32;
/// The largest text an expression may build.
pub(crate) const TEXT_BYTES_MAX: usize = 8 * 1024 * 1024;
/// The longest array an expression may build.
const ELEMENTS_MAX: usize = 1_000_000;
/// The largest whole number an expression may build.
const NUMBER_BITS_MAX: u64 = 4_096;

thread_local! {
    static LEFT: Cell<u64> = const { Cell::new(0) };
    static NOW: Cell<Timestamp> = const { Cell::new(Timestamp::UNIX_EPOCH) };
}

/// Why an evaluation was stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Exhausted {
    Fuel,
    Size,
    Depth,
}

impl Exhausted {
    pub(crate) fn code(self) -> i32 {
        match self {
            Self::Fuel => 1,
            Self::Size => 2,
            Self::Depth => 3,
        }
    }

    pub(crate) fn of(code: i32) -> Self {
        match code {
            2 => Self::Size,
            3 => Self::Depth,
            _ => Self::Fuel,
        }
    }

    pub(crate) fn sentence(self) -> &'static str {
        match self {
            Self::Fuel => "takes too many steps; it may never end",
            Self::Size => "builds a value that is too large",
            Self::Depth => "builds a value that is nested too deeply",
        }
    }
}

pub(crate) fn fill(now: Timestamp) {
    LEFT.set(FUEL);
    NOW.set(now);
}

pub(crate) fn used() -> u64 {
    FUEL - LEFT.get()
}

pub(crate) fn now() -> Timestamp {
    NOW.get()
}

pub(crate) fn spend(units: u64) -> Result<(), Exhausted> {
    let left = LEFT.get().checked_sub(units);
    LEFT.set(left.unwrap_or(0));
    left.map(|_| ()).ok_or(Exhausted::Fuel)
}

/// Pays for one value without looking inside it.
pub(crate) fn charge(value: &Val) -> Result<(), Exhausted> {
    let units = match value {
        Val::TStr(text) | Val::BStr(text) => {
            if TEXT_BYTES_MAX < text.len() {
                return Err(Exhausted::Size);
            }
            text.len() / BYTES_PER_UNIT
        }
        Val::Arr(items) if ELEMENTS_MAX < items.len() => return Err(Exhausted::Size),
        Val::Arr(items) => items.len() / ELEMENTS_PER_UNIT,
        Val::Obj(members) => members.len() / ELEMENTS_PER_UNIT,
        Val::Num(Num::BigInt(number)) if NUMBER_BITS_MAX < number.bits() => {
            return Err(Exhausted::Size);
        }
        Val::Null | Val::Bool(_) | Val::Num(_) => 0,
    };
    spend(1 + units as u64)
}

/// Pays for a value by its whole size, and refuses one that nests too deeply.
///
/// Values share their parts, so a small amount of memory can stand for a huge value; whatever walks
/// over it later (comparing, sorting, printing) would take as long as it looks large.
pub(crate) fn weigh(value: &Val) -> Result<(), Exhausted> {
    if !matches!(value, Val::Arr(_) | Val::Obj(_)) {
        return charge(value);
    }
    let mut nodes = 0;
    weigh_at(value, 0, &mut nodes)?;
    spend(1)
}

fn weigh_at(value: &Val, depth: usize, nodes: &mut u64) -> Result<(), Exhausted> {
    if VALUE_DEPTH_MAX < depth {
        return Err(Exhausted::Depth);
    }
    *nodes += 1;
    if (*nodes).is_multiple_of(NODES_PER_UNIT) {
        spend(1)?;
    }
    match value {
        Val::Arr(items) => items.iter().try_for_each(|item| weigh_at(item, depth + 1, nodes)),
        Val::Obj(members) => members.iter().try_for_each(|(key, member)| {
            weigh_at(key, depth + 1, nodes)?;
            weigh_at(member, depth + 1, nodes)
        }),
        Val::TStr(text) | Val::BStr(text) if BYTES_PER_UNIT < text.len() => {
            spend((text.len() / BYTES_PER_UNIT) as u64)
        }
        _ => Ok(()),
    }
}
