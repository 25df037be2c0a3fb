//! Calls that could not be tried because the database was away for a moment.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use connector_kit::{CallError, Effect, Found};
use engine::{
    Attempt, Cause, Engine, EngineOptions, FlowFollower, Flows, Functions, OperationError,
    Operations, Outcome, Outside, runs,
};
use futures::future::BoxFuture;
use it::{Database, prepare, wait_until};
use kernel::{SystemClock, SystemRandom, TenantId};
use serde_json::{Value, json};
use store::{Db, PoolSizes, TenantTx};
use tokio_util::sync::CancellationToken;

const SOON: Duration = Duration::from_secs(30);

/// A function whose first attempts cannot be tried.
#[derive(Default)]
struct Away {
    asked: AtomicU32,
}

impl Functions for Away {
    fn catalog(&self) -> Vec<(String, Effect, Value)> {
        vec![("slack.tell".to_owned(), Effect::AtMostOnce, json!({}))]
    }

    fn call(&self, _: TenantId, attempt: Attempt) -> BoxFuture<'_, Outcome<Value>> {
        Box::pin(async move {
            let result = match self.asked.fetch_add(1, Ordering::SeqCst) {
                0 | 1 => Err(CallError::NotTried("the database is away".to_owned())),
                _ => Ok(json!({ "attempt": attempt.number })),
            };
            Outcome { result, usage: Vec::new() }
        })
    }

    fn may_repeat(&self, _: &str, _: &Value) -> bool {
        false
    }

    fn system(&self, function: &str, _: &Value) -> String {
        function.to_owned()
    }

    fn find(&self, _: TenantId, _: Attempt) -> BoxFuture<'_, Outcome<Found>> {
        unreachable!("nothing is looked for")
    }
}

struct NoOperations;

impl Operations for NoOperations {
    fn catalog(&self) -> Vec<(String, Value)> {
        Vec::new()
    }

    fn call<'a>(
        &'a self,
        _: &'a mut TenantTx,
        _: &'a str,
        _: Value,
        _: &'a Cause,
    ) -> BoxFuture<'a, Result<Value, OperationError>> {
        Box::pin(async { Ok(json!({})) })
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_that_could_not_be_tried_uses_up_no_attempt_and_is_made_later() {
    let database = Database::create().await;
    let tenant = prepare(&database).await;
    let functions = Arc::new(Away::default());
    let outside = Outside { operations: Arc::new(NoOperations), functions };
    let flow = "{document: {dsl: 1.0.3, namespace: test, name: tell, version: 1.0.0}, do: [{say: {call: slack.tell}}]}";
    let sources = [("tell.yaml".to_owned(), flow.to_owned())];
    let flows = Flows::load(&[], &sources, &*outside.operations, &*outside.functions).unwrap();
    let flows = Arc::new(flows);
    let db = Db::open(
        database.options.clone(),
        PoolSizes::default(),
        Arc::new(SystemClock),
        Arc::new(SystemRandom),
        vec![Arc::new(FlowFollower::new(Arc::clone(&flows)))],
    );
    let engine = Engine::new(db.clone(), flows, outside, EngineOptions::default());
    let stop = CancellationToken::new();
    let works = tokio::spawn({
        let (engine, stop) = (engine.clone(), stop.clone());
        async move { engine.run(stop).await }
    });
    let mut tx = db.tenant(tenant).await.unwrap();
    let run = runs::start(&mut tx, "tell", &json!({}), "test").await.unwrap();
    tx.commit().await.unwrap();
    let ended = wait_until("the run ended", SOON, || async {
        let mut tx = db.tenant(tenant).await.unwrap();
        let found = runs::get(&mut tx, run).await.unwrap()?;
        let output = runs::output(&mut tx, run).await.unwrap();
        tx.commit().await.unwrap();
        found.ended_at.map(|_| (found.status, output))
    })
    .await;
    assert_eq!(ended, ("completed".to_owned(), Some(json!({ "attempt": 1 }))));
    stop.cancel();
    works.await.unwrap();
    db.close().await;
    database.remove().await;
}
