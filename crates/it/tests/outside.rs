//! Outside systems that fail: each fault at each provider, and what becomes of the journey.

use std::collections::HashSet;

use connector_kit::simulator::Fault;
use it::{Intake, Program};
use serde_json::Value;

/// Faults that a provider recovers from.
fn faults() -> Vec<Fault> {
    let throttle = Fault { retry_after: Some("1".to_owned()), ..Fault::times("throttle", 1) };
    vec![
        Fault::times("status-503", 1),
        Fault::times("status-500", 1),
        throttle,
        Fault::times("disconnect-before", 1),
        Fault::times("disconnect-after-effect", 1),
        Fault::times("malformed-json", 1),
        Fault::times("truncated", 1),
        Fault::times("wrong-type", 1),
    ]
}

/// One journey for each fault; the effects of each are there once.
async fn survive(provider: &str, check: impl Fn(&Program, &str, &Value)) {
    let program = Program::start().await;
    for (number, fault) in (1..).zip(faults()) {
        let what = fault.what.clone();
        program.arm(provider, vec![fault]);
        let run = program.journey(&Intake::numbered(number)).await;
        assert_eq!(run["status"], "completed", "{what} at {provider}: {run:#}");
        assert_eq!(program.hits(provider), 1, "{what} at {provider} was never met");
        let journeys = usize::try_from(number).unwrap();
        assert_eq!(program.applied("invoice_system", "/leads").len(), journeys, "{what}");
        assert_eq!(
            program.applied("invoice_system", "/deliverables").len(),
            4 * journeys,
            "{what}"
        );
        check(&program, &what, &run);
    }
    program.stop().await;
}

fn messages(program: &Program) -> usize {
    let sent = program.applied("slack", "/chat.postMessage");
    let keys: HashSet<_> = sent.iter().map(|entry| entry.key.clone()).collect();
    assert_eq!(keys.len(), sent.len(), "a message was sent twice");
    sent.len()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_journey_survives_every_fault_of_the_ai() {
    survive("anthropic", |program, what, run| {
        let leads = program.applied("invoice_system", "/leads").len();
        assert_eq!(messages(program), leads, "{what}");
        let calls = run["calls"].as_array().unwrap();
        let written: Vec<_> = calls
            .iter()
            .filter(|call| call["function"] == "ai.generate" && call["status"] == "succeeded")
            .collect();
        assert_eq!(written.len(), 5, "{what}");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_journey_survives_every_fault_of_the_invoice_system() {
    survive("invoice_system", |program, what, _run| {
        let leads = program.applied("invoice_system", "/leads").len();
        assert_eq!(messages(program), leads, "{what}");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_journey_survives_every_fault_of_slack_and_nothing_is_sent_twice() {
    survive("slack", |program, what, run| {
        let calls = run["calls"].as_array().unwrap();
        let told: Vec<&Value> =
            calls.iter().filter(|call| call["function"] == "slack.post_message").collect();
        assert_eq!(told.len(), 1, "{what}");
        let expected: &[&str] = match what {
            // It said that it did nothing, and when to come back.
            "throttle" => &["succeeded"],
            // Nothing can have been sent.
            "disconnect-before" => &["failed", "unknown"],
            // It may have been sent, or was.
            _ => &["unknown"],
        };
        assert!(expected.contains(&told[0]["status"].as_str().unwrap()), "{what}: {}", told[0]);
        messages(program);
    })
    .await;
}
