//! Markdown as Notion's blocks: headings, paragraphs, lists, quotes, code, tables and rules.

use pulldown_cmark::{
    CodeBlockKind, Event, HeadingLevel, Options, Parser, Tag, TagEnd, TextMergeStream,
};
use serde_json::{Map, Value, json};

use super::blocks::{self, Block};

/// The longest address that a link may have.
const URL_MAX: usize = 2_000;

/// Notion's names of languages; other code is plain text.
pub(super) const LANGUAGES: &[&str] = &[
    "bash",
    "c",
    "c#",
    "c++",
    "css",
    "diff",
    "docker",
    "elixir",
    "go",
    "graphql",
    "haskell",
    "html",
    "java",
    "javascript",
    "json",
    "kotlin",
    "latex",
    "lua",
    "makefile",
    "markdown",
    "mermaid",
    "php",
    "plain text",
    "powershell",
    "python",
    "r",
    "ruby",
    "rust",
    "scala",
    "scss",
    "shell",
    "sql",
    "swift",
    "toml",
    "typescript",
    "xml",
    "yaml",
];

/// The blocks of a document.
pub(super) fn blocks(markdown: &str) -> Vec<Value> {
    let options = Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH;
    let mut reader = Reader {
        events: TextMergeStream::new(Parser::new_ext(markdown, options)),
        text: Vec::new(),
        styles: Vec::new(),
        links: Vec::new(),
    };
    blocks::write(reader.container())
}

struct Reader<'a> {
    events: TextMergeStream<'a, Parser<'a>>,
    /// The rich text that is being read.
    text: Vec<Value>,
    styles: Vec<&'static str>,
    links: Vec<Option<String>>,
}

impl Reader<'_> {
    /// Everything up to the end of the block that it is read for, or of the document.
    fn container(&mut self) -> Vec<Block> {
        let mut blocks = Vec::new();
        while let Some(event) = self.events.next() {
            match event {
                Event::Start(tag) => match self.inline_start(tag) {
                    None => {}
                    Some(tag) => {
                        self.flush(&mut blocks);
                        self.block(tag, &mut blocks);
                    }
                },
                Event::End(end) => {
                    if !self.inline_end(end) {
                        break;
                    }
                }
                Event::Rule => {
                    self.flush(&mut blocks);
                    blocks.push(Block::new("divider", Vec::new()));
                }
                other => self.inline(other),
            }
        }
        self.flush(&mut blocks);
        blocks
    }

    /// Text that stands by itself is a paragraph.
    fn flush(&mut self, blocks: &mut Vec<Block>) {
        if !self.text.is_empty() {
            blocks.push(Block::new("paragraph", std::mem::take(&mut self.text)));
        }
    }

    fn block(&mut self, tag: Tag<'_>, blocks: &mut Vec<Block>) {
        match tag {
            Tag::Heading { level, .. } => {
                let kind = match level {
                    HeadingLevel::H1 => "heading_1",
                    HeadingLevel::H2 => "heading_2",
                    _ => "heading_3",
                };
                let text = self.container().into_iter().flat_map(|it| it.text).collect();
                blocks.push(Block::new(kind, text));
            }
            Tag::List(start) => {
                let kind =
                    if start.is_some() { "numbered_list_item" } else { "bulleted_list_item" };
                // Each item ends its own container, and the list's end ends this one.
                while let Some(Event::Start(Tag::Item)) = self.events.next() {
                    blocks.push(headed(kind, self.container()));
                }
            }
            Tag::BlockQuote(_) => blocks.push(headed("quote", self.container())),
            Tag::CodeBlock(kind) => {
                let language = match &kind {
                    CodeBlockKind::Fenced(info) => language(info),
                    CodeBlockKind::Indented => "plain text",
                };
                let text: Vec<Value> =
                    self.container().into_iter().flat_map(|it| it.text).collect();
                let mut block = Block::new("code", without_last_line_break(text));
                block.fields.insert("language".to_owned(), json!(language));
                blocks.push(block);
            }
            Tag::Table(columns) => blocks.push(self.table(columns.len())),
            // Paragraphs, and what is shown as its text: HTML and everything that is not enabled.
            _ => blocks.extend(self.container()),
        }
    }

    fn table(&mut self, width: usize) -> Block {
        let mut table = Block::new("table", Vec::new());
        let (mut row, mut cell) = (Vec::new(), Vec::new());
        while let Some(event) = self.events.next() {
            match event {
                Event::Start(tag) => {
                    self.inline_start(tag);
                }
                Event::End(TagEnd::Table) => break,
                Event::End(TagEnd::TableCell) => {
                    cell.append(&mut self.text);
                    cell.truncate(blocks::CHILDREN_MAX);
                    row.push(Value::Array(std::mem::take(&mut cell)));
                }
                Event::End(TagEnd::TableHead | TagEnd::TableRow) => {
                    row.resize(width, json!([]));
                    let mut block = Block::new("table_row", Vec::new());
                    let cells = Value::Array(std::mem::take(&mut row));
                    block.fields.insert("cells".to_owned(), cells);
                    table.children.push(block);
                }
                Event::End(end) => {
                    self.inline_end(end);
                }
                other => self.inline(other),
            }
        }
        table.fields = Map::from_iter([
            ("table_width".to_owned(), json!(width)),
            ("has_column_header".to_owned(), json!(true)),
            ("has_row_header".to_owned(), json!(false)),
        ]);
        table
    }

    /// Takes in what only changes how text looks; gives anything else back.
    fn inline_start<'t>(&mut self, tag: Tag<'t>) -> Option<Tag<'t>> {
        match tag {
            Tag::Strong => self.styles.push("bold"),
            Tag::Emphasis => self.styles.push("italic"),
            Tag::Strikethrough => self.styles.push("strikethrough"),
            Tag::Link { dest_url, .. } | Tag::Image { dest_url, .. } => {
                let is_taken = dest_url.len() <= URL_MAX
                    && ["https://", "http://", "mailto:"].iter().any(|it| dest_url.starts_with(it));
                self.links.push(is_taken.then(|| dest_url.to_string()));
            }
            other => return Some(other),
        }
        None
    }

    fn inline_end(&mut self, end: TagEnd) -> bool {
        match end {
            TagEnd::Strong | TagEnd::Emphasis | TagEnd::Strikethrough => {
                self.styles.pop();
            }
            TagEnd::Link | TagEnd::Image => {
                self.links.pop();
            }
            _ => return false,
        }
        true
    }

    fn inline(&mut self, event: Event<'_>) {
        match event {
            Event::Text(text) | Event::Html(text) | Event::InlineHtml(text) => {
                self.push(&text, false);
            }
            Event::Code(text) => self.push(&text, true),
            Event::SoftBreak => self.push(" ", false),
            Event::HardBreak => self.push("\n", false),
            _ => {}
        }
    }

    fn push(&mut self, text: &str, is_code: bool) {
        let styles = self.styles.iter().copied().chain(is_code.then_some("code"));
        let annotations = styles.map(|style| (style.to_owned(), json!(true))).collect();
        let link = self.links.iter().rev().find_map(Option::as_deref);
        self.text.extend(blocks::pieces(text, &annotations, link));
    }
}

/// A block whose own text is the first paragraph of what it holds.
fn headed(kind: &'static str, mut content: Vec<Block>) -> Block {
    let has_text = content.first().is_some_and(|first| first.kind == "paragraph");
    let text = if has_text { content.remove(0).text } else { Vec::new() };
    Block { kind, text, children: content, ..Block::default() }
}

fn language(info: &str) -> &'static str {
    let word = info.split([' ', ',']).next().unwrap_or_default().to_lowercase();
    let name = match word.as_str() {
        "js" => "javascript",
        "ts" => "typescript",
        "sh" => "shell",
        "py" => "python",
        "rs" => "rust",
        "yml" => "yaml",
        other => other,
    };
    LANGUAGES.iter().find(|it| **it == name).copied().unwrap_or("plain text")
}

/// A code block's text ends with a line break that no one sees in Markdown.
fn without_last_line_break(mut text: Vec<Value>) -> Vec<Value> {
    if let Some(Value::String(content)) =
        text.last_mut().and_then(|last| last.pointer_mut("/text/content"))
        && content.ends_with('\n')
    {
        content.pop();
        if content.is_empty() {
            text.pop();
        }
    }
    text
}
