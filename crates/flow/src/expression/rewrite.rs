//! Puts the meter into an expression: each term that can take time or memory pays for it.

use jaq_core::{
    load::{
        lex::StrPart,
        parse::{BinaryOp, Def, Pattern, Term},
    },
    ops::Math,
    path::{Part, Path},
};

use super::{
    TERM_DEPTH_MAX, TERMS_MAX,
    natives::{self, CALL, CHARGE, MULTIPLY, PATTERN, TICK, WEIGH},
};

/// Names that the rewriting binds. No expression can hold them.
const LEFT: &str = "$!left";
const RIGHT: &str = "$!right";

/// How deep a term may nest before it runs on a large stack.
const SHALLOW_DEPTH_MAX: usize = 40;

/// Definitions that recurse as deep as their data is long.
const RECURSIVE: &[&str] =
    &["recurse", "repeat", "while", "until", "walk", "flatten", "paths", "combinations", "limit"];

/// What a rewritten expression was seen to contain.
#[derive(Debug, Default)]
pub(super) struct Seen<'s> {
    pub(super) variables: Vec<&'s str>,
    pub(super) calls: Vec<&'s str>,
    pub(super) is_recursive: bool,
}

pub(super) struct Rewriter<'s, 'n> {
    natives: &'n [&'static str],
    /// What a call of a definition pays with.
    price: &'static str,
    terms: usize,
    pub(super) seen: Seen<'s>,
}

type Rewritten<'s> = Result<Term<&'s str>, String>;

impl<'s, 'n> Rewriter<'s, 'n> {
    pub(super) fn new(natives: &'n [&'static str]) -> Self {
        Self { natives, price: CALL, terms: 0, seen: Seen::default() }
    }

    /// For a definition of the library: most of them cannot recurse.
    pub(super) fn for_library(natives: &'n [&'static str], name: &str) -> Self {
        let price = if RECURSIVE.contains(&name) { CALL } else { TICK };
        Self { price, ..Self::new(natives) }
    }

    pub(super) fn definition(
        &mut self,
        def: Def<&'s str>,
        depth: usize,
    ) -> Result<Def<&'s str>, String> {
        let body = pipe(call(self.price), self.term(def.body, depth + 1)?);
        Ok(Def { name: def.name, args: def.args, body })
    }

    pub(super) fn term(&mut self, term: Term<&'s str>, depth: usize) -> Rewritten<'s> {
        self.terms += 1;
        if TERMS_MAX < self.terms || TERM_DEPTH_MAX < depth {
            return Err("is too long or nested too deeply; split it into several tasks".to_owned());
        }
        self.seen.is_recursive |= SHALLOW_DEPTH_MAX < depth;
        let depth = depth + 1;
        Ok(match term {
            Term::Id | Term::Num(_) | Term::Break(_) | Term::Arr(None) => term,
            Term::Var(name) => {
                self.seen.variables.push(name);
                term
            }
            Term::Recurse => {
                self.seen.is_recursive = true;
                self.seen.calls.push("recurse");
                pipe(term, call(TICK))
            }
            Term::Str(format, parts) => self.text(format, parts, depth)?,
            Term::Arr(Some(items)) => {
                pipe(Term::Arr(Some(Box::new(self.term(*items, depth)?))), call(WEIGH))
            }
            Term::Obj(members) => self.object(members, depth)?,
            Term::Neg(inner) => Term::Neg(Box::new(self.term(*inner, depth)?)),
            Term::BinOp(left, operator, right) => self.binary(*left, operator, *right, depth)?,
            Term::Label(name, inner) => Term::Label(name, Box::new(self.term(*inner, depth)?)),
            Term::Fold(name, source, pattern, arguments) => Term::Fold(
                name,
                Box::new(self.term(*source, depth)?),
                self.pattern(pattern, depth)?,
                self.terms(arguments, depth)?,
            ),
            Term::TryCatch(body, handler) => Term::TryCatch(
                Box::new(self.term(*body, depth)?),
                self.optional(handler.map(|handler| *handler), depth)?.map(Box::new),
            ),
            Term::IfThenElse(branches, otherwise) => {
                let branches = branches.into_iter().map(|(condition, then)| {
                    Ok((self.term(condition, depth)?, self.term(then, depth)?))
                });
                let branches = branches.collect::<Result<_, String>>()?;
                let otherwise = self.optional(otherwise.map(|term| *term), depth)?;
                Term::IfThenElse(branches, otherwise.map(Box::new))
            }
            Term::Def(definitions, body) => {
                self.seen.is_recursive = true;
                let definitions = definitions
                    .into_iter()
                    .map(|definition| self.definition(definition, depth))
                    .collect::<Result<_, _>>()?;
                Term::Def(definitions, Box::new(self.term(*body, depth)?))
            }
            Term::Call(name, arguments) => self.call(name, arguments, depth)?,
            Term::Path(target, path) => self.path(*target, path, depth)?,
        })
    }

    fn terms(
        &mut self,
        terms: Vec<Term<&'s str>>,
        depth: usize,
    ) -> Result<Vec<Term<&'s str>>, String> {
        terms.into_iter().map(|term| self.term(term, depth)).collect()
    }

    fn optional(
        &mut self,
        term: Option<Term<&'s str>>,
        depth: usize,
    ) -> Result<Option<Term<&'s str>>, String> {
        term.map(|term| self.term(term, depth)).transpose()
    }

    fn text(
        &mut self,
        format: Option<&'s str>,
        parts: Vec<StrPart<&'s str, Term<&'s str>>>,
        depth: usize,
    ) -> Rewritten<'s> {
        self.seen.calls.extend(format);
        let is_plain = parts.iter().all(|part| !matches!(part, StrPart::Term(_)));
        let parts = parts.into_iter().map(|part| {
            Ok(match part {
                StrPart::Term(term) => StrPart::Term(self.term(term, depth)?),
                plain => plain,
            })
        });
        let text = Term::Str(format, parts.collect::<Result<_, String>>()?);
        Ok(if is_plain { text } else { pipe(text, call(CHARGE)) })
    }

    fn object(
        &mut self,
        members: Vec<(Term<&'s str>, Option<Term<&'s str>>)>,
        depth: usize,
    ) -> Rewritten<'s> {
        let members = members.into_iter().map(|(key, member)| {
            // `{$name}` and `{name}` are spelled by their key alone, so it stays as it is.
            match member {
                None => {
                    if let Term::Var(name) = key {
                        self.seen.variables.push(name);
                    }
                    Ok((key, None))
                }
                Some(member) => Ok((self.term(key, depth)?, Some(self.term(member, depth)?))),
            }
        });
        Ok(pipe(Term::Obj(members.collect::<Result<_, String>>()?), call(WEIGH)))
    }

    fn binary(
        &mut self,
        left: Term<&'s str>,
        operator: BinaryOp<&'s str>,
        right: Term<&'s str>,
        depth: usize,
    ) -> Rewritten<'s> {
        let left = self.term(left, depth)?;
        let right = self.term(right, depth)?;
        let boxed = |left, operator, right| Term::BinOp(Box::new(left), operator, Box::new(right));
        Ok(match operator {
            BinaryOp::Pipe(Some(pattern)) => {
                boxed(left, BinaryOp::Pipe(Some(self.pattern(pattern, depth)?)), right)
            }
            BinaryOp::Pipe(None)
            | BinaryOp::Comma
            | BinaryOp::Alt
            | BinaryOp::Or
            | BinaryOp::And => boxed(left, operator, right),
            BinaryOp::Math(Math::Mul) => bind(right, RIGHT, bind(left, LEFT, product(LEFT))),
            BinaryOp::Math(_) => pipe(boxed(left, operator, right), call(CHARGE)),
            BinaryOp::Cmp(_) => boxed(weighed(left), operator, weighed(right)),
            BinaryOp::Assign | BinaryOp::Update | BinaryOp::UpdateAlt => {
                pipe(boxed(left, operator, right), call(WEIGH))
            }
            BinaryOp::UpdateMath(math) => {
                let updated = match math {
                    Math::Mul => bind(Term::Id, LEFT, product(LEFT)),
                    math => {
                        pipe(boxed(Term::Id, BinaryOp::Math(math), Term::Var(RIGHT)), call(CHARGE))
                    }
                };
                let updated = boxed(left, BinaryOp::Update, updated);
                bind(right, RIGHT, pipe(updated, call(WEIGH)))
            }
        })
    }

    fn pattern(
        &mut self,
        pattern: Pattern<&'s str>,
        depth: usize,
    ) -> Result<Pattern<&'s str>, String> {
        self.terms += 1;
        if TERM_DEPTH_MAX < depth {
            return Err("is nested too deeply".to_owned());
        }
        Ok(match pattern {
            Pattern::Var(_) => pattern,
            Pattern::Arr(items) => Pattern::Arr(
                items
                    .into_iter()
                    .map(|item| self.pattern(item, depth + 1))
                    .collect::<Result<_, _>>()?,
            ),
            Pattern::Obj(members) => {
                let members = members.into_iter().map(|(key, member)| {
                    // A variable as key (`{$name: …}`) binds that name, so it is not a use of it.
                    let key = match key {
                        Term::Var(_) => key,
                        key => self.term(key, depth + 1)?,
                    };
                    Ok((key, self.pattern(member, depth + 1)?))
                });
                Pattern::Obj(members.collect::<Result<_, String>>()?)
            }
        })
    }

    fn call(
        &mut self,
        name: &'s str,
        arguments: Vec<Term<&'s str>>,
        depth: usize,
    ) -> Rewritten<'s> {
        self.seen.calls.push(name);
        self.seen.is_recursive |= RECURSIVE.contains(&name);
        let mut arguments = self.terms(arguments, depth)?;
        if !self.natives.contains(&name) {
            return Ok(Term::Call(name, arguments));
        }
        if natives::takes_pattern(name) && !arguments.is_empty() {
            let pattern = std::mem::replace(&mut arguments[0], Term::Var(RIGHT));
            let paid = Term::Call(PATTERN, vec![Term::Var(RIGHT)]);
            let matched = pipe(paid, Term::Call(name, arguments));
            return Ok(pipe(bind(pattern, RIGHT, matched), call(WEIGH)));
        }
        Ok(pipe(Term::Call(name, arguments), call(WEIGH)))
    }

    fn path(
        &mut self,
        target: Term<&'s str>,
        path: Path<Term<&'s str>>,
        depth: usize,
    ) -> Rewritten<'s> {
        let target = self.term(target, depth)?;
        let mut iterates = false;
        let parts = path.0.into_iter().map(|(part, optional)| {
            let part = match part {
                Part::Index(index) => Part::Index(self.term(index, depth)?),
                Part::Range(from, to) => {
                    iterates = true;
                    Part::Range(self.optional(from, depth)?, self.optional(to, depth)?)
                }
            };
            Ok((part, optional))
        });
        let path = Path(parts.collect::<Result<_, String>>()?);
        let term = Term::Path(Box::new(target), path);
        Ok(if iterates { pipe(term, call(TICK)) } else { term })
    }
}

fn call(name: &str) -> Term<&str> {
    Term::Call(name, Vec::new())
}

fn pipe<'s>(left: Term<&'s str>, right: Term<&'s str>) -> Term<&'s str> {
    Term::BinOp(Box::new(left), BinaryOp::Pipe(None), Box::new(right))
}

/// `value as $name | body`
fn bind<'s>(value: Term<&'s str>, name: &'s str, body: Term<&'s str>) -> Term<&'s str> {
    let operator = BinaryOp::Pipe(Some(Pattern::Var(name)));
    Term::BinOp(Box::new(value), operator, Box::new(body))
}

fn product(left: &str) -> Term<&str> {
    Term::Call(MULTIPLY, vec![Term::Var(left), Term::Var(RIGHT)])
}

/// Comparing takes as long as the operands are large. Scalars in the text need no weighing.
fn weighed(term: Term<&str>) -> Term<&str> {
    match term {
        Term::Num(_) | Term::Str(None, _) | Term::Arr(None) => term,
        term => pipe(term, call(WEIGH)),
    }
}
