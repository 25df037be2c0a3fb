//! What the cookie of a session says.

use axum::http::{HeaderMap, HeaderValue, header};
use kernel::{Random, Secret};
use sha2::{Digest as _, Sha256};

use crate::identity::tokens::random_text;

/// The prefix makes browsers refuse the cookie unless it is secure, of this host, and of all paths (RFC 6265bis).
const COOKIE: &str = "__Host-handoff_session";
/// 43 characters of base 62 hold 256 bits.
const LENGTH: usize = 43;
/// As long as any session lives; the server decides sooner.
const MAX_AGE_SECONDS: u32 = 7 * 24 * 60 * 60;

/// The secret of a session.
#[derive(Debug)]
pub struct SessionText(Secret);

impl SessionText {
    pub(crate) fn generate(random: &dyn Random) -> Self {
        Self(Secret::new(random_text(random, LENGTH)))
    }

    /// The one that a request carries, if it has the right form.
    pub(crate) fn of_request(headers: &HeaderMap) -> Option<Self> {
        let text = cookie(headers, COOKIE)?;
        let is_sound = text.len() == LENGTH && text.bytes().all(|it| it.is_ascii_alphanumeric());
        is_sound.then(|| Self(Secret::new(text)))
    }

    /// What is stored. A plain hash is enough for 256 random bits.
    pub(crate) fn hash(&self) -> Vec<u8> {
        hash_of(self.0.expose())
    }

    /// Proves that a request was made by a page that read an answer of ours, which no other site can.
    pub(crate) fn csrf_token(&self) -> String {
        hex::encode(hash_of(&format!("csrf {}", self.0.expose())))
    }

    pub(crate) fn set_cookie(&self) -> Option<HeaderValue> {
        let text = format!(
            "{COOKIE}={}; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age={MAX_AGE_SECONDS}",
            self.0.expose()
        );
        let mut value = HeaderValue::from_str(&text).ok()?;
        value.set_sensitive(true);
        Some(value)
    }

    pub(crate) fn clear_cookie() -> HeaderValue {
        HeaderValue::from_static(
            "__Host-handoff_session=; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=0",
        )
    }
}

/// What a cookie of a request says.
pub(in crate::identity) fn cookie<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    let (_, text) = headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|line| line.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find(|(known, _)| *known == name)?;
    Some(text)
}

/// What is stored of a random secret.
pub(in crate::identity) fn hash_of(text: &str) -> Vec<u8> {
    Sha256::digest(text.as_bytes()).to_vec()
}

#[cfg(test)]
mod tests {
    use kernel::SeededRandom;

    use super::*;

    fn headers(cookie: &str) -> HeaderMap {
        HeaderMap::from_iter([(header::COOKIE, HeaderValue::from_str(cookie).unwrap())])
    }

    #[test]
    fn a_cookie_reads_back_among_others() {
        let text = SessionText::generate(&SeededRandom::new(1));
        let set = text.set_cookie().unwrap();
        let pair = set.to_str().unwrap().split(';').next().unwrap().to_owned();
        let read = SessionText::of_request(&headers(&format!("a=b; {pair}; c=d"))).unwrap();
        assert_eq!(read.hash(), text.hash());
        assert_ne!(read.csrf_token(), hex::encode(read.hash()));
        for part in ["Secure", "HttpOnly", "SameSite=Lax", "Path=/"] {
            assert!(set.to_str().unwrap().contains(part), "{part}");
        }
        assert!(!set.to_str().unwrap().contains("Domain"));
        assert!(SessionText::clear_cookie().to_str().unwrap().starts_with(&format!("{COOKIE}=;")));
    }

    #[test]
    fn what_is_no_session_is_not_looked_up() {
        for cookie in
            ["", "x=y", &format!("{COOKIE}=short"), &format!("{COOKIE}={}", "-".repeat(43))]
        {
            assert!(SessionText::of_request(&headers(cookie)).is_none(), "{cookie}");
        }
    }
}
