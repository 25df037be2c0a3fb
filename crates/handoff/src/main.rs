//! The program `handoff`.

use std::process::ExitCode;

/// A step of a run is many small values of JSON, which the system's allocator is slow with.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    handoff::cli::main()
}
