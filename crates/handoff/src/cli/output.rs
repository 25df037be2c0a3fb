//! Speaking: data on standard output, everything else on standard error.

use std::{
    io::{IsTerminal as _, Write as _},
    path::Path,
};

use anyhow::Context as _;
use serde_json::Value;
use tracing_subscriber::EnvFilter;

use crate::{config::text, failure::Failure};

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

/// Says something beside the data.
pub(crate) fn note(text: &str) {
    drop(writeln!(std::io::stderr(), "{text}"));
}

/// Writes a file and says so.
pub(crate) fn file(path: &Path, bytes: &[u8]) -> anyhow::Result<()> {
    std::fs::write(path, bytes).with_context(|| format!("cannot write {}", path.display()))?;
    note(&format!("Wrote {} ({} bytes).", path.display(), bytes.len()));
    Ok(())
}

/// Says what is wrong.
pub(crate) fn complain(text: &str) {
    drop(writeln!(std::io::stderr(), "error: {text}"));
}

/// Logs to standard error: text for a terminal, JSON otherwise; `HANDOFF_LOG` and
/// `HANDOFF_LOG_FORMAT` decide differently.
pub(crate) fn log_to_stderr(level: &str) -> Result<(), Failure> {
    let filter = text("HANDOFF_LOG").unwrap_or_else(|| format!("{level},sqlx=warn"));
    let filter = EnvFilter::try_new(&filter).map_err(|error| {
        Failure::Usage(format!(
            "HANDOFF_LOG cannot be read ({error}); write it like info,engine=debug"
        ))
    })?;
    let is_terminal = std::io::stderr().is_terminal();
    let wants_json = is_json(text("HANDOFF_LOG_FORMAT").as_deref(), is_terminal)?;
    let builder = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    let installed = if wants_json {
        builder.json().flatten_event(true).try_init()
    } else {
        builder.with_ansi(is_terminal).with_target(false).try_init()
    };
    if let Err(error) = installed {
        complain(&format!("logging could not be set up: {error}"));
    }
    Ok(())
}

/// Whether to log as JSON.
fn is_json(format: Option<&str>, is_terminal: bool) -> Result<bool, Failure> {
    match format {
        None => Ok(!is_terminal),
        Some("json") => Ok(true),
        Some("text") => Ok(false),
        Some(other) => {
            Err(Failure::Usage(format!("HANDOFF_LOG_FORMAT is `{other}`; it can be json or text")))
        }
    }
}

/// Prints a value for machines, or a sentence for people.
pub(crate) fn say(value: &Value, is_json: bool, sentence: &str) {
    if is_json { json(value) } else { line(sentence) }
}

/// The items of a list.
pub(crate) fn items(list: &Value) -> &[Value] {
    list.get("items").and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

/// Prints a list as JSON, or as a table of the named fields.
pub(crate) fn list(list: &Value, is_json: bool, fields: &[&str], empty: &str) {
    if is_json {
        json(list);
        return;
    }
    let row = |item: &Value| fields.iter().map(|name| field(item, name)).collect();
    let rows: Vec<Vec<String>> = items(list).iter().map(row).collect();
    table(fields, &rows, empty);
    if let Some(next) = list.get("next_cursor").and_then(Value::as_str) {
        line(&format!("More: --cursor {next}"));
    }
}

/// Prints fields of an object one below the other; those that are not there are left out.
pub(crate) fn fields(value: &Value, names: &[&str]) {
    let width = names.iter().map(|name| name.len()).max().unwrap_or(0);
    for name in names.iter().filter(|name| value.get(**name).is_some_and(|it| !it.is_null())) {
        line(&format!("{name:<width$}  {}", plain(&field(value, name))));
    }
}

/// Prints rows under headings, aligned.
pub(crate) fn table(headings: &[&str], rows: &[Vec<String>], empty: &str) {
    if rows.is_empty() {
        line(empty);
        return;
    }
    for row in layout(headings, rows) {
        line(&plain(&row));
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

/// Text without characters that could command a terminal: clients wrote some of it.
pub(crate) fn plain(text: &str) -> String {
    let is_plain = |c: char| !c.is_control() || c == '\n' || c == '\t';
    text.chars().map(|c| if is_plain(c) { c } else { '\u{fffd}' }).collect()
}

/// A field of a JSON object as text for a table.
pub(crate) fn field(value: &Value, name: &str) -> String {
    match value.get(name) {
        None | Some(Value::Null) => "-".to_owned(),
        Some(Value::String(text)) => text.clone(),
        Some(other) => money(other).unwrap_or_else(|| other.to_string()),
    }
}

/// `15000.00 USD`, when it is money.
fn money(value: &Value) -> Option<String> {
    let fields = value.as_object().filter(|fields| fields.len() == 2)?;
    let text = |name: &str| fields.get(name).and_then(Value::as_str);
    Some(format!("{} {}", text("amount")?, text("currency")?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_format_of_the_log_is_refused() {
        assert!(matches!(is_json(Some("text"), false), Ok(false)));
        assert!(matches!(is_json(None, false), Ok(true)));
        assert_eq!(is_json(Some("xml"), true).unwrap_err().code(), 2);
    }

    #[test]
    fn what_could_command_a_terminal_is_not_printed() {
        assert_eq!(plain("a\u{1b}[2Jb\n"), "a\u{fffd}[2Jb\n");
    }

    #[test]
    fn money_is_an_amount_and_its_currency() {
        let invoice = serde_json::json!({
            "amount": { "amount": "15000.00", "currency": "USD" }, "other": { "amount": 1 },
        });
        assert_eq!(field(&invoice, "amount"), "15000.00 USD");
        assert_eq!(field(&invoice, "other"), r#"{"amount":1}"#);
    }

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
