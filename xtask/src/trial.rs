//! `cargo xtask crash`, `two-sides` and `bench`: trials of the real program from outside.

use std::process::Command;

use crate::{postgres, workspace};

/// Kill the program at random while clients are carried through, then compare ledgers and database.
#[derive(clap::Args)]
pub struct Crash {
    #[arg(long, default_value_t = 200)]
    pub lifecycles: usize,
    #[arg(long, default_value_t = 25)]
    pub kills: usize,
    /// Decides when the kills come; printed by every run.
    #[arg(long)]
    pub seed: Option<u64>,
    /// Kill and stop the program's private database, and let the program live.
    #[arg(long, conflicts_with = "points")]
    pub database: bool,
    /// Instead: crash once at each named point.
    #[arg(long)]
    pub points: bool,
    /// Instead: stop one of two nodes this often, for longer than its leases last (40 s each).
    #[arg(long, conflicts_with_all = ["points", "database"])]
    pub pauses: Option<usize>,
}

/// Run an invoice system and an assistant, each with a database of its own, carry clients from the form to
/// the milestone's invoice, kill both at random, and compare the two databases.
#[derive(clap::Args)]
pub struct TwoSides {
    #[arg(long, default_value_t = 40)]
    pub lifecycles: usize,
    #[arg(long, default_value_t = 15)]
    pub kills: usize,
    /// Decides when the kills come; printed by every run.
    #[arg(long)]
    pub seed: Option<u64>,
}

/// Measure an optimised build, as ratios to what the same server does with bare inserts.
#[derive(clap::Args)]
pub struct Bench {
    /// `intake`: webhooks that are acknowledged, and journeys of clients. `flow`: runs of small flows whose
    /// calls answer at once.
    #[arg(default_value = "intake", value_parser = ["intake", "flow"])]
    what: String,
    /// Seconds for each measurement.
    #[arg(long, default_value_t = 8)]
    seconds: u64,
    /// How many runs wait for one event, of `flow`.
    #[arg(long, default_value_t = 10_000)]
    waiting: usize,
    /// Only one flow, of `flow`: `three-steps`, `ten-steps`, `fan-out` or `waiting`.
    #[arg(long)]
    only: Option<String>,
    #[arg(long)]
    json: bool,
}

/// The same selection as the tests', so that nothing is compiled twice.
fn debug_build() -> anyhow::Result<Command> {
    let everything = workspace::everything()?;
    workspace::run(
        workspace::cargo().arg("build").args(everything).args(["--bin=handoff", "--bin=trial"]),
    )?;
    trial("debug")
}

pub fn two_sides(arguments: &TwoSides) -> anyhow::Result<()> {
    let mut trial = debug_build()?;
    trial.args(["two-sides", "--lifecycles", &arguments.lifecycles.to_string()]);
    trial.args(["--kills", &arguments.kills.to_string()]);
    if let Some(seed) = arguments.seed {
        trial.args(["--seed", &seed.to_string()]);
    }
    workspace::run(&mut trial)
}

pub fn crash(arguments: &Crash) -> anyhow::Result<()> {
    let mut trial = debug_build()?;
    if arguments.points {
        trial.arg("points");
    } else if let Some(pauses) = arguments.pauses {
        trial.args(["pause", "--pauses", &pauses.to_string()]);
    } else {
        trial.args(["crash", "--lifecycles", &arguments.lifecycles.to_string()]);
        trial.args(["--kills", &arguments.kills.to_string()]);
        if arguments.database {
            trial.arg("--database");
        }
        if let Some(seed) = arguments.seed {
            trial.args(["--seed", &seed.to_string()]);
        }
    }
    workspace::run(&mut trial)
}

pub fn bench(arguments: &Bench) -> anyhow::Result<()> {
    let packages = ["--package=handoff", "--package=trial"];
    workspace::run(workspace::cargo().args(["build", "--release"]).args(packages))?;
    let mut trial = trial("release")?;
    trial.args([
        "bench",
        &arguments.what,
        "--seconds",
        &arguments.seconds.to_string(),
        "--postgres",
    ]);
    trial.arg(postgres::ensure()?.folder);
    trial.args(["--waiting", &arguments.waiting.to_string()]);
    if let Some(only) = &arguments.only {
        trial.args(["--only", only]);
    }
    if arguments.json {
        trial.arg("--json");
    }
    workspace::run(&mut trial)
}

fn trial(profile: &str) -> anyhow::Result<Command> {
    let folder = workspace::target()?.join(profile);
    let mut trial = Command::new(folder.join("trial"));
    trial.arg("--program").arg(folder.join("handoff"));
    trial.env("HANDOFF_POSTGRES_BIN", postgres::ensure()?.folder);
    trial.current_dir(workspace::root());
    Ok(trial)
}
