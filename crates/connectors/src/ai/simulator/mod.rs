//! Anthropic and OpenAI without accounts: their wire formats, strictly checked, with the offline
//! composer as the model.
//!
//! Nothing here has an effect outside, so every line of their ledgers says `none`.

mod anthropic;
mod model;
mod openai;

use axum::{
    Extension, Json, Router,
    body::Bytes,
    extract::State,
    http::HeaderMap,
    response::{IntoResponse, Response},
    routing::{get, post},
};
use connector_kit::simulator::{OwnFault, SimulatorKit};
use serde_json::{Value, json};

use anthropic::Answer;
use model::Twist;

/// Names of the providers that are simulated here.
pub const ANTHROPIC: &str = "anthropic";
pub const OPENAI: &str = "openai";

/// The faults that only a model's answer can have, for [`SimulatorKit`]'s board.
pub const OWN_FAULTS: &[&str] = &["schema-invalid", "cut-answer", "refusal", "not-json"];

/// Digits of the ids that are given out.
const ID_DIGITS: usize = 24;

/// `POST /v1/messages` and `GET /v1/models`, as Anthropic has them.
pub fn anthropic(kit: SimulatorKit) -> Router {
    let routes = Router::new()
        .route("/v1/messages", post(messages))
        .route("/v1/models", get(async |headers: HeaderMap| respond(anthropic::models(&headers))))
        .with_state(kit.clone());
    kit.wrap(routes)
}

/// `POST /v1/chat/completions` and `GET /v1/models`, as OpenAI has them.
pub fn openai(kit: SimulatorKit) -> Router {
    let routes = Router::new()
        .route("/v1/chat/completions", post(chat_completions))
        .route("/v1/models", get(async |headers: HeaderMap| respond(openai::models(&headers))))
        .with_state(kit.clone());
    kit.wrap(routes)
}

/// Settings of an `ai` connection to the Anthropic simulator at `url`.
pub fn anthropic_settings(url: &str) -> Value {
    json!({ "provider": "anthropic", "api_key": "sk-ant-sandbox", "base_url": url })
}

/// Settings of an `ai` connection to the OpenAI simulator at `url`.
pub fn openai_settings(url: &str) -> Value {
    json!({ "provider": "openai", "api_key": "sk-sandbox", "base_url": format!("{url}/v1") })
}

async fn messages(
    State(kit): State<SimulatorKit>,
    fault: Option<Extension<OwnFault>>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let body: Value = serde_json::from_slice(&body).unwrap_or_default();
    respond(anthropic::messages(&headers, &body, twist(fault), &kit.hex(ID_DIGITS)))
}

async fn chat_completions(
    State(kit): State<SimulatorKit>,
    fault: Option<Extension<OwnFault>>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let body: Value = serde_json::from_slice(&body).unwrap_or_default();
    let created = kit.clock.now().timestamp();
    let id = kit.hex(ID_DIGITS);
    respond(openai::chat_completions(&headers, &body, twist(fault), &id, created))
}

fn twist(fault: Option<Extension<OwnFault>>) -> Option<Twist> {
    Twist::named(fault?.0.0)
}

fn respond((status, body): Answer) -> Response {
    (status, Json(body)).into_response()
}
