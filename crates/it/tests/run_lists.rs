//! Runs found by what is known of them, and counted.

use std::time::Duration;

use it::{Client, Program, wait_until};
use serde_json::{Value, json};

const SOON: Duration = Duration::from_secs(30);

/// A flow of one task.
async fn save(owner: &Client, name: &str, task: &str) {
    let source = format!(
        "{{document: {{dsl: 1.0.3, namespace: own, name: {name}, version: 1.0.0}}, do: [{{only: {task}}}]}}"
    );
    owner.post("/v1/flows", &json!({ "source": source })).await.expect(201);
}

/// A run of the flow, once it is in this state.
async fn run(owner: &Client, flow: &str, status: &str) -> Value {
    // A flow that was just saved is known everywhere within a second.
    let started = wait_until("the flow is known", SOON, || async {
        let started = owner.post(&format!("/v1/flows/{flow}/runs"), &json!({})).await.expect(201);
        let id = started["run_id"].as_str().unwrap().to_owned();
        let path = format!("/v1/runs/{id}");
        let found = wait_until("the run is there", SOON, || async {
            let found = owner.get(&path).await;
            let is_there = found.status == 200 && found.json()["status"] == status;
            is_there.then(|| found.json())
        });
        Some(found.await)
    });
    started.await
}

async fn ids(owner: &Client, query: &str) -> Vec<String> {
    let list = owner.get(&format!("/v1/runs?{query}")).await.expect(200);
    // A run that faulted raises an alert, of which another run tells.
    let ours = |run: &&Value| !run["flow"].as_str().unwrap().starts_with("alert-");
    let items = list["items"].as_array().unwrap().iter().filter(ours);
    items.map(|run| run["run_id"].as_str().unwrap().to_owned()).collect()
}

fn id(run: &Value) -> String {
    run["run_id"].as_str().unwrap().to_owned()
}

/// A moment as a query has it.
fn moment(run: &Value) -> String {
    run["started_at"].as_str().unwrap().replace('+', "%2B")
}

#[tokio::test(flavor = "multi_thread")]
async fn runs_are_found_by_state_time_and_the_beginning_of_their_id_and_counted() {
    let program = Program::start().await;
    let owner = &program.owner;
    save(owner, "quick", "{set: {a: 1}}").await;
    save(owner, "waits", "{listen: {to: {one: {with: {type: never}}}}}").await;
    save(
        owner,
        "breaks",
        "{raise: {error: {type: 'https://example.com/errors/away', status: 503, title: nobody there}}}",
    )
    .await;
    let first = run(owner, "quick", "completed").await;
    let broken = run(owner, "breaks", "faulted").await;
    let waiting = run(owner, "waits", "waiting").await;
    let last = run(owner, "quick", "completed").await;
    let newest_first = |runs: &[&Value]| runs.iter().map(|run| id(run)).collect::<Vec<_>>();

    assert_eq!(ids(owner, "").await, newest_first(&[&last, &waiting, &broken, &first]));
    assert_eq!(ids(owner, "status=faulted").await, newest_first(&[&broken]));
    assert_eq!(ids(owner, "status=waiting,running").await, newest_first(&[&waiting]));
    let mixed = ids(owner, "status=waiting,faulted").await;
    assert_eq!(mixed, newest_first(&[&waiting, &broken]));
    assert_eq!(ids(owner, "flow=quick").await, newest_first(&[&last, &first]));
    assert_eq!(ids(owner, "flow=quick&status=faulted").await, Vec::<String>::new());
    assert_eq!(ids(owner, "flow=breaks&status=faulted").await, newest_first(&[&broken]));
    let since = format!("started_after={}", moment(&broken));
    assert_eq!(ids(owner, &since).await, newest_first(&[&last, &waiting]));
    let until = format!("started_before={}", moment(&broken));
    assert_eq!(ids(owner, &until).await, newest_first(&[&first]));
    let whole = format!("text={}", id(&waiting));
    assert_eq!(ids(owner, &whole).await, newest_first(&[&waiting]));
    let beginning = format!("text={}", id(&waiting).get(..8).unwrap());
    assert_eq!(ids(owner, &beginning).await.len(), 4);
    assert_eq!(ids(owner, "text=lead_01").await, Vec::<String>::new());
    let page = owner.get("/v1/runs?flow=quick&limit=1").await.expect(200);
    let cursor = page["next_cursor"].as_str().unwrap();
    let next = ids(owner, &format!("flow=quick&limit=1&cursor={cursor}")).await;
    assert_eq!(next, newest_first(&[&first]));
    let refused = owner.get("/v1/runs?status=done").await;
    assert_eq!(refused.status, 422);
    assert!(refused.text().contains("`faulted`"), "{}", refused.text());

    assert_eq!(broken["error_title"], "nobody there");
    assert!(broken["duration_ms"].is_i64() && waiting.get("duration_ms").is_none());

    for window in ["24h", "7d", "30d"] {
        let path = format!("/v1/flow-statistics?window={window}");
        let figures = owner.get(&path).await.expect(200);
        assert_eq!(figures["is_partial"], false);
        let of = |flow: &str| {
            let mut items = figures["items"].as_array().unwrap().iter();
            items.find(|item| item["flow"] == flow).unwrap().clone()
        };
        let quick = of("quick");
        assert_eq!((&quick["runs"], &quick["completed"]), (&json!(2), &json!(2)), "{quick:#}");
        assert_eq!(quick["success_rate"], 1.0);
        assert!(quick["duration_ms"]["p95"].is_i64(), "{quick:#}");
        assert_eq!(of("breaks")["faulted"], 1);
        assert_eq!(of("breaks")["success_rate"], 0.0);
        assert_eq!(of("waits")["waiting"], 1);
        assert!(of("waits").get("success_rate").is_none());
        let series = quick["series"].as_array().unwrap();
        let sum: i64 = series.iter().map(|point| point["completed"].as_i64().unwrap()).sum();
        assert_eq!(sum, 2, "{quick:#}");
    }
    let (_, other) = program.another_tenant("Initech").await;
    assert_eq!(other.get("/v1/flow-statistics").await.expect(200)["items"], json!([]));
    program.stop().await;
}
