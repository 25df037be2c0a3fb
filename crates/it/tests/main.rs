//! The whole program, proved from outside.
#![expect(clippy::unwrap_used, reason = "tests")]

mod alerts;
mod assistant;
mod away;
mod backup;
mod canaries;
mod clients;
mod document;
mod documents;
mod engine_alone;
mod event_positions;
mod fences;
mod figures;
mod flow_editor;
mod flow_versions;
mod forms;
mod front;
mod gathering;
mod human_tasks;
mod isolation;
mod journey;
mod mcp;
mod memory;
mod metrics;
mod outage;
mod outgoing;
mod outside;
mod overview;
mod own_flows;
mod passkeys;
mod poison;
mod pools;
mod project_flows;
mod projects;
mod prompts;
mod provider;
mod receiving;
mod rest;
mod retention;
mod roles;
mod rotation;
mod run_lists;
mod runs;
mod samples;
mod scenarios;
mod schedules;
mod senders;
mod sharing;
mod sign_in;
mod stream;
mod takeover;
mod traces;

#[cfg(feature = "faults")]
mod plants;
