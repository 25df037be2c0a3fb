//! Hosts that are reached elsewhere than definitions say, to try definitions out against local ones.

use std::sync::atomic::{AtomicBool, Ordering};

use url::Url;

/// For the hosts that are named, where they are.
#[derive(Debug, Default)]
pub struct Rewrites(Vec<Rewrite>);

#[derive(Debug)]
struct Rewrite {
    from: String,
    to: Url,
    /// Whether a request was for that host.
    is_used: AtomicBool,
}

impl Rewrites {
    /// Adds `FROM=TO`. `FROM` is a host, with or without a port; `TO` is one too, or the beginning of a
    /// URL (`http://127.0.0.1:8080`). Without a scheme it is plain HTTP.
    ///
    /// # Errors
    /// When it is not of that form.
    pub fn add(&mut self, text: &str) -> Result<(), String> {
        let form =
            || format!("`{text}` must be FROM=TO, as in petstore.example.com=127.0.0.1:8080");
        let (from, to) = text.split_once('=').ok_or_else(form)?;
        let from = from.split_once("://").map_or(from, |(_, host)| host).trim_end_matches('/');
        let to = if to.contains("://") { to.to_owned() } else { format!("http://{to}") };
        let to = Url::parse(&to).map_err(|_says_less| form())?;
        if from.is_empty() || !to.has_host() {
            return Err(form());
        }
        let from = from.to_ascii_lowercase();
        self.0.push(Rewrite { from, to, is_used: AtomicBool::new(false) });
        Ok(())
    }

    /// The hosts that are reached instead, each as `host:port`.
    pub fn targets(&self) -> impl Iterator<Item = String> {
        self.0.iter().map(|Rewrite { to, .. }| {
            let port = to.port_or_known_default().unwrap_or(80);
            format!("{}:{port}", to.host_str().unwrap_or_default())
        })
    }

    /// The hosts that no request was for, such as misspelt ones.
    pub(crate) fn unused(&self) -> impl Iterator<Item = &str> {
        let unused = self.0.iter().filter(|it| !it.is_used.load(Ordering::Relaxed));
        unused.map(|it| it.from.as_str())
    }

    /// Where `address` is reached: itself, unless its host is named.
    pub(crate) fn apply(&self, address: &str) -> String {
        let Ok(mut url) = Url::parse(address) else { return address.to_owned() };
        let host = url.host_str().unwrap_or_default().to_ascii_lowercase();
        let with_port = format!("{host}:{}", url.port_or_known_default().unwrap_or_default());
        let is_meant = |it: &&Rewrite| it.from == host || it.from == with_port;
        let Some(Rewrite { to, is_used, .. }) = self.0.iter().find(is_meant) else {
            return address.to_owned();
        };
        is_used.store(true, Ordering::Relaxed);
        let changed = url.set_scheme(to.scheme()).is_ok()
            && url.set_host(to.host_str()).is_ok()
            && url.set_port(to.port()).is_ok();
        if changed { url.into() } else { address.to_owned() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn named_hosts_are_reached_elsewhere() {
        let mut rewrites = Rewrites::default();
        rewrites.add("shop.example.com=127.0.0.1:8080").unwrap();
        rewrites.add("https://files.example.com:8443=https://localhost:99").unwrap();
        let cases = [
            ("https://shop.example.com/a?b=c", "http://127.0.0.1:8080/a?b=c"),
            ("http://SHOP.example.com:81/", "http://127.0.0.1:8080/"),
            ("https://files.example.com:8443/x", "https://localhost:99/x"),
            ("https://files.example.com/x", "https://files.example.com/x"),
            ("https://other.example.com/", "https://other.example.com/"),
            ("not an address", "not an address"),
        ];
        for (address, expected) in cases {
            assert_eq!(rewrites.apply(address), expected);
        }
        rewrites.add("shop.exmaple.com=localhost:98").unwrap();
        assert_eq!(rewrites.unused().collect::<Vec<_>>(), ["shop.exmaple.com"]);
        let targets: Vec<String> = rewrites.targets().collect();
        assert_eq!(targets, ["127.0.0.1:8080", "localhost:99", "localhost:98"]);
        for wrong in ["a", "=b", "a=", "a=http://"] {
            assert!(Rewrites::default().add(wrong).is_err(), "{wrong}");
        }
    }
}
