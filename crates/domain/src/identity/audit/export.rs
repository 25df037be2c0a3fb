//! `GET /v1/audit/export`

use kernel::Timestamp;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;
use store::TenantTx;

use super::list::{AuditEntry, AuditFilter, find};
use crate::{Caller, Operation, Permission, Problem, operation, operation::File};

/// How many entries one file has at the most.
const ENTRIES_MAX: i64 = 50_000;
/// The first line of a table.
const COLUMNS: [&str; 7] = ["sequence", "entry_id", "at", "actor", "action", "resource", "detail"];

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum Format {
    /// A table (RFC 4180), which spreadsheets open.
    #[default]
    Csv,
    /// One list of objects.
    Json,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct ExportAudit {
    /// `csv` when left out.
    #[serde(default)]
    format: Option<Format>,
    /// From this moment on; from the beginning when left out.
    #[serde(default)]
    since: Option<Timestamp>,
    /// Before this moment; up to now when left out.
    #[serde(default)]
    until: Option<Timestamp>,
}

pub(super) fn operation() -> Operation {
    operation!(export_audit(ExportAudit) -> File, Permission::ReadAudit)
        .get("/v1/audit/export")
        .tag("audit")
        .says(
            "Export the audit trail",
            "A file with every entry of a stretch of time, oldest first, as CSV or JSON. It has 50,000 entries at the \
             most: a longer stretch is refused, never cut, so give `since` and `until`.",
        )
        .answers_file("*/*")
        .example(json!({
            "format": "csv", "since": "2026-11-01T00:00:00Z", "until": "2026-12-01T00:00:00Z",
        }))
}

async fn export_audit(tx: &mut TenantTx, _: &Caller, input: ExportAudit) -> Result<File, Problem> {
    let filter = AuditFilter {
        since: input.since,
        until: input.until,
        limit: ENTRIES_MAX + 1,
        ..AuditFilter::default()
    };
    let mut entries = find(tx, filter).await?;
    if ENTRIES_MAX < i64::try_from(entries.len()).unwrap_or(i64::MAX) {
        let detail = format!(
            "one file has {ENTRIES_MAX} entries at the most, and there are more; give a `since` and `until` that \
             are closer together"
        );
        return Err(Problem::field("/since", detail));
    }
    entries.reverse();
    let day = |at: Option<Timestamp>| at.map(|at| at.format("%Y-%m-%d").to_string());
    let to = day(Some(input.until.unwrap_or_else(|| tx.now()))).unwrap_or_default();
    let from = day(input.since).unwrap_or_default();
    let words = ["audit", from.as_str(), to.as_str()];
    Ok(match input.format.unwrap_or_default() {
        Format::Csv => {
            File::new(&words, "csv", "text/csv; charset=utf-8", table(&entries).as_bytes())
        }
        Format::Json => {
            let list = serde_json::to_vec(&entries).map_err(Problem::internal)?;
            File::new(&words, "json", "application/json", &list)
        }
    })
}

fn table(entries: &[AuditEntry]) -> String {
    let mut table = COLUMNS.join(",");
    table.push_str("\r\n");
    for entry in entries {
        let cells = [
            entry.sequence.map_or_else(String::new, |number| number.to_string()),
            entry.entry_id.to_string(),
            entry.at.to_rfc3339_opts(chrono::SecondsFormat::Micros, true),
            cell(&entry.actor),
            cell(&entry.action),
            cell(&entry.resource),
            cell(&entry.detail.to_string()),
        ];
        table.push_str(&cells.join(","));
        table.push_str("\r\n");
    }
    table
}

/// A text as a cell. One that a spreadsheet would take for a formula begins with an apostrophe.
fn cell(text: &str) -> String {
    let guard = if text.starts_with(['=', '+', '-', '@', '\t', '\r']) { "'" } else { "" };
    format!("\"{guard}{}\"", text.replace('"', "\"\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_keeps_its_text_and_is_no_formula() {
        assert_eq!(cell("plain"), "\"plain\"");
        assert_eq!(cell("a \"b\",\r\nc"), "\"a \"\"b\"\",\r\nc\"");
        assert_eq!(cell("=HYPERLINK(1)"), "\"'=HYPERLINK(1)\"");
    }

    #[test]
    fn a_table_has_a_line_for_each_entry() {
        let entry = AuditEntry {
            entry_id: uuid::Uuid::nil().into(),
            at: "2026-11-21T10:00:00Z".parse().unwrap(),
            actor: "token:0a1B2c3D4e5F".to_owned(),
            action: "create_token".to_owned(),
            resource: "x".to_owned(),
            detail: json!({ "fields": ["name"] }),
            sequence: Some(7),
        };
        let table = table(&[entry]);
        let lines: Vec<&str> = table.lines().collect();
        assert_eq!(lines[0], "sequence,entry_id,at,actor,action,resource,detail");
        assert_eq!(
            lines[1],
            "7,audit_00000000000000000000000000,2026-11-21T10:00:00.000000Z,\"token:0a1B2c3D4e5F\",\
             \"create_token\",\"x\",\"{\"\"fields\"\":[\"\"name\"\"]}\""
        );
    }
}
