//! Where the repository is, what cargo knows of it, and how to run a program in it.

use std::{
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context as _, bail};
use serde_json::Value;

/// The repository's root folder.
pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap_or_else(|| Path::new("."))
}

/// The cargo that runs us, so that a toolchain override holds for what we run.
pub fn cargo() -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.current_dir(root());
    // `cargo run` sets these for us; the builds we start must look like those from a shell.
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("CARGO_PKG_")
            || name.to_string_lossy().starts_with("CARGO_MANIFEST_")
        {
            command.env_remove(name);
        }
    }
    command
}

/// Runs a command to its end; what it prints goes to the terminal.
pub fn run(command: &mut Command) -> anyhow::Result<()> {
    let shown = show(command);
    let status = command.status().with_context(|| format!("cannot start `{shown}`"))?;
    if !status.success() {
        bail!("`{shown}` failed ({status})");
    }
    Ok(())
}

/// Runs a command to its end and gives what it printed; the error carries its complaint.
pub fn output(command: &mut Command) -> anyhow::Result<String> {
    let shown = show(command);
    let output = command.output().with_context(|| format!("cannot start `{shown}`"))?;
    if !output.status.success() {
        let complaint = String::from_utf8_lossy(&output.stderr);
        bail!("`{shown}` failed ({}):\n{}", output.status, complaint.trim());
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

fn show(command: &Command) -> String {
    let program = Path::new(command.get_program());
    let name = program.file_name().unwrap_or(program.as_os_str()).to_string_lossy().into_owned();
    command
        .get_args()
        .take(6)
        .fold(name, |shown, argument| format!("{shown} {}", argument.to_string_lossy()))
}

/// The folder of built programs.
pub fn target() -> anyhow::Result<PathBuf> {
    let metadata = metadata()?;
    let folder = metadata["target_directory"].as_str();
    folder.map(PathBuf::from).context("`cargo metadata` names no target folder")
}

fn metadata() -> anyhow::Result<Value> {
    let text = output(cargo().args(["metadata", "--format-version=1", "--no-deps", "--offline"]))?;
    serde_json::from_str(&text).context("cannot read `cargo metadata`")
}

/// One crate of the workspace.
#[derive(Debug)]
pub struct Package {
    pub name: String,
    pub folder: PathBuf,
    /// The crates of this workspace that it uses outside of its tests.
    pub uses: Vec<String>,
    pub features: Vec<String>,
}

/// The crates of the workspace, as `cargo metadata` tells them.
pub fn packages() -> anyhow::Result<Vec<Package>> {
    let metadata = metadata()?;
    let listed = metadata["packages"].as_array().context("`cargo metadata` lists no packages")?;
    let names: Vec<&str> = listed.iter().filter_map(|package| package["name"].as_str()).collect();
    let package = |found: &Value| -> Option<Package> {
        let dependencies = found["dependencies"].as_array()?;
        let uses = dependencies
            .iter()
            .filter(|dependency| dependency["kind"].as_str() != Some("dev"))
            .filter_map(|dependency| dependency["name"].as_str())
            .filter(|name| names.contains(name))
            .map(ToOwned::to_owned);
        Some(Package {
            name: found["name"].as_str()?.to_owned(),
            folder: Path::new(found["manifest_path"].as_str()?).parent()?.to_owned(),
            uses: uses.collect(),
            features: found["features"].as_object()?.keys().cloned().collect(),
        })
    };
    listed
        .iter()
        .map(|found| package(found).context("`cargo metadata` is not as expected"))
        .collect()
}

/// The arguments that select the whole workspace with every crash point compiled in.
///
/// Every build of `cargo xtask test` uses exactly these, so that nothing is compiled twice.
pub fn everything() -> anyhow::Result<Vec<String>> {
    let with_faults: Vec<String> = packages()?
        .into_iter()
        .filter(|package| package.features.iter().any(|feature| feature == "faults"))
        .map(|package| format!("{}/faults", package.name))
        .collect();
    let mut arguments = vec!["--workspace".to_owned()];
    if !with_faults.is_empty() {
        arguments.push(format!("--features={}", with_faults.join(",")));
    }
    Ok(arguments)
}

/// All files below a folder, sorted, except what git would not keep.
pub fn files_below(folder: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    let mut waiting = vec![folder.to_owned()];
    while let Some(folder) = waiting.pop() {
        let entries = std::fs::read_dir(&folder)
            .with_context(|| format!("cannot list {}", folder.display()))?;
        for entry in entries {
            let entry = entry?;
            let path = entry.path();
            if entry.file_type()?.is_dir() {
                let skipped = ["target", "node_modules", ".git", "data", ".handoff"];
                if !skipped.iter().any(|name| entry.file_name() == *name) {
                    waiting.push(path);
                }
            } else {
                found.push(path);
            }
        }
    }
    found.sort();
    Ok(found)
}
