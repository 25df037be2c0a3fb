//! From a client's intake to four deliverables at the invoice system and one message to the team.

use it::{Intake, Program};
use serde_json::{Value, json};

const TYPES: [&str; 4] = ["branding_strategy", "copywriting", "social_strategy", "website_plan"];

#[tokio::test(flavor = "multi_thread")]
async fn an_intake_becomes_a_lead_with_four_deliverables_and_one_message() {
    let program = Program::start().await;
    let run = program.journey(&Intake::numbered(1)).await;
    assert_eq!(run["status"], "completed", "{run:#}");

    let leads = program.owner.get("/v1/leads").await.expect(200);
    let lead = &leads["items"][0];
    assert_eq!(leads["items"].as_array().unwrap().len(), 1);
    assert_eq!(run["output"]["lead_id"], lead["lead_id"]);
    assert!((1..=10).contains(&lead["complexity_score"].as_i64().unwrap()));

    let created = program.applied("invoice_system", "/leads");
    assert_eq!(created.len(), 1);
    assert_eq!(created[0].answer["lead_id"], lead["external_lead_id"]);
    assert_eq!(created[0].request["external_ref"], lead["lead_id"]);
    let attached = program.applied("invoice_system", "/deliverables");
    assert_eq!(sorted(attached.iter().map(|entry| &entry.request["deliverable_type"])), TYPES);
    assert!(attached.iter().any(|entry| entry.answer["proposal_ready"] == true));
    let told = program.applied("slack", "/chat.postMessage");
    assert_eq!(told.len(), 1);
    assert!(told[0].request["text"].as_str().unwrap().contains("TechFlow Solutions 1"));

    check_provenance(&program, &run).await;
    let alerts = program.owner.get("/v1/alerts").await.expect(200);
    assert_eq!(alerts["items"], json!([]));
    program.stop().await;
}

/// Which model and prompt wrote each text, and what it cost, is kept with it and in the journal.
async fn check_provenance(program: &Program, run: &Value) {
    let stored = program.owner.get("/v1/deliverables").await.expect(200);
    let items = stored["items"].as_array().unwrap();
    assert_eq!(sorted(items.iter().map(|item| &item["type"])), TYPES);
    for item in items {
        assert_eq!(item["prompt"], item["type"]);
        assert!(1 <= item["prompt_version"].as_i64().unwrap());
        // The simulator says what composed the text, and never calls it a model.
        assert_eq!(item["ai_model"], "offline-template");
        assert!(0 < item["tokens_used"]["input"].as_i64().unwrap());
        assert!(0 < item["tokens_used"]["output"].as_i64().unwrap());
        assert!(item["external_id"].as_str().unwrap().starts_with("deliv_"));
    }
    let calls = run["calls"].as_array().unwrap();
    let asked: Vec<&Value> =
        calls.iter().filter(|call| call["function"] == "ai.generate").collect();
    assert_eq!(asked.len(), 5);
    for call in asked {
        let usage = &call["usage"][0];
        assert_eq!(
            (&usage["provider"], &usage["model"]),
            (&"anthropic".into(), &"offline-template".into())
        );
        assert!(usage["prompt"].as_str().unwrap().contains('@'), "{usage}");
        assert!(0 < usage["input_tokens"].as_i64().unwrap() && usage["cost_micros"].is_number());
    }
    assert!(calls.iter().all(|call| call["status"] == "succeeded"));
}

fn sorted<'a>(values: impl Iterator<Item = &'a Value>) -> Vec<String> {
    let mut texts: Vec<String> = values.map(|value| value.as_str().unwrap().to_owned()).collect();
    texts.sort();
    texts
}

#[tokio::test(flavor = "multi_thread")]
async fn a_long_intake_is_kept_beside_the_run_and_makes_the_same_journey() {
    let program = Program::start().await;
    let words = |count: usize| json!("words ".repeat(count));
    let list = Value::Array(vec![words(80); 40]);
    let long = Intake::numbered(1)
        .with("/intake_data/target_audience", words(300))
        .with("/intake_data/key_services", list.clone())
        .with("/intake_data/project_goals", list);
    assert_eq!(program.journey(&long).await["status"], "completed");
    let beside: i64 = sqlx::query_scalar("select count(*) from engine.payload")
        .fetch_one(&mut program.superuser().await)
        .await
        .unwrap();
    assert!(0 < beside);
    let lead = &program.applied("invoice_system", "/leads")[0];
    assert_eq!(lead.request["intake_form_data"]["key_services"][39], words(80));
    program.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn credentials_are_sealed_and_never_shown_again() {
    let program = Program::start().await;
    let secret = "xoxb-never-to-be-seen";
    let body = json!({ "settings": { "bot_token": secret, "channel": "C0SANDBOX" } });
    let set = program.owner.put("/v1/connections/slack", &body).await;
    assert_eq!(set.status, 200);
    let mut shown = vec![set];
    for path in ["/v1/connections", "/v1/audit", "/v1/events"] {
        shown.push(program.owner.get(path).await);
    }
    assert!(shown.iter().all(|answer| answer.status == 200 && !answer.text().contains(secret)));
    let stored: Vec<Vec<u8>> =
        sqlx::query_scalar("select settings_sealed from connections.connection")
            .fetch_all(&mut program.superuser().await)
            .await
            .unwrap();
    assert_eq!(stored.len(), 5);
    for sealed in stored {
        assert!(!String::from_utf8_lossy(&sealed).contains("xoxb-"));
    }
    program.stop().await;
}
