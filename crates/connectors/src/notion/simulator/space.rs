//! What the simulated workspace holds: pages, and the blocks on them.

use connector_kit::simulator::{LedgerEffect, LedgerEntry};
use serde_json::{Value, json};

use super::canonical;

#[derive(Debug, Default)]
pub(super) struct Space {
    /// In the order in which they were made.
    pages: Vec<Kept>,
}

#[derive(Debug)]
struct Kept {
    id: String,
    page: Value,
    blocks: Vec<Value>,
}

impl Space {
    /// Rebuilds it from a ledger, so that a restarted simulator still has its pages.
    pub(super) fn remember(entries: Vec<LedgerEntry>) -> Self {
        let mut space = Self::default();
        for entry in entries.into_iter().filter(|entry| entry.effect == LedgerEffect::Applied) {
            space.keep(&entry.path, &entry.request, &entry.answer);
        }
        space
    }

    /// Takes in what was done: a page that is made or changed, or blocks that are added to one.
    pub(super) fn keep(&mut self, path: &str, request: &Value, answer: &Value) {
        let children = request.get("children").and_then(Value::as_array);
        let children = children.map_or(&[][..], Vec::as_slice);
        if let Some(place) = path.strip_suffix("/children") {
            let id = canonical(place.rsplit('/').next().unwrap_or_default());
            if let Some(kept) = self.pages.iter_mut().find(|kept| kept.id == id) {
                kept.add(children);
            }
            return;
        }
        let Some(id) = answer.get("id").and_then(Value::as_str) else { return };
        if let Some(kept) = self.pages.iter_mut().find(|kept| kept.id == id) {
            kept.page = answer.clone();
            return;
        }
        let mut kept = Kept { id: id.to_owned(), page: answer.clone(), blocks: Vec::new() };
        kept.add(children);
        self.pages.push(kept);
    }

    /// Those that are not in the trash.
    pub(super) fn pages(&self) -> impl Iterator<Item = &Value> {
        self.pages.iter().map(|kept| &kept.page).filter(|page| page["in_trash"] != true)
    }

    pub(super) fn page(&self, id: &str) -> Option<&Value> {
        self.pages.iter().find(|kept| kept.id == id).map(|kept| &kept.page)
    }

    pub(super) fn children(&self, id: &str) -> Option<Vec<Value>> {
        self.pages.iter().find(|kept| kept.id == id).map(|kept| kept.blocks.clone())
    }
}

impl Kept {
    fn add(&mut self, blocks: &[Value]) {
        for block in blocks {
            let mut block = block.clone();
            let kind = block["type"].as_str().unwrap_or_default().to_owned();
            // The page's own id and the block's number: the same again after a restart.
            let page = self.id.get(..24).unwrap_or_default();
            block["id"] = json!(format!("{page}{:012x}", self.blocks.len() + 1));
            block["object"] = json!("block");
            let has_children = block[&kind].get("children").is_some();
            block["has_children"] = json!(has_children);
            self.blocks.push(block);
        }
    }
}
