//! The document itself: its name, its shared parts and what starts it.

use std::sync::Arc;

use super::{At, Checker, schedule::Starts};
use crate::{lifecycle::Level, model::Definition, source::Content};

const KEYS: [&str; 9] =
    ["document", "input", "use", "do", "timeout", "output", "schedule", "evaluate", "metadata"];
const DOCUMENT_KEYS: [&str; 8] =
    ["dsl", "namespace", "name", "version", "title", "summary", "tags", "metadata"];
const USE_KEYS: [&str; 8] = [
    "authentications",
    "catalogs",
    "errors",
    "extensions",
    "functions",
    "retries",
    "secrets",
    "timeouts",
];

impl<'a> Checker<'a> {
    pub(super) fn document<'n: 'a>(&mut self, at: &At<'n>) -> Option<Definition> {
        if !self.map(at, &KEYS, &[]) {
            return None;
        }
        let about = self.required(at, "document");
        let name = about.as_ref().and_then(|about| self.about(about));
        if let Some(evaluate) = at.get("evaluate") {
            self.evaluate(&evaluate);
        }
        if let Some(shared) = at.get("use") {
            self.shared(&shared);
        }
        let starts = match at.get("schedule") {
            Some(schedule) => self.schedule(&schedule, about.as_ref()),
            None => Starts::default(),
        };
        let input = at.get("input").map(|input| self.shape(&input, "from")).unwrap_or_default();
        let timeout = at.get("timeout").and_then(|timeout| self.timeout(&timeout));
        let root = self.required(at, "do").map(|tasks| self.block(&tasks, true));
        let output = at.get("output").map(|output| self.shape(&output, "as")).unwrap_or_default();
        let about = about?;
        let lifecycle = self.lifecycle(&about);
        let [namespace, name, version] = name?;
        let mut listens = std::mem::take(&mut self.listens);
        listens.sort();
        listens.dedup();
        Some(Definition {
            namespace,
            name,
            version,
            title: self.optional_text(&about, "title"),
            summary: self.optional_text(&about, "summary"),
            document: Arc::new(at.node.to_json()),
            schedule: starts.schedule,
            on: starts.on,
            read: starts.read,
            listens,
            routes: std::mem::take(&mut self.routes),
            lifecycle,
            input,
            output,
            timeout,
            root: root?,
            // An absent task was reported, so a definition with one is not returned.
            tasks: std::mem::take(&mut self.tasks).into_iter().collect::<Option<_>>()?,
            blocks: std::mem::take(&mut self.blocks),
            extensions: std::mem::take(&mut self.extensions),
        })
    }

    fn about(&mut self, at: &At<'_>) -> Option<[String; 3]> {
        if !self.map(at, &DOCUMENT_KEYS, &[]) {
            return None;
        }
        if let Some(dsl) = self.required_text(at, "dsl")
            && dsl != "1.0"
            && !dsl.starts_with("1.0.")
        {
            let place = at.get("dsl")?;
            self.problem(&place, format!("the language's version must be 1.0.x, found `{dsl}`"));
        }
        let namespace = self.identifier(at, "namespace");
        let name = self.identifier(at, "name");
        let version = self.required_text(at, "version").map(str::to_owned);
        if let Some(version) = &version
            && !is_version(version)
            && let Some(place) = at.get("version")
        {
            let message = format!("`{version}` is not a semantic version such as `1.0.0`");
            self.problem(&place, message);
        }
        for key in ["title", "summary"] {
            self.optional_text(at, key);
        }
        for key in ["tags", "metadata"] {
            if let Some(place) = at.get(key)
                && !matches!(place.node.content, Content::Map(_))
            {
                self.expected(&place, "a map");
            }
        }
        Some([namespace?, name?, version?])
    }

    /// `document.metadata.lifecycleEvents`.
    fn lifecycle(&mut self, about: &At<'_>) -> Level {
        let words = [("none", Level::None), ("workflow", Level::Workflow), ("tasks", Level::Tasks)];
        let asked = about.get("metadata").and_then(|metadata| metadata.get("lifecycleEvents"));
        asked.and_then(|asked| self.word(&asked, &words)).unwrap_or_default()
    }

    fn identifier(&mut self, at: &At<'_>, key: &str) -> Option<String> {
        let place = self.required(at, key)?;
        let text = self.text(&place)?;
        let is_label = !text.is_empty()
            && text.len() <= 63
            && !text.starts_with('-')
            && !text.ends_with('-')
            && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
        if !is_label {
            let message =
                format!("`{text}` must be 1 to 63 lower-case letters, digits and inner hyphens");
            self.problem(&place, message);
        }
        Some(text.to_owned())
    }

    fn evaluate(&mut self, at: &At<'_>) {
        if !self.map(at, &["language", "mode"], &[]) {
            return;
        }
        if let Some(language) = at.get("language") {
            self.word(&language, &[("jq", ())]);
        }
        if let Some(mode) = at.get("mode") {
            self.is_loose =
                self.word(&mode, &[("strict", false), ("loose", true)]).unwrap_or(false);
        }
    }

    fn shared<'n: 'a>(&mut self, at: &At<'n>) {
        if !self.map(at, &USE_KEYS, &[]) {
            return;
        }
        if let Some(catalogs) = at.get("catalogs") {
            self.read_catalogs(&catalogs);
        }
        if let Some(secrets) = at.get("secrets") {
            self.read_secrets(&secrets);
        }
        if let Some(policies) = at.get("authentications") {
            if !matches!(policies.node.content, Content::Map(_)) {
                self.expected(&policies, "a map of names to authentication policies");
            }
            for member in policies.members() {
                let place = policies.child(&member.key, &member.value);
                self.authentication_definition(&place);
                self.named_authentications.insert(member.key.clone(), place);
            }
        }
        if let Some(timeouts) = at.get("timeouts") {
            if !matches!(timeouts.node.content, Content::Map(_)) {
                self.expected(&timeouts, "a map of names to timeouts");
            }
            for member in timeouts.members() {
                let place = timeouts.child(&member.key, &member.value);
                self.timeout_definition(&place);
                self.named_timeouts.insert(member.key.clone(), place);
            }
        }
        if let Some(errors) = at.get("errors") {
            if !matches!(errors.node.content, Content::Map(_)) {
                self.expected(&errors, "a map of names to errors");
            }
            for member in errors.members() {
                let place = errors.child(&member.key, &member.value);
                self.error_definition(&place);
                self.named_errors.insert(member.key.clone(), place);
            }
        }
        if let Some(retries) = at.get("retries") {
            if !matches!(retries.node.content, Content::Map(_)) {
                self.expected(&retries, "a map of names to retry policies");
            }
            for member in retries.members() {
                let place = retries.child(&member.key, &member.value);
                self.scope.push("error".to_owned());
                self.retry_policy(&place);
                self.scope.pop();
                self.named_retries.insert(member.key.clone(), place);
            }
        }
        // Last, for they may use all the others.
        if let Some(functions) = at.get("functions") {
            self.read_functions(&functions);
        }
        if let Some(extensions) = at.get("extensions") {
            self.read_extensions(&extensions);
        }
    }

    fn read_secrets(&mut self, at: &At<'_>) {
        let Content::List(names) = &at.node.content else {
            self.expected(at, "a list of names of secrets");
            return;
        };
        for (index, name) in names.iter().enumerate() {
            let place = at.child(&index.to_string(), name);
            let name = self.text(&place).map(str::to_owned);
            self.secrets.extend(name);
        }
    }
}

fn is_version(text: &str) -> bool {
    let (text, build) = text.split_once('+').unwrap_or((text, "0"));
    let (core, pre) = text.split_once('-').unwrap_or((text, "0"));
    let is_label = |labels: &str| {
        labels.split('.').all(|label| {
            !label.is_empty() && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
        })
    };
    let parts: Vec<&str> = core.split('.').collect();
    let is_number = |part: &&str| {
        !part.is_empty()
            && part.bytes().all(|byte| byte.is_ascii_digit())
            && (part.len() == 1 || !part.starts_with('0'))
    };
    parts.len() == 3 && parts.iter().all(is_number) && is_label(pre) && is_label(build)
}
