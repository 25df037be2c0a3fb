//! The private server on the real PostgreSQL of this machine.

use std::{
    io::{BufRead as _, BufReader},
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::atomic::{AtomicU32, Ordering},
    time::{Duration, Instant},
};

use kernel::SystemClock;
use rustix::process::{Pid, Signal, kill_process};
use sqlx::{ConnectOptions as _, PgConnection, postgres::PgConnectOptions};

use super::*;

/// A folder that the database's user can enter, removed at the end.
pub(crate) struct Scratch(PathBuf);

impl Scratch {
    pub(crate) fn new() -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let name = format!("handoff-test-{}-{number}", std::process::id());
        let folder = std::env::temp_dir().join(name);
        std::fs::create_dir(&folder).unwrap();
        std::fs::set_permissions(&folder, std::fs::Permissions::from_mode(0o755)).unwrap();
        Self(folder)
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }

    /// System folders of our own, so that tests leave nothing in the machine's.
    pub(super) fn roots(&self) -> Roots {
        roots_in(&self.0)
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        drop(std::fs::remove_dir_all(&self.0));
    }
}

fn roots_in(folder: &Path) -> Roots {
    let temporary = folder.join("tmp");
    std::fs::create_dir_all(&temporary).unwrap();
    Roots { state: folder.join("state"), run: folder.join("run"), temporary }
}

fn settings(folder: &Path, guard: Guard) -> Settings {
    let binaries = Binaries::find(&Search::usual(None)).unwrap();
    Settings { roots: roots_in(folder), ..Settings::new(binaries, guard) }
}

async fn owner(folder: &Path, guard: Guard) -> (LocalServer, DataLock) {
    owner_of(&folder.join("data"), &settings(folder, guard)).await
}

async fn owner_of(data: &Path, settings: &Settings) -> (LocalServer, DataLock) {
    match open(data, settings, &SystemClock, &|_| {}).await.unwrap() {
        Opened::Owner(server, lock) => (server, lock),
        Opened::Attached(info) => panic!("attached to {info:?}"),
    }
}

/// Connects again and again, as an application's pool does while the server is away.
async fn reconnect(options: &PgConnectOptions) -> PgConnection {
    let deadline = Instant::now() + Duration::from_secs(15);
    loop {
        match options.connect().await {
            Ok(connection) => return connection,
            Err(error) if deadline < Instant::now() => panic!("still away: {error}"),
            Err(_) => tokio::time::sleep(Duration::from_millis(20)).await,
        }
    }
}

async fn note(connection: &mut PgConnection, text: &str) {
    sqlx::raw_sql("create table if not exists note (text text)")
        .execute(&mut *connection)
        .await
        .unwrap();
    sqlx::query("insert into note values ($1)").bind(text).execute(connection).await.unwrap();
}

async fn notes(connection: &mut PgConnection) -> Vec<String> {
    sqlx::query_scalar("select text from note").fetch_all(connection).await.unwrap()
}

fn kill(process_id: u32) {
    let pid = Pid::from_raw(i32::try_from(process_id).unwrap()).unwrap();
    kill_process(pid, Signal::KILL).unwrap();
}

fn guard_of_this_binary() -> Guard {
    Guard::this_program(&["--exact", "local::tests::plays_the_guard", "--ignored", "--nocapture"])
}

#[tokio::test]
async fn a_data_directory_keeps_its_rows_over_a_restart() {
    let scratch = Scratch::new();
    let (server, lock) = owner(scratch.path(), Guard::Thread).await;
    let mut connection = server.connect_options().connect().await.unwrap();
    note(&mut connection, "kept").await;
    let checksums: String =
        sqlx::query_scalar("show data_checksums").fetch_one(&mut connection).await.unwrap();
    assert_eq!(checksums, "on");
    let user: String =
        sqlx::query_scalar("select current_user::text").fetch_one(&mut connection).await.unwrap();
    assert_eq!(user, "handoff");
    server.stop().await;
    drop(lock);

    let started = Instant::now();
    let (server, _lock) = owner(scratch.path(), Guard::Thread).await;
    assert!(started.elapsed() < Duration::from_secs(5), "{:?}", started.elapsed());
    assert_eq!(notes(&mut server.connect_options().connect().await.unwrap()).await, ["kept"]);
}

#[tokio::test]
async fn a_second_program_attaches_to_the_first() {
    let scratch = Scratch::new();
    let (server, lock) = owner(scratch.path(), Guard::Thread).await;
    let mut info = ServerInfo {
        pid: std::process::id(),
        address: Some("http://127.0.0.1:8080".to_owned()),
        socket_dir: server.socket_dir().to_owned(),
        allowed_private_hosts: vec!["10.0.0.7:8090".to_owned()],
        started_at: kernel::Clock::now(&SystemClock),
    };
    lock.announce(&info).unwrap();
    let settings = settings(scratch.path(), Guard::Thread);
    let data = scratch.path().join("data");
    let opened = open(&data, &settings, &SystemClock, &|_| {}).await.unwrap();
    let Opened::Attached(found) = opened else { panic!("two owners") };
    assert_eq!(found, info);
    note(&mut found.connect_options().connect().await.unwrap(), "through the other").await;

    // Another data directory that leads to the same files must not start a second server on them.
    let copy = scratch.path().join("copy");
    std::fs::create_dir(&copy).unwrap();
    if rustix::process::geteuid().is_root() {
        std::os::unix::fs::symlink(server.cluster(), copy.join("postgres")).unwrap();
        let refused = open(&copy, &settings, &SystemClock, &|_| {}).await.unwrap_err();
        assert!(matches!(refused, LocalError::ClusterInUse(_)), "{refused}");
    }
    info.address = None;
    drop((server, lock));
    assert!(!data.join("server.json").exists());
}

#[tokio::test]
async fn the_server_comes_back_when_its_postmaster_or_its_guard_is_killed() {
    let scratch = Scratch::new();
    let (server, _lock) = owner(scratch.path(), guard_of_this_binary()).await;
    let options = server.connect_options();
    note(&mut options.connect().await.unwrap(), "acknowledged").await;

    let before = server.process_id().unwrap();
    kill(before);
    let mut connection = reconnect(&options).await;
    assert_eq!(notes(&mut connection).await, ["acknowledged"]);
    let after = server.process_id().unwrap();
    assert_ne!(after, before);

    kill(parent_of(after));
    let deadline = Instant::now() + Duration::from_secs(15);
    while server.process_id().is_none_or(|now| now == after) {
        assert!(Instant::now() < deadline, "no new server");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert_eq!(notes(&mut reconnect(&options).await).await, ["acknowledged"]);
    let last = server.process_id().unwrap();
    server.stop().await;
    assert!(!Path::new(&format!("/proc/{last}")).exists(), "the server outlived its stop");
}

fn parent_of(process_id: u32) -> u32 {
    let stat = std::fs::read_to_string(format!("/proc/{process_id}/stat")).unwrap();
    let after_name = stat.rsplit_once(") ").unwrap().1;
    after_name.split(' ').nth(1).unwrap().parse().unwrap()
}

#[tokio::test]
async fn a_killed_owner_takes_its_server_with_it_and_the_next_one_recovers() {
    let scratch = Scratch::new();
    let mut program = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "local::tests::plays_the_owner", "--ignored", "--nocapture"])
        .env("HANDOFF_TEST_FOLDER", scratch.path())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(program.stdout.take().unwrap()).lines();
    let server: u32 = lines
        .find_map(|line| line.unwrap().rsplit_once("ready ").map(|(_, pid)| pid.parse().unwrap()))
        .unwrap();
    program.kill().unwrap();
    program.wait().unwrap();

    // At once: the old server may still be shutting down.
    let (second, _lock) = owner(scratch.path(), Guard::Thread).await;
    assert!(!Path::new(&format!("/proc/{server}")).exists(), "the orphan still runs");
    assert_eq!(
        notes(&mut second.connect_options().connect().await.unwrap()).await,
        ["before the kill"]
    );
}

#[tokio::test]
async fn a_server_left_behind_by_a_kill_of_everything_else_is_ended_first() {
    let scratch = Scratch::new();
    let (server, lock) = owner(scratch.path(), guard_of_this_binary()).await;
    note(&mut server.connect_options().connect().await.unwrap(), "kept").await;
    let orphan = server.process_id().unwrap();
    // As if we were killed: the guard dies first, so it cannot end the server.
    let guard = parent_of(orphan);
    let stopping = tokio::task::spawn_blocking(move || {
        kill(guard);
        drop(server);
    });
    stopping.await.unwrap();
    drop(lock);
    let (second, _lock) = owner(scratch.path(), Guard::Thread).await;
    assert_ne!(second.process_id().unwrap(), orphan);
    assert_eq!(notes(&mut second.connect_options().connect().await.unwrap()).await, ["kept"]);
}

#[tokio::test]
async fn a_long_data_path_and_an_interrupted_first_start_are_no_obstacles() {
    let scratch = Scratch::new();
    let data = scratch.path().join("d".repeat(120));
    let settings = settings(scratch.path(), Guard::Thread);
    let (server, lock) = owner_of(&data, &settings).await;
    let cluster = server.cluster().to_owned();
    server.stop().await;
    drop(lock);
    // What a kill in the middle of the first start leaves.
    let link = data.join("postgres");
    std::fs::rename(&cluster, cluster.with_extension("incomplete")).unwrap();
    if link.is_symlink() {
        std::fs::remove_file(&link).unwrap();
    }
    let (server, _lock) = owner_of(&data, &settings).await;
    assert!(server.socket_dir().as_os_str().len() < 94, "{}", server.socket_dir().display());
    server.connect_options().connect().await.unwrap();
}

#[tokio::test]
async fn a_cluster_that_is_gone_is_not_replaced_by_an_empty_one() {
    if !rustix::process::geteuid().is_root() {
        return;
    }
    let scratch = Scratch::new();
    let data = scratch.path().join("data");
    std::fs::create_dir(&data).unwrap();
    std::os::unix::fs::symlink(scratch.path().join("gone"), data.join("postgres")).unwrap();
    let settings = settings(scratch.path(), Guard::Thread);
    let error = open(&data, &settings, &SystemClock, &|_| {}).await.unwrap_err();
    assert!(matches!(error, LocalError::Lost { .. }), "{error}");
}

#[tokio::test]
async fn a_server_that_cannot_start_says_why() {
    let scratch = Scratch::new();
    let (server, lock) = owner(scratch.path(), Guard::Thread).await;
    let version = server.cluster().join("PG_VERSION");
    server.stop().await;
    drop(lock);
    std::fs::write(version, "9\n").unwrap();
    let settings = settings(scratch.path(), Guard::Thread);
    let data = scratch.path().join("data");
    let error = open(&data, &settings, &SystemClock, &|_| {}).await.unwrap_err();
    assert!(matches!(error, LocalError::OtherMajor { .. }), "{error}");
}

#[test]
#[ignore = "a role in other tests: the process that guards their server"]
fn plays_the_guard() {
    guard_main();
    // Before the test harness writes to an output that nobody reads.
    std::process::exit(0);
}

#[tokio::test]
#[ignore = "a role in other tests: the program that is killed"]
async fn plays_the_owner() {
    let folder = PathBuf::from(std::env::var_os("HANDOFF_TEST_FOLDER").unwrap());
    let (server, _lock) = owner(&folder, guard_of_this_binary()).await;
    note(&mut server.connect_options().connect().await.unwrap(), "before the kill").await;
    println!("ready {}", server.process_id().unwrap());
    std::future::pending::<()>().await;
}
