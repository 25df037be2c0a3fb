//! `cargo xtask demo`: everything that the demonstration needs, then the demonstration.

use std::{os::unix::process::CommandExt as _, process::Command};

use crate::{postgres, web, workspace};

/// Install what is missing, build, and run `handoff demo`.
#[derive(clap::Args)]
#[command(disable_help_flag = true)]
pub struct Arguments {
    /// Passed on to `handoff demo`, such as `--once` or `--json`.
    #[arg(trailing_var_arg = true, allow_hyphen_values = true, value_name = "OPTIONS")]
    options: Vec<String>,
}

pub fn run(arguments: &Arguments) -> anyhow::Result<()> {
    let programs = postgres::ensure()?;
    eprintln!("building (the first time takes some minutes) …");
    web::build_where_possible()?;
    workspace::run(workspace::cargo().args(["build", "--package=handoff", "--bin=handoff"]))?;
    let mut demo = Command::new(workspace::target()?.join("debug/handoff"));
    demo.arg("demo").args(&arguments.options).current_dir(workspace::root());
    if std::env::var_os("HANDOFF_POSTGRES_BIN").is_none() {
        demo.env("HANDOFF_POSTGRES_BIN", &programs.folder);
    }
    // In our place: Ctrl-C and the exit code are the demonstration's own.
    Err(anyhow::Error::new(demo.exec()).context("cannot start the built program"))
}
