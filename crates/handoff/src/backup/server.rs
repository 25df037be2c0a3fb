//! The database server, as PostgreSQL's own programs reach it.

use std::process::Command;

use kernel::Secret;
use sqlx::postgres::PgSslMode;
use store::PgConnectOptions;

/// Where the database is, and how to prove who asks.
#[derive(Clone)]
pub struct Server {
    pub options: PgConnectOptions,
    password: Option<Secret>,
    root_certificate: Option<String>,
}

impl std::fmt::Debug for Server {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // The options would print the password.
        f.debug_struct("Server").field("database", &self.database()).finish_non_exhaustive()
    }
}

impl Server {
    /// A server that asks for no password, or the one that the database URL names.
    pub fn new(options: PgConnectOptions, url: Option<&Secret>) -> Self {
        let url = url.and_then(|url| url::Url::parse(url.expose()).ok());
        let query = |name: &str| {
            let found = url.as_ref()?.query_pairs().find(|(known, _)| known == name)?;
            Some(found.1.into_owned())
        };
        let in_authority = url.as_ref().and_then(|url| {
            let parsed = format!("password={}", url.password()?.replace('+', "%2B"));
            let decoded = url::form_urlencoded::parse(parsed.as_bytes()).next()?.1.into_owned();
            Some(decoded)
        });
        Self {
            options,
            password: in_authority.or_else(|| query("password")).map(Secret::new),
            root_certificate: query("sslrootcert").or_else(|| query("ssl-root-cert")),
        }
    }

    /// Tells a program where the database is: by its environment, for arguments can be read by everybody.
    pub(super) fn tell(&self, command: &mut Command) {
        let host = match self.options.get_socket() {
            Some(socket) => socket.display().to_string(),
            None => self.options.get_host().to_owned(),
        };
        let mode = match self.options.get_ssl_mode() {
            PgSslMode::Disable => "disable",
            PgSslMode::Allow => "allow",
            PgSslMode::Prefer => "prefer",
            PgSslMode::Require => "require",
            PgSslMode::VerifyCa => "verify-ca",
            PgSslMode::VerifyFull => "verify-full",
        };
        let database = self.options.get_database().unwrap_or(self.options.get_username());
        command
            .env("PGHOST", host)
            .env("PGPORT", self.options.get_port().to_string())
            .env("PGUSER", self.options.get_username())
            .env("PGDATABASE", database)
            .env("PGSSLMODE", mode)
            .env("PGAPPNAME", "handoff_backup")
            .env_remove("PGSERVICE")
            .env_remove("PGOPTIONS");
        if let Some(password) = &self.password {
            command.env("PGPASSWORD", password.expose());
        }
        if let Some(file) = &self.root_certificate {
            command.env("PGSSLROOTCERT", file);
        }
    }

    pub(super) fn database(&self) -> &str {
        self.options.get_database().unwrap_or(self.options.get_username())
    }
}

#[cfg(test)]
mod tests {
    use std::str::FromStr as _;

    use super::*;

    #[test]
    fn a_password_goes_by_the_environment_as_it_was_meant() {
        let url = "postgres://ada:p%40ss+w%2Ford@db.example:6432/handoff?sslmode=require&sslrootcert=/ca.pem";
        let server = Server::new(PgConnectOptions::from_str(url).unwrap(), Some(&Secret::new(url)));
        let mut command = Command::new("true");
        server.tell(&mut command);
        let of = |name: &str| {
            let found = command.get_envs().find(|(known, _)| *known == name);
            found.and_then(|(_, value)| Some(value?.to_str()?.to_owned()))
        };
        assert_eq!(of("PGPASSWORD").unwrap(), "p@ss+w/ord");
        assert_eq!(of("PGHOST").unwrap(), "db.example");
        assert_eq!(of("PGPORT").unwrap(), "6432");
        assert_eq!(of("PGUSER").unwrap(), "ada");
        assert_eq!(of("PGDATABASE").unwrap(), "handoff");
        assert_eq!(of("PGSSLMODE").unwrap(), "require");
        assert_eq!(of("PGSSLROOTCERT").unwrap(), "/ca.pem");
        assert!(!format!("{server:?}").contains("p@ss"));
    }
}
