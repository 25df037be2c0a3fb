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
