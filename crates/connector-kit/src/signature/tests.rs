use serde::Deserialize;

use super::*;

#[derive(Deserialize)]
struct Vectors {
    vectors: Vec<Vector>,
}

#[derive(Deserialize)]
struct Vector {
    name: String,
    secrets: Vec<String>,
    body: String,
    signature: String,
    /// `verified`, or the kind of refusal.
    expected: String,
    #[serde(flatten)]
    scheme: Scheme,
}

#[derive(Deserialize)]
#[serde(tag = "scheme", rename_all = "lowercase")]
enum Scheme {
    Hex { prefix: String },
    Standard { id: String, timestamp: String, now: i64 },
}

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_timestamp(seconds, 0).unwrap()
}

fn name_of(outcome: Result<(), Unverified>) -> &'static str {
    match outcome {
        Ok(()) => "verified",
        Err(Unverified::Missing) => "missing",
        Err(Unverified::Malformed) => "malformed",
        Err(Unverified::Mismatch) => "mismatch",
        Err(Unverified::Stale) => "stale",
    }
}

#[test]
fn signatures_are_made_and_judged_as_the_known_answers_say() {
    let Vectors { vectors } = serde_json::from_str(include_str!("../vectors.json")).unwrap();
    let mut judged = std::collections::BTreeMap::<String, u32>::new();
    for Vector { name, secrets, body, signature, expected, scheme } in vectors {
        let secrets: Vec<Secret> = secrets.into_iter().map(Secret::new).collect();
        let body = body.as_bytes();
        let (outcome, made) = match &scheme {
            Scheme::Hex { prefix } => {
                let made = vec![sign_hex(&secrets[0], body)];
                (verify_hex(&secrets[0], body, &signature, prefix), made)
            }
            Scheme::Standard { id, timestamp, now } => {
                let sent = timestamp.parse().map(at).unwrap_or_default();
                let sign = |secret| sign_standard(secret, id, sent, body).ok();
                let made = secrets.iter().filter_map(sign).collect();
                (verify_standard(&secrets, id, timestamp, &signature, body, at(*now)), made)
            }
        };
        assert_eq!(name_of(outcome), expected, "{name}");
        if expected == "verified" {
            let holds = |made: &String| match scheme {
                Scheme::Hex { .. } => signature.to_lowercase().contains(made),
                Scheme::Standard { .. } => signature.split(' ').any(|one| one == made),
            };
            assert!(made.iter().any(holds), "{name}: {made:?}");
        }
        *judged.entry(expected).or_default() += 1;
    }
    let judged: Vec<_> = judged.iter().map(|(outcome, count)| (outcome.as_str(), *count)).collect();
    let counts =
        [("malformed", 15), ("mismatch", 21), ("missing", 5), ("stale", 3), ("verified", 26)];
    assert_eq!(judged, counts);
}

#[test]
fn any_flipped_bit_of_body_or_signature_is_noticed() {
    let (secret, id, sent) = (Secret::new("whsec_c2VjcmV0"), "msg_1", at(1_700_000_000));
    let body = br#"{"event":"client.created"}"#;
    let flipped = |bytes: &[u8], bit: usize| {
        let mut bytes = bytes.to_vec();
        bytes[bit / 8] ^= 1 << (bit % 8);
        bytes
    };
    let hexadecimal = sign_hex(&secret, body);
    let standard = sign_standard(&secret, id, sent, body).unwrap();
    let verify_both = |hexadecimal: &str, standard: &str, body: &[u8]| {
        let timestamp = sent.timestamp().to_string();
        let secrets = std::slice::from_ref(&secret);
        (
            verify_hex(&secret, body, hexadecimal, "sha256="),
            verify_standard(secrets, id, &timestamp, standard, body, sent),
        )
    };
    assert_eq!(verify_both(&hexadecimal, &standard, body), (Ok(()), Ok(())));
    let mismatch = (Err(Unverified::Mismatch), Err(Unverified::Mismatch));
    for bit in 0..body.len() * 8 {
        let body = flipped(body, bit);
        assert_eq!(verify_both(&hexadecimal, &standard, &body), mismatch, "{bit}");
    }
    let signed = hex::decode(&hexadecimal).unwrap();
    let signed_standard = STANDARD.decode(standard.strip_prefix("v1,").unwrap()).unwrap();
    for bit in 0..256 {
        let hexadecimal = hex::encode(flipped(&signed, bit));
        let standard = format!("v1,{}", STANDARD.encode(flipped(&signed_standard, bit)));
        assert_eq!(verify_both(&hexadecimal, &standard, body), mismatch, "{bit}");
    }
}

#[test]
fn a_standard_secret_that_is_no_key_signs_nothing() {
    for text in ["whsec_not base64", "whsec_", ""] {
        let made = sign_standard(&Secret::new(text), "msg_1", at(0), b"{}");
        assert_eq!(made, Err(Unverified::Malformed), "{text}");
    }
}

#[test]
fn comparing_texts_compares_them_whole() {
    assert!(same("abc", "abc") && same("", ""));
    for other in ["abcd", "ab", "abC", ""] {
        assert!(!same("abc", other) && !same(other, "abc"), "{other}");
    }
}
