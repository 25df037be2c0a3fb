//! PostgreSQL's programs for backups.

use std::{
    path::{Path, PathBuf},
    process::Command,
};

use store::local::Search;

use crate::failure::Failure;

/// A program that is new enough.
#[derive(Debug)]
pub(super) struct Tool {
    pub(super) program: PathBuf,
    pub(super) major: u32,
}

/// The oldest release of `pg_dump` or `pg_restore` that is at least as new as `major`: a newer one may write what an
/// older server does not understand.
pub(super) fn find(name: &str, major: u32, search: &Search) -> Result<Tool, Failure> {
    let versioned = search.versioned.iter().flat_map(|folder| {
        let entries = std::fs::read_dir(folder).into_iter().flatten().filter_map(Result::ok);
        entries.map(|entry| entry.path().join("bin"))
    });
    let path = search.path.iter().flat_map(std::env::split_paths);
    let found: Vec<Tool> = match &search.explicit {
        Some(folder) => examine(folder, name).into_iter().collect(),
        None => path.chain(versioned).filter_map(|folder| examine(&folder, name)).collect(),
    };
    let newest = found.iter().map(|tool| tool.major).max();
    let fitting = found.into_iter().filter(|tool| major <= tool.major);
    fitting.min_by_key(|tool| tool.major).ok_or_else(|| {
        let seen = match newest {
            Some(newest) => format!("{name} {newest} is too old for PostgreSQL {major}"),
            None => format!("there is no {name} on this machine"),
        };
        Failure::Usage(format!(
            "{seen}; install the client programs of PostgreSQL {major} (`apt-get install postgresql-client-{major}`), or name their folder in HANDOFF_POSTGRES_BIN"
        ))
    })
}

fn examine(folder: &Path, name: &str) -> Option<Tool> {
    let program = folder.join(name);
    let output = Command::new(&program).arg("--version").output().ok()?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let number = text.split(|letter: char| !letter.is_ascii_digit()).find(|part| !part.is_empty());
    Some(Tool { program, major: number?.parse().ok()? })
}

/// The last lines that a program said on its way out.
pub(super) fn complaint(stderr: &[u8]) -> String {
    let text = String::from_utf8_lossy(stderr);
    let lines: Vec<&str> = text.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    lines.get(lines.len().saturating_sub(4)..).unwrap_or_default().join("; ")
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[test]
    fn the_oldest_program_that_is_new_enough_is_taken() {
        let folder = tempfile::tempdir().unwrap();
        for major in ["15", "16", "17"] {
            let bin = folder.path().join(major).join("bin");
            std::fs::create_dir_all(&bin).unwrap();
            let program = bin.join("pg_dump");
            std::fs::write(&program, format!("#!/bin/sh\necho 'pg_dump (PostgreSQL) {major}.4'\n"))
                .unwrap();
            std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o755)).unwrap();
        }
        let search = Search { versioned: vec![folder.path().to_owned()], ..Search::default() };
        assert_eq!(find("pg_dump", 16, &search).unwrap().major, 16);
        let old = find("pg_dump", 18, &search).unwrap_err().to_string();
        assert!(old.contains("pg_dump 17 is too old") && old.contains("client-18"), "{old}");
        let none = find("pg_restore", 15, &search).unwrap_err().to_string();
        assert!(none.contains("there is no pg_restore") && none.contains("client-15"), "{none}");
    }
}
