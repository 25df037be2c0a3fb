//! One request on a connection of its own, over HTTP/2.

use std::{sync::Arc, time::Duration};

use bytes::{Bytes, BytesMut};
use connector_kit::{
    CallError,
    http::{ANSWER_BYTES_MAX, CONNECT_TIMEOUT, Http, PORTS, Reach, tls_config},
};
use h2::{Reason, client::SendRequest};
use http::{HeaderMap, Request, StatusCode};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::TcpStream,
    time::{Instant, timeout_at},
};
use tokio_rustls::{TlsConnector, rustls::pki_types::ServerName};

/// The most metadata that is read.
const HEADERS_BYTES_MAX: u32 = 64 * 1024;

/// Where a service is.
#[derive(Debug)]
pub(super) struct Place {
    pub(super) host: String,
    pub(super) port: u16,
    /// Whether it is spoken to in plain text, if a rewrite says so.
    pub(super) is_plain: Option<bool>,
}

/// An answer that came to its end.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
    pub(super) body: Bytes,
    pub(super) trailers: HeaderMap,
}

trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin> Stream for T {}

/// A connection on which nothing was sent yet, and whether it is plain text.
pub(super) struct Connection {
    stream: Box<dyn Stream>,
    is_plain: bool,
}

impl Place {
    /// Connects to an address that was checked.
    pub(super) async fn connect(
        &self,
        http: &Http,
        deadline: Instant,
    ) -> Result<Connection, CallError> {
        let deadline = deadline.min(Instant::now() + CONNECT_TIMEOUT);
        let Self { host, port, .. } = self;
        let late = |_elapsed| unavailable(format!("cannot connect to {host}:{port} in time"));
        let reach = timeout_at(deadline, http.reach(host, *port, &PORTS)).await.map_err(late)??;
        let is_plain = self.is_plain(&reach);
        let mut last = None;
        for address in reach.addresses {
            let opened = async {
                let stream = TcpStream::connect(address).await?;
                stream.set_nodelay(true)?;
                if is_plain {
                    Ok(Box::new(stream) as Box<dyn Stream>)
                } else {
                    self.tls(stream).await
                }
            };
            match timeout_at(deadline, opened).await.map_err(late)? {
                Ok(stream) => return Ok(Connection { stream, is_plain }),
                Err(error) => last = Some(error),
            }
        }
        let reason = last.map_or_else(|| "it has no address".to_owned(), |it| it.to_string());
        Err(unavailable(format!("cannot connect to {host}:{port}: {reason}")))
    }

    /// Plain text is for hosts that the operator named, and there not on the ports of HTTPS.
    fn is_plain(&self, reach: &Reach) -> bool {
        reach.is_allowed_private && self.is_plain.unwrap_or_else(|| !PORTS.contains(&self.port))
    }

    async fn tls(&self, stream: TcpStream) -> std::io::Result<Box<dyn Stream>> {
        let mut config = tls_config();
        config.alpn_protocols = vec![b"h2".to_vec()];
        let name = ServerName::try_from(self.host.trim_matches(['[', ']']).to_owned())
            .map_err(std::io::Error::other)?;
        let stream = TlsConnector::from(Arc::new(config)).connect(name, stream).await?;
        if stream.get_ref().1.alpn_protocol() != Some(b"h2") {
            return Err(std::io::Error::other("it does not speak HTTP/2"));
        }
        Ok(Box::new(stream))
    }
}

impl Connection {
    pub(super) fn scheme(&self) -> &'static str {
        if self.is_plain { "http" } else { "https" }
    }

    /// Sends the request and waits for the whole answer.
    ///
    /// # Errors
    /// [`CallError::Unavailable`] when the other side certainly did nothing, [`CallError::Ambiguous`] when
    /// nobody knows, [`CallError::Unreadable`] when the answer is too large.
    pub(super) async fn exchange(
        self,
        request: Request<()>,
        body: Bytes,
        deadline: Instant,
    ) -> Result<Answer, CallError> {
        let waits = deadline.saturating_duration_since(Instant::now());
        let late = |_elapsed| CallError::Ambiguous { status: None, detail: no_answer(waits) };
        let conversation = async {
            let mut builder = h2::client::Builder::new();
            builder.enable_push(false).max_header_list_size(HEADERS_BYTES_MAX);
            let (sender, connection) =
                builder.handshake(self.stream).await.map_err(|error| not_sent(&error))?;
            let mut answered = std::pin::pin!(converse(sender, request, body));
            // The connection is what moves the bytes; when it ends, the answer is there or never comes.
            tokio::select! {
                biased;
                answer = &mut answered => answer,
                _ended = connection => answered.await,
            }
        };
        timeout_at(deadline, conversation).await.map_err(late)?
    }
}

async fn converse(
    sender: SendRequest<Bytes>,
    request: Request<()>,
    body: Bytes,
) -> Result<Answer, CallError> {
    let mut sender = sender.ready().await.map_err(|error| not_sent(&error))?;
    let (response, mut stream) =
        sender.send_request(request, false).map_err(|error| not_sent(&error))?;
    // A refusal may come before everything was sent; then the answer says more.
    let _was_cut = stream.send_data(body, true).is_err();
    let (parts, mut incoming) = response.await.map_err(|error| broken(&error))?.into_parts();
    let mut body = BytesMut::new();
    while let Some(chunk) = incoming.data().await {
        let chunk = chunk.map_err(|error| broken(&error))?;
        if ANSWER_BYTES_MAX - body.len() < chunk.len() {
            let detail = format!("the answer is over {ANSWER_BYTES_MAX} bytes");
            return Err(CallError::Unreadable { detail });
        }
        body.extend_from_slice(&chunk);
        incoming.flow_control().release_capacity(chunk.len()).map_err(|error| broken(&error))?;
    }
    let trailers = incoming.trailers().await.map_err(|error| broken(&error))?;
    Ok(Answer {
        status: parts.status,
        headers: parts.headers,
        body: body.freeze(),
        trailers: trailers.unwrap_or_default(),
    })
}

fn no_answer(waits: Duration) -> String {
    format!("the service did not answer within {waits:?}")
}

fn not_sent(error: &h2::Error) -> CallError {
    unavailable(format!("the request could not be sent: {error}"))
}

fn broken(error: &h2::Error) -> CallError {
    let detail = format!("the service broke the connection before it answered: {error}");
    // The one reason that promises that nothing was done (RFC 9113 section 8.7).
    if error.reason() == Some(Reason::REFUSED_STREAM) && error.is_remote() {
        return unavailable(detail);
    }
    CallError::Ambiguous { status: None, detail }
}

fn unavailable(detail: String) -> CallError {
    CallError::Unavailable { status: None, retry_after: None, detail }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_public_is_spoken_to_in_plain_text() {
        for (is_allowed_private, rewrite, port, expected) in [
            (false, None, 443, false),
            (false, None, 50_051, false),
            (false, Some(true), 80, false),
            (true, None, 50_051, true),
            (true, None, 443, false),
            (true, None, 8443, false),
            (true, Some(true), 443, true),
            (true, Some(false), 50_051, false),
        ] {
            let place = Place { host: "orders.example.com".to_owned(), port, is_plain: rewrite };
            let reach = Reach { addresses: Vec::new(), is_allowed_private };
            assert_eq!(place.is_plain(&reach), expected, "{is_allowed_private} {rewrite:?} {port}");
        }
    }
}
