//! Callers that hang up while a transaction begins.

use std::{
    collections::HashSet,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    task::Poll,
    time::Duration,
};

use futures::{future::join_all, poll};
use it::{Program, wait_until};
use kernel::{SystemClock, SystemRandom, TenantId};
use serde_json::json;
use store::{Db, PoolSizes};

/// Few connections, so that those who hang up and those who write use the same ones.
const FEW: PoolSizes = PoolSizes { requests: 3, ingress: 1, engine: 1, background: 1, identity: 1 };
const WRITERS: usize = 3;
const LEAVERS: usize = 2;
const WRITES: usize = 60;
/// How many times a future that is about to be dropped is polled, at the most.
const POLLS_MAX: usize = 5;

/// How many times somebody hangs up while nobody else uses the connections.
const ROUNDS: usize = 30;
/// How soon a connection must be out of the transaction of somebody who left.
const SOON: Duration = Duration::from_secs(5);

/// Asks for transactions and hangs up, earlier or later, until told to stop.
async fn hang_up_again_and_again(db: Db, tenant: TenantId, stop: Arc<AtomicBool>) -> usize {
    let mut hung_up = 0;
    while !stop.load(Ordering::Relaxed) {
        let mut begin = Box::pin(db.tenant(tenant));
        for _ in 0..=hung_up % POLLS_MAX {
            if let Poll::Ready(begun) = poll!(begin.as_mut()) {
                drop(begun);
                break;
            }
            tokio::task::yield_now().await;
        }
        drop(begin);
        hung_up += 1;
        tokio::task::yield_now().await;
    }
    hung_up
}

/// Writes one after the other; what was acknowledged is returned.
async fn write(db: Db, tenant: TenantId) -> Vec<uuid::Uuid> {
    let mut acknowledged = Vec::new();
    while acknowledged.len() < WRITES {
        // No free connection in time: nothing was promised.
        let Ok(mut tx) = db.tenant(tenant).await else { continue };
        let id = tx.append("test", "test.happened", None, json!({})).await.unwrap();
        tx.commit().await.unwrap();
        acknowledged.push(id.uuid());
    }
    acknowledged
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_acknowledged_survives_callers_that_hang_up_while_beginning() {
    let program = Program::start().await;
    let (clock, random) = (Arc::new(SystemClock), Arc::new(SystemRandom));
    let db = Db::open(program.database.options.clone(), FEW, clock, random, Vec::new());
    let stop = Arc::new(AtomicBool::new(false));
    let leavers: Vec<_> = (0..LEAVERS)
        .map(|_| {
            let leaving = hang_up_again_and_again(db.clone(), program.tenant, Arc::clone(&stop));
            tokio::spawn(leaving)
        })
        .collect();
    let writers = (0..WRITERS).map(|_| tokio::spawn(write(db.clone(), program.tenant)));
    let acknowledged: Vec<uuid::Uuid> =
        join_all(writers).await.into_iter().flat_map(Result::unwrap).collect();
    stop.store(true, Ordering::Relaxed);
    let hung_up: usize = join_all(leavers).await.into_iter().map(Result::unwrap).sum();
    assert!(WRITES < hung_up, "only {hung_up} hung up");
    leave_no_transaction_open(&program, &db).await;
    db.close().await;

    let stored: Vec<uuid::Uuid> =
        sqlx::query_scalar("select event_id from platform.event where type = 'test.happened'")
            .fetch_all(&mut program.superuser().await)
            .await
            .unwrap();
    let stored: HashSet<_> = stored.into_iter().collect();
    let lost = acknowledged.iter().filter(|id| !stored.contains(*id)).count();
    assert_eq!(lost, 0, "of {} acknowledged writes", acknowledged.len());
    program.stop().await;
}

/// Whoever hangs up leaves no open transaction to the next user of the connection, whose work would
/// become a part of it.
async fn leave_no_transaction_open(program: &Program, db: &Db) {
    for round in 0..ROUNDS {
        let mut begin = Box::pin(db.tenant(program.tenant));
        for _ in 0..=round % POLLS_MAX {
            if poll!(begin.as_mut()).is_ready() {
                break;
            }
        }
        drop(begin);
        wait_until("no connection is in a transaction", SOON, || async {
            let open: i64 = sqlx::query_scalar(
                "select count(*) from pg_stat_activity
                 where datname = current_database() and application_name = 'handoff_app'
                   and state like 'idle in transaction%'",
            )
            .fetch_one(&mut program.superuser().await)
            .await
            .unwrap();
            (open == 0).then_some(())
        })
        .await;
    }
}
