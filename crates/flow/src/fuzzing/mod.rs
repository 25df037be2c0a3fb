//! What fuzzing runs: for each target a function that takes any bytes and panics where a promise is broken.
//!
//! `fuzz/` runs them under libFuzzer (`cargo xtask fuzz`); the tests here run them on each file of its corpus.

mod check;
mod expression;
mod generate;
mod happening;
mod promise;
mod step;
mod time;

#[cfg(test)]
mod tests;

pub use check::{check, scenario};
pub use expression::expression;
pub use step::step;
pub use time::time;

#[cfg(test)]
pub(crate) use step::drive;

/// The stack of a thread that serves: what is deeper needs a large stack of its own.
const STACK_BYTES: usize = 2 * 1024 * 1024;

/// Runs `work` where it has as much room as in the program.
fn as_in_the_program<T: Send>(work: impl FnOnce() -> T + Send) -> T {
    std::thread::scope(|scope| {
        let thread = std::thread::Builder::new().stack_size(STACK_BYTES);
        let done = thread.spawn_scoped(scope, work).expect("a thread").join();
        done.unwrap_or_else(|panic| std::panic::resume_unwind(panic))
    })
}

/// Text, and what stands behind the first zero byte.
fn parts(bytes: &[u8]) -> Option<(&str, &[u8])> {
    let end = bytes.iter().position(|byte| *byte == 0).unwrap_or(bytes.len());
    let (text, rest) = bytes.split_at_checked(end)?;
    Some((std::str::from_utf8(text).ok()?, rest.get(1..).unwrap_or_default()))
}
