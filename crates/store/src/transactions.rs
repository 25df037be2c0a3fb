//! Transactions: one tenant's, the engine's over many tenants, and the registry's.

use kernel::{Clock, Event, EventId, Id, Kind, TenantId, Timestamp};
use serde_json::Value;
use sqlx::{AssertSqlSafe, Executor as _, PgConnection, Postgres, Transaction};

use crate::{Db, StoreError, db::bind_statement};

/// A transaction that sees one tenant's rows and no others.
///
/// PostgreSQL enforces this, not our queries: it runs as a role that cannot bypass row security, and
/// every tenant table has a policy on the bound tenant. The binding is local to the transaction, so a
/// pooled connection forgets it.
#[must_use = "a transaction that is not committed rolls back"]
pub struct TenantTx {
    tx: Transaction<'static, Postgres>,
    tenant: Option<TenantId>,
    db: Db,
    wakes_work: bool,
    wakes_events: bool,
    wakes_webhooks: bool,
}

impl TenantTx {
    pub(crate) fn new(
        tx: Transaction<'static, Postgres>,
        tenant: Option<TenantId>,
        db: Db,
    ) -> Self {
        Self { tx, tenant, db, wakes_work: false, wakes_events: false, wakes_webhooks: false }
    }

    /// The tenant this transaction is bound to; the nil id in a batch that bound none yet, which
    /// matches no row.
    pub fn tenant(&self) -> TenantId {
        self.tenant.unwrap_or_else(|| TenantId::from(uuid::Uuid::nil()))
    }

    pub fn conn(&mut self) -> &mut PgConnection {
        &mut self.tx
    }

    pub fn now(&self) -> Timestamp {
        self.db.clock().now()
    }

    pub fn clock(&self) -> &dyn Clock {
        self.db.clock()
    }

    pub fn db(&self) -> &Db {
        &self.db
    }

    /// A new id, greater than every id this process made before.
    pub fn new_id<K: Kind>(&self) -> Id<K> {
        self.db.new_id()
    }

    /// Appends an event, and writes the work that must follow from it.
    pub async fn append(
        &mut self,
        source: &str,
        kind: &str,
        subject: Option<String>,
        data: Value,
    ) -> Result<EventId, StoreError> {
        let event = self.event(source, kind, subject, data);
        let id = event.id;
        self.append_all(&[event]).await?;
        Ok(id)
    }

    /// An event of now, in the current span, for [`TenantTx::append_all`].
    pub fn event(&self, source: &str, kind: &str, subject: Option<String>, data: Value) -> Event {
        Event {
            id: self.new_id(),
            source: source.to_owned(),
            kind: kind.to_owned(),
            subject,
            time: self.now(),
            data,
            attributes: serde_json::Map::new(),
            traceparent: kernel::trace::current(),
        }
    }

    /// As [`TenantTx::append`], for events made with [`TenantTx::event`].
    pub async fn append_all(&mut self, events: &[Event]) -> Result<(), StoreError> {
        if events.is_empty() {
            return Ok(());
        }
        crate::events::insert(self, events).await?;
        self.wakes_events = true;
        let followers = self.db.followers().to_vec();
        for follower in followers {
            follower.follow(self, events).await?;
        }
        Ok(())
    }

    /// Says that this transaction writes work for the engine, so that it is woken after the commit.
    pub fn wakes_engine(&mut self) {
        self.wakes_work = true;
    }

    /// Says that this transaction writes webhooks to be sent, so that the sender is woken after the commit.
    pub fn wakes_webhooks(&mut self) {
        self.wakes_webhooks = true;
    }

    pub(crate) fn wakes_events(&mut self) {
        self.wakes_events = true;
    }

    /// Starts a part that can be undone alone.
    pub async fn savepoint(&mut self) -> Result<(), StoreError> {
        self.tx.execute("savepoint part").await?;
        Ok(())
    }

    /// Keeps what was done since [`TenantTx::savepoint`].
    pub async fn release_savepoint(&mut self) -> Result<(), StoreError> {
        self.tx.execute("release savepoint part").await?;
        Ok(())
    }

    /// Undoes what was done since [`TenantTx::savepoint`].
    pub async fn roll_back_to_savepoint(&mut self) -> Result<(), StoreError> {
        self.tx.execute("rollback to savepoint part; release savepoint part").await?;
        Ok(())
    }

    /// Undoes everything and lets go of every lock before it returns. Dropping does so a moment later.
    pub async fn roll_back(self) -> Result<(), StoreError> {
        Ok(self.tx.rollback().await?)
    }

    pub async fn commit(self) -> Result<(), StoreError> {
        let Self { tx, db, wakes_work, wakes_events, wakes_webhooks, .. } = self;
        tx.commit().await?;
        if wakes_work {
            db.wake().work.notify_one();
        }
        if wakes_events {
            db.wake().events.notify_one();
        }
        if wakes_webhooks {
            db.wake().webhooks.notify_one();
        }
        Ok(())
    }
}

impl std::fmt::Debug for TenantTx {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TenantTx").field("tenant", &self.tenant).finish_non_exhaustive()
    }
}

/// A transaction of the engine that commits the steps of many tenants at once.
///
/// It sees queues across tenants, and the rows of the tenant it is bound to at the moment.
#[derive(Debug)]
#[must_use = "a transaction that is not committed rolls back"]
pub struct BatchTx {
    inner: TenantTx,
}

impl BatchTx {
    pub(crate) fn new(inner: TenantTx) -> Self {
        Self { inner }
    }

    /// Binds the transaction to a tenant until the next `bind`.
    pub async fn bind(&mut self, tenant: TenantId) -> Result<&mut TenantTx, StoreError> {
        if self.inner.tenant != Some(tenant) {
            self.inner.tx.execute(AssertSqlSafe(bind_statement(tenant))).await?;
            self.inner.tenant = Some(tenant);
        }
        Ok(&mut self.inner)
    }

    /// For the queues, which need no tenant.
    pub fn conn(&mut self) -> &mut PgConnection {
        self.inner.conn()
    }

    pub async fn commit(self) -> Result<(), StoreError> {
        self.inner.commit().await
    }
}

/// A transaction that belongs to no tenant: the registry of tenants and the queues.
#[derive(Debug)]
#[must_use = "a transaction that is not committed rolls back"]
pub struct SystemTx {
    tx: Transaction<'static, Postgres>,
}

impl SystemTx {
    pub(crate) fn new(tx: Transaction<'static, Postgres>) -> Self {
        Self { tx }
    }

    pub fn conn(&mut self) -> &mut PgConnection {
        &mut self.tx
    }

    pub async fn commit(self) -> Result<(), StoreError> {
        self.tx.commit().await?;
        Ok(())
    }
}
