//! Runs whose work fails for good: they are set aside, a person is told, and all others go on.

use std::time::Duration;

use connector_kit::simulator::Fault;
use it::{Intake, Program, Signing, wait_until};
use serde_json::Value;
use sqlx::{AssertSqlSafe, Row as _};
use uuid::Uuid;

const SOON: Duration = Duration::from_secs(30);
/// How long the call takes during which its run is spoilt.
const SLOW_MS: u64 = 3_000;
/// Longer than taking the call over, and setting its run aside, may take.
const LATE_MS: u64 = 8_000;

fn slow(ms: u64) -> Fault {
    Fault { ms: Some(ms), ..Fault::times("slow", 1) }
}

/// Sends an intake whose first call of a provider is being made when this returns the run's id.
async fn caught_calling(program: &Program, provider: &str, number: u32, ms: u64) -> Uuid {
    program.arm(provider, vec![slow(ms)]);
    let intake = Intake::numbered(number);
    intake.send(&program.stranger, Signing::Contract).await.expect(200);
    wait_until("the call was sent", SOON, || async { (program.hits(provider) == 1).then_some(()) })
        .await;
    sqlx::query_scalar("select run_id from engine.run where ended_at is null")
        .fetch_one(&mut program.superuser().await)
        .await
        .unwrap()
}

async fn execute(program: &Program, statements: &str) {
    let mut superuser = program.superuser().await;
    sqlx::raw_sql(AssertSqlSafe(statements)).execute(&mut superuser).await.unwrap();
}

/// Others make their journeys, before and after the spoilt run was set aside.
async fn others_go_on(program: &Program, spoilt: u32) -> Value {
    assert_eq!(program.journey(&Intake::numbered(100 + spoilt)).await["status"], "completed");
    let run = wait_until("the spoilt run was set aside", SOON, || async {
        let runs = program.owner.get("/v1/runs?status=faulted").await.expect(200);
        runs["items"].get(0).cloned()
    })
    .await;
    assert_eq!(program.journey(&Intake::numbered(200 + spoilt)).await["status"], "completed");
    assert_eq!(run["error"]["title"], "the run cannot go on", "{run:#}");
    let alerts = program.owner.get("/v1/alerts?open=true").await.expect(200);
    let told: Vec<&Value> = alerts["items"].as_array().unwrap().iter().collect();
    assert_eq!(told.len(), 1, "{alerts:#}");
    assert_eq!(told[0]["kind"], "run.faulted");
    assert_eq!(told[0]["detail"]["run_id"], run["run_id"]);
    assert_eq!(told[0]["occurrences"], 1, "it was set aside again and again");
    run
}

/// Somebody mended the cause and retries the run.
async fn retried(program: &Program, run: &Value) -> Value {
    let run_id = run["run_id"].as_str().unwrap();
    let path = format!("/v1/runs/{run_id}");
    program.owner.post(&format!("{path}/retry"), &serde_json::json!({})).await.expect(200);
    wait_until("the retried run completed", SOON, || async {
        let run = program.owner.get(&path).await.expect(200);
        (run["status"] == "completed").then_some(run)
    })
    .await
}

fn check_effects(program: &Program, journeys: usize) {
    assert_eq!(program.applied("invoice_system", "/leads").len(), journeys);
    assert_eq!(program.applied("invoice_system", "/deliverables").len(), 4 * journeys);
    assert_eq!(program.clients_told(), journeys);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_whose_snapshot_is_corrupt_stops_no_other_and_goes_on_once_mended() {
    let program = Program::start().await;
    for (number, provider) in (1..).zip(["anthropic", "slack"]) {
        let run = caught_calling(&program, provider, number, SLOW_MS).await;
        let mut superuser = program.superuser().await;
        let sound: Vec<u8> = sqlx::query(
            "with sound as (select state from engine.run where run_id = $1)
             -- A step that another node wrote, as far as this one knows.
             update engine.run r set state = 'spoilt', revision = r.revision + 1
             from sound where run_id = $1 returning sound.state",
        )
        .bind(run)
        .fetch_one(&mut superuser)
        .await
        .unwrap()
        .get(0);
        let faulted = others_go_on(&program, number).await;
        sqlx::query("update engine.run set state = $2 where run_id = $1")
            .bind(run)
            .bind(sound)
            .execute(&mut superuser)
            .await
            .unwrap();
        let ended = retried(&program, &faulted).await;
        assert_eq!(ended["error"], Value::Null);
        execute(&program, "update messaging.alert set resolved_at = now()").await;
        // The call that was being made has an end in the journal, and none was made twice that must not be.
        let calls = ended["calls"].as_array().unwrap();
        assert!(
            calls.iter().all(|call| call["status"] == "succeeded" || call["status"] == "unknown")
        );
        check_effects(&program, 3 * usize::try_from(number).unwrap());
    }
    program.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_whose_snapshot_is_corrupt_can_be_looked_at() {
    let program = Program::start().await;
    let run = program.journey(&Intake::numbered(1)).await;
    execute(&program, "update engine.run set state = 'spoilt'").await;
    let path = format!("/v1/runs/{}", run["run_id"].as_str().unwrap());
    let seen = program.owner.get(&path).await.expect(200);
    assert_eq!((&seen["calls"], &seen["output"]), (&run["calls"], &Value::Null));
    program.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_result_that_cannot_be_written_stops_no_other_run() {
    let program = Program::start().await;
    let run = caught_calling(&program, "anthropic", 1, SLOW_MS).await;
    execute(
        &program,
        &format!(
            "create function refuse() returns trigger language plpgsql as $$
                 begin raise exception 'refused for this test'; end $$;
             create trigger refuse before insert on engine.step for each row
                 when (new.run_id = '{run}') execute function refuse();"
        ),
    )
    .await;
    let faulted = others_go_on(&program, 1).await;
    execute(&program, "drop trigger refuse on engine.step").await;
    retried(&program, &faulted).await;
    check_effects(&program, 3);
    program.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_that_cannot_be_taken_over_stops_no_other_run() {
    let program = Program::start().await;
    let run = caught_calling(&program, "slack", 1, LATE_MS).await;
    execute(
        &program,
        &format!(
            "create table kept as select input from engine.call where run_id = '{run}' and status = 'started';
             update engine.call set input = 'spoilt' where run_id = '{run}' and status = 'started';
             update engine.task set owner = gen_random_uuid(), lease_until = now() - interval '1 minute'
             where run_id = '{run}' and kind = 'call';"
        ),
    )
    .await;
    let faulted = others_go_on(&program, 1).await;
    execute(
        &program,
        &format!("update engine.call set input = kept.input from kept where run_id = '{run}' and status = 'started'"),
    )
    .await;
    let ended = retried(&program, &faulted).await;
    let told = ended["calls"]
        .as_array()
        .unwrap()
        .iter()
        .find(|call| call["function"] == "slack.post_message");
    assert_eq!(told.unwrap()["status"], "unknown", "it was sent before, perhaps");
    check_effects(&program, 3);
    program.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_that_cannot_be_started_stops_no_other_and_is_tried_again_later() {
    let program = Program::start().await;
    program.journey(&Intake::numbered(1)).await;
    execute(
        &program,
        "insert into engine.task (tenant_id, task_id, run_id, kind, flow, reference, run_at)
         select tenant_id, gen_random_uuid(), gen_random_uuid(), 'start', 'of-a-later-release', event_id, now()
         from platform.event where type = 'client.intake.submitted'",
    )
    .await;
    assert_eq!(program.journey(&Intake::numbered(2)).await["status"], "completed");
    let alerts = wait_until("a person is told", SOON, || async {
        let alerts = program.owner.get("/v1/alerts?open=true").await.expect(200);
        (alerts["items"] != Value::Array(Vec::new())).then_some(alerts)
    })
    .await;
    assert_eq!(alerts["items"][0]["kind"], "run.not_started", "{alerts:#}");
    let waits: bool = sqlx::query_scalar(
        "select now() + interval '30 minutes' < run_at from engine.task where kind = 'start'",
    )
    .fetch_one(&mut program.superuser().await)
    .await
    .unwrap();
    assert!(waits);
    assert_eq!(program.journey(&Intake::numbered(3)).await["status"], "completed");
    program.stop().await;
}

/// The node is gone while the message is sent, and the breaker is open when another takes the call over.
#[tokio::test(flavor = "multi_thread")]
async fn a_message_that_may_have_been_sent_is_not_sent_again_after_the_breaker_opened() {
    let program = Program::start().await;
    let run = caught_calling(&program, "slack", 1, LATE_MS).await;
    // The lease ends when the node has forgotten that it found the breaker closed.
    execute(
        &program,
        &format!(
            "insert into engine.breaker (tenant_id, connector, open_until, window_started, updated_at)
             select tenant_id, 'slack', now() + interval '3500 ms', now(), now() from engine.run where run_id = '{run}';
             update engine.task set owner = gen_random_uuid(), lease_until = now() + interval '1500 ms'
             where run_id = '{run}' and kind = 'call';"
        ),
    )
    .await;
    wait_until("the call is put off", SOON, || async {
        let put_off: bool = sqlx::query_scalar(
            "select exists (select from engine.task where run_id = $1 and owner is null and now() < run_at)",
        )
        .bind(run)
        .fetch_one(&mut program.superuser().await)
        .await
        .unwrap();
        put_off.then_some(())
    })
    .await;
    let ended = program.ended(&program.owner, &Intake::numbered(1).event_id).await;
    let told = ended["calls"]
        .as_array()
        .unwrap()
        .iter()
        .find(|call| call["function"] == "slack.post_message");
    assert_eq!(told.unwrap()["status"], "unknown");
    check_effects(&program, 1);
    program.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_that_was_set_aside_comes_back_whole_when_what_it_waits_for_is_done() {
    let program = Program::start().await;
    let owner = &program.owner;
    let tasks = "
  - both:
      fork:
        branches:
          - ask: { call: approval.request, with: { title: Go on? } }
          - hear: { listen: { to: { one: { with: { type: go } } } } }
          - rest: { wait: PT5S }";
    let run = Program::start_own(owner, "both", tasks, &Value::Null).await;
    let path = format!("/v1/runs/{run}");
    let task = wait_until("somebody is asked", SOON, || async {
        owner.get("/v1/human-tasks").await.expect(200)["items"].get(0).cloned()
    })
    .await;
    execute(
        &program,
        "create table kept as select run_id, state from engine.run where ended_at is null;
         update engine.run set state = 'spoilt' where ended_at is null",
    )
    .await;
    // Its timer comes due, and it cannot go on.
    Program::in_state(owner, &run, "faulted").await;
    execute(
        &program,
        "update engine.run r set state = kept.state from kept where kept.run_id = r.run_id; drop table kept",
    )
    .await;
    let decide = format!("/v1/human-tasks/{}/decide", task["human_task_id"].as_str().unwrap());
    owner.post(&decide, &serde_json::json!({ "decision": "approved" })).await.expect(200);
    wait_until("it goes on, and its timer fires", SOON, || async {
        let run = owner.get(&path).await.expect(200);
        let left = run["steps"].to_string();
        (run["status"] != "faulted" && left.matches("/rest\"").count() == 2).then_some(())
    })
    .await;
    let mut tx = program.node.app.db.tenant(program.tenant).await.unwrap();
    tx.append("test", "go", None, serde_json::json!({})).await.unwrap();
    tx.commit().await.unwrap();
    Program::in_state(owner, &run, "completed").await;
    program.stop().await;
}
