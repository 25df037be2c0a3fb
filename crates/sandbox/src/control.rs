//! Watching and disturbing the simulators from outside: `/_sandbox`.

use std::sync::Arc;

use axum::{
    Json, Router,
    body::Bytes,
    extract::{Path, Query, State},
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
    routing::{delete, get, post, put},
};
use connector_kit::simulator::{Fault, SimulatorKit};
use connectors::email;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::{Sandbox, introduction};

pub(crate) fn router(sandbox: &Sandbox) -> Router {
    Router::new()
        .route("/_sandbox/providers", get(providers))
        .route("/_sandbox/ledger", get(ledger))
        .route("/_sandbox/mail", get(caught_mail))
        .route("/_sandbox/intakes", post(send_intake))
        .route("/_sandbox/faults", get(list_faults).delete(clear_all))
        .route("/_sandbox/faults/{provider}", put(set_faults))
        .route("/_sandbox/faults/{provider}", delete(clear))
        .with_state(sandbox.clone())
}

fn kit<'a>(sandbox: &'a Sandbox, provider: &str) -> Result<&'a SimulatorKit, Response> {
    sandbox.kit(provider).ok_or_else(|| {
        let known = sandbox.providers().join(", ");
        let detail = format!("there is no provider `{provider}`; there are {known}");
        refuse(StatusCode::NOT_FOUND, &detail)
    })
}

fn armed(sandbox: &Sandbox) -> Value {
    let now = sandbox.clock.now();
    let by_provider =
        sandbox.kits.iter().map(|kit| (kit.provider.to_owned(), json!(kit.faults.list(now))));
    Value::Object(by_provider.collect())
}

fn refuse(status: StatusCode, detail: &str) -> Response {
    let body =
        json!({ "title": status.canonical_reason(), "status": status.as_u16(), "detail": detail });
    (status, [(header::CONTENT_TYPE, "application/problem+json")], body.to_string()).into_response()
}

async fn providers(State(sandbox): State<Sandbox>, headers: HeaderMap) -> Json<Value> {
    // The simulators are where the request came to.
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok());
    let base = host.map(|host| format!("http://{host}")).unwrap_or_default();
    let items: Vec<Value> = sandbox
        .kits
        .iter()
        .map(|kit| {
            let connection = introduction::settings_of(kit.provider, &base, sandbox.mail.get());
            json!({
                "provider": kit.provider,
                "connector": connection.as_ref().map(|(connector, _)| connector),
                "settings": connection.as_ref().map(|(_, settings)| settings),
                "path": format!("/sim/{}", kit.provider),
                "requests": kit.ledger.entries().len(),
                "faults": kit.faults.known(),
            })
        })
        .collect();
    Json(json!({ "items": items }))
}

#[derive(Deserialize)]
struct LedgerQuery {
    provider: Option<String>,
    /// Only lines after this number.
    #[serde(default)]
    after: u64,
    /// `json` for one array; otherwise one object on each line.
    format: Option<String>,
}

async fn ledger(State(sandbox): State<Sandbox>, Query(query): Query<LedgerQuery>) -> Response {
    let kits: Vec<&SimulatorKit> = match &query.provider {
        Some(provider) => match kit(&sandbox, provider) {
            Ok(kit) => vec![kit],
            Err(refusal) => return refusal,
        },
        None => sandbox.kits.iter().collect(),
    };
    let lines: Vec<Arc<str>> = kits.iter().flat_map(|kit| kit.ledger.lines(query.after)).collect();
    if query.format.as_deref() == Some("json") {
        let body = format!("[{}]", lines.join(","));
        return ([(header::CONTENT_TYPE, "application/json")], body).into_response();
    }
    let body: String = lines.iter().map(|line| format!("{}\n", line.trim_end())).collect();
    ([(header::CONTENT_TYPE, "application/x-ndjson")], body).into_response()
}

async fn caught_mail(State(sandbox): State<Sandbox>) -> Response {
    match kit(&sandbox, email::simulator::PROVIDER) {
        Ok(kit) => Json(json!({ "items": email::simulator::caught(kit) })).into_response(),
        Err(refusal) => refusal,
    }
}

/// Sends an intake as the invoice system does. The body may be empty, or hold what is to be in it.
async fn send_intake(State(sandbox): State<Sandbox>, body: Bytes) -> Response {
    let given = if body.is_empty() { Ok(Map::new()) } else { serde_json::from_slice(&body) };
    let given = match given {
        Ok(given) => given,
        Err(error) => {
            let detail = format!(
                "send nothing, or fields of `intake_data` such as {{\"company_name\":\"Ada & Co\"}} ({error})"
            );
            return refuse(StatusCode::UNPROCESSABLE_ENTITY, &detail);
        }
    };
    let intake = match sandbox.sample_intake(given) {
        Ok(intake) => intake,
        Err(error) => return refuse(StatusCode::UNPROCESSABLE_ENTITY, &error.to_string()),
    };
    match sandbox.send_intake(&intake).await {
        Ok(answer) if answer.status == 200 => Json(json!({
            "event_id": intake.event_id,
            "company_name": intake.company_name(),
            "answer": serde_json::from_str::<Value>(&answer.body).unwrap_or(Value::Null),
        }))
        .into_response(),
        // The platform's own words say what is wrong.
        Ok(answer) => {
            let status = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::BAD_GATEWAY);
            let kind = [(header::CONTENT_TYPE, "application/problem+json")];
            (status, kind, answer.body).into_response()
        }
        Err(error) => refuse(StatusCode::CONFLICT, &error.to_string()),
    }
}

async fn list_faults(State(sandbox): State<Sandbox>) -> Json<Value> {
    Json(armed(&sandbox))
}

/// Takes one fault, or a list of them; they replace what was armed.
async fn set_faults(
    State(sandbox): State<Sandbox>,
    Path(provider): Path<String>,
    body: Bytes,
) -> Response {
    let kit = match kit(&sandbox, &provider) {
        Ok(kit) => kit,
        Err(refusal) => return refusal,
    };
    let read = |body: &[u8]| -> Result<Vec<Fault>, serde_json::Error> {
        match serde_json::from_slice::<Value>(body)? {
            list @ Value::Array(_) => serde_json::from_value(list),
            one => Ok(vec![serde_json::from_value(one)?]),
        }
    };
    let known = kit.faults.known().join(", ");
    let faults = match read(&body) {
        Ok(faults) => faults,
        Err(error) => {
            let detail = format!(
                "send a fault like {{\"what\":\"timeout-after-effect\",\"times\":1}}, or a list of them ({error}); \
                 `what` is one of {known}"
            );
            return refuse(StatusCode::UNPROCESSABLE_ENTITY, &detail);
        }
    };
    match kit.faults.set(faults, sandbox.clock.now()) {
        Ok(()) => {
            Json(json!({ "provider": provider, "faults": kit.faults.list(sandbox.clock.now()) }))
                .into_response()
        }
        Err(error) => {
            let detail = format!("{error}; `what` is one of {known}");
            refuse(StatusCode::UNPROCESSABLE_ENTITY, &detail)
        }
    }
}

async fn clear(State(sandbox): State<Sandbox>, Path(provider): Path<String>) -> Response {
    match kit(&sandbox, &provider) {
        Ok(kit) => {
            kit.faults.clear();
            StatusCode::NO_CONTENT.into_response()
        }
        Err(refusal) => refusal,
    }
}

async fn clear_all(State(sandbox): State<Sandbox>) -> StatusCode {
    for kit in sandbox.kits.iter() {
        kit.faults.clear();
    }
    StatusCode::NO_CONTENT
}
