//! Developer commands: `cargo xtask <command>`.
//!
//! A command is one module here, one variant of [`Command`] and one arm of [`run`].

#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a command speaks on its terminal")]

mod database;
mod debian;
mod demo;
mod fuzz;
mod judges;
mod new;
mod postgres;
mod sqlx;
mod test;
mod tidy;
mod trial;
mod web;
mod workspace;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Developer commands of Handoff.
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    Bench(trial::Bench),
    Crash(trial::Crash),
    Database(database::Arguments),
    Demo(demo::Arguments),
    Fuzz(fuzz::Arguments),
    Judges(judges::Arguments),
    NewConnector(new::connector::Arguments),
    NewOperation(new::operation::Arguments),
    Postgres(postgres::Arguments),
    Screenshots(web::Screenshots),
    Sqlx(sqlx::Arguments),
    Test(test::Arguments),
    Tidy(tidy::Arguments),
    TwoSides(trial::TwoSides),
    Web(web::Arguments),
}

fn main() -> ExitCode {
    match run(Arguments::parse().command) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(command: Command) -> anyhow::Result<()> {
    match command {
        Command::Bench(arguments) => trial::bench(&arguments),
        Command::Crash(arguments) => trial::crash(&arguments),
        Command::Database(arguments) => database::run(&arguments),
        Command::Demo(arguments) => demo::run(&arguments),
        Command::Fuzz(arguments) => fuzz::run(&arguments),
        Command::Judges(arguments) => judges::run(&arguments),
        Command::NewConnector(arguments) => new::connector::run(&arguments),
        Command::NewOperation(arguments) => new::operation::run(&arguments),
        Command::Postgres(arguments) => postgres::run(&arguments),
        Command::Screenshots(arguments) => web::screenshots(&arguments),
        Command::Sqlx(arguments) => sqlx::run(&arguments),
        Command::Test(arguments) => test::run(&arguments),
        Command::Tidy(arguments) => tidy::run(&arguments),
        Command::TwoSides(arguments) => trial::two_sides(&arguments),
        Command::Web(arguments) => web::run(&arguments),
    }
}
