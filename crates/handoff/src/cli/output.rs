//! Speaking: data on standard output, everything else on standard error.

use std::io::{IsTerminal as _, Write as _};

use serde_json::Value;
use tracing_subscriber::EnvFilter;

use crate::config::text;

/// Prints a line of data. A reader that left (`| head`) is not an error.
pub(crate) fn line(text: &str) {
    drop(writeln!(std::io::stdout(), "{text}"));
}

/// Prints a value for machines.
pub(crate) fn json(value: &Value) {
    line(&format!("{value:#}"));
}

/// Prints a value on one line, for streams.
pub(crate) fn json_line(value: &Value) {
    line(&value.to_string());
}

/// Says what is wrong.
pub(crate) fn complain(text: &str) {
    drop(writeln!(std::io::stderr(), "error: {text}"));
}

/// Logs to standard error: text for a terminal, JSON otherwise; `HANDOFF_LOG` and
/// `HANDOFF_LOG_FORMAT` decide differently.
pub(crate) fn log_to_stderr(level: &str) {
    let filter = text("HANDOFF_LOG").unwrap_or_else(|| format!("{level},sqlx=warn"));
    let filter = EnvFilter::try_new(filter).unwrap_or_else(|_unreadable| EnvFilter::new(level));
    let is_terminal = std::io::stderr().is_terminal();
    let wants_json = text("HANDOFF_LOG_FORMAT").map_or(!is_terminal, |format| format == "json");
    let builder = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    let installed = if wants_json {
        builder.json().flatten_event(true).try_init()
    } else {
        builder.with_ansi(is_terminal).with_target(false).try_init()
    };
    if let Err(error) = installed {
        complain(&format!("logging could not be set up: {error}"));
    }
}

/// Prints rows under headings, aligned.
pub(crate) fn table(headings: &[&str], rows: &[Vec<String>], empty: &str) {
    if rows.is_empty() {
        line(empty);
        return;
    }
    for row in layout(headings, rows) {
        line(&row);
    }
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

/// A field of a JSON object as text for a table.
pub(crate) fn field(value: &Value, name: &str) -> String {
    match value.get(name) {
        None | Some(Value::Null) => "-".to_owned(),
        Some(Value::String(text)) => text.clone(),
        Some(other) => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::layout;

    #[test]
    fn columns_are_as_wide_as_their_widest_cell() {
        let rows = vec![
            vec!["a".to_owned(), "long one".to_owned(), "x".to_owned()],
            vec!["bcd".to_owned(), "é".to_owned(), "y".to_owned()],
        ];
        let lines = layout(&["id", "name", "z"], &rows);
        assert_eq!(lines, ["id   name      z", "a    long one  x", "bcd  é         y"]);
    }
}
