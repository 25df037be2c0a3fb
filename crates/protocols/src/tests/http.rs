use axum::{
    http::{StatusCode, header},
    response::IntoResponse as _,
};
use connector_kit::{CallError, INVALID_INPUT};
use serde_json::{Value, json};
use tokio::io::AsyncReadExt as _;

use super::{Came, Server};
use crate::Protocols;

async fn shop() -> Server {
    Server::start(|came: &Came| match came.target.split('?').next().unwrap_or_default() {
        "/text" => "hello".into_response(),
        "/bytes" => {
            ([(header::CONTENT_TYPE, "application/octet-stream")], vec![0_u8, 255]).into_response()
        }
        "/nothing" => StatusCode::NO_CONTENT.into_response(),
        "/moved" => (StatusCode::FOUND, [(header::LOCATION, "/text")]).into_response(),
        "/missing" => (StatusCode::NOT_FOUND, "no such order").into_response(),
        "/busy" => {
            (StatusCode::TOO_MANY_REQUESTS, [(header::RETRY_AFTER, "7")], "slower").into_response()
        }
        "/broken" => (StatusCode::INTERNAL_SERVER_ERROR, "oh").into_response(),
        "/problem" => (
            [(header::CONTENT_TYPE, "application/problem+json; charset=utf-8")],
            "{\"title\":\"x\"}",
        )
            .into_response(),
        _ => super::json(json!({ "ok": true })),
    })
    .await
}

fn with(path: &str, more: Value) -> Value {
    let mut input =
        json!({ "method": "get", "endpoint": format!("https://shop.example.com{path}") });
    input.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    input
}

#[tokio::test]
async fn a_request_goes_out_as_it_is_written() {
    let shop = shop().await;
    let input = with(
        "/orders?a=1",
        json!({
            "method": "post",
            "headers": { "X-Number": 7, "x-flag": true },
            "query": { "q": "a b&c", "tag": ["x", "y"], "none": null, "n": 2 },
            "body": { "sum": 3 },
        }),
    );
    assert_eq!(shop.call("http", input).await.unwrap(), json!({ "ok": true }));
    let came = shop.last();
    assert_eq!(came.method, "POST");
    assert_eq!(came.target, "/orders?a=1&q=a+b%26c&tag=x&tag=y&n=2");
    assert_eq!((came.header("x-number"), came.header("x-flag")), ("7", "true"));
    assert_eq!(
        (came.header("content-type"), came.body.as_str()),
        ("application/json", "{\"sum\":3}")
    );
}

#[tokio::test]
async fn a_body_is_written_as_its_type_says() {
    let shop = shop().await;
    let form = "application/x-www-form-urlencoded";
    let cases = [
        (json!({ "body": "plain" }), "text/plain; charset=utf-8", "plain"),
        (json!({ "body": [1] }), "application/json", "[1]"),
        (
            json!({ "body": "x", "headers": { "Content-Type": "application/json" } }),
            "application/json",
            "\"x\"",
        ),
        (
            json!({ "body": "<a/>", "headers": { "content-type": "application/xml" } }),
            "application/xml",
            "<a/>",
        ),
        (
            json!({ "body": { "a": "b c", "d": [1, 2] }, "headers": { "content-type": form } }),
            form,
            "a=b+c&d=1&d=2",
        ),
    ];
    for (more, kind, body) in cases {
        let mut input = with("/", more);
        input["method"] = json!("put");
        shop.call("http", input).await.unwrap();
        let came = shop.last();
        assert_eq!((came.header("content-type"), came.body.as_str()), (kind, body));
    }
    let parts =
        with("/", json!({ "body": {}, "headers": { "content-type": "multipart/form-data" } }));
    assert!(matches!(
        shop.call("http", parts).await,
        Err(CallError::Rejected { code, .. }) if code == INVALID_INPUT
    ));
}

#[tokio::test]
async fn an_answer_is_seen_as_the_call_wants_it() {
    let shop = shop().await;
    let cases = [
        ("/text", json!({}), json!("hello")),
        ("/text", json!({ "output": "raw" }), json!("aGVsbG8=")),
        ("/bytes", json!({}), json!("AP8=")),
        ("/nothing", json!({}), Value::Null),
        ("/problem", json!({}), json!({ "title": "x" })),
        ("/moved", json!({ "redirect": true }), Value::Null),
    ];
    for (path, more, expected) in cases {
        assert_eq!(shop.call("http", with(path, more)).await.unwrap(), expected, "{path}");
    }
    let mut whole =
        shop.call("http", with("/text", json!({ "output": "response" }))).await.unwrap();
    assert!(whole["headers"].as_object_mut().unwrap().remove("date").is_some());
    assert_eq!(
        whole,
        json!({
            "request": { "method": "GET", "uri": "https://shop.example.com/text", "headers": {} },
            "statusCode": 200,
            "headers": { "content-type": "text/plain; charset=utf-8", "content-length": "5" },
            "content": "hello",
        })
    );
}

#[tokio::test]
async fn another_status_is_an_error_with_that_status() {
    let shop = shop().await;
    let cases = [("/missing", 404, "Not Found"), ("/moved", 302, "Found")];
    for (path, expected, title) in cases {
        match shop.call("http", with(path, json!({}))).await {
            Err(CallError::Rejected { status, code, detail }) => {
                assert_eq!((status, code.as_str()), (expected, title));
                assert!(detail.starts_with("GET https://shop.example.com/"), "{detail}");
            }
            other => panic!("{other:?}"),
        }
    }
    for (path, expected, seconds) in [("/busy", 429, Some(7)), ("/broken", 500, None)] {
        match shop.call("http", with(path, json!({ "method": "post" }))).await {
            Err(CallError::Unavailable { status, retry_after, .. }) => {
                let waits = retry_after.map(|wait| wait.as_secs());
                assert_eq!((status, waits), (Some(expected), seconds));
            }
            other => panic!("{other:?}"),
        }
    }
}

#[tokio::test]
async fn only_what_may_not_be_repeated_leaves_doubt_behind() {
    // A server that takes the request and breaks the connection.
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut taken = [0; 1024];
            assert_ne!(stream.read(&mut taken).await.unwrap(), 0);
        }
    });
    let mut shop = shop().await;
    let policy =
        connector_kit::http::EgressPolicy { allowed_private_hosts: vec![address.to_string()] };
    shop.protocols.http = connector_kit::http::Http::new(policy);
    for (method, is_doubtful) in
        [("get", false), ("put", false), ("delete", false), ("post", true), ("patch", true)]
    {
        let input = json!({ "method": method, "endpoint": format!("http://{address}/") });
        assert_eq!(Protocols::may_repeat("http", &input), !is_doubtful, "{method}");
        let error = shop.call("http", input).await.unwrap_err();
        assert_eq!(matches!(error, CallError::Ambiguous { .. }), is_doubtful, "{method}: {error}");
        assert_eq!(
            matches!(error, CallError::Unavailable { .. }),
            !is_doubtful,
            "{method}: {error}"
        );
    }
}

#[tokio::test]
async fn what_cannot_be_sent_says_why() {
    let shop = shop().await;
    let cases = [
        (json!({ "endpoint": "orders" }), "the address `orders` is not a URL"),
        (
            json!({ "endpoint": "https://shop.example.com", "headers": { "x": [1] } }),
            "`x` must be text",
        ),
        (json!({ "endpoint": "http://10.0.0.1/" }), "the address may not be reached"),
        (
            json!({ "endpoint": "https://shop.example.com", "headers": { "a b": "c" } }),
            "the header `a b` cannot be sent",
        ),
    ];
    for (input, expected) in cases {
        let mut whole = json!({ "method": "get" });
        whole.as_object_mut().unwrap().extend(input.as_object().unwrap().clone());
        match shop.call("http", whole).await {
            Err(CallError::Rejected { status: 400, detail, .. }) => {
                assert!(detail.starts_with(expected), "{detail}");
            }
            other => panic!("{other:?}"),
        }
    }
    for protocol in ["asyncapi", "a2a"] {
        let refused = shop.call(protocol, json!({})).await.unwrap_err().to_string();
        assert!(refused.contains(&format!("`call: {protocol}`")), "{refused}");
    }
}

#[test]
fn what_only_reads_may_be_repeated() {
    for (protocol, method, expected) in [
        ("mcp", "tools/list", true),
        ("mcp", "prompts/get", true),
        ("mcp", "resources/templates/list", true),
        ("mcp", "tools/call", false),
        ("grpc", "GET", false),
        ("openapi", "get", false),
        ("http", "get", true),
    ] {
        assert_eq!(Protocols::may_repeat(protocol, &json!({ "method": method })), expected);
    }
}

#[test]
fn a_call_shares_the_fate_of_its_host() {
    let cases = [
        ("http", json!({ "endpoint": "https://a.example.com:99/x" }), "http:a.example.com"),
        ("http", json!({ "endpoint": { "uri": "http://b.example.com" } }), "http:b.example.com"),
        (
            "openapi",
            json!({ "document": { "endpoint": "https://c.example.com/x.json" } }),
            "openapi:c.example.com",
        ),
        (
            "grpc",
            json!({
                "proto": { "endpoint": "https://d.example.com/x.proto" },
                "service": { "name": "S", "host": "e.example.com" },
            }),
            "grpc:e.example.com",
        ),
        (
            "mcp",
            json!({ "transport": { "http": { "endpoint": "https://f.example.com/mcp" } } }),
            "mcp:f.example.com",
        ),
        ("mcp", json!({ "transport": { "stdio": { "command": "npx" } } }), "mcp"),
        ("http", json!({ "endpoint": "nowhere" }), "http"),
    ];
    for (protocol, input, expected) in cases {
        assert_eq!(Protocols::system(protocol, &input), expected);
    }
}
