//! Intakes as they arrive: once, again, forged, malformed, late.

use std::time::Duration;

use chrono::TimeDelta;
use futures::future::join_all;
use it::{Intake, Program, Signing, intake, wait_until};
use kernel::{Clock as _, SystemClock};
use serde_json::{Value, json};

/// How long something small may take.
const SOON: Duration = Duration::from_secs(20);
const COPIES: usize = 20;

#[tokio::test(flavor = "multi_thread")]
async fn an_event_sent_many_times_at_once_is_answered_alike_and_worked_on_once() {
    let program = Program::start().await;
    let first = Intake::numbered(1);
    let answers =
        join_all((0..COPIES).map(|_| first.send(&program.stranger, Signing::Contract))).await;
    let expected = answers[0].clone();
    expected.expect(200);
    for answer in &answers {
        assert_eq!((answer.status, answer.text()), (expected.status, expected.text()));
    }
    assert_eq!(
        expected.json(),
        json!({
            "success": true, "lead_id": "lead_1", "event_id": first.event_id,
            "workflows_triggered": ["branding", "website", "social", "copywriting"],
        })
    );
    let webhooks = program.owner.get("/v1/webhooks").await.expect(200);
    assert_eq!(webhooks["items"].as_array().unwrap().len(), 1);
    let run = program.ended(&program.owner, &first.event_id).await;
    assert_eq!(run["status"], "completed");

    // Later, and with other words under the same id: the first answer, byte for byte.
    let changed = first.clone().with("/intake_data/company_name", json!("Another Company"));
    let late = changed.send(&program.stranger, Signing::Contract).await;
    assert_eq!((late.status, late.text()), (200, expected.text()));
    let webhooks = program.owner.get("/v1/webhooks").await.expect(200);
    assert_eq!(webhooks["items"].as_array().unwrap().len(), 1);
    assert!(1 <= webhooks["items"][0]["duplicates"].as_i64().unwrap());
    let runs = program.owner.get("/v1/runs").await.expect(200);
    assert_eq!(runs["items"].as_array().unwrap().len(), 1, "{runs:#}");
    assert_eq!(program.applied("invoice_system", "/leads").len(), 1);
    assert_eq!(program.applied("slack", "/chat.postMessage").len(), 1);
    program.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_forged_intake_is_refused_without_a_trace_and_a_person_is_told() {
    let program = Program::start().await;
    let genuine = Intake::numbered(1);
    for signing in [Signing::Forged, Signing::None] {
        let refused = genuine.send(&program.stranger, signing).await;
        assert_eq!(refused.expect(403)["code"], "signature-invalid");
        assert_eq!(refused.header("content-type"), "application/problem+json");
    }
    let alert = wait_until("both forgeries were counted", SOON, || async {
        let alerts = program.owner.get("/v1/alerts?open=true").await.expect(200);
        let alert = alerts["items"].get(0)?.clone();
        (alert["occurrences"] == 2).then_some(alert)
    })
    .await;
    assert_eq!(
        (&alert["kind"], &alert["severity"]),
        (&json!("webhook.signature_invalid"), &json!("critical"))
    );
    let webhooks = program.owner.get("/v1/webhooks").await.expect(200);
    assert_eq!(webhooks["items"], json!([]));

    // The forgery did not take the event's id.
    assert_eq!(program.journey(&genuine).await["status"], "completed");
    program.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn standard_webhooks_headers_are_taken_and_decide_where_they_are_present() {
    let program = Program::start().await;
    let client = &program.stranger;
    let intake = Intake::numbered(1);
    intake.send(client, Signing::Standard).await.expect(200);
    let webhooks = program.owner.get("/v1/webhooks").await.expect(200);
    assert_eq!(webhooks["items"][0]["verified_by"], "standard-webhooks");

    // Too old, although the signature is right.
    let body = Intake::numbered(2).body.to_string().into_bytes();
    let hour_ago = SystemClock.now() - TimeDelta::hours(1);
    let stale = intake::send(client, Signing::Standard, "msg_1", hour_ago, body.clone()).await;
    assert_eq!(stale.expect(403)["code"], "webhook-stale");

    // A wrong one counts although the other scheme's signature is right.
    let hex =
        connector_kit::signature::sign_hex(&kernel::Secret::new(sandbox::WEBHOOK_SECRET), &body);
    let now = SystemClock.now().timestamp().to_string();
    let headers = [
        ("x-mwd-event-type", "client.intake.submitted"),
        ("x-mwd-signature", hex.as_str()),
        ("webhook-id", "msg_2"),
        ("webhook-timestamp", now.as_str()),
        ("webhook-signature", "v1,AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="),
    ];
    let both = client.send_bytes("POST", "/api/intake", &headers, Some(body)).await;
    both.expect(403);
    program.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_sandbox_sends_an_intake_when_it_is_asked_to() {
    let program = Program::start().await;
    let intakes = "/_sandbox/intakes";
    let ada = json!({ "company_name": "Ada & Co", "contact_email": "ada@example.com" });
    let sent = program.stranger.post(intakes, &ada).await.expect(200);
    assert_eq!(
        (&sent["company_name"], &sent["answer"]["success"]),
        (&json!("Ada & Co"), &json!(true))
    );
    let run = program.ended(&program.owner, sent["event_id"].as_str().unwrap()).await;
    assert_eq!(run["status"], "completed");
    let leads = program.owner.get("/v1/leads").await.expect(200);
    assert_eq!(leads["items"][0]["company_name"], "Ada & Co");

    let misspelt = json!({ "company_nam": "Ada & Co" });
    let refused = program.stranger.post(intakes, &misspelt).await.expect(422);
    assert!(refused["detail"].as_str().unwrap().contains("it has company_name, "), "{refused}");
    let wrong = json!({ "contact_email": 5 });
    let refused = program.stranger.post(intakes, &wrong).await.expect(422);
    assert!(
        refused["detail"].as_str().unwrap().contains("/intake_data/contact_email"),
        "{refused}"
    );
    program.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_malformed_intake_is_kept_and_every_field_at_fault_is_named() {
    let program = Program::start().await;
    let wrong = Intake::numbered(1)
        .with("/intake_data/company_name", json!(17))
        .with("/intake_data/contact_email", json!("not an address"))
        .with("/intake_data/key_services", json!(["fine", 5]));
    let refused = wrong.send(&program.stranger, Signing::Contract).await;
    let problem = refused.expect(422);
    assert_eq!(refused.header("content-type"), "application/problem+json");
    let mut fields: Vec<&str> = problem["errors"]
        .as_array()
        .unwrap()
        .iter()
        .map(|error| error["pointer"].as_str().unwrap())
        .collect();
    fields.sort_unstable();
    assert_eq!(
        fields,
        ["/intake_data/company_name", "/intake_data/contact_email", "/intake_data/key_services/1"]
    );

    for body in [&b"{\"event_type\":"[..], b"[]", b"", b"\xff\xfe"] {
        let at = SystemClock.now();
        let answer =
            intake::send(&program.stranger, Signing::Contract, "x", at, body.to_vec()).await;
        assert_eq!(answer.status, 422, "{body:?} {}", answer.text());
    }
    let mislabelled = Intake::numbered(2).with("/event_type", json!("client.intake.deleted"));
    mislabelled.send(&program.stranger, Signing::Contract).await.expect(422);
    let kept = program.owner.get("/v1/webhooks").await.expect(200);
    let kept = kept["items"].as_array().unwrap().clone();
    assert_eq!(kept.len(), 6);
    assert!(kept.iter().all(|webhook| webhook["status"] == "invalid"));

    // Corrected under the same id, it is accepted.
    let corrected = Intake::numbered(1);
    assert_eq!(corrected.event_id, wrong.event_id);
    assert_eq!(program.journey(&corrected).await["status"], "completed");
    program.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_intake_may_come_within_seven_days_and_not_from_the_future() {
    let program = Program::start().await;
    let now = SystemClock.now();
    let cases: [(u32, TimeDelta, u16); 5] = [
        (1, TimeDelta::days(-8), 403),
        (2, TimeDelta::minutes(6), 403),
        (3, TimeDelta::days(-6), 200),
        (4, TimeDelta::minutes(4), 200),
        (5, TimeDelta::zero(), 200),
    ];
    for (number, shift, expected) in cases {
        let intake = Intake::numbered(number).with("/timestamp", json!(now + shift));
        let answer = intake.send(&program.stranger, Signing::Contract).await;
        let problem = answer.expect(expected);
        assert!(expected == 200 || problem["code"] == "webhook-stale", "{problem}");
    }
    program.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_says_which_tenant_an_intake_is_for() {
    let program = Program::start().await;
    let (_, other) = program.another_tenant("Initech").await;
    let intake = Intake::numbered(1);
    intake.send(&other, Signing::Contract).await.expect(200);
    // The same event id of another tenant is another event.
    intake.send(&program.stranger, Signing::Contract).await.expect(200);
    for owner in [&other, &program.owner] {
        assert_eq!(program.ended(owner, &intake.event_id).await["status"], "completed");
        let leads: Value = owner.get("/v1/leads").await.expect(200);
        assert_eq!(leads["items"].as_array().unwrap().len(), 1);
    }
    let unknown = program.stranger.with_token(Some("hof_000000000000_bad"));
    intake.send(&unknown, Signing::Contract).await.expect(401);
    let staff = program.client("staff").await;
    intake.send(&staff, Signing::Contract).await.expect(403);
    program.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_of_a_projects_status_is_verified_stored_once_and_read_again() {
    let program = Program::start().await;
    let at = SystemClock.now();
    let body = json!({
        "event_type": "project.status.changed", "event_id": "status-1", "timestamp": at,
        "project_data": {
            "project_id": "proj_xyz789", "lead_id": "lead_abc123", "company_name": "TechFlow",
            "old_status": "proposal_sent", "new_status": "contract_signed",
            "payment_status": "deposit_received", "amount_paid": 15000.00,
        },
    });
    let send = async |body: &Value, signing| {
        let bytes = body.to_string().into_bytes();
        let to = ("/api/project/status", "project.status.changed");
        intake::send_to(&program.stranger, to, signing, "status-1", at, bytes).await
    };
    let forged = send(&body, Signing::Forged).await;
    assert_eq!((forged.status, forged.json()["code"].as_str()), (403, Some("signature-invalid")));
    let first = send(&body, Signing::Contract).await;
    assert_eq!(first.expect(200), json!({ "success": true, "event_id": "status-1" }));
    let again = send(&body, Signing::Contract).await;
    assert_eq!((again.status, again.body), (200, first.body));
    let mut wrong = body.clone();
    wrong["project_data"]["new_status"] = Value::Null;
    let refused = send(&wrong, Signing::Contract).await.expect(422);
    assert_eq!(refused["errors"][0]["pointer"], "/project_data/new_status");
    let mut intake = body.clone();
    intake["event_type"] = json!("client.intake.submitted");
    let refused = send(&intake, Signing::Contract).await.expect(422);
    assert_eq!(refused["errors"][0]["detail"], "must be `project.status.changed`");
    let list = program.owner.get("/v1/webhooks?status=accepted").await.expect(200);
    let delivery = list["items"][0]["delivery_id"].as_str().unwrap();
    let told =
        program.owner.get(&format!("/v1/project-status-changes/{delivery}")).await.expect(200);
    assert_eq!(told["project"]["amount_paid"], "15000");
    program.owner.get(&format!("/v1/intakes/{delivery}")).await.expect(422);
    program.stop().await;
}
