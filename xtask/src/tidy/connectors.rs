//! Every connector has the same parts in the same files.

use std::{collections::BTreeSet, path::Path};

use super::{Finding, Tree};

const FOLDER: &str = "crates/connectors/src";
const PARTS: [&str; 5] = ["mod", "client", "functions", "simulator", "tests"];

/// `ai` speaks to several providers, with one client for each and one that needs none; `assistant` is told
/// by webhooks and has no functions.
const OTHER_SHAPE: [&str; 2] = ["ai", "assistant"];

pub fn check(tree: &Tree) -> Vec<Finding> {
    let below = |path: &Path| path.strip_prefix(FOLDER).ok().map(Path::to_owned);
    let connectors: BTreeSet<String> = tree
        .keys()
        .filter_map(|path| below(path))
        .filter(|path| 1 < path.iter().count())
        .filter_map(|path| Some(path.iter().next()?.to_str()?.to_owned()))
        .collect();
    let has = |connector: &str, part: &str| {
        let folder = Path::new(FOLDER).join(connector);
        tree.contains_key(&folder.join(format!("{part}.rs")))
            || tree.contains_key(&folder.join(part).join("mod.rs"))
    };
    connectors
        .iter()
        .filter(|connector| !OTHER_SHAPE.contains(&connector.as_str()))
        .flat_map(|connector| {
            PARTS
                .iter()
                .filter(|part| !has(connector, part))
                .map(move |part| format!("{FOLDER}/{connector}/{part}.rs is missing"))
                .collect::<Vec<_>>()
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::{super::tree, *};

    #[test]
    fn a_connector_without_a_simulator_is_found() {
        let tree = tree(&[
            ("crates/connectors/src/lib.rs", ""),
            ("crates/connectors/src/slack/mod.rs", ""),
            ("crates/connectors/src/slack/client.rs", ""),
            ("crates/connectors/src/slack/functions.rs", ""),
            ("crates/connectors/src/slack/tests/mod.rs", ""),
        ]);
        assert_eq!(check(&tree), ["crates/connectors/src/slack/simulator.rs is missing"]);
    }
}
