//! Alerts: things a person should know now.

use clap::{Subcommand, builder::PossibleValuesParser};
use serde_json::{Map, Value, json};

use super::{output, paging::Paging, server::Server};

const SEVERITIES: [&str; 3] = ["info", "warning", "critical"];

#[derive(Debug, Subcommand)]
pub(crate) enum AlertCommand {
    /// List the open alerts, the latest first.
    #[command(
        after_help = "Examples:\n  handoff alert list --severity critical\n  handoff alert list --all"
    )]
    List {
        /// Also those that were resolved.
        #[arg(long)]
        all: bool,
        /// Only alerts this severe.
        #[arg(long, value_parser = PossibleValuesParser::new(SEVERITIES))]
        severity: Option<String>,
        /// Only alerts of this kind, such as `run.faulted`.
        #[arg(long)]
        kind: Option<String>,
        #[command(flatten)]
        paging: Paging,
        #[command(flatten)]
        server: Server,
        /// Print one JSON object, with details.
        #[arg(long)]
        json: bool,
    },
    /// Say that an alert was dealt with. It opens again if its cause comes back.
    #[command(after_help = "Example:\n  handoff alert resolve alert_…")]
    Resolve {
        /// The id that `alert list` shows.
        alert_id: String,
        #[command(flatten)]
        server: Server,
        /// Print one JSON object.
        #[arg(long)]
        json: bool,
    },
    /// What is watched by itself, and from when on it is an alert.
    #[command(
        subcommand,
        after_help = "Example:\n  handoff alert rule set slow_responses --threshold 8000"
    )]
    Rule(RuleCommand),
    /// Show or change who is told of alerts.
    #[command(
        after_help = "Examples:\n  handoff alert settings\n  handoff alert settings --recipient ops@agency.example --min-severity warning"
    )]
    Settings {
        /// Who gets an e-mail; give it several times. The list is replaced.
        #[arg(long = "recipient")]
        recipients: Vec<String>,
        /// Nobody gets an e-mail.
        #[arg(long, conflicts_with = "recipients")]
        no_recipients: bool,
        /// Whether Slack is told.
        #[arg(long)]
        slack: Option<bool>,
        /// What is less severe is told nobody.
        #[arg(long, value_parser = PossibleValuesParser::new(SEVERITIES))]
        min_severity: Option<String>,
        /// How long a cause that comes again is not told again.
        #[arg(long)]
        quiet_minutes: Option<u32>,
        /// Whether the end of an alert is told.
        #[arg(long)]
        tell_resolved: Option<bool>,
        #[command(flatten)]
        server: Server,
        /// Print one JSON object.
        #[arg(long)]
        json: bool,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum RuleCommand {
    /// List the rules as they are in force.
    #[command(after_help = "Example:\n  handoff alert rule list")]
    List {
        #[command(flatten)]
        server: Server,
        /// Print one JSON object.
        #[arg(long)]
        json: bool,
    },
    /// Change a rule; what is left out stays as it is.
    #[command(
        after_help = "Examples:\n  handoff alert rule set slow_responses --threshold 8000\n  handoff alert rule set signature_failures --enabled false"
    )]
    Set {
        /// The name that `alert rule list` shows.
        rule: String,
        /// Whether it is evaluated.
        #[arg(long)]
        enabled: Option<bool>,
        /// In the rule's unit: percent, milliseconds, or how often.
        #[arg(long)]
        threshold: Option<u32>,
        /// How far back the rule looks.
        #[arg(long)]
        window_minutes: Option<u32>,
        /// Fewer are too few to judge.
        #[arg(long)]
        minimum_samples: Option<u32>,
        /// How bad its alerts are.
        #[arg(long, value_parser = PossibleValuesParser::new(SEVERITIES))]
        severity: Option<String>,
        /// Whether people are told.
        #[arg(long)]
        notify: Option<bool>,
        #[command(flatten)]
        server: Server,
        /// Print one JSON object.
        #[arg(long)]
        json: bool,
    },
}

async fn run_rule(command: RuleCommand) -> anyhow::Result<()> {
    match command {
        RuleCommand::List { server, json } => {
            let list = server.get("/v1/alert-rules", &[]).await?;
            let fields =
                ["rule", "enabled", "threshold", "unit", "window_minutes", "severity", "notify"];
            output::list(&list, json, &fields, "No rules.");
        }
        RuleCommand::Set {
            rule,
            enabled,
            threshold,
            window_minutes,
            minimum_samples,
            severity,
            notify,
            server,
            json,
        } => {
            let body = given(json!({
                "enabled": enabled, "threshold": threshold, "window_minutes": window_minutes,
                "minimum_samples": minimum_samples, "severity": severity, "notify": notify,
            }));
            let changed = server.patch(&format!("/v1/alert-rules/{rule}"), &body).await?;
            output::say(&changed, json, &format!("Changed {rule}."));
        }
    }
    Ok(())
}

/// The fields that were said.
fn given(body: Value) -> Value {
    match body {
        Value::Object(fields) => fields.into_iter().filter(|(_, value)| !value.is_null()).collect(),
        other => other,
    }
}

pub(crate) async fn run(command: AlertCommand) -> anyhow::Result<()> {
    match command {
        AlertCommand::List { all, severity, kind, paging, server, json } => {
            let open = (!all).then(|| "true".to_owned());
            let filters = [("open", &open), ("severity", &severity), ("kind", &kind)];
            let list = server.get("/v1/alerts", &paging.query(&filters)).await?;
            let mut fields = vec!["alert_id", "severity", "kind", "occurrences", "last_at"];
            fields.extend(all.then_some("resolved_at"));
            fields.push("title");
            output::list(&list, json, &fields, "No alerts.");
        }
        AlertCommand::Resolve { alert_id, server, json } => {
            let path = format!("/v1/alerts/{alert_id}/resolution");
            let resolved = server.post(&path, &json!({})).await?;
            output::say(&resolved, json, &format!("Resolved {alert_id}."));
        }
        AlertCommand::Rule(command) => run_rule(command).await?,
        AlertCommand::Settings {
            recipients,
            no_recipients,
            slack,
            min_severity,
            quiet_minutes,
            tell_resolved,
            server,
            json,
        } => {
            let recipients = (no_recipients || !recipients.is_empty()).then_some(recipients);
            let body = given(json!({
                "recipients": recipients, "slack": slack, "min_severity": min_severity,
                "quiet_minutes": quiet_minutes, "tell_resolved": tell_resolved,
            }));
            let path = "/v1/alert-settings";
            let settings = if body.as_object().is_some_and(Map::is_empty) {
                server.get(path, &[]).await?
            } else {
                server.patch(path, &body).await?
            };
            let names = ["slack", "recipients", "min_severity", "quiet_minutes", "tell_resolved"];
            if json { output::json(&settings) } else { output::fields(&settings, &names) }
        }
    }
    Ok(())
}
