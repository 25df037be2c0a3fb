//! Intake forms, filled in by programs and by browsers without JavaScript.

use futures::future::join_all;
use it::{Client, Program};
use serde_json::{Value, json};

async fn made(program: &Program, more: &Value) -> String {
    let mut body = json!({ "title": "Tell us <b>all</b>", "assigned_to": "sales_team" });
    body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    let form = program.owner.post("/v1/intake-forms", &body).await.expect(201);
    form["form_id"].as_str().unwrap().to_owned()
}

fn answers() -> Value {
    json!({
        "company_name": "TechFlow Solutions", "contact_email": "John@TechFlow.example",
        "contact_name": "John Smith", "key_services": ["Branding", "Website Design"],
        "project_goals": ["Launch new brand", "Build authority"], "budget": "$50,000 - $75,000",
    })
}

async fn count(owner: &Client, path: &str) -> usize {
    owner.get(path).await.expect(200)["items"].as_array().unwrap().len()
}

async fn submitted(program: &Program) -> Vec<Value> {
    let events = program.owner.get("/v1/events?limit=100&type=client.intake").await.expect(200);
    events["items"].as_array().unwrap().iter().map(|item| item["event"].clone()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_submission_makes_a_lead_and_an_event_and_starts_no_onboarding_here() {
    let program = Program::start().await;
    let form = made(&program, &json!({})).await;
    let path = format!("/api/v1/intake-forms/{form}/submissions");
    let done = program.stranger.post(&path, &json!({ "intake_data": answers() })).await.expect(201);
    assert_eq!(done["success"], true);
    let lead = &program.owner.get("/v1/leads").await.expect(200)["items"][0];
    assert_eq!(
        (&lead["source"], &lead["contact_email"]),
        (&json!("website_form"), &json!("John@TechFlow.example"))
    );
    let told =
        it::wait_until("the event has a position", std::time::Duration::from_secs(10), || async {
            submitted(&program).await.pop()
        })
        .await;
    assert_eq!(told["source"], "crm");
    assert_eq!(told["data"]["lead_id"], lead["lead_id"]);
    assert_eq!(told["data"]["submission_id"], done["submission_id"]);
    assert!(!told.to_string().contains("TechFlow"), "an event holds ids only: {told}");
    let kept = program.owner.get(&format!("/v1/intake-forms/{form}/submissions")).await.expect(200);
    assert_eq!(kept["items"][0]["intake"], answers());
    assert_eq!(count(&program.owner, "/v1/runs").await, 0);
    program.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_clicked_twice_is_one_submission_and_what_was_changed_is_another() {
    let program = Program::start().await;
    let form = made(&program, &json!({})).await;
    let path = format!("/api/v1/intake-forms/{form}/submissions");
    let body = json!({ "intake_data": answers(), "submission_key": "0123456789abcdef" });
    let sent = join_all((0..12).map(|_| program.stranger.post(&path, &body))).await;
    let ids: std::collections::HashSet<String> =
        sent.iter().map(|answer| answer.expect(201)["submission_id"].to_string()).collect();
    assert_eq!(ids.len(), 1, "{ids:?}");
    let mut changed = body.clone();
    changed["intake_data"]["budget"] = json!("more");
    program.stranger.post(&path, &changed).await.expect(201);
    assert_eq!(count(&program.owner, &format!("/v1/intake-forms/{form}/submissions")).await, 2);
    let lead = &program.owner.get("/v1/leads").await.expect(200)["items"][0];
    assert_eq!(lead["submissions"], 2);
    program.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_answer_is_named_and_a_closed_or_unknown_form_takes_none() {
    let program = Program::start().await;
    let form = made(&program, &json!({})).await;
    let path = format!("/api/v1/intake-forms/{form}/submissions");
    let wrong = json!({ "intake_data": { "company_name": "A", "contact_email": "a", "extra": 1 } });
    let refused = program.stranger.post(&path, &wrong).await.expect(422);
    let pointers: Vec<&str> = refused["errors"]
        .as_array()
        .unwrap()
        .iter()
        .map(|error| error["pointer"].as_str().unwrap())
        .collect();
    assert_eq!(pointers, ["/intake_data/extra", "/intake_data/contact_email"]);
    let unknown = path.replace(&form, "form_01h455vb4pex5vsknk084sn02q");
    program.stranger.post(&unknown, &wrong).await.expect(404);
    program.stranger.post(&path.replace(&form, "form_1"), &wrong).await.expect(404);
    let closing = json!({ "is_active": false });
    let its_path = format!("/v1/intake-forms/{form}");
    program.owner.send("PATCH", &its_path, &[], Some(&closing)).await.expect(200);
    let body = json!({ "intake_data": answers() });
    let refused = program.stranger.post(&path, &body).await.expect(409);
    assert_eq!(refused["code"], "form-closed");
    let page =
        program.stranger.post_form(&format!("/forms/{form}"), &[("company_name", "A")]).await;
    assert_eq!(page.status, 409);
    assert!(!page.text().contains("<form"), "there is nothing to correct: {}", page.text());
    let page = program.stranger.get(&format!("/forms/{form}")).await;
    assert_eq!(page.status, 410);
    assert!(!page.text().contains("<form"), "{}", page.text());
    assert_eq!(count(&program.owner, "/v1/leads").await, 0);
    program.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_page_works_without_a_script_and_keeps_what_was_typed() {
    let program = Program::start().await;
    let origins = json!({ "allowed_origins": ["https://studio.example"] });
    let form = made(&program, &origins).await;
    let path = format!("/forms/{form}");
    let page = program.stranger.get(&path).await;
    assert_eq!(page.status, 200);
    let policy = page.header("content-security-policy").to_owned();
    assert!(policy.contains("frame-ancestors 'self' https://studio.example"), "{policy}");
    assert!(page.text().contains("Tell us &lt;b&gt;all&lt;/b&gt;"), "{}", page.text());
    let key = page.text();
    let key = key.split("name=\"submission_key\" value=\"").nth(1).unwrap();
    let key = key.split('"').next().unwrap().to_owned();
    let mut typed = vec![
        ("submission_key", key.as_str()),
        ("company_name", "<script>alert(1)</script>"),
        ("contact_email", "nobody"),
        ("key_services", "Branding"),
        ("key_services", "Copywriting"),
        ("competitors", "One\r\n\r\nTwo\" onfocus=\"x"),
    ];
    let again = program.stranger.post_form(&path, &typed).await;
    assert_eq!(again.status, 422);
    let shown = again.text();
    for part in [
        "href=\"#contact_email\"",
        "aria-invalid=\"true\"",
        "value=\"nobody\"",
        "value=\"Copywriting\" checked",
        "&lt;script&gt;alert(1)&lt;/script&gt;",
        "One\nTwo&quot; onfocus=",
        &key,
    ] {
        assert!(shown.contains(part), "{part} is missing in {shown}");
    }
    assert!(!shown.contains("<script>"), "{shown}");
    typed[2] = ("contact_email", "ada@example.com");
    for _ in 0..2 {
        let done = program.stranger.post_form(&path, &typed).await;
        assert_eq!(
            (done.status, done.header("location")),
            (303, format!("{path}/thanks").as_str())
        );
    }
    let submissions = format!("/v1/intake-forms/{form}/submissions");
    let kept = program.owner.get(&submissions).await.expect(200);
    assert_eq!(kept["items"].as_array().unwrap().len(), 1);
    assert_eq!(kept["items"][0]["intake"]["competitors"], json!(["One", "Two\" onfocus=\"x"]));
    let thanks = program.stranger.get(&format!("{path}/thanks")).await;
    assert!(thanks.text().contains("Thank you"), "{}", thanks.text());
    let script = program.stranger.get(&format!("{path}/embed.js")).await;
    assert!(script.text().contains(&format!("/forms/{form}?embed")), "{}", script.text());
    program.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_program_that_fills_in_everything_is_thanked_and_nothing_is_stored() {
    let program = Program::start().await;
    let form = made(&program, &json!({})).await;
    let typed = [
        ("company_name", "Spam"),
        ("contact_email", "spam@example.com"),
        ("website_address", "https://spam.example"),
    ];
    let done = program.stranger.post_form(&format!("/forms/{form}"), &typed).await;
    assert_eq!(done.status, 303);
    assert_eq!(count(&program.owner, "/v1/leads").await, 0);
    program.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_address_fills_in_a_form_thirty_times_a_minute_and_another_form_still() {
    let program = Program::start().await;
    let (form, other) = (made(&program, &json!({})).await, made(&program, &json!({})).await);
    let send = |form: &str, number: usize| {
        let path = format!("/forms/{form}");
        let email = format!("ada{number}@example.com");
        let stranger = program.stranger.clone();
        async move {
            stranger.post_form(&path, &[("company_name", "Ada"), ("contact_email", &email)]).await
        }
    };
    let mut refused = None;
    for number in 0..60 {
        let answer = send(&form, number).await;
        if answer.status == 429 {
            refused = Some((number, answer));
            break;
        }
        assert_eq!(answer.status, 303);
    }
    let (number, answer) = refused.unwrap();
    assert!((30..45).contains(&number), "{number}");
    assert!(answer.text().contains(&format!("ada{number}@example.com")), "what was typed is kept");
    assert_ne!(answer.header("retry-after"), "");
    assert_eq!(send(&other, 99).await.status, 303);
    program.stop().await;
}
