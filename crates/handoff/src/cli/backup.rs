//! Backups: one file, made while the server runs, and put back elsewhere.

use std::{
    fs::{File, OpenOptions},
    io::{self, BufWriter, Write},
    os::unix::fs::OpenOptionsExt as _,
    path::{Path, PathBuf},
};

use clap::Args;
use serde_json::json;
use store::{local::Search, seal::Keyring};

use super::{output, place::Place};
use crate::{
    backup::{self, Backup, BackupOptions, Manifest, RestoreOptions, Server},
    config::Config,
    database::{self, Opened},
    failure::Failure,
    keys, serve,
};

/// Readable by its owner only: it holds what clients wrote.
const PRIVATE: u32 = 0o600;

#[derive(Debug, Args)]
pub(crate) struct BackupCommand {
    /// The file to write; - for standard output.
    #[arg(value_name = "FILE")]
    file: PathBuf,
    #[command(flatten)]
    place: Place,
    /// Also put in the keys that open stored credentials; keep such a file as you keep the keys.
    #[arg(long)]
    with_keys: bool,
    /// Print one JSON object; on standard error where the backup is on standard output.
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct RestoreCommand {
    /// The file that `handoff backup` wrote.
    #[arg(value_name = "FILE")]
    file: PathBuf,
    #[command(flatten)]
    place: Place,
    /// Remove what the database holds.
    #[arg(long)]
    force: bool,
    /// Print one JSON object.
    #[arg(long)]
    json: bool,
}

pub(crate) async fn backup(command: BackupCommand) -> anyhow::Result<()> {
    let BackupCommand { file, place, with_keys, json } = command;
    let config = place.existing()?;
    let keys = if with_keys { Some(keys_text(&config)?) } else { None };
    let opened = database::open(&config).await?;
    let written = write(&config, &opened, &file, keys).await;
    opened.close().await;
    let (manifest, bytes) = written?;
    let is_stream = file == Path::new("-");
    let mut shown = manifest.summary();
    shown["bytes"] = bytes.into();
    let sentence = sentence(&manifest, bytes);
    match (is_stream, json) {
        (true, true) => output::note(&shown.to_string()),
        (true, false) => output::note(&sentence),
        (false, _) => output::say(&shown, json, &sentence),
    }
    Ok(())
}

fn sentence(manifest: &Manifest, bytes: u64) -> String {
    let keys = match (&manifest.keys, manifest.key_ids.as_slice()) {
        (Some(_), _) => "The keys are in it.".to_owned(),
        (None, []) => "No secret in it needs a key.".to_owned(),
        (None, ids) => format!("Keep its keys elsewhere: {}.", ids.join(", ")),
    };
    format!(
        "Backed up {} tenants up to event {}, with {} runs under way ({bytes} bytes). {keys}",
        manifest.tenants, manifest.position, manifest.runs_under_way
    )
}

async fn write(
    config: &Config,
    opened: &Opened,
    file: &Path,
    keys: Option<String>,
) -> anyhow::Result<(Manifest, u64)> {
    let server = Server::new(opened.options.clone(), config.database_url.as_ref());
    let search = Search::usual(config.postgres_bin.clone());
    let options = BackupOptions { server: &server, search, keys };
    if file == Path::new("-") {
        return backup::write(options, BufWriter::new(io::stdout())).await;
    }
    if file.exists() {
        return Err(Failure::Usage(format!(
            "{} is there already; name another file, or remove it",
            file.display()
        ))
        .into());
    }
    // Under its name there is only ever a whole backup.
    let mut partial = file.as_os_str().to_owned();
    partial.push(".partial");
    let partial = PathBuf::from(partial);
    let mut private = OpenOptions::new();
    private.write(true).create(true).truncate(true).mode(PRIVATE);
    let target = private.open(&partial).map_err(|error| {
        Failure::Usage(format!("{} cannot be written ({error})", partial.display()))
    })?;
    let on_disk = target.try_clone()?;
    let written = backup::write(options, BufWriter::new(target)).await;
    match written.and_then(|done| keep(&on_disk, &partial, file).map(|()| done)) {
        Ok(done) => Ok(done),
        Err(error) => {
            drop(std::fs::remove_file(&partial));
            Err(error)
        }
    }
}

fn keep(on_disk: &File, partial: &Path, file: &Path) -> anyhow::Result<()> {
    on_disk.sync_all()?;
    std::fs::rename(partial, file)?;
    Ok(())
}

fn keys_text(config: &Config) -> anyhow::Result<String> {
    if let Some(keys) = &config.keys {
        return Ok(keys.expose().to_owned());
    }
    let path = config.key_file();
    std::fs::read_to_string(&path).map_err(|error| {
        Failure::Usage(format!(
            "the key file {} cannot be read ({error}); set HANDOFF_KEYS, or leave --with-keys out",
            path.display()
        ))
        .into()
    })
}

pub(crate) async fn restore(command: RestoreCommand) -> anyhow::Result<()> {
    let RestoreCommand { file, place, force, json } = command;
    let config = place.config()?;
    let whole = Backup::open(&file)?;
    let opened = database::open(&config).await?;
    let restored = put_back(&config, &opened, whole, force).await;
    let tried = match &restored {
        Ok(restored) => keys_after(&config, &opened, &restored.manifest).await,
        Err(_) => Ok(Keys::default()),
    };
    opened.close().await;
    let (restored, Keys { missing, others }) = (restored?, tried?);
    let mut shown = restored.manifest.summary();
    shown["calls_interrupted"] = restored.calls_interrupted.into();
    shown["keys_missing"] = json!(missing);
    let mut sentence = format!(
        "Restored {} tenants up to event {}. {} calls that were due or under way are treated as interrupted.",
        restored.manifest.tenants, restored.manifest.position, restored.calls_interrupted
    );
    if 0 < restored.manifest.runs_under_way {
        let runs = restored.manifest.runs_under_way.to_string();
        for part in [
            "\n",
            &runs,
            " runs were under way: if the program went on after the backup, look at what it did since (see the runbook).",
        ] {
            sentence.push_str(part);
        }
    }
    output::say(&shown, json, &sentence);
    if !missing.is_empty() {
        output::note(&format!(
            "Before the start, put the keys {} into {} or HANDOFF_KEYS: without them the stored credentials stay closed.",
            missing.join(", "),
            config.key_file().display()
        ));
    }
    if let Some(others) = others {
        output::note(&format!("Before the start, mend the keys: {others}."));
    }
    Ok(())
}

/// What is wrong with the keys of a restored installation.
#[derive(Default)]
struct Keys {
    missing: Vec<String>,
    others: Option<String>,
}

async fn keys_after(config: &Config, opened: &Opened, manifest: &Manifest) -> anyhow::Result<Keys> {
    let missing = take_keys(config, manifest)?;
    if !missing.is_empty() {
        return Ok(Keys { missing, others: None });
    }
    let app = serve::library(config, opened).await?;
    let opening = keys::try_keys(&app).await?;
    let others = opening.has_other_keys().then(|| keys::other_keys(&opening, config));
    Ok(Keys { missing, others })
}

async fn put_back(
    config: &Config,
    opened: &Opened,
    whole: Backup,
    force: bool,
) -> anyhow::Result<backup::Restored> {
    if let Some(server) = &opened.attached {
        return Err(Failure::Usage(format!(
            "a server runs on {} (process {}); stop it first",
            config.data.display(),
            server.pid
        ))
        .into());
    }
    let server = Server::new(opened.options.clone(), config.database_url.as_ref());
    let search = Search::usual(config.postgres_bin.clone());
    backup::restore(whole, RestoreOptions { server: &server, search, force }).await
}

/// Writes the backup's keys where there are none, and names those that are missing.
fn take_keys(config: &Config, manifest: &Manifest) -> anyhow::Result<Vec<String>> {
    let path = config.key_file();
    if let (None, Some(keys), false) = (&config.keys, &manifest.keys, path.exists()) {
        std::fs::create_dir_all(&config.data)?;
        let created = OpenOptions::new().write(true).create_new(true).mode(PRIVATE).open(&path);
        created?.write_all(keys.as_bytes())?;
    }
    let text = keys_text(config).ok().map(kernel::Secret::new);
    let keyring = text.and_then(|text| Keyring::parse(&text).ok());
    let known: Vec<&str> = keyring.iter().flat_map(Keyring::ids).collect();
    Ok(manifest.key_ids.iter().filter(|id| !known.contains(&id.as_str())).cloned().collect())
}
