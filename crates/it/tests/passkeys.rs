//! Passkeys: signing in without a password, second factors and proofs, and everything that must not pass for one.

use std::time::Duration;

use domain::Role;
use it::{Answer, Authenticator, Client, PASSWORD, Program, wait_until};
use serde_json::{Value, json};

const SOON: Duration = Duration::from_secs(30);
const ADA: &str = "ada@agency.example";

fn code(answer: &Answer) -> String {
    answer.json()["code"].as_str().unwrap_or_default().to_owned()
}

/// Adds a passkey to whoever is signed in with a browser; the browser after it.
async fn add(browser: &Client, key: &mut Authenticator) -> (Client, Value) {
    let asked = browser.post("/v1/passkeys/challenge", &json!({})).await.expect(200);
    let added = browser.post("/v1/passkeys", &key.create(&asked, "Phone")).await;
    let answer = added.expect(201);
    (browser.after(&added).await, answer)
}

async fn ask_to_sign_in(browser: &Client) -> Value {
    browser.post("/v1/session/passkey/challenge", &json!({})).await.expect(200)
}

async fn ask_for_proof(browser: &Client) -> Value {
    browser.post("/v1/session/verification/challenge", &json!({})).await.expect(200)
}

async fn sign_in(browser: &Client, key: &mut Authenticator) -> Answer {
    let asked = ask_to_sign_in(browser).await;
    browser.post("/v1/session/passkey", &key.sign(&asked)).await
}

async fn change(program: &Program, sql: &'static str) {
    sqlx::query(sql).execute(&mut program.superuser().await).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_passkey_signs_in_without_a_password_until_it_is_removed() {
    let program = Program::start().await;
    let other = program.browser("ada", Role::Owner).await;
    let browser = program.browser("ada", Role::Owner).await;
    let (mut phone, mut laptop) = (Authenticator::new("phone"), Authenticator::new("laptop"));
    let (browser, added) = add(&browser, &mut phone).await;
    assert_eq!(added["recovery_codes"].as_array().unwrap().len(), 10, "{added}");
    assert_eq!(other.get("/v1/leads").await.status, 401, "what needed no second factor lives on");
    let (browser, second) = add(&browser, &mut laptop).await;
    assert!(second["recovery_codes"].is_null(), "the first codes were put out of use: {second}");
    let session = browser.get("/v1/session").await.expect(200);
    assert_eq!(
        (&session["person"]["has_passkey"], &session["person"]["has_totp"]),
        (&json!(true), &json!(false))
    );

    let asked = ask_to_sign_in(&program.stranger).await;
    let port = program.node.address.port();
    assert_eq!(asked["origin"], format!("http://localhost:{port}"));
    assert_eq!(asked["public_key"]["userVerification"], "required");
    assert_eq!(
        asked["public_key"]["allowCredentials"],
        json!([]),
        "strangers are told of passkeys"
    );
    let signed_in = program.stranger.post("/v1/session/passkey", &phone.sign(&asked)).await;
    assert_eq!(signed_in.expect(200)["state"], "signed_in");
    let passwordless = program.stranger.after(&signed_in).await;
    passwordless.get("/v1/leads").await.expect(200);
    assert_eq!(passwordless.get("/v1/session").await.expect(200)["state"], "signed_in");
    let audit = program.owner.get("/v1/audit?action=sign_in").await.expect(200);
    assert!(audit["items"][0]["actor"].as_str().unwrap().starts_with("member:"), "{audit}");
    let members = program.owner.get("/v1/members").await.expect(200);
    assert_eq!(members["items"][0]["has_passkey"], true);

    let list = browser.get("/v1/passkeys").await.expect(200);
    assert_eq!(list["items"][0]["passkey_id"], added["passkey_id"]);
    assert!(list["items"][0]["last_used_at"].is_string(), "{list}");
    assert!(list["items"][1]["last_used_at"].is_null(), "{list}");
    let path = format!("/v1/passkeys/{}", added["passkey_id"].as_str().unwrap());
    let renamed = browser.patch(&path, &json!({ "name": "Old phone" })).await.expect(200);
    assert_eq!(renamed["name"], "Old phone");
    let removed = browser.send("DELETE", &path, &[], None).await;
    removed.expect(200);
    let browser = browser.after(&removed).await;
    browser.get("/v1/leads").await.expect(200);
    assert_eq!(passwordless.get("/v1/leads").await.status, 401, "its session lives on");
    let refused = sign_in(&program.stranger, &mut phone).await;
    assert_eq!((refused.status, code(&refused)), (401, "sign-in-refused".to_owned()));
    sign_in(&program.stranger, &mut laptop).await.expect(200);
    program.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn after_the_password_a_passkey_or_a_recovery_code_is_asked_for() {
    let program = Program::start().await;
    let mut key = Authenticator::new("phone");
    let (whole, added) = add(&program.browser("ada", Role::Manager).await, &mut key).await;
    let give = |browser: &Client, body: Value| {
        let browser = browser.clone();
        async move { browser.post("/v1/session/second-factor", &body).await }
    };
    let half = program.sign_in(ADA, PASSWORD).await;
    let session = half.get("/v1/session").await.expect(200);
    assert_eq!(
        (&session["state"], &session["person"]["has_passkey"]),
        (&json!("second_factor"), &json!(true))
    );
    for path in ["/v1/leads", "/v1/passkeys"] {
        assert_eq!(half.get(path).await.status, 401, "{path}");
    }
    assert_eq!(half.post("/v1/passkeys/challenge", &json!({})).await.status, 401);
    assert_eq!(give(&half, json!({})).await.status, 422);

    let asked = ask_for_proof(&half).await;
    assert_eq!(asked["public_key"]["allowCredentials"][0]["id"], "cGhvbmU");
    let given = give(&half, json!({ "passkey": key.sign(&asked) })).await;
    given.expect(200);
    half.after(&given).await.get("/v1/leads").await.expect(200);

    let codes = added["recovery_codes"].as_array().unwrap();
    let half = program.sign_in(ADA, PASSWORD).await;
    give(&half, json!({ "code": codes[0] })).await.expect(200);

    // With the last second factor its codes are gone, and the password is enough.
    let path = format!("/v1/passkeys/{}", added["passkey_id"].as_str().unwrap());
    whole.send("DELETE", &path, &[], None).await.expect(200);
    let back = program.sign_in(ADA, PASSWORD).await;
    back.get("/v1/leads").await.expect(200);
    assert_eq!(code(&back.post("/v1/recovery-codes", &json!({})).await), "second-factor-missing");
    let none = back.post("/v1/session/verification/challenge", &json!({})).await;
    assert_eq!(code(&none), "second-factor-missing");
    program.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_authenticator_app_that_was_only_begun_is_no_second_factor() {
    let program = Program::start().await;
    let mut key = Authenticator::new("phone");
    let (browser, _) = add(&program.browser("ada", Role::Manager).await, &mut key).await;
    let begun = browser.post("/v1/totp", &json!({})).await.expect(200);
    let secret = totp_rs::Secret::try_from_base32(begun["secret"].as_str().unwrap()).unwrap();
    let app = totp_rs::Builder::new().with_secret(secret).build_noncompliant();
    let now = kernel::Clock::now(&kernel::SystemClock).timestamp();
    let shown = app.generate(u64::try_from(now).unwrap()).to_string();
    let half = program.sign_in(ADA, PASSWORD).await;
    let given = half.post("/v1/session/second-factor", &json!({ "code": shown })).await;
    assert_eq!(given.status, 422, "{}", given.text());
    browser.put("/v1/totp", &json!({ "code": shown })).await.expect(200);
    program.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_passkey_proves_again_who_one_is() {
    let program = Program::start().await;
    let mut key = Authenticator::new("phone");
    let (browser, added) = add(&program.browser("ada", Role::Owner).await, &mut key).await;
    change(
        &program,
        "update identity.session set verified_at = verified_at - interval '11 minutes'",
    )
    .await;
    let path = format!("/v1/passkeys/{}", added["passkey_id"].as_str().unwrap());
    let stale = wait_until("the proof is too old", SOON, || async {
        let answer = browser.post("/v1/passkeys/challenge", &json!({})).await;
        (answer.status == 403).then_some(answer)
    })
    .await;
    assert_eq!(code(&stale), "verification-needed");
    let refused = browser.send("DELETE", &path, &[], None).await;
    assert_eq!(code(&refused), "verification-needed");

    let verify = |browser: &Client, body: Value| {
        let browser = browser.clone();
        async move { browser.post("/v1/session/verification", &body).await }
    };
    assert_eq!(verify(&browser, json!({})).await.status, 422);
    let asked = ask_for_proof(&browser).await;
    let proved = verify(&browser, json!({ "passkey": key.sign(&asked) })).await;
    proved.expect(200);
    let browser = browser.after(&proved).await;
    browser.send("DELETE", &path, &[], None).await.expect(200);
    program.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_challenge_counts_once_for_minutes_and_for_what_it_was_made_for() {
    let program = Program::start().await;
    let stranger = &program.stranger;
    let mut key = Authenticator::new("phone");
    let (browser, _) = add(&program.browser("ada", Role::Owner).await, &mut key).await;
    let is_void = |answer: &Answer| {
        let error = &answer.json()["errors"][0];
        (answer.status, error["pointer"].as_str().unwrap_or_default().ends_with("/challenge_token"))
            == (422, true)
    };

    let asked = ask_to_sign_in(stranger).await;
    let signed = key.sign(&asked);
    stranger.post("/v1/session/passkey", &signed).await.expect(200);
    let replayed = stranger.post("/v1/session/passkey", &signed).await;
    assert!(is_void(&replayed), "replayed: {}", replayed.text());
    let again = stranger.post("/v1/session/passkey", &key.sign(&asked)).await;
    assert!(is_void(&again), "signed anew: {}", again.text());

    // Also one that was answered wrongly.
    let asked = ask_to_sign_in(stranger).await;
    key.is_verified = false;
    assert_eq!(stranger.post("/v1/session/passkey", &key.sign(&asked)).await.status, 401);
    key.is_verified = true;
    let again = stranger.post("/v1/session/passkey", &key.sign(&asked)).await;
    assert!(is_void(&again), "after a wrong answer: {}", again.text());

    let asked = ask_to_sign_in(stranger).await;
    change(
        &program,
        "update identity.passkey_challenge set expires_at = expires_at - interval '5 minutes'",
    )
    .await;
    let late = stranger.post("/v1/session/passkey", &key.sign(&asked)).await;
    assert!(is_void(&late), "expired: {}", late.text());

    // One of another session, and one for another purpose.
    let half = program.sign_in(ADA, PASSWORD).await;
    let asked = ask_for_proof(&browser).await;
    let body = json!({ "passkey": key.sign(&asked) });
    let elsewhere = half.post("/v1/session/second-factor", &body).await;
    assert!(is_void(&elsewhere), "of another session: {}", elsewhere.text());
    let asked = ask_for_proof(&half).await;
    let wrong = stranger.post("/v1/session/passkey", &key.sign(&asked)).await;
    assert!(is_void(&wrong), "to sign in: {}", wrong.text());
    let asked = ask_to_sign_in(stranger).await;
    let body = json!({ "passkey": key.sign(&asked) });
    let wrong = half.post("/v1/session/second-factor", &body).await;
    assert!(is_void(&wrong), "as a second factor: {}", wrong.text());
    program.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_passkey_did_not_sign_for_us_is_refused() {
    let program = Program::start().await;
    let stranger = &program.stranger;
    let mut key = Authenticator::new("phone");
    add(&program.browser("ada", Role::Owner).await, &mut key).await;
    let refused = |answer: Answer, what: &str| {
        assert_eq!((answer.status, code(&answer)), (401, "sign-in-refused".to_owned()), "{what}");
        assert!(answer.header("set-cookie").is_empty(), "{what}");
    };

    key.origin = Some("https://evil.example".to_owned());
    refused(sign_in(stranger, &mut key).await, "another origin");
    key.origin = None;
    key.is_verified = false;
    refused(sign_in(stranger, &mut key).await, "an owner who was not checked");
    key.is_verified = true;
    sign_in(stranger, &mut key).await.expect(200);
    let counter = std::mem::replace(&mut key.counter, 1);
    refused(sign_in(stranger, &mut key).await, "a counter that went back");
    // A copy does not put the original out of use.
    key.counter = counter;
    sign_in(stranger, &mut key).await.expect(200);

    let asked = ask_to_sign_in(stranger).await;
    let mut forged = key.sign(&asked);
    let of_another = Authenticator::new("phone").sign(&asked);
    forged["credential"]["response"]["signature"] =
        of_another["credential"]["response"]["signature"].clone();
    refused(stranger.post("/v1/session/passkey", &forged).await, "another key's signature");
    let asked = ask_to_sign_in(stranger).await;
    let mut nobodys = key.sign(&asked);
    nobodys["credential"]["response"]["userHandle"] = Value::Null;
    refused(stranger.post("/v1/session/passkey", &nobodys).await, "no word of whose it is");

    // Tries are counted, by passkey: the right answer has to wait as well.
    let mut last = sign_in(stranger, &mut key).await.status;
    key.origin = Some("https://evil.example".to_owned());
    for _ in 0..8 {
        last = sign_in(stranger, &mut key).await.status;
    }
    assert_eq!(last, 429);
    key.origin = None;
    assert_eq!(sign_in(stranger, &mut key).await.status, 429);
    program.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_uses_or_touches_the_passkeys_of_another() {
    let program = Program::start().await;
    let (mut adas, mut bobs) = (Authenticator::new("ada's"), Authenticator::new("bob's"));
    let (ada, of_ada) = add(&program.browser("ada", Role::Owner).await, &mut adas).await;
    let (bob, _) = add(&program.browser("bob", Role::Staff).await, &mut bobs).await;
    let path = format!("/v1/passkeys/{}", of_ada["passkey_id"].as_str().unwrap());
    assert_eq!(bob.patch(&path, &json!({ "name": "Bob's now" })).await.status, 404);
    assert_eq!(bob.send("DELETE", &path, &[], None).await.status, 404);
    let theirs = bob.get("/v1/passkeys").await;
    assert!(!theirs.text().contains(of_ada["passkey_id"].as_str().unwrap()));

    let half = program.sign_in("bob@agency.example", PASSWORD).await;
    let asked = ask_for_proof(&half).await;
    let body = json!({ "passkey": adas.sign(&asked) });
    let refused = half.post("/v1/session/second-factor", &body).await;
    assert_eq!(refused.status, 422, "{}", refused.text());
    assert_eq!(refused.json()["errors"][0]["pointer"], "/passkey");
    assert!(ada.get("/v1/passkeys").await.expect(200)["items"][0]["last_used_at"].is_null());

    // A key that says that it is somebody else's.
    let asked = ask_to_sign_in(&program.stranger).await;
    let mut forged = bobs.sign(&asked);
    forged["credential"]["response"]["userHandle"] =
        adas.sign(&asked)["credential"]["response"]["userHandle"].clone();
    assert_eq!(program.stranger.post("/v1/session/passkey", &forged).await.status, 401);

    // One credential is one person's.
    let asked = bob.post("/v1/passkeys/challenge", &json!({})).await.expect(200);
    let taken = bob.post("/v1/passkeys", &Authenticator::new("ada's").create(&asked, "Mine")).await;
    assert_eq!(taken.status, 422, "{}", taken.text());
    sign_in(&program.stranger, &mut adas).await.expect(200);

    change(&program, "update identity.person set disabled_at = now() where name = 'ada'").await;
    assert_eq!(sign_in(&program.stranger, &mut adas).await.status, 401);
    program.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn where_browsers_know_no_passkeys_it_is_said_why() {
    let program = Program::start_with(|options| {
        options.config.public_url = Some("http://192.0.2.7:8080".parse().unwrap());
    })
    .await;
    let browser = program.browser("ada", Role::Owner).await;
    let list = browser.get("/v1/passkeys").await.expect(200);
    assert!(list["unavailable"].as_str().unwrap().contains("HANDOFF_PUBLIC_URL"), "{list}");
    assert!(list["origin"].is_null());
    for (client, path) in
        [(&browser, "/v1/passkeys/challenge"), (&program.stranger, "/v1/session/passkey/challenge")]
    {
        let refused = client.post(path, &json!({})).await;
        assert_eq!((refused.status, code(&refused)), (409, "passkeys-unavailable".to_owned()));
    }
    program.stop().await;
}
