//! Expressions: any text, compiled and run on any JSON.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| fuzz::run(flow::fuzzing::expression, bytes));
