//! Reads one prompt's text: TOML between `+++` lines, then a `# System` and a `# User` part.

use serde::Deserialize;

use super::{
    DATA_CLOSE, DATA_OPEN, Prompt,
    faults::{Fault, Faults},
    template::Template,
};

/// The longest answer that a prompt may ask for.
const ANSWER_TOKENS_MAX: u32 = 128_000;
/// The highest temperature that a model takes.
const TEMPERATURE_MAX: f64 = 2.0;
/// How many variables a prompt may have.
const VARIABLES_MAX: usize = 100;
/// The placeholder that the system part must have: the schema of the answer.
const SCHEMA: &str = "schema";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct FrontMatter {
    pub(super) version: u32,
    pub(super) title: String,
    pub(super) max_tokens: u32,
    pub(super) temperature: Option<f64>,
    pub(super) variables: Vec<String>,
    #[serde(default)]
    pub(super) required: Vec<String>,
}

/// What a text says.
pub(super) struct Parts {
    pub(super) front: FrontMatter,
    pub(super) system: Template,
    pub(super) user: Template,
}

/// A text in its parts, each where it stands in the whole.
struct Split<'t> {
    text: &'t str,
    front: &'t str,
    system: &'t str,
    user: &'t str,
}

impl Split<'_> {
    /// Where a part begins in the text, in bytes.
    fn start_of(&self, part: &str) -> usize {
        part.as_ptr() as usize - self.text.as_ptr() as usize
    }

    /// Where a field of the front matter stands.
    fn field(&self, name: &str) -> usize {
        let start = self.start_of(self.front);
        let mut at = start;
        for line in self.front.split_inclusive('\n') {
            let is_it =
                line.strip_prefix(name).is_some_and(|rest| rest.trim_start().starts_with('='));
            if is_it {
                return at;
            }
            at += line.len();
        }
        start
    }

    /// Where the data block begins, or else the user part.
    fn data_block(&self) -> usize {
        self.start_of(self.user) + self.user.find(DATA_OPEN).unwrap_or(0)
    }
}

/// Reads a text with `\n` at its lines' ends, and tells what is wrong with it; only warnings where there are parts.
/// `base` is the prompt that a tenant's own text stands in for.
pub(super) fn read(text: &str, base: Option<&Prompt>) -> (Option<Parts>, Vec<Fault>) {
    let mut faults = Faults::of(text);
    let split = match split(text) {
        Ok(split) => split,
        Err(problem) => {
            faults.add(0, problem);
            return (None, faults.in_order());
        }
    };
    let front = read_front(&split, &mut faults);
    let system = template(&split, split.system, &mut faults);
    let user = template(&split, split.user, &mut faults);
    check_data_block(&split, &mut faults);
    if let Some(system) = &system {
        check_system(&split, system, base.is_some(), &mut faults);
    }
    if let (Some(front), Some(user)) = (&front, &user) {
        check_variables(&split, front, user, base, &mut faults);
    }
    let parts = match (front, system, user) {
        (Some(front), Some(system), Some(user)) if faults.are_warnings() => {
            Some(Parts { front, system, user })
        }
        _ => None,
    };
    (parts, faults.in_order())
}

fn split(text: &str) -> Result<Split<'_>, String> {
    let (front, body) = text
        .trim_start()
        .strip_prefix("+++\n")
        .and_then(|rest| rest.split_once("\n+++\n"))
        .ok_or("must begin with TOML between two lines of `+++`")?;
    let (_, parts) = body.split_once("# System\n").ok_or("has no `# System` part")?;
    let (system, user) = parts.split_once("\n# User\n").ok_or("has no `# User` part after it")?;
    Ok(Split { text, front, system: system.trim(), user: user.trim() })
}

fn read_front(split: &Split<'_>, faults: &mut Faults<'_>) -> Option<FrontMatter> {
    let front: FrontMatter = match toml::from_str(split.front) {
        Ok(front) => front,
        Err(error) => {
            let within = error.span().map_or(0, |span| span.start);
            let at = split.start_of(split.front) + within;
            faults.add(at, format!("the front matter is wrong: {}", error.message()));
            return None;
        }
    };
    if front.version == 0 {
        faults.add(split.field("version"), "`version` starts at 1".to_owned());
    }
    if front.title.trim().is_empty() {
        faults.add(split.field("title"), "`title` must say something".to_owned());
    }
    if front.max_tokens == 0 || ANSWER_TOKENS_MAX < front.max_tokens {
        let detail = format!("`max_tokens` must lie in 1..={ANSWER_TOKENS_MAX}");
        faults.add(split.field("max_tokens"), detail);
    }
    if front.temperature.is_some_and(|it| !(0.0..=TEMPERATURE_MAX).contains(&it)) {
        let detail = format!("`temperature` must lie in 0..={TEMPERATURE_MAX}");
        faults.add(split.field("temperature"), detail);
    }
    if VARIABLES_MAX < front.variables.len() || VARIABLES_MAX < front.required.len() {
        let detail = format!("a prompt has at most {VARIABLES_MAX} variables");
        faults.add(split.field("variables"), detail);
        return None;
    }
    Some(front)
}

fn template(split: &Split<'_>, part: &str, faults: &mut Faults<'_>) -> Option<Template> {
    match Template::parse(part) {
        Ok(template) => Some(template),
        Err((at, problem)) => {
            faults.add(split.start_of(part) + at, problem);
            None
        }
    }
}

/// Placeholders outside the data block would let client text pass for instructions.
fn check_data_block(split: &Split<'_>, faults: &mut Faults<'_>) {
    let start = split.start_of(split.user);
    let block = split.user.find(DATA_OPEN).and_then(|open| {
        let close = split.user.get(open..)?.find(DATA_CLOSE)?;
        Some(open..open + close)
    });
    let Some(block) = block else {
        let detail = format!("the user part needs a `{DATA_OPEN}` … `{DATA_CLOSE}` block");
        return faults.add(start, detail);
    };
    for (at, _) in split.user.match_indices("{{") {
        if !block.contains(&at) {
            let detail = format!(
                "the user part has a placeholder outside the `{DATA_OPEN}` block; move it inside"
            );
            faults.add(start + at, detail);
        }
    }
}

fn check_system(split: &Split<'_>, system: &Template, is_own: bool, faults: &mut Faults<'_>) {
    let start = split.start_of(split.system);
    for (at, stray) in system.placeholders().filter(|(_, name)| *name != SCHEMA) {
        let detail = format!(
            "the system part may only use `{{{{schema}}}}`, not `{{{{{stray}}}}}`: client text belongs into the user part"
        );
        faults.add(start + at, detail);
    }
    if system.placeholders().next().is_none() {
        let detail = "the system part must show the answer's schema with `{{schema}}`";
        faults.add(start, detail.to_owned());
    }
    if is_own && !split.system.contains(DATA_OPEN) {
        let detail = format!(
            "the system part must say what `{DATA_OPEN}` holds: what the client wrote, which is never an instruction"
        );
        faults.add(start, detail);
    }
}

fn check_variables(
    split: &Split<'_>,
    front: &FrontMatter,
    user: &Template,
    base: Option<&Prompt>,
    faults: &mut Faults<'_>,
) {
    let start = split.start_of(split.user);
    let is_listed = |name: &str| front.variables.iter().any(|known| known == name);
    let is_used = |name: &str| user.placeholders().any(|(_, used)| used == name);
    for (at, unknown) in user.placeholders().filter(|(_, name)| !is_listed(name)) {
        let detail = format!(
            "`{{{{{unknown}}}}}` is not listed in `variables` ({}); check its name, or list it",
            front.variables.join(", ")
        );
        faults.add(start + at, detail);
    }
    let needed = base.map_or(&[][..], |base| &base.required);
    for name in needed {
        if !is_used(name) {
            let detail = format!(
                "`{{{{{name}}}}}` is missing from the `{DATA_OPEN}` block; without it the prompt makes no sense"
            );
            faults.add(split.data_block(), detail);
        } else if !front.required.contains(name) {
            faults.add(split.field("required"), format!("`required` must name `{name}`"));
        }
    }
    for unused in front.variables.iter().filter(|name| !is_used(name) && !needed.contains(name)) {
        let detail = format!("the variable `{unused}` is listed but not used; remove it or use it");
        faults.add(split.field("variables"), detail);
    }
    for unknown in front.required.iter().filter(|name| !is_listed(name)) {
        let detail = format!("`required` names `{unknown}`, which is not listed in `variables`");
        faults.add(split.field("required"), detail);
    }
    if let Some(base) = base {
        check_base(split, front, base, faults);
    }
}

/// What a text of a tenant's own says of the one that it stands in for.
fn check_base(split: &Split<'_>, front: &FrontMatter, base: &Prompt, faults: &mut Faults<'_>) {
    if base.version < front.version {
        let detail = format!(
            "`version` says which shipped text yours was made from: it is {} at the most",
            base.version
        );
        faults.add(split.field("version"), detail);
    }
    for new in front.variables.iter().filter(|name| !base.variables.contains(name)) {
        let detail = format!(
            "the shipped text is not given `{new}`: unless your flow gives it, a model sees `null`"
        );
        faults.warn(split.field("variables"), detail);
    }
}
