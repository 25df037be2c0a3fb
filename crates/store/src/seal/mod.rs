//! Secrets at rest: sealed with XChaCha20-Poly1305 for exactly one row of one tenant.
//!
//! An envelope is `version ‖ length of the key's id ‖ key's id ‖ nonce ‖ ciphertext and tag`. The
//! associated data are the head of the envelope and the [`Context`], so an envelope that is copied to
//! another row, column or tenant does not open there.
//!
//! Invariant: no error and no `Debug` here holds plain text or key bytes.

mod keyring;
mod opening;

#[cfg(test)]
mod tests;

use chacha20poly1305::{
    KeyInit as _, XChaCha20Poly1305,
    aead::{Aead as _, Payload},
};
use kernel::{Random, TenantId};
use zeroize::Zeroizing;

pub use keyring::{KeyError, Keyring};
pub use opening::Opening;

const VERSION: u8 = 1;
const NONCE_LENGTH: usize = 24;
/// A key's id fits the envelope's length byte, and stays readable.
const KEY_ID_MAX: usize = 32;
/// The longest text that is sealed; credentials are far shorter.
pub const PLAIN_MAX: usize = 64 * 1024;

/// The one place where an envelope opens.
#[derive(Debug, Clone, Copy)]
pub struct Context<'a> {
    pub tenant: TenantId,
    /// The table and column, such as `identity.connection.settings_sealed`.
    pub purpose: &'a str,
    /// The rest of the row's key.
    pub row: &'a [u8],
}

/// Plain text that is wiped when dropped and never printed.
#[derive(Clone, PartialEq, Eq)]
pub struct Opened(Zeroizing<Vec<u8>>);

impl Opened {
    /// The text itself. Never log it, store it unsealed, or put it in an answer.
    pub fn expose(&self) -> &[u8] {
        &self.0
    }
}

impl std::fmt::Debug for Opened {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("[secret]")
    }
}

/// Why an envelope stays closed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SealError {
    #[error("this is not a sealed secret, or a later release sealed it")]
    Unreadable,
    #[error(
        "the secret is sealed with the key `{0}`, which is not configured; add it to HANDOFF_KEYS or to the key file"
    )]
    UnknownKey(String),
    #[error(
        "the sealed secret was changed, belongs to another row, or its key's bytes are not those it was sealed with"
    )]
    Refused,
    #[error("a secret holds at most {PLAIN_MAX} bytes; this one has {0}")]
    TooLong(usize),
}

impl Keyring {
    /// Seals with the first key.
    pub fn seal(
        &self,
        context: &Context<'_>,
        plain: &[u8],
        random: &dyn Random,
    ) -> Result<Vec<u8>, SealError> {
        if PLAIN_MAX < plain.len() {
            return Err(SealError::TooLong(plain.len()));
        }
        let key = self.first();
        let mut envelope = vec![VERSION, u8::try_from(key.id.len()).unwrap_or(u8::MAX)];
        envelope.extend_from_slice(key.id.as_bytes());
        let mut nonce = [0_u8; NONCE_LENGTH];
        random.fill(&mut nonce);
        let associated = associated_data(&envelope, context);
        let sealed = XChaCha20Poly1305::new((&*key.bytes).into())
            .encrypt((&nonce).into(), Payload { msg: plain, aad: &associated })
            .map_err(|_opaque| SealError::TooLong(plain.len()))?;
        envelope.extend_from_slice(&nonce);
        envelope.extend_from_slice(&sealed);
        Ok(envelope)
    }

    /// Opens an envelope with whichever key sealed it.
    pub fn open(&self, context: &Context<'_>, envelope: &[u8]) -> Result<Opened, SealError> {
        let parts = Parts::of(envelope)?;
        let key =
            self.key(parts.key_id).ok_or_else(|| SealError::UnknownKey(parts.key_id.to_owned()))?;
        let associated = associated_data(parts.head, context);
        XChaCha20Poly1305::new((&*key.bytes).into())
            .decrypt(parts.nonce.into(), Payload { msg: parts.sealed, aad: &associated })
            .map(|plain| Opened(Zeroizing::new(plain)))
            // The cipher tells no more, on purpose.
            .map_err(|_opaque| SealError::Refused)
    }

    /// Whether a key other than the first sealed this, so that it should be sealed anew.
    pub fn needs_rewrap(&self, envelope: &[u8]) -> bool {
        Parts::of(envelope).is_ok_and(|parts| parts.key_id != self.first().id)
    }

    /// The same secret under the first key, or nothing when it is there already.
    pub fn rewrap(
        &self,
        context: &Context<'_>,
        envelope: &[u8],
        random: &dyn Random,
    ) -> Result<Option<Vec<u8>>, SealError> {
        if !self.needs_rewrap(envelope) {
            return Ok(None);
        }
        let plain = self.open(context, envelope)?;
        self.seal(context, plain.expose(), random).map(Some)
    }
}

/// The id of the key that sealed this.
pub fn key_of(envelope: &[u8]) -> Result<&str, SealError> {
    Parts::of(envelope).map(|parts| parts.key_id)
}

struct Parts<'a> {
    head: &'a [u8],
    key_id: &'a str,
    nonce: &'a [u8; NONCE_LENGTH],
    sealed: &'a [u8],
}

impl<'a> Parts<'a> {
    fn of(envelope: &'a [u8]) -> Result<Self, SealError> {
        Self::split(envelope).ok_or(SealError::Unreadable)
    }

    fn split(envelope: &'a [u8]) -> Option<Self> {
        let [VERSION, length, ..] = envelope else { return None };
        let (head, rest) = envelope.split_at_checked(2 + usize::from(*length))?;
        let key_id = std::str::from_utf8(head.get(2..)?).ok()?;
        let (nonce, sealed) = rest.split_first_chunk()?;
        keyring::is_key_id(key_id).then_some(Self { head, key_id, nonce, sealed })
    }
}

/// Unambiguous: whatever has no fixed length is preceded by its length.
fn associated_data(head: &[u8], context: &Context<'_>) -> Vec<u8> {
    let mut data = Vec::new();
    for part in [head, context.tenant.uuid().as_bytes(), context.purpose.as_bytes(), context.row] {
        data.extend_from_slice(&(part.len() as u64).to_be_bytes());
        data.extend_from_slice(part);
    }
    data
}
