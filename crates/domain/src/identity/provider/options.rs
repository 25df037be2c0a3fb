//! `GET /v1/session/options`

use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    App, Operation, Problem, operation,
    operation::{Reply, Visit},
};

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct GetSignInOptions {}

/// How one may sign in here, beside a password.
#[derive(Debug, Serialize, JsonSchema)]
struct SignInOptions {
    /// The OpenID Connect provider that the operator set up; absent without one.
    #[serde(skip_serializing_if = "Option::is_none")]
    provider: Option<SignInProvider>,
}

#[derive(Debug, Serialize, JsonSchema)]
struct SignInProvider {
    /// What people call it.
    name: String,
}

pub(super) fn operation() -> Operation {
    operation!(account get_sign_in_options(GetSignInOptions) -> SignInOptions)
        .get("/v1/session/options")
        .tag("session")
        .says("Get the ways to sign in", "For the pages that are seen without being signed in.")
}

async fn get_sign_in_options(
    app: Arc<App>,
    _: Visit,
    _: GetSignInOptions,
) -> Result<Reply<SignInOptions>, Problem> {
    let settings = app.outside.identity_provider();
    let provider = settings.map(|settings| SignInProvider { name: settings.name.clone() });
    Ok(Reply::new(SignInOptions { provider }))
}
