//! Putting a backup back.

use std::{
    fs::File,
    io::{self, BufRead as _, BufReader, Read, Seek as _, SeekFrom, Write as _},
    path::Path,
    process::{Command, Stdio},
};

use anyhow::Context as _;
use serde::Serialize;
use sha2::{Digest as _, Sha256};
use sqlx::{AssertSqlSafe, ConnectOptions as _, Connection as _, PgConnection};
use store::{local::Search, migrate};

use super::{CHUNK, FORMAT, MANIFEST_MAX, Manifest, Server, TRAILER, TRAILER_LENGTH, tools, write};
use crate::failure::Failure;

/// Who takes calls over that nobody makes: an owner that no node has, whose lease ran out long ago.
const NOBODY: uuid::Uuid = uuid::Uuid::nil();

/// Where a backup goes.
#[derive(Debug)]
pub struct RestoreOptions<'a> {
    pub server: &'a Server,
    pub search: Search,
    /// Remove what is there.
    pub force: bool,
}

/// What was put back.
#[derive(Debug, Serialize)]
pub struct Restored {
    #[serde(skip)]
    pub manifest: Manifest,
    /// Calls that were under way, and are treated as interrupted.
    pub calls_interrupted: u64,
}

/// A file that is whole.
#[derive(Debug)]
pub struct Backup {
    pub manifest: Manifest,
    file: File,
    dump: std::ops::Range<u64>,
}

impl Backup {
    /// Reads all of a file, and believes it only if its digest is right.
    pub fn open(path: &Path) -> anyhow::Result<Self> {
        let shown = path.display();
        let mut file = File::open(path).map_err(|error| {
            Failure::Usage(format!("{shown} cannot be read ({error}); check the path"))
        })?;
        let torn = || Failure::Usage(format!("{shown} is torn or was changed; use another backup"));
        let mut reader = BufReader::with_capacity(CHUNK, &mut file);
        let mut first = vec![0; FORMAT.len()];
        if reader.read_exact(&mut first).is_err() || first != FORMAT.as_bytes() {
            return Err(Failure::Usage(format!(
                "{shown} is no backup of this format; make one with `handoff backup FILE`"
            ))
            .into());
        }
        let mut line = Vec::new();
        (&mut reader).take(MANIFEST_MAX).read_until(b'\n', &mut line)?;
        let begin = (FORMAT.len() + line.len()) as u64;
        let end = file.metadata()?.len().checked_sub(TRAILER_LENGTH).filter(|end| begin <= *end);
        let end = end.ok_or_else(torn)?;
        if digest(&mut file, end)? != trailer(&mut file, end)? {
            return Err(torn().into());
        }
        let manifest = serde_json::from_slice(&line).with_context(|| {
            format!("{shown} was made by a release that this one does not understand")
        })?;
        Ok(Self { manifest, file, dump: begin..end })
    }
}

fn digest(file: &mut File, end: u64) -> io::Result<String> {
    file.seek(SeekFrom::Start(0))?;
    let (mut sha, mut chunk) = (Sha256::new(), vec![0; CHUNK]);
    let mut reader = file.take(end);
    loop {
        let length = reader.read(&mut chunk)?;
        if length == 0 {
            return Ok(hex::encode(sha.finalize()));
        }
        sha.update(chunk.get(..length).unwrap_or_default());
    }
}

fn trailer(file: &mut File, end: u64) -> io::Result<String> {
    file.seek(SeekFrom::Start(end))?;
    let mut text = String::new();
    file.take(TRAILER_LENGTH).read_to_string(&mut text)?;
    Ok(text.strip_prefix(TRAILER).unwrap_or_default().trim_end().to_owned())
}

/// Puts a backup into an empty database, or with `force` in the place of what is there.
pub async fn restore(backup: Backup, options: RestoreOptions<'_>) -> anyhow::Result<Restored> {
    let manifest = backup.manifest.clone();
    migrate::check_history(&manifest.history())?;
    let mut conn =
        options.server.options.clone().application_name("handoff_restore").connect().await?;
    let major = write::major(&mut conn).await?;
    let tool = tools::find("pg_restore", major.max(manifest.pg_dump), &options.search)?;
    refuse_company(&mut conn).await?;
    let present = present(&mut conn, &manifest).await?;
    if !present.is_empty() && !options.force {
        return Err(Failure::usage(
            "the database is not empty; restore into an empty one, or replace what is there with --force",
        )
        .into());
    }
    clear(&mut conn, &present).await?;
    migrate::make_roles(&mut conn).await?;
    let mut command = Command::new(&tool.program);
    options.server.tell(&mut command);
    command.args(["--single-transaction", "--exit-on-error", "--no-password", "--dbname"]);
    command.arg(options.server.database());
    tokio::task::spawn_blocking(move || feed(command, backup)).await??;
    let mut tx = conn.begin().await?;
    let calls_interrupted = interrupt(&mut tx).await?;
    migrate::adopt(&mut tx, &manifest.history()).await?;
    tx.commit().await?;
    // The planner knows nothing of the new rows yet.
    sqlx::query("analyze").execute(&mut conn).await?;
    conn.close().await?;
    Ok(Restored { manifest, calls_interrupted })
}

/// Programs that work on a database must not see it exchanged.
async fn refuse_company(conn: &mut PgConnection) -> anyhow::Result<()> {
    let others: i64 = sqlx::query_scalar(
        "select count(*) from pg_stat_activity
         where datname = current_database() and pid <> pg_backend_pid()
           and application_name in ('handoff_app', 'handoff_worker', 'handoff_identity', 'handoff_restore')",
    )
    .fetch_one(conn)
    .await?;
    if 0 < others {
        return Err(Failure::usage(
            "a program of Handoff works on this database; stop every node first",
        )
        .into());
    }
    Ok(())
}

/// Our schemas that are there, and the list of migrations, as what to drop.
async fn present(conn: &mut PgConnection, manifest: &Manifest) -> anyhow::Result<Vec<String>> {
    let found = sqlx::query_scalar(
        "select format('schema %I', nspname) from pg_namespace
         where pg_get_userbyid(nspowner) = 'handoff_owner' or nspname = any($1)
         union all
         select 'table public.handoff_migration'
         where to_regclass('public.handoff_migration') is not null",
    )
    .bind(&manifest.schemas)
    .fetch_all(conn)
    .await?;
    Ok(found)
}

async fn clear(conn: &mut PgConnection, present: &[String]) -> anyhow::Result<()> {
    let mut tx = conn.begin().await?;
    for what in present {
        sqlx::query(AssertSqlSafe(format!("drop {what} cascade"))).execute(&mut *tx).await?;
    }
    Ok(tx.commit().await?)
}

/// Whoever made the backup may have gone on: each call that was due or under way may have been made. What the
/// engine does after a crash is right for all of them.
async fn interrupt(conn: &mut PgConnection) -> anyhow::Result<u64> {
    sqlx::query("set local role handoff_worker").execute(&mut *conn).await?;
    let interrupted =
        sqlx::query("update engine.task set owner = $1, lease_until = 'epoch' where kind = 'call'")
            .bind(NOBODY)
            .execute(&mut *conn)
            .await?
            .rows_affected();
    let has_outbox: bool = sqlx::query_scalar("select to_regclass('webhook.outbox') is not null")
        .fetch_one(&mut *conn)
        .await?;
    if has_outbox {
        // Webhooks are sent at least once: what a node had taken is due again, under the same id.
        sqlx::query(
            "update webhook.outbox set owner = null, lease_until = null where owner is not null",
        )
        .execute(&mut *conn)
        .await?;
    }
    sqlx::query("reset role").execute(conn).await?;
    Ok(interrupted)
}

fn feed(mut command: Command, backup: Backup) -> anyhow::Result<()> {
    let Backup { mut file, dump, .. } = backup;
    file.seek(SeekFrom::Start(dump.start))?;
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .context("pg_restore cannot be started")?;
    let stdin = child.stdin.take();
    let feeding = std::thread::spawn(move || -> io::Result<()> {
        let Some(mut stdin) = stdin else { return Ok(()) };
        io::copy(&mut file.take(dump.end - dump.start), &mut stdin)?;
        stdin.flush()
    });
    let ended = child.wait_with_output()?;
    let fed = feeding.join();
    if !ended.status.success() {
        anyhow::bail!(
            "pg_restore failed, and the database is empty now: {}",
            tools::complaint(&ended.stderr)
        );
    }
    match fed {
        Ok(fed) => Ok(fed?),
        Err(_panicked) => anyhow::bail!("reading the backup failed"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_whole_backup_is_refused_before_anything_is_opened() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("backup");
        let refused = |bytes: &[u8]| {
            std::fs::write(&path, bytes).unwrap();
            let error = Backup::open(&path).unwrap_err();
            assert_eq!(crate::failure::code_of(&error), 2);
            error.to_string()
        };
        assert!(refused(b"").contains("is no backup"));
        assert!(refused(b"PGDMP").contains("is no backup"));
        assert!(refused(FORMAT.as_bytes()).contains("torn"));
        let wrong = format!("{FORMAT}{{}}\ndump{TRAILER}{}\n", "0".repeat(64));
        assert!(refused(wrong.as_bytes()).contains("torn"));
        assert!(
            Backup::open(&folder.path().join("absent"))
                .unwrap_err()
                .to_string()
                .contains("check the path")
        );
    }
}
