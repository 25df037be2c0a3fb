//! Whom passkeys are for: the name and the origin that browsers bind them to, from the program's public address.

use std::time::Duration;

use kernel::PersonId;
use url::{Host, Url};
use webauthn_rs::prelude::{
    CreationChallengeResponse, PasskeyRegistration, Webauthn, WebauthnBuilder,
};

use crate::{Problem, PublicUrl, identity::people::PersonView};

/// What browsers show as the program's name.
const NAME: &str = "Handoff";
/// How long a browser waits for its owner; as long as a challenge is valid.
const PATIENCE: Duration = Duration::from_secs(300);
const LOCAL: &str = "localhost";

#[derive(Debug)]
pub(super) struct RelyingParty {
    pub(super) webauthn: Webauthn,
    /// Where a page must come from: `https://handoff.example.com`.
    pub(super) origin: String,
}

impl RelyingParty {
    /// # Errors
    /// `passkeys-unavailable` where browsers refuse passkeys to the address.
    pub(super) fn of(address: &PublicUrl) -> Result<Self, Problem> {
        let url = usable(address)?;
        let domain = url.domain().unwrap_or(LOCAL);
        let webauthn = WebauthnBuilder::new(domain, &url)
            .and_then(|it| it.rp_name(NAME).timeout(PATIENCE).build())
            .map_err(Problem::internal)?;
        Ok(Self { origin: url.origin().ascii_serialization(), webauthn })
    }

    /// What a browser makes a passkey of, unless it has one of `known`, and what its answer is checked against.
    pub(super) fn register(
        &self,
        person: &PersonView,
        known: Vec<Vec<u8>>,
    ) -> Result<(CreationChallengeResponse, PasskeyRegistration), Problem> {
        let id: PersonId = person.person_id;
        self.webauthn
            .start_passkey_registration(id.uuid(), &person.email, &person.name, Some(known))
            .map_err(Problem::internal)
    }
}

/// The address at which browsers take passkeys: a name over https, or this machine itself.
///
/// They take none of a bare address. That of this machine has a name, too.
fn usable(address: &PublicUrl) -> Result<Url, Problem> {
    let mut url = Url::parse(address.as_str()).map_err(Problem::internal)?;
    let is_loopback = match url.host() {
        Some(Host::Ipv4(ip)) => Some(ip.is_loopback()),
        Some(Host::Ipv6(ip)) => Some(ip.is_loopback()),
        Some(Host::Domain(_)) | None => None,
    };
    match is_loopback {
        Some(false) => {
            return Err(unavailable(
                "browsers take no passkeys of a bare IP address; give the program a name, and say it in \
                 `HANDOFF_PUBLIC_URL`, such as `https://handoff.example.com`",
            ));
        }
        Some(true) => url.set_host(Some(LOCAL)).map_err(Problem::internal)?,
        None => {}
    }
    let is_local = url.domain().is_some_and(|it| it == LOCAL || it.ends_with(".localhost"));
    if url.scheme() != "https" && !is_local {
        return Err(unavailable(
            "browsers take passkeys over https only; serve the program over TLS, and say so in `HANDOFF_PUBLIC_URL`",
        ));
    }
    Ok(url)
}

fn unavailable(detail: &str) -> Problem {
    Problem::new("passkeys-unavailable", detail)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn origin(address: &str) -> Result<String, &'static str> {
        let party = RelyingParty::of(&address.parse().unwrap());
        party.map(|it| it.origin).map_err(|problem| problem.code())
    }

    #[test]
    fn passkeys_are_for_a_name_over_https_or_for_this_machine() {
        for (address, expected) in [
            ("https://handoff.example.com", "https://handoff.example.com"),
            ("https://handoff.example.com:8443", "https://handoff.example.com:8443"),
            ("http://127.0.0.1:8080", "http://localhost:8080"),
            ("http://127.3.2.1:8080", "http://localhost:8080"),
            ("http://[::1]:8080", "http://localhost:8080"),
            ("http://localhost:8080", "http://localhost:8080"),
            ("https://127.0.0.1", "https://localhost"),
            ("http://handoff.localhost", "http://handoff.localhost"),
        ] {
            assert_eq!(origin(address).as_deref(), Ok(expected), "{address}");
        }
    }

    #[test]
    fn where_browsers_refuse_passkeys_so_do_we() {
        for address in [
            "https://203.0.113.7",
            "http://10.0.0.1:8080",
            "https://[2001:db8::1]",
            "http://handoff.example.com",
            "http://notlocalhost",
        ] {
            assert_eq!(origin(address), Err("passkeys-unavailable"), "{address}");
        }
    }
}
