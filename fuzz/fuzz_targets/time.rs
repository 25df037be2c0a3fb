//! Durations, cron expressions, time zones and what comes due.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| fuzz::run(flow::fuzzing::time, bytes));
