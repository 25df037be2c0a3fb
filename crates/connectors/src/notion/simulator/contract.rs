//! What Notion takes: properties of the data source, blocks within the limits of one request, and
//! filters.

use serde_json::{Map, Value, json};

pub(super) const BODY_BYTES_MAX: usize = 500_000;
const BLOCKS_MAX: usize = 1_000;
const CHILDREN_MAX: usize = 100;
const TEXT_MAX: usize = 2_000;
/// How deep blocks may be nested in one request.
const LEVELS_MAX: usize = 2;

/// The data source's columns: name and type.
pub(super) const PROPERTIES: [(&str, &str); 4] =
    [("Name", "title"), ("Handoff ID", "rich_text"), ("Status", "select"), ("Link", "url")];

/// Types of blocks, and whether they have rich text and may have children.
const BLOCKS: [(&str, bool, bool); 13] = [
    ("paragraph", true, true),
    ("heading_1", true, true),
    ("heading_2", true, true),
    ("heading_3", true, true),
    ("bulleted_list_item", true, true),
    ("numbered_list_item", true, true),
    ("to_do", true, true),
    ("toggle", true, true),
    ("quote", true, true),
    ("code", true, false),
    ("divider", false, false),
    ("table", false, true),
    ("table_row", false, false),
];

type Checked = Result<(), String>;

fn wrong(place: &str, what: &str) -> Checked {
    Err(format!("body failed validation: body.{place} {what}."))
}

pub(super) fn properties(properties: &Value) -> Checked {
    let Some(properties) = properties.as_object() else {
        return wrong("properties", "should be an object");
    };
    for (name, value) in properties {
        let Some((_, kind)) = PROPERTIES.iter().find(|(known, _)| known == name) else {
            return Err(format!("{name} is not a property that exists."));
        };
        let Some(value) = value.get(*kind) else {
            return Err(format!("{name} is expected to be {kind}."));
        };
        let place = format!("properties.{name}.{kind}");
        match *kind {
            "title" | "rich_text" => rich_text(value, &place)?,
            "select" if !value.is_null() && !value["name"].is_string() => {
                wrong(&place, "should have a name")?;
            }
            "url" if !value.is_null() && !value.is_string() => wrong(&place, "should be a string")?,
            _ => {}
        }
    }
    Ok(())
}

fn rich_text(text: &Value, place: &str) -> Checked {
    let Some(pieces) = text.as_array() else { return wrong(place, "should be an array") };
    if CHILDREN_MAX < pieces.len() {
        return wrong(place, "length should be ≤ `100`");
    }
    for piece in pieces {
        let Some(content) = piece.pointer("/text/content").and_then(Value::as_str) else {
            return wrong(place, "text.content should be a string");
        };
        if TEXT_MAX < content.encode_utf16().count() {
            return wrong(place, "text.content.length should be ≤ `2000`");
        }
        let url = piece.pointer("/text/link/url");
        let is_url =
            |url: &str| ["http://", "https://", "mailto:"].iter().any(|it| url.starts_with(it));
        if url.is_some_and(|url| !url.as_str().is_some_and(is_url)) {
            return Err("Invalid URL for link.".to_owned());
        }
        let annotations = piece.get("annotations").and_then(Value::as_object);
        let is_known = |name: &String| {
            ["bold", "italic", "strikethrough", "underline", "code", "color"]
                .contains(&name.as_str())
        };
        if annotations.is_some_and(|it| !it.keys().all(is_known)) {
            return wrong(place, "annotations has a name that is not known");
        }
    }
    Ok(())
}

pub(super) fn children(children: &Value) -> Checked {
    let mut count = 0;
    level(children, "children", 1, &mut count)?;
    if BLOCKS_MAX < count {
        return wrong("children", "should have at most 1000 blocks in all");
    }
    Ok(())
}

fn level(children: &Value, place: &str, depth: usize, count: &mut usize) -> Checked {
    let Some(children) = children.as_array() else { return wrong(place, "should be an array") };
    if CHILDREN_MAX < children.len() {
        return wrong(place, "length should be ≤ `100`");
    }
    if LEVELS_MAX < depth {
        return wrong(place, "should be not present");
    }
    for (index, child) in children.iter().enumerate() {
        *count += 1;
        block(child, &format!("{place}[{index}]"), depth, count)?;
    }
    Ok(())
}

fn block(block: &Value, place: &str, depth: usize, count: &mut usize) -> Checked {
    let kind = block.get("type").and_then(Value::as_str).unwrap_or_default();
    let known = BLOCKS.iter().find(|(name, _, _)| *name == kind);
    let (Some((_, has_text, may_have_children)), Some(body)) = (known, block.get(kind)) else {
        return wrong(place, "should be a block of a type that is known");
    };
    if *has_text {
        rich_text(&body["rich_text"], &format!("{place}.{kind}.rich_text"))?;
    }
    let inner = body.get("children");
    let place = format!("{place}.{kind}.children");
    match kind {
        "code"
            if !body["language"]
                .as_str()
                .is_some_and(|it| super::super::markdown::LANGUAGES.contains(&it)) =>
        {
            return wrong(&place, "language should be one that Notion knows");
        }
        "table" => return table(body, &place, depth, count),
        "table_row" => return cells(body, &place),
        _ => {}
    }
    match inner {
        None => Ok(()),
        Some(_) if !may_have_children => wrong(&place, "should be not present"),
        Some(inner) => level(inner, &place, depth + 1, count),
    }
}

fn table(body: &Value, place: &str, depth: usize, count: &mut usize) -> Checked {
    let width = body["table_width"].as_u64().unwrap_or_default();
    let rows = body["children"].as_array().map_or(&[][..], Vec::as_slice);
    if width == 0 || rows.is_empty() {
        return wrong(place, "should have a table_width and at least one row");
    }
    let fits = |row: &Value| {
        let cells = row.pointer("/table_row/cells").and_then(Value::as_array);
        cells.is_some_and(|cells| cells.len() as u64 == width)
    };
    if !rows.iter().all(fits) {
        return wrong(place, "should have as many cells in each row as table_width says");
    }
    level(&body["children"], place, depth + 1, count)
}

fn cells(body: &Value, place: &str) -> Checked {
    let Some(cells) = body["cells"].as_array() else { return wrong(place, "should have cells") };
    cells.iter().try_for_each(|cell| rich_text(cell, place))
}

/// Rich text as it is answered.
pub(super) fn shown(text: &Value) -> Value {
    let pieces = text.as_array().map_or(&[][..], Vec::as_slice).iter().map(|piece| {
        let mut piece = piece.clone();
        piece["type"] = json!("text");
        piece["plain_text"] = piece["text"]["content"].clone();
        piece["href"] = piece.pointer("/text/link/url").cloned().unwrap_or_default();
        piece
    });
    Value::Array(pieces.collect())
}

/// Properties as they are answered.
pub(super) fn shown_properties(properties: &Value) -> Value {
    let mut all = Map::new();
    for (name, kind) in PROPERTIES {
        let Some(value) = properties.get(name).and_then(|it| it.get(kind)) else { continue };
        let value =
            if matches!(kind, "title" | "rich_text") { shown(value) } else { value.clone() };
        all.insert(name.to_owned(), json!({ "id": name, "type": kind, kind: value }));
    }
    Value::Object(all)
}

/// One condition on a text, or none.
#[derive(Debug)]
pub(super) struct Filter(Option<(String, &'static str, String)>);

pub(super) fn filter(filter: Option<&Value>) -> Result<Filter, ()> {
    let Some(filter) = filter else { return Ok(Filter(None)) };
    let name = filter.get("property").and_then(Value::as_str).ok_or(())?;
    let (name, kind) = PROPERTIES.iter().find(|(known, _)| *known == name).ok_or(())?;
    let wanted = filter.get(*kind).and_then(|it| it.get("equals")?.as_str()).ok_or(())?;
    Ok(Filter(Some(((*name).to_owned(), kind, wanted.to_owned()))))
}

impl Filter {
    pub(super) fn takes(&self, page: &Value) -> bool {
        let Some((name, kind, wanted)) = &self.0 else { return true };
        let value = &page["properties"][name][*kind];
        match value.as_array() {
            None => value.as_str() == Some(wanted) || value["name"].as_str() == Some(wanted),
            Some(pieces) => {
                let text: String =
                    pieces.iter().filter_map(|piece| piece["plain_text"].as_str()).collect();
                text == *wanted
            }
        }
    }
}
