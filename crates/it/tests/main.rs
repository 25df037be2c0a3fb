//! The whole program, proved from outside.
#![expect(clippy::unwrap_used, reason = "tests")]

mod away;
mod backup;
mod document;
mod fences;
mod front;
mod isolation;
mod journey;
mod outage;
mod outside;
mod poison;
mod pools;
mod receiving;
mod rest;
mod rotation;
mod runs;
mod sharing;
mod takeover;

#[cfg(feature = "faults")]
mod plants;
