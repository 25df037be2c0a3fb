//! Outside systems that fail: each fault at each provider, and what becomes of the journey.

use std::{collections::HashSet, time::Duration};

use connector_kit::simulator::{Fault, LedgerEntry};
use futures::future::join_all;
use it::{Intake, Program, Signing, wait_until};
use kernel::{Clock as _, SystemClock};
use serde_json::Value;

/// Long enough for an answer on a busy machine, short enough to wait for several that never come.
const ATTEMPT: Duration = Duration::from_secs(3);

const SOON: Duration = Duration::from_secs(30);

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
    let mut sent = program.applied("slack", "/chat.postMessage");
    // Alerts are told there too.
    sent.retain(|entry| entry.request["text"].as_str().unwrap().starts_with("New client:"));
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
async fn the_journey_survives_every_fault_of_notion_and_no_page_is_there_twice() {
    survive("notion", |program, what, run| {
        let pages = program.applied("notion", "/pages");
        let about: HashSet<String> = pages.iter().map(reference).collect();
        assert_eq!(about.len(), pages.len(), "{what}: a page is there twice");
        // Who cannot make a page goes on without it.
        let output = &run["output"]["deliverables"];
        let made =
            output.as_array().unwrap().iter().filter(|id| about.contains(id.as_str().unwrap()));
        assert!(3 <= made.count(), "{what}: {run:#}");
    })
    .await;
}

/// What a page of the simulated Notion is about.
fn reference(page: &LedgerEntry) -> String {
    let text = page.request.to_string();
    let (_, id) = text.split_once("deliv_").unwrap();
    let id: String = id.chars().take_while(char::is_ascii_alphanumeric).collect();
    format!("deliv_{id}")
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

/// Asks for a pause without end, or until a date; the program waits an hour at the most.
async fn pause(fault: Fault, provider: &str) {
    let what = format!("{fault:?} at {provider}");
    let program = Program::start().await;
    program.arm(provider, vec![fault]);
    let intake = Intake::numbered(1);
    intake.send(&program.stranger, Signing::Contract).await.expect(200);
    // A call that is put off, or the flow's own wait before the next attempt. An attempt may take a minute.
    let waits: i64 = wait_until("the call waits", SOON, || async {
        sqlx::query_scalar(
            "select extract(epoch from max(due) - now())::bigint from (
                 select run_at as due from engine.task where kind = 'call' and owner is null
                 union all select fire_at from engine.timer) later
             having now() + interval '90 s' < max(due)",
        )
        .fetch_optional(&mut program.superuser().await)
        .await
        .unwrap()
    })
    .await;
    assert!((3_500..=3_600).contains(&waits), "{what}: waits {waits} s");
    assert_eq!(program.hits(provider), 1, "{what}");

    // The hour passes.
    let mut superuser = program.superuser().await;
    sqlx::raw_sql(
        "update engine.breaker set open_until = now(); update engine.task set run_at = now() where owner is null;
         update engine.timer set fire_at = now()",
    )
    .execute(&mut superuser)
    .await
    .unwrap();
    let run = program.ended(&program.owner, &intake.event_id).await;
    assert_eq!(run["status"], "completed", "{what}: {run:#}");
    assert_eq!(program.applied("invoice_system", "/leads").len(), 1, "{what}");
    assert_eq!(program.applied("invoice_system", "/deliverables").len(), 4, "{what}");
    assert_eq!(messages(&program), 1, "{what}");
    drop(superuser);
    program.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pause_that_a_provider_asks_for_is_an_hour_at_the_most() {
    let wishes =
        ["1000000000000", "99999999999999999999999", "Fri, 31 Dec 9999 23:59:59 GMT"].map(throttle);
    let away = Fault { what: "status-503".to_owned(), ..throttle("1000000000000") };
    join_all(["anthropic", "invoice_system", "slack"].map(|provider| {
        let (wishes, away) = (wishes.clone(), away.clone());
        async move {
            for wish in wishes {
                pause(wish, provider).await;
            }
            // Slack may have sent the message, so there is nothing to wait for.
            if provider != "slack" {
                pause(away, provider).await;
            }
        }
    }))
    .await;
}

/// Longer than the wait for a wish that is not understood.
const A_WHILE: Duration = Duration::from_secs(8);

async fn pause_until_a_date(provider: &str) {
    let program = Program::start().await;
    let until = SystemClock.now() + A_WHILE;
    let date = until.format("%a, %d %b %Y %H:%M:%S GMT").to_string();
    program.arm(provider, vec![throttle(&date)]);
    let run = program.journey(&Intake::numbered(1)).await;
    assert_eq!(run["status"], "completed", "{provider}: {run:#}");
    let asked = program.sandbox().ledger(provider);
    let met = asked.iter().find(|entry| entry.fault.is_some()).unwrap();
    let is_next = |entry: &&LedgerEntry| met.number < entry.number && entry.path == met.path;
    let next = asked.iter().find(is_next).unwrap();
    // The date has whole seconds.
    let earliest = until - Duration::from_secs(1);
    assert!(earliest <= next.time, "{provider} was asked again at {}, not {until}", next.time);
    assert_eq!(messages(&program), 1);
    program.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pause_until_a_date_ends_then() {
    join_all(["anthropic", "invoice_system", "slack"].map(pause_until_a_date)).await;
}
