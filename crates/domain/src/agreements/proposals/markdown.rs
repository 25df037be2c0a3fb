//! Markdown of strangers as HTML that does nothing but show it.

use maud::{Markup, PreEscaped};
use pulldown_cmark::{Event, HeadingLevel, Options, Parser, Tag, TagEnd, html::push_html};

/// HTML in it is shown as text; links lead to web and mail addresses only; images become links.
pub(super) fn render(markdown: &str) -> Markup {
    let options =
        Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH | Options::ENABLE_TASKLISTS;
    let mut html = String::with_capacity(markdown.len() * 2);
    push_html(&mut html, Parser::new_ext(markdown, options).map(harmless));
    PreEscaped(html)
}

fn harmless(event: Event<'_>) -> Event<'_> {
    match event {
        Event::Html(text) | Event::InlineHtml(text) => Event::Text(text),
        Event::Start(Tag::HtmlBlock) => Event::Start(Tag::Paragraph),
        Event::End(TagEnd::HtmlBlock) => Event::End(TagEnd::Paragraph),
        // An image would tell its host who reads the page.
        Event::Start(
            Tag::Link { link_type, dest_url, title, id }
            | Tag::Image { link_type, dest_url, title, id },
        ) => {
            let dest_url = if is_harmless(&dest_url) { dest_url } else { "".into() };
            Event::Start(Tag::Link { link_type, dest_url, title, id })
        }
        Event::End(TagEnd::Image) => Event::End(TagEnd::Link),
        // The page has a heading above these.
        Event::Start(Tag::Heading { level, id, classes, attrs }) => {
            Event::Start(Tag::Heading { level: below(level), id, classes, attrs })
        }
        Event::End(TagEnd::Heading(level)) => Event::End(TagEnd::Heading(below(level))),
        other => other,
    }
}

/// Whether an address is one that a browser opens without running anything.
pub(super) fn is_harmless(address: &str) -> bool {
    let address = address.trim_start().to_ascii_lowercase();
    ["https://", "http://", "mailto:"].iter().any(|scheme| address.starts_with(scheme))
}

fn below(level: HeadingLevel) -> HeadingLevel {
    match level {
        HeadingLevel::H1 => HeadingLevel::H3,
        HeadingLevel::H2 => HeadingLevel::H4,
        HeadingLevel::H3 => HeadingLevel::H5,
        HeadingLevel::H4 | HeadingLevel::H5 | HeadingLevel::H6 => HeadingLevel::H6,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn html(markdown: &str) -> String {
        render(markdown).into_string()
    }

    #[test]
    fn html_is_shown_and_not_done() {
        let shown = html("Hello <script>alert(1)</script>\n\n<img src=x onerror=alert(1)>\n");
        assert!(shown.contains("&lt;script&gt;") && shown.contains("&lt;img src=x"), "{shown}");
        assert!(!shown.contains("<script") && !shown.contains("<img"), "{shown}");
    }

    #[test]
    fn links_lead_to_the_web_or_nowhere() {
        let shown =
            html("[a](javascript:alert(1)) [b](JaVaScRiPt:x) [c](data:text/html,x) <javascript:x>");
        assert!(
            !shown.to_lowercase().contains("href=\"j") && !shown.contains("href=\"data"),
            "{shown}"
        );
        assert!(html("[site](https://a.example/?x=1&y=2)").contains("href=\"https://a.example/"));
        let image = html("![logo](https://tracker.example/pixel.png)");
        assert!(image.contains("<a href=") && !image.contains("<img"), "{image}");
    }

    #[test]
    fn headings_go_below_those_of_the_page_and_tables_are_tables() {
        assert_eq!(html("# Brand"), "<h3>Brand</h3>\n");
        assert!(html("| a | b |\n|---|---|\n| 1 | 2 |").contains("<table>"));
    }

    proptest! {
        #[test]
        fn no_markdown_makes_a_tag_that_runs(text in "[ -~\n]{0,200}") {
            let shown = html(&text).to_lowercase();
            for tag in ["<script", "<img", "<iframe", "<style", "<object", "<svg", "href=\"javascript"] {
                prop_assert!(!shown.contains(tag), "{}", shown);
            }
        }
    }
}
