//! Against the server of tonic, with messages that prost derives: neither is used to make the calls.

use std::{
    collections::{BTreeMap, HashMap},
    net::SocketAddr,
    sync::atomic::{AtomicUsize, Ordering},
};

use axum::{Router, body::Body, http::StatusCode, response::IntoResponse as _};
use bytes::Buf as _;
use connector_kit::{
    CallError, INVALID_INPUT,
    http::{EGRESS_REFUSED, EgressPolicy, Http},
};
use futures::{StreamExt as _, TryStreamExt as _};
use prost::Message;
use serde_json::{Value, json};
use tokio::io::AsyncReadExt as _;
use tonic::{
    Code, Request, Response, Status, Streaming,
    codec::{Codec, DecodeBuf, Decoder, EncodeBuf, Encoder},
    metadata::MetadataMap,
    server::Grpc,
};

use super::{Came, Server, listen, serve_beside};
use crate::{Protocols, Rewrites, Secrets};

const PROTO: &str = r#"
syntax = "proto3";
package shop.v1;
import "google/api/annotations.proto";
import "google/protobuf/descriptor.proto";
import "google/protobuf/timestamp.proto";
import "google/protobuf/wrappers.proto";

extend google.protobuf.MessageOptions { Order example = 50000; }

enum Kind { UNKNOWN = 0; GIFT = 1; }

message Order {
  option (example) = { id: "o-0" lines { key: "a" value: 1 } };
  string id = 1;
  int64 total_cents = 2;
  repeated string tags = 3;
  google.protobuf.Timestamp placed_at = 4;
  Kind kind = 5;
  map<string, int32> lines = 6;
  bytes photo = 7;
  google.protobuf.StringValue note = 8;
  Order parent = 9;
}

service Orders {
  rpc Place(Order) returns (Order) {
    option (google.api.http) = { post: "/v1/orders" body: "*" };
  }
  rpc Find(Order) returns (Order) { option idempotency_level = NO_SIDE_EFFECTS; }
  rpc Watch(Order) returns (stream Order);
  rpc Import(stream Order) returns (Order);
  rpc Chat(stream Order) returns (stream Order);
}

service Returns { rpc Place(Order) returns (Order); }
"#;

#[derive(Clone, PartialEq, Message)]
struct Order {
    #[prost(string, tag = "1")]
    id: String,
    #[prost(int64, tag = "2")]
    total_cents: i64,
    #[prost(string, repeated, tag = "3")]
    tags: Vec<String>,
    #[prost(message, optional, tag = "4")]
    placed_at: Option<prost_reflect::prost_types::Timestamp>,
    #[prost(int32, tag = "5")]
    kind: i32,
    #[prost(map = "string, int32", tag = "6")]
    lines: HashMap<String, i32>,
    #[prost(bytes = "vec", tag = "7")]
    photo: Vec<u8>,
    #[prost(message, optional, tag = "8")]
    note: Option<String>,
}

impl Order {
    fn of(id: &str) -> Self {
        Self { id: id.to_owned(), ..Self::default() }
    }
}

#[derive(Debug, Default, Clone, Copy)]
struct Orders;

impl Codec for Orders {
    type Encode = Order;
    type Decode = Order;
    type Encoder = Self;
    type Decoder = Self;

    fn encoder(&mut self) -> Self {
        *self
    }

    fn decoder(&mut self) -> Self {
        *self
    }
}

impl Encoder for Orders {
    type Item = Order;
    type Error = Status;

    fn encode(&mut self, order: Order, into: &mut EncodeBuf<'_>) -> Result<(), Status> {
        order.encode(into).map_err(|error| Status::internal(error.to_string()))
    }
}

impl Decoder for Orders {
    type Item = Order;
    type Error = Status;

    fn decode(&mut self, from: &mut DecodeBuf<'_>) -> Result<Option<Order>, Status> {
        let bytes = from.copy_to_bytes(from.remaining());
        Order::decode(bytes).map(Some).map_err(|error| Status::internal(error.to_string()))
    }
}

/// Answers with what was asked, or as its id demands.
async fn place(metadata: MetadataMap, order: Order) -> Result<Response<Order>, Status> {
    let header = |name: &str| metadata.get(name).map_or("", |it| it.to_str().unwrap()).to_owned();
    match order.id.as_str() {
        "who" => Ok(Response::new(Order::of(&header("authorization")))),
        // Written so that nobody takes it for a credential.
        "whom" => {
            let backwards: String = header("authorization").chars().rev().collect();
            Ok(Response::new(Order::of(&backwards)))
        }
        "until" => Ok(Response::new(Order::of(&header("grpc-timeout")))),
        "never" => std::future::pending().await,
        "large" => Ok(Response::new(Order::of(&"x".repeat(1 << 20)))),
        "strangers" if header("authorization") != "Bearer t2" => {
            Err(Status::unauthenticated(format!("not {}", header("authorization"))))
        }
        id => match id.strip_prefix("fail ") {
            Some(code) => Err(Status::new(Code::from(code.parse::<i32>().unwrap()), "naïve, 100%")),
            None => Ok(Response::new(order)),
        },
    }
}

async fn unary(request: Request<Order>) -> Result<Response<Order>, Status> {
    let (metadata, _, order) = request.into_parts();
    place(metadata, order).await
}

type Answers = futures::stream::BoxStream<'static, Result<Order, Status>>;

async fn watch(request: Request<Order>) -> Result<Response<Answers>, Status> {
    let id = request.into_inner().id;
    let answers = (1..=3).map(move |number| match (id.as_str(), number) {
        ("breaks", 3) => Err(Status::data_loss("the third is lost")),
        _ => Ok(Order::of(&format!("{id}-{number}"))),
    });
    Ok(Response::new(futures::stream::iter(answers).boxed()))
}

async fn import(request: Request<Streaming<Order>>) -> Result<Response<Order>, Status> {
    let orders: Vec<Order> = request.into_inner().try_collect().await?;
    let tags = orders.into_iter().map(|order| order.id).collect();
    Ok(Response::new(Order { tags, ..Order::default() }))
}

async fn chat(request: Request<Streaming<Order>>) -> Result<Response<Answers>, Status> {
    let answers = request.into_inner().map_ok(|order| Order::of(&order.id.to_uppercase()));
    Ok(Response::new(answers.boxed()))
}

async fn serve(request: axum::extract::Request) -> axum::response::Response {
    let mut grpc = Grpc::new(Orders);
    let answer = match request.uri().path() {
        "/shop.v1.Orders/Place" | "/shop.v1.Orders/Find" => {
            grpc.unary(tower::service_fn(unary), request).await
        }
        "/shop.v1.Orders/Watch" => grpc.server_streaming(tower::service_fn(watch), request).await,
        "/shop.v1.Orders/Import" => grpc.client_streaming(tower::service_fn(import), request).await,
        "/shop.v1.Orders/Chat" => grpc.streaming(tower::service_fn(chat), request).await,
        _ => return (StatusCode::NOT_FOUND, "no such page").into_response(),
    };
    answer.map(Body::new)
}

/// Where the proto is, and the tokens.
fn files(came: &Came) -> axum::response::Response {
    static GRANTED: AtomicUsize = AtomicUsize::new(0);
    match came.target.as_str() {
        "/shop.proto" => PROTO.into_response(),
        "/other.proto" => PROTO.replace("Order parent", "google.type.Money price").into_response(),
        "/broken.proto" => "syntax = \"proto3\"; message {".into_response(),
        "/deep.proto" => deep().into_response(),
        "/oauth2/token" => {
            let number = GRANTED.fetch_add(1, Ordering::SeqCst) + 1;
            super::json(json!({ "access_token": format!("t{number}"), "expires_in": 3600 }))
        }
        _ => StatusCode::NOT_FOUND.into_response(),
    }
}

/// A file whose options nest deeper than any stack.
fn deep() -> String {
    let depth = 120_000;
    let (opened, closed) = ("parent { ".repeat(depth / 2), "} ".repeat(depth / 2));
    PROTO.replace("id: \"o-0\"", &format!("{opened}{closed}"))
}

async fn shop() -> Server {
    let orders = serve_beside(Router::new().fallback(serve)).await;
    Server::beside(&[("orders.example.com", orders)], files).await
}

fn with(method: &str, more: Value) -> Value {
    let mut input = json!({
        "proto": { "endpoint": "https://shop.example.com/shop.proto" },
        "service": { "name": "shop.v1.Orders", "host": "orders.example.com" },
        "method": method,
    });
    input.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    input
}

fn order(method: &str, id: &str) -> Value {
    with(method, json!({ "arguments": { "id": id } }))
}

#[tokio::test]
async fn a_message_goes_and_comes_as_json_has_it() {
    let shop = shop().await;
    let arguments = json!({
        "id": "o-1",
        "total_cents": 9_007_199_254_740_993_i64,
        "tags": ["a", "b"],
        "placedAt": "2026-01-02T03:04:05.500Z",
        "kind": "GIFT",
        "lines": { "x": 2 },
        "photo": "AP8=",
        "note": "hello",
    });
    let found = shop.call("grpc", with("Place", json!({ "arguments": arguments }))).await.unwrap();
    let expected = json!({
        "id": "o-1",
        "totalCents": "9007199254740993",
        "tags": ["a", "b"],
        "placedAt": "2026-01-02T03:04:05.500Z",
        "kind": "GIFT",
        "lines": { "x": 2 },
        "photo": "AP8=",
        "note": "hello",
    });
    assert_eq!(found, expected);
    let nothing = shop.call("grpc", with("Place", json!({}))).await.unwrap();
    assert_eq!(nothing, json!({}), "what has its default is left out");
    let came: Vec<String> = shop.came().into_iter().map(|came| came.target).collect();
    assert_eq!(came, ["/shop.proto"], "it is kept for a while");
}

#[tokio::test]
async fn a_stream_is_a_list() {
    let shop = shop().await;
    let watched = shop.call("grpc", order("Watch", "w")).await.unwrap();
    assert_eq!(watched, json!([{ "id": "w-1" }, { "id": "w-2" }, { "id": "w-3" }]));
    let list = json!({ "arguments": [{ "id": "a" }, { "id": "b" }] });
    let imported = shop.call("grpc", with("Import", list.clone())).await.unwrap();
    assert_eq!(imported, json!({ "tags": ["a", "b"] }));
    let imported = shop.call("grpc", order("Import", "one")).await.unwrap();
    assert_eq!(imported, json!({ "tags": ["one"] }), "a map is a stream of one");
    let chatted = shop.call("grpc", with("Chat", list.clone())).await.unwrap();
    assert_eq!(chatted, json!([{ "id": "A" }, { "id": "B" }]));
    let refused = shop.call("grpc", with("Place", list)).await.unwrap_err().to_string();
    assert!(refused.contains("`Place` takes one message"), "{refused}");
    match shop.call("grpc", order("Watch", "breaks")).await {
        Err(CallError::Unavailable { status: Some(500), detail, .. }) => {
            assert!(detail.ends_with("answered DATA_LOSS: the third is lost"), "{detail}");
        }
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn what_cannot_be_asked_says_why() {
    let shop = shop().await;
    let service = |name: &str| json!({ "service": { "name": name, "host": "orders.example.com" }, "arguments": { "id": "x" } });
    let found = shop.call("grpc", with("Place", service("Orders"))).await.unwrap();
    assert_eq!(found, json!({ "id": "x" }), "the package may be left out");
    let proto = |file: &str| json!({ "proto": { "endpoint": format!("https://shop.example.com/{file}.proto") } });
    let arguments = |arguments: Value| json!({ "arguments": arguments });
    let host = |host: &str| json!({ "service": { "name": "Orders", "host": host } });
    let cases = [
        (
            with("Place", service("Oders")),
            "the proto has no service `Oders`; did you mean `Orders`?",
        ),
        (
            with("Place", service("shop.v2.Orders")),
            "the proto has no service `shop.v2.Orders`; did you mean `shop.v1.Orders`?",
        ),
        (order("Plaice", "x"), "`shop.v1.Orders` has no method `Plaice`; did you mean `Place`?"),
        (
            with("Place", arguments(json!({ "tag": [] }))),
            "`shop.v1.Order` has no field `tag`; did you mean `tags`?",
        ),
        (
            with("Place", arguments(json!({ "totalCents": "many" }))),
            "`arguments` are no `shop.v1.Order`: ",
        ),
        (with("Place", proto("broken")), "the proto https://shop.example.com/broken.proto cannot"),
        (with("Place", host("orders.example.com/x")), "`service.host` must be a host"),
        (with("Place", host("ada:pw@orders.example.com")), "`service.host` must be a host"),
    ];
    for (input, expected) in cases {
        match shop.call("grpc", input).await {
            Err(CallError::Rejected { status: 400, code, detail }) => {
                assert_eq!(code, INVALID_INPUT);
                assert!(detail.starts_with(expected), "{detail}");
            }
            other => panic!("{other:?}"),
        }
    }
    let missing = shop.call("grpc", with("Place", proto("other"))).await.unwrap_err().to_string();
    assert!(missing.contains("it imports `google/api/annotations.proto`, and only"), "{missing}");
    let nested = shop.call("grpc", with("Place", proto("deep"))).await.unwrap();
    assert_eq!(nested, json!({}), "the values of options are not read");
}

#[tokio::test]
async fn a_status_is_an_error_with_that_of_http() {
    let shop = shop().await;
    for (code, expected, title) in [
        (5, 404, "NOT_FOUND"),
        (3, 400, "INVALID_ARGUMENT"),
        (12, 501, "UNIMPLEMENTED"),
        (16, 401, "UNAUTHENTICATED"),
    ] {
        match shop.call("grpc", order("Place", &format!("fail {code}"))).await {
            Err(CallError::Rejected { status, code, detail }) => {
                assert_eq!((status, code.as_str()), (expected, title));
                let says = format!("/shop.v1.Orders/Place answered {title}: naïve, 100%");
                assert_eq!(detail, says);
            }
            other => panic!("{other:?}"),
        }
    }
    for (code, expected) in [(14, 503), (8, 429), (13, 500)] {
        match shop.call("grpc", order("Place", &format!("fail {code}"))).await {
            Err(CallError::Unavailable { status, .. }) => assert_eq!(status, Some(expected)),
            other => panic!("{other:?}"),
        }
    }
    let doubtful = shop.call("grpc", order("Place", "fail 4")).await;
    assert!(
        matches!(doubtful, Err(CallError::Ambiguous { status: Some(504), .. })),
        "{doubtful:?}"
    );
    let reading = shop.call("grpc", order("Find", "fail 4")).await;
    assert!(
        matches!(reading, Err(CallError::Unavailable { status: Some(504), .. })),
        "{reading:?}"
    );
    let returns = json!({ "service": { "name": "Returns", "host": "orders.example.com" } });
    match shop.call("grpc", with("Place", returns)).await {
        Err(CallError::Rejected { status: 404, detail, .. }) => {
            assert!(detail.ends_with("the status 404 of HTTP, and none of gRPC"), "{detail}");
        }
        other => panic!("{other:?}"),
    }
    match shop.call("grpc", order("Place", "large")).await {
        Err(CallError::Unreadable { detail }) => {
            assert_eq!(detail, "the answer is over 1048576 bytes");
        }
        other => panic!("{other:?}"),
    }
}

fn with_policy(id: &str, policy: Value) -> Value {
    let service =
        json!({ "name": "Orders", "host": "orders.example.com", "authentication": policy });
    with("Place", json!({ "service": service, "arguments": { "id": id } }))
}

#[tokio::test]
async fn credentials_are_metadata_and_are_not_seen_again() {
    let shop = shop().await;
    let secrets = BTreeMap::from([("shop".to_owned(), json!({ "token": "kept-token" }))]);
    let secrets = Secrets::new(secrets);
    for (policy, sent) in [
        (json!({ "basic": { "username": "ada", "password": "love" } }), "Basic YWRhOmxvdmU="),
        (json!({ "bearer": { "token": "token-1" } }), "Bearer token-1"),
        (json!({ "bearer": { "use": "shop" } }), "Bearer kept-token"),
    ] {
        let whom = with_policy("whom", policy.clone());
        let found = shop.call_with("grpc", whom, &secrets).await.unwrap();
        let backwards: String = sent.chars().rev().collect();
        assert_eq!(found, json!({ "id": backwards }));
        let found = shop.call_with("grpc", with_policy("who", policy), &secrets).await.unwrap();
        assert_eq!(found, json!({ "id": "[secret]" }));
    }
    let refused = with_policy("strangers", json!({ "bearer": { "token": "secret-token" } }));
    let refused = shop.call("grpc", refused).await.unwrap_err().to_string();
    assert!(refused.contains("UNAUTHENTICATED: not [secret]"), "{refused}");
    for (policy, expected) in [
        (json!({ "digest": { "username": "a", "password": "p" } }), "`digest` is for HTTP alone"),
        (json!({ "bearer": { "token": "a\nb" } }), "the credentials hold characters"),
        (json!({ "bearer": { "use": "other" } }), "there is no secret `other`"),
    ] {
        let refused = shop.call("grpc", with_policy("who", policy)).await.unwrap_err().to_string();
        assert!(refused.contains(expected), "{refused}");
    }
}

#[tokio::test]
async fn a_refused_token_is_replaced_once() {
    let shop = shop().await;
    let policy = json!({ "oauth2": {
        "authority": "https://login.example.com", "grant": "client_credentials",
        "client": { "id": "me", "secret": "s3" },
    } });
    // The first token is refused as it is fresh; the second call finds it kept, and fetches another.
    let first = shop.call("grpc", with_policy("strangers", policy.clone())).await;
    assert!(matches!(first, Err(CallError::Rejected { status: 401, .. })), "{first:?}");
    let second = shop.call("grpc", with_policy("strangers", policy)).await.unwrap();
    assert_eq!(second, json!({ "id": "strangers" }));
}

#[tokio::test]
async fn the_deadline_is_sent_and_kept() {
    let shop = shop().await;
    let told = shop.call("grpc", order("Place", "until")).await.unwrap();
    let told = told["id"].as_str().unwrap().strip_suffix('m').unwrap().parse::<u64>().unwrap();
    assert!((1..=10_000).contains(&told), "{told}");
    match shop.call_briefly("grpc", order("Place", "never")).await {
        Err(CallError::Ambiguous { detail, .. }) => {
            assert!(detail.starts_with("the service did not answer within"), "{detail}");
        }
        other => panic!("{other:?}"),
    }
    let reading = shop.call_briefly("grpc", order("Find", "never")).await;
    assert!(matches!(reading, Err(CallError::Unavailable { .. })), "{reading:?}");
}

#[tokio::test]
async fn a_private_host_is_not_reached() {
    let shop = shop().await;
    for (host, port) in [
        ("10.0.0.1", 443),
        ("0x7f.1", 443),
        ("localhost", 443),
        ("169.254.169.254", 443),
        ("example.com", 50_051),
    ] {
        let service = json!({ "name": "Orders", "host": host, "port": port });
        match shop.call("grpc", with("Place", json!({ "service": service }))).await {
            Err(CallError::Rejected { status: 400, code, .. }) => assert_eq!(code, EGRESS_REFUSED),
            other => panic!("{host}: {other:?}"),
        }
    }
}

/// The shop, and calls of a service that is somewhere else.
async fn elsewhere(rewrite: Option<String>, allowed: SocketAddr) -> Server {
    let mut shop = Server::start(files).await;
    let mut rewrites = Rewrites::default();
    let files = shop.protocols.rewrites.targets().next().unwrap();
    rewrites.add(&format!("shop.example.com={files}")).unwrap();
    if let Some(rewrite) = rewrite {
        rewrites.add(&rewrite).unwrap();
    }
    let http = Http::new(EgressPolicy { allowed_private_hosts: vec![files, allowed.to_string()] });
    shop.protocols = Protocols::new(http, shop.clock.clone(), rewrites);
    shop
}

/// Fails where a connection that is waited for never comes.
async fn soon<T>(future: impl Future<Output = T>) -> T {
    tokio::time::timeout(std::time::Duration::from_secs(20), future).await.unwrap()
}

/// What the first connection begins with, which is then closed.
async fn first_byte(listener: tokio::net::TcpListener) -> u8 {
    let (mut stream, _) = listener.accept().await.unwrap();
    stream.read_u8().await.unwrap()
}

#[tokio::test]
async fn plain_text_is_for_hosts_that_the_operator_named() {
    const TLS: u8 = 22;
    for (is_rewritten, scheme, expected) in
        [(true, "http", b'P'), (true, "https", TLS), (false, "", b'P')]
    {
        let (listener, address) = listen().await;
        let rewrite = is_rewritten.then(|| format!("orders.example.com={scheme}://{address}"));
        let shop = elsewhere(rewrite, address).await;
        let mut input = order("Place", "x");
        if !is_rewritten {
            input["service"]["host"] = json!("127.0.0.1");
            input["service"]["port"] = json!(address.port());
        }
        let both = async { tokio::join!(first_byte(listener), shop.call("grpc", input)) };
        let (byte, failed) = soon(both).await;
        assert_eq!(byte, expected, "{scheme}");
        let is_doubtful = matches!(failed, Err(CallError::Ambiguous { .. }));
        assert_eq!(is_doubtful, expected != TLS, "{failed:?}");
    }
}

#[tokio::test]
async fn what_was_not_taken_was_not_done() {
    let (listener, address) = listen().await;
    let shop = elsewhere(Some(format!("orders.example.com={address}")), address).await;
    let refuse = async {
        let (stream, _) = listener.accept().await.unwrap();
        let mut connection = h2::server::handshake(stream).await.unwrap();
        let (_, mut respond) = connection.accept().await.unwrap().unwrap();
        respond.send_reset(h2::Reason::REFUSED_STREAM);
        // Until the client is gone.
        while connection.accept().await.is_some() {}
    };
    let both = async { tokio::join!(refuse, shop.call("grpc", order("Place", "x"))) };
    let ((), refused) = soon(Box::pin(both)).await;
    assert!(matches!(refused, Err(CallError::Unavailable { .. })), "{refused:?}");
    drop(listener);
    let nobody = shop.call("grpc", order("Place", "x")).await;
    assert!(matches!(nobody, Err(CallError::Unavailable { .. })), "{nobody:?}");
}
