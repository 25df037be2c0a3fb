//! The engine by hand, on a database: a test decides what happens when.

use std::sync::Arc;

use connector_kit::{Effect, Found};
use engine::{
    Attempt, ByHand, Cause, Engine, EngineOptions, FlowFollower, Flows, FunctionInfo, Functions,
    OperationError, Operations, Outside,
};
use futures::future::BoxFuture;
use kernel::{ManualClock, SystemRandom, TenantId, Timestamp};
use protocols::Protocols;
use serde_json::{Value, json};
use store::{Db, PoolSizes, TenantTx};
use uuid::Uuid;

use crate::Database;

/// One database handle with the flows and the clock of its node.
pub struct Rehearsal {
    pub db: Db,
    pub flows: Arc<Flows>,
    pub clock: Arc<ManualClock>,
    outside: Outside,
}

impl Rehearsal {
    /// On a database that [`prepare`] was called for. `flows` is YAML or JSON; `functions` may be called, and are
    /// answered by the test.
    pub fn open(database: &Database, flows: &[String], functions: &[&str], now: Timestamp) -> Self {
        let functions = functions.iter().map(|name| (*name).to_owned()).collect();
        Self::open_with(database, flows, Arc::new(Prepared(functions)), now)
    }

    /// With functions that are called.
    pub fn open_with(
        database: &Database,
        flows: &[String],
        functions: Arc<dyn Functions>,
        now: Timestamp,
    ) -> Self {
        let outside = Outside { operations: Arc::new(Alerts), functions };
        let sources: Vec<(String, String)> =
            flows.iter().map(|flow| ("test.yaml".to_owned(), flow.clone())).collect();
        let flows = Flows::load(&[], &sources, &*outside.operations, &*outside.functions).unwrap();
        let (flows, clock) = (Arc::new(flows), Arc::new(ManualClock::at(now)));
        let db = Db::open(
            database.options.clone(),
            PoolSizes { requests: 1, ingress: 1, engine: 3, background: 1, identity: 1 },
            Arc::<ManualClock>::clone(&clock),
            Arc::new(SystemRandom),
            vec![Arc::new(FlowFollower::new(Arc::clone(&flows)))],
        );
        Self { db, flows, clock, outside }
    }

    /// A node that works by itself.
    pub fn engine(&self) -> Engine {
        self.engine_with(EngineOptions::default())
    }

    pub fn engine_with(&self, options: EngineOptions) -> Engine {
        let (db, flows) = (self.db.clone(), Arc::clone(&self.flows));
        Engine::new(db, flows, self.outside.clone(), options)
    }

    /// A new node that works by hand.
    pub fn node(&self) -> ByHand {
        ByHand::new(self.db.clone(), Arc::clone(&self.flows), self.outside.clone())
    }
}

/// Migrates a database, and gives it a tenant.
pub async fn prepare(database: &Database) -> TenantId {
    store::migrate::migrate(&database.options, false).await.unwrap();
    let tenant = TenantId::from(Uuid::from_u128(1));
    sqlx::query(
        "insert into identity.tenant (tenant_id, name, slug, created_at) values ($1, 'Test', 'test', now())",
    )
    .bind(tenant.uuid())
    .execute(&mut database.superuser().await)
    .await
    .unwrap();
    tenant
}

/// The functions of a scenario. They are answered by the stage, never called.
struct Prepared(Vec<String>);

impl Functions for Prepared {
    fn catalog(&self) -> Vec<FunctionInfo> {
        self.0.iter().map(|name| FunctionInfo::new(name, Some(Effect::Keyed), json!({}))).collect()
    }

    fn call(&self, _: TenantId, attempt: Attempt) -> BoxFuture<'_, engine::Outcome<Value>> {
        unreachable!("{} was called behind the stage", attempt.function)
    }

    fn may_repeat(&self, function: &str, input: &Value) -> bool {
        Protocols::may_repeat(function, input)
    }

    fn system(&self, function: &str, _: &Value) -> String {
        function.to_owned()
    }

    fn find(&self, _: TenantId, attempt: Attempt) -> BoxFuture<'_, engine::Outcome<Found>> {
        unreachable!("{} was looked for behind the stage", attempt.function)
    }
}

/// The operations that the engine itself calls: raising and resolving alerts.
struct Alerts;

impl Operations for Alerts {
    fn catalog(&self) -> Vec<FunctionInfo> {
        Vec::new()
    }

    fn call<'a>(
        &'a self,
        _: &'a mut TenantTx,
        name: &'a str,
        _: Value,
        _: &'a Cause,
    ) -> BoxFuture<'a, Result<Value, OperationError>> {
        assert!(name.contains("alert"), "{name}");
        Box::pin(async { Ok(json!({})) })
    }
}
