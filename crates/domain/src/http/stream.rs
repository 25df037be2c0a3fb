//! `GET /v1/events/stream`: the event log as server-sent events (WHATWG HTML, 9.2).

use std::{convert::Infallible, net::IpAddr, sync::Arc, time::Duration};

use axum::{
    extract::{Query, Request, State, rejection::QueryRejection},
    http::{HeaderMap, HeaderValue, header},
    response::{
        IntoResponse, Response,
        sse::{Event, KeepAlive, Sse},
    },
};
use futures::{Stream, StreamExt as _, stream};
use serde::Deserialize;
use serde_json::json;
use store::events::{self, Positioned};

use super::serve::identify;
use crate::{App, Caller, Permission, Problem, events::Listener};

/// The operation whose permission and rules the stream has.
const OPERATION: &str = "list_events";
/// How many events are read at once.
const READ: i64 = 100;
/// How often a comment keeps proxies from closing the stream.
const KEEP_ALIVE: Duration = Duration::from_secs(15);
/// How often it is asked again whether the listener may still listen.
const ASKED_AGAIN: Duration = Duration::from_secs(10);

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Given {
    /// The position after which to begin; from now on when left out.
    #[serde(default)]
    after: Option<i64>,
}

pub(super) async fn serve(
    State(app): State<Arc<App>>,
    query: Result<Query<Given>, QueryRejection>,
    request: Request,
) -> Response {
    let address = super::client_address(request.extensions());
    match begin(app, query, request.into_parts().0.headers, address).await {
        Ok(response) => response,
        Err(problem) => problem.into_response(),
    }
}

async fn begin(
    app: Arc<App>,
    query: Result<Query<Given>, QueryRejection>,
    headers: HeaderMap,
    address: Option<IpAddr>,
) -> Result<Response, Problem> {
    let Query(given) = query.map_err(|_unreadable| {
        Problem::field("/after", "must be a position, such as `next_after` of `GET /v1/events`")
    })?;
    let caller = permitted(&app, &headers, address).await?;
    let listener = app.live.listen().ok_or_else(|| {
        Problem::new("unavailable", "this node serves as many streams as it can; try again later")
            .retry_after(KEEP_ALIVE)
    })?;
    // A browser that reconnects says what it saw last.
    let again = headers.get("last-event-id").and_then(|value| value.to_str().ok());
    let after = match again.and_then(|text| text.parse().ok()).or(given.after) {
        Some(after) => after,
        None => last_position(&app, &caller).await?,
    };
    let listening = Listening {
        asked_at: tokio::time::Instant::now(),
        app,
        caller,
        headers,
        address,
        listener,
        after,
        waiting: Vec::new(),
    };
    // At once, so that browsers and proxies see that the stream has begun.
    let begun = stream::once(async { Ok(Event::default().comment("following")) });
    let mut response = Sse::new(begun.chain(listening.events()))
        .keep_alive(KeepAlive::new().interval(KEEP_ALIVE).text("still here"))
        .into_response();
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    // nginx would otherwise hold events back until its buffer is full.
    headers.insert("x-accel-buffering", HeaderValue::from_static("no"));
    Ok(response)
}

async fn permitted(
    app: &App,
    headers: &HeaderMap,
    address: Option<IpAddr>,
) -> Result<Caller, Problem> {
    let caller = identify(app, OPERATION, &[], headers, address).await?;
    caller.require(Permission::ReadEvents)?;
    Ok(caller)
}

async fn last_position(app: &App, caller: &Caller) -> Result<i64, Problem> {
    let mut tx = app.db.tenant(caller.tenant).await?;
    let last = events::last_position(&mut tx).await?;
    tx.commit().await?;
    Ok(last)
}

/// One stream and how far it is.
struct Listening {
    app: Arc<App>,
    caller: Caller,
    headers: HeaderMap,
    address: Option<IpAddr>,
    listener: Listener,
    after: i64,
    /// Read and not yet sent, the next one last.
    waiting: Vec<Positioned>,
    asked_at: tokio::time::Instant,
}

impl Listening {
    fn events(self) -> impl Stream<Item = Result<Event, Infallible>> + Send {
        stream::unfold(self, |mut this| async move {
            let event = this.next().await?;
            Some((Ok(event), this))
        })
    }

    /// The next event; none when the stream is over.
    async fn next(&mut self) -> Option<Event> {
        loop {
            if ASKED_AGAIN <= self.asked_at.elapsed() {
                let caller = permitted(&self.app, &self.headers, self.address).await.ok()?;
                if caller.tenant != self.caller.tenant {
                    return None;
                }
                self.asked_at = tokio::time::Instant::now();
            }
            if let Some(placed) = self.waiting.pop() {
                self.after = placed.position;
                let data = json!({ "position": placed.position, "event": placed.event });
                let event = Event::default().event("event").id(placed.position.to_string());
                return event.json_data(data).ok();
            }
            self.waiting = self.read().await?;
            if self.waiting.is_empty() {
                let grown = self.listener.grown(self.caller.tenant);
                match tokio::time::timeout(ASKED_AGAIN, grown).await {
                    Ok(true) | Err(_) => {}
                    Ok(false) => return None,
                }
            }
        }
    }

    async fn read(&self) -> Option<Vec<Positioned>> {
        let mut tx = self.app.db.tenant(self.caller.tenant).await.ok()?;
        let mut read = events::read(&mut tx, self.after, None, READ).await.ok()?;
        tx.commit().await.ok()?;
        read.reverse();
        Some(read)
    }
}
