//! Forward-only migrations, applied as a role that row security binds.

use include_dir::{Dir, include_dir};
use sha2::{Digest as _, Sha256};
use sqlx::{
    AssertSqlSafe, ConnectOptions as _, Connection as _, Executor as _, PgConnection,
    postgres::PgConnectOptions,
};

use crate::StoreError;

static MIGRATIONS: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/../../migrations");

/// The advisory lock of whoever migrates ("migr" in ASCII).
const MIGRATOR_LOCK: i64 = 0x6d69_6772;
/// The oldest server that has the fixes row security relies on, as `server_version_num`.
const OLDEST_SERVER: i32 = 150_000;

/// The list of applied files is the login's own: the owner role reads and writes tenants' tables only.
const HISTORY_TABLE: &str = "create table if not exists public.handoff_migration (
        version    integer     primary key,
        name       text        not null,
        checksum   bytea       not null,
        applied_at timestamptz not null default now()
    );
    grant select on public.handoff_migration to handoff_app, handoff_worker";

/// One file of `migrations/`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Migration {
    pub version: i32,
    pub name: String,
    pub sql: &'static str,
}

/// What a migration run did, or would do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    pub applied_before: usize,
    /// Applied now, or waiting when it was a dry run.
    pub pending: Vec<Migration>,
}

/// Why the database cannot be brought up to date.
#[derive(Debug, thiserror::Error)]
pub enum MigrateError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(
        "migration {version} was changed after it was applied; restore the file, and write a new migration instead"
    )]
    Changed { version: i32 },
    #[error(
        "the database was migrated by a newer release (it has migration {version}); install that release or restore a backup"
    )]
    Newer { version: i32 },
    #[error("PostgreSQL {found} is too old; install version 15 or later")]
    ServerTooOld { found: String },
    #[error(
        "the login `{login}` may not create the roles that Handoff runs as; run `handoff migrate` once with a login that has CREATEROLE, or create them from migrations/bootstrap.sql"
    )]
    Roles {
        login: String,
        #[source]
        source: sqlx::Error,
    },
    #[error("migration {name} failed")]
    Failed {
        name: String,
        #[source]
        source: sqlx::Error,
    },
}

impl From<sqlx::Error> for MigrateError {
    fn from(error: sqlx::Error) -> Self {
        Self::Store(error.into())
    }
}

/// All migrations of this build, in order.
pub fn migrations() -> Vec<Migration> {
    let mut found: Vec<Migration> = MIGRATIONS
        .files()
        .filter_map(|file| {
            let stem = file.path().file_stem()?.to_str()?;
            let (version, name) = stem.split_once('_')?;
            let version = version.parse().ok()?;
            Some(Migration { version, name: name.to_owned(), sql: file.contents_utf8()? })
        })
        .collect();
    found.sort_by_key(|migration| migration.version);
    found
}

/// Applies what is missing, one transaction for each file. With `dry_run` it only says what it would do.
pub async fn migrate(options: &PgConnectOptions, dry_run: bool) -> Result<Report, MigrateError> {
    let mut conn = options.clone().application_name("handoff_migrate").connect().await?;
    let report = run(&mut conn, dry_run).await;
    let closed = conn.close().await;
    let report = report?;
    closed?;
    Ok(report)
}

async fn run(conn: &mut PgConnection, dry_run: bool) -> Result<Report, MigrateError> {
    check_server(conn).await?;
    sqlx::query("select pg_advisory_lock($1)").bind(MIGRATOR_LOCK).execute(&mut *conn).await?;
    let history = history(conn).await?;
    check_history(&history)?;
    let pending: Vec<Migration> = migrations()
        .into_iter()
        .filter(|migration| history.iter().all(|past| past.version != migration.version))
        .collect();
    if !dry_run && !pending.is_empty() {
        bootstrap(conn).await?;
        for migration in &pending {
            apply(conn, migration).await?;
            kernel::crashpoint!("migrations.between_files");
        }
    }
    Ok(Report { applied_before: history.len(), pending })
}

async fn check_server(conn: &mut PgConnection) -> Result<(), MigrateError> {
    let (number, text): (i32, String) = sqlx::query_as(
        "select current_setting('server_version_num')::int, current_setting('server_version')",
    )
    .fetch_one(conn)
    .await?;
    if number < OLDEST_SERVER {
        return Err(MigrateError::ServerTooOld { found: text });
    }
    Ok(())
}

/// A migration as a database remembers it.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Applied {
    pub version: i32,
    pub name: String,
    pub checksum: Vec<u8>,
    pub applied_at: kernel::Timestamp,
}

/// What a database was brought to; nothing where it was never migrated.
pub async fn history(conn: &mut PgConnection) -> Result<Vec<Applied>, MigrateError> {
    let exists: bool =
        sqlx::query_scalar("select to_regclass('public.handoff_migration') is not null")
            .fetch_one(&mut *conn)
            .await?;
    if !exists {
        return Ok(Vec::new());
    }
    let rows = sqlx::query_as(
        "select version, name, checksum, applied_at from public.handoff_migration order by version",
    )
    .fetch_all(conn)
    .await?;
    Ok(rows)
}

/// Whether this release knows what a database was brought to.
pub fn check_history(history: &[Applied]) -> Result<(), MigrateError> {
    let known = migrations();
    for past in history {
        match known.iter().find(|migration| migration.version == past.version) {
            None => return Err(MigrateError::Newer { version: past.version }),
            Some(migration) if checksum_of(migration) != past.checksum => {
                return Err(MigrateError::Changed { version: past.version });
            }
            Some(_) => {}
        }
    }
    Ok(())
}

/// Makes the roles that a restored database's objects belong to.
pub async fn make_roles(conn: &mut PgConnection) -> Result<(), MigrateError> {
    check_server(conn).await?;
    let sql = MIGRATIONS
        .get_file("bootstrap.sql")
        .and_then(include_dir::File::contents_utf8)
        .unwrap_or_default();
    let login: String =
        sqlx::query_scalar("select current_user::text").fetch_one(&mut *conn).await?;
    conn.execute(AssertSqlSafe(sql))
        .await
        .map_err(|source| MigrateError::Roles { login, source })?;
    Ok(())
}

/// Remembers what a restored database was brought to. Before this, no program starts on it.
pub async fn adopt(conn: &mut PgConnection, history: &[Applied]) -> Result<(), MigrateError> {
    conn.execute(HISTORY_TABLE).await?;
    for past in history {
        sqlx::query(
            "insert into public.handoff_migration (version, name, checksum, applied_at)
             values ($1, $2, $3, $4)",
        )
        .bind(past.version)
        .bind(&past.name)
        .bind(&past.checksum)
        .bind(past.applied_at)
        .execute(&mut *conn)
        .await?;
    }
    Ok(())
}

async fn bootstrap(conn: &mut PgConnection) -> Result<(), MigrateError> {
    make_roles(conn).await?;
    conn.execute(HISTORY_TABLE).await?;
    Ok(())
}

async fn apply(conn: &mut PgConnection, migration: &Migration) -> Result<(), MigrateError> {
    let failed = |source| MigrateError::Failed {
        name: format!("{:04}_{}", migration.version, migration.name),
        source,
    };
    let mut tx = conn.begin().await?;
    tx.execute("set local role handoff_owner; set local lock_timeout = '2s'")
        .await
        .map_err(failed)?;
    tx.execute(AssertSqlSafe(migration.sql)).await.map_err(failed)?;
    tx.execute("reset role").await.map_err(failed)?;
    sqlx::query(
        "insert into public.handoff_migration (version, name, checksum) values ($1, $2, $3)",
    )
    .bind(migration.version)
    .bind(&migration.name)
    .bind(checksum_of(migration))
    .execute(&mut *tx)
    .await
    .map_err(failed)?;
    tx.commit().await.map_err(failed)
}

fn checksum_of(migration: &Migration) -> Vec<u8> {
    Sha256::digest(migration.sql.as_bytes()).to_vec()
}

/// Refuses to run where row security would not hold.
pub async fn check_roles(options: &PgConnectOptions) -> Result<(), String> {
    let connect = |role: &'static str| options.clone().options([("role", role)]);
    for role in ["handoff_app", "handoff_worker"] {
        let mut conn = connect(role)
            .connect()
            .await
            .map_err(|error| format!("cannot connect as the role `{role}`: {error}"))?;
        let (user, bypasses): (String, bool) = sqlx::query_as(
            "select current_user::text, rolsuper or rolbypassrls or exists (
                 select from pg_class c join pg_attribute a on a.attrelid = c.oid
                 where a.attname = 'tenant_id' and c.relowner = r.oid)
             from pg_roles r where rolname = current_user",
        )
        .fetch_one(&mut conn)
        .await
        .map_err(|error| format!("cannot check the role `{role}`: {error}"))?;
        drop(conn.close().await);
        if user != role || bypasses {
            return Err(format!(
                "the role `{user}` could bypass row security; it must be neither superuser, nor BYPASSRLS, \
                 nor own a tenant table"
            ));
        }
    }
    Ok(())
}
