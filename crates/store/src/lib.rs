//! PostgreSQL: transactions that cannot see another tenant, migrations, the event log, the audit
//! trail, idempotency keys, sealed secrets, and the private local server.
//!
//! Invariant: no network call is made between the beginning and the end of a transaction.

pub mod audit;
mod db;
mod error;
pub mod events;
mod follower;
pub mod gauges;
pub mod idempotency;
pub mod links;
pub mod local;
pub mod measurements;
pub mod migrate;
pub mod seal;
mod transactions;

pub use db::{Db, PoolSizes, Wake};
pub use error::StoreError;
pub use follower::Follower;
pub use transactions::{BatchTx, SystemTx, TenantTx};

/// The connection type of [`TenantTx::conn`], for crates that name it.
pub use sqlx::{PgConnection, postgres::PgConnectOptions};
