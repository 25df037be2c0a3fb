//! Flows of the operator's own, and the calls they make to services.

use std::sync::{Arc, Mutex};

use axum::{Json, Router, extract::State, http::HeaderMap, routing::any};
use it::{Program, wait_until};
use serde_json::{Value, json};

const SOON: std::time::Duration = std::time::Duration::from_secs(30);
const SECRET: &str = "canary-7f3a";

const FLOW: &str = "
document: { dsl: 1.0.3, namespace: own, name: ask-the-shop, version: 1.0.0 }
use:
  secrets: [shop]
  authentications: { shop: { bearer: { use: shop } } }
do:
  - ask:
      call: http
      with:
        method: post
        endpoint: { uri: 'SHOP/orders/{id}', authentication: { use: shop } }
        body: { open: true }
        output: response
";

/// A service that remembers the credentials it was given.
async fn shop() -> (String, Arc<Mutex<Vec<String>>>) {
    let seen: Arc<Mutex<Vec<String>>> = Arc::default();
    let answer = async |State(seen): State<Arc<Mutex<Vec<String>>>>, headers: HeaderMap| {
        let authorization = headers.get("authorization").and_then(|it| it.to_str().ok());
        seen.lock().unwrap().push(authorization.unwrap_or_default().to_owned());
        Json(json!({ "told": authorization }))
    };
    let router = Router::new().fallback(any(answer)).with_state(Arc::clone(&seen));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    tokio::spawn(async move { axum::serve(listener, router).await });
    (address, seen)
}

async fn run(program: &Program, flow: &str) -> Value {
    let started = program
        .owner
        .post(&format!("/v1/flows/{flow}/runs"), &json!({ "input": { "id": 7 } }))
        .await;
    let path = format!("/v1/runs/{}", started.expect(201)["run_id"].as_str().unwrap());
    wait_until("the run ended", SOON, || async {
        let run = program.owner.get(&path).await;
        (run.status == 200 && run.json()["ended_at"].is_string()).then(|| run.json())
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_flow_of_a_folder_calls_a_service_with_a_secret_that_is_seen_nowhere() {
    let (address, seen) = shop().await;
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(
        folder.path().join("ask.yaml"),
        FLOW.replace("SHOP", &format!("http://{address}")),
    )
    .unwrap();
    let program = Program::start_with(|options| {
        options.config.flows = Some(folder.path().to_owned());
        options.config.allowed_private_hosts = vec![address];
    })
    .await;
    let refused = run(&program, "ask-the-shop").await;
    assert_eq!(refused["status"], "faulted", "{refused:#}");
    assert_eq!(refused["error"]["status"], 403, "{refused:#}");
    assert!(refused["error"]["type"].as_str().unwrap().ends_with("/authorization"));

    let secrets = json!({ "settings": { "shop": { "token": SECRET } } });
    program.owner.put("/v1/connections/secrets", &secrets).await.expect(200);
    let tested = program.owner.post("/v1/connections/secrets/test", &json!({})).await.expect(200);
    assert!(tested.to_string().contains("1 secrets"), "{tested}");
    // What was read of the connection is used for two seconds.
    let run = wait_until("the secret is known", SOON, || async {
        let run = run(&program, "ask-the-shop").await;
        (run["status"] == "completed").then_some(run)
    })
    .await;
    assert_eq!(seen.lock().unwrap().last().unwrap(), &format!("Bearer {SECRET}"));
    assert!(!run.to_string().contains(SECRET), "{run:#}");
    let dump: String = sqlx::query_scalar(
        "select coalesce(string_agg(convert_from(input, 'utf8') || coalesce(convert_from(output, 'utf8'), ''), ' '), '')
         || coalesce((select string_agg(convert_from(state, 'utf8'), ' ') from engine.run), '')
         || coalesce((select string_agg(data::text, ' ') from platform.event), '') from engine.call",
    )
    .fetch_one(&mut program.superuser().await)
    .await
    .unwrap();
    assert!(dump.contains("ask-the-shop") && !dump.contains(SECRET));
    program.stop().await;
}

#[test]
fn a_folder_that_cannot_be_used_says_why() {
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(handoff::flows::own(None).unwrap(), []);
    let missing =
        handoff::flows::own(Some(&folder.path().join("nowhere"))).unwrap_err().to_string();
    assert!(missing.starts_with("HANDOFF_FLOWS: cannot read"), "{missing}");
    std::fs::write(folder.path().join("b.yaml"), "x").unwrap();
    std::fs::write(folder.path().join("a.yml"), "y").unwrap();
    std::fs::write(folder.path().join("README.md"), "z").unwrap();
    let found: Vec<String> = handoff::flows::own(Some(folder.path()))
        .unwrap()
        .into_iter()
        .map(|(_, text)| text)
        .collect();
    assert_eq!(found, ["y", "x"]);
}

#[test]
fn every_broken_file_of_the_folder_is_told_with_its_place() {
    let folder = tempfile::tempdir().unwrap();
    let flow = |name: &str, body: &str| {
        format!(
            "document: {{ dsl: 1.0.3, namespace: test, name: {name}, version: 1.0.0 }}\n{body}\n"
        )
    };
    let sound = flow("sound", "do: [{ a: { set: {} } }]");
    for (file, text) in [
        ("a.yaml", flow("a", "do: [{ a: { sett: {} } }]")),
        ("b.yaml", sound.clone()),
        ("c.yaml", flow("c", "do: [{ a: { set: {}, then: nowhere } }, { b: { call: nothing } }]")),
        ("d.yaml", sound),
        ("e.yml", "do: [".to_owned()),
    ] {
        std::fs::write(folder.path().join(file), text).unwrap();
    }
    let told = handoff::flows::check_own(Some(folder.path()), None).unwrap_err().to_string();
    let lines: Vec<&str> = told.lines().collect();
    let places: Vec<String> = lines[1..]
        .iter()
        .map(|line| line.replace(&format!("{}/", folder.path().display()), ""))
        .map(|line| line.split(": ").next().unwrap().to_owned())
        .collect();
    assert_eq!(
        places,
        [
            "a.yaml:2:13 /do/0/a/sett",
            "c.yaml:2:28 /do/0/a/then",
            "c.yaml:2:54 /do/1/b/call",
            "d.yaml:1:1 /document/name",
            "e.yml:1:6"
        ],
        "{told}"
    );
}
