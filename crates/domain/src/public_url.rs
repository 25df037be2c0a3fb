//! The address under which the program is reached from outside.

use std::{
    fmt,
    net::{IpAddr, Ipv4Addr, SocketAddr},
    str::FromStr,
};

use url::Url;

/// Scheme, host and port, without a slash at the end: `https://handoff.example.com`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicUrl(String);

/// Why a text is no public URL.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidPublicUrl {
    #[error("this is not an http or https URL")]
    NotAUrl,
    #[error("the URL may hold neither user nor password")]
    Credentials,
    #[error(
        "the URL may have no path, query or fragment: the program answers at the root of its host"
    )]
    Path,
}

impl PublicUrl {
    /// What an address that the program listens on means to a browser on the same machine.
    pub fn of_listener(address: SocketAddr, is_tls: bool) -> Self {
        let mut address = address;
        if address.ip().is_unspecified() {
            address.set_ip(IpAddr::V4(Ipv4Addr::LOCALHOST));
        }
        Self(format!("{}://{address}", if is_tls { "https" } else { "http" }))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// An absolute link to a path that begins with a slash.
    pub fn link(&self, path: &str) -> String {
        debug_assert!(path.starts_with('/'), "`{path}` does not begin with a slash");
        format!("{}{path}", self.0)
    }

    /// The same with its port, also where it is the usual one.
    pub(crate) fn origin_with_port(&self) -> String {
        let is_usual = self.0.rsplit_once(':').is_none_or(|(_, port)| port.parse::<u16>().is_err());
        let port = if self.is_https() { 443 } else { 80 };
        if is_usual { format!("{}:{port}", self.0) } else { self.0.clone() }
    }

    /// Whether browsers reach us over TLS, so that cookies must say `Secure`.
    pub fn is_https(&self) -> bool {
        self.0.starts_with("https:")
    }
}

impl Default for PublicUrl {
    fn default() -> Self {
        Self("http://127.0.0.1:8080".to_owned())
    }
}

impl fmt::Display for PublicUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for PublicUrl {
    type Err = InvalidPublicUrl;

    fn from_str(text: &str) -> Result<Self, InvalidPublicUrl> {
        let url = Url::parse(text.trim()).map_err(|_says_less| InvalidPublicUrl::NotAUrl)?;
        if !["http", "https"].contains(&url.scheme()) || !url.has_host() {
            return Err(InvalidPublicUrl::NotAUrl);
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(InvalidPublicUrl::Credentials);
        }
        if url.path() != "/" || url.query().is_some() || url.fragment().is_some() {
            return Err(InvalidPublicUrl::Path);
        }
        Ok(Self(url.origin().ascii_serialization()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_public_url_is_scheme_host_and_port() {
        for (text, read) in [
            ("https://Handoff.example.com/", "https://handoff.example.com"),
            ("http://10.0.0.1:8080", "http://10.0.0.1:8080"),
            ("https://a.example:443", "https://a.example"),
            ("http://[::1]:80", "http://[::1]"),
        ] {
            let url: PublicUrl = text.parse().unwrap();
            assert_eq!(url.link("/docs"), format!("{read}/docs"));
        }
    }

    #[test]
    fn what_could_not_be_the_base_of_links_is_refused() {
        use InvalidPublicUrl::{Credentials, NotAUrl, Path};
        for (text, why) in [
            ("handoff.example.com", NotAUrl),
            ("ftp://a.example", NotAUrl),
            ("", NotAUrl),
            ("https://a:b@c.example", Credentials),
            ("https://a.example/sub", Path),
            ("https://a.example/?x", Path),
            ("https://a.example/#x", Path),
        ] {
            assert_eq!(text.parse::<PublicUrl>(), Err(why), "{text}");
        }
    }

    #[test]
    fn every_address_of_the_machine_is_reached_by_its_loopback() {
        let everywhere = "0.0.0.0:8080".parse().unwrap();
        let url = PublicUrl::of_listener(everywhere, true);
        assert_eq!(url.as_str(), "https://127.0.0.1:8080");
        assert!(url.is_https());
    }
}
