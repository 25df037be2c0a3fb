//! Connections: accepted, bounded, encrypted where keys are given, and let go in good order.
//!
//! Invariant: a client that is slow, silent or many holds a bounded share: each wait for it has a limit, and
//! so has the number of connections.

mod peer;
mod tls;

use std::{io, net::SocketAddr, sync::Arc, time::Duration};

use axum::{Router, extract::Request};
use domain::http::ClientAddress;
use hyper_util::{
    rt::{TokioExecutor, TokioIo, TokioTimer},
    server::{
        conn::auto::Builder,
        graceful::{GracefulShutdown, Watcher},
    },
    service::TowerToHyperService,
};
pub use peer::{TrustedProxies, parse_proxies};
pub(crate) use tls::TlsKeys;
pub use tls::{TlsFiles, parse_files};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::{TcpListener, TcpStream},
    sync::Semaphore,
};
use tokio_rustls::TlsAcceptor;
use tokio_util::sync::CancellationToken;
use tower::ServiceExt as _;
use tower_http::timeout::RequestBodyTimeoutLayer;

/// How many connections may be open; more wait to be accepted.
const CONNECTIONS_MAX: usize = 4_096;
/// How long a client may take to agree on TLS.
const HANDSHAKE: Duration = Duration::from_secs(10);
/// How long a client may take to send the head of a request, and how long a connection may be idle.
const HEAD: Duration = Duration::from_secs(30);
/// How long a client may be silent within the body of a request.
const BODY_SILENCE: Duration = Duration::from_secs(15);
/// How large the head of a request may be, and how many fields it may have.
const HEAD_MAX: usize = 64 * 1024;
const FIELDS_MAX: usize = 100;
/// How many requests of one connection may be under way.
const STREAMS_MAX: u32 = 128;
/// How often a silent HTTP/2 connection is asked whether anybody is there.
const PING_EVERY: Duration = Duration::from_secs(30);
/// How long stopping waits for requests under way.
const DRAIN: Duration = Duration::from_secs(15);
/// How long to wait when the system gives no more connections.
const REST: Duration = Duration::from_millis(200);

/// How connections come in.
#[derive(Debug, Clone, Default)]
pub(crate) struct Door {
    /// The keys of TLS; none for plain HTTP.
    pub(crate) tls: Option<Arc<TlsKeys>>,
    pub(crate) proxies: TrustedProxies,
}

/// Serves until told to stop, then lets requests under way finish.
pub(crate) async fn serve(
    listener: TcpListener,
    router: Router,
    door: Door,
    stop: CancellationToken,
) {
    let router = router.layer(RequestBodyTimeoutLayer::new(BODY_SILENCE));
    let acceptor = door.tls.as_ref().map(|keys| TlsAcceptor::from(keys.config()));
    let reloading = door.tls.clone().map(|keys| tokio::spawn(keys.follow_files(stop.clone())));
    let served = Served { router, acceptor, proxies: door.proxies };
    let room = Arc::new(Semaphore::new(CONNECTIONS_MAX));
    let graceful = GracefulShutdown::new();
    loop {
        let accepted = tokio::select! {
            accepted = accept(&listener, &room) => accepted,
            () = stop.cancelled() => break,
        };
        let Some((stream, peer, permit)) = accepted else { break };
        let (served, watcher) = (served.clone(), graceful.watcher());
        tokio::spawn(async move {
            served.connection(stream, peer, watcher).await;
            drop(permit);
        });
    }
    // Nobody is left waiting in the queue of a listener that will not accept.
    drop(listener);
    tokio::select! {
        () = graceful.shutdown() => {}
        () = tokio::time::sleep(DRAIN) => {
            tracing::warn!("requests under way were cut after {DRAIN:?}");
        }
    }
    if let Some(Err(error)) = match reloading {
        Some(task) => Some(task.await),
        None => None,
    } {
        tracing::error!(%error, "following the TLS files ended");
    }
}

/// The next connection, with its place among those that may be open.
async fn accept(
    listener: &TcpListener,
    room: &Arc<Semaphore>,
) -> Option<(TcpStream, SocketAddr, tokio::sync::OwnedSemaphorePermit)> {
    let permit = Arc::clone(room).acquire_owned().await.ok()?;
    loop {
        match listener.accept().await {
            Ok((stream, peer)) => {
                // An answer is written whole: waiting for more of it only delays it.
                if let Err(error) = stream.set_nodelay(true) {
                    tracing::debug!(%error, "a connection ended before it began");
                }
                return Some((stream, peer, permit));
            }
            Err(error) if is_of_one_connection(&error) => {}
            Err(error) => {
                tracing::error!(%error, "no connection can be accepted; trying again");
                tokio::time::sleep(REST).await;
            }
        }
    }
}

fn is_of_one_connection(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
    [ConnectionAborted, ConnectionRefused, ConnectionReset].contains(&error.kind())
}

#[derive(Clone)]
struct Served {
    router: Router,
    acceptor: Option<TlsAcceptor>,
    proxies: TrustedProxies,
}

impl Served {
    async fn connection(self, stream: TcpStream, peer: SocketAddr, watcher: Watcher) {
        let Some(acceptor) = self.acceptor.clone() else {
            return self.requests(stream, peer, watcher).await;
        };
        match tokio::time::timeout(HANDSHAKE, acceptor.accept(stream)).await {
            Ok(Ok(stream)) => self.requests(stream, peer, watcher).await,
            Ok(Err(error)) => tracing::debug!(%error, %peer, "TLS was not agreed on"),
            Err(_elapsed) => tracing::debug!(%peer, "TLS was not agreed on in time"),
        }
    }

    async fn requests(
        self,
        stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
        peer: SocketAddr,
        watcher: Watcher,
    ) {
        let proxies = self.proxies;
        let service = self.router.map_request(move |mut request: Request<_>| {
            let client = proxies.client(peer.ip(), request.headers());
            request.extensions_mut().insert(ClientAddress(client));
            request
        });
        let mut builder = Builder::new(TokioExecutor::new());
        builder
            .http1()
            .timer(TokioTimer::new())
            .header_read_timeout(HEAD)
            .max_headers(FIELDS_MAX)
            .max_buf_size(HEAD_MAX);
        builder
            .http2()
            .timer(TokioTimer::new())
            .keep_alive_interval(PING_EVERY)
            .max_concurrent_streams(STREAMS_MAX)
            .max_header_list_size(u32::try_from(HEAD_MAX).unwrap_or(u32::MAX));
        let service = TowerToHyperService::new(service);
        let connection = builder.serve_connection_with_upgrades(TokioIo::new(stream), service);
        if let Err(error) = watcher.watch(connection).await {
            tracing::debug!(%error, %peer, "a connection ended early");
        }
    }
}
