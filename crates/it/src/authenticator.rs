//! A passkey in software: what a browser and its authenticator would answer to a challenge (WebAuthn level 3).

use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use rcgen::{KeyPair, PublicKeyData as _, SigningKey as _};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

const USER_PRESENT: u8 = 0x01;
const USER_VERIFIED: u8 = 0x04;
const HAS_KEY: u8 = 0x40;
/// COSE's key of ES256 before its coordinates: EC2, ES256, P-256, then x of 32 bytes (RFC 9053, 7.1.1).
const COSE_ES256: [u8; 10] = [0xa5, 0x01, 0x02, 0x03, 0x26, 0x20, 0x01, 0x21, 0x58, 0x20];
/// Its y, of 32 bytes.
const COSE_Y: [u8; 3] = [0x22, 0x58, 0x20];

/// One key, and what may be wrong with it.
pub struct Authenticator {
    key: KeyPair,
    id: Vec<u8>,
    owner: Vec<u8>,
    /// How often it signed; the next signature says one more.
    pub counter: u32,
    /// The page's origin; the challenge's own where there is none.
    pub origin: Option<String>,
    /// Whether its owner's finger, face or PIN was checked.
    pub is_verified: bool,
}

impl Authenticator {
    /// A key by the name that its credential has.
    pub fn new(id: &str) -> Self {
        Self {
            key: KeyPair::generate().unwrap(),
            id: id.as_bytes().to_vec(),
            owner: Vec::new(),
            counter: 0,
            origin: None,
            is_verified: true,
        }
    }

    /// Answers a challenge to make a passkey: the body of `POST /v1/passkeys`.
    pub fn create(&mut self, challenge: &Value, name: &str) -> Value {
        let options = &challenge["public_key"];
        self.owner = decode(&options["user"]["id"]);
        let mut data = self.data(&options["rp"]["id"], HAS_KEY);
        data.extend([0_u8; 16]);
        data.extend(u16::try_from(self.id.len()).unwrap().to_be_bytes());
        data.extend(&self.id);
        data.extend(self.public_key());
        let response = json!({
            "clientDataJSON": self.client_data(challenge, "webauthn.create"),
            "attestationObject": encode(&attestation(&data)),
            "transports": ["internal"],
        });
        let mut answer = self.answer(challenge, response);
        answer["name"] = json!(name);
        answer
    }

    /// Answers a challenge to sign.
    pub fn sign(&mut self, challenge: &Value) -> Value {
        let data = self.data(&challenge["public_key"]["rpId"], 0);
        let client_data = self.client_data(challenge, "webauthn.get");
        let hash = Sha256::digest(decode(&json!(client_data)));
        let signature = self.key.sign(&[data.as_slice(), hash.as_slice()].concat()).unwrap();
        let response = json!({
            "clientDataJSON": client_data,
            "authenticatorData": encode(&data),
            "signature": encode(&signature),
            "userHandle": encode(&self.owner),
        });
        self.answer(challenge, response)
    }

    /// What the authenticator says and signs, for a relying party.
    fn data(&mut self, party: &Value, more: u8) -> Vec<u8> {
        self.counter += 1;
        let verified = if self.is_verified { USER_VERIFIED } else { 0 };
        let mut data = Sha256::digest(party.as_str().unwrap()).to_vec();
        data.push(USER_PRESENT | verified | more);
        data.extend(self.counter.to_be_bytes());
        data
    }

    /// What the browser says of the page.
    fn client_data(&self, challenge: &Value, kind: &str) -> String {
        let origin = self.origin.as_deref().or_else(|| challenge["origin"].as_str());
        let data = json!({
            "type": kind,
            "challenge": challenge["public_key"]["challenge"],
            "origin": origin,
            "crossOrigin": false,
        });
        encode(data.to_string().as_bytes())
    }

    fn public_key(&self) -> Vec<u8> {
        // One byte that says that both coordinates follow.
        let (x, y) = self.key.der_bytes()[1..].split_at(32);
        [&COSE_ES256, x, &COSE_Y, y].concat()
    }

    fn answer(&self, challenge: &Value, response: Value) -> Value {
        json!({
            "challenge_token": challenge["challenge_token"],
            "credential": {
                "id": encode(&self.id),
                "rawId": encode(&self.id),
                "type": "public-key",
                "authenticatorAttachment": "platform",
                "clientExtensionResults": {},
                "response": response,
            },
        })
    }
}

/// `{"fmt": "none", "attStmt": {}, "authData": data}` as CBOR (RFC 8949), for data of up to 65,535 bytes.
fn attestation(data: &[u8]) -> Vec<u8> {
    let length = u16::try_from(data.len()).unwrap().to_be_bytes();
    [b"\xa3\x63fmt\x64none\x67attStmt\xa0\x68authData\x59".as_slice(), &length, data].concat()
}

fn encode(bytes: &[u8]) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(bytes)
}

fn decode(text: &Value) -> Vec<u8> {
    BASE64_URL_SAFE_NO_PAD.decode(text.as_str().unwrap()).unwrap()
}
