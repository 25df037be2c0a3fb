//! Try, catch and retry.

use std::sync::Arc;

use super::{At, Checker, data::VARIABLES, task::Siblings};
use crate::{
    diagnostic::nearest,
    duration,
    model::{Backoff, ErrorFilter, Kind, Retry, Template, Try},
    source::Content,
};

const CATCH_KEYS: [&str; 7] = ["errors", "as", "when", "exceptWhen", "retry", "do", "then"];
const RETRY_KEYS: [&str; 6] = ["when", "exceptWhen", "delay", "backoff", "limit", "jitter"];

impl Checker<'_> {
    pub(super) fn try_task(
        &mut self,
        at: &At<'_>,
        body: &At<'_>,
        siblings: &Siblings,
    ) -> Option<Kind> {
        let body = self.block(body, true);
        let catch = self.required(at, "catch")?;
        if !self.map(&catch, &CATCH_KEYS, &[]) {
            return None;
        }
        let filter = catch.get("errors").map(|errors| self.filter(&errors)).unwrap_or_default();
        let variable = match catch.get("as") {
            Some(name) => self.variable(&name),
            None => None,
        };
        let variable = variable.unwrap_or_else(|| "error".to_owned());
        self.scope.push(variable.clone());
        let when = self.optional_condition(&catch, "when");
        let except_when = self.optional_condition(&catch, "exceptWhen");
        let retry = catch.get("retry").and_then(|retry| self.retry(&retry));
        let handler = catch.get("do").map(|handler| self.block(&handler, true));
        self.scope.pop();
        let then = catch.get("then").map(|then| self.then(&then, siblings));
        let then = match then {
            Some(then) => Some(then?),
            None => None,
        };
        Some(Kind::Try(Box::new(Try {
            body,
            filter,
            variable,
            when,
            except_when,
            retry: retry.map(Arc::new),
            handler,
            then,
        })))
    }

    pub(super) fn variable(&mut self, at: &At<'_>) -> Option<String> {
        let text = self.text(at)?;
        let name = text.strip_prefix('$').unwrap_or(text);
        let starts_well =
            name.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_');
        let is_name = starts_well && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
        if !is_name || VARIABLES.contains(&name) {
            let message = format!("`{text}` cannot be the name of a variable");
            self.problem(at, message);
            return None;
        }
        Some(name.to_owned())
    }

    fn filter(&mut self, at: &At<'_>) -> ErrorFilter {
        let mut filter = ErrorFilter::default();
        if !self.map(at, &["with"], &[]) {
            return filter;
        }
        let Some(with) = at.get("with") else { return filter };
        if !self.map(&with, &["type", "status", "title", "detail", "instance"], &[]) {
            return filter;
        }
        if let Some(status) = with.get("status") {
            filter.status = match &status.node.content {
                Content::Number(number) => {
                    number.as_u64().and_then(|number| u16::try_from(number).ok())
                }
                _ => None,
            };
            if filter.status.is_none() {
                self.expected(&status, "an HTTP status");
            }
        }
        filter.kind = self.optional_text(&with, "type");
        filter.title = self.optional_text(&with, "title");
        filter.detail = self.optional_text(&with, "detail");
        filter.instance = self.optional_text(&with, "instance");
        filter
    }

    fn retry(&mut self, at: &At<'_>) -> Option<Retry> {
        let Content::Text(name) = &at.node.content else {
            return self.retry_policy(at);
        };
        let Some(named) = self.named_retries.get(name).cloned() else {
            let hint = nearest(name, self.named_retries.keys().map(String::as_str));
            let hint = hint.map(str::to_owned);
            let message = format!("there is no retry policy `{name}` in `use.retries`");
            self.problems.add_with_hint(at.position(), &at.path, message, hint.as_deref());
            return None;
        };
        // A policy of `use` knows the error by its usual name, whatever a catch calls it.
        self.scope.push("error".to_owned());
        let policy = self.retry_policy(&named);
        self.scope.pop();
        policy
    }

    pub(super) fn retry_policy(&mut self, at: &At<'_>) -> Option<Retry> {
        if !self.map(at, &RETRY_KEYS, &[]) {
            return None;
        }
        let mut retry = Retry {
            when: self.optional_condition(at, "when"),
            except_when: self.optional_condition(at, "exceptWhen"),
            delay: at.get("delay").and_then(|delay| self.duration_template(&delay)),
            backoff: Backoff::Constant,
            retries_max: None,
            attempt: None,
            total: None,
            jitter: None,
        };
        if let Some(backoff) = at.get("backoff") {
            retry.backoff = self.backoff(&backoff).unwrap_or(Backoff::Constant);
        }
        if let Some(limit) = at.get("limit")
            && self.map(&limit, &["attempt", "duration"], &[])
        {
            retry.total =
                limit.get("duration").and_then(|duration| self.duration_template(&duration));
            if let Some(attempt) = limit.get("attempt")
                && self.map(&attempt, &["count", "duration"], &[])
            {
                retry.attempt =
                    attempt.get("duration").and_then(|duration| self.duration_template(&duration));
                retry.retries_max = attempt.get("count").and_then(|count| self.count(&count));
            }
        }
        if let Some(jitter) = at.get("jitter")
            && self.map(&jitter, &["from", "to"], &[])
        {
            let mut end = |key: &str| {
                let place = self.required(&jitter, key)?;
                self.duration_template(&place)
            };
            if let (Some(from), Some(to)) = (end("from"), end("to")) {
                if let (Template::Literal(from), Template::Literal(to)) = (&from, &to)
                    && duration::from_json(to) < duration::from_json(from)
                {
                    self.problem(&jitter, "the jitter's `to` is shorter than its `from`");
                }
                retry.jitter = Some((from, to));
            }
        }
        Some(retry)
    }

    fn backoff(&mut self, at: &At<'_>) -> Option<Backoff> {
        if !self.map(at, &["constant", "linear", "exponential"], &[]) {
            return None;
        }
        let [member] = at.members() else {
            self.problem(at, "expected one of `constant`, `linear`, `exponential`");
            return None;
        };
        let place = at.child(&member.key, &member.value);
        let is_empty = match &member.value.content {
            Content::Null => true,
            Content::Map(members) => members.is_empty(),
            _ => false,
        };
        if !is_empty {
            self.problem(&place, "a backoff has no settings of its own; write `{}`");
        }
        match member.key.as_str() {
            "constant" => Some(Backoff::Constant),
            "linear" => Some(Backoff::Linear),
            "exponential" => Some(Backoff::Exponential),
            _ => None,
        }
    }

    fn count(&mut self, at: &At<'_>) -> Option<u32> {
        let count = match &at.node.content {
            Content::Number(number) => number.as_u64().and_then(|count| u32::try_from(count).ok()),
            _ => None,
        };
        if count.is_none() {
            self.expected(at, "a whole number from 0");
        }
        count
    }
}
