//! The prompts: Markdown files that a user edits, each with the JSON Schema of its answer.
//!
//! Shipped ones are embedded; a folder may replace or add to them. A prompt that could not work is
//! refused when it is loaded, not when a client waits for it. A tenant's own text may stand in for one of them: it
//! keeps the name, the schema of the answer and what must be said.

mod faults;
mod parse;
mod template;

use std::{collections::BTreeMap, path::Path, sync::Arc};

use jsonschema::Validator;
use serde_json::{Map, Value};

pub use faults::Fault;
use template::Template;
pub use template::{DATA_CLOSE, DATA_OPEN};

/// How many faults of a file are named.
const FAULTS_MAX: usize = 5;
/// How many of an answer's violations are named.
const VIOLATIONS_MAX: usize = 5;
/// How long the description of one violation may be, in characters.
const VIOLATION_CHARS_MAX: usize = 200;
/// The largest prompt or schema file, in bytes.
const FILE_BYTES_MAX: u64 = 256 * 1024;

macro_rules! embedded {
    ($($name:literal),* $(,)?) => {
        &[$((
            $name,
            include_str!(concat!("../../../../../prompts/", $name, ".md")),
            include_str!(concat!("../../../../../prompts/", $name, ".schema.json")),
        )),*]
    };
}

/// Name, text and schema of the shipped prompts.
const EMBEDDED: &[(&str, &str, &str)] =
    embedded!["assessment", "branding_strategy", "copywriting", "social_strategy", "website_plan",];

/// One prompt, checked.
#[derive(Debug)]
pub struct Prompt {
    pub name: String,
    /// Of a tenant's own text, that of the text it was made from.
    pub version: u32,
    /// The number of a tenant's own text.
    pub own: Option<u32>,
    pub title: String,
    /// How long the answer may be, thinking included.
    pub max_tokens: u32,
    /// Sent only when the file sets it: current models refuse anything but their default.
    pub temperature: Option<f64>,
    /// What of the input the model sees. Anything else stays here.
    pub variables: Vec<String>,
    /// Variables without which asking makes no sense.
    pub required: Vec<String>,
    /// What the answer must look like.
    pub schema: Value,
    /// The file as it was written.
    pub text: String,
    /// Whether it is as it came with the program.
    pub is_shipped: bool,
    system: Template,
    user: Template,
    validator: Arc<Validator>,
}

/// The two texts that a model gets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rendered {
    pub system: String,
    pub user: String,
}

/// Why a prompt cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("prompt `{file}`: {problem}")]
pub struct InvalidPrompt {
    pub file: String,
    pub problem: String,
}

impl Prompt {
    /// From its text, which has `\n` at its lines' ends, and the schema of its answer.
    fn new(
        (name, text): (&str, String),
        parts: parse::Parts,
        (schema, validator): (Value, Arc<Validator>),
    ) -> Self {
        let parse::Parts { front, system, user } = parts;
        Self {
            name: name.to_owned(),
            version: front.version,
            own: None,
            title: front.title,
            max_tokens: front.max_tokens,
            temperature: front.temperature,
            variables: front.variables,
            required: front.required,
            schema,
            text,
            is_shipped: false,
            system,
            user,
            validator,
        }
    }

    /// Name and version, as recorded with every answer: `branding_strategy@1`, or `branding_strategy@1+own.3` of a
    /// tenant's third text.
    pub fn label(&self) -> String {
        format!("{}@{}", self.name, self.version_text())
    }

    /// `1`, or `1+own.3` of a tenant's third text, which was made from version 1.
    pub fn version_text(&self) -> String {
        let own = self.own.map_or_else(String::new, |number| format!("+own.{number}"));
        format!("{}{own}", self.version)
    }

    /// The texts to send. Client text is written as JSON inside the data block, cut to size, and
    /// cannot close the block.
    ///
    /// # Errors
    /// The names of required variables that are missing or empty.
    pub fn render(&self, variables: &Map<String, Value>) -> Result<Rendered, Vec<String>> {
        let missing: Vec<String> = self
            .required
            .iter()
            .filter(|name| variables.get(*name).is_none_or(is_empty))
            .cloned()
            .collect();
        if !missing.is_empty() {
            return Err(missing);
        }
        let schema = serde_json::to_string_pretty(&self.schema).unwrap_or_default();
        let system = self.system.render(|_only_the_schema| schema.clone());
        let user = self.user.render(|name| template::data(variables.get(name)));
        Ok(Rendered {
            // The last line names the prompt, so that logs on both sides can be matched.
            system: format!("{system}\n\nprompt: {}", self.label()),
            user,
        })
    }

    /// Checks an answer against the schema.
    ///
    /// # Errors
    /// The first violations, as one sentence.
    pub fn check(&self, content: &Value) -> Result<(), String> {
        let violations: Vec<String> = self
            .validator
            .iter_errors(content)
            .take(VIOLATIONS_MAX)
            .map(|error| {
                let place = error.instance_path().to_string();
                let place = if place.is_empty() { "the answer".to_owned() } else { place };
                // Masked, because the answer may quote what the client wrote.
                let text = format!("{place}: {}", error.masked());
                text.chars().take(VIOLATION_CHARS_MAX).collect()
            })
            .collect();
        if violations.is_empty() { Ok(()) } else { Err(violations.join("; ")) }
    }
}

/// A tenant's own text, checked.
#[derive(Debug)]
pub struct Checked {
    /// None where it cannot be used.
    pub prompt: Option<Prompt>,
    /// In the order of the text.
    pub faults: Vec<Fault>,
}

/// All prompts by name.
#[derive(Debug)]
pub struct Library {
    prompts: BTreeMap<String, Prompt>,
}

impl Library {
    /// The shipped prompts.
    pub fn embedded() -> Self {
        Self::load(None).expect("the shipped prompts are loaded by a test")
    }

    /// The shipped prompts, replaced and extended by the files of `folder`: `NAME.md` beside
    /// `NAME.schema.json`. A replaced prompt may keep the shipped schema by leaving it out.
    ///
    /// # Errors
    /// The first file that cannot be read or used, and why.
    pub fn load(folder: Option<&Path>) -> Result<Self, InvalidPrompt> {
        let mut prompts = BTreeMap::new();
        for (name, text, schema) in EMBEDDED {
            prompts.insert((*name).to_owned(), from_files(name, text, schema)?);
        }
        if let Some(folder) = folder {
            for name in names_in(folder)? {
                let text = read(&folder.join(format!("{name}.md")))?;
                let schema_file = folder.join(format!("{name}.schema.json"));
                let shipped = EMBEDDED.iter().find(|(shipped, _, _)| *shipped == name);
                let schema = match shipped {
                    Some((_, _, schema)) if !schema_file.exists() => (*schema).to_owned(),
                    _ => read(&schema_file)?,
                };
                prompts.insert(name.clone(), from_files(&name, &text, &schema)?);
            }
        }
        Ok(Self { prompts })
    }

    pub fn get(&self, name: &str) -> Option<&Prompt> {
        self.prompts.get(name)
    }

    /// A tenant's text of a number of its own, in the place of one of these prompts; none where there is no such prompt.
    pub fn own(&self, name: &str, text: &str, number: u32) -> Option<Checked> {
        let base = self.get(name)?;
        let text = text.replace("\r\n", "\n");
        let (parts, faults) = parse::read(&text, Some(base));
        let answer = || (base.schema.clone(), Arc::clone(&base.validator));
        let prompt = parts.map(|parts| {
            let prompt = Prompt::new((name, text.clone()), parts, answer());
            Prompt { own: Some(number), ..prompt }
        });
        Some(Checked { prompt, faults })
    }

    /// All of them, by name.
    pub fn all(&self) -> impl Iterator<Item = &Prompt> {
        self.prompts.values()
    }

    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.prompts.keys().map(String::as_str)
    }
}

/// A prompt from its two files' texts.
fn from_files(name: &str, text: &str, schema_text: &str) -> Result<Prompt, InvalidPrompt> {
    let in_text = |problem: String| InvalidPrompt { file: format!("{name}.md"), problem };
    let in_schema =
        |problem: String| InvalidPrompt { file: format!("{name}.schema.json"), problem };

    let text = text.replace("\r\n", "\n");
    let (parts, faults) = parse::read(&text, None);
    let parts = parts.ok_or_else(|| {
        let told: Vec<String> = faults.iter().take(FAULTS_MAX).map(ToString::to_string).collect();
        in_text(told.join("; "))
    })?;
    let schema: Value = serde_json::from_str(schema_text)
        .map_err(|error| in_schema(format!("is not JSON: {error}")))?;
    let validator = jsonschema::draft202012::new(&schema)
        .map_err(|error| in_schema(format!("is not a JSON Schema: {error}")))?;
    if schema.get("type").and_then(Value::as_str) != Some("object") {
        return Err(in_schema("must describe an object: set `\"type\": \"object\"`".to_owned()));
    }
    let is_shipped = EMBEDDED.iter().any(|shipped| *shipped == (name, &*text, schema_text));
    let prompt = Prompt::new((name, text), parts, (schema, Arc::new(validator)));
    Ok(Prompt { is_shipped, ..prompt })
}

fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => text.trim().is_empty(),
        Value::Array(items) => items.is_empty(),
        Value::Object(fields) => fields.is_empty(),
        Value::Bool(_) | Value::Number(_) => false,
    }
}

fn names_in(folder: &Path) -> Result<Vec<String>, InvalidPrompt> {
    let unreadable = |error: std::io::Error| InvalidPrompt {
        file: folder.display().to_string(),
        problem: format!("the folder cannot be read: {error}"),
    };
    let mut names = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(unreadable)? {
        let file = entry.map_err(unreadable)?.path();
        if file.extension().is_some_and(|extension| extension == "md")
            && let Some(name) = file.file_stem().and_then(|stem| stem.to_str())
            && name != "README"
        {
            names.push(name.to_owned());
        }
    }
    names.sort_unstable();
    Ok(names)
}

fn read(file: &Path) -> Result<String, InvalidPrompt> {
    let invalid = |problem| InvalidPrompt { file: file.display().to_string(), problem };
    let size =
        std::fs::metadata(file).map_err(|error| invalid(format!("cannot be read: {error}")))?.len();
    if FILE_BYTES_MAX < size {
        return Err(invalid(format!("is larger than {FILE_BYTES_MAX} bytes; shorten it")));
    }
    std::fs::read_to_string(file).map_err(|error| invalid(format!("cannot be read: {error}")))
}

#[cfg(test)]
mod tests;
