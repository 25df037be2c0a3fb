//! Configuration, read once at start: flags first, then the environment, then defaults.

use std::{
    ffi::OsString,
    net::SocketAddr,
    path::{Path, PathBuf},
};

use anyhow::Context as _;
use domain::{PublicUrl, identity::provider::ProviderSettings};
use kernel::Secret;
use protocols::AllowedProcesses;

use crate::{
    failure::Failure,
    identity_provider,
    listen::{TlsFiles, TrustedProxies, parse_files, parse_proxies},
};

/// Where the program listens when nothing else is said.
pub const DEFAULT_LISTEN: &str = "127.0.0.1:8080";

/// How to run.
#[derive(Debug, Clone)]
pub struct Config {
    /// The data directory: keys, the private database, the announcement of a running server.
    pub data: PathBuf,
    /// A PostgreSQL server of the operator's; none for the private one.
    pub database_url: Option<Secret>,
    /// The folder of PostgreSQL's programs, for the private server.
    pub postgres_bin: Option<PathBuf>,
    pub listen: SocketAddr,
    /// The base of absolute links; none for the address that the program listens on.
    pub public_url: Option<PublicUrl>,
    /// The files of TLS; none for plain HTTP.
    pub tls: Option<TlsFiles>,
    /// Proxies whose word about a client's address is taken.
    pub trusted_proxies: TrustedProxies,
    /// Hosts that may be private or plain HTTP: `host` or `host:port`.
    pub allowed_private_hosts: Vec<String>,
    /// What definitions may run on this machine.
    pub allowed_processes: AllowedProcesses,
    /// Sealing keys, `id:base64` separated by commas, the first one seals; none for the key file.
    pub keys: Option<Secret>,
    /// The OpenID Connect provider through which people may sign in.
    pub identity_provider: Option<ProviderSettings>,
    /// A folder of prompts that replaces the shipped ones.
    pub prompts: Option<PathBuf>,
    /// A folder of flows beside the shipped ones, or in their place.
    pub flows: Option<PathBuf>,
    /// A folder of document templates and fonts that replace the shipped ones.
    pub templates: Option<PathBuf>,
    /// Simulators of all outside systems, and connections to them for the default tenant.
    pub sandbox: bool,
    /// No other program works on this database: what it left behind may be taken over at once.
    pub is_only_node: bool,
    /// Whether this node drives runs; otherwise it only answers requests and receives webhooks.
    pub runs_engine: bool,
    /// What the environment says about the only tenant's connections.
    pub tenant: crate::environment::TenantEnvironment,
}

impl Config {
    /// The configuration that the environment gives, for a data directory or the default one.
    pub fn from_environment(data: Option<PathBuf>) -> anyhow::Result<Self> {
        let listen = text("HANDOFF_LISTEN").unwrap_or_else(|| DEFAULT_LISTEN.to_owned());
        let allowed_private_hosts = list("HANDOFF_ALLOWED_PRIVATE_HOSTS");
        Ok(Self {
            data: data.or_else(|| path("HANDOFF_DATA")).unwrap_or_else(default_data),
            database_url: secret("DATABASE_URL"),
            tls: parse_files(path("HANDOFF_TLS_CERT"), path("HANDOFF_TLS_KEY"))?,
            trusted_proxies: parse_proxies(&list("HANDOFF_TRUSTED_PROXIES"))?,
            postgres_bin: path("HANDOFF_POSTGRES_BIN"),
            listen: parse_listen(&listen)?,
            public_url: parse_public_url(text("HANDOFF_PUBLIC_URL").as_deref())?,
            identity_provider: provider(&allowed_private_hosts)?,
            allowed_private_hosts,
            allowed_processes: parse_processes(&list("HANDOFF_ALLOW_RUN"))?,
            keys: secret("HANDOFF_KEYS"),
            prompts: path("HANDOFF_PROMPTS"),
            flows: path("HANDOFF_FLOWS"),
            templates: path("HANDOFF_TEMPLATES"),
            sandbox: false,
            is_only_node: false,
            runs_engine: parse_roles(text("HANDOFF_ROLES").as_deref())?,
            tenant: crate::environment::TenantEnvironment::read(),
        })
    }

    /// Whether the data directory was used before, or holds nothing because the database is elsewhere.
    /// What cannot be looked at counts as used: opening it says why.
    pub fn holds_data(&self) -> bool {
        let looked = std::fs::symlink_metadata(self.data.join("postgres"));
        self.database_url.is_some()
            || looked.map_or_else(|error| error.kind() != std::io::ErrorKind::NotFound, |_| true)
    }

    /// The file that holds the sealing keys when the environment does not.
    pub fn key_file(&self) -> PathBuf {
        self.data.join("keys")
    }
}

/// Reads an address to listen on; a bare port means loopback.
pub fn parse_listen(text: &str) -> Result<SocketAddr, Failure> {
    let whole =
        if text.parse::<u16>().is_ok() { format!("127.0.0.1:{text}") } else { text.to_owned() };
    whole.parse().map_err(|_says_less| {
        Failure::Usage(format!(
            "`{text}` is not an address to listen on; write it like {DEFAULT_LISTEN}"
        ))
    })
}

/// Reads the base of absolute links.
pub fn parse_public_url(text: Option<&str>) -> Result<Option<PublicUrl>, Failure> {
    let Some(text) = text else { return Ok(None) };
    let url = text.parse().map_err(|error| {
        Failure::Usage(format!(
            "HANDOFF_PUBLIC_URL: {error}; write it like https://handoff.example.com"
        ))
    })?;
    Ok(Some(url))
}

/// Reads the provider through which people may sign in.
fn provider(allowed: &[String]) -> Result<Option<ProviderSettings>, Failure> {
    let given = identity_provider::Given {
        issuer: text("HANDOFF_OIDC_ISSUER"),
        client_id: text("HANDOFF_OIDC_CLIENT_ID"),
        client_secret: secret("HANDOFF_OIDC_CLIENT_SECRET"),
        name: text("HANDOFF_OIDC_NAME"),
    };
    identity_provider::parse(given, allowed)
}

/// Reads what definitions may run on this machine: `script`, `shell`.
pub(crate) fn parse_processes(words: &[String]) -> Result<AllowedProcesses, Failure> {
    AllowedProcesses::read(words.iter().map(String::as_str))
        .map_err(|reason| Failure::Usage(format!("HANDOFF_ALLOW_RUN: {reason}")))
}

/// Reads the roles of a node, `api` and `engine`; both when nothing is said. Every node answers requests.
pub fn parse_roles(text: Option<&str>) -> Result<bool, Failure> {
    let Some(text) = text else { return Ok(true) };
    let roles: Vec<&str> = text.split(',').map(str::trim).collect();
    match roles.iter().find(|role| !["api", "engine"].contains(*role)) {
        Some(unknown) => Err(Failure::Usage(format!(
            "there is no role `{unknown}`; the roles are api and engine"
        ))),
        None => Ok(roles.contains(&"engine")),
    }
}

fn default_data() -> PathBuf {
    let home = path("XDG_DATA_HOME")
        .or_else(|| path("HOME").map(|home| home.join(".local/share")))
        .unwrap_or_else(|| PathBuf::from("."));
    home.join("handoff")
}

/// A variable of the environment; empty is the same as unset.
pub(crate) fn text(name: &str) -> Option<String> {
    #[expect(clippy::disallowed_methods, reason = "the one place that reads the environment")]
    std::env::var(name).ok().filter(|value| !value.trim().is_empty())
}

pub(crate) fn secret(name: &str) -> Option<Secret> {
    text(name).map(Secret::new)
}

fn path(name: &str) -> Option<PathBuf> {
    std::env::var_os(name).filter(|value: &OsString| !value.is_empty()).map(PathBuf::from)
}

fn list(name: &str) -> Vec<String> {
    let value = text(name).unwrap_or_default();
    value.split(',').map(str::trim).filter(|item| !item.is_empty()).map(str::to_owned).collect()
}

/// The data directory as an absolute path, so that a later change of folder does not move it.
pub fn absolute(data: &Path) -> anyhow::Result<PathBuf> {
    std::path::absolute(data).with_context(|| format!("{} is not a usable path", data.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wrong_public_url_is_usage_and_says_which_variable() {
        let refused = parse_public_url(Some("handoff.example.com")).unwrap_err();
        assert_eq!(refused.code(), 2);
        assert!(refused.to_string().starts_with("HANDOFF_PUBLIC_URL"), "{refused}");
    }

    #[test]
    fn what_the_environment_gets_wrong_is_usage() {
        assert_eq!(parse_roles(Some("api,king")).unwrap_err().code(), 2);
        assert_eq!(parse_listen("nowhere").unwrap_err().code(), 2);
        assert_eq!(parse_listen("8081").unwrap().port(), 8081);
    }
}
