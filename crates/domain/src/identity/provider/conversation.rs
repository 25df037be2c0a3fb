//! What is said to the provider, and what of its answers is believed.
//!
//! The code flow with PKCE, `state` and `nonce` (OpenID Connect Core 1.0, RFC 7636). An ID token comes from the token
//! endpoint alone, signed with a key that the provider publishes.

use std::time::Duration;

use chrono::TimeDelta;
use kernel::Timestamp;
use openidconnect::{
    AccessToken, AccessTokenHash, AuthType, AuthorizationCode, ClaimsVerificationError, ClientId,
    ClientSecret, CsrfToken, EndpointMaybeSet, EndpointNotSet, EndpointSet, Nonce,
    OAuth2TokenResponse as _, PkceCodeChallenge, PkceCodeVerifier, RedirectUrl, RequestTokenError,
    Scope, SignatureVerificationError, TokenResponse as _, UserInfoError,
    core::{
        CoreAuthPrompt, CoreAuthenticationFlow, CoreClient, CoreClientAuthMethod,
        CoreIdTokenClaims, CoreJwsSigningAlgorithm, CoreProviderMetadata, CoreTokenResponse,
        CoreUserInfoClaims,
    },
};
use url::Url;

use super::{
    CALLBACK, ProviderSettings,
    attempt::{AttemptText, Purpose},
    discovery::Wire,
};
use crate::{App, Problem, text::EmailAddress};

/// How far the provider's clock may be from ours.
const LEEWAY: TimeDelta = TimeDelta::minutes(1);
const SUBJECT_MAX: usize = 255;
/// Signatures that only the provider can make: neither none at all, nor such as our own secret makes.
const ALGORITHMS: [CoreJwsSigningAlgorithm; 9] = [
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha256,
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha384,
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha512,
    CoreJwsSigningAlgorithm::RsaSsaPssSha256,
    CoreJwsSigningAlgorithm::RsaSsaPssSha384,
    CoreJwsSigningAlgorithm::RsaSsaPssSha512,
    CoreJwsSigningAlgorithm::EcdsaP256Sha256,
    CoreJwsSigningAlgorithm::EcdsaP384Sha384,
    CoreJwsSigningAlgorithm::EdDsa,
];
/// How much of what the provider wrote is logged.
const LOGGED_MAX: usize = 500;
const RETRY_AFTER: Duration = Duration::from_secs(5);

type Client = CoreClient<
    EndpointSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointMaybeSet,
    EndpointMaybeSet,
>;

/// Whom the provider says has come.
#[derive(Debug)]
pub(super) struct Asserted {
    /// The provider's name for the person, which never becomes somebody else's.
    pub(super) subject: String,
    /// The address that the provider has verified, normalised.
    pub(super) verified_email: Option<String>,
    pub(super) name: Option<String>,
    /// When the provider last asked who it is, where it says so.
    pub(super) authenticated_at: Option<Timestamp>,
}

/// Where to send a browser.
pub(super) async fn authorization_url(
    app: &App,
    settings: &ProviderSettings,
    text: &AttemptText,
    purpose: Purpose,
) -> Result<Url, Problem> {
    let description = app.provider.get(app, settings).await?;
    let client = client(app, settings, &description)?;
    let verifier = PkceCodeVerifier::new(text.code_verifier());
    let (state, nonce) = (text.state(), text.nonce());
    let mut request = client
        .authorize_url(
            CoreAuthenticationFlow::AuthorizationCode,
            move || CsrfToken::new(state.clone()),
            move || Nonce::new(nonce.clone()),
        )
        .add_scope(Scope::new("email".to_owned()))
        .add_scope(Scope::new("profile".to_owned()))
        .set_pkce_challenge(PkceCodeChallenge::from_code_verifier_sha256(&verifier));
    if purpose == Purpose::Verify {
        // Whoever is signed in at the provider already proves nothing anew.
        request = request.add_prompt(CoreAuthPrompt::Login).set_max_age(Duration::ZERO);
    }
    let (url, _state, _nonce) = request.url();
    if !["https", "http"].contains(&url.scheme()) {
        return Err(invalid(settings, &"its page is at no address of the web"));
    }
    Ok(url)
}

/// Redeems what the browser came back with.
///
/// # Errors
/// `provider-unavailable`, `provider-refused`, and `provider-answer-invalid` for what cannot be believed.
pub(super) async fn redeem(
    app: &App,
    settings: &ProviderSettings,
    text: &AttemptText,
    code: &str,
) -> Result<Asserted, Problem> {
    let description = app.provider.get(app, settings).await?;
    let client = client(app, settings, &description)?;
    let http = Wire(app);
    let asked = client
        .exchange_code(AuthorizationCode::new(code.to_owned()))
        .map_err(|error| invalid(settings, &error))?
        .set_pkce_verifier(PkceCodeVerifier::new(text.code_verifier()))
        .request_async(&http)
        .await;
    let token = asked.map_err(|error| match error {
        RequestTokenError::Request(error) => away(settings, &error),
        RequestTokenError::ServerResponse(refusal) => refused(settings, refusal.error().as_ref()),
        other => invalid(settings, &other),
    })?;
    let now = app.db.clock().now();
    let nonce = Nonce::new(text.nonce());
    let claims = match verified(&client, settings, &token, &nonce, now) {
        Err(Refusal::Claims(ClaimsVerificationError::SignatureVerification(
            SignatureVerificationError::NoMatchingKey,
        ))) => {
            // It may have changed its keys.
            let newer = app.provider.newer(app, settings, &description).await?;
            let client = self::client(app, settings, &newer)?;
            verified(&client, settings, &token, &nonce, now)
                .map_err(|error| unbelieved(settings, error))?
        }
        other => other.map_err(|error| unbelieved(settings, error))?,
    };
    let mut asserted = asserted_by(settings, &claims)?;
    if claims.email().is_none() {
        asserted.ask_more(&client, settings, &token, &claims, app).await?;
    }
    Ok(asserted)
}

fn client(
    app: &App,
    settings: &ProviderSettings,
    description: &CoreProviderMetadata,
) -> Result<Client, Problem> {
    let redirect = RedirectUrl::new(app.public_url().link(CALLBACK)).map_err(Problem::internal)?;
    let secret = ClientSecret::new(settings.client_secret.expose().to_owned());
    let id = ClientId::new(settings.client_id.clone());
    let client = CoreClient::from_provider_metadata(description.clone(), id, Some(secret))
        .set_redirect_uri(redirect);
    let takes = |method: CoreClientAuthMethod| {
        description.token_endpoint_auth_methods_supported().is_none_or(|all| all.contains(&method))
    };
    let in_body = !takes(CoreClientAuthMethod::ClientSecretBasic)
        && takes(CoreClientAuthMethod::ClientSecretPost);
    Ok(if in_body { client.set_auth_type(AuthType::RequestBody) } else { client })
}

/// Why an ID token is not believed.
#[derive(Debug, thiserror::Error)]
enum Refusal {
    #[error("it holds no ID token")]
    NoToken,
    #[error("the ID token does not hold")]
    Claims(#[from] ClaimsVerificationError),
    #[error("the ID token is for another client")]
    AuthorizedParty,
    #[error("the ID token was issued in the future")]
    Future,
    #[error("the ID token does not belong to the access token")]
    AccessToken,
    #[error("a token holds characters that no token has")]
    Characters,
}

/// What the ID token says, once everything about it was checked: signature, `iss`, `aud`, `azp`, `exp`, `iat`, `nonce` and
/// `at_hash` (OpenID Connect Core 1.0, 3.1.3.7 and 3.1.3.8).
fn verified(
    client: &Client,
    settings: &ProviderSettings,
    token: &CoreTokenResponse,
    nonce: &Nonce,
    now: Timestamp,
) -> Result<CoreIdTokenClaims, Refusal> {
    let id_token = token.id_token().ok_or(Refusal::NoToken)?;
    let verifier =
        client.id_token_verifier().set_allowed_algs(ALGORITHMS).set_time_fn(move || now - LEEWAY);
    let claims = id_token.claims(&verifier, nonce)?;
    if claims.authorized_party().is_some_and(|party| party.as_str() != settings.client_id) {
        return Err(Refusal::AuthorizedParty);
    }
    if now + LEEWAY < claims.issue_time() {
        return Err(Refusal::Future);
    }
    if !token.access_token().secret().bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err(Refusal::Characters);
    }
    if let Some(expected) = claims.access_token_hash() {
        let signature =
            |error| Refusal::Claims(ClaimsVerificationError::SignatureVerification(error));
        let algorithm = id_token.signing_alg().map_err(signature)?;
        let key = id_token.signing_key(&verifier).map_err(signature)?;
        let actual = AccessTokenHash::from_token(token.access_token(), algorithm, key);
        if !actual.is_ok_and(|actual| actual == *expected) {
            return Err(Refusal::AccessToken);
        }
    }
    Ok(claims.clone())
}

fn asserted_by(
    settings: &ProviderSettings,
    claims: &CoreIdTokenClaims,
) -> Result<Asserted, Problem> {
    let subject = claims.subject().as_str().to_owned();
    if subject.is_empty() || SUBJECT_MAX < subject.chars().count() || subject.contains('\0') {
        return Err(invalid(settings, &"the subject is empty or too long"));
    }
    Ok(Asserted {
        subject,
        verified_email: verified_email(
            claims.email().map(|email| email.as_str()),
            claims.email_verified(),
        ),
        name: claims.name().and_then(|name| name.get(None)).map(|name| name.as_str().to_owned()),
        authenticated_at: claims.auth_time(),
    })
}

impl Asserted {
    /// Asks for what many providers leave out of the ID token: the address and the name (OpenID Connect Core 1.0, 5.3).
    async fn ask_more(
        &mut self,
        client: &Client,
        settings: &ProviderSettings,
        token: &CoreTokenResponse,
        claims: &CoreIdTokenClaims,
        app: &App,
    ) -> Result<(), Problem> {
        let access: AccessToken = token.access_token().clone();
        // The answer must be about the same person.
        let Ok(request) = client.user_info(access, Some(claims.subject().clone())) else {
            return Ok(());
        };
        let http = Wire(app);
        let answered: Result<CoreUserInfoClaims, _> = request.request_async(&http).await;
        let more = answered.map_err(|error| match error {
            UserInfoError::Request(error) => away(settings, &error),
            other => invalid(settings, &other),
        })?;
        self.verified_email =
            verified_email(more.email().map(|email| email.as_str()), more.email_verified());
        let name = more.name().and_then(|name| name.get(None)).map(|name| name.as_str().to_owned());
        self.name = self.name.take().or(name);
        Ok(())
    }
}

/// The address, where the provider says that it has verified it.
fn verified_email(email: Option<&str>, is_verified: Option<bool>) -> Option<String> {
    let email = email.filter(|_| is_verified == Some(true))?;
    Some(email.parse::<EmailAddress>().ok()?.normalised())
}

/// The provider does not answer.
pub(super) fn unavailable(settings: &ProviderSettings) -> Problem {
    Problem::new(
        "provider-unavailable",
        format!(
            "{} does not answer at the moment; try again shortly, or sign in with your password",
            settings.name
        ),
    )
    .retry_after(RETRY_AFTER)
}

fn away(settings: &ProviderSettings, error: &dyn std::fmt::Display) -> Problem {
    tracing::warn!(error = plain(error), "the sign-in provider does not answer");
    unavailable(settings)
}

/// The provider says no, with a code of OAuth 2.0 or OpenID Connect.
pub(super) fn refused(settings: &ProviderSettings, code: &str) -> Problem {
    let code = plain(&code);
    if code == "access_denied" {
        return Problem::new(
            "sign-in-cancelled",
            format!("nobody was signed in: it was cancelled at {}; try again", settings.name),
        );
    }
    tracing::warn!(code, "the sign-in provider refused");
    Problem::new(
        "provider-refused",
        format!(
            "{} refused; try again, and if it happens again tell your operator, whose log has the reason",
            settings.name
        ),
    )
}

/// The provider's answer is not believed. The reason is for the operator.
pub(super) fn invalid(settings: &ProviderSettings, reason: &dyn std::fmt::Display) -> Problem {
    tracing::warn!(reason = plain(reason), "an answer of the sign-in provider is not believed");
    Problem::new(
        "provider-answer-invalid",
        format!(
            "what {} answered cannot be believed; try again, and if it happens again tell your operator, whose log has \
             the reason",
            settings.name
        ),
    )
}

/// An ID token is not believed.
fn unbelieved(settings: &ProviderSettings, refusal: Refusal) -> Problem {
    invalid(settings, &format!("{:#}", anyhow::Error::new(refusal)))
}

/// Text that may hold what the provider wrote, fit for a log: short, on one line.
pub(super) fn plain(text: &dyn std::fmt::Display) -> String {
    text.to_string().chars().filter(|it| !it.is_control()).take(LOGGED_MAX).collect()
}
