//! Where parts of flow files are fetched from: other files, and addresses.

use std::{path::Path, time::Duration};

use connector_kit::http::{Http, Request};
use flow::Fetched;
use kernel::{Clock as _, SystemClock};
use url::Url;

use crate::failure::Failure;

/// How long one part may take.
const FETCH_TIMEOUT: Duration = Duration::from_secs(30);
/// How large a part may be.
const PART_BYTES_MAX: u64 = 512 * 1024;

/// Fetches what a flow file takes from elsewhere.
pub(crate) struct Sources {
    /// The address of the flow file.
    base: Url,
    /// Without it only files are read.
    http: Option<Http>,
}

impl Sources {
    /// Files beside this one, and what may be reached over HTTP.
    pub(crate) fn new(file: &Path, http: Option<Http>) -> Result<Self, Failure> {
        let base = std::path::absolute(file).ok().and_then(|path| Url::from_file_path(path).ok());
        let base = base.ok_or_else(|| Failure::Usage(format!("{} is no file", file.display())))?;
        Ok(Self { base, http })
    }

    /// The part at an address that stands in what has the address `base`.
    pub(crate) fn fetch(&self, base: Option<&str>, address: &str) -> Result<Fetched, String> {
        let base = match base {
            Some(base) => Url::parse(base).map_err(|error| format!("{base}: {error}"))?,
            None => self.base.clone(),
        };
        let url = base.join(address).map_err(|error| format!("{address}: {error}"))?;
        let text = match (url.scheme(), &self.http) {
            ("file", _) if base.scheme() == "file" => read(&url)?,
            ("file", _) => return Err(format!("{base} may not take in the file {url}")),
            ("http" | "https", Some(http)) => get(http, &url)?,
            ("http" | "https", None) => {
                return Err(format!(
                    "{url} is not fetched when a server starts; take it in before, with `handoff flow bundle FILE`"
                ));
            }
            (scheme, _) => {
                return Err(format!("{url}: `{scheme}` is not known here; use https or file"));
            }
        };
        Ok(Fetched { address: url.into(), text })
    }
}

fn read(url: &Url) -> Result<String, String> {
    let path = url.to_file_path().map_err(|()| format!("{url} is no file"))?;
    let unreadable = |error: std::io::Error| format!("cannot read {}: {error}", path.display());
    if PART_BYTES_MAX < std::fs::metadata(&path).map_err(unreadable)?.len() {
        return Err(format!("{} has more than {PART_BYTES_MAX} bytes", path.display()));
    }
    std::fs::read_to_string(&path).map_err(unreadable)
}

fn get(http: &Http, url: &Url) -> Result<String, String> {
    let request = Request::get(url.as_str());
    let answered = tokio::task::block_in_place(|| {
        tokio::runtime::Handle::current().block_on(http.send(request, FETCH_TIMEOUT))
    });
    let response = answered
        .and_then(|response| response.ok_or_error(SystemClock.now()))
        .map_err(|error| format!("{url}: {error}"))?;
    String::from_utf8(response.body.to_vec()).map_err(|_bytes| format!("{url} is no text"))
}

#[cfg(test)]
mod tests {
    use connector_kit::http::EgressPolicy;

    use super::*;

    #[test]
    fn a_part_is_read_beside_what_names_it_and_nothing_from_the_network_names_a_file() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("schemas")).unwrap();
        std::fs::write(folder.path().join("schemas/order.json"), "{}").unwrap();
        std::fs::write(folder.path().join("schemas/large.json"), " ".repeat(600_000)).unwrap();
        let file = folder.path().join("flow.yaml");
        let sources = Sources::new(&file, None).unwrap();
        let order = sources.fetch(None, "schemas/order.json").unwrap();
        assert_eq!(order.text, "{}");
        assert_eq!(sources.fetch(Some(&order.address), "order.json").unwrap(), order);
        assert_eq!(sources.fetch(None, &order.address).unwrap(), order);
        let refused = |base: Option<&str>, address: &str| sources.fetch(base, address).unwrap_err();
        assert!(refused(None, "schemas/large.json").contains("more than 524288 bytes"));
        assert!(refused(None, "nowhere.json").starts_with("cannot read /"));
        assert!(refused(None, "ftp://example.com/a").contains("`ftp` is not known here"));
        assert!(
            refused(Some("https://example.com/a"), &order.address)
                .contains("may not take in the file")
        );
        assert!(refused(None, "https://example.com/a").contains("`handoff flow bundle FILE`"));
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn an_address_is_reached_through_the_guarded_client() {
        let router = axum::Router::new()
            .route("/a/schema.json", axum::routing::get(async || "{\"type\":\"object\"}"));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let host = listener.local_addr().unwrap().to_string();
        tokio::spawn(async move { axum::serve(listener, router).await });
        let of = |allowed: Vec<String>| {
            let http = Http::new(EgressPolicy { allowed_private_hosts: allowed });
            Sources::new(Path::new("flow.yaml"), Some(http)).unwrap()
        };
        let address = format!("http://{host}/a/schema.json");
        let allowed = of(vec![host.clone()]);
        assert_eq!(allowed.fetch(None, &address).unwrap().text, "{\"type\":\"object\"}");
        let beside = allowed.fetch(Some(&format!("http://{host}/a/other")), "schema.json").unwrap();
        assert_eq!(beside.address, address);
        let missing = allowed.fetch(None, &format!("http://{host}/nowhere")).unwrap_err();
        assert!(missing.starts_with(&format!("http://{host}/nowhere: ")), "{missing}");
        assert!(of(Vec::new()).fetch(None, &address).is_err(), "a private host");
    }
}
