//! `/metrics`: every metric that is documented is there, by the rules of the format.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use connector_kit::simulator::Fault;
use handoff::metrics::{Kind, METRICS};
use it::{Intake, Program, Signing, wait_until};
use serde_json::json;

const SOON: Duration = Duration::from_secs(30);

/// What is missing until something went wrong, or a receiver took a webhook.
const UNSEEN: [&str; 3] = [
    "handoff_webhooks_duplicate_total",
    "handoff_breakers_open",
    "handoff_webhook_delivery_seconds",
];

struct Family {
    kind: String,
    help: String,
    samples: Vec<String>,
}

fn families(text: &str) -> BTreeMap<String, Family> {
    let mut families = BTreeMap::new();
    for line in text.lines().filter_map(|line| line.strip_prefix("# ")) {
        let mut words = line.splitn(3, ' ');
        let (what, name, rest) =
            (words.next().unwrap(), words.next().unwrap(), words.next().unwrap_or_default());
        let family: &mut Family = families.entry(name.to_owned()).or_insert(Family {
            kind: String::new(),
            help: String::new(),
            samples: Vec::new(),
        });
        match what {
            "TYPE" => rest.clone_into(&mut family.kind),
            _ => {
                assert_eq!(what, "HELP", "a comment of another kind");
                rest.clone_into(&mut family.help);
            }
        }
    }
    for line in text.lines().filter(|line| !line.starts_with('#') && !line.is_empty()) {
        let name = line.split(['{', ' ']).next().unwrap();
        let of_histogram = ["_bucket", "_sum", "_count"]
            .iter()
            .filter_map(|suffix| name.strip_suffix(suffix))
            .find(|name| families.get(*name).is_some_and(|it| it.kind == "histogram"));
        let family = of_histogram.unwrap_or(name);
        assert!(families.contains_key(family), "{name} has no TYPE");
        families.get_mut(family).unwrap().samples.push(line.to_owned());
    }
    families
}

#[tokio::test(flavor = "multi_thread")]
async fn every_documented_metric_is_there_after_a_journey() {
    let program = Program::start().await;
    // Nobody is there, so that each attempt fails, but it is made.
    let subscription = json!({ "url": "https://hooks.invalid/", "event_types": ["lead.created"] });
    program.owner.post("/v1/webhook-subscriptions", &subscription).await.expect(201);
    program.journey(&Intake::numbered(1)).await;
    Intake::numbered(2).send(&program.stranger, Signing::Forged).await.expect(403);
    program.arm("slack", vec![Fault::times("disconnect-before", 1)]);
    program.journey(&Intake::numbered(3)).await;
    let text = wait_until("a webhook was tried", SOON, || async {
        let text = program.owner.get("/metrics").await.text();
        text.contains("handoff_webhook_attempts_total").then_some(text)
    })
    .await;
    let families = families(&text);

    for (name, kind, help) in METRICS {
        let Some(family) = families.get(*name) else {
            assert!(UNSEEN.contains(name), "{name} is missing");
            continue;
        };
        let wanted = match kind {
            Kind::Counter => "counter",
            Kind::Gauge => "gauge",
            Kind::Histogram => "histogram",
        };
        assert_eq!((family.kind.as_str(), family.help.as_str()), (wanted, *help), "{name}");
        assert!(!family.samples.is_empty(), "{name} has no sample");
    }
    for (name, family) in &families {
        assert!(!family.help.is_empty(), "{name} has no help");
        assert_eq!(family.kind == "counter", name.ends_with("_total"), "{name}: {}", family.kind);
        if family.kind == "histogram" {
            assert!(name.ends_with("_seconds"), "{name} says no unit");
            assert!(family.samples.iter().any(|line| line.contains("le=\"+Inf\"")), "{name}");
        }
        let is_known = METRICS.iter().any(|(known, ..)| known == name);
        assert!(is_known || name.starts_with("process_"), "{name} is not in the list of metrics");
    }
    for process in [
        "process_cpu_seconds_total",
        "process_resident_memory_bytes",
        "process_open_fds",
        "process_start_time_seconds",
    ] {
        assert!(families.contains_key(process), "{process} is missing");
    }
    let ours = [program.tenant.to_string(), "techflow".to_owned(), "TechFlow".to_owned()];
    assert!(ours.iter().all(|text_of| !text.contains(text_of)), "a tenant or a client is a label");
    program.node.app.db.flush_measurements().await.unwrap();
    let health = program.owner.get("/v1/health?window=1h").await.expect(200);
    assert_eq!(health["intakes_received"], 2, "{health:#}");
    assert_eq!((&health["intakes_processed"], &health["leads_created"]), (&2.into(), &2.into()));
    assert_eq!(health["lead_creation_success"], 1.0);
    assert_eq!(health["deliverables_per_lead"], 4.0);
    assert!(0 < health["processing_ms"]["p95"].as_i64().unwrap());
    let calls = health["calls"].as_array().unwrap();
    let of = |function: &str| calls.iter().find(|call| call["function"] == function).unwrap();
    assert_eq!(of("invoice_system.attach_deliverable")["attempts"], 8);
    assert_eq!(of("slack.post_message")["failures"], 1, "{health:#}");
    assert_eq!(health["webhooks_refused"][0]["code"], "signature-invalid");
    let generated = &families["handoff_generation_seconds"].samples;
    assert!(generated.iter().any(|line| line.contains("prompt=\"branding_strategy\"")));
    let runs = &families["handoff_run_seconds"].samples;
    let completed = "handoff_run_seconds_count{flow=\"client-onboarding\",status=\"completed\"}";
    assert!(runs.iter().any(|line| line.starts_with(completed)), "{runs:#?}");
    program.stop().await;
}

#[test]
fn the_page_about_metrics_names_each_and_no_other() {
    let page = include_str!("../../../docs/metrics.md");
    let rows = page.lines().filter_map(|line| line.strip_prefix("| `handoff_"));
    let documented: BTreeSet<String> =
        rows.map(|row| format!("handoff_{}", row.split('`').next().unwrap())).collect();
    let known: BTreeSet<String> = METRICS.iter().map(|(name, ..)| (*name).to_owned()).collect();
    assert_eq!(documented, known);
    assert!(METRICS.is_sorted_by_key(|(name, ..)| *name));
}
