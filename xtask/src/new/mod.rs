//! `cargo xtask new-…`: the first lines of a new part, in its place and in the lists that name it.
//!
//! The templates are in `xtask/templates`. What they give compiles and its tests pass; it is a start
//! with the right shape, to be filled with what the part is for.

pub mod connector;
mod lists;
pub mod operation;

use std::{
    io::Write as _,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use anyhow::{Context as _, bail};

use crate::workspace;

/// Files to write, all of them or none.
#[derive(Debug, Default)]
struct Plan {
    files: Vec<(PathBuf, String)>,
}

impl Plan {
    /// A file that must not be there yet.
    fn create(&mut self, path: PathBuf, text: String) -> anyhow::Result<()> {
        if path.exists() {
            bail!("{} is there already; choose another name", shown(&path));
        }
        self.files.push((path, text));
        Ok(())
    }

    /// A file that is there and changes.
    fn edit(
        &mut self,
        path: PathBuf,
        change: impl FnOnce(&str) -> anyhow::Result<String>,
    ) -> anyhow::Result<()> {
        let text = std::fs::read_to_string(&path)
            .with_context(|| format!("cannot read {}", shown(&path)))?;
        let text = change(&text).with_context(|| format!("cannot change {}", shown(&path)))?;
        self.files.push((path, text));
        Ok(())
    }

    fn carry_out(&self) -> anyhow::Result<()> {
        for (path, text) in &self.files {
            if let Some(folder) = path.parent() {
                std::fs::create_dir_all(folder)?;
            }
            let text = formatted(text).with_context(|| format!("cannot format {}", shown(path)))?;
            std::fs::write(path, text).with_context(|| format!("cannot write {}", shown(path)))?;
            println!("wrote {}", shown(path));
        }
        Ok(())
    }
}

/// The text as rustfmt has it. Given a file it would also rewrite the modules that the file names,
/// which may be in the middle of somebody's change.
fn formatted(text: &str) -> anyhow::Result<String> {
    let mut rustfmt = Command::new("rustfmt")
        .args(["--edition", "2024", "--emit", "stdout", "--quiet"])
        .current_dir(workspace::root())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .context("cannot start `rustfmt`")?;
    if let Some(mut stdin) = rustfmt.stdin.take() {
        stdin.write_all(text.as_bytes())?;
    }
    let output = rustfmt.wait_with_output()?;
    anyhow::ensure!(output.status.success(), "`rustfmt` refused");
    Ok(String::from_utf8(output.stdout)?)
}

/// A template with its `{{names}}` replaced.
fn fill(template: &str, values: &[(&str, &str)]) -> anyhow::Result<String> {
    let mut text = template.to_owned();
    for (name, value) in values {
        text = text.replace(&format!("{{{{{name}}}}}"), value);
    }
    if let Some(start) = text.find("{{") {
        let (_, rest) = text.split_at(start);
        bail!("a template has no value for `{}`", rest.lines().next().unwrap_or_default());
    }
    Ok(text)
}

/// `invoice_system` as `InvoiceSystem`.
fn type_name(name: &str) -> String {
    name.split('_')
        .map(|word| {
            let mut letters = word.chars();
            letters
                .next()
                .map(|first| first.to_ascii_uppercase())
                .into_iter()
                .chain(letters)
                .collect::<String>()
        })
        .collect()
}

/// A name of Rust modules, SQL and flows: lower case, digits and single underscores.
fn checked(name: &str) -> anyhow::Result<&str> {
    let is_plain = name.starts_with(|letter: char| letter.is_ascii_lowercase())
        && !name.ends_with('_')
        && !name.contains("__")
        && name
            .chars()
            .all(|letter| letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == '_');
    if !is_plain {
        bail!("`{name}` must be lower-case words joined by underscores, such as `invoice_system`");
    }
    Ok(name)
}

fn shown(path: &Path) -> std::path::Display<'_> {
    path.strip_prefix(workspace::root()).unwrap_or(path).display()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_checked_and_turned_into_types() {
        assert_eq!(type_name("invoice_system"), "InvoiceSystem");
        assert!(checked("invoice_system").is_ok());
        for wrong in ["", "Invoice", "a-b", "_a", "a_", "a__b", "2a", "a/b"] {
            assert!(checked(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_template_without_a_value_is_an_error() {
        assert_eq!(fill("a {{b}} c", &[("b", "x")]).unwrap(), "a x c");
        assert!(fill("a {{b}} {{c}}", &[("b", "x")]).is_err());
    }
}
