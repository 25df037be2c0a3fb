//! Bringing the database up to date.

use serde_json::json;

use super::{output, place::Place};
use crate::database;

pub(crate) async fn run(place: &Place, dry_run: bool, json: bool) -> anyhow::Result<()> {
    let opened = database::open(&place.config()?).await?;
    let report = store::migrate::migrate(&opened.options, dry_run).await;
    opened.close().await;
    let report = report?;
    let names: Vec<String> =
        report.pending.iter().map(|it| format!("{:04}_{}", it.version, it.name)).collect();
    if json {
        let key = if dry_run { "pending" } else { "applied" };
        output::json(&json!({ "applied_before": report.applied_before, key: names }));
    } else if names.is_empty() {
        output::line(&format!(
            "The database is up to date ({} migrations).",
            report.applied_before
        ));
    } else {
        output::line(if dry_run { "Would apply:" } else { "Applied:" });
        for name in names {
            output::line(&format!("  {name}"));
        }
    }
    Ok(())
}
