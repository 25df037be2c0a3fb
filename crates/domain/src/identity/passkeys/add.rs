//! `POST /v1/passkeys/challenge` and `POST /v1/passkeys`

use std::sync::Arc;

use kernel::{PasskeyId, Secret};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use sqlx::PgConnection;
use webauthn_rs::prelude::{Passkey, PasskeyRegistration, RegisterPublicKeyCredential};

use super::{
    PasskeyView,
    assertion::credential,
    challenge::{self, PasskeyChallenge, Purpose},
    credential_ids,
    relying_party::RelyingParty,
};
use crate::{
    App, Operation, Problem,
    identity::{
        people::{self, Wanted},
        second_factor::recovery,
        sessions::{self, Session},
    },
    operation,
    operation::{CookieChange, Reply, Visit},
    text::Name,
};

/// How many passkeys a person may have.
const PASSKEYS_MAX: usize = 20;

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct BeginPasskey {}

pub(super) fn begin_operation() -> Operation {
    operation!(account begin_passkey(BeginPasskey) -> PasskeyChallenge)
        .post("/v1/passkeys/challenge")
        .tag("session")
        .says(
            "Begin to add a passkey",
            "Answers what the browser hands to `navigator.credentials.create()`. Valid for five minutes, once.",
        )
        .answers_secret()
}

async fn begin_passkey(
    app: Arc<App>,
    visit: Visit,
    _: BeginPasskey,
) -> Result<Reply<PasskeyChallenge>, Problem> {
    let session = visit.verified(app.db.clock().now())?;
    let party = RelyingParty::of(app.public_url())?;
    let mut tx = app.db.identity().await?;
    let known = credential_ids(tx.conn(), session.person.person_id).await?;
    if PASSKEYS_MAX <= known.len() {
        return Err(Problem::field(
            "",
            format!("you have {PASSKEYS_MAX} passkeys; remove one that you do not use"),
        ));
    }
    let (asked, state) = party.register(&session.person, known)?;
    let mut options = challenge::object(&asked.public_key)?;
    // Kept by the authenticator itself, so that signing in needs no name. The library does not ask for it.
    if let Some(Value::Object(selection)) = options.get_mut("authenticatorSelection") {
        selection.insert("residentKey".to_owned(), json!("required"));
        selection.insert("requireResidentKey".to_owned(), json!(true));
    }
    let kept =
        challenge::keep(&app, tx.conn(), Purpose::Add(session), &party, (options, &state)).await?;
    tx.commit().await?;
    Ok(Reply::new(kept))
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct AddPasskey {
    /// To know it by: the device, or the password manager that keeps it.
    name: Name,
    /// What came with the challenge.
    challenge_token: Secret,
    /// What `navigator.credentials.create()` gave: `PublicKeyCredential.toJSON()`.
    credential: Map<String, Value>,
}

#[derive(Debug, Serialize, JsonSchema)]
struct AddedPasskey {
    #[serde(flatten)]
    passkey: PasskeyView,
    /// Ways in when the passkey is lost, each once, where it is the first second factor. They are shown this once.
    #[serde(skip_serializing_if = "Option::is_none")]
    recovery_codes: Option<Vec<String>>,
}

pub(super) fn operation() -> Operation {
    operation!(account add_passkey(AddPasskey) -> AddedPasskey)
        .post("/v1/passkeys")
        .tag("session")
        .says(
            "Add a passkey",
            "From then on it signs in without a password, and a password alone does not. The first second factor of a \
             person comes with recovery codes, and every other session of theirs ends.",
        )
        .creates()
        .answers_secret()
        .example(json!({
            "name": "MacBook",
            "challenge_token": "what came with the challenge",
            "credential": { "id": "AQIDBA", "rawId": "AQIDBA", "type": "public-key", "response": {} },
        }))
}

async fn add_passkey(
    app: Arc<App>,
    visit: Visit,
    input: AddPasskey,
) -> Result<Reply<AddedPasskey>, Problem> {
    let now = app.db.clock().now();
    let session = visit.verified(now)?;
    let passkey = registered(&app, session, input.challenge_token, input.credential).await?;
    let person = session.person.person_id;
    let added = PasskeyView {
        passkey_id: app.db.new_id(),
        name: input.name.as_str().to_owned(),
        created_at: now,
        last_used_at: None,
    };
    let mut tx = app.db.identity().await?;
    // Two first ones at a time would each come with codes, of which one's would be void.
    sqlx::query!("select from identity.person where person_id = $1 for update", person.uuid())
        .execute(tx.conn())
        .await?;
    let found = people::find(tx.conn(), Wanted::Id(person)).await?;
    let is_first = found.is_some_and(|known| !known.has_second_factor());
    insert(tx.conn(), session, &added, &passkey).await?;
    let (mut recovery_codes, mut cookie) = (None, None);
    if is_first {
        recovery_codes = Some(recovery::replace(tx.conn(), person, app.db.random()).await?);
        sessions::end_all(tx.conn(), person).await?;
        let text = sessions::begin(&app, tx.conn(), &visit, session.like()).await?;
        cookie = Some(CookieChange::Set(text));
    }
    tx.commit().await?;
    app.sessions.forget_all();
    let tenant = session.tenant();
    sessions::note(&app, tenant, person, "add_passkey").await?;
    Ok(Reply { output: AddedPasskey { passkey: added, recovery_codes }, cookie })
}

/// The passkey that the browser made for the session's challenge.
async fn registered(
    app: &App,
    session: &Session,
    token: Secret,
    fields: Map<String, Value>,
) -> Result<Passkey, Problem> {
    let party = RelyingParty::of(app.public_url())?;
    let state: PasskeyRegistration = challenge::take(app, Purpose::Add(session), &token).await?;
    let answer: RegisterPublicKeyCredential = credential(fields)?;
    party.webauthn.finish_passkey_registration(&answer, &state).map_err(|error| {
        tracing::info!(person = %session.person.person_id, %error, "a new passkey was refused");
        Problem::field(
            "/credential",
            "was not accepted; begin again, and let the device check that it is you, by a finger, a face or a PIN",
        )
    })
}

async fn insert(
    conn: &mut PgConnection,
    session: &Session,
    added: &PasskeyView,
    passkey: &Passkey,
) -> Result<(), Problem> {
    let id: PasskeyId = added.passkey_id;
    let inserted = sqlx::query!(
        r#"
        insert into identity.passkey (passkey_id, person_id, credential_id, credential, name, created_at)
        values ($1, $2, $3, $4, $5, $6)
        on conflict on constraint passkey_credential_id_key do nothing
        "#,
        id.uuid(),
        session.person.person_id.uuid(),
        passkey.cred_id(),
        serde_json::to_value(passkey).map_err(Problem::internal)?,
        &added.name,
        added.created_at,
    )
    .execute(conn)
    .await?;
    if inserted.rows_affected() == 0 {
        return Err(Problem::field("/credential", "is in use already; make a new passkey"));
    }
    Ok(())
}
