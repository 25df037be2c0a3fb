//! Signatures of webhooks: HMAC-SHA256 over the bytes as they came, compared in constant time.
//!
//! Parsing comes after verifying: a body that was decoded and encoded again is another body.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use hmac::{Hmac, KeyInit as _, Mac as _};
use kernel::{Secret, Timestamp};
use sha2::Sha256;
use subtle::ConstantTimeEq as _;

/// How far a signature's time may lie in the past or in the future
/// (Standard Webhooks 1.0, "Verifying webhook authenticity").
pub const TOLERANCE_SECONDS: u64 = 300;
/// What begins a secret of the Standard Webhooks form.
const STANDARD_PREFIX: &str = "whsec_";
/// How many signatures one header may carry.
const SIGNATURES_MAX: usize = 16;

/// Why a signature does not count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Unverified {
    #[error("the signature is missing")]
    Missing,
    #[error("the signature is not of the expected form")]
    Malformed,
    #[error("the signature is of another body, or made with another secret")]
    Mismatch,
    #[error("the signature is too old, or from the future")]
    Stale,
}

/// Whether two texts are the same, taking the same time wherever they differ.
pub fn same(expected: &str, given: &str) -> bool {
    // Hashed first, so that not even the length shows.
    let digest = |text: &str| mac(b"compare", &[text.as_bytes()]);
    digest(expected).ct_eq(&digest(given)).into()
}

/// The signature of a body in lower-case hexadecimal. The key is the text of the secret.
pub fn sign_hex(secret: &Secret, body: &[u8]) -> String {
    hex::encode(mac(secret.expose().as_bytes(), &[body]))
}

/// Checks a hexadecimal signature of either case, with or without `prefix` in front.
pub fn verify_hex(
    secret: &Secret,
    body: &[u8],
    given: &str,
    prefix: &str,
) -> Result<(), Unverified> {
    // Anyone can sign with an empty key.
    if secret.expose().is_empty() {
        return Err(Unverified::Mismatch);
    }
    let given = given.trim();
    if given.is_empty() {
        return Err(Unverified::Missing);
    }
    let text = given.strip_prefix(prefix).unwrap_or(given);
    let bytes = hex::decode(text).map_err(|_not_hex| Unverified::Malformed)?;
    let expected = mac(secret.expose().as_bytes(), &[body]);
    if expected.ct_eq(&bytes).into() { Ok(()) } else { Err(Unverified::Mismatch) }
}

/// The `webhook-signature` of a message, as Standard Webhooks 1.0 has it.
///
/// # Errors
/// [`Unverified::Malformed`] when a secret that begins with `whsec_` is not base64 after it.
pub fn sign_standard(
    secret: &Secret,
    id: &str,
    at: Timestamp,
    body: &[u8],
) -> Result<String, Unverified> {
    let timestamp = at.timestamp().to_string();
    let mac = standard_mac(secret, id, &timestamp, body)?;
    Ok(format!("v1,{}", STANDARD.encode(mac)))
}

/// Checks `webhook-signature`: any of its signatures may be right, by any of the live secrets.
pub fn verify_standard(
    secrets: &[Secret],
    id: &str,
    timestamp: &str,
    signatures: &str,
    body: &[u8],
    now: Timestamp,
) -> Result<(), Unverified> {
    if id.is_empty() || signatures.trim().is_empty() {
        return Err(Unverified::Missing);
    }
    let sent: i64 = timestamp.parse().map_err(|_not_a_number| Unverified::Malformed)?;
    if TOLERANCE_SECONDS < now.timestamp().abs_diff(sent) {
        return Err(Unverified::Stale);
    }
    let given: Vec<Vec<u8>> = signatures
        .split_ascii_whitespace()
        .take(SIGNATURES_MAX)
        .filter_map(|one| STANDARD.decode(one.strip_prefix("v1,")?).ok())
        .collect();
    if given.is_empty() {
        return Err(Unverified::Malformed);
    }
    for secret in secrets {
        let Ok(expected) = standard_mac(secret, id, timestamp, body) else { continue };
        if given.iter().any(|given| expected.ct_eq(given).into()) {
            return Ok(());
        }
    }
    Err(Unverified::Mismatch)
}

/// The key is what `whsec_` encodes; the text itself for a secret without that prefix.
fn standard_mac(
    secret: &Secret,
    id: &str,
    timestamp: &str,
    body: &[u8],
) -> Result<Vec<u8>, Unverified> {
    let text = secret.expose();
    let key = match text.strip_prefix(STANDARD_PREFIX) {
        Some(encoded) => STANDARD.decode(encoded).map_err(|_not_base64| Unverified::Malformed)?,
        None => text.as_bytes().to_vec(),
    };
    // Anyone can sign with an empty key.
    if key.is_empty() {
        return Err(Unverified::Malformed);
    }
    Ok(mac(&key, &[id.as_bytes(), b".", timestamp.as_bytes(), b".", body]))
}

fn mac(key: &[u8], parts: &[&[u8]]) -> Vec<u8> {
    #[expect(clippy::expect_used, reason = "HMAC takes keys of any length (RFC 2104, section 2)")]
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("a key of any length is valid");
    for part in parts {
        mac.update(part);
    }
    mac.finalize().into_bytes().to_vec()
}

#[cfg(test)]
mod tests;
