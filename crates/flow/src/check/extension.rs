//! Extensions.

use super::{At, Checker};
use crate::{
    model::{EXTENDED, Extension},
    source::Content,
};

impl Checker<'_> {
    pub(super) fn read_extensions(&mut self, at: &At<'_>) {
        let Content::List(items) = &at.node.content else {
            self.expected(at, "a list of extensions, each written as `- name: …`");
            return;
        };
        for (index, item) in items.iter().enumerate() {
            let place = at.child(&index.to_string(), item);
            if place.members().len() != 1 {
                self.problem(&place, "expected one extension, written as `- name: …`");
            }
            for named in place.named() {
                let extension = self.extension(&named);
                self.extensions.extend(extension);
            }
        }
    }

    fn extension(&mut self, at: &At<'_>) -> Option<Extension> {
        if !self.map(at, &["extend", "when", "before", "after"], &[]) {
            return None;
        }
        let words = EXTENDED.map(|word| (word, word));
        let extend = self.required(at, "extend").and_then(|extend| self.word(&extend, &words));
        let when = self.optional_condition(at, "when");
        self.is_of_extension = true;
        let [before, after] =
            ["before", "after"].map(|key| at.get(key).map(|tasks| self.block(&tasks, true)));
        self.is_of_extension = false;
        if before.is_none() && after.is_none() {
            self.problem(at, "an extension needs `before` or `after`");
        }
        Some(Extension { extend: extend?, when, before, after })
    }
}
