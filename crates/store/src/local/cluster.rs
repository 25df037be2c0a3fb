//! The files of a cluster: created once, configured at each start.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Stdio,
};

use super::{
    Binaries, LocalError, OnProgress, Progress, Roots, account, account::Account, place,
    place::Place,
};

pub(super) const SUPERUSER: &str = "handoff";

/// Ours, rewritten at each start; an operator's own lines in `postgresql.conf` come after and win.
const CONFIGURATION: &str = "\
# Written at each start. To change a setting, write it below the line in postgresql.conf that
# includes this file.
max_connections = 100
shared_buffers = 128MB
autovacuum_naptime = 10s
synchronous_commit = on
wal_compression = on
jit = off
timezone = 'UTC'
log_timezone = 'UTC'
# A file for each day of the week, overwritten a week later.
logging_collector = on
log_directory = 'log'
log_filename = 'postgresql-%a.log'
log_rotation_age = 1d
log_rotation_size = 0
log_truncate_on_rotation = on
log_checkpoints = off
";

const INCLUDE: &str = "
# Handoff's settings; what is written below the next line overrides them.
include = 'handoff.conf'
";

/// What the product relies on: given on the command line, which beats every file.
pub(super) fn required_settings(place: &Place) -> Vec<(String, String)> {
    let socket = place.socket.display().to_string();
    [
        ("listen_addresses", ""),
        ("port", "5432"),
        ("unix_socket_directories", socket.as_str()),
        ("unix_socket_permissions", "0700"),
    ]
    .into_iter()
    .map(|(name, value)| (name.to_owned(), value.to_owned()))
    .collect()
}

/// Programs that the user of this place can run: those found, else a copy.
pub(super) fn readable_binaries(
    binaries: &Binaries,
    place: &Place,
    roots: &Roots,
    progress: OnProgress<'_>,
) -> Result<Binaries, LocalError> {
    let runs = |program: &Path| {
        let mut command = account::command(program, place.account);
        command.arg("--version").stdout(Stdio::null()).stderr(Stdio::null());
        command.status().is_ok_and(|status| status.success())
    };
    if place.account.is_none() || runs(&binaries.program("postgres")) {
        return Ok(binaries.clone());
    }
    let copy = roots.state.join("postgresql").join(binaries.major.to_string());
    let copied = Binaries { folder: copy.join("bin"), major: binaries.major };
    if !runs(&copied.program("postgres")) {
        progress(Progress::CopyingBinaries);
        copy_installation(&binaries.folder, &copy)?;
    }
    Ok(copied)
}

fn copy_installation(bin: &Path, copy: &Path) -> Result<(), LocalError> {
    let source = bin.parent().unwrap_or(bin);
    let incomplete = copy.with_extension("incomplete");
    for stale in [copy, &incomplete].into_iter().filter(|folder| folder.exists()) {
        fs::remove_dir_all(stale).map_err(LocalError::file("remove", stale))?;
    }
    let mut waiting = vec![PathBuf::new()];
    while let Some(relative) = waiting.pop() {
        let (from, to) = (source.join(&relative), incomplete.join(&relative));
        fs::create_dir_all(&to).map_err(LocalError::file("create", &to))?;
        let entries = fs::read_dir(&from).map_err(LocalError::file("list", &from))?;
        for entry in entries {
            let entry = entry.map_err(LocalError::file("list", &from))?;
            let kind = entry.file_type().map_err(LocalError::file("read", entry.path()))?;
            let is_top = relative.as_os_str().is_empty();
            if is_top && !place::is_installation_part(&entry.file_name()) {
                continue;
            }
            let target = to.join(entry.file_name());
            if kind.is_dir() {
                waiting.push(relative.join(entry.file_name()));
            } else if kind.is_symlink() {
                let points_at = fs::read_link(entry.path());
                points_at
                    .and_then(|points_at| std::os::unix::fs::symlink(points_at, &target))
                    .map_err(LocalError::file("copy", entry.path()))?;
            } else {
                fs::copy(entry.path(), &target).map_err(LocalError::file("copy", entry.path()))?;
            }
        }
    }
    fs::rename(&incomplete, copy).map_err(LocalError::file("move", &incomplete))
}

/// Creates the cluster if there is none, and writes its configuration.
pub(super) fn prepare(
    binaries: &Binaries,
    place: &Place,
    progress: OnProgress<'_>,
) -> Result<(), LocalError> {
    let version = place.cluster.join("PG_VERSION");
    if version.exists() {
        let found = fs::read_to_string(&version).map_err(LocalError::file("read", &version))?;
        if found.trim() != binaries.major.to_string() {
            let cluster = place.cluster.clone();
            let found = found.trim().to_owned();
            return Err(LocalError::OtherMajor { cluster, found, offered: binaries.major });
        }
    } else {
        progress(Progress::Initialising);
        initialise(binaries, place)?;
    }
    write_owned(&place.cluster.join("handoff.conf"), CONFIGURATION, place.account)
}

fn initialise(binaries: &Binaries, place: &Place) -> Result<(), LocalError> {
    // Under another name until it is complete, so that an interrupted start leaves no half cluster.
    let incomplete = place.cluster.with_extension("incomplete");
    if incomplete.exists() {
        fs::remove_dir_all(&incomplete).map_err(LocalError::file("remove", &incomplete))?;
    }
    let mut initdb = account::command(&binaries.program("initdb"), place.account);
    initdb
        .arg(format!("--pgdata={}", incomplete.display()))
        .arg(format!("--username={SUPERUSER}"))
        // Whoever can enter the socket's folder owns the files anyway.
        .args(["--auth-local=trust", "--auth-host=reject", "--data-checksums"])
        .args(["--encoding=UTF8", "--locale=C"]);
    let output = initdb.output().map_err(LocalError::file("run", binaries.program("initdb")))?;
    if !output.status.success() {
        let complaint = String::from_utf8_lossy(&output.stderr).trim().to_owned();
        return Err(LocalError::Program { program: "initdb", complaint });
    }
    let configuration = incomplete.join("postgresql.conf");
    let text =
        fs::read_to_string(&configuration).map_err(LocalError::file("read", &configuration))?;
    write_owned(&configuration, &format!("{text}{INCLUDE}"), place.account)?;
    fs::rename(&incomplete, &place.cluster).map_err(LocalError::file("create", &place.cluster))
}

fn write_owned(path: &Path, text: &str, account: Option<Account>) -> Result<(), LocalError> {
    fs::write(path, text).map_err(LocalError::file("write", path))?;
    account.map_or(Ok(()), |account| account.own(path))
}
