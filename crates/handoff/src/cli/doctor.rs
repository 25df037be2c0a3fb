//! What is configured, reachable and missing, and what to do about it.

use std::process::ExitCode;

use domain::{Caller, identity::tenants};
use serde::Serialize;
use serde_json::{Value, json};
use store::{
    local::{Binaries, Search},
    migrate,
};

use super::{
    Place,
    output::{self, field},
};
use crate::{config::Config, database, environment, node};

/// One thing that was looked at.
#[derive(Debug, Serialize)]
struct Finding {
    ok: bool,
    what: &'static str,
    seen: String,
    /// What to do, when it is not well.
    #[serde(skip_serializing_if = "Option::is_none")]
    advice: Option<String>,
}

fn good(what: &'static str, seen: impl Into<String>) -> Finding {
    Finding { ok: true, what, seen: seen.into(), advice: None }
}

fn bad(what: &'static str, seen: impl Into<String>, advice: impl Into<String>) -> Finding {
    Finding { ok: false, what, seen: seen.into(), advice: Some(advice.into()) }
}

pub(crate) async fn run(place: &Place, json: bool) -> anyhow::Result<ExitCode> {
    let config = place.config()?;
    let mut findings = vec![programs(&config)];
    findings.extend(environment_findings(&config));
    match database::open(&config).await {
        Ok(opened) => {
            let seen = match (&opened.attached, &opened.private) {
                (Some(server), _) => {
                    let address = server.address.clone().unwrap_or_default();
                    format!("private, run by process {} {address}", server.pid)
                }
                (None, Some(_)) => format!("private, in {}", config.data.display()),
                (None, None) => "the server of the database URL".to_owned(),
            };
            findings.push(good("database", seen));
            look_inside(&config, &opened, &mut findings).await;
            opened.close().await;
        }
        Err(error) => findings.push(bad(
            "database",
            format!("{error:#}"),
            "start it, or correct --data or --database-url",
        )),
    }
    let ok = findings.iter().all(|finding| finding.ok);
    if json {
        output::json(&json!({ "ok": ok, "findings": findings }));
    } else {
        for finding in &findings {
            let mark = if finding.ok { "ok    " } else { "WRONG " };
            output::line(&format!("{mark} {:<14} {}", finding.what, finding.seen));
            if let Some(advice) = &finding.advice {
                output::line(&format!("       what to do:    {advice}"));
            }
        }
    }
    Ok(if ok { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn programs(config: &Config) -> Finding {
    if config.database_url.is_some() {
        return good("postgresql", "a server of your own, so none is started here");
    }
    match Binaries::find(&Search::usual(config.postgres_bin.clone())) {
        Ok(found) => {
            good("postgresql", format!("version {} in {}", found.major(), found.folder().display()))
        }
        Err(missing) => bad("postgresql", "not found", missing.to_string()),
    }
}

fn environment_findings(config: &Config) -> Vec<Finding> {
    let half = config.tenant.half_set();
    if half.is_empty() {
        let set = environment::VARIABLES
            .iter()
            .filter(|(name, _)| crate::config::text(name).is_some())
            .map(|(name, _)| *name)
            .collect::<Vec<_>>();
        let seen =
            if set.is_empty() { "no variable sets up a tenant".to_owned() } else { set.join(", ") };
        return vec![good("environment", seen)];
    }
    half.into_iter()
        .map(|seen| bad("environment", seen, "set the missing variables too, or unset the others"))
        .collect()
}

async fn look_inside(config: &Config, opened: &database::Opened, findings: &mut Vec<Finding>) {
    match migrate::migrate(&opened.options, true).await {
        Ok(report) if report.pending.is_empty() => {
            findings.push(good("migrations", format!("{} applied", report.applied_before)));
        }
        Ok(report) => {
            let seen = format!("{} are missing", report.pending.len());
            findings.push(bad("migrations", seen, "run `handoff migrate` (a start does it too)"));
            return;
        }
        Err(error) => {
            findings.push(bad(
                "migrations",
                error.to_string(),
                "see the runbook, chapter on upgrades",
            ));
            return;
        }
    }
    findings.push(match migrate::check_roles(&opened.options).await {
        Ok(()) => good("row security", "the program's roles cannot bypass it"),
        Err(error) => {
            bad("row security", error, "give the roles of migrations/bootstrap.sql no such right")
        }
    });
    match node::library(config, opened).await {
        Ok(app) => {
            findings.push(good("keys", "the sealing keys can be read"));
            match tenants::list_tenants(&app.db).await {
                Ok(all) if all.is_empty() => {
                    findings.push(good(
                        "tenants",
                        "none yet; make one with `handoff tenant create NAME`",
                    ));
                }
                Ok(all) => {
                    findings.push(good("tenants", format!("{}", all.len())));
                    for tenant in all.iter().take(20) {
                        let caller = Caller::system(tenant.tenant_id, "doctor");
                        let list = app.invoke(&caller, "list_connections", json!({})).await;
                        findings.extend(
                            list.ok().iter().flat_map(|list| connections(&tenant.slug, list)),
                        );
                    }
                }
                Err(problem) => findings.push(bad("tenants", problem.detail(), "see the log")),
            }
            app.db.close().await;
        }
        Err(error) => findings.push(bad("start", format!("{error:#}"), "correct what it says")),
    }
}

fn connections(tenant: &str, list: &Value) -> Vec<Finding> {
    let items = list.get("items").and_then(Value::as_array).cloned().unwrap_or_default();
    items
        .iter()
        .map(|item| {
            let (name, status) = (field(item, "connector"), field(item, "status"));
            let seen = format!("{tenant}: {name} is {status} ({})", field(item, "status_detail"));
            if status == "failing" {
                let advice =
                    format!("set it again: handoff connection set {name} --tenant {tenant}");
                bad("connection", seen, advice)
            } else {
                good("connection", seen)
            }
        })
        .collect()
}
