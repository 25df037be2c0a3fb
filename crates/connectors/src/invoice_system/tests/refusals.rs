//! What the simulator refuses, as the contract has it.

use super::*;

#[tokio::test]
async fn fields_of_other_types_than_the_contracts_are_refused_by_name() {
    let stage = Stage::set().await;
    let (_, _, created) = stage.send("leads", "key-1", &lead()).await;
    let lead_path = "leads".to_owned();
    let path = format!("leads/{}/deliverables", created["lead_id"].as_str().unwrap());
    let deliverable = wire_deliverable();
    let cases = [
        (&lead_path, lead(), "/company_name", json!(7)),
        (&lead_path, lead(), "/company_name", json!("")),
        (&lead_path, lead(), "/contact_email", json!("[email protected]")),
        (&lead_path, lead(), "/contact_name", json!(["John"])),
        (&lead_path, lead(), "/phone", json!(254)),
        (&lead_path, lead(), "/budget", json!(50_000)),
        (&lead_path, lead(), "/services_requested", json!("Branding")),
        (&lead_path, lead(), "/services_requested/0", json!(1)),
        (&lead_path, lead(), "/agent_assessment", json!("good")),
        (&lead_path, lead(), "/agent_assessment/complexity_score", json!("8")),
        (&lead_path, lead(), "/agent_assessment/estimated_hours", json!(null)),
        (&lead_path, lead(), "/agent_assessment/recommended_package", json!(null)),
        (&lead_path, lead(), "/intake_form_data", json!([])),
        (&lead_path, lead(), "/source", json!("s".repeat(51))),
        (&path, deliverable.clone(), "/deliverable_type", json!("poem")),
        (&path, deliverable.clone(), "/generated_at", json!("yesterday")),
        (&path, deliverable.clone(), "/ai_model", json!("m".repeat(51))),
        (&path, deliverable.clone(), "/content", json!("text")),
        (&path, deliverable.clone(), "/formatted_output", json!("# A")),
        (&path, deliverable.clone(), "/formatted_output/markdown", json!(1)),
        (&path, deliverable.clone(), "/tokens_used", json!(3)),
        (&path, deliverable.clone(), "/tokens_used/input", json!(1.5)),
        (&path, deliverable, "/tokens_used/cost", json!("0.12")),
    ];
    for (path, body, field, wrong) in cases {
        let mut body = body;
        *body.pointer_mut(field).unwrap_or(&mut Value::Null) = wrong.clone();
        if body.pointer(field).is_none() {
            body[field.trim_start_matches('/')] = wrong;
        }
        let (status, _, answer) = stage.send(path, "key-2", &body).await;
        assert_eq!(status, 422, "{field}: {answer}");
        assert!(answer["errors"][field].is_string(), "{field}: {answer}");
    }
    let (status, _, answer) = stage.send("leads", "key-2", &json!({})).await;
    assert_eq!((status, answer["errors"].as_object().unwrap().len()), (422, 5), "{answer}");
    assert_eq!(stage.counts(), (1, 0));
}

#[tokio::test]
async fn optional_fields_may_be_null_or_absent_and_unknown_ones_are_taken() {
    let stage = Stage::set().await;
    let mut body = lead();
    for field in ["contact_name", "phone", "industry", "budget", "services_requested"] {
        body[field] = Value::Null;
    }
    body["something_new"] = json!(1);
    let (status, _, answer) = stage.send("leads", "key-1", &body).await;
    assert_eq!(status, 201, "{answer}");
}

#[tokio::test]
async fn what_is_not_json_is_refused() {
    let stage = Stage::set().await;
    let client = plain_client(Duration::from_secs(2)).unwrap();
    for (kind, body, expected) in [
        ("text/plain", lead().to_string(), 415),
        ("application/json", "{".to_owned(), 422),
        ("application/json", "[]".to_owned(), 422),
    ] {
        let sent = client
            .post(format!("{}/api/v1/leads", stage.served.url()))
            .header("authorization", "Bearer isk_sandbox_0000")
            .header("content-type", kind)
            .body(body)
            .send();
        assert_eq!(sent.await.unwrap().status().as_u16(), expected, "{kind}");
    }
    assert_eq!(stage.counts(), (0, 0));
}

#[tokio::test]
async fn more_than_a_hundred_requests_a_minute_are_refused_when_that_is_switched_on() {
    let clock = Arc::new(ManualClock::at("2026-11-21T00:00:00Z".parse().unwrap()));
    let stage = Stage::on(SimulatorKit { clock: Arc::clone(&clock) as _, ..in_memory() }).await;
    let read = async || stage.send("leads/none", "-", &Value::Null).await;
    for _ in 0..150 {
        assert_eq!(read().await.0, 404, "it is off at first");
    }
    let limit = Fault { what: "rate-limit".to_owned(), ..Fault::default() };
    stage.kit.faults.set(vec![limit], clock.now()).unwrap();
    for _ in 0..100 {
        assert_eq!(read().await.0, 404);
    }
    clock.advance(chrono::TimeDelta::seconds(20));
    let (status, retry_after, _) = stage.send("leads", "key-1", &lead()).await;
    assert_eq!((status, retry_after.as_deref()), (429, Some("40")));
    let throttled = stage.ask("create_lead", "key-1", lead()).await.unwrap_err();
    let wait = Some(Duration::from_secs(40));
    assert!(
        matches!(throttled, CallError::Throttled { retry_after, .. } if retry_after == wait),
        "{throttled:?}"
    );
    assert_eq!(stage.counts(), (0, 0));
    clock.advance(chrono::TimeDelta::seconds(40));
    stage.ask("create_lead", "key-1", lead()).await.unwrap();
    assert_eq!(stage.counts(), (1, 0));
}
