//! Which installation a command works on.

use std::path::PathBuf;

use clap::Args;
use kernel::Secret;

use crate::{config::Config, failure::Failure};

#[derive(Debug, Clone, Args)]
pub(crate) struct Place {
    /// The data directory (default: the user's data folder, or HANDOFF_DATA).
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// A PostgreSQL server of your own instead of the private one.
    #[arg(long, value_name = "URL", env = "DATABASE_URL", hide_env_values = true)]
    database_url: Option<String>,
}

impl Place {
    pub(crate) fn config(&self) -> anyhow::Result<Config> {
        let mut config = Config::from_environment(self.data.clone())?;
        config.database_url = self.database_url.clone().map(Secret::new);
        Ok(config)
    }

    /// For commands that need what is there already: a mistyped folder must not become a database.
    pub(crate) fn existing(&self) -> anyhow::Result<Config> {
        let config = self.config()?;
        if config.holds_data() { Ok(config) } else { Err(no_data(&config).into()) }
    }
}

/// Why a folder without a database is refused, and what makes one.
pub(crate) fn no_data(config: &Config) -> Failure {
    let data = config.data.display();
    Failure::Usage(format!(
        "{data} holds no data of Handoff; correct --data, or make it one with `handoff serve --data {data}` or `handoff tenant create NAME --data {data}`"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_without_data_is_refused_and_not_made() {
        let data = PathBuf::from("/nowhere/handoff");
        let place = Place { data: Some(data.clone()), database_url: None };
        let refused = place.existing().unwrap_err();
        assert_eq!(crate::failure::code_of(&refused), 2);
        assert!(refused.to_string().contains("handoff serve --data /nowhere/handoff"), "{refused}");
        assert!(!data.exists());
        let elsewhere = Some("postgres://user@host/database".to_owned());
        assert!(Place { data: Some(data), database_url: elsewhere }.existing().is_ok());
    }
}
