//! Addresses for connections that are not HTTP, such as SMTP, under the same guard.

use std::net::{IpAddr, SocketAddr};

use reqwest::dns::Resolve as _;

use super::{Http, egress::Refused, egress::Route};
use crate::CallError;

/// Where a host may be reached. Connect to these addresses and to nothing else: the name is not to be
/// looked up again.
#[derive(Debug, Clone)]
pub struct Reach {
    pub addresses: Vec<SocketAddr>,
    /// The operator named the host, so it may be private and spoken to without encryption.
    pub is_allowed_private: bool,
}

impl Http {
    /// Looks up a host, which must be on the public internet unless the operator named it. `ports` may be
    /// reached without being named.
    ///
    /// # Errors
    /// [`CallError::Rejected`] with the code [`super::EGRESS_REFUSED`] when the host may not be reached,
    /// [`CallError::Unavailable`] when its name cannot be looked up.
    pub async fn reach(&self, host: &str, port: u16, ports: &[u16]) -> Result<Reach, CallError> {
        let is_allowed_private = self.policy.host_route(host, port, ports)? == Route::Allowed;
        if let Ok(address) = host.trim_matches(['[', ']']).parse::<IpAddr>() {
            let addresses = vec![SocketAddr::new(address, port)];
            return Ok(Reach { addresses, is_allowed_private });
        }
        let unknown = |reason: String| CallError::Unavailable {
            status: None,
            retry_after: None,
            detail: format!("cannot look up {host}: {reason}"),
        };
        let name = host.parse().map_err(|_says_less| unknown("it is not a name".to_owned()))?;
        let answers = if is_allowed_private {
            self.guard.names.resolve(name).await
        } else {
            self.guard.resolve(name).await
        };
        let answers = answers.map_err(|error| match error.downcast_ref::<Refused>() {
            Some(refused) => refused.to_error(),
            None => unknown(error.to_string()),
        })?;
        let addresses: Vec<SocketAddr> =
            answers.map(|answer| SocketAddr::new(answer.ip(), port)).collect();
        if addresses.is_empty() {
            return Err(unknown("it has no address".to_owned()));
        }
        Ok(Reach { addresses, is_allowed_private })
    }
}
