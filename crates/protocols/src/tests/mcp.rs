//! Against the protocol's official SDK for Rust, whose client is not used to make the calls.

use std::sync::{Arc, Mutex};

use axum::{
    Router,
    extract::{Request, State},
    http::{HeaderMap, Method, StatusCode, header},
    middleware::{Next, from_fn_with_state},
    response::{IntoResponse as _, Response},
};
use connector_kit::{CALL_FAILED, CallError, INVALID_INPUT, NOT_ALLOWED};
use rmcp::{
    ErrorData, RoleServer, ServerHandler, ServiceExt as _,
    model::{
        CallToolRequestParams, CallToolResponse, CallToolResult, GetPromptRequestParams,
        GetPromptResponse, GetPromptResult, ListPromptsResult, ListResourceTemplatesResult,
        ListResourcesResult, ListToolsResult, PaginatedRequestParams, ReadResourceRequestParams,
        ReadResourceResponse, ReadResourceResult, ServerCapabilities, ServerConfig,
    },
    service::RequestContext,
    transport::streamable_http_server::{
        StreamableHttpServerConfig, StreamableHttpService, session::local::LocalSessionManager,
    },
};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::{Came, Server, serve_beside};
use crate::AllowedProcesses;

#[derive(Debug, Clone)]
struct Tools;

fn model<T: DeserializeOwned>(value: Value) -> T {
    serde_json::from_value(value).unwrap()
}

fn asked(context: &RequestContext<RoleServer>) -> Value {
    let client = context.peer.peer_info().unwrap();
    json!([client.protocol_version, client.client_info.name])
}

impl ServerHandler for Tools {
    fn get_info(&self) -> ServerConfig {
        let all = ServerCapabilities::builder()
            .enable_tools()
            .enable_prompts()
            .enable_resources()
            .build();
        ServerConfig::new(all)
    }

    async fn list_tools(
        &self,
        request: Option<PaginatedRequestParams>,
        _: RequestContext<RoleServer>,
    ) -> Result<ListToolsResult, ErrorData> {
        let cursor = request.and_then(|request| request.cursor).unwrap_or_default();
        let name = if cursor.is_empty() { "echo" } else { cursor.as_str() };
        Ok(model(json!({ "tools": [{ "name": name, "inputSchema": { "type": "object" } }] })))
    }

    async fn call_tool(
        &self,
        request: CallToolRequestParams,
        context: RequestContext<RoleServer>,
    ) -> Result<CallToolResponse, ErrorData> {
        let arguments = Value::Object(request.arguments.unwrap_or_default());
        let result: CallToolResult = match request.name.as_ref() {
            "echo" => model(json!({
                "content": [{ "type": "text", "text": arguments.to_string() }],
                "structuredContent": { "asked": asked(&context) },
            })),
            "fail" => model(json!({
                "content": [{ "type": "text", "text": "out of\npaper" }], "isError": true,
            })),
            "never" => std::future::pending().await,
            other => return Err(ErrorData::invalid_params(format!("no tool {other}"), None)),
        };
        Ok(result.into())
    }

    async fn list_prompts(
        &self,
        _: Option<PaginatedRequestParams>,
        _: RequestContext<RoleServer>,
    ) -> Result<ListPromptsResult, ErrorData> {
        Ok(model(json!({ "prompts": [{ "name": "greet" }] })))
    }

    async fn get_prompt(
        &self,
        request: GetPromptRequestParams,
        _: RequestContext<RoleServer>,
    ) -> Result<GetPromptResponse, ErrorData> {
        let text = json!({ "type": "text", "text": request.name });
        let result: GetPromptResult =
            model(json!({ "messages": [{ "role": "user", "content": text }] }));
        Ok(result.into())
    }

    async fn list_resources(
        &self,
        _: Option<PaginatedRequestParams>,
        _: RequestContext<RoleServer>,
    ) -> Result<ListResourcesResult, ErrorData> {
        Ok(model(json!({ "resources": [{ "uri": "file:///a", "name": "a" }] })))
    }

    async fn list_resource_templates(
        &self,
        _: Option<PaginatedRequestParams>,
        _: RequestContext<RoleServer>,
    ) -> Result<ListResourceTemplatesResult, ErrorData> {
        Ok(model(json!({ "resourceTemplates": [{ "uriTemplate": "file:///{x}", "name": "x" }] })))
    }

    async fn read_resource(
        &self,
        request: ReadResourceRequestParams,
        _: RequestContext<RoleServer>,
    ) -> Result<ReadResourceResponse, ErrorData> {
        if request.uri != "file:///a" {
            return Err(ErrorData::resource_not_found("no such file", None));
        }
        let result: ReadResourceResult =
            model(json!({ "contents": [{ "uri": request.uri, "text": "hello" }] }));
        Ok(result.into())
    }
}

type Log = Arc<Mutex<Vec<(Method, HeaderMap)>>>;

async fn note(State(log): State<Log>, request: Request, next: Next) -> Response {
    log.lock().unwrap().push((request.method().clone(), request.headers().clone()));
    if request.headers().get(header::AUTHORIZATION).is_some_and(|value| value == "Bearer wrong") {
        return (StatusCode::UNAUTHORIZED, "who are you?").into_response();
    }
    next.run(request).await
}

/// Tools behind a server of the SDK: with sessions and streams, or with neither.
async fn tools(has_sessions: bool) -> (Server, Log) {
    let config = StreamableHttpServerConfig::default()
        .with_legacy_session_mode(has_sessions)
        .with_json_response(!has_sessions);
    let sessions = Arc::new(LocalSessionManager::default());
    let service = StreamableHttpService::new(|| Ok(Tools), sessions, config);
    let log = Log::default();
    let router =
        Router::new().fallback_service(service).layer(from_fn_with_state(Arc::clone(&log), note));
    let address = serve_beside(router).await;
    (Server::beside(&[("tools.example.com", address)], |_| super::json(json!({}))).await, log)
}

fn with(method: &str, parameters: Value) -> Value {
    json!({
        "method": method,
        "parameters": parameters,
        "transport": { "http": { "endpoint": "https://tools.example.com/mcp" } },
    })
}

fn tool(name: &str) -> Value {
    with("tools/call", json!({ "name": name, "arguments": { "a": 1 } }))
}

#[tokio::test]
async fn every_method_gives_its_result() {
    for has_sessions in [true, false] {
        let (server, _) = tools(has_sessions).await;
        let cases = [
            ("tools/list", json!({}), "/tools/0/name", "echo"),
            ("tools/list", json!({ "cursor": "second" }), "/tools/0/name", "second"),
            (
                "tools/call",
                json!({ "name": "echo", "arguments": { "a": 1 } }),
                "/content/0/text",
                "{\"a\":1}",
            ),
            ("prompts/list", json!({}), "/prompts/0/name", "greet"),
            ("prompts/get", json!({ "name": "greet" }), "/messages/0/content/text", "greet"),
            ("resources/list", json!({}), "/resources/0/uri", "file:///a"),
            ("resources/read", json!({ "uri": "file:///a" }), "/contents/0/text", "hello"),
            ("resources/templates/list", json!({}), "/resourceTemplates/0/name", "x"),
        ];
        for (method, parameters, pointer, expected) in cases {
            let found = server.call("mcp", with(method, parameters)).await.unwrap();
            assert_eq!(found.pointer(pointer), Some(&json!(expected)), "{method}: {found}");
        }
    }
}

#[tokio::test]
async fn a_session_is_begun_used_and_ended() {
    let (server, log) = tools(true).await;
    let mut input = tool("echo");
    input["protocolVersion"] = json!("2025-11-25");
    input["client"] = json!({ "name": "me", "version": "1" });
    input["transport"]["http"]["headers"] = json!({ "X-Team": "a" });
    let found = server.call("mcp", input).await.unwrap();
    assert_eq!(found["structuredContent"], json!({ "asked": ["2025-11-25", "me"] }));
    let came = std::mem::take(&mut *log.lock().unwrap());
    let methods: Vec<&str> = came.iter().map(|(method, _)| method.as_str()).collect();
    assert_eq!(methods, ["POST", "POST", "POST", "DELETE"]);
    let header = |place: usize, name: &str| {
        came[place].1.get(name).map_or("", |value| value.to_str().unwrap()).to_owned()
    };
    assert_eq!(
        (header(0, "mcp-session-id"), header(0, "mcp-protocol-version")),
        Default::default()
    );
    assert_eq!(header(0, "accept"), "application/json, text/event-stream");
    let session = header(1, "mcp-session-id");
    assert_ne!(session, "");
    for place in 1..=3 {
        assert_eq!(header(place, "mcp-session-id"), session);
        assert_eq!(header(place, "mcp-protocol-version"), "2025-11-25");
        assert_eq!(header(place, "x-team"), "a");
    }
    let found = server.call("mcp", tool("echo")).await.unwrap();
    assert_eq!(found["structuredContent"], json!({ "asked": ["2025-06-18", "handoff"] }));
}

#[tokio::test]
async fn what_fails_is_an_error() {
    let (server, _) = tools(true).await;
    let cases = [
        (tool("fail"), 500, "the tool failed: out of paper"),
        (
            tool("other"),
            400,
            "the server answered `tools/call` with the error -32602: no tool other",
        ),
        (
            with("resources/read", json!({ "uri": "file:///b" })),
            404,
            "the server answered `resources/read` with the error -32002: no such file",
        ),
    ];
    for (input, expected, says) in cases {
        match server.call("mcp", input).await {
            Err(CallError::Rejected { status, code, detail }) => {
                assert_eq!((status, code.as_str(), detail.as_str()), (expected, CALL_FAILED, says));
            }
            other => panic!("{other:?}"),
        }
    }
}

#[tokio::test]
async fn credentials_go_with_each_message() {
    let (server, log) = tools(true).await;
    let with_token = |token: &str| {
        let mut input = tool("echo");
        input["transport"]["http"]["endpoint"] = json!({
            "uri": "https://tools.example.com/mcp",
            "authentication": { "bearer": { "token": token } },
        });
        input
    };
    server.call("mcp", with_token("right")).await.unwrap();
    let came = std::mem::take(&mut *log.lock().unwrap());
    assert_eq!(came.len(), 4);
    assert!(came.iter().all(|(_, headers)| headers[header::AUTHORIZATION] == "Bearer right"));
    match server.call("mcp", with_token("wrong")).await {
        Err(CallError::Rejected { status: 401, detail, .. }) => {
            assert!(detail.ends_with("/mcp answered 401: who are you?"), "{detail}");
        }
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn only_a_tool_leaves_doubt_behind() {
    let (server, _) = tools(true).await;
    let late = server.call_briefly("mcp", tool("never")).await;
    assert!(matches!(late, Err(CallError::Ambiguous { .. })), "{late:?}");
    let mut hasty = tool("never");
    hasty["timeout"] = json!({ "milliseconds": 300 });
    let late = server.call("mcp", hasty).await;
    assert!(matches!(late, Err(CallError::Ambiguous { .. })), "{late:?}");
    // One that never answers at all has done nothing: it was not asked yet.
    let silent = serve_beside(Router::new().fallback(std::future::pending::<Response>)).await;
    let server = Server::beside(&[("tools.example.com", silent)], |_| super::json(json!({}))).await;
    let late = server.call_briefly("mcp", tool("echo")).await;
    assert!(matches!(late, Err(CallError::Unavailable { .. })), "{late:?}");
}

#[tokio::test]
async fn what_cannot_be_asked_says_why() {
    let (server, _) = tools(true).await;
    let mut newer = tool("echo");
    newer["protocolVersion"] = json!("2026-07-28");
    let mut untimely = tool("echo");
    untimely["timeout"] = json!("soon");
    let mut private = tool("echo");
    private["transport"]["http"]["endpoint"] = json!("http://10.0.0.1/mcp");
    for (input, expected) in [
        (newer, "the revision `2026-07-28` is not spoken; give one of 2024-11-05"),
        (untimely, "`timeout`: `soon` is not an ISO 8601 duration"),
        (private, "the address may not be reached"),
    ] {
        match server.call("mcp", input).await {
            Err(CallError::Rejected { status: 400, detail, .. }) => {
                assert!(detail.starts_with(expected), "{detail}");
            }
            other => panic!("{other:?}"),
        }
    }
    let mut neither = tool("echo");
    neither["transport"] = json!({});
    let refused = server.call("mcp", neither).await;
    assert!(
        matches!(&refused, Err(CallError::Rejected { code, .. }) if code == INVALID_INPUT),
        "{refused:?}"
    );
}

/// A server of few words: `answer` is how it answers the method itself.
async fn scripted(answer: impl Fn() -> Response + Send + Sync + 'static) -> Server {
    Server::start(move |came: &Came| {
        let asked: Value = serde_json::from_str(&came.body).unwrap();
        match asked["method"].as_str().unwrap() {
            "initialize" => super::json(json!({
                "jsonrpc": "2.0", "id": 1,
                "result": { "protocolVersion": "2024-11-05", "capabilities": {}, "serverInfo": {} },
            })),
            "notifications/initialized" => StatusCode::ACCEPTED.into_response(),
            _ => answer(),
        }
    })
    .await
}

fn at_the_shop(method: &str) -> Value {
    json!({ "method": method, "transport": { "http": { "endpoint": "https://shop.example.com" } } })
}

#[tokio::test]
async fn a_stream_that_stays_open_is_read_to_the_answer() {
    let server = scripted(|| {
        let events = [
            ": hello\n\n",
            "data: {\"jsonrpc\":\"2.0\",\"method\":\"notifications/message\",\"params\":{}}\n\n",
            "id: 7\ndata: {\"jsonrpc\":\"2.0\",\"id\":2,\n",
            "data: \"result\":{\"tools\":[]}}\n",
            "\n",
        ];
        let events = futures::stream::iter(events.map(Ok::<_, std::io::Error>));
        let open = futures::StreamExt::chain(events, futures::stream::pending());
        let body = axum::body::Body::from_stream(open);
        ([(header::CONTENT_TYPE, "text/event-stream")], body).into_response()
    })
    .await;
    let found = server.call("mcp", at_the_shop("tools/list")).await.unwrap();
    assert_eq!(found, json!({ "tools": [] }));
    let session = server.came().pop().unwrap();
    assert_eq!(session.header("mcp-protocol-version"), "2024-11-05", "the server's is taken");
}

#[tokio::test]
async fn an_answer_without_a_result_is_unreadable() {
    let nothing = [
        scripted(|| StatusCode::ACCEPTED.into_response()).await,
        scripted(|| super::json(json!({ "jsonrpc": "2.0", "id": 9, "result": {} }))).await,
        scripted(|| ([(header::CONTENT_TYPE, "text/event-stream")], "data: x\n\n").into_response())
            .await,
    ];
    for server in nothing {
        let doubtful = server.call("mcp", at_the_shop("tools/call")).await;
        assert!(matches!(doubtful, Err(CallError::Unreadable { .. })), "{doubtful:?}");
        let clear = server.call("mcp", at_the_shop("tools/list")).await;
        assert!(matches!(clear, Err(CallError::Rejected { status: 502, .. })), "{clear:?}");
    }
}

/// This program again, as a server: the test below.
fn on_stdio(method: &str, parameters: Value) -> Value {
    let program = std::env::current_exe().unwrap();
    let arguments =
        ["--ignored", "--exact", "tests::mcp::a_server_on_standard_streams", "--nocapture"];
    json!({
        "method": method,
        "parameters": parameters,
        "transport": { "stdio": { "command": program, "arguments": arguments } },
    })
}

#[tokio::test]
#[ignore = "it is the server that other tests start"]
async fn a_server_on_standard_streams() {
    let input = tokio::fs::File::open("/proc/self/fd/0").await.unwrap();
    let output = tokio::fs::File::create("/proc/self/fd/1").await.unwrap();
    Tools.serve((input, output)).await.unwrap().waiting().await.unwrap();
}

fn script(code: &str) -> Value {
    let stdio = json!({ "command": "python3", "arguments": ["-c", code] });
    json!({ "method": "tools/call", "parameters": {}, "transport": { "stdio": stdio } })
}

async fn machine() -> Server {
    let mut server = Server::start(|_| super::json(json!({}))).await;
    server.protocols.processes = AllowedProcesses::read(["shell"].into_iter()).unwrap();
    server
}

#[tokio::test]
async fn a_server_is_started_only_if_the_operator_allows_it() {
    let mut server = Server::start(|_| super::json(json!({}))).await;
    server.protocols.processes = AllowedProcesses::read(["script"].into_iter()).unwrap();
    match server.call("mcp", on_stdio("tools/list", json!({}))).await {
        Err(CallError::Rejected { status: 403, code, detail }) => {
            assert_eq!(code, NOT_ALLOWED);
            assert!(detail.contains("HANDOFF_ALLOW_RUN=shell"), "{detail}");
        }
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_server_on_this_machine_is_spoken_to_line_by_line() {
    let machine = machine().await;
    let found = machine.call("mcp", on_stdio("tools/list", json!({}))).await.unwrap();
    assert_eq!(found["tools"][0]["name"], "echo");
    let echo = json!({ "name": "echo", "arguments": { "a": 1 } });
    let found = machine.call("mcp", on_stdio("tools/call", echo)).await.unwrap();
    assert_eq!(found["content"][0]["text"], "{\"a\":1}");
    let failed = machine.call("mcp", on_stdio("tools/call", json!({ "name": "fail" }))).await;
    assert!(matches!(failed, Err(CallError::Rejected { status: 500, .. })), "{failed:?}");
}

/// Begins a session, and asks whether we are there before it answers.
const POLITE: &str = r#"
import json, os, sys
print("welcome")
def say(**message): print(json.dumps({"jsonrpc": "2.0", **message}), flush=True)
asked = json.loads(sys.stdin.readline())
say(id=asked["id"], result={"protocolVersion": "2025-06-18", "capabilities": {}, "serverInfo": {}})
sys.stdin.readline()
asked = json.loads(sys.stdin.readline())
"#;

#[tokio::test]
async fn a_server_may_greet_and_ask_before_it_answers() {
    let code = r#"
say(id="p", method="ping")
say(method="notifications/message", params={})
pong = json.loads(sys.stdin.readline())
say(id="r", method="roots/list")
no = json.loads(sys.stdin.readline())
say(id=asked["id"], result={"pong": pong, "no": no["error"]["code"], "colour": os.environ["COLOUR"],
    "others": sorted(os.environ)})
"#;
    let mut input = script(&format!("{POLITE}{code}"));
    input["transport"]["stdio"]["environment"] = json!({ "COLOUR": "red" });
    let found = machine().await.call("mcp", input).await.unwrap();
    assert_eq!(found["pong"], json!({ "jsonrpc": "2.0", "id": "p", "result": {} }));
    assert_eq!((&found["no"], &found["colour"]), (&json!(-32_601), &json!("red")));
    let names = found["others"].as_array().unwrap();
    assert!(!names.contains(&json!("CARGO_PKG_NAME")), "{names:?}");
}

#[tokio::test]
async fn a_server_that_ends_or_is_silent_or_talks_too_much_says_what_is_known() {
    let machine = machine().await;
    let mut missing = script("");
    missing["transport"]["stdio"]["command"] = json!("no-such-server");
    match machine.call("mcp", missing).await {
        Err(CallError::Unavailable { detail, .. }) => {
            assert!(
                detail.contains("ended with code 127 before it answered `initialize`"),
                "{detail}"
            );
            assert!(detail.contains("not found"), "{detail}");
        }
        other => panic!("{other:?}"),
    }
    let dies = script(&format!("{POLITE}\nraise SystemExit('the roof')"));
    match machine.call("mcp", dies).await {
        Err(CallError::Ambiguous { detail, .. }) => {
            let end = "ended with code 1 before it answered `tools/call`: the roof";
            assert!(detail.ends_with(end), "{detail}");
        }
        other => panic!("{other:?}"),
    }
    let talks = script(&format!("{POLITE}\nwhile True: print('x' * 1000)"));
    let talked = machine.call("mcp", talks).await;
    assert!(matches!(talked, Err(CallError::Unreadable { .. })), "{talked:?}");
    let mut silent = script(&format!("{POLITE}\nsys.stdin.read()"));
    silent["timeout"] = json!("PT2S");
    let late = machine.call("mcp", silent).await;
    assert!(matches!(late, Err(CallError::Ambiguous { .. })), "{late:?}");
}
