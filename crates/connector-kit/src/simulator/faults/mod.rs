//! The board of faults: what a simulator is told to do wrong, how often and for how long.

mod kind;

pub(super) use kind::Kind;

use std::{
    sync::{Mutex, PoisonError},
    time::Duration,
};

use axum::http::HeaderValue;
use kernel::{Random, Timestamp};
use serde::{Deserialize, Serialize};

/// The faults that every simulator knows. `status-NNN` stands for any status from 400 to 599.
pub const FAULTS: [&str; 14] = [
    "status-NNN",
    "throttle",
    "timeout-before-effect",
    "timeout-after-effect",
    "disconnect-before",
    "disconnect-after-effect",
    "malformed-json",
    "truncated",
    "wrong-type",
    "huge-body",
    "trickle",
    "redirect",
    "slow",
    "status",
];

/// As many faults may be armed at one provider.
const ARMED_MAX: usize = 100;
/// The longest delay of a slow answer.
const SLOW_MS_MAX: u64 = 600_000;
/// The longest time that a fault lasts.
const LASTING_SECONDS_MAX: f64 = 7.0 * 24.0 * 3600.0;

/// A fault as it is asked for. Without `times` and `seconds` it stays until it is cleared.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Fault {
    /// One of [`FAULTS`], or of the simulator's own.
    pub what: String,
    /// For `status`: from 400 to 599.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// For `status` and `throttle`: the text of the header `Retry-After`, as it is sent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retry_after: Option<String>,
    /// For `status`: whether the work is done before the error is answered.
    pub after_effect: bool,
    /// For `slow`: milliseconds before the answer, after the effect.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ms: Option<u64>,
    /// How many requests meet it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub times: Option<u32>,
    /// How long it lasts.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seconds: Option<f64>,
    /// The share of requests that meet it, from 0 to 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub probability: Option<f64>,
    /// Only requests whose path begins so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
}

impl Fault {
    /// A fault that the next `times` requests meet.
    pub fn times(what: &str, times: u32) -> Self {
        Self { what: what.to_owned(), times: Some(times), ..Self::default() }
    }
}

/// A fault on the board, and what became of it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ArmedFault {
    #[serde(flatten)]
    pub fault: Fault,
    /// How many requests met it.
    pub hits: u32,
    /// Whether further requests may meet it.
    pub active: bool,
}

/// A fault that a simulator implements itself, found by its handler in the request's extensions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OwnFault(pub &'static str);

/// Why a fault was not taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{field}` {reason}")]
pub struct InvalidFault {
    pub field: &'static str,
    pub reason: String,
}

/// The faults of one simulator.
#[derive(Debug)]
pub struct Faults {
    own: &'static [&'static str],
    armed: Mutex<Vec<Armed>>,
}

#[derive(Debug)]
struct Armed {
    fault: Fault,
    kind: Kind,
    since: Timestamp,
    hits: u32,
}

impl Faults {
    /// `own` names the faults that the simulator implements itself, see [`OwnFault`].
    pub fn new(own: &'static [&'static str]) -> Self {
        Self { own, armed: Mutex::default() }
    }

    /// Every fault that can be asked for.
    pub fn known(&self) -> Vec<&'static str> {
        FAULTS.iter().chain(self.own).copied().collect()
    }

    /// Puts these faults on the board in place of those on it. The first that fits a request is met.
    ///
    /// # Errors
    /// When one of them is not known or not in bounds; then the board stays as it was.
    pub fn set(&self, faults: Vec<Fault>, now: Timestamp) -> Result<(), InvalidFault> {
        if ARMED_MAX < faults.len() {
            let reason = format!("can hold {ARMED_MAX} at most");
            return Err(InvalidFault { field: "faults", reason });
        }
        let armed = faults
            .into_iter()
            .map(|fault| Ok(Armed { kind: self.kind(&fault)?, fault, since: now, hits: 0 }))
            .collect::<Result<_, _>>()?;
        *self.lock() = armed;
        Ok(())
    }

    pub fn clear(&self) {
        self.lock().clear();
    }

    pub fn list(&self, now: Timestamp) -> Vec<ArmedFault> {
        self.lock()
            .iter()
            .map(|armed| ArmedFault {
                fault: armed.fault.clone(),
                hits: armed.hits,
                active: armed.is_active(now),
            })
            .collect()
    }

    /// The fault that this request meets, counted.
    pub(super) fn take(&self, path: &str, now: Timestamp, random: &dyn Random) -> Option<Kind> {
        self.take_of(|_| true, path, now, random)
    }

    /// The same, of some kinds only.
    pub(super) fn take_of(
        &self,
        is_wanted: impl Fn(&Kind) -> bool,
        path: &str,
        now: Timestamp,
        random: &dyn Random,
    ) -> Option<Kind> {
        let mut board = self.lock();
        let armed = board.iter_mut().find(|armed| {
            let fault = &armed.fault;
            armed.is_active(now)
                && is_wanted(&armed.kind)
                && fault.path.as_deref().is_none_or(|prefix| path.starts_with(prefix))
                && fault.probability.is_none_or(|share| random.fraction() < share)
        })?;
        armed.hits = armed.hits.saturating_add(1);
        Some(armed.kind.clone())
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Vec<Armed>> {
        self.armed.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn kind(&self, fault: &Fault) -> Result<Kind, InvalidFault> {
        check_bounds(fault)?;
        let status = |status: u16| Kind::Status {
            status,
            retry_after: fault.retry_after.clone(),
            after_effect: fault.after_effect,
        };
        Ok(match fault.what.as_str() {
            "throttle" => Kind::Status {
                status: 429,
                retry_after: Some(fault.retry_after.clone().unwrap_or_else(|| "1".to_owned())),
                after_effect: false,
            },
            "timeout-before-effect" => Kind::TimeoutBefore,
            "timeout-after-effect" => Kind::TimeoutAfter,
            "disconnect-before" => Kind::DisconnectBefore,
            "disconnect-after-effect" => Kind::DisconnectAfter,
            "malformed-json" => Kind::MalformedJson,
            "truncated" => Kind::Truncated,
            "wrong-type" => Kind::WrongType,
            "huge-body" => Kind::HugeBody,
            "trickle" => Kind::Trickle,
            "redirect" => Kind::Redirect,
            "slow" => Kind::Slow(Duration::from_millis(fault.ms.ok_or(InvalidFault {
                field: "ms",
                reason: "is needed for `slow`: the milliseconds before the answer".to_owned(),
            })?)),
            "status" => status(fault.status.ok_or(InvalidFault {
                field: "status",
                reason: "is needed for `status`: a number from 400 to 599".to_owned(),
            })?),
            what => match (numbered_status(what), self.own.iter().find(|own| **own == what)) {
                (Some(number), _) => status(number),
                (None, Some(own)) => Kind::Own(own),
                (None, None) => {
                    let reason = format!("must be one of {}", self.known().join(", "));
                    return Err(InvalidFault { field: "what", reason });
                }
            },
        })
    }
}

fn numbered_status(what: &str) -> Option<u16> {
    let number = what.strip_prefix("status-")?.parse().ok()?;
    (400..=599).contains(&number).then_some(number)
}

fn check_bounds(fault: &Fault) -> Result<(), InvalidFault> {
    let lasting = |seconds: &f64| 0.0 < *seconds && *seconds <= LASTING_SECONDS_MAX;
    let header = |text: &String| HeaderValue::try_from(text).is_ok();
    let checks = [
        ("status", fault.status.is_none_or(|status| (400..=599).contains(&status)), "400 to 599"),
        ("ms", fault.ms.is_none_or(|ms| ms <= SLOW_MS_MAX), "0 to 600000"),
        ("times", fault.times != Some(0), "1 or more"),
        ("seconds", fault.seconds.as_ref().is_none_or(lasting), "more than 0, a week at most"),
        ("probability", fault.probability.is_none_or(|p| (0.0..=1.0).contains(&p)), "0 to 1"),
        ("retry_after", fault.retry_after.as_ref().is_none_or(header), "text that a header holds"),
    ];
    match checks.into_iter().find(|(_, holds, _)| !holds) {
        None => Ok(()),
        Some((field, _, range)) => Err(InvalidFault { field, reason: format!("must be {range}") }),
    }
}

impl Armed {
    fn is_active(&self, now: Timestamp) -> bool {
        #[expect(clippy::cast_precision_loss, reason = "a fault's length needs no more precision")]
        let age_seconds = (now - self.since).num_milliseconds() as f64 / 1000.0;
        self.fault.times.is_none_or(|times| self.hits < times)
            && self.fault.seconds.is_none_or(|seconds| age_seconds < seconds)
    }
}

#[cfg(test)]
mod tests;
