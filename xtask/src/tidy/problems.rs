//! Every problem code has its page, and every page its code.

use std::path::Path;

use super::{Finding, Tree};

const REGISTRY: &str = "crates/domain/src/problem/codes.rs";
const PAGES: &str = "docs/problems";

pub fn check(tree: &Tree) -> Vec<Finding> {
    let Some(registry) = tree.get(Path::new(REGISTRY)) else {
        return vec![format!("{REGISTRY} is missing: the list of problem codes")];
    };
    let codes = codes(registry);
    let pages: Vec<&str> = tree
        .keys()
        .filter(|path| path.parent() == Some(Path::new(PAGES)))
        .filter_map(|path| path.file_stem()?.to_str())
        .filter(|name| *name != "README")
        .collect();
    let no_page = codes
        .iter()
        .filter(|code| !pages.contains(code))
        .map(|code| format!("{PAGES}/{code}.md is missing: what to do about `{code}`"));
    let no_code = pages
        .iter()
        .filter(|page| !codes.contains(page))
        .map(|page| format!("{PAGES}/{page}.md explains a code that {REGISTRY} does not have"));
    no_page.chain(no_code).collect()
}

/// The first text of each line of the form `("code", status, "title")`.
fn codes(registry: &str) -> Vec<&str> {
    registry
        .lines()
        .filter_map(|line| line.trim_start().strip_prefix("(\""))
        .filter_map(|rest| rest.split_once('"'))
        .filter(|(_, rest)| rest.starts_with(','))
        .map(|(code, _)| code)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::{super::tree, *};

    #[test]
    fn codes_and_pages_match_one_to_one() {
        let registry = "const CODES: &[Code] = &[\n    (\"not-found\", 404, \"Not found\"),\n    (\"conflict\", 409, \"Conflict\"),\n];";
        let tree = tree(&[
            (REGISTRY, registry),
            ("docs/problems/not-found.md", ""),
            ("docs/problems/gone.md", ""),
        ]);
        let findings = check(&tree);
        assert_eq!(findings.len(), 2, "{findings:?}");
        assert!(findings[0].contains("conflict.md is missing"));
        assert!(findings[1].contains("gone.md explains a code"));
    }
}
