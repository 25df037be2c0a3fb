//! Markdown as a tree of data: what a template lays out without evaluating anything.

use pulldown_cmark::{Alignment, CodeBlockKind, Event, HeadingLevel, Options, Parser, Tag, TagEnd};
use serde::Serialize;

use crate::printable::{indented, shown};

/// How deep blocks are followed; what is deeper is shown at this depth.
const DEPTH_MAX: usize = 6;
/// How deep emphasis and links are followed.
const SPANS_MAX: usize = 4;
/// The most columns a table keeps; a page has no room for more.
const COLUMNS_MAX: usize = 10;
/// A paragraph or what stands in its place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub(crate) enum Block {
    Heading {
        level: u8,
        content: Vec<Inline>,
    },
    Paragraph {
        content: Vec<Inline>,
    },
    List {
        #[serde(skip_serializing_if = "Option::is_none")]
        start: Option<u64>,
        items: Vec<Vec<Block>>,
    },
    Quote {
        blocks: Vec<Block>,
    },
    Code {
        lines: Vec<String>,
    },
    Table {
        alignments: Vec<&'static str>,
        /// The first row is the head.
        rows: Vec<Vec<Vec<Inline>>>,
        /// The colours that a row names, for those tables that show a palette.
        #[serde(skip_serializing_if = "Vec::is_empty")]
        palette: Vec<Swatch>,
    },
    Rule,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Swatch {
    label: String,
    colour: String,
    ink: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub(crate) enum Inline {
    Text { text: String },
    Code { text: String },
    Strong { content: Vec<Inline> },
    Emphasis { content: Vec<Inline> },
    Strike { content: Vec<Inline> },
    Link { url: String, content: Vec<Inline> },
    Break,
}

impl Block {
    pub(crate) fn is_title(&self) -> bool {
        matches!(self, Self::Heading { level: 1, .. })
    }
}

/// Whether a link may be followed from a document.
pub(crate) fn is_link(url: &str) -> bool {
    let lower = url.to_lowercase();
    ["https://", "http://", "mailto:"].iter().any(|scheme| lower.starts_with(scheme))
        && !url.chars().any(char::is_control)
}

/// The blocks of a text. Every text has some: what is not Markdown is a paragraph.
pub(crate) fn blocks(markdown: &str) -> Vec<Block> {
    let options = Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH;
    let mut reader = Reader::default();
    for event in Parser::new_ext(markdown, options) {
        reader.read(event);
    }
    reader.finish()
}

/// What is open, innermost last.
enum Open {
    Blocks(Container, Vec<Block>),
    Inlines(Span, Vec<Inline>),
    List(Option<u64>, Vec<Vec<Block>>),
    Code(String),
    Table(Vec<&'static str>, Vec<Vec<Vec<Inline>>>),
    Row(Vec<Vec<Inline>>),
}

enum Container {
    Document,
    Quote,
    Item,
}

enum Span {
    Heading(u8),
    Paragraph,
    Cell,
    Strong,
    Emphasis,
    Strike,
    Link(String),
}

struct Reader {
    open: Vec<Open>,
    /// How many containers were left out because they are too deep.
    too_deep: usize,
}

impl Default for Reader {
    fn default() -> Self {
        Self { open: vec![Open::Blocks(Container::Document, Vec::new())], too_deep: 0 }
    }
}

impl Reader {
    fn read(&mut self, event: Event<'_>) {
        match event {
            Event::Start(tag) => self.start(tag),
            Event::End(tag) => self.end(tag),
            Event::Text(text) | Event::Html(text) | Event::InlineHtml(text) => self.text(&text),
            Event::Code(text) => self.inline(Inline::Code { text: shown(&text) }),
            Event::SoftBreak => self.text(" "),
            Event::HardBreak => self.inline(Inline::Break),
            Event::Rule => self.block(Block::Rule),
            // Only with options that are not set.
            Event::InlineMath(text) | Event::DisplayMath(text) | Event::FootnoteReference(text) => {
                self.text(&text);
            }
            Event::TaskListMarker(_) => {}
        }
    }

    fn start(&mut self, tag: Tag<'_>) {
        match tag {
            Tag::Heading { level, .. } => self.span(Span::Heading(number(level))),
            Tag::Paragraph | Tag::HtmlBlock => self.span(Span::Paragraph),
            Tag::BlockQuote(_) => self.container(Open::Blocks(Container::Quote, Vec::new())),
            Tag::List(start) => self.container(Open::List(start, Vec::new())),
            Tag::Item => self.container(Open::Blocks(Container::Item, Vec::new())),
            Tag::CodeBlock(CodeBlockKind::Fenced(_) | CodeBlockKind::Indented) => {
                self.close_loose();
                self.open.push(Open::Code(String::new()));
            }
            Tag::Table(alignments) => {
                self.close_loose();
                self.open.push(Open::Table(alignments.into_iter().map(side).collect(), Vec::new()));
            }
            Tag::TableHead | Tag::TableRow => self.open.push(Open::Row(Vec::new())),
            Tag::TableCell => self.open.push(Open::Inlines(Span::Cell, Vec::new())),
            Tag::Strong => self.span(Span::Strong),
            Tag::Emphasis => self.span(Span::Emphasis),
            Tag::Strikethrough => self.span(Span::Strike),
            Tag::Link { dest_url, .. } => self.span(Span::Link(dest_url.into_string())),
            // An image is its description: nothing is fetched.
            _ => {}
        }
    }

    fn end(&mut self, tag: TagEnd) {
        match tag {
            TagEnd::Heading(_) | TagEnd::Paragraph | TagEnd::HtmlBlock | TagEnd::TableCell => {
                self.close_loose();
            }
            TagEnd::Strong | TagEnd::Emphasis | TagEnd::Strikethrough | TagEnd::Link => {
                self.close_span();
            }
            TagEnd::BlockQuote(_) | TagEnd::List(_) | TagEnd::Item => {
                self.close_loose();
                if 0 < self.too_deep {
                    self.too_deep -= 1;
                } else {
                    self.close();
                }
            }
            TagEnd::CodeBlock | TagEnd::Table | TagEnd::TableHead | TagEnd::TableRow => {
                self.close();
            }
            _ => {}
        }
    }

    fn container(&mut self, container: Open) {
        self.close_loose();
        let depth = self.open.iter().filter(|open| matches!(open, Open::Blocks(..))).count();
        // Inside what was left out, everything is; a list goes with its items.
        let is_list = matches!(container, Open::List(..));
        if 0 < self.too_deep || (DEPTH_MAX <= depth && (is_list || !self.in_list())) {
            self.too_deep += 1;
        } else {
            self.open.push(container);
        }
    }

    fn in_list(&self) -> bool {
        matches!(self.open.last(), Some(Open::List(..)))
    }

    fn span(&mut self, span: Span) {
        if matches!(span, Span::Heading(_) | Span::Paragraph) {
            self.close_loose();
        }
        self.open.push(Open::Inlines(span, Vec::new()));
    }

    fn text(&mut self, text: &str) {
        if let Some(Open::Code(code)) = self.open.last_mut() {
            code.push_str(text);
            return;
        }
        self.inline(Inline::Text { text: text.to_owned() });
    }

    fn inline(&mut self, inline: Inline) {
        if !matches!(self.open.last(), Some(Open::Inlines(..))) {
            // The text of a tight list's item has no paragraph of its own.
            self.open.push(Open::Inlines(Span::Paragraph, Vec::new()));
        }
        if let Some(Open::Inlines(_, content)) = self.open.last_mut() {
            match (content.last_mut(), inline) {
                (Some(Inline::Text { text: before }), Inline::Text { text }) => {
                    before.push_str(&text);
                }
                (_, inline) => content.push(inline),
            }
        }
    }

    fn block(&mut self, block: Block) {
        self.close_loose();
        let holder = self.open.iter_mut().rev().find_map(|open| match open {
            Open::Blocks(_, blocks) => Some(blocks),
            _ => None,
        });
        if let Some(blocks) = holder {
            blocks.push(block);
        }
    }

    /// Closes what holds text.
    fn close_loose(&mut self) {
        while matches!(self.open.last(), Some(Open::Inlines(..))) {
            self.close_span();
        }
    }

    fn close_span(&mut self) {
        let Some(Open::Inlines(span, mut content)) =
            self.open.pop_if(|open| matches!(open, Open::Inlines(..)))
        else {
            return;
        };
        for inline in &mut content {
            if let Inline::Text { text } = inline {
                *text = shown(text);
            }
        }
        let depth =
            self.open.iter().rev().take_while(|open| matches!(open, Open::Inlines(..))).count();
        match span {
            Span::Strong | Span::Emphasis | Span::Strike | Span::Link(_) if SPANS_MAX < depth => {
                for inline in content {
                    self.inline(inline);
                }
            }
            Span::Heading(level) => self.block(Block::Heading { level, content }),
            Span::Paragraph if content.is_empty() => {}
            Span::Paragraph => self.block(Block::Paragraph { content }),
            Span::Cell => {
                if let Some(Open::Row(cells)) = self.open.last_mut() {
                    cells.push(content);
                }
            }
            Span::Strong => self.inline(Inline::Strong { content }),
            Span::Emphasis => self.inline(Inline::Emphasis { content }),
            Span::Strike => self.inline(Inline::Strike { content }),
            Span::Link(url) if is_link(&url) => self.inline(Inline::Link { url, content }),
            Span::Link(_) => {
                for inline in content {
                    self.inline(inline);
                }
            }
        }
    }

    fn close(&mut self) {
        match self.open.pop_if(|open| !matches!(open, Open::Blocks(Container::Document, _))) {
            Some(Open::Blocks(Container::Quote, blocks)) => self.block(Block::Quote { blocks }),
            Some(Open::Blocks(_, blocks)) => {
                if let Some(Open::List(_, items)) = self.open.last_mut() {
                    items.push(blocks);
                }
            }
            Some(Open::List(start, items)) => self.block(Block::List { start, items }),
            Some(Open::Code(text)) => {
                let lines = text.trim_end_matches('\n').lines().map(indented).collect();
                self.block(Block::Code { lines });
            }
            Some(Open::Row(mut cells)) => {
                cells.truncate(COLUMNS_MAX);
                if let Some(Open::Table(_, rows)) = self.open.last_mut() {
                    rows.push(cells);
                }
            }
            Some(Open::Table(mut alignments, rows)) => {
                alignments.truncate(COLUMNS_MAX);
                let palette = rows.iter().filter_map(|row| swatch(row)).collect();
                self.block(Block::Table { alignments, rows, palette });
            }
            Some(Open::Inlines(..)) | None => {}
        }
    }

    fn finish(mut self) -> Vec<Block> {
        self.close_loose();
        while 1 < self.open.len() {
            self.close();
            self.close_loose();
        }
        match self.open.pop() {
            Some(Open::Blocks(_, blocks)) => blocks,
            _ => Vec::new(),
        }
    }
}

fn number(level: HeadingLevel) -> u8 {
    level as u8
}

fn side(alignment: Alignment) -> &'static str {
    match alignment {
        Alignment::Right => "right",
        Alignment::Center => "center",
        Alignment::Left | Alignment::None => "left",
    }
}

/// The colour that a row names, under the words of its first cell.
fn swatch(row: &[Vec<Inline>]) -> Option<Swatch> {
    let [label, cells @ ..] = row else { return None };
    let colour: crate::Colour = cells.iter().find_map(|cell| words(cell).parse().ok())?;
    let ink = colour.text_on_it().to_string();
    Some(Swatch { label: words(label), colour: colour.to_string(), ink })
}

fn words(content: &[Inline]) -> String {
    content
        .iter()
        .map(|inline| match inline {
            Inline::Text { text } | Inline::Code { text } => text.clone(),
            Inline::Strong { content }
            | Inline::Emphasis { content }
            | Inline::Strike { content }
            | Inline::Link { content, .. } => words(content),
            Inline::Break => " ".to_owned(),
        })
        .collect()
}
