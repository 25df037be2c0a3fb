//! Roles of a tenant's own, and whom a tenant lets in with a second factor only.

use domain::{Role, identity::second_factor};
use it::{Answer, Client, PASSWORD, Program};
use serde_json::{Value, json};

use crate::sign_in::totp;

fn code(answer: &Answer) -> String {
    answer.json()["code"].as_str().unwrap_or_default().to_owned()
}

/// Makes or changes a role.
async fn save(owner: &Client, name: &str, permissions: &[&str]) -> Answer {
    owner.put(&format!("/v1/roles/{name}"), &json!({ "permissions": permissions })).await
}

/// A token of a role, and its id.
async fn token(program: &Program, role: &str) -> (Client, String) {
    let body = json!({ "name": format!("of {role}"), "role": role });
    let made = program.owner.post("/v1/tokens", &body).await.expect(201);
    let client = program.stranger.with_token(made["token"].as_str());
    (client, made["token_id"].as_str().unwrap().to_owned())
}

/// A browser of a new member with a role of the tenant's own.
async fn browser_as(program: &Program, name: &str, role: &str) -> Client {
    let invite = json!({ "email": format!("{name}@agency.example"), "role": role });
    let invited = program.owner.post("/v1/invitations", &invite).await.expect(201);
    let token = invited["link"].as_str().unwrap().split_once('#').unwrap().1;
    let accept = json!({ "token": token, "name": name, "password": PASSWORD });
    let accepted = program.stranger.post("/v1/invitations/acceptance", &accept).await;
    accepted.expect(200);
    program.stranger.after(&accepted).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_role_of_the_tenants_own_permits_what_it_says_and_nothing_else() {
    let program = Program::start().await;
    let saved = save(&program.owner, "sales_director", &["write:leads", "read:leads"]).await;
    assert_eq!(
        saved.expect(200),
        json!({
            "name": "sales_director", "is_new": true,
            "permissions": ["read:leads", "write:leads", "read:self"],
        })
    );
    let (program_token, _) = token(&program, "sales_director").await;
    let browser = browser_as(&program, "ada", "sales_director").await;
    for caller in [&program_token, &browser] {
        caller.get("/v1/leads").await.expect(200);
        let refused = caller.get("/v1/clients").await;
        assert_eq!(refused.status, 403);
        let detail = refused.json()["detail"].as_str().unwrap().to_owned();
        assert!(detail.contains("`read:clients`") && detail.contains("sales_director"), "{detail}");
    }
    let me = program_token.get("/v1/me").await.expect(200);
    assert_eq!(me["role"], "sales_director");
    let session = browser.get("/v1/session").await.expect(200);
    assert_eq!(session["role"], "sales_director");
    assert_eq!(session["permissions"], json!(["read:leads", "write:leads", "read:self"]));

    let changed = save(&program.owner, "sales_director", &["read:clients"]).await.expect(200);
    assert_eq!(changed["is_new"], false);
    let (later, _) = token(&program, "sales_director").await;
    assert_eq!(later.get("/v1/leads").await.status, 403);
    later.get("/v1/clients").await.expect(200);

    let roles = program.owner.get("/v1/roles").await.expect(200);
    let own = roles["items"].as_array().unwrap().last().unwrap();
    assert_eq!(
        own,
        &json!({
            "name": "sales_director", "description": "", "is_built_in": false,
            "permissions": ["read:clients", "read:self"], "member_count": 1, "token_count": 2,
        })
    );
    let means = &roles["permissions"][0];
    assert_eq!(
        (means["permission"].as_str(), means["means"].is_string()),
        (Some("read:alerts"), true)
    );
    // Who does not see the members is not told how many there are.
    let seen = later.get("/v1/roles").await.expect(200);
    assert_eq!(seen["items"].as_array().unwrap().last().unwrap()["member_count"], 0);
    program.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_makes_or_gives_a_role_that_may_do_more_than_themselves() {
    let program = Program::start().await;
    let admin = program.browser("ada", Role::Admin).await;
    save(&admin, "helper", &["read:leads"]).await.expect(200);
    let beyond = save(&admin, "helper", &["write:tenant"]).await;
    assert_eq!((beyond.status, code(&beyond)), (403, "role-too-high".to_owned()));
    assert!(beyond.text().contains("write:tenant"), "{}", beyond.text());

    save(&program.owner, "founder", &["write:tenant", "read:tenant"]).await.expect(200);
    let changed = save(&admin, "founder", &["read:tenant"]).await;
    assert_eq!(code(&changed), "role-too-high");
    let deleted = admin.send("DELETE", "/v1/roles/founder", &[], None).await;
    assert_eq!(code(&deleted), "role-too-high");
    for path in ["/v1/invitations", "/v1/tokens"] {
        let body = match path {
            "/v1/tokens" => json!({ "name": "x", "role": "founder" }),
            _ => json!({ "email": "eve@agency.example", "role": "founder" }),
        };
        assert_eq!(code(&admin.post(path, &body).await), "role-too-high", "{path}");
    }
    // Who may only invite gives out no more than that.
    save(&program.owner, "recruiter", &["read:members", "write:members"]).await.expect(200);
    let recruiter = browser_as(&program, "bob", "recruiter").await;
    assert_eq!(code(&save(&recruiter, "other", &["read:leads"]).await), "role-too-high");
    let staff = json!({ "email": "eve@agency.example", "role": "staff" });
    assert_eq!(code(&recruiter.post("/v1/invitations", &staff).await), "role-too-high");
    let same = json!({ "email": "eve@agency.example", "role": "recruiter" });
    recruiter.post("/v1/invitations", &same).await.expect(201);
    program.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn wrong_roles_are_refused_with_what_there_is() {
    let program = Program::start().await;
    save(&program.owner, "qa", &["read:leads"]).await.expect(200);
    let told = |answer: Answer| {
        let problem = answer.json();
        assert_eq!(answer.status, 422, "{problem}");
        let error = &problem["errors"][0];
        (
            error["pointer"].as_str().unwrap().to_owned(),
            error["detail"].as_str().unwrap().to_owned(),
        )
    };
    let body = json!({ "name": "x", "role": "king" });
    let (pointer, detail) = told(program.owner.post("/v1/tokens", &body).await);
    assert_eq!(pointer, "/role");
    assert!(
        detail.ends_with("there are: owner, admin, manager, staff, partner, agent, qa"),
        "{detail}"
    );
    for (name, permission, wrong) in [
        ("owner", "read:leads", "/name"),
        ("visitor", "read:leads", "/name"),
        ("Sales", "read:leads", "/name"),
        ("sales", "read:lead", "/permissions/0"),
    ] {
        let (pointer, _) = told(save(&program.owner, name, &[permission]).await);
        assert_eq!(pointer, wrong, "{name} {permission}");
    }
    let none = program.owner.send("DELETE", "/v1/roles/nothing", &[], None).await;
    assert_eq!(none.status, 404);
    program.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_role_is_deleted_only_when_nobody_has_it() {
    let program = Program::start().await;
    let owner = &program.owner;
    save(owner, "qa", &["read:leads"]).await.expect(200);
    let delete = async || owner.send("DELETE", "/v1/roles/qa", &[], None).await;
    let in_use = async || {
        let refused = delete().await;
        assert_eq!((refused.status, code(&refused)), (409, "role-in-use".to_owned()));
    };
    let (_, token) = token(&program, "qa").await;
    in_use().await;
    owner.send("DELETE", &format!("/v1/tokens/{token}"), &[], None).await.expect(200);
    browser_as(&program, "ada", "qa").await;
    in_use().await;
    let members = owner.get("/v1/members").await.expect(200);
    let person = members["items"][0]["person_id"].as_str().unwrap().to_owned();
    let path = format!("/v1/members/{person}");
    owner.patch(&path, &json!({ "role": "staff" })).await.expect(200);
    let invite = json!({ "email": "eve@agency.example", "role": "qa" });
    let invited = owner.post("/v1/invitations", &invite).await.expect(201);
    in_use().await;
    let path = format!("/v1/invitations/{}", invited["invitation_id"].as_str().unwrap());
    owner.send("DELETE", &path, &[], None).await.expect(200);
    delete().await.expect(200);
    assert_eq!(delete().await.status, 404);
    program.stop().await;
}

/// Whichever comes first, the other sees it.
#[tokio::test(flavor = "multi_thread")]
async fn a_role_is_never_deleted_while_it_is_given() {
    let program = Program::start().await;
    let owner = &program.owner;
    let body = json!({ "name": "racing", "role": "qa" });
    for _ in 0..20 {
        save(owner, "qa", &["read:leads"]).await.expect(200);
        let (given, deleted) = tokio::join!(
            owner.post("/v1/tokens", &body),
            owner.send("DELETE", "/v1/roles/qa", &[], None)
        );
        let outcome = (given.status, deleted.status);
        assert!([(201, 409), (422, 200)].contains(&outcome), "{outcome:?} {}", given.text());
        if let Some(token) = given.json()["token_id"].as_str() {
            owner.send("DELETE", &format!("/v1/tokens/{token}"), &[], None).await.expect(200);
        }
    }
    program.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_role_is_changed_by_several_at_once_and_none_is_refused() {
    let program = Program::start().await;
    let owner = &program.owner;
    save(owner, "qa", &["read:leads"]).await.expect(200);
    for _ in 0..10 {
        let saves = tokio::join!(
            save(owner, "qa", &["read:leads"]),
            save(owner, "qa", &["read:clients"]),
            save(owner, "qa", &["read:runs"]),
        );
        for saved in [saves.0, saves.1, saves.2] {
            assert_eq!(saved.expect(200)["is_new"], false);
        }
    }
    program.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_pipeline_shows_no_money_and_no_work_to_who_may_not_read_them() {
    let program = Program::start().await;
    program.journey(&it::intake::Intake::numbered(1)).await;
    save(&program.owner, "viewer", &["read:clients"]).await.expect(200);
    let (viewer, _) = token(&program, "viewer").await;
    let cards = |pipeline: &Value| -> Vec<Value> {
        let stages = pipeline["stages"].as_array().unwrap();
        stages.iter().flat_map(|stage| stage["cards"].as_array().unwrap().clone()).collect()
    };
    let hidden = ["value", "open_human_tasks", "failed_runs"];
    let (theirs, ours) = (
        viewer.get("/v1/pipeline").await.expect(200),
        program.owner.get("/v1/pipeline").await.expect(200),
    );
    assert_eq!((cards(&theirs).len(), cards(&ours).len()), (1, 1));
    for field in hidden {
        assert!(cards(&theirs)[0].get(field).is_none(), "{field}");
        assert!(cards(&ours)[0].get(field).is_some(), "{field}");
    }
    assert!(theirs["stages"][0].get("value").is_none() && ours["stages"][0].get("value").is_some());
    program.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_needs_a_second_factor_sets_one_up_before_anything_else() {
    let program = Program::start().await;
    let require = async |whom: &str| {
        let policy = json!({ "second_factor_for": whom });
        program.owner.put("/v1/tenant/second-factor", &policy).await.expect(200);
    };
    require("administrators").await;
    let staff = program.browser("bob", Role::Staff).await;
    staff.get("/v1/leads").await.expect(200);
    let admin = program.browser("ada", Role::Admin).await;
    let refused = admin.get("/v1/leads").await;
    assert_eq!((refused.status, code(&refused)), (403, "second-factor-needed".to_owned()));
    let session = admin.get("/v1/session").await.expect(200);
    assert_eq!(session["needs_second_factor"], true);

    let begun = admin.post("/v1/totp", &json!({})).await.expect(200);
    let app = totp(begun["secret"].as_str().unwrap(), 0);
    let confirmed = admin.put("/v1/totp", &json!({ "code": app })).await;
    confirmed.expect(200);
    let admin = program.stranger.after(&confirmed).await;
    admin.get("/v1/leads").await.expect(200);
    assert_eq!(admin.get("/v1/session").await.expect(200)["needs_second_factor"], false);

    require("everybody").await;
    let staff = program.sign_in("bob@agency.example", PASSWORD).await;
    assert_eq!(code(&staff.get("/v1/leads").await), "second-factor-needed");
    program.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_operator_helps_who_lost_the_second_factor() {
    let program = Program::start().await;
    let browser = program.browser("ada", Role::Staff).await;
    let begun = browser.post("/v1/totp", &json!({})).await.expect(200);
    let app = totp(begun["secret"].as_str().unwrap(), 0);
    let confirmed = browser.put("/v1/totp", &json!({ "code": app })).await;
    confirmed.expect(200);
    let browser = program.stranger.after(&confirmed).await;
    let email = "Ada@agency.example".parse().unwrap();
    second_factor::reset(&program.node.app, &email).await.unwrap();
    assert_eq!(browser.get("/v1/leads").await.status, 401);
    let back = program.sign_in("ada@agency.example", PASSWORD).await;
    back.get("/v1/leads").await.expect(200);
    let audit = program.owner.get("/v1/audit?action=reset_second_factor").await.expect(200);
    assert_eq!(audit["items"][0]["actor"], "system:command-line");
    let unknown = "eve@agency.example".parse().unwrap();
    let refused = second_factor::reset(&program.node.app, &unknown).await.unwrap_err();
    assert_eq!(refused.code(), "not-found");
    program.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn people_change_their_own_names() {
    let program = Program::start().await;
    let browser = program.browser("ada", Role::Owner).await;
    let renamed =
        browser.patch("/v1/person", &json!({ "name": " Ada Lovelace " })).await.expect(200);
    assert_eq!(renamed["name"], "Ada Lovelace");
    let members = browser.get("/v1/members").await.expect(200);
    assert_eq!(members["items"][0]["name"], "Ada Lovelace");
    assert_eq!(browser.get("/v1/session").await.expect(200)["person"]["name"], "Ada Lovelace");
    let empty = browser.patch("/v1/person", &json!({ "name": " " })).await;
    assert_eq!(empty.status, 422, "{}", empty.text());
    program.stop().await;
}
