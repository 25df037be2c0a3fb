//! Connections to outside systems.

use std::{io::Read as _, path::PathBuf, process::ExitCode};

use clap::Subcommand;
use connector_kit::http::EGRESS_REFUSED;
use domain::{Caller, connections};
use serde_json::{Value, json};

use super::{
    local::{Local, Tenant},
    output::{self, field, items},
};
use crate::failure::{Failure, of_problem};

/// The largest settings file.
const SETTINGS_BYTES_MAX: u64 = 256 * 1024;

#[derive(Debug, Subcommand)]
pub(crate) enum ConnectionCommand {
    /// Set a connection. The settings are JSON, from a file or standard input, never from arguments.
    #[command(
        after_help = "Examples:\n  handoff connection set slack --file slack.json\n  echo '{\"provider\":\"offline\"}' | handoff connection set ai\n\n`GET /v1/connectors` of a server describes the settings of each."
    )]
    Set {
        /// ai, assistant, email, invoice_system, notion or slack.
        connector: String,
        /// A file with the settings; standard input without it.
        #[arg(long, value_name = "FILE")]
        file: Option<PathBuf>,
        #[command(flatten)]
        tenant: Tenant,
        /// Print one JSON object.
        #[arg(long)]
        json: bool,
    },
    /// List connections, where they lead and whether they work. Secrets are not shown.
    #[command(after_help = "Example:\n  handoff connection list")]
    List {
        #[command(flatten)]
        tenant: Tenant,
        /// Print one JSON object.
        #[arg(long)]
        json: bool,
    },
    /// Ask an outside system whether the settings work.
    #[command(after_help = "Example:\n  handoff connection test slack")]
    Test {
        /// ai, assistant, email, invoice_system, notion or slack.
        connector: String,
        #[command(flatten)]
        tenant: Tenant,
        /// Print one JSON object.
        #[arg(long)]
        json: bool,
    },
}

pub(crate) async fn run(command: ConnectionCommand) -> anyhow::Result<ExitCode> {
    match command {
        ConnectionCommand::Set { connector, file, tenant, json } => {
            let named = tenant.named();
            let set = tenant.work(async |local, caller| {
                let known: Vec<String> =
                    local.app.outside.connectors().into_iter().map(|it| it.id).collect();
                if !known.contains(&connector) {
                    let known = known.join(", ");
                    let text = format!("there is no connector `{connector}`; there are {known}");
                    return Err(Failure::Usage(text).into());
                }
                let settings = read_settings(file)?;
                let input = json!({ "connector": connector, "settings": settings });
                local.app.invoke(&caller, "set_connection", input).await.map_err(of_problem)
            });
            let of_tenant = named.map(|slug| format!(" --tenant {slug}")).unwrap_or_default();
            let sentence = format!(
                "Set the connection {connector}. Try it: handoff connection test {connector}{of_tenant}"
            );
            output::say(&set.await?, json, &sentence);
        }
        ConnectionCommand::List { tenant, json } => {
            let list = tenant.work(async |local, caller| list(&local, &caller).await).await?;
            output::list(
                &list,
                json,
                &["connector", "leads_to", "status", "status_detail", "checked_at"],
                "No connections yet. Set one: handoff connection set CONNECTOR",
            );
        }
        ConnectionCommand::Test { connector, tenant, json } => {
            let tested =
                tenant.work(async |local, caller| test(&local, &caller, &connector).await).await?;
            let (status, detail) = (field(&tested, "status"), field(&tested, "status_detail"));
            output::say(&tested, json, &format!("{connector}: {status} ({detail})"));
            if status != "working" {
                return Ok(ExitCode::FAILURE);
            }
        }
    }
    Ok(ExitCode::SUCCESS)
}

async fn list(local: &Local, caller: &Caller) -> anyhow::Result<Value> {
    let app = &local.app;
    let mut list = app.invoke(caller, "list_connections", json!({})).await.map_err(of_problem)?;
    let schemas = app.outside.connectors();
    let mut tx = app.db.tenant(caller.tenant).await?;
    for item in list.get_mut("items").and_then(Value::as_array_mut).into_iter().flatten() {
        let connector = field(item, "connector");
        let schema = schemas.iter().find(|it| it.id == connector);
        let settings = connections::load(&mut tx, &app.keyring, &connector).await;
        if let (Some(schema), Ok(Some(settings))) = (schema, settings) {
            item["leads_to"] = Value::from(leads_to(&schema.settings, &settings));
        }
    }
    tx.commit().await?;
    Ok(list)
}

/// The settings that name a place and that the schema does not mark as secret, in one line.
fn leads_to(schema: &Value, settings: &Value) -> String {
    let is_open = |name: &str| {
        let found = find_property(schema, name);
        found.is_some_and(|it| it.get("writeOnly") != Some(&Value::Bool(true)))
    };
    ["provider", "base_url", "agent_api_url", "host", "channel", "model"]
        .into_iter()
        .filter(|name| is_open(name))
        .filter_map(|name| settings.get(name)?.as_str())
        .collect::<Vec<_>>()
        .join(" ")
}

/// A property of a schema, wherever in its alternatives it is described.
fn find_property<'a>(schema: &'a Value, name: &str) -> Option<&'a Value> {
    if let Some(found) = schema.get("properties").and_then(|it| it.get(name)) {
        return Some(found);
    }
    ["oneOf", "anyOf", "allOf"]
        .into_iter()
        .filter_map(|key| schema.get(key)?.as_array())
        .flatten()
        .find_map(|part| find_property(part, name))
}

/// Tests a connection. What the environment of this command forbids says nothing about a server, so
/// it is not noted.
async fn test(local: &Local, caller: &Caller, connector: &str) -> anyhow::Result<Value> {
    let app = &local.app;
    let mut tx = app.db.tenant(caller.tenant).await?;
    let settings = connections::load(&mut tx, &app.keyring, connector).await.map_err(of_problem)?;
    tx.commit().await?;
    let address = settings.as_ref().map(|it| field(it, "base_url")).unwrap_or_default();
    if !local.is_attached
        && let Some(settings) = settings
    {
        let found = app.outside.check_connection(caller.tenant, connector, settings).await;
        if let Err(detail) = found
            && detail.contains(EGRESS_REFUSED)
        {
            return Err(anyhow::anyhow!("{detail}\n{}", egress_advice(&address, false)));
        }
    }
    let input = json!({ "connector": connector });
    let mut tested = app.invoke(caller, "test_connection", input).await.map_err(of_problem)?;
    let detail = field(&tested, "status_detail");
    if detail.contains(EGRESS_REFUSED) {
        let advice = egress_advice(&address, local.is_attached);
        tested["status_detail"] = Value::from(format!("{detail}; {advice}"));
    }
    Ok(tested)
}

/// What to do about an address that may not be called: for a server that runs, or for this command.
pub(crate) fn egress_advice(address: &str, is_attached: bool) -> String {
    let parsed = url::Url::parse(address).ok();
    let host = parsed.as_ref().and_then(|url| {
        let port = url.port().map(|port| format!(":{port}")).unwrap_or_default();
        Some(format!("{}{port}", url.host_str()?))
    });
    let host = host.unwrap_or_else(|| "HOST:PORT".to_owned());
    let name = format!("HANDOFF_ALLOWED_PRIVATE_HOSTS={host}");
    if is_attached {
        format!("set {name} in the server's environment and start it again")
    } else {
        format!("set {name} here, for this command, and in the environment that starts the server")
    }
}

fn read_settings(file: Option<PathBuf>) -> Result<Value, Failure> {
    let mut text = String::new();
    let (name, read) = match file {
        Some(path) => {
            let read = std::fs::File::open(&path)
                .and_then(|file| file.take(SETTINGS_BYTES_MAX).read_to_string(&mut text));
            (path.display().to_string(), read)
        }
        None => (
            "standard input".to_owned(),
            std::io::stdin().take(SETTINGS_BYTES_MAX).read_to_string(&mut text),
        ),
    };
    read.map_err(|error| Failure::Usage(format!("cannot read {name}: {error}")))?;
    serde_json::from_str(&text).map_err(|error| {
        // The message of the parser may quote a secret, so only the place is passed on.
        let place = format!("line {}, column {}", error.line(), error.column());
        Failure::Usage(format!("the settings are not a JSON object ({place}); see GET /v1/connectors for what belongs in it"))
    })
}

/// The connectors that a tenant has not set, of those there are.
pub(crate) fn missing(all: &[domain::ConnectorInfo], list: &Value) -> Vec<String> {
    let is_set = |id: &str| items(list).iter().any(|item| field(item, "connector") == id);
    all.iter().filter(|it| !is_set(&it.id)).map(|it| it.id.clone()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn where_a_connection_leads_is_shown_without_secrets() {
        let secret = json!({ "type": "string", "writeOnly": true });
        let schema = json!({ "oneOf": [
            { "properties": { "provider": {}, "model": secret } },
            { "properties": { "base_url": {} } },
        ] });
        let settings =
            json!({ "provider": "p", "base_url": "https://a", "model": "x", "api_key": "k" });
        assert_eq!(leads_to(&schema, &settings), "p https://a");
    }

    #[test]
    fn a_file_that_is_not_there_or_not_json_is_usage() {
        assert_eq!(read_settings(Some("/nope.json".into())).unwrap_err().code(), 2);
    }

    #[test]
    fn the_advice_names_the_host_and_where_to_set_it() {
        let advice = egress_advice("http://127.0.0.1:8090/sim/slack", false);
        assert!(advice.contains("HANDOFF_ALLOWED_PRIVATE_HOSTS=127.0.0.1:8090 here"), "{advice}");
        assert!(egress_advice("http://a.internal/x", true).contains("=a.internal in the server's"));
    }
}
