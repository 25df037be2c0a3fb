//! Trials of the real program from outside: killed at random, killed at named points, and under load.
//!
//! The oracle is not the product: the simulators run in a process of their own that is never killed,
//! and their ledgers are compared with the database.

#![expect(clippy::print_stdout, reason = "a trial speaks on its terminal")]

mod bench;
mod check;
mod crash;
mod intake;
mod outage;
mod pause;
mod points;
mod stage;
mod two_sides;
mod wire;

use std::{path::PathBuf, process::ExitCode};

use clap::{Parser, Subcommand};

use crash::Victim;

/// As in the program that is measured.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

#[derive(Debug, Parser)]
struct Cli {
    /// The program under trial.
    #[arg(long, default_value = "target/debug/handoff")]
    program: PathBuf,
    #[command(subcommand)]
    trial: Trial,
}

#[derive(Debug, Subcommand)]
enum Trial {
    /// Kill the program at random while clients are carried through, then compare the ledgers.
    Crash {
        #[arg(long, default_value_t = 200)]
        lifecycles: usize,
        #[arg(long, default_value_t = 25)]
        kills: usize,
        /// Decides when the kills come.
        #[arg(long)]
        seed: Option<u64>,
        /// Kill and stop the program's private database instead of the program.
        #[arg(long)]
        database: bool,
    },
    /// Stop one of two nodes for longer than its leases last, one after the other, then compare the ledgers.
    Pause {
        #[arg(long, default_value_t = 2)]
        pauses: usize,
    },
    /// Crash the program once at each named point. Needs a build with the feature `faults`.
    Points,
    /// Run both sides of the conversation, each with a database of its own, and kill them at random.
    TwoSides {
        #[arg(long, default_value_t = 30)]
        lifecycles: usize,
        #[arg(long, default_value_t = 12)]
        kills: usize,
        /// Decides when the kills come.
        #[arg(long)]
        seed: Option<u64>,
    },
    /// Measure, as ratios to what the machine can do.
    Bench {
        #[arg(value_enum, default_value_t)]
        what: Subject,
        /// Seconds for each measurement.
        #[arg(long, default_value_t = 8)]
        seconds: u64,
        /// How many runs wait for one event, of `flow`.
        #[arg(long, default_value_t = 10_000)]
        waiting: usize,
        /// Only one flow, of `flow`: `three-steps`, `ten-steps`, `fan-out` or `waiting`.
        #[arg(long)]
        only: Option<String>,
        /// The folder of PostgreSQL's programs, for pgbench.
        #[arg(long, default_value = "/usr/lib/postgresql/15/bin")]
        postgres: PathBuf,
        #[arg(long)]
        json: bool,
    },
}

/// What is measured.
#[derive(Debug, Clone, Copy, Default, clap::ValueEnum)]
enum Subject {
    /// Webhooks that are acknowledged, and journeys of clients.
    #[default]
    Intake,
    /// Runs of small flows whose calls answer at once.
    Flow,
}

#[tokio::main]
async fn main() -> ExitCode {
    let Cli { program, trial } = Cli::parse();
    let outcome = match trial {
        Trial::Crash { lifecycles, kills, seed, database } => {
            let victim = if database { Victim::Database } else { Victim::Program };
            crash::run(&program, victim, lifecycles, kills, seed).await
        }
        Trial::Pause { pauses } => pause::run(&program, pauses).await,
        Trial::Points => points::run(&program).await,
        Trial::TwoSides { lifecycles, kills, seed } => {
            two_sides::run(&program, lifecycles, kills, seed).await
        }
        Trial::Bench { what: Subject::Intake, seconds, postgres, json, .. } => {
            bench::intake::run(&program, seconds, &postgres, json).await
        }
        Trial::Bench { what: Subject::Flow, seconds, waiting, only, postgres, json } => {
            let plan = bench::flow::Plan { seconds, waiting, only };
            bench::flow::run(&program, &plan, &postgres, json).await
        }
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            println!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}
