//! The commands that the documents name exist.

use std::path::Path;

use clap::CommandFactory as _;

use super::{Finding, Tree};

const CALL: &str = "cargo xtask ";

/// The names of our own commands.
pub fn commands() -> Vec<String> {
    crate::Arguments::command()
        .get_subcommands()
        .map(|command| command.get_name().to_owned())
        .collect()
}

pub fn check(tree: &Tree, commands: &[String]) -> Vec<Finding> {
    let readme = tree.get(Path::new("README.md"));
    let mut findings: Vec<Finding> = Vec::new();
    if readme.is_none() {
        findings.push("README.md is missing".to_owned());
    }
    let documents =
        tree.iter().filter(|(path, _)| path.extension().is_some_and(|kind| kind == "md"));
    for (path, text) in documents {
        for (index, line) in text.lines().enumerate() {
            for (_, rest) in
                line.match_indices(CALL).map(|(start, _)| line.split_at(start + CALL.len()))
            {
                let name: String = rest
                    .chars()
                    .take_while(|letter| letter.is_ascii_lowercase() || *letter == '-')
                    .collect();
                if !name.is_empty() && !commands.contains(&name) {
                    let line = index + 1;
                    findings.push(format!("{}:{line}: there is no `{CALL}{name}`", path.display()));
                }
            }
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::{super::tree, *};

    #[test]
    fn a_document_names_commands_that_exist() {
        let tree = tree(&[
            ("README.md", "Run `cargo xtask demo`, or `cargo xtask demo --once`."),
            ("docs/a.md", "1\n`cargo xtask demonstrate`"),
        ]);
        assert_eq!(
            check(&tree, &["demo".to_owned()]),
            ["docs/a.md:2: there is no `cargo xtask demonstrate`"]
        );
        assert!(commands().contains(&"test".to_owned()));
    }
}
