//! The event log as a stream: in order, from anywhere, of one tenant, and no longer than one may.

use std::time::Duration;

use domain::Role;
use it::{Client, Program};
use serde_json::{Value, json};

const PATIENCE: Duration = Duration::from_secs(45);

/// Reads a stream event by event.
struct Reader {
    response: reqwest::Response,
    unread: String,
}

impl Reader {
    async fn open(client: &Client, path: &str, headers: &[(&str, &str)]) -> Self {
        let response = client.stream(path, headers).await;
        assert_eq!(response.status(), 200);
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        Self { response, unread: String::new() }
    }

    /// The next event's id and data; none when the stream is over.
    async fn next(&mut self) -> Option<(String, Value)> {
        tokio::time::timeout(PATIENCE, self.read()).await.expect("no event came")
    }

    async fn read(&mut self) -> Option<(String, Value)> {
        loop {
            if let Some(end) = self.unread.find("\n\n") {
                let message: String = self.unread.drain(..end + 2).collect();
                let field = |name: &str| {
                    message.lines().find_map(|line| line.strip_prefix(name)).map(str::to_owned)
                };
                let found = field("id: ").zip(field("data: "));
                if let Some((id, data)) = found {
                    return Some((id, serde_json::from_str(&data).unwrap()));
                }
                continue;
            }
            let chunk = self.response.chunk().await.unwrap()?;
            self.unread.push_str(std::str::from_utf8(&chunk).unwrap());
        }
    }
}

async fn make_lead(client: &Client, company: &str) {
    let email = format!("hello@{company}.example");
    let lead =
        json!({ "source": "web", "company_name": company, "contact_email": email, "intake": {} });
    client.post("/v1/leads", &lead).await.expect(201);
}

#[tokio::test(flavor = "multi_thread")]
async fn events_come_as_they_happen_from_where_one_left_off_and_of_one_tenant() {
    let program = Program::start().await;
    let browser = program.browser("ada", Role::Staff).await;
    let (_, other) = program.another_tenant("Initech").await;
    let mut ours = Reader::open(&browser, "/v1/events/stream", &[]).await;
    let mut theirs = Reader::open(&other, "/v1/events/stream", &[]).await;
    make_lead(&program.owner, "techflow").await;
    let (id, first) = ours.next().await.unwrap();
    assert_eq!(id, first["position"].to_string());
    make_lead(&other, "initech").await;
    let (_, event) = theirs.next().await.unwrap();
    let listed = other.get("/v1/events?limit=100").await.expect(200);
    let own = listed["items"].as_array().unwrap();
    assert!(own.iter().any(|item| item["event"]["id"] == event["event"]["id"]), "{event}");

    // All that came after the first, whole and in order, for whoever comes back.
    let path = format!("/v1/events?after={id}&limit=100");
    let listed = program.owner.get(&path).await.expect(200);
    let expected = listed["items"].as_array().unwrap().clone();
    assert!(!expected.is_empty(), "one lead is more than one event");
    let headers = [("last-event-id", id.as_str())];
    let mut again = Reader::open(&browser, "/v1/events/stream?after=0", &headers).await;
    for item in &expected {
        assert_eq!(again.next().await.unwrap().1, *item);
    }
    program.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_ends_with_the_session_and_needs_the_permission() {
    let program = Program::start().await;
    assert_eq!(program.stranger.get("/v1/events/stream").await.status, 401);
    let partner = program.client("partner").await;
    assert_eq!(partner.get("/v1/events/stream").await.status, 403);
    assert_eq!(program.owner.get("/v1/events/stream?after=x").await.status, 422);
    let browser = program.browser("ada", Role::Staff).await;
    let mut stream = Reader::open(&browser, "/v1/events/stream", &[]).await;
    browser.send("DELETE", "/v1/session", &[], None).await.expect(200);
    make_lead(&program.owner, "techflow").await;
    let ended = async { while stream.next().await.is_some() {} };
    tokio::time::timeout(PATIENCE, ended).await.expect("the stream outlives its session");
    program.stop().await;
}
