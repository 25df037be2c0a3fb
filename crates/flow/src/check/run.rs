//! Run: another flow, a script, a shell command or a container.

use serde_json::{Value, json};

use super::{At, Checker};
use crate::{
    model::{CallOutput, Kind, Template},
    protocol,
    source::Content,
};

/// The kinds of processes, and the function that each is.
const PROCESSES: [(&str, &str); 4] = [
    ("workflow", crate::RUN_WORKFLOW),
    ("script", crate::RUN_SCRIPT),
    ("shell", crate::RUN_SHELL),
    ("container", crate::RUN_CONTAINER),
];

impl Checker<'_> {
    pub(super) fn run_task(&mut self, at: &At<'_>) -> Option<Kind> {
        let known = ["workflow", "script", "shell", "container", "await", "return"];
        if !self.map(at, &known, &[]) {
            return None;
        }
        let named: Vec<(&str, &str)> =
            PROCESSES.into_iter().filter(|(kind, _)| at.get(kind).is_some()).collect();
        let [(kind, function)] = named.as_slice() else {
            self.problem(at, "expected exactly one of `workflow`, `script`, `shell`, `container`");
            return None;
        };
        let awaits = match at.get("await").map(|place| (place.node.content.clone(), place)) {
            None => true,
            Some((Content::Bool(awaits), _)) => awaits,
            Some((_, place)) => {
                self.expected(&place, "true or false");
                true
            }
        };
        let words = ["stdout", "stderr", "code", "all", "none"].map(|word| (word, word));
        let returns = at.get("return").and_then(|place| self.word(&place, &words));
        let returns = returns.unwrap_or("stdout");
        let place = at.get(kind)?;
        let process = match *kind {
            "script" => self.script(&place)?,
            "container" => self.container(&place)?,
            _ => self.template(&place)?,
        };
        self.fits(&place, &process, &schema(kind), "this does not fit");
        let Template::Map(mut members) = as_map(process) else { return None };
        members.push(("await".to_owned(), Template::Literal(json!(awaits).into())));
        if *kind != "workflow" {
            members.push(("return".to_owned(), Template::Literal(json!(returns).into())));
        }
        // What is not waited for gives nothing, so the task's input goes on.
        let output = if awaits { CallOutput::Answer } else { CallOutput::Input };
        Some(Kind::Call { function: (*function).to_owned(), input: Template::Map(members), output })
    }

    /// A script has its code or says where it is.
    fn script(&mut self, at: &At<'_>) -> Option<Template> {
        if at.get("code").is_some() == at.get("source").is_some() {
            self.problem(at, "a script needs either `code` or `source`");
            return None;
        }
        self.members_of(at, |checker, member, key| match key {
            "source" => checker.members_of(member, |checker, part, key| match key {
                "endpoint" => checker.endpoint(part),
                _ => checker.template(part),
            }),
            _ => checker.template(member),
        })
    }

    /// A container goes with its end, later, or never.
    fn container(&mut self, at: &At<'_>) -> Option<Template> {
        if let Some(lifetime) = at.get("lifetime") {
            let is_later = lifetime.get("cleanup").is_some_and(
                |it| matches!(&it.node.content, Content::Text(it) if it == "eventually"),
            );
            match lifetime.get("after") {
                Some(after) if is_later => {
                    self.duration_template(&after);
                }
                Some(after) => self.problem(&after, "`after` goes with `cleanup: eventually`"),
                None if is_later => {
                    self.problem(&lifetime, "`cleanup: eventually` needs `after`, a duration");
                }
                None => {}
            }
        }
        self.template(at)
    }
}

/// A map of parts, also where all of it is written out.
fn as_map(template: Template) -> Template {
    match template {
        Template::Literal(value) => match &*value {
            Value::Object(members) => Template::Map(
                members
                    .iter()
                    .map(|(key, value)| (key.clone(), Template::Literal(value.clone().into())))
                    .collect(),
            ),
            _ => Template::Literal(value),
        },
        other => other,
    }
}

fn schema(kind: &str) -> Value {
    let text = json!({ "type": "string" });
    let arguments =
        json!({ "type": "array", "items": { "type": ["string", "number", "boolean"] } });
    let environment = json!({ "type": "object", "additionalProperties": { "type": ["string", "number", "boolean"] } });
    match kind {
        "workflow" => protocol::object(
            &["namespace", "name"],
            json!({ "namespace": text, "name": text, "version": text, "input": {} }),
        ),
        "script" => protocol::object(
            &["language"],
            json!({
                "language": { "enum": ["js", "python"] },
                "code": text,
                "source": protocol::resource(),
                "stdin": text,
                "arguments": arguments,
                "environment": environment,
            }),
        ),
        "shell" => protocol::object(
            &["command"],
            json!({
                "command": text, "stdin": text, "arguments": arguments, "environment": environment,
            }),
        ),
        _ => protocol::object(
            &["image"],
            json!({
                "image": text,
                "name": text,
                "command": text,
                "ports": { "type": "object" },
                "volumes": { "type": "object" },
                "environment": environment,
                "stdin": text,
                "arguments": arguments,
                "lifetime": protocol::object(&["cleanup"], json!({
                    "cleanup": { "enum": ["always", "never", "eventually"] },
                    "after": { "type": ["string", "object"] },
                })),
                "pullPolicy": { "enum": ["ifNotPresent", "always", "never"] },
            }),
        ),
    }
}
