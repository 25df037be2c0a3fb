//! Signing in: passwords, second factors, sessions, invitations, and what they open.

use std::time::Duration;

use chrono::TimeDelta;
use domain::Role;
use it::{Answer, Client, PASSWORD, Program, Session, wait_until};
use kernel::{Clock as _, SystemClock};
use serde_json::{Value, json};

const SOON: Duration = Duration::from_secs(30);
const OTHER_PASSWORD: &str = "another fine giraffe";

fn code(answer: &Answer) -> String {
    answer.json()["code"].as_str().unwrap_or_default().to_owned()
}

/// What follows `#` in the last link that was mailed to an address.
async fn mailed_token(program: &Program, to: &str) -> String {
    wait_until("a link is mailed", SOON, || async {
        let mails = program.applied("email", "/messages");
        let mail = mails.iter().rev().find(|mail| mail.request["to"] == json!([to]))?;
        // Long lines are broken on their way (RFC 2045, 6.7).
        let text = mail.request["body"].as_str()?.replace("=\r\n", "");
        let link = text.split_whitespace().find(|word| word.starts_with("http"))?;
        Some(link.split_once('#')?.1.to_owned())
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_newcomer_accepts_an_invitation_and_is_let_in_until_signing_out() {
    let program = Program::start().await;
    let invite = json!({ "email": "Ada@Agency.example", "role": "manager" });
    let invited = program.owner.post("/v1/invitations", &invite).await.expect(201);
    assert_eq!(invited["is_mailed"], true, "{invited}");
    let token = mailed_token(&program, "Ada@Agency.example").await;
    assert!(invited["link"].as_str().unwrap().ends_with(&format!("#{token}")));
    let shown = json!({ "token": token });
    let shown = program.stranger.post("/v1/invitations/lookup", &shown).await.expect(200);
    assert_eq!(
        (&shown["email"], &shown["has_account"]),
        (&json!("ada@agency.example"), &json!(false))
    );

    let weak = json!({ "token": token, "name": "Ada", "password": "adaadaadaada" });
    let refused = program.stranger.post("/v1/invitations/acceptance", &weak).await;
    assert_eq!(refused.status, 422, "{}", refused.text());
    let accept = json!({ "token": token, "name": "Ada", "password": PASSWORD });
    let accepted = program.stranger.post("/v1/invitations/acceptance", &accept).await;
    accepted.expect(200);
    let browser = program.stranger.after(&accepted).await;
    let session = browser.get("/v1/session").await.expect(200);
    assert_eq!((&session["state"], &session["role"]), (&json!("signed_in"), &json!("manager")));
    assert_eq!(session["tenant"]["tenant_id"], program.tenant.to_string());
    browser.get("/v1/leads").await.expect(200);
    // The link works once.
    let again = program.stranger.post("/v1/invitations/acceptance", &accept).await;
    assert_eq!((again.status, code(&again)), (403, "link-expired".to_owned()));

    let out = browser.send("DELETE", "/v1/session", &[], None).await;
    assert!(out.header("set-cookie").contains("Max-Age=0"), "{}", out.header("set-cookie"));
    assert_eq!(browser.get("/v1/leads").await.status, 401);
    let back = program.sign_in("ADA@agency.example", PASSWORD).await;
    back.get("/v1/leads").await.expect(200);
    assert_ne!(back.session().cookie, browser.session().cookie);
    let audit = program.owner.get("/v1/audit?action=sign_in").await.expect(200);
    assert_eq!(audit["items"][0]["actor"].as_str().unwrap().split(':').next(), Some("member"));
    program.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_guesses_learns_nothing_and_waits_longer_each_time() {
    let program = Program::start().await;
    program.browser("ada", Role::Staff).await;
    let try_with = |email: &'static str, password: &'static str| {
        let body = json!({ "email": email, "password": password });
        let stranger = program.stranger.clone();
        async move { stranger.post("/v1/session", &body).await }
    };
    let wrong = try_with("ada@agency.example", "wrong horse battery").await;
    let nobody = try_with("nobody@agency.example", "wrong horse battery").await;
    assert_eq!((wrong.status, code(&wrong)), (401, "sign-in-refused".to_owned()));
    assert_eq!(wrong.json()["detail"], nobody.json()["detail"]);
    assert!(wrong.header("set-cookie").is_empty());
    let mut blocked = None;
    for _ in 0..8 {
        let answer = try_with("ada@agency.example", "wrong horse battery").await;
        blocked = (answer.status == 429).then_some(answer);
        if blocked.is_some() {
            break;
        }
    }
    let blocked = blocked.expect("guessing goes on for ever");
    assert!(1 <= blocked.header("retry-after").parse::<u32>().unwrap());
    // The right password has to wait as well, and others do not.
    assert_eq!(try_with("ada@agency.example", PASSWORD).await.status, 429);
    program.browser("bob", Role::Staff).await;
    program.stop().await;
}

pub(crate) fn totp(secret: &str, steps: i64) -> String {
    let secret = totp_rs::Secret::try_from_base32(secret).unwrap();
    let totp = totp_rs::Builder::new().with_secret(secret).build_noncompliant();
    let at = SystemClock.now() + TimeDelta::seconds(30 * steps);
    totp.generate(u64::try_from(at.timestamp()).unwrap()).to_string()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_factor_is_asked_for_and_each_code_counts_once() {
    let program = Program::start().await;
    let browser = program.browser("ada", Role::Owner).await;
    let begun = browser.post("/v1/totp", &json!({})).await.expect(200);
    let secret = begun["secret"].as_str().unwrap().to_owned();
    assert!(begun["uri"].as_str().unwrap().starts_with("otpauth://totp/Handoff:ada"));
    let wrong = browser.put("/v1/totp", &json!({ "code": "000000" })).await;
    assert_eq!(wrong.status, 422, "{}", wrong.text());
    let used = totp(&secret, 0);
    let confirmed = browser.put("/v1/totp", &json!({ "code": used })).await;
    let recovery = confirmed.expect(200)["recovery_codes"].clone();
    assert_eq!(recovery.as_array().unwrap().len(), 10);

    // The password alone opens nothing.
    let half = program.sign_in("ada@agency.example", PASSWORD).await;
    assert_eq!(half.get("/v1/session").await.expect(200)["state"], "second_factor");
    for path in ["/v1/leads", "/v1/sessions", "/v1/events/stream"] {
        assert_eq!(half.get(path).await.status, 401, "{path}");
    }
    let give = |browser: &Client, code: &str| {
        let (browser, body) = (browser.clone(), json!({ "code": code }));
        async move { browser.post("/v1/session/second-factor", &body).await }
    };
    assert_eq!(give(&half, &used).await.status, 422, "a code counted twice");
    let given = give(&half, &totp(&secret, 1)).await;
    given.expect(200);
    let whole = half.after(&given).await;
    whole.get("/v1/leads").await.expect(200);
    assert_eq!(half.get("/v1/session").await.status, 401, "the half session lives on");

    let first = recovery[0].as_str().unwrap();
    for (status, what) in [(200, "a recovery code"), (422, "the same again")] {
        let half = program.sign_in("ada@agency.example", PASSWORD).await;
        let given = give(&half, first).await;
        assert_eq!(given.status, status, "{what}: {}", given.text());
    }
    program.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn another_site_cannot_use_the_cookie() {
    let program = Program::start().await;
    let browser = program.browser("ada", Role::Manager).await;
    let lead = json!({ "source": "web", "company_name": "TechFlow", "contact_email": "a@techflow.example", "intake": {} });
    let send = |headers: &'static [(&'static str, &'static str)]| {
        let (browser, lead) = (browser.clone(), lead.clone());
        async move { browser.send("POST", "/v1/leads", headers, Some(&lead)).await }
    };
    for headers in [
        &[("x-csrf-token", "")] as &[_],
        &[("x-csrf-token", "00")],
        &[("origin", "https://evil.example")],
        &[("origin", "null")],
        &[("sec-fetch-site", "cross-site")],
        &[("sec-fetch-site", "same-site")],
    ] {
        let refused = send(headers).await;
        assert_eq!(
            (refused.status, code(&refused)),
            (403, "csrf-refused".to_owned()),
            "{headers:?}"
        );
    }
    let out = browser.send("DELETE", "/v1/session", &[("x-csrf-token", "")], None).await;
    assert_eq!(out.status, 403, "another site signs people out");
    send(&[("sec-fetch-site", "same-origin")]).await.expect(201);
    // Without a session, too, a page of another site cannot sign somebody in as somebody else.
    let body = json!({ "email": "ada@agency.example", "password": PASSWORD });
    let headers = [("origin", "https://evil.example")];
    let elsewhere = program.stranger.send("POST", "/v1/session", &headers, Some(&body)).await;
    assert_eq!(elsewhere.status, 403, "{}", elsewhere.text());
    program.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_delicate_asks_for_a_new_proof_and_a_role_for_its_permission() {
    let program = Program::start().await;
    let staff = program.browser("bob", Role::Staff).await;
    let owner = program.browser("ada", Role::Owner).await;
    let token = json!({ "name": "ours", "role": "staff" });
    let refused = staff.post("/v1/tokens", &token).await;
    assert_eq!((refused.status, code(&refused)), (403, "forbidden".to_owned()));
    owner.post("/v1/tokens", &token).await.expect(201);

    sqlx::query("update identity.session set verified_at = verified_at - interval '11 minutes'")
        .execute(&mut program.superuser().await)
        .await
        .unwrap();
    let stale = wait_until("the proof is too old", SOON, || async {
        let answer = owner.post("/v1/tokens", &token).await;
        (answer.status == 403).then_some(answer)
    })
    .await;
    assert_eq!(code(&stale), "verification-needed");
    owner.get("/v1/leads").await.expect(200);
    let wrong = owner.post("/v1/session/verification", &json!({ "password": "x" })).await;
    assert_eq!(wrong.status, 422);
    let proved = owner.post("/v1/session/verification", &json!({ "password": PASSWORD })).await;
    proved.expect(200);
    let owner = owner.after(&proved).await;
    owner.post("/v1/tokens", &token).await.expect(201);
    program.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_password_ends_every_other_session() {
    let program = Program::start().await;
    let (first, second) =
        (program.browser("ada", Role::Staff).await, program.browser("ada", Role::Staff).await);
    assert_eq!(first.get("/v1/sessions").await.expect(200)["items"].as_array().unwrap().len(), 2);
    let change =
        |current: &str, new: &str| json!({ "current_password": current, "new_password": new });
    assert_eq!(first.put("/v1/password", &change("wrong", OTHER_PASSWORD)).await.status, 422);
    let changed = first.put("/v1/password", &change(PASSWORD, OTHER_PASSWORD)).await;
    changed.expect(200);
    let first = first.after(&changed).await;
    first.get("/v1/leads").await.expect(200);
    assert_eq!(second.get("/v1/leads").await.status, 401);

    // By e-mail, once, for who forgot it.
    let ask = json!({ "email": "ada@agency.example" });
    let nobody = json!({ "email": "nobody@agency.example" });
    let answers = [
        program.stranger.post("/v1/password-reset", &ask).await,
        program.stranger.post("/v1/password-reset", &nobody).await,
    ];
    assert_eq!(answers[0].expect(200), answers[1].expect(200));
    let token = mailed_token(&program, "ada@agency.example").await;
    let reset = json!({ "token": token, "new_password": "a third gentle walrus" });
    program.stranger.put("/v1/password-reset", &reset).await.expect(200);
    assert_eq!(program.stranger.put("/v1/password-reset", &reset).await.status, 403);
    assert_eq!(first.get("/v1/leads").await.status, 401);
    program.sign_in("ada@agency.example", "a third gentle walrus").await;
    program.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_sees_one_tenant_at_a_time_and_none_when_removed() {
    let program = Program::start().await;
    let (other, other_owner) = program.another_tenant("Initech").await;
    program.browser("ada", Role::Staff).await;
    let browser = program.browser_in(other, "ada", Role::Manager).await;
    let lead = json!({ "source": "web", "company_name": "Theirs", "contact_email": "a@theirs.example", "intake": {} });
    other_owner.post("/v1/leads", &lead).await.expect(201);
    let session = browser.get("/v1/session").await.expect(200);
    assert_eq!(session["tenants"].as_array().unwrap().len(), 2);
    let into = |tenant: String| {
        let browser = browser.clone();
        async move {
            let switched = browser.put("/v1/session/tenant", &json!({ "tenant_id": tenant })).await;
            switched.expect(200);
            browser.after(&switched).await
        }
    };
    let there = into(other.to_string()).await;
    assert_eq!(there.get("/v1/leads").await.expect(200)["items"][0]["company_name"], "Theirs");
    assert_eq!(there.get("/v1/session").await.expect(200)["role"], "manager");
    let switched =
        there.put("/v1/session/tenant", &json!({ "tenant_id": program.tenant.to_string() })).await;
    let here = there.after(&switched).await;
    assert_eq!(here.get("/v1/leads").await.expect(200)["items"], json!([]));
    let nowhere = json!({ "tenant_id": "tenant_00000000000000000000000000" });
    assert_eq!(here.put("/v1/session/tenant", &nowhere).await.status, 404);

    let members = program.owner.get("/v1/members").await.expect(200);
    let person = members["items"][0]["person_id"].as_str().unwrap();
    program.owner.send("DELETE", &format!("/v1/members/{person}"), &[], None).await.expect(200);
    wait_until("the removed member is out", SOON, || async {
        (here.get("/v1/leads").await.status == 403).then_some(())
    })
    .await;
    program.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_gives_more_than_they_have_and_an_owner_stays() {
    let program = Program::start().await;
    let owner = program.browser("ada", Role::Owner).await;
    let admin = program.browser("bob", Role::Admin).await;
    let members = owner.get("/v1/members").await.expect(200);
    let id = |name: &str| {
        let found = members["items"].as_array().unwrap().iter().find(|it| it["name"] == name);
        found.unwrap()["person_id"].as_str().unwrap().to_owned()
    };
    let role = |role: &str| json!({ "role": role });
    let of = |name: &str| format!("/v1/members/{}", id(name));
    let last = owner.patch(&of("ada"), &role("staff")).await;
    assert_eq!((last.status, code(&last)), (409, "last-owner".to_owned()));
    for (path, body) in [(of("bob"), role("owner")), (of("ada"), role("staff"))] {
        let refused = admin.patch(&path, &body).await;
        assert_eq!((refused.status, code(&refused)), (403, "role-too-high".to_owned()), "{path}");
    }
    let invite = json!({ "email": "eve@agency.example", "role": "owner" });
    assert_eq!(code(&admin.post("/v1/invitations", &invite).await), "role-too-high");
    owner.patch(&of("bob"), &role("owner")).await.expect(200);
    owner.patch(&of("ada"), &role("staff")).await.expect(200);
    program.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_person_cannot_touch_the_sessions_of_another() {
    let program = Program::start().await;
    let (ada, bob) =
        (program.browser("ada", Role::Owner).await, program.browser("bob", Role::Staff).await);
    let session = ada.get("/v1/sessions").await.expect(200)["items"][0]["session_id"].clone();
    let path = format!("/v1/sessions/{}", session.as_str().unwrap());
    assert_eq!(bob.send("DELETE", &path, &[], None).await.status, 404);
    ada.get("/v1/leads").await.expect(200);
    for operation in program.node.app.registry.entries().iter().map(|entry| &entry.operation) {
        let is_open = [
            "sign_in",
            "sign_out",
            "request_password_reset",
            "reset_password",
            "get_sign_in_options",
            "begin_provider_sign_in",
            "begin_passkey_sign_in",
            "sign_in_with_passkey",
        ]
        .contains(&operation.name)
            || operation.name.ends_with("_invitation");
        if operation.is_account() && !is_open {
            let path = operation
                .path
                .replace("{session_id}", session.as_str().unwrap())
                .replace("{external_identity_id}", "extid_00000000000000000000000000")
                .replace("{passkey_id}", "passkey_01jcz5k8w1e9ta5bq0h3m7xk2d");
            let method = operation.method.as_str();
            let mut body = operation.example.clone();
            for name in operation.path_parameters() {
                body.as_object_mut().unwrap().remove(name);
            }
            let body = operation.method.has_body().then_some(&body);
            let stranger = program.stranger.send(method, &path, &[], body).await;
            assert_eq!(stranger.status, 401, "{} {}", operation.name, stranger.text());
        }
    }
    let forged = Session {
        cookie: format!("__Host-handoff_session={}", "a".repeat(43)),
        ..Session::default()
    };
    assert_eq!(program.stranger.with_session(forged).get("/v1/leads").await.status, 401);
    program.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn sessions_end_by_themselves() {
    let program = Program::start().await;
    let (owner, staff) =
        (program.browser("ada", Role::Owner).await, program.browser("bob", Role::Staff).await);
    let age = async |interval: &str| {
        let sql = format!(
            "update identity.session set last_seen_at = last_seen_at - interval '{interval}'"
        );
        sqlx::query(sqlx::AssertSqlSafe(sql))
            .execute(&mut program.superuser().await)
            .await
            .unwrap();
    };
    age("61 minutes").await;
    wait_until("an idle owner is out", SOON, || async {
        (owner.get("/v1/leads").await.status == 401).then_some(())
    })
    .await;
    staff.get("/v1/leads").await.expect(200);
    age("8 hours").await;
    wait_until("idle staff are out", SOON, || async {
        (staff.get("/v1/leads").await.status == 401).then_some(())
    })
    .await;
    let left: Value = sqlx::query_scalar("select to_jsonb(count(*)) from identity.session")
        .fetch_one(&mut program.superuser().await)
        .await
        .unwrap();
    assert_eq!(left, 0);
    program.stop().await;
}
