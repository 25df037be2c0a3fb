//! `cargo xtask judges`: software that others wrote decides whether we speak their protocols.
//!
//! A judge is a folder of `judges/` with an executable `run`, which prints what it checked in the Test
//! Anything Protocol (`ok - …`, `not ok - …`) and ends with zero if all of it holds. What it needs is
//! pinned beside it. Each judge has a freshly started program of its own. `judges/README.md` has the rest.

mod install;
mod referee;
mod stage;

use std::{
    path::PathBuf,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use anyhow::{Context as _, bail};

use crate::workspace;

/// Let other people's software judge the program: official SDKs, validators, and generated requests.
#[derive(clap::Args, Default)]
pub struct Arguments {
    /// Only these judges, by the names of their folders.
    names: Vec<String>,
    /// Take much longer, and find more: for the night.
    #[arg(long)]
    deep: bool,
    /// Name the judges and do nothing.
    #[arg(long)]
    list: bool,
    /// Keep each judge's folder, with the program's log and its data.
    #[arg(long)]
    keep: bool,
}

/// How many judges are heard at a time.
const AT_ONCE: usize = 2;
const PATIENCE: Duration = Duration::from_secs(10 * 60);
const PATIENCE_DEEP: Duration = Duration::from_secs(60 * 60);

/// One folder of `judges/`.
struct Judge {
    name: String,
    folder: PathBuf,
}

pub fn run(arguments: &Arguments) -> anyhow::Result<()> {
    let judges = find(&arguments.names)?;
    if arguments.list {
        for judge in judges {
            println!("{}", judge.name);
        }
        return Ok(());
    }
    // The same selection as the tests', so that nothing is compiled twice.
    let everything = workspace::everything()?;
    workspace::run(workspace::cargo().arg("build").args(everything).arg("--bin=handoff"))?;
    // A judge waits for its tools and its program as much as it works.
    let (next, failed) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    std::thread::scope(|scope| {
        for _ in 0..AT_ONCE {
            scope.spawn(|| {
                while let Some(judge) = judges.get(next.fetch_add(1, Ordering::Relaxed)) {
                    if !agrees(judge, arguments) {
                        failed.lock().unwrap_or_else(PoisonError::into_inner).push(&*judge.name);
                    }
                }
            });
        }
    });
    let failed = failed.into_inner().unwrap_or_else(PoisonError::into_inner);
    if failed.is_empty() {
        return Ok(());
    }
    bail!("failed: {}; repeat with `cargo xtask judges NAME`", failed.join(", "))
}

/// Says what the judge found, and whether it agrees. One that cannot be heard has not agreed.
fn agrees(judge: &Judge, arguments: &Arguments) -> bool {
    let heard = hear(judge, arguments);
    let is_fine = heard.as_ref().is_ok_and(referee::Verdict::is_fine);
    match heard {
        Ok(verdict) => println!("{:12} {verdict}", judge.name),
        Err(error) => println!("{:12} FAILED   {error:#}", judge.name),
    }
    is_fine
}

fn hear(judge: &Judge, arguments: &Arguments) -> anyhow::Result<referee::Verdict> {
    let tools = install::install(judge)?;
    let stage = stage::Stage::set(judge)?;
    let patience = if arguments.deep { PATIENCE_DEEP } else { PATIENCE };
    let verdict = referee::listen(judge, &stage, &tools, arguments.deep, patience);
    if !arguments.keep && verdict.as_ref().is_ok_and(referee::Verdict::is_fine) {
        stage.strike()?;
    }
    verdict
}

fn find(names: &[String]) -> anyhow::Result<Vec<Judge>> {
    let root = workspace::root().join("judges");
    let mut judges: Vec<Judge> = Vec::new();
    for entry in std::fs::read_dir(&root).with_context(|| format!("{}", root.display()))? {
        let entry = entry?;
        if entry.path().join("run").exists() {
            let name = entry.file_name().to_string_lossy().into_owned();
            judges.push(Judge { name, folder: entry.path() });
        }
    }
    judges.sort_by(|left, right| left.name.cmp(&right.name));
    let is_known = |name: &String| judges.iter().any(|judge| judge.name == *name);
    if let Some(unknown) = names.iter().find(|name| !is_known(name)) {
        bail!("there is no judge `{unknown}`; `cargo xtask judges --list` names them");
    }
    if judges.is_empty() {
        bail!("{} has no judges", root.display());
    }
    judges.retain(|judge| names.is_empty() || names.contains(&judge.name));
    Ok(judges)
}
