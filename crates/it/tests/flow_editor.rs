//! What an editor of flows asks the server: is it right, what may be called, what was there before.

use it::Program;
use serde_json::{Value, json};

const SOUND: &str = "document: { dsl: 1.0.3, namespace: own, name: welcome, version: 1.0.0 }
do:
  - tell: { call: slack.post_message, with: { channel: C0123ABCD, text: hello } }
";

#[tokio::test(flavor = "multi_thread")]
async fn every_problem_of_a_flow_is_told_with_its_place_and_nothing_is_kept() {
    let program = Program::start().await;
    let owner = &program.owner;
    let before = owner.get("/v1/flows").await.expect(200);
    let wrong = SOUND.replace("call:", "cal:").replace("do:", "do:\n  - rest: { wait: soon }");
    let checked = owner.post("/v1/flows/check", &json!({ "source": wrong })).await.expect(200);
    assert_eq!(checked["is_valid"], false, "{checked:#}");
    assert!(checked.get("flow").is_none());
    let told: Vec<_> = checked["problems"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| (it["line"].as_u64().unwrap(), it["path"].as_str().unwrap_or_default()))
        .collect();
    assert!(told.contains(&(3, "/do/0/rest/wait")), "{checked:#}");
    assert_eq!(
        (&checked["problems"][0]["column"], &checked["problems"][0]["end_column"]),
        (&json!(19), &json!(23))
    );
    let misspelt = checked["problems"].as_array().unwrap().iter();
    let misspelt = misspelt.filter(|it| it["did_you_mean"] == "call" && it["severity"] == "error");
    assert_eq!(misspelt.count(), 1, "{checked:#}");

    let sound = owner.post("/v1/flows/check", &json!({ "source": SOUND })).await.expect(200);
    assert_eq!((&sound["is_valid"], &sound["problems"]), (&json!(true), &json!([])));
    assert_eq!(sound["flow"]["name"], "welcome");
    for refused in [
        "no: [",
        "",
        "document: { dsl: 1.0.3, namespace: own, name: w, version: 1.0.0 }\ndo: [{ a: { run: { shell: { command: id } } } }]",
    ] {
        let checked = owner.post("/v1/flows/check", &json!({ "source": refused })).await;
        let checked = checked.expect(200);
        assert_eq!(checked["is_valid"], false, "{refused}");
        assert!(checked["problems"][0]["message"].is_string(), "{refused}");
    }
    assert_eq!(owner.get("/v1/flows").await.expect(200), before);
    // It reads: somebody who may not change flows may ask.
    let staff = program.client("staff").await;
    staff.post("/v1/flows/check", &json!({ "source": SOUND })).await.expect(200);
    program.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_flow_may_call_is_listed_and_in_the_schema() {
    let program = Program::start().await;
    let owner = &program.owner;
    let all = owner.get("/v1/functions").await.expect(200);
    let find = |name: &str| -> Value {
        let found = all["items"].as_array().unwrap().iter().find(|it| it["name"] == name);
        found.unwrap_or_else(|| panic!("there is no {name}")).clone()
    };
    let told = find("slack.post_message");
    assert_eq!(told["effect"], "at_most_once");
    assert!(told["input"]["properties"]["channel"].is_object(), "{told:#}");
    assert!(told["output"]["properties"]["ts"].is_object(), "{told:#}");
    let made = find("create_lead");
    assert_eq!(made["effect"], "operation");
    assert!(made["output"]["properties"]["lead_id"].is_object() && made["summary"] != "");
    assert_eq!(find("approval.request")["effect"], "awaited");
    let some = owner.get("/v1/functions?prefix=slack.").await.expect(200);
    let some: Vec<_> = some["items"].as_array().unwrap().iter().map(|it| &it["name"]).collect();
    assert!(some.iter().all(|name| name.as_str().unwrap().starts_with("slack.")), "{some:?}");

    let schema = owner.get("/v1/flow-schema").await.expect(200);
    assert_eq!(schema["type"], "object");
    assert!(schema.to_string().contains("slack.post_message"));
    program.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_version_has_its_source_also_when_another_is_in_use() {
    let program = Program::start().await;
    let owner = &program.owner;
    let later = SOUND.replace("1.0.0", "1.1.0").replace("hello", "welcome");
    for source in [SOUND, later.as_str()] {
        owner.post("/v1/flows", &json!({ "source": source })).await.expect(201);
    }
    let first = owner.get("/v1/flows/welcome/versions/1.0.0").await.expect(200);
    assert_eq!((&first["source"], &first["in_use"]), (&json!(SOUND), &json!(false)));
    let digest = first["digest"].as_str().unwrap();
    let same = owner.get(&format!("/v1/flows/welcome/versions/{digest}")).await.expect(200);
    assert_eq!(same, first);
    let none = owner.get("/v1/flows/welcome/versions/9.0.0").await;
    assert_eq!(none.status, 404);
    assert!(none.text().contains("it has 1.1.0, 1.0.0"), "{}", none.text());
    // The shipped one, although nobody has used it.
    let shipped = owner.get("/v1/flows/project-status").await.expect(200);
    let version = shipped["version"].as_str().unwrap();
    let found = owner.get(&format!("/v1/flows/project-status/versions/{version}")).await;
    assert_eq!(found.expect(200)["source"], shipped["source"]);
    program.stop().await;
}

/// A flow that asks somebody outside, waits for an event and runs another flow.
const TRIED: &str = "document: { dsl: 1.0.3, namespace: own, name: tried, version: 1.0.0 }
do:
  - hold: { wait: PT1H }
  - post:
      try: [{ tell: { call: slack.post_message, with: { channel: C0123ABCD, text: '${ .greeting }' } } }]
      catch: { retry: { delay: PT5S, limit: { attempt: { count: 2 } } } }
  - make: { call: create_lead, with: { source: own, company_name: Ada, contact_email: ada@example.com, intake: {} } }
  - ask: { call: approval.request, with: { title: fine? } }
  - hear: { listen: { to: { one: { with: { type: paid } } } }, output: { as: '${ .[0].amount }' } }
  - other: { run: { workflow: { namespace: own, name: tried-by-another, version: latest, input: { n: 1 } } } }
  - end: { set: { ended: '${ . }' } }
";

#[tokio::test(flavor = "multi_thread")]
async fn a_flow_is_tried_in_memory_with_answers_and_samples_and_nothing_happens() {
    let program = Program::start().await;
    let owner = &program.owner;
    let another = "{document: {dsl: 1.0.3, namespace: own, name: tried-by-another, version: 1.0.0}, do: [{only: {set: {n: '${ .n + 1 }'}}}]}";
    owner.post("/v1/flows", &json!({ "source": another })).await.expect(201);
    let away = json!({ "type": "https://example.com/errors/away", "status": 503, "title": "away" });
    let tried = json!({
        "source": TRIED, "input": { "greeting": "hello" }, "now": "2026-01-05T09:00:00Z",
        "answers": {
            "slack.post_message": [{ "error": away }, { "output": { "ts": "7" }, "after": "PT2S" }],
            "slack.pots_message": { "output": {} },
        },
        "events": [{ "type": "paid", "data": { "amount": 5 }, "after": "PT2H" }],
    });
    let told = owner.post("/v1/flows/try", &tried).await.expect(200);
    assert_eq!(told["status"], "completed", "{told:#}");
    assert_eq!(told["output"], json!({ "ended": { "n": 2 } }), "{told:#}");
    assert_eq!(told["ended_at"], "2026-01-05T11:00:00Z");
    assert_eq!(told["unused_answers"], json!(["slack.pots_message"]));
    assert_eq!(told["is_cut"], false);
    let calls: Vec<_> = told["calls"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| (it["function"].as_str().unwrap(), it["answered_by"].as_str().unwrap()))
        .collect();
    assert_eq!(
        calls,
        [
            ("slack.post_message", "given"),
            ("slack.post_message", "given"),
            ("create_lead", "sample"),
            ("approval.request", "sample"),
            ("run.workflow", "flow"),
        ]
    );
    assert_eq!(told["calls"][0]["input"]["text"], "hello");
    assert_eq!(told["calls"][0]["error"]["status"], 503);
    assert!(told["calls"][2]["output"]["lead_id"].is_string(), "{told:#}");
    assert_eq!(told["calls"][3]["output"]["decision"], "approved");
    let task = |place: &str| -> Value {
        let mut tasks = told["tasks"].as_array().unwrap().iter().rev();
        tasks.find(|task| task["task"] == place).unwrap_or_else(|| panic!("{place}")).clone()
    };
    let hold = task("/do/0/hold");
    assert_eq!(
        (&hold["input"], &hold["output"]),
        (&json!({ "greeting": "hello" }), &hold["input"])
    );
    assert_eq!(hold["ended_at"], "2026-01-05T10:00:00Z");
    let tell = task("/do/1/post/try/0/tell");
    assert_eq!((&tell["outcome"], &tell["output"]["ts"]), (&json!("completed"), &json!("7")));
    assert_eq!(task("/do/4/hear")["output"], 5);
    // Nothing was done.
    assert_eq!(owner.get("/v1/leads").await.expect(200)["items"], json!([]));
    assert_eq!(owner.get("/v1/runs").await.expect(200)["items"], json!([]));
    assert!(program.applied("slack", "/chat.postMessage").is_empty());

    let still = json!({ "source": TRIED, "input": { "greeting": "hello" } });
    let told = owner.post("/v1/flows/try", &still).await.expect(200);
    assert_eq!(told["status"], "waiting");
    assert!(told["stands_still"].as_str().unwrap().contains("paid"), "{told:#}");
    let wrong = owner.post("/v1/flows/try", &json!({ "source": "do: [" })).await;
    assert_eq!(wrong.status, 422);
    assert!(wrong.text().contains("/source"), "{}", wrong.text());
    program.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn trying_a_flow_ends_whatever_the_flow_does() {
    let program = Program::start().await;
    let owner = &program.owner;
    let head = "document: { dsl: 1.0.3, namespace: own, name: endless, version: 1.0.0 }\n";
    for (body, why) in [
        ("do: [{ a: { wait: PT1S, then: a } }]", "2000 steps"),
        (
            "do: [{ a: { call: http, with: { method: get, endpoint: 'https://example.com' }, then: a } }]",
            "2000 steps",
        ),
        (
            "do: [{ a: { run: { workflow: { namespace: own, name: endless, version: latest } } } }]",
            "5 deep",
        ),
        ("do: [{ a: { set: {}, then: a } }]", "without waiting"),
    ] {
        let tried = json!({ "source": format!("{head}{body}") });
        let told = owner.post("/v1/flows/try", &tried).await.expect(200);
        assert!(told.to_string().contains(why), "{body}: {}", told["stands_still"]);
        assert!(told["tasks"].as_array().unwrap().len() <= 500);
    }
    program.stop().await;
}
