//! A definition's text as a tree that knows where each part stands.

use std::collections::{HashMap, HashSet};

use saphyr::Scalar;
use saphyr_parser::{Event, Marker, Parser, StrInput};
use serde_json::{Number, Value};

use crate::{
    advice,
    diagnostic::Problems,
    stretch::{self, Stretch},
};

/// How large a definition may be.
pub(crate) const SOURCE_BYTES_MAX: usize = 512 * 1024;
/// How deep a definition may nest. The checker walks it by recursion.
pub(crate) const NESTING_MAX: usize = 64;
/// How many nodes a definition may have, aliases followed.
pub(crate) const NODES_MAX: usize = 50_000;

/// A place in the text, both from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Position {
    pub(crate) line: usize,
    pub(crate) column: usize,
}

impl From<Marker> for Position {
    fn from(marker: Marker) -> Self {
        Self { line: marker.line().max(1), column: marker.col() + 1 }
    }
}

#[derive(Debug, Clone)]
pub(crate) struct Node {
    pub(crate) at: Position,
    /// Of text: where its characters stand, as far as they are those of the file.
    pub(crate) stretches: Vec<Stretch>,
    pub(crate) content: Content,
}

#[derive(Debug, Clone)]
pub(crate) enum Content {
    Null,
    Bool(bool),
    Number(Number),
    Text(String),
    List(Vec<Node>),
    /// In the order of the text; keys are unique.
    Map(Vec<Member>),
}

#[derive(Debug, Clone)]
pub(crate) struct Member {
    pub(crate) key: String,
    pub(crate) key_at: Position,
    pub(crate) value: Node,
}

impl Node {
    pub(crate) fn to_json(&self) -> Value {
        match &self.content {
            Content::Null => Value::Null,
            Content::Bool(flag) => Value::Bool(*flag),
            Content::Number(number) => Value::Number(number.clone()),
            Content::Text(text) => Value::String(text.clone()),
            Content::List(items) => items.iter().map(Self::to_json).collect(),
            Content::Map(members) => Value::Object(
                members.iter().map(|member| (member.key.clone(), member.value.to_json())).collect(),
            ),
        }
    }

    /// The part at a JSON pointer, or the innermost part around it that there is.
    pub(crate) fn nearest(&self, pointer: &str) -> &Self {
        let mut found = self;
        for key in pointer.split('/').skip(1) {
            let key = key.replace("~1", "/").replace("~0", "~");
            let part = match &found.content {
                Content::List(items) => key.parse().ok().and_then(|place: usize| items.get(place)),
                Content::Map(members) => {
                    members.iter().find(|member| member.key == key).map(|member| &member.value)
                }
                _ => None,
            };
            let Some(part) = part else { break };
            found = part;
        }
        found
    }

    /// What it is, for messages.
    pub(crate) fn kind(&self) -> &'static str {
        match self.content {
            Content::Null => "nothing",
            Content::Bool(_) => "true or false",
            Content::Number(_) => "a number",
            Content::Text(_) => "text",
            Content::List(_) => "a list",
            Content::Map(_) => "a map",
        }
    }

    /// How many nodes it has with all its parts.
    fn size(&self) -> usize {
        1 + match &self.content {
            Content::List(items) => items.iter().map(Self::size).sum(),
            Content::Map(members) => members.iter().map(|member| member.value.size()).sum(),
            _ => 0,
        }
    }
}

/// Reads YAML (and so JSON). Problems of the text itself are added to `problems`.
pub(crate) fn read(source: &str, problems: &mut Problems) -> Option<Node> {
    let start = Position { line: 1, column: 1 };
    if SOURCE_BYTES_MAX < source.len() {
        problems.add(start, "", format!("a definition may have at most {SOURCE_BYTES_MAX} bytes"));
        return None;
    }
    let mut reader = Reader {
        parser: Parser::new_from_str(source),
        anchors: HashMap::new(),
        nodes: 0,
        source,
        offsets: (!source.is_ascii()).then(|| source.char_indices().map(|(at, _)| at).collect()),
        begin: 0,
        end: 1,
        lengths: lines(source).map(|line| line.chars().count()).collect(),
        lines: lines(source).collect(),
    };
    match reader.document() {
        Ok(Some(node)) => Some(node),
        Ok(None) => {
            problems.add(start, "", "the definition is empty");
            None
        }
        Err((at, message)) => {
            problems.add(at, "", message);
            None
        }
    }
}

/// The lines of a text as YAML has them: they end in a line feed, a carriage return or both.
pub(crate) fn lines(source: &str) -> impl Iterator<Item = &str> {
    source.split('\n').flat_map(|line| line.strip_suffix('\r').unwrap_or(line).split('\r'))
}

/// YAML (and so JSON) as JSON, within the limits of a definition.
///
/// # Errors
/// What is wrong with it, and where.
pub fn to_json(source: &str) -> Result<Value, String> {
    let mut problems = Problems::default();
    let node = read(source, &mut problems);
    node.map(|node| node.to_json()).ok_or_else(|| {
        let all: Vec<String> = problems.sorted().iter().map(ToString::to_string).collect();
        all.join("; ")
    })
}

type Read<T> = Result<T, (Position, String)>;

struct Reader<'s> {
    parser: Parser<'s, StrInput<'s>>,
    anchors: HashMap<usize, Node>,
    nodes: usize,
    source: &'s str,
    /// Where each character begins, in bytes; none where each is a byte.
    offsets: Option<Vec<usize>>,
    /// The character at which the last event began, from 0.
    begin: usize,
    /// The line on which it ended, from 1.
    end: usize,
    lines: Vec<&'s str>,
    /// How many characters each line has.
    lengths: Vec<usize>,
}

impl<'s> Reader<'s> {
    fn next(&mut self) -> Read<(Event<'s>, Position)> {
        match self.parser.next_event() {
            Some(Ok((event, span))) => {
                (self.begin, self.end) = (span.start.index(), span.end.line());
                Ok((event, self.place(span.start)))
            }
            Some(Err(error)) => {
                let at = self.place(*error.marker());
                let mut message = format!("this is not valid YAML: {}", error.info());
                if let Some(advice) = advice::find(error.info(), &self.lines, at) {
                    message = format!("{message}; {advice}");
                }
                Err((at, message))
            }
            None => Ok((Event::StreamEnd, Position::default())),
        }
    }

    /// The parser puts what is missing at the end on a line of its own, even where the text has none, and some
    /// faults behind their line.
    fn place(&self, marker: Marker) -> Position {
        let at = Position::from(marker);
        let line = at.line.min(self.lengths.len());
        let length =
            line.checked_sub(1).and_then(|line| self.lengths.get(line)).map_or(0, |it| *it);
        let column = if line < at.line { length + 1 } else { at.column.min(length + 1) };
        Position { line, column }
    }

    /// The text from a character on.
    fn from(&self, character: usize) -> &'s str {
        let byte = match &self.offsets {
            Some(offsets) => offsets.get(character).copied().unwrap_or(self.source.len()),
            None => character,
        };
        self.source.get(byte..).unwrap_or_default()
    }

    fn document(&mut self) -> Read<Option<Node>> {
        let mut root = None;
        loop {
            let (event, at) = self.next()?;
            match event {
                Event::StreamEnd => return Ok(root),
                Event::Nothing
                | Event::StreamStart
                | Event::DocumentStart(_)
                | Event::DocumentEnd => {}
                _ if root.is_some() => {
                    return Err((at, "a file holds one definition, not several".to_owned()));
                }
                event => root = Some(self.node(event, at, 0)?),
            }
        }
    }

    fn node(&mut self, event: Event<'s>, at: Position, depth: usize) -> Read<Node> {
        self.count(1, at)?;
        if NESTING_MAX < depth {
            return Err((at, format!("this is nested more than {NESTING_MAX} levels deep")));
        }
        let mut stretches = Vec::new();
        let (content, anchor) = match event {
            Event::Scalar(text, style, anchor, tag) => {
                let written = self.from(self.begin);
                stretches = stretch::find(&text, style, written, (at, self.end), &self.lines);
                let Some(scalar) = Scalar::parse_from_cow_and_metadata(text, style, tag.as_ref())
                else {
                    return Err((at, "this does not fit its tag".to_owned()));
                };
                (scalar_content(scalar, at)?, anchor)
            }
            Event::SequenceStart(anchor, _) => (self.list(depth)?, anchor),
            Event::MappingStart(anchor, _) => (self.map(depth)?, anchor),
            Event::Alias(anchor) => {
                let Some(node) = self.anchors.get(&anchor) else {
                    return Err((at, "this alias has no anchor before it".to_owned()));
                };
                let content = node.content.clone();
                let size = node.size();
                self.count(size, at)?;
                // A chain of aliases could otherwise nest deeper than it is written.
                if NESTING_MAX < depth + nesting(&content) {
                    return Err((at, format!("this nests more than {NESTING_MAX} levels deep")));
                }
                (content, 0)
            }
            _ => return Err((at, "this is not valid YAML".to_owned())),
        };
        let node = Node { at, stretches, content };
        if anchor != 0 {
            self.anchors.insert(anchor, node.clone());
        }
        Ok(node)
    }

    fn count(&mut self, nodes: usize, at: Position) -> Read<()> {
        self.nodes += nodes;
        if NODES_MAX < self.nodes {
            return Err((at, format!("a definition may have at most {NODES_MAX} values")));
        }
        Ok(())
    }

    fn list(&mut self, depth: usize) -> Read<Content> {
        let mut items = Vec::new();
        loop {
            match self.next()? {
                (Event::SequenceEnd, _) => return Ok(Content::List(items)),
                (event, at) => items.push(self.node(event, at, depth + 1)?),
            }
        }
    }

    fn map(&mut self, depth: usize) -> Read<Content> {
        let mut members: Vec<Member> = Vec::new();
        let mut keys: HashSet<String> = HashSet::new();
        loop {
            let (event, key_at) = self.next()?;
            let key = match event {
                Event::MappingEnd => return Ok(Content::Map(members)),
                Event::Scalar(text, ..) => text.into_owned(),
                _ => return Err((key_at, "a key must be text".to_owned())),
            };
            if key == "<<" {
                return Err((
                    key_at,
                    "merge keys (`<<`) are not supported; repeat them".to_owned(),
                ));
            }
            if !keys.insert(key.clone()) {
                return Err((key_at, format!("`{key}` stands twice in this map")));
            }
            let (event, at) = self.next()?;
            let value = self.node(event, at, depth + 1)?;
            members.push(Member { key, key_at, value });
        }
    }
}

fn nesting(content: &Content) -> usize {
    match content {
        Content::List(items) => {
            1 + items.iter().map(|item| nesting(&item.content)).max().unwrap_or(0)
        }
        Content::Map(members) => {
            1 + members.iter().map(|member| nesting(&member.value.content)).max().unwrap_or(0)
        }
        _ => 0,
    }
}

fn scalar_content(scalar: Scalar<'_>, at: Position) -> Read<Content> {
    Ok(match scalar {
        Scalar::Null => Content::Null,
        Scalar::Boolean(flag) => Content::Bool(flag),
        Scalar::Integer(number) => Content::Number(Number::from(number)),
        Scalar::FloatingPoint(number) => match Number::from_f64(number.into_inner()) {
            Some(number) => Content::Number(number),
            None => return Err((at, "JSON has no such number; use text".to_owned())),
        },
        Scalar::String(text) => Content::Text(text.into_owned()),
    })
}
