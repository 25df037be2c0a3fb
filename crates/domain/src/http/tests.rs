//! The adapter without a database: what is answered before one is needed.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use axum::{
    body::Body,
    http::{Request, StatusCode},
    response::Response,
};
use futures::future::BoxFuture;
use kernel::{ManualClock, Secret, SeededRandom, TenantId};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use store::{Db, PgConnectOptions, PoolSizes, seal::Keyring};
use tower::ServiceExt as _;
use uuid::Uuid;

use super::*;
use crate::{
    Caller, CheckedPrompt, ConnectorInfo, Operation, Outside, OwnPrompt, Permission, Principal,
    PromptInfo, PublicUrl, Registry, RenderedPrompt, Role, Unreachable,
    identity::provider::ProviderSettings, operation,
};

struct NoOutside;

impl Outside for NoOutside {
    fn connectors(&self) -> Vec<ConnectorInfo> {
        vec![]
    }

    fn prompts(&self) -> Vec<PromptInfo> {
        vec![]
    }

    fn check_prompt(&self, _: &str, _: &OwnPrompt) -> Option<CheckedPrompt> {
        None
    }

    fn render_prompt(
        &self,
        _: &str,
        _: Option<&OwnPrompt>,
        _: &serde_json::Map<String, Value>,
    ) -> Option<Result<RenderedPrompt, Vec<String>>> {
        None
    }

    fn may_reach(&self, _: &str) -> Result<(), String> {
        Err("there is nothing outside".to_owned())
    }

    fn check_connection<'a>(
        &'a self,
        _: TenantId,
        _: &'a str,
        _: Value,
    ) -> BoxFuture<'a, Result<String, String>> {
        Box::pin(async { Err("there is nothing outside".to_owned()) })
    }

    fn send_mail<'a>(
        &'a self,
        _: TenantId,
        _: &'a str,
        _: &'a str,
        _: &'a str,
    ) -> BoxFuture<'a, Result<(), String>> {
        Box::pin(async { Err("there is nothing outside".to_owned()) })
    }

    fn identity_provider(&self) -> Option<&ProviderSettings> {
        None
    }

    fn ask_identity_provider(
        &self,
        _: Request<Vec<u8>>,
    ) -> BoxFuture<'_, Result<axum::http::Response<Vec<u8>>, Unreachable>> {
        Box::pin(async { Err(Unreachable("there is nothing outside".to_owned())) })
    }
}

const TOKEN: &str = "hof_000000000000_0000000000000000000000000000000000000000000_000000";

/// An application whose database is away, and which knows one token of each role.
fn app(more: Vec<Operation>) -> Arc<App> {
    let clock =
        Arc::new(ManualClock::at(chrono::DateTime::from_timestamp(1_700_000_000, 0).unwrap()));
    let options = PgConnectOptions::new().socket("/nonexistent").username("nobody");
    let random = Arc::new(SeededRandom::new(1));
    let db = Db::open(options, PoolSizes::default(), clock, random, vec![]);
    let keyring = Keyring::parse(&Secret::new(format!("k1:{}=", "A".repeat(43)))).unwrap();
    let operations = [crate::operations(), more].concat();
    App::new(
        db,
        Registry::new(operations).unwrap(),
        Arc::new(keyring),
        Arc::new(NoOutside),
        vec![],
        PublicUrl::default(),
        crate::Press::new(documents::Typesetter::load(None).unwrap()),
    )
}

/// A token that the application believes, as if it had just been proved.
fn believed(app: &App, role: Role, rate: u32) -> String {
    let random = SeededRandom::new(u64::from(rate));
    let text = crate::identity::tokens::TokenText::generate(&random).expose();
    let principal = Principal::Token { id: "0".repeat(12), name: "test".to_owned() };
    let tenant = TenantId::from(Uuid::nil());
    let caller = Caller { tenant, principal, role, rate_per_minute: Some(rate) };
    app.tokens.remember(text.expose(), caller, app.db.clock().now());
    text.expose().to_owned()
}

async fn send(app: &Arc<App>, request: Request<Body>) -> Response {
    router(Arc::clone(app)).oneshot(request).await.unwrap()
}

async fn problem(response: Response) -> (StatusCode, String, Value) {
    let status = response.status();
    let bytes = axum::body::to_bytes(response.into_body(), usize::MAX).await.unwrap();
    let body: Value = serde_json::from_slice(&bytes).unwrap();
    (status, body["code"].as_str().unwrap_or_default().to_owned(), body)
}

fn post(path: &str, token: &str, body: impl Into<Body>) -> Request<Body> {
    Request::post(path)
        .header("authorization", format!("Bearer {token}"))
        .header("content-type", "application/json")
        .body(body.into())
        .unwrap()
}

fn get(path: &str) -> Request<Body> {
    Request::get(path).body(Body::empty()).unwrap()
}

#[tokio::test]
async fn without_a_valid_token_every_operation_is_401_and_says_what_to_send() {
    let app = app(vec![]);
    for entry in app.registry.entries().iter().filter(|entry| !entry.operation.is_account()) {
        let wrong = [None, Some(""), Some("Bearer"), Some("Basic abc"), Some(TOKEN)];
        for token in wrong.into_iter().filter(|it| it.is_some() || !entry.operation.is_public) {
            let mut request = Request::builder()
                .method(entry.operation.method.as_str())
                .uri(entry.operation.path.replace(['{', '}'], ""));
            if let Some(token) = token {
                request = request.header("authorization", token);
            }
            let response = send(&app, request.body(Body::empty()).unwrap()).await;
            assert_eq!(response.headers()["www-authenticate"], "Bearer");
            let (status, code, _) = problem(response).await;
            assert_eq!((status.as_u16(), code.as_str()), (401, "unauthenticated"));
        }
    }
}

#[tokio::test]
async fn a_missing_address_and_a_wrong_method_are_problems() {
    let app = app(vec![]);
    let (status, code, _) = problem(send(&app, get("/v1/nothing")).await).await;
    assert_eq!((status.as_u16(), code.as_str()), (404, "not-found"));
    let response = send(&app, Request::delete("/v1/leads").body(Body::empty()).unwrap()).await;
    let allowed = response.headers()["allow"].to_str().unwrap().to_owned();
    assert!(allowed.contains("GET") && allowed.contains("POST"), "{allowed}");
    assert_eq!(problem(response).await.1, "method-not-allowed");
}

#[tokio::test]
async fn every_answer_has_the_request_id_of_the_client_or_a_new_one() {
    let app = app(vec![]);
    let mut request = get("/v1/me");
    request.headers_mut().insert("x-request-id", "abc-1".parse().unwrap());
    let response = send(&app, request).await;
    assert_eq!(response.headers()["x-request-id"], "abc-1");
    assert_eq!(problem(response).await.2["request_id"], "abc-1");
    let mut request = get("/v1/me");
    request.headers_mut().insert("x-request-id", "a b<script>".parse().unwrap());
    let response = send(&app, request).await;
    let made = response.headers()["x-request-id"].to_str().unwrap().to_owned();
    assert!(made.starts_with("req_"), "{made}");
    assert_eq!(problem(response).await.2["request_id"], made.as_str());
}

#[tokio::test]
async fn a_database_that_is_away_is_503_with_a_time_to_come_back() {
    let app = app(vec![]);
    let token = believed(&app, Role::Owner, 600);
    let mut request = get("/v1/me");
    request.headers_mut().insert("authorization", format!("Bearer {token}").parse().unwrap());
    let response = send(&app, request).await;
    assert_eq!(response.headers()["retry-after"], "2");
    assert_eq!(response.headers()["ratelimit"], "\"token\";r=599;t=1");
    let (status, code, _) = problem(response).await;
    assert_eq!((status.as_u16(), code.as_str()), (503, "unavailable"));
}

#[tokio::test]
async fn a_wrong_body_is_refused_without_asking_the_database() {
    let app = app(vec![]);
    let token = believed(&app, Role::Owner, 600);
    let large = format!("{{\"a\":\"{}\"}}", "x".repeat(BODY_MAX));
    for (body, expected) in [
        ("{".to_owned(), (400, "malformed-json")),
        ("[]".to_owned(), (400, "malformed-json")),
        (large, (413, "body-too-large")),
        ("{}".to_owned(), (422, "invalid-input")),
        (String::new(), (422, "invalid-input")),
    ] {
        let (status, code, _) = problem(send(&app, post("/v1/leads", &token, body)).await).await;
        assert_eq!((status.as_u16(), code.as_str()), expected);
    }
    let mut request = post("/v1/leads", &token, "{}");
    request.headers_mut().insert("content-type", "text/plain".parse().unwrap());
    assert_eq!(problem(send(&app, request).await).await.1, "unsupported-media-type");
    let mut request = post("/v1/leads", &token, "{}");
    request.headers_mut().insert("idempotency-key", "".parse().unwrap());
    assert_eq!(problem(send(&app, request).await).await.1, "idempotency-key-invalid");
}

/// A stored answer would be the secret in the clear.
#[tokio::test]
async fn an_answer_with_a_secret_takes_no_idempotency_key() {
    let app = app(vec![]);
    let token = believed(&app, Role::Owner, 600);
    let mut request = post("/v1/tokens", &token, r#"{"name":"a","role":"staff"}"#);
    request.headers_mut().insert("idempotency-key", "k".parse().unwrap());
    assert_eq!(problem(send(&app, request).await).await.1, "idempotency-key-invalid");
    let document = crate::openapi::openapi(&app.registry);
    assert!(!document["paths"]["/v1/tokens"]["post"].to_string().contains("/IdempotencyKey"));
}

#[tokio::test]
async fn all_wrong_fields_of_path_query_and_body_are_listed() {
    let app = app(vec![]);
    let token = believed(&app, Role::Owner, 600);
    let request = post("/v1/leads/lead_x/assessment?a=1", &token, "{}");
    assert_eq!(problem(send(&app, request).await).await.0.as_u16(), 405);
    let mut request = post("/v1/leads/lead_x/assessment", &token, r#"{"complexity_score":11}"#);
    *request.method_mut() = axum::http::Method::PUT;
    let (_, code, body) = problem(send(&app, request).await).await;
    assert_eq!(code, "invalid-input");
    let mut pointers: Vec<&str> = body["errors"]
        .as_array()
        .unwrap()
        .iter()
        .map(|error| error["pointer"].as_str().unwrap())
        .collect();
    pointers.sort_unstable();
    let expected =
        ["/complexity_score", "/estimated_hours", "/lead_id", "/recommended_package", "/summary"];
    assert_eq!(pointers, expected);
}

#[tokio::test]
async fn a_missing_permission_is_403_before_the_body_is_looked_at() {
    let app = app(vec![]);
    let token = believed(&app, Role::Partner, 100);
    let (status, code, _) = problem(send(&app, post("/v1/leads", &token, "{")).await).await;
    assert_eq!((status.as_u16(), code.as_str()), (403, "forbidden"));
}

#[tokio::test]
async fn the_hundred_and_first_request_of_a_partner_is_429_with_a_time_to_come_back() {
    let app = app(vec![]);
    let token = believed(&app, Role::Partner, 100);
    let router = router(Arc::clone(&app));
    for left in (0..100).rev() {
        let response = router.clone().oneshot(post("/v1/leads", &token, "{}")).await.unwrap();
        assert_eq!(response.status(), 403);
        let state = response.headers()["ratelimit"].to_str().unwrap().to_owned();
        assert!(state.starts_with(&format!("\"token\";r={left};")), "{state}");
    }
    let response = router.oneshot(post("/v1/leads", &token, "{}")).await.unwrap();
    assert_eq!(response.headers()["retry-after"], "1");
    assert_eq!(response.headers()["ratelimit-policy"], "\"token\";q=100;w=60");
    assert_eq!(problem(response).await.1, "too-many-requests");
}

#[tokio::test]
async fn the_document_and_the_pages_of_the_problems_are_served() {
    let app = app(vec![]);
    let response = send(&app, get("/openapi.json")).await;
    assert_eq!(problem(response).await.2, crate::openapi::openapi(&app.registry));
    let response = send(&app, get("/problems/forbidden")).await;
    assert_eq!(response.headers()["content-type"], "text/markdown; charset=utf-8");
    assert_eq!(problem(send(&app, get("/problems/no-such")).await).await.1, "not-found");
}

#[tokio::test]
async fn a_browser_reads_the_reference_without_a_token_and_runs_nothing_from_elsewhere() {
    let app = app(vec![]);
    for path in ["/docs", "/docs/operations/leads", "/docs/schemas", "/docs/problems"] {
        let response = send(&app, get(path)).await;
        assert_eq!(response.status(), 200, "{path}");
        assert_eq!(response.headers()["content-type"], "text/html; charset=utf-8");
        let policy = response.headers()["content-security-policy"].to_str().unwrap();
        assert!(policy.starts_with("default-src 'none'") && !policy.contains("unsafe"), "{policy}");
    }
    for path in ["/docs/operations/no-such", "/docs/problems/no-such"] {
        let response = send(&app, get(path)).await;
        assert_eq!(response.status(), 404, "{path}");
        assert_eq!(response.headers()["content-type"], "text/html; charset=utf-8");
    }
    let mut request = get("/problems/forbidden");
    request.headers_mut().insert("accept", "text/html".parse().unwrap());
    let response = send(&app, request).await;
    assert_eq!(response.headers()["content-type"], "text/html; charset=utf-8");
    assert_eq!(response.headers()["vary"], "accept");
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Nothing {}

#[derive(Serialize, JsonSchema)]
struct Done {
    done: bool,
}

async fn burst_pipe(_: Arc<App>, _: Caller, _: Nothing) -> Result<Done, Problem> {
    tokio::task::yield_now().await;
    panic!("secret of the pipe")
}

static FINISHED: AtomicBool = AtomicBool::new(false);

async fn finish_work(_: Arc<App>, _: Caller, _: Nothing) -> Result<Done, Problem> {
    for _ in 0..100 {
        tokio::task::yield_now().await;
    }
    FINISHED.store(true, Ordering::SeqCst);
    Ok(Done { done: true })
}

#[tokio::test]
async fn a_panic_is_a_problem_and_tells_nothing() {
    let burst = operation!(outside burst_pipe(Nothing) -> Done, Permission::WriteLeads);
    let app = app(vec![burst.post("/v1/pipe")]);
    let token = believed(&app, Role::Owner, 600);
    let (status, code, body) = problem(send(&app, post("/v1/pipe", &token, "")).await).await;
    assert_eq!((status.as_u16(), code.as_str()), (500, "internal"));
    assert!(!body.to_string().contains("pipe"), "{body}");
}

#[tokio::test]
async fn a_client_that_leaves_does_not_cut_a_write() {
    let finish = operation!(outside finish_work(Nothing) -> Done, Permission::WriteLeads);
    let app = app(vec![finish.post("/v1/work")]);
    let token = believed(&app, Role::Owner, 600);
    let router = router(Arc::clone(&app));
    let request = tokio::spawn(router.oneshot(post("/v1/work", &token, "")));
    while app.work.is_empty() {
        tokio::task::yield_now().await;
    }
    request.abort();
    assert!(request.await.unwrap_err().is_cancelled());
    assert!(!FINISHED.load(Ordering::SeqCst), "it was over before the client left");
    app.work.close();
    app.work.wait().await;
    assert!(FINISHED.load(Ordering::SeqCst));
}
