//! Content as Markdown, where whoever made it gave only JSON.

use serde_json::{Map, Value};

/// The deepest heading.
const HEADING_MAX: usize = 4;

/// The fields as headings, lists as lists, text as paragraphs.
pub(super) fn of(content: &Map<String, Value>) -> String {
    let mut markdown = String::new();
    write_fields(&mut markdown, content, 2);
    if markdown.is_empty() { "(nothing)".to_owned() } else { markdown.trim_end().to_owned() }
}

fn write_fields(markdown: &mut String, fields: &Map<String, Value>, level: usize) {
    for (name, value) in fields {
        match value {
            Value::Null => {}
            Value::Object(fields) if fields.values().all(is_plain) => {
                heading(markdown, name, level);
                for (name, value) in fields {
                    markdown.extend(["- **", &title(name), ":** ", &plain(value), "\n"]);
                }
                markdown.push('\n');
            }
            Value::Object(fields) => {
                heading(markdown, name, level);
                write_fields(markdown, fields, level + 1);
            }
            Value::Array(items) => {
                heading(markdown, name, level);
                for item in items {
                    match item {
                        Value::Object(fields) => write_fields(markdown, fields, level + 1),
                        item => markdown.extend(["- ", &plain(item), "\n"]),
                    }
                }
                markdown.push('\n');
            }
            value => {
                heading(markdown, name, level);
                markdown.push_str(&plain(value));
                markdown.push_str("\n\n");
            }
        }
    }
}

fn heading(markdown: &mut String, name: &str, level: usize) {
    markdown.extend([&"#".repeat(level.min(HEADING_MAX)), " ", &title(name), "\n\n"]);
}

/// `brand_positioning` as people write it.
fn title(name: &str) -> String {
    let words = name.replace(['_', '\n', '\r'], " ");
    let mut letters = words.chars();
    letters.next().map_or_else(String::new, |first| {
        first.to_uppercase().collect::<String>() + letters.as_str()
    })
}

fn is_plain(value: &Value) -> bool {
    !value.is_object() && !value.is_array()
}

fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(items) => items.iter().map(plain).collect::<Vec<_>>().join(", "),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn fields_become_headings_and_lists_become_lists() {
        let content = json!({
            "brand_positioning": "For teams.",
            "brand_personality": ["Innovative", "Trustworthy"],
            "color_palette": { "primary": "#1E40AF", "accent": "#F59E0B" },
        });
        assert_eq!(
            of(content.as_object().unwrap()),
            "## Brand positioning\n\nFor teams.\n\n## Brand personality\n\n- Innovative\n- Trustworthy\n\n\
             ## Color palette\n\n- **Primary:** #1E40AF\n- **Accent:** #F59E0B"
        );
    }

    #[test]
    fn content_that_says_nothing_still_gives_a_text() {
        assert_eq!(of(&Map::new()), "(nothing)");
    }
}
