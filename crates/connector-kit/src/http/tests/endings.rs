//! How requests end: what was sent, how long it may take, how much is read.

use reqwest::dns::{Name, Resolving};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    task::JoinHandle,
};

use super::*;

/// For answers that end only with our patience.
const SHORT: Duration = Duration::from_millis(400);
/// A deadline that is kept is kept within this.
const LATE: Duration = Duration::from_secs(3);

/// A server of one request: reads its head, then does as `answer` says.
async fn once<F>(
    answer: impl FnOnce(TcpStream) -> F + Send + 'static,
) -> (Http, String, JoinHandle<()>)
where
    F: Future<Output = ()> + Send,
{
    let (listener, port) = trap().await;
    let serving = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            head.push(stream.read_u8().await.unwrap());
        }
        answer(stream).await;
    });
    let host = format!("127.0.0.1:{port}");
    (allowing(std::slice::from_ref(&host)), format!("http://{host}/"), serving)
}

async fn answer_of(answer: &'static [u8]) -> Result<Response, CallError> {
    let (http, url, serving) = once(async move |mut stream: TcpStream| {
        stream.write_all(answer).await.unwrap();
    })
    .await;
    let answer = http.send(Request::post(&url), PATIENT).await;
    serving.await.unwrap();
    answer
}

/// An answer of so many bytes with this status.
async fn answer_of_length(status: u16, bytes: usize) -> Result<Response, CallError> {
    let (http, url, serving) = once(async move |mut stream: TcpStream| {
        let head = format!("HTTP/1.1 {status} X\r\ncontent-length: {bytes}\r\n\r\n");
        stream.write_all(head.as_bytes()).await.unwrap();
        // The client closes when it has had enough.
        drop(stream.write_all(&vec![b'a'; bytes]).await);
    })
    .await;
    let answer = http.send(Request::get(&url), PATIENT).await;
    serving.await.unwrap();
    answer
}

struct NoAnswer;

impl Resolve for NoAnswer {
    fn resolve(&self, _name: Name) -> Resolving {
        Box::pin(std::future::pending())
    }
}

#[tokio::test]
async fn a_connection_that_takes_too_long_is_given_up_and_nothing_was_sent() {
    let http = Http::over(EgressPolicy::default(), Arc::new(NoAnswer), address::is_public);
    let started = Instant::now();
    let error = http.send(Request::get("https://slow.example/"), PATIENT).await.unwrap_err();
    assert_eq!(code(&error), "unavailable", "{error}");
    let took = started.elapsed();
    assert!(CONNECT_TIMEOUT <= took && took < CONNECT_TIMEOUT + LATE, "{took:?}");
}

#[tokio::test]
async fn nothing_was_sent_when_nobody_listens_or_nobody_is_called_so() {
    let (gone, port) = trap().await;
    drop(gone);
    let http = allowing(&["127.0.0.1".to_owned(), "name.invalid".to_owned()]);
    for url in [format!("http://127.0.0.1:{port}/"), "https://name.invalid/".to_owned()] {
        let error = http.send(Request::post(&url).json(&1), PATIENT).await.unwrap_err();
        assert_eq!(code(&error), "unavailable", "{error}");
    }
}

#[tokio::test]
async fn nothing_was_sent_when_the_handshake_fails() {
    let served = crate::simulator::serve(axum::Router::new()).await.unwrap();
    let url = format!("https://{}/", served.host());
    let http = allowing(&[served.host()]);
    let error = http.send(Request::post(&url), PATIENT).await.unwrap_err();
    assert_eq!(code(&error), "unavailable");
}

#[tokio::test]
async fn silence_and_a_trickling_answer_end_at_the_deadline() {
    let trickle = |head: &'static [u8]| {
        once(async move |mut stream: TcpStream| {
            stream.write_all(head).await.unwrap();
            while stream.write_all(b"a").await.is_ok() {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        })
    };
    for (head, expected) in [
        (&b""[..], "ambiguous None"),
        (b"HTTP/1.1 200 OK\r\nx-endless: ", "ambiguous None"),
        (b"HTTP/1.1 200 OK\r\ncontent-length: 1000000\r\n\r\n", "ambiguous Some(200)"),
        (b"HTTP/1.1 200 OK\r\n\r\n", "ambiguous Some(200)"),
    ] {
        let (http, url, serving) = if head.is_empty() {
            once(async |mut stream: TcpStream| drop(stream.read_u8().await)).await
        } else {
            trickle(head).await
        };
        let started = Instant::now();
        let error = http.send(Request::post(&url), SHORT).await.unwrap_err();
        assert_eq!(code(&error), expected, "{error}");
        let took = started.elapsed();
        assert!(SHORT <= took && took < SHORT + LATE, "{took:?}");
        // It ends because the client closed the connection.
        tokio::time::timeout(PATIENT, serving).await.unwrap().unwrap();
    }
}

#[tokio::test]
async fn an_error_that_trickles_keeps_its_meaning() {
    let (http, url, _serving) = once(async move |mut stream: TcpStream| {
        let head = b"HTTP/1.1 429 X\r\nretry-after: 7\r\ncontent-length: 99\r\n\r\nslow down";
        stream.write_all(head).await.unwrap();
        drop(stream.read_u8().await);
    })
    .await;
    let error = http.send(Request::post(&url), SHORT).await.unwrap().ok_or_error(now());
    let expected = CallError::Throttled {
        retry_after: Some(Duration::from_secs(7)),
        detail: "slow down".to_owned(),
    };
    assert_eq!(error.unwrap_err(), expected);
}

#[tokio::test]
async fn an_answer_is_read_up_to_its_limit_and_not_a_byte_more() {
    let whole = answer_of_length(200, ANSWER_BYTES_MAX).await.unwrap();
    assert_eq!(whole.body.len(), ANSWER_BYTES_MAX);
    for bytes in [ANSWER_BYTES_MAX + 1, 64 * ANSWER_BYTES_MAX] {
        let error = answer_of_length(200, bytes).await.unwrap_err();
        assert_eq!(code(&error), "unreadable", "{bytes}");
    }
    let refusal = answer_of_length(422, 64 * ANSWER_BYTES_MAX).await.unwrap();
    assert_eq!((refusal.status, refusal.body.len()), (422, ANSWER_BYTES_MAX));
}

#[tokio::test]
async fn a_broken_answer_is_unclear() {
    for (answer, expected) in [
        (&b""[..], "ambiguous None"),
        (b"HTTP/1.1 200", "ambiguous None"),
        (b"no HTTP at all\r\n\r\n", "ambiguous None"),
        (b"HTTP/1.1 100 Continue\r\n\r\n", "ambiguous None"),
        (b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nhalf", "ambiguous Some(200)"),
        (
            b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n4\r\nhalf\r\n",
            "ambiguous Some(200)",
        ),
    ] {
        let error = answer_of(answer).await.unwrap_err();
        assert_eq!(code(&error), expected, "{}", String::from_utf8_lossy(answer));
    }
}

/// Only whoever knows the function's effect may repeat it.
#[tokio::test]
async fn a_request_is_sent_once() {
    let (listener, port) = trap().await;
    let host = format!("127.0.0.1:{port}");
    let http = allowing(std::slice::from_ref(&host));
    let hang_up = async {
        let (mut stream, _) = listener.accept().await.unwrap();
        stream.read_u8().await.unwrap();
    };
    let url = format!("http://{host}/");
    let (sent, ()) = tokio::join!(http.send(Request::get(&url), PATIENT), hang_up);
    assert_eq!(code(&sent.unwrap_err()), "ambiguous None");
    assert!(is_untouched(listener));
}
