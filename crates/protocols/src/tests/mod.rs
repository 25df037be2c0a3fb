//! Calls against a real server on this machine.

mod authentication;
mod grpc;
mod http;
mod mcp;
mod openapi;
mod process;

use std::{
    net::SocketAddr,
    sync::{Arc, Mutex},
    time::Duration,
};

use axum::{
    Router,
    extract::{Request, State},
    response::{IntoResponse as _, Response},
};
use connector_kit::{
    CallError,
    http::{EgressPolicy, Http},
};
use kernel::{ManualClock, Timestamp};
use serde_json::Value;

use crate::{Means, Protocols, Rewrites, Secrets};

/// A request as it came.
#[derive(Debug, Clone)]
struct Came {
    method: String,
    /// Path and query.
    target: String,
    headers: axum::http::HeaderMap,
    body: String,
}

impl Came {
    fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }
}

type Handler = Arc<dyn Fn(&Came) -> Response + Send + Sync>;

/// A server that remembers what it was asked.
struct Server {
    came: Arc<Mutex<Vec<Came>>>,
    protocols: Protocols,
    clock: Arc<ManualClock>,
}

#[derive(Clone)]
struct Inside {
    came: Arc<Mutex<Vec<Came>>>,
    handler: Handler,
}

async fn serve(State(inside): State<Inside>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let body = axum::body::to_bytes(body, 1 << 20).await.unwrap();
    let came = Came {
        method: parts.method.to_string(),
        target: parts.uri.path_and_query().unwrap().to_string(),
        headers: parts.headers,
        body: String::from_utf8(body.to_vec()).unwrap(),
    };
    let answer = (inside.handler)(&came);
    inside.came.lock().unwrap().push(came);
    answer
}

impl Server {
    async fn start(handler: impl Fn(&Came) -> Response + Send + Sync + 'static) -> Self {
        Self::beside(&[], handler).await
    }

    /// With other servers that may be reached, by the names of their hosts.
    async fn beside(
        others: &[(&str, SocketAddr)],
        handler: impl Fn(&Came) -> Response + Send + Sync + 'static,
    ) -> Self {
        let (listener, address) = listen().await;
        let came = Arc::new(Mutex::new(Vec::new()));
        let inside = Inside { came: Arc::clone(&came), handler: Arc::new(handler) };
        let router = Router::new().fallback(serve).with_state(inside);
        tokio::spawn(async move { axum::serve(listener, router).await });
        let mut allowed_private_hosts = vec![address.to_string()];
        allowed_private_hosts.extend(others.iter().map(|(_, address)| address.to_string()));
        let http = Http::new(EgressPolicy { allowed_private_hosts });
        let clock = Arc::new(ManualClock::at(Timestamp::UNIX_EPOCH));
        let mut rewrites = Rewrites::default();
        rewrites.add(&format!("shop.example.com={address}")).unwrap();
        rewrites.add(&format!("login.example.com={address}")).unwrap();
        for (host, address) in others {
            rewrites.add(&format!("{host}={address}")).unwrap();
        }
        let protocols = Protocols::new(http, Arc::<ManualClock>::clone(&clock), rewrites);
        Self { came, protocols, clock }
    }

    async fn call(&self, protocol: &str, input: Value) -> Result<Value, CallError> {
        self.call_with(protocol, input, &Secrets::default()).await
    }

    async fn call_with(
        &self,
        protocol: &str,
        input: Value,
        secrets: &Secrets,
    ) -> Result<Value, CallError> {
        let means = Means { secrets, timeout: Duration::from_secs(10) };
        self.protocols.call(protocol, input, means).await
    }

    /// Not longer than it takes to see that nothing comes.
    async fn call_briefly(&self, protocol: &str, input: Value) -> Result<Value, CallError> {
        let means = Means { secrets: &Secrets::default(), timeout: Duration::from_millis(300) };
        self.protocols.call(protocol, input, means).await
    }

    fn came(&self) -> Vec<Came> {
        std::mem::take(&mut *self.came.lock().unwrap())
    }

    fn last(&self) -> Came {
        self.came().pop().unwrap()
    }
}

async fn listen() -> (tokio::net::TcpListener, SocketAddr) {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    (listener, address)
}

/// Serves a router of its own.
async fn serve_beside(router: Router) -> SocketAddr {
    let (listener, address) = listen().await;
    tokio::spawn(async move { axum::serve(listener, router).await });
    address
}

fn json(value: Value) -> Response {
    axum::Json(value).into_response()
}
