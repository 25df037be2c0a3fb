//! What is configured, reachable and missing, and what to do about it. It changes nothing.

mod installation;
mod tenant;

use std::process::ExitCode;

use serde::Serialize;
use serde_json::json;

use super::{
    output,
    place::{Place, no_data},
};
use crate::{
    config::Config,
    database,
    failure::{Failure, sentence},
};

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

pub(crate) async fn run(place: &Place, offline: bool, json: bool) -> anyhow::Result<ExitCode> {
    let config = place.config()?;
    let mut findings = vec![installation::programs(&config)];
    findings.extend(installation::environment(&config));
    let mut code = ExitCode::FAILURE;
    if config.holds_data() {
        look(&config, offline, &mut findings).await;
    } else if let Failure::Usage(text) = no_data(&config) {
        let (seen, advice) = text.split_once("; ").unwrap_or((&text, ""));
        findings.push(bad("data", seen, advice));
        code = ExitCode::from(2);
    }
    let ok = findings.iter().all(|finding| finding.ok);
    if json {
        output::json(&json!({ "ok": ok, "findings": findings }));
    } else {
        for finding in &findings {
            let mark = if finding.ok { "ok    " } else { "WRONG " };
            output::line(&format!("{mark} {:<14} {}", finding.what, output::plain(&finding.seen)));
            if let Some(advice) = &finding.advice {
                output::line(&format!("       what to do:    {advice}"));
            }
        }
    }
    Ok(if ok { ExitCode::SUCCESS } else { code })
}

async fn look(config: &Config, offline: bool, findings: &mut Vec<Finding>) {
    match database::open(config).await {
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
            installation::inside(config, &opened, offline, findings).await;
            opened.close().await;
        }
        Err(error) => findings.push(unopened(config, &error)),
    }
}

/// Why the database did not open, with advice that fits the reason.
fn unopened(config: &Config, error: &anyhow::Error) -> Finding {
    if let Some(Failure::Unreachable { seen, advice }) = error.downcast_ref() {
        return bad("database", seen, advice);
    }
    let is_denied = error.chain().any(|cause| {
        let io = cause.downcast_ref::<std::io::Error>();
        io.is_some_and(|it| it.kind() == std::io::ErrorKind::PermissionDenied)
    });
    let advice = if is_denied {
        format!(
            "run this as the user that runs the server, or give this user the folder: chown -R USER {}",
            config.data.display()
        )
    } else if config.database_url.is_some() {
        "correct --database-url (or DATABASE_URL)".to_owned()
    } else {
        "do what the message says; the private server's own words are in postgres/log/ and postgres/start.log of the data directory".to_owned()
    };
    bad("database", sentence(error), advice)
}

#[cfg(test)]
mod tests {
    use anyhow::Context as _;

    use super::*;

    #[test]
    fn a_folder_that_may_not_be_entered_gets_advice_about_permissions() {
        let config = Config::from_environment(Some("/srv/handoff".into())).unwrap();
        let denied = std::io::Error::from(std::io::ErrorKind::PermissionDenied);
        let error = Err::<(), _>(denied).context("cannot open the lock").unwrap_err();
        let advice = unopened(&config, &error).advice.unwrap();
        assert!(advice.contains("chown -R USER /srv/handoff"), "{advice}");
    }
}
