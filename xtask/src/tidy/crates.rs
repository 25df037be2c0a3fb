//! Which crate may use which.

use super::Finding;
use crate::workspace::Package;

/// From the bottom up. What is not listed here is refused.
const MAY_USE: &[(&str, &[&str])] = &[
    ("kernel", &[]),
    ("flow", &["kernel"]),
    ("documents", &["kernel"]),
    ("store", &["kernel"]),
    ("connector-kit", &["kernel"]),
    ("connectors", &["kernel", "connector-kit"]),
    ("protocols", &["kernel", "connector-kit", "flow"]),
    ("engine", &["kernel", "store", "flow", "connector-kit"]),
    ("domain", &["kernel", "store", "flow", "engine", "documents"]),
    ("webhooks", &["kernel", "store", "connector-kit", "domain"]),
    ("sandbox", &["kernel", "connector-kit", "connectors"]),
    ("xtask", &[]),
];

/// These put the others together.
const MAY_USE_ALL: [&str; 3] = ["handoff", "it", "trial"];

pub fn check(packages: &[Package]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for package in packages.iter().filter(|package| !MAY_USE_ALL.contains(&package.name.as_str())) {
        let Some((_, allowed)) = MAY_USE.iter().find(|(name, _)| *name == package.name) else {
            findings
                .push(format!("{}: say in xtask/src/tidy/crates.rs what it may use", package.name));
            continue;
        };
        let refused = package.uses.iter().filter(|name| !allowed.contains(&name.as_str()));
        findings.extend(refused.map(|name| format!("{} must not depend on {name}", package.name)));
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;

    fn package(name: &str, uses: &[&str]) -> Package {
        Package {
            name: name.to_owned(),
            folder: "crates".into(),
            uses: uses.iter().map(|name| (*name).to_owned()).collect(),
            features: Vec::new(),
        }
    }

    #[test]
    fn the_domain_never_sees_a_connector() {
        let packages =
            [package("domain", &["kernel", "connectors"]), package("it", &["connectors"])];
        assert_eq!(check(&packages), ["domain must not depend on connectors"]);
    }

    #[test]
    fn a_new_crate_needs_a_rule() {
        assert_eq!(check(&[package("stray", &[])]).len(), 1);
    }
}
