//! The invoice system's side of the contract: strict about keys and fields, one lead for a key.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use axum::{
    Json, Router,
    body::Bytes,
    extract::{Path, State},
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
    routing::{get, post, put},
};
use connector_kit::simulator::{Mark, SimulatorKit};
use serde_json::{Value, json};

/// The name under which it is found in ledgers and fault boards.
pub const PROVIDER: &str = "invoice_system";
/// The secret that signs webhooks in the sandbox.
pub const WEBHOOK_SECRET: &str = "whsec_c2FuZGJveC13ZWJob29rLXNlY3JldC0wMDAwMDAwMQ==";

const API_KEY: &str = "isk_sandbox_0000";
const TYPES: [&str; 4] = ["branding_strategy", "website_plan", "social_strategy", "copywriting"];
const ID_DIGITS: usize = 16;

/// Settings of a connection to the simulator at `url`.
pub fn settings(url: &str) -> Value {
    json!({ "base_url": url, "api_key": API_KEY, "webhook_secret": WEBHOOK_SECRET })
}

#[derive(Debug, Default)]
struct Books {
    leads: HashMap<String, Value>,
    by_key: HashMap<String, String>,
    by_reference: HashMap<String, String>,
    deliverables: HashMap<(String, String), (String, Value)>,
}

#[derive(Clone)]
struct Simulated {
    kit: SimulatorKit,
    books: Arc<Mutex<Books>>,
}

/// The router. What its ledger file tells of earlier days is known again.
pub fn simulator(kit: SimulatorKit) -> Router {
    let books = Arc::new(Mutex::new(remember(&kit)));
    let state = Simulated { kit: kit.clone(), books };
    let routes = Router::new()
        .route("/api/v1/leads", post(create_lead))
        .route("/api/v1/leads/{lead_id}", get(get_lead))
        .route("/api/v1/leads/{lead_id}/deliverables", put(attach_deliverable))
        .with_state(state);
    kit.wrap(routes)
}

/// Rebuilds the books from the ledger, so that a restarted simulator still knows its keys.
fn remember(kit: &SimulatorKit) -> Books {
    let mut books = Books::default();
    for entry in kit.ledger.entries() {
        let (request, answer) = (entry.request, entry.answer);
        let Some(lead_id) = text(&answer, "lead_id") else {
            let parts: Vec<&str> = entry.path.split('/').collect();
            let lead = parts.iter().rev().nth(1).map(|part| (*part).to_owned());
            let kind = text(&request, "deliverable_type");
            if let (Some(lead), Some(kind), Some(id)) =
                (lead, kind, text(&answer, "deliverable_id"))
            {
                books.deliverables.insert((lead, kind), (id, request));
            }
            continue;
        };
        if let Some(key) = entry.key {
            books.by_key.insert(key, lead_id.clone());
        }
        if let Some(reference) = text(&request, "external_ref") {
            books.by_reference.insert(reference, lead_id.clone());
        }
        books.leads.insert(lead_id, request);
    }
    books
}

fn text(value: &Value, name: &str) -> Option<String> {
    value.get(name).and_then(Value::as_str).map(str::to_owned)
}

fn admit(headers: &HeaderMap) -> Result<(), Response> {
    let expected = format!("Bearer {API_KEY}");
    if headers.get("authorization").is_some_and(|value| value.as_bytes() == expected.as_bytes()) {
        return Ok(());
    }
    let body = json!({ "success": false, "error": "missing or wrong API key" });
    Err((StatusCode::UNAUTHORIZED, Json(body)).into_response())
}

fn read(body: &[u8], required: &[&str]) -> Result<Value, Response> {
    let refuse = |errors: Value| {
        let body = json!({ "success": false, "errors": errors });
        (StatusCode::UNPROCESSABLE_ENTITY, Json(body)).into_response()
    };
    let Ok(value) = serde_json::from_slice::<Value>(body) else {
        return Err(refuse(json!({ "body": "is not JSON" })));
    };
    let missing: serde_json::Map<String, Value> = required
        .iter()
        .filter(|name| value.get(**name).is_none_or(|it| it.is_null() || it == ""))
        .map(|name| ((*name).to_owned(), json!("is required")))
        .collect();
    if missing.is_empty() { Ok(value) } else { Err(refuse(Value::Object(missing))) }
}

async fn create_lead(
    State(simulated): State<Simulated>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let required =
        ["source", "company_name", "contact_email", "agent_assessment", "intake_form_data"];
    let request = match admit(&headers).and_then(|()| read(&body, &required)) {
        Ok(request) => request,
        Err(refusal) => return refusal,
    };
    let key = headers.get("idempotency-key").and_then(|it| it.to_str().ok()).map(str::to_owned);
    let mut books = simulated.books.lock().unwrap_or_else(PoisonError::into_inner);
    let named = text(&request, "lead_id");
    let reference = text(&request, "external_ref");
    let known = key
        .as_ref()
        .and_then(|key| books.by_key.get(key))
        .or_else(|| reference.as_ref().and_then(|it| books.by_reference.get(it)))
        .cloned();
    let mark = if known.is_some() { Mark::deduplicated() } else { Mark::applied() };
    let lead_id =
        known.or(named).unwrap_or_else(|| format!("lead_{}", simulated.kit.hex(ID_DIGITS)));
    if let Some(key) = key {
        books.by_key.insert(key, lead_id.clone());
    }
    if let Some(reference) = reference {
        books.by_reference.insert(reference, lead_id.clone());
    }
    books.leads.insert(lead_id.clone(), request);
    let answer = json!({
        "success": true,
        "lead_id": lead_id,
        "lead_url": format!("https://invoice-system.example/leads/{lead_id}"),
        "created_at": simulated.kit.clock.now(),
    });
    mark.on((StatusCode::CREATED, Json(answer)))
}

async fn attach_deliverable(
    State(simulated): State<Simulated>,
    Path(lead_id): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let required = ["deliverable_type", "generated_at", "ai_model", "content", "formatted_output"];
    let request = match admit(&headers).and_then(|()| read(&body, &required)) {
        Ok(request) => request,
        Err(refusal) => return refusal,
    };
    let mut books = simulated.books.lock().unwrap_or_else(PoisonError::into_inner);
    if !books.leads.contains_key(&lead_id) {
        let body = json!({ "success": false, "error": "no such lead" });
        return (StatusCode::NOT_FOUND, Json(body)).into_response();
    }
    let kind = text(&request, "deliverable_type").unwrap_or_default();
    if !TYPES.contains(&kind.as_str()) {
        let body =
            json!({ "success": false, "errors": { "deliverable_type": "is not one of the four" } });
        return (StatusCode::UNPROCESSABLE_ENTITY, Json(body)).into_response();
    }
    let slot = (lead_id.clone(), kind);
    let known = books.deliverables.get(&slot).map(|(id, _)| id.clone());
    let mark = if known.is_some() { Mark::deduplicated() } else { Mark::applied() };
    let id = known.unwrap_or_else(|| format!("deliv_{}", simulated.kit.hex(ID_DIGITS)));
    books.deliverables.insert(slot, (id.clone(), request));
    let ready = TYPES
        .iter()
        .all(|it| books.deliverables.contains_key(&(lead_id.clone(), (*it).to_owned())));
    let proposal =
        ready.then(|| format!("https://invoice-system.example/proposals/prop_{lead_id}"));
    let answer = json!({
        "success": true, "deliverable_id": id, "lead_updated": true,
        "proposal_ready": ready, "proposal_url": proposal,
    });
    mark.on(Json(answer))
}

async fn get_lead(
    State(simulated): State<Simulated>,
    Path(lead_id): Path<String>,
    headers: HeaderMap,
) -> Response {
    if let Err(refusal) = admit(&headers) {
        return refusal;
    }
    let books = simulated.books.lock().unwrap_or_else(PoisonError::into_inner);
    let Some(lead) = books.leads.get(&lead_id) else {
        let body = json!({ "success": false, "error": "no such lead" });
        return (StatusCode::NOT_FOUND, Json(body)).into_response();
    };
    let answer = json!({
        "lead_id": lead_id,
        "company_name": lead.get("company_name"),
        "contact_info": {
            "name": lead.get("contact_name"), "email": lead.get("contact_email"), "phone": lead.get("phone"),
        },
        "intake_data": lead.get("intake_form_data"),
        "contract_status": "none", "payment_status": "none", "assigned_team": [], "custom_fields": {},
    });
    Json(answer).into_response()
}
