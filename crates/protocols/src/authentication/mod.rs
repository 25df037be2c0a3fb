//! Authentication policies, and how a request carries them.

mod digest;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use connector_kit::{
    CallError,
    http::{Request, Response},
};
use kernel::Secret;
use serde::{
    Deserialize,
    de::{DeserializeOwned, IgnoredAny},
};
use serde_json::Value;

use crate::{
    Means, Protocols, invalid,
    oauth2::{self, Grant},
};

/// An address, perhaps with a policy.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub(crate) enum Endpoint {
    Uri(String),
    Full { uri: String, authentication: Option<Policy> },
}

impl Endpoint {
    pub(crate) fn parts(self) -> (String, Option<Policy>) {
        match self {
            Self::Uri(uri) => (uri, None),
            Self::Full { uri, authentication } => (uri, authentication),
        }
    }
}

/// A policy. Its members stand there or in a secret that it names.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "lowercase", deny_unknown_fields)]
pub(crate) enum Policy {
    Basic(Value),
    Bearer(Value),
    Digest(Value),
    Certificate(IgnoredAny),
    Oauth2(Value),
    Oidc(Value),
}

#[derive(Debug, Deserialize)]
struct Person {
    username: String,
    password: Secret,
}

#[derive(Debug, Deserialize)]
struct Token {
    token: Secret,
}

/// Sends what `build` builds, with the credentials of a policy.
pub(crate) async fn send(
    protocols: &Protocols,
    means: Means<'_>,
    policy: &Policy,
    method: &str,
    url: &str,
    build: &(dyn Fn() -> Request + Sync),
) -> Result<Response, CallError> {
    let http = &protocols.http;
    match policy {
        Policy::Basic(policy) => {
            let Person { username, password } = members(means, policy)?;
            let pair = STANDARD.encode(format!("{username}:{}", password.expose()));
            let value = Secret::new(format!("Basic {pair}"));
            http.send(build().secret_header("authorization", &value), means.timeout).await
        }
        Policy::Bearer(policy) => {
            let Token { token } = members(means, policy)?;
            http.send(build().bearer(&token), means.timeout).await
        }
        Policy::Digest(policy) => {
            let Person { username, password } = members(means, policy)?;
            let first = http.send(build(), means.timeout).await?;
            if first.status != 401 {
                return Ok(first);
            }
            let Some(challenge) = digest::Challenge::of(&first.headers) else { return Ok(first) };
            let value = challenge.answer(method, url, &username, &password, &digest::cnonce())?;
            http.send(build().secret_header("authorization", &value), means.timeout).await
        }
        Policy::Certificate(_) => Err(invalid(
            "certificates are not sent by this release; use another authentication policy",
        )),
        Policy::Oauth2(policy) => {
            with_token(protocols, means, &members(means, policy)?, false, build).await
        }
        Policy::Oidc(policy) => {
            with_token(protocols, means, &members(means, policy)?, true, build).await
        }
    }
}

/// With a token that was fetched before, or a new one; once more with a new one if it is refused.
async fn with_token(
    protocols: &Protocols,
    means: Means<'_>,
    grant: &Grant,
    discovers: bool,
    build: &(dyn Fn() -> Request + Sync),
) -> Result<Response, CallError> {
    let (token, is_fresh) = oauth2::token(protocols, means, grant, discovers).await?;
    let response = protocols.http.send(build().bearer(&token), means.timeout).await?;
    if response.status != 401 || is_fresh {
        return Ok(response);
    }
    protocols.tokens.forget(grant);
    let (token, _) = oauth2::token(protocols, means, grant, discovers).await?;
    protocols.http.send(build().bearer(&token), means.timeout).await
}

fn members<T: DeserializeOwned>(means: Means<'_>, policy: &Value) -> Result<T, CallError> {
    let policy = means.secrets.follow(policy.clone())?;
    serde_json::from_value(policy).map_err(|_quotes_secrets| {
        invalid("the authentication policy, or the secret that it names, lacks a member")
    })
}
