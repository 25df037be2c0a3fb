//! Runs that people cancel and retry.

use std::time::Duration;

use connector_kit::simulator::Fault;
use it::{Client, Intake, Program, Signing, wait_until};
use serde_json::{Value, json};

const SOON: Duration = Duration::from_secs(30);
const SLOW_MS: u64 = 3_000;

async fn ask(client: &Client, run: &Value, what: &str, body: Value) -> it::Answer {
    let run_id = run["run_id"].as_str().unwrap();
    client.post(&format!("/v1/runs/{run_id}/{what}"), &body).await
}

/// A run whose first call waits for a slow answer.
async fn calling(program: &Program, intake: &Intake) -> Value {
    program.arm("anthropic", vec![Fault { ms: Some(SLOW_MS), ..Fault::times("slow", 1) }]);
    intake.send(&program.stranger, Signing::Contract).await.expect(200);
    wait_until("the call was sent", SOON, || async {
        (program.hits("anthropic") == 1).then_some(())
    })
    .await;
    program.run(&intake.event_id).await.unwrap()
}

async fn slow_answer_left(program: &Program) {
    wait_until("the slow answer left", SOON, || async {
        let mut entries = program.sandbox().ledger("anthropic").into_iter();
        entries.any(|entry| entry.fault.is_some() && entry.status.is_some()).then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failed_run_goes_on_from_the_step_that_failed_however_often_a_retry_is_asked_for() {
    let program = Program::start().await;
    program.arm("invoice_system", vec![Fault::times("status-400", 1)]);
    let intake = Intake::numbered(1);
    let run = program.journey(&intake).await;
    assert_eq!(run["status"], "faulted", "{run:#}");
    assert_eq!(program.hits("invoice_system"), 1);
    let alerts = program.owner.get("/v1/alerts?open=true").await.expect(200);
    assert_eq!(alerts["items"][0]["kind"], "run.faulted");
    let (_, stranger) = program.another_tenant("Initech").await;
    assert_eq!(ask(&stranger, &run, "retry", json!({})).await.status, 404);
    assert_eq!(ask(&program.client("partner").await, &run, "retry", json!({})).await.status, 403);

    let asked =
        futures::future::join_all((0..5).map(|_| ask(&program.owner, &run, "retry", json!({}))));
    let statuses: Vec<u16> = asked.await.iter().map(|answer| answer.status).collect();
    assert!(statuses.contains(&200), "{statuses:?}");
    assert!(statuses.iter().all(|status| [200, 409].contains(status)), "{statuses:?}");
    let ended = wait_until("the retried run completed", SOON, || async {
        let run = program.run(&intake.event_id).await?;
        (run["status"] == "completed").then_some(run)
    })
    .await;
    assert_eq!(ended["error"], Value::Null);
    assert_eq!(ask(&program.owner, &run, "retry", json!({})).await.status, 409);
    // What had been done stayed done.
    let calls = ended["calls"].as_array().unwrap();
    let of = |function: &str| calls.iter().filter(|call| call["function"] == function).count();
    assert_eq!((of("create_lead"), of("ai.generate"), of("invoice_system.create_lead")), (1, 5, 2));
    assert_eq!(program.applied("invoice_system", "/leads").len(), 1);
    assert_eq!(program.applied("invoice_system", "/deliverables").len(), 4);
    assert_eq!(program.clients_told(), 1);
    program.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cancelled_run_makes_no_further_call_and_a_late_answer_changes_nothing() {
    let program = Program::start().await;
    let intake = Intake::numbered(1);
    let run = calling(&program, &intake).await;
    assert_eq!(ask(&program.client("partner").await, &run, "cancel", json!({})).await.status, 403);
    assert_eq!(
        ask(&program.owner, &run, "cancel", json!({ "reason": "a\u{0}b" })).await.status,
        422
    );
    ask(&program.owner, &run, "cancel", json!({ "reason": "sent twice: by mistake" }))
        .await
        .expect(200);
    let cancelled = program.ended(&program.owner, &intake.event_id).await;
    assert_eq!(cancelled["status"], "cancelled", "{cancelled:#}");
    for what in ["cancel", "retry"] {
        assert_eq!(ask(&program.owner, &run, what, json!({})).await.status, 409, "{what}");
    }
    slow_answer_left(&program).await;
    // Another one's whole journey leaves time for a mistake.
    assert_eq!(program.journey(&Intake::numbered(2)).await["status"], "completed");
    let later = program.run(&intake.event_id).await.unwrap();
    assert_eq!(later["calls"], cancelled["calls"]);
    assert_eq!(later["calls"].as_array().unwrap().last().unwrap()["status"], "cancelled");
    assert_eq!(program.applied("invoice_system", "/leads").len(), 1);
    assert_eq!(program.sandbox().ledger("slack").len(), 1);
    let queued: i64 = sqlx::query_scalar("select count(*) from engine.task")
        .fetch_one(&mut program.superuser().await)
        .await
        .unwrap();
    assert_eq!(queued, 0);
    program.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_paused_run_keeps_what_it_is_answered_and_goes_on_when_it_is_resumed() {
    let program = Program::start().await;
    let intake = Intake::numbered(1);
    let run = calling(&program, &intake).await;
    assert_eq!(ask(&program.owner, &run, "resume", json!({})).await.status, 409);
    let reason = json!({ "reason": "the client asked us to wait" });
    assert_eq!(
        ask(&program.client("partner").await, &run, "pause", reason.clone()).await.status,
        403
    );
    ask(&program.owner, &run, "pause", reason.clone()).await.expect(200);
    wait_until("the run is paused", SOON, || async {
        (program.run(&intake.event_id).await?["status"] == "suspended").then_some(())
    })
    .await;
    assert_eq!(ask(&program.owner, &run, "pause", reason).await.status, 409);
    slow_answer_left(&program).await;
    // Another one's whole journey leaves time for a mistake.
    assert_eq!(program.journey(&Intake::numbered(2)).await["status"], "completed");
    let held = program.run(&intake.event_id).await.unwrap();
    assert_eq!(held["status"], "suspended");
    assert_eq!(program.applied("invoice_system", "/leads").len(), 1, "only the other client's");
    ask(&program.owner, &run, "resume", json!({})).await.expect(200);
    let ended = program.ended(&program.owner, &intake.event_id).await;
    assert_eq!(ended["status"], "completed", "{ended:#}");
    assert_eq!(program.applied("invoice_system", "/leads").len(), 2);
    program.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_step_that_failed_is_skipped_with_a_reason_or_the_run_is_started_again() {
    let program = Program::start().await;
    program.arm("invoice_system", vec![Fault::times("status-400", 1)]);
    let intake = Intake::numbered(1);
    let run = program.journey(&intake).await;
    assert_eq!((&run["status"], program.hits("invoice_system")), (&json!("faulted"), 1));
    let refused = ask(&program.owner, &run, "skip", json!({ "output": {} })).await;
    assert_eq!(refused.status, 422, "a reason is asked for");
    let lead = json!({ "lead_id": "lead_by_hand", "lead_url": "https://example.com/leads/1" });
    let skip = json!({ "reason": "entered it by hand", "output": lead });
    ask(&program.owner, &run, "skip", skip).await.expect(200);
    let journal = wait_until("the run went on behind it", SOON, || async {
        let run = program.run(&intake.event_id).await?.to_string();
        run.contains("attachDeliverables").then_some(run)
    })
    .await;
    assert!(journal.contains("entered it by hand"), "the reason is in the journal");
    // The invoice system knows no such lead, so that is how far it gets.
    ask(&program.owner, &run, "cancel", json!({})).await.expect(200);
    let ended = program.ended(&program.owner, &intake.event_id).await;
    let again = ask(&program.owner, &run, "restart", json!({})).await;
    let again = again.expect(201);
    assert_eq!(again["restarted_from"], ended["run_id"]);
    let path = format!("/v1/runs/{}", again["run_id"].as_str().unwrap());
    let second = wait_until("the new run completed", SOON, || async {
        let run = program.owner.get(&path).await;
        (run.status == 200 && run.json()["status"] == "completed").then(|| run.json())
    })
    .await;
    assert_eq!(second["flow"], ended["flow"]);
    assert_eq!(program.clients_told(), 1);
    for action in ["skip_step", "restart_run"] {
        let audit = program.owner.get(&format!("/v1/audit?action={action}")).await.expect(200);
        assert_eq!(audit["items"].as_array().unwrap().len(), 1, "{action}: {audit}");
    }
    program.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_for_one_clients_run_does_not_wake_anothers() {
    let program = Program::start().await;
    let owner = &program.owner;
    let tasks = "
  - hear:
      listen:
        to:
          one:
            with: { type: payment.came }
            correlate: { client: { from: .data.client, expect: '${ $workflow.input.client }' } }";
    let start = async |client: &str| {
        let run = Program::start_own(owner, "paid", tasks, &json!({ "client": client })).await;
        (Program::in_state(owner, &run, "waiting").await, run)
    };
    let ((_, ada), (before, ben)) = (start("ada").await, start("ben").await);
    // Everybody hears it who asks for nothing else; these ask.
    let mut tx = program.node.app.db.tenant(program.tenant).await.unwrap();
    let paid = json!({ "client": "ada", "amount": "20.00" });
    tx.append("bank", "payment.came", None, paid.clone()).await.unwrap();
    tx.commit().await.unwrap();
    let ended = Program::in_state(owner, &ada, "completed").await;
    assert_eq!(ended["output"], json!([paid]));
    let after = owner.get(&format!("/v1/runs/{ben}")).await.expect(200);
    assert_eq!(after["updated_at"], before["updated_at"]);
    let woken: i64 = sqlx::query_scalar("select revision from engine.run where run_id = $1")
        .bind(ben.parse::<kernel::RunId>().unwrap().uuid())
        .fetch_one(&mut program.superuser().await)
        .await
        .unwrap();
    assert_eq!(woken, 1, "it only started");
    program.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_that_faulted_hears_events_without_faulting_again_and_can_be_given_up() {
    let program = Program::start().await;
    let owner = &program.owner;
    let tasks = "
  - fail: { raise: { error: { type: 'https://acme.example/frail', status: 409, title: Frail } } }
  - hear: { listen: { to: { one: { with: { type: go } } } } }";
    let run = &Program::start_own(owner, "frail", tasks, &Value::Null).await;
    let before = Program::in_state(owner, run, "faulted").await;
    for _ in 0..2 {
        let mut tx = program.node.app.db.tenant(program.tenant).await.unwrap();
        tx.append("test", "go", None, json!({})).await.unwrap();
        tx.commit().await.unwrap();
    }
    wait_until("it has heard both", SOON, || async {
        let mut superuser = program.superuser().await;
        let left: i64 = sqlx::query_scalar("select count(*) from engine.task where kind = 'event'")
            .fetch_one(&mut superuser)
            .await
            .unwrap();
        (left == 0).then_some(())
    })
    .await;
    let after = owner.get(&format!("/v1/runs/{run}")).await.expect(200);
    assert_eq!((&after["status"], &after["ended_at"]), (&json!("faulted"), &before["ended_at"]));
    let alerts = owner.get("/v1/alerts?open=true").await.expect(200);
    assert_eq!(alerts["items"][0]["occurrences"], 1, "{alerts:#}");

    let why = json!({ "reason": "not wanted" });
    owner.post(&format!("/v1/runs/{run}/cancel"), &why).await.expect(200);
    Program::in_state(owner, run, "cancelled").await;
    let open = owner.get("/v1/alerts?open=true").await.expect(200);
    assert_eq!(open["items"], json!([]), "nobody needs to look at it");
    program.stop().await;
}
