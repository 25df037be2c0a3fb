//! Runs a target, tells how it goes, and sums up.

use std::{
    collections::BTreeSet,
    fs,
    hash::{DefaultHasher, Hash as _, Hasher as _},
    io::{BufRead, BufReader},
    path::{Path, PathBuf},
    process::Stdio,
    time::{Duration, Instant},
};

use anyhow::{Context as _, bail};

use super::Target;
use crate::workspace;

/// How often a run says how it goes.
const TOLD_EVERY: Duration = Duration::from_secs(10);

/// How much is shown of what was said of a failure.
const COMPLAINT_LINES_MAX: usize = 40;

/// What came of one run of a target.
pub struct Outcome {
    name: String,
    executions: u64,
    took: Duration,
    /// How many inputs reach something new.
    new: usize,
    /// Inputs that break a promise, found now.
    crashes: Vec<PathBuf>,
}

pub fn run(target: &Target, seconds: u64) -> anyhow::Result<Outcome> {
    let known = files(&target.found)?;
    let mut command = target.command();
    command.arg(format!("-max_total_time={seconds}"));
    command.arg(format!("-artifact_prefix={}/", target.crashes.display()));
    // What is quick is tried more often.
    command.args(["-print_final_stats=1", "-entropic_scale_per_exec_time=1"]);
    if let Some(dictionary) = &target.dictionary {
        command.arg(format!("-dict={}", dictionary.display()));
    }
    // What is found goes into the first folder.
    command.args([&target.found, &target.corpus]).stderr(Stdio::piped()).stdout(Stdio::null());
    command.env("HANDOFF_FUZZ_UNDER_WAY", &target.under_way);
    let began = Instant::now();
    println!("{:12} begins, for {seconds} s", target.name);
    let mut child = command.spawn().with_context(|| format!("cannot start {}", target.name))?;
    let told = child.stderr.take().context("a program that writes")?;
    let Heard { executions, complaint, mut crashes } = listen(target, BufReader::new(told), began);
    let status = child.wait()?;
    let new = files(&target.found)?.difference(&known).count();
    if !status.success() && crashes.is_empty() {
        let kept = recover(&target.under_way, &target.crashes);
        crashes.push(kept.with_context(|| format!("{} ended with {status}", target.name))?);
    }
    for crash in &crashes {
        let (name, crash) = (&target.name, crash.display());
        println!("{name:12} FAILED ({status}) on {crash}:\n{}", complaint.join("\n"));
    }
    Ok(Outcome { name: target.name.clone(), executions, took: began.elapsed(), new, crashes })
}

/// The input that was under way when a target ended without a word, as it does when its stack overflows. See
/// `fuzz/src/lib.rs`.
fn recover(under_way: &Path, crashes: &Path) -> anyhow::Result<PathBuf> {
    let kept = fs::read(under_way).context("its input was not kept")?;
    let (length, rest) = kept.split_first_chunk().context("its input was not kept")?;
    let length = usize::try_from(u64::from_le_bytes(*length))?;
    let input = rest.get(..length).context("its input was not kept as a whole")?;
    let mut hasher = DefaultHasher::new();
    input.hash(&mut hasher);
    let path = crashes.join(format!("ended-{:016x}", hasher.finish()));
    fs::write(&path, input)?;
    Ok(path)
}

/// What libFuzzer says in the end.
#[derive(Default)]
struct Heard {
    executions: u64,
    complaint: Vec<String>,
    crashes: Vec<PathBuf>,
}

/// Tells how it goes.
fn listen(target: &Target, told: impl BufRead, began: Instant) -> Heard {
    let mut heard = Heard::default();
    let mut last = Instant::now();
    for line in told.split(b'\n').map_while(Result::ok) {
        let line = String::from_utf8_lossy(&line);
        let Some(progress) = Progress::read(&line) else {
            heard.crashes.extend(crash(&line));
            if is_complaint(&line) && heard.complaint.len() < COMPLAINT_LINES_MAX {
                heard.complaint.push(format!("    {line}"));
            }
            continue;
        };
        heard.executions = progress.executions.max(heard.executions);
        if TOLD_EVERY <= last.elapsed() {
            last = Instant::now();
            println!(
                "{:12} {:5} s: {} executions, {} a second, {} inputs reach {} places",
                target.name,
                began.elapsed().as_secs(),
                heard.executions,
                progress.per_second,
                progress.inputs,
                progress.places,
            );
        }
    }
    heard
}

/// Where libFuzzer left an input that breaks a promise. One that is only slow breaks none.
fn crash(line: &str) -> Option<PathBuf> {
    let (_, path) = line.split_once("Test unit written to ")?;
    (!path.contains("/slow-unit-")).then(|| path.trim().into())
}

/// `thread … panicked at`, its sentence, and what libFuzzer says of time and memory.
fn is_complaint(line: &str) -> bool {
    let noise = [
        "INFO:",
        "#",
        "stat::",
        "Dictionary:",
        "Done ",
        "MS:",
        "0x",
        "NOTE:",
        "\\",
        "NEW_FUNC",
        "Loaded ",
        "\"\\",
        "Slowest unit",
        "artifact_prefix",
        "Base64",
        "WARNING: Failed to find",
    ];
    let line = line.trim_start();
    !line.is_empty() && !noise.iter().any(|begins| line.starts_with(begins))
}

/// A line such as `#2048 pulse cov: 410 ft: 700 corp: 60/1Kb lim: 20 exec/s: 512 rss: 60Mb`.
struct Progress {
    executions: u64,
    per_second: u64,
    inputs: u64,
    places: u64,
}

impl Progress {
    fn read(line: &str) -> Option<Self> {
        if let Some(number) = line.strip_prefix("stat::number_of_executed_units:") {
            let executions = number.trim().parse().ok()?;
            return Some(Self { executions, per_second: 0, inputs: 0, places: 0 });
        }
        let executions = line.strip_prefix('#')?.split_whitespace().next()?.parse().ok()?;
        let after = |name: &str| -> Option<u64> {
            let rest = line.split_once(name)?.1.trim_start();
            let end = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
            rest.get(..end)?.parse().ok()
        };
        Some(Self {
            executions,
            per_second: after("exec/s:")?,
            inputs: after("corp:").unwrap_or(0),
            places: after("cov:").unwrap_or(0),
        })
    }
}

fn files(folder: &Path) -> anyhow::Result<BTreeSet<PathBuf>> {
    Ok(workspace::files_below(folder)?.into_iter().collect())
}

pub fn summarise(outcomes: &[Outcome]) -> anyhow::Result<()> {
    println!(
        "\n{:12} {:>12} {:>10} {:>11} {:>8}",
        "target", "executions", "a second", "new inputs", "crashes"
    );
    for outcome in outcomes {
        let rate = outcome.executions / outcome.took.as_secs().max(1);
        let (name, executions) = (&outcome.name, outcome.executions);
        println!(
            "{name:12} {executions:12} {rate:10} {:11} {:8}",
            outcome.new,
            outcome.crashes.len()
        );
    }
    let broken: Vec<String> = outcomes
        .iter()
        .flat_map(|outcome| outcome.crashes.iter().map(move |crash| (&outcome.name, crash)))
        .map(|(name, crash)| format!("  cargo xtask fuzz {name} --input {}", crash.display()))
        .collect();
    if broken.is_empty() {
        return Ok(());
    }
    bail!(
        "{} inputs break a promise. See each with\n{}\nand keep it as fuzz/corpus/TARGET/WHAT-IT-IS, which a test runs",
        broken.len(),
        broken.join("\n")
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn progress_is_read_off_the_lines_of_libfuzzer() {
        let line = "#2048\tpulse  cov: 410 ft: 700 corp: 60/1Kb lim: 20 exec/s: 512 rss: 60Mb";
        let read = Progress::read(line).unwrap();
        assert_eq!(
            (read.executions, read.per_second, read.inputs, read.places),
            (2048, 512, 60, 410)
        );
        let last = Progress::read("stat::number_of_executed_units: 4096").unwrap();
        assert_eq!(last.executions, 4096);
        assert!(Progress::read("thread panicked at src/lib.rs:1:1:").is_none());
        assert!(is_complaint("thread panicked at src/lib.rs:1:1:"));
        assert!(!is_complaint("INFO: Seed: 1"));
        let line = "artifact_prefix='/a/'; Test unit written to /a/crash-1";
        assert_eq!(crash(line), Some("/a/crash-1".into()));
    }

    #[test]
    fn the_input_under_way_is_kept_without_what_is_left_of_a_longer_one() {
        let folder = std::env::temp_dir().join(format!("handoff-under-way-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        let file = folder.join("step.under-way");
        fs::write(&file, [&3_u64.to_le_bytes()[..], b"abcdef"].concat()).unwrap();
        assert_eq!(fs::read(recover(&file, &folder).unwrap()).unwrap(), b"abc");
        fs::write(&file, [&9_u64.to_le_bytes()[..], b"abcdef"].concat()).unwrap();
        assert!(recover(&file, &folder).is_err());
        fs::remove_dir_all(&folder).unwrap();
    }
}
