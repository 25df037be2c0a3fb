//! Our own sentences as HTML.

use maud::{Markup, PreEscaped};
use pulldown_cmark::{Event, Options, Parser, html::push_html};

/// Markdown; HTML in it is shown as text.
pub(super) fn markdown(text: &str) -> Markup {
    let mut html = String::with_capacity(text.len() * 2);
    let events = Parser::new_ext(text, Options::ENABLE_TABLES).map(|event| match event {
        Event::Html(text) | Event::InlineHtml(text) => Event::Text(text),
        other => other,
    });
    push_html(&mut html, events);
    PreEscaped(html)
}

/// A name as a part of an address.
pub(super) fn slug(name: &str) -> String {
    name.to_lowercase().replace(|c: char| !c.is_ascii_alphanumeric(), "-")
}

/// A name as a heading.
pub(super) fn capitalised(name: &str) -> String {
    let mut letters = name.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn html_in_a_sentence_is_text() {
        let shown = markdown("Use `limit`, not <script>alert(1)</script>.").into_string();
        assert_eq!(
            shown,
            "<p>Use <code>limit</code>, not &lt;script&gt;alert(1)&lt;/script&gt;.</p>\n"
        );
    }

    #[test]
    fn a_group_has_an_address_and_a_heading() {
        assert_eq!(
            (slug("intake forms"), capitalised("intake forms")),
            ("intake-forms".to_owned(), "Intake forms".to_owned())
        );
    }
}
