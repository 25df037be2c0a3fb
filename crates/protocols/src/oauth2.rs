//! Tokens by OAuth 2.0 (RFC 6749, 7523, 8693) and OpenID Connect discovery.

use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use base64::{
    Engine as _,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use connector_kit::{CallError, http::Request};
use hmac::{Hmac, KeyInit as _, Mac as _};
use kernel::{Random as _, Secret, SystemRandom, Timestamp};
use serde::Deserialize;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use crate::{Means, Protocols, invalid};

/// A token is used until this long before its end.
const LEEWAY: Duration = Duration::from_secs(30);
/// How long a token is used whose end is not told.
const LIFETIME_UNTOLD: Duration = Duration::from_secs(60);
/// How long a signed assertion is good for.
const ASSERTION_LIFETIME: Duration = Duration::from_secs(60);
/// How many tokens are kept.
const TOKENS_MAX: usize = 1_000;
const DISCOVERY: &str = "/.well-known/openid-configuration";

/// What to ask for, and as whom.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Grant {
    authority: String,
    grant: String,
    #[serde(default)]
    endpoints: Endpoints,
    #[serde(default)]
    client: Client,
    #[serde(default)]
    request: Encoding,
    #[serde(default)]
    issuers: Vec<String>,
    #[serde(default)]
    scopes: Vec<String>,
    #[serde(default)]
    audiences: Vec<String>,
    username: Option<String>,
    password: Option<Secret>,
    subject: Option<GivenToken>,
    actor: Option<GivenToken>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Endpoints {
    token: Option<String>,
    /// Tokens are neither revoked nor inspected; they end by themselves.
    #[serde(default, rename = "revocation")]
    _revocation: Option<String>,
    #[serde(default, rename = "introspection")]
    _introspection: Option<String>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Client {
    id: Option<String>,
    secret: Option<Secret>,
    assertion: Option<Secret>,
    authentication: Option<String>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Encoding {
    encoding: Option<String>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct GivenToken {
    token: Secret,
    #[serde(rename = "type")]
    kind: String,
}

#[derive(Debug, Deserialize)]
struct Granted {
    access_token: Secret,
    expires_in: Option<f64>,
}

#[derive(Debug, Deserialize)]
struct Discovered {
    token_endpoint: String,
}

/// The tokens that were fetched, by what was asked for.
#[derive(Debug, Default)]
pub(crate) struct Tokens(Mutex<HashMap<[u8; 32], (Secret, Timestamp)>>);

impl Tokens {
    fn lock(&self) -> MutexGuard<'_, HashMap<[u8; 32], (Secret, Timestamp)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn forget(&self, grant: &Grant) {
        self.lock().remove(&grant.digest());
    }
}

/// A token, and whether it was fetched just now.
pub(crate) async fn token(
    protocols: &Protocols,
    means: Means<'_>,
    grant: &Grant,
    discovers: bool,
) -> Result<(Secret, bool), CallError> {
    let now = protocols.clock.now();
    let digest = grant.digest();
    if let Some((token, until)) = protocols.tokens.lock().get(&digest)
        && now < *until
    {
        return Ok((token.clone(), false));
    }
    let endpoint = if discovers {
        discover(protocols, means, grant).await?
    } else {
        let path = grant.endpoints.token.as_deref().unwrap_or("/oauth2/token");
        let authority = grant.authority.trim_end_matches('/');
        format!("{authority}/{}", path.trim_start_matches('/'))
    };
    let granted = fetch(protocols, means, grant, &endpoint).await?;
    grant.check_issuer(&granted.access_token)?;
    let lifetime = granted
        .expires_in
        .and_then(|seconds| Duration::try_from_secs_f64(seconds).ok())
        .map_or(LIFETIME_UNTOLD, |told| told.saturating_sub(LEEWAY));
    let mut tokens = protocols.tokens.lock();
    if TOKENS_MAX <= tokens.len() {
        tokens.retain(|_, (_, until)| now < *until);
    }
    tokens.insert(digest, (granted.access_token.clone(), now + lifetime));
    Ok((granted.access_token, true))
}

async fn discover(
    protocols: &Protocols,
    means: Means<'_>,
    grant: &Grant,
) -> Result<String, CallError> {
    let authority = grant.authority.trim_end_matches('/');
    let authority = authority.strip_suffix(DISCOVERY).unwrap_or(authority);
    let address = protocols.rewrites.apply(&format!("{authority}{DISCOVERY}"));
    let answer = protocols.http.send(Request::get(&address), means.timeout).await?;
    if answer.status != 200 {
        return Err(refused(answer.status, &answer.excerpt(200), "the authority's description"));
    }
    Ok(answer.json::<Discovered>()?.token_endpoint)
}

async fn fetch(
    protocols: &Protocols,
    means: Means<'_>,
    grant: &Grant,
    endpoint: &str,
) -> Result<Granted, CallError> {
    let mut form = grant.form(endpoint, protocols.clock.now())?;
    let address = protocols.rewrites.apply(endpoint);
    let mut request = Request::post(&address).header("accept", "application/json");
    if grant.client.authentication.as_deref() == Some("client_secret_basic") {
        let (id, secret) = grant.client.pair()?;
        let encode =
            |text: &str| form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
        let pair = format!("{}:{}", encode(id), encode(secret.expose()));
        let value = Secret::new(format!("Basic {}", STANDARD.encode(pair)));
        request = request.secret_header("authorization", &value);
        form.retain(|(name, _)| *name != "client_id");
    }
    let request = if grant.request.encoding.as_deref() == Some("application/json") {
        let object: serde_json::Map<String, Value> =
            form.into_iter().map(|(name, value)| (name.to_owned(), json!(value))).collect();
        request.json(&object)
    } else {
        let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish();
        request.header("content-type", "application/x-www-form-urlencoded").bytes(body.into_bytes())
    };
    // Asking for a token twice gives two tokens and nothing else.
    let answer =
        protocols.http.send(request, means.timeout).await.map_err(|error| match error {
            CallError::Ambiguous { status, detail } => {
                CallError::Unavailable { status, retry_after: None, detail }
            }
            other => other,
        })?;
    if !(200..300).contains(&answer.status) {
        return Err(refused(answer.status, &answer.excerpt(200), "the token"));
    }
    answer.json()
}

fn refused(status: u16, excerpt: &str, what: &str) -> CallError {
    let detail = format!("the authority refused {what} with status {status}: {excerpt}");
    if 500 <= status {
        return CallError::Unavailable { status: Some(status), retry_after: None, detail };
    }
    CallError::Rejected { status: 401, code: "token-refused".to_owned(), detail }
}

impl Client {
    fn pair(&self) -> Result<(&str, &Secret), CallError> {
        match (&self.id, &self.secret) {
            (Some(id), Some(secret)) => Ok((id, secret)),
            _ => Err(invalid(
                "this way to authenticate the client needs `client.id` and `client.secret`",
            )),
        }
    }
}

impl Grant {
    /// What tells one grant from another.
    fn digest(&self) -> [u8; 32] {
        let secret = |secret: &Option<Secret>| secret.as_ref().map(|it| it.expose().to_owned());
        let token = |token: &Option<GivenToken>| {
            token.as_ref().map(|it| (it.token.expose().to_owned(), it.kind.clone()))
        };
        let all = json!([
            self.authority,
            self.grant,
            self.endpoints.token,
            self.client.id,
            secret(&self.client.secret),
            secret(&self.client.assertion),
            self.client.authentication,
            self.issuers,
            self.scopes,
            self.audiences,
            self.username,
            secret(&self.password),
            token(&self.subject),
            token(&self.actor),
        ]);
        Sha256::digest(all.to_string().as_bytes()).into()
    }

    /// The members of the request for a token.
    fn form(
        &self,
        endpoint: &str,
        now: Timestamp,
    ) -> Result<Vec<(&'static str, String)>, CallError> {
        let mut form = vec![("grant_type", self.grant.clone())];
        match self.grant.as_str() {
            "client_credentials" => {}
            "password" => {
                let (Some(username), Some(password)) = (&self.username, &self.password) else {
                    return Err(invalid("the grant `password` needs `username` and `password`"));
                };
                form.push(("username", username.clone()));
                form.push(("password", password.expose().to_owned()));
            }
            "refresh_token" => {
                let Some(subject) = &self.subject else {
                    return Err(invalid("the grant `refresh_token` needs the token as `subject`"));
                };
                form.push(("refresh_token", subject.token.expose().to_owned()));
            }
            "urn:ietf:params:oauth:grant-type:token-exchange" => {
                let Some(subject) = &self.subject else {
                    return Err(invalid("the exchange of a token needs it as `subject`"));
                };
                form.push(("subject_token", subject.token.expose().to_owned()));
                form.push(("subject_token_type", subject.kind.clone()));
                if let Some(actor) = &self.actor {
                    form.push(("actor_token", actor.token.expose().to_owned()));
                    form.push(("actor_token_type", actor.kind.clone()));
                }
            }
            other => {
                return Err(invalid(format!(
                    "the grant `{other}` needs a person at a browser; use `client_credentials`"
                )));
            }
        }
        if !self.scopes.is_empty() {
            form.push(("scope", self.scopes.join(" ")));
        }
        form.extend(self.audiences.iter().map(|audience| ("audience", audience.clone())));
        if let Some(id) = &self.client.id {
            form.push(("client_id", id.clone()));
        }
        let assertion = match self.client.authentication.as_deref().unwrap_or("client_secret_post")
        {
            "client_secret_post" => {
                if let Some(secret) = &self.client.secret {
                    form.push(("client_secret", secret.expose().to_owned()));
                }
                None
            }
            "client_secret_jwt" => Some(self.signed_assertion(endpoint, now)?),
            "private_key_jwt" => {
                let given = self.client.assertion.as_ref().ok_or_else(|| {
                    invalid("`private_key_jwt` needs the signed assertion as `client.assertion`")
                })?;
                Some(given.expose().to_owned())
            }
            _ => None,
        };
        if let Some(assertion) = assertion {
            let kind = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
            form.push(("client_assertion_type", kind.to_owned()));
            form.push(("client_assertion", assertion));
        }
        Ok(form)
    }

    /// A JSON Web Token signed with the client's secret (RFC 7523 section 2.2).
    fn signed_assertion(&self, endpoint: &str, now: Timestamp) -> Result<String, CallError> {
        let (id, secret) = self.client.pair()?;
        let mut number = [0_u8; 16];
        SystemRandom.fill(&mut number);
        let claims = json!({
            "iss": id, "sub": id, "aud": endpoint, "jti": hex::encode(number),
            "iat": now.timestamp(), "exp": (now + ASSERTION_LIFETIME).timestamp(),
        });
        let encode = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let signed =
            format!("{}.{}", encode(&json!({ "alg": "HS256", "typ": "JWT" })), encode(&claims));
        let mut mac = Hmac::<Sha256>::new_from_slice(secret.expose().as_bytes())
            .map_err(|_never| invalid("the client's secret cannot be a key"))?;
        mac.update(signed.as_bytes());
        Ok(format!("{signed}.{}", URL_SAFE_NO_PAD.encode(mac.finalize().into_bytes())))
    }

    /// A token that says who issued it must have been issued by one of those that are wanted.
    fn check_issuer(&self, token: &Secret) -> Result<(), CallError> {
        if self.issuers.is_empty() {
            return Ok(());
        }
        let claims = token.expose().split('.').nth(1).and_then(|part| {
            let bytes = URL_SAFE_NO_PAD.decode(part).ok()?;
            serde_json::from_slice::<Value>(&bytes).ok()
        });
        let issuer = claims.as_ref().and_then(|claims| claims.get("iss")?.as_str());
        if issuer.is_some_and(|issuer| self.issuers.iter().any(|known| known == issuer)) {
            return Ok(());
        }
        Err(CallError::Rejected {
            status: 401,
            code: "issuer-refused".to_owned(),
            detail: format!(
                "the token was issued by {}, which `issuers` does not list",
                issuer.unwrap_or("nobody it names")
            ),
        })
    }
}
