//! The one way out: an HTTP client with deadlines, size caps and a guard against SSRF.
//!
//! Invariant: no request goes to a private address or over plain HTTP unless the operator named the
//! host, no redirect is followed, and no credential reaches an error or a log.

mod address;
mod egress;
mod outcome;
mod reach;
mod request;
mod response;
mod tls;

pub use egress::{EGRESS_REFUSED, EgressPolicy, PORTS};
pub use outcome::{blotted, presentable};
pub use reach::Reach;
pub use request::{Request, Until};
pub use response::Response;
pub use tls::config as tls_config;

use std::{error::Error as _, net::IpAddr, sync::Arc, time::Duration};

use bytes::{Bytes, BytesMut};
use reqwest::dns::Resolve;
use tokio::time::{Instant, timeout_at};
use url::Url;

use crate::CallError;
use egress::{Guard, Refused, Route, SystemNames};
use request::Prepared;

/// How long DNS, TCP and TLS together may take.
pub const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// The largest answer that is read.
pub const ANSWER_BYTES_MAX: usize = 1024 * 1024;
/// Idle connections are closed before the other side's usual five seconds are over: a request on a
/// connection that is just being closed ends in an unclear outcome.
const POOL_IDLE_TIMEOUT: Duration = Duration::from_secs(4);

/// The HTTP client that every connector uses. Cheap to clone; make one for the process.
#[derive(Clone, Debug)]
pub struct Http {
    policy: Arc<EgressPolicy>,
    guard: Arc<Guard>,
    /// For everybody: its resolver refuses private addresses.
    guarded: reqwest::Client,
    /// For the hosts that the operator allowed.
    allowed: reqwest::Client,
}

impl Http {
    pub fn new(policy: EgressPolicy) -> Self {
        Self::over(policy, Arc::new(SystemNames), address::is_public)
    }

    fn over(policy: EgressPolicy, names: Arc<dyn Resolve>, is_public: fn(IpAddr) -> bool) -> Self {
        let guard = Arc::new(Guard { names: Arc::clone(&names), is_public });
        let resolver: Arc<dyn Resolve> = Arc::<Guard>::clone(&guard);
        Self { policy: Arc::new(policy), guard, guarded: client(resolver), allowed: client(names) }
    }

    /// Whether an address may be reached, as far as its text tells: a name is checked again when it is
    /// resolved.
    ///
    /// # Errors
    /// [`CallError::Rejected`], with a sentence that says what to change.
    pub fn check(&self, url: &str) -> Result<(), CallError> {
        let url = Url::parse(url).map_err(|error| CallError::Rejected {
            status: 0,
            code: "invalid-request".to_owned(),
            detail: format!("it is not a URL ({error}); give one that begins with https://"),
        })?;
        self.policy.route(&url).map(|_route| ())
    }

    /// Sends a request and reads the whole answer, whatever its status, within `timeout`.
    ///
    /// # Errors
    /// [`CallError::Unavailable`] when nothing was sent, [`CallError::Ambiguous`] when it was sent
    /// and no answer came (or `timeout` is shorter than [`CONNECT_TIMEOUT`] and ended first),
    /// [`CallError::Rejected`] with the code [`EGRESS_REFUSED`] when the address may not be reached,
    /// [`CallError::Unreadable`] when the answer is too large.
    pub async fn send(&self, request: Request, timeout: Duration) -> Result<Response, CallError> {
        let Prepared { method, url, headers, body, secrets, until } = request.prepare()?;
        let client = match self.policy.route(&url)? {
            Route::Guarded => &self.guarded,
            Route::Allowed => &self.allowed,
        };
        let deadline = Instant::now() + timeout;
        let host = host_of(&url);
        let mut outgoing = client.request(method, url).headers(headers);
        if let Some(body) = body {
            outgoing = outgoing.body(body);
        }
        let mut answer = match timeout_at(deadline, outgoing.send()).await {
            Ok(Ok(answer)) => answer,
            Ok(Err(error)) => return Err(failure(&error, &host)),
            Err(_elapsed) => {
                return Err(CallError::Ambiguous {
                    status: None,
                    detail: format!("{host} did not answer within {timeout:?}"),
                });
            }
        };
        let status = answer.status();
        let headers = std::mem::take(answer.headers_mut());
        let until = until.filter(|_| status.is_success());
        let (body, ending) = read(&mut answer, deadline, until).await;
        // Any other status has said what there is to say, however its body ends.
        if status.is_success() {
            ending.map_err(|trouble| trouble.into_error(status.as_u16(), &host))?;
        }
        let body = outcome::without_secrets(body, &secrets);
        Ok(Response { status: status.as_u16(), headers, body, secrets })
    }
}

/// `base` with path segments added, each percent-encoded, so that an id from outside stays one
/// segment whatever it holds.
///
/// # Errors
/// [`CallError::Rejected`] when `base` is no URL or a segment cannot be one (`..`).
pub fn join(base: &str, segments: &[&str]) -> Result<String, CallError> {
    let invalid = |detail: String| CallError::Rejected {
        status: 0,
        code: "invalid-request".to_owned(),
        detail,
    };
    if let Some(segment) = segments.iter().find(|segment| matches!(**segment, "" | "." | "..")) {
        return Err(invalid(format!("`{segment}` cannot be part of an address; give another id")));
    }
    let mut url = Url::parse(base).map_err(|error| {
        invalid(format!("the base URL of the connection is not a URL ({error}); set it again"))
    })?;
    url.path_segments_mut()
        .map_err(|()| invalid("the base URL must begin with https://; set it again".to_owned()))?
        .pop_if_empty()
        .extend(segments);
    Ok(url.into())
}

fn client(names: Arc<dyn Resolve>) -> reqwest::Client {
    reqwest::Client::builder()
        .tls_backend_preconfigured(tls::config())
        .dns_resolver(names)
        .redirect(reqwest::redirect::Policy::none())
        .no_proxy()
        .referer(false)
        .connect_timeout(CONNECT_TIMEOUT)
        .pool_idle_timeout(POOL_IDLE_TIMEOUT)
        .user_agent(concat!("handoff/", env!("CARGO_PKG_VERSION")))
        .build()
        .expect("the TLS configuration is of the version that reqwest uses")
}

/// Why the body of an answer could not be read to its end.
enum Trouble {
    TooLarge,
    Deadline,
    Broken,
}

impl Trouble {
    fn into_error(self, status: u16, host: &str) -> CallError {
        let detail = match self {
            Self::TooLarge => {
                let detail = format!("the answer of {host} is over {ANSWER_BYTES_MAX} bytes");
                return CallError::Unreadable { detail };
            }
            Self::Deadline => format!("{host} began an answer and did not end it in time"),
            Self::Broken => format!("{host} broke the connection in the middle of its answer"),
        };
        CallError::Ambiguous { status: Some(status), detail }
    }
}

async fn read(
    answer: &mut reqwest::Response,
    deadline: Instant,
    until: Option<Until>,
) -> (Bytes, Result<(), Trouble>) {
    let mut body = BytesMut::new();
    loop {
        match timeout_at(deadline, answer.chunk()).await {
            Ok(Ok(Some(chunk))) => {
                let seen = body.len();
                let room = ANSWER_BYTES_MAX - seen;
                body.extend_from_slice(&chunk[..room.min(chunk.len())]);
                if room < chunk.len() {
                    return (body.freeze(), Err(Trouble::TooLarge));
                }
                if until.is_some_and(|is_enough| is_enough(&body, seen)) {
                    return (body.freeze(), Ok(()));
                }
            }
            Ok(Ok(None)) => return (body.freeze(), Ok(())),
            Ok(Err(_broken)) => return (body.freeze(), Err(Trouble::Broken)),
            Err(_elapsed) => return (body.freeze(), Err(Trouble::Deadline)),
        }
    }
}

/// What a failure to get even a status means: whether anything can have been done.
fn failure(error: &reqwest::Error, host: &str) -> CallError {
    let mut cause = error.source();
    let mut innermost = None;
    while let Some(source) = cause {
        if let Some(refused) = source.downcast_ref::<Refused>() {
            return refused.to_error();
        }
        innermost = Some(source);
        cause = source.source();
    }
    let reason = innermost.map_or_else(|| "the request failed".to_owned(), ToString::to_string);
    if error.is_connect() {
        let detail = format!("cannot connect to {host}: {reason}");
        CallError::Unavailable { status: None, retry_after: None, detail }
    } else if error.is_builder() {
        let detail = format!("the request to {host} cannot be sent: {reason}");
        CallError::Rejected { status: 0, code: "invalid-request".to_owned(), detail }
    } else {
        let detail = format!("{host} broke the connection before it answered: {reason}");
        CallError::Ambiguous { status: None, detail }
    }
}

/// Host and port for messages. The path may hold what should not be seen.
fn host_of(url: &Url) -> String {
    let host = url.host_str().unwrap_or_default();
    url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"))
}

#[cfg(test)]
mod tests;

/// A client without the guard, for programs that speak to their own server: no redirects, no proxy.
///
/// # Errors
/// When the machine's TLS set-up is unusable.
pub fn plain_client(timeout: Duration) -> reqwest::Result<reqwest::Client> {
    reqwest::Client::builder()
        .tls_backend_preconfigured(tls::config())
        .redirect(reqwest::redirect::Policy::none())
        .no_proxy()
        .timeout(timeout)
        .build()
}
