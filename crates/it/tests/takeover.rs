//! Calls whose node is gone.

use std::time::Duration;

use connector_kit::simulator::Fault;
use engine::{ByHand, HandedCall, runs};
use flow::Input;
use handoff::node::Node;
use it::{Client, Database, Intake, Program, Rehearsal, Signing, prepare, wait_until};
use kernel::{RunId, TenantId};
use serde_json::{Value, json};
use sqlx::AssertSqlSafe;

const SOON: Duration = Duration::from_secs(30);
/// How long the answer of the interrupted call takes: longer than taking it over.
const SLOW_MS: u64 = 4_000;

/// What was sent before the node lost its lease.
struct Interrupted {
    program: Program,
    run: Value,
    zombie: Value,
}

/// Takes a call away from the node while it waits for the answer, as after a long pause of its machine.
async fn interrupt(provider: &str, function: &str) -> Interrupted {
    let program = Program::start().await;
    let slow =
        Fault { what: "slow".to_owned(), ms: Some(SLOW_MS), times: Some(1), ..Fault::default() };
    program.arm(provider, vec![slow]);
    let intake = Intake::numbered(1);
    intake.send(&program.stranger, Signing::Contract).await.expect(200);
    wait_until("the call was sent", SOON, || async { (program.hits(provider) == 1).then_some(()) })
        .await;
    let mut superuser = program.superuser().await;
    let statement = format!(
        "update engine.task t set owner = gen_random_uuid(), lease_until = now() - interval '1 minute'
         from engine.call c
         where t.owner is not null and c.run_id = t.run_id and c.number = t.number and c.function = '{function}'"
    );
    let taken = sqlx::raw_sql(AssertSqlSafe(statement)).execute(&mut superuser).await.unwrap();
    assert_eq!(taken.rows_affected(), 1);
    let run = program.ended(&program.owner, &intake.event_id).await;
    // The first node's answer comes back after all.
    wait_until("the slow answer left", SOON, || async {
        let entries = program.sandbox().ledger(provider).into_iter();
        let late = entries.filter(|entry| entry.fault.is_some() && entry.status.is_some());
        (0 < late.count()).then_some(())
    })
    .await;
    let zombie = program.run(&intake.event_id).await.unwrap();
    Interrupted { program, run, zombie }
}

fn calls_of<'a>(run: &'a Value, function: &str) -> Vec<&'a Value> {
    run["calls"].as_array().unwrap().iter().filter(|call| call["function"] == function).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_that_may_have_been_sent_is_not_sent_again() {
    let Interrupted { program, run, zombie } = interrupt("slack", "slack.post_message").await;
    assert_eq!(run["status"], "completed");
    for seen in [&run, &zombie] {
        let calls = calls_of(seen, "slack.post_message");
        assert_eq!(calls.len(), 1);
        assert_eq!(calls[0]["status"], "unknown", "{}", calls[0]);
    }
    assert_eq!(program.sandbox().ledger("slack").len(), 1);
    let alerts = program.owner.get("/v1/alerts?open=true").await.expect(200);
    assert_eq!(alerts["items"][0]["kind"], "call.outcome_unknown");
    program.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_with_a_key_is_sent_again_and_takes_effect_once() {
    let Interrupted { program, run, zombie } =
        interrupt("invoice_system", "invoice_system.create_lead").await;
    assert_eq!(run["status"], "completed");
    assert_eq!(calls_of(&zombie, "invoice_system.create_lead").len(), 1);
    let entries = program.sandbox().ledger("invoice_system");
    let keys: Vec<_> = entries.iter().filter(|entry| entry.path.ends_with("/leads")).collect();
    assert_eq!(keys.len(), 2, "sent again after the takeover");
    assert_eq!(keys[0].key, keys[1].key);
    assert_eq!(program.applied("invoice_system", "/leads").len(), 1);
    assert_eq!(program.applied("invoice_system", "/deliverables").len(), 4);
    assert_eq!(zombie["calls"], run["calls"], "the late answer changed nothing");
    program.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_that_stops_finishes_the_call_it_makes_and_begins_no_other() {
    let program = Program::start().await;
    let slow = Fault { ms: Some(500), ..Fault::times("slow", 1) };
    program.arm("anthropic", vec![slow]);
    Intake::numbered(1).send(&program.stranger, Signing::Contract).await.expect(200);
    wait_until("the call was sent", SOON, || async {
        (program.hits("anthropic") == 1).then_some(())
    })
    .await;
    let Program { node, database, .. } = program;
    node.stop().await;
    let mut superuser = database.superuser().await;
    let left: Vec<(String, bool)> = sqlx::query_as(
        "select c.function, t.owner is not null from engine.task t
         join engine.call c using (tenant_id, run_id, number)
         where t.kind = 'call' order by 1",
    )
    .fetch_all(&mut superuser)
    .await
    .unwrap();
    // The assessment came back and was stored; what comes next waits for whoever starts.
    assert!(!left.is_empty() && left.iter().all(|(_, is_owned)| !is_owned), "{left:?}");
    drop(superuser);
    database.remove().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_nodes_share_the_work_and_one_that_stops_leaves_nothing_undone() {
    let program = Program::start().await;
    let mut options = Program::options(&program.database);
    // It calls the first one's simulators.
    (options.sandbox, options.config.sandbox) = (None, false);
    options.config.allowed_private_hosts = vec![program.node.address.to_string()];
    let second = Node::start(options).await.unwrap();
    let there = Client::new(format!("http://{}", second.address), None);
    let intakes: Vec<Intake> = (1..=12).map(Intake::numbered).collect();
    for (intake, other) in intakes.iter().zip([false, true].into_iter().cycle()) {
        let client = if other { &there } else { &program.stranger };
        intake.send(client, Signing::Contract).await.expect(200);
        // The other node answers the same event as this one did.
        let again = if other { &program.stranger } else { &there };
        intake.send(again, Signing::Contract).await.expect(200);
    }
    second.stop().await;
    for intake in &intakes {
        let run = program.ended(&program.owner, &intake.event_id).await;
        assert_eq!(run["status"], "completed", "{run:#}");
    }
    assert_eq!(program.applied("invoice_system", "/leads").len(), intakes.len());
    assert_eq!(program.applied("invoice_system", "/deliverables").len(), 4 * intakes.len());
    assert_eq!(program.clients_told(), intakes.len());
    program.stop().await;
}

/// Two branches that call at the same time.
const FLOW: &str = "{document: {dsl: 1.0.3, namespace: test, name: two, version: 1.0.0}, do: [{both: {fork: {branches: \
                    [{one: {call: test.answer, with: {branch: 1}}}, {two: {call: test.answer, with: {branch: 2}}}]}}}]}";

/// A run with two calls under way, the node that makes them, and the database.
struct Caught {
    database: Database,
    tenant: TenantId,
    stage: Rehearsal,
    node: ByHand,
    run: RunId,
    calls: Vec<HandedCall>,
}

impl Caught {
    async fn calling() -> Self {
        let database = Database::create().await;
        let tenant = prepare(&database).await;
        let stage = Rehearsal::open(
            &database,
            &[FLOW.to_owned()],
            &["test.answer"],
            "2026-01-02T00:00:00Z".parse().unwrap(),
        );
        let mut tx = stage.db.tenant(tenant).await.unwrap();
        let run = runs::start(&mut tx, "two", &json!({}), "test").await.unwrap();
        tx.commit().await.unwrap();
        let node = stage.node();
        let calls = node.turn().await.unwrap().calls;
        assert_eq!(calls.len(), 2);
        Self { database, tenant, stage, node, run, calls }
    }
}

async fn answer(node: &ByHand, calls: Vec<HandedCall>) {
    for call in calls {
        node.answer(call, Ok(json!({}))).await.unwrap();
    }
}

async fn status(database: &Database, run: RunId) -> String {
    sqlx::query_scalar("select status from engine.run where run_id = $1")
        .bind(run.uuid())
        .fetch_one(&mut database.superuser().await)
        .await
        .unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_result_counts_that_meets_the_renewal_of_its_lease() {
    let Caught { database, node, run, calls, .. } = Caught::calling().await;
    let mut superuser = database.superuser().await;
    let renewal = "begin; update engine.task set lease_until = lease_until + interval '30 s' where owner is not null";
    sqlx::raw_sql(renewal).execute(&mut superuser).await.unwrap();
    let renewed = async {
        wait_until("the result waits for the renewal", SOON, || async {
            sqlx::query_scalar::<_, bool>(
                "select exists (select from pg_stat_activity where wait_event_type = 'Lock')",
            )
            .fetch_one(&mut database.superuser().await)
            .await
            .unwrap()
            .then_some(())
        })
        .await;
        sqlx::raw_sql("commit").execute(&mut superuser).await.unwrap();
    };
    tokio::join!(answer(&node, calls), renewed);
    assert_eq!(status(&database, run).await, "completed");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_that_another_node_moved_on_is_read_again() {
    let Caught { database, tenant, stage, node, run, calls } = Caught::calling().await;
    let other = stage.node();
    let ask = async |input: Input| {
        let mut tx = stage.db.tenant(tenant).await.unwrap();
        runs::ask(&mut tx, run, &input).await.unwrap();
        tx.commit().await.unwrap();
        other.turn().await.unwrap();
    };
    ask(Input::Suspend { reason: "for a while".to_owned() }).await;
    answer(&node, calls).await;
    assert_eq!(status(&database, run).await, "suspended");
    ask(Input::Resume).await;
    assert_eq!(status(&database, run).await, "completed");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_that_asks_another_node_for_calls_is_read_again() {
    let database = Database::create().await;
    let tenant = prepare(&database).await;
    let flow = "{document: {dsl: 1.0.3, namespace: test, name: two, version: 1.0.0}, do: [{both: {fork: {branches: [\
                {one: {do: [{a: {call: test.answer}}, {b: {call: test.answer}}]}}, \
                {two: {do: [{c: {call: test.answer}}, {d: {call: test.answer}}]}}]}}}]}";
    let now = "2026-01-02T00:00:00Z".parse().unwrap();
    let stage = Rehearsal::open(&database, &[flow.to_owned()], &["test.answer"], now);
    let mut tx = stage.db.tenant(tenant).await.unwrap();
    let run = runs::start(&mut tx, "two", &json!({}), "test").await.unwrap();
    tx.commit().await.unwrap();
    let (node, other) = (stage.node(), stage.node());
    let mut calls = node.turn().await.unwrap().calls;
    assert_eq!(calls.len(), 2);
    let kept = calls.pop().unwrap();
    // The node loses one of its calls to another, which goes on with the run.
    let lost = "update engine.task set owner = null, lease_until = null where number = $1";
    let number = i64::try_from(calls[0].number()).unwrap();
    sqlx::query(lost).bind(number).execute(&mut database.superuser().await).await.unwrap();
    let taken = other.turn().await.unwrap().calls.remove(0);
    let of_other = other.answer(taken, Ok(json!({}))).await.unwrap().calls;
    // What the node kept of the run in memory would give its next call the number that the other's has.
    let of_node = node.answer(kept, Ok(json!({}))).await.unwrap().calls;
    assert_ne!(of_node[0].number(), of_other[0].number());
    answer(&node, of_node).await;
    answer(&other, of_other).await;
    assert_eq!(status(&database, run).await, "completed");
}
