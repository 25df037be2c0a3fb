//! Notion's blocks and rich text within the limits of one request.
//! <https://developers.notion.com/reference/request-limits>

use serde_json::{Map, Value, json};

/// The most children of one request or block, and the most pieces of one rich text.
pub(super) const CHILDREN_MAX: usize = 100;
/// The longest piece of rich text, in UTF-16 units.
pub(super) const TEXT_MAX: usize = 2_000;
/// Fewer than Notion takes (1000 blocks, 500 kB), for what surrounds them.
const BLOCKS_MAX: usize = 900;
const BYTES_MAX: usize = 400_000;

/// A block before it is written, so that it can still be moved and cut.
#[derive(Debug, Clone, Default)]
pub(super) struct Block {
    pub(super) kind: &'static str,
    pub(super) text: Vec<Value>,
    /// What its kind has beside text and children.
    pub(super) fields: Map<String, Value>,
    pub(super) children: Vec<Block>,
}

impl Block {
    pub(super) fn new(kind: &'static str, text: Vec<Value>) -> Self {
        Self { kind, text, ..Self::default() }
    }

    fn write(self) -> Value {
        let mut body = self.fields;
        if !matches!(self.kind, "divider" | "table" | "table_row") {
            body.insert("rich_text".to_owned(), Value::Array(self.text));
        }
        if !self.children.is_empty() {
            let children = self.children.into_iter().map(Self::write).collect();
            body.insert("children".to_owned(), Value::Array(children));
        }
        json!({ "object": "block", "type": self.kind, self.kind: body })
    }
}

/// The blocks as Notion takes them: two levels deep, and nowhere more than a hundred of anything. What
/// is too deep or too much follows its place instead; nothing is lost.
pub(super) fn write(blocks: Vec<Block>) -> Vec<Value> {
    fit(blocks, 2).into_iter().map(Block::write).collect()
}

fn fit(blocks: Vec<Block>, levels: usize) -> Vec<Block> {
    let mut fitting = Vec::new();
    for mut block in blocks {
        if block.kind == "table" && levels < 2 {
            fitting.extend(block.children.into_iter().map(row_as_paragraph));
            continue;
        }
        let rest = split(&mut block.text, CHILDREN_MAX);
        let more = if block.kind == "code" { "code" } else { "paragraph" };
        let fields = if more == "code" { block.fields.clone() } else { Map::new() };
        let mut following: Vec<Block> = rest
            .into_iter()
            .map(|text| Block { kind: more, text, fields: fields.clone(), ..Block::default() })
            .collect();
        if levels < 2 {
            following.extend(fit(std::mem::take(&mut block.children), levels));
        } else {
            let children = fit(std::mem::take(&mut block.children), levels - 1);
            let mut portions = portions_of(children).into_iter();
            block.children = portions.next().unwrap_or_default();
            for portion in portions {
                if block.kind == "table" {
                    let mut fields = block.fields.clone();
                    fields.insert("has_column_header".to_owned(), json!(false));
                    following.push(Block {
                        kind: "table",
                        fields,
                        children: portion,
                        ..Block::default()
                    });
                } else {
                    following.extend(portion);
                }
            }
        }
        fitting.push(block);
        fitting.extend(following);
    }
    fitting
}

fn row_as_paragraph(row: Block) -> Block {
    let cells = row.fields.get("cells").and_then(Value::as_array).cloned().unwrap_or_default();
    let mut text = Vec::new();
    for (index, cell) in cells.into_iter().enumerate() {
        if 0 < index {
            text.push(piece(" | ", &Map::new(), None));
        }
        text.extend(cell.as_array().cloned().unwrap_or_default());
    }
    Block::new("paragraph", text)
}

/// Cuts what is beyond `max` off, in pieces of at most `max`.
fn split(text: &mut Vec<Value>, max: usize) -> Vec<Vec<Value>> {
    let rest = text.split_off(text.len().min(max));
    rest.chunks(max).map(<[Value]>::to_vec).collect()
}

fn portions_of(blocks: Vec<Block>) -> Vec<Vec<Block>> {
    blocks.chunks(CHILDREN_MAX).map(<[Block]>::to_vec).collect()
}

/// As many of the blocks as one request carries, from the first; at least one.
pub(super) fn portion(blocks: &[Value]) -> &[Value] {
    let (mut count, mut bytes, mut length) = (0, 0, 0);
    for block in blocks.iter().take(CHILDREN_MAX) {
        let kind = block.get("type").and_then(Value::as_str).unwrap_or_default();
        let children = block.get(kind).and_then(|body| body.get("children")?.as_array());
        count += 1 + children.map_or(0, Vec::len);
        bytes += block.to_string().len();
        if 0 < length && (BLOCKS_MAX < count || BYTES_MAX < bytes) {
            break;
        }
        length += 1;
    }
    blocks.get(..length).unwrap_or_default()
}

/// One piece of rich text.
pub(super) fn piece(content: &str, annotations: &Map<String, Value>, link: Option<&str>) -> Value {
    let link = link.map(|url| json!({ "url": url }));
    json!({
        "type": "text",
        "text": { "content": content, "link": link },
        "annotations": annotations,
    })
}

/// Unadorned rich text.
pub(super) fn plain(text: &str) -> Vec<Value> {
    pieces(text, &Map::new(), None)
}

/// Rich text in pieces that are short enough.
pub(super) fn pieces(
    text: &str,
    annotations: &Map<String, Value>,
    link: Option<&str>,
) -> Vec<Value> {
    let mut pieces = Vec::new();
    let (mut current, mut units) = (String::new(), 0);
    for character in text.chars() {
        if TEXT_MAX < units + character.len_utf16() {
            pieces.push(piece(&std::mem::take(&mut current), annotations, link));
            units = 0;
        }
        units += character.len_utf16();
        current.push(character);
    }
    if !current.is_empty() {
        pieces.push(piece(&current, annotations, link));
    }
    pieces
}
