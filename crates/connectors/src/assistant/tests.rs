use std::{sync::Arc, time::Duration};

use axum::{Router, body::Bytes, http::HeaderMap, routing::post};
use connector_kit::{
    Call, CallError, Connection, UsageLog,
    http::{EgressPolicy, Http},
    signature,
    simulator::serve,
};
use kernel::{Secret, SystemClock};
use serde_json::json;

use super::connector;

const SECRET: &str = "shared-secret-0000";

/// Answers as the contract's assistant does: 403 for another signature or token, 422 for another type.
async fn receive(headers: HeaderMap, body: Bytes) -> axum::http::StatusCode {
    let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or("");
    let signed = signature::sign_hex(&Secret::new(SECRET), &body);
    let is_ours = header("x-mwd-signature") == signed && header("authorization") == "Bearer key-1";
    if is_ours {
        axum::http::StatusCode::UNPROCESSABLE_ENTITY
    } else {
        axum::http::StatusCode::FORBIDDEN
    }
}

async fn checked(change: impl FnOnce(&mut serde_json::Value)) -> Result<String, CallError> {
    let served = serve(Router::new().route("/api/intake", post(receive))).await.unwrap();
    let mut settings = json!({
        "agent_api_url": format!("{}/", served.url()), "agent_api_key": "key-1", "webhook_secret": SECRET,
    });
    change(&mut settings);
    let call = Call {
        http: Http::new(EgressPolicy { allowed_private_hosts: vec![served.host()] }),
        connection: Connection::new("assistant", settings),
        clock: Arc::new(SystemClock),
        key: "check".to_owned(),
        attempt: 1,
        timeout: Duration::from_secs(2),
        usage: UsageLog::default(),
    };
    (connector().check)(call).await
}

#[tokio::test]
async fn a_check_proves_the_address_the_key_and_the_secret() {
    checked(|_| {}).await.unwrap();
    for (name, wrong) in [("agent_api_key", "key-2"), ("webhook_secret", "another-secret-0000")] {
        let refused = checked(|settings| settings[name] = json!(wrong)).await;
        assert!(matches!(refused, Err(CallError::Credentials(_))), "{name}: {refused:?}");
    }
    let lost = checked(|settings| {
        let url = format!("{}nowhere", settings["agent_api_url"].as_str().unwrap());
        settings["webhook_endpoints"] = json!({ "intake_submitted": url });
    });
    assert!(matches!(lost.await, Err(CallError::Rejected { status: 404, .. })));
}
