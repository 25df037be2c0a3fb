//! Scenarios: any bytes as `handoff flow test` reads them.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| flow::fuzzing::scenario(bytes));
