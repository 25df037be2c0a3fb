//! Signing in through an OpenID Connect provider: who is let in, and everything that lets nobody in.

use std::time::Duration;

use chrono::TimeDelta;
use domain::Role;
use it::{
    Answer, Client, Program, Session,
    provider::{Account, Provider, TRICKS, Trip},
    wait_until,
};
use kernel::{Clock as _, SystemClock};
use serde_json::{Value, json};

const SOON: Duration = Duration::from_secs(30);

async fn start() -> (Program, Provider) {
    let provider = Provider::start().await;
    let program = Program::start_with(|options| provider.name_in(options)).await;
    (program, provider)
}

fn code(answer: &Answer) -> String {
    answer.json()["code"].as_str().unwrap_or_default().to_owned()
}

fn purpose(purpose: &str) -> Value {
    json!({ "purpose": purpose, "return_to": "/account" })
}

/// Where a browser ends that begins in this way.
async fn go(client: &Client, body: &Value) -> Answer {
    Trip::begin(client, body).await.go().await
}

fn address(answer: &Answer) -> &str {
    answer.header("location")
}

/// The session that an answer gives, if it gives one.
async fn session_of(client: &Client, answer: &Answer) -> Option<Client> {
    let set = answer.headers.get_all("set-cookie").iter().map(|it| it.to_str().unwrap());
    let pair = set.into_iter().find(|it| it.starts_with("__Host-handoff_session="))?;
    let cookie = pair.split(';').next().unwrap().to_owned();
    let browser = client.with_session(Session { cookie, csrf_token: String::new() });
    let session = browser.get("/v1/session").await.expect(200);
    let csrf_token = session["csrf_token"].as_str().unwrap().to_owned();
    Some(browser.with_session(Session { csrf_token, ..browser.session() }))
}

/// Ends with this problem, and nobody is signed in.
fn assert_refused(answer: &Answer, page: &str, problem: &str, what: &str) {
    let ended = address(answer);
    assert_eq!(ended.split('?').next(), Some(page), "{what}: {ended}");
    let query = ended.split('?').nth(1).unwrap_or_default();
    assert!(query.split('&').any(|it| it == format!("problem={problem}")), "{what}: {ended}");
    let cookies: Vec<_> = answer.headers.get_all("set-cookie").iter().collect();
    assert_eq!(cookies.len(), 1, "{what}: {cookies:?}");
    assert!(cookies[0].to_str().unwrap().starts_with("__Host-handoff_attempt=;"), "{what}");
}

/// A member who has a password and is connected with the provider's first account.
async fn connected(program: &Program, role: Role) -> Client {
    let ada = program.browser("ada", role).await;
    assert_eq!(address(&go(&ada, &purpose("connect")).await), "/account");
    ada
}

#[tokio::test(flavor = "multi_thread")]
async fn who_connected_once_signs_in_without_a_password() {
    let (program, provider) = start().await;
    let options = program.stranger.get("/v1/session/options").await.expect(200);
    assert_eq!(options, json!({ "provider": { "name": "Example ID" } }));
    let ada = connected(&program, Role::Manager).await;
    let items = ada.get("/v1/external-identities").await.expect(200)["items"].clone();
    assert_eq!(items.as_array().unwrap().len(), 1);
    assert_eq!(
        (&items[0]["issuer"], &items[0]["email"], &items[0]["is_usable"]),
        (&json!(provider.issuer), &json!("ada@agency.example"), &json!(true))
    );
    // Again changes nothing.
    assert_eq!(address(&go(&ada, &purpose("connect")).await), "/account");
    assert_eq!(ada.get("/v1/session").await.expect(200)["person"]["has_provider"], true);

    // The address is the provider's affair from now on.
    let moved =
        Account { email_verified: json!(false), ..Account::new("ada-1", "new@elsewhere.example") };
    provider.is_used_by(moved);
    let body = json!({ "purpose": "sign_in", "return_to": "/leads?status=open" });
    let trip = Trip::begin(&program.stranger, &body).await;
    let back = trip.at_provider().await;
    let answer = trip.come_back(&back).await;
    assert_eq!(address(&answer), "/leads?status=open");
    let browser = session_of(&program.stranger, &answer).await.unwrap();
    browser.get("/v1/leads").await.expect(200);
    let session = browser.get("/v1/session").await.expect(200);
    assert_eq!(
        (&session["state"], &session["role"], &session["person"]["email"]),
        (&json!("signed_in"), &json!("manager"), &json!("ada@agency.example"))
    );
    // What was answered once is worth nothing a second time.
    assert_refused(&trip.come_back(&back).await, "/sign-in", "attempt-expired", "a replay");

    for (action, through) in
        [("sign_in", json!("Example ID")), ("connect_external_identity", Value::Null)]
    {
        let audit = program.owner.get(&format!("/v1/audit?action={action}")).await.expect(200);
        assert_eq!(audit["items"][0]["detail"]["through"], through, "{audit}");
    }
    program.stop().await;
    provider.stop();
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_that_the_provider_gets_wrong_lets_anybody_in() {
    let (program, provider) = start().await;
    connected(&program, Role::Staff).await;
    for trick in TRICKS {
        provider.misbehave(Some(trick));
        let answer = go(&program.stranger, &purpose("sign_in")).await;
        assert_refused(&answer, "/sign-in", "provider-answer-invalid", &format!("{trick:?}"));
    }
    provider.misbehave(None);
    let answer = go(&program.stranger, &purpose("sign_in")).await;
    assert!(session_of(&program.stranger, &answer).await.is_some(), "{}", address(&answer));
    program.stop().await;
    provider.stop();
}

#[tokio::test(flavor = "multi_thread")]
async fn an_e_mail_address_alone_opens_nothing() {
    let (program, provider) = start().await;
    let ada = program.browser("ada", Role::Owner).await;
    let answer = go(&program.stranger, &purpose("sign_in")).await;
    assert_refused(&answer, "/sign-in", "identity-unknown", "the same address");
    provider.is_used_by(Account::new("nobody-1", "nobody@agency.example"));
    let nobody = go(&program.stranger, &purpose("sign_in")).await;
    assert_eq!(address(&nobody), address(&answer), "it tells who has an account");

    // Connecting takes the same address, verified there.
    for (account, what) in [
        (Account::new("eve-1", "eve@agency.example"), "another address"),
        (
            Account { email_verified: json!(false), ..Account::new("ada-1", "ada@agency.example") },
            "an address that was not verified",
        ),
        (
            Account { email_verified: Value::Null, ..Account::new("ada-1", "ada@agency.example") },
            "an address of which nothing is said",
        ),
    ] {
        provider.is_used_by(account);
        let answer = go(&ada, &purpose("connect")).await;
        assert_refused(&answer, "/sign-in", "identity-unverified", what);
    }
    // As many write it, and asked for where it is not told at once.
    let account = Account::new("ada-1", "ADA@agency.example");
    provider.is_used_by(Account {
        email_verified: json!("true"),
        is_told_at_once: false,
        ..account.clone()
    });
    assert_eq!(address(&go(&ada, &purpose("connect")).await), "/account");

    // One account there is one person here, and the other way round.
    let other = Account { subject: "ada-2".to_owned(), ..account.clone() };
    provider.is_used_by(other);
    assert_refused(&go(&ada, &purpose("connect")).await, "/sign-in", "identity-taken", "a second");
    let bob = program.browser("bob", Role::Staff).await;
    provider.is_used_by(Account { email: "bob@agency.example".to_owned(), ..account });
    assert_refused(&go(&bob, &purpose("connect")).await, "/sign-in", "identity-taken", "taken");
    program.stop().await;
    provider.stop();
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_counts_for_the_browser_that_began_and_for_ten_minutes() {
    let (program, provider) = start().await;
    connected(&program, Role::Staff).await;
    let first_page = json!({ "purpose": "sign_in" });
    let mine = Trip::begin(&program.stranger, &first_page).await;
    let theirs = Trip::begin(&program.stranger, &first_page).await;
    let back = mine.at_provider().await;
    for (trip, path, what) in [
        (theirs.clone(), back.clone(), "the answer to another browser"),
        (
            Trip { cookie: String::new(), ..mine.clone() },
            back.clone(),
            "a browser without a cookie",
        ),
        (mine.clone(), back.replace("state=", "state=0"), "another state"),
        (mine.clone(), "/sign-in/callback?code=x".to_owned(), "no state"),
        (
            mine.clone(),
            "/sign-in/callback?error=access_denied".to_owned(),
            "an error without a state",
        ),
        (mine.clone(), "/sign-in/callback?state=%ff&state=1".to_owned(), "what cannot be read"),
    ] {
        assert_refused(&trip.come_back(&path).await, "/sign-in", "attempt-expired", what);
    }
    // None of them took anything from the right one.
    assert_eq!(address(&mine.come_back(&back).await), "/");

    sqlx::query(
        "update identity.provider_attempt set expires_at = expires_at - interval '10 minutes'",
    )
    .execute(&mut program.superuser().await)
    .await
    .unwrap();
    assert_refused(&theirs.go().await, "/sign-in", "attempt-expired", "too late");

    for (error, problem) in [
        ("access_denied", "sign-in-cancelled"),
        ("temporarily_unavailable", "provider-refused"),
        ("<script>", "provider-refused"),
    ] {
        provider.refuse(Some(error));
        let answer = go(&program.stranger, &purpose("sign_in")).await;
        assert_eq!(address(&answer), format!("/sign-in?problem={problem}&return=%2Faccount"));
        assert!(session_of(&program.stranger, &answer).await.is_none());
    }
    program.stop().await;
    provider.stop();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_provider_that_is_away_or_changes_its_keys_is_met_again_by_itself() {
    let provider = Provider::start().await;
    provider.go_away(true);
    provider.take_secret_in_body();
    // The program starts without it.
    let program = Program::start_with(|options| provider.name_in(options)).await;
    let ada = program.browser("ada", Role::Staff).await;
    let refused = ada.post("/v1/session/provider", &purpose("connect")).await;
    assert_eq!((refused.status, code(&refused)), (503, "provider-unavailable".to_owned()));
    assert!(!refused.header("retry-after").is_empty());
    provider.go_away(false);
    wait_until("the provider is asked again", SOON, || async {
        let begun = ada.post("/v1/session/provider", &purpose("connect")).await;
        (begun.status == 200).then_some(())
    })
    .await;
    assert_eq!(address(&go(&ada, &purpose("connect")).await), "/account");

    let read = provider.keys_read();
    provider.change_key("second");
    for _ in 0..2 {
        let answer = go(&program.stranger, &purpose("sign_in")).await;
        assert_eq!(address(&answer), "/account");
    }
    assert_eq!(
        provider.keys_read(),
        read + 1,
        "keys are read anew when one is unknown, and then kept"
    );

    let trip = Trip::begin(&program.stranger, &purpose("sign_in")).await;
    let back = trip.at_provider().await;
    provider.go_away(true);
    let answer = trip.come_back(&back).await;
    assert_refused(&answer, "/sign-in", "provider-unavailable", "away in the middle");
    program.stop().await;
    provider.stop();
}

fn totp(secret: &str, steps: i64) -> String {
    let secret = totp_rs::Secret::try_from_base32(secret).unwrap();
    let totp = totp_rs::Builder::new().with_secret(secret).build_noncompliant();
    let at = SystemClock.now() + TimeDelta::seconds(30 * steps);
    totp.generate(u64::try_from(at.timestamp()).unwrap()).to_string()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_second_factor_is_asked_for_here_whatever_the_provider_asked() {
    let (program, provider) = start().await;
    let ada = connected(&program, Role::Owner).await;
    let begun = ada.post("/v1/totp", &json!({})).await.expect(200);
    let secret = begun["secret"].as_str().unwrap();
    ada.put("/v1/totp", &json!({ "code": totp(secret, 0) })).await.expect(200);

    let answer = go(&program.stranger, &purpose("sign_in")).await;
    assert_eq!(address(&answer), "/sign-in?return=%2Faccount");
    let half = session_of(&program.stranger, &answer).await.unwrap();
    assert_eq!(half.get("/v1/session").await.expect(200)["state"], "second_factor");
    assert_eq!(half.get("/v1/leads").await.status, 401);
    let refused = half.post("/v1/session/provider", &purpose("connect")).await;
    assert_eq!(refused.status, 401, "{}", refused.text());
    let given = half.post("/v1/session/second-factor", &json!({ "code": totp(secret, 1) })).await;
    given.expect(200);
    half.after(&given).await.get("/v1/leads").await.expect(200);
    program.stop().await;
    provider.stop();
}

async fn invite(program: &Program, email: &str) -> Value {
    let body = json!({ "email": email, "role": "admin" });
    let invited = program.owner.post("/v1/invitations", &body).await.expect(201);
    let token = invited["link"].as_str().unwrap().split_once('#').unwrap().1.to_owned();
    json!({ "purpose": "invitation", "token": token })
}

#[tokio::test(flavor = "multi_thread")]
async fn an_invitation_is_accepted_by_whose_address_the_provider_has_verified() {
    let (program, provider) = start().await;
    let accept = invite(&program, "Grace@agency.example").await;
    let page = "/accept-invitation";
    for (account, what) in [
        (Account::new("eve-1", "eve@agency.example"), "somebody else"),
        (
            Account { email_verified: json!(false), ..Account::new("g", "grace@agency.example") },
            "not verified",
        ),
    ] {
        provider.is_used_by(account);
        let answer = go(&program.stranger, &accept).await;
        assert_refused(&answer, page, "identity-unverified", what);
    }
    let grace = Account { name: None, ..Account::new("grace-1", "grace@agency.example") };
    provider.is_used_by(grace);
    let answer = go(&program.stranger, &accept).await;
    assert_eq!(address(&answer), "/");
    let browser = session_of(&program.stranger, &answer).await.unwrap();
    let session = browser.get("/v1/session").await.expect(200);
    assert_eq!(
        (&session["role"], &session["person"]["name"], &session["person"]["has_password"]),
        (&json!("admin"), &json!("grace"), &json!(false))
    );
    // The link works once, and what came of it stays.
    let again = program.stranger.post("/v1/session/provider", &accept).await;
    assert_eq!((again.status, code(&again)), (403, "link-expired".to_owned()));
    let answer = go(&program.stranger, &purpose("sign_in")).await;
    assert!(session_of(&program.stranger, &answer).await.is_some());

    // Whoever has an account signs in with it first: a link must not open it.
    program.another_tenant("Initech").await;
    let (other, owner) = program.another_tenant("Umbrella").await;
    program.browser("hedy", Role::Staff).await;
    let invited = json!({ "email": "hedy@agency.example", "role": "staff" });
    let invited = owner.post("/v1/invitations", &invited).await.expect(201);
    let token = invited["link"].as_str().unwrap().split_once('#').unwrap().1.to_owned();
    let accept = json!({ "purpose": "invitation", "token": token });
    provider.is_used_by(Account::new("hedy-1", "hedy@agency.example"));
    let answer = go(&program.stranger, &accept).await;
    assert_refused(&answer, page, "identity-unknown", "an account without being connected");
    let hedy = program.browser("hedy", Role::Staff).await;
    assert_eq!(address(&go(&hedy, &purpose("connect")).await), "/account");
    let answer = go(&program.stranger, &accept).await;
    assert_eq!(address(&answer), page);
    let browser = session_of(&program.stranger, &answer).await.unwrap();
    let accepted = browser.post("/v1/invitations/acceptance", &json!({ "token": token })).await;
    accepted.expect(200);
    let session = browser.after(&accepted).await.get("/v1/session").await.expect(200);
    assert_eq!(session["tenant"]["tenant_id"], other.to_string());
    program.stop().await;
    provider.stop();
}

#[tokio::test(flavor = "multi_thread")]
async fn who_has_no_password_proves_it_at_the_provider_and_keeps_the_only_way_in() {
    let (program, provider) = start().await;
    let grace = Account::new("grace-1", "grace@agency.example");
    provider.is_used_by(grace.clone());
    let answer = go(&program.stranger, &invite(&program, "grace@agency.example").await).await;
    let browser = session_of(&program.stranger, &answer).await.unwrap();
    // The provider did not say when it asked: that proves nothing for what is delicate.
    let token = json!({ "name": "ours", "role": "staff" });
    let refused = browser.post("/v1/tokens", &token).await;
    assert_eq!((refused.status, code(&refused)), (403, "verification-needed".to_owned()));
    let answer = go(&browser, &purpose("verify")).await;
    assert_refused(&answer, "/sign-in", "verification-needed", "it does not say when it asked");
    provider.is_used_by(Account {
        asked_seconds_ago: Some(7200),
        ..Account::new("eve-1", "eve@x.example")
    });
    let answer = go(&browser, &purpose("verify")).await;
    assert_refused(&answer, "/sign-in", "identity-unknown", "somebody else at the provider");
    provider.is_used_by(Account { asked_seconds_ago: Some(7200), ..grace });
    let answer = go(&browser, &purpose("verify")).await;
    assert_eq!(address(&answer), "/account");
    let browser = session_of(&program.stranger, &answer).await.unwrap();
    browser.post("/v1/tokens", &token).await.expect(201);

    let items = browser.get("/v1/external-identities").await.expect(200)["items"].clone();
    let path =
        format!("/v1/external-identities/{}", items[0]["external_identity_id"].as_str().unwrap());
    let refused = browser.send("DELETE", &path, &[], None).await;
    assert_eq!((refused.status, code(&refused)), (409, "only-way-in".to_owned()));
    let ada = program.browser("ada", Role::Owner).await;
    assert_eq!(ada.send("DELETE", &path, &[], None).await.status, 404, "another person's");
    assert_eq!(browser.get("/v1/external-identities").await.expect(200)["items"], items);
    program.stop().await;
    provider.stop();
}

#[tokio::test(flavor = "multi_thread")]
async fn connecting_and_disconnecting_are_delicate_and_belong_to_one_session() {
    let (program, provider) = start().await;
    let ada = connected(&program, Role::Staff).await;
    let elsewhere = program.browser("ada", Role::Staff).await;
    let items = ada.get("/v1/external-identities").await.expect(200)["items"].clone();
    let path =
        format!("/v1/external-identities/{}", items[0]["external_identity_id"].as_str().unwrap());
    let bob = program.browser("bob", Role::Staff).await;
    provider.is_used_by(Account::new("bob-1", "bob@agency.example"));
    // The browser signs in as somebody else in the middle.
    let trip = Trip::begin(&bob, &purpose("connect")).await;
    let swapped = Trip { client: ada.clone(), ..trip };
    assert_refused(&swapped.go().await, "/sign-in", "attempt-expired", "another session");
    let out =
        Trip { client: program.stranger.clone(), ..Trip::begin(&bob, &purpose("connect")).await };
    assert_refused(&out.go().await, "/sign-in", "unauthenticated", "no session");

    let gone = ada.send("DELETE", &path, &[], None).await;
    gone.expect(200);
    assert_eq!(elsewhere.get("/v1/leads").await.status, 401, "who may have come by it is out");
    let ada = ada.after(&gone).await;
    ada.get("/v1/leads").await.expect(200);
    provider.is_used_by(Account::new("ada-1", "ada@agency.example"));
    let answer = go(&program.stranger, &purpose("sign_in")).await;
    assert_refused(&answer, "/sign-in", "identity-unknown", "disconnected");

    sqlx::query("update identity.session set verified_at = verified_at - interval '11 minutes'")
        .execute(&mut program.superuser().await)
        .await
        .unwrap();
    let stale = wait_until("the proof is too old", SOON, || async {
        let answer = ada.post("/v1/session/provider", &purpose("connect")).await;
        (answer.status == 403).then_some(answer)
    })
    .await;
    assert_eq!(code(&stale), "verification-needed");
    assert_eq!(code(&ada.send("DELETE", &path, &[], None).await), "verification-needed");
    for (body, headers, status) in [
        (json!({ "purpose": "sign_in", "return_to": "//evil.example" }), vec![], 422),
        (json!({ "purpose": "sign_in", "return_to": "https://evil.example/" }), vec![], 422),
        (json!({ "purpose": "invitation" }), vec![], 422),
        (json!({ "purpose": "connect" }), vec![], 401),
        (json!({ "purpose": "verify" }), vec![], 401),
        (purpose("sign_in"), vec![("origin", "https://evil.example")], 403),
    ] {
        let answer =
            program.stranger.send("POST", "/v1/session/provider", &headers, Some(&body)).await;
        assert_eq!(answer.status, status, "{body}: {}", answer.text());
        assert!(answer.header("set-cookie").is_empty());
    }
    program.stop().await;
    provider.stop();
}

#[tokio::test(flavor = "multi_thread")]
async fn failures_through_the_provider_are_counted_by_network() {
    let (program, provider) = start().await;
    let mut blocked = None;
    for _ in 0..60 {
        let answer = go(&program.stranger, &purpose("sign_in")).await;
        if address(&answer).contains("too-many-requests") {
            blocked = Some(answer);
            break;
        }
        assert_refused(&answer, "/sign-in", "identity-unknown", "nobody");
    }
    let blocked = blocked.expect("it goes on for ever");
    assert_refused(&blocked, "/sign-in", "too-many-requests", "blocked");
    program.stop().await;
    provider.stop();
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_provider_there_is_nothing_to_sign_in_through() {
    let program = Program::start().await;
    assert_eq!(program.stranger.get("/v1/session/options").await.expect(200), json!({}));
    let refused = program.stranger.post("/v1/session/provider", &purpose("sign_in")).await;
    assert_eq!((refused.status, code(&refused)), (404, "provider-missing".to_owned()));
    let lost = program.stranger.get("/sign-in/callback?code=x&state=y").await;
    assert_eq!(lost.status, 303);
    assert_refused(&lost, "/sign-in", "attempt-expired", "nothing was begun");
    program.stop().await;
}
