//! One intake's trace, from the request to the last effect.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
};

use axum::{Router, body::Bytes, extract::State, routing::post};
use handoff::traces::Traces;
use it::{Intake, Program};
use opentelemetry_proto::tonic::{
    collector::trace::v1::ExportTraceServiceRequest, trace::v1::Span,
};
use prost::Message as _;
use serde_json::json;

const THEIRS: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

type Collected = Arc<Mutex<Vec<Span>>>;

/// Takes spans as a collector does: OTLP over HTTP, in protobuf.
async fn collector() -> (String, Collected) {
    async fn take(State(collected): State<Collected>, body: Bytes) {
        let request = ExportTraceServiceRequest::decode(body).unwrap();
        let scopes = request.resource_spans.into_iter().flat_map(|it| it.scope_spans);
        collected.lock().unwrap().extend(scopes.flat_map(|it| it.spans));
    }
    let collected = Collected::default();
    let router = Router::new().route("/v1/traces", post(take)).with_state(Arc::clone(&collected));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, router).await });
    (format!("http://{address}/v1/traces"), collected)
}

/// The spans of one trace, by their ids.
fn of_trace<'a>(spans: &'a [Span], trace: &[u8]) -> HashMap<&'a [u8], &'a Span> {
    let ours = spans.iter().filter(|it| it.trace_id == trace);
    ours.map(|it| (it.span_id.as_slice(), it)).collect()
}

fn named<'a>(spans: &'a [Span], name: &str) -> &'a Span {
    let found: Vec<&Span> = spans.iter().filter(|it| it.name == name).collect();
    assert_eq!(found.len(), 1, "{name}");
    found[0]
}

async fn traced_events(program: &Program) -> i64 {
    sqlx::query_scalar("select count(*) from platform.event where traceparent is not null")
        .fetch_one(&mut program.superuser().await)
        .await
        .unwrap()
}

/// One test, since tracing is on for the whole process once it is on.
#[tokio::test(flavor = "multi_thread")]
async fn everything_an_intake_causes_is_in_one_trace() {
    let program = Program::start().await;
    assert_eq!(program.journey(&Intake::numbered(1)).await["status"], "completed");
    assert_eq!(traced_events(&program).await, 0, "tracing is off until somebody wants it");

    let (endpoint, collected) = collector().await;
    let traces = Traces::start(Some(&endpoint)).unwrap();
    assert_eq!(program.journey(&Intake::numbered(2)).await["status"], "completed");
    // A caller of ours goes on with its own trace; a stranger that fills in a form begins one.
    let form = json!({ "title": "Traced" });
    let headers = [("traceparent", THEIRS)];
    let form = program.owner.send("POST", "/v1/intake-forms", &headers, Some(&form)).await;
    let form = form.expect(201)["form_id"].as_str().unwrap().to_owned();
    let filled = json!({ "intake_data": {
        "company_name": "TechFlow Solutions", "contact_email": "ada@example.com",
        "contact_name": "Ada", "key_services": ["Branding"], "project_goals": ["Launch"],
    } });
    let path = format!("/api/v1/intake-forms/{form}/submissions");
    program.stranger.send("POST", &path, &headers, Some(&filled)).await.expect(201);
    assert!(1 < traced_events(&program).await);
    program.stop().await;
    traces.stop().await;

    let spans = collected.lock().unwrap();
    let root = named(&spans, "/api/intake");
    assert!(root.parent_span_id.is_empty());
    let ours = of_trace(&spans, &root.trace_id);
    for span in ours.values().filter(|it| it.span_id != root.span_id) {
        let parent = ours.get(span.parent_span_id.as_slice());
        let parent = parent.map_or("none in its trace", |it| it.name.as_str());
        let expected = if span.name == "flow step" { "/api/intake" } else { "flow step" };
        assert_eq!(parent, expected, "{}", span.name);
    }
    let count = |name: &str| ours.values().filter(|it| it.name == name).count();
    assert_eq!(count("ai.generate"), 5);
    assert_eq!(count("invoice_system.create_lead"), 1);
    assert_eq!(count("slack.post_message"), 1);
    assert!(1 < count("flow step"));
    let told = format!("{spans:?}");
    assert!(!told.contains("TechFlow") && !told.contains('?') && !told.contains('@'), "{told}");
    let id = |bytes: &[u8]| bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    let made = named(&spans, "create_intake_form");
    assert!(THEIRS.contains(&id(&made.trace_id)) && THEIRS.contains(&id(&made.parent_span_id)));
    let submitted = named(&spans, "submit_intake_form");
    assert!(!THEIRS.contains(&id(&submitted.trace_id)), "a stranger has no word in our traces");
}
