//! Outside systems that fail: each fault at each provider, and what becomes of the journey.

use std::{collections::HashSet, time::Duration};

use connector_kit::simulator::Fault;
use it::{Intake, Program};
use serde_json::Value;

/// Long enough for an answer on a busy machine, short enough to wait for several that never come.
const ATTEMPT: Duration = Duration::from_secs(3);

fn throttle(retry_after: &str) -> Fault {
    Fault { retry_after: Some(retry_after.to_owned()), ..Fault::times("throttle", 1) }
}

/// Faults that a provider recovers from.
fn faults() -> Vec<Fault> {
    let slow = Fault { ms: Some(300), ..Fault::times("slow", 1) };
    vec![
        slow,
        throttle("1"),
        // A date that is over, and what is no time at all.
        throttle("Wed, 21 Oct 2015 07:28:00 GMT"),
        throttle("-5"),
        throttle("soon"),
        Fault::times("status-503", 1),
        Fault::times("status-500", 1),
        Fault::times("disconnect-before", 1),
        Fault::times("disconnect-after-effect", 1),
        Fault::times("malformed-json", 1),
        Fault::times("truncated", 1),
        Fault::times("wrong-type", 1),
        Fault::times("redirect", 1),
        Fault::times("huge-body", 1),
        Fault::times("trickle", 1),
        Fault::times("timeout-before-effect", 1),
        Fault::times("timeout-after-effect", 1),
    ]
}

/// One journey for each fault; the effects of each are there once.
async fn survive(provider: &str, check: impl Fn(&Program, &str, &Value)) {
    let program = Program::start_with(|options| options.engine.attempt_timeout = ATTEMPT).await;
    for (number, fault) in (1..).zip(faults()) {
        let what = fault.what.clone();
        program.arm(provider, vec![fault]);
        let run = program.journey(&Intake::numbered(number)).await;
        assert_eq!(run["status"], "completed", "{what} at {provider}: {run:#}");
        assert_eq!(program.hits(provider), 1, "{what} at {provider} was never met");
        let journeys = 2 * usize::try_from(number).unwrap() - 1;
        assert_eq!(program.applied("invoice_system", "/leads").len(), journeys, "{what}");
        assert_eq!(
            program.applied("invoice_system", "/deliverables").len(),
            4 * journeys,
            "{what}"
        );
        check(&program, &what, &run);
        // One that goes well, so that the faults are not five failures in a row to the breaker.
        let between = program.journey(&Intake::numbered(1000 + number)).await;
        assert_eq!(between["status"], "completed", "after {what} at {provider}: {between:#}");
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
            "throttle" | "slow" => &["succeeded"],
            // Nothing can have been sent.
            "disconnect-before" | "redirect" => &["failed", "unknown"],
            // It may have been sent, or was.
            _ => &["unknown"],
        };
        assert!(expected.contains(&told[0]["status"].as_str().unwrap()), "{what}: {}", told[0]);
        messages(program);
    })
    .await;
}
