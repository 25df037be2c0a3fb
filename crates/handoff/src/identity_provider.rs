//! The OpenID Connect provider that the operator names: its settings, and the way to it.

use std::time::Duration;

use connector_kit::http::{EgressPolicy, Http, Request};
use domain::{Unreachable, identity::provider::ProviderSettings};
use http::header;
use kernel::Secret;
use url::{Host, Url};

use crate::failure::Failure;

/// How long the provider may take for one answer.
const TIMEOUT: Duration = Duration::from_secs(10);

/// The longest issuer that is kept beside whom it vouches for.
const ISSUER_MAX: usize = 500;
const ISSUER: &str = "HANDOFF_OIDC_ISSUER";

/// What the environment says of the provider.
#[derive(Debug, Default)]
pub(crate) struct Given {
    pub(crate) issuer: Option<String>,
    pub(crate) client_id: Option<String>,
    pub(crate) client_secret: Option<Secret>,
    pub(crate) name: Option<String>,
}

/// Reads the provider's settings; none without any. Plain HTTP is for hosts of `allowed` and this machine only: who
/// stands between could sign in as anybody.
pub(crate) fn parse(given: Given, allowed: &[String]) -> Result<Option<ProviderSettings>, Failure> {
    let (issuer, client_id, client_secret) = match (
        given.issuer,
        given.client_id,
        given.client_secret,
    ) {
        (None, None, None) => return Ok(None),
        (Some(issuer), Some(id), Some(secret)) => (issuer.trim().to_owned(), id, secret),
        _ => {
            return Err(Failure::usage(
                "HANDOFF_OIDC_ISSUER, HANDOFF_OIDC_CLIENT_ID and HANDOFF_OIDC_CLIENT_SECRET belong together; set \
                     all three, or none",
            ));
        }
    };
    let wrong = |what: &str| {
        Failure::Usage(format!(
            "{ISSUER}: {what}; write it exactly as the provider does, like https://login.example.com/realm"
        ))
    };
    if ISSUER_MAX < issuer.len() {
        return Err(wrong("it is too long"));
    }
    let url = Url::parse(&issuer).map_err(|_says_less| wrong("this is not a URL"))?;
    let host = url.host_str().ok_or_else(|| wrong("it names no host"))?.to_owned();
    if !url.username().is_empty() || url.password().is_some() || url.query().is_some() {
        return Err(wrong("it may hold neither user, password nor query"));
    }
    let is_allowed =
        allowed.iter().any(|entry| *entry == host || *entry == authority(&url).unwrap_or_default());
    match url.scheme() {
        "https" => {}
        "http" if is_allowed || is_here(&url) => {}
        "http" => {
            return Err(Failure::Usage(format!(
                "{ISSUER}: over plain HTTP anybody in between could sign in as anybody; use https, or name {host} in \
                 HANDOFF_ALLOWED_PRIVATE_HOSTS"
            )));
        }
        _ => return Err(wrong("only https can be spoken")),
    }
    let name = given.name.map_or_else(|| host, |name| name.trim().to_owned());
    Ok(Some(ProviderSettings { issuer, client_id, client_secret, name }))
}

fn is_here(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        Some(Host::Domain(name)) => name == "localhost",
        None => false,
    }
}

fn authority(url: &Url) -> Option<String> {
    Some(format!("{}:{}", url.host_str()?, url.port_or_known_default()?))
}

/// The provider, and the client that asks it. A client of its own: the provider may be in the operator's network,
/// which tenants still cannot reach.
#[derive(Debug)]
pub(crate) struct Provider {
    pub(crate) settings: ProviderSettings,
    http: Http,
}

impl Provider {
    pub(crate) fn new(settings: ProviderSettings, allowed: &[String]) -> Self {
        let own = Url::parse(&settings.issuer).ok().and_then(|url| authority(&url));
        let allowed_private_hosts = allowed.iter().cloned().chain(own).collect();
        Self { settings, http: Http::new(EgressPolicy { allowed_private_hosts }) }
    }

    /// One request, whatever the answer's status.
    pub(crate) async fn ask(
        &self,
        request: http::Request<Vec<u8>>,
    ) -> Result<http::Response<Vec<u8>>, Unreachable> {
        let (parts, body) = request.into_parts();
        let mut asked = Request::new(parts.method, &parts.uri.to_string());
        for (name, value) in &parts.headers {
            let value = value
                .to_str()
                .map_err(|_says_less| Unreachable(format!("the header `{name}` cannot be sent")))?;
            asked = if *name == header::AUTHORIZATION {
                asked.secret_header(name.as_str(), &Secret::new(value))
            } else {
                asked.header(name.as_str(), value)
            };
        }
        if !body.is_empty() {
            asked = asked.bytes(body);
        }
        let answer =
            self.http.send(asked, TIMEOUT).await.map_err(|error| Unreachable(error.to_string()))?;
        let mut response = http::Response::new(answer.body.to_vec());
        *response.headers_mut() = answer.headers;
        *response.status_mut() = http::StatusCode::from_u16(answer.status)
            .map_err(|error| Unreachable(error.to_string()))?;
        Ok(response)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn given(issuer: &str) -> Given {
        Given {
            issuer: Some(issuer.to_owned()),
            client_id: Some("handoff".to_owned()),
            client_secret: Some(Secret::new("x")),
            name: None,
        }
    }

    #[test]
    fn a_provider_is_called_by_its_host_unless_it_has_a_name() {
        let read = |given| parse(given, &[]).unwrap().unwrap();
        let plain = read(given("https://login.example.com/realm/"));
        assert_eq!(
            (&*plain.issuer, &*plain.name),
            ("https://login.example.com/realm/", "login.example.com")
        );
        let named =
            Given { name: Some("Example ID".to_owned()), ..given("https://login.example.com") };
        assert_eq!(read(named).name, "Example ID");
        assert!(parse(Given::default(), &[]).unwrap().is_none());
    }

    #[test]
    fn what_would_not_work_or_not_be_safe_is_refused_at_the_start() {
        let half = Given { client_secret: None, ..given("https://login.example.com") };
        assert_eq!(parse(half, &[]).unwrap_err().code(), 2);
        for issuer in [
            "login.example.com",
            "ftp://login.example.com",
            "http://login.example.com",
            "http://10.0.0.1",
            "https://a:b@login.example.com",
            "https://login.example.com/?realm=1",
        ] {
            let refused = parse(given(issuer), &[]).unwrap_err();
            assert!(refused.to_string().starts_with(ISSUER), "{issuer}: {refused}");
        }
        let allowed = ["10.0.0.1:8443".to_owned(), "id.lan".to_owned()];
        for issuer in [
            "http://10.0.0.1:8443/x",
            "http://id.lan",
            "http://127.0.0.1:3000",
            "http://localhost:1",
        ] {
            parse(given(issuer), &allowed).unwrap();
        }
    }

    #[tokio::test]
    async fn only_the_provider_itself_may_be_private() {
        let settings = parse(given("http://127.0.0.1:1/realm"), &[]).unwrap().unwrap();
        let provider = Provider::new(settings, &[]);
        let ask = |uri: &str| http::Request::builder().uri(uri).body(Vec::new()).unwrap();
        let own = provider.ask(ask("http://127.0.0.1:1/x")).await.unwrap_err();
        assert!(own.0.contains("cannot connect"), "{own}");
        for elsewhere in
            ["http://127.0.0.1:2/x", "https://169.254.169.254/x", "http://login.example.com/x"]
        {
            let refused = provider.ask(ask(elsewhere)).await.unwrap_err();
            assert!(refused.0.contains("may not be reached"), "{elsewhere}: {refused}");
        }
    }
}
