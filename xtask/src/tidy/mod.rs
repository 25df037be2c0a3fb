//! `cargo xtask tidy`: the repository's own rules, which no other tool knows.

mod connectors;
mod crates;
mod files;
mod migrations;
mod problems;
mod readme;

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use anyhow::bail;

use crate::workspace;

/// Check the repository's own rules.
#[derive(clap::Args)]
pub struct Arguments {}

/// The largest file that is read as text.
const FILE_MAX: u64 = 2 << 20;

/// Every text file of the repository, by its path from the root.
pub(crate) type Tree = BTreeMap<PathBuf, String>;

/// One sentence about one place.
pub(crate) type Finding = String;

pub fn run(_: &Arguments) -> anyhow::Result<()> {
    check()
}

pub fn check() -> anyhow::Result<()> {
    let tree = read(workspace::root())?;
    let packages = workspace::packages()?;
    let commands = readme::commands();
    let findings: Vec<Finding> = [
        files::check(&tree),
        crates::check(&packages),
        problems::check(&tree),
        migrations::check(&tree),
        connectors::check(&tree),
        readme::check(&tree, &commands),
    ]
    .concat();
    if findings.is_empty() {
        println!("{} files, nothing to tidy", tree.len());
        return Ok(());
    }
    for finding in &findings {
        eprintln!("{finding}");
    }
    bail!("{} things to tidy", findings.len())
}

fn read(root: &Path) -> anyhow::Result<Tree> {
    let kinds = ["rs", "sql", "md", "yaml", "yml", "toml", "json"];
    let mut tree = Tree::new();
    for path in workspace::files_below(root)? {
        let is_text = path.extension().is_some_and(|kind| kinds.iter().any(|known| kind == *known));
        if is_text && std::fs::metadata(&path)?.len() <= FILE_MAX {
            let text = String::from_utf8_lossy(&std::fs::read(&path)?).into_owned();
            tree.insert(path.strip_prefix(root)?.to_owned(), text);
        }
    }
    Ok(tree)
}

/// Files that exist to test others.
fn is_test(path: &Path) -> bool {
    let parts: Vec<_> = path.iter().map(|part| part.to_string_lossy()).collect();
    parts.iter().any(|part| ["tests", "fixtures", "tests.rs"].contains(&part.as_ref()))
        || path.starts_with("crates/it")
}

fn is_rust(path: &Path) -> bool {
    path.extension().is_some_and(|kind| kind == "rs")
}

#[cfg(test)]
fn tree(files: &[(&str, &str)]) -> Tree {
    files.iter().map(|(path, text)| (PathBuf::from(path), (*text).to_owned())).collect()
}
