//! A client's timeline: what happened to it and for it, from everywhere, in one order.
//!
//! What belongs to a client is found by its things (`things`): events and sent webhooks by their subject, runs by what
//! they are about (`engine.run_about`), and the rest by those runs. Every source gives at most a page, so a page costs the
//! same however long the log is.

mod entry;
mod list;
mod of_events;
mod of_runs;
mod things;
mod titles;

pub(super) use list::operation;
