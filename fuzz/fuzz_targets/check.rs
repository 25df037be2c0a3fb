//! Definitions: any bytes as `handoff flow check` reads them.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| fuzz::run(flow::fuzzing::check, bytes));
