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
    pub(crate) fn uri(&self) -> &str {
        match self {
            Self::Uri(uri) | Self::Full { uri, .. } => uri,
        }
    }

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

/// What stands in `authorization`.
#[derive(Debug)]
pub(crate) enum Authorization {
    Basic(Secret),
    /// A token, and what it was granted for if it was fetched before: it may have ended since.
    Bearer(Secret, Option<Box<Grant>>),
}

impl Authorization {
    /// What a policy gives to a call, without asking the other side.
    pub(crate) async fn of(
        protocols: &Protocols,
        means: Means<'_>,
        policy: &Policy,
    ) -> Result<Self, CallError> {
        let (policy, discovers) = match policy {
            Policy::Basic(policy) => {
                let Person { username, password } = members(means, policy)?;
                let pair = STANDARD.encode(format!("{username}:{}", password.expose()));
                return Ok(Self::Basic(Secret::new(format!("Basic {pair}"))));
            }
            Policy::Bearer(policy) => {
                let Token { token } = members(means, policy)?;
                return Ok(Self::Bearer(token, None));
            }
            Policy::Digest(_) => {
                return Err(invalid("`digest` is for HTTP alone; use another policy"));
            }
            Policy::Certificate(_) => {
                return Err(invalid(
                    "certificates are not sent by this release; use another authentication policy",
                ));
            }
            Policy::Oauth2(policy) => (policy, false),
            Policy::Oidc(policy) => (policy, true),
        };
        let grant: Grant = members(means, policy)?;
        let (token, is_fresh) = oauth2::token(protocols, means, &grant, discovers).await?;
        Ok(Self::Bearer(token, (!is_fresh).then(|| Box::new(grant))))
    }

    /// After a refusal: whether another one can be had.
    pub(crate) fn may_be_renewed(&self, protocols: &Protocols) -> bool {
        let Self::Bearer(_, Some(grant)) = self else { return false };
        protocols.tokens.forget(grant);
        true
    }

    fn onto(&self, request: Request) -> Request {
        match self {
            Self::Basic(value) => request.secret_header("authorization", value),
            Self::Bearer(token, _) => request.bearer(token),
        }
    }

    /// The whole value.
    pub(crate) fn value(&self) -> Secret {
        match self {
            Self::Basic(value) => value.clone(),
            Self::Bearer(token, _) => Secret::new(format!("Bearer {}", token.expose())),
        }
    }

    /// What an answer must not repeat.
    pub(crate) fn secrets(&self) -> Vec<Secret> {
        match self {
            Self::Basic(value) => vec![value.clone()],
            Self::Bearer(token, _) => vec![self.value(), token.clone()],
        }
    }
}

/// Sends what `build` builds, with the credentials of a policy; once more if that is how the other side asks for
/// them, or with a new token if it refuses one that was fetched before.
pub(crate) async fn send(
    protocols: &Protocols,
    means: Means<'_>,
    policy: &Policy,
    method: &str,
    url: &str,
    build: &(dyn Fn() -> Request + Sync),
) -> Result<Response, CallError> {
    let http = &protocols.http;
    if let Policy::Digest(policy) = policy {
        let Person { username, password } = members(means, policy)?;
        let first = http.send(build(), means.timeout).await?;
        if first.status != 401 {
            return Ok(first);
        }
        let Some(challenge) = digest::Challenge::of(&first.headers) else { return Ok(first) };
        let value = challenge.answer(method, url, &username, &password, &digest::cnonce())?;
        return http.send(build().secret_header("authorization", &value), means.timeout).await;
    }
    let authorization = Authorization::of(protocols, means, policy).await?;
    let response = http.send(authorization.onto(build()), means.timeout).await?;
    if response.status != 401 || !authorization.may_be_renewed(protocols) {
        return Ok(response);
    }
    let authorization = Authorization::of(protocols, means, policy).await?;
    http.send(authorization.onto(build()), means.timeout).await
}

fn members<T: DeserializeOwned>(means: Means<'_>, policy: &Value) -> Result<T, CallError> {
    let policy = means.secrets.follow(policy.clone())?;
    serde_json::from_value(policy).map_err(|_quotes_secrets| {
        invalid("the authentication policy, or the secret that it names, lacks a member")
    })
}
