//! Who a request comes from, when proxies that we trust pass it on.

use std::net::{IpAddr, SocketAddr};

use axum::http::HeaderMap;
use ipnet::IpNet;

use crate::failure::Failure;

/// The networks of the proxies whose word about the client is taken.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TrustedProxies(Vec<IpNet>);

/// Reads `HANDOFF_TRUSTED_PROXIES`: addresses and networks, comma-separated.
pub fn parse_proxies(items: &[String]) -> Result<TrustedProxies, Failure> {
    let read = |item: &String| {
        let address = || item.parse::<IpAddr>().map(IpNet::from);
        item.parse::<IpNet>().or_else(|_not_a_network| address()).map_err(|_says_less| {
            Failure::Usage(format!(
                "HANDOFF_TRUSTED_PROXIES: `{item}` is neither an address nor a network; write them like 10.0.0.0/8,::1"
            ))
        })
    };
    items.iter().map(read).collect::<Result<_, _>>().map(TrustedProxies)
}

impl TrustedProxies {
    /// The client: who speaks to us, or, while that is a trusted proxy, whom it names before it.
    ///
    /// Read from right to left, so that what a client wrote itself is never reached. `Forwarded` counts
    /// only without `X-Forwarded-For`: common proxies set the one and pass the other on unseen.
    pub(crate) fn client(&self, peer: IpAddr, headers: &HeaderMap) -> IpAddr {
        let mut client = peer.to_canonical();
        let mut named = named(headers);
        while self.trusts(client) {
            let Some(Some(before)) = named.pop() else { break };
            client = before;
        }
        client
    }

    fn trusts(&self, address: IpAddr) -> bool {
        self.0.iter().any(|network| network.contains(&address))
    }
}

/// The addresses that the headers name, the nearest last; none for what is no address.
fn named(headers: &HeaderMap) -> Vec<Option<IpAddr>> {
    let values = |name: &str| -> Vec<String> {
        let all = headers.get_all(name).iter();
        all.flat_map(|value| {
            let text = String::from_utf8_lossy(value.as_bytes()).into_owned();
            text.split(',').map(str::to_owned).collect::<Vec<_>>()
        })
        .collect()
    };
    let plain = values("x-forwarded-for");
    if !plain.is_empty() {
        return plain.iter().map(|item| address(item)).collect();
    }
    values("forwarded").iter().map(|element| forwarded_for(element)).collect()
}

/// The `for` of one element of `Forwarded` (RFC 7239).
fn forwarded_for(element: &str) -> Option<IpAddr> {
    element.split(';').find_map(|pair| {
        let (name, value) = pair.split_once('=')?;
        name.trim().eq_ignore_ascii_case("for").then(|| address(value))?
    })
}

/// An address as proxies write it: bare, with a port, in brackets, in quotes.
fn address(text: &str) -> Option<IpAddr> {
    let text = text.trim().trim_matches('"');
    let bare = text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(text);
    let parsed = bare.parse::<IpAddr>().ok();
    let parsed = parsed.or_else(|| text.parse::<SocketAddr>().ok().map(|address| address.ip()));
    parsed.map(|address| address.to_canonical())
}

#[cfg(test)]
mod tests {
    use axum::http::{HeaderName, HeaderValue};

    use super::*;

    fn client(peer: &str, headers: &[(&'static str, &'static str)]) -> String {
        let proxies = parse_proxies(&["10.0.0.0/8".to_owned(), "::1".to_owned()]).unwrap();
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.append(HeaderName::from_static(name), HeaderValue::from_static(value));
        }
        proxies.client(peer.parse().unwrap(), &map).to_string()
    }

    #[test]
    fn only_a_trusted_peer_is_believed() {
        let said = [("x-forwarded-for", "203.0.113.7")];
        assert_eq!(client("198.51.100.1", &said), "198.51.100.1");
        assert_eq!(client("10.1.2.3", &said), "203.0.113.7");
        assert_eq!(client("::ffff:10.1.2.3", &said), "203.0.113.7");
        assert_eq!(client("10.1.2.3", &[]), "10.1.2.3");
    }

    #[test]
    fn what_a_client_wrote_itself_is_not_reached() {
        let said = [("x-forwarded-for", "127.0.0.1, 203.0.113.7"), ("x-forwarded-for", "10.0.0.9")];
        assert_eq!(client("10.1.2.3", &said), "203.0.113.7");
        let garbage = [("x-forwarded-for", "203.0.113.7, unknown, 10.0.0.9")];
        assert_eq!(client("10.1.2.3", &garbage), "10.0.0.9");
        let both = [("forwarded", "for=192.0.2.1"), ("x-forwarded-for", "203.0.113.7")];
        assert_eq!(client("10.1.2.3", &both), "203.0.113.7");
    }

    #[test]
    fn each_way_of_writing_an_address_is_read() {
        for (header, seen) in [
            ("for=203.0.113.7;proto=https", "203.0.113.7"),
            ("proto=https; For=\"203.0.113.7:4711\"", "203.0.113.7"),
            ("for=\"[2001:db8::7]:4711\"", "2001:db8::7"),
            ("for=\"[2001:db8::7]\", for=10.0.0.2", "2001:db8::7"),
            ("for=_hidden", "::1"),
        ] {
            assert_eq!(client("::1", &[("forwarded", header)]), seen, "{header}");
        }
    }

    #[test]
    fn what_is_no_network_is_usage() {
        let refused = parse_proxies(&["10.0.0.0/33".to_owned()]).unwrap_err();
        assert_eq!(refused.code(), 2);
    }
}
