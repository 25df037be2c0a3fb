//! Named crash points and planted bugs, compiled in only with the feature `faults`.
//!
//! `HANDOFF_CRASH=engine.result_before_commit:3` aborts the process the third time that point is
//! reached, and appends the name to the file named by `HANDOFF_CRASH_LOG` first, so that a test can
//! tell a fault that fired from one that never did. `HANDOFF_PLANT=dedupe-outside-transaction`
//! switches on a bug that the tests must catch.

/// Aborts the process here when the environment asks for it. Nothing without the feature `faults`.
#[macro_export]
macro_rules! crashpoint {
    ($name:literal) => {
        if $crate::faults::COMPILED_IN {
            $crate::faults::reach($name);
        }
    };
}

/// Whether this build can crash on purpose.
pub const COMPILED_IN: bool = cfg!(feature = "faults");

/// Every crash point there is, so that a test can enumerate them.
pub const CRASH_POINTS: &[&str] = &[
    "ingress.before_insert",
    "ingress.before_commit",
    "ingress.after_commit",
    "engine.claimed",
    "engine.step_before_commit",
    "engine.step_after_commit",
    "engine.call_before_send",
    "engine.call_after_answer",
    "engine.timer_before_commit",
    "events.sequenced_before_commit",
    "webhooks.claimed",
    "webhooks.after_answer",
    "webhooks.before_commit",
    "secrets.rewrap_between_rows",
    "migrations.between_files",
];

#[cfg(feature = "faults")]
mod active {
    use std::{
        io::Write as _,
        sync::{
            OnceLock,
            atomic::{AtomicU64, Ordering},
        },
    };

    struct Plan {
        name: String,
        at_hit: u64,
        hits: AtomicU64,
    }

    fn plan() -> Option<&'static Plan> {
        static PLAN: OnceLock<Option<Plan>> = OnceLock::new();
        PLAN.get_or_init(|| {
            let text = read("HANDOFF_CRASH")?;
            let (name, at_hit) = match text.rsplit_once(':') {
                Some((name, hit)) => (name.to_owned(), hit.parse().unwrap_or(1)),
                None => (text, 1),
            };
            Some(Plan { name, at_hit, hits: AtomicU64::new(0) })
        })
        .as_ref()
    }

    pub fn reach(name: &'static str) {
        let Some(plan) = plan() else { return };
        if plan.name != name || plan.hits.fetch_add(1, Ordering::SeqCst) + 1 != plan.at_hit {
            return;
        }
        if let Some(path) = read("HANDOFF_CRASH_LOG")
            && let Ok(mut file) = std::fs::OpenOptions::new().append(true).create(true).open(path)
        {
            let written = writeln!(file, "{name}").and_then(|()| file.sync_all());
            drop(written);
        }
        std::process::abort();
    }

    pub fn planted(bug: &str) -> bool {
        static PLANTED: OnceLock<Option<String>> = OnceLock::new();
        PLANTED.get_or_init(|| read("HANDOFF_PLANT")).as_deref() == Some(bug)
    }

    fn read(name: &str) -> Option<String> {
        #[expect(clippy::disallowed_methods, reason = "only in builds made to be broken")]
        std::env::var(name).ok().filter(|value| !value.is_empty())
    }
}

#[cfg(feature = "faults")]
pub use active::{planted, reach};

#[cfg(not(feature = "faults"))]
pub fn reach(_name: &'static str) {}

/// Whether the planted bug of this name is switched on. Always false without the feature `faults`.
#[cfg(not(feature = "faults"))]
pub fn planted(_bug: &str) -> bool {
    false
}
