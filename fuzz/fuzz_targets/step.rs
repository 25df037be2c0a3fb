//! Runs: any definition, to which anything happens in any order.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| fuzz::run(flow::fuzzing::step, bytes));
