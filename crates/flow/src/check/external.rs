//! Parts of a definition that stand elsewhere. They are written into it before it is run.

use super::{At, Checker, data::enclosed};
use crate::{
    catalog::{Catalog, FunctionSpec},
    check,
    diagnostic::Problems,
    expression, source,
    source::Content,
};

/// The catalog of what this program can do.
pub(super) const DEFAULT_CATALOG: &str = "default";

/// A part that stands elsewhere.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct External {
    /// The place of the schema, or of the call, as a JSON pointer.
    pub(crate) path: String,
    /// As it is written: absolute, or relative to what it is written in.
    pub(crate) address: String,
    /// Of a function, what it is called by.
    pub(crate) function: Option<String>,
}

/// What a definition takes from elsewhere; empty if it cannot be read.
pub(crate) fn externals(text: &str) -> Vec<External> {
    // Reading an expression recurses as deep as the expression nests.
    let found = expression::on_a_large_stack(|| {
        let mut problems = Problems::default();
        let Some(root) = source::read(text, &mut problems) else { return Vec::new() };
        let mut checker = check::checker(&Nothing, problems);
        let _its_problems_are_told_later =
            checker.document(&At { node: &root, path: String::new() }).is_some();
        checker.externals
    });
    found.unwrap_or_default()
}

/// What else is called does not matter here.
struct Nothing;

impl Catalog for Nothing {
    fn function(&self, _: &str) -> Option<FunctionSpec<'_>> {
        None
    }

    fn names(&self) -> Vec<String> {
        Vec::new()
    }
}

impl Checker<'_> {
    fn stands_elsewhere(&mut self, at: &At<'_>, address: &str, function: Option<&str>) {
        let message = format!(
            "this stands at {address}; `handoff flow bundle FILE` writes it into the definition, as a server needs it"
        );
        self.problem(at, message);
        let (path, address) = (at.path.clone(), address.to_owned());
        self.externals.push(External { path, address, function: function.map(str::to_owned) });
    }

    /// `{ name, endpoint }` of a schema.
    pub(super) fn schema_resource(&mut self, schema: &At<'_>, at: &At<'_>) {
        if !self.map(at, &["name", "endpoint"], &[]) {
            return;
        }
        let endpoint = self.required(at, "endpoint");
        if let Some(address) = endpoint.and_then(|endpoint| self.plain_address(&endpoint)) {
            self.stands_elsewhere(schema, &address, None);
        }
    }

    /// `use.catalogs`: names to `{ endpoint }`.
    pub(super) fn read_catalogs(&mut self, at: &At<'_>) {
        if !matches!(at.node.content, Content::Map(_)) {
            self.expected(at, "a map of names to catalogs");
        }
        for member in at.members() {
            let place = at.child(&member.key, &member.value);
            if member.key == DEFAULT_CATALOG {
                self.problem(
                    &place,
                    "`default` is the catalog of this program; call yours by another name",
                );
            }
            if !self.map(&place, &["endpoint"], &[]) {
                continue;
            }
            let endpoint = self.required(&place, "endpoint");
            let address = endpoint.and_then(|endpoint| self.plain_address(&endpoint));
            self.catalogs.insert(member.key.clone(), address);
        }
    }

    /// An address that is written out, by itself or as `{ uri }`.
    fn plain_address(&mut self, at: &At<'_>) -> Option<String> {
        let uri = match at.node.content {
            Content::Map(_) => {
                if let Some(policy) = at.get("authentication") {
                    self.problem(&policy, "it is fetched without credentials");
                    return None;
                }
                self.map(at, &["uri"], &[]);
                self.required(at, "uri")?
            }
            _ => at.clone(),
        };
        let text = self.text(&uri)?;
        if enclosed(text).is_some() || text.contains(['{', '}']) {
            self.problem(
                &uri,
                "it is fetched before there is any data, so its address is written out",
            );
            return None;
        }
        Some(text.to_owned())
    }

    /// A call of `name:version@catalog`, or of a function's address.
    pub(super) fn call_elsewhere(&mut self, at: &At<'_>, name: &str) {
        if name.contains("://") {
            let address = raw(name);
            return self.stands_elsewhere(at, &address, Some(name));
        }
        let (function, catalog) = name.split_once('@').unwrap_or((name, DEFAULT_CATALOG));
        let Some(endpoint) = self.catalogs.get(catalog) else {
            let known: Vec<&str> = self.catalogs.keys().map(String::as_str).collect();
            let hint = crate::nearest(catalog, known.into_iter()).map(str::to_owned);
            let message = format!("there is no catalog `{catalog}` in `use.catalogs`");
            self.problems.add_with_hint(at.position(), &at.path, message, hint.as_deref());
            return;
        };
        // What is wrong with the catalog is told where it stands.
        let Some(endpoint) = endpoint else { return };
        let is_word = |text: &str| {
            let is_sign = |b: u8| b.is_ascii_alphanumeric() || b"._-".contains(&b);
            !text.is_empty() && text.bytes().all(is_sign) && text != "." && text != ".."
        };
        match function.split_once(':') {
            Some((function, version)) if is_word(function) && is_word(version) => {
                let root = endpoint.trim_end_matches('/');
                let address = raw(&format!("{root}/functions/{function}/{version}/function.yaml"));
                self.stands_elsewhere(at, &address, Some(name));
            }
            _ => self.problem(at, "write it as `name:version@catalog`"),
        }
    }
}

/// Where GitHub and GitLab have the file itself rather than a page about it.
fn raw(address: &str) -> String {
    let moved = || {
        if let Some(path) = address.strip_prefix("https://github.com/") {
            let (owner, rest) = path.split_once('/')?;
            let (repository, rest) = rest.split_once('/')?;
            let file = match rest.strip_prefix("tree/").or_else(|| rest.strip_prefix("blob/")) {
                Some(rest) => format!("refs/heads/{rest}"),
                None => format!("HEAD/{rest}"),
            };
            return Some(format!("https://raw.githubusercontent.com/{owner}/{repository}/{file}"));
        }
        let path = address.strip_prefix("https://gitlab.com/")?;
        let (project, rest) =
            path.split_once("/-/tree/").or_else(|| path.split_once("/-/blob/"))?;
        Some(format!("https://gitlab.com/{project}/-/raw/{rest}"))
    };
    moved().unwrap_or_else(|| address.to_owned())
}

#[cfg(test)]
mod tests {
    use super::raw;

    #[test]
    fn a_repository_is_read_where_its_files_are() {
        let file = "functions/log/1.0.0/function.yaml";
        for (written, expected) in [
            (
                "https://github.com/serverlessworkflow/catalog/tree/main",
                "https://raw.githubusercontent.com/serverlessworkflow/catalog/refs/heads/main",
            ),
            (
                "https://github.com/serverlessworkflow/catalog",
                "https://raw.githubusercontent.com/serverlessworkflow/catalog/HEAD",
            ),
            (
                "https://gitlab.com/group/part/catalog/-/tree/main",
                "https://gitlab.com/group/part/catalog/-/raw/main",
            ),
            ("https://example.com/catalog", "https://example.com/catalog"),
        ] {
            assert_eq!(raw(&format!("{written}/{file}")), format!("{expected}/{file}"));
        }
    }
}
