//! What goes over the wire and what it means, against a server that answers one thing.

use std::sync::Mutex;

use super::*;

/// A server that answers one thing and notes what it was asked.
async fn canned(status: u16, body: Value) -> (String, Arc<Mutex<Vec<Value>>>) {
    let seen = Arc::new(Mutex::new(Vec::new()));
    let notes = Arc::clone(&seen);
    let router = axum::Router::new().fallback(async move |request: axum::body::Bytes| {
        notes.lock().unwrap().push(serde_json::from_slice(&request).unwrap_or_default());
        (axum::http::StatusCode::from_u16(status).unwrap(), axum::Json(body))
    });
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let host = listener.local_addr().unwrap().to_string();
    tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
    (host, seen)
}

async fn canned_error(provider: &str, status: u16, body: Value) -> CallError {
    let (host, _seen) = canned(status, body).await;
    let call = call(settings(provider, &format!("http://{host}")), &host);
    let error = generate(&call, "assessment").await.unwrap_err();
    assert_eq!(call.usage.take().len(), 1, "every attempt leaves a record");
    error
}

#[tokio::test]
async fn errors_of_the_providers_mean_what_the_engine_must_do() {
    let overloaded =
        json!({"type": "error", "error": {"type": "overloaded_error", "message": "x"}});
    let error = canned_error("anthropic", 529, overloaded).await;
    assert!(matches!(error, CallError::Unavailable { status: Some(529), .. }), "{error:?}");

    let rate = json!({"error": {"message": "slow down", "type": "requests", "code": "rate_limit_exceeded"}});
    let error = canned_error("openai", 429, rate).await;
    assert!(matches!(error, CallError::Throttled { .. }), "{error:?}");

    let quota = json!({"error": {"message": "x", "type": "insufficient_quota", "code": "insufficient_quota"}});
    let error = canned_error("openai", 429, quota).await;
    let CallError::Rejected { status: 429, code, .. } = &error else { panic!("{error:?}") };
    assert_eq!(code, "insufficient_quota");

    let error = canned_error("openai", 200, json!({"model": "m", "choices": []})).await;
    assert!(matches!(error, CallError::Unreadable { .. }), "{error:?}");

    let error = canned_error("anthropic", 200, json!({"content": "text"})).await;
    assert!(matches!(error, CallError::Unreadable { .. }), "{error:?}");
}

#[tokio::test]
async fn cost_is_reckoned_from_the_model_that_answered_and_unknown_where_no_price_is() {
    let content = offline::compose("assessment", variables().as_object().unwrap()).unwrap();
    let message = |model: &str| {
        json!({
            "model": model, "stop_reason": "end_turn",
            "content": [{"type": "text", "text": format!("```json\n{content}\n```")}],
            "usage": {"input_tokens": 1_250, "output_tokens": 3_840},
        })
    };
    for (model, prices, cost, micros) in [
        ("claude-sonnet-5-5", Value::Null, json!(0.0409), 40_900),
        ("claude-next", Value::Null, Value::Null, 0),
        (
            "claude-next",
            json!({"input_per_million_usd": 4, "output_per_million_usd": 20}),
            json!(0.0818),
            81_800,
        ),
    ] {
        let (host, _seen) = canned(200, message(model)).await;
        let mut settings = settings("anthropic", &format!("http://{host}"));
        settings["prices"] = prices;
        let call = call(settings, &host);
        let output = generate(&call, "assessment").await.unwrap();
        assert_eq!(output["tokens_used"]["cost"], cost, "{model}");
        assert_eq!(output["ai_model"], model);
        assert_eq!(call.usage.take().first().map(|usage| usage.cost_micros), Some(micros));
    }
}

#[tokio::test]
async fn no_request_that_carries_client_text_offers_tools_or_contact_details() {
    for provider in PROVIDERS {
        let (host, seen) = canned(500, Value::Null).await;
        let call = call(settings(provider, &format!("http://{host}")), &host);
        let connector = connector(Arc::new(Library::embedded()));
        let mut variables = variables();
        variables["contact_email"] = json!("john@techflow.example");
        let input = json!({"prompt": "copywriting", "variables": variables});
        let function = connector.functions.first().unwrap();
        assert!((function.run)(call, input).await.is_err());
        let seen = seen.lock().unwrap();
        let [request] = seen.as_slice() else { panic!("one request") };
        for field in ["tools", "tool_choice", "functions", "temperature"] {
            assert!(request[field].is_null(), "{field}");
        }
        let text = request.to_string();
        assert!(!text.contains("john@techflow.example"));
        assert_eq!(text.matches("</client_data>").count(), 2, "the prompt's mention and the end");
    }
}
