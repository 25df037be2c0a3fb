//! The database: the operator's, or the private server of the data directory.

use std::str::FromStr as _;

use anyhow::Context as _;
use kernel::SystemClock;
use store::{
    PgConnectOptions,
    local::{self, Binaries, DataLock, Guard, LocalServer, Search, ServerInfo},
};

use crate::config::{Config, absolute};

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
        let options = PgConnectOptions::from_str(url.expose()).map_err(|_quotes_password| {
            anyhow::anyhow!("the database URL cannot be read; write it like postgres://user:password@host/database")
        })?;
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
