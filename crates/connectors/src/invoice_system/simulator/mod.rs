//! The invoice system's side of the contract: strict about keys and fields.
//!
//! Only a repeat of the same key with the same request is recognised. The same lead or deliverable under
//! another key updates what is there, and the ledger says `applied` again.

mod admission;
mod books;
mod contract;

use std::sync::{Arc, Mutex, PoisonError};

use axum::{
    Json, Router,
    body::Bytes,
    extract::{Path, State},
    http::{HeaderMap, StatusCode, Uri},
    middleware,
    response::{IntoResponse, Response},
    routing::{get, patch, post, put},
};
use connector_kit::simulator::{Mark, SimulatorKit};
use jsonschema::Validator;
use serde_json::{Value, json};

use admission::Admission;
use books::{Books, Known};

/// The name under which it is found in ledgers and fault boards.
pub const PROVIDER: &str = "invoice_system";
/// The faults that only it can have, for [`SimulatorKit`]'s board. While `rate-limit` is armed, without
/// `times`, it keeps to the contract's 100 requests a minute.
pub const OWN_FAULTS: &[&str] = &[admission::RATE_LIMIT];
/// The secret that signs webhooks in the sandbox.
pub const WEBHOOK_SECRET: &str = "whsec_c2FuZGJveC13ZWJob29rLXNlY3JldC0wMDAwMDAwMQ==";

const API_KEY: &str = "isk_sandbox_0000";
const TYPES: [&str; 4] = ["branding_strategy", "website_plan", "social_strategy", "copywriting"];
const ID_DIGITS: usize = 16;

/// Settings of a connection to the simulator at `url`.
pub fn settings(url: &str) -> Value {
    json!({ "base_url": url, "api_key": API_KEY, "webhook_secret": WEBHOOK_SECRET })
}

#[derive(Clone)]
struct Simulated {
    kit: SimulatorKit,
    books: Arc<Mutex<Books>>,
}

/// The router. What its ledger file tells of earlier days is known again.
pub fn simulator(kit: SimulatorKit) -> Router {
    let books = Arc::new(Mutex::new(Books::remember(kit.ledger.entries())));
    let state = Simulated { kit: kit.clone(), books };
    let admission = Admission::new(Arc::clone(&kit.clock));
    let routes = Router::new()
        .route("/api/v1/leads", post(create_lead))
        .route("/api/v1/leads/{lead_id}", get(get_lead))
        .route("/api/v1/leads/{lead_id}/deliverables", put(attach_deliverable))
        .route("/api/v1/projects", post(create_project))
        .route("/api/v1/projects/{project_id}/status", patch(update_project_status))
        .route_layer(middleware::from_fn_with_state(admission, admission::admit))
        .with_state(state);
    kit.wrap(routes)
}

fn text(value: &Value, name: &str) -> Option<String> {
    value.get(name).and_then(Value::as_str).map(str::to_owned)
}

fn refuse(status: StatusCode, error: &str, message: &str) -> Response {
    (status, Json(json!({ "success": false, "error": error, "message": message }))).into_response()
}

fn no_such_lead() -> Response {
    refuse(StatusCode::NOT_FOUND, "not-found", "there is no such lead")
}

async fn create_lead(
    State(simulated): State<Simulated>,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    simulated.write(&contract::LEAD, &uri, &headers, &body, |books, request| {
        let known = books.lead_id_of(request);
        let lead_id = known.unwrap_or_else(|| format!("lead_{}", simulated.kit.hex(ID_DIGITS)));
        let created_at = books
            .lead(&lead_id)
            .map_or_else(|| json!(simulated.kit.clock.now()), |lead| lead.created_at.clone());
        Ok(json!({
            "success": true,
            "lead_id": lead_id,
            "lead_url": format!("https://invoice-system.example/leads/{lead_id}"),
            "created_at": created_at,
        }))
    })
}

async fn attach_deliverable(
    State(simulated): State<Simulated>,
    Path(lead_id): Path<String>,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    simulated.write(&contract::DELIVERABLE, &uri, &headers, &body, |books, request| {
        books.lead(&lead_id).ok_or_else(no_such_lead)?;
        let attached = books.attached(uri.path());
        let kind = text(request, "deliverable_type").unwrap_or_default();
        let is_ready = TYPES.iter().all(|it| **it == kind || attached.contains_key(*it));
        let proposal =
            is_ready.then(|| format!("https://invoice-system.example/proposals/prop_{lead_id}"));
        let known = attached.get(&kind).cloned();
        Ok(json!({
            "success": true,
            "deliverable_id":
                known.unwrap_or_else(|| format!("deliv_{}", simulated.kit.hex(ID_DIGITS))),
            "lead_updated": true,
            "proposal_ready": is_ready,
            "proposal_url": proposal,
        }))
    })
}

async fn create_project(
    State(simulated): State<Simulated>,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    simulated.write(&contract::PROJECT, &uri, &headers, &body, |books, request| {
        let lead_id = text(request, "lead_id").unwrap_or_default();
        books.lead(&lead_id).ok_or_else(no_such_lead)?;
        let known = books.project_of(request);
        let project_id = known.unwrap_or_else(|| format!("proj_{}", simulated.kit.hex(ID_DIGITS)));
        Ok(json!({
            "success": true,
            "project_id": project_id,
            "project_url": format!("https://invoice-system.example/projects/{project_id}"),
        }))
    })
}

async fn update_project_status(
    State(simulated): State<Simulated>,
    Path(project_id): Path<String>,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    simulated.write(&contract::STATUS, &uri, &headers, &body, |books, request| {
        if !books.has_project(&project_id) {
            let message = "there is no such project";
            return Err(refuse(StatusCode::NOT_FOUND, "not-found", message));
        }
        let milestone = text(request, "milestone_completed").unwrap_or_default();
        let is_billed = request.get("trigger_invoice") == Some(&json!(true));
        let known = books.invoice_of(uri.path(), &milestone);
        let made = || format!("inv_{}", simulated.kit.hex(ID_DIGITS));
        let invoice = known.or_else(|| is_billed.then(made));
        let number = invoice.as_ref().map(|_| format!("INV-{:06}", books.invoices() + 1));
        Ok(json!({
            "success": true,
            "project_id": project_id,
            "status": request.get("status"),
            "invoice_id": invoice,
            "invoice_number": number,
        }))
    })
}

async fn get_lead(State(simulated): State<Simulated>, Path(lead_id): Path<String>) -> Response {
    let books = simulated.books.lock().unwrap_or_else(PoisonError::into_inner);
    let Some(lead) = books.lead(&lead_id) else { return no_such_lead() };
    let field = |name: &str| lead.request.get(name);
    let answer = json!({
        "lead_id": lead_id,
        "company_name": field("company_name"),
        "contact_info": {
            "name": field("contact_name"), "email": field("contact_email"), "phone": field("phone"),
        },
        "intake_data": field("intake_form_data"),
        "contract_status": "none", "payment_status": "none", "assigned_team": [], "custom_fields": {},
    });
    Json(answer).into_response()
}

impl Simulated {
    /// Carries out a write once for its key. `make` says what is answered, and changes nothing.
    fn write(
        &self,
        fields: &Validator,
        uri: &Uri,
        headers: &HeaderMap,
        body: &[u8],
        make: impl FnOnce(&Books, &Value) -> Result<Value, Response>,
    ) -> Response {
        let request = match contract::read(body, fields) {
            Ok(request) => request,
            Err(refusal) => return refusal,
        };
        let key = headers.get("idempotency-key").and_then(|it| it.to_str().ok());
        let mut books = self.books.lock().unwrap_or_else(PoisonError::into_inner);
        match key.map_or(Known::Not, |key| books.known(key, uri.path(), &request)) {
            Known::Same(status, answer) => {
                return Mark::deduplicated().on((status, Json(answer)));
            }
            Known::Other => {
                return refuse(
                    StatusCode::UNPROCESSABLE_ENTITY,
                    "idempotency-key-reused",
                    "this Idempotency-Key was sent with another request; use a key for one request only",
                );
            }
            Known::Not => {}
        }
        match make(&books, &request) {
            Ok(answer) => {
                let status = books.keep(uri.path(), key, request, &answer);
                Mark::applied().on((status, Json(answer)))
            }
            Err(refusal) => refusal,
        }
    }
}
