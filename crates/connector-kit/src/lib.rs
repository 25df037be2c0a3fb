//! What every connector is made of: functions as data, their effect, their errors, the HTTP client,
//! signatures, and the kit that simulators are built from.
//!
//! Invariant: nothing here, and no connector, knows of tenants, PostgreSQL or flows. A connector
//! receives a [`Call`] and returns a value.

mod call;
mod connector;
pub mod http;
pub mod signature;
pub mod simulator;

pub use call::{
    CALL_FAILED, Call, CallError, Connection, INVALID_INPUT, NOT_ALLOWED, SECRET_MISSING, Usage,
    UsageLog,
};
pub use connector::{Check, Connector, Effect, Find, Found, Function};
