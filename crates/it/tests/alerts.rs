//! Alert rules that watch by themselves, and people who are told.

use std::{sync::Arc, time::Duration};

use chrono::TimeDelta;
use connector_kit::simulator::Fault;
use domain::messaging::alert_rules;
use it::{Intake, Program, Signing, wait_until};
use kernel::{Clock as _, ManualClock, SystemClock};
use serde_json::{Value, json};
use store::measurements::Series;

const SOON: Duration = Duration::from_secs(30);

struct Watched {
    program: Program,
    clock: Arc<ManualClock>,
}

impl Watched {
    async fn start() -> Self {
        let clock = Arc::new(ManualClock::at(SystemClock.now()));
        let hand = Arc::clone(&clock);
        let program = Program::start_with(|options| options.clock = hand).await;
        Self { program, clock }
    }

    fn measure(&self, series: Series, label: &str, ms: u64, failed: bool) {
        let taken = Duration::from_millis(ms);
        self.program.node.app.db.measure(self.program.tenant, series, label, taken, failed);
    }

    /// The alerts of a kind after the rules were looked at, once they are as expected.
    async fn alerts_until(
        &self,
        kind: &str,
        what: &str,
        fits: impl Fn(&[Value]) -> bool,
    ) -> Vec<Value> {
        let db = &self.program.node.app.db;
        wait_until(what, SOON, || async {
            db.flush_measurements().await.unwrap();
            alert_rules::evaluate_tenant(db, self.program.tenant).await.unwrap();
            let alerts =
                self.program.owner.get(&format!("/v1/alerts?kind={kind}")).await.expect(200);
            let alerts = alerts["items"].as_array().unwrap().clone();
            fits(&alerts).then_some(alerts)
        })
        .await
    }
}

fn is_open(alert: &Value) -> bool {
    alert["resolved_at"].is_null()
}

/// One cause comes, stays, goes and comes again.
async fn comes_and_goes(kind: &str, cause: &str, bring: impl Fn(&Watched)) {
    let watched = Watched::start().await;
    let none = watched.alerts_until(kind, "nothing is raised without a cause", |_| true).await;
    assert_eq!(none, Vec::<Value>::new());
    bring(&watched);
    let raised = watched.alerts_until(kind, "it is raised", |all| all.len() == 1).await;
    assert_eq!((&raised[0]["cause"], &raised[0]["occurrences"]), (&json!(cause), &json!(1)));
    let again = watched.alerts_until(kind, "it is looked at again", |_| true).await;
    assert_eq!(again[0]["occurrences"], 1, "within a minute it is not counted again");

    watched.clock.advance(TimeDelta::seconds(61));
    let counted =
        watched.alerts_until(kind, "it is counted", |all| all[0]["occurrences"] == 2).await;
    assert_eq!(counted.len(), 1, "one alert for one cause");
    assert!(is_open(&counted[0]));

    watched.clock.advance(TimeDelta::minutes(62));
    let over = watched.alerts_until(kind, "it is resolved", |all| !is_open(&all[0])).await;
    assert_eq!(over.len(), 1);

    bring(&watched);
    let anew = watched.alerts_until(kind, "it is raised anew", |all| all.len() == 2).await;
    assert!(is_open(&anew[0]) && !is_open(&anew[1]), "the history is kept: {anew:#?}");
    assert_eq!(anew[0]["occurrences"], 1);
    watched.program.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn failing_deliveries_are_an_alert_until_they_are_over() {
    comes_and_goes("webhook.delivery_failing", "webhook.delivery_failing", |watched| {
        for number in 0..20 {
            watched.measure(Series::WebhookDelivery, "standard", 40, number < 2);
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_slow_system_is_an_alert_until_it_is_over() {
    comes_and_goes("response.slow", "response.slow:invoice_system", |watched| {
        watched.measure(Series::Call, "invoice_system.get_lead", 6_000, false);
        watched.measure(Series::Call, "ai.generate", 60_000, false);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lead_that_cannot_be_created_is_an_alert_until_one_can() {
    comes_and_goes("lead.creation_failed", "lead.creation_failed", |watched| {
        watched.measure(Series::Call, "invoice_system.create_lead", 40, true);
    })
    .await;

    let watched = Watched::start().await;
    let kind = "lead.creation_failed";
    watched.measure(Series::Operation, "create_lead", 3, true);
    watched.alerts_until(kind, "it is raised", |all| all.len() == 1).await;
    watched.clock.advance(TimeDelta::seconds(1));
    watched.measure(Series::Operation, "create_lead", 3, false);
    watched.alerts_until(kind, "a later lead ends it", |all| !is_open(&all[0])).await;
    watched.program.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn wrong_signatures_are_counted_in_one_security_alert_until_an_hour_after_the_last() {
    let watched = Watched::start().await;
    let kind = "webhook.signature_invalid";
    let forge = async || {
        let forged = Intake::numbered(1).send(&watched.program.stranger, Signing::Forged).await;
        assert_eq!(forged.status, 403);
    };
    forge().await;
    forge().await;
    let counted = watched
        .alerts_until(kind, "both are counted", |all| {
            all.first().is_some_and(|alert| alert["occurrences"] == 2)
        })
        .await;
    assert_eq!((counted.len(), &counted[0]["severity"]), (1, &json!("critical")));
    watched.clock.advance(TimeDelta::minutes(61));
    watched.alerts_until(kind, "it is over", |all| !is_open(&all[0])).await;

    let off = json!({ "enabled": false });
    watched.program.owner.patch("/v1/alert-rules/signature_failures", &off).await.expect(200);
    forge().await;
    watched.program.node.app.work.close();
    watched.program.node.app.work.wait().await;
    let alerts = watched.alerts_until(kind, "nothing new is raised", |_| true).await;
    assert_eq!(alerts.len(), 1);
    watched.program.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_changed_rule_decides_by_its_new_threshold() {
    let watched = Watched::start().await;
    let owner = &watched.program.owner;
    let rules = owner.get("/v1/alert-rules").await.expect(200);
    assert_eq!(rules["items"].as_array().unwrap().len(), 4);
    let strict = json!({ "threshold": 2000, "severity": "critical" });
    let changed = owner.patch("/v1/alert-rules/slow_responses", &strict).await.expect(200);
    assert_eq!((&changed["threshold"], &changed["is_default"]), (&json!(2000), &json!(false)));
    watched.measure(Series::Call, "slack.post_message", 3_000, false);
    let raised = watched.alerts_until("response.slow", "it is raised", |all| all.len() == 1).await;
    assert_eq!(raised[0]["severity"], "critical");
    let off = json!({ "enabled": false });
    owner.patch("/v1/alert-rules/slow_responses", &off).await.expect(200);
    watched.alerts_until("response.slow", "it is resolved", |all| !is_open(&all[0])).await;
    let wrong = owner.patch("/v1/alert-rules/slow_responses", &json!({ "threshold": 1 })).await;
    assert_eq!((wrong.status, &wrong.json()["errors"][0]["pointer"]), (422, &json!("/threshold")));
    watched.program.stop().await;
}

/// What was posted to Slack and what was mailed, about alerts.
fn told(program: &Program) -> (Vec<String>, Vec<String>) {
    let posts = program.applied("slack", "/chat.postMessage");
    let posts = posts.iter().filter_map(|entry| entry.request["text"].as_str());
    let about = |text: &&str| text.starts_with("Critical:") || text.starts_with("Resolved:");
    let mails = program.applied("email", "/messages");
    (
        posts.filter(about).map(str::to_owned).collect(),
        mails.iter().map(|it| it.request["subject"].as_str().unwrap().to_owned()).collect(),
    )
}

async fn ended_runs(program: &Program, flow: &str, count: usize) -> Vec<Value> {
    wait_until("the runs ended", SOON, || async {
        let runs = program.owner.get(&format!("/v1/runs?flow={flow}")).await.expect(200);
        let runs = runs["items"].as_array().unwrap().clone();
        let ended = runs.iter().filter(|run| run["ended_at"].is_string()).count();
        (ended == count).then_some(runs)
    })
    .await
}

fn trouble(severity: &str) -> Value {
    json!({
        "kind": "test.trouble", "severity": severity, "cause": format!("test.trouble:{severity}"),
        "title": "The printer is on fire",
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn people_are_told_of_an_alert_and_its_end_once_and_only_of_what_they_want() {
    let program = Program::start().await;
    let owner = &program.owner;
    let settings = json!({ "recipients": ["ops@agency.example", "ada@agency.example"] });
    owner.patch("/v1/alert-settings", &settings).await.expect(200);

    owner.post("/v1/alerts", &trouble("warning")).await.expect(201);
    let raised = owner.post("/v1/alerts", &trouble("critical")).await.expect(201);
    owner.post("/v1/alerts", &trouble("critical")).await.expect(201);
    let runs = ended_runs(&program, "alert-notification", 2).await;
    assert!(runs.iter().all(|run| run["status"] == "completed"), "{runs:#?}");
    let (posts, mails) = told(&program);
    assert_eq!((posts.len(), mails.len()), (1, 1), "{posts:?} {mails:?}");
    assert!(posts[0].starts_with("Critical: The printer is on fire\n"), "{}", posts[0]);
    assert_eq!(mails, ["Critical: The printer is on fire"]);
    let mail = &program.applied("email", "/messages")[0];
    assert_eq!(mail.request["to"], json!(["ada@agency.example", "ops@agency.example"]));

    let path = format!("/v1/alerts/{}/resolution", raised["alert_id"].as_str().unwrap());
    owner.post(&path, &json!({})).await.expect(200);
    ended_runs(&program, "alert-resolution", 1).await;
    assert_eq!(told(&program).1[1], "Resolved: The printer is on fire");

    // It comes again within the quiet time.
    owner.post("/v1/alerts", &trouble("critical")).await.expect(201);
    ended_runs(&program, "alert-notification", 3).await;
    assert_eq!((told(&program).0.len(), told(&program).1.len()), (2, 2));
    program.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_goes_wrong_while_people_are_told_is_told_nobody() {
    let program = Program::start().await;
    let settings = json!({ "min_severity": "info", "quiet_minutes": 0 });
    program.owner.patch("/v1/alert-settings", &settings).await.expect(200);
    program.arm("slack", vec![Fault::times("disconnect-after-effect", 1)]);
    program.owner.post("/v1/alerts", &trouble("critical")).await.expect(201);
    // The first run tells of the trouble, the second decides that nobody hears of the first.
    let runs = ended_runs(&program, "alert-notification", 2).await;
    assert!(runs.iter().all(|run| run["status"] == "completed"), "{runs:#?}");
    assert_eq!(program.hits("slack"), 1);
    let alerts = program.owner.get("/v1/alerts").await.expect(200);
    assert_eq!(alerts["items"][0]["kind"], "call.outcome_unknown", "{alerts:#}");
    assert_eq!(told(&program).0.len(), 1);
    program.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tenant_without_connections_has_alerts_and_no_failed_runs() {
    let program = Program::start().await;
    let settings = json!({ "recipients": ["ops@agency.example"] });
    program.owner.patch("/v1/alert-settings", &settings).await.expect(200);
    sqlx::query("delete from connections.connection")
        .execute(&mut program.superuser().await)
        .await
        .unwrap();
    program.owner.post("/v1/alerts", &trouble("critical")).await.expect(201);
    let runs = ended_runs(&program, "alert-notification", 1).await;
    assert_eq!(runs[0]["status"], "completed", "{runs:#?}");
    let alerts = program.owner.get("/v1/alerts").await.expect(200);
    assert_eq!(alerts["items"].as_array().unwrap().len(), 1);
    program.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lead_that_the_invoice_system_refuses_is_told_at_once_and_resolved_when_it_is_made() {
    let program = Program::start().await;
    let fault = Fault { path: Some("/api/v1/leads".to_owned()), ..Fault::times("status-500", 100) };
    program.arm("invoice_system", vec![fault]);
    let intake = Intake::numbered(1);
    intake.send(&program.stranger, Signing::Contract).await.expect(200);
    let alert = |open: bool| {
        let path = format!("/v1/alerts?kind=lead.creation_failed&open={open}");
        let owner = &program.owner;
        async move {
            let alerts = owner.get(&path).await.expect(200);
            alerts["items"].as_array().unwrap().first().cloned()
        }
    };
    wait_until("the alert is raised", SOON, || alert(true)).await;
    program.sandbox().faults("invoice_system").unwrap().clear();
    let mut superuser = program.superuser().await;
    sqlx::raw_sql(
        "update engine.breaker set open_until = now(); update engine.timer set fire_at = now();
         update engine.task set run_at = now() where owner is null",
    )
    .execute(&mut superuser)
    .await
    .unwrap();
    assert_eq!(program.ended(&program.owner, &intake.event_id).await["status"], "completed");
    wait_until("the alert is resolved", SOON, || alert(false)).await;
    drop(superuser);
    program.stop().await;
}
