//! What a client would rather have.

use axum::http::{HeaderMap, header};

/// Whether `Accept` names HTML, and nothing that Markdown would be with more weight.
pub(super) fn prefers_html(headers: &HeaderMap) -> bool {
    let html = weight(headers, "text/html");
    let others =
        ["text/markdown", "text/plain"].into_iter().filter_map(|kind| weight(headers, kind));
    html.is_some_and(|html| 0 < html && others.into_iter().all(|other| other < html))
}

/// The weight of a media type in thousandths, where it is named.
fn weight(headers: &HeaderMap, kind: &str) -> Option<u16> {
    let values =
        headers.get_all(header::ACCEPT).into_iter().filter_map(|value| value.to_str().ok());
    let ranges = values.flat_map(|value| value.split(','));
    ranges
        .filter_map(|range| {
            let mut parts = range.split(';').map(str::trim);
            parts.next().filter(|named| named.eq_ignore_ascii_case(kind))?;
            let weight = parts.find_map(|it| it.strip_prefix("q=").or(it.strip_prefix("Q=")));
            Some(weight.map_or(Some(1000), thousandths).unwrap_or(0))
        })
        .max()
}

fn thousandths(text: &str) -> Option<u16> {
    let (whole, part) = text.split_once('.').unwrap_or((text, ""));
    let part: u16 = format!("{part:0<3}").parse().ok()?;
    match whole {
        "1" => Some(1000),
        "0" => Some(part.min(1000)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    #[test]
    fn html_is_for_those_who_name_it_first() {
        for (accept, wants) in [
            ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", true),
            ("text/markdown;q=0.5, TEXT/HTML", true),
            ("text/html;q=0.5", true),
            ("*/*", false),
            ("text/html;q=0", false),
            ("text/html;q=0.5, text/markdown", false),
            ("text/html, text/markdown", false),
            ("application/json", false),
            ("text/html;q=nonsense", false),
        ] {
            let headers =
                HeaderMap::from_iter([(header::ACCEPT, HeaderValue::from_static(accept))]);
            assert_eq!(prefers_html(&headers), wants, "{accept}");
        }
        assert!(!prefers_html(&HeaderMap::new()));
    }
}
