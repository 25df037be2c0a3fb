//! From text to a compiled expression.

use std::{
    collections::{BTreeSet, HashMap},
    sync::OnceLock,
};

use jaq_core::{
    Compiler,
    load::{
        Arena, File, Loader, Parser,
        lex::{self, Lexer},
        parse::{self, Def, Term},
    },
};

use super::{Data, Expression, SOURCE_CHARS_MAX, natives, rewrite::Rewriter};
use crate::diagnostic::nearest;

/// The name under which an expression is compiled.
const MAIN: &str = "__main";

/// Definitions of the engine's library that would reach outside.
const LEFT_OUT: &[&str] = &["stderr", "debug", "halt", "halt_error"];

/// Harmless definitions that jq has and the engine lacks.
const MISSING: &str = r#"
def toarray: if isarray then . else [.] end;
def trimstr($text): ltrimstr($text) | rtrimstr($text);
def IN(s): any(s == .; .);
def IN(source; s): any(source == s; .);
def INDEX(stream; f): reduce stream as $row ({}; .[$row | f | tostring] |= $row);
def INDEX(f): INDEX(.[]; f);
def ascii: [.] | implode;
def @csv: [.[] | if isnumber or isboolean then tostring elif . == null then "" else "\"" + gsub("\""; "\"\"") + "\"" end] | join(",");
def @tsv: [.[] | if isstring then gsub("\\\\"; "\\\\") | gsub("\t"; "\\t") | gsub("\n"; "\\n") | gsub("\r"; "\\r") elif . == null then "" else tostring end] | join("\t");
"#;

/// The library with the meter in it, parsed once.
struct Library {
    natives: Vec<&'static str>,
    /// In the order in which they may use each other, with the names each calls.
    definitions: Vec<(Def<&'static str>, Vec<&'static str>)>,
    by_name: HashMap<&'static str, Vec<usize>>,
}

fn library() -> &'static Library {
    static LIBRARY: OnceLock<Library> = OnceLock::new();
    LIBRARY.get_or_init(|| {
        let natives: Vec<&'static str> = natives::all().map(|(name, _, _)| name).collect();
        let missing = jaq_core::load::parse(MISSING, |parser| parser.defs()).unwrap_or_default();
        let all = jaq_core::defs().chain(jaq_std::defs()).chain(jaq_json::defs()).chain(missing);
        let mut definitions = Vec::new();
        let mut by_name: HashMap<&'static str, Vec<usize>> = HashMap::new();
        for definition in all.filter(|definition| !LEFT_OUT.contains(&definition.name)) {
            let mut rewriter = Rewriter::for_library(&natives, definition.name);
            let Ok(rewritten) = rewriter.definition(definition, 0) else { continue };
            by_name.entry(rewritten.name).or_default().push(definitions.len());
            definitions.push((rewritten, rewriter.seen.calls));
        }
        Library { natives, definitions, by_name }
    })
}

impl Library {
    /// Whether there is a filter of this name, with any number of arguments.
    fn knows(&self, name: &str) -> bool {
        self.by_name.contains_key(name) || self.natives.contains(&name)
    }

    /// The definitions that these calls need, directly or not.
    fn needed<'a>(&'a self, calls: &[&str]) -> impl Iterator<Item = Def<&'static str>> + 'a {
        let mut open: Vec<usize> = Vec::new();
        let mut needed = BTreeSet::new();
        // What the engine itself expands some syntax to.
        let implied = ["empty", "recurse", "error", "null", "true", "false", "not", "tojson"];
        let implied =
            implied.iter().chain(["@text", "tostring", "getpath", "select", "range"].iter());
        for name in calls.iter().chain(implied) {
            open.extend(self.by_name.get(name).into_iter().flatten());
        }
        while let Some(index) = open.pop() {
            if needed.insert(index) {
                let calls = self.definitions.get(index).map(|(_, calls)| calls.as_slice());
                for name in calls.unwrap_or_default() {
                    open.extend(self.by_name.get(name).into_iter().flatten());
                }
            }
        }
        needed
            .into_iter()
            .filter_map(|index| self.definitions.get(index))
            .map(|(def, _)| def.clone())
    }
}

/// Why text is no expression.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub(crate) struct Fault {
    /// What goes on "the expression …".
    pub(crate) message: String,
    /// Where in the text, in bytes, if it is at one place.
    pub(crate) offset: Option<usize>,
}

impl From<String> for Fault {
    fn from(message: String) -> Self {
        Self { message, offset: None }
    }
}

impl From<&str> for Fault {
    fn from(message: &str) -> Self {
        message.to_owned().into()
    }
}

impl Fault {
    /// At a part of the source.
    fn at(source: &str, part: &str, message: String) -> Self {
        let offset = part.as_ptr().addr().checked_sub(source.as_ptr().addr());
        Self { message, offset: offset.filter(|offset| *offset <= source.len()) }
    }
}

impl From<Fault> for Vec<Fault> {
    fn from(fault: Fault) -> Self {
        vec![fault]
    }
}

/// Compiles an expression that may use these variables (written without their dollar sign).
///
/// # Errors
/// All that is wrong with it, as far as it can be read: at least one fault.
pub(crate) fn compile(source: &str, variables: &[&str]) -> Result<Expression, Vec<Fault>> {
    if SOURCE_CHARS_MAX < source.chars().count() {
        return Err(vec![format!("is longer than {SOURCE_CHARS_MAX} characters").into()]);
    }
    let library = library();
    let mut rewriter = Rewriter::new(&library.natives);
    let term = rewriter.term(read(source)?, 0).map_err(Fault::from)?;
    let seen = rewriter.seen;

    if seen.calls.contains(&MAIN) {
        return Err(vec![format!("calls `{MAIN}`, which does not exist").into()]);
    }
    let names: Vec<String> = variables.iter().map(|name| format!("${name}")).collect();
    let main = Def { name: MAIN, args: Vec::new(), body: term };
    let arena = Arena::default();
    let modules = Loader::new(library.needed(&seen.calls).map(widen).chain([main]))
        .load(&arena, File { code: MAIN, path: () })
        .map_err(|_errors| Fault::from("cannot be loaded"))?;
    let filter = Compiler::<_, Data>::default()
        .with_funs(natives::all())
        .with_global_vars(names.iter().map(String::as_str))
        .compile(modules)
        .map_err(|errors| all_undefined(source, &errors, variables))?;
    let used = |name: &String| seen.variables.contains(&name.as_str());
    let flags: Vec<bool> = names.iter().map(used).collect();
    Ok(Expression {
        filter,
        variables: variables.iter().map(|name| (*name).to_owned()).zip(flags).collect(),
        is_recursive: seen.is_recursive,
        source: source.to_owned(),
    })
}

fn read(source: &str) -> Result<Term<&str>, Vec<Fault>> {
    let from =
        |rest: &str| Fault::at(source, rest, format!("cannot be read from `{}` on", start(rest)));
    let too_early = || Fault { message: "ends too early".to_owned(), offset: Some(source.len()) };
    let tokens = Lexer::new(source).lex().map_err(|errors| {
        let fault = |(expected, rest): &(lex::Expect<&str>, &str)| match expected {
            lex::Expect::Delim(opening) => {
                Fault::at(source, opening, format!("never closes this `{opening}`"))
            }
            _ if rest.is_empty() => too_early(),
            _ => from(rest),
        };
        errors.iter().map(fault).collect::<Vec<_>>()
    })?;
    Parser::new(&tokens).parse(Parser::term).map_err(|errors| {
        let Some((expected, token)) = errors.first() else { return vec![too_early()] };
        let mut fault = token.map_or_else(too_early, |token| from(token.0));
        if let Some(expected) = in_words(expected) {
            fault.message = format!("{}; expected {expected}", fault.message);
        }
        vec![fault]
    })
}

/// What the parser expected.
fn in_words(expected: &parse::Expect<&str>) -> Option<String> {
    use parse::Expect;
    let words = match expected {
        Expect::Just(word) => return Some(format!("`{word}`")),
        Expect::Var => "a variable, such as `$x`",
        Expect::Pattern => "a pattern, such as `$x`, `[$x]` or `{a: $x}`",
        Expect::ElseOrEnd => "`else` or `end`",
        Expect::CommaOrRBrack => "`,` or `]`",
        Expect::CommaOrRBrace => "`,` or `}`",
        Expect::SemicolonOrRParen => "`;` or `)`",
        Expect::Term => "a value, such as `.a`",
        Expect::Key => "a key",
        Expect::Ident | Expect::Arg => "a name",
        Expect::Str => "text in quotes",
        _ => return None,
    };
    Some(words.to_owned())
}

fn start(rest: &str) -> String {
    rest.chars().take(20).collect()
}

/// Shortens the lifetime of a definition's text, so that it can stand beside an expression's.
fn widen<'s>(definition: Def<&'static str>) -> Def<&'s str> {
    definition
}

fn all_undefined<P>(
    source: &str,
    errors: &jaq_core::compile::Errors<&str, P>,
    variables: &[&str],
) -> Vec<Fault> {
    let errors = errors.iter().flat_map(|(_, errors)| errors);
    let faults: Vec<Fault> =
        errors.map(|(name, kind)| undefined(source, name, kind.as_str(), variables)).collect();
    if faults.is_empty() { vec!["cannot be compiled".into()] } else { faults }
}

fn undefined(source: &str, name: &str, kind: &str, variables: &[&str]) -> Fault {
    if name == "$secrets" {
        let message = "uses `$secrets`, which no flow sees; name the secret in an authentication policy \
                       (`use: NAME`), and it is read when the call is made";
        return Fault::at(source, name, message.to_owned());
    }
    if kind == "filter" && library().knows(name) {
        let message = format!(
            "gives `{name}` a number of arguments that it does not take; what goes in stands before \
             a `|`, as in `.a | length`"
        );
        return Fault::at(source, name, message);
    }
    let mut known: Vec<String> = match name.strip_prefix('$') {
        Some(_) => variables.iter().map(|name| format!("${name}")).collect(),
        None => {
            let library = library();
            library.by_name.keys().chain(&library.natives).map(|name| (*name).to_owned()).collect()
        }
    };
    known.sort();
    let hint = nearest(name, known.iter().map(String::as_str));
    let hint = hint.map(|name| format!("; did you mean `{name}`?")).unwrap_or_default();
    Fault::at(source, name, format!("uses `{name}`, which is not a {kind} here{hint}"))
}
