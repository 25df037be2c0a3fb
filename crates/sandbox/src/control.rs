//! Watching and disturbing the simulators from outside: `/_sandbox`.

use std::{
    net::SocketAddr,
    sync::{Arc, OnceLock},
};

use axum::{
    Json, Router,
    body::Bytes,
    extract::{Path, Query, State},
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
    routing::{delete, get, put},
};
use connector_kit::simulator::{Fault, SimulatorKit};
use connectors::email;
use kernel::Clock;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::introduction;

#[derive(Clone)]
struct Board {
    kits: Arc<Vec<SimulatorKit>>,
    clock: Arc<dyn Clock>,
    mail: Arc<OnceLock<SocketAddr>>,
}

pub(crate) fn router(
    kits: Vec<SimulatorKit>,
    clock: Arc<dyn Clock>,
    mail: Arc<OnceLock<SocketAddr>>,
) -> Router {
    Router::new()
        .route("/_sandbox/providers", get(providers))
        .route("/_sandbox/ledger", get(ledger))
        .route("/_sandbox/mail", get(caught_mail))
        .route("/_sandbox/faults", get(list_faults).delete(clear_all))
        .route("/_sandbox/faults/{provider}", put(set_faults))
        .route("/_sandbox/faults/{provider}", delete(clear))
        .with_state(Board { kits: Arc::new(kits), clock, mail })
}

impl Board {
    fn kit(&self, provider: &str) -> Result<&SimulatorKit, Response> {
        self.kits.iter().find(|kit| kit.provider == provider).ok_or_else(|| {
            let known: Vec<&str> = self.kits.iter().map(|kit| kit.provider).collect();
            let detail =
                format!("there is no provider `{provider}`; there are {}", known.join(", "));
            refuse(StatusCode::NOT_FOUND, &detail)
        })
    }

    fn armed(&self) -> Value {
        let now = self.clock.now();
        let by_provider =
            self.kits.iter().map(|kit| (kit.provider.to_owned(), json!(kit.faults.list(now))));
        Value::Object(by_provider.collect())
    }
}

fn refuse(status: StatusCode, detail: &str) -> Response {
    let body =
        json!({ "title": status.canonical_reason(), "status": status.as_u16(), "detail": detail });
    (status, [(header::CONTENT_TYPE, "application/problem+json")], body.to_string()).into_response()
}

async fn providers(State(board): State<Board>, headers: HeaderMap) -> Json<Value> {
    // The simulators are where the request came to.
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok());
    let base = host.map(|host| format!("http://{host}")).unwrap_or_default();
    let items: Vec<Value> = board
        .kits
        .iter()
        .map(|kit| {
            let connection = introduction::settings_of(kit.provider, &base, board.mail.get());
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

async fn ledger(State(board): State<Board>, Query(query): Query<LedgerQuery>) -> Response {
    let kits: Vec<&SimulatorKit> = match &query.provider {
        Some(provider) => match board.kit(provider) {
            Ok(kit) => vec![kit],
            Err(refusal) => return refusal,
        },
        None => board.kits.iter().collect(),
    };
    let lines: Vec<Arc<str>> = kits.iter().flat_map(|kit| kit.ledger.lines(query.after)).collect();
    if query.format.as_deref() == Some("json") {
        let body = format!("[{}]", lines.join(","));
        return ([(header::CONTENT_TYPE, "application/json")], body).into_response();
    }
    let body: String = lines.iter().map(|line| format!("{}\n", line.trim_end())).collect();
    ([(header::CONTENT_TYPE, "application/x-ndjson")], body).into_response()
}

async fn caught_mail(State(board): State<Board>) -> Response {
    match board.kit(email::simulator::PROVIDER) {
        Ok(kit) => Json(json!({ "items": email::simulator::caught(kit) })).into_response(),
        Err(refusal) => refusal,
    }
}

async fn list_faults(State(board): State<Board>) -> Json<Value> {
    Json(board.armed())
}

/// Takes one fault, or a list of them; they replace what was armed.
async fn set_faults(
    State(board): State<Board>,
    Path(provider): Path<String>,
    body: Bytes,
) -> Response {
    let kit = match board.kit(&provider) {
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
    match kit.faults.set(faults, board.clock.now()) {
        Ok(()) => {
            Json(json!({ "provider": provider, "faults": kit.faults.list(board.clock.now()) }))
                .into_response()
        }
        Err(error) => {
            let detail = format!("{error}; `what` is one of {known}");
            refuse(StatusCode::UNPROCESSABLE_ENTITY, &detail)
        }
    }
}

async fn clear(State(board): State<Board>, Path(provider): Path<String>) -> Response {
    match board.kit(&provider) {
        Ok(kit) => {
            kit.faults.clear();
            StatusCode::NO_CONTENT.into_response()
        }
        Err(refusal) => refusal,
    }
}

async fn clear_all(State(board): State<Board>) -> StatusCode {
    for kit in board.kits.iter() {
        kit.faults.clear();
    }
    StatusCode::NO_CONTENT
}
