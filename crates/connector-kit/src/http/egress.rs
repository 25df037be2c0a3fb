//! Where requests may go: the guard against server-side request forgery.
//!
//! Literal addresses are checked before anything is sent. Names are checked inside the resolver, so
//! the address that was checked is the address that is connected to, and a name that answers
//! differently the second time gains nothing.

use std::{
    net::{IpAddr, SocketAddr},
    sync::Arc,
};

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use url::{Host, Url};

use super::address::is_public;
use crate::CallError;

/// The code of a refusal by the guard.
pub const EGRESS_REFUSED: &str = "egress-refused";

/// More answers than this for one name are refused rather than checked.
const DNS_ANSWERS_MAX: usize = 64;

/// Ports that may be reached without an entry in the list.
pub const PORTS: [u16; 2] = [443, 8443];

/// Suffixes of names that never belong to the public internet.
const PRIVATE_SUFFIXES: [&str; 8] =
    [".localhost", ".local", ".internal", ".home.arpa", ".lan", ".intranet", ".corp", ".svc"];

/// What the operator allows beyond public HTTPS.
#[derive(Debug, Clone, Default)]
pub struct EgressPolicy {
    /// Hosts, as `host` or `host:port`, that may be private and spoken to in plain HTTP: the
    /// sandbox, or a service in the operator's own network.
    pub allowed_private_hosts: Vec<String>,
}

#[derive(PartialEq, Eq)]
pub(super) enum Route {
    Guarded,
    Allowed,
}

impl EgressPolicy {
    pub(super) fn route(&self, url: &Url) -> Result<Route, CallError> {
        if !url.username().is_empty() || url.password().is_some() {
            return Err(refuse(
                "it holds a user name or password; use the connection's own fields",
            ));
        }
        let Some(host) = url.host() else {
            return Err(refuse("it names no host"));
        };
        let Some(port) = url.port_or_known_default() else {
            return Err(refuse("only https addresses can be reached"));
        };
        if self.allows(&host, port) && matches!(url.scheme(), "http" | "https") {
            return Ok(Route::Allowed);
        }
        if url.scheme() != "https" {
            return Err(refuse("only https addresses can be reached"));
        }
        if !PORTS.contains(&port) {
            return Err(refuse("only the ports 443 and 8443 can be reached"));
        }
        let private = match host {
            Host::Ipv4(address) => !is_public(IpAddr::V4(address)),
            Host::Ipv6(address) => !is_public(IpAddr::V6(address)),
            Host::Domain(name) => is_private_name(name),
        };
        if private { Err(Refused.to_error()) } else { Ok(Route::Guarded) }
    }

    /// Where a connection that is not HTTP may go. `ports` may be reached without an entry in the list.
    pub(super) fn host_route(
        &self,
        host: &str,
        port: u16,
        ports: &[u16],
    ) -> Result<Route, CallError> {
        let host = Host::parse(host).map_err(|_says_less| refuse("it names no host"))?;
        let host = match &host {
            Host::Domain(name) => Host::Domain(name.as_str()),
            Host::Ipv4(address) => Host::Ipv4(*address),
            Host::Ipv6(address) => Host::Ipv6(*address),
        };
        if self.allows(&host, port) {
            return Ok(Route::Allowed);
        }
        if !ports.contains(&port) {
            let known: Vec<String> = ports.iter().map(ToString::to_string).collect();
            return Err(refuse(&format!("only the ports {} can be reached", known.join(", "))));
        }
        let private = match host {
            Host::Ipv4(address) => !is_public(IpAddr::V4(address)),
            Host::Ipv6(address) => !is_public(IpAddr::V6(address)),
            Host::Domain(name) => is_private_name(name),
        };
        if private { Err(Refused.to_error()) } else { Ok(Route::Guarded) }
    }

    fn allows(&self, host: &Host<&str>, port: u16) -> bool {
        let host = match host {
            Host::Domain(name) => without_dot(name).to_owned(),
            Host::Ipv4(address) => address.to_string(),
            Host::Ipv6(address) => format!("[{address}]"),
        };
        let with_port = format!("{host}:{port}");
        self.allowed_private_hosts.iter().any(|entry| {
            let entry = entry.trim();
            entry.eq_ignore_ascii_case(&host)
                || entry.eq_ignore_ascii_case(&with_port)
                || host.strip_prefix('[').and_then(|host| host.strip_suffix(']')) == Some(entry)
        })
    }
}

fn without_dot(name: &str) -> &str {
    name.strip_suffix('.').unwrap_or(name)
}

fn is_private_name(name: &str) -> bool {
    let name = without_dot(name);
    // A name of one part is completed by the machine's search list, within the operator's network.
    let complete = name.contains('.') && name.split('.').all(|part| !part.is_empty());
    !complete || PRIVATE_SUFFIXES.iter().any(|suffix| name.ends_with(suffix))
}

fn refuse(reason: &str) -> CallError {
    CallError::Rejected {
        status: 0,
        code: EGRESS_REFUSED.to_owned(),
        detail: format!(
            "the address may not be reached: {reason}, or let the operator name the host in \
             HANDOFF_ALLOWED_PRIVATE_HOSTS"
        ),
    }
}

/// A name or address that is not on the public internet. Says nothing of what it resolved to: that
/// would map the operator's network for whoever set the address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the host is not on the public internet")]
pub(super) struct Refused;

impl Refused {
    #[expect(clippy::unused_self, reason = "it reads as what becomes of a refusal")]
    pub(super) fn to_error(self) -> CallError {
        refuse("its host is not on the public internet; give a public one")
    }
}

/// The resolver of the guarded client: passes on only what it has checked, so nothing is looked up
/// between the check and the connection.
pub(super) struct Guard {
    pub(super) names: Arc<dyn Resolve>,
    pub(super) is_public: fn(IpAddr) -> bool,
}

impl std::fmt::Debug for Guard {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Guard").finish_non_exhaustive()
    }
}

impl Resolve for Guard {
    fn resolve(&self, name: Name) -> Resolving {
        let answers = self.names.resolve(name);
        let is_public = self.is_public;
        Box::pin(async move {
            let answers: Vec<SocketAddr> = answers.await?.take(DNS_ANSWERS_MAX + 1).collect();
            // All or nothing: one private answer among public ones is somebody's trick.
            let public = answers.iter().all(|answer| is_public(answer.ip()));
            if answers.is_empty() || DNS_ANSWERS_MAX < answers.len() || !public {
                return Err(Refused.into());
            }
            let checked: Addrs = Box::new(answers.into_iter());
            Ok(checked)
        })
    }
}

/// The machine's own resolver.
pub(super) struct SystemNames;

impl Resolve for SystemNames {
    fn resolve(&self, name: Name) -> Resolving {
        Box::pin(async move {
            let answers = tokio::net::lookup_host((name.as_str(), 0)).await?;
            let answers: Addrs = Box::new(answers.collect::<Vec<_>>().into_iter());
            Ok(answers)
        })
    }
}
