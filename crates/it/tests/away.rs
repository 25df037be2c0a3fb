//! A database that hangs up on everybody, again and again.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use futures::future::join_all;
use it::{Intake, Program, Signing, wait_until};
use kernel::{Random as _, SystemRandom};

const INTAKES: u32 = 10;
const HANG_UPS: usize = 12;
/// How long a sender goes on sending.
const PATIENCE: Duration = Duration::from_secs(60);

/// Ends every connection of the program at random moments.
async fn hang_up(program: &Program, done: &AtomicBool) -> i64 {
    let mut ended = 0;
    let mut superuser = program.superuser().await;
    for _ in 0..HANG_UPS {
        // The server waits, so that the moments differ.
        let pause = 0.05 + SystemRandom.fraction() * 0.3;
        let count: i64 = sqlx::query_scalar(
            "with wait as materialized (select pg_sleep($1))
             select count(*) from wait cross join lateral (
                 select pg_terminate_backend(pid) from pg_stat_activity
                 where datname = current_database() and application_name like 'handoff_%') ended",
        )
        .bind(pause)
        .fetch_one(&mut superuser)
        .await
        .unwrap();
        ended += count;
    }
    done.store(true, Ordering::Relaxed);
    ended
}

/// Sends until it is accepted, as a real sender does; whatever else comes must say when to come back.
async fn deliver(program: &Program, intake: &Intake) {
    wait_until("the intake is accepted", PATIENCE, || async {
        let answer = intake.send(&program.stranger, Signing::Contract).await;
        assert!([200, 503].contains(&answer.status), "{} {}", answer.status, answer.text());
        assert!(answer.status == 200 || !answer.header("retry-after").is_empty());
        (answer.status == 200).then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_hangs_up_costs_time_and_nothing_else() {
    let program = Program::start().await;
    let done = Arc::new(AtomicBool::new(false));
    let intakes: Vec<Intake> = (1..=INTAKES).map(Intake::numbered).collect();
    // They are sent again and again while the database hangs up: duplicates, once accepted.
    let sending = join_all(intakes.iter().map(|intake| async {
        deliver(&program, intake).await;
        while !done.load(Ordering::Relaxed) {
            deliver(&program, intake).await;
        }
    }));
    let (ended, _) = futures::join!(hang_up(&program, &done), sending);
    assert!(0 < ended, "nobody was cut off");
    for intake in &intakes {
        let run = program.ended(&program.owner, &intake.event_id).await;
        assert_eq!(run["status"], "completed", "{run:#}");
    }
    let expected = usize::try_from(INTAKES).unwrap();
    // A call whose outcome nobody knows raises an alert, and the alert's flow runs too.
    let count = "select count(*) from engine.run where flow = 'client-onboarding'";
    let runs: i64 =
        sqlx::query_scalar(count).fetch_one(&mut program.superuser().await).await.unwrap();
    assert_eq!(usize::try_from(runs).unwrap(), expected);
    assert_eq!(program.applied("invoice_system", "/leads").len(), expected);
    assert_eq!(program.applied("invoice_system", "/deliverables").len(), 4 * expected);
    assert!(program.clients_told() <= expected);
    program.stop().await;
}
