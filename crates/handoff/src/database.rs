//! The database: the operator's, or the private server of the data directory.

use std::{str::FromStr as _, time::Duration};

use anyhow::Context as _;
use kernel::{Secret, SystemClock};
use sqlx::{ConnectOptions as _, Connection as _};
use store::{
    PgConnectOptions,
    local::{self, Binaries, DataLock, Guard, LocalServer, Search, ServerInfo},
};

use crate::{
    config::{Config, absolute},
    failure::Failure,
};

/// How long a server of the operator's may take to answer the first time.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// The hidden command under which the program keeps its private server.
pub const GUARD_COMMAND: &str = "postgres-guard";

/// A database that can be reached. A private server runs as long as this is held.
#[derive(Debug)]
pub struct Opened {
    pub options: PgConnectOptions,
    /// The private server that this program runs.
    pub private: Option<(LocalServer, DataLock)>,
    /// The program that runs the data directory, when it is another one.
    pub attached: Option<ServerInfo>,
}

impl Opened {
    /// Whether nobody else can be working on this database.
    pub fn is_private(&self) -> bool {
        self.private.is_some()
    }

    /// Stops a private server in good order.
    pub async fn close(self) {
        if let Some((server, lock)) = self.private {
            server.stop().await;
            drop(lock);
        }
    }
}

/// Opens the database that the configuration names, starting the private server when it must.
pub async fn open(config: &Config) -> anyhow::Result<Opened> {
    if let Some(url) = &config.database_url {
        let options = read_url(url)?;
        reach(&options).await?;
        return Ok(Opened { options, private: None, attached: None });
    }
    let data = absolute(&config.data)?;
    let binaries = Binaries::find(&Search::usual(config.postgres_bin.clone()))?;
    let settings = local::Settings::new(binaries, Guard::this_program(&[GUARD_COMMAND]));
    let progress = |step: local::Progress| tracing::info!("{step}");
    let opened = local::open(&data, &settings, &SystemClock, &progress)
        .await
        .with_context(|| format!("the private database in {} did not start", data.display()))?;
    Ok(match opened {
        local::Opened::Owner(server, lock) => Opened {
            options: server.connect_options(),
            private: Some((server, lock)),
            attached: None,
        },
        local::Opened::Attached(info) => {
            Opened { options: info.connect_options(), private: None, attached: Some(info) }
        }
    })
}

/// Reads a database URL, without quoting it: it may hold a password.
fn read_url(url: &Secret) -> Result<PgConnectOptions, Failure> {
    let form = "write it like postgres://user:password@host/database";
    let scheme = url.expose().split_once("://").map_or("", |(scheme, _)| scheme);
    if !["postgres", "postgresql"].contains(&scheme) {
        return Err(Failure::Usage(format!("the database URL is not one of PostgreSQL; {form}")));
    }
    PgConnectOptions::from_str(url.expose()).map_err(|_quotes_password| {
        Failure::Usage(format!("the database URL cannot be read; {form}"))
    })
}

/// Connects once, so that a database that cannot be used is said in terms of its address.
async fn reach(options: &PgConnectOptions) -> Result<(), Failure> {
    let connecting = async { options.connect().await?.close().await };
    let failure = match tokio::time::timeout(CONNECT_TIMEOUT, connecting).await {
        Ok(Ok(())) => return Ok(()),
        Ok(Err(error)) => Some(error),
        Err(_elapsed) => None,
    };
    let address = match options.get_socket() {
        Some(socket) => socket.display().to_string(),
        None => format!("{}:{}", options.get_host(), options.get_port()),
    };
    Err(unreachable(&address, failure.as_ref()))
}

/// What is wrong with a database at an address, and what to do; without an error it was silent.
fn unreachable(address: &str, error: Option<&sqlx::Error>) -> Failure {
    let where_it_is = "start the server, or check host and port of the database URL";
    let (seen, advice) = match error {
        None => (
            format!("the database at {address} does not answer"),
            "check host and port of the database URL, and any firewall between",
        ),
        Some(sqlx::Error::Io(error)) => {
            (format!("the database at {address} cannot be reached ({error})"), where_it_is)
        }
        Some(sqlx::Error::Database(refusal)) => {
            let advice = match refusal.code().as_deref() {
                Some(code) if code.starts_with("28") => {
                    "check user and password of the database URL"
                }
                Some("3D000") => "create the database, or correct its name in the database URL",
                _ => "try again in a moment",
            };
            (format!("the database at {address} refuses: {}", refusal.message()), advice)
        }
        Some(other) => (format!("the database at {address} cannot be used ({other})"), where_it_is),
    };
    Failure::Unreachable { seen, advice: advice.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_url_of_postgresql_is_taken_and_none_is_quoted() {
        for wrong in ["mysql://a:hunter2@b/c", "hunter2", "", "postgres://a:hunter2@b:port/c"] {
            let refused = read_url(&Secret::new(wrong)).unwrap_err();
            assert_eq!(refused.code(), 2, "{wrong}");
            assert!(!refused.to_string().contains("hunter2"), "{refused}");
        }
        assert!(read_url(&Secret::new("postgresql://user@host/database")).is_ok());
    }

    #[tokio::test]
    async fn a_database_that_is_away_is_said_with_its_address() {
        // Nothing listens on port 1.
        let options = read_url(&Secret::new("postgres://a@127.0.0.1:1/b")).unwrap();
        let failure = reach(&options).await.unwrap_err();
        assert_eq!(failure.code(), 4);
        let text = failure.to_string();
        assert!(text.contains("127.0.0.1:1") && text.contains("check host and port"), "{text}");
        assert_eq!(text.matches("refused").count(), 1, "{text}");
    }
}
