//! A database for one test: on the server that the environment names, else on a server of its own.

use std::{
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
    str::FromStr as _,
    sync::atomic::{AtomicU32, Ordering},
};

use kernel::SystemClock;
use sqlx::{AssertSqlSafe, ConnectOptions as _, Connection as _, PgConnection};
use store::{
    PgConnectOptions,
    local::{self, Binaries, DataLock, Guard, LocalServer, Roots, Search, Settings},
};

/// A superuser's URL of a server on which each test makes, and drops, a database of its own.
const SERVER_VARIABLE: &str = "HANDOFF_TEST_DATABASE";

/// An empty database. It goes when this is dropped, or with [`Database::remove`] on a shared server.
#[derive(Debug)]
pub struct Database {
    pub options: PgConnectOptions,
    // Before the folder: fields are dropped in this order.
    private: Option<(LocalServer, DataLock)>,
    shared: Option<(PgConnectOptions, String)>,
    scratch: Scratch,
}

impl Database {
    pub async fn create() -> Self {
        let Some(url) = std::env::var_os(SERVER_VARIABLE) else { return Self::private().await };
        let scratch = Scratch::new();
        let server = PgConnectOptions::from_str(url.to_str().unwrap()).unwrap();
        let name = format!("handoff_it_{}", scratch.name());
        run(&server, &format!("create database {name}")).await;
        let options = server.clone().database(&name);
        Self { options, private: None, shared: Some((server, name)), scratch }
    }

    /// On a server of its own, for tests that stop it.
    pub async fn private() -> Self {
        let scratch = Scratch::new();
        let settings = Settings {
            roots: scratch.roots(),
            // Nothing here outlives the machine's next crash.
            overrides: vec![("fsync".to_owned(), "off".to_owned())],
            ..Settings::new(Binaries::find(&Search::usual(None)).unwrap(), Guard::Thread)
        };
        let data = scratch.data();
        let (server, lock) =
            match local::open(&data, &settings, &SystemClock, &|_| {}).await.unwrap() {
                local::Opened::Owner(server, lock) => (server, lock),
                local::Opened::Attached(info) => panic!("a fresh folder is in use: {info:?}"),
            };
        let options = server.connect_options();
        Self { options, private: Some((server, lock)), shared: None, scratch }
    }

    /// A folder for whatever else the program keeps.
    pub fn data(&self) -> PathBuf {
        self.scratch.data()
    }

    /// The superuser's connection, whom no row security binds.
    pub async fn superuser(&self) -> PgConnection {
        self.options.connect().await.unwrap()
    }

    /// Ends the private server, or drops the database on the shared one.
    pub async fn remove(self) {
        if let Some((server, lock)) = self.private {
            server.stop().await;
            drop(lock);
        }
        if let Some((server, name)) = self.shared {
            run(&server, &format!("drop database {name} with (force)")).await;
        }
    }
}

async fn run(server: &PgConnectOptions, statement: &str) {
    let mut connection = server.connect().await.unwrap();
    sqlx::raw_sql(AssertSqlSafe(statement)).execute(&mut connection).await.unwrap();
    connection.close().await.unwrap();
}

/// A folder that the database's user can enter, removed at the end.
#[derive(Debug)]
struct Scratch(PathBuf);

impl Scratch {
    fn new() -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let folder =
            std::env::temp_dir().join(format!("handoff-it-{}-{number}", std::process::id()));
        std::fs::create_dir(&folder).unwrap();
        std::fs::set_permissions(&folder, std::fs::Permissions::from_mode(0o755)).unwrap();
        std::fs::create_dir(folder.join("data")).unwrap();
        Self(folder)
    }

    fn name(&self) -> String {
        let name = self.0.file_name().unwrap().to_string_lossy();
        name.trim_start_matches("handoff-it-").replace('-', "_")
    }

    fn data(&self) -> PathBuf {
        self.0.join("data")
    }

    /// System folders of our own, so that tests leave nothing in the machine's.
    fn roots(&self) -> Roots {
        let under = |name: &str| -> PathBuf { Path::new(&self.0).join(name) };
        std::fs::create_dir_all(under("tmp")).unwrap();
        Roots { state: under("state"), run: under("run"), temporary: under("tmp") }
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        drop(std::fs::remove_dir_all(&self.0));
    }
}
