//! The latest documents, so that one that is fetched again is not typeset again.

use std::{collections::VecDeque, sync::Mutex};

use crate::Pdf;

/// How many documents are kept.
const KEPT: usize = 32;
/// How many bytes are kept.
const BYTES_KEPT: usize = 16 * 1024 * 1024;

pub(crate) type Digest = [u8; 32];

#[derive(Default)]
pub(crate) struct Cache(Mutex<VecDeque<(Digest, Pdf)>>);

impl Cache {
    pub(crate) fn get(&self, digest: &Digest) -> Option<Pdf> {
        let mut kept = self.lock();
        let place = kept.iter().position(|(known, _)| known == digest)?;
        let entry = kept.remove(place)?;
        let pdf = entry.1.clone();
        kept.push_front(entry);
        Some(pdf)
    }

    pub(crate) fn put(&self, digest: Digest, pdf: Pdf) {
        let mut kept = self.lock();
        kept.push_front((digest, pdf));
        kept.truncate(KEPT);
        while BYTES_KEPT < kept.iter().map(|(_, pdf)| pdf.bytes.len()).sum() {
            kept.pop_back();
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, VecDeque<(Digest, Pdf)>> {
        self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_least_used_leaves_first() {
        let cache = Cache::default();
        let large = Pdf { bytes: vec![0; BYTES_KEPT / 2].into(), pages: 1 };
        cache.put([1; 32], large.clone());
        cache.put([2; 32], large.clone());
        assert!(cache.get(&[1; 32]).is_some());
        cache.put([3; 32], large);
        assert!(cache.get(&[2; 32]).is_none());
        assert!(cache.get(&[1; 32]).is_some() && cache.get(&[3; 32]).is_some());
    }
}
