//! The connector against the simulator over HTTP.

mod projects;
mod refusals;

use std::{path::PathBuf, sync::Arc, time::Duration};

use connector_kit::{
    Call, CallError, Connection, Effect, UsageLog,
    http::{EgressPolicy, Http, plain_client},
    simulator::{Fault, Ledger, LedgerEffect, Served, SimulatorKit, serve},
};
use kernel::{Clock as _, ManualClock, SystemClock};
use serde_json::{Value, json};

use super::{connector, simulator};

struct Stage {
    kit: SimulatorKit,
    served: Served,
}

impl Stage {
    async fn set() -> Self {
        Self::on(in_memory()).await
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

    fn counts(&self) -> (usize, usize) {
        (self.effects(LedgerEffect::Applied), self.effects(LedgerEffect::Deduplicated))
    }

    /// Sends a body that the connector itself would not send. Status, `Retry-After` and answer.
    async fn send(&self, path: &str, key: &str, body: &Value) -> (u16, Option<String>, Value) {
        let url = format!("{}/api/v1/{path}", self.served.url());
        let client = plain_client(Duration::from_secs(2)).unwrap();
        let request = if path.ends_with("/deliverables") {
            client.put(url).json(body)
        } else if body.is_null() {
            client.get(url)
        } else {
            client.post(url).json(body)
        };
        let answer = request
            .header("authorization", "Bearer isk_sandbox_0000")
            .header("idempotency-key", key)
            .send()
            .await
            .unwrap();
        let retry_after = answer.headers().get("retry-after");
        let retry_after = retry_after.map(|value| value.to_str().unwrap().to_owned());
        (answer.status().as_u16(), retry_after, answer.json().await.unwrap())
    }
}

fn in_memory() -> SimulatorKit {
    SimulatorKit::in_memory(simulator::PROVIDER, simulator::OWN_FAULTS)
}

/// A ledger that outlives its simulator.
struct LedgerFile(PathBuf);

impl LedgerFile {
    fn new(name: &str) -> Self {
        let name = format!("handoff-{name}-{}.ndjson", std::process::id());
        Self(std::env::temp_dir().join(name))
    }

    async fn start(&self) -> Stage {
        let ledger = Arc::new(Ledger::open(&self.0).unwrap());
        Stage::on(SimulatorKit { ledger, ..in_memory() }).await
    }
}

impl Drop for LedgerFile {
    fn drop(&mut self) {
        drop(std::fs::remove_file(&self.0));
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

/// A deliverable as it is sent, where the lead stands in the path.
fn wire_deliverable() -> Value {
    let mut body = deliverable("", "copywriting");
    body.as_object_mut().unwrap().remove("lead_id");
    body
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
    assert_eq!(stage.counts(), (2, 1));
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
    assert_eq!(stage.counts(), (6, 0));
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
    assert_eq!(stage.counts(), (1, 1));
}

#[tokio::test]
async fn a_repeat_of_a_key_gets_the_first_answer() {
    let stage = Stage::set().await;
    let (status, _, first) = stage.send("leads", "key-1", &lead()).await;
    let id = first["lead_id"].as_str().unwrap();
    let path = format!("leads/{id}/deliverables");
    let deliverable = wire_deliverable();
    let attached = stage.send(&path, "key-2", &deliverable).await;
    let mut later = deliverable.clone();
    later["ai_model"] = json!("another");
    stage.send(&path, "key-3", &later).await;
    assert_eq!(stage.send("leads", "key-1", &lead()).await, (status, None, first));
    assert_eq!(stage.send(&path, "key-2", &deliverable).await, attached);
    assert_eq!(stage.counts(), (3, 2));
}

#[tokio::test]
async fn the_same_effect_under_another_key_is_an_effect_of_its_own() {
    let stage = Stage::set().await;
    let mut referred = lead();
    referred["external_ref"] = json!("ours-1");
    let first = stage.ask("create_lead", "key-1", referred.clone()).await.unwrap();
    let second = stage.ask("create_lead", "key-2", referred).await.unwrap();
    assert_eq!(first["lead_id"], second["lead_id"], "it knows the lead by our reference");
    assert_eq!(stage.counts(), (2, 0));
    let id = first["lead_id"].as_str().unwrap();
    let attached = deliverable(id, "copywriting");
    let first = stage.ask("attach_deliverable", "key-3", attached.clone()).await.unwrap();
    let second = stage.ask("attach_deliverable", "key-4", attached).await.unwrap();
    assert_eq!(first["deliverable_id"], second["deliverable_id"], "the type is replaced");
    assert_eq!(stage.counts(), (4, 0));
}

#[tokio::test]
async fn a_key_that_was_used_for_another_request_is_refused() {
    let ledger = LedgerFile::new("reused-key");
    let stage = ledger.start().await;
    let first = stage.ask("create_lead", "key-1", lead()).await.unwrap();
    let mut other = lead();
    other["company_name"] = json!("Initech");
    let path = format!("leads/{}/deliverables", first["lead_id"].as_str().unwrap());
    for stage in [stage, ledger.start().await] {
        let refused = stage.ask("create_lead", "key-1", other.clone()).await.unwrap_err();
        assert!(
            matches!(&refused, CallError::Rejected { status: 422, code, .. } if code == "idempotency-key-reused"),
            "{refused:?}"
        );
        assert_eq!(stage.send(&path, "key-1", &wire_deliverable()).await.0, 422);
        assert_eq!(stage.counts(), (1, 0));
        let read = stage.ask("get_lead", "-", json!({ "lead_id": first["lead_id"] })).await;
        assert_eq!(read.unwrap()["company_name"], "TechFlow Solutions");
    }
}

#[tokio::test]
async fn a_restarted_simulator_still_knows_its_keys_and_leads() {
    let ledger = LedgerFile::new("restarted");
    let stage = ledger.start().await;
    let first = stage.ask("create_lead", "key-1", lead()).await.unwrap();
    let id = first["lead_id"].as_str().unwrap();
    let read = stage.ask("get_lead", "key-2", json!({ "lead_id": id })).await.unwrap();
    let attached =
        stage.ask("attach_deliverable", "key-3", deliverable(id, "copywriting")).await.unwrap();

    let stage = ledger.start().await;
    assert_eq!(stage.ask("create_lead", "key-1", lead()).await.unwrap(), first);
    assert_eq!(stage.ask("get_lead", "key-4", json!({ "lead_id": id })).await.unwrap(), read);
    let again = stage.ask("attach_deliverable", "key-3", deliverable(id, "copywriting")).await;
    assert_eq!(again.unwrap(), attached);
    assert_eq!(stage.counts(), (2, 2));
}

#[test]
fn writes_are_keyed_and_reads_are_reads() {
    let effects: Vec<(&str, Effect)> =
        connector().functions.iter().map(|it| (it.name, it.effect)).collect();
    let expected = [
        ("create_lead", Effect::Keyed),
        ("attach_deliverable", Effect::Keyed),
        ("create_project", Effect::Keyed),
        ("update_project_status", Effect::Keyed),
        ("get_lead", Effect::Read),
    ];
    assert_eq!(effects, expected);
}
