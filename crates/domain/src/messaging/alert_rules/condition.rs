//! What a rule makes of the measurements in its window.

use std::collections::BTreeMap;

use kernel::Timestamp;
use serde_json::{Map, Value, json};
use store::measurements::quantile_ms;

use super::{AlertRule, RuleName};

/// The function that creates a lead at the invoice system, and the operation that creates ours.
const LEAD_CREATORS: [(&str, &str); 2] =
    [("call", "invoice_system.create_lead"), ("operation", "create_lead")];
/// AI answers take as long as they take.
const UNHURRIED: &str = "ai.";
/// Our own API, as a cause of slow answers.
const OWN_API: &str = "handoff";

/// Measurements of one thing, added up over a window.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Measured {
    pub(super) series: String,
    pub(super) label: String,
    pub(super) count: i64,
    pub(super) failures: i64,
    pub(super) max_ms: i64,
    pub(super) buckets: Vec<i64>,
    pub(super) last_success_at: Option<Timestamp>,
    pub(super) last_failure_at: Option<Timestamp>,
}

/// A cause for an alert that is there now.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Trouble {
    pub(super) cause: String,
    pub(super) title: String,
    pub(super) detail: Map<String, Value>,
}

/// The causes that a rule sees. The rule about signatures looks at what it raised at once.
pub(super) fn troubles(rule: &AlertRule, measured: &[Measured]) -> Vec<Trouble> {
    if !rule.enabled {
        return Vec::new();
    }
    match rule.rule {
        RuleName::WebhookDeliveryFailures => deliveries(rule, measured).into_iter().collect(),
        RuleName::SlowResponses => slow(rule, measured),
        RuleName::SignatureFailures => Vec::new(),
        RuleName::LeadCreationFailures => leads(rule, measured).into_iter().collect(),
    }
}

fn deliveries(rule: &AlertRule, measured: &[Measured]) -> Option<Trouble> {
    let of_deliveries = || measured.iter().filter(|it| it.series == "webhook_delivery");
    let count: i64 = of_deliveries().map(|it| it.count).sum();
    let failures: i64 = of_deliveries().map(|it| it.failures).sum();
    let is_enough = i64::from(rule.minimum_samples) <= count;
    let is_too_much = rule.threshold * count < failures * 100;
    (is_enough && is_too_much).then(|| Trouble {
        cause: rule.rule.kind().to_owned(),
        title: format!(
            "More than {} % of the attempts to send webhooks failed in {} minutes; see which under Webhooks, Sent (or `handoff webhook sent list`)",
            rule.threshold, rule.window_minutes
        ),
        detail: facts(&[("deliveries", json!(count)), ("failures", json!(failures))]),
    })
}

fn slow(rule: &AlertRule, measured: &[Measured]) -> Vec<Trouble> {
    let mut groups: BTreeMap<&str, (Vec<i64>, i64)> = BTreeMap::new();
    for it in measured {
        let group = match it.series.as_str() {
            "call" if it.label.starts_with(UNHURRIED) => continue,
            "call" => it.label.split('.').next().unwrap_or(&it.label),
            "http_request" => OWN_API,
            _ => continue,
        };
        let (buckets, max_ms) = groups.entry(group).or_default();
        if buckets.len() < it.buckets.len() {
            buckets.resize(it.buckets.len(), 0);
        }
        for (sum, more) in buckets.iter_mut().zip(&it.buckets) {
            *sum += more;
        }
        *max_ms = (*max_ms).max(it.max_ms);
    }
    let mut troubles = Vec::new();
    for (group, (buckets, max_ms)) in groups {
        let count: i64 = buckets.iter().sum();
        let Some(p95_ms) = quantile_ms(&buckets, max_ms, 0.95) else { continue };
        if count < i64::from(rule.minimum_samples) || p95_ms <= rule.threshold {
            continue;
        }
        troubles.push(Trouble {
            cause: format!("{}:{group}", rule.rule.kind()),
            title: format!(
                "{group} answers slowly: one answer in twenty takes longer than {} s",
                seconds(rule.threshold)
            ),
            detail: facts(&[
                ("system", json!(group)),
                ("responses", json!(count)),
                ("p95_ms", json!(p95_ms)),
                ("max_ms", json!(max_ms)),
            ]),
        });
    }
    troubles
}

fn leads(rule: &AlertRule, measured: &[Measured]) -> Option<Trouble> {
    let creators: Vec<&Measured> = measured
        .iter()
        .filter(|it| LEAD_CREATORS.contains(&(it.series.as_str(), it.label.as_str())))
        .collect();
    // One that failed and then succeeded is over.
    let failing: Vec<&&Measured> =
        creators.iter().filter(|it| it.last_success_at < it.last_failure_at).collect();
    let failures: i64 = failing.iter().map(|it| it.failures).sum();
    (rule.threshold <= failures).then(|| Trouble {
        cause: rule.rule.kind().to_owned(),
        title: "A lead could not be created; look at its run".to_owned(),
        detail: facts(&[
            ("failures", json!(failures)),
            ("by", json!(failing.iter().map(|it| &it.label).collect::<Vec<_>>())),
        ]),
    })
}

/// Milliseconds as people write seconds: `5`, `2.5`.
fn seconds(ms: i64) -> String {
    let fraction = format!("{:03}", ms % 1_000);
    match fraction.trim_end_matches('0') {
        "" => (ms / 1_000).to_string(),
        fraction => format!("{}.{fraction}", ms / 1_000),
    }
}

fn facts(pairs: &[(&str, Value)]) -> Map<String, Value> {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Option<Timestamp> {
        Timestamp::from_timestamp(second, 0)
    }

    fn measured(series: &str, label: &str, count: i64, failures: i64) -> Measured {
        Measured {
            series: series.to_owned(),
            label: label.to_owned(),
            count,
            failures,
            ..Measured::default()
        }
    }

    fn timed(series: &str, label: &str, bucket: usize, count: i64, max_ms: i64) -> Measured {
        let mut buckets = vec![0; 15];
        buckets[bucket] = count;
        Measured { max_ms, buckets, ..measured(series, label, count, 0) }
    }

    #[test]
    fn more_than_five_percent_of_enough_deliveries() {
        let rule = RuleName::WebhookDeliveryFailures.default_rule();
        let seen = |count, failures| {
            troubles(&rule, &[measured("webhook_delivery", "standard", count, failures)]).len()
        };
        assert_eq!(seen(100, 5), 0, "five percent are not more than five percent");
        assert_eq!(seen(100, 6), 1);
        assert_eq!(seen(4, 4), 0, "too few to judge");
        assert_eq!(seen(5, 1), 1);
        let off = AlertRule { enabled: false, ..rule.clone() };
        assert_eq!(troubles(&off, &[measured("webhook_delivery", "x", 100, 100)]), []);
    }

    #[test]
    fn each_slow_system_is_a_cause_of_its_own_and_ai_may_take_its_time() {
        let rule = RuleName::SlowResponses.default_rule();
        let found = troubles(
            &rule,
            &[
                timed("call", "invoice_system.create_lead", 10, 1, 7_000),
                timed("call", "slack.post_message", 6, 50, 900),
                timed("call", "ai.generate", 12, 9, 50_000),
                timed("http_request", "list_leads", 11, 2, 20_000),
                timed("operation", "create_lead", 12, 9, 50_000),
            ],
        );
        let causes: Vec<&str> = found.iter().map(|it| it.cause.as_str()).collect();
        assert_eq!(causes, ["response.slow:handoff", "response.slow:invoice_system"]);
        assert_eq!(found[1].detail["p95_ms"], 7_000);
        let patient = AlertRule { threshold: 8_000, ..rule };
        let found = troubles(&patient, &[timed("call", "invoice_system.get_lead", 10, 1, 7_000)]);
        assert_eq!(found, []);
    }

    #[test]
    fn seconds_are_written_as_people_do() {
        let written = [5_000, 2_500, 1_050, 999].map(seconds);
        assert_eq!(written, ["5", "2.5", "1.05", "0.999"]);
    }

    #[test]
    fn a_lead_that_failed_is_an_alert_until_one_succeeds() {
        let rule = RuleName::LeadCreationFailures.default_rule();
        let mut call = measured("call", "invoice_system.create_lead", 3, 1);
        (call.last_success_at, call.last_failure_at) = (at(10), at(20));
        assert_eq!(troubles(&rule, std::slice::from_ref(&call)).len(), 1);
        call.last_success_at = at(21);
        assert_eq!(troubles(&rule, std::slice::from_ref(&call)), []);
        call.last_success_at = None;
        assert_eq!(troubles(&rule, std::slice::from_ref(&call))[0].detail["failures"], 1);
        let patient = AlertRule { threshold: 2, ..rule.clone() };
        assert_eq!(troubles(&patient, std::slice::from_ref(&call)), []);
        call.label = "slack.post_message".to_owned();
        assert_eq!(troubles(&rule, &[call]), []);
    }
}
