use connector_kit::{
    http::{EgressPolicy, Http, Request, plain_client},
    simulator::serve,
};
use serde_json::{Value, json};

use super::*;

const SECOND: std::time::Duration = std::time::Duration::from_secs(5);

#[tokio::test]
async fn the_sandbox_is_watched_and_disturbed_from_outside() {
    let sandbox = Sandbox::new(SandboxOptions::default()).unwrap();
    let served = serve(sandbox.router()).await.unwrap();
    let http = Http::new(EgressPolicy { allowed_private_hosts: vec![served.host()] });
    let url = |path: &str| format!("{}{path}", served.url());

    let providers: Value =
        http.send(Request::get(&url("/_sandbox/providers")), SECOND).await.unwrap().json().unwrap();
    let names: Vec<&str> = providers["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| it["provider"].as_str().unwrap())
        .collect();
    assert_eq!(names, ["anthropic", "email", "invoice_system", "notion", "openai", "slack"]);
    let invoice_system = &providers["items"][2];
    assert_eq!(invoice_system["connector"], "invoice_system");
    assert_eq!(invoice_system["settings"]["base_url"], url("/sim/invoice_system"));
    assert!(invoice_system["settings"]["api_key"].as_str().is_some());

    let wrong = Request::put(&url("/_sandbox/faults/slack")).json(&json!({ "what": "explode" }));
    let refused = http.send(wrong, SECOND).await.unwrap();
    assert_eq!(refused.status, 422);
    assert!(String::from_utf8_lossy(&refused.body).contains("timeout-after-effect"));

    let fault = json!({ "what": "status-503", "times": 1 });
    let armed =
        http.send(Request::put(&url("/_sandbox/faults/slack")).json(&fault), SECOND).await.unwrap();
    assert_eq!(armed.status, 200);
    let ask = || Request::post(&url("/sim/slack/api/auth.test")).json(&json!({}));
    assert_eq!(http.send(ask(), SECOND).await.unwrap().status, 503);
    assert_eq!(http.send(ask(), SECOND).await.unwrap().status, 200);

    let ledger =
        http.send(Request::get(&url("/_sandbox/ledger?provider=slack")), SECOND).await.unwrap();
    let lines: Vec<Value> = String::from_utf8_lossy(&ledger.body)
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(lines.len(), 2);
    assert_eq!(lines[0]["status"], 503);
    assert!(lines[0]["fault"].as_str().is_some());

    let unknown =
        http.send(Request::get(&url("/_sandbox/ledger?provider=fax")), SECOND).await.unwrap();
    assert_eq!(unknown.status, 404);

    let arm = Request::put(&url("/_sandbox/faults/slack"))
        .json(&json!({ "what": "status-503", "times": 3 }));
    assert_eq!(http.send(arm, SECOND).await.unwrap().status, 200);
    let armed = async || {
        let board = http.send(Request::get(&url("/_sandbox/faults")), SECOND).await.unwrap();
        board.json::<Value>().unwrap()["slack"].as_array().unwrap().len()
    };
    assert_eq!(armed().await, 1);
    let client = plain_client(SECOND).unwrap();
    let cleared = client.delete(url("/_sandbox/faults")).send().await.unwrap();
    assert_eq!(cleared.status(), 204);
    assert_eq!(armed().await, 0);
}

#[tokio::test]
async fn simulators_that_stand_alone_say_why_they_send_no_intake() {
    let sandbox = Sandbox::new(SandboxOptions::default()).unwrap();
    let served = serve(sandbox.router()).await.unwrap();
    let http = Http::new(EgressPolicy { allowed_private_hosts: vec![served.host()] });
    let url = format!("{}/_sandbox/intakes", served.url());

    let alone = http.send(Request::post(&url).json(&json!({})), SECOND).await.unwrap();
    assert_eq!(alone.status, 409);
    assert!(String::from_utf8_lossy(&alone.body).contains("handoff demo"));

    let wrong = http.send(Request::post(&url).json(&json!([1])), SECOND).await.unwrap();
    assert_eq!(wrong.status, 422);
    assert!(String::from_utf8_lossy(&wrong.body).contains("company_name"));
}
