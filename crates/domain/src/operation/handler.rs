//! How an operation runs.

use std::sync::Arc;

use futures::future::BoxFuture;
use serde_json::Value;
use store::TenantTx;

use super::{Reply, Visit};
use crate::{App, Caller, Problem};

/// What runs inside the caller's transaction.
pub type InTransaction = dyn for<'a> Fn(&'a mut TenantTx, &'a Caller, Value) -> BoxFuture<'a, Result<Value, Problem>>
    + Send
    + Sync;

/// What opens its own transactions, and may call out between them.
pub type BetweenTransactions =
    dyn Fn(Arc<App>, Caller, Value) -> BoxFuture<'static, Result<Value, Problem>> + Send + Sync;

/// What is about the person who asks, before and beside any tenant.
pub type OfAccount = dyn Fn(Arc<App>, Visit, Value) -> BoxFuture<'static, Result<Reply<Value>, Problem>>
    + Send
    + Sync;

/// How an operation runs.
#[derive(Clone)]
pub enum Handler {
    InTransaction(Arc<InTransaction>),
    /// Must be repeatable, and records itself with [`audit`](super::audit) in its last transaction.
    Outside(Arc<BetweenTransactions>),
    /// For browsers only: it needs no permission, and decides itself whom it answers.
    Account(Arc<OfAccount>),
}

impl Handler {
    pub fn in_transaction<F>(run: F) -> Self
    where
        F: for<'a> Fn(&'a mut TenantTx, &'a Caller, Value) -> BoxFuture<'a, Result<Value, Problem>>
            + Send
            + Sync
            + 'static,
    {
        Self::InTransaction(Arc::new(run))
    }

    pub fn outside<F>(run: F) -> Self
    where
        F: Fn(Arc<App>, Caller, Value) -> BoxFuture<'static, Result<Value, Problem>>
            + Send
            + Sync
            + 'static,
    {
        Self::Outside(Arc::new(run))
    }

    pub fn account<F>(run: F) -> Self
    where
        F: Fn(Arc<App>, Visit, Value) -> BoxFuture<'static, Result<Reply<Value>, Problem>>
            + Send
            + Sync
            + 'static,
    {
        Self::Account(Arc::new(run))
    }
}
