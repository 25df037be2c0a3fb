//! How many requests a minute a token may make.
//!
//! The generic cell rate algorithm: one number for each token says when its next request would be on
//! time. A full minute's worth may come at once; after that they flow at their rate.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use axum::http::{HeaderMap, HeaderValue, header::RETRY_AFTER};
use kernel::Timestamp;

use crate::Problem;

const WINDOW_SECONDS: i64 = 60;
const WINDOW_MICROS: i64 = WINDOW_SECONDS * 1_000_000;
/// How many tokens are counted before those that are idle are forgotten.
const COUNTED_MAX: usize = 10_000;

/// Counts requests by token, in this process.
#[derive(Debug, Default)]
pub struct RateLimiter(Mutex<HashMap<String, i64>>);

/// What became of one request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Decision {
    /// How long to wait; none when the request may pass.
    pub wait: Option<Duration>,
    pub per_minute: u32,
    pub remaining: u32,
    /// Until all requests of a minute are free again.
    pub full_after: Duration,
}

impl RateLimiter {
    /// Counts one request of a token.
    pub fn check(&self, token: &str, per_minute: u32, now: Timestamp) -> Decision {
        let now = now.timestamp_micros();
        let per_minute = per_minute.max(1);
        let interval = (WINDOW_MICROS / i64::from(per_minute)).max(1);
        let mut counted = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if COUNTED_MAX <= counted.len() && !counted.contains_key(token) {
            counted.retain(|_, on_time| now < *on_time);
        }
        let on_time = counted.get(token).copied().unwrap_or(now).max(now);
        let next = on_time + interval;
        if now + WINDOW_MICROS < next {
            return Decision {
                wait: Some(micros(next - WINDOW_MICROS - now)),
                per_minute,
                remaining: 0,
                full_after: micros(on_time - now),
            };
        }
        counted.insert(token.to_owned(), next);
        let remaining = (now + WINDOW_MICROS - next) / interval;
        Decision {
            wait: None,
            per_minute,
            remaining: u32::try_from(remaining).unwrap_or(0),
            full_after: micros(next - now),
        }
    }
}

impl Decision {
    /// The refusal, if it is one.
    pub fn into_result(self) -> Result<(), Problem> {
        let Some(wait) = self.wait else { return Ok(()) };
        let detail = format!(
            "at most {} requests a minute are taken from you; wait for `Retry-After` seconds",
            self.per_minute
        );
        Err(Problem::new("too-many-requests", detail).retry_after(wait))
    }

    /// Writes `RateLimit` and `RateLimit-Policy` (draft-ietf-httpapi-ratelimit-headers).
    pub fn write(&self, headers: &mut HeaderMap) {
        let policy = format!("\"token\";q={};w={WINDOW_SECONDS}", self.per_minute);
        let state = format!("\"token\";r={};t={}", self.remaining, seconds(self.full_after));
        for (name, value) in [("ratelimit-policy", policy), ("ratelimit", state)] {
            if let Ok(value) = HeaderValue::from_str(&value) {
                headers.insert(name, value);
            }
        }
        if let Some(wait) = self.wait {
            headers.insert(RETRY_AFTER, HeaderValue::from(seconds(wait).max(1)));
        }
    }
}

fn micros(count: i64) -> Duration {
    Duration::from_micros(u64::try_from(count).unwrap_or(0))
}

fn seconds(wait: Duration) -> u64 {
    wait.as_secs() + u64::from(0 < wait.subsec_nanos())
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;
    use kernel::{Clock as _, ManualClock};

    use super::*;

    fn clock() -> ManualClock {
        ManualClock::at(chrono::DateTime::from_timestamp(1_700_000_000, 0).unwrap())
    }

    fn passed(limiter: &RateLimiter, token: &str, clock: &ManualClock, tries: u32) -> usize {
        (0..tries).filter(|_| limiter.check(token, 100, clock.now()).wait.is_none()).count()
    }

    #[test]
    fn exactly_a_minutes_worth_passes_at_once() {
        let (limiter, clock) = (RateLimiter::default(), clock());
        assert_eq!(passed(&limiter, "a", &clock, 250), 100);
    }

    #[test]
    fn after_the_wait_that_was_told_the_next_request_passes_and_not_before() {
        let (limiter, clock) = (RateLimiter::default(), clock());
        assert_eq!(passed(&limiter, "a", &clock, 100), 100);
        let wait = limiter.check("a", 100, clock.now()).wait.unwrap();
        assert_eq!(wait, Duration::from_millis(600));
        clock.advance(TimeDelta::microseconds(599_999));
        assert_eq!(passed(&limiter, "a", &clock, 1), 0);
        clock.advance(TimeDelta::microseconds(1));
        assert_eq!(passed(&limiter, "a", &clock, 5), 1);
    }

    #[test]
    fn a_quiet_minute_gives_everything_back_and_no_more() {
        let (limiter, clock) = (RateLimiter::default(), clock());
        passed(&limiter, "a", &clock, 200);
        clock.advance(TimeDelta::minutes(10));
        assert_eq!(passed(&limiter, "a", &clock, 250), 100);
    }

    #[test]
    fn tokens_do_not_use_up_each_others_requests() {
        let (limiter, clock) = (RateLimiter::default(), clock());
        passed(&limiter, "a", &clock, 200);
        assert_eq!(passed(&limiter, "b", &clock, 100), 100);
    }

    #[test]
    fn idle_tokens_are_forgotten() {
        let (limiter, clock) = (RateLimiter::default(), clock());
        for token in 0..COUNTED_MAX {
            limiter.check(&token.to_string(), 100, clock.now());
        }
        clock.advance(TimeDelta::minutes(2));
        limiter.check("one more", 100, clock.now());
        assert_eq!(limiter.0.lock().unwrap().len(), 1);
    }

    #[test]
    fn the_headers_tell_limit_rest_and_wait() {
        let (limiter, clock) = (RateLimiter::default(), clock());
        let mut headers = HeaderMap::new();
        limiter.check("a", 2, clock.now()).write(&mut headers);
        assert_eq!(headers["ratelimit-policy"], "\"token\";q=2;w=60");
        assert_eq!(headers["ratelimit"], "\"token\";r=1;t=30");
        assert!(!headers.contains_key("retry-after"));
        limiter.check("a", 2, clock.now());
        let refused = limiter.check("a", 2, clock.now());
        refused.write(&mut headers);
        assert_eq!(headers["retry-after"], "30");
        assert_eq!(refused.remaining, 0);
        assert_eq!(refused.into_result().unwrap_err().status(), 429);
    }
}
