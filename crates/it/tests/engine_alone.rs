//! The engine at work by itself, without the rest of the program.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use chrono::TimeDelta;
use connector_kit::{CallError, Effect, Found};
use engine::{Attempt, EngineOptions, FunctionInfo, Functions, Outcome, runs};
use futures::future::BoxFuture;
use it::{Database, Rehearsal, prepare, wait_until};
use kernel::{RunId, TenantId, Timestamp};
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

const SOON: Duration = Duration::from_secs(30);

/// A function whose first attempts cannot be tried.
#[derive(Default)]
struct Away {
    asked: AtomicU32,
}

impl Functions for Away {
    fn catalog(&self) -> Vec<FunctionInfo> {
        vec![FunctionInfo::new("slack.tell", Some(Effect::AtMostOnce), json!({}))]
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

fn flow(tasks: &str) -> String {
    format!(
        "{{document: {{dsl: 1.0.3, namespace: test, name: tell, version: 1.0.0}}, do: {tasks}}}"
    )
}

/// How a run ended, and with what.
async fn ended(stage: &Rehearsal, tenant: TenantId, run: RunId) -> Option<(String, Option<Value>)> {
    let mut tx = stage.db.tenant(tenant).await.unwrap();
    let found = runs::get(&mut tx, run).await.unwrap()?;
    let output = runs::output(&mut tx, run).await.unwrap();
    tx.commit().await.unwrap();
    found.ended_at.map(|_| (found.status, output))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_that_could_not_be_tried_uses_up_no_attempt_and_is_made_later() {
    let database = Database::create().await;
    let tenant = prepare(&database).await;
    let away = Arc::new(Away::default());
    let flows = [flow("[{say: {call: slack.tell}}]")];
    let functions = Arc::<Away>::clone(&away);
    let stage = Rehearsal::open_with(&database, &flows, functions, Timestamp::UNIX_EPOCH);
    let mut tx = stage.db.tenant(tenant).await.unwrap();
    let run = runs::start(&mut tx, "tell", &json!({}), "test").await.unwrap();
    tx.commit().await.unwrap();
    let (stop, engine, seen) = (CancellationToken::new(), stage.engine(), AtomicU32::new(0));
    let watch = async {
        let ended = wait_until("the run ended", SOON, || async {
            // Each refusal puts the call off; then time passes.
            let asked = away.asked.load(Ordering::SeqCst);
            if seen.swap(asked, Ordering::SeqCst) < asked {
                stage.clock.advance(TimeDelta::seconds(5));
            }
            ended(&stage, tenant, run).await
        })
        .await;
        stop.cancel();
        ended
    };
    let ((), ended) = tokio::join!(engine.run(stop.clone()), watch);
    assert_eq!(ended, ("completed".to_owned(), Some(json!({ "attempt": 1 }))));
    stage.db.close().await;
    database.remove().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_that_is_cancelled_before_it_began_does_not_go_on() {
    let database = Database::create().await;
    let tenant = prepare(&database).await;
    let flows = [flow("[{rest: {wait: PT1H}}]")];
    let stage = Rehearsal::open(&database, &flows, &[], Timestamp::UNIX_EPOCH);
    let mut tx = stage.db.tenant(tenant).await.unwrap();
    let run = runs::start(&mut tx, "tell", &json!({}), "test").await.unwrap();
    runs::cancel(&mut tx, run, "not needed").await.unwrap();
    tx.commit().await.unwrap();
    let (stop, engine) = (CancellationToken::new(), stage.engine());
    let watch = async {
        let ended = wait_until("the run ended", SOON, || ended(&stage, tenant, run)).await;
        stop.cancel();
        ended
    };
    let ((), ended) = tokio::join!(engine.run(stop.clone()), watch);
    assert_eq!(ended, ("cancelled".to_owned(), None));
    stage.db.close().await;
    database.remove().await;
}

/// A function that answers with what it was given.
struct Echo;

impl Functions for Echo {
    fn catalog(&self) -> Vec<FunctionInfo> {
        vec![FunctionInfo::new("test.echo", Some(Effect::Keyed), json!({}))]
    }

    fn call(&self, _: TenantId, attempt: Attempt) -> BoxFuture<'_, Outcome<Value>> {
        Box::pin(async move { Outcome { result: Ok(attempt.input), usage: Vec::new() } })
    }

    fn may_repeat(&self, _: &str, _: &Value) -> bool {
        true
    }

    fn system(&self, function: &str, _: &Value) -> String {
        function.to_owned()
    }

    fn find(&self, _: TenantId, _: Attempt) -> BoxFuture<'_, Outcome<Found>> {
        unreachable!("nothing is looked for")
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn calls_that_wait_for_room_are_made_as_soon_as_there_is_some() {
    let database = Database::create().await;
    let tenant = prepare(&database).await;
    let source = flow("[{a: {call: test.echo}}]");
    let stage = Rehearsal::open_with(&database, &[source], Arc::new(Echo), Timestamp::UNIX_EPOCH);
    let mut tx = stage.db.tenant(tenant).await.unwrap();
    for _ in 0..80 {
        runs::start(&mut tx, "tell", &json!({}), "test").await.unwrap();
    }
    tx.commit().await.unwrap();
    let stop = CancellationToken::new();
    let engine = stage.engine_with(EngineOptions { calls_max: 1, ..EngineOptions::default() });
    let watch = async {
        // To look at the queue now and then would take twenty seconds.
        wait_until("the runs ended", Duration::from_secs(12), || async {
            let ended = "select count(*) from engine.run where status = 'completed'";
            let count: i64 =
                sqlx::query_scalar(ended).fetch_one(&mut database.superuser().await).await.unwrap();
            (count == 80).then_some(())
        })
        .await;
        stop.cancel();
    };
    tokio::join!(engine.run(stop.clone()), watch);
    stage.db.close().await;
    database.remove().await;
}

/// A function that answers when it is told to.
#[derive(Default)]
struct Held {
    released: CancellationToken,
}

impl Functions for Held {
    fn catalog(&self) -> Vec<FunctionInfo> {
        vec![FunctionInfo::new("test.held", Some(Effect::Keyed), json!({}))]
    }

    fn call(&self, _: TenantId, _: Attempt) -> BoxFuture<'_, Outcome<Value>> {
        Box::pin(async {
            self.released.cancelled().await;
            Outcome { result: Ok(json!("done")), usage: Vec::new() }
        })
    }

    fn may_repeat(&self, _: &str, _: &Value) -> bool {
        true
    }

    fn system(&self, function: &str, _: &Value) -> String {
        function.to_owned()
    }

    fn find(&self, _: TenantId, _: Attempt) -> BoxFuture<'_, Outcome<Found>> {
        unreachable!("nothing is looked for")
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn calls_that_wait_for_room_hold_up_nothing_else() {
    let database = Database::create().await;
    let tenant = prepare(&database).await;
    let branches: Vec<String> =
        (0..100).map(|number| format!("{{b{number}: {{call: test.held}}}}")).collect();
    let flows = [
        flow(&format!("[{{all: {{fork: {{branches: [{}]}}}}}}]", branches.join(", "))),
        flow("[{say: {set: {said: true}}}]").replace("name: tell", "name: say"),
    ];
    let held = Arc::new(Held::default());
    let functions = Arc::<Held>::clone(&held);
    let stage = Rehearsal::open_with(&database, &flows, functions, Timestamp::UNIX_EPOCH);
    let start = async |flow| {
        let mut tx = stage.db.tenant(tenant).await.unwrap();
        let run = runs::start(&mut tx, flow, &json!({}), "test").await.unwrap();
        tx.commit().await.unwrap();
        run
    };
    let stop = CancellationToken::new();
    let engine = stage.engine_with(EngineOptions { calls_max: 16, ..EngineOptions::default() });
    let watch = async {
        let many = [start("tell").await, start("tell").await, start("tell").await];
        wait_until("the calls wait", SOON, || async {
            let waiting = "select count(*) from engine.task where kind = 'call' and owner is null";
            let count: i64 = sqlx::query_scalar(waiting)
                .fetch_one(&mut database.superuser().await)
                .await
                .unwrap();
            (count == 300 - 16).then_some(())
        })
        .await;
        let other = start("say").await;
        let said = wait_until("the other ended", SOON, || ended(&stage, tenant, other)).await;
        assert_eq!(said, ("completed".to_owned(), Some(json!({ "said": true }))));
        held.released.cancel();
        for run in many {
            let all = wait_until("all calls were made", SOON, || ended(&stage, tenant, run)).await;
            assert_eq!(all, ("completed".to_owned(), Some(json!(vec!["done"; 100]))));
        }
        stop.cancel();
    };
    tokio::join!(engine.run(stop.clone()), watch);
    stage.db.close().await;
    database.remove().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_is_found_by_its_key_before_the_server_has_counted_its_tables() {
    let database = Database::create().await;
    let tenant = prepare(&database).await;
    let mut superuser = database.superuser().await;
    sqlx::raw_sql(
        "do $$ declare part regclass; begin
           for part in select inhrelid from pg_inherits where inhparent = 'engine.call'::regclass loop
             execute format('alter table %s set (autovacuum_enabled = off)', part);
           end loop;
         end $$",
    )
    .execute(&mut superuser)
    .await
    .unwrap();
    let source = flow("[{a: {call: test.echo}}, {b: {call: test.echo}}]");
    let now = "2026-01-02T00:00:00Z".parse().unwrap();
    let stage = Rehearsal::open(&database, &[source], &["test.echo"], now);
    let node = stage.node();
    let runs = 40;
    for _ in 0..runs {
        let mut tx = stage.db.tenant(tenant).await.unwrap();
        runs::start(&mut tx, "tell", &json!({}), "test").await.unwrap();
        tx.commit().await.unwrap();
        let mut calls = node.turn().await.unwrap().calls;
        while let Some(call) = calls.pop() {
            calls.extend(node.answer(call, Ok(json!({}))).await.unwrap().calls);
        }
    }
    // What a connection read is counted at its end at the latest.
    stage.db.close().await;
    let calls = wait_until("the reads are counted", SOON, || async {
        let (read, written): (i64, i64) = sqlx::query_as(
            "select (select sum(idx_tup_read) from pg_stat_user_indexes where indexrelname like 'call_%')::bigint,
                    (select sum(n_tup_upd) from pg_stat_user_tables where relname like 'call_%')::bigint",
        )
        .fetch_one(&mut database.superuser().await)
        .await
        .unwrap();
        (written == 2 * runs).then_some(read)
    })
    .await;
    assert!(calls < 10 * runs, "{calls} rows were read to find {} calls", 2 * runs);
}
