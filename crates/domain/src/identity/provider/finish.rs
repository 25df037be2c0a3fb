//! A browser that comes back from the provider: to a page in any case, never to an answer for programs.

use std::sync::Arc;

use form_urlencoded::Serializer;
use serde::Deserialize;

use super::{
    AttemptText, ProviderSettings,
    attempt::{self, Attempt, Purpose},
    conversation, outcome, settings,
};
use crate::{
    App, Problem,
    identity::sessions::{
        SessionText,
        limits::{self, Subjects},
    },
    operation::Visit,
};

/// What the provider sends a browser back with (RFC 6749, 4.1.2; RFC 9207).
#[derive(Debug, Default, Deserialize)]
pub(crate) struct Returned {
    #[serde(default)]
    state: String,
    #[serde(default)]
    code: Option<String>,
    #[serde(default)]
    error: Option<String>,
    #[serde(default)]
    iss: Option<String>,
}

/// Where the browser goes on, and as whom.
#[derive(Debug)]
pub(crate) struct Ending {
    /// A path of the app.
    pub(crate) address: String,
    pub(crate) session: Option<SessionText>,
}

/// Ends an attempt, whatever came of it.
pub(crate) async fn finish(
    app: Arc<App>,
    visit: Visit,
    text: Option<AttemptText>,
    returned: Returned,
) -> Ending {
    let taken = match taken(&app, text, &returned).await {
        Ok(taken) => taken,
        Err(problem) => return Ending::refused(&problem),
    };
    let (text, attempt) = &taken;
    match come_of(&app, &visit, text, attempt, returned).await {
        Ok(ending) => ending,
        Err(problem) => Ending::refused_in(&problem, Some(attempt)),
    }
}

/// The attempt of this browser, which is over with this.
async fn taken(
    app: &App,
    text: Option<AttemptText>,
    returned: &Returned,
) -> Result<(AttemptText, Attempt), Problem> {
    let text = text.filter(|text| text.has_state(&returned.state)).ok_or_else(over)?;
    let mut tx = app.db.identity().await?;
    let attempt = attempt::take(tx.conn(), &text, app.db.clock().now()).await?;
    tx.commit().await?;
    Ok((text, attempt.ok_or_else(over)?))
}

pub(super) fn over() -> Problem {
    Problem::new(
        "attempt-expired",
        "this attempt to sign in is over: it took longer than ten minutes, was finished before, or was begun in another \
         browser; begin again",
    )
}

async fn come_of(
    app: &App,
    visit: &Visit,
    text: &AttemptText,
    attempt: &Attempt,
    returned: Returned,
) -> Result<Ending, Problem> {
    let settings = settings(app)?;
    if returned.iss.as_ref().is_some_and(|issuer| *issuer != settings.issuer) {
        return Err(conversation::invalid(settings, &"another provider answered"));
    }
    if let Some(code) = &returned.error {
        return Err(conversation::refused(settings, code));
    }
    let Some(code) = returned.code else {
        return Err(conversation::invalid(settings, &"it holds neither a code nor an error"));
    };
    let subjects = Subjects::new(&format!("attempt {}", text.state()), visit.address);
    limits::attempt(app, &subjects).await?;
    let decided = decide(app, settings, visit, text, attempt, &code).await;
    // That the provider is away is nobody's guess.
    if decided.as_ref().map_or_else(|problem| 500 <= problem.status(), |_| true) {
        limits::succeeded(app, &subjects).await?;
    }
    decided
}

async fn decide(
    app: &App,
    settings: &ProviderSettings,
    visit: &Visit,
    text: &AttemptText,
    attempt: &Attempt,
    code: &str,
) -> Result<Ending, Problem> {
    let asserted = conversation::redeem(app, settings, text, code).await?;
    let by = outcome::By { app, settings, visit, asserted: &asserted };
    match attempt.purpose {
        Purpose::SignIn => by.sign_in(&attempt.return_to).await,
        Purpose::Connect => by.connect(attempt).await,
        Purpose::Verify => by.verify(attempt).await,
        Purpose::Invitation => by.accept(attempt).await,
    }
}

impl Ending {
    /// The page that says what went wrong.
    pub(crate) fn refused(problem: &Problem) -> Self {
        Self::refused_in(problem, None)
    }

    /// The same, from which one can try this again.
    fn refused_in(problem: &Problem, attempt: Option<&Attempt>) -> Self {
        problem.log();
        let mut query = Serializer::new(String::new());
        query.append_pair("problem", problem.code());
        let page = match attempt {
            Some(attempt) if attempt.purpose == Purpose::Invitation => "/accept-invitation",
            Some(attempt) => {
                query.append_pair("return", &attempt.return_to);
                "/sign-in"
            }
            None => "/sign-in",
        };
        Self { address: format!("{page}?{}", query.finish()), session: None }
    }
}
