//! Backups: everything the database holds in one file, made while the program serves, and put back elsewhere.
//!
//! A file is a line that names the format, a line of JSON (the [`Manifest`]), what `pg_dump` wrote, and the
//! SHA-256 of all that. So it can be a stream, and a torn one is known before anything is changed.
//!
//! Invariant: a restored database cannot be started on before its calls were marked as interrupted: what was
//! under way may have been done since, and is treated as after a crash.

mod restore;
mod server;
mod tools;
mod write;

use kernel::Timestamp;
pub use restore::{Backup, RestoreOptions, Restored, restore};
use serde::{Deserialize, Serialize};
pub use server::Server;
use store::migrate::Applied;
pub use write::{BackupOptions, write};

/// The first line.
const FORMAT: &str = "handoff-backup 1\n";
/// What comes before the digest in the last line.
const TRAILER: &str = "\nsha256 ";
/// How long the last line is: its head, 64 hexadecimal digits, a line feed.
const TRAILER_LENGTH: u64 = 8 + 64 + 1;
/// The longest second line that is read.
const MANIFEST_MAX: u64 = 1024 * 1024;
const CHUNK: usize = 256 * 1024;

/// What a backup is, readable without PostgreSQL.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    /// The release that made it.
    pub version: String,
    pub created_at: Timestamp,
    /// The first number of the server's release, and of `pg_dump`'s.
    pub postgres: u32,
    pub pg_dump: u32,
    pub migrations: Vec<Migrated>,
    pub schemas: Vec<String>,
    pub tenants: i64,
    /// The position of the last event.
    pub position: i64,
    /// Runs that had not ended.
    pub runs_under_way: i64,
    /// The ids of the keys that the secrets in it are sealed with.
    pub key_ids: Vec<String>,
    /// The keys themselves, only if they were asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub keys: Option<String>,
}

/// One applied migration.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Migrated {
    pub version: i32,
    pub name: String,
    pub checksum: String,
    pub applied_at: Timestamp,
}

impl From<Applied> for Migrated {
    fn from(past: Applied) -> Self {
        let Applied { version, name, checksum, applied_at } = past;
        Self { version, name, checksum: hex::encode(checksum), applied_at }
    }
}

impl Migrated {
    fn applied(&self) -> Applied {
        Applied {
            version: self.version,
            name: self.name.clone(),
            // What is no hexadecimal equals no checksum of ours, and is refused as changed.
            checksum: hex::decode(&self.checksum).unwrap_or_default(),
            applied_at: self.applied_at,
        }
    }
}

impl Manifest {
    fn history(&self) -> Vec<Applied> {
        self.migrations.iter().map(Migrated::applied).collect()
    }

    /// What a person or a program is told of a backup: everything but the keys.
    pub fn summary(&self) -> serde_json::Value {
        let mut shown = serde_json::json!(Self { keys: None, ..self.clone() });
        shown["holds_keys"] = self.keys.is_some().into();
        shown
    }
}
