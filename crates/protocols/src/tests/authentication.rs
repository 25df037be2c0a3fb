use std::{
    collections::BTreeMap,
    sync::atomic::{AtomicUsize, Ordering},
};

use axum::{
    http::{StatusCode, header},
    response::{IntoResponse as _, Response},
};
use base64::{
    Engine as _,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use chrono::TimeDelta;
use connector_kit::{CallError, SECRET_MISSING};
use serde_json::{Value, json};

use super::{Came, Server};
use crate::Secrets;

fn with(policy: Value) -> Value {
    json!({
        "method": "get",
        "endpoint": { "uri": "https://shop.example.com/orders?open=1", "authentication": policy },
        "output": "response",
    })
}

async fn open() -> Server {
    Server::start(|_: &Came| super::json(json!({}))).await
}

#[tokio::test]
async fn basic_and_bearer() {
    let shop = open().await;
    let basic = json!({ "basic": { "username": "ada", "password": "lo:ve" } });
    let seen = shop.call("http", with(basic)).await.unwrap();
    assert_eq!(seen["request"]["headers"], json!({}), "credentials are not shown");
    let expected = format!("Basic {}", STANDARD.encode("ada:lo:ve"));
    assert_eq!(shop.last().header("authorization"), expected);
    shop.call("http", with(json!({ "bearer": { "token": "t-1" } }))).await.unwrap();
    assert_eq!(shop.last().header("authorization"), "Bearer t-1");
}

#[tokio::test]
async fn members_may_stand_in_a_secret() {
    let shop = open().await;
    let secrets = BTreeMap::from([("shop".to_owned(), json!({ "token": "t-2" }))]);
    let secrets = Secrets::new(secrets);
    shop.call_with("http", with(json!({ "bearer": { "use": "shop" } })), &secrets).await.unwrap();
    assert_eq!(shop.last().header("authorization"), "Bearer t-2");
    match shop.call_with("http", with(json!({ "bearer": { "use": "other" } })), &secrets).await {
        Err(CallError::Rejected { status: 403, code, .. }) => assert_eq!(code, SECRET_MISSING),
        other => panic!("{other:?}"),
    }
    // A secret that lacks what the policy needs, without a word of what it holds.
    let wrong = shop.call_with("http", with(json!({ "basic": { "use": "shop" } })), &secrets).await;
    let wrong = wrong.unwrap_err().to_string();
    assert!(wrong.contains("lacks a member") && !wrong.contains("t-2"), "{wrong}");
    assert!(!format!("{secrets:?}").contains("t-2"));
}

#[tokio::test]
async fn digest_answers_the_challenge() {
    let shop = Server::start(|came: &Came| {
        if came.header("authorization").starts_with("Digest username=\"ada\", realm=\"shop\"") {
            return super::json(json!({ "in": true }));
        }
        let challenge = "Digest realm=\"shop\", nonce=\"n1\", qop=\"auth\", algorithm=SHA-256";
        (StatusCode::UNAUTHORIZED, [(header::WWW_AUTHENTICATE, challenge)]).into_response()
    })
    .await;
    let digest = json!({ "digest": { "username": "ada", "password": "p" } });
    let seen = shop.call("http", with(digest)).await.unwrap();
    assert_eq!(seen["content"], json!({ "in": true }));
    let came = shop.came();
    assert_eq!(came.len(), 2);
    let answer = came[1].header("authorization");
    assert!(answer.contains("uri=\"/orders?open=1\""), "{answer}");
}

/// An authority that counts the tokens it grants, and a shop that takes the newest.
async fn authority() -> Server {
    let granted = AtomicUsize::new(0);
    Server::start(move |came: &Came| -> Response {
        match came.target.as_str() {
            "/realm/oauth2/token" | "/realm/token" => {
                let number = granted.fetch_add(1, Ordering::SeqCst) + 1;
                let claims = json!({ "iss": "https://login.example.com/realm", "n": number });
                let claims = URL_SAFE_NO_PAD.encode(claims.to_string());
                super::json(json!({
                    "access_token": format!("e30.{claims}.x"), "token_type": "Bearer", "expires_in": 300,
                }))
            }
            "/realm/.well-known/openid-configuration" => super::json(json!({
                "issuer": "https://login.example.com/realm",
                "token_endpoint": "https://login.example.com/realm/token",
            })),
            "/bad/oauth2/token" => {
                (StatusCode::BAD_REQUEST, "{\"error\":\"invalid_client\"}").into_response()
            }
            _ => super::json(json!({ "seen": came.header("authorization") })),
        }
    })
    .await
}

fn grant(more: Value) -> Value {
    let mut grant = json!({
        "authority": "https://login.example.com/realm",
        "grant": "client_credentials",
        "client": { "id": "me", "secret": "s3" },
        "scopes": ["read", "write"],
    });
    grant.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    grant
}

#[tokio::test]
async fn a_token_is_fetched_once_and_again_when_it_ends() {
    let shop = authority().await;
    let input = with(json!({ "oauth2": grant(json!({})) }));
    let seen = shop.call("http", input.clone()).await.unwrap()["content"]["seen"].clone();
    assert_eq!(seen, "[secret]", "a credential that is sent back is not seen");
    let came = shop.came();
    assert_eq!(came[0].method, "POST");
    assert_eq!(
        came[0].body,
        "grant_type=client_credentials&scope=read+write&client_id=me&client_secret=s3"
    );
    let first = came[1].header("authorization").to_owned();
    shop.clock.advance(TimeDelta::seconds(269));
    shop.call("http", input.clone()).await.unwrap();
    let came = shop.came();
    assert_eq!((came.len(), came[0].header("authorization")), (1, first.as_str()));
    shop.clock.advance(TimeDelta::seconds(2));
    shop.call("http", input).await.unwrap();
    let came = shop.came();
    assert_eq!(came.len(), 2, "half a minute before its end another is fetched");
    assert_ne!(came[1].header("authorization"), first);
}

#[tokio::test]
async fn every_way_to_ask_for_a_token() {
    let shop = authority().await;
    let exchange = "urn:ietf:params:oauth:grant-type:token-exchange";
    let basic = format!("Basic {}", STANDARD.encode("me:s3"));
    let cases = [
        (
            json!({ "grant": "password", "username": "ada", "password": "p", "scopes": [] }),
            "grant_type=password&username=ada&password=p&client_id=me&client_secret=s3",
            "",
        ),
        (
            json!({ "client": { "id": "me", "secret": "s3", "authentication": "client_secret_basic" }, "audiences": ["a"] }),
            "grant_type=client_credentials&scope=read+write&audience=a",
            basic.as_str(),
        ),
        (
            json!({ "client": { "id": "me", "authentication": "none" }, "grant": "refresh_token",
                    "subject": { "token": "r", "type": "x" }, "scopes": [] }),
            "grant_type=refresh_token&refresh_token=r&client_id=me",
            "",
        ),
        (
            json!({ "grant": exchange, "scopes": [], "client": {}, "subject": { "token": "s", "type": "t" },
                    "actor": { "token": "a", "type": "u" } }),
            "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Atoken-exchange&subject_token=s\
             &subject_token_type=t&actor_token=a&actor_token_type=u",
            "",
        ),
        (
            json!({ "request": { "encoding": "application/json" }, "scopes": [] }),
            "{\"grant_type\":\"client_credentials\",\"client_id\":\"me\",\"client_secret\":\"s3\"}",
            "",
        ),
        (
            json!({ "client": { "id": "me", "assertion": "j.w.t", "authentication": "private_key_jwt" }, "scopes": [] }),
            "grant_type=client_credentials&client_id=me&client_assertion_type=urn%3Aietf%3Aparams%3Aoauth\
             %3Aclient-assertion-type%3Ajwt-bearer&client_assertion=j.w.t",
            "",
        ),
    ];
    for (more, body, authorization) in cases {
        shop.call("http", with(json!({ "oauth2": grant(more) }))).await.unwrap();
        let asked = shop.came().remove(0);
        assert_eq!((asked.body.as_str(), asked.header("authorization")), (body, authorization));
    }
    let signed =
        json!({ "client": { "id": "me", "secret": "s3", "authentication": "client_secret_jwt" } });
    shop.call("http", with(json!({ "oauth2": grant(signed) }))).await.unwrap();
    let asked = shop.came().remove(0);
    let assertion = asked.body.rsplit_once("client_assertion=").unwrap().1.to_owned();
    let claims = URL_SAFE_NO_PAD.decode(assertion.split('.').nth(1).unwrap()).unwrap();
    let claims: Value = serde_json::from_slice(&claims).unwrap();
    assert_eq!((&claims["iss"], &claims["exp"]), (&json!("me"), &json!(60)));
    assert_eq!(claims["aud"], "https://login.example.com/realm/oauth2/token");
}

#[tokio::test]
async fn openid_connect_finds_the_endpoint_itself() {
    let shop = authority().await;
    for authority in [
        "https://login.example.com/realm",
        "https://login.example.com/realm/.well-known/openid-configuration",
    ] {
        let policy = json!({ "oidc": grant(json!({ "authority": authority })) });
        shop.call("http", with(policy)).await.unwrap();
        let came = shop.came();
        let targets: Vec<&str> = came.iter().map(|came| came.target.as_str()).collect();
        assert_eq!(
            targets,
            ["/realm/.well-known/openid-configuration", "/realm/token", "/orders?open=1"]
        );
    }
}

#[tokio::test]
async fn a_token_must_be_granted_and_come_from_a_wanted_issuer() {
    let shop = authority().await;
    let refused = |more: Value| with(json!({ "oauth2": grant(more) }));
    let good = json!({ "issuers": ["https://login.example.com/realm"] });
    shop.call("http", refused(good)).await.unwrap();
    let cases = [
        (
            json!({ "issuers": ["https://other.example.com"] }),
            401,
            "the token was issued by https://login",
        ),
        (
            json!({ "authority": "https://login.example.com/bad" }),
            401,
            "the authority refused the token with status 400",
        ),
        (
            json!({ "grant": "authorization_code" }),
            400,
            "the grant `authorization_code` needs a person",
        ),
        (json!({ "grant": "password" }), 400, "the grant `password` needs `username`"),
    ];
    for (more, expected, begins) in cases {
        match shop.call("http", refused(more)).await {
            Err(CallError::Rejected { status, detail, .. }) => {
                assert_eq!(status, expected, "{detail}");
                assert!(detail.starts_with(begins), "{detail}");
                assert!(!detail.contains("s3"), "{detail}");
            }
            other => panic!("{other:?}"),
        }
    }
}

#[tokio::test]
async fn a_refused_token_is_replaced_once() {
    let granted = AtomicUsize::new(0);
    let shop = Server::start(move |came: &Came| match came.target.as_str() {
        "/realm/oauth2/token" => {
            let number = granted.fetch_add(1, Ordering::SeqCst) + 1;
            super::json(json!({ "access_token": format!("t{number}"), "expires_in": 3600 }))
        }
        _ if came.header("authorization") == "Bearer t1" && came.target.contains("late") => {
            StatusCode::UNAUTHORIZED.into_response()
        }
        _ => super::json(json!({})),
    })
    .await;
    let mut input = with(json!({ "oauth2": grant(json!({})) }));
    shop.call("http", input.clone()).await.unwrap();
    input["endpoint"]["uri"] = json!("https://shop.example.com/late");
    shop.call("http", input).await.unwrap();
    assert_eq!(shop.last().header("authorization"), "Bearer t2");
}
