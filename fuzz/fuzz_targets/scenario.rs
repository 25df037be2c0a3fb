//! Scenarios: any bytes as `handoff flow test` reads them.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| fuzz::run(flow::fuzzing::scenario, bytes));
