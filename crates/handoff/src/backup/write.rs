//! Writing a backup.

use std::{
    io::{Read as _, Write},
    process::{Command, Stdio},
};

use anyhow::Context as _;
use kernel::{Clock as _, SystemClock};
use sha2::{Digest as _, Sha256};
use sqlx::{AssertSqlSafe, ConnectOptions as _, Connection as _, PgConnection};
use store::{local::Search, migrate};

use super::{CHUNK, FORMAT, Manifest, Server, TRAILER, tools};
use crate::failure::Failure;

/// The role that reads past row security where the login may not.
const BACKUP_ROLE: &str = "handoff_backup";

/// What goes into a backup.
#[derive(Debug)]
pub struct BackupOptions<'a> {
    pub server: &'a Server,
    pub search: Search,
    /// The keys' text, to be put into the file.
    pub keys: Option<String>,
}

/// Writes a backup of one moment, while others work. Says what it holds, and how many bytes it has.
pub async fn write<W: Write + Send + 'static>(
    options: BackupOptions<'_>,
    out: W,
) -> anyhow::Result<(Manifest, u64)> {
    let mut conn =
        options.server.options.clone().application_name("handoff_backup").connect().await?;
    let major = major(&mut conn).await?;
    let tool = tools::find("pg_dump", major, &options.search)?;
    let role = reading_role(&mut conn).await?;
    // All that is read belongs to this moment: the snapshot is lent to pg_dump.
    let mut tx = conn.begin_with("begin isolation level repeatable read read only").await?;
    if let Some(role) = role {
        sqlx::query(AssertSqlSafe(format!("set local role {role}"))).execute(&mut *tx).await?;
    }
    let snapshot: String =
        sqlx::query_scalar("select pg_export_snapshot()").fetch_one(&mut *tx).await?;
    let mut manifest = describe(&mut tx).await?;
    (manifest.postgres, manifest.pg_dump, manifest.keys) = (major, tool.major, options.keys);
    let mut command = Command::new(&tool.program);
    options.server.tell(&mut command);
    command.args(["--format=custom", "--no-password", "--snapshot"]).arg(&snapshot);
    command.args(manifest.schemas.iter().map(|schema| format!("--schema={schema}")));
    command.args(role.map(|role| format!("--role={role}")));
    let head = manifest.clone();
    let written = tokio::task::spawn_blocking(move || stream(command, &head, out)).await??;
    tx.rollback().await?;
    conn.close().await?;
    Ok((manifest, written))
}

/// The first number of the server's release.
pub(super) async fn major(conn: &mut PgConnection) -> anyhow::Result<u32> {
    let number: i32 = sqlx::query_scalar("select current_setting('server_version_num')::int")
        .fetch_one(conn)
        .await?;
    Ok(number.unsigned_abs() / 10_000)
}

/// Whom to read as; none where the login itself is not bound by row security.
async fn reading_role(conn: &mut PgConnection) -> anyhow::Result<Option<&'static str>> {
    let (login, is_free, may_become): (String, bool, bool) = sqlx::query_as(
        "select current_user::text, r.rolsuper or r.rolbypassrls,
                exists (select from pg_roles b where b.rolname = $1 and b.rolbypassrls
                        and pg_has_role(r.oid, b.oid, 'member'))
         from pg_roles r where r.rolname = current_user",
    )
    .bind(BACKUP_ROLE)
    .fetch_one(conn)
    .await?;
    match (is_free, may_become) {
        (true, _) => Ok(None),
        (false, true) => Ok(Some(BACKUP_ROLE)),
        (false, false) => Err(Failure::Forbidden(format!(
            "the login `{login}` may not read past row security; as a superuser, once: \
             create role {BACKUP_ROLE} nologin bypassrls; grant pg_read_all_data to {BACKUP_ROLE}; \
             grant {BACKUP_ROLE} to \"{login}\";"
        ))
        .into()),
    }
}

async fn describe(conn: &mut PgConnection) -> anyhow::Result<Manifest> {
    let migrations = migrate::history(conn).await?;
    if migrations.is_empty() {
        return Err(Failure::usage(
            "this database holds nothing of Handoff; check --data or --database-url",
        )
        .into());
    }
    let schemas: Vec<String> = sqlx::query_scalar(
        "select nspname::text from pg_namespace
         where pg_get_userbyid(nspowner) = 'handoff_owner' order by nspname",
    )
    .fetch_all(&mut *conn)
    .await?;
    let (tenants, position, runs_under_way) = sqlx::query_as(
        "select (select count(*) from identity.tenant),
                (select coalesce(max(position), 0) from platform.event_position),
                (select count(*) from engine.run where ended_at is null)",
    )
    .fetch_one(&mut *conn)
    .await?;
    Ok(Manifest {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        created_at: SystemClock.now(),
        postgres: 0,
        pg_dump: 0,
        migrations: migrations.into_iter().map(Into::into).collect(),
        schemas,
        tenants,
        position,
        runs_under_way,
        key_ids: key_ids(conn).await?,
        keys: None,
    })
}

/// The ids in the heads of all envelopes, whichever table they are in.
async fn key_ids(conn: &mut PgConnection) -> anyhow::Result<Vec<String>> {
    let columns: Vec<String> = sqlx::query_scalar(
        "select format('select %1$I as sealed from %2$I.%3$I where %1$I is not null',
                       column_name, table_schema, table_name)
         from information_schema.columns
         where data_type = 'bytea' and column_name like '%\\_sealed'",
    )
    .fetch_all(&mut *conn)
    .await?;
    if columns.is_empty() {
        return Ok(Vec::new());
    }
    let statement = format!(
        "select distinct convert_from(substring(sealed from 3 for get_byte(sealed, 1)), 'UTF8')
         from ({}) envelopes order by 1",
        columns.join(" union all ")
    );
    Ok(sqlx::query_scalar(AssertSqlSafe(statement)).fetch_all(conn).await?)
}

/// Head, dump and digest, as they come.
fn stream(mut command: Command, manifest: &Manifest, out: impl Write) -> anyhow::Result<u64> {
    let mut out = Counted { out, digest: Sha256::new(), written: 0 };
    out.write_all(FORMAT.as_bytes())?;
    serde_json::to_writer(&mut out, manifest)?;
    out.write_all(b"\n")?;
    let mut child = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .context("pg_dump cannot be started")?;
    let stderr = child.stderr.take();
    let listening = std::thread::spawn(move || {
        let mut said = Vec::new();
        if let Some(mut stderr) = stderr {
            drop(stderr.read_to_end(&mut said));
        }
        said
    });
    let mut copied = Ok(());
    if let Some(mut dump) = child.stdout.take() {
        let mut chunk = vec![0; CHUNK];
        copied = loop {
            match dump.read(&mut chunk) {
                Ok(0) => break Ok(()),
                Ok(length) => {
                    if let Err(error) = out.write_all(chunk.get(..length).unwrap_or_default()) {
                        break Err(error);
                    }
                }
                Err(error) => break Err(error),
            }
        };
    }
    let ended = child.wait()?;
    let said = listening.join().unwrap_or_default();
    copied.context("the backup cannot be written")?;
    if !ended.success() {
        anyhow::bail!("pg_dump failed: {}", tools::complaint(&said));
    }
    let digest = hex::encode(out.digest.clone().finalize());
    out.write_all(format!("{TRAILER}{digest}\n").as_bytes())?;
    out.flush()?;
    Ok(out.written)
}

struct Counted<W> {
    out: W,
    digest: Sha256,
    written: u64,
}

impl<W: Write> Write for Counted<W> {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        let length = self.out.write(bytes)?;
        self.digest.update(bytes.get(..length).unwrap_or_default());
        self.written += length as u64;
        Ok(length)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.out.flush()
    }
}
