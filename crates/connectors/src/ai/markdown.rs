//! Deliverables as Markdown for people.
//!
//! Invariant: every text of the content is escaped, so neither a client's words nor a model's can
//! add headings, links, images or HTML to the document.

use std::fmt::Write as _;

use serde_json::{Map, Value};

use super::offline::contrast;

/// How deep unknown content is followed.
const DEPTH_MAX: usize = 6;

/// The document for a prompt's content.
pub fn render(prompt: &str, title: &str, company: &str, content: &Value) -> String {
    let mut page = Page(String::new());
    let company = escape(company);
    let title = escape(title);
    if company.is_empty() {
        page.line(&format!("# {title}"));
    } else {
        page.line(&format!("# {title}: {company}"));
    }
    match prompt {
        "assessment" => assessment(&mut page, content),
        "branding_strategy" => branding(&mut page, content),
        "website_plan" => website(&mut page, content),
        "social_strategy" => social(&mut page, content),
        "copywriting" => copywriting(&mut page, content),
        _ => page.any(content, 2),
    }
    page.0.truncate(page.0.trim_end().len());
    page.0.push('\n');
    page.0
}

/// Text that shows as it is, on one line.
pub fn escape(text: &str) -> String {
    let shown = |c: &char| c.is_whitespace() || !c.is_control();
    let text: String = text.chars().filter(shown).collect();
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let mut escaped = String::with_capacity(line.len());
    let mut rest = line.chars().peekable();
    let mut only_digits = true;
    while let Some(character) = rest.next() {
        let block = |next: Option<&char>| next.is_none_or(|next| !next.is_alphanumeric());
        let special = match character {
            '\\' | '`' | '*' | '_' | '[' | ']' | '<' | '>' | '|' | '~' | '&' | '@' => true,
            // What begins a block, or underlines a heading, only does so at the start of a line.
            '#' | '+' | '-' | '=' => escaped.is_empty() && block(rest.peek()),
            // `1.` and `1)` begin a list; `www.` and `://` become links on many sites.
            '.' | ')' => {
                (only_digits && !escaped.is_empty() && block(rest.peek()))
                    || (character == '.' && escaped.to_lowercase().ends_with("www"))
            }
            ':' => rest.peek() == Some(&'/') || is_scheme(&escaped),
            _ => false,
        };
        if special {
            escaped.push('\\');
        }
        only_digits &= character.is_ascii_digit();
        escaped.push(character);
    }
    escaped
}

/// Whether the text ends in the name of a scheme that is dangerous or made into a link.
fn is_scheme(text: &str) -> bool {
    let lower = text.to_lowercase();
    ["mailto", "javascript", "data", "xmpp", "tel"].iter().any(|scheme| lower.ends_with(scheme))
}

/// A document in the making: blocks separated by empty lines.
struct Page(String);

impl Page {
    fn line(&mut self, markdown: &str) {
        self.0.push_str(markdown);
        self.0.push_str("\n\n");
    }

    fn heading(&mut self, level: usize, text: &str) {
        self.line(&format!("{} {}", "#".repeat(level.min(6)), escape(text)));
    }

    fn paragraphs(&mut self, text: &str) {
        for paragraph in text.split('\n').map(escape).filter(|paragraph| !paragraph.is_empty()) {
            self.line(&paragraph);
        }
    }

    fn quote(&mut self, text: &str) {
        let quoted: Vec<String> = text
            .split('\n')
            .map(escape)
            .filter(|paragraph| !paragraph.is_empty())
            .map(|paragraph| format!("> {paragraph}"))
            .collect();
        self.line(&quoted.join("\n>\n"));
    }

    fn bullets(&mut self, items: &Value) {
        for item in each(items) {
            self.bullet(&escape(&plain(item)));
        }
        self.0.push('\n');
    }

    /// Takes Markdown that is escaped already.
    fn bullet(&mut self, markdown: &str) {
        self.0.push_str("- ");
        self.0.push_str(markdown);
        self.0.push('\n');
    }

    fn table(&mut self, heads: &[&str], rows: Vec<Vec<String>>) {
        let mut row = |cells: &[String]| {
            self.0.push_str("| ");
            self.0.push_str(&cells.join(" | "));
            self.0.push_str(" |\n");
        };
        row(&heads.iter().map(|head| (*head).to_owned()).collect::<Vec<_>>());
        row(&vec!["---".to_owned(); heads.len()]);
        for cells in rows {
            row(&cells.iter().map(|cell| escape(cell)).collect::<Vec<_>>());
        }
        self.0.push('\n');
    }

    /// Content of a prompt that we do not know: headings from its keys.
    fn any(&mut self, content: &Value, level: usize) {
        let Some(fields) = content.as_object() else {
            self.paragraphs(&plain(content));
            return;
        };
        for (name, value) in fields {
            self.heading(level, &label(name));
            match value {
                Value::Array(items) if items.iter().any(Value::is_object) => {
                    for item in items.iter().take_while(|_| level < DEPTH_MAX) {
                        self.any(item, level + 1);
                    }
                }
                Value::Array(_) => self.bullets(value),
                Value::Object(_) if level < DEPTH_MAX => self.any(value, level + 1),
                _ => self.paragraphs(&plain(value)),
            }
        }
    }
}

fn assessment(page: &mut Page, content: &Value) {
    page.table(
        &["Complexity", "Estimated hours", "Recommended package"],
        vec![vec![
            format!("{} of 10", plain(&content["complexity_score"])),
            plain(&content["estimated_hours"]),
            label(&plain(&content["recommended_package"])),
        ]],
    );
    page.heading(2, "Summary");
    page.paragraphs(&plain(&content["ai_generated_summary"]));
}

fn branding(page: &mut Page, content: &Value) {
    page.heading(2, "Positioning");
    page.paragraphs(&plain(&content["brand_positioning"]));
    page.heading(2, "Target audience");
    page.paragraphs(&plain(&content["target_audience"]));
    page.heading(2, "Personality");
    page.bullets(&content["brand_personality"]);
    page.heading(2, "Key messages");
    page.bullets(&content["key_messaging"]);
    page.heading(2, "Colours");
    let colours = &content["color_palette"];
    let row = |name: &str, text: &str, ground: &str, pair: &str| {
        let colour = plain(&colours[name]);
        let of = |side: &str| if side == "it" { colour.clone() } else { side.to_owned() };
        let ratio = contrast(&of(text), &of(ground))
            .map_or_else(String::new, |ratio| format!("{pair}: {ratio:.1} to 1"));
        vec![label(name), colour.clone(), ratio]
    };
    page.table(
        &["Use", "Colour", "Contrast"],
        vec![
            row("primary", "#FFFFFF", "it", "white on it"),
            row("secondary", "it", "#FFFFFF", "it on white"),
            row("accent", "#111827", "it", "dark text on it"),
        ],
    );
    page.heading(2, "Typography");
    for (name, use_for) in [("heading", "Headings"), ("body", "Body text")] {
        page.bullet(&format!("{use_for}: {}", escape(&plain(&content["typography"][name]))));
    }
}

fn website(page: &mut Page, content: &Value) {
    page.line(&format!(
        "Estimated time to launch: {} weeks.",
        escape(&plain(&content["estimated_weeks"]))
    ));
    page.heading(2, "Sitemap");
    for entry in each(&content["sitemap"]) {
        page.heading(3, &plain(&entry["page"]));
        page.paragraphs(&plain(&entry["purpose"]));
        page.bullets(&entry["sections"]);
    }
    page.heading(2, "Key features");
    page.bullets(&content["key_features"]);
    page.heading(2, "Technology");
    for (name, choice) in content["technology"].as_object().into_iter().flatten() {
        page.bullet(&format!("**{}:** {}", escape(&label(name)), escape(&plain(choice))));
    }
    page.0.push('\n');
    page.heading(2, "Search");
    page.line(&format!("Description: {}", escape(&plain(&content["seo"]["description"]))));
    page.bullets(&content["seo"]["keywords"]);
}

fn social(page: &mut Page, content: &Value) {
    page.heading(2, "Platforms");
    for platform in each(&content["platforms"]) {
        page.heading(3, &plain(&platform["name"]));
        for (name, value) in [("Audience", "audience"), ("Frequency", "frequency")] {
            page.bullet(&format!("**{name}:** {}", escape(&plain(&platform[value]))));
        }
        let pillars: Vec<String> =
            each(&platform["content_pillars"]).map(|pillar| escape(&plain(pillar))).collect();
        page.bullet(&format!("**Content pillars:** {}", pillars.join("; ")));
        page.0.push('\n');
    }
    page.heading(2, "Four-week calendar");
    for week in each(&content["calendar"]) {
        page.heading(3, &format!("Week {}: {}", plain(&week["week"]), plain(&week["theme"])));
        let rows = each(&week["posts"])
            .map(|post| ["day", "platform", "topic"].map(|name| plain(&post[name])).to_vec())
            .collect();
        page.table(&["Day", "Platform", "Topic"], rows);
    }
    page.heading(2, "What we count");
    let rows = each(&content["kpis"])
        .map(|kpi| ["name", "target"].map(|name| plain(&kpi[name])).to_vec())
        .collect();
    page.table(&["Measure", "Target"], rows);
}

fn copywriting(page: &mut Page, content: &Value) {
    page.heading(2, "Tagline");
    page.quote(&plain(&content["tagline"]));
    page.heading(2, "Headlines");
    page.bullets(&content["headlines"]);
    page.heading(2, "About");
    page.paragraphs(&plain(&content["about"]));
    page.heading(2, "Services");
    for service in each(&content["services"]) {
        page.heading(3, &plain(&service["name"]));
        page.paragraphs(&plain(&service["copy"]));
    }
    page.heading(2, "Calls to action");
    page.bullets(&content["calls_to_action"]);
    page.heading(2, "E-mail sequence");
    for email in each(&content["email_sequence"]) {
        page.heading(3, &format!("Day {}: {}", plain(&email["day"]), plain(&email["subject"])));
        page.quote(&plain(&email["body"]));
    }
}

fn each(list: &Value) -> impl Iterator<Item = &Value> {
    list.as_array().into_iter().flatten()
}

/// A value as text, not escaped yet.
fn plain(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        Value::Array(items) => items.iter().map(plain).collect::<Vec<_>>().join(", "),
        Value::Object(fields) => fields_as_text(fields),
        Value::Bool(_) | Value::Number(_) => value.to_string(),
    }
}

fn fields_as_text(fields: &Map<String, Value>) -> String {
    let mut text = String::new();
    for (name, value) in fields {
        let separator = if text.is_empty() { "" } else { "; " };
        // Writing to a String cannot fail.
        let _infallible = write!(text, "{separator}{}: {}", label(name), plain(value));
    }
    text
}

/// A key as a person reads it: `estimated_hours` is `Estimated hours`.
fn label(key: &str) -> String {
    let words = key.replace('_', " ");
    let mut rest = words.chars();
    let first: String = rest.next().into_iter().flat_map(char::to_uppercase).collect();
    first + rest.as_str()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};
    use serde_json::json;

    use super::*;

    proptest! {
        #[test]
        fn a_markdown_parser_sees_escaped_text_as_one_paragraph_with_the_same_words(
            text in prop_oneof![
                "\\PC{0,80}",
                // Dense in what Markdown gives a meaning to.
                "[-+=#*_`~<>|:.&@!()\\[\\]\\\\/ 0-9a-cw\n]{0,40}",
            ]
        ) {
            let extended = Options::ENABLE_TABLES | Options::ENABLE_FOOTNOTES
                | Options::ENABLE_STRIKETHROUGH | Options::ENABLE_TASKLISTS | Options::ENABLE_GFM;
            let escaped = escape(&text);
            let mut seen = String::new();
            for event in Parser::new_ext(&escaped, extended) {
                match event {
                    Event::Text(text) => seen.push_str(&text),
                    Event::Start(Tag::Paragraph) | Event::End(TagEnd::Paragraph) => {}
                    other => prop_assert!(false, "{text:?} became {escaped:?}: {other:?}"),
                }
            }
            prop_assert_eq!(seen, text.split_whitespace().collect::<Vec<_>>().join(" "));
        }
    }

    #[test]
    fn hostile_text_shows_as_text() {
        for (text, expected) in [
            ("# Heading", r"\# Heading"),
            ("- item", r"\- item"),
            ("1. item", r"1\. item"),
            ("12) item", r"12\) item"),
            ("3-4 months, $5", "3-4 months, $5"),
            ("#1E40AF", "#1E40AF"),
            ("[x](https://evil.example)", r"\[x\](https\://evil.example)"),
            ("www.evil.example", r"www\.evil.example"),
            ("<img src=x onerror=alert(1)>", r"\<img src=x onerror=alert(1)\>"),
            ("a\n\n# b", "a # b"),
            ("`code` **bold** a|b &copy;", r"\`code\` \*\*bold\*\* a\|b \&copy;"),
            ("javascript:alert(1)", r"javascript\:alert(1)"),
            ("Version 2.0 is here.", "Version 2.0 is here."),
        ] {
            assert_eq!(escape(text), expected, "{text}");
        }
    }

    #[test]
    fn hostile_content_does_not_change_the_outline_of_a_document() {
        let hostile = "x\n\n# Injected\n\n| a | b |\n\n```\n<script>alert(1)</script>\n- [ ] y";
        let outline = |text: &str| {
            let content = json!({
                "brand_positioning": text, "target_audience": text,
                "brand_personality": [text, text], "key_messaging": [text],
                "color_palette": {"primary": "#000000", "secondary": "#000000", "accent": text},
                "typography": {"heading": text, "body": text},
            });
            let document = render("branding_strategy", "Branding strategy", text, &content);
            document
                .lines()
                .map(|line| line.chars().take_while(|c| "#>-|`".contains(*c)).collect::<String>())
                .filter(|beginning| !beginning.is_empty())
                .collect::<Vec<_>>()
        };
        assert_eq!(outline(hostile), outline("plain"));
    }

    #[test]
    fn content_of_an_unknown_prompt_is_laid_out_by_its_keys() {
        let content = json!({"main_point": "A_b", "steps": ["one", "two"], "more": [{"x": 1}]});
        assert_eq!(
            render("haiku", "Haiku", "", &content),
            "# Haiku\n\n## Main point\n\nA\\_b\n\n## Steps\n\n- one\n- two\n\n## More\n\n### X\n\n1\n"
        );
    }
}
