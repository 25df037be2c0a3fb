//! Operations about the person who asks, beside any tenant: signing in, and what belongs to it.

use std::net::IpAddr;

use serde::Serialize;
use serde_json::Value;

use crate::{
    Problem,
    identity::{
        provider::AttemptText,
        sessions::{Session, SessionText},
    },
};

/// Who comes, as far as the request tells.
#[derive(Debug, Clone, Default)]
pub struct Visit {
    pub address: Option<IpAddr>,
    /// What the browser calls itself.
    pub user_agent: Option<String>,
    /// Whose browser it is, if its cookie proves it; perhaps still without the second factor.
    pub session: Option<Session>,
}

impl Visit {
    /// The session of who is wholly signed in.
    ///
    /// # Errors
    /// `unauthenticated` for everyone else.
    pub fn signed_in(&self) -> Result<&Session, Problem> {
        self.session.as_ref().filter(|session| session.is_complete).ok_or_else(not_signed_in)
    }

    /// The same, of who proved who they are within the last minutes.
    ///
    /// # Errors
    /// `unauthenticated`, and `verification-needed`.
    pub fn verified(&self, now: kernel::Timestamp) -> Result<&Session, Problem> {
        let session = self.signed_in()?;
        session.require_verified(now)?;
        Ok(session)
    }
}

fn not_signed_in() -> Problem {
    Problem::new("unauthenticated", "sign in first: `POST /v1/session`, or the page /sign-in")
}

/// What becomes of the browser's cookies.
#[derive(Debug)]
pub enum CookieChange {
    Set(SessionText),
    Clear,
    /// The browser is on its way to the provider.
    Attempt(AttemptText),
}

/// An answer, and what it does to the cookie.
#[derive(Debug)]
pub struct Reply<O> {
    pub output: O,
    pub cookie: Option<CookieChange>,
}

impl<O> Reply<O> {
    pub fn new(output: O) -> Self {
        Self { output, cookie: None }
    }

    #[must_use]
    pub fn with_cookie(self, change: CookieChange) -> Self {
        Self { cookie: Some(change), ..self }
    }
}

impl<O: Serialize> Reply<O> {
    /// The same with its output as JSON.
    ///
    /// # Errors
    /// `internal` for an output that is no JSON.
    pub fn written(self) -> Result<Reply<Value>, Problem> {
        let output = super::write_output(&self.output)?;
        Ok(Reply { output, cookie: self.cookie })
    }
}
