//! `GET /sign-in/callback`: browsers that come back from the provider. They are always sent on to a page.

use std::sync::Arc;

use axum::{
    extract::{Query, Request, State},
    http::{
        HeaderValue, StatusCode,
        header::{CACHE_CONTROL, LOCATION, REFERRER_POLICY, SET_COOKIE},
    },
    response::{IntoResponse as _, Response},
};

use super::{DEADLINE, account, browser, serve::timed_out};
use crate::{
    App, Problem,
    identity::provider::{AttemptText, Ending, Returned, finish},
    operation::Visit,
};

pub(super) async fn callback(State(app): State<Arc<App>>, request: Request) -> Response {
    let answered = tokio::time::timeout(DEADLINE, answer(&app, request)).await;
    let ending = match answered {
        Ok(Ok(ending)) => ending,
        Ok(Err(problem)) => Ending::refused(&problem),
        Err(_elapsed) => Ending::refused(&timed_out()),
    };
    let mut response = StatusCode::SEE_OTHER.into_response();
    let headers = response.headers_mut();
    // The address is made of paths that were checked and of what a URL may hold.
    let address = HeaderValue::try_from(ending.address);
    headers.insert(LOCATION, address.unwrap_or_else(|_| HeaderValue::from_static("/sign-in")));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    // What the provider sent must not go on to anybody.
    headers.insert(REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    if let Some(session) = ending.session.and_then(|text| text.set_cookie()) {
        headers.append(SET_COOKIE, session);
    }
    headers.append(SET_COOKIE, AttemptText::clear_cookie());
    response
}

/// Finishes what was begun, whether or not the browser still listens.
async fn answer(app: &Arc<App>, request: Request) -> Result<Ending, Problem> {
    let (parts, _) = request.into_parts();
    let address = super::client_address(&parts.extensions);
    account::count(app, address)?;
    // What cannot be read belongs to no attempt.
    let returned = Query::<Returned>::try_from_uri(&parts.uri).map(|Query(it)| it);
    let session = browser::session(app, &parts.headers).await?;
    let text = AttemptText::of_request(&parts.headers);
    let visit = Visit { address, user_agent: account::user_agent(&parts.headers), session };
    let work = finish(Arc::clone(app), visit, text, returned.unwrap_or_default());
    app.work.spawn(work).await.map_err(|error| Problem::internal(anyhow::Error::new(error)))
}
