//! A private database server that is killed, shut down or stopped while clients submit.

use std::{
    process::Command,
    sync::{
        Arc, OnceLock,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::Duration,
};

use futures::future::join_all;
use it::{Database, Intake, Program, Signing, wait_until};
use sqlx::ConnectOptions as _;

const INTAKES: u32 = 8;
/// How long a sender goes on sending, and how long the server may take to come back.
const PATIENCE: Duration = Duration::from_secs(90);

/// Who submits, and what they were told.
#[derive(Debug, Default)]
struct Load {
    is_over: AtomicBool,
    refused: AtomicUsize,
}

/// Sends an intake until it is accepted, and then again and again until the outage is over.
async fn submit(program: &Program, load: &Load, number: u32) {
    let intake = Intake::numbered(number);
    let first = OnceLock::new();
    wait_until("the intake is accepted", PATIENCE, || async {
        let answer = intake.send(&program.stranger, Signing::Contract).await;
        if answer.status == 200 {
            // Whatever was acknowledged is still known: the same event gets the first answer.
            assert_eq!(&answer.body, first.get_or_init(|| answer.body.clone()));
        } else {
            assert_eq!(answer.status, 503, "{}", answer.text());
            assert!(!answer.header("retry-after").is_empty());
            load.refused.fetch_add(1, Ordering::Relaxed);
        }
        (answer.status == 200 && load.is_over.load(Ordering::Relaxed)).then_some(())
    })
    .await;
}

/// The postmaster and the processes it started.
async fn processes(program: &Program) -> Vec<i32> {
    sqlx::query_scalar(
        "select split_part(pg_read_file('postmaster.pid'), E'\\n', 1)::int
         union all select pid from pg_stat_activity",
    )
    .fetch_all(&mut program.superuser().await)
    .await
    .unwrap()
}

fn signal(signal: &str, processes: &[i32]) {
    let processes = processes.iter().map(ToString::to_string);
    // One that ended by itself is no failure.
    Command::new("kill").arg(format!("-{signal}")).args(processes).output().unwrap();
}

/// The server came back, as another process.
async fn has_come_back(program: &Program, before: i32) {
    wait_until("the server is back", PATIENCE, || async {
        let mut superuser = program.database.options.connect().await.ok()?;
        let now: i32 =
            sqlx::query_scalar("select split_part(pg_read_file('postmaster.pid'), E'\\n', 1)::int")
                .fetch_one(&mut superuser)
                .await
                .ok()?;
        (now != before).then_some(())
    })
    .await;
}

/// Makes an outage while clients submit, and sees what became of what they were told.
async fn survive<F: Future<Output = ()>>(outage: impl FnOnce(Arc<Program>, Arc<Load>) -> F) {
    let program = Arc::new(Program::start_on(Database::private().await, |_| {}).await);
    let load = Arc::new(Load::default());
    let submitting = join_all((1..=INTAKES).map(|number| submit(&program, &load, number)));
    let disturbing = async {
        outage(Arc::clone(&program), Arc::clone(&load)).await;
        load.is_over.store(true, Ordering::Relaxed);
    };
    futures::join!(disturbing, submitting);
    for number in 1..=INTAKES {
        let run = program.ended(&program.owner, &Intake::numbered(number).event_id).await;
        assert_eq!(run["status"], "completed", "{run:#}");
    }
    let expected = usize::try_from(INTAKES).unwrap();
    assert_eq!(program.applied("invoice_system", "/leads").len(), expected);
    assert_eq!(program.applied("invoice_system", "/deliverables").len(), 4 * expected);
    // A call whose outcome nobody knows raises an alert, which is told on Slack too.
    assert!(program.clients_told() <= expected);
    Arc::into_inner(program).unwrap().stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_postmaster_that_is_killed_comes_back_and_nothing_acknowledged_is_lost() {
    survive(|program, _| async move {
        for _ in 0..2 {
            let postmaster = processes(&program).await[0];
            signal("KILL", &[postmaster]);
            has_come_back(&program, postmaster).await;
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_is_shut_down_comes_back_and_nothing_acknowledged_is_lost() {
    survive(|program, _| async move {
        let postmaster = processes(&program).await[0];
        // What `pg_ctl stop --mode fast` sends.
        signal("INT", &[postmaster]);
        has_come_back(&program, postmaster).await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn clients_of_a_server_that_does_not_answer_are_told_when_to_come_back() {
    survive(|program, load| async move {
        let processes = processes(&program).await;
        signal("STOP", &processes);
        wait_until("somebody is refused", PATIENCE, || async {
            (0 < load.refused.load(Ordering::Relaxed)).then_some(())
        })
        .await;
        signal("CONT", &processes);
    })
    .await;
}
