//! Speaking: data on standard output, everything else on standard error.

use std::{
    io::{IsTerminal as _, Write as _},
    sync::atomic::{AtomicBool, Ordering},
};

use serde_json::Value;
use tracing_subscriber::EnvFilter;

use crate::config::text;

/// The widest cell of a table; `--json` shows all of it.
const CELL_CHARACTERS_MAX: usize = 100;

/// Whether whoever read standard output went away.
static READER_LEFT: AtomicBool = AtomicBool::new(false);

/// Prints a line of data. A reader that left (`| head`) is not an error.
pub(crate) fn line(text: &str) {
    print(&printable(text));
}

/// Prints a value for machines.
pub(crate) fn json(value: &Value) {
    exact(&format!("{value:#}"));
}

/// Prints a value on one line, for streams.
pub(crate) fn json_line(value: &Value) {
    exact(&value.to_string());
}

/// Whether there is nobody left to print for: whoever prints without end must ask.
pub(crate) fn reader_left() -> bool {
    READER_LEFT.load(Ordering::Relaxed)
}

/// Says what is wrong.
pub(crate) fn complain(text: &str) {
    remark(&format!("error: {text}"));
}

/// Tells the person who waits, apart from the data.
pub(crate) fn remark(text: &str) {
    drop(writeln!(std::io::stderr(), "{}", printable(text)));
}

/// For machines every byte counts; a terminal is for people.
fn exact(text: &str) {
    if std::io::stdout().is_terminal() { line(text) } else { print(text) }
}

fn print(text: &str) {
    if writeln!(std::io::stdout(), "{text}").is_err() {
        READER_LEFT.store(true, Ordering::Relaxed);
    }
}

/// Text without control characters: what strangers wrote must not move a terminal's cursor.
fn printable(text: &str) -> String {
    let is_plain = |letter: char| matches!(letter, '\n' | '\t') || !letter.is_control();
    text.chars().map(|letter| if is_plain(letter) { letter } else { '\u{fffd}' }).collect()
}

/// Logs to standard error: text for a terminal, JSON otherwise; `HANDOFF_LOG` and
/// `HANDOFF_LOG_FORMAT` decide differently.
pub(crate) fn log_to_stderr(level: &str) {
    let filter = text("HANDOFF_LOG").unwrap_or_else(|| format!("{level},sqlx=warn"));
    let filter = EnvFilter::try_new(filter).unwrap_or_else(|_unreadable| EnvFilter::new(level));
    let is_terminal = std::io::stderr().is_terminal();
    let wants_json = text("HANDOFF_LOG_FORMAT").map_or(!is_terminal, |format| format == "json");
    let wants_colour = is_terminal && text("NO_COLOR").is_none();
    let builder = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    let installed = if wants_json {
        builder.json().flatten_event(true).try_init()
    } else {
        builder.with_ansi(wants_colour).with_target(false).try_init()
    };
    if let Err(error) = installed {
        complain(&format!("logging could not be set up: {error}"));
    }
}

/// Shows a page of items: as it came for machines, the named fields as a table for people.
pub(crate) fn page(page: &Value, json: bool, fields: &[&str], empty: &str) {
    if json {
        self::json(page);
        return;
    }
    let items = page.get("items").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    table(items, fields, empty);
    if let Some(next) = page.get("next_cursor").and_then(Value::as_str) {
        remark(&format!("There are more: --cursor {next}"));
    }
}

/// Prints the named fields of each item under headings, aligned.
pub(crate) fn table(items: &[Value], fields: &[&str], empty: &str) {
    if items.is_empty() {
        remark(empty);
        return;
    }
    let rows: Vec<Vec<String>> = items
        .iter()
        .map(|item| fields.iter().map(|name| cell(&field(item, name))).collect())
        .collect();
    for row in layout(fields, &rows) {
        line(&row);
    }
}

/// Prints an object's fields one below the other.
pub(crate) fn card(value: &Value, fields: &[&str]) {
    let width = fields.iter().map(|name| name.chars().count()).max().unwrap_or(0);
    for name in fields {
        line(&format!("{name:<width$}  {}", field(value, name)));
    }
}

/// A value as it came for machines, a sentence for people.
pub(crate) fn done(value: &Value, json: bool, sentence: &str) {
    if json { self::json(value) } else { line(sentence) }
}

/// A field of a JSON object as text for people.
pub(crate) fn field(value: &Value, name: &str) -> String {
    match value.get(name) {
        None | Some(Value::Null) => "-".to_owned(),
        Some(Value::String(text)) => text.clone(),
        Some(other) => other.to_string(),
    }
}

/// One line, not too long.
fn cell(text: &str) -> String {
    let one_line = text.replace(['\n', '\t'], " ");
    if one_line.chars().count() <= CELL_CHARACTERS_MAX {
        return one_line;
    }
    one_line.chars().take(CELL_CHARACTERS_MAX - 1).chain(['…']).collect()
}

fn layout(headings: &[&str], rows: &[Vec<String>]) -> Vec<String> {
    let heading: Vec<String> = headings.iter().map(|text| (*text).to_owned()).collect();
    let all: Vec<&Vec<String>> = std::iter::once(&heading).chain(rows).collect();
    let width = |column: usize| {
        let cells = all.iter().filter_map(|row| row.get(column));
        cells.map(|cell| cell.chars().count()).max().unwrap_or(0)
    };
    let widths: Vec<usize> = (0..headings.len()).map(width).collect();
    all.iter()
        .map(|row| {
            let cells = row.iter().zip(&widths).map(|(cell, width)| format!("{cell:<width$}"));
            cells.collect::<Vec<_>>().join("  ").trim_end().to_owned()
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn columns_are_as_wide_as_their_widest_cell() {
        let rows = vec![
            vec!["a".to_owned(), "long one".to_owned(), "x".to_owned()],
            vec!["bcd".to_owned(), "é".to_owned(), "y".to_owned()],
        ];
        let lines = layout(&["id", "name", "z"], &rows);
        assert_eq!(lines, ["id   name      z", "a    long one  x", "bcd  é         y"]);
    }

    #[test]
    fn a_cell_is_one_line_and_not_too_long() {
        assert_eq!(cell("a\nb\tc"), "a b c");
        let long = cell(&"é".repeat(CELL_CHARACTERS_MAX + 1));
        assert_eq!(long.chars().count(), CELL_CHARACTERS_MAX);
        assert!(long.ends_with('…'));
        assert_eq!(cell(&"é".repeat(CELL_CHARACTERS_MAX)).chars().last(), Some('é'));
    }

    #[test]
    fn strangers_text_cannot_steer_the_terminal() {
        assert_eq!(printable("a\u{1b}[2Jb\r\u{9b}\n\tc"), "a\u{fffd}[2Jb\u{fffd}\u{fffd}\n\tc");
        assert_eq!(printable("Zoë, 日本"), "Zoë, 日本");
    }

    #[test]
    fn a_field_that_is_not_there_is_a_dash() {
        let value = json!({ "text": "t", "number": 3, "nothing": null });
        let seen = ["text", "number", "nothing", "absent"].map(|name| field(&value, name));
        assert_eq!(seen, ["t", "3", "-", "-"]);
    }
}
