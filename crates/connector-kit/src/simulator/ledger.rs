//! The ledger: what a provider was asked, what it did, and what it answered.

use std::{
    collections::VecDeque,
    fs::{File, OpenOptions},
    io::{self, Read as _, Seek as _, Write as _},
    path::Path,
    sync::{Arc, Mutex, PoisonError},
};

use kernel::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Without a file, older lines are forgotten beyond this many.
const LINES_MAX: usize = 100_000;
/// Without a file, older lines are forgotten beyond this size.
const BYTES_MAX: usize = 128 * 1024 * 1024;

/// What a request changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LedgerEffect {
    Applied,
    /// It asked for what was done already.
    Deduplicated,
    None,
}

/// One request.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LedgerEntry {
    /// Counts from 1 within the ledger.
    pub number: u64,
    pub time: Timestamp,
    pub provider: String,
    pub method: String,
    pub path: String,
    pub key: Option<String>,
    pub effect: LedgerEffect,
    /// The status that was sent; null when no answer left.
    pub status: Option<u16>,
    /// The fault that this request met.
    pub fault: Option<String>,
    /// The body, without credentials.
    pub request: Value,
    /// The provider's answer, also when a fault kept it from arriving.
    pub answer: Value,
}

/// A list of requests that only grows.
///
/// Invariant: an answer leaves only after its line is kept, and with a file only after the line is
/// on the disk.
#[derive(Debug)]
pub struct Ledger(Arc<Mutex<Lines>>);

#[derive(Debug, Default)]
struct Lines {
    /// How many lines there have been, forgotten ones included.
    count: u64,
    bytes: usize,
    kept: VecDeque<Arc<str>>,
    file: Option<File>,
}

impl Ledger {
    pub fn in_memory() -> Self {
        Self(Arc::new(Mutex::new(Lines::default())))
    }

    /// A ledger that goes on where the file ends. A last line that was cut is removed: its answer
    /// never left.
    ///
    /// # Errors
    /// When the file cannot be opened, read or cut.
    pub fn open(path: &Path) -> io::Result<Self> {
        let mut file =
            OpenOptions::new().read(true).write(true).create(true).truncate(false).open(path)?;
        let mut text = Vec::new();
        file.read_to_end(&mut text)?;
        let whole = text.iter().rposition(|byte| *byte == b'\n').map_or(0, |end| end + 1);
        text.truncate(whole);
        file.set_len(u64::try_from(whole).unwrap_or(u64::MAX))?;
        file.seek(io::SeekFrom::End(0))?;
        let text = String::from_utf8(text)
            .map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error))?;
        let mut lines = Lines::default();
        for line in text.lines() {
            lines.keep(line.into());
        }
        lines.file = Some(file);
        Ok(Self(Arc::new(Mutex::new(lines))))
    }

    /// Adds a line, numbering it.
    ///
    /// # Errors
    /// When it cannot be written.
    pub(super) async fn append(&self, entry: LedgerEntry) -> io::Result<()> {
        let lines = Arc::clone(&self.0);
        let mut entry = entry;
        let mut write = move || {
            let mut lines = lines.lock().unwrap_or_else(PoisonError::into_inner);
            entry.number = lines.count + 1;
            let line = serde_json::to_string(&entry)?;
            if let Some(file) = &mut lines.file {
                file.write_all(format!("{line}\n").as_bytes())?;
                file.sync_data()?;
            }
            lines.keep(line.into());
            Ok(())
        };
        let on_disk = self.lock().file.is_some();
        if on_disk {
            tokio::task::spawn_blocking(write).await.map_err(io::Error::other)?
        } else {
            write()
        }
    }

    /// The lines after the first `after`, each one JSON object.
    pub fn lines(&self, after: u64) -> Vec<Arc<str>> {
        let lines = self.lock();
        let forgotten = lines.count - u64::try_from(lines.kept.len()).unwrap_or(u64::MAX);
        let skip = usize::try_from(after.saturating_sub(forgotten)).unwrap_or(usize::MAX);
        lines.kept.iter().skip(skip).cloned().collect()
    }

    /// The same, read.
    pub fn entries(&self) -> Vec<LedgerEntry> {
        self.lines(0).iter().filter_map(|line| serde_json::from_str(line).ok()).collect()
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Lines> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Lines {
    fn keep(&mut self, line: Arc<str>) {
        self.count += 1;
        self.bytes += line.len();
        self.kept.push_back(line);
        // With a file nothing is forgotten: whoever wants one wants all of it.
        while self.file.is_none() && (LINES_MAX < self.kept.len() || BYTES_MAX < self.bytes) {
            self.bytes -= self.kept.pop_front().map_or(0, |line| line.len());
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn entry(path: &str) -> LedgerEntry {
        LedgerEntry {
            number: 0,
            time: "2026-11-21T00:00:00Z".parse().unwrap(),
            provider: "p".to_owned(),
            method: "POST".to_owned(),
            path: path.to_owned(),
            key: None,
            effect: LedgerEffect::Applied,
            status: Some(200),
            fault: None,
            request: json!({"a": "line\nbreak"}),
            answer: json!(null),
        }
    }

    fn paths(ledger: &Ledger) -> Vec<(u64, String)> {
        ledger.entries().into_iter().map(|entry| (entry.number, entry.path)).collect()
    }

    #[tokio::test]
    async fn a_ledger_survives_reopening_and_loses_only_a_cut_line() {
        let folder = std::env::temp_dir().join(format!("ledger-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let path = folder.join("provider.jsonl");
        let ledger = Ledger::open(&path).unwrap();
        ledger.append(entry("/1")).await.unwrap();
        ledger.append(entry("/2")).await.unwrap();
        drop(ledger);

        let mut file = OpenOptions::new().append(true).open(&path).unwrap();
        file.write_all(b"{\"number\":3,\"path\":\"/cut").unwrap();
        let ledger = Ledger::open(&path).unwrap();
        assert_eq!(paths(&ledger), [(1, "/1".to_owned()), (2, "/2".to_owned())]);

        ledger.append(entry("/3")).await.unwrap();
        let reopened = Ledger::open(&path).unwrap();
        assert_eq!(paths(&reopened).last(), Some(&(3, "/3".to_owned())));
        assert_eq!(reopened.lines(2).len(), 1);
        assert_eq!(reopened.lines(3).len(), 0);
        std::fs::remove_dir_all(folder).unwrap();
    }

    #[tokio::test]
    async fn memory_is_bounded_and_numbers_go_on() {
        let ledger = Ledger::in_memory();
        for _ in 0..LINES_MAX + 5 {
            ledger.append(entry("/")).await.unwrap();
        }
        let lines = ledger.lines(0);
        assert_eq!(lines.len(), LINES_MAX);
        assert!(lines[0].starts_with("{\"number\":6,"));
        assert_eq!(ledger.lines(u64::try_from(LINES_MAX).unwrap() + 4).len(), 1);
    }
}
