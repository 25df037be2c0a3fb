//! Calls of protocols: endpoints with URI templates, and authentication policies by name.

use super::{
    At, Checker,
    data::{enclosed, unread},
};
use crate::{
    diagnostic::nearest,
    model::{CallOutput, Kind, Template},
    protocol::{self, Protocol},
    source::Content,
};

impl Checker<'_> {
    pub(super) fn protocol_call(
        &mut self,
        task: &At<'_>,
        at: &At<'_>,
        protocol: &'static Protocol,
    ) -> Option<Kind> {
        let Some(with) = task.get("with") else {
            self.problem(at, format!("`call: {}` needs `with`", protocol.name));
            return None;
        };
        if !matches!(with.node.content, Content::Map(_)) {
            self.expected(&with, "a map");
            return None;
        }
        if protocol.name == protocol::ASYNCAPI {
            self.asyncapi(&with);
        }
        let input = self.protocol_part(&with, "", protocol)?;
        self.call_input(&with, &input, &protocol.input);
        Some(Kind::Call { function: protocol.name.to_owned(), input, output: CallOutput::Answer })
    }

    /// A part of what a protocol is given. `path` is where it stands in that.
    fn protocol_part(
        &mut self,
        at: &At<'_>,
        path: &str,
        protocol: &'static Protocol,
    ) -> Option<Template> {
        if protocol.endpoints.contains(&path) {
            return self.endpoint(at);
        }
        if protocol.authentications.contains(&path) {
            return self.authentication(at);
        }
        if protocol.name == protocol::ASYNCAPI && path == "/subscription" {
            return Some(self.subscription(at));
        }
        let begins = |known: &&str| known.strip_prefix(path).is_some_and(|it| it.starts_with('/'));
        let leads_on = protocol.endpoints.iter().chain(protocol.authentications).any(begins);
        if !leads_on || !matches!(at.node.content, Content::Map(_)) {
            return self.template(at);
        }
        self.members_of(at, |checker, member, key| {
            checker.protocol_part(member, &format!("{path}/{key}"), protocol)
        })
    }

    /// A map whose members are read one by one.
    pub(super) fn members_of(
        &mut self,
        at: &At<'_>,
        mut read: impl FnMut(&mut Self, &At<'_>, &str) -> Option<Template>,
    ) -> Option<Template> {
        let mut members = Vec::new();
        for member in at.members() {
            let place = at.child(&member.key, &member.value);
            let part = read(self, &place, &member.key);
            let part = part.or_else(|| unread().map(Template::Expression))?;
            members.push((member.key.clone(), part));
        }
        Some(Template::Map(members))
    }

    /// The text of an address, or `{ uri, authentication }`.
    pub(super) fn endpoint(&mut self, at: &At<'_>) -> Option<Template> {
        match &at.node.content {
            Content::Text(_) => self.uri(at),
            Content::Map(_) => self.members_of(at, |checker, member, key| match key {
                "uri" if matches!(member.node.content, Content::Text(_)) => checker.uri(member),
                "authentication" => checker.authentication(member),
                _ => checker.template(member),
            }),
            _ => self.template(at),
        }
    }

    /// An expression, or text in which `{name}` stands for a member of the task's input (RFC 6570, level 1).
    fn uri(&mut self, at: &At<'_>) -> Option<Template> {
        let text = self.text(at)?;
        if enclosed(text).is_some() {
            return self.template(at);
        }
        if !may_be_whole(text) {
            let message = format!(
                "`{text}` does not begin with `https://` or `http://`, and there is nothing that it \
                 could be relative to: the call will be refused"
            );
            self.problems.warn(at.position(), &at.path, &message);
        }
        if !text.contains(['{', '}']) {
            return self.template(at);
        }
        match expansion(text) {
            Ok(expression) => self.compile(at, &expression).map(Template::Expression),
            Err(reason) => {
                self.problem(at, reason);
                None
            }
        }
    }

    /// A policy, or the name of one of `use.authentications`.
    pub(super) fn authentication(&mut self, at: &At<'_>) -> Option<Template> {
        let Some(name) = at.get("use") else { return self.policy(at) };
        self.map(at, &["use"], &[]);
        let text = self.text(&name)?;
        let Some(named) = self.named_authentications.get(text).cloned() else {
            let hint = nearest(text, self.named_authentications.keys().map(String::as_str));
            let hint = hint.map(str::to_owned);
            let message = format!("there is no policy `{text}` in `use.authentications`");
            self.problems.add_with_hint(name.position(), &name.path, message, hint.as_deref());
            return None;
        };
        self.policy(&named)
    }

    fn policy(&mut self, at: &At<'_>) -> Option<Template> {
        for scheme in at.members() {
            let scheme = at.child(&scheme.key, &scheme.value);
            if let Some(secret) = scheme.get("use") {
                self.secret_name(&secret);
            }
        }
        self.template(at)
    }

    /// A policy of `use.authentications`, checked where it stands.
    pub(super) fn authentication_definition(&mut self, at: &At<'_>) {
        if at.get("use").is_some() {
            self.problem(at, "a policy of `use.authentications` cannot refer to another");
            return;
        }
        if let Some(policy) = self.policy(at) {
            self.fits(at, &policy, &protocol::authentication(), "the policy does not fit");
        }
    }

    /// The name of a secret, which `use.secrets` must list.
    fn secret_name(&mut self, at: &At<'_>) {
        let Some(name) = self.text(at) else { return };
        if !self.secrets.iter().any(|known| known == name) {
            let hint = nearest(name, self.secrets.iter().map(String::as_str)).map(str::to_owned);
            let message = format!("`use.secrets` does not list the secret `{name}`");
            self.problems.add_with_hint(at.position(), &at.path, message, hint.as_deref());
        }
    }
}

/// Whether the text begins as a whole address does, or with a part that is not known yet.
fn may_be_whole(text: &str) -> bool {
    let schemes = ["https://", "http://"];
    let begins = |scheme: &&str| {
        text.get(..scheme.len()).is_some_and(|begin| begin.eq_ignore_ascii_case(scheme))
    };
    text.starts_with('{') || schemes.iter().any(begins)
}

/// The expression that a URI template stands for.
fn expansion(template: &str) -> Result<String, String> {
    let mut written = String::new();
    let mut rest = template;
    while let Some((before, after)) = rest.split_once('{') {
        let Some((name, behind)) = after.split_once('}') else {
            return Err("a `{` of the address is not closed".to_owned());
        };
        let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.');
        if name.is_empty() || !name.chars().all(is_plain) {
            return Err(format!(
                "`{{{name}}}` of the address is no name; only simple expansion is supported, as in `/orders/{{id}}`"
            ));
        }
        let (before, name) = (quoted(before)?, quoted(name)?);
        written.extend([before.as_str(), " + __part(", &name, ") + "]);
        rest = behind;
    }
    written.push_str(&quoted(rest)?);
    Ok(format!("{PART} {written}"))
}

/// The value of one name: nothing if it is missing, never a list or a map.
const PART: &str = r#"def __part($name): (if type == "object" then .[$name] else null end) | if . == null then "" elif type == "object" or type == "array" then error("the address needs text or a number for {\($name)}, found \(type)") else tostring | @uri end;"#;

fn quoted(text: &str) -> Result<String, String> {
    if text.contains('}') {
        return Err("a `}` of the address has no `{`".to_owned());
    }
    // Written as JSON, so that nothing in it can be read as an expression.
    Ok(serde_json::Value::from(text).to_string())
}
