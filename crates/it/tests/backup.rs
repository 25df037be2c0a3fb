//! A backup of a program at work, put back elsewhere.

use std::{path::Path, time::Duration};

use connector_kit::simulator::Fault;
use handoff::{
    backup::{self, Backup, BackupOptions, Manifest, RestoreOptions, Restored, Server},
    failure::code_of,
    node::Node,
};
use it::{Client, Database, Intake, Program, Signing, wait_until};
use serde_json::{Value, json};
use sqlx::AssertSqlSafe;
use store::{PgConnectOptions, local::Search};

const SOON: Duration = Duration::from_secs(60);
/// How long the calls under way take: longer than the backup.
const SLOW_MS: u64 = 9_000;

async fn back_up(options: &PgConnectOptions, path: &Path) -> anyhow::Result<Manifest> {
    let server = Server::new(options.clone(), None);
    let options = BackupOptions { server: &server, search: Search::usual(None), keys: None };
    let file = std::fs::File::create(path).unwrap();
    Ok(backup::write(options, file).await?.0)
}

async fn put_back(
    options: &PgConnectOptions,
    path: &Path,
    force: bool,
) -> anyhow::Result<Restored> {
    let server = Server::new(options.clone(), None);
    let options = RestoreOptions { server: &server, search: Search::usual(None), force };
    backup::restore(Backup::open(path)?, options).await
}

/// Sends an intake and waits until one of its requests met the fault.
async fn held(program: &Program, number: u32, provider: &str) -> Intake {
    let slow =
        Fault { what: "slow".to_owned(), ms: Some(SLOW_MS), times: Some(1), ..Fault::default() };
    program.arm(provider, vec![slow]);
    let intake = Intake::numbered(number);
    intake.send(&program.stranger, Signing::Contract).await.expect(200);
    wait_until("a call is under way", SOON, || async {
        (program.hits(provider) == 1).then_some(())
    })
    .await;
    intake
}

fn calls<'a>(run: &'a Value, function: &str) -> Vec<&'a Value> {
    run["calls"].as_array().unwrap().iter().filter(|call| call["function"] == function).collect()
}

async fn ended(owner: &Client, run: &str) -> Value {
    wait_until("the restored run ended", SOON, || async {
        let run = owner.get(&format!("/v1/runs/{run}")).await.expect(200);
        run["ended_at"].is_string().then_some(run)
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_under_way_goes_on_after_a_restore_and_nothing_is_sent_twice() {
    let program = Program::start().await;
    let done = Intake::numbered(1);
    program.journey(&done).await;
    // Two calls are out: one that must not be repeated, and one that may be.
    let posting = held(&program, 2, "slack").await;
    let creating = held(&program, 3, "invoice_system").await;
    let path = program.database.data().join("handoff.backup");
    let manifest = back_up(&program.database.options, &path).await.unwrap();
    assert_eq!((manifest.tenants, manifest.runs_under_way), (1, 2));
    assert_eq!(manifest.key_ids, ["k1"]);
    // The first program goes on with the one, and ends before it goes on with the other.
    let cancelled = program.run(&creating.event_id).await.unwrap();
    let creating_run = cancelled["run_id"].as_str().unwrap().to_owned();
    let cancel = format!("/v1/runs/{creating_run}/cancel");
    program.owner.post(&cancel, &json!({ "reason": "test" })).await;
    let posting_run = program.ended(&program.owner, &posting.event_id).await;
    let posting_run = posting_run["run_id"].as_str().unwrap().to_owned();
    assert_eq!(program.sandbox().ledger("slack").len(), 2);

    let elsewhere = Database::create().await;
    let restored = put_back(&elsewhere.options, &path, false).await.unwrap();
    assert_eq!(restored.calls_interrupted, 2);
    std::fs::copy(program.database.data().join("keys"), elsewhere.data().join("keys")).unwrap();
    let mut options = Program::options(&elsewhere);
    (options.sandbox, options.config.sandbox) = (None, false);
    options.config.allowed_private_hosts = vec![program.node.address.to_string()];
    let node = Node::start(options).await.unwrap();
    // The tokens were restored too.
    let owner = program.owner.at(&node.base());

    let posted = ended(&owner, &posting_run).await;
    assert_eq!(posted["status"], "completed", "{posted:#}");
    assert_eq!(calls(&posted, "slack.post_message")[0]["status"], "unknown");
    let alerts = owner.get("/v1/alerts?open=true").await.expect(200);
    assert_eq!(alerts["items"][0]["kind"], "call.outcome_unknown");
    let created = ended(&owner, &creating_run).await;
    assert_eq!(created["status"], "completed", "{created:#}");
    // One message for each journey: the second one's was sent by the first program only.
    assert_eq!(program.sandbox().ledger("slack").len(), 3);
    let leads = program.sandbox().ledger("invoice_system");
    let leads: Vec<_> = leads.iter().filter(|entry| entry.path.ends_with("/leads")).collect();
    let repeated = leads.iter().filter(|entry| entry.key == leads.last().unwrap().key).count();
    assert_eq!((leads.len(), repeated), (4, 2), "sent again under the same key");
    assert_eq!(program.applied("invoice_system", "/leads").len(), 3);

    let events = owner.get("/v1/events?limit=100").await.expect(200);
    let positions: Vec<i64> = events["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| it["position"].as_i64().unwrap())
        .collect();
    assert!(positions.is_sorted_by(|one, next| one < next), "{positions:?}");
    assert!(manifest.position < *positions.last().unwrap());
    let mut tx = node.app.db.tenant(program.tenant).await.unwrap();
    assert!(0 < store::audit::verify(&mut tx).await.unwrap());
    tx.commit().await.unwrap();

    let refused = put_back(&elsewhere.options, &path, true).await.unwrap_err();
    assert!(refused.to_string().contains("stop every node"), "{refused}");
    node.stop().await;
    let refused = put_back(&elsewhere.options, &path, false).await.unwrap_err();
    assert_eq!(code_of(&refused), 2);
    assert!(refused.to_string().contains("--force"), "{refused}");
    assert_eq!(put_back(&elsewhere.options, &path, true).await.unwrap().calls_interrupted, 2);
    elsewhere.remove().await;
    program.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_login_that_row_security_binds_backs_up_through_its_own_role_or_not_at_all() {
    let program = Program::start_on(Database::private().await, |_| {}).await;
    program.journey(&Intake::numbered(1)).await;
    let mut superuser = program.superuser().await;
    let mut run = async |statement: &'static str| {
        sqlx::raw_sql(AssertSqlSafe(statement)).execute(&mut superuser).await.unwrap();
    };
    run("create role plain login createrole; grant handoff_owner, handoff_worker to plain; grant select on public.handoff_migration to plain").await;
    let plain = program.database.options.clone().username("plain");
    let path = program.database.data().join("handoff.backup");
    let refused = back_up(&plain, &path).await.unwrap_err();
    assert_eq!(code_of(&refused), 5);
    let advice = refused.to_string();
    assert!(advice.contains("grant handoff_backup to \"plain\""), "{advice}");
    // What the advice says is what helps.
    let statements = advice.split_once("once: ").unwrap().1.to_owned();
    sqlx::raw_sql(AssertSqlSafe(statements)).execute(&mut program.superuser().await).await.unwrap();
    let manifest = back_up(&plain, &path).await.unwrap();
    assert_eq!((manifest.tenants, manifest.runs_under_way), (1, 0));
    let elsewhere = Database::create().await;
    put_back(&elsewhere.options, &path, false).await.unwrap();
    let webhooks: i64 = sqlx::query_scalar("select count(*) from webhook.received")
        .fetch_one(&mut elsewhere.superuser().await)
        .await
        .unwrap();
    assert_eq!(webhooks, 1);
    elsewhere.remove().await;
    program.stop().await;
}
