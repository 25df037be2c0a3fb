//! The installation: PostgreSQL's programs, the environment, migrations, roles, keys, tenants.

use domain::{App, identity::tenants};
use store::{
    local::{Binaries, Search},
    migrate,
};

use super::{Finding, bad, good, tenant};
use crate::{
    config::{self, Config},
    database::Opened,
    environment,
    failure::sentence,
    keys, serve,
};

/// How many tenants are looked at.
const TENANTS_MAX: usize = 20;

pub(super) fn programs(config: &Config) -> Finding {
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

pub(super) fn environment(config: &Config) -> Vec<Finding> {
    let half = config.tenant.half_set();
    if half.is_empty() {
        let set = environment::VARIABLES
            .iter()
            .filter(|(name, _)| config::text(name).is_some())
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

pub(super) async fn inside(
    config: &Config,
    opened: &Opened,
    offline: bool,
    findings: &mut Vec<Finding>,
) {
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
            let advice = "see the runbook, chapter on upgrades";
            findings.push(bad("migrations", sentence(&error.into()), advice));
            return;
        }
    }
    findings.push(match migrate::check_roles(&opened.options).await {
        Ok(()) => good("row security", "the program's roles cannot bypass it"),
        Err(error) => {
            bad("row security", error, "give the roles of migrations/bootstrap.sql no such right")
        }
    });
    let app = match serve::library(config, opened).await {
        Ok(app) => app,
        Err(error) => {
            findings.push(bad("start", sentence(&error), "correct what it says"));
            return;
        }
    };
    findings.push(opens(config, &app).await);
    match tenants::list_tenants(&app.db).await {
        Ok(all) if all.is_empty() => {
            findings.push(bad(
                "tenants",
                "none yet, so nothing can be received",
                "make one with `handoff tenant create NAME`, or set the MWD_ variables of the README and start the server",
            ));
        }
        Ok(all) => {
            findings.push(good("tenants", all.len().to_string()));
            let patient =
                tenant::Examination { app: &app, is_attached: opened.attached.is_some(), offline };
            for tenant in all.iter().take(TENANTS_MAX) {
                findings.extend(patient.of(tenant).await);
            }
            if TENANTS_MAX < all.len() {
                findings.push(good("tenants", format!("the first {TENANTS_MAX} were looked at")));
            }
        }
        Err(problem) => findings.push(bad("tenants", problem.detail(), "see the log")),
    }
    app.db.close().await;
}

/// Whether the keys open what is stored.
async fn opens(config: &Config, app: &App) -> Finding {
    match keys::try_keys(app).await {
        Ok(opening) if opening.has_other_keys() => bad(
            "keys",
            format!("they open none of the {} stored credentials", opening.closed.len()),
            keys::other_keys(&opening, config),
        ),
        Ok(opening) if opening.closed.is_empty() => {
            good("keys", format!("they open all {} stored credentials", opening.opened))
        }
        Ok(opening) => {
            let closed: Vec<&str> = opening.closed.iter().map(|(what, _)| what.as_str()).collect();
            let seen = format!("they do not open {}", closed.join(", "));
            bad("keys", seen, "add the keys they were sealed with, or set them again")
        }
        Err(error) => bad("keys", sentence(&error), "correct what it says"),
    }
}
