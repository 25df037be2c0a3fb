//! Adds a line to the lists that name every part.

use anyhow::{Context as _, bail};

/// Declares a module, in the alphabetical place among the others.
pub fn add_module(text: &str, declaration: &str) -> anyhow::Result<String> {
    let name = |line: &str| -> Option<String> {
        let line = line.strip_prefix("pub ").unwrap_or(line);
        line.strip_prefix("mod ")?.strip_suffix(';').map(ToOwned::to_owned)
    };
    let new = name(declaration).context("not a declaration of a module")?;
    let mut lines: Vec<&str> = text.lines().collect();
    let declared: Vec<(usize, String)> =
        lines.iter().enumerate().filter_map(|(at, line)| Some((at, name(line)?))).collect();
    if declared.iter().any(|(_, found)| *found == new) {
        bail!("the module `{new}` is declared already");
    }
    let tests = |found: &str| found == "tests";
    let next = declared.iter().find(|(_, found)| new < *found && !tests(found)).map(|(at, _)| *at);
    let last = declared.iter().rfind(|(_, found)| !tests(found)).map(|(at, _)| at + 1);
    let after_head = lines.iter().position(|line| !line.starts_with("//!")).unwrap_or(lines.len());
    if let Some(at) = next.or(last) {
        lines.insert(at, declaration);
    } else {
        lines.insert(after_head, "");
        lines.insert(after_head + 1, declaration);
    }
    Ok(lines.join("\n") + "\n")
}

/// Adds an item to the first list in square brackets after `start`.
pub fn add_item(text: &str, start: &str, item: &str) -> anyhow::Result<String> {
    let begin = text.find(start).with_context(|| format!("there is no `{start}`"))? + start.len();
    let mut depth = 0_usize;
    for (offset, letter) in text.bytes().enumerate().skip(begin) {
        match letter {
            b'[' => depth += 1,
            b']' if depth == 1 => {
                let (before, after) = text.split_at(offset);
                let before = before.trim_end().trim_end_matches(',');
                let comma = if before.ends_with('[') { "" } else { ", " };
                return Ok(format!("{before}{comma}{item}{after}"));
            }
            b']' => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    bail!("there is no list after `{start}`")
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = "//! It.\n\nmod create;\npub mod list;\n\n#[cfg(test)]\nmod tests;\n\nfn operations() -> Vec<O> {\n    vec![create::operation(), list::operation()]\n}\n";

    #[test]
    fn a_module_goes_to_its_alphabetical_place() {
        let text = add_module(FILE, "mod get;").unwrap();
        assert!(text.contains("mod create;\nmod get;\npub mod list;\n"), "{text}");
        let text = add_module(FILE, "mod update;").unwrap();
        assert!(text.contains("pub mod list;\nmod update;\n"), "{text}");
        assert!(add_module(FILE, "mod list;").is_err());
        assert_eq!(
            add_module("//! It.\n//! More.\n", "mod a;").unwrap(),
            "//! It.\n//! More.\n\nmod a;\n"
        );
    }

    #[test]
    fn an_item_goes_to_the_end_of_the_list() {
        let start = "fn operations() -> Vec<O> {";
        let text = add_item(FILE, start, "get::operation()").unwrap();
        assert!(text.contains("vec![create::operation(), list::operation(), get::operation()]"));
        assert_eq!(add_item("f() { [\n  a,\n] }", "f()", "b").unwrap(), "f() { [\n  a, b] }");
        assert_eq!(add_item("f() { vec![] }", "f()", "b").unwrap(), "f() { vec![b] }");
        assert_eq!(add_item("f() { [a([1])] }", "f()", "b").unwrap(), "f() { [a([1]), b] }");
        assert!(add_item("f()", "f()", "b").is_err());
    }
}
