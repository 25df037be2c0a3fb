//! `cargo xtask sqlx`: the descriptions of the checked queries that builds without a database use.

use std::{
    collections::BTreeMap,
    fs::FileTimes,
    path::{Path, PathBuf},
    process::Command,
    time::{Instant, SystemTime},
};

use anyhow::{Context as _, bail};

use crate::{
    postgres::{self, cluster::Cluster},
    workspace,
};

/// Refresh `.sqlx` from a database built from `migrations/`.
#[derive(clap::Args)]
pub struct Arguments {
    /// Change nothing: fail when `.sqlx` is not what the code and the migrations give.
    #[arg(long)]
    check: bool,
    /// Only these crates; the descriptions of the others stay as they are.
    #[arg(long, short, conflicts_with = "check")]
    package: Vec<String>,
}

pub fn run(arguments: &Arguments) -> anyhow::Result<()> {
    let mut build = workspace::cargo();
    build.args(["check", "--all-targets", "--keep-going"]);
    if arguments.package.is_empty() {
        build.args(workspace::everything()?);
    } else {
        build.args(arguments.package.iter().map(|name| format!("--package={name}")));
    }
    if arguments.check {
        check(&mut build)
    } else {
        refresh(&mut build, arguments.package.is_empty())
    }
}

/// Runs a build with live queries and puts their descriptions in `.sqlx`.
///
/// Where the build fails, what it described so far is kept: the other crates can then go on.
fn refresh(build: &mut Command, is_complete: bool) -> anyhow::Result<()> {
    let (fresh, built) = describe(build)?;
    let committed = workspace::root().join(".sqlx");
    std::fs::create_dir_all(&committed)?;
    let before = read(&committed)?;
    let stale = before.keys().filter(|name| !fresh.contains_key(*name));
    for name in stale.filter(|_| is_complete && built.is_ok()) {
        std::fs::remove_file(committed.join(name))?;
    }
    for (name, text) in fresh.iter().filter(|(name, text)| before.get(*name) != Some(text)) {
        std::fs::write(committed.join(name), text)?;
    }
    println!("{} queries described in .sqlx", fresh.len());
    built
}

/// Runs a build with live queries and compares their descriptions with `.sqlx`.
pub fn check(build: &mut Command) -> anyhow::Result<()> {
    let (fresh, built) = describe(build)?;
    built?;
    let committed = read(&workspace::root().join(".sqlx"))?;
    let differing = differences(&committed, &fresh);
    if !differing.is_empty() {
        bail!(".sqlx is out of date, run `cargo xtask sqlx`:\n{}", differing.join("\n"));
    }
    println!("{} queries, .sqlx is up to date", fresh.len());
    Ok(())
}

type Descriptions = BTreeMap<String, String>;

fn differences(committed: &Descriptions, fresh: &Descriptions) -> Vec<String> {
    let missing = fresh.iter().filter(|(name, _)| !committed.contains_key(*name));
    let stale = committed.iter().filter(|(name, _)| !fresh.contains_key(*name));
    let changed = fresh
        .iter()
        .filter(|(name, text)| committed.get(*name).is_some_and(|before| before != *text));
    let line = |word: &'static str| {
        move |(_, text): (&String, &String)| format!("  {word}: {}", query_of(text))
    };
    missing
        .map(line("missing"))
        .chain(stale.map(line("stale")))
        .chain(changed.map(line("changed")))
        .collect()
}

/// The first words of the described query, on one line.
fn query_of(description: &str) -> String {
    let parsed: serde_json::Value = serde_json::from_str(description).unwrap_or_default();
    let query = parsed["query"].as_str().unwrap_or("(unreadable)");
    let words: Vec<&str> = query.split_whitespace().take(12).collect();
    words.join(" ")
}

/// What the macros described, and whether the whole build succeeded.
fn describe(build: &mut Command) -> anyhow::Result<(Descriptions, anyhow::Result<()>)> {
    let started = Instant::now();
    let cluster = Cluster::temporary(postgres::ensure()?)?;
    postgres::recreate_database(&cluster)?;
    eprintln!("database ready in {:.1} s", started.elapsed().as_secs_f32());
    let _touched = Touched::crates_with_queries()?;
    let folder = Scratch::new()?;
    build
        .env("DATABASE_URL", cluster.url())
        .env("SQLX_OFFLINE", "false")
        .env("SQLX_OFFLINE_DIR", &folder.0);
    let built = workspace::run(build);
    Ok((read(&folder.0)?, built))
}

/// Sources that look changed until this is dropped.
///
/// Cargo does not know that a query depends on the environment, and would reuse the last build. The
/// times are put back so that other builds, which read `.sqlx`, do not start over.
struct Touched(Vec<(PathBuf, SystemTime, SystemTime)>);

impl Touched {
    fn crates_with_queries() -> anyhow::Result<Self> {
        let mut touched = Self(Vec::new());
        for package in workspace::packages()?.iter().filter(|package| package.name != "xtask") {
            if has_queries(&package.folder.join("src"))? {
                let entrances = ["src/lib.rs", "src/main.rs"].map(|file| package.folder.join(file));
                for entrance in entrances.into_iter().filter(|path| path.exists()) {
                    touched.touch(entrance)?;
                }
            }
        }
        Ok(touched)
    }

    fn touch(&mut self, path: PathBuf) -> anyhow::Result<()> {
        let before = modified(&path)?;
        #[expect(
            clippy::disallowed_methods,
            reason = "cargo compares with the file system's time"
        )]
        set_modified(&path, SystemTime::now())?;
        // Read again: the file system may keep less of a time than we gave it.
        let now = modified(&path)?;
        self.0.push((path, before, now));
        Ok(())
    }
}

impl Drop for Touched {
    fn drop(&mut self) {
        for (path, before, touched) in &self.0 {
            // A file that was edited meanwhile keeps its new time.
            let unedited = modified(path).is_ok_and(|now| now == *touched);
            if unedited && let Err(error) = set_modified(path, *before) {
                eprintln!("{error:#}");
            }
        }
    }
}

fn has_queries(folder: &Path) -> anyhow::Result<bool> {
    let macros = ["query!", "query_as!", "query_scalar!", "query_file"];
    let sources = workspace::files_below(folder)?;
    Ok(sources.iter().any(|path| {
        std::fs::read_to_string(path)
            .is_ok_and(|text| macros.iter().any(|name| text.contains(name)))
    }))
}

fn modified(path: &Path) -> anyhow::Result<SystemTime> {
    let metadata = std::fs::metadata(path);
    metadata
        .and_then(|metadata| metadata.modified())
        .with_context(|| format!("cannot read {}", path.display()))
}

fn set_modified(path: &Path, time: SystemTime) -> anyhow::Result<()> {
    std::fs::File::options()
        .append(true)
        .open(path)
        .and_then(|file| file.set_times(FileTimes::new().set_modified(time)))
        .with_context(|| format!("cannot touch {}", path.display()))
}

fn read(folder: &Path) -> anyhow::Result<Descriptions> {
    let Ok(entries) = std::fs::read_dir(folder) else {
        return Ok(Descriptions::new());
    };
    let mut found = Descriptions::new();
    for entry in entries {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if name.starts_with("query-") {
            found.insert(name, std::fs::read_to_string(path)?);
        }
    }
    Ok(found)
}

/// A folder that the macros write to; they do not create it themselves.
struct Scratch(PathBuf);

impl Scratch {
    fn new() -> anyhow::Result<Self> {
        let folder = workspace::root().join(format!("target/sqlx-{}", std::process::id()));
        std::fs::create_dir_all(&folder)?;
        Ok(Self(folder))
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        if let Err(error) = std::fs::remove_dir_all(&self.0) {
            eprintln!("cannot remove {}: {error}", self.0.display());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_of_difference_is_told() {
        let description = |query: &str| format!("{{\"query\":\"{query}\"}}");
        let of = |pairs: &[(&str, &str)]| -> Descriptions {
            pairs.iter().map(|(name, query)| ((*name).to_owned(), description(query))).collect()
        };
        let committed = of(&[("a", "select 1"), ("b", "select 2"), ("c", "select 3")]);
        let fresh = of(&[("a", "select 1"), ("b", "select 2 -- changed"), ("d", "select 4")]);
        assert_eq!(
            differences(&committed, &fresh),
            ["  missing: select 4", "  stale: select 3", "  changed: select 2 -- changed"]
        );
        assert!(differences(&committed, &committed).is_empty());
    }
}
