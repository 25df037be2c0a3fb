//! Documents over REST and by link.

use it::{Intake, Program};
use serde_json::{Value, json};

/// A picture of one pixel.
pub const LOGO: &str = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";

async fn with_a_deliverable() -> (Program, Value) {
    let program = Program::start().await;
    program.journey(&Intake::numbered(1)).await;
    let list = program.owner.get("/v1/deliverables?type=branding_strategy").await.expect(200);
    (program, list["items"][0].clone())
}

fn pdf_of(deliverable: &Value) -> String {
    format!("/v1/deliverables/{}/pdf", deliverable["deliverable_id"].as_str().unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deliverable_is_a_pdf_that_changes_when_the_branding_does() {
    let (program, deliverable) = with_a_deliverable().await;
    let path = pdf_of(&deliverable);
    let first = program.owner.get(&path).await;
    assert_eq!(first.status, 200, "{}", first.text());
    assert!(first.body.starts_with(b"%PDF-"));
    assert_eq!(first.header("content-type"), "application/pdf");
    assert_eq!(
        first.header("content-disposition"),
        "attachment; filename=\"branding-strategy-techflow-solutions-1.pdf\"; \
         filename*=UTF-8''branding-strategy-techflow-solutions-1.pdf"
    );
    assert_eq!(first.header("x-content-type-options"), "nosniff");
    let tag = first.header("etag");
    assert_eq!(program.owner.get(&path).await.body, first.body);
    let again = program.owner.send("GET", &path, &[("if-none-match", tag)], None).await;
    assert_eq!((again.status, again.body.len(), again.header("etag")), (304, 0, tag));

    let branding = json!({
        "name": "Northlight Studio", "primary_color": "#0f766e", "page_size": "letter",
        "address_lines": ["12 Ngong Road"], "logo": LOGO,
    });
    let set = program.owner.put("/v1/branding", &branding).await.expect(200);
    assert_eq!((&set["primary_color"], &set["page_size"]), (&json!("#0F766E"), &json!("letter")));
    assert_eq!(set["logo"]["media_type"], "image/png");
    let branded = program.owner.send("GET", &path, &[("if-none-match", tag)], None).await;
    assert_eq!(branded.status, 200);
    assert_ne!(branded.header("etag"), tag);
    let logo = program.owner.get("/v1/branding/logo").await;
    assert_eq!((logo.status, logo.header("content-type")), (200, "image/png"));
    assert!(logo.header("content-security-policy").ends_with("sandbox"));
    assert_eq!(branded.header("content-security-policy"), "", "a browser must show it");

    // The logo stays when nothing is said about it.
    let set = program.owner.put("/v1/branding", &json!({})).await.expect(200);
    assert_eq!((&set["name"], &set["logo"]["bytes"]), (&json!("Default"), &json!(70)));
    let set = program.owner.put("/v1/branding", &json!({ "remove_logo": true })).await.expect(200);
    assert_eq!(set["logo"], Value::Null);
    assert_eq!(program.owner.get("/v1/branding/logo").await.status, 404);
    assert_eq!(program.owner.get(&path).await.body, first.body, "as it was");
    program.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deliverable_is_edited_by_hand_and_reviewed_again() {
    let (program, deliverable) = with_a_deliverable().await;
    let owner = &program.owner;
    let path = format!("/v1/deliverables/{}", deliverable["deliverable_id"].as_str().unwrap());
    let approve = json!({ "decision": "approve" });
    let before = owner.put(&format!("{path}/review"), &approve).await.expect(200);
    let pdf = owner.get(&pdf_of(&deliverable)).await.body;
    let edit = |markdown: &str, seen: &Value| json!({ "markdown": markdown, "seen_updated_at": seen["updated_at"] });

    let edited = owner.patch(&path, &edit("# By hand", &before)).await.expect(200);
    assert_eq!(
        (&edited["markdown"], &edited["status"]),
        (&json!("# By hand"), &json!("pending_review"))
    );
    assert_eq!(edited["generated_markdown"], before["markdown"]);
    assert!(edited["edited_by"].as_str().unwrap().starts_with("token:"), "{edited}");
    assert!(edited.get("reviewed_by").is_none(), "{edited}");
    assert_ne!(owner.get(&pdf_of(&deliverable)).await.body, pdf);

    // Who saw the text before that does not undo it.
    let late = owner.patch(&path, &edit("# Older", &before)).await;
    assert_eq!((late.status, late.json()["code"].as_str()), (409, Some("changed-meanwhile")));
    let again = owner.patch(&path, &edit("# Once more", &edited)).await.expect(200);
    assert_eq!(again["generated_markdown"], before["markdown"], "what was generated stays");
    assert_eq!(owner.patch(&path, &edit(" ", &again)).await.status, 422);
    let partner = program.client("partner").await;
    assert_eq!(partner.patch(&path, &edit("# Theirs", &again)).await.status, 403);
    let events = owner.get("/v1/events?type=deliverable.edited").await.expect(200);
    assert_eq!(events["items"].as_array().unwrap().len(), 2);
    program.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_logo_that_loads_or_lies_is_refused_and_nothing_changes() {
    let program = Program::start().await;
    let loads = "PHN2ZyB4bWxucz0iaHR0cDovL3d3dy53My5vcmcvMjAwMC9zdmciPjxpbWFnZSBocmVmPSJodHRwczovL2V4YW1wbGUuY29tL2EucG5nIi8+PC9zdmc+";
    // The head of a picture without the picture.
    let lies = LOGO.split_at(44).0;
    for logo in ["", "not base64!", "aGVsbG8=", loads, lies] {
        let refused = program.owner.put("/v1/branding", &json!({ "logo": logo })).await;
        let problem = refused.expect(422);
        assert_eq!(problem["errors"][0]["pointer"], "/logo", "{logo}: {problem}");
    }
    assert_eq!(program.owner.get("/v1/branding").await.expect(200)["updated_at"], Value::Null);
    let staff = program.client("staff").await;
    assert_eq!(staff.put("/v1/branding", &json!({})).await.status, 403);
    program.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_opens_one_file_without_a_token_and_nothing_else_does() {
    let (program, deliverable) = with_a_deliverable().await;
    let url = deliverable["pdf_url"].as_str().unwrap();
    let attached = program.applied("invoice_system", "/deliverables");
    assert!(
        attached.iter().any(|entry| entry.request["formatted_output"]["pdf_url"] == url),
        "the invoice system was told"
    );
    let path = url.strip_prefix(&format!("http://{}", program.node.address)).unwrap();
    let opened = program.stranger.get(path).await;
    assert_eq!((opened.status, opened.header("content-type")), (200, "application/pdf"));
    assert!(opened.header("content-disposition").starts_with("inline; "));
    assert_eq!(opened.header("referrer-policy"), "no-referrer");
    assert_eq!(opened.body, program.owner.get(&pdf_of(&deliverable)).await.body);

    let others = program.owner.get("/v1/deliverables?type=copywriting").await.expect(200);
    let other = others["items"][0]["deliverable_id"].as_str().unwrap();
    let id = deliverable["deliverable_id"].as_str().unwrap();
    let (file, key) = path.split_once("?key=").unwrap();
    let flipped = if key.starts_with('A') { "B" } else { "A" };
    for forged in [
        file.to_owned(),
        format!("{file}?key="),
        format!("{file}?key={}", key.split_at(key.len() - 1).0),
        format!("{file}?key={flipped}{}", key.split_at(1).1),
        path.replace(id, other),
        path.replace("/deliverables/", "/invoices/"),
        path.replace(".pdf", ""),
        format!("/files/deliverables/{}?key={key}", "x".repeat(500)),
    ] {
        let refused = program.stranger.get(&forged).await;
        assert_eq!(refused.expect(403)["code"], "link-invalid", "{forged}");
    }
    let links = program.node.app.db.links().unwrap();
    let over = program.node.app.db.clock().now() - chrono::TimeDelta::seconds(1);
    let expired = links.key(program.tenant, "deliverables", id, Some(over)).unwrap();
    let refused = program.stranger.get(&format!("{file}?key={expired}")).await;
    assert_eq!(refused.expect(403)["code"], "link-expired");
    // A key for another tenant finds nothing there, even when we made it.
    let (initech, _) = program.another_tenant("Initech").await;
    let elsewhere = links.key(initech, "deliverables", id, None).unwrap();
    assert_eq!(program.stranger.get(&format!("{file}?key={elsewhere}")).await.status, 404);
    program.stop().await;
}
