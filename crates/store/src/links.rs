//! Capability links: addresses that open one file of one tenant to whoever has them.
//!
//! A key is `tenant ‖ expiry ‖ HMAC-SHA256`, in base64 for addresses. The tag covers the tenant, the expiry, and
//! the kind and id of the thing, under a key that the keyring's keys are only used to derive. So a key cannot be
//! guessed, moved to another thing or tenant, or made to last longer, and nothing is stored for it.
//!
//! Invariant: a link that an older key of the ring made opens as long as that key is in the ring.

use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use chrono::DateTime;
use hmac::{Hmac, KeyInit as _, Mac as _};
use kernel::{TenantId, Timestamp};
use sha2::Sha256;
use uuid::Uuid;
use zeroize::Zeroizing;

use crate::seal::Keyring;

const PURPOSE: &str = "capability links, version 1";
const TENANT_LENGTH: usize = 16;
const EXPIRY_LENGTH: usize = 8;
const TAG_LENGTH: usize = 32;
/// The expiry of a link that never expires.
const NEVER: i64 = i64::MAX;

/// Makes and checks keys.
pub struct Links {
    /// The first makes, all check.
    keys: Vec<Zeroizing<[u8; 32]>>,
    /// What stands before the path, without a slash at its end; none when nobody said where we are
    /// reached.
    base: Option<String>,
}

/// Why a key opens nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum LinkError {
    #[error("the key belongs to nothing")]
    Forged,
    #[error("the key has expired")]
    Expired,
}

impl Links {
    pub fn new(keyring: &Keyring, base: Option<&str>) -> Self {
        let base = base.map(|base| base.trim_end_matches('/').to_owned());
        Self { keys: keyring.derive(PURPOSE).collect(), base }
    }

    /// The address of a tenant's file, such as `deliverables` and `deliv_…`; none when nobody said
    /// where we are reached. It opens until `expires_at`, or for good.
    pub fn address(
        &self,
        tenant: TenantId,
        kind: &str,
        id: &str,
        expires_at: Option<Timestamp>,
    ) -> Option<String> {
        let base = self.base.as_deref()?;
        let path = self.path(tenant, kind, id, expires_at)?;
        Some(format!("{base}{path}"))
    }

    /// The same without scheme and host, for pages of our own.
    pub fn path(
        &self,
        tenant: TenantId,
        kind: &str,
        id: &str,
        expires_at: Option<Timestamp>,
    ) -> Option<String> {
        let key = self.key(tenant, kind, id, expires_at)?;
        Some(format!("/files/{kind}/{id}.pdf?key={key}"))
    }

    /// The key of a tenant's file.
    pub fn key(
        &self,
        tenant: TenantId,
        kind: &str,
        id: &str,
        expires_at: Option<Timestamp>,
    ) -> Option<String> {
        let expiry = expires_at.map_or(NEVER, |time| time.timestamp());
        let tag = mac(self.keys.first()?, tenant, expiry, kind, id)?.finalize().into_bytes();
        let mut key = tenant.uuid().as_bytes().to_vec();
        key.extend_from_slice(&expiry.to_be_bytes());
        key.extend_from_slice(&tag);
        Some(BASE64_URL_SAFE_NO_PAD.encode(key))
    }

    /// The tenant whose file this key opens.
    pub fn check(
        &self,
        kind: &str,
        id: &str,
        key: &str,
        now: Timestamp,
    ) -> Result<TenantId, LinkError> {
        let (tenant, expiry, tag) = split(key).ok_or(LinkError::Forged)?;
        let is_ours = self.keys.iter().any(|key| {
            mac(key, tenant, expiry, kind, id).is_some_and(|mac| mac.verify_slice(&tag).is_ok())
        });
        if !is_ours {
            return Err(LinkError::Forged);
        }
        if expiry != NEVER && DateTime::from_timestamp(expiry, 0).is_none_or(|end| end <= now) {
            return Err(LinkError::Expired);
        }
        Ok(tenant)
    }
}

impl std::fmt::Debug for Links {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Links").field("base", &self.base).finish_non_exhaustive()
    }
}

fn split(key: &str) -> Option<(TenantId, i64, [u8; TAG_LENGTH])> {
    let bytes = BASE64_URL_SAFE_NO_PAD.decode(key).ok()?;
    let (tenant, rest) = bytes.split_first_chunk::<TENANT_LENGTH>()?;
    let (expiry, tag) = rest.split_first_chunk::<EXPIRY_LENGTH>()?;
    let tenant = TenantId::from(Uuid::from_bytes(*tenant));
    Some((tenant, i64::from_be_bytes(*expiry), tag.try_into().ok()?))
}

/// Unambiguous: whatever has no fixed length is preceded by its length.
fn mac(
    key: &[u8; 32],
    tenant: TenantId,
    expiry: i64,
    kind: &str,
    id: &str,
) -> Option<Hmac<Sha256>> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).ok()?;
    mac.update(tenant.uuid().as_bytes());
    mac.update(&expiry.to_be_bytes());
    for part in [kind, id] {
        mac.update(&(part.len() as u64).to_be_bytes());
        mac.update(part.as_bytes());
    }
    Some(mac)
}

#[cfg(test)]
mod tests {
    use kernel::Secret;
    use proptest::prelude::*;

    use super::*;

    const ID: &str = "deliv_01h455vb4pex5vsknk084sn02q";

    fn keyring(text: &str) -> Keyring {
        Keyring::parse(&Secret::new(text.to_owned())).unwrap()
    }

    fn key(letter: &str, id: &str) -> String {
        format!("{id}:{}=", letter.repeat(43))
    }

    fn links() -> Links {
        Links::new(&keyring(&key("A", "k1")), Some("https://handoff.example/"))
    }

    fn tenant() -> TenantId {
        TenantId::from(Uuid::from_u128(7))
    }

    fn at(seconds: i64) -> Timestamp {
        DateTime::from_timestamp(seconds, 0).unwrap()
    }

    #[test]
    fn a_link_opens_its_own_thing_until_it_expires() {
        let links = links();
        let forever = links.key(tenant(), "deliverables", ID, None).unwrap();
        assert_eq!(links.check("deliverables", ID, &forever, at(9_999_999_999)), Ok(tenant()));
        let until = links.key(tenant(), "deliverables", ID, Some(at(100))).unwrap();
        assert_eq!(links.check("deliverables", ID, &until, at(99)), Ok(tenant()));
        assert_eq!(links.check("deliverables", ID, &until, at(100)), Err(LinkError::Expired));
        for (kind, id) in [("invoices", ID), ("deliverables", "deliv_other"), ("", "")] {
            assert_eq!(links.check(kind, id, &forever, at(0)), Err(LinkError::Forged));
        }
        let address = links.address(tenant(), "deliverables", ID, None).unwrap();
        assert_eq!(
            address,
            format!("https://handoff.example/files/deliverables/{ID}.pdf?key={forever}")
        );
        let unknown = Links::new(&keyring(&key("A", "k1")), None);
        assert_eq!(unknown.address(tenant(), "deliverables", ID, None), None);
    }

    #[test]
    fn an_older_key_opens_until_it_leaves_the_ring() {
        let old = links().key(tenant(), "deliverables", ID, None).unwrap();
        let rotated = keyring(&format!("{},{}", key("E", "k2"), key("A", "k1")));
        let rotated = Links::new(&rotated, None);
        assert_eq!(rotated.check("deliverables", ID, &old, at(0)), Ok(tenant()));
        assert_ne!(rotated.key(tenant(), "deliverables", ID, None), Some(old.clone()));
        let replaced = Links::new(&keyring(&key("E", "k2")), None);
        assert_eq!(replaced.check("deliverables", ID, &old, at(0)), Err(LinkError::Forged));
    }

    proptest! {
        #[test]
        fn no_change_of_a_key_opens_anything(place in 0_usize..56, bit in 0_u8..8) {
            let key = links().key(tenant(), "deliverables", ID, Some(at(100))).unwrap();
            let mut bytes = BASE64_URL_SAFE_NO_PAD.decode(&key).unwrap();
            bytes[place] ^= 1 << bit;
            let changed = BASE64_URL_SAFE_NO_PAD.encode(&bytes);
            prop_assert_eq!(
                links().check("deliverables", ID, &changed, at(0)),
                Err(LinkError::Forged)
            );
        }

        #[test]
        fn no_text_is_a_key(text in "\\PC{0,100}") {
            prop_assert_eq!(links().check("deliverables", ID, &text, at(0)), Err(LinkError::Forged));
        }
    }
}
