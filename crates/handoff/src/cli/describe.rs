//! The program's own descriptions: of its HTTP interface, and of its commands for shells.

use std::io;

use clap_complete::Shell;
use domain::Registry;

use super::{flow::catalog, output};
use crate::node;

/// Prints the document that a server answers at `/openapi.json`; needs neither server nor database.
pub(crate) fn openapi() -> anyhow::Result<()> {
    let (_adapters, flows) = catalog()?;
    let registry = Registry::new(node::all_operations(&flows))?;
    output::json(&domain::openapi::openapi(&registry));
    Ok(())
}

/// Prints a script that completes commands and options in a shell.
pub(crate) fn completions(shell: Shell, mut command: clap::Command) {
    let name = command.get_name().to_owned();
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut command, name, &mut script);
    // A reader that left is not an error.
    drop(io::Write::write_all(&mut io::stdout(), &script));
}

#[cfg(test)]
mod tests {
    use clap::{CommandFactory as _, ValueEnum as _};

    use super::*;

    #[test]
    fn every_shell_learns_every_command() {
        for shell in Shell::value_variants() {
            let mut script = Vec::new();
            let mut command = super::super::Cli::command();
            clap_complete::generate(*shell, &mut command, "handoff", &mut script);
            let script = String::from_utf8(script).unwrap();
            assert!(script.contains("backup") && script.contains("deliverable"), "{shell}");
        }
    }
}
