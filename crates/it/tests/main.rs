//! The whole program, proved from outside.
#![expect(clippy::unwrap_used, reason = "tests")]

mod away;
mod document;
mod fences;
mod isolation;
mod journey;
mod outage;
mod outgoing;
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
