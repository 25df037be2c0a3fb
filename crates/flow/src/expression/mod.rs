//! Expressions: jq, compiled once per definition, in a sandbox.
//!
//! Everything that knows the jq engine is in this folder. An expression sees its input and a few
//! variables and nothing else: no environment, no clock of its own, no files. It cannot run for
//! ever either: see [`meter`].

mod compile;
pub(crate) mod meter;
mod natives;
mod rewrite;
mod value;

#[cfg(test)]
mod tests;

use std::panic::{AssertUnwindSafe, catch_unwind};

use jaq_core::{Ctx, Filter, Vars, data::JustLut};
use jaq_json::Val;
use kernel::Timestamp;
use serde_json::Value;

pub(crate) use compile::compile;
pub(crate) use value::{depth, from_json, size};

/// How many characters an expression may have.
pub(crate) const SOURCE_CHARS_MAX: usize = 8_192;
/// How many terms an expression may have once parsed.
pub(crate) const TERMS_MAX: usize = 4_000;
/// How deep the terms of an expression may nest.
pub(crate) const TERM_DEPTH_MAX: usize = 200;
/// How large a value may be, as the result of an expression and in a run.
pub(crate) const VALUE_BYTES_MAX: usize = 8 * 1024 * 1024;
/// What each part of a value takes besides its text. In memory a number takes more than its digits.
pub(crate) const PART_BYTES: usize = 16;
/// How much of a value that is read or written costs one unit outside of an expression.
const BYTES_PER_UNIT: usize = PART_BYTES;
/// How deep a value may nest, in an expression and in a run.
pub(crate) const VALUE_DEPTH_MAX: usize = 96;
/// How much of an error's text is kept.
const ERROR_CHARS_MAX: usize = 300;
/// Room for recursive definitions: they end when their fuel does, which must come first.
const STACK_BYTES: usize = 512 * 1024 * 1024;

pub(crate) type Data = JustLut<Val>;

/// A compiled expression. Cheap to run, and the same for every run of its definition.
pub(crate) struct Expression {
    filter: Filter<Data>,
    /// The variables in the order the filter wants them, and whether it uses each.
    variables: Vec<(String, bool)>,
    /// Whether it may recurse deeply and so needs a large stack.
    is_recursive: bool,
    source: String,
}

impl std::fmt::Debug for Expression {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Expression").field(&self.source).finish()
    }
}

impl Expression {
    /// As it was written, without the braces.
    pub(crate) fn source(&self) -> &str {
        &self.source
    }

    /// Runs it. Exactly one result, and one that JSON can hold, or a sentence that says why not. And what it used up.
    pub(crate) fn run(
        &self,
        input: Val,
        mut variable: impl FnMut(&str) -> Val,
        now: Timestamp,
    ) -> (Result<Value, String>, u64) {
        let values = self.variables.iter().map(|(name, is_used)| match is_used {
            true => variable(name),
            false => Val::Null,
        });
        let values: Vec<Val> = values.collect();
        let (outcome, used) = if self.is_recursive {
            on_a_large_stack(|| self.run_here(input, values, now))
                .unwrap_or_else(|broken| (Err(broken), meter::FUEL))
        } else {
            self.run_here(input, values, now)
        };
        (outcome.map_err(|reason| format!("`{}`: {reason}", shortened(&self.source))), used)
    }

    fn run_here(
        &self,
        input: Val,
        variables: Vec<Val>,
        now: Timestamp,
    ) -> (Result<Value, String>, u64) {
        meter::fill(now);
        let mut written = 0;
        let run = || {
            let context = Ctx::<Data>::new(&self.filter.lut, Vars::new(variables));
            let mut results = self.filter.id.run((context, input));
            let result = match results.next() {
                None => return Err("gave no result; exactly one is needed".to_owned()),
                Some(Ok(result)) => result,
                Some(Err(exception)) => return Err(reason(exception)),
            };
            match results.next() {
                None => {
                    let (json, bytes) = value::to_json(&result);
                    written = bytes;
                    json
                }
                Some(Ok(_)) => {
                    Err("gave several results; exactly one is needed, as in `[…]`".to_owned())
                }
                Some(Err(exception)) => Err(reason(exception)),
            }
        };
        // The engine is not ours: a bug in it must fail an expression, not the program.
        let outcome = catch_unwind(AssertUnwindSafe(run))
            .unwrap_or_else(|_panic| Err("broke the expression engine".to_owned()));
        (outcome, meter::used() + units(written))
    }
}

/// What it costs to read or write so much of a value.
pub(crate) fn units(bytes: usize) -> u64 {
    (bytes / BYTES_PER_UNIT) as u64
}

fn reason(exception: jaq_core::Exn<'_, Val>) -> String {
    match exception.get_err() {
        Ok(error) => value::shortened_display(&error, ERROR_CHARS_MAX),
        Err(other) => match other.get_halt() {
            Ok(code) => meter::Exhausted::of(code).sentence().to_owned(),
            Err(_) => "breaks out of a label that it is not in".to_owned(),
        },
    }
}

fn shortened(source: &str) -> String {
    let mut text: String = source.trim().chars().take(80).collect();
    if 80 < source.trim().chars().count() {
        text.push('…');
    }
    text
}

/// Runs `work` on a thread with room for deep recursion. The room is reserved, not used, so the
/// price is that of starting a thread.
pub(crate) fn on_a_large_stack<T: Send>(work: impl FnOnce() -> T + Send) -> Result<T, String> {
    std::thread::scope(|scope| {
        std::thread::Builder::new()
            .name("expression".to_owned())
            .stack_size(STACK_BYTES)
            .spawn_scoped(scope, work)
            .map_err(|error| format!("no thread for a recursive expression: {error}"))?
            .join()
            .map_err(|_panic| "broke the expression engine".to_owned())
    })
}
