//! Clients, corrected by hand.

use std::time::Duration;

use it::{Client, Program, wait_until};
use serde_json::{Value, json};

const SOON: Duration = Duration::from_secs(30);

async fn client(owner: &Client, number: u32) -> Value {
    let lead = json!({
        "source": "website", "company_name": format!("Company {number}"), "contact_name": "Ada Lovelace",
        "contact_email": format!("c{number}@company.example"), "phone": "+1-555-0123", "industry": "SaaS",
        "intake": {},
    });
    let lead = owner.post("/v1/leads", &lead).await.expect(201);
    owner.get(&path_of(&lead)).await.expect(200)
}

fn path_of(client: &Value) -> String {
    format!("/v1/clients/{}", client["client_id"].as_str().unwrap())
}

/// The changes, of a client as it was seen.
fn change(seen: &Value, mut fields: Value) -> Value {
    fields["seen_updated_at"] = seen["updated_at"].clone();
    fields
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_given_is_kept_what_is_null_is_emptied_and_the_rest_stays() {
    let program = Program::start().await;
    let owner = &program.owner;
    let before = client(owner, 1).await;
    let path = path_of(&before);
    let given =
        json!({ "company_name": " Initech ", "email": "Bill@Initech.example", "phone": null });
    let after = owner.patch(&path, &change(&before, given)).await.expect(200);
    assert_eq!(after["company_name"], "Initech");
    assert_eq!(after["email"], "Bill@Initech.example");
    assert_eq!(after.get("phone"), None, "{after}");
    for kept in ["contact_name", "industry", "stage", "created_at"] {
        assert_eq!(after[kept], before[kept], "{kept}");
    }
    assert_eq!(owner.get(&path).await.expect(200), after);
    let found = owner.get("/v1/clients?text=initech").await.expect(200);
    assert_eq!(found["items"][0]["client_id"], before["client_id"], "lists and searches follow");

    // Nothing that is another: nothing happened.
    let same = json!({ "company_name": "Initech", "phone": null });
    assert_eq!(owner.patch(&path, &change(&after, same)).await.expect(200), after);
    // The last change has its place in the log after the others: so there is none between.
    let last = json!({ "industry": null });
    owner.patch(&path, &change(&after, last)).await.expect(200);
    let events = wait_until("the changes have their places in the log", SOON, || async {
        let events = owner.get("/v1/events?type=client.updated").await.expect(200);
        let told: Vec<Value> = events["items"]
            .as_array()
            .unwrap()
            .iter()
            .map(|it| it["event"]["data"].clone())
            .collect();
        (2 <= told.len()).then_some(told)
    })
    .await;
    let id = &before["client_id"];
    let facts = [
        json!({ "client_id": id, "changed": ["company_name", "email", "phone"] }),
        json!({ "client_id": id, "changed": ["industry"] }),
    ];
    assert_eq!(events, facts, "ids and names of fields, not what is in them");
    let timeline = owner.get(&format!("{path}/timeline?kinds=event")).await.expect(200);
    let title = "The client’s company name, email and phone changed";
    assert_eq!(timeline["items"][1]["title"], title);
    let audit = owner.get("/v1/audit?action=update_client").await.expect(200);
    assert_eq!(audit["items"][0]["resource"], before["client_id"]);

    // The new address is the client from now on, the old one is somebody else.
    let lead = |email: &str| json!({ "source": "website", "company_name": "Initech", "contact_email": email, "intake": {} });
    let known = owner.post("/v1/leads", &lead("bill@initech.example")).await.expect(201);
    assert_eq!(known["client_id"], before["client_id"]);
    let stranger = owner.post("/v1/leads", &lead("c1@company.example")).await.expect(201);
    assert_ne!(stranger["client_id"], before["client_id"]);
    program.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_saw_an_older_client_does_not_undo_what_was_saved_since() {
    let program = Program::start().await;
    let owner = &program.owner;
    let before = client(owner, 1).await;
    let path = path_of(&before);
    let edit = |seen: &Value, industry: &str| change(seen, json!({ "industry": industry }));
    let (one, other) = (edit(&before, "Banking"), edit(&before, "Farming"));
    let (one, other) = tokio::join!(owner.patch(&path, &one), owner.patch(&path, &other));
    let mut statuses = [one.status, other.status];
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 409], "one of two at the same moment");
    let (saved, refused) = if one.status == 200 { (one, other) } else { (other, one) };
    assert_eq!(refused.json()["code"], "changed-meanwhile");
    let now = owner.get(&path).await.expect(200);
    assert_eq!(now["industry"], saved.json()["industry"]);
    assert_eq!(owner.patch(&path, &edit(&now, "Farming")).await.expect(200)["industry"], "Farming");
    program.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_right_is_refused_with_what_to_do() {
    let program = Program::start().await;
    let owner = &program.owner;
    let (before, other) = (client(owner, 1).await, client(owner, 2).await);
    let path = path_of(&before);
    let number = "must be a phone number such as `+1 555 010 0123`";
    for (fields, pointer, told) in [
        (json!({ "company_name": " " }), "/company_name", "must not be empty"),
        (json!({ "company_name": null }), "/company_name", "must be of type \"string\""),
        (json!({ "email": null }), "/email", "must be of type \"string\""),
        (
            json!({ "email": "nobody" }),
            "/email",
            "must be an e-mail address such as `ada@example.com`",
        ),
        (json!({ "phone": "call me" }), "/phone", number),
        (json!({ "phone": "+1 2" }), "/phone", number),
        (json!({ "phone": "1".repeat(51) }), "/phone", "must have at most 50 characters"),
        (json!({ "industry": "" }), "/industry", "must not be empty"),
        (json!({ "stage": "paid" }), "/stage", "is not a known field"),
    ] {
        let problem = owner.patch(&path, &change(&before, fields.clone())).await.expect(422);
        let error = &problem["errors"][0];
        assert_eq!(error["pointer"], pointer, "{fields}: {problem}");
        assert!(error["detail"].as_str().unwrap().starts_with(told), "{fields}: {problem}");
    }
    let unseen = owner.patch(&path, &json!({ "phone": null })).await.expect(422);
    assert_eq!(unseen["errors"][0]["pointer"], "/seen_updated_at");
    let taken = change(&before, json!({ "email": "C2@company.EXAMPLE" }));
    assert_eq!(owner.patch(&path, &taken).await.expect(409)["code"], "client-email-taken");
    assert_eq!(owner.get(&path).await.expect(200), before, "nothing was changed");

    let fields = change(&before, json!({ "industry": "Theirs" }));
    let partner = program.client("partner").await;
    assert_eq!(partner.patch(&path, &fields).await.status, 403);
    let (_, stranger) = program.another_tenant("Initech").await;
    assert_eq!(stranger.patch(&path, &fields).await.status, 404);
    // Another tenant may have a client of the same address.
    let theirs = client(&stranger, 3).await;
    let fields = change(&theirs, json!({ "email": other["email"] }));
    stranger.patch(&path_of(&theirs), &fields).await.expect(200);
    program.stop().await;
}
