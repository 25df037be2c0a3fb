//! What came back and waits for a commit, and which loops are at work. What is due in the queues has a loop of its own,
//! which is not among them.
//!
//! One commit for many calls costs little more than one for a few. So a loop that begins while no other is at work
//! takes all there is, and one that finds another at work waits for it while it has little to do itself. A run's calls
//! come back to one part, so that two loops at work do not move the same run.

use std::{
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use tokio::sync::{Notify, Semaphore};

use crate::dispatch::Returned;

/// In how many parts it lies, each with a loop that commits it: while one waits for the database, others compute.
pub(crate) const PARTS: usize = 2;
/// How many returned calls one commit takes at the most.
const TAKEN_MAX: usize = 256;
/// With how many a loop begins although another is at work.
const ENOUGH: usize = 32;
/// How long a loop waits for another at the most.
const PATIENCE: Duration = Duration::from_millis(5);

#[derive(Debug, Default)]
struct Part {
    returned: Mutex<Vec<Returned>>,
    came: Notify,
}

/// Calls that came back.
#[derive(Debug)]
pub(crate) struct Inbox {
    parts: [Part; PARTS],
    /// Room for more. Who finds none keeps its call's permit, so that fewer calls are made.
    room: Semaphore,
    working: AtomicUsize,
    /// A loop has committed.
    freed: Notify,
}

/// A loop at work, until it is dropped.
#[derive(Debug)]
pub(crate) struct AtWork<'a>(&'a Inbox);

impl Drop for AtWork<'_> {
    fn drop(&mut self) {
        self.0.working.fetch_sub(1, Ordering::AcqRel);
        self.0.freed.notify_waiters();
    }
}

impl Inbox {
    pub(crate) fn new(room: usize) -> Self {
        Self {
            parts: Default::default(),
            room: Semaphore::new(room),
            working: AtomicUsize::new(0),
            freed: Notify::new(),
        }
    }

    /// Puts in a call that came back; waits while there is no room.
    pub(crate) async fn put(&self, returned: Returned) {
        // Never closed.
        let Ok(room) = self.room.acquire().await else { return };
        room.forget();
        let number = returned.run.uuid().as_u128() % PARTS as u128;
        let Some(part) = usize::try_from(number).ok().and_then(|number| self.parts.get(number))
        else {
            return;
        };
        part.returned.lock().unwrap_or_else(PoisonError::into_inner).push(returned);
        part.came.notify_one();
    }

    /// Resolves when something may have come for a loop.
    pub(crate) async fn came(&self, number: usize) {
        if let Some(part) = self.parts.get(number) {
            part.came.notified().await;
        }
    }

    /// Begins the work of a loop: takes what is there for it, or for all where no other is at work.
    pub(crate) async fn begin(&self, number: usize, returned: &mut Vec<Returned>) -> AtWork<'_> {
        self.wait_for_others(number, returned.len()).await;
        let others = self.working.fetch_add(1, Ordering::AcqRel);
        for (part, inbox) in self.parts.iter().enumerate() {
            if part == number || others == 0 {
                let mut waiting = inbox.returned.lock().unwrap_or_else(PoisonError::into_inner);
                let taken = waiting.len().min(TAKEN_MAX.saturating_sub(returned.len()));
                returned.extend(waiting.drain(..taken));
                self.room.add_permits(taken);
                if !waiting.is_empty() {
                    inbox.came.notify_one();
                }
            }
        }
        AtWork(self)
    }

    async fn wait_for_others(&self, number: usize, held: usize) {
        let waits = async {
            loop {
                let freed = self.freed.notified();
                tokio::pin!(freed);
                freed.as_mut().enable();
                if self.working.load(Ordering::Acquire) == 0 || ENOUGH <= held + self.count(number)
                {
                    return;
                }
                tokio::select! {
                    () = freed => {}
                    () = self.came(number) => {}
                }
            }
        };
        // Whoever takes long is not waited for.
        drop(tokio::time::timeout(PATIENCE, waits).await);
    }

    fn count(&self, number: usize) -> usize {
        let part = self.parts.get(number);
        part.map_or(0, |part| part.returned.lock().unwrap_or_else(PoisonError::into_inner).len())
    }
}
