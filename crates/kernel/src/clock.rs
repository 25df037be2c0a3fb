//! Time as an argument: the system's in production, a hand-moved one in tests.

use std::sync::Mutex;

/// A moment in UTC.
pub type Timestamp = chrono::DateTime<chrono::Utc>;

/// Where "now" comes from. Nothing else in the product reads the system's time.
pub trait Clock: Send + Sync + std::fmt::Debug {
    /// The current moment, to the microsecond (what PostgreSQL stores).
    fn now(&self) -> Timestamp;
}

/// The machine's clock.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        #[expect(clippy::disallowed_methods, reason = "the one place that reads the time")]
        let now = chrono::Utc::now();
        truncate(now)
    }
}

/// A clock that stands still until it is moved. For tests and for time travel in the sandbox.
#[derive(Debug)]
pub struct ManualClock(Mutex<Timestamp>);

impl ManualClock {
    pub fn at(start: Timestamp) -> Self {
        Self(Mutex::new(truncate(start)))
    }

    /// Moves the clock forward (or back, with a negative step).
    pub fn advance(&self, step: chrono::TimeDelta) {
        let mut now = self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        *now += step;
    }
}

impl Clock for ManualClock {
    fn now(&self) -> Timestamp {
        *self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

fn truncate(at: Timestamp) -> Timestamp {
    chrono::SubsecRound::trunc_subsecs(at, 6)
}
