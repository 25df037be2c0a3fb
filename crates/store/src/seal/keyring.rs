//! The keys that seal: from the environment, or from a file beside the data.

use std::{
    fs::{self, File},
    io::{self, Write as _},
    os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _, PermissionsExt as _},
    path::{Path, PathBuf},
};

use base64::{Engine as _, prelude::BASE64_STANDARD};
use hmac::{Hmac, KeyInit as _, Mac as _};
use kernel::{Random, Secret};
use sha2::Sha256;
use zeroize::Zeroizing;

use super::KEY_ID_MAX;

const KEY_LENGTH: usize = 32;
const FIRST_KEY_ID: &str = "k1";
/// The mode of the folder of a new key file.
const PRIVATE_FOLDER: u32 = 0o700;
/// The group's and the others' permissions.
const NOT_PRIVATE: u32 = 0o077;

/// The first key seals; all of them open. To rotate, put a new one in front.
#[derive(Debug)]
pub struct Keyring {
    first: Key,
    others: Vec<Key>,
}

pub(super) struct Key {
    pub(super) id: String,
    pub(super) bytes: Zeroizing<[u8; KEY_LENGTH]>,
}

impl std::fmt::Debug for Key {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Key({})", self.id)
    }
}

/// Why there is no keyring.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    #[error(
        "there is no key; write one as `k1:` and the base64 of 32 random bytes (`openssl rand -base64 32`)"
    )]
    Empty,
    #[error(
        "key number {number} is not of the form `id:base64`: an id of at most {KEY_ID_MAX} letters, digits, `-` or `_`, and the base64 of {KEY_LENGTH} bytes (`openssl rand -base64 {KEY_LENGTH}`)"
    )]
    Malformed { number: usize },
    #[error("two keys are called `{0}`; give the newer one another id")]
    Duplicate(String),
    #[error("the key file {} can be read by other users; run `chmod 600` on it", .0.display())]
    NotPrivate(PathBuf),
    #[error("cannot {what} the key file {}", path.display())]
    File {
        what: &'static str,
        path: PathBuf,
        #[source]
        source: io::Error,
    },
}

impl Keyring {
    /// Reads `k2:base64,k1:base64`; line breaks separate as commas do, and `#` begins a comment line.
    pub fn parse(text: &Secret) -> Result<Self, KeyError> {
        let entries = text
            .expose()
            .lines()
            .filter(|line| !line.trim_start().starts_with('#'))
            .flat_map(|line| line.split(','))
            .map(str::trim)
            .filter(|entry| !entry.is_empty());
        let mut keys: Vec<Key> = Vec::new();
        for (index, entry) in entries.enumerate() {
            let key = Key::parse(entry).ok_or(KeyError::Malformed { number: index + 1 })?;
            if keys.iter().any(|known| known.id == key.id) {
                return Err(KeyError::Duplicate(key.id));
            }
            keys.push(key);
        }
        let mut keys = keys.into_iter();
        let first = keys.next().ok_or(KeyError::Empty)?;
        Ok(Self { first, others: keys.collect() })
    }

    /// The keys of this file, which is created with a random one where there is none.
    pub fn from_file(path: &Path, random: &dyn Random) -> Result<Self, KeyError> {
        let failed = |what| move |source| KeyError::File { what, path: path.to_owned(), source };
        if !path.exists() {
            create(path, random).map_err(failed("create"))?;
        }
        let mode = fs::metadata(path).map_err(failed("read"))?.permissions().mode();
        if mode & NOT_PRIVATE != 0 {
            return Err(KeyError::NotPrivate(path.to_owned()));
        }
        let text = fs::read_to_string(path).map(Secret::new).map_err(failed("read"))?;
        Self::parse(&text)
    }

    /// The ids, the sealing one first.
    pub fn ids(&self) -> impl Iterator<Item = &str> {
        std::iter::once(&self.first).chain(&self.others).map(|key| key.id.as_str())
    }

    /// One key for another purpose from each of these, in their order. It tells nothing about its origin.
    pub fn derive<'a>(
        &'a self,
        purpose: &'a str,
    ) -> impl Iterator<Item = Zeroizing<[u8; KEY_LENGTH]>> + 'a {
        std::iter::once(&self.first).chain(&self.others).filter_map(move |key| {
            let mut mac = Hmac::<Sha256>::new_from_slice(&*key.bytes).ok()?;
            mac.update(purpose.as_bytes());
            Some(Zeroizing::new(mac.finalize().into_bytes().into()))
        })
    }

    pub(super) fn first(&self) -> &Key {
        &self.first
    }

    pub(super) fn key(&self, id: &str) -> Option<&Key> {
        std::iter::once(&self.first).chain(&self.others).find(|key| key.id == id)
    }
}

impl Key {
    fn parse(entry: &str) -> Option<Self> {
        let (id, text) = entry.split_once(':')?;
        let decoded = Zeroizing::new(BASE64_STANDARD.decode(text.trim()).ok()?);
        let bytes = Zeroizing::new(<[u8; KEY_LENGTH]>::try_from(decoded.as_slice()).ok()?);
        is_key_id(id).then(|| Self { id: id.to_owned(), bytes })
    }
}

pub(super) fn is_key_id(id: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    (1..=KEY_ID_MAX).contains(&id.len()) && id.bytes().all(allowed)
}

/// Writes a new key file, whole or not at all. Where another program was faster, its file stays.
fn create(path: &Path, random: &dyn Random) -> io::Result<()> {
    if let Some(folder) = path.parent() {
        fs::DirBuilder::new().recursive(true).mode(PRIVATE_FOLDER).create(folder)?;
    }
    let mut bytes = Zeroizing::new([0_u8; KEY_LENGTH]);
    random.fill(&mut *bytes);
    let key = Zeroizing::new(BASE64_STANDARD.encode(*bytes));
    let incomplete = path.with_extension(format!("incomplete-{}", std::process::id()));
    let mut file =
        File::options().write(true).create(true).truncate(true).mode(0o600).open(&incomplete)?;
    writeln!(
        file,
        "# Opens every stored credential: keep a copy apart from the database's backups."
    )?;
    writeln!(file, "# To rotate, write a new key above the old one, with a new id.")?;
    writeln!(file, "{FIRST_KEY_ID}:{}", key.as_str())?;
    file.sync_all()?;
    // Unlike a rename, a link never replaces: secrets may be sealed with the other file's key.
    let linked = fs::hard_link(&incomplete, path);
    fs::remove_file(&incomplete)?;
    match linked {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => Err(error),
        _ => Ok(()),
    }
}
