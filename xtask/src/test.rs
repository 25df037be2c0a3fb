//! `cargo xtask test`: everything that must hold before a change is merged, the cheapest first.

use std::{
    path::PathBuf,
    process::Command,
    time::{Duration, Instant},
};

use anyhow::{Context as _, bail};

use crate::{judges, postgres, sqlx, tidy, trial, web, workspace};

/// Run all checks and tests.
#[derive(clap::Args)]
pub struct Arguments {
    /// Only this step; may be given more than once.
    #[arg(long, value_name = "STEP")]
    only: Vec<String>,
    /// List the steps and do nothing.
    #[arg(long)]
    list: bool,
    /// Go on after a step that failed.
    #[arg(long)]
    keep_going: bool,
}

struct Step {
    name: &'static str,
    about: &'static str,
    run: fn() -> anyhow::Result<()>,
}

const STEPS: &[Step] = &[
    Step { name: "format", about: "the code is formatted", run: format },
    Step { name: "tidy", about: "the repository's own rules", run: tidy::check },
    Step { name: "web", about: "the web app: types, lint, unit tests, build", run: web },
    Step { name: "lint", about: "clippy, and every query against a fresh database", run: lint },
    Step { name: "build", about: "everything, with every crash point compiled in", run: build },
    Step { name: "unit", about: "the tests of all crates", run: unit },
    Step { name: "demo", about: "the whole journey, checked against the ledgers", run: demo },
    Step {
        name: "browser",
        about: "the web app in Chromium, against the program",
        run: web::check_in_browser,
    },
    Step { name: "judges", about: "other people's software against the program", run: judges },
    Step { name: "crash", about: "a few lifecycles with kills at random", run: crash },
    Step { name: "sides", about: "two programs, one for each side, killed at random", run: sides },
];

/// Enough to notice a regression; the long run is `cargo xtask crash` by itself.
const CRASH: trial::Crash = trial::Crash {
    lifecycles: 30,
    kills: 5,
    seed: None,
    database: false,
    points: false,
    pauses: None,
};

pub fn run(arguments: &Arguments) -> anyhow::Result<()> {
    if arguments.list {
        for step in STEPS {
            println!("{:8} {}", step.name, step.about);
        }
        return Ok(());
    }
    if let Some(unknown) = arguments.only.iter().find(|name| find(name).is_none()) {
        bail!("there is no step `{unknown}`; `cargo xtask test --list` names them");
    }
    let chosen = STEPS.iter().filter(|step| {
        arguments.only.is_empty() || arguments.only.iter().any(|name| name == step.name)
    });
    let started = Instant::now();
    let mut outcomes = Vec::new();
    for step in chosen {
        eprintln!("\n==> {}: {}", step.name, step.about);
        let began = Instant::now();
        let result = (step.run)();
        if let Err(error) = &result {
            eprintln!("error: {error:#}");
        }
        let failed = result.is_err();
        outcomes.push((step.name, began.elapsed(), failed));
        if failed && !arguments.keep_going {
            break;
        }
    }
    summarise(&outcomes, started.elapsed())
}

fn find(name: &str) -> Option<&'static Step> {
    STEPS.iter().find(|step| step.name == name)
}

fn summarise(outcomes: &[(&str, Duration, bool)], total: Duration) -> anyhow::Result<()> {
    println!();
    for (name, took, failed) in outcomes {
        let word = if *failed { "FAILED" } else { "ok" };
        println!("{name:8} {word:6} {:7.1} s", took.as_secs_f32());
    }
    println!("{:15} {:7.1} s", "total", total.as_secs_f32());
    let failed: Vec<&str> =
        outcomes.iter().filter(|(_, _, failed)| *failed).map(|(name, _, _)| *name).collect();
    if failed.is_empty() {
        return Ok(());
    }
    bail!("failed: {}; repeat with `cargo xtask test --only STEP`", failed.join(", "))
}

/// Before the program is built, which embeds the app.
fn web() -> anyhow::Result<()> {
    web::check()?;
    web::build()
}

fn format() -> anyhow::Result<()> {
    workspace::run(workspace::cargo().args(["fmt", "--all", "--check"]))
}

/// One pass for both: the queries are checked by the macros that clippy expands anyway.
fn lint() -> anyhow::Result<()> {
    let mut clippy = workspace::cargo();
    clippy.arg("clippy").args(workspace::everything()?).arg("--all-targets");
    // Not by RUSTFLAGS, which would make cargo build everything a second time.
    clippy.args(["--", "-D", "warnings"]);
    sqlx::check(&mut clippy)
}

fn build() -> anyhow::Result<()> {
    let everything = workspace::everything()?;
    workspace::run(workspace::cargo().arg("build").args(everything).arg("--all-targets"))
}

fn unit() -> anyhow::Result<()> {
    let everything = workspace::everything()?;
    let has_nextest = workspace::output(workspace::cargo().args(["nextest", "--version"])).is_ok();
    let mut tests = workspace::cargo();
    if has_nextest {
        tests.args(["nextest", "run"]).args(everything).arg("--no-fail-fast");
    } else {
        eprintln!("cargo-nextest is not installed, so `cargo test` runs the tests");
        tests.arg("test").args(everything).arg("--no-fail-fast");
    }
    // Tests that start the program or a private server find both without searching.
    let programs = postgres::ensure()?;
    tests.env("HANDOFF_POSTGRES_BIN", programs.folder);
    tests.env("HANDOFF_BINARY", program()?);
    workspace::run(&mut tests)
}

fn demo() -> anyhow::Result<()> {
    let folder = std::env::temp_dir().join(format!("handoff-demo-{}", std::process::id()));
    let mut demo = Command::new(program()?);
    demo.args(["demo", "--once", "--data"]).arg(&folder);
    demo.env("HANDOFF_POSTGRES_BIN", postgres::ensure()?.folder);
    let result = workspace::run(&mut demo);
    if folder.exists() {
        std::fs::remove_dir_all(&folder).context("cannot remove the demonstration's data")?;
    }
    result
}

fn judges() -> anyhow::Result<()> {
    judges::run(&judges::Arguments::default())
}

fn crash() -> anyhow::Result<()> {
    trial::crash(&CRASH)?;
    trial::crash(&trial::Crash { database: true, ..CRASH })?;
    trial::crash(&trial::Crash { points: true, ..CRASH })?;
    trial::crash(&trial::Crash { pauses: Some(1), ..CRASH })
}

fn sides() -> anyhow::Result<()> {
    trial::two_sides(&trial::TwoSides { lifecycles: 12, kills: 4, seed: None })
}

/// The program that the step `build` made.
fn program() -> anyhow::Result<PathBuf> {
    let path = workspace::target()?.join("debug/handoff");
    if !path.exists() {
        bail!("{} is missing; run the step `build` first", path.display());
    }
    Ok(path)
}
