//! Reads one prompt file: TOML between `+++` lines, then a `# System` and a `# User` part.

use serde::Deserialize;
use serde_json::Value;

use super::{DATA_CLOSE, DATA_OPEN, InvalidPrompt, Prompt, template::Template};

/// The longest answer that a prompt may ask for.
const ANSWER_TOKENS_MAX: u32 = 128_000;
/// The placeholder that the system part must have: the schema of the answer.
const SCHEMA: &str = "schema";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FrontMatter {
    version: u32,
    title: String,
    max_tokens: u32,
    temperature: Option<f64>,
    variables: Vec<String>,
    #[serde(default)]
    required: Vec<String>,
}

/// A prompt from its two files' texts.
pub(super) fn prompt(name: &str, text: &str, schema_text: &str) -> Result<Prompt, InvalidPrompt> {
    let in_text = |problem: String| InvalidPrompt { file: format!("{name}.md"), problem };
    let in_schema =
        |problem: String| InvalidPrompt { file: format!("{name}.schema.json"), problem };

    let text = text.replace("\r\n", "\n");
    let (front, system, user) = split(&text).map_err(in_text)?;
    let front: FrontMatter = toml::from_str(front)
        .map_err(|error| in_text(format!("the front matter is wrong: {}", error.message())))?;
    if front.version == 0 {
        return Err(in_text("`version` starts at 1".to_owned()));
    }
    if front.max_tokens == 0 || ANSWER_TOKENS_MAX < front.max_tokens {
        return Err(in_text(format!("`max_tokens` must lie in 1..={ANSWER_TOKENS_MAX}")));
    }
    let system = Template::parse(system).map_err(in_text)?;
    check_data_block(user).map_err(in_text)?;
    let user = Template::parse(user).map_err(in_text)?;
    check_placeholders(&front, &system, &user).map_err(in_text)?;

    let schema: Value = serde_json::from_str(schema_text)
        .map_err(|error| in_schema(format!("is not JSON: {error}")))?;
    let validator = jsonschema::draft202012::new(&schema)
        .map_err(|error| in_schema(format!("is not a JSON Schema: {error}")))?;
    if schema.get("type").and_then(Value::as_str) != Some("object") {
        return Err(in_schema("must describe an object: set `\"type\": \"object\"`".to_owned()));
    }
    Ok(Prompt {
        name: name.to_owned(),
        version: front.version,
        title: front.title,
        max_tokens: front.max_tokens,
        temperature: front.temperature,
        variables: front.variables,
        required: front.required,
        schema,
        is_shipped: super::EMBEDDED.iter().any(|shipped| *shipped == (name, &*text, schema_text)),
        text,
        system,
        user,
        validator,
    })
}

/// Front matter, system part and user part.
fn split(text: &str) -> Result<(&str, &str, &str), String> {
    let (front, body) = text
        .trim_start()
        .strip_prefix("+++\n")
        .and_then(|rest| rest.split_once("\n+++\n"))
        .ok_or("must begin with TOML between two lines of `+++`")?;
    let (_, parts) = body.split_once("# System\n").ok_or("has no `# System` part")?;
    let (system, user) = parts.split_once("\n# User\n").ok_or("has no `# User` part after it")?;
    Ok((front, system.trim(), user.trim()))
}

/// Placeholders outside the data block would let client text pass for instructions.
fn check_data_block(user: &str) -> Result<(), String> {
    let block = user
        .split_once(DATA_OPEN)
        .and_then(|(before, rest)| rest.split_once(DATA_CLOSE).map(|(_, after)| (before, after)));
    let Some((before, after)) = block else {
        return Err(format!("the user part needs a `{DATA_OPEN}` … `{DATA_CLOSE}` block"));
    };
    if before.contains("{{") || after.contains("{{") {
        return Err(format!(
            "the user part has a placeholder outside the `{DATA_OPEN}` block; move it inside"
        ));
    }
    Ok(())
}

fn check_placeholders(
    front: &FrontMatter,
    system: &Template,
    user: &Template,
) -> Result<(), String> {
    if let Some(stray) = system.placeholders().find(|name| *name != SCHEMA) {
        return Err(format!(
            "the system part may only use `{{{{schema}}}}`, not `{{{{{stray}}}}}`: client text \
             belongs into the user part"
        ));
    }
    if system.placeholders().next().is_none() {
        return Err("the system part must show the answer's schema with `{{schema}}`".to_owned());
    }
    if let Some(unknown) =
        user.placeholders().find(|name| !front.variables.iter().any(|known| known == name))
    {
        return Err(format!("`{{{{{unknown}}}}}` is not listed in `variables`"));
    }
    if let Some(unused) =
        front.variables.iter().find(|name| !user.placeholders().any(|used| used == *name))
    {
        return Err(format!("the variable `{unused}` is listed but not used; remove it or use it"));
    }
    if let Some(unknown) = front.required.iter().find(|name| !front.variables.contains(name)) {
        return Err(format!("`required` names `{unknown}`, which is not listed in `variables`"));
    }
    Ok(())
}
