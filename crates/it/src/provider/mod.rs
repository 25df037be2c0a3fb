//! An OpenID Connect provider of our own, strict about what it is asked, which signs with real keys and can be told to
//! misbehave.

mod endpoints;

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard},
};

use axum::{
    Router,
    routing::{get, post},
};
use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use domain::identity::provider::ProviderSettings;
use handoff::node::NodeOptions;
use kernel::Secret;
use ring::{
    rand::SystemRandom,
    signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _},
};
use serde_json::{Value, json};
use tokio::{net::TcpListener, task::JoinHandle};
use url::Url;

use crate::{Answer, Client, Session};

pub const CLIENT_ID: &str = "handoff";
pub const CLIENT_SECRET: &str = "a secret: of the & client";

type Parameters = HashMap<String, String>;

/// What the provider does wrong, once it is told to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trick {
    WrongNonce,
    NoNonce,
    WrongAudience,
    MoreAudiences,
    WrongParty,
    WrongIssuer,
    Expired,
    FromTheFuture,
    Unsigned,
    /// Signed with a key that it does not publish.
    OtherKey,
    /// Signed with another key under the name of a published one.
    ForgedKey,
    /// Signed with the secret that it shares with its client.
    SharedSecret,
    WrongTokenHash,
    NoIdToken,
    AnotherAtUserInfo,
    /// Comes back in the name of another provider.
    AnotherReturns,
}

/// Every trick after which nobody may be signed in.
pub const TRICKS: [Trick; 16] = [
    Trick::WrongNonce,
    Trick::NoNonce,
    Trick::WrongAudience,
    Trick::MoreAudiences,
    Trick::WrongParty,
    Trick::WrongIssuer,
    Trick::Expired,
    Trick::FromTheFuture,
    Trick::Unsigned,
    Trick::OtherKey,
    Trick::ForgedKey,
    Trick::SharedSecret,
    Trick::WrongTokenHash,
    Trick::NoIdToken,
    Trick::AnotherAtUserInfo,
    Trick::AnotherReturns,
];

/// Who is signed in at the provider.
#[derive(Debug, Clone)]
pub struct Account {
    pub subject: String,
    pub email: String,
    pub email_verified: Value,
    pub name: Option<String>,
    /// How many seconds ago it asked who they are; none where it does not say.
    pub asked_seconds_ago: Option<i64>,
    /// Whether the address stands in the ID token, or has to be asked for.
    pub is_told_at_once: bool,
}

impl Account {
    pub fn new(subject: &str, email: &str) -> Self {
        Self {
            subject: subject.to_owned(),
            email: email.to_owned(),
            email_verified: json!(true),
            name: Some("Ada Lovelace".to_owned()),
            asked_seconds_ago: None,
            is_told_at_once: true,
        }
    }
}

/// A running provider.
pub struct Provider {
    pub issuer: String,
    state: Arc<Served>,
    server: JoinHandle<()>,
}

struct Served {
    issuer: String,
    inner: Mutex<Inner>,
}

struct Inner {
    account: Account,
    trick: Option<Trick>,
    /// The error with which it sends browsers back.
    error: Option<String>,
    is_away: bool,
    /// Whether its clients show their secret in the body, and not in a header.
    takes_secret_in_body: bool,
    key: SigningKey,
    other_key: SigningKey,
    asked: HashMap<String, Parameters>,
    /// How often its keys were read.
    keys_read: u32,
    count: u32,
}

struct SigningKey {
    id: String,
    pair: EcdsaKeyPair,
}

impl SigningKey {
    fn generate(id: &str) -> Self {
        let random = SystemRandom::new();
        let document =
            EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &random).unwrap();
        let pair =
            EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, document.as_ref(), &random);
        Self { id: id.to_owned(), pair: pair.unwrap() }
    }

    fn published(&self) -> Value {
        // An uncompressed point: 4, x, y.
        let (x, y) = self.pair.public_key().as_ref()[1..].split_at(32);
        json!({
            "kty": "EC", "crv": "P-256", "alg": "ES256", "use": "sig", "kid": self.id,
            "x": BASE64_URL_SAFE_NO_PAD.encode(x), "y": BASE64_URL_SAFE_NO_PAD.encode(y),
        })
    }

    fn sign(&self, message: &str) -> Vec<u8> {
        let signature = self.pair.sign(&SystemRandom::new(), message.as_bytes()).unwrap();
        signature.as_ref().to_vec()
    }
}

impl Provider {
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        // A path and a slash at the end, as many have.
        let issuer = format!("http://{}/realm/", listener.local_addr().unwrap());
        let inner = Inner {
            account: Account::new("ada-1", "ada@agency.example"),
            trick: None,
            error: None,
            is_away: false,
            takes_secret_in_body: false,
            key: SigningKey::generate("first"),
            other_key: SigningKey::generate("other"),
            asked: HashMap::new(),
            keys_read: 0,
            count: 0,
        };
        let state = Arc::new(Served { issuer: issuer.clone(), inner: Mutex::new(inner) });
        let routes = Router::new()
            .route("/realm/.well-known/openid-configuration", get(endpoints::configuration))
            .route("/realm/keys", get(endpoints::keys))
            .route("/realm/authorize", get(endpoints::authorize))
            .route("/realm/token", post(endpoints::token))
            .route("/realm/me", get(endpoints::user_info))
            .with_state(Arc::clone(&state));
        let server = tokio::spawn(async move { axum::serve(listener, routes).await.unwrap() });
        Self { issuer, state, server }
    }

    /// Names this provider in a program's configuration.
    pub fn name_in(&self, options: &mut NodeOptions) {
        options.config.identity_provider = Some(ProviderSettings {
            issuer: self.issuer.clone(),
            client_id: CLIENT_ID.to_owned(),
            client_secret: Secret::new(CLIENT_SECRET),
            name: "Example ID".to_owned(),
        });
    }

    /// Whoever uses a browser here from now on.
    pub fn is_used_by(&self, account: Account) {
        self.inner().account = account;
    }

    pub fn misbehave(&self, trick: Option<Trick>) {
        self.inner().trick = trick;
    }

    /// Browsers are sent back with this error.
    pub fn refuse(&self, error: Option<&str>) {
        self.inner().error = error.map(str::to_owned);
    }

    pub fn go_away(&self, is_away: bool) {
        self.inner().is_away = is_away;
    }

    /// Clients show their secret in the body, as the provider says of itself.
    pub fn take_secret_in_body(&self) {
        self.inner().takes_secret_in_body = true;
    }

    /// Signs with a new key from now on.
    pub fn change_key(&self, id: &str) {
        self.inner().key = SigningKey::generate(id);
    }

    pub fn keys_read(&self) -> u32 {
        self.inner().keys_read
    }

    pub fn stop(self) {
        self.server.abort();
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.state.inner.lock().unwrap()
    }
}

/// A browser on its way through the provider.
#[derive(Debug, Clone)]
pub struct Trip {
    pub client: Client,
    /// The cookie of the attempt, as `name=value`.
    pub cookie: String,
    /// The provider's page.
    pub url: String,
}

impl Trip {
    /// Begins with `POST /v1/session/provider`, which must be allowed.
    pub async fn begin(client: &Client, body: &Value) -> Self {
        let begun = client.post("/v1/session/provider", body).await;
        let url = begun.expect(200)["url"].as_str().unwrap().to_owned();
        let cookie = begun.header("set-cookie").split(';').next().unwrap().to_owned();
        assert!(cookie.starts_with("__Host-handoff_attempt="), "{cookie}");
        Self { client: client.clone(), cookie, url }
    }

    /// What the provider's page sends the browser back to, as a path of the program.
    pub async fn at_provider(&self) -> String {
        let url = Url::parse(&self.url).unwrap();
        let provider =
            self.client.with_session(Session::default()).at(&url.origin().ascii_serialization());
        let path = url.as_str().strip_prefix(&url.origin().ascii_serialization()).unwrap();
        let sent = provider.get(path).await;
        assert_eq!(sent.status, 303, "{}", sent.text());
        let back = Url::parse(sent.header("location")).unwrap();
        format!("{}?{}", back.path(), back.query().unwrap())
    }

    /// Comes back with what the provider said.
    pub async fn come_back(&self, path: &str) -> Answer {
        let answer = self.client.send("GET", path, &[("cookie", &self.cookie)], None).await;
        assert_eq!(answer.status, 303, "{}", answer.text());
        assert_eq!(answer.header("cache-control"), "no-store");
        assert_eq!(answer.header("referrer-policy"), "no-referrer");
        answer
    }

    /// The whole way: where the browser ends.
    pub async fn go(&self) -> Answer {
        self.come_back(&self.at_provider().await).await
    }
}
