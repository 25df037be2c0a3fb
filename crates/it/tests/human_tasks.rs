//! What runs ask people for, and go on with.

use std::time::Duration;

use it::{Client, Program, wait_until};
use serde_json::{Value, json};

const SOON: Duration = Duration::from_secs(30);

async fn start(owner: &Client, flow: &str, tasks: &str) -> String {
    Program::start_own(owner, flow, tasks, &Value::Null).await
}

async fn task_of(owner: &Client, run: &str, status: &str) -> Value {
    wait_until("the task is there", SOON, || async {
        let list =
            owner.get(&format!("/v1/human-tasks?run_id={run}&status={status}")).await.expect(200);
        list["items"].get(0).cloned()
    })
    .await
}

async fn ended(owner: &Client, run: &str) -> Value {
    wait_until("the run ended", SOON, || async {
        let found = owner.get(&format!("/v1/runs/{run}")).await;
        (found.status == 200 && found.json()["ended_at"].is_string()).then(|| found.json())
    })
    .await
}

fn path(task: &Value, action: &str) -> String {
    format!("/v1/human-tasks/{}/{action}", task["human_task_id"].as_str().unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_waits_over_a_restart_for_a_decision_that_is_made_once_by_whom_it_is_for() {
    let program = Program::start().await;
    let run = start(
        &program.owner,
        "discount",
        "  - ask:
      call: approval.request
      with: { title: 10 % off for TechFlow?, roles: [manager], due: P2D, details: { amount: '500.00' } }
  - note: { set: { told: '${ .decision + \": \" + .comment }' } }
",
    )
    .await;
    let task = task_of(&program.owner, &run, "open").await;
    assert_eq!(
        (&task["kind"], &task["details"]),
        (&json!("approval"), &json!({ "amount": "500.00" }))
    );
    assert_eq!(task["is_overdue"], false);
    let shown = program.owner.get(&format!("/v1/runs/{run}")).await.expect(200);
    assert_eq!(shown["status"], "waiting");
    let waiting_for = shown["calls"][0]["waiting_for"].as_str().unwrap();
    assert!(waiting_for.contains(task["human_task_id"].as_str().unwrap()), "{waiting_for}");

    program.node.stop().await;
    let program = Program::start_on(program.database, |_| {}).await;
    let (staff, manager) = (program.client("staff").await, program.client("manager").await);
    let yes = json!({ "decision": "approved", "comment": "fine" });
    let refused = staff.post(&path(&task, "decide"), &yes).await;
    assert_eq!(refused.status, 403);
    assert!(refused.text().contains("manager"), "{}", refused.text());
    let wrong = manager.post(&path(&task, "complete"), &json!({})).await;
    assert_eq!((wrong.status, &wrong.json()["code"]), (409, &json!("human-task-of-another-kind")));
    let (decide, no) = (path(&task, "decide"), json!({ "decision": "rejected", "comment": "no" }));
    let (first, second) = futures::join!(manager.post(&decide, &yes), manager.post(&decide, &no));
    let mut statuses = [first.status, second.status];
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 409]);
    let told = if first.status == 200 { "approved: fine" } else { "rejected: no" };
    assert_eq!(ended(&program.owner, &run).await["output"], json!({ "told": told }));
    let events = program.owner.get("/v1/events?type=human_task&limit=100").await.expect(200);
    let kinds: Vec<&str> = events["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|event| event["event"]["type"].as_str().unwrap())
        .collect();
    assert_eq!(kinds, ["human_task.opened", "human_task.completed"]);
    program.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_result_must_fit_the_form_that_the_flow_gave() {
    let program = Program::start().await;
    let owner = &program.owner;
    let run = start(
        owner,
        "brief",
        "  - ask:
      call: task.assign
      with:
        title: Write the brief
        assignee: design
        form: { type: object, required: [url], properties: { url: { type: string } } }
",
    )
    .await;
    let task = task_of(owner, &run, "open").await;
    assert_eq!(task["assignee"], "design");
    let refused = owner.post(&path(&task, "complete"), &json!({ "result": { "uri": "x" } })).await;
    assert_eq!(refused.status, 422);
    assert_eq!(refused.json()["errors"][0]["pointer"], "/result/url", "{}", refused.text());
    owner
        .post(&path(&task, "complete"), &json!({ "result": { "url": "https://a.example" } }))
        .await
        .expect(200);
    let output = ended(owner, &run).await["output"].clone();
    assert_eq!(output["result"], json!({ "url": "https://a.example" }), "{output:#}");
    program.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_task_that_nobody_waits_for_any_more_is_closed() {
    let program = Program::start().await;
    let owner = &program.owner;
    let run =
        start(owner, "slow", "  - ask: { call: approval.request, with: { title: Really? } }\n")
            .await;
    let task = task_of(owner, &run, "open").await;
    owner
        .post(&format!("/v1/runs/{run}/cancel"), &json!({ "reason": "not needed" }))
        .await
        .expect(200);
    ended(owner, &run).await;
    task_of(owner, &run, "cancelled").await;
    let late = owner.post(&path(&task, "decide"), &json!({ "decision": "approved" })).await;
    assert_eq!((late.status, &late.json()["code"]), (409, &json!("human-task-ended")));

    let wrong = start(
        owner,
        "wrong",
        "  - ask: { call: approval.request, with: { title: '${ \"x\" }', due: soon } }\n",
    )
    .await;
    let ended = ended(owner, &wrong).await;
    assert_eq!(ended["status"], "faulted");
    assert!(ended["error"]["detail"].as_str().unwrap().contains("P2D"), "{ended:#}");
    program.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_does_not_answer_in_time_is_asked_again() {
    let program = Program::start().await;
    let owner = &program.owner;
    let run = start(
        owner,
        "patient",
        "  - insist:
      try:
        - ask: { call: approval.request, with: { title: Well? }, timeout: { after: PT1S } }
      catch: { errors: {}, retry: { limit: { attempt: { count: 50 } } } }
",
    )
    .await;
    task_of(owner, &run, "cancelled").await;
    let asked_again = task_of(owner, &run, "open").await;
    let yes = json!({ "decision": "approved" });
    wait_until("somebody answers in time", SOON, || async {
        let task = task_of(owner, &run, "open").await;
        (owner.post(&path(&task, "decide"), &yes).await.status == 200).then_some(())
    })
    .await;
    assert_eq!(ended(owner, &run).await["output"]["decision"], "approved", "{asked_again:#}");
    program.stop().await;
}
