//! From a definition's text to its model. Reports every problem it can find, not just the first.

mod asyncapi;
mod call;
mod data;
mod document;
mod event;
mod extension;
pub(crate) mod external;
mod flow;
mod function;
mod order;
mod protocol;
mod run;
mod schedule;
pub(crate) mod task;
mod tries;

#[cfg(test)]
mod all_at_once;
#[cfg(test)]
mod tests;

use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
};

use external::External;

use crate::{
    catalog::Catalog,
    diagnostic::{Diagnostic, Problems, nearest},
    expression::Expression,
    model::{Block, BlockId, Definition, Extension, Task},
    routing::Routes,
    source::{self, Content, Member, Node, Position},
};

/// Checks a definition. Gives what is odd about a sound one beside it.
pub(crate) fn check(
    source: &str,
    catalog: &dyn Catalog,
) -> Result<(Definition, Vec<Diagnostic>), Vec<Diagnostic>> {
    let mut problems = Problems::default();
    let root = source::read(source, &mut problems);
    let Some(root) = root else { return Err(problems.sorted()) };
    let mut checker = checker(catalog, problems);
    let definition = checker.document(&At { node: &root, path: String::new() });
    match definition {
        Some(definition) if !checker.problems.has_errors() => {
            Ok((definition, checker.problems.sorted()))
        }
        _ => Err(checker.problems.sorted()),
    }
}

fn checker(catalog: &dyn Catalog, problems: Problems) -> Checker<'_> {
    Checker {
        catalog,
        problems,
        expressions: HashMap::new(),
        tasks: Vec::new(),
        blocks: Vec::new(),
        scope: Vec::new(),
        named_errors: HashMap::new(),
        named_retries: HashMap::new(),
        named_timeouts: HashMap::new(),
        named_authentications: HashMap::new(),
        secrets: Vec::new(),
        functions: HashMap::new(),
        uses: Vec::new(),
        inside: None,
        extensions: Vec::new(),
        is_of_extension: false,
        is_loose: false,
        listens: Vec::new(),
        routes: Vec::new(),
        catalogs: BTreeMap::new(),
        externals: Vec::new(),
    }
}

struct Checker<'a> {
    catalog: &'a dyn Catalog,
    problems: Problems,
    /// Compiled already, by text and by the variables it may use.
    expressions: HashMap<(String, Vec<String>), Arc<Expression>>,
    /// In reading order; a task is absent while what is inside it is read.
    tasks: Vec<Option<Task>>,
    blocks: Vec<Block>,
    /// The variables of the loops and catches around the place being read.
    scope: Vec<String>,
    named_errors: HashMap<String, At<'a>>,
    named_retries: HashMap<String, At<'a>>,
    named_timeouts: HashMap<String, At<'a>>,
    named_authentications: HashMap<String, At<'a>>,
    /// The names that `use.secrets` lists.
    secrets: Vec<String>,
    /// The lists of the tasks of `use.functions`.
    functions: HashMap<String, BlockId>,
    /// Which function of `use.functions` uses which.
    uses: Vec<(String, String)>,
    /// The function that is being read.
    inside: Option<String>,
    extensions: Vec<Extension>,
    /// Whether what is being read belongs to an extension.
    is_of_extension: bool,
    /// Whether text without `${ }` may be an expression too.
    is_loose: bool,
    listens: Vec<String>,
    routes: Routes,
    /// The addresses of the catalogs of `use.catalogs`, by name; none where it is no address.
    catalogs: BTreeMap<String, Option<String>>,
    externals: Vec<External>,
}

/// A node and its path.
#[derive(Debug, Clone)]
struct At<'n> {
    node: &'n Node,
    path: String,
}

impl<'n> At<'n> {
    fn child(&self, key: &str, node: &'n Node) -> Self {
        let mut path = self.path.clone();
        path.push('/');
        path.push_str(&key.replace('~', "~0").replace('/', "~1"));
        Self { node, path }
    }

    fn members(&self) -> &'n [Member] {
        match &self.node.content {
            Content::Map(members) => members,
            _ => &[],
        }
    }

    /// What a member of a list names: a map in a map. Where several are named, what is no map is left out.
    fn named(&self) -> impl Iterator<Item = At<'n>> {
        let members = self.members();
        let is_named =
            |it: &&Member| members.len() == 1 || matches!(it.value.content, Content::Map(_));
        members.iter().filter(is_named).map(|member| self.child(&member.key, &member.value))
    }

    /// The value of a key, if this is a map that has it.
    fn get(&self, key: &str) -> Option<Self> {
        let member = self.members().iter().find(|member| member.key == key)?;
        Some(self.child(key, &member.value))
    }

    /// The part at a JSON pointer, or the innermost part around it that there is.
    fn inside(&self, pointer: &str) -> Self {
        Self { node: self.node.nearest(pointer), path: format!("{}{pointer}", self.path) }
    }

    fn position(&self) -> Position {
        self.node.at
    }
}

impl Checker<'_> {
    fn problem(&mut self, at: &At<'_>, message: impl Into<String>) {
        self.problems.add(at.position(), &at.path, message);
    }

    fn expected(&mut self, at: &At<'_>, what: &str) {
        let message = format!("expected {what}, found {}", at.node.kind());
        self.problem(at, message);
    }

    /// Whether `at` is a map with no keys but these. Keys of the language that this version does
    /// not support are named as such.
    fn map(&mut self, at: &At<'_>, known: &[&str], unsupported: &[&str]) -> bool {
        if !matches!(at.node.content, Content::Map(_)) {
            self.expected(at, "a map");
            return false;
        }
        for member in at.members() {
            let key = member.key.as_str();
            if known.contains(&key) {
                continue;
            }
            let place = at.child(key, &member.value);
            if unsupported.contains(&key) {
                let message = format!("`{key}` is not supported by this version");
                self.problems.add(member.key_at, &place.path, message);
                continue;
            }
            let message = match nearest(key, known.iter().copied()) {
                Some(_) => format!("`{key}` is not known here"),
                None => format!("`{key}` is not known here; expected one of {}", listed(known)),
            };
            let hint = nearest(key, known.iter().copied());
            self.problems.add_with_hint(member.key_at, &place.path, message, hint);
        }
        true
    }

    /// The one of `keys` that is there, of which there must be one and no more.
    fn exactly_one<'k>(&mut self, at: &At<'_>, keys: &[&'k str]) -> Option<&'k str> {
        let found: Vec<&str> = keys.iter().copied().filter(|key| at.get(key).is_some()).collect();
        if let [key] = found[..] {
            return Some(key);
        }
        self.problem(at, format!("expected exactly one of {}", listed(keys)));
        None
    }

    /// A key that must be there.
    fn required<'n>(&mut self, at: &At<'n>, key: &str) -> Option<At<'n>> {
        let found = at.get(key);
        if found.is_none() && matches!(at.node.content, Content::Map(_)) {
            self.problem(at, format!("`{key}` is missing"));
        }
        found
    }

    fn text<'n>(&mut self, at: &At<'n>) -> Option<&'n str> {
        if let Content::Text(text) = &at.node.content {
            Some(text)
        } else {
            self.expected(at, "text");
            None
        }
    }

    fn required_text<'n>(&mut self, at: &At<'n>, key: &str) -> Option<&'n str> {
        let found = self.required(at, key)?;
        self.text(&found)
    }

    fn optional_text(&mut self, at: &At<'_>, key: &str) -> Option<String> {
        let found = at.get(key)?;
        self.text(&found).map(str::to_owned)
    }

    /// One of a few words.
    fn word<T: Copy>(&mut self, at: &At<'_>, words: &[(&str, T)]) -> Option<T> {
        let text = self.text(at)?;
        let found = words.iter().find(|(word, _)| *word == text).map(|(_, value)| *value);
        if found.is_none() {
            let known: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
            let message = format!("expected one of {}, found `{text}`", listed(&known));
            let hint = nearest(text, known.iter().copied());
            self.problems.add_with_hint(at.position(), &at.path, message, hint);
        }
        found
    }
}

fn listed(words: &[&str]) -> String {
    let quoted: Vec<String> = words.iter().map(|word| format!("`{word}`")).collect();
    quoted.join(", ")
}
