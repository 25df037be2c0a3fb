//! Tasks that steer a run: set, switch, fork, raise.

use super::{At, Checker, data::enclosed, task::Siblings};
use crate::{
    diagnostic::nearest,
    model::{Case, For, Kind, Raise, Template},
    source::Content,
};

/// How many branches one fork may have.
const BRANCHES_MAX: usize = 100;

impl Checker<'_> {
    pub(super) fn set(&mut self, at: &At<'_>) -> Option<Kind> {
        match &at.node.content {
            Content::Map(_) => {}
            Content::Text(text) if enclosed(text).is_some() => {}
            _ => {
                self.expected(at, "a map, or one `${ … }` expression");
                return None;
            }
        }
        self.template(at).map(Kind::Set)
    }

    pub(super) fn switch(&mut self, at: &At<'_>, siblings: &Siblings) -> Option<Kind> {
        let Content::List(items) = &at.node.content else {
            self.expected(at, "a list of cases");
            return None;
        };
        if items.is_empty() {
            self.problem(at, "a switch needs at least one case");
        }
        let mut cases = Vec::new();
        let mut has_default = false;
        for (index, item) in items.iter().enumerate() {
            let place = at.child(&index.to_string(), item);
            if place.members().len() != 1 {
                self.problem(&place, "expected one case, written as `- name: …`");
            }
            for place in place.named() {
                if !self.map(&place, &["when", "then"], &[]) {
                    continue;
                }
                let is_default = place.get("when").is_none();
                if is_default && has_default {
                    self.problem(&place, "a switch has at most one case without `when`");
                }
                has_default |= is_default;
                let when = self.optional_condition(&place, "when");
                let then = self.required(&place, "then");
                if let Some(then) = then.and_then(|then| self.then(&then, siblings))
                    && (is_default || when.is_some())
                {
                    cases.push(Case { when, then });
                }
            }
        }
        // Where a case leads that cannot be read is not known.
        (cases.len() == items.len()).then_some(Kind::Switch(cases))
    }

    pub(super) fn for_task(&mut self, task: &At<'_>, at: &At<'_>) -> Option<Kind> {
        self.map(at, &["each", "in", "at"], &[]);
        let (item, index) = self.loop_variables(at, "each");
        let items = self.required(at, "in").and_then(|items| match items.node.content {
            Content::Text(_) => self.condition(&items).map(Template::Expression),
            Content::List(_) => self.template(&items),
            _ => {
                self.expected(&items, "an expression or a list");
                None
            }
        });
        let before = self.scope.len();
        self.scope.extend([item.clone(), index.clone()].into_iter().flatten());
        let condition = self.optional_condition(task, "while");
        let body = self.required(task, "do").map(|body| self.block(&body, true));
        self.scope.truncate(before);
        let (item, index) = (item?, index?);
        Some(Kind::For(Box::new(For { item, index, items: items?, condition, body: body? })))
    }

    /// The names of the item and of its place.
    pub(super) fn loop_variables(
        &mut self,
        at: &At<'_>,
        item: &str,
    ) -> (Option<String>, Option<String>) {
        let mut variable = |key: &str, usual: &str| match at.get(key) {
            Some(name) => self.variable(&name),
            None => Some(usual.to_owned()),
        };
        let (item, index) = (variable(item, "item"), variable("at", "index"));
        if let (Some(item), Some(index)) = (&item, &index)
            && item == index
        {
            self.problem(at, format!("the item and its place cannot both be called `{item}`"));
        }
        (item, index)
    }

    pub(super) fn fork(&mut self, at: &At<'_>) -> Option<Kind> {
        if !self.map(at, &["branches", "compete"], &[]) {
            return None;
        }
        let compete = match at.get("compete").map(|place| (place.node.content.clone(), place)) {
            None => false,
            Some((Content::Bool(compete), _)) => compete,
            Some((_, place)) => {
                self.expected(&place, "true or false");
                false
            }
        };
        let branches = self.required(at, "branches")?;
        if let Content::List(items) = &branches.node.content
            && BRANCHES_MAX < items.len()
        {
            self.problem(&branches, format!("a fork has at most {BRANCHES_MAX} branches"));
        }
        Some(Kind::Fork { branches: self.block(&branches, false), compete })
    }

    pub(super) fn raise(&mut self, at: &At<'_>) -> Option<Kind> {
        if !self.map(at, &["error"], &[]) {
            return None;
        }
        let error = self.required(at, "error")?;
        let Content::Text(name) = &error.node.content else {
            return self.error_definition(&error).map(|raise| Kind::Raise(Box::new(raise)));
        };
        let Some(named) = self.named_errors.get(name).cloned() else {
            let hint = nearest(name, self.named_errors.keys().map(String::as_str));
            let hint = hint.map(str::to_owned);
            let message = format!("there is no error `{name}` in `use.errors`");
            let (position, path) = (error.position(), &error.path);
            self.problems.add_with_hint(position, path, message, hint.as_deref());
            return None;
        };
        self.error_definition(&named).map(|raise| Kind::Raise(Box::new(raise)))
    }

    pub(super) fn error_definition(&mut self, at: &At<'_>) -> Option<Raise> {
        if !self.map(at, &["type", "status", "title", "detail", "instance"], &[]) {
            return None;
        }
        let kind = self.required(at, "type").and_then(|place| {
            let template = self.template(&place)?;
            if let Template::Literal(value) = &template
                && !value.as_str().is_some_and(|text| text.contains(':'))
            {
                self.problem(
                    &place,
                    "an error's type is a URI, such as `https://example.com/errors/late`",
                );
            }
            Some(template)
        });
        let status = self.required(at, "status").and_then(|place| {
            let template = self.template(&place)?;
            if let Template::Literal(value) = &template
                && !value.as_u64().is_some_and(|status| (100..=599).contains(&status))
            {
                self.problem(&place, "an error's status is an HTTP status from 100 to 599");
            }
            Some(template)
        });
        let [title, detail, instance] = ["title", "detail", "instance"].map(|key| {
            let place = at.get(key)?;
            self.text(&place)?;
            self.template(&place)
        });
        Some(Raise { kind: kind?, status: status?, title, detail, instance })
    }
}
