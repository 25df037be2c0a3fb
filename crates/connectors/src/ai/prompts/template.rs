//! Text with `{{placeholders}}`, and how client text is put into them safely.

use serde_json::{Map, Value};

/// Opens the block in the user part that holds what the client wrote.
pub const DATA_OPEN: &str = "<client_data>";
/// Closes it. No value can contain it, since `<` is written as `\u003c` inside.
pub const DATA_CLOSE: &str = "</client_data>";

/// The longest text of a variable that is sent, in characters.
pub(super) const TEXT_CHARS_MAX: usize = 4_000;
/// The most items of a list, or fields of an object, that are sent.
pub(super) const ITEMS_MAX: usize = 50;
/// How deep a variable may be nested; what lies deeper is left out.
const DEPTH_MAX: usize = 4;
/// How much of a placeholder that is none is shown, in characters.
const NAME_SHOWN_MAX: usize = 40;

#[derive(Debug)]
enum Segment {
    Text(String),
    /// Its name, and where it stands in the text, in bytes.
    Placeholder(String, usize),
}

/// A parsed template. Parsed once, so a value that holds `{{…}}` is never expanded.
#[derive(Debug)]
pub(super) struct Template(Vec<Segment>);

impl Template {
    /// # Errors
    /// Where the placeholder stands that is not closed or not named properly, in bytes, and a sentence about it.
    pub(super) fn parse(text: &str) -> Result<Self, (usize, String)> {
        let mut segments = Vec::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once("{{") {
            let at = text.len() - rest.len() + before.len();
            let Some((name, after)) = after.split_once("}}") else {
                return Err((at, "a `{{` is not closed by `}}`".to_owned()));
            };
            let name = name.trim();
            let proper = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
            if name.is_empty() || !name.chars().all(proper) {
                let name: String = name.chars().take(NAME_SHOWN_MAX).collect();
                let detail = format!(
                    "`{{{{{name}}}}}` is not a placeholder: use lower-case letters, digits and `_`"
                );
                return Err((at, detail));
            }
            segments.push(Segment::Text(before.to_owned()));
            segments.push(Segment::Placeholder(name.to_owned(), at));
            rest = after;
        }
        segments.push(Segment::Text(rest.to_owned()));
        Ok(Self(segments))
    }

    /// Where each stands in the text, in bytes, and its name.
    pub(super) fn placeholders(&self) -> impl Iterator<Item = (usize, &str)> {
        self.0.iter().filter_map(|segment| match segment {
            Segment::Placeholder(name, at) => Some((*at, name.as_str())),
            Segment::Text(_) => None,
        })
    }

    pub(super) fn render(&self, value: impl Fn(&str) -> String) -> String {
        self.0
            .iter()
            .map(|segment| match segment {
                Segment::Text(text) => text.clone(),
                Segment::Placeholder(name, _) => value(name),
            })
            .collect()
    }
}

/// A variable as JSON text for the data block.
pub(super) fn data(value: Option<&Value>) -> String {
    let json = value.map_or(Value::Null, |value| bounded(value, DEPTH_MAX)).to_string();
    // Angle brackets occur only inside JSON strings, where an escape means the same.
    json.replace('<', "\\u003c").replace('>', "\\u003e")
}

fn bounded(value: &Value, depth: usize) -> Value {
    match value {
        Value::String(text) => Value::String(text.chars().take(TEXT_CHARS_MAX).collect()),
        Value::Array(_) | Value::Object(_) if depth == 0 => Value::Null,
        Value::Array(items) => {
            items.iter().take(ITEMS_MAX).map(|item| bounded(item, depth - 1)).collect()
        }
        Value::Object(fields) => Value::Object(
            fields
                .iter()
                .take(ITEMS_MAX)
                .map(|(name, field)| {
                    (name.chars().take(TEXT_CHARS_MAX).collect(), bounded(field, depth - 1))
                })
                .collect::<Map<_, _>>(),
        ),
        Value::Null | Value::Bool(_) | Value::Number(_) => value.clone(),
    }
}
