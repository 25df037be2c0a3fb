//! `POST /v1/session/provider`

use std::{str::FromStr, sync::Arc};

use kernel::Secret;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, de::Error as _};
use serde_json::json;
use url::Url;

use super::{
    attempt::{self, Attempt, AttemptText, Purpose},
    conversation, external, settings,
};
use crate::{
    App, Operation, Problem,
    identity::{members, sessions::hash_of},
    operation,
    operation::{CookieChange, Reply, Visit},
};

const ADDRESS_MAX: usize = 2000;

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct BeginProviderSignIn {
    purpose: Purpose,
    /// Where in the app to go on afterwards; the first page without it.
    #[serde(default)]
    return_to: Option<AppAddress>,
    /// Of an invitation: what follows `#` in its link.
    #[serde(default)]
    token: Option<Secret>,
}

#[derive(Debug, Serialize, JsonSchema)]
struct BegunProviderSignIn {
    /// The provider's page, to send this browser to within ten minutes.
    url: String,
}

pub(super) fn operation() -> Operation {
    operation!(account begin_provider_sign_in(BeginProviderSignIn) -> BegunProviderSignIn)
        .post("/v1/session/provider")
        .tag("session")
        .says(
            "Begin to sign in through the provider",
            "Answers the address of the provider's page, and sets a cookie by which this browser is known when it comes \
             back, once and within ten minutes. Connecting asks for a proof of who you are that is at most ten minutes \
             old.",
        )
        .answers_secret()
        .example(json!({ "purpose": "sign_in", "return_to": "/leads" }))
}

async fn begin_provider_sign_in(
    app: Arc<App>,
    visit: Visit,
    input: BeginProviderSignIn,
) -> Result<Reply<BegunProviderSignIn>, Problem> {
    let settings = settings(&app)?;
    let now = app.db.clock().now();
    let mut tx = app.db.identity().await?;
    let (person, invitation_hash) = match input.purpose {
        Purpose::SignIn => (None, None),
        Purpose::Connect => (Some(visit.verified(now)?.person.person_id), None),
        Purpose::Verify => {
            let person = visit.signed_in()?.person.person_id;
            if !external::is_connected(&app, tx.conn(), person).await? {
                return Err(external::unknown(settings));
            }
            (Some(person), None)
        }
        Purpose::Invitation => {
            let token = input.token.as_ref().ok_or_else(|| {
                Problem::field("/token", "is missing; give what follows `#` in the invitation")
            })?;
            let hash = hash_of(token.expose());
            members::invitations::find(&app, tx.conn(), &hash).await?;
            (None, Some(hash))
        }
    };
    tx.commit().await?;
    let text = AttemptText::generate(app.db.random());
    // Before the attempt is kept: without its provider it would lead nowhere.
    let url = conversation::authorization_url(&app, settings, &text, input.purpose).await?;
    let return_to = input.return_to.map_or_else(|| "/".to_owned(), |address| address.0);
    let attempt = Attempt { purpose: input.purpose, person, invitation_hash, return_to };
    let mut tx = app.db.identity().await?;
    attempt::keep(tx.conn(), &text, &attempt, now).await?;
    tx.commit().await?;
    let url = url.into();
    Ok(Reply::new(BegunProviderSignIn { url }).with_cookie(CookieChange::Attempt(text)))
}

/// Path, query and fragment of a page of the app: never another site.
#[derive(Debug, PartialEq, Eq)]
struct AppAddress(String);

#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("must be a path of this app, such as `/leads?status=open`")]
struct NotOurs;

impl FromStr for AppAddress {
    type Err = NotOurs;

    fn from_str(text: &str) -> Result<Self, NotOurs> {
        let base = Url::parse("https://app.invalid").map_err(|_says_less| NotOurs)?;
        // As a browser reads it, which takes `//host` and `/\host` for another site.
        let url = base.join(text).map_err(|_says_less| NotOurs)?;
        let is_ours = text.starts_with('/') && url.origin() == base.origin();
        let address = url.as_str().strip_prefix("https://app.invalid").unwrap_or_default();
        if is_ours
            && address.starts_with('/')
            && !address.starts_with("//")
            && address.len() <= ADDRESS_MAX
        {
            return Ok(Self(address.to_owned()));
        }
        Err(NotOurs)
    }
}

impl<'de> Deserialize<'de> for AppAddress {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(D::Error::custom)
    }
}

impl JsonSchema for AppAddress {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> std::borrow::Cow<'static, str> {
        "AppAddress".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "title": "a path of this app", "type": "string", "maxLength": ADDRESS_MAX,
            "pattern": r"^/([^/\\\s]\S*)?$", "examples": ["/leads?status=open"],
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_pages_of_the_app_are_returned_to() {
        let read = |text: &str| text.parse::<AppAddress>().ok().map(|it| it.0);
        assert_eq!(read("/leads?status=open#x").as_deref(), Some("/leads?status=open#x"));
        assert_eq!(read("/a/../b").as_deref(), Some("/b"));
        for elsewhere in [
            "",
            "leads",
            "https://evil.example/x",
            "//evil.example",
            "/\\evil.example",
            "/\t/evil.example",
            "\\\\evil.example",
            "javascript:alert(1)",
            "https://app.invalid/x",
            "/..//evil.example",
            "/.//evil.example",
        ] {
            assert_eq!(read(elsewhere), None, "{elsewhere:?}");
        }
        assert_eq!(read(&format!("/{}", "x".repeat(2000))), None);
    }
}
