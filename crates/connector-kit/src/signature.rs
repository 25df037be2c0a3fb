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
mod tests {
    use super::*;

    const MWD_BODY: &[u8] = br#"{"event_type":"client.intake.submitted","event_id":"11111111-1111-4111-8111-111111111111","timestamp":"2026-11-21T00:00:00Z"}"#;
    const MWD_HEX: &str = "6ecf6fbe839df733846714b78e9f11bb3d24b8d931f6118a31109d8e7ba6cd32";
    const MANGO_BODY: &str = "{\"event\":\"client.created\",\"storeId\":\"s1\",\"timestamp\":\"2026-11-21T00:00:00.000Z\",\"data\":{\"id\":\"c1\",\"name\":\"Café\"}}";

    fn at(seconds: i64) -> Timestamp {
        chrono::DateTime::from_timestamp(seconds, 0).unwrap()
    }

    fn hex_check(secret: &str, body: &[u8], given: &str) -> Result<(), Unverified> {
        verify_hex(&Secret::new(secret), body, given, "sha256=")
    }

    /// Computed with another implementation (Python's `hmac`).
    #[test]
    fn hexadecimal_signatures_agree_with_the_known_answers() {
        assert_eq!(sign_hex(&Secret::new("mwd_secret"), MWD_BODY), MWD_HEX);
        assert_eq!(
            sign_hex(&Secret::new("mango_secret"), MANGO_BODY.as_bytes()),
            "78a52f01f391ded5afbe610734a53c1478f858447f41eb6e8176a0b75cf28f11"
        );
        // The documented sample of GitHub, which signs the same way.
        let github = "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17";
        assert_eq!(hex_check("It's a Secret to Everybody", b"Hello, World!", github), Ok(()));
    }

    #[test]
    fn a_hexadecimal_signature_may_have_a_prefix_and_either_case() {
        for given in [
            MWD_HEX.to_owned(),
            MWD_HEX.to_uppercase(),
            format!("sha256={MWD_HEX}"),
            format!(" {MWD_HEX} "),
        ] {
            assert_eq!(hex_check("mwd_secret", MWD_BODY, &given), Ok(()), "{given}");
        }
    }

    #[test]
    fn everything_else_is_refused() {
        let newline = [MWD_BODY, b"\n"].concat();
        assert_eq!(hex_check("other", MWD_BODY, MWD_HEX), Err(Unverified::Mismatch));
        assert_eq!(hex_check("mwd_secret", &newline, MWD_HEX), Err(Unverified::Mismatch));
        assert_eq!(hex_check("mwd_secret", MWD_BODY, ""), Err(Unverified::Missing));
        assert_eq!(hex_check("mwd_secret", MWD_BODY, "zz"), Err(Unverified::Malformed));
        assert_eq!(
            hex_check("mwd_secret", MWD_BODY, MWD_HEX.get(..62).unwrap()),
            Err(Unverified::Mismatch)
        );
        let unknown = format!("v0={MWD_HEX}");
        assert_eq!(hex_check("mwd_secret", MWD_BODY, &unknown), Err(Unverified::Malformed));
        for bit in 0..MWD_BODY.len() * 8 {
            let mut forged = MWD_BODY.to_vec();
            forged[bit / 8] ^= 1 << (bit % 8);
            assert_eq!(
                hex_check("mwd_secret", &forged, MWD_HEX),
                Err(Unverified::Mismatch),
                "{bit}"
            );
        }
    }

    const ID: &str = "msg_p5jXN8AQM9LWM0D4loKWxJek";
    const SENT: i64 = 1_614_265_330;
    const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    const BODY: &[u8] = br#"{"test": 2432232314}"#;
    const SIGNATURE: &str = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";

    fn standard(secrets: &[&str], signatures: &str, now: i64) -> Result<(), Unverified> {
        let secrets: Vec<Secret> = secrets.iter().map(|text| Secret::new(*text)).collect();
        verify_standard(&secrets, ID, &SENT.to_string(), signatures, BODY, at(now))
    }

    /// The sample of the specification, and one computed with the official library 1.1.1.
    #[test]
    fn standard_signatures_agree_with_the_known_answers() {
        assert_eq!(
            sign_standard(&Secret::new(SECRET), ID, at(SENT), BODY),
            Ok(SIGNATURE.to_owned())
        );
        let mango = Secret::new("whsec_bWFuZ29fc2VjcmV0XzAxMjM0NTY3ODlhYmNkZWYwMTI=");
        assert_eq!(
            sign_standard(&mango, "msg_1", at(1_700_000_000), MANGO_BODY.as_bytes()).as_deref(),
            Ok("v1,8W0DHsSIqIYTNfJnLkr0XhDtPKJkFG/LwLp6CXFV4n8=")
        );
    }

    #[test]
    fn the_window_is_five_minutes_both_ways() {
        for (now, expected) in [
            (SENT, Ok(())),
            (SENT + 300, Ok(())),
            (SENT - 300, Ok(())),
            (SENT + 301, Err(Unverified::Stale)),
            (SENT - 301, Err(Unverified::Stale)),
        ] {
            assert_eq!(standard(&[SECRET], SIGNATURE, now), expected, "{now}");
        }
    }

    #[test]
    fn any_signature_by_any_live_secret_will_do() {
        let several = format!("v1,bm9uc2Vuc2U= {SIGNATURE}");
        assert_eq!(standard(&[SECRET], &several, SENT), Ok(()));
        assert_eq!(standard(&["whsec_b3RoZXI=", SECRET], SIGNATURE, SENT), Ok(()));
        assert_eq!(standard(&["whsec_b3RoZXI="], SIGNATURE, SENT), Err(Unverified::Mismatch));
        assert_eq!(standard(&[], SIGNATURE, SENT), Err(Unverified::Mismatch));
        let unknown = SIGNATURE.replace("v1,", "v0,");
        assert_eq!(standard(&[SECRET], &unknown, SENT), Err(Unverified::Malformed));
        let url_safe = SIGNATURE.replace('+', "-").replace('/', "_");
        assert_eq!(standard(&[SECRET], &url_safe, SENT), Err(Unverified::Malformed));
    }

    #[test]
    fn an_empty_secret_verifies_nothing() {
        let empty = Secret::new("");
        assert_eq!(
            verify_hex(&empty, BODY, &sign_hex(&empty, BODY), "sha256="),
            Err(Unverified::Mismatch)
        );
        let by_anyone =
            STANDARD.encode(mac(b"", &[ID.as_bytes(), b".", b"1614265330", b".", BODY]));
        for secret in ["", "whsec_"] {
            let forged = standard(&[secret], &format!("v1,{by_anyone}"), SENT);
            assert_eq!(forged, Err(Unverified::Mismatch), "{secret}");
        }
    }

    #[test]
    fn comparing_texts_compares_them_whole() {
        assert!(same("abc", "abc"));
        assert!(!same("abc", "abcd") && !same("abc", "ab") && !same("", "a"));
    }
}
