use std::{sync::Arc, time::Duration};

use connector_kit::{
    Call, CallError, Connection, Effect, UsageLog,
    http::{EgressPolicy, Http},
    simulator::{Fault, Ledger, LedgerEffect, Served, SimulatorKit, serve},
};
use kernel::{Clock as _, SystemClock};
use serde_json::{Value, json};

use super::{connector, simulator};

struct Stage {
    kit: SimulatorKit,
    served: Served,
}

impl Stage {
    async fn set() -> Self {
        Self::on(SimulatorKit::in_memory(simulator::PROVIDER, &[])).await
    }

    async fn on(kit: SimulatorKit) -> Self {
        let served = serve(simulator::simulator(kit.clone())).await.unwrap();
        Self { kit, served }
    }

    async fn ask(&self, function: &str, key: &str, input: Value) -> Result<Value, CallError> {
        let functions = connector().functions;
        let function = functions.iter().find(|it| it.name == function).unwrap();
        let call = Call {
            http: Http::new(EgressPolicy { allowed_private_hosts: vec![self.served.host()] }),
            connection: Connection::new("invoice_system", simulator::settings(&self.served.url())),
            clock: Arc::new(SystemClock),
            key: key.to_owned(),
            attempt: 1,
            timeout: Duration::from_secs(2),
            usage: UsageLog::default(),
        };
        (function.run)(call, input).await
    }

    fn effects(&self, effect: LedgerEffect) -> usize {
        self.kit.ledger.entries().iter().filter(|entry| entry.effect == effect).count()
    }
}

fn lead() -> Value {
    json!({
        "source": "mwd_assistant_intake", "company_name": "TechFlow Solutions",
        "contact_email": "john@techflow.example", "phone": "+1-555-0123",
        "services_requested": ["Branding"],
        "agent_assessment": {
            "complexity_score": 8, "estimated_hours": 120, "recommended_package": "premium",
            "ai_generated_summary": "Enterprise client",
        },
        "intake_form_data": { "budget": "$50,000" },
    })
}

fn deliverable(lead_id: &str, kind: &str) -> Value {
    json!({
        "lead_id": lead_id, "deliverable_type": kind, "generated_at": "2026-01-01T00:00:00Z",
        "ai_model": "offline-template", "content": { "a": 1 }, "formatted_output": { "markdown": "# A" },
        "tokens_used": { "input": 1, "output": 2, "cost": 0.12 },
    })
}

#[tokio::test]
async fn a_lead_is_created_once_for_a_key() {
    let stage = Stage::set().await;
    let first = stage.ask("create_lead", "key-1", lead()).await.unwrap();
    let again = stage.ask("create_lead", "key-1", lead()).await.unwrap();
    let other = stage.ask("create_lead", "key-2", lead()).await.unwrap();
    assert_eq!(first["lead_id"], again["lead_id"]);
    assert_ne!(first["lead_id"], other["lead_id"]);
    assert_eq!(
        (stage.effects(LedgerEffect::Applied), stage.effects(LedgerEffect::Deduplicated)),
        (2, 1)
    );
    assert_eq!(stage.kit.ledger.entries()[0].request["phone"], "+1-555-0123");
}

#[tokio::test]
async fn a_lead_the_intake_named_is_updated_and_not_made_anew() {
    let stage = Stage::set().await;
    let mut named = lead();
    named["lead_id"] = json!("lead_abc123");
    let created = stage.ask("create_lead", "key-1", named).await.unwrap();
    assert_eq!(created["lead_id"], "lead_abc123");
    let read = stage.ask("get_lead", "key-2", json!({ "lead_id": "lead_abc123" })).await.unwrap();
    assert_eq!(read["company_name"], "TechFlow Solutions");
}

#[tokio::test]
async fn a_proposal_is_ready_once_all_four_deliverables_are_there() {
    let stage = Stage::set().await;
    let lead = stage.ask("create_lead", "key-1", lead()).await.unwrap();
    let id = lead["lead_id"].as_str().unwrap();
    let kinds = ["branding_strategy", "website_plan", "social_strategy", "copywriting"];
    for (number, kind) in kinds.into_iter().enumerate() {
        let key = format!("key-{kind}");
        let attached = stage.ask("attach_deliverable", &key, deliverable(id, kind)).await.unwrap();
        assert_eq!(attached["proposal_ready"], number == 3, "{kind}");
    }
    let again =
        stage.ask("attach_deliverable", "key-x", deliverable(id, "copywriting")).await.unwrap();
    assert!(again["proposal_url"].as_str().unwrap().contains(id));
    assert_eq!(stage.effects(LedgerEffect::Applied), 5);
}

#[tokio::test]
async fn an_id_from_outside_stays_one_segment_of_the_path() {
    let stage = Stage::set().await;
    let refused = stage.ask("get_lead", "key", json!({ "lead_id": "../../admin?x=1" })).await;
    assert!(matches!(refused, Err(CallError::Rejected { status: 404, .. })), "{refused:?}");
    let dots = stage.ask("get_lead", "key", json!({ "lead_id": ".." })).await;
    assert!(matches!(dots, Err(CallError::Rejected { status: 0, .. })), "{dots:?}");
}

#[tokio::test]
async fn a_write_whose_answer_was_lost_is_recognised_when_it_is_repeated() {
    let stage = Stage::set().await;
    stage
        .kit
        .faults
        .set(vec![Fault::times("disconnect-after-effect", 1)], SystemClock.now())
        .unwrap();
    let lost = stage.ask("create_lead", "key-1", lead()).await.unwrap_err();
    assert!(matches!(lost, CallError::Ambiguous { .. }), "{lost:?}");
    stage.ask("create_lead", "key-1", lead()).await.unwrap();
    assert_eq!(
        (stage.effects(LedgerEffect::Applied), stage.effects(LedgerEffect::Deduplicated)),
        (1, 1)
    );
}

#[tokio::test]
async fn a_restarted_simulator_still_knows_its_keys() {
    let path = std::env::temp_dir().join(format!("handoff-ledger-{}.ndjson", std::process::id()));
    let kit = || SimulatorKit {
        ledger: Arc::new(Ledger::open(&path).unwrap()),
        ..SimulatorKit::in_memory(simulator::PROVIDER, &[])
    };
    let first = Stage::on(kit()).await.ask("create_lead", "key-1", lead()).await.unwrap();
    let stage = Stage::on(kit()).await;
    let again = stage.ask("create_lead", "key-1", lead()).await.unwrap();
    std::fs::remove_file(&path).unwrap();
    assert_eq!(first["lead_id"], again["lead_id"]);
    assert_eq!(stage.effects(LedgerEffect::Deduplicated), 1);
}

#[test]
fn writes_are_keyed_and_reads_are_reads() {
    let effects: Vec<(&str, Effect)> =
        connector().functions.iter().map(|it| (it.name, it.effect)).collect();
    let expected = [
        ("create_lead", Effect::Keyed),
        ("attach_deliverable", Effect::Keyed),
        ("get_lead", Effect::Read),
    ];
    assert_eq!(effects, expected);
}
