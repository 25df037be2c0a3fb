//! What the provider answers.

use std::sync::Arc;

use axum::{
    Json,
    extract::{Query, State},
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse as _, Redirect, Response},
};
use base64::{
    Engine as _,
    prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD},
};
use kernel::{Clock as _, SystemClock};
use ring::hmac;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use url::Url;

use super::{Account, CLIENT_ID, CLIENT_SECRET, Inner, Parameters, Served, Trick};

pub(super) async fn configuration(State(served): State<Arc<Served>>) -> Response {
    let inner = served.inner.lock().unwrap();
    if inner.is_away {
        return StatusCode::BAD_GATEWAY.into_response();
    }
    let issuer = &served.issuer;
    let method =
        if inner.takes_secret_in_body { "client_secret_post" } else { "client_secret_basic" };
    Json(json!({
        "issuer": issuer,
        "authorization_endpoint": format!("{issuer}authorize"),
        "token_endpoint": format!("{issuer}token"),
        "userinfo_endpoint": format!("{issuer}me"),
        "jwks_uri": format!("{issuer}keys"),
        "response_types_supported": ["code"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["ES256", "RS256", "HS256", "none"],
        "token_endpoint_auth_methods_supported": [method],
        "authorization_response_iss_parameter_supported": true,
    }))
    .into_response()
}

pub(super) async fn keys(State(served): State<Arc<Served>>) -> Json<Value> {
    let mut inner = served.inner.lock().unwrap();
    inner.keys_read += 1;
    Json(json!({ "keys": [inner.key.published()] }))
}

/// Lets in whoever uses the browser, without asking.
pub(super) async fn authorize(
    State(served): State<Arc<Served>>,
    Query(asked): Query<Parameters>,
) -> Response {
    let mut inner = served.inner.lock().unwrap();
    let given = |name: &str| asked.get(name).map(String::as_str).unwrap_or_default();
    let scopes: Vec<&str> = given("scope").split(' ').collect();
    let is_right = given("client_id") == CLIENT_ID
        && given("response_type") == "code"
        && given("code_challenge_method") == "S256"
        && given("code_challenge").len() == 43
        && 32 <= given("nonce").len()
        && 32 <= given("state").len()
        && ["openid", "email", "profile"].iter().all(|scope| scopes.contains(scope));
    if !is_right {
        return (StatusCode::BAD_REQUEST, format!("{asked:?}")).into_response();
    }
    let mut back = Url::parse(given("redirect_uri")).unwrap();
    back.query_pairs_mut().append_pair("state", given("state"));
    let is_another = inner.trick == Some(Trick::AnotherReturns);
    let issuer = if is_another { "https://another.example" } else { &served.issuer };
    back.query_pairs_mut().append_pair("iss", issuer);
    if let Some(error) = &inner.error {
        back.query_pairs_mut().append_pair("error", error);
        back.query_pairs_mut().append_pair("error_description", "<b>no</b>");
        return Redirect::to(back.as_str()).into_response();
    }
    inner.count += 1;
    let code = format!("code {}", inner.count);
    back.query_pairs_mut().append_pair("code", &code);
    inner.asked.insert(code, asked);
    Redirect::to(back.as_str()).into_response()
}

pub(super) async fn token(
    State(served): State<Arc<Served>>,
    headers: HeaderMap,
    body: String,
) -> Response {
    let given: Parameters = form_urlencoded::parse(body.as_bytes()).into_owned().collect();
    let mut inner = served.inner.lock().unwrap();
    if inner.is_away {
        return StatusCode::SERVICE_UNAVAILABLE.into_response();
    }
    let refused =
        |error: &str| (StatusCode::BAD_REQUEST, Json(json!({ "error": error }))).into_response();
    if !shows_secret(&inner, &headers, &given) {
        return refused("invalid_client");
    }
    let given = |name: &str| given.get(name).map(String::as_str).unwrap_or_default();
    // Each code once.
    let Some(asked) = inner.asked.remove(given("code")) else { return refused("invalid_grant") };
    let challenge = BASE64_URL_SAFE_NO_PAD.encode(Sha256::digest(given("code_verifier")));
    let is_right = given("grant_type") == "authorization_code"
        && asked["code_challenge"] == challenge
        && asked["redirect_uri"] == given("redirect_uri");
    if !is_right {
        return refused("invalid_grant");
    }
    let access = format!("access-{}", inner.count);
    let mut answer = json!({ "access_token": access, "token_type": "Bearer", "expires_in": 60 });
    if inner.trick != Some(Trick::NoIdToken) {
        answer["id_token"] = json!(id_token(&inner, &served.issuer, &asked, &access));
    }
    Json(answer).into_response()
}

/// Whether it is the client, which shows it in the one way that was agreed.
fn shows_secret(inner: &Inner, headers: &HeaderMap, given: &Parameters) -> bool {
    let authorization = headers.get(header::AUTHORIZATION).and_then(|it| it.to_str().ok());
    let in_body = ["client_id", "client_secret"].map(|name| given.get(name).map(String::as_str));
    if inner.takes_secret_in_body {
        return authorization.is_none() && in_body == [Some(CLIENT_ID), Some(CLIENT_SECRET)];
    }
    let encoded = |text: &str| form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
    let basic =
        BASE64_STANDARD.encode(format!("{}:{}", encoded(CLIENT_ID), encoded(CLIENT_SECRET)));
    authorization == Some(&format!("Basic {basic}")) && in_body[1].is_none()
}

fn id_token(inner: &Inner, issuer: &str, asked: &Parameters, access: &str) -> String {
    let now = SystemClock.now().timestamp();
    let Account { subject, email, email_verified, name, asked_seconds_ago, is_told_at_once } =
        &inner.account;
    let hash = Sha256::digest(access);
    let mut claims = json!({
        "iss": issuer, "sub": subject, "aud": CLIENT_ID, "iat": now, "exp": now + 300,
        "nonce": asked["nonce"], "at_hash": BASE64_URL_SAFE_NO_PAD.encode(&hash[..16]),
    });
    if *is_told_at_once && inner.trick != Some(Trick::AnotherAtUserInfo) {
        claims["email"] = json!(email);
        claims["email_verified"] = email_verified.clone();
        if let Some(name) = name {
            claims["name"] = json!(name);
        }
    }
    if let Some(seconds) = asked_seconds_ago {
        // Who must be asked anew, was.
        let seconds = if asked.contains_key("max_age") { 0 } else { *seconds };
        claims["auth_time"] = json!(now - seconds);
    }
    match inner.trick {
        Some(Trick::WrongNonce) => claims["nonce"] = json!("another"),
        Some(Trick::NoNonce) => claims["nonce"] = Value::Null,
        Some(Trick::WrongAudience) => claims["aud"] = json!(["another"]),
        Some(Trick::MoreAudiences) => claims["aud"] = json!([CLIENT_ID, "another"]),
        Some(Trick::WrongParty) => claims["azp"] = json!("another"),
        Some(Trick::WrongIssuer) => claims["iss"] = json!("https://another.example/"),
        Some(Trick::Expired) => {
            claims["iat"] = json!(now - 900);
            claims["exp"] = json!(now - 300);
        }
        Some(Trick::FromTheFuture) => claims["iat"] = json!(now + 900),
        Some(Trick::WrongTokenHash) => {
            claims["at_hash"] = json!(BASE64_URL_SAFE_NO_PAD.encode([7; 16]));
        }
        _ => {}
    }
    signed(inner, &claims)
}

fn signed(inner: &Inner, claims: &Value) -> String {
    let published = inner.key.id.as_str();
    let (algorithm, key) = match inner.trick {
        Some(Trick::Unsigned) => ("none", published),
        Some(Trick::SharedSecret) => ("HS256", published),
        Some(Trick::OtherKey) => ("ES256", inner.other_key.id.as_str()),
        _ => ("ES256", published),
    };
    let head = json!({ "alg": algorithm, "kid": key, "typ": "JWT" }).to_string();
    let part = |text: &str| BASE64_URL_SAFE_NO_PAD.encode(text);
    let message = format!("{}.{}", part(&head), part(&claims.to_string()));
    let signature = match inner.trick {
        Some(Trick::Unsigned) => Vec::new(),
        Some(Trick::SharedSecret) => {
            let key = hmac::Key::new(hmac::HMAC_SHA256, CLIENT_SECRET.as_bytes());
            hmac::sign(&key, message.as_bytes()).as_ref().to_vec()
        }
        Some(Trick::OtherKey | Trick::ForgedKey) => inner.other_key.sign(&message),
        _ => inner.key.sign(&message),
    };
    format!("{message}.{}", BASE64_URL_SAFE_NO_PAD.encode(signature))
}

pub(super) async fn user_info(State(served): State<Arc<Served>>, headers: HeaderMap) -> Response {
    let inner = served.inner.lock().unwrap();
    let authorization = headers.get(header::AUTHORIZATION).and_then(|it| it.to_str().ok());
    if !authorization.is_some_and(|it| it.starts_with("Bearer access-")) {
        return StatusCode::UNAUTHORIZED.into_response();
    }
    let Account { subject, email, email_verified, name, .. } = &inner.account;
    let is_another = inner.trick == Some(Trick::AnotherAtUserInfo);
    let subject = if is_another { "another" } else { subject };
    Json(json!({ "sub": subject, "email": email, "email_verified": email_verified, "name": name }))
        .into_response()
}
