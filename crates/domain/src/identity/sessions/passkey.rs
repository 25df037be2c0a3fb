//! `POST /v1/session/passkey`, and what browsers are asked to sign: `POST /v1/session/passkey/challenge` for who is
//! not known yet, `POST /v1/session/verification/challenge` for who is.

use std::sync::Arc;

use schemars::JsonSchema;
use serde::Deserialize;

use super::{
    NewSession, begin,
    limits::{self, Subjects},
    note,
    sign_in::{SignInState, SignedIn, tenant_of_last_time},
};
use crate::{
    App, Operation, Problem,
    identity::{
        passkeys::{self, Assertion, PasskeyChallenge, PasskeyProof, Purpose},
        people::{self, Wanted},
    },
    operation,
    operation::{CookieChange, Reply, Visit},
};

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct BeginPasskeySignIn {}

pub(super) fn begin_operation() -> Operation {
    operation!(account begin_passkey_sign_in(BeginPasskeySignIn) -> PasskeyChallenge)
        .post("/v1/session/passkey/challenge")
        .tag("session")
        .says(
            "Begin to sign in with a passkey",
            "Answers what the browser hands to `navigator.credentials.get()`. It lets the person choose among the \
             passkeys it has for this program. Valid for five minutes, once.",
        )
        .answers_secret()
}

async fn begin_passkey_sign_in(
    app: Arc<App>,
    _: Visit,
    _: BeginPasskeySignIn,
) -> Result<Reply<PasskeyChallenge>, Problem> {
    let mut tx = app.db.identity().await?;
    let challenge = passkeys::ask(&app, tx.conn(), Purpose::SignIn).await?;
    tx.commit().await?;
    Ok(Reply::new(challenge))
}

pub(super) fn operation() -> Operation {
    operation!(account sign_in_with_passkey(PasskeyProof) -> SignedIn)
        .post("/v1/session/passkey")
        .tag("session")
        .says(
            "Sign in with a passkey",
            "Without a password: the authenticator checked that it is its owner, by a finger, a face or a PIN, so that \
             nothing else is asked for. The answer sets a cookie that pages cannot read.",
        )
        .answers_secret()
        .example(passkeys::example())
}

async fn sign_in_with_passkey(
    app: Arc<App>,
    visit: Visit,
    input: PasskeyProof,
) -> Result<Reply<SignedIn>, Problem> {
    let subjects = Subjects::new(&format!("passkey {}", input.credential_id()), visit.address);
    limits::attempt(&app, &subjects).await?;
    let assertion = Assertion::open(&app, Purpose::SignIn, input).await?;
    let mut tx = app.db.identity().await?;
    let person = assertion.signed_by(&app, tx.conn(), None).await?.ok_or_else(refused)?;
    let found = people::find(tx.conn(), Wanted::Id(person)).await?;
    found.filter(|known| !known.is_disabled).ok_or_else(refused)?;
    let active = tenant_of_last_time(tx.conn(), person).await?;
    let verified_at = app.db.clock().now();
    let new = NewSession { person, active, is_complete: true, verified_at };
    let text = begin(&app, tx.conn(), &visit, new).await?;
    tx.commit().await?;
    limits::succeeded(&app, &subjects).await?;
    note(&app, active, person, "sign_in").await?;
    let signed_in = SignedIn { state: SignInState::SignedIn };
    Ok(Reply::new(signed_in).with_cookie(CookieChange::Set(text)))
}

fn refused() -> Problem {
    Problem::new(
        "sign-in-refused",
        "this passkey opens no account here; if you removed it, remove it from your device too, and sign in with \
         another one or with your password",
    )
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct BeginPasskeyProof {}

pub(super) fn begin_proof_operation() -> Operation {
    operation!(account begin_passkey_proof(BeginPasskeyProof) -> PasskeyChallenge)
        .post("/v1/session/verification/challenge")
        .tag("session")
        .says(
            "Begin to prove with a passkey who you are",
            "For the second factor, and for what asks for a new proof: one of the person's passkeys signs the answer. \
             Valid for five minutes, once.",
        )
        .answers_secret()
}

async fn begin_passkey_proof(
    app: Arc<App>,
    visit: Visit,
    _: BeginPasskeyProof,
) -> Result<Reply<PasskeyChallenge>, Problem> {
    let session = visit.session.as_ref().ok_or_else(|| {
        Problem::new("unauthenticated", "the password comes first: `POST /v1/session`")
    })?;
    let mut tx = app.db.identity().await?;
    let challenge = passkeys::ask(&app, tx.conn(), Purpose::Prove(session)).await?;
    tx.commit().await?;
    Ok(Reply::new(challenge))
}
