//! One program, many tenants and one outside: nobody is starved, and nobody who is down is hammered.

use std::time::Duration;

use connector_kit::simulator::Fault;
use futures::future::join_all;
use it::{Intake, Program, Signing, wait_until};

const FLOOD: u32 = 60;
const CALLS_MAX: usize = 8;
/// As many failures in a row open a connection's breaker.
const FAILURES: u32 = 5;
const SOON: Duration = Duration::from_secs(40);

#[tokio::test(flavor = "multi_thread")]
async fn a_tenant_that_floods_the_queue_does_not_hold_up_another() {
    // Fewer calls at a time than the flood asks for, so that its calls wait in the queue.
    let program = Program::start_with(|options| options.engine.calls_max = CALLS_MAX).await;
    let (flooding, other) = program.another_tenant("Initech").await;
    let flood: Vec<Intake> = (1000..1000 + FLOOD).map(Intake::numbered).collect();
    let sent = join_all(flood.iter().map(|intake| intake.send(&other, Signing::Contract))).await;
    assert!(sent.iter().all(|answer| answer.status == 200));
    let run = program.journey(&Intake::numbered(1)).await;
    assert_eq!(run["status"], "completed");
    // By the program's own clock: when this test gets to look is another matter.
    let ended: i64 = sqlx::query_scalar(
        "select count(*) from engine.run
         where tenant_id = $1 and ended_at < (select ended_at from engine.run where tenant_id = $2)",
    )
    .bind(flooding.uuid())
    .bind(program.tenant.uuid())
    .fetch_one(&mut program.superuser().await)
    .await
    .unwrap();
    assert!(ended < i64::from(FLOOD) / 2, "{ended} of {FLOOD} came before");
    wait_until("the flood is worked off", SOON, || async {
        let runs = other.get("/v1/runs?status=completed&limit=100").await.expect(200);
        (runs["items"].as_array().unwrap().len() == flood.len()).then_some(())
    })
    .await;
    program.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_provider_that_is_down_is_left_alone_without_using_up_attempts() {
    let program = Program::start().await;
    program.arm("invoice_system", vec![Fault::times("status-500", FAILURES)]);
    let intake = Intake::numbered(1);
    intake.send(&program.stranger, Signing::Contract).await.expect(200);
    let mut superuser = program.superuser().await;
    wait_until("the next attempt is put off", SOON, || async {
        let put_off: bool = sqlx::query_scalar(
            "select exists (select from engine.breaker b
                            where b.connector = 'invoice_system' and now() + interval '20 s' < b.open_until)
                and exists (select from engine.task t
                            where t.kind = 'call' and t.owner is null and now() + interval '20 s' < t.run_at)",
        )
        .fetch_one(&mut program.superuser().await)
        .await
        .unwrap();
        put_off.then_some(())
    })
    .await;
    assert_eq!(program.sandbox().ledger("invoice_system").len(), 5);

    // The pause passes.
    sqlx::raw_sql(
        "update engine.breaker set open_until = now(); update engine.task set run_at = now()",
    )
    .execute(&mut superuser)
    .await
    .unwrap();
    let run = program.ended(&program.owner, &intake.event_id).await;
    assert_eq!(run["status"], "completed");
    let calls = run["calls"].as_array().unwrap();
    let attempts = calls.iter().filter(|call| call["function"] == "invoice_system.create_lead");
    assert_eq!(attempts.filter_map(|call| call["attempt"].as_i64()).max(), Some(6));
    drop(superuser);
    program.stop().await;
}
