//! The files of the app, each also compressed by its build.

use axum::{
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use include_dir::{Dir, File, include_dir};
use sha2::{Digest as _, Sha256};

static FILES: Dir<'static> = include_dir!("$CARGO_MANIFEST_DIR/../../web/dist");
const FOLDER: &str = "app";
const INDEX: &str = "app/index.html";
/// The build puts a hash of its content into the name of each of these.
const NAMED_BY_CONTENT: &str = "/assets/";
/// In the order of preference, with the endings of their files.
const ENCODINGS: [(&str, &str); 2] = [("br", ".br"), ("gzip", ".gz")];

/// The app's page; none when the app was not built.
pub(super) fn index() -> Option<&'static str> {
    FILES.get_file(INDEX)?.contents_utf8()
}

/// The file at an address, in the best encoding that the browser takes.
pub(super) fn find(path: &str, headers: &HeaderMap) -> Option<Response> {
    let name = format!("{FOLDER}{path}");
    let media_type = media_type(path)?;
    let plain = FILES.get_file(&name)?;
    let accepted = text(headers, header::ACCEPT_ENCODING);
    let encoded = ENCODINGS.iter().find_map(|(encoding, ending)| {
        let takes_it = accepted.split(',').any(|it| takes(it, encoding));
        let file = FILES.get_file(format!("{name}{ending}")).filter(|_| takes_it)?;
        Some((file, *encoding))
    });
    let (file, encoding) = encoded.map_or((plain, None), |(file, it)| (file, Some(it)));
    Some(answer(path, file, encoding, media_type, headers))
}

fn answer(
    path: &str,
    file: &'static File<'static>,
    encoding: Option<&'static str>,
    media_type: &'static str,
    asked: &HeaderMap,
) -> Response {
    let etag = format!("\"{}\"", hex::encode(&Sha256::digest(file.contents())[..16]));
    let is_known = text(asked, header::IF_NONE_MATCH)
        .split(',')
        .any(|it| it.trim().trim_start_matches("W/") == etag);
    let mut response = if is_known {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        file.contents().into_response()
    };
    let headers = response.headers_mut();
    let keep = if path.starts_with(NAMED_BY_CONTENT) {
        "public, max-age=31536000, immutable"
    } else {
        "public, no-cache"
    };
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(media_type));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(keep));
    headers.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert("cross-origin-resource-policy", HeaderValue::from_static("same-origin"));
    if let Ok(etag) = HeaderValue::from_str(&etag) {
        headers.insert(header::ETAG, etag);
    }
    if let Some(encoding) = encoding {
        headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static(encoding));
    }
    response
}

fn text(headers: &HeaderMap, name: header::HeaderName) -> &str {
    headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
}

/// Whether one entry of `Accept-Encoding` takes an encoding: `br`, `gzip;q=0.8`, but not `br;q=0`.
fn takes(entry: &str, encoding: &str) -> bool {
    let mut parts = entry.split(';').map(str::trim);
    let is_it = parts.next().is_some_and(|name| name.eq_ignore_ascii_case(encoding));
    let weight = parts.find_map(|part| part.strip_prefix("q=")?.parse::<f32>().ok());
    is_it && weight.is_none_or(|weight| 0.0 < weight)
}

/// What the app is made of; nothing else is served.
fn media_type(path: &str) -> Option<&'static str> {
    let (_, ending) = path.rsplit_once('.')?;
    Some(match ending {
        "js" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "ico" => "image/x-icon",
        "woff2" => "font/woff2",
        "json" | "map" => "application/json",
        "webmanifest" => "application/manifest+json",
        "txt" => "text/plain; charset=utf-8",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_encoding_is_taken_unless_it_weighs_nothing() {
        assert!(takes(" br", "br") && takes("gzip;q=0.8", "gzip"));
        assert!(!takes("br;q=0", "br") && !takes("zstd", "br"));
    }

    #[test]
    fn only_what_the_app_is_made_of_has_a_type() {
        assert_eq!(media_type("/assets/a.js"), Some("text/javascript; charset=utf-8"));
        assert_eq!(media_type("/.gitignore"), None);
        assert_eq!(media_type("/clients"), None);
    }
}
