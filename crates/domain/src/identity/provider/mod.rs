//! Signing in through an OpenID Connect provider: whoever it says comes is let in as the person that was connected
//! before.
//!
//! The browser is sent to the provider (`begin`) and comes back once (`finish`). What the provider says is believed only
//! when its server told ours, signed, for this attempt (`conversation`). It never decides who somebody is by an e-mail
//! address: connecting takes a session, or an invitation.

mod attempt;
mod begin;
mod conversation;
mod disconnect;
mod discovery;
mod external;
mod finish;
mod list;
mod options;
mod outcome;

use kernel::Secret;

pub use attempt::AttemptText;
pub(crate) use discovery::Discovered;
pub(super) use external::is_connected;
pub(crate) use finish::{Ending, Returned, finish};

use crate::{App, Operation, Problem};

/// Where browsers come back to from the provider: what it is told of as the redirect URI.
pub(crate) const CALLBACK: &str = "/sign-in/callback";

/// The provider that the operator named, as it knows us.
#[derive(Debug, Clone)]
pub struct ProviderSettings {
    /// Exactly as the provider writes it.
    pub issuer: String,
    pub client_id: String,
    pub client_secret: Secret,
    /// What people call it.
    pub name: String,
}

pub(super) fn operations() -> Vec<Operation> {
    vec![options::operation(), begin::operation(), list::operation(), disconnect::operation()]
}

/// The provider of this installation.
fn settings(app: &App) -> Result<&ProviderSettings, Problem> {
    app.outside.identity_provider().ok_or_else(|| {
        Problem::new(
            "provider-missing",
            "no provider to sign in through is set up here; sign in with your password, or ask the operator to set \
             HANDOFF_OIDC_ISSUER",
        )
    })
}
