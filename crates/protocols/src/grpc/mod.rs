//! `call: grpc`, by a `.proto` file that is fetched and compiled here.

mod interface;
mod status;
mod wire;

pub(crate) use interface::Interface;

use std::time::Duration;

use bytes::Bytes;
use connector_kit::{
    CallError,
    http::{blotted, presentable},
};
use http::{HeaderValue, Request, header};
use kernel::Secret;
use serde::Deserialize;
use serde_json::Value;
use tokio::time::Instant;
use url::Url;

use crate::{
    Means, Protocols,
    authentication::{Authorization, Policy},
    http::without_doubt,
    invalid,
    resource::{self, Resource},
};
use interface::Method;
use status::Status;
use wire::{Answer, Place};

/// The port where none is named.
const PORT: u16 = 443;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct GrpcCall {
    proto: Resource,
    service: Service,
    method: String,
    #[serde(default)]
    arguments: Value,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Service {
    name: String,
    host: String,
    port: Option<u16>,
    authentication: Option<Policy>,
}

/// A request that is ready but for its credentials.
struct Outgoing<'a> {
    place: Place,
    method: &'a Method,
    body: Bytes,
    deadline: Instant,
}

pub(crate) async fn call(
    protocols: &Protocols,
    call: GrpcCall,
    means: Means<'_>,
) -> Result<Value, CallError> {
    let deadline = Instant::now() + means.timeout;
    let GrpcCall { proto, service, method, arguments } = call;
    let (kept, what) = (&protocols.interfaces, "the proto");
    let interface =
        resource::load(protocols, means, proto.endpoint, kept, what, Interface::read).await?;
    let method = interface.method(&service.name, &method)?;
    let body = method.request(arguments)?;
    let place = service.place(protocols)?;
    let outgoing = Outgoing { place, method: &method, body, deadline };
    let answered = outgoing.send(protocols, means, service.authentication.as_ref()).await;
    answered.map_err(|error| without_doubt(error, method.is_repeatable()))
}

impl Service {
    fn place(&self, protocols: &Protocols) -> Result<Place, CallError> {
        let wrong =
            || invalid(format!("`service.host` must be a host, and `{}` is none", self.host));
        let address = format!("https://{}:{}", self.host, self.port.unwrap_or(PORT));
        let written = Url::parse(&address).map_err(|_says_less| wrong())?;
        if written.path() != "/"
            || written.query().is_some()
            || written.fragment().is_some()
            || !written.username().is_empty()
            || written.password().is_some()
        {
            return Err(wrong());
        }
        let reached = protocols.rewrites.apply(written.as_str());
        let is_plain = (reached != written.as_str()).then(|| reached.starts_with("http:"));
        let reached = Url::parse(&reached).map_err(|_says_less| wrong())?;
        let host = reached.host_str().ok_or_else(wrong)?.to_owned();
        let port = reached.port_or_known_default().unwrap_or(PORT);
        Ok(Place { host, port, is_plain })
    }
}

impl Outgoing<'_> {
    /// Sends it, a second time with a new token if one that was fetched before is refused.
    async fn send(
        &self,
        protocols: &Protocols,
        means: Means<'_>,
        policy: Option<&Policy>,
    ) -> Result<Value, CallError> {
        let Some(policy) = policy else { return self.send_as(protocols, None).await };
        let means = Means { timeout: self.remaining(), ..means };
        let authorization = Authorization::of(protocols, means, policy).await?;
        let outcome = self.send_as(protocols, Some(&authorization)).await;
        let is_refused = matches!(outcome, Err(CallError::Rejected { status: 401, .. }));
        if !is_refused || !authorization.may_be_renewed(protocols) {
            return outcome;
        }
        let authorization = Authorization::of(protocols, means, policy).await?;
        self.send_as(protocols, Some(&authorization)).await
    }

    fn remaining(&self) -> Duration {
        self.deadline.saturating_duration_since(Instant::now())
    }

    async fn send_as(
        &self,
        protocols: &Protocols,
        authorization: Option<&Authorization>,
    ) -> Result<Value, CallError> {
        let secrets = authorization.map(Authorization::secrets).unwrap_or_default();
        let connection = self.place.connect(&protocols.http, self.deadline).await?;
        let request = self.request(connection.scheme(), authorization)?;
        let answer = connection.exchange(request, self.body.clone(), self.deadline).await?;
        let body = good(answer, &self.method.path(), &secrets)?;
        let mut value = self.method.answer(body)?;
        blot(&mut value, &secrets);
        Ok(value)
    }

    fn request(
        &self,
        scheme: &str,
        authorization: Option<&Authorization>,
    ) -> Result<Request<()>, CallError> {
        let Place { host, port, .. } = &self.place;
        // Eight digits are the most that may be sent.
        let remaining = self.remaining().as_millis().clamp(1, 99_999_999);
        let mut request = Request::post(format!("{scheme}://{host}:{port}{}", self.method.path()))
            .header(header::TE, "trailers")
            .header(header::CONTENT_TYPE, "application/grpc+proto")
            .header(header::USER_AGENT, concat!("handoff/", env!("CARGO_PKG_VERSION")))
            .header("grpc-timeout", format!("{remaining}m"));
        if let Some(authorization) = authorization {
            let value = HeaderValue::try_from(authorization.value().expose());
            let mut value = value.map_err(|_quotes_secrets| {
                invalid("the credentials hold characters that cannot be sent (a line break?)")
            })?;
            value.set_sensitive(true);
            request = request.header(header::AUTHORIZATION, value);
        }
        request.body(()).map_err(|error| invalid(format!("the request cannot be sent: {error}")))
    }
}

/// The messages of an answer whose status is OK.
fn good(answer: Answer, path: &str, secrets: &[Secret]) -> Result<Bytes, CallError> {
    let Answer { status, headers, body, trailers } = answer;
    let text = |name: &str| {
        let value = trailers.get(name).or_else(|| headers.get(name));
        value.map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned())
    };
    let Some(code) = text("grpc-status") else {
        if status.is_success() {
            let detail = format!("{path} ended its answer without a status");
            return Err(CallError::Ambiguous { status: None, detail });
        }
        return Err(not_grpc(status.as_u16(), path));
    };
    let message = status::decoded(&text("grpc-message").unwrap_or_default());
    match Status::read(&code, presentable(&message, secrets)) {
        None => Ok(body),
        Some(status) => Err(status.into_error(path)),
    }
}

/// Something before the service answered, such as a gateway.
fn not_grpc(status: u16, path: &str) -> CallError {
    let detail = format!("{path} was answered with the status {status} of HTTP, and none of gRPC");
    if status == 429 || 500 <= status {
        return CallError::Unavailable { status: Some(status), retry_after: None, detail };
    }
    CallError::Rejected { status, code: "no gRPC".to_owned(), detail }
}

/// Takes our credentials out of what the other side repeats.
fn blot(value: &mut Value, secrets: &[Secret]) {
    match value {
        Value::String(text) => *text = blotted(text, secrets),
        Value::Array(items) => items.iter_mut().for_each(|item| blot(item, secrets)),
        Value::Object(members) => {
            members.iter_mut().for_each(|(_, member)| blot(member, secrets));
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}
