//! Where a request came from.

use std::net::{IpAddr, Ipv6Addr};

use axum::http::Extensions;

/// The client's address, as far as trusted proxies tell: an extension of each request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ClientAddress(pub IpAddr);

impl ClientAddress {
    /// What requests of one client are counted by: a network of IPv6 is one client, for each may take any of its
    /// addresses.
    pub fn counted_by(&self) -> String {
        match self.0 {
            IpAddr::V4(address) => format!("address {address}"),
            IpAddr::V6(address) => {
                let network = Ipv6Addr::from_bits(address.to_bits() & !u128::from(u64::MAX));
                format!("address {network}/64")
            }
        }
    }
}

/// The client's address, where the server knows it.
pub(crate) fn client_address(extensions: &Extensions) -> Option<IpAddr> {
    extensions.get::<ClientAddress>().map(|address| address.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_addresses_of_one_network_are_one_client() {
        let of = |text: &str| ClientAddress(text.parse().unwrap()).counted_by();
        assert_eq!(of("2001:db8::1"), of("2001:db8::ffff:0:0:2"));
        assert_ne!(of("2001:db8::1"), of("2001:db8:0:1::1"));
        assert_ne!(of("203.0.113.1"), of("203.0.113.2"));
    }
}
