//! One request of one operation: authenticate, count, read, work, answer.

use std::{net::IpAddr, sync::Arc};

use axum::{
    body::Bytes,
    extract::{RawPathParams, Request},
    http::{HeaderMap, header},
    response::{IntoResponse, Response},
};
use kernel::{
    TenantId,
    trace::{self, Kind, Span},
};
use serde_json::Value;
use store::{
    idempotency::{self, Claim, IdempotentRequest},
    measurements::Series,
};
use tokio::task::{JoinError, JoinSet};
use tracing::Instrument as _;

use super::{
    ClientAddress, DEADLINE,
    answer::Answer,
    body::{query, read, require_json},
    browser, input,
};
use crate::{
    App, Caller, Effects, Handler, Operation, Problem, crm::intake_forms, operation::Admitted,
    rate::Decision,
};

/// How many requests without a valid token one address may make in a minute.
const REFUSED_PER_MINUTE: u32 = 120;
/// The longest idempotency key.
const KEY_MAX: usize = 255;
/// How long to wait when the first request with a key is still being worked on.
const IN_FLIGHT_WAIT: std::time::Duration = std::time::Duration::from_secs(1);

pub(super) async fn serve(
    app: Arc<App>,
    name: &'static str,
    path: &RawPathParams,
    request: Request,
) -> Response {
    let began = app.db.clock().now();
    let (tenant, response) = answer(&app, name, path, request).await;
    let (status, taken) = (response.status().as_u16(), app.db.clock().now() - began);
    super::record(name, status, taken);
    if let Some(tenant) = tenant {
        let taken = taken.to_std().unwrap_or_default();
        app.db.measure(tenant, Series::HttpRequest, name, taken, 500 <= status);
    }
    response
}

/// The answer, and whose it is.
async fn answer(
    app: &Arc<App>,
    name: &'static str,
    path: &RawPathParams,
    request: Request,
) -> (Option<TenantId>, Response) {
    let path: Vec<(String, String)> =
        path.iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
    if app.registry.find(name).is_ok_and(|it| it.operation.is_account()) {
        return (None, super::account::serve(app, name, &path, request).await);
    }
    let address = super::client_address(request.extensions());
    let is_contract = app.registry.find(name).is_ok_and(|it| it.operation.is_contract);
    let refused = |problem: Problem| problem.of_contract(is_contract).into_response();
    let identifying = identify(app, name, &path, request.headers(), address);
    let caller = match tokio::time::timeout(DEADLINE, identifying).await {
        Ok(Ok(caller)) => caller,
        Ok(Err(problem)) => return (None, refused(problem)),
        Err(_elapsed) => return (None, refused(timed_out())),
    };
    let tenant = Some(caller.tenant);
    let decision = counted(app, &caller);
    if let Some(Err(problem)) = decision.map(Decision::into_result) {
        return (tenant, with_rate(decision, refused(problem)));
    }
    let answered =
        tokio::time::timeout(DEADLINE, work(Arc::clone(app), caller, name, path, request)).await;
    let response = match answered {
        Ok(Ok(answer)) => answer.into_response(),
        Ok(Err(problem)) => refused(problem),
        Err(_elapsed) => refused(timed_out()),
    };
    (tenant, with_rate(decision, response))
}

pub(crate) fn timed_out() -> Problem {
    let detail = "it may still be done; repeat a write only with the same `Idempotency-Key`";
    Problem::new("timeout", detail).retry_after(IN_FLIGHT_WAIT)
}

/// Counts one request of a caller that has a rate.
pub(crate) fn counted(app: &App, caller: &Caller) -> Option<Decision> {
    let rate = caller.rate_per_minute?;
    Some(app.limits.check(&caller.principal.to_string(), rate, app.db.clock().now()))
}

pub(crate) fn with_rate(decision: Option<Decision>, mut response: Response) -> Response {
    if let Some(decision) = decision {
        decision.write(response.headers_mut());
    }
    response
}

/// Whoever has a token or is signed in, or a visitor where neither is needed.
pub(super) async fn identify(
    app: &App,
    name: &str,
    path: &[(String, String)],
    headers: &HeaderMap,
    address: Option<IpAddr>,
) -> Result<Caller, Problem> {
    let operation = &app.registry.find(name)?.operation;
    if headers.contains_key(header::AUTHORIZATION) {
        return unless_guessing(app, address, app.authenticate(bearer(headers))).await;
    }
    if let Some(session) = browser::session(app, headers).await? {
        browser::require_own_page(app, operation.method, headers, Some(&session))?;
        if operation.is_delicate {
            session.require_verified(app.db.clock().now())?;
        }
        return session.caller();
    }
    if !operation.is_public {
        return unless_guessing(app, address, app.authenticate("")).await;
    }
    let form = path.iter().find(|(name, _)| name == "form_id").map_or("", |(_, value)| value);
    intake_forms::visitor(&app.db, form, address).await
}

/// Whom a token stands for. Who guesses is told to wait; who shares its address with one that guesses, and
/// has a token, is not: behind a proxy all may seem to share one.
pub(crate) async fn unless_guessing<T>(
    app: &App,
    address: Option<IpAddr>,
    authenticated: impl Future<Output = Result<T, Problem>>,
) -> Result<T, Problem> {
    let bearer = authenticated.await;
    let (Some(address), Err(problem)) = (address, &bearer) else { return bearer };
    if problem.status() != 401 {
        return bearer;
    }
    let from = ClientAddress(address).counted_by();
    match app.limits.check(&from, REFUSED_PER_MINUTE, app.db.clock().now()).wait {
        Some(wait) => Err(Problem::new(
            "too-many-requests",
            "too many requests without a valid token came from this address; wait for `Retry-After` seconds",
        )
        .retry_after(wait)),
        None => bearer,
    }
}

/// The token a request carries; empty without one.
pub(crate) fn bearer(headers: &HeaderMap) -> &str {
    headers
        .get(header::AUTHORIZATION)
        .and_then(|value| value.to_str().ok())
        .and_then(|text| text.split_once(' '))
        .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"))
        .map_or("", |(_, token)| token.trim())
}

async fn work(
    app: Arc<App>,
    caller: Caller,
    name: &'static str,
    path: Vec<(String, String)>,
    request: Request,
) -> Result<Answer, Problem> {
    let operation = &app.registry.find(name)?.operation;
    // Before the body is read: who may not do it learns nothing about how it is done.
    caller.require(operation.permission)?;
    let (parts, body) = request.into_parts();
    let key = idempotency_key(&parts.headers)?;
    if key.is_some() && operation.is_secret {
        return Err(Problem::new(
            "idempotency-key-invalid",
            "this answer holds a secret and is not stored; leave the key out",
        ));
    }
    let body = read(body).await?;
    if operation.method.has_body() && !body.is_empty() {
        require_json(&parts.headers)?;
    }
    let query = query(&parts.uri)?;
    let input = input::merge(operation, &path, &query, &body)?;
    let keyed = key.map(|key| Keyed {
        key,
        method: operation.method.as_str(),
        path: parts.uri.path_and_query().map_or_else(String::new, ToString::to_string),
        body,
    });
    // Only who proved who it is has a word in a trace.
    let given = if operation.is_public { None } else { parts.headers.get("traceparent") };
    let span =
        Span::begin(operation.name, Kind::Server, given.and_then(|value| value.to_str().ok()));
    let answer = span.within(perform(&app, caller, operation, input, keyed)).await;
    if answer.as_ref().is_err_and(|problem| 500 <= problem.status()) {
        span.failed();
    }
    Ok(answer?.unless_known(&parts.headers))
}

/// Does the work of an operation, whoever asked for it in whatever way.
pub(crate) async fn perform(
    app: &Arc<App>,
    caller: Caller,
    operation: &Operation,
    input: Value,
    keyed: Option<Keyed>,
) -> Result<Answer, Problem> {
    // Before a connection is taken: a wrong input costs the database nothing.
    app.registry.admit(&caller, operation.name, input.clone())?;
    let task = Task { app: Arc::clone(app), caller, operation: operation.name, input };
    if operation.effects == Effects::Read {
        // A reader that leaves takes its query with it: dropping the set ends the task.
        let mut readers = JoinSet::new();
        readers.spawn(task.run(None).in_current_span());
        return match readers.join_next().await {
            Some(joined) => joined.map_err(died)?,
            None => Err(Problem::internal(anyhow::anyhow!("a reader vanished"))),
        };
    }
    // A writer finishes what it began, whether or not its client still listens.
    app.work.spawn(trace::carried(task.run(keyed)).in_current_span()).await.map_err(died)?
}

fn died(error: JoinError) -> Problem {
    Problem::internal(anyhow::Error::new(error).context("the work of a request panicked"))
}

/// A write that its client may repeat.
pub(crate) struct Keyed {
    pub(crate) key: String,
    pub(crate) method: &'static str,
    pub(crate) path: String,
    pub(crate) body: Bytes,
}

impl Keyed {
    fn request<'a>(&'a self, principal: &'a str) -> IdempotentRequest<'a> {
        let (key, path, body) = (&self.key, &self.path, &self.body);
        IdempotentRequest { principal, key, method: self.method, path, body }
    }
}

/// One piece of work, independent of the connection that asked for it.
struct Task {
    app: Arc<App>,
    caller: Caller,
    operation: &'static str,
    input: Value,
}

impl Task {
    async fn run(self, keyed: Option<Keyed>) -> Result<Answer, Problem> {
        let Self { app, caller, operation, input } = self;
        let principal = caller.principal.to_string();
        let key = keyed.as_ref().map(|keyed| keyed.request(&principal));
        let admitted = app.registry.admit(&caller, operation, input)?;
        let operation = &app.registry.find(operation)?.operation;
        match operation.handler {
            Handler::InTransaction(_) => {
                in_transaction(&app, &caller, admitted, operation, key).await
            }
            Handler::Outside(_) | Handler::Account(_) => {
                outside(&app, &caller, admitted, operation, key).await
            }
        }
    }
}

/// The work and its answer are one commit, so a repeated request finds both or neither.
async fn in_transaction(
    app: &App,
    caller: &Caller,
    admitted: Admitted<'_>,
    operation: &Operation,
    key: Option<IdempotentRequest<'_>>,
) -> Result<Answer, Problem> {
    let mut tx = app.db.tenant(caller.tenant).await?;
    // The key is let go before the answer leaves: whoever asks again at once must not find it in use.
    if let Some(key) = &key {
        match idempotency::claim(&mut tx, key).await? {
            Claim::New => {}
            known => {
                tx.roll_back().await?;
                return earlier(known)?.ok_or_else(|| Problem::not_found("answer"));
            }
        }
    }
    let output = match admitted.run(&mut tx, caller).await {
        Ok(output) => output,
        Err(problem) => {
            tx.roll_back().await?;
            return Err(problem);
        }
    };
    let output = operation.with_links(output, app.public_url());
    let answer = Answer::new(operation, output)?;
    if let Some(key) = &key {
        idempotency::store_answer(&mut tx, key, answer.status, &answer.body).await?;
    }
    tx.commit().await?;
    Ok(answer)
}

/// No transaction may be open while the network is used, so the key is not held meanwhile: such
/// operations are repeatable by their nature, and the first answer wins.
async fn outside(
    app: &Arc<App>,
    caller: &Caller,
    admitted: Admitted<'_>,
    operation: &Operation,
    key: Option<IdempotentRequest<'_>>,
) -> Result<Answer, Problem> {
    if let Some(key) = &key {
        let mut tx = app.db.tenant(caller.tenant).await?;
        let claim = idempotency::claim(&mut tx, key).await?;
        tx.commit().await?;
        if let Some(earlier) = earlier(claim)? {
            return Ok(earlier);
        }
    }
    let Some(running) = admitted.run_outside(app, caller) else {
        return Err(Problem::internal(anyhow::anyhow!("an operation changed its handler")));
    };
    let output = operation.with_links(running.await?, app.public_url());
    let answer = Answer::new(operation, output)?;
    if let Some(key) = &key {
        let mut tx = app.db.tenant(caller.tenant).await?;
        match idempotency::claim(&mut tx, key).await? {
            Claim::New => {
                idempotency::store_answer(&mut tx, key, answer.status, &answer.body).await?;
            }
            done @ Claim::Done { .. } => return Ok(earlier(done)?.unwrap_or(answer)),
            Claim::InFlight | Claim::OtherRequest => {}
        }
        tx.commit().await?;
    }
    Ok(answer)
}

fn earlier(claim: Claim) -> Result<Option<Answer>, Problem> {
    match claim {
        Claim::New => Ok(None),
        Claim::Done { status, body } => Ok(Some(Answer::earlier(status, body))),
        Claim::InFlight => Err(Problem::new(
            "idempotency-key-in-flight",
            "a request with this key is being worked on; ask again for its answer",
        )
        .retry_after(IN_FLIGHT_WAIT)),
        Claim::OtherRequest => Err(Problem::new(
            "idempotency-key-reused",
            "this key belongs to a request with another method, path or body; use a new key",
        )),
    }
}

fn idempotency_key(headers: &HeaderMap) -> Result<Option<String>, Problem> {
    let Some(value) = headers.get("idempotency-key") else { return Ok(None) };
    valid_key(value.to_str().unwrap_or_default()).map(Some)
}

pub(crate) fn valid_key(text: &str) -> Result<String, Problem> {
    let is_visible = text.bytes().all(|byte| (b' '..=b'~').contains(&byte));
    if is_visible && (1..=KEY_MAX).contains(&text.len()) {
        return Ok(text.to_owned());
    }
    Err(Problem::new(
        "idempotency-key-invalid",
        format!("use from 1 to {KEY_MAX} visible ASCII characters, such as a UUID"),
    ))
}
