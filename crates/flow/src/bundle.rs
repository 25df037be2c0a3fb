//! Definitions that take parts from elsewhere, made whole: what was fetched is written into them.
//!
//! So nothing is fetched while a run goes on, and the digest of a definition says all that it does.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::{
    check::external::{External, externals},
    diagnostic::{Diagnostic, Problems},
    source,
};

/// How many parts a definition may take from elsewhere, those of the parts counted.
const EXTERNALS_MAX: usize = 100;

/// What was found at an address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fetched {
    /// The whole address.
    pub address: String,
    pub text: String,
}

/// How parts are fetched: given the address of what they are written in (none for the definition itself) and their
/// own, perhaps relative, address.
pub type Fetch<'f> = dyn FnMut(Option<&str>, &str) -> Result<Fetched, String> + 'f;

/// The definition with what it takes from elsewhere (`schema.resource`, functions of other catalogs), as JSON. None
/// if it takes nothing, and then it can be run as it is.
///
/// Schemas become `document`, functions `use.functions` under the name by which they are called.
///
/// # Errors
/// What cannot be fetched or read, at its place.
pub fn bundle(text: &str, fetch: &mut Fetch<'_>) -> Result<Option<String>, Vec<Diagnostic>> {
    let mut bundled: Option<String> = None;
    let mut addresses: BTreeMap<String, String> = BTreeMap::new();
    let mut taken = 0;
    loop {
        let current = bundled.as_deref().unwrap_or(text);
        let wanted = externals(current);
        if wanted.is_empty() {
            return Ok(bundled);
        }
        let Ok(mut document) = source::to_json(current) else { return Ok(bundled) };
        for external in wanted {
            taken += 1;
            if EXTERNALS_MAX < taken {
                let message = format!("at most {EXTERNALS_MAX} parts may stand elsewhere");
                return Err(vec![at(text, &external.path, message)]);
            }
            write_in(&mut document, &external, &mut addresses, fetch)
                .map_err(|message| vec![at(text, &external.path, message)])?;
        }
        bundled = Some(format!("{document:#}\n"));
    }
}

/// Problems of a bundled definition at their places in the text that it was made of.
#[must_use]
pub fn unbundled(text: &str, problems: Vec<Diagnostic>) -> Vec<Diagnostic> {
    let mut problems: Vec<Diagnostic> = problems
        .into_iter()
        .map(|problem| {
            let Diagnostic { line, column, .. } = at(text, &problem.path, "");
            Diagnostic { line, column, ..problem }
        })
        .collect();
    problems.sort_by_key(|problem| (problem.line, problem.column));
    problems
}

fn at(text: &str, path: &str, message: impl Into<String>) -> Diagnostic {
    let place = source::read(text, &mut Problems::default()).map(|root| root.nearest(path).at);
    let (line, column) = place.map_or((1, 1), |place| (place.line, place.column));
    Diagnostic { line, column, ..Diagnostic::of_document(path, message) }
}

fn write_in(
    document: &mut Value,
    external: &External,
    addresses: &mut BTreeMap<String, String>,
    fetch: &mut Fetch<'_>,
) -> Result<(), String> {
    let function =
        external.path.strip_prefix("/use/functions/").and_then(|rest| rest.split('/').next());
    let of_function = function.map(|name| name.replace("~1", "/").replace("~0", "~"));
    let inside = of_function.and_then(|name| addresses.get(&name)).cloned();
    if let Some(name) = &external.function
        && document.pointer("/use/functions").is_some_and(|known| known.get(name).is_some())
    {
        // Another call of it was met before.
        return Ok(());
    }
    let Fetched { address, text } = fetch(inside.as_deref(), &external.address)?;
    let part = source::to_json(&text).map_err(|reason| format!("{address}: {reason}"))?;
    if let Some(name) = &external.function {
        let shared = member(document, "use").and_then(|shared| member(shared, "functions"));
        shared.and_then(Value::as_object_mut).map(|functions| functions.insert(name.clone(), part));
        addresses.insert(name.clone(), address);
    } else if let Some(schema) = document.pointer_mut(&external.path).and_then(Value::as_object_mut)
    {
        schema.shift_remove("resource");
        schema.insert("document".to_owned(), part);
    }
    Ok(())
}

/// A member of a map, made if it is not there.
fn member<'v>(value: &'v mut Value, name: &str) -> Option<&'v mut Value> {
    Some(value.as_object_mut()?.entry(name).or_insert_with(|| json!({})))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Program, testing::catalog};

    const HEAD: &str = "document: { dsl: 1.0.3, namespace: test, name: test, version: 1.0.0 }\n";

    fn files(base: Option<&str>, address: &str) -> Result<Fetched, String> {
        let folder = base.and_then(|base| base.rsplit_once('/')).map_or("file:///flows", |it| it.0);
        let is_whole = address.contains("://");
        let address = if is_whole { address.to_owned() } else { format!("{folder}/{address}") };
        let text = match address.as_str() {
            "file:///flows/order.json" => "{\"type\": \"object\", \"required\": [\"id\"]}",
            "https://example.com/c/functions/log/1.0.0/function.yaml" => {
                "input: { schema: { resource: { endpoint: text.yaml } } }\nset: { logged: '${ .text }' }"
            }
            "https://example.com/c/functions/log/1.0.0/text.yaml" => "required: [text]",
            "https://example.com/c/functions/twice/1.0.0/function.yaml" => {
                "do: [{ a: { call: 'log:1.0.0@mine' } }, { b: { call: 'log:1.0.0@mine' } }]"
            }
            "file:///flows/broken.yaml" => "a: [",
            _ => return Err(format!("there is no {address}")),
        };
        Ok(Fetched { address, text: text.to_owned() })
    }

    #[test]
    fn what_stands_elsewhere_is_written_in_and_the_whole_can_be_run() {
        let text = format!(
            "{HEAD}input: {{ schema: {{ resource: {{ endpoint: order.json }} }} }}\n\
             use: {{ catalogs: {{ mine: {{ endpoint: {{ uri: 'https://example.com/c' }} }} }} }}\n\
             do:\n- one: {{ call: 'twice:1.0.0@mine', with: {{ text: a }} }}\n"
        );
        let refused = Program::compile(&text, &catalog()).unwrap_err();
        assert_eq!(
            refused.iter().map(|it| (it.line, it.path.as_str())).collect::<Vec<_>>(),
            [(2, "/input/schema"), (5, "/do/0/one/call")],
            "{refused:?}"
        );
        let whole = bundle(&text, &mut files).unwrap().unwrap();
        let program = Program::compile(&whole, &catalog()).unwrap();
        let document = program.document();
        assert_eq!(
            document["input"]["schema"],
            json!({ "document": { "type": "object", "required": ["id"] } })
        );
        let log = &document["use"]["functions"]["log:1.0.0@mine"];
        assert_eq!(log["input"]["schema"]["document"], json!({ "required": ["text"] }));
        assert_eq!(document["use"]["functions"].as_object().unwrap().len(), 2);
        assert_eq!(bundle(&whole, &mut files), Ok(None), "it takes nothing more");
    }

    #[test]
    fn what_cannot_be_fetched_or_read_is_told_at_its_place() {
        for (address, expected) in [
            ("nowhere.json", "3:19 /do/0/a/output/schema: there is no file:///flows/nowhere.json"),
            (
                "broken.yaml",
                "3:19 /do/0/a/output/schema: file:///flows/broken.yaml: 1:5: this is not valid YAML",
            ),
        ] {
            let text = format!(
                "{HEAD}do:\n- a: {{ output: {{ schema: {{ resource: {{ endpoint: {address} }} }} }}, set: {{}} }}\n"
            );
            let text = text.replace("schema: { resource", "schema:\n  { resource");
            let problems = bundle(&text, &mut files).unwrap_err();
            let expected = expected.replace("3:19", "4:3");
            assert!(problems[0].to_string().starts_with(&expected), "{}", problems[0]);
        }
        let text = format!("{HEAD}do:\n- a: {{ set: {{}}, then: nowhere }}\n");
        assert_eq!(bundle(&text, &mut files), Ok(None));
    }

    #[test]
    fn problems_of_the_whole_are_told_in_the_text_that_it_was_made_of() {
        let text = format!(
            "{HEAD}use: {{ catalogs: {{ mine: {{ endpoint: 'https://example.com/c' }} }} }}\n\
             do:\n- a: {{ call: 'log:1.0.0@mine' }}\n- b: {{ set: {{}}, then: nowhere }}\n"
        );
        let whole = bundle(&text, &mut files).unwrap().unwrap();
        let problems = unbundled(&text, Program::compile(&whole, &catalog()).unwrap_err());
        assert_eq!(problems.len(), 1, "{problems:?}");
        assert!(problems[0].to_string().starts_with("5:23 /do/1/b/then"), "{}", problems[0]);
    }
}
