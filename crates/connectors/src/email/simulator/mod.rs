//! A mail server that delivers nothing: it takes mail as strictly as a real one, and keeps it in the
//! ledger.
//!
//! It speaks SMTP on a port of its own, without TLS: `EHLO`, `AUTH` (PLAIN, LOGIN), `MAIL`, `RCPT`,
//! `DATA`, `RSET`, `NOOP`, `QUIT`.

mod dialogue;

use std::net::SocketAddr;

use axum::{Json, Router, extract::State, routing::get};
use connector_kit::simulator::{LedgerEffect, SimulatorKit};
use serde_json::{Value, json};
use tokio::{net::TcpListener, task::JoinSet};

/// The name under which it is found in ledgers and fault boards.
pub const PROVIDER: &str = "email";
const USERNAME: &str = "sandbox";
const PASSWORD: &str = "sandbox-mail-0000";

/// The faults of a mail server: it refuses a recipient (550), asks to come back (451), breaks down
/// after the message (554), knows no password (535), or hangs up after the message without a word.
pub const OWN_FAULTS: &[&str] = &[
    "recipient-refused",
    "try-later",
    "message-refused",
    "password-refused",
    "dropped-after-data",
];

/// Settings of a connection to the simulator at this address.
pub fn settings(address: SocketAddr) -> Value {
    json!({
        "host": address.ip().to_string(), "port": address.port(), "security": "none",
        "username": USERNAME, "password": PASSWORD,
        "from": "hello@agency.example", "from_name": "Sandbox Agency",
    })
}

/// Takes mail until the future is dropped.
pub async fn serve(kit: SimulatorKit, listener: TcpListener) {
    let mut conversations = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => {
                if let Ok((stream, _)) = accepted {
                    let kit = kit.clone();
                    conversations.spawn(async move {
                        // Whoever hangs up ends the conversation; there is nobody to tell.
                        drop(dialogue::hold(kit, stream).await);
                    });
                }
            }
            Some(_ended) = conversations.join_next() => {}
        }
    }
}

/// The mail that was caught, the oldest first.
pub fn caught(kit: &SimulatorKit) -> Vec<Value> {
    let taken =
        kit.ledger.entries().into_iter().filter(|entry| entry.effect == LedgerEffect::Applied);
    taken
        .map(|entry| {
            let mut mail = entry.request;
            mail["received_at"] = json!(entry.time);
            mail
        })
        .collect()
}

/// The caught mail over HTTP.
pub fn simulator(kit: SimulatorKit) -> Router {
    Router::new().route("/messages", get(messages)).with_state(kit)
}

async fn messages(State(kit): State<SimulatorKit>) -> Json<Value> {
    Json(json!({ "items": caught(&kit) }))
}
