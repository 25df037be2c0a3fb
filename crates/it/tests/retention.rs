//! What has ended is kept for as long as its tenant says, and then goes.

use std::{sync::Arc, time::Duration};

use chrono::TimeDelta;
use engine::retention::{self, Pruned};
use it::{Client, Intake, Program, wait_until};
use kernel::{Clock as _, ManualClock, SystemClock, SystemRandom};
use serde_json::{Value, json};
use sqlx::AssertSqlSafe;
use store::{Db, PoolSizes};

const SOON: Duration = Duration::from_secs(30);
const PARTS: [&str; 4] = ["run", "call", "step", "payload"];

/// The database as it is seen that many days from now.
fn in_days(program: &Program, days: i64) -> Db {
    let then = SystemClock.now() + TimeDelta::days(days);
    let clock = Arc::new(ManualClock::at(then));
    let options = program.database.options.clone();
    Db::open(options, PoolSizes::default(), clock, Arc::new(SystemRandom), Vec::new())
}

async fn prune(program: &Program, days: i64) -> Pruned {
    let db = in_days(program, days);
    let pruned = retention::prune(&db).await.unwrap();
    db.close().await;
    pruned
}

async fn count(program: &Program, table: &str) -> i64 {
    let query = format!("select count(*) from engine.{table}");
    let mut superuser = program.superuser().await;
    sqlx::query_scalar(AssertSqlSafe(query)).fetch_one(&mut superuser).await.unwrap()
}

/// A run that waits for the event `go`.
async fn waiting(owner: &Client) -> String {
    let tasks = "- hear: { listen: { to: { one: { with: { type: go } } } } }";
    let run = Program::start_own(owner, "patient", tasks, &Value::Null).await;
    Program::in_state(owner, &run, "waiting").await;
    run
}

#[tokio::test(flavor = "multi_thread")]
async fn what_ended_long_ago_is_removed_and_what_goes_on_stays() {
    let program = Program::start().await;
    let (_, other) = program.another_tenant("Initech").await;
    assert_eq!(program.owner.get("/v1/retention").await.expect(200), json!({ "run_days": 365 }));
    let changed = program.owner.put("/v1/retention", &json!({ "run_days": 30 })).await;
    assert_eq!(changed.expect(200), json!({ "run_days": 30 }));
    other.put("/v1/retention", &json!({ "run_days": null })).await.expect(200);

    let done = program.journey(&Intake::numbered(1)).await;
    let goes_on = waiting(&program.owner).await;
    let of_other = waiting(&other).await;
    let end = json!({ "reason": "over" });
    other.post(&format!("/v1/runs/{of_other}/cancel"), &end).await.expect(200);
    Program::in_state(&other, &of_other, "cancelled").await;

    assert_eq!(prune(&program, 29).await, Pruned::default());
    let path = format!("/v1/runs/{}", done["run_id"].as_str().unwrap());
    program.owner.get(&path).await.expect(200);
    let alerts = count(&program, "run").await - 3;
    let pruned = prune(&program, 31).await;
    assert_eq!(pruned, Pruned { months: 0, runs: usize::try_from(alerts).unwrap() + 1 });
    assert_eq!(program.owner.get(&path).await.status, 404);
    assert_eq!((count(&program, "run").await, count(&program, "call").await), (2, 0));
    assert_eq!((count(&program, "payload").await, count(&program, "human_task").await), (0, 0));
    // The clients stay, and so does what happened.
    let clients = program.owner.get("/v1/clients").await.expect(200);
    assert_eq!(clients["items"].as_array().map(Vec::len), Some(1));
    other.get(&format!("/v1/runs/{of_other}")).await.expect(200);

    // Ten years on one run still waits, so that nothing of its month is dropped.
    assert_eq!(prune(&program, 3650).await.runs, 0);
    assert_eq!(count(&program, "run").await, 2);
    let go = json!({ "type": "go" });
    program.owner.post(&format!("/v1/runs/{goes_on}/events"), &go).await.expect(200);
    Program::in_state(&program.owner, &goes_on, "completed").await;
    program.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_month_of_which_nothing_is_kept_is_dropped() {
    let program = Program::start().await;
    program.journey(&Intake::numbered(1)).await;
    let failed = waiting(&program.owner).await;
    // One that failed still hears events, because it may be taken up again.
    let mut superuser = program.superuser().await;
    sqlx::query(
        "update engine.run set status = 'faulted', ended_at = now() where ended_at is null",
    )
    .execute(&mut superuser)
    .await
    .unwrap();
    assert_ne!(count(&program, "subscription").await, 0);

    let months = "select to_char(month, 'YYYY_MM') from engine.history_month order by month";
    let before: Vec<String> = sqlx::query_scalar(months).fetch_all(&mut superuser).await.unwrap();
    // The month has ended by then, and perhaps the next, which is empty.
    let pruned = prune(&program, 365 + 32).await;
    assert!(matches!(pruned, Pruned { months: 1 | 2, runs: 0 }), "{pruned:?}");
    let after: Vec<String> = sqlx::query_scalar(months).fetch_all(&mut superuser).await.unwrap();
    assert!(!after.contains(&before[0]) && after.contains(&before[2]), "{before:?} {after:?}");
    let to_come = (SystemClock.now() + TimeDelta::days(365 + 32)).format("%Y_%m").to_string();
    assert!(after.contains(&to_come), "{after:?}");
    for part in PARTS {
        assert_eq!(count(&program, part).await, 0, "{part}");
        let dropped = format!("select to_regclass('engine.{part}_{}') is null", before[0]);
        let is_dropped: bool =
            sqlx::query_scalar(AssertSqlSafe(dropped)).fetch_one(&mut superuser).await.unwrap();
        assert!(is_dropped, "{part}");
    }
    assert_eq!(count(&program, "subscription").await, 0);
    assert_eq!(program.owner.get(&format!("/v1/runs/{failed}")).await.status, 404);

    // Runs of a month without a partition have a place too.
    assert_eq!(program.journey(&Intake::numbered(2)).await["status"], "completed");
    assert_ne!(count(&program, "run_other").await, 0);
    assert_eq!(prune(&program, 0).await, Pruned::default());
    program.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn runs_go_on_while_months_come_and_go() {
    let program = Program::start().await;
    let pruning = async {
        for days in [0, 40, 70, 100, 130, 160] {
            let db = in_days(&program, days);
            // Who is in the way of a month is let go first, and it is tried again.
            wait_until("it was pruned", SOON, || async {
                match retention::prune(&db).await {
                    Ok(_) => Some(()),
                    Err(error) => {
                        assert!(error.is_transient(), "{error:?}");
                        None
                    }
                }
            })
            .await;
            db.close().await;
        }
    };
    let working = async {
        for number in 1..=4 {
            assert_eq!(program.journey(&Intake::numbered(number)).await["status"], "completed");
        }
    };
    tokio::join!(pruning, working);
    program.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_retention_that_was_forgotten_is_not_for_ever() {
    let program = Program::start().await;
    for wrong in [json!({}), json!({ "run_days": 0 }), json!({ "run_days": "30" })] {
        let refused: Value = program.owner.put("/v1/retention", &wrong).await.expect(422);
        assert!(refused.to_string().contains("run_days"), "{refused}");
    }
    let staff = program.client("staff").await;
    assert_eq!(staff.put("/v1/retention", &json!({ "run_days": 1 })).await.status, 403);
    program.stop().await;
}
