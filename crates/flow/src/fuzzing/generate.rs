//! Makes definitions out of bytes: of every kind of task, inside each other, most of them sound.

use arbitrary::{Result, Unstructured};
use serde_json::{Map, Value, json};

/// How many tasks one definition has.
const TASKS_MAX: usize = 14;
/// How deep lists of tasks stand inside each other.
const DEPTH_MAX: usize = 4;

/// Expressions that give anything, some of them nothing good.
const ANYTHING: [&str; 14] = [
    ".",
    ".n",
    ".items",
    "$context",
    "$input",
    "$task.name",
    "$workflow.id",
    "{ n: 1, items: [1, 2] }",
    "(.n? // 0) + 1",
    "[.]",
    "[.[]?]",
    "empty",
    "error(\"no\")",
    ".a.b.c",
];
const CONDITIONS: [&str; 8] = [
    "true",
    "false",
    ".n? == 1",
    "($context | tojson | length) < 30",
    ".n",
    "error(\"no\")",
    "now > 0",
    "$input != null",
];
const ITEMS: [&str; 5] = ["[1, 2, 3]", ".items", "[]", "[range(20)]", "$context.items // []"];
const FUNCTIONS: [&str; 4] = ["echo", "fail", "shared", "ai.generate"];
const TYPES: [&str; 4] = ["a", "b", "go", ".*"];
const ERRORS: [&str; 3] = [
    "a:b",
    "https://open-workflow-specification.org/spec/1.0.0/errors/timeout",
    "https://serverlessworkflow.io/spec/1.0.0/errors/communication",
];

pub(super) fn definition(bytes: &mut Unstructured<'_>) -> Result<Value> {
    let mut maker = Maker { bytes, made: 0, functions: &FUNCTIONS };
    let mut definition = json!({
        "document": { "dsl": "1.0.3", "namespace": "test", "name": "made", "version": "1.0.0" },
    });
    let lifecycle = maker.one_of(&[None, Some("workflow"), Some("tasks")])?;
    let mut members = Map::new();
    maker.sometimes(&mut members, "input", |it| Ok(json!({ "from": it.enclosed()? })))?;
    maker.sometimes(&mut members, "output", |it| Ok(json!({ "as": it.enclosed()? })))?;
    maker.sometimes(&mut members, "timeout", |it| Ok(json!({ "after": it.duration()? })))?;
    maker.sometimes(&mut members, "use", Maker::parts)?;
    members.insert("do".to_owned(), maker.list(0)?);
    if let Some(object) = definition.as_object_mut() {
        object.extend(members);
    }
    if let Some(level) = lifecycle {
        definition["document"]["metadata"] = json!({ "lifecycleEvents": level });
    }
    Ok(definition)
}

struct Maker<'b, 'a> {
    bytes: &'b mut Unstructured<'a>,
    made: usize,
    /// What a task may call.
    functions: &'static [&'static str],
}

impl Maker<'_, '_> {
    fn one_of<T: Copy>(&mut self, choices: &[T]) -> Result<T> {
        self.bytes.choose(choices).copied()
    }

    fn sometimes(
        &mut self,
        members: &mut Map<String, Value>,
        key: &str,
        make: impl FnOnce(&mut Self) -> Result<Value>,
    ) -> Result<()> {
        if self.bytes.ratio(1_u8, 8)? {
            members.insert(key.to_owned(), make(self)?);
        }
        Ok(())
    }

    fn enclosed(&mut self) -> Result<String> {
        Ok(format!("${{ {} }}", self.one_of(&ANYTHING)?))
    }

    fn condition(&mut self) -> Result<Value> {
        Ok(json!(self.one_of(&CONDITIONS)?))
    }

    fn duration(&mut self) -> Result<Value> {
        let text = ["PT0S", "PT1S", "PT5S", "PT1M", "P30D", "${ \"PT2S\" }", "${ .n }", ""];
        Ok(match self.one_of(&text)? {
            "" => json!({ "seconds": 3, "milliseconds": 1 }),
            text => json!(text),
        })
    }

    /// What the tasks may refer to.
    fn parts(&mut self) -> Result<Value> {
        let kind = self.one_of(&["call", "wait", "set", "all", "try"])?;
        let before = self.list(2)?;
        let after = self.list(2)?;
        // A function must not use itself.
        self.functions = &["echo"];
        let body = self.task(2, &[])?;
        self.functions = &FUNCTIONS;
        Ok(json!({
            "extensions": [{ "around": { "extend": kind, "before": before, "after": after } }],
            "functions": { "shared": body },
        }))
    }

    /// Tasks that may go to each other.
    fn list(&mut self, depth: usize) -> Result<Value> {
        let names = self.names()?;
        self.tasks(depth, names, names)
    }

    fn branches(&mut self, depth: usize) -> Result<Value> {
        let names = self.names()?;
        self.tasks(depth, names, &[])
    }

    fn names(&mut self) -> Result<&'static [&'static str]> {
        let names: &[&str] = &["t0", "t1", "t2", "t3"];
        let length = self.bytes.int_in_range(1..=names.len())?;
        Ok(names.get(..length).unwrap_or(names))
    }

    fn tasks(&mut self, depth: usize, names: &[&str], siblings: &[&str]) -> Result<Value> {
        let tasks = names.iter().map(|name| Ok(json!({ *name: self.task(depth, siblings)? })));
        tasks.collect::<Result<Vec<Value>>>().map(Value::Array)
    }

    fn then(&mut self, siblings: &[&str]) -> Result<Value> {
        let ways = ["continue", "exit", "end"];
        Ok(match self.bytes.choose(siblings) {
            Ok(name) if self.bytes.arbitrary()? => json!(name),
            _ => json!(self.one_of(&ways)?),
        })
    }

    fn task(&mut self, depth: usize, siblings: &[&str]) -> Result<Value> {
        self.made += 1;
        let kinds = if DEPTH_MAX <= depth || TASKS_MAX < self.made { 6 } else { 12 };
        let mut task = match self.bytes.int_in_range(0..=kinds)? {
            0 => json!({ "set": { "n": self.enclosed()?, "items": [1, 2] } }),
            1 => {
                let function = self.one_of(self.functions)?;
                json!({ "call": function, "with": { "n": self.enclosed()? } })
            }
            2 => json!({ "wait": self.duration()? }),
            3 => {
                let kind = self.one_of(&["a", "b", "go", "${ .n }"])?;
                json!({ "emit": { "event": { "with": { "type": kind, "data": self.enclosed()? } } } })
            }
            4 => {
                let (kind, status) = (self.one_of(&ERRORS)?, self.one_of(&[400, 408, 500])?);
                json!({ "raise": { "error": { "type": kind, "status": status } } })
            }
            5 => self.switch(siblings)?,
            6 => json!({ "run": { "workflow": { "namespace": "test", "name": "other" },
                "await": self.bytes.arbitrary::<bool>()? } }),
            7 => json!({ "do": self.list(depth + 1)? }),
            8 => json!({ "fork": { "compete": self.bytes.arbitrary::<bool>()?,
                "branches": self.branches(depth + 1)? } }),
            9 => self.for_each(depth)?,
            10 | 11 => self.guarded(depth, siblings)?,
            _ => self.listen(depth)?,
        };
        if let Some(members) = task.as_object_mut() {
            self.sometimes(members, "if", Self::condition)?;
            self.sometimes(members, "input", |it| Ok(json!({ "from": it.enclosed()? })))?;
            self.sometimes(members, "output", |it| Ok(json!({ "as": it.enclosed()? })))?;
            self.sometimes(members, "export", |it| Ok(json!({ "as": it.enclosed()? })))?;
            self.sometimes(members, "timeout", |it| Ok(json!({ "after": it.duration()? })))?;
            self.sometimes(members, "then", |it| it.then(siblings))?;
        }
        Ok(task)
    }

    fn switch(&mut self, siblings: &[&str]) -> Result<Value> {
        let (when, then) = (self.condition()?, self.then(siblings)?);
        let other = self.then(siblings)?;
        Ok(
            json!({ "switch": [{ "one": { "when": when, "then": then } }, { "other": { "then": other } }] }),
        )
    }

    fn for_each(&mut self, depth: usize) -> Result<Value> {
        let items = self.one_of(&ITEMS)?;
        let mut task = json!({ "for": { "each": "item", "in": items, "at": "place" } });
        task["do"] = self.list(depth + 1)?;
        if let Some(members) = task.as_object_mut() {
            self.sometimes(members, "while", Self::condition)?;
        }
        Ok(task)
    }

    fn guarded(&mut self, depth: usize, siblings: &[&str]) -> Result<Value> {
        let mut catch = Map::new();
        if self.bytes.arbitrary()? {
            catch.insert("retry".to_owned(), self.retry()?);
        }
        if self.bytes.arbitrary()? {
            catch.insert("do".to_owned(), self.list(depth + 1)?);
        }
        self.sometimes(&mut catch, "errors", |it| {
            let with = if it.bytes.arbitrary()? {
                json!({ "type": it.one_of(&ERRORS)? })
            } else {
                json!({ "status": it.one_of(&[400, 408, 500])? })
            };
            Ok(json!({ "with": with }))
        })?;
        self.sometimes(&mut catch, "when", |it| {
            Ok(json!(it.one_of(&["$error.status == 500", "true"])?))
        })?;
        self.sometimes(&mut catch, "exceptWhen", Self::condition)?;
        self.sometimes(&mut catch, "then", |it| it.then(siblings))?;
        Ok(json!({ "try": self.list(depth + 1)?, "catch": catch }))
    }

    fn retry(&mut self) -> Result<Value> {
        let backoff = self.one_of(&["constant", "linear", "exponential"])?;
        let mut limit = json!({ "attempt": { "count": self.one_of(&[0, 1, 2, 5])? } });
        if self.bytes.arbitrary()? {
            limit["attempt"]["duration"] = self.duration()?;
        }
        if self.bytes.arbitrary()? {
            limit["duration"] = self.duration()?;
        }
        let mut retry =
            json!({ "delay": self.duration()?, "backoff": { backoff: {} }, "limit": limit });
        if self.bytes.arbitrary()? {
            retry["jitter"] = json!({ "from": "PT0S", "to": "PT3S" });
        }
        Ok(retry)
    }

    fn filter(&mut self) -> Result<Value> {
        let kind = self.one_of(&TYPES)?;
        let mut filter = json!({ "with": { "type": kind } });
        if self.bytes.ratio(1_u8, 4)? {
            filter["with"]["data"] = json!(self.enclosed()?);
        }
        if self.bytes.ratio(1_u8, 4)? {
            filter["correlate"] =
                json!({ "key": { "from": ".data.n", "expect": self.enclosed()? } });
        }
        Ok(filter)
    }

    fn listen(&mut self, depth: usize) -> Result<Value> {
        let mut to = match self.bytes.int_in_range(0..=3)? {
            0 => json!({ "one": self.filter()? }),
            1 => json!({ "all": [self.filter()?, self.filter()?] }),
            2 => json!({ "any": [self.filter()?, self.filter()?] }),
            _ => json!({ "any": [] }),
        };
        if to.get("any").is_some() && self.bytes.arbitrary()? {
            to["until"] = if self.bytes.arbitrary()? {
                json!(self.one_of(&["(. | length) > 2", "false", "error(\"no\")"])?)
            } else {
                json!({ "one": self.filter()? })
            };
        }
        let read = self.one_of(&["data", "envelope", "raw"])?;
        let mut task = json!({ "listen": { "to": to, "read": read } });
        if self.bytes.ratio(1_u8, 3)? {
            task["foreach"] =
                json!({ "item": "event", "at": "place", "do": self.list(depth + 1)? });
        }
        Ok(task)
    }
}
