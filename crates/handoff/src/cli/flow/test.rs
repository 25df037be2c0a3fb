//! `handoff flow test`: scenarios in files.

use std::{
    path::{Path, PathBuf},
    process::ExitCode,
};

use flow::{
    Diagnostic,
    scenario::{InvalidScenario, Scenario},
};
use serde_json::json;

use super::{catalog, is_yaml};
use crate::{cli::output, failure::Failure};

/// Plays every scenario, those of folders with them.
pub(super) fn test(paths: &[PathBuf], json: bool) -> anyhow::Result<ExitCode> {
    let (_, flows) = catalog()?;
    let mut files = Vec::new();
    for path in paths {
        collect(path, &mut files)?;
    }
    let mut results = Vec::new();
    let mut failed = 0;
    for file in &files {
        let text = read(file)?;
        let (title, wrong) = match Scenario::parse(&text) {
            Ok(scenario) => {
                let wrong = scenario.play(flows.catalog());
                (scenario.title, wrong.iter().map(ToString::to_string).collect())
            }
            Err(InvalidScenario(problems)) => {
                let place = |problem: &Diagnostic| format!("{}:{problem}", file.display());
                (String::new(), problems.iter().map(place).collect::<Vec<String>>())
            }
        };
        failed += usize::from(!wrong.is_empty());
        if !json {
            let mark = if wrong.is_empty() { "ok  " } else { "FAIL" };
            output::line(&format!("{mark}  {}  {title}", file.display()));
            for mismatch in &wrong {
                output::line(&format!("      {mismatch}"));
            }
        }
        results.push(
            json!({ "file": file, "title": title, "ok": wrong.is_empty(), "mismatches": wrong }),
        );
    }
    if json {
        output::json(&json!({ "ok": failed == 0, "scenarios": results }));
    } else {
        output::line(&format!("{} scenarios, {failed} failed", files.len()));
    }
    if files.is_empty() {
        return Err(Failure::Usage(
            "there is no .yaml file there; name files or folders of scenarios".to_owned(),
        )
        .into());
    }
    Ok(if failed == 0 { ExitCode::SUCCESS } else { ExitCode::from(3) })
}

/// The files of a folder in the order of their names, or the one file.
fn collect(path: &Path, files: &mut Vec<PathBuf>) -> anyhow::Result<()> {
    if !path.is_dir() {
        files.push(path.to_owned());
        return Ok(());
    }
    let unreadable = |error| Failure::Usage(format!("cannot read {}: {error}", path.display()));
    let mut inside: Vec<PathBuf> = std::fs::read_dir(path)
        .map_err(unreadable)?
        .map(|entry| entry.map(|entry| entry.path()))
        .collect::<Result<_, _>>()
        .map_err(unreadable)?;
    inside.sort();
    for path in inside.into_iter().filter(|path| path.is_dir() || is_yaml(path)) {
        collect(&path, files)?;
    }
    Ok(())
}

fn read(file: &Path) -> anyhow::Result<String> {
    std::fs::read_to_string(file)
        .map_err(|error| Failure::Usage(format!("cannot read {}: {error}", file.display())).into())
}
