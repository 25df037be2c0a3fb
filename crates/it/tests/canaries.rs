//! Secrets that are put in everywhere, and looked for everywhere they must not come out.

use std::{
    io::Write,
    sync::{Arc, Mutex},
    time::Duration,
};

use axum::{
    Json, Router,
    http::{HeaderMap, StatusCode, Uri},
    response::IntoResponse as _,
};
use connector_kit::{
    signature,
    simulator::{Served, serve},
};
use domain::Method;
use it::{Client, Database, Intake, Program, wait_until};
use kernel::Secret;
use serde_json::{Value, json};
use sqlx::{AssertSqlSafe, PgConnection};
use tracing_subscriber::fmt::MakeWriter;

const SOON: Duration = Duration::from_secs(60);
/// As many as the ways in below plant; fewer would be a way that is no longer tried.
const PLANTED_MIN: usize = 40;
const LISTED: &str = "limit=100";

/// A planted secret, and which way it went in.
struct Canary {
    what: String,
    text: String,
}

#[derive(Default)]
struct Canaries(Vec<Canary>);

impl Canaries {
    /// A new one. Its letters occur nowhere else.
    fn plant(&mut self, what: impl Into<String>) -> String {
        let text = format!("kAnArIe{:03}qZx", self.0.len());
        self.0.push(Canary { what: what.into(), text: text.clone() });
        text
    }

    /// One that the program made.
    fn made(&mut self, what: &str, text: &Value) -> String {
        let text = text.as_str().unwrap().to_owned();
        self.0.push(Canary { what: what.to_owned(), text: text.clone() });
        text
    }

    /// Which of them a text shows, as they are or as the hexadecimal digits of bytes.
    fn found_in(&self, text: &str) -> Vec<&str> {
        let shows = |it: &&Canary| text.contains(&it.text) || text.contains(&hex(&it.text));
        self.0.iter().filter(shows).map(|it| it.what.as_str()).collect()
    }
}

fn hex(text: &str) -> String {
    text.bytes().map(|byte| format!("{byte:02x}")).collect()
}

/// What was logged, at every level.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Log {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

/// A server that refuses everything, and tells the credentials it was given in each place of its answer.
async fn telltale() -> Served {
    let tell = |uri: Uri, headers: HeaderMap| async move {
        let given = ["authorization", "x-api-key"].into_iter().find_map(|name| headers.get(name));
        let given = given.and_then(|value| value.to_str().ok()).unwrap_or_default();
        let word = format!("no such key: {given}");
        if uri.path().ends_with("/chat.postMessage") || uri.path().ends_with("/auth.test") {
            let told = json!({
                "ok": false, "error": word, "response_metadata": { "messages": [word] },
            });
            return (StatusCode::OK, Json(told)).into_response();
        }
        let told = json!({
            "code": word, "message": word, "detail": word, "title": word,
            "error": { "type": word, "code": word, "message": word },
        });
        (StatusCode::UNPROCESSABLE_ENTITY, [("x-error", word)], Json(told)).into_response()
    };
    serve(Router::new().fallback(tell)).await.unwrap()
}

/// A program on a server that logs each statement with its parameters.
async fn program() -> Program {
    let database = Database::private().await;
    let mut superuser = database.superuser().await;
    for statement in [
        "alter system set log_statement = 'all'",
        "alter system set log_error_verbosity = 'verbose'",
    ] {
        sqlx::query(statement).execute(&mut superuser).await.unwrap();
    }
    sqlx::query("select pg_reload_conf()").execute(&mut superuser).await.unwrap();
    Program::start_on(database, |options| {
        options.config.allowed_private_hosts = vec!["127.0.0.1".to_owned()];
    })
    .await
}

/// Each connection with each of its secrets, at a server that tells them.
fn connections(canaries: &mut Canaries, base: &str) -> Vec<(&'static str, Value)> {
    let mut plant = |what: &str| canaries.plant(what);
    vec![
        ("ai", json!({ "provider": "openai", "base_url": base, "api_key": plant("ai, openai") })),
        ("ai", json!({ "provider": "anthropic", "base_url": base, "api_key": plant("ai") })),
        (
            "slack",
            json!({
                "bot_token": format!("xoxb-{}", plant("slack")), "channel": "C0123ABCD",
                "base_url": base,
            }),
        ),
        (
            "notion",
            json!({
                "token": plant("notion"), "base_url": base,
                "data_source_id": "0123456789abcdef0123456789abcdef",
            }),
        ),
        (
            "email",
            json!({
                "host": "127.0.0.1", "port": 1, "security": "none", "username": "us",
                "password": plant("email"), "from": "us@agency.example",
            }),
        ),
        (
            "invoice_system",
            json!({
                "base_url": base, "api_key": plant("invoice_system"),
                "webhook_secret": plant("webhook_secret"),
                "previous_webhook_secret": plant("previous_webhook_secret"),
                "shared_token": plant("shared_token"),
            }),
        ),
        (
            "assistant",
            json!({
                "agent_api_url": base, "agent_api_key": plant("agent_api_key"),
                "webhook_secret": format!("signs-{}", plant("assistant, webhook_secret")),
            }),
        ),
    ]
}

/// What a connection is not: each with a secret in it. All are refused.
async fn misset(owner: &Client, canaries: &mut Canaries) -> Vec<String> {
    let mut answers = Vec::new();
    for connector in ["ai", "slack", "notion", "email", "invoice_system", "assistant"] {
        let path = format!("/v1/connections/{connector}");
        let mut plant = |how: &str| canaries.plant(format!("{connector}, {how}"));
        let bodies = [
            format!(r#"{{ "settings": {{ "bot_token": "{}" "#, plant("cut off")),
            format!(r#"{{ "settings": {{ "api_key": ["{}"] }} }}"#, plant("a list")),
            format!(r#"{{ "settings": {{ "pasword": "{}" }} }}"#, plant("misspelt")),
            format!(r#"{{ "settings": "{}" }}"#, plant("text")),
            format!(r#"{{ "settings": {{}}, "token": "{}" }}"#, plant("beside")),
        ];
        for body in bodies {
            let answer = owner.send_bytes("PUT", &path, &[], Some(body.into_bytes())).await;
            assert!((400..500).contains(&answer.status), "{}: {}", connector, answer.text());
            answers.push(answer.text());
        }
    }
    answers
}

/// Who comes with credentials that are not ours.
async fn knock(stranger: &Client, canaries: &mut Canaries) -> Vec<String> {
    let mut answers = Vec::new();
    for (header, scheme) in [
        ("authorization", "Bearer "),
        ("authorization", "Bearer hof_"),
        ("authorization", "Basic "),
        ("authorization", ""),
        ("cookie", "session="),
        ("x-mwd-signature", "sha256="),
    ] {
        let value = format!("{scheme}{}", canaries.plant(format!("{header}: {scheme}")));
        for path in ["/v1/leads", "/api/intake", "/mcp", "/nowhere"] {
            let answer = stranger.send("POST", path, &[(header, &value)], Some(&json!({}))).await;
            assert!((400..500).contains(&answer.status), "{path}: {}", answer.text());
            answers.push(answer.text());
        }
    }
    answers
}

/// Subscriptions with secrets of ours and of the program's, repeated with a key, and refused ones.
async fn subscribe(program: &Program, canaries: &mut Canaries, base: &str) -> Vec<String> {
    let (owner, path) = (&program.owner, "/v1/webhook-subscriptions");
    let mut body = json!({ "url": format!("{base}/hook"), "event_types": ["*"] });
    let made = owner.post(path, &body).await.expect(201);
    canaries.made("a subscription's secret", &made["secret"]);
    let id = made["subscription_id"].as_str().unwrap();
    let anew = owner.post(&format!("{path}/{id}/secret"), &json!({})).await.expect(200);
    canaries.made("a rotated secret", &anew["secret"]);
    body["format"] = json!("mwd");
    body["secret"] = json!(canaries.plant("a given secret").repeat(3));
    body["bearer"] = json!(canaries.plant("a bearer"));
    let key = [("idempotency-key", "canaries")];
    owner.send("POST", path, &key, Some(&body)).await.expect(400);
    owner.post(path, &body).await.expect(201);
    let mut answers = Vec::new();
    let with = |field: &str, value: String| {
        let mut wrong = body.clone();
        wrong[field] = json!(value);
        wrong
    };
    let address = base.replacen("://", &format!("://us:{}@", canaries.plant("a URL")), 1);
    for wrong in [
        with("url", address),
        with("bearer", format!("{}\n", canaries.plant("two lines"))),
        with("format", canaries.plant("not its place")),
    ] {
        let answer = owner.post(path, &wrong).await;
        assert_eq!(answer.status, 422, "{}", answer.text());
        answers.push(answer.text());
    }
    answers
}

/// Every table, as text.
async fn tables(superuser: &mut PgConnection) -> Vec<(String, String)> {
    let names: Vec<String> = sqlx::query_scalar(
        "select format('%I.%I', schemaname, tablename) from pg_tables
         where schemaname not in ('pg_catalog', 'information_schema')",
    )
    .fetch_all(&mut *superuser)
    .await
    .unwrap();
    let mut all = Vec::new();
    for name in names {
        let statement = format!("select coalesce(string_agg(t::text, E'\\n'), '') from {name} t");
        let rows = sqlx::query_scalar(AssertSqlSafe(statement)).fetch_one(&mut *superuser).await;
        all.push((name, rows.unwrap()));
    }
    all
}

/// The database server's own log, up to now.
async fn server_log(program: &Program) -> String {
    let mark = format!("'until {}'", program.node.app.db.clock().now());
    let statement = format!("select {mark}");
    sqlx::query(AssertSqlSafe(statement)).execute(&mut program.superuser().await).await.unwrap();
    wait_until("the log is written", SOON, || async {
        let text: String = sqlx::query_scalar(
            "select string_agg(convert_from(pg_read_binary_file('log/' || name), 'UTF8'), '')
             from pg_ls_logdir()",
        )
        .fetch_one(&mut program.superuser().await)
        .await
        .unwrap();
        text.contains(&mark).then_some(text)
    })
    .await
}

/// What every reading operation without an id answers.
async fn everything_read(program: &Program) -> Vec<(String, String)> {
    let mut all = Vec::new();
    for entry in program.node.app.registry.entries() {
        let operation = &entry.operation;
        if operation.method == Method::Get && operation.path_parameters().next().is_none() {
            let path = format!("{}?{LISTED}", operation.path);
            let answer = program.owner.get(&path).await;
            let answer =
                if answer.status == 422 { program.owner.get(operation.path).await } else { answer };
            all.push((operation.name.to_owned(), answer.text()));
        }
    }
    let runs = program.owner.get("/v1/runs").await.expect(200);
    for run in runs["items"].as_array().unwrap() {
        let path = format!("/v1/runs/{}", run["run_id"].as_str().unwrap());
        all.push((path.clone(), program.owner.get(&path).await.text()));
    }
    all.push(("/metrics".to_owned(), program.stranger.get("/metrics").await.text()));
    all
}

/// The search fails when it should: in a table, in the server's log, and in ours.
async fn find_what_is_there(program: &Program, canaries: &mut Canaries, log: &Log) {
    let plain = canaries.plant("on purpose");
    tracing::trace!(plain, "on purpose");
    let insert =
        format!("create table public.leaked as select convert_to('{plain}', 'UTF8') as bytes");
    sqlx::query(AssertSqlSafe(insert)).execute(&mut program.superuser().await).await.unwrap();
    let table = tables(&mut program.superuser().await).await;
    let table = table.iter().find(|(name, _)| name == "public.leaked").unwrap();
    let logged = String::from_utf8_lossy(&log.0.lock().unwrap()).into_owned();
    for text in [&table.1, &server_log(program).await, &logged] {
        assert_eq!(canaries.found_in(text), ["on purpose"]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn no_secret_comes_out_where_it_must_not() {
    let log = Log::default();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_ansi(false)
        .with_writer(log.clone())
        .finish();
    // Of the whole process: the program's tasks run on many threads.
    tracing::subscriber::set_global_default(subscriber).unwrap();
    let program = program().await;
    let provider = telltale().await;
    let (mut canaries, owner) = (Canaries::default(), &program.owner);
    let mut places: Vec<(String, String)> = Vec::new();

    let token = owner.post("/v1/tokens", &json!({ "name": "t", "role": "staff" })).await;
    let token = canaries.made("a token", &token.expect(201)["token"]);
    let staff = program.stranger.with_token(Some(&token));
    staff.get("/v1/leads").await.expect(200);
    let key = [("idempotency-key", "token")];
    let body = json!({ "name": "repeated", "role": "staff" });
    // What holds a secret is not stored, so there is nothing to repeat.
    owner.send("POST", "/v1/tokens", &key, Some(&body)).await.expect(400);

    let said = subscribe(&program, &mut canaries, &provider.url()).await;
    places.extend(said.into_iter().map(|text| ("a refused subscription".to_owned(), text)));
    for (connector, settings) in connections(&mut canaries, &provider.url()) {
        let path = format!("/v1/connections/{connector}");
        let set = owner.put(&path, &json!({ "settings": settings })).await;
        assert_eq!(set.status, 200, "{connector}: {}", set.text());
        let tested = owner.post(&format!("{path}/test"), &json!({})).await;
        places.push((format!("{connector}, set"), set.text()));
        places.push((format!("{connector}, tested"), tested.text()));
    }
    let said = misset(owner, &mut canaries).await;
    places.extend(said.into_iter().map(|text| ("a refused setting".to_owned(), text)));
    let said = knock(&program.stranger, &mut canaries).await;
    places.extend(said.into_iter().map(|text| ("a refused request".to_owned(), text)));

    // A journey whose every call outside is refused with its own credentials.
    let intake = Intake::numbered(1);
    let planted = |what: &str| canaries.0.iter().find(|it| it.what == what).unwrap().text.as_str();
    let bytes = intake.body.to_string().into_bytes();
    let signature = signature::sign_hex(&Secret::new(planted("webhook_secret")), &bytes);
    let bearer = format!("Bearer {}", planted("shared_token"));
    let headers = [("x-mwd-signature", &*signature), ("authorization", &*bearer)];
    let sent = program.stranger.send_bytes("POST", "/api/intake", &headers, Some(bytes)).await;
    sent.expect(200);
    wait_until("calls were refused", SOON, || async {
        let run = program.run(&intake.event_id).await?;
        let calls = run["calls"].as_array()?;
        calls
            .iter()
            .any(|call| call["error"].is_object() || call["attempts"].is_array())
            .then_some(())
    })
    .await;

    places.extend(everything_read(&program).await);
    let mut superuser = program.superuser().await;
    places.extend(tables(&mut superuser).await);
    places.push(("the server's log".to_owned(), server_log(&program).await));
    let logged = String::from_utf8_lossy(&log.0.lock().unwrap()).into_owned();
    places.push(("the log".to_owned(), logged));
    assert!(PLANTED_MIN <= canaries.0.len(), "only {} are planted", canaries.0.len());
    let leaks: Vec<String> = places
        .iter()
        .flat_map(|(place, text)| {
            canaries.found_in(text).into_iter().map(move |what| format!("{place} shows: {what}"))
        })
        .collect();
    assert!(leaks.is_empty(), "{}", leaks.join("\n"));

    find_what_is_there(&program, &mut canaries, &log).await;
    drop(superuser);
    program.stop().await;
}
