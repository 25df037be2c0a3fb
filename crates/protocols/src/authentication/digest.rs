//! HTTP Digest access authentication (RFC 7616).

use connector_kit::CallError;
use http::HeaderMap;
use kernel::{Random as _, Secret, SystemRandom};
use md5::Md5;
use sha2::{Digest as _, Sha256};
use url::Url;

use crate::invalid;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Algorithm {
    Md5,
    Sha256,
}

impl Algorithm {
    fn hash(self, text: &str) -> String {
        match self {
            Self::Md5 => hex::encode(Md5::digest(text.as_bytes())),
            Self::Sha256 => hex::encode(Sha256::digest(text.as_bytes())),
        }
    }
}

/// What the other side asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Challenge {
    realm: String,
    nonce: String,
    opaque: Option<String>,
    algorithm: Algorithm,
    /// As it was written, to be sent back.
    algorithm_text: Option<String>,
    is_session: bool,
    has_qop: bool,
}

impl Challenge {
    /// The best of the challenges that can be answered: SHA-256 before MD5.
    pub(super) fn of(headers: &HeaderMap) -> Option<Self> {
        let found = headers.get_all(http::header::WWW_AUTHENTICATE);
        let all = found.iter().filter_map(|value| Self::read(value.to_str().ok()?));
        all.max_by_key(|challenge| challenge.algorithm == Algorithm::Sha256)
    }

    fn read(text: &str) -> Option<Self> {
        let (scheme, rest) = text.trim().split_once(' ')?;
        if !scheme.eq_ignore_ascii_case("digest") {
            return None;
        }
        let parameters = parameters(rest);
        let get = |name: &str| {
            parameters.iter().find(|(known, _)| known == name).map(|(_, value)| value.clone())
        };
        let algorithm_text = get("algorithm");
        let named = algorithm_text.as_deref().unwrap_or("MD5").to_ascii_uppercase();
        let is_session = named.ends_with("-SESS");
        let algorithm = match named.trim_end_matches("-SESS") {
            "MD5" => Algorithm::Md5,
            "SHA-256" => Algorithm::Sha256,
            _ => return None,
        };
        let qop = get("qop");
        let has_qop = qop.is_some();
        if let Some(qop) = qop
            && !qop.split(',').any(|it| it.trim().eq_ignore_ascii_case("auth"))
        {
            return None;
        }
        Some(Self {
            realm: get("realm")?,
            nonce: get("nonce")?,
            opaque: get("opaque"),
            algorithm,
            algorithm_text,
            is_session,
            has_qop,
        })
    }

    /// The value of the `Authorization` header.
    pub(super) fn answer(
        &self,
        method: &str,
        url: &str,
        username: &str,
        password: &Secret,
        cnonce: &str,
    ) -> Result<Secret, CallError> {
        let url = Url::parse(url).map_err(|error| invalid(error.to_string()))?;
        let uri = url
            .query()
            .map_or_else(|| url.path().to_owned(), |query| format!("{}?{query}", url.path()));
        let Self { realm, nonce, .. } = self;
        let hash = |text: &str| self.algorithm.hash(text);
        let mut secret = hash(&format!("{username}:{realm}:{}", password.expose()));
        if self.is_session {
            secret = hash(&format!("{secret}:{nonce}:{cnonce}"));
        }
        let asked = hash(&format!("{method}:{uri}"));
        let count = "00000001";
        let response = if self.has_qop {
            hash(&format!("{secret}:{nonce}:{count}:{cnonce}:auth:{asked}"))
        } else {
            hash(&format!("{secret}:{nonce}:{asked}"))
        };
        let quoted = |text: &str| text.replace('\\', "\\\\").replace('"', "\\\"");
        let mut parts = vec![
            format!("username=\"{}\"", quoted(username)),
            format!("realm=\"{}\"", quoted(realm)),
            format!("nonce=\"{nonce}\""),
            format!("uri=\"{uri}\""),
            format!("response=\"{response}\""),
        ];
        parts.extend(self.algorithm_text.iter().map(|name| format!("algorithm={name}")));
        if self.has_qop || self.is_session {
            parts.push(format!("cnonce=\"{cnonce}\""));
        }
        if self.has_qop {
            parts.push(format!("qop=auth, nc={count}"));
        }
        parts.extend(self.opaque.iter().map(|opaque| format!("opaque=\"{opaque}\"")));
        Ok(Secret::new(format!("Digest {}", parts.join(", "))))
    }
}

/// A number that nobody can guess.
pub(super) fn cnonce() -> String {
    let mut bytes = [0_u8; 16];
    SystemRandom.fill(&mut bytes);
    hex::encode(bytes)
}

/// `name=value` and `name="value"`, separated by commas.
fn parameters(text: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let mut characters = text.chars().peekable();
    loop {
        let name: String = std::iter::from_fn(|| characters.next_if(|c| *c != '=')).collect();
        if characters.next().is_none() {
            return found;
        }
        let mut value = String::new();
        if characters.next_if_eq(&'"').is_some() {
            while let Some(c) = characters.next().filter(|c| *c != '"') {
                match c {
                    '\\' => value.extend(characters.next()),
                    c => value.push(c),
                }
            }
            while characters.next_if(|c| *c != ',').is_some() {}
        } else {
            value.extend(std::iter::from_fn(|| characters.next_if(|c| *c != ',')));
        }
        found.push((name.trim().to_ascii_lowercase(), value.trim().to_owned()));
        characters.next_if_eq(&',');
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 7616, section 3.9.1.
    #[test]
    fn the_answers_of_the_standard() {
        let challenge = |algorithm: &str| {
            format!(
                "Digest realm=\"http-auth@example.org\", qop=\"auth, auth-int\", algorithm={algorithm}, \
                 nonce=\"7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v\", \
                 opaque=\"FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS\""
            )
        };
        let cases = [
            ("MD5", "8ca523f5e9506fed4657c9700eebdbec"),
            ("SHA-256", "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1"),
        ];
        for (algorithm, expected) in cases {
            let challenge = Challenge::read(&challenge(algorithm)).unwrap();
            let answer = challenge
                .answer(
                    "GET",
                    "http://www.example.org/dir/index.html",
                    "Mufasa",
                    &Secret::new("Circle of Life"),
                    "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ",
                )
                .unwrap();
            let answer = answer.expose();
            assert!(answer.contains(&format!("response=\"{expected}\"")), "{answer}");
            assert!(answer.contains("nc=00000001"), "{answer}");
            assert!(answer.contains("opaque=\"FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS\""));
        }
    }

    /// RFC 2617, section 3.5, without `qop` as RFC 2069 has it.
    #[test]
    fn the_oldest_form() {
        let text =
            "Digest realm=\"testrealm@host.com\", nonce=\"dcd98b7102dd2f0e8b11d0f600bfb0c093\"";
        let answer = Challenge::read(text)
            .unwrap()
            .answer("GET", "http://h/dir/index.html", "Mufasa", &Secret::new("Circle Of Life"), "")
            .unwrap();
        // HA1 939e7578ed9e3c518a452acee763bce9, HA2 39aff3a2bab6126f332b942af96d3366.
        assert!(answer.expose().contains("response=\"670fd8c2df070c60b045671b8b24ff02\""));
    }

    #[test]
    fn the_stronger_challenge_is_answered() {
        let mut headers = HeaderMap::new();
        for value in [
            "Basic realm=\"x\"",
            "Digest realm=\"x\", nonce=\"n\", algorithm=MD5",
            "Digest realm=\"x\", nonce=\"n\", algorithm=SHA-256, qop=\"auth\"",
            "Digest realm=\"x\", nonce=\"n\", algorithm=SHA-512-256",
        ] {
            headers.append("www-authenticate", value.parse().unwrap());
        }
        assert_eq!(Challenge::of(&headers).unwrap().algorithm, Algorithm::Sha256);
        headers.clear();
        assert_eq!(Challenge::of(&headers), None);
    }
}
