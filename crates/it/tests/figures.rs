//! What was used, sent, received and called, counted; and who did what, as a file.

use it::{Intake, Program, Signing};
use serde_json::{Value, json};

fn sum(series: &Value, field: &str) -> i64 {
    series.as_array().unwrap().iter().map(|point| point[field].as_i64().unwrap()).sum()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_ai_used_is_added_up_by_day_model_flow_client_and_prompt() {
    let program = Program::start().await;
    let owner = &program.owner;
    let run = program.journey(&Intake::numbered(1)).await;
    let used: Vec<&Value> = run["calls"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|call| call["usage"].as_array())
        .flatten()
        .collect();
    let total = |field: &str| used.iter().map(|it| it[field].as_i64().unwrap()).sum::<i64>();
    let micros = total("cost_micros");
    let cost = format!("{}.{:06}", micros / 1_000_000, micros % 1_000_000);
    assert!(4 <= used.len() && 0 < total("output_tokens"), "{used:?}");
    let mut keys = Vec::new();
    for group_by in ["day", "model", "flow", "client", "prompt"] {
        let path = format!("/v1/ai-usage?group_by={group_by}");
        let usage = owner.get(&path).await.expect(200);
        assert_eq!(usage["totals"]["calls"], used.len(), "{group_by}: {usage:#}");
        assert_eq!(usage["totals"]["input_tokens"], total("input_tokens"), "{group_by}");
        assert_eq!(usage["totals"]["cost_usd"], cost, "{group_by}");
        assert_eq!(sum(&usage["items"], "output_tokens"), total("output_tokens"), "{group_by}");
        assert_eq!(usage["is_partial"], false);
        keys.push(usage["items"].clone());
    }
    let [_, model, flow, client, prompt] = &keys[..] else { unreachable!() };
    assert_eq!(model[0]["key"], used[0]["model"]);
    assert_eq!(flow[0]["key"], "client-onboarding");
    let clients = owner.get("/v1/clients").await.expect(200);
    assert_eq!(client[0]["key"], clients["items"][0]["client_id"], "{client:#}");
    assert_eq!(client[0]["title"], clients["items"][0]["company_name"]);
    assert!(5 <= prompt.as_array().unwrap().len(), "{prompt:#}");
    let before = owner.get("/v1/ai-usage?until=2026-01-01T00:00:00Z").await.expect(200);
    assert_eq!((&before["items"], &before["totals"]["calls"]), (&json!([]), &json!(0)));
    let long = "/v1/ai-usage?since=2026-01-01T00:00:00Z&until=2026-06-01T00:00:00Z";
    assert_eq!(owner.get(long).await.status, 422);
    let (_, other) = program.another_tenant("Initech").await;
    assert_eq!(other.get("/v1/ai-usage").await.expect(200)["items"], json!([]));
    program.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn webhooks_and_calls_are_counted_over_time() {
    let program = Program::start().await;
    let owner = &program.owner;
    let subscription = json!({ "url": "https://hooks.example.invalid/ours", "event_types": ["lead.*", "client.*"] });
    let made = owner.post("/v1/webhook-subscriptions", &subscription).await.expect(201);
    let path = format!("/v1/webhook-subscriptions/{}", made["subscription_id"].as_str().unwrap());
    owner.patch(&path, &json!({ "status": "paused" })).await.expect(200);
    let intake = Intake::numbered(1);
    program.journey(&intake).await;
    intake.send(&program.stranger, Signing::Contract).await.expect(200);
    let forged = [("x-mwd-signature", "sha256=00"), ("content-type", "application/json")];
    let refused = program.stranger.send("POST", "/api/intake", &forged, Some(&json!({}))).await;
    assert_eq!(refused.status, 403, "{}", refused.text());
    program.node.app.db.flush_measurements().await.unwrap();

    for window in ["24h", "7d", "30d"] {
        let path = format!("/v1/webhook-statistics?window={window}");
        let figures = owner.get(&path).await.expect(200);
        let received = &figures["received"];
        assert_eq!((&received["accepted"], &received["duplicates"]), (&json!(1), &json!(1)));
        assert_eq!(figures["refused"], json!([{ "code": "signature-invalid", "count": 1 }]));
        let series = &figures["received_series"];
        assert_eq!((sum(series, "accepted"), sum(series, "refused")), (1, 1), "{series:#}");
        let sent = &figures["sent"];
        assert!(0 < sent["messages"].as_i64().unwrap(), "{figures:#}");
        assert_eq!(sent["messages"], sent["pending"], "{figures:#}");
        assert_eq!(json!(sum(&figures["sent_series"], "messages")), sent["messages"]);
        assert_eq!(figures["subscriptions"][0]["subscription_id"], made["subscription_id"]);
        assert_eq!(figures["subscriptions"][0]["pending"], sent["pending"]);

        let path = format!("/v1/connections/slack/statistics?window={window}");
        let calls = owner.get(&path).await.expect(200);
        assert_eq!(calls["functions"][0]["function"], "slack.post_message");
        let count = &calls["functions"][0]["calls"];
        assert!(1 <= count.as_i64().unwrap() && calls["total"]["calls"] == *count, "{calls:#}");
        assert_eq!(calls["total"]["error_rate"], 0.0);
        assert!(calls["total"]["response_ms"]["p95"].is_i64(), "{calls:#}");
        assert_eq!(json!(sum(&calls["series"], "calls")), *count);
    }
    let none = owner.get("/v1/connections/nobody/statistics").await;
    assert_eq!((none.status, none.json()["code"].clone()), (404, json!("connector-unknown")));
    let connections = owner.get("/v1/connections").await.expect(200);
    for connection in connections["items"].as_array().unwrap() {
        assert_eq!(connection["breaker"]["state"], "closed", "{connection:#}");
    }
    program.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_audit_trail_is_a_file_and_is_listed_by_time() {
    let program = Program::start().await;
    let owner = &program.owner;
    owner.patch("/v1/tenant", &json!({ "name": "=Renamed" })).await.expect(200);
    let all = owner.get("/v1/audit?limit=100").await.expect(200);
    let entries = all["items"].as_array().unwrap();
    let csv = owner.get("/v1/audit/export").await;
    assert_eq!((csv.status, csv.header("content-type")), (200, "text/csv; charset=utf-8"));
    let name = csv.header("content-disposition").to_owned();
    assert!(name.contains("audit-20") && name.contains(".csv"), "until today: {name}");
    assert_eq!(csv.text().lines().count(), 1 + entries.len(), "{}", csv.text());
    let file = owner.get("/v1/audit/export?format=json").await;
    assert_eq!((file.status, file.header("content-type")), (200, "application/json"));
    let listed = file.json();
    let ids = |list: &[Value]| list.iter().map(|it| it["entry_id"].clone()).collect::<Vec<_>>();
    let mut oldest_first = ids(entries);
    oldest_first.reverse();
    assert_eq!(ids(listed.as_array().unwrap()), oldest_first);

    let newest = entries[0]["at"].as_str().unwrap();
    let since = owner.get(&format!("/v1/audit?since={newest}")).await.expect(200);
    assert_eq!(ids(since["items"].as_array().unwrap()), ids(&entries[..1]));
    let until = owner.get(&format!("/v1/audit?limit=100&until={newest}")).await.expect(200);
    assert_eq!(ids(until["items"].as_array().unwrap()), ids(&entries[1..]));
    let old = owner.get("/v1/audit/export?until=2020-01-01T00:00:00Z").await;
    assert_eq!(old.text().lines().count(), 1);
    let staff = program.client("staff").await;
    assert_eq!(staff.get("/v1/audit/export").await.status, 403);
    program.stop().await;
}
