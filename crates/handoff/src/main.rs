//! The program `handoff`.

use std::process::ExitCode;

fn main() -> ExitCode {
    handoff::cli::main()
}
