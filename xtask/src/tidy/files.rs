//! Sizes, openings, names and words.

use std::path::Path;

use super::{Finding, Tree, is_rust, is_test};

const LINES_MAX: usize = 400;

/// Names that say nothing about what is inside.
const EMPTY_NAMES: [&str; 8] =
    ["util", "utils", "helper", "helpers", "manager", "managers", "common", "misc"];

/// Marks of unfinished work, written so that this file does not hold them.
const UNFINISHED: [&str; 5] = [
    concat!("TO", "DO"),
    concat!("FIX", "ME"),
    concat!("XX", "X"),
    concat!("to", "do!("),
    concat!("unimpl", "emented!("),
];

pub fn check(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (path, text) in tree {
        let shown = path.display();
        findings.extend(
            empty_names(path)
                .map(|name| format!("{shown}: `{name}` says nothing; name it after what it does")),
        );
        if is_rust(path) {
            let lines = text.lines().take_while(|line| *line != "mod tests {").count();
            if LINES_MAX < lines && !is_test(path) {
                findings.push(format!("{shown}: {lines} lines, at most {LINES_MAX}; split it"));
            }
            if !is_test(path) && !text.trim_start().starts_with("//!") {
                findings.push(format!("{shown}: begin with `//!` and what the module is"));
            }
            findings.extend(inline_modules(text).map(|name| {
                format!("{shown}: a module called `{name}`; name it after what it does")
            }));
        }
        if !is_document(path) {
            findings.extend(unfinished(text).map(|(line, word)| {
                format!("{shown}:{line}: `{word}`; finish it, or write an issue")
            }));
        }
    }
    findings
}

fn empty_names(path: &Path) -> impl Iterator<Item = String> {
    path.iter()
        .map(|part| Path::new(part).file_stem().unwrap_or_default().to_string_lossy().into_owned())
        .filter(|name| EMPTY_NAMES.contains(&name.as_str()))
}

fn inline_modules(text: &str) -> impl Iterator<Item = &str> {
    text.lines()
        .filter_map(|line| line.trim_start().trim_start_matches("pub ").strip_prefix("mod "))
        .map(|rest| rest.trim_end_matches([' ', '{', ';']))
        .filter(|name| EMPTY_NAMES.contains(name))
}

/// Prose may speak of unfinished work; data may hold any word.
fn is_document(path: &Path) -> bool {
    path.extension().is_some_and(|kind| kind == "md" || kind == "json")
}

fn unfinished(text: &str) -> impl Iterator<Item = (usize, &'static str)> {
    text.lines().enumerate().flat_map(|(index, line)| {
        let found = UNFINISHED.iter().filter(move |word| holds_word(line, word));
        found.map(move |word| (index + 1, *word))
    })
}

fn holds_word(line: &str, word: &str) -> bool {
    line.match_indices(word).any(|(start, _)| {
        let joins = |byte: Option<u8>| {
            byte.is_some_and(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
        };
        let before = start.checked_sub(1).and_then(|index| line.as_bytes().get(index).copied());
        let after = line.as_bytes().get(start + word.len()).copied();
        !joins(before) && (word.ends_with('(') || !joins(after))
    })
}

#[cfg(test)]
mod tests {
    use super::{super::tree, *};

    #[test]
    fn a_long_file_is_found_and_its_tests_do_not_count() {
        let long = format!("//! It.\n{}", "fn a() {}\n".repeat(LINES_MAX));
        let tested = format!("//! It.\nmod tests {{\n{}", "fn a() {}\n".repeat(LINES_MAX));
        let tree = tree(&[("crates/a/src/long.rs", &long), ("crates/a/src/tested.rs", &tested)]);
        assert_eq!(check(&tree), ["crates/a/src/long.rs: 401 lines, at most 400; split it"]);
    }

    #[test]
    fn a_module_says_what_it_is() {
        let tree = tree(&[("a/src/lib.rs", "use b;"), ("a/src/tests.rs", "use b;")]);
        assert_eq!(check(&tree), ["a/src/lib.rs: begin with `//!` and what the module is"]);
    }

    #[test]
    fn names_that_say_nothing_are_found() {
        let tree =
            tree(&[("a/src/utils.rs", "//! It."), ("a/src/lib.rs", "//! It.\nmod common {")]);
        assert_eq!(check(&tree).len(), 2, "{:?}", check(&tree));
    }

    #[test]
    fn unfinished_work_is_found_in_code_and_allowed_in_prose() {
        let text =
            format!("//! It.\n// {} later\nlet {}_list = 1;\n", UNFINISHED[0], UNFINISHED[0]);
        let tree = tree(&[("a/src/lib.rs", &text), ("docs/a.md", &text)]);
        assert_eq!(check(&tree).len(), 1);
        assert!(check(&tree)[0].starts_with("a/src/lib.rs:2:"));
    }
}
