//! Versions of flows that a tenant keeps, chooses and moves its runs to.

use std::time::Duration;

use it::{Client, Program, wait_until};
use serde_json::{Value, json};

const SOON: Duration = Duration::from_secs(30);

/// A flow that waits for an event and then gives `given`.
fn welcome(version: &str, waits_for: &str, given: &str) -> Value {
    let source = format!(
        "document: {{ dsl: 1.0.3, namespace: own, name: welcome, version: {version} }}
do:
  - note: {{ set: {{ noted: '{version}' }} }}
  - hear: {{ listen: {{ to: {{ one: {{ with: {{ type: {waits_for} }} }} }} }} }}
  - give: {{ set: {{ given: '{given}' }} }}
"
    );
    json!({ "source": source })
}

async fn start(owner: &Client, flow: &str) -> String {
    let started = owner.post(&format!("/v1/flows/{flow}/runs"), &json!({})).await.expect(201);
    started["run_id"].as_str().unwrap().to_owned()
}

async fn waiting(owner: &Client, run: &str) -> Value {
    wait_until("the run waits", SOON, || async {
        let found = owner.get(&format!("/v1/runs/{run}")).await;
        (found.status == 200 && found.json()["status"] == "waiting").then(|| found.json())
    })
    .await
}

/// A run of the version: what was chosen counts within a second.
async fn started_on(owner: &Client, version: &str) -> String {
    wait_until("a run is of the version", SOON, || async {
        let run = start(owner, "welcome").await;
        (waiting(owner, &run).await["version"] == version).then_some(run)
    })
    .await
}

async fn tell(owner: &Client, run: &str, kind: &str) -> Value {
    owner.post(&format!("/v1/runs/{run}/events"), &json!({ "type": kind })).await.expect(200);
    wait_until("the run ended", SOON, || async {
        let found = owner.get(&format!("/v1/runs/{run}")).await.json();
        found["ended_at"].is_string().then_some(found)
    })
    .await
}

fn problem_code(answer: &it::Answer) -> String {
    answer.json()["code"].as_str().unwrap_or_default().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn runs_stay_on_their_version_until_they_are_moved() {
    let program = Program::start().await;
    let owner = &program.owner;
    let saved = owner.post("/v1/flows", &welcome("1.0.0", "go", "old")).await.expect(201);
    assert_eq!((&saved["name"], &saved["version"]), (&json!("welcome"), &json!("1.0.0")));
    // The same text once more is the same version.
    owner.post("/v1/flows", &welcome("1.0.0", "go", "old")).await.expect(201);
    let stays = started_on(owner, "1.0.0").await;
    let moves = started_on(owner, "1.0.0").await;

    owner.post("/v1/flows", &welcome("1.1.0", "go", "new")).await.expect(201);
    let newer = started_on(owner, "1.1.0").await;
    let versions = owner.get("/v1/flows/welcome/versions").await.expect(200);
    let seen: Vec<_> = versions["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| (it["version"].as_str().unwrap(), it["in_use"].as_bool().unwrap()))
        .collect();
    assert_eq!(seen, [("1.1.0", true), ("1.0.0", false)]);
    assert!(2 <= versions["items"][1]["open_runs"].as_i64().unwrap(), "{versions:#}");

    let moved = owner.post(&format!("/v1/runs/{moves}/move"), &json!({})).await.expect(200);
    assert_eq!(moved["version"], "1.1.0");
    assert_eq!(tell(owner, &moves, "go").await["output"], json!({ "given": "new" }));
    assert_eq!(tell(owner, &stays, "go").await["output"], json!({ "given": "old" }));
    assert_eq!(tell(owner, &newer, "go").await["output"], json!({ "given": "new" }));

    // Back to the earlier version.
    let back = json!({ "version": "1.0.0" });
    owner.post("/v1/flows/welcome/activate", &back).await.expect(200);
    let run = started_on(owner, "1.0.0").await;
    // A version in which the run waits for something else is refused, and says where.
    let other = welcome("2.0.0", "settled", "other");
    owner
        .post("/v1/flows", &json!({ "source": other["source"], "activate": false }))
        .await
        .expect(201);
    let refused = owner.post(&format!("/v1/runs/{run}/move"), &json!({ "version": "2.0.0" })).await;
    assert_eq!((refused.status, problem_code(&refused).as_str()), (409, "run-not-movable"));
    assert!(refused.text().contains("/do/1/hear"), "{}", refused.text());
    assert_eq!(waiting(owner, &run).await["version"], "1.0.0");
    program.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tenant_replaces_a_flow_of_the_release_and_switches_it_off_for_itself_alone() {
    let program = Program::start().await;
    let owner = &program.owner;
    let (_, other) = program.another_tenant("initech").await;
    let own = "document: { dsl: 1.0.3, namespace: own, name: project-status, version: 9.9.9 }
do: [ { give: { set: { own: true } } } ]
";
    owner.post("/v1/flows", &json!({ "source": own })).await.expect(201);
    let version =
        async |of: &Client| of.get("/v1/flows/project-status").await.expect(200)["version"].clone();
    assert_eq!(version(owner).await, "9.9.9");
    let shipped = version(&other).await;
    assert_ne!(shipped, "9.9.9");
    assert_eq!(
        other.get("/v1/flows/project-status/versions").await.expect(200)["items"]
            .as_array()
            .unwrap()
            .len(),
        1
    );

    owner.post("/v1/flows/project-status/switch-off", &json!({})).await.expect(200);
    let flows = owner.get("/v1/flows").await.expect(200);
    assert_eq!(flows["switched_off"], json!(["project-status"]));
    let gone = owner.post("/v1/flows/project-status/runs", &json!({})).await;
    assert_eq!((gone.status, problem_code(&gone).as_str()), (404, "flow-unknown"));
    assert_eq!(version(&other).await, shipped);
    let back = json!({ "version": shipped });
    owner.post("/v1/flows/project-status/activate", &back).await.expect(200);
    assert_eq!(version(owner).await, shipped);
    program.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_version_that_cannot_be_is_refused_with_all_that_is_wrong() {
    let program = Program::start().await;
    let owner = &program.owner;
    let wrong = "document: { dsl: 1.0.3, namespace: own, name: welcome, version: 1.0.0 }
do:
  - a: { cal: slack.post_message }
  - b: { wait: soon }
";
    let refused = owner.post("/v1/flows", &json!({ "source": wrong })).await;
    assert_eq!((refused.status, problem_code(&refused).as_str()), (422, "invalid-input"));
    let told = refused.text();
    assert!(told.contains("`call`") && told.contains("/do/1/b"), "{told}");

    let runs = "document: { dsl: 1.0.3, namespace: own, name: welcome, version: 1.0.0 }
do: [ { a: { run: { shell: { command: 'id' } } } } ]
";
    let refused = owner.post("/v1/flows", &json!({ "source": runs })).await;
    assert_eq!(refused.status, 422);
    assert!(refused.text().contains("HANDOFF_FLOWS"), "{}", refused.text());

    owner.post("/v1/flows", &welcome("1.0.0", "go", "old")).await.expect(201);
    let other = owner.post("/v1/flows", &welcome("1.0.0", "go", "other")).await;
    assert_eq!((other.status, problem_code(&other).as_str()), (409, "flow-version-taken"));
    let none = owner.post("/v1/flows/welcome/activate", &json!({ "version": "3.0.0" })).await;
    assert_eq!(none.status, 422);
    assert!(none.text().contains("it has 1.0.0"), "{}", none.text());
    let manager = program.client("manager").await;
    assert_eq!(manager.post("/v1/flows", &welcome("1.0.1", "go", "x")).await.status, 403);
    program.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_texts_of_one_version_saved_at_once_one_is_kept() {
    let program = Program::start().await;
    for number in 1..=8 {
        let version = format!("1.0.{number}");
        let (first, second) = (welcome(&version, "go", "one"), welcome(&version, "go", "two"));
        let (first, second) = futures::join!(
            program.owner.post("/v1/flows", &first),
            program.owner.post("/v1/flows", &second)
        );
        let mut statuses = [first.status, second.status];
        statuses.sort_unstable();
        assert_eq!(statuses, [201, 409], "{version}");
    }
    program.stop().await;
}
